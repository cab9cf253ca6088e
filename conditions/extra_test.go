package conditions_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

const aliceDigest = "sha256:2bd806c97f0e00af1a1fc3328fa763a9269723c8db8fac4f93af71db186d6e90"

func TestExtraOperators(t *testing.T) {
	tests := []struct {
		operator, policy string
		value            conditions.Value
		want             conditions.Tri
	}{
		// Regular expressions.
		{"RegexMatch", "a", text("a"), yes},
		{"RegexMatch", "a", text("ba"), no},
		{"RegexMatch", "a", text("ab"), no},
		{"RegexMatch", "a", text("a\n"), no},
		{"RegexMatch", "a|b", text("ab"), no},
		{"RegexMatch", "a|ab", text("ab"), yes},
		{"RegexMatch", "(?m)^a$", text("a\nb"), no},
		{"RegexMatch", "(?m)a$(?s).*", text("a\nb"), yes},
		{"RegexMatch", ".*", text("a\nb"), no},
		{"RegexMatch", "()", text(""), yes},
		{"RegexMatch", `\Qa.b`, text("a.b"), yes},
		{"RegexMatch", `\Qa.b`, text("axb"), no},
		{"RegexMatch", `\Qa\E|b`, text("b"), yes},
		{"RegexMatch", "(?i)straSSe", text("STRASSE"), yes},
		{"RegexMatch", "[0-9]+", number("1e2"), yes},
		{"RegexMatch", "true", scalars(conditions.Bool(true)), yes},
		{"RegexMatch", ".*", number("1e401"), unknown},
		{"RegexMatch", "(?s).*", text("a\xff"), unknown},
		{"RegexMatch", "(?s).*", text(strings.Repeat("a", 4096)), yes},
		{"RegexMatch", "(?s).*", text(strings.Repeat("a", 4097)), unknown},
		{"RegexMatch", "a", absent, no},
		{"RegexMatch", "a", list("a", "a"), unknown},
		{"RegexNotMatch", "a", text("b"), yes},
		{"RegexNotMatch", "a", text("a"), no},
		{"RegexNotMatch", "a", absent, yes},
		{"RegexNotMatch", "a", object, unknown},
		{"RegexNotMatch", "a", text(strings.Repeat("a", 4097)), unknown},

		// Versions.
		{"SemanticVersionEquals", "1.2.3", text("v1.2.3+build.007"), yes},
		{"SemanticVersionEquals", "v1.2.3", text("1.2.3"), yes},
		{"SemanticVersionEquals", "1.2.3", text("1.2.3-0"), no},
		{"SemanticVersionEquals", "1.2.3", text("V1.2.3"), unknown},
		{"SemanticVersionEquals", "1.2.3", text("vv1.2.3"), unknown},
		{"SemanticVersionEquals", "1.2.3", text("1.2"), unknown},
		{"SemanticVersionEquals", "1.2.3", text("1.2.3.4"), unknown},
		{"SemanticVersionEquals", "1.2.3", text("1.02.3"), unknown},
		{"SemanticVersionEquals", "1.2.3", text("1.2.3-"), unknown},
		{"SemanticVersionEquals", "1.2.3", text("1.2.3-01"), unknown},
		{"SemanticVersionEquals", "1.2.3", text("1.2.3-a..b"), unknown},
		{"SemanticVersionEquals", "1.2.3", text("1.2.3+"), unknown},
		{"SemanticVersionEquals", "1.2.3", text("1.2.3+a+b"), unknown},
		{"SemanticVersionEquals", "1.2.3", text("1.2.3-ä"), unknown},
		{"SemanticVersionEquals", "1.2.3", text(" 1.2.3"), unknown},
		{"SemanticVersionEquals", "1.2.3", text(""), unknown},
		{"SemanticVersionEquals", "1.2.3", number("1.2"), unknown},
		{"SemanticVersionEquals", "1.2.3--0", text("1.2.3--0"), yes},
		{"SemanticVersionEquals", "1.2.3", absent, no},
		{"SemanticVersionLessThan", "1.0.0-alpha.1", text("1.0.0-alpha"), yes},
		{"SemanticVersionLessThan", "1.0.0-alpha.beta", text("1.0.0-alpha.1"), yes},
		{"SemanticVersionLessThan", "1.0.0-rc.10", text("1.0.0-rc.9"), yes},
		{"SemanticVersionLessThan", "1.0.0", text("1.0.0-rc.9"), yes},
		{"SemanticVersionLessThan", "1.0.0", text("1.0.0+zzz"), no},
		{"SemanticVersionLessThan", "1.100000000000000000000.0", text("1.99999999999999999999.0"), yes},
		{"SemanticVersionGreaterThan", "1.99999999999999999999.0", text("1.100000000000000000000.0"), yes},
		{"SemanticVersionGreaterThan", "1.0.0", text("1.0.0"), no},
		{"SemanticVersionGreaterThan", "1.9.0", text("1.10.0"), yes},

		// JSON.
		{"JsonPathEquals", "$='x'", text(`"x"`), yes},
		{"JsonPathEquals", "$ == \"x\"", text(` "x" `), yes},
		{"JsonPathEquals", "$.a == 'x'", text(`{"a":"x"}`), yes},
		{"JsonPathEquals", "$.a == 'x'", text(`{"A":"x"}`), no},
		{"JsonPathEquals", "$.a == 'x'", text(`{}`), no},
		{"JsonPathEquals", "$.a == null", text(`{}`), no},
		{"JsonPathEquals", "$.a == null", text(`{"a":null}`), yes},
		{"JsonPathEquals", "$.a == 5", text(`{"a":5.0}`), yes},
		{"JsonPathEquals", "$.a == 5", text(`{"a":"5"}`), no},
		{"JsonPathEquals", "$.a == '5'", text(`{"a":5}`), no},
		{"JsonPathEquals", "$.a == 9007199254740993", text(`{"a":9007199254740992}`), no},
		{"JsonPathEquals", "$.a == 5", text(`{"a":1` + strings.Repeat("0", 64) + `}`), unknown},
		{"JsonPathEquals", "$.a == 'x'", text(`{"a":1` + strings.Repeat("0", 64) + `}`), no},
		{"JsonPathEquals", "$.a == true", text(`{"a":true}`), yes},
		{"JsonPathEquals", "$.a == true", text(`{"a":"true"}`), no},
		{"JsonPathEquals", "$.a == 'x'", text(`{"a":["x"]}`), no},
		{"JsonPathEquals", "$.a[*] == 'x'", text(`{"a":["y","x"]}`), yes},
		{"JsonPathEquals", "$.a[-1] == 'x'", text(`{"a":["y","x"]}`), yes},
		{"JsonPathEquals", "$.a[2] == 'x'", text(`{"a":["y","x"]}`), no},
		{"JsonPathEquals", "$[0] == 'x'", text(`{"0":"x"}`), no},
		{"JsonPathEquals", "$['0'] == 'x'", text(`["x"]`), no},
		{"JsonPathEquals", "$['a=b'] == 'x'", text(`{"a=b":"x"}`), yes},
		{"JsonPathEquals", `$["\u0061\ud83d\ude00\n\""] == 'x'`, text(`{"a😀\n\"":"x"}`), yes},
		{"JsonPathEquals", `$.ünï == 'it\'s'`, text(`{"ünï":"it's"}`), yes},
		{"JsonPathEquals", "$..a == 'x'", text(`[{"b":{"a":"x"}}]`), yes},
		{"JsonPathEquals", "$[ 'a' , 'b' ] [ 1 : ] == 3", text(`{"b":[1,3]}`), yes},
		{"JsonPathEquals", "$[::-2] == 1", text(`[0,1]`), yes},
		{"JsonPathEquals", "$[::0] == 1", text(`[1]`), no},
		{"JsonPathEquals", "$ == 1", number("1"), unknown},
		{"JsonPathEquals", "$ == 1", text("1 2"), unknown},
		{"JsonPathEquals", "$ == 1", text(""), unknown},
		{"JsonPathEquals", "$ == 1", text("\ufeff1"), unknown},
		{"JsonPathEquals", "$.a == 1", text(`{"a":1,"a":1}`), unknown},
		{"JsonPathEquals", "$.a == 1", text(strings.Repeat("[", 65) + strings.Repeat("]", 65)), unknown},
		{"JsonPathEquals", "$.a == 1", text(`{"a":1}` + strings.Repeat(" ", 64<<10)), unknown},
		{"JsonPathEquals", "$..*..*..*..* == 'no'", text(strings.Repeat("[", 60) + strings.Repeat("]", 60)), unknown},
		{"JsonPathEquals", "$.a == 1", absent, no},

		// Distances: Berlin to Potsdam is 27 km, to Munich 504.
		{"GeoDistance", "52.52,13.405,30", text("52.39,13.06"), yes},
		{"GeoDistance", "52.52,13.405,500", text("48.137,11.575"), no},
		{"GeoDistance", "52.52,13.405,510", text("48.137,11.575"), yes},
		{"GeoDistance", "0,180,1", text("0,-180"), yes},
		{"GeoDistance", "90,0,1", text("90,123.4"), yes},
		{"GeoDistance", "0,0,20016", text("0,180"), yes},
		{"GeoDistance", "0,0,20015", text("0,180"), no},
		{"GeoDistance", "0,0,1", text("0, 0"), unknown},
		{"GeoDistance", "0,0,1", text("0,0,0"), unknown},
		{"GeoDistance", "0,0,1", text("0"), unknown},
		{"GeoDistance", "0,0,1", text("+0,0"), unknown},
		{"GeoDistance", "0,0,1", text("NaN,0"), unknown},
		{"GeoDistance", "0,0,1", text("0,180.1"), unknown},
		{"GeoDistance", "0,0,1", text("-90.5,0"), unknown},
		{"GeoDistance", "0,0,1", number("0"), unknown},
		{"GeoDistance", "0,0,1", absent, no},

		// Regions.
		{"GeoWithinRegion", "47,5,55,15", text("52.52,13.405"), yes},
		{"GeoWithinRegion", "47,5,55,15", text("47,5"), yes},
		{"GeoWithinRegion", "47,5,55,15", text("46.999,5"), no},
		{"GeoWithinRegion", "-20,176,-12,-178", text("-17,180"), yes},
		{"GeoWithinRegion", "-20,176,-12,-178", text("-17,0"), no},
		{"GeoWithinRegion", "0,170,1,180", text("0,-180"), yes},
		{"GeoWithinRegion", "square", text("10,10"), yes},
		{"GeoWithinRegion", "fiji", text("-17,-179"), yes},
		{"GeoWithinRegion", "ell", text("2,6"), yes},
		{"GeoWithinRegion", "ell", text("6,6"), no},
		{"GeoWithinRegion", "ell", text("4,4"), yes},
		{"GeoWithinRegion", "ell", text("0,0"), yes},
		{"GeoWithinRegion", "wedge", text("0,-180"), yes},
		{"GeoWithinRegion", "wedge", text("0,159"), no},
		{"GeoWithinRegion", "square", text("here"), unknown},
		{"GeoWithinRegion", "square", absent, no},

		// Digests.
		{"HashEquals", aliceDigest, text("alice"), yes},
		{"HashEquals", "sha256:" + strings.ToUpper(aliceDigest[7:]), text("alice"), yes},
		{"HashEquals", aliceDigest, text("Alice"), no},
		{"HashEquals", aliceDigest, text(strings.Repeat("alice", 1000)), no},
		{"HashEquals", aliceDigest, number("1"), unknown},
		{"HashEquals", aliceDigest, scalars(conditions.Bool(true)), unknown},
		{"HashEquals", aliceDigest, absent, no},
	}
	for _, tt := range tests {
		s := mustCompile(t, clause(tt.operator, "k", tt.policy))
		if got := s.Eval(with("k", tt.value)); got != tt.want {
			t.Errorf("%s %q of %.80q = %v, want %v", tt.operator, tt.policy, fmt.Sprint(tt.value), got, tt.want)
		}
	}
}

