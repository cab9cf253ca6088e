package server

import (
	"encoding/binary"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/mayi-authz/mayi/pdp"
)

// An idSource makes decision ids: UUIDv7 (RFC 9562), which sort by when they were
// made, also within a millisecond: rand_a is its 4096ths (6.2, method 3). One costs
// no allocation and 60 ns; uuid.NewV7 costs one and 10 times that, because it asks
// the system for each.
type idSource struct {
	last atomic.Int64 // the 4096ths of a millisecond since 1970 of the latest id
	now  func() time.Time
}

// next returns an id that is later than all before. The randomness is that of the
// Go runtime, a ChaCha8 stream for each thread: an id is no secret, only unique.
func (s *idSource) next() pdp.ID {
	nanos := s.now().UnixNano()
	at := nanos/1e6<<12 | nanos%1e6<<12/1e6
	for {
		last := s.last.Load()
		if at <= last {
			at = last + 1
		}
		if s.last.CompareAndSwap(last, at) {
			break
		}
	}
	var id pdp.ID
	binary.BigEndian.PutUint64(id[:], uint64(at>>12)<<16|0x7000|uint64(at&0xfff))
	binary.BigEndian.PutUint64(id[8:], 1<<63|rand.Uint64()>>2)
	return id
}
