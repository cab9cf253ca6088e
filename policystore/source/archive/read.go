package archive

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/mayi-authz/mayi/policystore/source"
)

// Read reads one whole bundle in .tar.gz form from r. It reads r to its end and
// holds no more than the limits in memory, whatever r says.
func Read(r io.Reader, limits source.Limits) (*source.Bundle, error) {
	limits = limits.OrDefault()
	// Buffered here, because gzip would buffer too but not show what follows.
	compressed := bufio.NewReader(r)
	expanded, err := gzip.NewReader(compressed)
	if err != nil {
		return nil, fmt.Errorf("not a gzip stream: %w", unexpected(err))
	}
	tooMuch := fmt.Errorf("archive expands to more than %d bytes, which is the limit", limits.TotalBytes)
	end := &endMark{r: &capped{r: expanded, left: limits.TotalBytes, err: tooMuch}}
	c := source.NewCollector(limits)
	t, sizes := tar.NewReader(end), int64(0)
	for !c.Full() {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			if err := end.check(); err != nil {
				return nil, err
			}
			break
		}
		if err != nil {
			return nil, fmt.Errorf("archive is damaged: %w", unexpected(err))
		}
		// A sparse file can claim far more than the stream holds.
		if h.Size > limits.TotalBytes-sizes {
			return nil, tooMuch
		}
		sizes += h.Size
		if err := entry(t, h, c); err != nil {
			return nil, err
		}
		if _, err := io.Copy(io.Discard, t); err != nil {
			return nil, fmt.Errorf("archive is damaged in %q: %w", h.Name, unexpected(err))
		}
		end.zeros = 0
	}
	return c.Bundle()
}

func entry(t *tar.Reader, h *tar.Header, c *source.Collector) error {
	name := strings.TrimPrefix(h.Name, "./")
	switch h.Typeflag {
	case tar.TypeXGlobalHeader:
		return global(h)
	case tar.TypeDir:
		if name = strings.TrimSuffix(name, "/"); name != "" && name != "." {
			c.WantsFolder(name)
		}
		return nil
	}
	if !c.Wants(name) {
		return nil
	}
	if h.Typeflag != tar.TypeReg {
		c.Refuse(name, source.RuleKind, "a %s; expected a regular file", kindName(h.Typeflag))
		return nil
	}
	c.Add(name, h.Size, t) // where the stream fails here, it fails again below
	return nil
}

// global accepts the header that git archive puts in front, which holds a
// comment. Any other would change the meaning of the entries after it.
func global(h *tar.Header) error {
	for key := range h.PAXRecords {
		if key != "comment" {
			return fmt.Errorf("archive has a global header %q; only a comment is supported", key)
		}
	}
	return nil
}

func kindName(flag byte) string {
	switch flag {
	case tar.TypeLink:
		return "hard link"
	case tar.TypeSymlink:
		return "symbolic link"
	case tar.TypeChar, tar.TypeBlock:
		return "device"
	case tar.TypeFifo:
		return "named pipe"
	}
	return fmt.Sprintf("tar entry of type %q", flag)
}

// unexpected makes an early end an error that reads as one.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// capped fails with err as soon as more than left bytes are there.
type capped struct {
	r    io.Reader
	left int64
	err  error
}

func (c *capped) Read(p []byte) (int, error) {
	if c.left < 0 {
		return 0, c.err
	}
	if int64(len(p)) > c.left+1 {
		p = p[:c.left+1]
	}
	n, err := c.r.Read(p)
	if c.left -= int64(n); c.left < 0 {
		return n - 1, c.err
	}
	return n, err
}

// tarEnd is how many zero bytes end a tar stream: two blocks.
const tarEnd = 2 * 512

// An endMark knows how many zero bytes it last read in a row. Go's tar reader
// takes the end of the stream for the end of the archive, but without the mark
// the archive may have been cut between two files. Set to 0 where a file's
// content ends, zeros tells: the padding after it is shorter than a block.
type endMark struct {
	r     io.Reader
	zeros int64
}

func (e *endMark) Read(p []byte) (int, error) {
	n, err := e.r.Read(p)
	zeros := n - len(bytes.TrimRight(p[:n], "\x00"))
	if zeros == n {
		e.zeros += int64(n)
	} else {
		e.zeros = int64(zeros)
	}
	return n, err
}

// check reads what follows the archive's end, which makes gzip verify its
// checksum, and demands that it be nothing but zeros.
func (e *endMark) check() error {
	mark := e.zeros
	n, err := io.Copy(io.Discard, e)
	switch {
	case err != nil:
		return fmt.Errorf("archive is damaged at its end: %w", unexpected(err))
	case mark < tarEnd:
		return errors.New("archive has no end mark; it may have been cut")
	case e.zeros != mark+n:
		return errors.New("something follows the archive; expected its end")
	}
	return nil
}
