package directory

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// dataLink is the name of the link to the current generation of a Kubernetes
// volume.
const dataLink = "..data"

// A generation is what the configured path leads to at one moment.
type generation struct {
	configured string      // the path as it was asked for, absolute
	path       string      // the same with every link resolved
	data       string      // where ..data leads, as written in the link; "" without one
	info       fs.FileInfo // of the folder that is read
}

// linked reports whether a link stands on the way, so that the state can be
// swapped as a whole.
func (g generation) linked() bool {
	return g.info != nil && (g.data != "" || g.path != g.configured)
}

// same reports whether two generations are one folder. The names are compared
// too, because the number of a deleted folder may be used again at once.
func (g generation) same(h generation) bool {
	return g.path == h.path && g.data == h.data && g.info != nil && h.info != nil && os.SameFile(g.info, h.info)
}

// open resolves path once and opens the folder that it leads to. top is the
// folder itself and root is what to read: they differ where ..data is.
func open(path string) (g generation, top, root *os.Root, err error) {
	if g.configured, err = filepath.Abs(path); err != nil {
		return g, nil, nil, err
	}
	if g.path, err = filepath.EvalSymlinks(g.configured); err != nil {
		return g, nil, nil, err
	}
	if info, err := os.Stat(g.path); err == nil && !info.IsDir() {
		return g, nil, nil, errors.New("not a folder; expected a folder, or an archive named *.tar.gz")
	}
	if top, err = os.OpenRoot(g.path); err != nil {
		return g, nil, nil, err
	}
	root, err = g.enter(top)
	if err != nil {
		top.Close()
		return g, nil, nil, err
	}
	return g, top, root, nil
}

// enter opens the folder to read below top.
func (g *generation) enter(top *os.Root) (root *os.Root, err error) {
	inner := "."
	if info, err := top.Lstat(dataLink); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		if g.data, err = top.Readlink(dataLink); err != nil {
			return nil, err
		}
		// The link's text is opened, not the link: it may be swapped meanwhile.
		if inner = g.data; !filepath.IsLocal(inner) {
			return nil, fmt.Errorf("link %s leads out of the folder, to %s", dataLink, g.data)
		}
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if root, err = top.OpenRoot(inner); err != nil {
		return nil, err
	}
	if g.info, err = root.Stat("."); err != nil {
		root.Close()
		return nil, err
	}
	return root, nil
}

// current resolves the path again and returns what it leads to now; failing
// that, the zero generation, which is the same as none.
func current(path string) generation {
	g, top, root, err := open(path)
	if err != nil {
		return generation{}
	}
	top.Close()
	root.Close()
	return g
}
