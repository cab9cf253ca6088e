package extauthz

import (
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/mayi-authz/mayi/pdp/door"
)

// A writer writes protobuf. Fields that are empty are left out, as proto3 does. All
// numbers of fields are below 16, so that a tag is one byte.
type writer struct{ b []byte }

const (
	varintField = byte(protowire.VarintType)
	bytesField  = byte(protowire.BytesType)
)

// open begins an embedded message and returns where. Its length gets one byte.
func (w *writer) open(number byte) (from int) {
	w.b = append(w.b, number<<3|bytesField, 0)
	return len(w.b)
}

// close ends it, and makes room if its length needs more than the one byte.
func (w *writer) close(from int) {
	length := len(w.b) - from
	if length < 0x80 {
		w.b[from-1] = byte(length)
		return
	}
	more := protowire.SizeVarint(uint64(length)) - 1
	w.b = append(w.b, make([]byte, more)...)
	copy(w.b[from+more:], w.b[from:])
	protowire.AppendVarint(w.b[:from-1], uint64(length))
}

func (w *writer) text(number byte, s string) {
	if s != "" {
		w.b = append(w.b, number<<3|bytesField)
		w.b = protowire.AppendString(w.b, s)
	}
}

func (w *writer) number(number byte, v uint64) {
	if v != 0 {
		w.b = append(w.b, number<<3|varintField)
		w.b = protowire.AppendVarint(w.b, v)
	}
}

// pair writes a message of two texts, name and value.
func (w *writer) pair(number byte, name, value string) {
	from := w.open(number)
	w.text(1, name)
	w.text(2, value)
	w.close(from)
}

// The fields of CheckResponse.
const (
	responseStatus          = 1
	responseDenied          = 2
	responseOK              = 3
	responseDynamicMetadata = 4
	responseError           = 5
)

func (w *writer) status(code uint32, message string) {
	from := w.open(responseStatus)
	w.number(1, uint64(code))
	w.text(2, message)
	w.close(from)
}

// metadata writes a google.protobuf.Struct of texts.
func (w *writer) metadata(fields []door.Header) {
	from := w.open(responseDynamicMetadata)
	for _, f := range fields {
		entry := w.open(1)
		w.text(1, f.Name)
		value := w.open(2)
		w.b = append(w.b, 3<<3|bytesField) // an empty one too: it is one of several kinds
		w.b = protowire.AppendString(w.b, f.Value)
		w.close(value)
		w.close(entry)
	}
	w.close(from)
}

// ok writes an OkHttpResponse. always are the names that RemoveHeaders begin with,
// written before.
func (w *writer) ok(v *door.Verdict, always removals) {
	from := w.open(responseOK)
	w.headers(2, v.SetHeaders)
	w.b = append(w.b, always.written...)
	w.names(v.RemoveHeaders[len(always.names):])
	w.headers(6, v.Headers)
	for _, q := range v.SetQuery {
		w.pair(7, q.Name, q.Value)
	}
	for _, name := range v.RemoveQuery {
		w.text(8, name)
	}
	w.close(from)
}

// removals are names of headers to remove that stand in every answer.
type removals struct {
	names   []string
	written []byte
}

func newRemovals(names []string) removals {
	var w writer
	w.names(names)
	return removals{names, w.b}
}

func (w *writer) names(names []string) {
	for _, name := range names {
		w.text(5, name)
	}
}

// denied writes a DeniedHttpResponse as a field of the response.
func (w *writer) denied(number byte, v *door.Verdict) {
	from := w.open(number)
	status := w.open(1)
	w.number(1, uint64(v.Status))
	w.close(status)
	w.headers(2, v.Headers)
	w.text(3, v.Body)
	w.close(from)
}

// headers asks for each header to stand alone, in the two ways that versions of
// Envoy understand: append is false, which all versions but 1.37.0 read for
// request headers and nothing else, and append_action is to overwrite.
func (w *writer) headers(number byte, headers []door.Header) {
	for _, h := range headers {
		from := w.open(number)
		w.pair(1, h.Name, h.Value)
		w.close(w.open(2)) // a BoolValue that is false
		w.number(3, 2)     // OVERWRITE_IF_EXISTS_OR_ADD
		w.close(from)
	}
}
