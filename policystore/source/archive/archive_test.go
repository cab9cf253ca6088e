package archive_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
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

	"github.com/mayi-authz/mayi/policystore/source"
	"github.com/mayi-authz/mayi/policystore/source/archive"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// An entry is one tar entry; a zero Typeflag is a regular file.
type entry struct {
	tar.Header
	text string
}

func file(name, text string) entry { return entry{tar.Header{Name: name}, text} }

// tarOf writes entries in tar form, without the end mark.
func tarOf(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range entries {
		h := e.Header
		if h.Typeflag == 0 {
			h.Typeflag = tar.TypeReg
		}
		h.Mode, h.Size = 0o644, int64(len(e.text))
		if h.Typeflag == tar.TypeXGlobalHeader {
			h.Mode = 0
		}
		must(t, w.WriteHeader(&h))
		_, err := io.WriteString(w, e.text)
		must(t, err)
	}
	must(t, w.Flush())
	return b.Bytes()
}

func zip(t testing.TB, data ...[]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	for _, d := range data {
		_, err := w.Write(d)
		must(t, err)
	}
	must(t, w.Close())
	return b.Bytes()
}

var endMark = make([]byte, 1024)

func pack(t testing.TB, entries ...entry) []byte {
	t.Helper()
	return zip(t, tarOf(t, entries...), endMark)
}

func filesOf(b *source.Bundle) map[string]string {
	files := map[string]string{}
	for _, f := range b.Files {
		files[f.Path] = string(f.Data)
	}
	return files
}

func TestRead(t *testing.T) {
	for _, c := range []struct {
		name    string
		archive []byte
		want    map[string]string
	}{
		{"files and folders", pack(t, file("a.json", "1"), entry{tar.Header{Name: "team/", Typeflag: tar.TypeDir}, ""}, file("team/b.json", "2")),
			map[string]string{"a.json": "1", "team/b.json": "2"}},
		{"made with tar -C dir .", pack(t, entry{tar.Header{Name: "./", Typeflag: tar.TypeDir}, ""}, file("./a.json", "1")),
			map[string]string{"a.json": "1"}},
		{"made with git archive", pack(t, entry{tar.Header{Name: "pax_global_header", Typeflag: tar.TypeXGlobalHeader, PAXRecords: map[string]string{"comment": "0123"}}, ""}, file("a.json", "1")),
			map[string]string{"a.json": "1"}},
		{"ignored names", pack(t, file("README.md", "x"), file(".git/config", "x"), file("._a.json", "x"), file("a.json~", "x"),
			entry{tar.Header{Name: ".#a.json", Typeflag: tar.TypeSymlink, Linkname: "nowhere"}, ""}, file("a.json", "1")),
			map[string]string{"a.json": "1"}},
		{"padded to 10 KiB", zip(t, tarOf(t, file("a.json", "1")), make([]byte, 9216)), map[string]string{"a.json": "1"}},
		{"two gzip members", slices.Concat(zip(t, tarOf(t, file("a.json", "1"))), zip(t, tarOf(t, file("b.json", "2")), endMark)),
			map[string]string{"a.json": "1", "b.json": "2"}},
		{"long name", pack(t, file(strings.Repeat("x", 200)+".json", "1")), map[string]string{strings.Repeat("x", 200) + ".json": "1"}},
		{"empty", pack(t), map[string]string{}},
		{"empty file", pack(t, file("a.json", "")), map[string]string{"a.json": ""}},
		{"file of zeros", pack(t, file("a.json", string(make([]byte, 5000)))), map[string]string{"a.json": string(make([]byte, 5000))}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, err := archive.Read(bytes.NewReader(c.archive), source.Limits{})
			must(t, err)
			if got := filesOf(b); !maps.Equal(got, c.want) {
				t.Errorf("files are %v, want %v", got, c.want)
			}
		})
	}
}

// The same files have the same revision wherever they come from.
func TestRevisionIsThatOfTheFiles(t *testing.T) {
	want, err := source.FromFiles(map[string][]byte{"a.json": []byte("1"), "b.json": []byte("2")}, source.Limits{})
	must(t, err)
	got, err := archive.Read(bytes.NewReader(pack(t, file("b.json", "2"), file("c.md", "3"), file("./a.json", "1"))), source.Limits{})
	must(t, err)
	if got.Revision != want.Revision {
		t.Errorf("revision is %s, want %s", got.Revision, want.Revision)
	}
}

