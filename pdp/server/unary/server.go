package unary

import (
	"context"
	"errors"
	"net"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// A Server serves unary calls. It is safe for concurrent use.
type Server struct {
	o     Options
	pace  time.Duration // of the watch
	clock atomic.Int64  // turns of the watch, from 1

	mu       sync.Mutex
	listener net.Listener
	conns    map[*conn]struct{}
	stopping bool
	stopped  chan struct{}
	group    sync.WaitGroup // of connections
}

// New returns a Server.
func New(o Options) *Server {
	o.fill()
	s := &Server{o: o, conns: make(map[*conn]struct{}), stopped: make(chan struct{})}
	// Fine enough for the shortest of the limits.
	least := min(o.ConnectionTimeout, o.ReadTimeout, o.WriteTimeout, o.IdleTimeout, o.MaxConnectionAgeGrace)
	if o.MaxConnectionAge > 0 {
		least = min(least, o.MaxConnectionAge)
	}
	s.pace = min(max(least/4, 5*time.Millisecond), time.Second)
	s.clock.Store(1)
	return s
}

// Serve answers whoever connects, until Shutdown or Close; then it returns nil. It
// closes the listener. A Server serves once.
func (s *Server) Serve(l net.Listener) error {
	defer l.Close() //nolint:errcheck // it is closed already if the server was stopped
	s.mu.Lock()
	s.listener = l
	stopping := s.stopping
	s.mu.Unlock()
	if stopping {
		return nil
	}
	ended := make(chan struct{})
	defer close(ended)
	go s.watch(ended)
	for wait := time.Duration(0); ; {
		nc, err := l.Accept()
		switch temporary, ok := err.(interface{ Temporary() bool }); {
		case err == nil:
			wait = 0
			s.begin(nc)
		case s.isStopping() || errors.Is(err, net.ErrClosed):
			return nil
		case ok && temporary.Temporary(): // out of files, most likely
			wait = min(max(2*wait, 5*time.Millisecond), time.Second)
			select {
			case <-time.After(wait):
			case <-s.stopped:
				return nil
			}
		default:
			return err
		}
	}
}

func (s *Server) isStopping() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stopping
}

func (s *Server) begin(nc net.Conn) {
	c := newConn(s, nc)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping {
		nc.Close() //nolint:errcheck // nothing was said
		return
	}
	s.conns[c] = struct{}{}
	s.group.Go(func() {
		defer s.end(c)
		defer func() { // a fault of ours ends one connection, not the process
			if value := recover(); value != nil {
				s.o.Panicked(value, debug.Stack())
			}
		}()
		c.serve()
	})
}

func (s *Server) end(c *conn) {
	c.nc.Close() //nolint:errcheck // all that could be said was
	s.mu.Lock()
	delete(s.conns, c)
	s.mu.Unlock()
}

// each calls do for every connection.
func (s *Server) each(do func(*conn)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		do(c)
	}
}

// lastWait is how long Shutdown waits for connections that it has cut off.
const lastWait = time.Second

// Shutdown accepts nobody any more, asks every peer to go elsewhere and waits until
// their calls are answered. If ctx ends first, it cuts off what is left and returns
// the error of ctx.
func (s *Server) Shutdown(ctx context.Context) error {
	s.stop()
	s.each(func(c *conn) { c.order(orderDrain) })
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.group.Wait()
	}()
	// The watch has ended with Serve; this goes on for it.
	turn := time.NewTicker(s.pace)
	defer turn.Stop()
	for {
		select {
		case <-done:
			return nil
		case <-turn.C:
			s.turn()
		case <-ctx.Done():
			s.cut()
			select {
			case <-done: // a connection that is closed ends at once, unless its handler blocks
			case <-time.After(lastWait):
			}
			return ctx.Err()
		}
	}
}

// Close cuts off every connection, and waits until they are gone.
func (s *Server) Close() {
	s.stop()
	s.cut()
	s.group.Wait()
}

func (s *Server) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping {
		return
	}
	s.stopping = true
	close(s.stopped)
	if s.listener != nil {
		s.listener.Close() //nolint:errcheck // Serve sees it
	}
}

func (s *Server) cut() {
	s.each(func(c *conn) { c.nc.Close() }) //nolint:errcheck // there is nobody to tell
}
