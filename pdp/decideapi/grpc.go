package decideapi

import (
	"context"
	"fmt"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/mayiv1"
)

// Register adds the DecisionService to a gRPC server and, if the options say so, the
// DirectoryService.
func (a *API) Register(s grpc.ServiceRegistrar) {
	mayiv1.RegisterDecisionServiceServer(s, service{API: a})
	if a.o.Directory {
		mayiv1.RegisterDirectoryServiceServer(s, directoryService{API: a})
	}
}

type service struct {
	mayiv1.UnimplementedDecisionServiceServer
	*API
}

func (s service) Decide(ctx context.Context, m *mayiv1.DecideRequest) (*mayiv1.DecideResponse, error) {
	r, err := fromMessage(m, "", s.trust)
	if err != nil {
		s.o.Rejected(RejectMalformed)
		return nil, status.Error(codes.InvalidArgument, clean(err.Error()))
	}
	answers, failed := s.answer(ctx, origin(ctx), []item{{request: r}})
	if failed != nil {
		return nil, statusOf(failed)
	}
	if d := &answers[0].Decision; d.Reason.Class() == pdp.ClassError || d.Reason.Class() == pdp.ClassMalformed {
		return nil, statusOf(d)
	}
	return toMessage(&answers[0]), nil
}

func (s service) DecideBatch(ctx context.Context, m *mayiv1.DecideBatchRequest) (*mayiv1.DecideBatchResponse, error) {
	if n := len(m.GetRequests()); n > s.o.MaxBatch {
		s.o.Rejected(RejectBatchSize)
		return nil, status.Error(codes.InvalidArgument, tooMany(n, s.o.MaxBatch))
	}
	if len(m.ProtoReflect().GetUnknown()) > 0 {
		s.o.Rejected(RejectMalformed)
		return nil, status.Error(codes.InvalidArgument, "the message holds a field that this version does not know")
	}
	items := make([]item, len(m.GetRequests()))
	for i, r := range m.GetRequests() {
		items[i].request, items[i].err = fromMessage(r, fmt.Sprintf("/requests/%d", i), s.trust)
	}
	answers, failed := s.answer(ctx, origin(ctx), items)
	if failed != nil {
		return nil, statusOf(failed)
	}
	out := &mayiv1.DecideBatchResponse{Responses: make([]*mayiv1.DecideResponse, len(answers))}
	for i := range answers {
		out.Responses[i] = toMessage(&answers[i])
	}
	return out, nil
}

func tooMany(n, limit int) string {
	return fmt.Sprintf("/requests: %d requests, the limit is %d", n, limit)
}

// statusOf maps the class of a decision that is no answer.
func statusOf(d *pdp.Decision) error {
	code := codes.Unavailable
	switch {
	case d.Reason == pdp.ReasonDeadline:
		code = codes.DeadlineExceeded
	case d.Reason.Class() == pdp.ClassError:
		code = codes.Internal
	case d.Reason.Class() == pdp.ClassMalformed:
		code = codes.InvalidArgument
	}
	text := d.Reason.String()
	if d.Detail != "" {
		text += ": " + clean(d.Detail)
	}
	return status.Error(code, text)
}

func origin(ctx context.Context) pdp.Origin {
	md, _ := metadata.FromIncomingContext(ctx)
	return pdp.OriginOf(md.Get)
}