func TestReadRefuses(t *testing.T) {
	special := func(flag byte, name, to string) []byte {
		return pack(t, file("a.json", "1"), entry{tar.Header{Name: name, Typeflag: flag, Linkname: to}, ""})
	}
	bomb := zip(t, tarOf(t, file("a.json", string(make([]byte, 1<<20)))), endMark)
	for _, c := range []struct {
		name    string
		archive []byte
		limits  source.Limits
		want    string
	}{
		{"traversal", pack(t, file("../a.json", "1")), source.Limits{}, "../a.json: File name"},
		{"traversal after ./", pack(t, file("./../a.json", "1")), source.Limits{}, "File name"},
		{"traversal inside", pack(t, file("x/../../a.json", "1")), source.Limits{}, "File name"},
		{"traversal with an ignored name", pack(t, file("../.a", "1")), source.Limits{}, "File name"},
		{"traversal of a folder", pack(t, entry{tar.Header{Name: "../x/", Typeflag: tar.TypeDir}, ""}), source.Limits{}, "File name"},
		{"absolute", pack(t, file("/etc/a.json", "1")), source.Limits{}, "/etc/a.json: File name"},
		{"backslash", pack(t, file(`..\a.json`, "1")), source.Limits{}, "backslash"},
		{"unclean", pack(t, file("x//a.json", "1")), source.Limits{}, "File name"},
		{"suffix", pack(t, file("deny.jsno", "1")), source.Limits{}, "deny.jsno: File name"},
		{"symbolic link", special(tar.TypeSymlink, "b.json", "a.json"), source.Limits{}, "b.json: Kind of file: a symbolic link"},
		{"symbolic link out", special(tar.TypeSymlink, "b.json", "/etc/passwd"), source.Limits{}, "b.json: Kind of file"},
		{"hard link", special(tar.TypeLink, "b.json", "a.json"), source.Limits{}, "a hard link"},
		{"character device", special(tar.TypeChar, "b.json", ""), source.Limits{}, "a device"},
		{"block device", special(tar.TypeBlock, "b.json", ""), source.Limits{}, "a device"},
		{"named pipe", special(tar.TypeFifo, "b.json", ""), source.Limits{}, "a named pipe"},
		{"duplicate", pack(t, file("a.json", "1"), file("a.json", "1")), source.Limits{}, "a.json: Duplicate file"},
		{"duplicate by ./", pack(t, file("a.json", "1"), file("./a.json", "2")), source.Limits{}, "a.json: Duplicate file"},
		{"global header that renames", pack(t, entry{tar.Header{Typeflag: tar.TypeXGlobalHeader, PAXRecords: map[string]string{"path": "b.json"}}, ""}, file("a.json", "1")), source.Limits{}, `global header "path"`},
		{"bomb", bomb, source.Limits{TotalBytes: 1 << 19}, "expands to more than 524288"},
		{"bomb in one file", bomb, source.Limits{FileBytes: 1 << 19}, "larger than 524288"},
		{"bomb in ignored files", zip(t, tarOf(t, file("a.md", string(make([]byte, 1<<20)))), endMark), source.Limits{TotalBytes: 1 << 19}, "expands to more than"},
		{"bomb after the end", zip(t, tarOf(t, file("a.json", "1")), make([]byte, 1<<20)), source.Limits{TotalBytes: 1 << 19}, "expands to more than"},
		{"bomb of folders", pack(t, slices.Repeat([]entry{{tar.Header{Name: "x/", Typeflag: tar.TypeDir}, ""}}, 100)...), source.Limits{Entries: 99}, "more than 99 files"},
		{"sparse file that claims a lot", zip(t, sparse(t), endMark), source.Limits{}, "expands to more than"},
		{"too deep", pack(t, file("a/b/c.json", "1")), source.Limits{Depth: 2}, "the limit is 2"},
		{"no gzip", []byte("not a gzip stream"), source.Limits{}, "not a gzip stream"},
		{"nothing", nil, source.Limits{}, "not a gzip stream: unexpected EOF"},
		{"no tar", zip(t, []byte(strings.Repeat("x", 1000))), source.Limits{}, "archive is damaged"},
		{"no end mark", zip(t, tarOf(t, file("a.json", "1"))), source.Limits{}, "no end mark"},
		{"half an end mark", zip(t, tarOf(t, file("a.json", "1")), make([]byte, 512)), source.Limits{}, "no end mark"},
		{"no end mark after zeros", zip(t, tarOf(t, file("a.md", string(make([]byte, 4096))))), source.Limits{}, "no end mark"},
		{"two gzip members, second lost", zip(t, tarOf(t, file("a.json", "1"))), source.Limits{}, "no end mark"},
		{"second tar behind", zip(t, tarOf(t, file("a.json", "1")), endMark, tarOf(t, file("b.json", "1")), endMark), source.Limits{}, "something follows"},
		{"garbage behind the tar", zip(t, tarOf(t, file("a.json", "1")), endMark, []byte("x")), source.Limits{}, "something follows"},
		{"garbage behind the gzip", append(pack(t, file("a.json", "1")), "garbage"...), source.Limits{}, "damaged at its end"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, err := archive.Read(bytes.NewReader(c.archive), c.limits)
			if err == nil || !strings.Contains(err.Error(), c.want) || b != nil {
				t.Errorf("error is %v, want …%s…", err, c.want)
			}
		})
	}
}

