package policystore_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/mayi-authz/mayi/policystore"
	"github.com/mayi-authz/mayi/policystore/source"
	"github.com/mayi-authz/mayi/policystore/source/archive"
	"github.com/mayi-authz/mayi/policystore/source/directory"
	"github.com/mayi-authz/mayi/policystore/source/directory/kubelettest"
)

// never is a period that no test lives to see, so that only the thing under
// test can find a change.
const never = time.Hour

// running runs a store over real files until the test ends. published, if not
// nil, is told of every bundle that is compiled.
func running(t *testing.T, src source.Source, o policystore.Options, published func(*source.Bundle)) *policystore.Store {
	t.Helper()
	o.Source = src
	if published != nil {
		o.HookForTest(published)
	}
	s, err := policystore.Open(o)
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() { cancel(); must(t, <-done) })
	return s
}

// eventually waits until a condition holds and returns how long that took.
func eventually(t *testing.T, what string, holds func() bool) time.Duration {
	t.Helper()
	start := time.Now()
	for !holds() {
		if time.Since(start) > 20*time.Second {
			t.Fatalf("within 20 s not seen: %s", what)
		}
		time.Sleep(time.Millisecond)
	}
	return time.Since(start)
}

func folder(t *testing.T, path string, w source.WatchOptions) source.Source {
	t.Helper()
	d, err := directory.New(directory.Options{Path: path, Watch: w})
	must(t, err)
	return d
}

func save(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for path, text := range files {
		name := filepath.Join(dir, path)
		must(t, os.MkdirAll(filepath.Dir(name), 0o755))
		must(t, os.WriteFile(name, []byte(text), 0o644))
	}
}

// 200 swaps of a ConfigMap, in bursts: after each burst the last is live soon,
// what was compiled was always a whole generation, and a broken one never
// replaces a good one.
func TestConfigMapSwaps(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	v := kubelettest.New(dir)
	generation := func(i int) map[string]string {
		return map[string]string{
			"stays.json":                    allowing(fmt.Sprint("gen-", i)),
			fmt.Sprintf("p%d.json", i%3):    allowing(fmt.Sprint("also-", i)), // a link comes, another goes
			fmt.Sprintf("t/%d.json", i%2):   allowing("nested"),
			fmt.Sprintf("notes-%d.md", i%5): "ignored",
		}
	}
	var mu sync.Mutex
	whole := map[string]bool{}
	write := func(files map[string]string) string {
		revision := revisionOf(t, files)
		mu.Lock()
		whole[revision] = true
		mu.Unlock()
		must(t, v.Write(files))
		return revision
	}
	write(generation(0))
	s := running(t, folder(t, dir, source.WatchOptions{Resync: never}), policystore.Options{Poll: never, FallbackPoll: never},
		func(b *source.Bundle) {
			mu.Lock()
			defer mu.Unlock()
			if !whole[b.Revision] {
				t.Errorf("compiled a bundle that was never a generation: %d files", len(b.Files))
			}
		})
	eventually(t, "the first generation, watched", func() bool { return s.Ready() && s.Status().Watch == "events" })

	const swaps = 200
	var worst time.Duration
	random := rand.New(rand.NewPCG(1, 2))
	for i := 1; i <= swaps; {
		var revision string
		for burst := 1 + random.IntN(8); burst > 0 && i <= swaps; burst-- {
			revision = write(generation(i))
			i++
		}
		took := eventually(t, fmt.Sprint("generation ", i-1), func() bool { return s.Current().Revision() == revision })
		worst = max(worst, took)
		if !allows(s.Current(), fmt.Sprint("gen-", i-1)) || !allows(s.Current(), fmt.Sprint("also-", i-1)) || allows(s.Current(), fmt.Sprint("gen-", i-2)) {
			t.Fatalf("generation %d does not decide", i-1)
		}

		bad := generation(i)
		bad["stays.json"] = `{"Statement": {"Effect": "Alow"}}`
		refused := write(bad)
		eventually(t, "the refusal", func() bool { return s.Status().RefusedRevision == refused })
		if s.Current().Revision() != revision || !allows(s.Current(), fmt.Sprint("gen-", i-1)) {
			t.Fatalf("a broken generation replaced number %d", i-1)
		}
	}
	t.Logf("the last of each burst of %d swaps was live after %v at worst", swaps, worst)
}

