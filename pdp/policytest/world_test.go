package policytest_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"pgregory.net/rapid"

	"github.com/mayi-authz/mayi/pdp/policytest"
)

// The random worlds are small and hostile: few names, so that patterns meet
// requests, and among them the ones that have fooled policy engines.
var (
	principalIDs = []string{
		"alice", "bob", "carol", "Alice", "spiffe://x/web", "svc.amazonaws.com", "dave",
		"arn:aws:iam::111122223333:user/alice", "arn:aws:iam::111122223333:user/team/bob",
		"arn:aws:iam::444455556666:user/bob", "arn:aws:iam::111122223333:root",
		"arn:aws:iam::111122223333:role/team/deploy", "arn:aws:iam::444455556666:role/deploy",
		"arn:aws:sts::111122223333:assumed-role/deploy/run", "arn:aws:sts::444455556666:assumed-role/deploy/run",
		"arn:aws:sts::111122223333:assumed-role/other/run", "arn:aws:sts::111122223333:federated-user/alice",
		"arn:wami:iam:12:wami:9:user/7", "arn:wami:iam:12/34:wami:9:user/8", "arn:wami:iam:12:wami:9:role/deploy",
		"arn:wami:sts:12:wami:9:assumed-role/deploy/run", "ops", "arn:aws:sts:::assumed-role/deploy/run",
	}
	aliases   = []string{"al", "spiffe://x/al", "arn:aws:iam::111122223333:user/al"}
	badIDs    = []string{"ARN:aws:iam::1:user/x", "arn:aws:iam", "arn:wami:iam:012:wami:9:user/7", "arn:aws:iam::1:", "arn:wami:iam:1:wami:9:aws:22:user/7"}
	oddIDs    = []string{"*", "a?", "${aws:username}", "a b", "é", "..", "arn", "ar", "a:b:c:d:e:f"}
	resources = []string{
		"doc/1", "doc/alice", "doc/*", "doc", "*", "arn:aws:s3:::b/alice", "arn:aws:s3:::b/a:b", "arn:aws:s3:::*",
		"arn:aws:sqs:eu:111122223333:q", "arn:aws:sqs:eu:444455556666:q", "arn:aws:sqs:eu:444455556666:q/alice",
		"arn:aws-cn:sqs:eu:111122223333:q", "arn:mayi:http:::h/alice", "arn:any:svc:::x", "arn:wami:app:12:wami:9:doc/1",
		"arn:wami:app:12/34:wami:9:doc/1", "arn:wami:app:99:wami:9:doc/7", "arn:wami:app:123:wami:9:doc/7", "doc/a", "doc/10", "doc/?",
		"doc/../doc/1", "doc/x/..", "arn:wami:app:12/34:wami:9:doc/2", "arn:wami:app:12/34/5:wami:9:doc/1",
	}
	actions        = []string{"a:Get", "a:Put", "A:GET", "a:Get2", "b:Get", "plain", "x.y", "sts:AssumeRole", "STS:assumeRoleWithSAML"}
	actionPatterns = []string{"*", "*", "*", "a:*", "a:*", "a:G*", "a:?et", "a:Get", "A:put", "b:*", "plain", "*t", "x.*", "sts:*"}
	resourceTexts  = []string{
		"*", "*", "*", "*", "*", "*", "*", "*", "doc/*", "doc/?", "doc/1", "*1", "arn:aws:s3:::b/*", "arn:aws:s3:::*", "arn:aws:sqs:*:111122223333:q*",
		"arn:aws:sqs:eu:444455556666:*", "arn:aws:*:*:*:*", "arn:aws:sqs", "arn:aws*", "arn:aws:s?s:e*", "arn:mayi:http:::h/*", "arn:mayi", "arn:any", "arn:any:sv?",
		"arn:*:*:*:*:*", "arn:wami:app:12/*:wami:*", "arn:wami:app:12:wami:9:doc/?", "**", "*?*", "arn:aws:sqs:*:*:*q",
	}
	variableTexts = []string{
		"doc/${aws:username}", "doc/${k1}", "doc/${k1, 'alice'}", "arn:aws:s3:::b/${aws:username, '*'}", "arn:aws:s3:::${*}", "doc/${*}",
		"arn:aws:s3:::b/${aws:PrincipalTag/dept}*", "${k1}", "doc/${k2}", "arn:wami:app:${wami:TenantId}:wami:*:doc/*",
		"arn:aws:sqs:eu:444455556666:q/${aws:PrincipalTag/dept, 'alice'}", "doc/${?}", "*${k1}*", "doc/${aws:userid}",
	}
	policyPrincipals = []string{
		`{"AWS":["*","arn:aws:iam::111122223333:user/alice","arn:aws:iam::444455556666:user/bob"]}`,
		`"*"`, `"*"`, `"*"`, `"*"`, `"*"`, `"*"`, `{"AWS":"*"}`, `{"AWS":"111122223333"}`, `{"AWS":"arn:aws:iam::444455556666:root"}`, `{"AWS":"12"}`, `{"AWS":"12/34"}`,
		`{"AWS":["arn:aws:iam::111122223333:user/alice","arn:aws:iam::111122223333:user/team/bob"]}`,
		`{"AWS":"arn:aws:iam::111122223333:role/team/deploy"}`, `{"AWS":["arn:aws:iam::444455556666:role/deploy","arn:aws:iam:::role/deploy"]}`,
		`{"AWS":"arn:aws:sts::111122223333:assumed-role/deploy/run"}`, `{"AWS":"arn:aws:sts::111122223333:federated-user/alice"}`,
		`{"AWS":"arn:aws:iam::111122223333:user/al"}`, `{"SPIFFE":["spiffe://x/web","spiffe://x/al"]}`, `{"Id":["alice","al"]}`, `{"Id":"bob","AWS":"444455556666"}`,
		`{"Service":"svc.amazonaws.com"}`, `{"Federated":"accounts.google.com"}`, `{"AWS":["arn:wami:iam:12:wami:9:user/7","arn:wami:iam:12:wami:9:role/deploy"]}`,
		`{"AWS":"arn:aws:iam::444455556666:user/bob"}`,
		`{"AWS":["arn:aws:sts::111122223333:federated-user/alice","arn:aws:sts::111122223333:assumed-role/deploy/run"]}`,
	}
)

