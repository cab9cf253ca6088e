package floor

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp"
)

// The texts that conditions compare, by number.
var textKeys = [...]string{"aws:UserAgent", "app:Project", "app:Path", "app:Tier", "app:Owner"}

// The truths that conditions compare, by number.
var truthKeys = [...]string{"aws:SecureTransport", "app:Approved"}

// A request is a question as a program that knows the workloads would hold it: a
// struct of parsed values.
type request struct {
	principal, action, resource string
	permission, session         string
	service                     uint64 // of the action, packed
	now                         int64  // Unix seconds
	size                        int64  // app:Size
	address                     uint32 // aws:SourceIp
	hasAddress, hasSize         bool
	truths                      [len(truthKeys)]int8 // 0 absent, 1 true, -1 false
	texts                       [len(textKeys)]string
}

func newRequest(r *pdp.Request) (request, error) {
	q := request{
		principal: r.Principal.ID, action: r.Action, resource: r.Resource.ID, permission: r.Permission,
		service: service(r.Action), now: r.Time.Unix(),
	}
	if r.Session != nil {
		if len(r.Session.Policies) != 1 {
			return q, fmt.Errorf("a session with %d policies; the floor knows one", len(r.Session.Policies))
		}
		q.session = r.Session.Policies[0].Name.Text
	}
	value := func(key string) (string, bool) {
		v := r.Context.Value(conditions.Fold(key))
		if v.IsAbsent() {
			return "", false
		}
		return v.At(0).Text(), true
	}
	for i, key := range textKeys {
		q.texts[i], _ = value(key)
	}
	for i, key := range truthKeys {
		if text, ok := value(key); ok {
			q.truths[i] = truth(text)
		}
	}
	if text, ok := value("aws:SourceIp"); ok {
		a, err := netip.ParseAddr(text)
		if err != nil || !a.Is4() {
			return q, fmt.Errorf("source %q; the floor knows IPv4 only", text)
		}
		b := a.As4()
		q.address, q.hasAddress = binary.BigEndian.Uint32(b[:]), true
	}
	if text, ok := value("app:Size"); ok {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return q, err
		}
		q.size, q.hasSize = n, true
	}
	return q, nil
}

func truth(text string) int8 {
	if strings.EqualFold(text, "true") {
		return 1
	}
	return -1
}

// service packs what stands before the colon of an action: at most eight bytes.
func service(action string) (packed uint64) {
	for i := 0; i < len(action) && action[i] != ':'; i++ {
		packed = packed<<8 | uint64(action[i])
	}
	return packed
}