// Files that are saved one after the other: a state between the first and the
// last save may be served only if the pause between two saves was as long as
// two scans are apart.
func TestFilesSavedOneByOne(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	dir, aside := filepath.Join(base, "policies"), filepath.Join(base, "aside")
	names := []string{"a.json", "b.json", "c.json", "d.json", "e.json"}
	state := map[string]string{}
	for _, name := range names {
		state[name] = allowing("gen-0")
	}
	save(t, dir, state)
	type half struct{ began, ended time.Time } // while no more than this state's files were saved
	var mu sync.Mutex
	halves := map[string]*half{}
	served := map[string]bool{}
	s := running(t, folder(t, dir, source.WatchOptions{Resync: never}), policystore.Options{Poll: never, FallbackPoll: never},
		func(b *source.Bundle) {
			mu.Lock()
			defer mu.Unlock()
			served[b.Revision] = true
		})
	eventually(t, "the first state, watched", func() bool { return s.Ready() && s.Status().Watch == "events" })
	last := revisionOf(t, state)
	known := map[string]bool{last: true}
	for round, gap := range []time.Duration{0, 5 * time.Millisecond, 40 * time.Millisecond, 250 * time.Millisecond} {
		for _, name := range names {
			time.Sleep(gap)
			state[name] = allowing(fmt.Sprint("gen-", round+1))
			save(t, aside, map[string]string{name: state[name]})
			began := time.Now()
			must(t, os.Rename(filepath.Join(aside, name), filepath.Join(dir, name))) // so that no save takes time
			ended := time.Now()
			if h := halves[last]; h != nil {
				h.ended = ended
			}
			last = revisionOf(t, state)
			known[last] = true
			halves[last] = &half{began: began}
		}
		halves[last] = nil // complete: it may be served for ever
		eventually(t, "the complete state", func() bool { return s.Current().Revision() == last })
		if !allows(s.Current(), fmt.Sprint("gen-", round+1)) || allows(s.Current(), fmt.Sprint("gen-", round)) {
			t.Errorf("generation %d does not decide alone", round+1)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	between := 0
	for revision := range served {
		if !known[revision] {
			t.Errorf("compiled a state that the folder never rested in: %s", revision)
		}
		if h := halves[revision]; h != nil {
			between++
			if lasted := h.ended.Sub(h.began); lasted < source.DefaultPause {
				t.Errorf("a state between two saves was served although it lasted only %v", lasted)
			}
		}
	}
	t.Logf("%d states between two saves were served, each of them rested", between)
}

func TestFolderRemovedAndRecreated(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "etc", "policies")
	save(t, dir, one)
	s := running(t, folder(t, dir, source.WatchOptions{Resync: never}), policystore.Options{Poll: never, FallbackPoll: never}, nil)
	eventually(t, "the first state, watched", func() bool { return s.Ready() && s.Status().Watch == "events" })
	for i := range 5 {
		removed := dir
		if i%2 == 1 {
			removed = filepath.Dir(dir)
		}
		must(t, os.RemoveAll(removed))
		eventually(t, "that the folder is gone", func() bool { return s.Status().ProblemCount > 0 })
		if !s.Ready() {
			t.Fatal("the last good snapshot is gone with it")
		}
		resource := fmt.Sprint("again-", i)
		save(t, dir, map[string]string{"a.json": allowing(resource)})
		eventually(t, "the new folder's state", func() bool { return allows(s.Current(), resource) })
	}
}

func TestFileRenamedOver(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	dir := filepath.Join(base, "policies")
	save(t, dir, one)
	s := running(t, folder(t, dir, source.WatchOptions{Resync: never}), policystore.Options{Poll: never, FallbackPoll: never}, nil)
	eventually(t, "the first state, watched", func() bool { return s.Ready() && s.Status().Watch == "events" })
	for i := range 5 {
		resource := fmt.Sprint("over-", i)
		save(t, base, map[string]string{"new": allowing(resource)})
		must(t, os.Rename(filepath.Join(base, "new"), filepath.Join(dir, "a.json")))
		eventually(t, "the renamed file", func() bool { return allows(s.Current(), resource) })
	}
}

// lossy is real notifications of which a test takes the events away.
type lossy struct {
	source.Notifications
	errors chan error
}

func (l lossy) Events() <-chan fsnotify.Event { return nil }
func (l lossy) Errors() <-chan error          { return l.errors }

func TestOverflowOfInotify(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	save(t, dir, one)
	errs := make(chan error)
	open := func() (source.Notifications, error) {
		n, err := source.OpenNotifications()
		if err != nil {
			return nil, err
		}
		go func() { // nobody else takes them
			for range n.Events() {
			}
		}()
		return lossy{n, errs}, nil
	}
	s := running(t, folder(t, dir, source.WatchOptions{Open: open, Resync: never}), policystore.Options{Poll: never, FallbackPoll: never}, nil)
	eventually(t, "the first state, watched", func() bool { return s.Ready() && s.Status().Watch == "events" })
	save(t, dir, two)
	errs <- fsnotify.ErrEventOverflow
	eventually(t, "the change behind the overflow", func() bool { return allows(s.Current(), "two") })
	if st := s.Status(); st.WatchLost != 1 || st.Watch != "events" {
		t.Errorf("status is %+v", st)
	}
}

func TestInotifyExhausted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	save(t, dir, one)
	var mu sync.Mutex
	exhausted := true
	open := func() (source.Notifications, error) {
		mu.Lock()
		defer mu.Unlock()
		if exhausted {
			return nil, os.NewSyscallError("inotify_init1", syscall.EMFILE)
		}
		return source.OpenNotifications()
	}
	s := running(t, folder(t, dir, source.WatchOptions{Open: open, Retry: 50 * time.Millisecond, Resync: never}),
		policystore.Options{Poll: never, FallbackPoll: 20 * time.Millisecond}, nil)
	eventually(t, "the first state, polled", func() bool { return s.Ready() && s.Status().WatchLost > 0 })
	save(t, dir, two)
	eventually(t, "the change, by polling", func() bool { return allows(s.Current(), "two") })
	if st := s.Status(); st.Watch != "poll" {
		t.Errorf("status is %+v", st)
	}
	mu.Lock()
	exhausted = false
	mu.Unlock()
	eventually(t, "that events are back", func() bool { return s.Status().Watch == "events" })
	save(t, dir, map[string]string{"c.json": allowing("four")})
	eventually(t, "the change, by an event", func() bool { return allows(s.Current(), "four") })
}

