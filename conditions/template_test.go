package conditions_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/arn/wildcard"
	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

func parseTemplate(t tester, text string) *conditions.Template {
	t.Helper()
	tmpl, problems := conditions.ParseTemplate(text, strictjson.Place{}, true)
	if len(problems) > 0 {
		t.Fatalf("ParseTemplate(%q): %v", text, problems)
	}
	return tmpl
}

func TestTemplateTokens(t *testing.T) {
	lit := func(s string) wildcard.Token { return wildcard.Token{Text: s} }
	hole := func(n int) wildcard.Token { return wildcard.Token{Kind: wildcard.Hole, Hole: n} }
	star, one := wildcard.Token{Kind: wildcard.Any}, wildcard.Token{Kind: wildcard.One}
	tests := []struct {
		name, text string
		tokens     []wildcard.Token
		keys       []string
	}{
		{"empty", "", nil, nil},
		{"plain", "alice", []wildcard.Token{lit("alice")}, nil},
		{"wildcards", "a*b?", []wildcard.Token{lit("a"), star, lit("b"), one}, nil},
		{"variable", "home/${aws:username}/*", []wildcard.Token{lit("home/"), hole(0), lit("/"), star}, []string{"aws:username"}},
		{"two variables", "${b}${A}", []wildcard.Token{hole(0), hole(1)}, []string{"a", "b"}},
		{"one variable twice", "${a}-${A}", []wildcard.Token{hole(0), lit("-"), hole(1)}, []string{"a"}},
		{"tag key folds too", "${aws:PrincipalTag/Team}", []wildcard.Token{hole(0)}, []string{"aws:principaltag/team"}},
		{"default", "${k, 'a b}*'}x", []wildcard.Token{hole(0), lit("x")}, []string{"k"}},
		{"escapes", "${*}a${?}${$}", []wildcard.Token{lit("*"), lit("a"), lit("?"), lit("$")}, nil},
		{"escaped variable", "${$}{aws:username}", []wildcard.Token{lit("$"), lit("{aws:username}")}, nil},
		{"dollar alone", "$5 $", []wildcard.Token{lit("$5 $")}, nil},
		{"dollar before a variable", "$${k}", []wildcard.Token{lit("$"), hole(0)}, []string{"k"}},
		{"braces alone", "{k}", []wildcard.Token{lit("{k}")}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tmpl := parseTemplate(t, tt.text)
			if got := tmpl.Tokens(); !reflect.DeepEqual(got, tt.tokens) {
				t.Errorf("tokens = %+v, want %+v", got, tt.tokens)
			}
			if got := tmpl.Keys(); !reflect.DeepEqual(got, tt.keys) {
				t.Errorf("keys = %v, want %v", got, tt.keys)
			}
		})
	}
}

