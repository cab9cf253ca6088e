package policytest_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/policytest"
)

// Properties hold for every bundle and request, whatever they decide. They are
// asked of the engine alone, on the worlds of the differential test.

const casesPerProperty = 60

// checkWorlds runs a property on random worlds. rapid does not shrink what it cannot
// read, and writes no files.
func checkWorlds(t *testing.T, property func(*rapid.T)) {
	t.Helper()
	setFlag(t, "rapid.shrinktime", "0s")
	setFlag(t, "rapid.nofailfile", "true")
	rapid.Check(t, property)
}

// tryCompile compiles a world that may not compile.
func (w *world) tryCompile() (*pdp.Engine, error) {
	var docs []*pdp.Document
	for _, f := range w.sorted() {
		doc, problems := pdp.Decode(f.Name, f.Data)
		if len(problems) > 0 {
			return nil, problems[0]
		}
		docs = append(docs, doc)
	}
	return pdp.Compile(docs, pdp.Options{Root: rootID}, nil)
}

// must compiles a world that the generator or a harmless change made.
func (w *world) must(t *rapid.T) *pdp.Engine {
	engine, err := w.tryCompile()
	if err != nil {
		t.Fatalf("%v\n%s", err, w.script(""))
	}
	return engine
}

func ask(t *rapid.T, engine *pdp.Engine, line string) pdp.Decision {
	c, err := policytest.ParseCase(line)
	if err != nil {
		t.Fatalf("%v\n%s", err, line)
	}
	return engine.Decide(c.Request())
}

// changed returns the world with one file's JSON changed; nil if change says that
// there was nothing to do.
func (w *world) changed(file string, change func(any) bool) *world {
	var v any
	if json.Unmarshal([]byte(w.files[file]), &v) != nil || !change(v) {
		return nil
	}
	data, err := json.Marshal(v, json.Deterministic(true), jsontext.SpaceAfterComma(true))
	if err != nil {
		return nil
	}
	less := &world{files: maps.Clone(w.files), identity: w.identity, held: w.held, tenants: w.tenants}
	less.files[file] = string(data)
	return less
}

// neverMore checks that what the changed world allows the world allows too. How
// often there was something to compare is counted.
func neverMore(t *testing.T, change func(draw, *world) *world) {
	t.Helper()
	compared, lost := 0, 0
	checkWorlds(t, func(t *rapid.T) {
		d := drawFrom(t)
		w := drawWorld(d)
		less := change(d, w)
		if less == nil {
			return
		}
		before, after := w.must(t), less.must(t)
		for range casesPerProperty {
			line := drawCase(d)
			was, is := ask(t, before, line), ask(t, after, line)
			compared++
			if was.Allowed() && !is.Allowed() {
				lost++
			}
			if is.Allowed() && !was.Allowed() {
				t.Fatalf("%s before, Allow %s after the change\n%s\nbefore:\n%s", was.Reason, is.Reason, less.script(line), w.script(line))
			}
		}
	})
	if !t.Failed() && (compared < 1000 || lost == 0) {
		t.Errorf("%d requests were compared and %d lost an Allow; the test shows nothing", compared, lost)
	}
}

// statements returns the statements of a policy in IAM's dialect.
func statements(v any) (policy map[string]any, list []any) {
	policy, _ = v.(map[string]any)
	list, _ = policy["Statement"].([]any)
	return policy, list
}

// aPolicy draws the file of a policy in IAM's dialect.
func (w *world) aPolicy(d draw) string {
	var files []string
	for name := range w.files {
		if strings.HasPrefix(name, "i") || strings.HasPrefix(name, "r") && name != "resources.json" {
			files = append(files, name)
		}
	}
	slices.Sort(files)
	return d.one(files...)
}