// TestExtraModifiers is every modifier of every operator beyond IAM's, over what a
// request can hold: a hit, a miss and what cannot be read.
func TestExtraModifiers(t *testing.T) {
	s := conditions.String
	tests := map[string]struct{ policy, hit, miss, unreadable string }{
		"RegexMatch":                 {"a+", "aa", "b", "\xff"},
		"RegexNotMatch":              {"a+", "b", "aa", "\xff"},
		"SemanticVersionEquals":      {"1.0.0", "1.0.0+b", "1.0.1", "1"},
		"SemanticVersionLessThan":    {"1.0.0", "1.0.0-rc", "1.0.0", "1"},
		"SemanticVersionGreaterThan": {"1.0.0", "1.0.1-rc", "1.0.0", "1"},
		"JsonPathEquals":             {"$.a == 1", `{"a":1}`, `{"a":2}`, "{"},
		"GeoDistance":                {"0,0,100", "0,0.5", "0,1", "0,N"},
		"GeoWithinRegion":            {"square", "5,5", "11,5", "5"},
		"HashEquals":                 {aliceDigest, "alice", "bob", ""},
	}
	for operator, tt := range tests {
		hit, miss, dark := s(tt.hit), s(tt.miss), s(tt.unreadable)
		if operator == "HashEquals" {
			dark = conditions.Number("1")
		}
		negated := operator == "RegexNotMatch"
		for _, row := range []struct {
			name                       string
			value                      conditions.Value
			plain, exists, all, anyOne conditions.Tri
		}{
			{"absent", absent, conditions.Of(negated), yes, yes, no},
			{"empty list", scalars(), conditions.Of(negated), yes, yes, no},
			{"incomplete", incomplete, unknown, unknown, unknown, unknown},
			{"object", object, unknown, unknown, unknown, unknown},
			{"hit", conditions.One(hit), yes, yes, yes, yes},
			{"miss", conditions.One(miss), no, no, no, no},
			{"unreadable", conditions.One(dark), unknown, unknown, unknown, unknown},
			{"two hits", scalars(hit, hit), unknown, unknown, yes, yes},
			{"hit and miss", scalars(hit, miss), unknown, unknown, no, yes},
			{"hit and unreadable", scalars(hit, dark), unknown, unknown, unknown, yes},
			{"unreadable and miss", scalars(dark, miss), unknown, unknown, no, unknown},
		} {
			for name, want := range map[string]conditions.Tri{
				operator: row.plain, operator + "IfExists": row.exists,
				"ForAllValues:" + operator: row.all, "ForAllValues:" + operator + "IfExists": row.all,
				"ForAnyValue:" + operator: row.anyOne, "ForAnyValue:" + operator + "IfExists": row.anyOne,
			} {
				if got := mustCompile(t, clause(name, "k", tt.policy)).Eval(with("k", row.value)); got != want {
					t.Errorf("%s, %s = %v, want %v", name, row.name, got, want)
				}
			}
		}
	}
}

