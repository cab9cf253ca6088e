package decideapi

import (
	"context"
	"time"

	"github.com/mayi-authz/mayi/pdp"
)

// An item is one request of a call as a codec read it: a request, or what is
// wrong with it.
type item struct {
	request *pdp.Request
	err     error
}

// An Answer is what one request is answered with.
type Answer struct {
	Decision pdp.Decision
	// Error says what is wrong with the request; "" if nothing is.
	Error string
}

// answer decides the items of one call on one snapshot and as of one time.
// When nothing can be decided at all, it returns the reason instead.
func (a *API) answer(ctx context.Context, origin pdp.Origin, items []item) ([]Answer, *pdp.Decision) {
	view, now := a.o.Views.Current(), a.o.Now()
	ctx, cancel := withBudget(ctx)
	defer cancel()
	answers := make([]Answer, len(items))
	for i, it := range items {
		r := it.request
		if it.err != nil {
			r = &pdp.Request{Malformed: it.err.Error()}
		}
		r.Time, r.Origin = now, origin
		answers[i] = decide(ctx, view, r)
		if d := &answers[i].Decision; d.Reason.Class() == pdp.ClassInability {
			return nil, d
		}
	}
	return answers, nil
}

func decide(ctx context.Context, view pdp.View, r *pdp.Request) Answer {
	if ctx.Err() != nil {
		return Answer{Decision: pdp.Denied(pdp.ReasonDeadline, "the caller's time is up")}
	}
	d := view.Decide(r)
	if d.Reason != pdp.ReasonMalformedRequest {
		return Answer{Decision: d}
	}
	return Answer{Decision: d, Error: d.Detail}
}

// withBudget gives a call 80 % of the time that its caller grants, so that the
// answer arrives while the caller still waits.
func withBudget(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, time.Until(deadline)*8/10)
}