func TestAddingADenyNeverAllowsMore(t *testing.T) {
	neverMore(t, func(d draw, w *world) *world {
		file := w.aPolicy(d)
		return w.changed(file, func(v any) bool {
			policy, list := statements(v)
			text := drawStatement(d, 99, file[0] == 'r', policy["Version"] == "2012-10-17", w.tenants != nil)
			var deny map[string]any
			if json.Unmarshal([]byte(text), &deny) != nil || list == nil {
				return false
			}
			deny["Effect"] = "Deny"
			policy["Statement"] = slices.Insert(list, d.between(0, len(list)), any(deny))
			return true
		})
	})
}

func TestRemovingAnAllowNeverAllowsMore(t *testing.T) {
	neverMore(t, func(d draw, w *world) *world {
		return w.changed(w.aPolicy(d), func(v any) bool {
			policy, list := statements(v)
			for i, s := range list {
				if len(list) > 1 && s.(map[string]any)["Effect"] == "Allow" {
					policy["Statement"] = slices.Delete(list, i, i+1)
					return true
				}
			}
			return false
		})
	})
}

// suspend sets the status of entries that are active, each with a chance.
func suspend(d draw, entries any) (done bool) {
	all, _ := entries.(map[string]any)
	for _, id := range sortedKeys(all) {
		entry := all[id].(map[string]any)
		if status, set := entry["status"]; (!set || status == "active") && !d.often(1) {
			entry["status"] = "suspended"
			done = true
		}
	}
	return done
}

func TestSuspendingNeverAllowsMore(t *testing.T) {
	for kind, change := range map[string]func(draw, map[string]any) bool{
		"users":   func(d draw, dir map[string]any) bool { return suspend(d, dir["users"]) },
		"tenants": func(d draw, dir map[string]any) bool { return suspend(d, dir["tenants"]) },
		"memberships": func(d draw, dir map[string]any) (done bool) {
			users := dir["users"].(map[string]any)
			for _, id := range sortedKeys(users) {
				done = suspend(d, users[id].(map[string]any)["memberships"]) || done
			}
			return done
		},
	} {
		t.Run(kind, func(t *testing.T) {
			neverMore(t, func(d draw, w *world) *world {
				// This setting gives up the property for memberships, as it says.
				w.files["bundle.json"] = strings.Replace(w.files["bundle.json"], `, "suspended_membership": "fall_through"`, "", 1)
				return w.changed("directory.json", func(v any) bool { return change(d, v.(map[string]any)) })
			})
		})
	}
}

// TestRemovingAFactNeverTurnsADenyOff: a Deny that applied still does when a fact is
// gone from the request, unless it asks for that very key, where the rules for absent
// keys say what happens.
func TestRemovingAFactNeverTurnsADenyOff(t *testing.T) {
	compared := 0
	checkWorlds(t, func(t *rapid.T) {
		d := drawFrom(t)
		w := drawWorld(d)
		engine := w.must(t)
		for range casesPerProperty {
			line := drawCase(d)
			was := ask(t, engine, line)
			if was.Reason != pdp.ReasonExplicitDeny && was.Reason != pdp.ReasonUnknownCondition || was.Total() > pdp.MaxDetermining {
				continue
			}
			for smaller, fact := range withoutFacts(line) {
				is := ask(t, engine, smaller)
				compared++
				if is.Reason.Class() == pdp.ClassMalformed || is.Total() > pdp.MaxDetermining {
					continue
				}
				for _, ref := range was.Determining(nil) {
					if !slices.Contains(is.Determining(nil), ref) && !strings.Contains(strings.ToLower(w.sourceOf(ref)), fact) {
						t.Fatalf("without %s the Deny %s[%d] does not apply\n%s\nand with it: %s", fact, ref.Policy, ref.Index, w.script(smaller), line)
					}
				}
			}
		}
	})
	if compared < 1000 && !t.Failed() {
		t.Errorf("%d requests were compared", compared)
	}
}

// facts are the pairs of a case that are a key's value, by the key's folded name.
var facts = regexp.MustCompile(`^(?:(k1|K2|k3|http:body/x|app:list)=|(principal|resource|session)\.tag/(\w+)=)`)

