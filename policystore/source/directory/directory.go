package directory

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mayi-authz/mayi/policystore/source"
)

// Options are the settings of a Directory.
type Options struct {
	// Path is the folder; required. It need not exist yet, and it may come, go
	// and come back.
	Path   string
	Limits source.Limits
	// Pause is how far apart two scans must agree; zero is source.DefaultPause.
	Pause time.Duration
	Watch source.WatchOptions
}

// Validate reports everything that is wrong with the options.
func (o Options) Validate() error {
	var errs []error
	if o.Path == "" {
		errs = append(errs, errors.New("path of the policy folder is empty"))
	}
	if o.Pause < 0 {
		errs = append(errs, fmt.Errorf("pause between scans is %v; expected 0 (the default) or more", o.Pause))
	}
	errs = append(errs, o.Limits.Validate(), o.Watch.Validate())
	return errors.Join(errs...)
}

// A Directory is a source.Source over a folder.
type Directory struct {
	o        Options
	fetched  bool       // a state was handed out before
	last     generation // of that state
	revision string     // of the last good one
}

// New returns a source over a folder. It does not touch the folder yet.
func New(o Options) (*Directory, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if o.Pause == 0 {
		o.Pause = source.DefaultPause
	}
	return &Directory{o: o}, nil
}

// String returns the configured path.
func (d *Directory) String() string { return d.o.Path }

// Fetch implements source.Source.
func (d *Directory) Fetch(ctx context.Context) (*source.Bundle, error) {
	var seen generation
	b, err := source.Settle(ctx, d.o.Pause, func() source.Scan {
		g, s := d.scan(ctx)
		seen = g
		s.Whole = s.Key != "" && d.whole(g, s.Bundle)
		return s
	})
	if ctx.Err() != nil || errors.Is(err, source.ErrRestless) {
		return nil, err
	}
	d.fetched, d.last = true, seen
	if err != nil {
		return nil, source.Failed(d.o.Path, err)
	}
	d.revision = b.Revision
	return b, nil
}

// whole reports whether one look is enough: nothing changed, or the change was
// the atomic swap of a link.
func (d *Directory) whole(g generation, b *source.Bundle) bool {
	if b != nil && d.fetched && b.Revision == d.revision {
		return true
	}
	if !g.linked() {
		return false
	}
	if !d.fetched {
		return g.data != "" // the kubelet links a generation only when it is complete
	}
	return g.path != d.last.path || g.data != d.last.data
}

// Watch implements source.Source.
func (d *Directory) Watch(ctx context.Context, notify func(source.Notice)) error {
	source.Watch(ctx, d.o.Watch, d.folders, notify)
	return nil
}
