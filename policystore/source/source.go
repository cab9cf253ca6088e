package source

import "context"

// A Source is where bundles come from. Fetch and Watch may run concurrently;
// neither needs to be safe for two callers at once.
type Source interface {
	// Fetch returns the whole bundle as it is now, all of one generation. It may
	// wait for a state that is being written to settle. Its error names every
	// problem it found; problems of files are *strictjson.Error.
	Fetch(ctx context.Context) (*Bundle, error)
	// Watch calls notify, from one goroutine, whenever the source may have
	// changed or the way it is watched did, until ctx is done. A notice never
	// says what changed: the answer to each is a Fetch. Watch returns nil once
	// ctx is done, and an error only if this source cannot be watched at all.
	Watch(ctx context.Context, notify func(Notice)) error
	// String names the source in status and log.
	String() string
}

// A Notice says that the source may have changed.
type Notice struct {
	// Mode is how the source is watched from now on.
	Mode Mode
	// Lost is set when changes may have been missed: the queue of events ran
	// over, a watch died, or none could be had.
	Lost error
}

// Mode is how a source learns of changes.
type Mode uint8

const (
	// ModePoll is the zero Mode: nobody will say that something changed, so the
	// source has to be asked often.
	ModePoll Mode = iota
	// ModeEvents means that the operating system reports changes.
	ModeEvents
)

func (m Mode) String() string {
	if m == ModeEvents {
		return "events"
	}
	return "poll"
}
