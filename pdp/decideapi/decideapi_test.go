package decideapi_test

import (
	"context"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/decideapi"
	"github.com/mayi-authz/mayi/pdp/mayiv1"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// The bundle of these tests: alice may read documents, and what else she may
// depends on a number, a tag and the time.
var documents = map[string]string{
	"read.json":  `{"Version": "2012-10-17", "Statement": {"Sid": "Read", "Effect": "Allow", "Action": "docs:Read", "Resource": "*"}}`,
	"exact.json": `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "docs:Count", "Resource": "*", "Condition": {"NumericEquals": {"app:n": "12345678901234567890.1"}}}}`,
	"list.json":  `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "docs:List", "Resource": "*", "Condition": {"ForAllValues:StringEquals": {"app:l": ["a", "1", "true"]}, "Null": {"app:l": "false"}}}}`,
	"tag.json":   `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "docs:Tag", "Resource": "*", "Condition": {"StringEquals": {"aws:ResourceTag/owner": "alice", "aws:PrincipalTag/team": "docs"}}}}`,
	"time.json":  `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "docs:Now", "Resource": "*", "Condition": {"DateEquals": {"aws:CurrentTime": "2026-01-02T03:04:05Z"}}}}`,
	"never.json": `{"Version": "2012-10-17", "Statement": {"Sid": "Never", "Effect": "Deny", "Action": "docs:Burn", "Resource": "*"}}`,
	"users.json": `{"users": {"alice": {"policies": ["read", "exact", "list", "tag", "time", "never"], "tags": {"team": "none"}}}}`,
}

var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func engine(t testing.TB) *pdp.Engine {
	t.Helper()
	var docs []*pdp.Document
	for file, text := range documents {
		doc, problems := pdp.Decode(file, []byte(text))
		if err := strictjson.Join(problems); err != nil {
			t.Fatal(err)
		}
		docs = append(docs, doc)
	}
	e, err := pdp.Compile(docs, pdp.Options{Revision: "r1"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// provider hands out one view and counts how often it was asked.
type provider struct {
	view  pdp.View
	asked atomic.Int64
}

func (p *provider) Current() pdp.View { p.asked.Add(1); return p.view }

// fake is a view that answers one thing.
type fake struct {
	pdp.View
	decide func(*pdp.Request) pdp.Decision
}

func (f fake) Decide(r *pdp.Request) pdp.Decision { return f.decide(r) }

func answering(d pdp.Decision) pdp.View {
	return fake{pdp.Unavailable(pdp.ReasonNoSnapshot), func(*pdp.Request) pdp.Decision { return d }}
}

// newAPI returns an API over a view, with the options' other fields.
func newAPI(t testing.TB, view pdp.View, o decideapi.Options) (*decideapi.API, *provider) {
	t.Helper()
	p := &provider{view: view}
	o.Views = p
	if o.Now == nil {
		o.Now = func() time.Time { return now }
	}
	api, err := decideapi.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return api, p
}

// dial serves an API in memory and returns a client of it.
func dial(t testing.TB, api *decideapi.API) mayiv1.DecisionServiceClient {
	t.Helper()
	return mayiv1.NewDecisionServiceClient(connect(t, api))
}

// connect serves an API in memory and returns a connection to it.
func connect(t testing.TB, api *decideapi.API) *grpc.ClientConn {
	t.Helper()
	lis := bufconn.Listen(1 << 16)
	s := grpc.NewServer(grpc.MaxRecvMsgSize(64 << 20))
	api.Register(s)
	done := make(chan error, 1)
	go func() { done <- s.Serve(lis) }()
	conn, err := grpc.NewClient("passthrough:///mem",
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return lis.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
		s.Stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return conn
}

func TestOptions(t *testing.T) {
	_, err := decideapi.New(decideapi.Options{MaxBatch: 1001, MaxBody: -1})
	const want = "views: required\nmax batch: 1001, expected 0 to 1000\nmax body: -1 bytes, expected 0 or more"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want\n%s", err, want)
	}
}

// session is a request with a session of these members.
func session(members string) string {
	return `{"action": "a", "resource": "d", "session": {` + members + `}}`
}

// malformedRequests are refused by both codecs; the pointer is the JSON one.
var malformedRequests = []struct {
	name, json, pointer, detail string
}{
	{"no object", `[]`, "", "expected a request as an object"},
	{"a string", `"alice"`, "", "expected a request as an object"},
	{"nothing", `{}`, "", "action is missing"},
	{"no resource", `{"action": "docs:Read"}`, "", "resource is missing"},
	{"unknown field", `{"action": "docs:Read", "resource": "d", "verb": 1}`, "/verb", "unknown field"},
	{"field in another case", `{"Action": "docs:Read", "resource": "d"}`, "/Action", "unknown field"},
	{"tenant beside the principal", `{"action": "a", "resource": "d", "tenant": "t"}`, "/tenant", "unknown field"},
	{"empty tenant of the principal", `{"principal": {"id": "a", "tenant": ""}, "action": "a", "resource": "d"}`, "/principal/tenant", "an id must not be empty"},
	{"tenant of the resource a number", `{"action": "a", "resource": {"id": "d", "tenant": 5}}`, "/resource/tenant", "expected a string"},
	{"session without type", `{"action": "a", "resource": "d", "session": {}}`, "/session", "type is missing"},
	{"session is null", `{"action": "a", "resource": "d", "session": null}`, "/session", "expected a session as an object"},
	{"session of an unknown type", session(`"type": "root"`), "/session/type", "expected user, role, federated or api_key"},
	{"session with an unknown field", session(`"type": "user", "risk": 1`), "/session/risk", "unknown field"},
	{"session with an empty id", session(`"type": "user", "id": ""`), "/session/id", "an id must not be empty"},
	{"session with an empty role", session(`"type": "role", "role": ""`), "/session/role", "an id must not be empty"},
	{"chain of numbers", session(`"type": "user", "chain": ["a", 1]`), "/session/chain/1", "expected a string"},
	{"time as a number", session(`"type": "user", "expires_at": 1900000000`), "/session/expires_at", "expected a string"},
	{"time without a zone", session(`"type": "user", "expires_at": "2026-03-01T09:00:00"`), "/session/expires_at", "expected a time like"},
	{"time with a comma", session(`"type": "user", "issued_at": "2026-03-01T09:00:00,5Z"`), "/session/issued_at", "expected a time like"},
	{"the zero time", session(`"type": "user", "issued_at": "0001-01-01T00:00:00Z"`), "/session/issued_at", "expected a time like"},
	{"MFA is true", session(`"type": "user", "mfa": true`), "/session/mfa", "expected a multi-factor authentication as an object"},
	{"time of the MFA", session(`"type": "user", "mfa": {"at": "now"}`), "/session/mfa/at", "expected a time like"},
	{"method of the MFA", session(`"type": "user", "mfa": {"methods": [""]}`), "/session/mfa/methods/0", "an id must not be empty"},
	{"unknown field of the MFA", session(`"type": "user", "mfa": {"age": 1}`), "/session/mfa/age", "unknown field"},
	{"session tags in two cases", session(`"type": "user", "tags": {"t": "1", "T": "2"}`), "/session/tags/T", "another tag has this name in another case"},
	{"scopes as a string", session(`"type": "api_key", "scopes": "a,b"`), "/session/scopes", "expected a list of strings"},
	{"session policies as a name", session(`"type": "user", "policies": "read"`), "/session/policies", "expected a list of policies"},
	{"session policy of a number", session(`"type": "user", "policies": ["read", 1]`), "/session/policies/1", "expected a policy"},
	{"session policy that is none", session(`"type": "user", "policies": [{"Version": "2012-10-17", "Statement": {"Effect": "allow", "Action": "*", "Resource": "*"}}]`), "/session/policies/0/Statement/Effect", `"allow"`},
	{"session policy with a principal", session(`"type": "user", "policies": [{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}]`), "/session/policies/0", "no Principal"},
	{"action is a number", `{"action": 1, "resource": "d"}`, "/action", "expected a string"},
	{"permission is null", `{"permission": null, "resource": "d"}`, "/permission", "expected a string"},
	{"empty principal", `{"principal": "", "action": "a", "resource": "d"}`, "/principal", "an id must not be empty"},
	{"principal without id", `{"principal": {}, "action": "a", "resource": "d"}`, "/principal", "id is missing; an anonymous principal is null"},
	{"principal with an empty id", `{"principal": {"id": ""}, "action": "a", "resource": "d"}`, "/principal/id", "an id must not be empty"},
	{"principal is a list", `{"principal": ["alice"], "action": "a", "resource": "d"}`, "/principal", "expected a principal, its id as a string or as an object"},
	{"groups is a string", `{"principal": {"id": "a", "groups": "g"}, "action": "a", "resource": "d"}`, "/principal/groups", "expected a list of strings"},
	{"empty group", `{"principal": {"id": "a", "groups": ["g", ""]}, "action": "a", "resource": "d"}`, "/principal/groups/1", "an id must not be empty"},
	{"role is a number", `{"principal": {"id": "a", "roles": [1]}, "action": "a", "resource": "d"}`, "/principal/roles/0", "expected a string"},
	{"tag is a number", `{"principal": {"id": "a", "tags": {"t": 1}}, "action": "a", "resource": "d"}`, "/principal/tags/t", "expected a string"},
	{"tags is a list", `{"action": "a", "resource": {"id": "d", "tags": []}}`, "/resource/tags", "expected tags as an object of strings"},
	{"two tags in two cases", `{"action": "a", "resource": {"id": "d", "tags": {"t": "1", "T": "2"}}}`, "/resource/tags/T", "another tag has this name in another case"},
	{"empty resource", `{"action": "a", "resource": ""}`, "/resource", "an id must not be empty"},
	{"resource is null", `{"action": "a", "resource": null}`, "/resource", "expected a resource, its id as a string or as an object"},
	{"resource without id", `{"action": "a", "resource": {}}`, "/resource", "id is missing"},
	{"context is a list", `{"action": "a", "resource": "d", "context": []}`, "/context", "expected the context as an object of keys and values"},
	{"context is null", `{"action": "a", "resource": "d", "context": null}`, "/context", "expected the context as an object of keys and values"},
	{"key without name", `{"action": "a", "resource": "d", "context": {"": 1}}`, "/context/", "a key must have a name"},
	{"two keys in two cases", `{"action": "a", "resource": "d", "context": {"app:K": 1, "APP:k": 1}}`, "/context/APP:k", "another key has this name in another case"},
	{"null and a value in two cases", `{"action": "a", "resource": "d", "context": {"app:K": null, "APP:k": 1}}`, "/context/APP:k", "another key has this name in another case"},
	{"object as a value", `{"action": "a", "resource": "d", "context": {"k": {}}}`, "/context/k", "expected a string, a number, a boolean or a list of those"},
	{"null in a list", `{"action": "a", "resource": "d", "context": {"k": [1, null]}}`, "/context/k/1", "expected a string, a number, a boolean or a list of those"},
	{"list in a list", `{"action": "a", "resource": "d", "context": {"k": [[1]]}}`, "/context/k/0", "expected a string, a number, a boolean or a list of those"},
	{"key with a slash", `{"action": "a", "resource": "d", "context": {"a/b~c": {}}}`, "/context/a~1b~0c", "expected a string"},
	{"the principal's id", `{"action": "a", "resource": "d", "context": {"aws:PrincipalArn": "x"}}`, "/context/aws:PrincipalArn", "this key is reserved"},
	{"the clock", `{"action": "a", "resource": "d", "context": {"AWS:currenttime": "x"}}`, "/context/AWS:currenttime", "this key is reserved"},
	{"a tag of the principal", `{"action": "a", "resource": "d", "context": {"aws:PrincipalTag/x": "x"}}`, "/context/aws:PrincipalTag~1x", "this key is reserved"},
	{"a tag of the resource", `{"action": "a", "resource": "d", "context": {"aws:ResourceTag/x": null}}`, "/context/aws:ResourceTag~1x", "this key is reserved"},
	{"a key that cannot be derived yet", `{"action": "a", "resource": "d", "context": {"aws:PrincipalOrgID": "o-1"}}`, "/context/aws:PrincipalOrgID", "this key is reserved"},
	{"the tenant's key", `{"action": "a", "resource": "d", "context": {"wami:TenantId": "1"}}`, "/context/wami:TenantId", "this key is reserved"},
}

func TestParseRequestRefuses(t *testing.T) {
	for _, tt := range malformedRequests {
		t.Run(tt.name, func(t *testing.T) {
			n, err := strictjson.Parse("", []byte(tt.json), strictjson.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			r, problem := decideapi.ParseRequest(n, pdp.TrustNothing)
			if problem == nil || r != nil {
				t.Fatalf("got request %+v and error %v", r, problem)
			}
			if problem.Place.Pointer != tt.pointer || !strings.Contains(problem.Reason, tt.detail) {
				t.Errorf("got %q at %q, want %q at %q", problem.Reason, problem.Place.Pointer, tt.detail, tt.pointer)
			}
		})
	}
}

func TestParseRequestReadsAll(t *testing.T) {
	const text = `{"principal": {"id": "alice", "groups": ["g"], "roles": ["r"], "tags": {"T": "v"}}, "action": "a", "permission": "p|q",
		"resource": {"id": "d", "tags": {"o": "w"}},
		"context": {"app:N": 1.50, "aws:SourceIp": "10.0.0.1", "http:header/x": ["a", true, 7], "gone": null, "none": []}}`
	n, err := strictjson.Parse("", []byte(text), strictjson.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	r, problem := decideapi.ParseRequest(n, pdp.TrustFacts)
	if problem != nil {
		t.Fatal(problem)
	}
	p := r.Principal
	if p.ID != "alice" || p.Groups[0] != "g" || p.Roles[0] != "r" || p.Tags["T"] != "v" || p.Trust != pdp.TrustFacts {
		t.Errorf("principal %+v", p)
	}
	if r.Action != "a" || r.Permission != "p|q" || r.Resource.ID != "d" || r.Resource.Tags["o"] != "w" {
		t.Errorf("request %+v", r)
	}
	if v := r.Context.Value("app:n"); v.Len() != 1 || v.At(0).Text() != "1.50" {
		t.Errorf("a number must stay as it was written, got %+v", v)
	}
	if v := r.Context.Value("http:header/x"); v.Len() != 3 || v.At(1).Text() != "true" || v.At(2).Text() != "7" {
		t.Errorf("list %+v", v)
	}
	for _, key := range []string{"gone", "none"} {
		if !r.Context.Value(key).IsAbsent() {
			t.Errorf("%s is not absent", key)
		}
	}
	if !r.Time.IsZero() || r.Origin.Header != nil {
		t.Error("time and origin are the caller's to set")
	}
}

func TestAnonymous(t *testing.T) {
	for _, text := range []string{`{"action": "a", "resource": "d"}`, `{"principal": null, "action": "a", "resource": "d"}`} {
		n, err := strictjson.Parse("", []byte(text), strictjson.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		r, problem := decideapi.ParseRequest(n, pdp.TrustNothing)
		if problem != nil || !r.Principal.Anonymous() {
			t.Errorf("%s: got %+v, %v", text, r, problem)
		}
	}
}
