package directory_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/mayi-authz/mayi/policystore/source"
	"github.com/mayi-authz/mayi/policystore/source/directory"
	"github.com/mayi-authz/mayi/policystore/source/directory/kubelettest"
)

// watching starts a watch that only events can wake, and returns its notices.
func watching(t *testing.T, path string) <-chan source.Notice {
	t.Helper()
	d := newDirectory(t, directory.Options{Path: path, Watch: source.WatchOptions{
		Debounce: time.Millisecond, Resync: time.Hour, Retry: time.Hour,
	}})
	notices := make(chan source.Notice, 1000)
	done := make(chan error, 1)
	go func() { done <- d.Watch(t.Context(), func(n source.Notice) { notices <- n }) }()
	t.Cleanup(func() {
		if err := <-done; err != nil {
			t.Errorf("Watch: %v", err)
		}
	})
	noticed(t, notices) // the watch stands
	return notices
}

// noticed waits for a notice of events and gathers those that follow closely,
// so that one change is not taken for two.
func noticed(t *testing.T, notices <-chan source.Notice) {
	t.Helper()
	select {
	case n := <-notices:
		if n.Mode != source.ModeEvents || n.Lost != nil {
			t.Fatalf("notice is %v", n)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("no notice within 10 s")
	}
	for {
		select {
		case <-notices:
		case <-time.After(30 * time.Millisecond):
			return
		}
	}
}

func TestWatchSeesEveryKindOfChange(t *testing.T) {
	base := t.TempDir()
	at := func(name string) string { return filepath.Join(base, name) }
	link := func(target, name string) {
		must(t, os.Symlink(target, at("tmp")))
		must(t, os.Rename(at("tmp"), at(name)))
	}
	link("releases/v1", "current")
	notices := watching(t, at("current/policies")) // it does not exist yet
	for _, step := range []struct {
		name string
		do   func()
	}{
		{"folder appears, name by name", func() { must(t, os.MkdirAll(at("releases/v1/policies"), 0o755)) }},
		{"file appears", func() { save(t, at("releases/v1/policies/a.json"), "1") }},
		{"file is written", func() { save(t, at("releases/v1/policies/a.json"), "2") }},
		{"file is renamed over", func() {
			save(t, at("elsewhere"), "3")
			must(t, os.Rename(at("elsewhere"), at("releases/v1/policies/a.json")))
		}},
		{"folder inside appears", func() { must(t, os.MkdirAll(at("releases/v1/policies/x/y"), 0o755)) }},
		{"file in it", func() { save(t, at("releases/v1/policies/x/y/b.json"), "1") }},
		{"file is removed", func() { must(t, os.Remove(at("releases/v1/policies/a.json"))) }},
		{"folder is removed", func() { must(t, os.RemoveAll(at("releases/v1/policies"))) }},
		{"folder comes back", func() { must(t, os.Mkdir(at("releases/v1/policies"), 0o755)) }},
		{"file in the new folder", func() { save(t, at("releases/v1/policies/a.json"), "4") }},
		{"folder is renamed away and replaced", func() {
			must(t, os.Rename(at("releases/v1/policies"), at("releases/v1/old")))
			must(t, os.Mkdir(at("releases/v1/policies"), 0o755))
		}},
		{"file in the replacement", func() { save(t, at("releases/v1/policies/a.json"), "5") }},
		{"everything above is removed", func() { must(t, os.RemoveAll(at("releases"))) }},
		{"and comes back", func() { save(t, at("releases/v1/policies/a.json"), "6") }},
		{"link on the way is swapped", func() {
			save(t, at("releases/v2/policies/a.json"), "7")
			link("releases/v2", "current")
		}},
		{"file behind the new link", func() { save(t, at("releases/v2/policies/a.json"), "8") }},
	} {
		step.do()
		t.Log(step.name)
		noticed(t, notices)
	}
}

func TestWatchSeesFilesBehindLinks(t *testing.T) {
	dir := t.TempDir()
	save(t, filepath.Join(dir, ".real/a.json"), "1")
	must(t, os.Symlink(".real/a.json", filepath.Join(dir, "a.json")))
	notices := watching(t, dir)
	save(t, filepath.Join(dir, ".real/a.json"), "2")
	noticed(t, notices)
}

func TestWatchFollowsAVolume(t *testing.T) {
	dir := t.TempDir()
	v := kubelettest.New(dir)
	notices := watching(t, dir)
	for i := range 5 {
		must(t, v.Write(map[string]string{"a.json": string(rune('0' + i)), "team/b.json": "x"}))
		noticed(t, notices)
	}
}