// A world is a bundle in the making, kept as JSON texts so that it takes the same
// way into MayI as an author's files, and prints as a script.
type world struct {
	files    map[string]string
	identity []string // names of identity policies
	held     []string // names of documents that allow by default, and must be attached
	tenants  []string // declared; nil: none
}

// drawWorld draws a bundle that compiles.
func drawWorld(d draw) *world {
	w := &world{files: make(map[string]string)}
	for i := range d.between(1, 5) {
		name := fmt.Sprintf("i%d", i)
		w.identity = append(w.identity, name)
		w.files[name+".json"] = drawPolicy(d, false)
	}
	w.drawDialects(d)
	w.files["directory.json"] = w.drawDirectory(d)
	for i := range d.between(0, 4) {
		w.files[fmt.Sprintf("r%d.json", i)] = drawPolicy(d, true, w.tenants...)
	}
	if d.often(1) {
		w.files["resources.json"] = w.drawResources(d)
	} else {
		w.files["resources.json"] = `{"regions": {"here": [-10, -10, 10, 10]}}`
	}
	if !d.often(2) {
		w.files["schema.json"] = drawSchema(d)
	}
	w.files["bundle.json"] = w.drawManifest(d)
	return w
}

func (w *world) drawDirectory(d draw) string {
	tenants := w.drawTenants(d)
	var users, groups []string
	if d.often(4) {
		from := 0
		for _, id := range append(slices.Clone(principalIDs[:11]), "arn:aws:sts::111122223333:assumed-role/other/run", rootID) {
			if !d.often(2) || !d.often(3) && id == rootID {
				continue
			}
			fields := append([]string{`"policies": ` + w.drawAttached(d)}, w.drawUserFields(d, id)...)
			if d.often(1) {
				fields = append(fields, `"groups": ["g"]`)
			}
			if from < len(aliases) && d.often(1) {
				fields = append(fields, fmt.Sprintf(`"aliases": [%q]`, aliases[from]))
				from++
			}
			if d.often(1) {
				fields = append(fields, `"tags": {"Dept": `+d.one(`"alice"`, `"a"`, `"*"`, `""`, `".."`)+`}`)
			}
			users = append(users, fmt.Sprintf("%q: %s", id, object(fields...)))
		}
	}
	groups = append(groups, `"g": {"policies": `+w.drawAttached(d)+`}`, `"h": {"policies": `+w.drawHeld(d)+`}`)
	text := fmt.Sprintf("{\"users\": {\n  %s},\n \"groups\": {%s},\n \"roles\": {\n  %s},\n \"revoked_sessions\": [\"revoked\"]",
		strings.Join(users, ",\n  "), strings.Join(groups, ", "), w.drawRoles(d))
	if w.tenants != nil {
		text += ",\n \"tenants\": {\n  " + tenants + "}"
	}
	return text + "}\n"
}

