package policystore

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
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
	docs, err := decode(b.Files)
	if err != nil {
		return nil, err
	}
	return pdp.Compile(docs, pdp.Options{Revision: b.Revision, Root: root, Each: each}, previous)
}

// decode decodes all files, on all processors.
func decode(files []source.File) ([]*pdp.Document, error) {
	docs := make([]*pdp.Document, len(files))
	problems := make([]error, len(files))
	decoders := sync.Pool{New: func() any { return new(pdp.Decoder) }} // about one a processor
	each(len(files), func(i int) {
		d := decoders.Get().(*pdp.Decoder)
		docs[i], problems[i] = decodeFile(d, files[i])
		decoders.Put(d)
	})
	if err := errors.Join(problems...); err != nil { // in the order of files, as they are sorted
		return nil, err
	}
	return docs, nil
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
