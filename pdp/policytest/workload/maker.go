package workload

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp"
)

// now is the time of all requests.
var now = time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)

const (
	account = "123456789012"
	region  = "eu-west-1"
)

// requests is how many a workload has: their names and contexts alone take tens of
// megabytes, so that going round them leaves nothing in a core's caches.
const requests = 20_000

// A maker makes one workload. All that it draws comes from one generator with a
// fixed seed.
type maker struct {
	*rand.Rand
	m     Model
	naive *naive
	asked []Request
}

func newMaker(seed uint64) *maker {
	return &maker{Rand: rand.New(rand.NewPCG(seed, 0x6d617969))} // "mayi"
}

func (k *maker) chance(percent int) bool { return k.IntN(100) < percent }

func pick[T any](k *maker, list []T) T { return list[k.IntN(len(list))] }

// workload finishes the model.
func (k *maker) workload(name, about string) *Workload {
	return &Workload{Name: name, About: about, Files: k.m.files(), Model: k.m, Requests: k.asked}
}

var (
	verbs = []string{"Get", "List", "Put", "Create", "Update", "Delete", "Tag", "Describe"}
	nouns = []string{"Item", "Report", "Invoice", "Record", "Config", "Member", "Schedule", "Image"}
)

func service(n int) string { return fmt.Sprintf("svc%03d", n) }

func name(service, resource string) string {
	return "arn:aws:" + service + ":" + region + ":" + account + ":" + resource
}

// An attributes is the context of a request in the making, in the order in which
// its keys were set.
type attributes []attribute

type attribute struct {
	key   string
	value conditions.Scalar
}

func (a *attributes) set(key string, value conditions.Scalar) {
	for i := range *a {
		if (*a)[i].key == key {
			(*a)[i].value = value
			return
		}
	}
	*a = append(*a, attribute{key, value})
}

func (a attributes) context() *conditions.Context {
	c := new(conditions.Context)
	for _, x := range a {
		c.Set(x.key, conditions.One(x.value))
	}
	return c
}

var agents = []string{"aws-cli/2.15.30 Python/3.11", "Mozilla/5.0 (X11; Linux x86_64)", "curl/8.6.0", "terraform/1.7.4", "internal-batch/11"}

// surroundings draws the usual context of a request, as a door would make it.
func (k *maker) surroundings() attributes {
	var a attributes
	a.set("aws:SourceIp", conditions.String(k.address()))
	a.set("aws:UserAgent", conditions.String(pick(k, agents)))
	a.set("app:Approved", conditions.Bool(k.chance(90)))
	a.set("app:Size", conditions.Number(fmt.Sprint(k.IntN(1000))))
	a.set("app:Project", conditions.String(fmt.Sprintf("project-%d", k.IntN(2000))))
	return a
}

func (k *maker) address() string {
	return fmt.Sprintf("%s.%d.%d", pick(k, []string{"10.1", "10.2", "172.16", "192.168", "203.0", "198.51"}), k.IntN(256), k.IntN(256))
}

// satisfy makes the context hold a condition, if that is for the context to do.
func (k *maker) satisfy(a *attributes, c Condition) {
	switch want := pick(k, c.Values); c.Operator {
	case "IpAddress":
		a.set(c.Key, conditions.String(strings.Split(want, ".0/")[0]+fmt.Sprintf(".%d", 1+k.IntN(200))))
		if strings.HasSuffix(want, ".0.0/16") {
			a.set(c.Key, conditions.String(strings.TrimSuffix(want, "0.0/16")+fmt.Sprintf("%d.%d", k.IntN(256), k.IntN(256))))
		}
	case "NumericLessThan":
		var n int
		if _, err := fmt.Sscan(want, &n); err == nil {
			a.set(c.Key, conditions.Number(fmt.Sprint(k.IntN(max(n, 1)))))
		}
	case "Bool":
		a.set(c.Key, conditions.Bool(want == "true"))
	case "StringLike", "StringEquals":
		a.set(c.Key, conditions.String(strings.ReplaceAll(want, "*", fmt.Sprint(k.IntN(100)))))
	}
}

// An aim is a request in the making.
type aim struct {
	who      *Principal
	id       string // of the principal; "" is who's
	action   string
	resource string
	context  attributes
	// Of W6:
	permission string
	session    string // the policy that limits it
}

// toward makes a request to which a statement applies, if anything of the request
// can make it.
func (k *maker) toward(who *Principal, s *Statement) aim {
	a := aim{who: who, context: k.surroundings()}
	if action := pick(k, s.Actions); strings.HasSuffix(action, ":*") {
		a.action = strings.TrimSuffix(action, "*") + pick(k, verbs) + pick(k, nouns)
	} else {
		a.action = strings.ReplaceAll(action, "*", pick(k, nouns))
	}
	a.resource = k.fill(pick(k, s.Resources), who.Username)
	for _, c := range s.Conditions {
		k.satisfy(&a.context, c)
	}
	return a
}

// fill puts names in the places of wildcards and variables.
func (k *maker) fill(pattern, username string) string {
	var b strings.Builder
	for i, part := range strings.Split(strings.ReplaceAll(pattern, "${aws:username}", username), "*") {
		switch {
		case i == 1 && strings.HasPrefix(pattern, "*"):
			b.WriteString(name("docs", fmt.Sprintf("bucket-%d", k.IntN(100))))
		case i > 0:
			fmt.Fprintf(&b, "rev-%d/part-%d", k.IntN(500), k.IntN(50))
		}
		b.WriteString(part)
	}
	return b.String()
}

func (a *aim) request() Request {
	r := Request{Request: pdp.Request{
		Principal: pdp.Principal{ID: a.id}, Action: a.action, Resource: pdp.Resource{ID: a.resource},
		Permission: a.permission, Context: a.context.context(), Time: now,
	}}
	if a.id == "" && a.who != nil {
		r.Principal.ID = a.who.ID
	}
	if a.session != "" {
		r.Session = &pdp.Session{
			Type: "user", ID: "s-" + a.resource[max(0, len(a.resource)-6):], IssuedAt: now.Add(-time.Hour), ExpiresAt: now.Add(time.Hour),
			Policies: []pdp.PolicyRef{{Name: pdp.Text{Text: a.session}}},
		}
	}
	return r
}

// wanted draws how the next request should end: a production's day, in which most
// is allowed.
func (k *maker) wanted() outcome {
	switch n := k.IntN(100); {
	case n < 70:
		return permitted
	case n < 90:
		return refused
	}
	return forbidden
}

// ask draws a request from try until it ends as wanted.
func (k *maker) ask(want outcome, decide func(*pdp.Request) outcome, try func(want outcome) aim) {
	const attempts = 1000
	for range attempts {
		a := try(want)
		if r := a.request(); decide(&r.Request) == want {
			r.Want = want.effect()
			k.asked = append(k.asked, r)
			return
		}
	}
	panic(fmt.Sprintf("no request in %d ends as %d", attempts, want))
}

func sorted(list []int) []int {
	slices.Sort(list)
	return slices.Compact(list)
}
