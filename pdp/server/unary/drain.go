package unary

import "golang.org/x/net/http2"

// A connection ends in two steps, so that no call is lost: the first GOAWAY asks the
// peer to open no more streams, the second, once it has surely read the first, says
// which ones it opened in time.

var goawayPing = [8]byte{'g', 'o', 'i', 'n', 'g', 'a', 'w', 'y'}

func (c *conn) drain() {
	c.draining.Store(c.s.clock.Load())
	c.goAway(1<<31-1, http2.ErrCodeNo)
	c.write(c.framer.WritePing(false, goawayPing))
}

// finish takes no more streams; the loop ends with those that there are.
func (c *conn) finish() {
	if !c.finished {
		c.finished, c.limit = true, c.last
		c.goAway(c.last, http2.ErrCodeNo)
	}
}

func (c *conn) goAway(last uint32, code http2.ErrCode) {
	c.write(c.framer.WriteGoAway(last, code, nil))
}

// sweep ends the streams that take too long to arrive or to be taken.
func (c *conn) sweep() {
	now, oldest := c.s.clock.Load(), int64(0)
	for id, s := range c.streams {
		if c.s.over(now, s.since, c.s.o.ReadTimeout) {
			c.s.o.Rejected(rejectLate)
			c.abandon(id, http2.ErrCodeCancel)
		} else if oldest == 0 || s.since < oldest {
			oldest = s.since
		}
	}
	c.oldest.Store(oldest)
}
