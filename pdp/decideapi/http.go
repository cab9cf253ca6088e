package decideapi

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// Handler serves POST /v1/decide, POST /v1/decide/batch and, if the options say so,
// POST /v1/directory/…; every other path is not found.
func (a *API) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/v1/decide", a.post(a.decideOne))
	mux.HandleFunc("/v1/decide/batch", a.post(a.decideBatch))
	if a.o.Directory {
		a.handleDirectory(mux)
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		(&problem{status: http.StatusNotFound, detail: "there is nothing here; try POST /v1/decide"}).write(w)
	})
	return mux
}

// A call is one JSON document and what is known of where it came from.
type call struct {
	*http.Request
	origin pdp.Origin
	body   *strictjson.Node
}

// post does what both calls share: it reads one JSON document and writes either
// the answer or a problem.
func (a *API) post(answer func(*call) ([]byte, *problem)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c := &call{Request: r, origin: pdp.OriginOf(func(name string) []string { return r.Header.Values(name) })}
		if c.origin.RequestID != "" {
			w.Header().Set("X-Request-ID", c.origin.RequestID)
		}
		var body []byte
		p := a.read(w, c)
		if p == nil {
			body, p = answer(c)
		}
		if p != nil {
			if p.reject != "" {
				a.o.Rejected(p.reject)
			}
			p.write(w)
			return
		}
		writeJSON(w, http.StatusOK, "application/json", body)
	}
}

// maxDepth is how deep a request may be nested.
const maxDepth = 16

// read checks the head of a call and parses its body.
func (a *API) read(w http.ResponseWriter, c *call) *problem {
	if c.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return &problem{status: http.StatusMethodNotAllowed, reject: RejectMethod, detail: "expected POST"}
	}
	if reason := checkContent(c.Header); reason != "" {
		return &problem{status: http.StatusUnsupportedMediaType, reject: RejectContentType, detail: reason}
	}
	data, err := io.ReadAll(http.MaxBytesReader(w, c.Body, int64(a.o.MaxBody)))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return malformed(RejectTooLarge, "", fmt.Sprintf("the body has more than %d bytes", a.o.MaxBody))
	}
	if err != nil {
		return malformed(RejectBody, "", "the body could not be read to its end")
	}
	c.body, err = strictjson.Parse("", data, strictjson.Limits{Bytes: a.o.MaxBody, Depth: maxDepth})
	if err != nil {
		return malformedBy(err)
	}
	return nil
}

// checkContent returns why a body cannot be JSON as we read it; "" if it can.
func checkContent(h http.Header) string {
	if e := h.Get("Content-Encoding"); e != "" && !strings.EqualFold(e, "identity") {
		return "expected a body without Content-Encoding"
	}
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil || kind != "application/json" || len(h.Values("Content-Type")) != 1 {
		return "expected Content-Type: application/json"
	}
	if charset := params["charset"]; charset != "" && !strings.EqualFold(charset, "utf-8") {
		return "expected UTF-8"
	}
	return ""
}

func (a *API) decideOne(c *call) ([]byte, *problem) {
	r, err := ParseRequest(c.body, a.trust)
	if err != nil {
		return nil, malformedBy(err)
	}
	answers, failed := a.answer(c.Context(), c.origin, []item{{request: r}})
	if failed != nil {
		return nil, failure(&Answer{Decision: *failed})
	}
	switch answers[0].Decision.Reason.Class() {
	case pdp.ClassError, pdp.ClassMalformed:
		return nil, failure(&answers[0])
	}
	return append(AppendAnswer(nil, &answers[0]), '\n'), nil
}

// decideBatch reads {"requests": [request, …]} and writes {"responses": [answer, …]}.
func (a *API) decideBatch(c *call) ([]byte, *problem) {
	requests, bad := a.batch(c.body)
	if bad != nil {
		return nil, bad
	}
	items := make([]item, len(requests))
	for i, n := range requests {
		r, err := ParseRequest(n, a.trust)
		if items[i].request = r; err != nil {
			items[i].err = errors.New(explain(err))
		}
	}
	answers, failed := a.answer(c.Context(), c.origin, items)
	if failed != nil {
		return nil, failure(&Answer{Decision: *failed})
	}
	out := []byte(`{"responses":[`)
	for i := range answers {
		if i > 0 {
			out = append(out, ',')
		}
		out = AppendAnswer(out, &answers[i])
	}
	return append(out, "]}\n"...), nil
}

// batch returns the requests of a batch's document.
func (a *API) batch(n *strictjson.Node) ([]*strictjson.Node, *problem) {
	if n.Kind != strictjson.Object {
		return nil, malformedBy(n.Errorf("", "expected a batch as an object"))
	}
	for _, m := range n.Members {
		if m.Name != "requests" {
			return nil, malformedBy(m.Value.Errorf("", "unknown field"))
		}
	}
	list := n.Get("requests")
	switch {
	case list == nil:
		return nil, malformedBy(n.Errorf("", "requests is missing"))
	case list.Kind != strictjson.Array:
		return nil, malformedBy(list.Errorf("", "expected a list of requests"))
	case len(list.Items) > a.o.MaxBatch:
		return nil, malformed(RejectBatchSize, "/requests", fmt.Sprintf("%d requests, the limit is %d", len(list.Items), a.o.MaxBatch))
	}
	return list.Items, nil
}
