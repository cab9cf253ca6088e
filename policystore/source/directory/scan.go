package directory

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"

	"github.com/mayi-authz/mayi/policystore/source"
)

// maxMoves bounds how often one scan follows a path that is swapped while it reads.
const maxMoves = 10

// scan reads the folder once. A scan that the folder moved away from is not a
// state at all and has no key.
func (d *Directory) scan(ctx context.Context) (generation, source.Scan) {
	for range maxMoves {
		g, top, root, err := open(d.o.Path)
		if err != nil {
			return g, source.Scan{Key: "error: " + err.Error(), Err: err}
		}
		b, err := read(ctx, d.o.Limits, g, top, root)
		top.Close()
		root.Close()
		if ctx.Err() != nil {
			break
		}
		if !g.same(current(d.o.Path)) {
			continue
		}
		if err != nil {
			return g, source.Scan{Key: "error: " + err.Error(), Err: err}
		}
		return g, source.Scan{Key: b.Revision, Bundle: b}
	}
	return generation{}, source.Scan{}
}

func read(ctx context.Context, limits source.Limits, g generation, top, root *os.Root) (*source.Bundle, error) {
	r := reader{ctx: ctx, c: source.NewCollector(limits), root: root}
	if g.data != "" {
		r.strangers(top)
	}
	r.folder(".", nil)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return r.c.Bundle()
}

// A reader walks one generation. All access goes through root, which refuses
// whatever would lead out of it.
type reader struct {
	ctx  context.Context
	c    *source.Collector
	root *os.Root
}

// folder reads everything below one folder. above are the folders on the way
// to it, by which a link that leads back up is known.
func (r *reader) folder(name string, above []fs.FileInfo) {
	f, err := r.root.Open(name)
	if err != nil {
		r.failed(name, err)
		return
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		r.failed(name, err)
		return
	}
	if slices.ContainsFunc(above, func(a fs.FileInfo) bool { return os.SameFile(a, info) }) {
		r.c.Refuse(name, source.RuleLink, "link leads to a folder that it stands in")
		return
	}
	above = append(above, info)
	for {
		entries, err := f.ReadDir(1024) // not all at once: a limit may stop the walk
		for _, e := range entries {
			if r.ctx.Err() != nil || r.c.Full() {
				return
			}
			r.entry(path.Join(name, e.Name()), e.Type(), above)
		}
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			r.failed(name, err)
			return
		}
	}
}

func (r *reader) entry(name string, kind fs.FileMode, above []fs.FileInfo) {
	if kind&fs.ModeSymlink != 0 {
		if source.IgnoredFile(path.Base(name)) {
			return // emacs marks a file being edited with a link that leads nowhere
		}
		info, err := r.root.Stat(name)
		if err != nil {
			r.c.Refuse(name, source.RuleLink, "link cannot be followed inside of the bundle: %v", cause(err))
			return
		}
		kind = info.Mode().Type()
	}
	switch {
	case kind.IsDir():
		if r.c.WantsFolder(name) {
			r.folder(name, above)
		}
	case r.c.Wants(name):
		r.file(name, kind)
	}
}

func (r *reader) file(name string, kind fs.FileMode) {
	if kind != 0 {
		r.c.Refuse(name, source.RuleKind, "a %s; expected a regular file", kindName(kind)) // not even opened: that can have effects
		return
	}
	// Without blocking, because it may have become a pipe that nobody writes to.
	f, err := r.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		r.failed(name, err)
		return
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		r.failed(name, err)
		return
	}
	if !info.Mode().IsRegular() {
		r.c.Refuse(name, source.RuleKind, "a %s; expected a regular file", kindName(info.Mode()))
		return
	}
	r.c.Add(name, info.Size(), f)
}

// strangers refuses what stands beside ..data and is no link into it: it would
// belong to no generation, and must not vanish either.
func (r *reader) strangers(top *os.Root) {
	f, err := top.Open(".")
	if err != nil {
		r.failed(".", err)
		return
	}
	defer f.Close()
	names, err := f.Readdirnames(-1)
	if err != nil {
		r.failed(".", err)
		return
	}
	slices.Sort(names)
	for _, name := range names {
		if source.IgnoredFile(name) {
			continue
		}
		target, err := top.Readlink(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // the kubelet removes links while it swaps
		}
		if err != nil || !strings.HasPrefix(target, dataLink+"/") {
			r.c.Refuse(name, source.RuleKind, "stands beside %s and is no link into it, so it belongs to no generation of the volume", dataLink)
		}
	}
}

func (r *reader) failed(name string, err error) {
	r.c.Refuse(name, source.RuleRead, "%v", cause(err))
}

// cause strips the name of the file that the message already begins with.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

func kindName(m fs.FileMode) string {
	switch {
	case m.IsDir():
		return "folder"
	case m&fs.ModeNamedPipe != 0:
		return "named pipe"
	case m&fs.ModeSocket != 0:
		return "socket"
	case m&fs.ModeDevice != 0:
		return "device"
	}
	return "special file"
}
