package pdp

import (
	"encoding/hex"
	"strconv"
)

// Effect is Allow or Deny. The zero Effect denies.
type Effect uint8

// The effects.
const (
	Deny Effect = iota
	Allow
)

func (e Effect) String() string {
	if e == Allow {
		return "Allow"
	}
	return "Deny"
}

// Layer is the part of the evaluation that a statement belongs to.
// The order of the constants is the canonical order of deciding statements.
type Layer uint8

// The layers.
const (
	LayerIdentity Layer = iota
	LayerBoundary
	LayerSession
	LayerGuardrail
	LayerResource
	LayerTrust
)

func (l Layer) String() string {
	return [...]string{"identity", "boundary", "session", "guardrail", "resource", "trust"}[l]
}

// A StatementRef names one statement of the bundle. It is a plain value.
type StatementRef struct {
	Policy string // the policy's name
	Sid    string // "" if the author gave none
	Index  int    // of the statement in its policy, from 0
	Effect Effect
	Layer  Layer
	File   string
	Line   int
}

// At returns file:line.
func (s *StatementRef) At() string {
	return s.File + ":" + strconv.Itoa(s.Line)
}

// MaxDetermining is how many deciding statements a Decision names; it counts all.
const MaxDetermining = 8

// A Decision is the answer to a Request. The zero Decision denies.
// It is a plain value: no memory of it is shared with the engine's scratch.
type Decision struct {
	Effect Effect
	Reason Reason
	// Principal is the canonical id that was decided upon; "" is anonymous.
	Principal string
	// Tenant is the principal's tenant; "" is none.
	Tenant string
	// Detail explains a malformed request or an inability to its caller. It is
	// not for the public: doors decide what of it they show.
	Detail string
	// Revision names the snapshot that decided.
	Revision string
	// ID is set by the instrumenting decorator, never by the engine.
	ID ID

	determining [MaxDetermining]*statement
	layers      [MaxDetermining]Layer
	total       int
}

// Allowed reports whether the decision is an Allow.
func (d *Decision) Allowed() bool { return d.Effect == Allow }

// Determining appends the deciding statements to dst in canonical order (layer,
// policy name, statement index): of a deny by documents all Denies that applied,
// of an allow the first Allow of each layer that was needed. No more than
// MaxDetermining are kept; Total counts them all.
func (d *Decision) Determining(dst []StatementRef) []StatementRef {
	for i, c := range d.determining[:min(d.total, MaxDetermining)] {
		dst = append(dst, c.ref(d.layers[i]))
	}
	return dst
}

// Total returns how many statements decided.
func (d *Decision) Total() int { return d.total }

// determine adds a statement; callers keep canonical order.
func (d *Decision) determine(c *statement, layer Layer) {
	if d.total < MaxDetermining {
		d.determining[d.total], d.layers[d.total] = c, layer
	}
	d.total++
}

// deny makes the zero Decision, or one of Denies, a Deny for a reason of the engine.
func (d *Decision) deny(r Reason) *Decision {
	d.Reason = r
	return d
}

// Denied returns a Deny for a reason found outside of the engine. Doors map the
// class of the reason, so that one that allows would be an Allow: it becomes
// ReasonInternal.
func Denied(r Reason, detail string) Decision {
	if r.Class() == ClassAllow {
		r = ReasonInternal
	}
	return Decision{Reason: r, Detail: detail}
}

// WithDetermining returns d with these deciding statements, which must be in
// canonical order. It is for evaluators other than Engine.
func (d Decision) WithDetermining(refs []StatementRef) Decision {
	d.determining, d.layers, d.total = [MaxDetermining]*statement{}, [MaxDetermining]Layer{}, 0
	for i := range refs {
		d.determine(named(&refs[i]), refs[i].Layer)
	}
	return d
}

// An ID identifies one decision: a UUIDv7. The zero ID is "none".
type ID [16]byte

// String returns the usual 36 characters, or "" for the zero ID.
func (id ID) String() string {
	if id == (ID{}) {
		return ""
	}
	return string(id.Append(make([]byte, 0, 36)))
}

// Append appends the usual 36 characters.
func (id ID) Append(dst []byte) []byte {
	for i, n := 0, 0; i < 5; i++ {
		w := [...]int{4, 2, 2, 2, 6}[i]
		if i > 0 {
			dst = append(dst, '-')
		}
		dst = hex.AppendEncode(dst, id[n:n+w])
		n += w
	}
	return dst
}