// sparse returns a tar entry in GNU's sparse form whose file is one hole of
// 1 PiB.
func sparse(t *testing.T) []byte {
	t.Helper()
	block := tarOf(t, entry{tar.Header{Name: "a.md", Format: tar.FormatGNU}, ""})
	block[156] = 'S'
	copy(block[483:], "00040000000000000000"[:11]+"\x00") // a larger one needs base 256
	size := []byte{0x80, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0}
	copy(block[483:495], size)
	copy(block[386:398], size) // one piece of data at the end, of length 0
	copy(block[398:410], "00000000000\x00")
	copy(block[148:156], "        ")
	sum := 0
	for _, b := range block[:512] {
		sum += int(b)
	}
	copy(block[148:], fmt.Sprintf("%06o\x00 ", sum))
	return block
}

func TestReadReportsEveryProblem(t *testing.T) {
	_, err := archive.Read(bytes.NewReader(pack(t, file("a.jsno", "1"), file("../b.json", "1"), file("c.json", "1"), file("c.json", "1"))), source.Limits{})
	for _, part := range []string{"a.jsno", "../b.json", "c.json: Duplicate"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("error %v does not speak of %s", err, part)
		}
	}
}

// A truncated archive may have lost a Deny: no prefix is ever a bundle.
func TestTruncatedAnywhere(t *testing.T) {
	for name, whole := range map[string][]byte{
		"one member":  pack(t, file("a.json", strings.Repeat("abc", 1000)), file("b.json", "2")),
		"two members": slices.Concat(zip(t, tarOf(t, file("a.json", "1"))), zip(t, tarOf(t, file("b.json", "2")), endMark)),
		"stored":      slices.Concat(pack(t, file("a.json", "1"))),
	} {
		for n := range len(whole) {
			if b, err := archive.Read(bytes.NewReader(whole[:n]), source.Limits{}); err == nil {
				t.Errorf("%s: %d of %d bytes are a bundle of %d files", name, n, len(whole), len(b.Files))
			}
		}
		_, err := archive.Read(bytes.NewReader(whole), source.Limits{})
		must(t, err)
	}
}

// No flipped bit changes the files: it is refused, or in a part that says nothing
// of them (gzip's header holds a time and a name).
func TestFlippedBits(t *testing.T) {
	whole := pack(t, file("a.json", `{"Effect": "Deny"}`), file("b.json", "2"))
	want, err := archive.Read(bytes.NewReader(whole), source.Limits{})
	must(t, err)
	for i := range len(whole) * 8 {
		flipped := bytes.Clone(whole)
		flipped[i/8] ^= 1 << (i % 8)
		if b, err := archive.Read(bytes.NewReader(flipped), source.Limits{}); err == nil && b.Revision != want.Revision {
			t.Errorf("bit %d of byte %d gives another bundle: %v", i%8, i/8, filesOf(b))
		}
	}
}

func newArchive(t *testing.T, o archive.Options) *archive.Archive {
	t.Helper()
	a, err := archive.New(o)
	must(t, err)
	return a
}

func TestFetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "policies.tar.gz")
		a := newArchive(t, archive.Options{Path: path})
		if _, err := a.Fetch(t.Context()); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), path) {
			t.Errorf("error is %v, want one that names %s", err, path)
		}
		must(t, os.WriteFile(path, pack(t, file("a.json", "1")), 0o644))
		start := time.Now()
		b, err := a.Fetch(t.Context())
		must(t, err)
		if got := filesOf(b); got["a.json"] != "1" || time.Since(start) != 0 {
			t.Errorf("files are %v after %v", got, time.Since(start))
		}
	})
}

// An archive that is being copied into place is bad until it is complete.
func TestHalfCopied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "policies.tar.gz")
		whole := pack(t, file("a.json", "1"))
		must(t, os.WriteFile(path, nil, 0o644))
		done := make(chan struct{})
		go func() {
			defer close(done)
			for n := range whole {
				os.WriteFile(path, whole[:n+1], 0o644)
				time.Sleep(20 * time.Millisecond)
			}
		}()
		synctest.Wait()
		time.Sleep(time.Millisecond)
		b, err := newArchive(t, archive.Options{Path: path}).Fetch(t.Context())
		must(t, err)
		if got := filesOf(b); got["a.json"] != "1" {
			t.Errorf("files are %v", got)
		}
		<-done
	})
}

func TestFetchRefuses(t *testing.T) {
	for _, c := range []struct {
		name string
		make func(t *testing.T, path string)
		o    archive.Options
		want string
	}{
		{"archive too large", func(t *testing.T, path string) {
			must(t, os.WriteFile(path, pack(t, file("a.json", "1")), 0o644))
		}, archive.Options{FileBytes: 50}, "larger than 50 bytes"},
		{"folder", func(t *testing.T, path string) { must(t, os.Mkdir(path, 0o755)) }, archive.Options{}, "not a regular file"},
		{"named pipe", func(t *testing.T, path string) { must(t, syscall.Mkfifo(path, 0o644)) }, archive.Options{}, "not a regular file"},
		{"rests half-written", func(t *testing.T, path string) {
			must(t, os.WriteFile(path, pack(t, file("a.json", "1"))[:60], 0o644))
		}, archive.Options{}, "unexpected EOF"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c.o.Path = filepath.Join(t.TempDir(), "p.tar.gz")
				c.make(t, c.o.Path)
				_, err := newArchive(t, c.o).Fetch(t.Context())
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("error is %v, want …%s…", err, c.want)
				}
			})
		})
	}
}

func TestWatch(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "p.tar.gz")
	a := newArchive(t, archive.Options{Path: path, Watch: source.WatchOptions{Debounce: time.Millisecond, Resync: time.Hour}})
	notices, done := make(chan source.Notice, 100), make(chan error, 1)
	go func() { done <- a.Watch(t.Context(), func(n source.Notice) { notices <- n }) }()
	t.Cleanup(func() { must(t, <-done) })
	wait := func(what string) {
		t.Helper()
		for first := true; ; first = false {
			limit := 30 * time.Millisecond // for those that follow closely
			if first {
				limit = 10 * time.Second
			}
			select {
			case <-notices:
			case <-time.After(limit):
				if first {
					t.Fatalf("no notice of: %s", what)
				}
				return
			}
		}
	}
	wait("the watch")
	must(t, os.WriteFile(path, []byte("1"), 0o644))
	wait("file appears")
	must(t, os.WriteFile(path, []byte("2"), 0o644))
	wait("file is written")
	for range 3 {
		must(t, os.WriteFile(path+".new", []byte("3"), 0o644))
		must(t, os.Rename(path+".new", path))
		wait("file is renamed over")
	}
	must(t, os.Remove(path))
	wait("file is removed")
	must(t, os.WriteFile(path, []byte("4"), 0o644))
	wait("file comes back")
}

func TestOptions(t *testing.T) {
	_, err := archive.New(archive.Options{FileBytes: -1, Pause: -1, Limits: source.Limits{Depth: -1}, Watch: source.WatchOptions{Retry: -1}})
	for _, part := range []string{"path", "bytes", "pause", "depth", "retry"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("error %v does not speak of %s", err, part)
		}
	}
}
