package decideapi

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// A problem is a call that has no answer, as RFC 9457 writes it. It carries a
// decision all the same, which is always Deny: a client that looks only for that
// is not let through.
type problem struct {
	status  int
	reject  string // one of RejectReasons; "" if a decision was made and counted
	pointer string // RFC 6901, into the request
	detail  string
	answer  *Answer // nil if no decision was made
}

// malformed is a body that cannot be read, at a pointer.
func malformed(reject, pointer, detail string) *problem {
	return &problem{status: http.StatusBadRequest, reject: reject, pointer: pointer, detail: detail}
}

// malformedBy is malformed for a problem that strictjson found or placed.
func malformedBy(err error) *problem {
	p := malformed(RejectMalformed, "", err.Error())
	if placed := (*strictjson.Error)(nil); errors.As(err, &placed) {
		p.pointer = placed.Place.Pointer
		if placed.Rule == "Size" {
			p.reject = RejectTooLarge
		}
	}
	return p
}

// explain is a problem's text for a batch, where only the pointer tells the place.
func explain(e *strictjson.Error) string {
	return strings.TrimPrefix(e.Place.Pointer+": "+e.Reason, ": ")
}

// failure is a decision that is no answer.
func failure(a *Answer) *problem {
	p := &problem{status: http.StatusServiceUnavailable, detail: a.Decision.Detail, answer: a}
	if a.Decision.Reason.Class() == pdp.ClassMalformed {
		p.status = http.StatusBadRequest
	}
	return p
}

func (p *problem) write(w http.ResponseWriter) {
	b := []byte(`{"type":"about:blank","title":`)
	b = appendString(b, http.StatusText(p.status))
	b = append(b, `,"status":`...)
	b = strconv.AppendInt(b, int64(p.status), 10)
	b = appendText(b, `,"detail":`, p.detail)
	if p.status == http.StatusBadRequest {
		b = append(b, `,"pointer":`...)
		b = appendString(b, p.pointer)
	}
	answer := p.answer
	if answer == nil && p.status == http.StatusBadRequest {
		answer = &Answer{Decision: pdp.Denied(pdp.ReasonMalformedRequest, "")}
	}
	if answer != nil {
		b = appendMembers(append(b, ','), answer)
	}
	writeJSON(w, p.status, "application/problem+json", append(b, "}\n"...))
}

func writeJSON(w http.ResponseWriter, status int, contentType string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	w.Write(body) //nolint:errcheck // the client is gone; there is nobody to tell
}
