package directory_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/mayi-authz/mayi/pdp/strictjson"
	"github.com/mayi-authz/mayi/policystore/source"
	"github.com/mayi-authz/mayi/policystore/source/directory"
	"github.com/mayi-authz/mayi/policystore/source/directory/kubelettest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newDirectory(t *testing.T, o directory.Options) *directory.Directory {
	t.Helper()
	d, err := directory.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for path, text := range files {
		save(t, filepath.Join(dir, path), text)
	}
}

func save(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// fetch returns the files of a bundle by path.
func fetch(t *testing.T, s source.Source) (map[string]string, error) {
	t.Helper()
	b, err := s.Fetch(t.Context())
	if err != nil {
		return nil, err
	}
	files := map[string]string{}
	for _, f := range b.Files {
		files[f.Path] = string(f.Data)
	}
	return files, nil
}

func wantFiles(t *testing.T, s source.Source, want map[string]string) {
	t.Helper()
	got, err := fetch(t, s)
	if err != nil {
		t.Fatalf("Fetch: %v", err)
	}
	if !maps.Equal(got, want) {
		t.Fatalf("Fetch has %v, want %v", got, want)
	}
}

func TestFetchReadsTheTree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		want := map[string]string{"a.json": "1", "team/b.json": "2", "team/deep/c.json": "3"}
		write(t, dir, want)
		write(t, dir, map[string]string{
			".hidden.json": "x", ".git/config": "x", "README.md": "x", "a.json~": "x", ".a.json.swp": "x",
			"a.json.swp": "x", "#a.json#": "x", "..2026/a.json": "x", "team/.x/y.json": "x",
		})
		must(t, os.Symlink("nowhere", filepath.Join(dir, ".#a.json"))) // emacs' lock
		wantFiles(t, newDirectory(t, directory.Options{Path: dir}), want)
	})
}

func TestRevisionIsOfTheContent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		revision := func(files map[string]string) string {
			dir := t.TempDir()
			write(t, dir, files)
			b, err := newDirectory(t, directory.Options{Path: dir}).Fetch(t.Context())
			must(t, err)
			return b.Revision
		}
		base := revision(map[string]string{"a.json": "1", "b.json": "2"})
		if len(base) != 64 {
			t.Errorf("revision %q; want 64 hex digits", base)
		}
		for name, c := range map[string]struct {
			files map[string]string
			same  bool
		}{
			"again":           {map[string]string{"b.json": "2", "a.json": "1"}, true},
			"ignored file":    {map[string]string{"a.json": "1", "b.json": "2", "c.md": "3"}, true},
			"content":         {map[string]string{"a.json": "1", "b.json": "3"}, false},
			"name":            {map[string]string{"a.json": "1", "c.json": "2"}, false},
			"content swapped": {map[string]string{"a.json": "2", "b.json": "1"}, false},
			"one file less":   {map[string]string{"a.json": "1"}, false},
			"moved border":    {map[string]string{"a.json": "12", "b.json": ""}, false},
		} {
			if got := revision(c.files); (got == base) != c.same {
				t.Errorf("%s: revision equal is %v, want %v", name, got == base, c.same)
			}
		}
	})
}

