package server

import (
	"context"
	"log/slog"
	"strconv"
	"strings"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/door"
)

// denyLog writes one line for each deny, as far as its throttle lets it. A nil
// *slog.Logger in it writes none.
type denyLog struct {
	log      *slog.Logger
	headers  []string // lower-case names of the request headers to show
	throttle throttle
}

// enabled reports whether a line would be written, so that a caller need not
// prepare it.
func (l *denyLog) enabled() bool {
	return l.log != nil && l.log.Enabled(context.Background(), slog.LevelInfo)
}

// decide logs a deny that was given to a Decide caller.
func (l *denyLog) decide(doorName string, r *pdp.Request, d *pdp.Decision) {
	suppressed, ok := l.throttle.take()
	if !ok {
		return
	}
	l.write(doorName, d, r.Origin, suppressed,
		slog.String("principal", or(d.Principal, r.Principal.ID)),
		slog.String("action", r.Action),
		slog.String("resource", r.Resource.ID),
		slog.String("permission", r.Permission))
}

// outcome logs a deny that was given to a proxy.
func (l *denyLog) outcome(doorName string, o *door.Outcome, v *door.Verdict) {
	suppressed, ok := l.throttle.take()
	if !ok {
		return
	}
	l.write(doorName, &o.Decision, pdp.OriginOf(o.Request.Headers.Values), suppressed,
		slog.String("principal", or(o.Decision.Principal, o.Subject)),
		slog.String("source", o.Source),
		slog.String("action", o.Action),
		slog.String("resource", o.Resource),
		slog.String("permission", o.Permission),
		slog.String("method", o.Method),
		slog.String("host", o.Host),
		slog.String("path", o.Path),
		slog.Int("status", v.Status))
}

// write adds what all denies have and leaves out what is empty. suppressed is how
// many denies before this one have no line.
func (l *denyLog) write(doorName string, d *pdp.Decision, origin pdp.Origin, suppressed uint64, about ...slog.Attr) {
	attrs := append([]slog.Attr{slog.String("door", doorName), slog.String("reason", d.Reason.String())}, about...)
	attrs = append(attrs,
		slog.String("detail", d.Detail),
		slog.String("determining", determining(d)),
		slog.String("decision_id", d.ID.String()),
		slog.String("revision", d.Revision),
		slog.String("request_id", origin.RequestID),
		slog.String("trace_id", origin.TraceID))
	kept := attrs[:0]
	for _, a := range attrs {
		if a.Value.Kind() == slog.KindString {
			if a.Value.String() == "" {
				continue
			}
			a.Value = slog.StringValue(short(a.Value.String()))
		}
		kept = append(kept, a)
	}
	if headers := l.shown(origin); len(headers) > 0 {
		kept = append(kept, slog.GroupAttrs("headers", headers...))
	}
	if suppressed > 0 {
		kept = append(kept, slog.Uint64("suppressed", suppressed))
	}
	l.log.LogAttrs(context.Background(), slog.LevelInfo, "deny", kept...)
}

// shown returns the headers to log. Of a header that can hold a secret only its
// presence is told.
func (l *denyLog) shown(origin pdp.Origin) (attrs []slog.Attr) {
	if origin.Header == nil {
		return nil
	}
	for _, name := range l.headers {
		switch values := origin.Header(name); {
		case len(values) == 0:
		case secret(name):
			attrs = append(attrs, slog.String(name, "[masked]"))
		default:
			attrs = append(attrs, slog.String(name, short(strings.Join(values, ", "))))
		}
	}
	return attrs
}

// secretWords mark the names of headers that can hold a credential.
const secretWords = "auth cookie token secret password passwd credential session key jwt cert assertion signature csrf xsrf"

// secret reports whether a header can hold a credential, by its lower-case name.
// It errs on the side of yes.
func secret(name string) bool {
	for word := range strings.FieldsSeq(secretWords) {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

// determining lists the deciding statements as policy#sid-or-index.
func determining(d *pdp.Decision) string {
	var b strings.Builder
	for i, s := range d.Determining(nil) {
		if i > 0 {
			b.WriteString(" ")
		}
		b.WriteString(s.Policy)
		b.WriteByte('#')
		b.WriteString(or(s.Sid, strconv.Itoa(s.Index)))
	}
	return b.String()
}

// maxLogged is the longest text of a client that a log line repeats, in bytes.
const maxLogged = 512

func short(s string) string {
	if len(s) <= maxLogged {
		return s
	}
	return strings.ToValidUTF8(s[:maxLogged], "") + "…"
}

func or(first, second string) string {
	if first != "" {
		return first
	}
	return second
}
