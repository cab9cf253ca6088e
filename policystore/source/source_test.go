package source_test

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"go.uber.org/goleak"

	"github.com/mayi-authz/mayi/policystore/source"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestIgnoredFile(t *testing.T) {
	for name, want := range map[string]bool{
		"a.json": false, "deny.jsno": false, "a.json.bak": false, "a.json.orig": false, "a.JSON": false, "README.MD": false,
		"#": false, "#a": false, "md": false, "Makefile": false, "a.yaml": false, "4913": false, "": false,
		".a.json": true, ".": true, "..data": true, "README.md": true, "a.json~": true, "#a.json#": true, "##": true,
		"a.json.swp": true, "a.json.swo": true, "a.json.swx": true,
	} {
		if got := source.IgnoredFile(name); got != want {
			t.Errorf("IgnoredFile(%q) = %v, want %v", name, got, want)
		}
	}
}

func TestFromFiles(t *testing.T) {
	b, err := source.FromFiles(map[string][]byte{"b/c.json": []byte("2"), "a.json": []byte("1"), "x.md": nil, ".git/x": nil}, source.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, f := range b.Files {
		paths = append(paths, f.Path)
	}
	if !slices.Equal(paths, []string{"a.json", "b/c.json"}) {
		t.Errorf("paths are %q", paths)
	}
	// The way of hashing is a promise: revisions are compared across versions.
	if want := "7592198a950704fa87bb267d9816647d"; !strings.HasPrefix(b.Revision, want) {
		t.Errorf("revision is %s, want %s…", b.Revision, want)
	}
	for _, path := range []string{"../a.json", "/a.json", "a//b.json", "a/./b.json", "", ".", "a/", `a\b.json`, "a\x00.json", "a\u202e.json"} {
		if _, err := source.FromFiles(map[string][]byte{path: nil}, source.Limits{}); err == nil {
			t.Errorf("path %q was taken", path)
		}
	}
}

func TestCollector(t *testing.T) {
	big := strings.Repeat("x", 100)
	for _, c := range []struct {
		name   string
		limits source.Limits
		do     func(*source.Collector)
		want   string // part of the error; "" is none
	}{
		{"empty", source.Limits{}, func(*source.Collector) {}, ""},
		{"at the limits", source.Limits{FileBytes: 100, TotalBytes: 200, Entries: 2}, func(c *source.Collector) {
			add(c, "a.json", big, 100)
			add(c, "b.json", big, 100)
		}, ""},
		{"size lies low", source.Limits{FileBytes: 99}, func(c *source.Collector) { add(c, "a.json", big, 0) }, "a.json: Size: file is larger than 99"},
		{"size lies high", source.Limits{}, func(c *source.Collector) { add(c, "a.json", big, 1<<62) }, "file is larger"},
		{"size unknown", source.Limits{}, func(c *source.Collector) { add(c, "a.json", big, -1) }, ""},
		{"duplicate", source.Limits{}, func(c *source.Collector) {
			add(c, "a.json", "1", 1)
			add(c, "a.json", "1", 1)
		}, "a.json: Duplicate file"},
		{"total", source.Limits{TotalBytes: 150}, func(c *source.Collector) {
			add(c, "a.json", big, 100)
			add(c, "b.json", big, 100)
			if !c.Full() || c.Wants("c.json") || c.WantsFolder("d") {
				t.Error("still takes entries after a limit of the bundle")
			}
		}, "b.json: Size: the bundle holds more than 150 bytes"},
		{"reader fails", source.Limits{}, func(c *source.Collector) {
			c.Add("a.json", 3, io.MultiReader(strings.NewReader("x"), iotest.ErrReader(errors.New("disk is gone"))))
		}, "a.json: Unreadable file: disk is gone"},
		{"folder out", source.Limits{}, func(c *source.Collector) { c.WantsFolder("../x") }, "File name"},
	} {
		t.Run(c.name, func(t *testing.T) {
			col := source.NewCollector(c.limits)
			c.do(col)
			b, err := col.Bundle()
			if c.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range b.Files {
					if string(f.Data) != big {
						t.Errorf("%s holds %q", f.Path, f.Data)
					}
				}
			} else if err == nil || !strings.Contains(err.Error(), c.want) || b != nil {
				t.Errorf("error is %v, want …%s…", err, c.want)
			}
		})
	}
}

func add(c *source.Collector, path, text string, size int64) {
	if c.Wants(path) {
		c.Add(path, size, bytes.NewReader([]byte(text)))
	}
}

func TestTrail(t *testing.T) {
	base, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"v1/policies", "plain"} {
		if err := os.MkdirAll(filepath.Join(base, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, target := range map[string]string{
		"current": "v1", "plain/up": "../v1/./policies", "abs": filepath.Join(base, "plain"), "loop": "loop", "gone": "nowhere/at/all",
	} {
		if err := os.Symlink(target, filepath.Join(base, name)); err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string]map[string]string{
		"plain":            {"": "plain"},
		"plain/new.tar.gz": {"plain": "new.tar.gz"},
		"current":          {"": "current v1"},
		"current/policies": {"": "current", "v1": "policies"},
		"plain/up":         {"plain": "up", "v1": "policies"},
		"abs/up":           {"": "abs", "plain": "up", "v1": "policies"},
		"a/b/c":            {"": "a"},
		"gone":             {"": "gone nowhere"},
		"loop":             {"": "loop"},
	} {
		f := source.Folders{}
		f.Trail(filepath.Join(base, path))
		got := map[string]string{}
		for folder, names := range f {
			rel, err := filepath.Rel(base, folder)
			if err != nil {
				t.Fatal(err)
			}
			if rel == "." {
				rel = ""
			}
			got[rel] = strings.Join(names, " ")
		}
		if !maps.Equal(got, want) {
			t.Errorf("trail of %s is %v, want %v", path, got, want)
		}
	}
}

func TestFoldersAllOverNames(t *testing.T) {
	f := source.Folders{}
	f.Name("/p", "a")
	f.Name("/p", "a")
	f.All("/p")
	f.Name("/p", "b")
	if names, ok := f["/p"]; !ok || names != nil {
		t.Errorf("names are %q, want all", names)
	}
}

func TestLimitsValidate(t *testing.T) {
	err := source.Limits{FileBytes: -1, TotalBytes: -1, Entries: -1, Depth: -1}.Validate()
	for _, part := range []string{"file bytes", "total bytes", "entries", "depth"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("error %v does not speak of %s", err, part)
		}
	}
	if err := (source.Limits{}).Validate(); err != nil {
		t.Error(err)
	}
}