func TestExtraRefusals(t *testing.T) {
	const (
		pattern, version, path = "Type mismatch regular expression", "Type mismatch version", "Type mismatch JSONPath"
		distance, region       = "Type mismatch distance", "Type mismatch region"
		digest, variable       = "Type mismatch digest", "Invalid variable for operator"
	)
	tests := []struct{ operator, value, rule, reason string }{
		{"RegexMatch", "(", pattern, "missing closing )"},
		{"RegexMatch", "a)|(?:b", pattern, "unexpected )"},
		{"RegexMatch", `a\`, pattern, "trailing backslash"},
		{"RegexMatch", `(a)\1`, pattern, "invalid escape"},
		{"RegexMatch", "(?=a)", pattern, "Perl syntax"},
		{"RegexMatch", "a{1001}", pattern, "invalid repeat count"},
		{"RegexMatch", "(a{30}){30}", pattern, "512 instructions"},
		{"RegexNotMatch", strings.Repeat("a", 1025), pattern, "1024 bytes"},
		{"RegexMatch", "${aws:username}", variable, "no policy variables"},
		{"SemanticVersionEquals", "1.2", version, "1.20.0"},
		{"SemanticVersionLessThan", "1.2.x", version, "1.20.0"},
		{"SemanticVersionGreaterThan", "${v}", variable, "no policy variables"},
		{"JsonPathEquals", "a == 1", path, `at byte 1: expected a path that begins with "$"`},
		{"JsonPathEquals", "$.a", path, `at byte 4: expected "." or "[" or "=="`},
		{"JsonPathEquals", "$.a ==", path, "expected a value"},
		{"JsonPathEquals", "$.a == x", path, "at byte 8: expected a value"},
		{"JsonPathEquals", "$.a == 01", path, "expected a value"},
		{"JsonPathEquals", "$.a == [1]", path, "expected a value"},
		{"JsonPathEquals", "$.a == 'x' ", path, "expected the end"},
		{"JsonPathEquals", "$.a === 1", path, "expected a value"},
		{"JsonPathEquals", "$. a == 1", path, "expected a name"},
		{"JsonPathEquals", "$.1a == 1", path, "expected a name"},
		{"JsonPathEquals", "$...a == 1", path, "expected a name"},
		{"JsonPathEquals", "$[] == 1", path, "at byte 3: expected a name in quotes, an index, a slice or *"},
		{"JsonPathEquals", "$[01] == 1", path, "leading zeros"},
		{"JsonPathEquals", "$[-0] == 1", path, "leading zeros"},
		{"JsonPathEquals", "$[-] == 1", path, "expected an integer"},
		{"JsonPathEquals", "$[9007199254740992] == 1", path, "below 2^53"},
		{"JsonPathEquals", "$[1:2:3:4] == 1", path, `expected "," or "]"`},
		{"JsonPathEquals", "$['a] == 1", path, "closing quote"},
		{"JsonPathEquals", `$['\x'] == 1`, path, "after a backslash"},
		{"JsonPathEquals", `$['\"'] == 1`, path, "after a backslash"},
		{"JsonPathEquals", `$['\ud800'] == 1`, path, "surrogate"},
		{"JsonPathEquals", `$['\udc00\ud800'] == 1`, path, "surrogate"},
		{"JsonPathEquals", `$['\u00g0'] == 1`, path, "hexadecimal"},
		{"JsonPathEquals", "$['\n'] == 1", path, "control character"},
		{"JsonPathEquals", "$[?@.a == 1] == 1", path, "filters are not supported"},
		{"JsonPathEquals", "$." + strings.Repeat("a", 1024) + "=1", path, "1024 bytes"},
		{"JsonPathEquals", "$.a == '${aws:username}'", variable, "no policy variables"},
		{"GeoDistance", "52.52,13.405", distance, "kilometres"},
		{"GeoDistance", "52.52, 13.405, 50", distance, "without blanks"},
		{"GeoDistance", "0,0,0", distance, "kilometres"},
		{"GeoDistance", "0,0,-1", distance, "kilometres"},
		{"GeoDistance", "0,0,20017", distance, "at most 20016"},
		{"GeoDistance", "0,0,1e400", distance, "kilometres"},
		{"GeoDistance", "90.1,0,1", distance, "kilometres"},
		{"GeoDistance", "0,-180.1,1", distance, "kilometres"},
		{"GeoWithinRegion", "1,0,0,1", region, "south,west,north,east"},
		{"GeoWithinRegion", "0,0,91,0", region, "south,west,north,east"},
		{"GeoWithinRegion", "0,0,1", region, "south,west,north,east"},
		{"GeoWithinRegion", "Square", "Unknown region", `no region "Square"`},
		{"GeoWithinRegion", "nowhere", "Unknown region", "neither a box nor a polygon"},
		{"GeoWithinRegion", "a line", "Unknown region", "neither a box nor a polygon"},
		{"GeoWithinRegion", "${region}", variable, "no policy variables"},
		{"HashEquals", aliceDigest[7:], digest, "sha256:"},
		{"HashEquals", "SHA256:" + aliceDigest[7:], digest, "sha256:"},
		{"HashEquals", aliceDigest + "00", digest, "64 hexadecimal digits"},
		{"HashEquals", "sha256:" + strings.Repeat("zz", 32), digest, "64 hexadecimal digits"},
		{"HashEquals", "md5:d41d8cd98f00b204e9800998ecf8427e", digest, "sha256:"},
	}
	for _, tt := range tests {
		if p := wantProblem(t, tt.rule, clause(tt.operator, "k", tt.value)); !strings.Contains(p.Reason, tt.reason) {
			t.Errorf("%s %q: %q; expected %q in it", tt.operator, tt.value, p.Reason, tt.reason)
		}
	}
	for operator, rule := range map[string]string{
		"RegexMatch": pattern, "SemanticVersionEquals": version, "JsonPathEquals": path, "GeoDistance": distance, "GeoWithinRegion": region, "HashEquals": digest,
	} {
		wantProblem(t, rule, typed(conditions.KindNumber, operator, "k", "5"))
		wantProblem(t, rule, typed(conditions.KindBool, operator, "k", "true"))
	}
}

// TestExtraPlaces checks that a problem is reported at the value that has it.
func TestExtraPlaces(t *testing.T) {
	place := strictjson.Place{File: "p.json", Line: 7, Column: 3, Pointer: "/Statement/0/Condition/GeoWithinRegion/k/1"}
	c := clause("GeoWithinRegion", "k", "square", "atlantis")
	c.Values[1].Place = place
	if p := wantProblem(t, "Unknown region", c); p.Place != place {
		t.Errorf("reported at %v", p.Place)
	}
	if _, problems := conditions.Compile([]conditions.Clause{clause("GeoWithinRegion", "k", "square")}, true); len(problems) != 1 {
		t.Errorf("a region without an environment: %v", problems)
	}
}

func TestAbsentIsUnknown(t *testing.T) {
	for operator, want := range map[string]conditions.Tri{
		"StringEquals": no, "StringNotEquals": unknown, "StringNotEqualsIfExists": yes, "StringEqualsIfExists": yes, "NotIpAddress": unknown,
		"ForAllValues:StringEquals": unknown, "ForAllValues:StringNotEquals": unknown, "ForAnyValue:StringEquals": no, "ForAnyValue:StringNotEquals": no,
		"Null": yes, "RegexNotMatch": unknown, "ForAllValues:Null": yes,
	} {
		value := "true"
		if operator == "NotIpAddress" {
			value = "10.0.0.0/8"
		}
		c := clause(operator, "k", value)
		c.AbsentIsUnknown = true
		if got := mustCompile(t, c).Eval(with()); got != want {
			t.Errorf("%s of an absent key = %v, want %v", operator, got, want)
		}
		if got, want := mustCompile(t, c).Eval(with("k", text("x"))), mustCompile(t, clause(operator, "k", value)).Eval(with("k", text("x"))); got != want {
			t.Errorf("%s of a key that is there = %v, want %v", operator, got, want)
		}
	}
}

// TestBlocksMayRepeatKeys is riam's list of conditions.
func TestBlocksMayRepeatKeys(t *testing.T) {
	a, b := clause("StringLike", "Team", "a*"), clause("StringLike", "team", "*z")
	wantProblem(t, "Duplicate keys with different case", a, b)
	b.Block = 1
	s := mustCompile(t, a, b)
	for value, want := range map[string]conditions.Tri{"az": yes, "a": no, "z": no} {
		if got := s.Eval(with("team", text(value))); got != want {
			t.Errorf("%s = %v, want %v", value, got, want)
		}
	}
}

// TestGeoProperties: distance does not depend on direction, a whole turn of the
// longitude is nothing, and a box is the polygon of its corners.
func TestGeoProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		latitude, longitude := rapid.IntRange(-90, 90), rapid.IntRange(-180, 180)
		a := fmt.Sprintf("%d,%d", latitude.Draw(t, "latitude a"), longitude.Draw(t, "longitude a"))
		b := fmt.Sprintf("%d,%d", latitude.Draw(t, "latitude b"), longitude.Draw(t, "longitude b"))
		km := rapid.IntRange(1, 20016).Draw(t, "km")
		there := mustCompile(t, clause("GeoDistance", "k", fmt.Sprintf("%s,%d.5", a, km-1))).Eval(with("k", text(b)))
		back := mustCompile(t, clause("GeoDistance", "k", fmt.Sprintf("%s,%d.5", b, km-1))).Eval(with("k", text(a)))
		if there != back || there == unknown {
			t.Fatalf("%d km from %s to %s: %v, back %v", km, a, b, there, back)
		}
		south, west := latitude.Draw(t, "south"), longitude.Draw(t, "west")
		north, east := rapid.IntRange(south, 90).Draw(t, "north"), rapid.IntRange(west, 180).Draw(t, "east")
		corner := func(latitude, longitude int) conditions.Point {
			return conditions.Point{Latitude: float64(latitude), Longitude: float64(longitude)}
		}
		env := &conditions.Environment{Regions: map[string]conditions.Area{"r": {Polygon: []conditions.Point{
			corner(south, west), corner(south, east), corner(north, east), corner(north, west),
		}}}}
		polygon, problems := conditions.CompileIn(env, []conditions.Clause{clause("GeoWithinRegion", "k", "r")}, true)
		box := mustCompile(t, clause("GeoWithinRegion", "k", fmt.Sprintf("%d,%d,%d,%d", south, west, north, east)))
		if got, want := polygon.Eval(with("k", text(a))), box.Eval(with("k", text(a))); len(problems) > 0 || got != want {
			t.Fatalf("%s in %d,%d,%d,%d: the polygon says %v, the box %v", a, south, west, north, east, got, want)
		}
	})
}

// TestHaversine knows some distances.
func TestHaversine(t *testing.T) {
	for _, tt := range []struct {
		from, to string
		km       float64
	}{
		{"0,0", "0,1", 111.195}, {"0,0", "0,180", 20015.115}, {"90,0", "-90,0", 20015.115}, {"52.52,13.405", "48.137,11.575", 504.2}, {"51.5,-0.12", "40.71,-74", 5570},
	} {
		for off, want := range map[float64]conditions.Tri{1.001: yes, 0.999: no} {
			km := math.Min(tt.km*off, 20016)
			s := mustCompile(t, clause("GeoDistance", "k", fmt.Sprintf("%s,%.3f", tt.from, km)))
			if got := s.Eval(with("k", text(tt.to))); got != want {
				t.Errorf("%s to %s within %.3f km = %v", tt.from, tt.to, km, got)
			}
		}
	}
}
