package policystore_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/pdp/strictjson"
	"github.com/mayi-authz/mayi/policystore"
	"github.com/mayi-authz/mayi/policystore/source"
)

func pack(t testing.TB, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, path := range slices.Sorted(maps.Keys(files)) {
		must(t, w.WriteHeader(&tar.Header{Name: path, Typeflag: tar.TypeReg, Mode: 0o644, Size: int64(len(files[path]))}))
		_, err := io.WriteString(w, files[path])
		must(t, err)
	}
	must(t, w.Close())
	must(t, z.Close())
	return b.Bytes()
}

// The same files make the same engine wherever they lie.
func TestLoad(t *testing.T) {
	base := t.TempDir()
	save(t, filepath.Join(base, "folder"), two)
	save(t, filepath.Join(base, "folder.tar.gz"), two) // a folder, whatever its name
	for _, name := range []string{"p.tar.gz", "p.tgz"} {
		must(t, os.WriteFile(filepath.Join(base, name), pack(t, two), 0o644))
	}
	want, err := policystore.LoadFiles(filesOf(two))
	must(t, err)
	for _, name := range []string{"folder", "folder.tar.gz", "p.tar.gz", "p.tgz"} {
		e, err := policystore.Load(t.Context(), filepath.Join(base, name))
		must(t, err)
		if e.Revision() != want.Revision() || !allows(e, "two") || !allows(e, "three") || allows(e, "one") {
			t.Errorf("%s: revision is %s, want %s", name, e.Revision(), want.Revision())
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	base := t.TempDir()
	must(t, os.WriteFile(filepath.Join(base, "file"), nil, 0o644))
	must(t, os.WriteFile(filepath.Join(base, "bad.tar.gz"), nil, 0o644))
	must(t, os.Mkdir(filepath.Join(base, "empty"), 0o755))
	for name, want := range map[string]string{
		"":           "path",
		"missing":    "no such file",
		"gone.tgz":   "no such file",
		"file":       "not a folder",
		"bad.tar.gz": "not a gzip stream",
		"empty":      "",
	} {
		path := name
		if name != "" {
			path = filepath.Join(base, name)
		}
		if e, err := policystore.Load(t.Context(), path); err == nil || !strings.Contains(err.Error(), want) || e != nil {
			t.Errorf("%q: error is %v, want …%s…", name, err, want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := policystore.Load(ctx, filepath.Join(base, "empty")); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v, want the context's", err)
	}
}

func TestLoadGivesEveryProblem(t *testing.T) {
	files := map[string][]byte{
		"a.json":      []byte(`{"Statement": {"Effect": "Perhaps", "Principal": "*", "Action": "*", "Resource": "*"}}`),
		"team/b.json": []byte("{\n}"),
		"c.json":      []byte(`{"Version": "2012-10-17", "Version": "2008-10-17"}`),
	}
	_, err := policystore.LoadFiles(files)
	problems := policystore.Problems(err)
	var seen []string
	for _, p := range problems {
		seen = append(seen, p.File)
		if p.Line == 0 || p.Reason == "" {
			t.Errorf("problem without a place or reason: %+v", p)
		}
	}
	if want := []string{"a.json", "c.json", "team/b.json"}; !slices.Equal(slices.Compact(seen), want) {
		t.Errorf("problems in %q, want %q", seen, want)
	}
}

func TestLoadFilesChecksNames(t *testing.T) {
	_, err := policystore.LoadFiles(map[string][]byte{"deny.jsno": nil})
	if p := policystore.Problems(err); len(p) != 1 || p[0].File != "deny.jsno" || p[0].Rule != source.RuleName {
		t.Errorf("problems are %+v", p)
	}
	if _, err := policystore.LoadFiles(nil); err == nil {
		t.Error("no policies at all were taken")
	}
}

func TestProblems(t *testing.T) {
	a := &strictjson.Error{Place: strictjson.Place{File: "a.json", Line: 1, Column: 2, Pointer: "/x"}, Rule: "Rule", Reason: "no"}
	b := &strictjson.Error{Place: strictjson.Place{File: "b.json"}, Reason: "neither"}
	plain := errors.New("plain")
	pa := policystore.Problem{File: "a.json", Line: 1, Column: 2, Pointer: "/x", Rule: "Rule", Reason: "no"}
	pb := policystore.Problem{File: "b.json", Reason: "neither"}
	for name, c := range map[string]struct {
		err  error
		want []policystore.Problem
	}{
		"nil":                      {nil, nil},
		"one":                      {a, []policystore.Problem{pa}},
		"joined":                   {errors.Join(a, plain, b), []policystore.Problem{pa, {Reason: "plain"}, pb}},
		"nested":                   {errors.Join(errors.Join(a, b), plain), []policystore.Problem{pa, pb, {Reason: "plain"}}},
		"wrapped":                  {fmt.Errorf("load: %w", errors.Join(a, b)), []policystore.Problem{pa, pb}},
		"wrapped, without a place": {fmt.Errorf("load: %w", plain), []policystore.Problem{{Reason: "load: plain"}}},
	} {
		if got := policystore.Problems(c.err); !slices.Equal(got, c.want) {
			t.Errorf("%s: problems are %+v, want %+v", name, got, c.want)
		}
	}
}

func ExampleLoadFiles() {
	_, err := policystore.LoadFiles(map[string][]byte{
		"readers.json": []byte(`{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Principal": "*", "Action": "app:Read"}
]}`),
	})
	fmt.Println(err)
	// Output: readers.json:2:3 /Statement/0: Missing resource: statement 0 has neither Resource nor NotResource
}
