package door

import (
	"slices"
	"strings"
	"time"

	"github.com/mayi-authz/mayi/pdp"
)

// A Door decides and renders for one listener. It is immutable and safe for
// concurrent use.
type Door struct {
	options  Options
	identity IdentityHeaders
	remove   []string // names that no allowed request keeps, identity headers left out
	aliases  []string // other spellings of the identity headers
	setQuery []Header // sorted by name
	// always are remove and aliases.
	always []string
	// lengths has a bit for each length (mod 64) that an identity header's name has.
	lengths uint64
}

// New returns a Door, or every problem of the options.
func New(o Options) (*Door, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	d := &Door{options: o, identity: o.Identity.orDefault()}
	for _, name := range d.identity.names() {
		d.aliases = append(d.aliases, aliases(name)...)
	}
	for _, name := range o.RemoveHeaders {
		if !slices.Contains(d.aliases, name) && !slices.Contains(d.remove, name) {
			d.remove = append(d.remove, name)
		}
	}
	d.always = slices.Concat(d.remove, d.aliases)
	for _, name := range d.identity.names() {
		d.lengths |= 1 << (len(name) % 64)
	}
	for name, value := range o.SetQuery {
		d.setQuery = append(d.setQuery, Header{name, value})
	}
	slices.SortFunc(d.setQuery, func(a, b Header) int { return strings.Compare(a.Name, b.Name) })
	return d, nil
}

// AlwaysRemoved returns what RemoveHeaders of every allowed request begin with. It
// is not to be changed.
func (d *Door) AlwaysRemoved() []string { return d.always }

// DryRun reports whether the door lets through what it would deny.
func (d *Door) DryRun() bool { return d.options.DryRun }

// An Outcome is a Decision and what the door learnt on the way, for the answer,
// the log and the metrics. It is valid as long as its Request.
type Outcome struct {
	Decision pdp.Decision
	Request  *Request
	// Subject is who the credentials say is asking, before the directory resolved
	// an alias; "" is anonymous. Source is what established it.
	Subject, Source string
	// Method, Host and Path are canonical, "" if the request has no such form.
	Method, Host, Path string
	// Action, Resource and Permission are what the route made of the request.
	Action, Resource, Permission string
	// Stack is where a panic came from, nil if there was none.
	Stack []byte

	challenge string // for a 401
}

// A Deadline says whether there is time left: nil from Err means yes. Every
// context is one.
type Deadline interface{ Err() error }

// Decide answers a request. It takes what it needs from view and nothing from any
// other snapshot. now is the time that policies see. Once ctx is done, the answer
// is a deny.
func (d *Door) Decide(ctx Deadline, view pdp.View, r *Request, now time.Time) Outcome {
	q := r.question()
	q.begin(d, view, now)
	q.o.Decision = q.decide(ctx)
	o := q.o
	switch {
	case ctx.Err() != nil:
		return d.Fail(o, pdp.ReasonDeadline, "the time for the answer was up")
	case o.Decision.Allowed() && o.Decision.Reason.Class() != pdp.ClassAllow:
		return d.Fail(o, pdp.ReasonInternal, "an allow for the reason "+o.Decision.Reason.String())
	case o.Decision.Allowed() && max(len(percentEncode(o.Decision.Principal)), len(percentEncode(o.Decision.Tenant))) >= MaxValue:
		return d.Fail(o, pdp.ReasonInternal, "the principal's id or tenant does not fit into a header")
	}
	return o
}

// Fail replaces an outcome's decision by a deny that the door or its adapter
// found necessary after the View had answered. The decision's id and revision stay.
func (d *Door) Fail(o Outcome, reason pdp.Reason, detail string) Outcome {
	failed := pdp.Denied(reason, detail)
	failed.ID, failed.Revision, failed.Principal = o.Decision.ID, o.Decision.Revision, o.Decision.Principal
	failed.Tenant = o.Decision.Tenant
	o.Decision = failed
	return o
}
