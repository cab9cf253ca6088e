package peer

import (
	"fmt"
	"iter"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"

	"github.com/mayi-authz/mayi/pdp/policytest/workload"
)

// CedarAll asks all policies of the bundle, as a policy store does; a policy's
// principal scope is what it is attached to.
var CedarAll = Peer{
	Name:   "cedar",
	About:  "`cedar.Authorize` over all policies; what is attached is the principal's parent",
	Load:   func(w *workload.Workload) (Engine, error) { return loadCedar(w, true) },
	Linear: true,
}

// CedarOwn asks only the policies of the principal, found beforehand: what a caller
// that slices its store by hand could reach.
var CedarOwn = Peer{
	Name:  "cedar-own",
	About: "`cedar.Authorize` over the principal's policies alone, sorted out beforehand",
	Load:  func(w *workload.Workload) (Engine, error) { return loadCedar(w, false) },
}

type cedarEngine struct {
	all       bool
	policies  cedarList
	own       map[string]cedarList
	names     map[string]string
	keys      keys
	templates map[string]bool // heads that lead to somebody's own place
	base      types.EntityMap

	asked []cedar.Request
	ids   []string
}

// A cedarList is a part of a policy set, to be asked in order.
type cedarList []cedarEntry

type cedarEntry struct {
	id     cedar.PolicyID
	policy *cedar.Policy
}

func (l cedarList) All() iter.Seq2[cedar.PolicyID, *cedar.Policy] {
	return func(yield func(cedar.PolicyID, *cedar.Policy) bool) {
		for i := range l {
			if !yield(l[i].id, l[i].policy) {
				return
			}
		}
	}
}

func loadCedar(w *workload.Workload, all bool) (Engine, error) {
	if err := plainOnly(w, "Cedar, as it is put here,"); err != nil {
		return nil, err
	}
	k, err := keysOf(&w.Model)
	if err != nil {
		return nil, err
	}
	e := &cedarEngine{all: all, own: make(map[string]cedarList), names: usernames(&w.Model), keys: k, templates: make(map[string]bool), base: make(types.EntityMap)}
	compiled := make(map[*workload.Policy]cedarList)
	compile := func(p *workload.Policy, scope string) (cedarList, error) {
		if compiled[p] != nil {
			return compiled[p], nil
		}
		list, err := e.compile(p, scope)
		compiled[p] = list
		e.policies = append(e.policies, list...)
		return list, err
	}
	list, everyone := attachments(&w.Model)
	for _, p := range everyone {
		if _, err := compile(p, "principal"); err != nil {
			return nil, err
		}
	}
	for _, a := range list {
		var parents []types.EntityUID
		for _, p := range a.policies {
			scope := "principal"
			if all {
				scope = "principal in Attached::" + strconv.Quote(p.Name)
				parents = append(parents, types.NewEntityUID("Attached", types.String(p.Name)))
			}
			own, err := compile(p, scope)
			if err != nil {
				return nil, err
			}
			if !all {
				e.own[a.principal] = append(e.own[a.principal], own...)
			}
		}
		uid := types.NewEntityUID("User", types.String(a.principal))
		e.base[uid] = types.Entity{UID: uid, Parents: types.NewEntityUIDSet(parents...)}
	}
	if !all && len(everyone) > 0 {
		return nil, cannot("all policies are everyone's: the same as cedar")
	}
	if !all {
		e.policies = nil
	}
	return e, nil
}

// compile renders a policy's statements in Cedar's language and reads them.
func (e *cedarEngine) compile(p *workload.Policy, scope string) (cedarList, error) {
	var b strings.Builder
	for i := range p.Statements {
		if err := e.statement(&b, &p.Statements[i], scope); err != nil {
			return nil, err
		}
	}
	parsed, err := cedar.NewPolicyListFromBytes(p.Name, []byte(b.String()))
	if err != nil {
		return nil, err
	}
	list := make(cedarList, len(parsed))
	for i := range parsed {
		list[i] = cedarEntry{cedar.PolicyID(fmt.Sprintf("%s#%d", p.Name, i)), parsed[i]}
	}
	return list, nil
}

