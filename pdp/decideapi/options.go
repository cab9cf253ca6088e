package decideapi

import (
	"errors"
	"fmt"
	"time"

	"github.com/mayi-authz/mayi/pdp"
)

// MaxBatch is the most requests that a batch may hold, whatever the options say.
const MaxBatch = 1000

// Options are the settings of an API.
type Options struct {
	// Views hands out the snapshots to decide on. Required.
	Views pdp.Provider
	// Now is the clock; nil means time.Now. A batch reads it once.
	Now func() time.Time
	// TrustFacts takes what callers say of a principal's groups, roles and tags
	// at its word, over the directory's. The zero value does not.
	TrustFacts bool
	// Directory answers questions about the directory too. The zero value does not:
	// whoever can ask sees who is who.
	Directory bool
	// MaxBatch bounds the requests of a batch; 0 means 1000, which is also the most.
	MaxBatch int
	// MaxBody bounds a JSON body in bytes; 0 means 4 MiB. The gRPC server has its
	// own limit.
	MaxBody int
	// Rejected, if set, is told of each call that was refused before any
	// decision, with one of RejectReasons. It must be safe for concurrent use.
	Rejected func(reason string)
}

// Why a call was refused before any decision.
const (
	RejectMethod      = "method"
	RejectContentType = "content_type"
	RejectTooLarge    = "too_large"
	RejectBody        = "body" // could not be read to its end
	RejectMalformed   = "malformed"
	RejectBatchSize   = "batch_size"
)

// RejectReasons lists what Rejected may be told, for those who register metrics.
func RejectReasons() []string {
	return []string{RejectMethod, RejectContentType, RejectTooLarge, RejectBody, RejectMalformed, RejectBatchSize}
}

// Validate reports everything that is wrong with the options, joined.
func (o Options) Validate() error {
	var errs []error
	if o.Views == nil {
		errs = append(errs, errors.New("views: required"))
	}
	if o.MaxBatch < 0 || o.MaxBatch > MaxBatch {
		errs = append(errs, fmt.Errorf("max batch: %d, expected 0 to %d", o.MaxBatch, MaxBatch))
	}
	if o.MaxBody < 0 {
		errs = append(errs, fmt.Errorf("max body: %d bytes, expected 0 or more", o.MaxBody))
	}
	return errors.Join(errs...)
}

// An API serves Decide. It is safe for concurrent use.
type API struct {
	o     Options
	trust pdp.Trust
}

// New returns an API. It fails only as Options.Validate does.
func New(o Options) (*API, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.MaxBatch == 0 {
		o.MaxBatch = MaxBatch
	}
	if o.MaxBody == 0 {
		o.MaxBody = 4 << 20
	}
	if o.Rejected == nil {
		o.Rejected = func(string) {}
	}
	a := &API{o: o}
	if o.TrustFacts {
		a.trust = pdp.TrustFacts
	}
	return a, nil
}