// withoutFacts returns the case without each of its facts, and the folded key.
func withoutFacts(line string) map[string]string {
	out := make(map[string]string)
	words := strings.Fields(line)
	for i, word := range words {
		m := facts.FindStringSubmatch(word)
		if m == nil || i < 3 || strings.Contains(line, "session.policy=") {
			continue // an inline policy holds blanks' worth of its own words
		}
		key := strings.ToLower(m[1])
		switch m[2] {
		case "resource":
			key = "aws:resourcetag/" + strings.ToLower(m[3])
		case "principal", "session":
			key = "aws:principaltag/" + strings.ToLower(m[3])
		}
		out[strings.Join(slices.Delete(slices.Clone(words), i, i+1), " ")] = key
	}
	return out
}

// sourceOf returns the text of the file that a statement stands in.
func (w *world) sourceOf(ref pdp.StatementRef) string { return w.files[ref.File] }

func TestOrderOfDocumentsNeverMatters(t *testing.T) {
	checkWorlds(t, func(t *rapid.T) {
		d := drawFrom(t)
		w := drawWorld(d)
		var docs []*pdp.Document
		for _, f := range w.sorted() {
			doc, problems := pdp.Decode(f.Name, f.Data)
			if len(problems) > 0 {
				t.Fatal(problems[0])
			}
			docs = append(docs, doc)
		}
		shuffled := slices.Clone(docs)
		d.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		one, err := pdp.Compile(docs, pdp.Options{Root: rootID}, nil)
		other, err2 := pdp.Compile(shuffled, pdp.Options{Root: rootID}, one)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		for range casesPerProperty {
			line := drawCase(d)
			a, b := ask(t, one, line), ask(t, other, line)
			if diff := policytest.AnswerOf(a).Diff(policytest.AnswerOf(b)); diff != nil || !sameRefs(a.Determining(nil), b.Determining(nil)) {
				t.Fatalf("%q\n%s", diff, w.script(line))
			}
		}
	})
}

// tenantOfARN is what the random ARNs say of whose they are.
func tenantOfARN(id string) string {
	fields := strings.Split(strings.Trim(id, `"`), ":")
	switch {
	case len(fields) < 6 || fields[0] != "arn":
		return ""
	case fields[1] == "wami":
		return fields[3]
	case fields[4] == "111122223333":
		return "acme"
	case fields[4] == "444455556666":
		return "globex"
	}
	return fields[4]
}

// TestNobodyReachesASibling: what is of another tenant, neither below the principal's
// nor below a membership's, is only reached where a resource or trust policy names the
// principal, its role or its tenant.
func TestNobodyReachesASibling(t *testing.T) {
	reached, asked := 0, 0
	checkWorlds(t, func(t *rapid.T) {
		d := drawFrom(t)
		w := drawWorld(d)
		w.files["bundle.json"] = strings.Replace(w.files["bundle.json"], `, "star_crosses_tenants": true`, "", 1)
		if w.tenants == nil {
			return
		}
		w.files["r9.json"] = `{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"},
			{"Effect": "Allow", "Principal": {"Tenant": "acme"}, "Action": "*", "Resource": "*"}]}`
		engine := w.must(t)
		reader := engine.Reader()
		for range 4 * casesPerProperty {
			line := drawCase(d)
			is := ask(t, engine, line)
			c, _ := policytest.ParseCase(line)
			theirs := tenantOfARN(c.Resource.ID)
			if theirs == "" || is.Tenant == "" || is.Reason == pdp.ReasonRoot {
				continue
			}
			above := []string{theirs}
			if list, ok := reader.Ancestors(theirs); ok {
				for _, a := range list {
					above = append(above, a.ID)
				}
			}
			member := false
			if _, ok := reader.User(is.Principal); ok {
				member, _ = reader.Member(is.Principal, theirs, true)
			}
			if slices.Contains(above, is.Tenant) || member {
				continue
			}
			asked++
			if !is.Allowed() {
				continue
			}
			reached++
			if !slices.ContainsFunc(is.Determining(nil), func(ref pdp.StatementRef) bool {
				return ref.Layer >= pdp.LayerResource && w.namesSomebody(ref)
			}) {
				t.Fatalf("%s of %s reaches %s\n%s", is.Principal, is.Tenant, theirs, w.script(line))
			}
		}
	})
	if !t.Failed() && (asked < 200 || reached == 0) {
		t.Errorf("%d requests were for a sibling and %d were allowed; the test shows nothing", asked, reached)
	}
}