func TestTemplateProblems(t *testing.T) {
	tests := []struct{ name, text, rule string }{
		{"no brace", "a${aws:username", "Missing brace in variable"},
		{"nothing after", "a${", "Missing brace in variable"},
		{"variable in a variable", "${a${b}}", "Missing brace in variable"},
		{"no brace after a default", "${a, 'b'", "Missing brace in variable"},
		{"symbol and no brace", "${a*", "Missing brace in variable"},
		{"empty", "${}", "Empty variable"},
		{"only a default", "${, 'x'}", "Empty variable"},
		{"empty default", "${a, ''}", "Empty variable"},
		{"blank", "${aws: username}", "Unsupported space in variable"},
		{"only a blank", "${ }", "Unsupported space in variable"},
		{"blank at the end", "${k }", "Unsupported space in variable"},
		{"blank before the comma", "${k , 'x'}", "Unsupported space in variable"},
		{"no blank after the comma", "${k,'x'}", "Missing quote in variable"},
		{"two blanks", "${k,  'x'}", "Missing quote in variable"},
		{"no quotes", "${k, x}", "Missing quote in variable"},
		{"no second quote", "${k, 'x}", "Missing quote in variable"},
		{"something after the quote", "${k, 'x'y}", "Missing quote in variable"},
		{"double quotes", `${k, "x"}`, "Missing quote in variable"},
		{"variable in a default", "${k, '${j}'}", "Unsupported symbol in variable"},
		{"wildcard in a key", "${aws:*}", "Unsupported symbol in variable"},
		{"quote in a key", "${a'b}", "Unsupported symbol in variable"},
		{"tab in a key", "${a\tb}", "Unsupported symbol in variable"},
		{"longer than an escape", "${*x}", "Unsupported symbol in variable"},
		{"tag family", "${aws:PrincipalTag/}", "Missing tag key in condition"},
		{"no key after the service", "${aws:}", "Invalid condition key format"},
	}
	place := strictjson.Place{File: "p.json", Line: 3, Column: 7}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tmpl, problems := conditions.ParseTemplate(tt.text, place, true)
			if tmpl != nil || len(problems) != 1 || problems[0].Rule != tt.rule || problems[0].Place != place {
				t.Errorf("ParseTemplate(%q) = %v, %v, want %q", tt.text, tmpl, problems, tt.rule)
			}
		})
	}
	for _, text := range []string{"${aws:username}", "${*}", "${"} {
		_, problems := conditions.ParseTemplate(text, place, false)
		if len(problems) != 1 || problems[0].Rule != "Variable unsupported in version" {
			t.Errorf("%q in a document without variables: %v", text, problems)
		}
	}
	if _, problems := conditions.ParseTemplate("$5 {x}", place, false); problems != nil {
		t.Errorf("no variable at all: %v", problems)
	}
}

func TestTemplateResolve(t *testing.T) {
	src := with(
		"name", conditions.Text("al*ce"), "one", conditions.Texts("x"), "many", conditions.Texts("x", "y"),
		"empty", conditions.Text(""), "dot", conditions.Text("."), "dots", conditions.Text(".."), "three", conditions.Text("..."),
		"n", conditions.One(conditions.Number("1.50")), "b", conditions.One(conditions.Bool(true)),
		"object", conditions.One(conditions.Unreadable()), "huge", conditions.One(conditions.Number("1e999")),
		"cut", conditions.Incomplete(), "var", conditions.Text("${name}"),
	)
	tests := []struct {
		name, text string
		fills      []string
		known      conditions.Tri
	}{
		{"none", "x", []string{}, conditions.True},
		{"text", "${name}", []string{"al*ce"}, conditions.True},
		{"name in another case", "${NAME}", []string{"al*ce"}, conditions.True},
		{"list of one", "${one}", []string{"x"}, conditions.True},
		{"number in canonical form", "${n}", []string{"1.5"}, conditions.True},
		{"boolean", "${b}", []string{"true"}, conditions.True},
		{"three dots", "${three}", []string{"..."}, conditions.True},
		{"not replaced again", "${var}", []string{"${name}"}, conditions.True},
		{"several", "${name}${n}${name}", []string{"al*ce", "1.5", "al*ce"}, conditions.True},
		{"default unused", "${name, 'd'}", []string{"al*ce"}, conditions.True},
		{"default", "${gone, 'd*'}", []string{"d*"}, conditions.True},
		{"default for many", "${many, 'd'}", []string{"d"}, conditions.True},
		{"default for empty", "${empty, 'd'}", []string{"d"}, conditions.True},
		{"default for dot", "${dot, 'd'}", []string{"d"}, conditions.True},
		{"default that is a dot", "${gone, '.'}", nil, conditions.False},
		{"default that is two dots", "${gone, '..'}", nil, conditions.False},
		{"missing", "${gone}", nil, conditions.False},
		{"many", "${many}", nil, conditions.False},
		{"empty", "${empty}", nil, conditions.False},
		{"dot", "${dot}", nil, conditions.False},
		{"two dots", "${dots}", nil, conditions.False},
		{"incomplete", "${cut}", nil, conditions.Unknown},
		{"incomplete with a default", "${cut, 'd'}", nil, conditions.Unknown},
		{"object", "${object}", nil, conditions.Unknown},
		{"object with a default", "${object, 'd'}", nil, conditions.Unknown},
		{"number out of bounds", "${huge}", nil, conditions.Unknown},
		{"missing beats incomplete", "${cut}${gone}", nil, conditions.False},
		{"missing beats incomplete in any order", "${gone}${cut}", nil, conditions.False},
		{"incomplete beats known", "${name}${cut}", nil, conditions.Unknown},
		{"incomplete beats known in any order", "${cut}${name}", nil, conditions.Unknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tmpl := parseTemplate(t, tt.text)
			dst := []string{"left", "over"}
			fills, known := tmpl.Resolve(src, dst)
			if known != tt.known || known == conditions.True && !reflect.DeepEqual(append([]string{}, fills...), tt.fills) {
				t.Errorf("Resolve(%s) = %q, %v, want %q, %v", tt.text, fills, known, tt.fills, tt.known)
			}
			if _, ok := tmpl.Fill(src, dst); ok != (tt.known == conditions.True) {
				t.Errorf("Fill(%s) = %v, want %v", tt.text, ok, tt.known == conditions.True)
			}
		})
	}
}

