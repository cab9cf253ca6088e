package archive

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	"github.com/mayi-authz/mayi/policystore/source"
)

// DefaultFileBytes is how large an archive may be unless Options say otherwise.
const DefaultFileBytes = 64 << 20

// Options are the settings of an Archive.
type Options struct {
	// Path is the file; required. It need not exist yet.
	Path   string
	Limits source.Limits
	// FileBytes bounds the archive itself, as it lies on disk; zero is
	// DefaultFileBytes.
	FileBytes int64
	// Pause is how far apart two looks at a bad archive must agree before it is
	// reported; zero is source.DefaultPause. A good archive is taken at once.
	Pause time.Duration
	Watch source.WatchOptions
}

// Validate reports everything that is wrong with the options.
func (o Options) Validate() error {
	var errs []error
	if o.Path == "" {
		errs = append(errs, errors.New("path of the policy archive is empty"))
	}
	if o.FileBytes < 0 {
		errs = append(errs, fmt.Errorf("limit of archive bytes is %d; expected 0 (the default) or more", o.FileBytes))
	}
	if o.Pause < 0 {
		errs = append(errs, fmt.Errorf("pause between looks is %v; expected 0 (the default) or more", o.Pause))
	}
	errs = append(errs, o.Limits.Validate(), o.Watch.Validate())
	return errors.Join(errs...)
}

// An Archive is a source.Source over a .tar.gz file.
type Archive struct{ o Options }

// New returns a source over an archive. It does not touch the file yet.
func New(o Options) (*Archive, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if o.FileBytes == 0 {
		o.FileBytes = DefaultFileBytes
	}
	if o.Pause == 0 {
		o.Pause = source.DefaultPause
	}
	return &Archive{o: o}, nil
}

// String returns the configured path.
func (a *Archive) String() string { return a.o.Path }

// Fetch implements source.Source.
func (a *Archive) Fetch(ctx context.Context) (*source.Bundle, error) {
	b, err := source.Settle(ctx, a.o.Pause, func() source.Scan { return a.scan(ctx) })
	if err != nil && ctx.Err() == nil && !errors.Is(err, source.ErrRestless) {
		return nil, source.Failed(a.o.Path, err)
	}
	return b, err
}

// scan reads the archive once. A good one is known to be whole by its checksum;
// a bad one may be on its way, which its key tells.
func (a *Archive) scan(ctx context.Context) source.Scan {
	f, err := a.open()
	if err != nil {
		return source.Scan{Key: "error: " + err.Error(), Err: err}
	}
	defer f.Close()
	seen := sha256.New()
	file := io.TeeReader(&capped{r: cancelable{ctx, f}, left: a.o.FileBytes, err: fmt.Errorf("archive is larger than %d bytes, which is the limit", a.o.FileBytes)}, seen)
	b, err := Read(file, a.o.Limits)
	if err != nil {
		size, _ := f.Seek(0, io.SeekEnd)
		return source.Scan{Key: fmt.Sprint("error: ", err, size, hex.EncodeToString(seen.Sum(nil))), Err: err}
	}
	return source.Scan{Key: b.Revision, Whole: true, Bundle: b}
}

func (a *Archive) open() (*os.File, error) {
	// Without blocking, because it may be a pipe that nobody writes to.
	f, err := os.OpenFile(a.o.Path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("not a regular file; expected a .tar.gz archive")
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// Watch implements source.Source.
func (a *Archive) Watch(ctx context.Context, notify func(source.Notice)) error {
	source.Watch(ctx, a.o.Watch, a.folders, notify)
	return nil
}

func (a *Archive) folders() source.Folders {
	f := source.Folders{}
	f.Trail(a.o.Path)
	return f
}

// cancelable ends a long read when nobody waits for it any more.
type cancelable struct {
	ctx context.Context
	r   io.Reader
}

func (c cancelable) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
