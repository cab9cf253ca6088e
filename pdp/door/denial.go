package door

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp"
)

// A problem is the body of a denial (RFC 9457).
type problem struct {
	Type, Title string
	Status      int
	Detail      string
	Reason      string // "" if hidden
	DecisionID  string
}

func (d *Door) problem(v *Verdict, o *Outcome) problem {
	p := problem{
		Type:       d.options.Denial.Type,
		Title:      http.StatusText(v.Status),
		Status:     v.Status,
		DecisionID: v.id,
	}
	if p.Title == "" {
		p.Title = "Denied"
	}
	if !d.options.Denial.HideReason {
		p.Reason = o.Decision.Reason.String()
	}
	// What the decision says of itself is for the log: it may name what the
	// client does not know.
	switch {
	case v.Class == pdp.ClassDeny && d.options.Denial.Text != "":
		p.Detail = d.options.Denial.Text
	case v.Status == http.StatusUnauthorized:
		p.Detail = "this request needs a valid credential"
	case v.Class == pdp.ClassDeny:
		p.Detail = "this request is not allowed"
	case v.Class == pdp.ClassMalformed:
		p.Detail = "this request can be read in more than one way, or in none"
	default:
		p.Detail = "this request could not be decided"
	}
	return p
}

func (p *problem) appendJSON(b []byte) []byte {
	b = append(b, `{"type":`...)
	text := func(s string) {
		b, _ = jsontext.AppendQuote(b, s) // all of it is clean: quoting cannot fail
	}
	if p.Type == "" {
		text("about:blank")
	} else {
		text(p.Type)
	}
	b = append(b, `,"title":`...)
	text(p.Title)
	b = append(b, `,"status":`...)
	b = strconv.AppendInt(b, int64(p.Status), 10)
	b = append(b, `,"detail":`...)
	text(p.Detail)
	if p.Reason != "" {
		b = append(b, `,"reason":`...)
		text(p.Reason)
	}
	if p.DecisionID != "" {
		b = append(b, `,"decision_id":`...)
		text(p.DecisionID)
	}
	return append(b, "}\n"...)
}

func (p *problem) appendText(b []byte) []byte {
	b = append(append(append(b, p.Title...), ": "...), p.Detail...)
	if p.Reason != "" {
		b = append(append(append(b, " ("...), p.Reason...), ")"...)
	}
	if p.DecisionID != "" {
		b = append(append(b, " "...), p.DecisionID...)
	}
	return append(b, "\n"...)
}

// prefersJSON reports whether the client would rather read JSON than plain text
// (RFC 9110, 12.5.1). Browsers, which ask for HTML, get text; a client without
// preference gets JSON.
func prefersJSON(h *Headers) bool {
	accept, ok := h.Joined("accept")
	if !ok {
		return true
	}
	var jsonQ, textQ, anyQ float64
	for part := range strings.SplitSeq(accept, ",") {
		media, parameters, _ := strings.Cut(conditions.Fold(part), ";")
		q := quality(parameters)
		switch media = strings.TrimSpace(media); {
		case media == "application/problem+json", media == "application/json", media == "application/*":
			jsonQ = max(jsonQ, q)
		case strings.HasPrefix(media, "text/"):
			textQ = max(textQ, q)
		case media == "*/*":
			anyQ = max(anyQ, q)
		}
	}
	return max(jsonQ, anyQ) >= textQ
}

// quality returns the weight among the parameters of a media range; one that
// cannot be read counts as no wish at all.
func quality(parameters string) float64 {
	for p := range strings.SplitSeq(parameters, ";") {
		if value, ok := strings.CutPrefix(strings.TrimSpace(p), "q="); ok {
			q, err := strconv.ParseFloat(value, 64)
			if err != nil || !(q >= 0 && q <= 1) {
				return 0
			}
			return q
		}
	}
	return 1
}