func TestArchiveRenamedOver(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "p.tar.gz")
	a, err := archive.New(archive.Options{Path: path, Watch: source.WatchOptions{Resync: never}})
	must(t, err)
	s := running(t, a, policystore.Options{Poll: never, FallbackPoll: never}, nil)
	eventually(t, "that the archive is missing, watched", func() bool { return s.Status().ProblemCount > 0 && s.Status().Watch == "events" })
	for i := range 5 {
		resource := fmt.Sprint("packed-", i)
		must(t, os.WriteFile(path+".new", pack(t, map[string]string{"a.json": allowing(resource)}), 0o644))
		must(t, os.Rename(path+".new", path))
		eventually(t, "the archive's state", func() bool { return allows(s.Current(), resource) })
		good := s.Current().Revision()
		must(t, os.Truncate(path, 40))
		eventually(t, "the refusal", func() bool { return s.Status().ProblemCount > 0 })
		if s.Current().Revision() != good {
			t.Fatal("a truncated archive replaced a good one")
		}
	}
}

// Readers under constant change always see one whole snapshot: each generation
// allows its own two resources and no other's.
func TestReadersSeeOneSnapshot(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	v := kubelettest.New(dir)
	generation := func(i int) map[string]string {
		return map[string]string{"a.json": allowing(fmt.Sprint("a-", i)), "b.json": allowing(fmt.Sprint("b-", i))}
	}
	revisions := map[string]int{}
	for i := range 30 {
		revisions[revisionOf(t, generation(i))] = i
	}
	must(t, v.Write(generation(0)))
	s := running(t, folder(t, dir, source.WatchOptions{Debounce: time.Millisecond}), policystore.Options{}, nil)
	eventually(t, "the first generation", s.Ready)
	stop := make(chan struct{})
	errs := make(chan error, 2)
	for range cap(errs) {
		go func() {
			for {
				select {
				case <-stop:
					errs <- nil
					return
				default:
				}
				view := s.Current()
				i, known := revisions[view.Revision()]
				if !known || !allows(view, fmt.Sprint("a-", i)) || !allows(view, fmt.Sprint("b-", i)) || allows(view, fmt.Sprint("a-", i+1)) {
					errs <- errors.New("a view of revision " + view.Revision() + " mixes generations")
					return
				}
			}
		}()
	}
	for i := 1; i < 30; i++ {
		must(t, v.Write(generation(i)))
		eventually(t, fmt.Sprint("generation ", i), func() bool { return revisions[s.Current().Revision()] == i })
	}
	close(stop)
	for range cap(errs) {
		must(t, <-errs)
	}
}