func TestFetchRefuses(t *testing.T) {
	link := func(target, name string) func(*testing.T, string) {
		return func(t *testing.T, dir string) { must(t, os.Symlink(target, filepath.Join(dir, name))) }
	}
	file := func(name string) func(*testing.T, string) {
		return func(t *testing.T, dir string) { save(t, filepath.Join(dir, name), "12345678") }
	}
	for _, c := range []struct {
		name   string
		make   func(*testing.T, string)
		limits source.Limits
		rule   string
		file   string
		reason string
	}{
		{name: "misspelt suffix", make: file("deny.jsno"), rule: source.RuleName, file: "deny.jsno", reason: "does not end in .json"},
		{name: "backup by hand", make: file("deny.json.bak"), rule: source.RuleName, file: "deny.json.bak"},
		{name: "merge leftover", make: file("deny.json.orig"), rule: source.RuleName, file: "deny.json.orig"},
		{name: "upper case", make: file("deny.JSON"), rule: source.RuleName, file: "deny.JSON"},
		{name: "no suffix", make: file("team/deny"), rule: source.RuleName, file: "team/deny"},
		{name: "control character", make: file("a\nb.json"), rule: source.RuleName, file: `"a\nb.json"`},
		{name: "not UTF-8", make: file("a\xff.json"), rule: source.RuleName, file: `"a\xff.json"`},
		{name: "link out by path", make: link("/etc/hostname", "a.json"), rule: source.RuleLink, file: "a.json"},
		{name: "link out by dots", make: link("../../a.json", "a.json"), rule: source.RuleLink, file: "a.json"},
		{name: "link to nowhere", make: link("gone.json", "a.json"), rule: source.RuleLink, file: "a.json"},
		{name: "link to itself", make: link("a.json", "a.json"), rule: source.RuleLink, file: "a.json"},
		{name: "folder link upwards", make: link(".", "loop"), rule: source.RuleLink, file: "loop"},
		{name: "folder link out", make: link("/etc", "etc"), rule: source.RuleLink, file: "etc"},
		{name: "named pipe", make: func(t *testing.T, dir string) {
			must(t, syscall.Mkfifo(filepath.Join(dir, "a.json"), 0o644))
		}, rule: source.RuleKind, file: "a.json", reason: "named pipe"},
		{name: "link to a pipe", make: func(t *testing.T, dir string) {
			must(t, syscall.Mkfifo(filepath.Join(dir, ".pipe"), 0o644))
			must(t, os.Symlink(".pipe", filepath.Join(dir, "a.json")))
		}, rule: source.RuleKind, file: "a.json"},
		{name: "file too large", make: file("a.json"), limits: source.Limits{FileBytes: 7}, rule: source.RuleSize, file: "a.json", reason: "7 bytes"},
		{name: "all too large", make: func(t *testing.T, dir string) {
			write(t, dir, map[string]string{"a.json": "12345", "b.json": "12345"})
		}, limits: source.Limits{TotalBytes: 9}, rule: source.RuleSize},
		{name: "too many", make: func(t *testing.T, dir string) {
			write(t, dir, map[string]string{"a.json": "", "b.md": "", "c/d.json": ""})
		}, limits: source.Limits{Entries: 3}, rule: source.RuleSize, reason: "more than 3 files"},
		{name: "too deep", make: file("a/b/c.json"), limits: source.Limits{Depth: 2}, rule: source.RuleName, file: "a/b/c.json", reason: "the limit is 2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dir := t.TempDir()
				c.make(t, dir)
				_, err := fetch(t, newDirectory(t, directory.Options{Path: dir, Limits: c.limits}))
				var p *strictjson.Error
				if !errors.As(err, &p) {
					t.Fatalf("error is %v, want a *strictjson.Error", err)
				}
				if p.Rule != c.rule || c.file != "" && p.Place.File != c.file || !strings.Contains(p.Reason, c.reason) {
					t.Errorf("problem is %q at %q: %q, want %q at %q: …%s…", p.Rule, p.Place.File, p.Reason, c.rule, c.file, c.reason)
				}
			})
		})
	}
}

func TestFetchReportsEveryProblem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		write(t, dir, map[string]string{"a.jsno": "", "b.yaml": "", "c.json": "{}", "d/e": ""})
		_, err := fetch(t, newDirectory(t, directory.Options{Path: dir}))
		for _, file := range []string{"a.jsno", "b.yaml", "d/e"} {
			if err == nil || !strings.Contains(err.Error(), file) {
				t.Errorf("error %v does not name %s", err, file)
			}
		}
	})
}

func TestLinksInsideOfTheTree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		write(t, dir, map[string]string{".real/a.json": "1", "team/b.json": "2"})
		must(t, os.Symlink(".real/a.json", filepath.Join(dir, "a.json")))
		must(t, os.Symlink("team", filepath.Join(dir, "other")))
		wantFiles(t, newDirectory(t, directory.Options{Path: dir}), map[string]string{"a.json": "1", "team/b.json": "2", "other/b.json": "2"})
	})
}

func TestNoFolder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "policies")
		d := newDirectory(t, directory.Options{Path: dir})
		if _, err := d.Fetch(t.Context()); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), dir) {
			t.Errorf("error is %v, want one that names %s", err, dir)
		}
		save(t, dir, "a file")
		if _, err := d.Fetch(t.Context()); err == nil || !strings.Contains(err.Error(), "not a folder") {
			t.Errorf("error is %v, want: not a folder", err)
		}
		must(t, os.Remove(dir))
		save(t, filepath.Join(dir, "a.json"), "1")
		wantFiles(t, d, map[string]string{"a.json": "1"})
	})
}