func (w *world) drawAttached(d draw) string {
	if !d.often(3) {
		return "[]"
	}
	names := []string{d.one(w.identity...)}
	if other := d.one(w.identity...); other != names[0] && d.often(2) {
		names = append(names, other)
	}
	data, _ := json.Marshal(names)
	return string(data)
}

// A draw makes choices. rapid biases its own towards small ones, which is good
// for finding edges of numbers and bad for meeting a fair share of every answer;
// so rapid draws the seed.
type draw struct{ *rand.Rand }

func drawFrom(t *rapid.T) draw {
	seed := rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "seed")
	return draw{rand.New(rand.NewChaCha8([32]byte(seed)))}
}

// often is true n times of n+1.
func (d draw) often(n int) bool { return d.IntN(n+1) > 0 }

func (d draw) one(from ...string) string { return from[d.IntN(len(from))] }

// between draws a number from low to high.
func (d draw) between(low, high int) int { return low + d.IntN(high-low+1) }

// drawPolicy draws a policy document.
func drawPolicy(d draw, resource bool, tenants ...string) string {
	variables := d.often(4)
	version := "2008-10-17"
	if variables {
		version = "2012-10-17"
	}
	var statements []string
	for i := range d.between(1, 4) {
		statements = append(statements, "  "+drawStatement(d, i, resource, variables, tenants != nil))
	}
	return fmt.Sprintf("{\"Version\": %q, \"Statement\": [\n%s\n]}\n", version, strings.Join(statements, ",\n"))
}

func drawStatement(d draw, index int, resource, variables, tenanted bool) string {
	if !d.often(7) && !resource { // what lets the other layers be heard
		return fmt.Sprintf(`{"Sid": "S%d", "Effect": "Allow", "Action": "*", "Resource": "*"}`, index)
	}
	effect := d.one("Allow", "Allow", "Allow", "Allow", "Deny")
	var fields []string
	if d.often(1) {
		fields = append(fields, fmt.Sprintf(`"Sid": "S%d"`, index))
	}
	fields = append(fields, fmt.Sprintf(`"Effect": %q`, effect))
	if resource {
		name, from := "Principal", policyPrincipals
		if effect == "Deny" && !d.often(2) {
			name, from = "NotPrincipal", policyPrincipals[8:]
		}
		if tenanted && !d.often(2) {
			from = tenantPrincipals
		}
		fields = append(fields, fmt.Sprintf(`%q: %s`, name, d.one(from...)))
	}
	fields = append(fields, drawElement(d, "Action", actionPatterns, nil))
	var with []string
	if variables {
		with = variableTexts
	}
	fields = append(fields, drawElement(d, "Resource", resourceTexts, with))
	if d.often(1) {
		fields = append(fields, `"Condition": `+drawCondition(d, variables))
	}
	return "{" + strings.Join(fields, ", ") + "}"
}

// drawElement draws an element or its Not form.
func drawElement(d draw, name string, plain, with []string) string {
	if !d.often(6) {
		name = "Not" + name
	}
	var texts []string
	for range d.between(1, 3) {
		from := plain
		if with != nil && !d.often(2) {
			from = with
		}
		texts = append(texts, d.one(from...))
	}
	data, _ := json.Marshal(texts)
	return fmt.Sprintf(`%q: %s`, name, data)
}

// script returns the world and one case as a script.
func (w *world) script(line string) string {
	var b strings.Builder
	b.WriteString("Engine and reference disagree.\n")
	for _, f := range w.sorted() {
		fmt.Fprintf(&b, "-- %s --\n%s\n", f.Name, strings.TrimSpace(string(f.Data)))
	}
	fmt.Fprintf(&b, "-- cases --\n%s\n", line)
	return b.String()
}

func (w *world) sorted() []policytest.File {
	var files []policytest.File
	for _, name := range sortedKeys(w.files) {
		files = append(files, policytest.File{Name: name, Data: []byte(w.files[name])})
	}
	return files
}