// namesSomebody reports whether the Principal of a statement names more than everyone.
func (w *world) namesSomebody(ref pdp.StatementRef) bool {
	doc, problems := pdp.Decode(ref.File, []byte(w.files[ref.File]))
	if len(problems) > 0 {
		return false
	}
	policies := []*pdp.Policy{doc.Policy}
	if doc.Directory != nil {
		for _, role := range doc.Directory.Roles {
			policies = append(policies, role.Trust)
		}
	}
	for _, p := range policies {
		if p != nil && p.Name == ref.Policy {
			who := p.Statements[ref.Index].Principal
			named := slices.Concat(who.AWS, who.Tenant, who.ID, who.SPIFFE, who.Service, who.Federated)
			return slices.ContainsFunc(named, func(t pdp.Text) bool { return t.Text != "*" })
		}
	}
	return false
}

// TestUnknownIsRefused: a bundle with a word that MayI does not know does not load.
func TestUnknownIsRefused(t *testing.T) {
	changes := []struct{ what, old, text string }{
		{"element", `"Effect":`, `"Efect":`},
		{"element beside others", `"Action":`, `"action": "*", "Action":`},
		{"effect", `"Effect": "Allow"`, `"Effect": "allow"`},
		{"version", `"Version": "2012-10-17"`, `"Version": "2012-10-18"`},
		{"version", `"Version": "2008-10-17"`, `"Version": "2008-10-17 "`},
		{"operator", `"Condition": {"`, `"Condition": {"X`},
		{"operator's case", `"StringEquals":`, `"stringEquals":`},
		{"field of a user", `"policies":`, `"polices":`},
		{"field of a tenant", `"aliases": ["111122223333"]`, `"aliases": ["111122223333"], "colour": 1`},
		{"field of a membership", `"memberships": {"acme": {`, `"memberships": {"acme": {"rolls": [], `},
		{"mode", `"rbac_mode": "`, `"rbac_mode": "x`},
		{"status", `"status": "`, `"status": "un`},
		{"setting", `"name": "random"`, `"name": "random", "start_crosses_tenants": true`},
		{"format", `"format": 1`, `"format": 2`},
		{"what a suspended membership does", `"fall_through"`, `"fall-through"`},
		{"access", `"access": "`, `"access": "x`},
		{"principal", `{"AWS":`, `{"Aws":`},
		{"principal's tenant", `{"Tenant":"`, `{"Tenant":"x`},
		{"boundary", `"boundary": "`, `"boundary": "x`},
		{"region", `"regions": {"here": [`, `"regions": {"here": [0, `},
		{"dialect", `"statements":`, `"statement":`},
		{"matcher", `"matcher": "`, `"matcher": "x`},
	}
	seen := make(map[string]int)
	checkWorlds(t, func(t *rapid.T) {
		w := drawWorld(drawFrom(t))
		for _, c := range changes {
			for _, name := range sortedKeys(w.files) {
				text := strings.Replace(w.files[name], c.old, c.text, 1)
				if text == w.files[name] {
					continue
				}
				less := &world{files: maps.Clone(w.files)}
				less.files[name] = text
				seen[c.old]++
				if _, err := less.tryCompile(); err == nil {
					t.Fatalf("an unknown %s is accepted in %s:\n%s", c.what, name, less.script(""))
				}
			}
		}
	})
	for _, c := range changes {
		if seen[c.old] == 0 && !t.Failed() {
			t.Errorf("no world had %s; the test shows nothing about it", c.old)
		}
	}
}
