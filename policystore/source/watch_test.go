package source_test

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/mayi-authz/mayi/policystore/source"
)

// fake is an operating system's notifications that do what a test wants.
type fake struct {
	mu      sync.Mutex
	folders map[string]bool
	addErr  func(folder string) error
	events  chan fsnotify.Event
	errors  chan error
	closed  bool
}

func newFake() *fake {
	return &fake{folders: map[string]bool{}, events: make(chan fsnotify.Event), errors: make(chan error)}
}

func (f *fake) Add(folder string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.addErr != nil {
		if err := f.addErr(folder); err != nil {
			return err
		}
	}
	f.folders[folder] = true
	return nil
}

func (f *fake) Remove(folder string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.folders, folder)
	return nil
}

func (f *fake) Watched() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Sorted(maps.Keys(f.folders))
}

func (f *fake) Events() <-chan fsnotify.Event { return f.events }
func (f *fake) Errors() <-chan error          { return f.errors }

func (f *fake) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	return nil
}

func (f *fake) isClosed() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.closed
}

func (f *fake) failAdd(addErr func(folder string) error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.addErr = addErr
}

// A bench runs a watch in fake time and keeps its notices.
type bench struct {
	mu      sync.Mutex
	all     []source.Notice
	folders source.Folders
}

// notices returns those that came so far.
func (b *bench) notices() []source.Notice {
	synctest.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.all)
}

func (b *bench) setFolders(f source.Folders) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.folders = f
}

func (b *bench) getFolders() source.Folders {
	b.mu.Lock()
	defer b.mu.Unlock()
	return maps.Clone(b.folders)
}

func (b *bench) notify(n source.Notice) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.all = append(b.all, n)
}

func (b *bench) start(t *testing.T, open func() (source.Notifications, error)) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		source.Watch(ctx, source.WatchOptions{Open: open}, b.getFolders, b.notify)
	}()
	t.Cleanup(func() { cancel(); <-done })
	synctest.Wait()
}

func (b *bench) want(t *testing.T, modes ...source.Mode) {
	t.Helper()
	var got []source.Mode
	for _, n := range b.notices() {
		got = append(got, n.Mode)
	}
	if !slices.Equal(got, modes) {
		t.Fatalf("notices are %v, want the modes %v", b.notices(), modes)
	}
}

func TestEventsAreGathered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		b := bench{folders: source.Folders{"/p": nil}}
		b.start(t, func() (source.Notifications, error) { return f, nil })
		b.want(t, source.ModeEvents)
		for range 1000 {
			f.events <- fsnotify.Event{Name: "/p/a.json", Op: fsnotify.Write}
		}
		time.Sleep(49 * time.Millisecond)
		b.want(t, source.ModeEvents)
		time.Sleep(time.Millisecond)
		b.want(t, source.ModeEvents, source.ModeEvents)
		time.Sleep(time.Hour)
		b.want(t, source.ModeEvents, source.ModeEvents)
	})
}

// Events that never stop must not put the notice off for ever.
func TestEventsWithoutEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		b := bench{folders: source.Folders{"/p": nil}}
		b.start(t, func() (source.Notifications, error) { return f, nil })
		for range 1000 {
			f.events <- fsnotify.Event{Name: "/p/a.json", Op: fsnotify.Write}
			time.Sleep(time.Millisecond)
		}
		if n := len(b.notices()); n < 15 || n > 21 {
			t.Errorf("%d notices in a second, want about one every 50 ms", n)
		}
	})
}

func TestOnlyNamesThatMatter(t *testing.T) {
	for _, c := range []struct {
		event   string
		matters bool
	}{
		{"/base/policies", true}, // the name that is watched for
		{"/base/neighbour", false},
		{"/base", true}, // the watched folder itself
		{"/base/policies/a.json", true},
		{"/base/policies/new", true},
		{"/unknown/a", true}, // when in doubt, look
	} {
		synctest.Test(t, func(t *testing.T) {
			f := newFake()
			b := bench{folders: source.Folders{"/base": {"policies"}, "/base/policies": nil}}
			b.start(t, func() (source.Notifications, error) { return f, nil })
			f.events <- fsnotify.Event{Name: c.event, Op: fsnotify.Create}
			time.Sleep(time.Second)
			if got := len(b.notices()) == 2; got != c.matters {
				t.Errorf("event of %s matters: %v, want %v", c.event, got, c.matters)
			}
		})
	}
}

func TestOverflowIsLostAndLookedAt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		b := bench{folders: source.Folders{"/p": nil}}
		b.start(t, func() (source.Notifications, error) { return f, nil })
		f.errors <- fsnotify.ErrEventOverflow
		time.Sleep(time.Second)
		b.want(t, source.ModeEvents, source.ModeEvents)
		if !errors.Is(b.notices()[1].Lost, fsnotify.ErrEventOverflow) {
			t.Errorf("lost is %v, want the overflow", b.notices()[1].Lost)
		}
		f.events <- fsnotify.Event{Name: "/p/a.json"}
		time.Sleep(time.Second)
		b.want(t, source.ModeEvents, source.ModeEvents, source.ModeEvents)
		if b.notices()[2].Lost != nil {
			t.Errorf("lost is told twice: %v", b.notices()[2].Lost)
		}
	})
}

