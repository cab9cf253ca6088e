package archive_test

import (
	"archive/tar"
	"bytes"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/policystore/source"
	"github.com/mayi-authz/mayi/policystore/source/archive"
)

// FuzzArchive feeds anything as an archive, and anything as the tar inside of
// one. Whatever is taken keeps every rule and every limit, and is taken again.
func FuzzArchive(f *testing.F) {
	for _, entries := range [][]entry{
		{file("a.json", "1"), file("team/b.json", "2")},
		{file("../a.json", "1")},
		{file("a.json", "1"), {tar.Header{Name: "b.json", Typeflag: tar.TypeSymlink, Linkname: "a.json"}, ""}},
		{file(strings.Repeat("long/", 40)+"a.json", "1")},
		{file("a.json", string(make([]byte, 3000))), file("a.json", "")},
	} {
		f.Add(pack(f, entries...), false)
		f.Add(append(tarOf(f, entries...), endMark...), true)
	}
	limits := source.Limits{FileBytes: 2048, TotalBytes: 16 << 10, Entries: 8, Depth: 3}
	f.Fuzz(func(t *testing.T, data []byte, inner bool) {
		if inner {
			data = zip(t, data)
		}
		b, err := archive.Read(bytes.NewReader(data), limits)
		if (b == nil) == (err == nil) {
			t.Fatalf("bundle %v and error %v", b, err)
		}
		if err != nil {
			return
		}
		total := 0
		for i, file := range b.Files {
			total += len(file.Data)
			switch {
			case !fs.ValidPath(file.Path) || !strings.HasSuffix(file.Path, ".json") || strings.Count(file.Path, "/") >= limits.Depth:
				t.Errorf("took the path %q", file.Path)
			case i > 0 && b.Files[i-1].Path >= file.Path:
				t.Errorf("%q is not in order, or twice", file.Path)
			case len(file.Data) > int(limits.FileBytes):
				t.Errorf("%q has %d bytes", file.Path, len(file.Data))
			}
		}
		if len(b.Files) > limits.Entries || total > int(limits.TotalBytes) {
			t.Errorf("took %d files of %d bytes", len(b.Files), total)
		}
		again, err := archive.Read(bytes.NewReader(data), limits)
		if err != nil || again.Revision != b.Revision || !slices.EqualFunc(again.Files, b.Files, func(x, y source.File) bool {
			return x.Path == y.Path && bytes.Equal(x.Data, y.Data)
		}) {
			t.Errorf("the second reading differs: %v", err)
		}
	})
}