// In a bubble of fake time the moments of saves and scans are exact.
func TestTwoScansMustAgree(t *testing.T) {
	for _, c := range []struct {
		name  string
		every time.Duration
		want  string // the first state that is handed out
		after time.Duration
	}{
		{"saved fast", 30 * time.Millisecond, "new new new new new", 310 * time.Millisecond},
		{"saved just too fast", 99 * time.Millisecond, "new new new new new", 540 * time.Millisecond},
		{"saved slowly", 250 * time.Millisecond, "new old old old old", 110 * time.Millisecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dir := t.TempDir()
				names := []string{"a.json", "b.json", "c.json", "d.json", "e.json"}
				for _, name := range names {
					save(t, filepath.Join(dir, name), "old")
				}
				d := newDirectory(t, directory.Options{Path: dir})
				_, err := d.Fetch(t.Context())
				must(t, err)
				done := make(chan struct{})
				go func() {
					defer close(done)
					for _, name := range names {
						save(t, filepath.Join(dir, name), "new")
						time.Sleep(c.every)
					}
				}()
				synctest.Wait()
				start := time.Now()
				time.Sleep(time.Millisecond) // the first save is there, and scans never meet one
				files, err := fetch(t, d)
				must(t, err)
				var got []string
				for _, name := range names {
					got = append(got, files[name])
				}
				if s := strings.Join(got, " "); s != c.want {
					t.Errorf("after %v handed out %q, want %q", time.Since(start), s, c.want)
				}
				if took := time.Since(start); took > c.after {
					t.Errorf("settled after %v, want %v at most", took, c.after)
				}
				<-done
			})
		})
	}
}

func TestAHalfWrittenFileIsNotReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		save(t, filepath.Join(dir, "a.json"), "1")
		d := newDirectory(t, directory.Options{Path: dir})
		wantFiles(t, d, map[string]string{"a.json": "1"})
		save(t, filepath.Join(dir, "sedX123"), "2") // sed -i writes beside the file, then renames over it
		go func() {
			time.Sleep(50 * time.Millisecond)
			os.Rename(filepath.Join(dir, "sedX123"), filepath.Join(dir, "a.json"))
		}()
		wantFiles(t, d, map[string]string{"a.json": "2"})
	})
}

func TestARestlessFolder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			for i := 0; ctx.Err() == nil; i++ {
				os.WriteFile(filepath.Join(dir, "a.json"), fmt.Append(nil, i), 0o644)
				time.Sleep(70 * time.Millisecond)
			}
		}()
		time.Sleep(time.Millisecond)
		d := newDirectory(t, directory.Options{Path: dir})
		if _, err := d.Fetch(t.Context()); !errors.Is(err, source.ErrRestless) {
			t.Errorf("error is %v, want ErrRestless", err)
		}
		cancel()
		time.Sleep(time.Second)
		if _, err := d.Fetch(t.Context()); err != nil {
			t.Errorf("after the folder came to rest: %v", err)
		}
	})
}

func TestFetchStopsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		save(t, filepath.Join(dir, "a.json"), "1")
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		if _, err := newDirectory(t, directory.Options{Path: dir}).Fetch(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error is %v, want the context's", err)
		}
	})
}

func TestAtomicSwapIsTakenAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		base := t.TempDir()
		swap := func(to string) {
			must(t, os.Symlink(to, filepath.Join(base, "tmp")))
			must(t, os.Rename(filepath.Join(base, "tmp"), filepath.Join(base, "current")))
		}
		write(t, base, map[string]string{"v1/policies/a.json": "1", "v2/policies/a.json": "2"})
		swap("v1")
		d := newDirectory(t, directory.Options{Path: filepath.Join(base, "current", "policies")})
		wantFiles(t, d, map[string]string{"a.json": "1"})
		start := time.Now()
		swap("v2")
		wantFiles(t, d, map[string]string{"a.json": "2"})
		if took := time.Since(start); took != 0 {
			t.Errorf("took %v, want no wait", took)
		}
		// What the link leads to is an ordinary folder for as long as the link stays.
		save(t, filepath.Join(base, "v2/policies/a.json"), "3")
		wantFiles(t, d, map[string]string{"a.json": "3"})
		if took := time.Since(start); took != source.DefaultPause {
			t.Errorf("took %v, want one pause", took)
		}
	})
}