// FuzzTemplate checks that what parses says as much as its text: with every
// variable filled by a mark, pattern and text are the same but for the variables.
func FuzzTemplate(f *testing.F) {
	for _, seed := range []string{"a*${aws:username}?", "${k, 'd}'}", "${*}${$}{x}", "$${k}$", "${k, ''}", "${a${b}}", "${", "x${}y", "${k,'d'}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tmpl, problems := conditions.ParseTemplate(text, strictjson.Place{}, true)
		if (tmpl == nil) != (len(problems) > 0) {
			t.Fatalf("%v beside %v", tmpl, problems)
		}
		_, old := conditions.ParseTemplate(text, strictjson.Place{}, false)
		if (len(old) > 0) != strings.Contains(text, "${") {
			t.Errorf("without variables: %v", old)
		}
		if tmpl == nil {
			return
		}
		var plain strings.Builder
		rest, holes := text, 0
		for _, tok := range tmpl.Tokens() {
			switch tok.Kind {
			case wildcard.Any:
				plain.WriteString("*")
				rest = cut(t, rest, "*")
			case wildcard.One:
				plain.WriteString("?")
				rest = cut(t, rest, "?")
			case wildcard.Literal:
				plain.WriteString(tok.Text)
				if escaped := "${" + tok.Text + "}"; len(tok.Text) == 1 && strings.HasPrefix(rest, escaped) {
					rest = cut(t, rest, escaped)
				} else {
					rest = cut(t, rest, tok.Text)
				}
			case wildcard.Hole:
				if tok.Hole != holes {
					t.Fatalf("hole %d, want %d", tok.Hole, holes)
				}
				holes++
				rest = cut(t, rest, "${")
				end := strings.Index(rest, "}")
				if i := strings.Index(rest, ", '"); i >= 0 && i < end {
					end = i + 3 + strings.Index(rest[i+3:], "'") + 1
				}
				rest = cut(t, rest[end:], "}")
			}
		}
		if rest != "" {
			t.Errorf("the tokens leave out %q", rest)
		}
		fills, known := tmpl.Resolve(with(), nil)
		if known == conditions.Unknown || known == conditions.True && len(fills) != holes {
			t.Errorf("Resolve of nothing = %q, %v with %d holes", fills, known, holes)
		}
		if holes == 0 && !wildcard.Compile(tmpl.Tokens()).Match(plain.String(), nil) {
			t.Errorf("%q does not match its own text %q", text, plain.String())
		}
	})
}

func cut(t *testing.T, s, prefix string) string {
	rest, ok := strings.CutPrefix(s, prefix)
	if !ok {
		t.Fatalf("%q does not begin with %q", s, prefix)
	}
	return rest
}
