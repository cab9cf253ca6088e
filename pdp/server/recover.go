package server

import (
	"context"
	"net/http"
	"runtime/debug"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// recovering ends a call that panicked with an error, and only that call: grpc
// itself would let the process die. Doors and views catch their own first; this is
// for what is around them.
func recovering(panics func(value any, stack []byte)) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (resp any, err error) {
		defer func() {
			if value := recover(); value != nil {
				panics(value, debug.Stack())
				resp, err = nil, status.Error(codes.Internal, "internal")
			}
		}()
		return handle(ctx, req)
	}
}

// recoveringHTTP does the same for HTTP. net/http would cut the connection, and
// say why where nobody counts it.
func recoveringHTTP(h http.Handler, panics func(value any, stack []byte)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if value := recover(); value != nil {
				panics(value, debug.Stack())
				text(w, http.StatusInternalServerError, "internal\n")
			}
		}()
		h.ServeHTTP(w, r)
	})
}
