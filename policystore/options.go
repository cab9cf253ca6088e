package policystore

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/policystore/source"
)

// The periods between looks at the source unless Options say otherwise.
const (
	DefaultPoll         = 15 * time.Second
	DefaultFallbackPoll = 2 * time.Second
)

// Options are the settings of a Store. A zero field means its default.
type Options struct {
	// Source is where bundles come from; required.
	Source source.Source
	// Poll is how often the source is looked at although nothing said that it
	// changed; default DefaultPoll. Every period is jittered by a tenth.
	Poll time.Duration
	// FallbackPoll is Poll for when the source has no notifications; default
	// DefaultFallbackPoll.
	FallbackPoll time.Duration
	// Root is the id of the root principal, which no bundle names (see pdp.Options);
	// "" is nobody.
	Root string
	// Registerer receives the metrics; nil registers none.
	Registerer prometheus.Registerer
	// Logger receives what happens to the snapshot; nil drops it.
	Logger *slog.Logger
	// Now is the clock of Status and metrics; nil is time.Now.
	Now func() time.Time

	compile func(*source.Bundle, *pdp.Engine) (*pdp.Engine, error) // nil is compile
}

// Validate reports everything that is wrong with the options.
func (o Options) Validate() error {
	var errs []error
	if o.Source == nil {
		errs = append(errs, errors.New("the store has no source of policies"))
	}
	if o.Poll < 0 {
		errs = append(errs, fmt.Errorf("poll is %v; expected 0 (the default) or more", o.Poll))
	}
	if o.FallbackPoll < 0 {
		errs = append(errs, fmt.Errorf("fallback poll is %v; expected 0 (the default) or more", o.FallbackPoll))
	}
	return errors.Join(errs...)
}

func (o Options) orDefault() Options {
	if o.Poll == 0 {
		o.Poll = DefaultPoll
	}
	if o.FallbackPoll == 0 {
		o.FallbackPoll = DefaultFallbackPoll
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.compile == nil {
		o.compile = (&loader{root: o.Root}).compile
	}
	return o
}
