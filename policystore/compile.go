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
	return pdp.Compile(docs, pdp.Options{Revision: b.Revision, Root: root}, previous)
}

// decode decodes all files, on all processors.
func decode(files []source.File) ([]*pdp.Document, error) {
	docs := make([]*pdp.Document, len(files))
	problems := make([]error, len(files))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(files)) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(files); i = int(next.Add(1)) - 1 {
				docs[i], problems[i] = decodeFile(files[i])
			}
		})
	}
	workers.Wait()
	if err := errors.Join(problems...); err != nil { // in the order of files, as they are sorted
		return nil, err
	}
	return docs, nil
}

// decodeFile turns a panic into an error: it happens in a goroutine where
// nothing else could stop it.
func decodeFile(f source.File) (doc *pdp.Document, err error) {
	defer func() {
		if v := recover(); v != nil {
			doc, err = nil, panicked("decoding "+strconv.Quote(f.Path), v)
		}
	}()
	doc, problems := pdp.Decode(f.Path, f.Data)
	return doc, strictjson.Join(problems)
}

// A panicError is a panic that became an error. Its stack is for the log.
type panicError struct {
	doing string
	value any
	stack []byte
}

func panicked(doing string, value any) *panicError {
	return &panicError{doing: doing, value: value, stack: debug.Stack()}
}

func (e *panicError) Error() string { return fmt.Sprintf("%s panicked: %v", e.doing, e.value) }
