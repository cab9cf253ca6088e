package door

import (
	"strconv"
	"strings"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

const bodyPrefix = "http:body/"

// bodyState is what is known of a body.
type bodyState uint8

const (
	bodyUnknown bodyState = iota
	bodyAbsent
	bodyComplete
)

// bodyState judges whether a body is there and whole. mirror is the proxy's own
// limit of what it passes on, 0 if MayI was not told. A proxy with such a limit
// says of every body how much of it it passes on; of another one only the headers
// tell whether there is a body, and in HTTP/2 and 3 not even they must.
func (r *Request) bodyState(mirror int) bodyState {
	length, stated := r.Headers.Joined("content-length")
	switch r.Body.Flag {
	case BodyWhole:
		if stated && length == strconv.Itoa(len(r.Body.Data)) || len(r.Body.Data) < mirror {
			return bodyComplete
		}
	case BodyUnsaid:
		_, encoded := r.Headers.Joined("transfer-encoding")
		told := mirror > 0 || strings.HasPrefix(r.Protocol, "HTTP/1.")
		if len(r.Body.Data) == 0 && !encoded && (length == "0" || !stated && told && !r.isTunnel()) {
			return bodyAbsent
		}
	}
	return bodyUnknown
}

// addBody makes the JSON values of the body into keys, or marks all of them
// incomplete: a body that this door cannot read may hold anything.
func (d *Door) addBody(ctx *conditions.Context, needs func(string) bool, r *Request) {
	if !needs(bodyPrefix) {
		return
	}
	switch r.bodyState(d.options.MaxRequestBytes) {
	case bodyAbsent:
		return
	case bodyComplete:
		if len(r.Body.Data) == 0 {
			return
		}
		if root := d.parseBody(r); root != nil {
			f := flattener{ctx, needs}
			f.children(bodyPrefix, root, 0)
			return
		}
	}
	ctx.MarkIncomplete(bodyPrefix)
}

// parseBody returns nil for a body that is not strictly one JSON document.
func (d *Door) parseBody(r *Request) *strictjson.Node {
	if encoding, ok := r.Headers.Joined("content-encoding"); ok && conditions.Fold(strings.TrimSpace(encoding)) != "identity" {
		return nil
	}
	if !isJSON(&r.Headers) {
		return nil
	}
	root, err := strictjson.Parse("", r.Body.Data, strictjson.Limits{Bytes: max(len(r.Body.Data), 1), Depth: maxKeyDepth})
	if err != nil {
		return nil
	}
	return root
}

// isJSON reports whether the content type is JSON in UTF-8.
func isJSON(h *Headers) bool {
	lines := h.Values("content-type")
	if len(lines) != 1 || strings.IndexByte(lines[0], ',') >= 0 {
		return false
	}
	media, parameters, _ := strings.Cut(conditions.Fold(lines[0]), ";")
	media = strings.TrimSpace(media)
	if media != "application/json" && !(strings.HasPrefix(media, "application/") && strings.HasSuffix(media, "+json")) {
		return false
	}
	for p := range strings.SplitSeq(parameters, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(p), "=")
		if name == "charset" && strings.Trim(value, `"`) != "utf-8" {
			return false
		}
	}
	return true
}
