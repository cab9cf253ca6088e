package source

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Folders says which folders to watch: for each the names in it that matter, or
// nil if all do. The paths are absolute and hold no symbolic link.
type Folders map[string][]string

// All adds a folder of which every name matters.
func (f Folders) All(folder string) { f[folder] = nil }

// Name adds one name of a folder.
func (f Folders) Name(folder, name string) {
	names, known := f[folder]
	if known && names == nil || slices.Contains(names, name) {
		return
	}
	f[folder] = append(names, name)
}

// concern reports whether an event about path matters.
func (f Folders) concern(path string) bool {
	if _, watched := f[path]; watched {
		return true // the folder itself went or moved
	}
	names, known := f[filepath.Dir(path)]
	return !known || names == nil || slices.Contains(names, filepath.Base(path))
}

// maxHops bounds the links on the way to a path, as the kernel does.
const maxHops = 40

// Trail adds every place where a change can make path mean something else: the
// folder that holds it, the folder of each symbolic link on the way (so that an
// atomic swap of a link is seen), and, where the way breaks off, the nearest
// folder that exists.
func (f Folders) Trail(path string) {
	path, err := filepath.Abs(path)
	if err != nil {
		return // no working directory: polling has to do
	}
	here, rest := "/", strings.Split(strings.Trim(path, "/"), "/")
	for hops := 0; len(rest) > 0; {
		name := rest[0]
		rest = rest[1:]
		if name == "" || name == "." {
			continue
		}
		if name == ".." {
			here = filepath.Dir(here)
			continue
		}
		next := filepath.Join(here, name)
		info, err := os.Lstat(next)
		if err != nil {
			f.Name(here, name)
			return
		}
		if info.Mode()&os.ModeSymlink == 0 {
			if len(rest) == 0 {
				f.Name(here, name)
			}
			here = next
			continue
		}
		f.Name(here, name)
		target, err := os.Readlink(next)
		if hops++; err != nil || hops > maxHops {
			return
		}
		if filepath.IsAbs(target) {
			here = "/"
		}
		rest = append(strings.Split(target, "/"), rest...)
	}
}