// statement writes one. Cedar's own way to speak of several actions is a group of
// them; a pattern compared with the action's name is faster in cedar-go, which makes
// a set of ancestors for every comparison with a group.
func (e *cedarEngine) statement(b *strings.Builder, s *workload.Statement, scope string) error {
	effect := "forbid"
	if s.Allow {
		effect = "permit"
	}
	actions := make([]string, len(s.Actions))
	for i, a := range s.Actions {
		if actions[i] = "context.action like " + strconv.Quote(a); split(a).exact() {
			actions[i] = "context.action == " + strconv.Quote(a)
		}
	}
	resources := make([]string, len(s.Resources))
	for i, r := range s.Resources {
		switch t, ok := templated(r); {
		case ok:
			e.templates[t.head] = true
			resources[i] = "(context.resource like " + strconv.Quote(t.head+"*") + " && context has owner && context.owner == context.username)"
		case hasVariable(r):
			return cannot("Cedar has no variables in patterns")
		case split(r).exact():
			resources[i] = "context.resource == " + strconv.Quote(r)
		default:
			resources[i] = "context.resource like " + strconv.Quote(r)
		}
	}
	all := []string{"(" + strings.Join(actions, " || ") + ")", "(" + strings.Join(resources, " || ") + ")"}
	for _, c := range s.Conditions {
		text, err := cedarCondition(c)
		if err != nil {
			return err
		}
		all = append(all, text)
	}
	fmt.Fprintf(b, "%s (%s, action, resource) when { %s };\n", effect, scope, strings.Join(all, " && "))
	return nil
}

func cedarCondition(c workload.Condition) (string, error) {
	name := ident(c.Key)
	either := make([]string, len(c.Values))
	for i, v := range c.Values {
		switch at := "context." + name; c.Operator {
		case "StringEquals":
			either[i] = at + " == " + strconv.Quote(v)
		case "StringLike":
			either[i] = at + " like " + strconv.Quote(v)
		case "IpAddress":
			either[i] = at + ".isInRange(ip(" + strconv.Quote(v) + "))"
		case "NumericLessThan":
			either[i] = at + " < " + v
		case "Bool":
			either[i] = at + " == " + v
		case "DateGreaterThan":
			either[i] = at + " > datetime(" + strconv.Quote(v) + ")"
		default:
			return "", fmt.Errorf("operator %s", c.Operator)
		}
	}
	return "(context has " + name + " && (" + strings.Join(either, " || ") + "))", nil
}

func (e *cedarEngine) Prepare(requests []workload.Request) error {
	e.asked, e.ids = nil, nil
	for i := range requests {
		r := &requests[i].Request
		context := types.RecordMap{"action": types.String(r.Action), "resource": types.String(r.Resource.ID)}
		for _, a := range e.keys.of(r) {
			v, err := cedarValue(a)
			if err != nil {
				return err
			}
			context[types.String(a.ident)] = v
		}
		if name := e.names[r.Principal.ID]; name != "" {
			context["username"] = types.String(name)
			if owner := e.owner(r.Resource.ID); owner != "" {
				context["owner"] = types.String(owner)
			}
		}
		e.asked = append(e.asked, cedar.Request{
			Principal: types.NewEntityUID("User", types.String(r.Principal.ID)), Action: types.NewEntityUID("Action", types.String(r.Action)),
			Resource: types.NewEntityUID("Resource", types.String(r.Resource.ID)), Context: types.NewRecord(context),
		})
		e.ids = append(e.ids, r.Principal.ID)
	}
	return nil
}

// owner is whose place the resource is in; "" if it is in nobody's.
func (e *cedarEngine) owner(resource string) string {
	for at := 0; ; {
		i := strings.IndexByte(resource[at:], '/')
		if i < 0 {
			return ""
		}
		at += i + 1
		if e.templates[resource[:at]] {
			owner, _, below := strings.Cut(resource[at:], "/")
			if !below {
				return ""
			}
			return owner
		}
	}
}

func cedarValue(a attribute) (types.Value, error) {
	switch a.kind {
	case asAddress:
		p, err := netip.ParseAddr(a.text)
		if err != nil {
			return nil, err
		}
		return types.IPAddr(netip.PrefixFrom(p, p.BitLen())), nil
	case asNumber:
		n, err := strconv.ParseInt(a.text, 10, 64)
		return types.Long(n), err
	case asBool:
		return types.Boolean(a.native().(bool)), nil
	case asDate:
		t, err := time.Parse(time.RFC3339, a.text)
		return types.NewDatetime(t), err
	}
	return types.String(a.text), nil
}

func (e *cedarEngine) Decide(i int) bool {
	list := e.policies
	if !e.all {
		list = e.own[e.ids[i]]
	}
	decision, _ := cedar.Authorize(list, e.base, e.asked[i])
	return decision == cedar.Allow
}
