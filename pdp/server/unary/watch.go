package unary

import "time"

// The watch keeps the time for all connections, so that their loops set no
// deadlines: a turn every second looks at marks that they leave, and closes a
// connection or gives it an order. A mark is the turn in which something began; 0
// is none.

func (s *Server) watch(ended <-chan struct{}) {
	tick := time.NewTicker(s.pace)
	defer tick.Stop()
	for {
		select {
		case <-ended:
			return
		case <-tick.C:
			s.turn()
		}
	}
}

func (s *Server) turn() {
	now := s.clock.Add(1)
	s.each(func(c *conn) { s.look(c, now) })
}

// over reports whether more than limit has passed since a mark.
func (s *Server) over(now, mark int64, limit time.Duration) bool {
	return mark != 0 && time.Duration(now-mark-1)*s.pace >= limit
}

func (s *Server) look(c *conn, now int64) {
	drained := c.draining.Load()
	switch o := &s.o; {
	case !c.greeted.Load():
		if s.over(now, c.born, o.ConnectionTimeout) {
			c.nc.Close() //nolint:errcheck // its loop ends with it
		}
	case s.over(now, c.partial.Load(), o.ReadTimeout), s.over(now, c.writing.Load(), o.WriteTimeout):
		s.o.Rejected(rejectLate)
		c.nc.Close() //nolint:errcheck // as above
	case s.over(now, drained, o.MaxConnectionAgeGrace):
		c.nc.Close() //nolint:errcheck // as above
	case s.over(now, c.oldest.Load(), o.ReadTimeout):
		c.order(orderSweep)
	case s.over(now, drained, goawayTime):
		c.order(orderFinish)
	case drained == 0 && (s.over(now, c.active.Load(), o.IdleTimeout) || o.MaxConnectionAge > 0 && s.over(now, c.born, c.maxAge)):
		c.order(orderDrain)
	}
}

// goawayTime is how long a peer has to answer the ping that goes out with the first
// GOAWAY.
const goawayTime = time.Second

// Orders wake the loop of a connection.
const (
	orderSweep  = 1 << iota // end streams that take too long
	orderDrain              // tell the peer to open no more streams
	orderFinish             // take no more streams
)

var past = time.Unix(1, 0)

// order tells a connection's loop to do something. It comes first, and the deadline
// that wakes the loop second; the loop takes the deadline away before it looks for
// orders, and so misses none.
func (c *conn) order(what uint32) {
	c.orders.Or(what)
	c.nc.SetReadDeadline(past) //nolint:errcheck // a closed connection needs no order
}

// obey carries out orders; it is called when a read was interrupted.
func (c *conn) obey() error {
	if err := c.nc.SetReadDeadline(time.Time{}); err != nil {
		return err
	}
	what := c.orders.Swap(0)
	if what&orderSweep != 0 {
		c.sweep()
	}
	if what&orderDrain != 0 && c.draining.Load() == 0 {
		c.drain()
	}
	if what&orderFinish != 0 {
		c.finish()
	}
	return nil
}