func TestExhaustionFallsBackAndRecovers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var none atomic.Bool
		none.Store(true)
		f := newFake()
		b := bench{folders: source.Folders{"/p": nil}}
		b.start(t, func() (source.Notifications, error) {
			if none.Load() {
				return nil, syscall.EMFILE // max_user_instances
			}
			return f, nil
		})
		b.want(t, source.ModePoll)
		if !errors.Is(b.notices()[0].Lost, syscall.EMFILE) {
			t.Errorf("lost is %v, want EMFILE", b.notices()[0].Lost)
		}
		time.Sleep(11 * time.Second)
		b.want(t, source.ModePoll, source.ModePoll)
		none.Store(false)
		time.Sleep(10 * time.Second)
		b.want(t, source.ModePoll, source.ModePoll, source.ModeEvents)
	})
}

func TestNoMoreWatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.failAdd(func(folder string) error {
			if folder == "/p/deep" {
				return syscall.ENOSPC // max_user_watches
			}
			return nil
		})
		b := bench{folders: source.Folders{"/p": nil, "/p/deep": nil}}
		b.start(t, func() (source.Notifications, error) { return f, nil })
		b.want(t, source.ModePoll)
		if err := b.notices()[0].Lost; !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "/p/deep") {
			t.Errorf("lost is %v, want ENOSPC of /p/deep", err)
		}
		if !f.isClosed() {
			t.Error("the broken watch was not closed")
		}
	})
}

func TestOtherErrorsOpenAnew(t *testing.T) {
	for name, fail := range map[string]func(*fake){
		"error":         func(f *fake) { f.errors <- errors.New("read: bad file descriptor") },
		"events closed": func(f *fake) { close(f.events) },
		"errors closed": func(f *fake) { close(f.errors) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fakes := []*fake{newFake(), newFake()}
				var opened atomic.Int32
				b := bench{folders: source.Folders{"/p": nil}}
				b.start(t, func() (source.Notifications, error) { return fakes[opened.Add(1)-1], nil })
				fail(fakes[0])
				b.want(t, source.ModeEvents, source.ModePoll)
				time.Sleep(10 * time.Second)
				b.want(t, source.ModeEvents, source.ModePoll, source.ModeEvents)
				if opened.Load() != 2 || !fakes[0].isClosed() || !slices.Contains(fakes[1].Watched(), "/p") {
					t.Errorf("opened %d times, first closed: %v", opened.Load(), fakes[0].isClosed())
				}
			})
		})
	}
}

func TestLostWatchIsAddedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		b := bench{folders: source.Folders{"/p": nil}}
		b.start(t, func() (source.Notifications, error) { return f, nil })
		f.Remove("/p") // the kernel did, and said nothing
		time.Sleep(10 * time.Second)
		b.want(t, source.ModeEvents, source.ModeEvents)
		if b.notices()[1].Lost == nil || !slices.Contains(f.Watched(), "/p") {
			t.Errorf("lost is %v, watched are %v", b.notices()[1].Lost, f.Watched())
		}
		time.Sleep(time.Minute)
		b.want(t, source.ModeEvents, source.ModeEvents)
	})
}

func TestFoldersFollowTheTree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		b := bench{folders: source.Folders{"/p": nil, "/p/old": nil}}
		b.start(t, func() (source.Notifications, error) { return f, nil })
		b.setFolders(source.Folders{"/p": nil, "/p/new": nil, "/p/gone": nil})
		f.failAdd(func(folder string) error {
			if folder == "/p/gone" { // removed between the look and the add
				b.setFolders(source.Folders{"/p": nil, "/p/new": nil})
				return &fs.PathError{Op: "add", Path: folder, Err: fs.ErrNotExist}
			}
			return nil
		})
		f.events <- fsnotify.Event{Name: "/p/new", Op: fsnotify.Create}
		time.Sleep(time.Second)
		b.want(t, source.ModeEvents, source.ModeEvents)
		if got := f.Watched(); !slices.Equal(got, []string{"/p", "/p/new"}) {
			t.Errorf("watched are %q", got)
		}
	})
}

func TestOpenNotificationsWatchesForReal(t *testing.T) {
	n, err := source.OpenNotifications()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := n.Add(dir); err != nil {
		t.Fatal(err)
	}
	if got := n.Watched(); !slices.Equal(got, []string{dir}) {
		t.Errorf("watched are %q", got)
	}
	if err := n.Remove(dir); err != nil {
		t.Error(err)
	}
	if err := n.Close(); err != nil {
		t.Error(err)
	}
}
