package directory

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/mayi-authz/mayi/policystore/source"
)

// folders says what to watch: the way to the folder, the folder, and everything
// below it that a bundle can hold. It is only a hint of where to listen: what it
// cannot see is found by the scan, and what it misses by polling.
func (d *Directory) folders() source.Folders {
	f := source.Folders{}
	f.Trail(d.o.Path)
	top, err := filepath.EvalSymlinks(d.o.Path)
	if err != nil {
		return f
	}
	if top, err = filepath.Abs(top); err != nil {
		return f
	}
	w := walker{folders: f, top: top, left: d.o.Limits.OrDefault().Entries}
	w.walk(top)
	if info, err := os.Lstat(filepath.Join(top, dataLink)); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		w.link(filepath.Join(top, dataLink), top)
	}
	return f
}

type walker struct {
	folders source.Folders
	top     string
	left    int // entries that may still be looked at
}

// walk adds a folder and all below it. folder holds no link.
func (w *walker) walk(folder string) {
	if names, done := w.folders[folder]; done && names == nil {
		return
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return
	}
	w.folders.All(folder)
	for _, e := range entries {
		if w.left--; w.left < 0 {
			return
		}
		if source.IgnoredFolder(e.Name()) {
			continue
		}
		name := filepath.Join(folder, e.Name())
		switch {
		case e.IsDir():
			w.walk(name)
		case e.Type()&fs.ModeSymlink != 0:
			w.link(name, folder)
		}
	}
}

// link adds what a link leads to: a folder whole, or the folder of a file.
func (w *walker) link(name, folder string) {
	target, err := filepath.EvalSymlinks(name)
	if err != nil || !strings.HasPrefix(target, w.top+string(filepath.Separator)) {
		return // it leads out of the tree, which the scan refuses
	}
	if info, err := os.Stat(target); err != nil {
		return
	} else if info.IsDir() {
		w.walk(target)
	} else if holder := filepath.Dir(target); holder != folder {
		w.folders.Name(holder, filepath.Base(target))
	}
}
