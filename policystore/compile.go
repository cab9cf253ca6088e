package policystore

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/strictjson"
	"github.com/mayi-authz/mayi/policystore/source"
)

// compile makes an engine of a bundle, and of the root principal's id. Its error joins every problem of every
// document, or, where each is good in itself, every problem between them.
func compile(b *source.Bundle, root string, previous *pdp.Engine) (*pdp.Engine, error) {
	return (&loader{root: root}).compile(b, previous)
}

// A loader compiles the bundles of one source, one after the other. What a file that
// has not changed came to it takes from the engine before. No file and no document is
// kept for that, only what the files' contents hash to.
type loader struct {
	root   string
	engine *pdp.Engine // that was made last, of files with these sums
	sums   map[string]sum
}

type sum = [sha256.Size]byte

func (l *loader) compile(b *source.Bundle, previous *pdp.Engine) (*pdp.Engine, error) {
	docs, sums := make([]*pdp.Document, len(b.Files)), make([]sum, len(b.Files))
	known := l.sums
	if previous == nil || previous != l.engine {
		known = nil // it was made of other files
	}
	each(len(b.Files), func(i int) {
		f := &b.Files[i]
		sums[i] = sha256.Sum256(f.Data)
		if before, ok := known[f.Path]; ok && before == sums[i] {
			docs[i] = previous.Unchanged(f.Path)
		}
	})
	reused := slices.ContainsFunc(docs, func(d *pdp.Document) bool { return d != nil })
	if err := decode(b.Files, docs); err != nil {
		return nil, err
	}
	engine, err := l.link(docs, b.Revision, previous)
	if err != nil && reused { // to say what is wrong takes all documents
		clear(docs)
		if err := decode(b.Files, docs); err != nil {
			return nil, err
		}
		engine, err = l.link(docs, b.Revision, nil)
	}
	if err != nil {
		return nil, err
	}
	l.engine, l.sums = engine, make(map[string]sum, len(sums))
	for i := range sums {
		l.sums[b.Files[i].Path] = sums[i]
	}
	return engine, nil
}

func (l *loader) link(docs []*pdp.Document, revision string, previous *pdp.Engine) (*pdp.Engine, error) {
	return pdp.Compile(docs, pdp.Options{Revision: revision, Root: l.root, Each: each}, previous)
}

// decode decodes all files that have no document yet, on all processors.
func decode(files []source.File, docs []*pdp.Document) error {
	problems := make([]error, len(files))
	decoders := sync.Pool{New: func() any { return new(pdp.Decoder) }} // about one a processor
	each(len(files), func(i int) {
		if docs[i] == nil {
			d := decoders.Get().(*pdp.Decoder)
			docs[i], problems[i] = decodeFile(d, files[i])
			decoders.Put(d)
		}
	})
	return errors.Join(problems...) // in the order of files, as they are sorted
}

// decodeFile says which file a panic is about.
func decodeFile(d *pdp.Decoder, f source.File) (doc *pdp.Document, err error) {
	defer func() {
		if v := recover(); v != nil {
			doc, err = nil, panicked("decoding "+strconv.Quote(f.Path), v)
		}
	}()
	doc, problems := d.Decode(f.Path, f.Data)
	return doc, strictjson.Join(problems)
}

// each calls do for all of 0 to n-1, on all processors. A panic of one call is one of
// the caller's when all others are done: in a goroutine nothing could stop it.
func each(n int, do func(i int)) {
	var next atomic.Int64
	var workers sync.WaitGroup
	var panicking atomic.Pointer[panicError]
	for range min(runtime.GOMAXPROCS(0), n) {
		workers.Go(func() {
			defer func() {
				if v := recover(); v != nil {
					panicking.CompareAndSwap(nil, panicked("loading policies", v))
				}
			}()
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	workers.Wait()
	if p := panicking.Load(); p != nil {
		panic(p)
	}
}

// A panicError is a panic that became an error. Its stack is for the log.
type panicError struct {
	doing string
	value any
	stack []byte
}

func panicked(doing string, value any) *panicError {
	if p, ok := value.(*panicError); ok {
		return p // of another goroutine
	}
	return &panicError{doing: doing, value: value, stack: debug.Stack()}
}

func (e *panicError) Error() string { return fmt.Sprintf("%s panicked: %v", e.doing, e.value) }