func TestKubernetesVolume(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		v := kubelettest.New(dir)
		d := newDirectory(t, directory.Options{Path: dir})
		start := time.Now()
		old := map[string]string{"a.json": "1", "b.json": "1", "team/x.json": "1"}
		must(t, v.Write(old))
		wantFiles(t, d, old)

		// At every step of the swap there is exactly one right answer.
		next := map[string]string{"a.json": "2", "c.json": "2", "team/y.json": "2"}
		var steps []string
		want := old
		v.Step = func(step string) {
			steps = append(steps, step)
			if step == "data" {
				want = next
			}
			wantFiles(t, d, want)
		}
		must(t, v.Write(next))
		if want := []string{"folder", "files", "data_tmp", "data", "link c.json", "unlink b.json", "removed"}; !slices.Equal(steps, want) {
			t.Errorf("steps are %q, want %q", steps, want)
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("took %v, want no wait", took)
		}
	})
}

func TestStrangersBesideData(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		must(t, kubelettest.New(dir).Write(map[string]string{"a.json": "1"}))
		save(t, filepath.Join(dir, "deny.json"), "1") // mounted with subPath, say
		_, err := fetch(t, newDirectory(t, directory.Options{Path: dir}))
		if err == nil || !strings.Contains(err.Error(), "deny.json") || !strings.Contains(err.Error(), "beside ..data") {
			t.Errorf("error is %v, want one that names deny.json", err)
		}
	})
}

func TestDataLinkOutOfTheFolder(t *testing.T) {
	for _, target := range []string{"/etc", "../other", "a/../../other"} {
		synctest.Test(t, func(t *testing.T) {
			base := t.TempDir()
			write(t, base, map[string]string{"other/a.json": "1", "policies/a/x.json": "1"})
			must(t, os.Symlink(target, filepath.Join(base, "policies", "..data")))
			if _, err := fetch(t, newDirectory(t, directory.Options{Path: filepath.Join(base, "policies")})); err == nil {
				t.Errorf("..data to %s was followed", target)
			}
		})
	}
}

func TestDataFolderIsADotfile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir() // what cp -rL makes of a volume
		write(t, dir, map[string]string{"..data/a.json": "1", "a.json": "1"})
		wantFiles(t, newDirectory(t, directory.Options{Path: dir}), map[string]string{"a.json": "1"})
	})
}

func TestOptions(t *testing.T) {
	_, err := directory.New(directory.Options{Pause: -1, Limits: source.Limits{Depth: -1}, Watch: source.WatchOptions{Retry: -1}})
	for _, part := range []string{"path", "pause", "depth", "retry"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("error %v does not speak of %s", err, part)
		}
	}
}

// While the kubelet deletes an old generation file by file, a reader that is
// still in it must not take what is left for the whole.
func TestNeverPartOfAGeneration(t *testing.T) {
	dir := t.TempDir()
	v := kubelettest.New(dir)
	generation := func(i int) map[string]string {
		files := map[string]string{}
		for n := range 25 {
			files[fmt.Sprintf("p%d-%d.json", n, i%3)] = fmt.Sprint(i)
		}
		return files
	}
	must(t, v.Write(generation(0)))
	done := make(chan error, 1)
	go func() {
		for i := 1; i <= 120; i++ {
			if err := v.Write(generation(i)); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	d := newDirectory(t, directory.Options{Path: dir, Pause: time.Millisecond})
	fetched := 0
	for {
		files, err := fetch(t, d)
		if err != nil && !errors.Is(err, source.ErrRestless) && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		if err == nil {
			fetched++
			texts := slices.Compact(slices.Sorted(maps.Values(files)))
			if len(files) != 25 || len(texts) != 1 {
				t.Fatalf("a bundle of %d files of the generations %v; want 25 of one", len(files), texts)
			}
		}
		select {
		case err := <-done:
			must(t, err)
			wantFiles(t, d, generation(120))
			t.Logf("%d whole bundles were read while 120 generations came and went", fetched)
			return
		default:
		}
	}
}
