package source

import (
	"context"
	"errors"
	"time"
)

// DefaultPause is how far apart two scans must agree for a state to count as
// settled, unless a source says otherwise.
const DefaultPause = 100 * time.Millisecond

// maxScans bounds how long Settle waits for a source that never rests.
const maxScans = 100

// ErrRestless means that a source was being changed all the time that Settle
// looked at it. What was served before is served on; the next look may succeed.
var ErrRestless = errors.New("the source keeps changing: no two scans in a row found the same")

// A Scan is what one look at a source found.
type Scan struct {
	// Key stands for the state that was seen, good or bad; two scans with equal
	// keys agree. The empty key agrees with nothing.
	Key string
	// Whole means that the state is known to be complete, so that one look is
	// enough.
	Whole  bool
	Bundle *Bundle
	Err    error
}

// Settle scans until a scan is whole or two in a row, a pause apart, agree, and
// returns what the last one found. Files that are saved one after the other thus
// become one change, and a file caught half-written is not reported as broken.
func Settle(ctx context.Context, pause time.Duration, scan func() Scan) (*Bundle, error) {
	var before string
	for range maxScans {
		s := scan()
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if s.Whole || s.Key != "" && s.Key == before {
			return s.Bundle, s.Err
		}
		before = s.Key
		if !sleep(ctx, pause) {
			return nil, ctx.Err()
		}
	}
	return nil, ErrRestless
}

// sleep waits for d and reports whether ctx is still alive.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
