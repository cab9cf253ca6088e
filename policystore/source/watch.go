package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/fsnotify/fsnotify"
)

// WatchOptions are the settings of a watch. A zero field means its default.
type WatchOptions struct {
	// Debounce is how long events are gathered before a notice; default 50 ms.
	Debounce time.Duration
	// Resync is how often lost watches are looked for; default 10 s.
	Resync time.Duration
	// Retry is how long a watch that failed waits before it is tried again;
	// default 10 s.
	Retry time.Duration
	// Open opens the operating system's notifications; nil is OpenNotifications.
	Open func() (Notifications, error)
}

// Validate reports every field that makes no sense.
func (o WatchOptions) Validate() error {
	var errs []error
	for _, f := range []struct {
		name  string
		value time.Duration
	}{{"debounce", o.Debounce}, {"resync", o.Resync}, {"retry", o.Retry}} {
		if f.value < 0 {
			errs = append(errs, fmt.Errorf("%s of the watch is %v; expected 0 (the default) or more", f.name, f.value))
		}
	}
	return errors.Join(errs...)
}

func (o WatchOptions) orDefault() WatchOptions {
	if o.Debounce == 0 {
		o.Debounce = 50 * time.Millisecond
	}
	if o.Resync == 0 {
		o.Resync = 10 * time.Second
	}
	if o.Retry == 0 {
		o.Retry = 10 * time.Second
	}
	if o.Open == nil {
		o.Open = OpenNotifications
	}
	return o
}

var errWatchClosed = errors.New("the operating system closed the watch")

// Watch watches folders until ctx is done and calls notify after any event in
// them, once per debounce. folders is asked again after each event, so new ones
// are added, and lost ones added again, before the notice goes out: whatever
// happens after the Fetch that follows is an event again.
//
// Where notifications cannot be had, a notice of ModePoll says so; Watch keeps
// trying, and a notice of ModeEvents tells when it got them.
func Watch(ctx context.Context, o WatchOptions, folders func() Folders, notify func(Notice)) {
	o = o.orDefault()
	for {
		w := watch{o: o, folders: folders, notify: notify}
		err := w.run(ctx)
		if ctx.Err() != nil {
			return
		}
		notify(Notice{Mode: ModePoll, Lost: err})
		if !sleep(ctx, o.Retry) {
			return
		}
	}
}

// A watch is one connection to the operating system's notifications.
type watch struct {
	o       WatchOptions
	folders func() Folders
	notify  func(Notice)
	n       Notifications
	current Folders
}

// run returns why the watch was lost.
func (w *watch) run(ctx context.Context) (err error) {
	if w.n, err = w.o.Open(); err != nil {
		return err
	}
	defer w.n.Close()
	if _, err := w.sync(); err != nil {
		return err
	}
	w.notify(Notice{Mode: ModeEvents})
	resync := time.NewTicker(w.o.Resync)
	defer resync.Stop()
	var (
		debounce <-chan time.Time // set while events are gathered
		lost     error
	)
	for {
		select {
		case <-ctx.Done():
			return nil
		case e, open := <-w.n.Events():
			if !open {
				return errWatchClosed
			}
			if debounce == nil && w.current.concern(e.Name) {
				debounce = time.After(w.o.Debounce)
			}
		case err, open := <-w.n.Errors():
			if !open {
				return errWatchClosed
			}
			if !errors.Is(err, fsnotify.ErrEventOverflow) {
				return err
			}
			lost = err
			if debounce == nil {
				debounce = time.After(w.o.Debounce)
			}
		case <-debounce:
			debounce = nil
			if _, err := w.sync(); err != nil {
				return err
			}
			w.notify(Notice{Mode: ModeEvents, Lost: lost})
			lost = nil
		case <-resync.C:
			missed, err := w.sync()
			if err != nil {
				return err
			}
			if missed {
				w.notify(Notice{Mode: ModeEvents, Lost: errors.New("a folder was not being watched")})
			}
		}
	}
}

// maxRounds bounds how often sync follows folders that appear while it adds others.
const maxRounds = 20

// sync makes the watched folders those that are wanted, and reports whether one
// had to be added. It looks again after adding, because a folder that appears
// between the look and the add makes no event.
func (w *watch) sync() (added bool, err error) {
	for range maxRounds {
		w.current = w.folders()
		watched := w.n.Watched()
		again := false
		for folder := range w.current {
			// Folders that are watched are added too: a path may be a new folder
			// by now, and for an old one it does nothing.
			err := w.n.Add(folder)
			if errors.Is(err, fs.ErrNotExist) {
				again = true
				continue
			}
			if err != nil {
				return added, fmt.Errorf("watch %s: %w", folder, err)
			}
			if !slices.Contains(watched, folder) {
				added, again = true, true
			}
		}
		for _, folder := range watched {
			if _, wanted := w.current[folder]; !wanted {
				w.n.Remove(folder) // its only failure is that the watch is gone already
			}
		}
		if !again {
			return added, nil
		}
	}
	return added, nil
}
