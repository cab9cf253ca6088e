package door

import "time"

// An Observer is told of every answer that a door gives, once it is made. It is
// called on the request's way and must not block. It may be called concurrently.
type Observer interface {
	// Observe sees an outcome, what was answered, the door's name, and how long it
	// took. None of them may be changed, or kept after the call.
	Observe(door string, o *Outcome, v *Verdict, took time.Duration)
}
