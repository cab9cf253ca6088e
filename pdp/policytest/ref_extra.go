package policytest

import (
	"crypto/sha256"
	"encoding/hex"
	"math"
	"math/big"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/theory/jsonpath"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp"
)

// extraMeets applies the operators that IAM does not have, in their positive form.
// ok is false for every other operator.
func extraMeets(base string, got conditions.Scalar, want string, regions []pdp.Region) (met conditions.Tri, ok bool) {
	switch base {
	case "RegexMatch", "RegexNotMatch":
		return regexMeets(got, want), true
	case "SemanticVersionEquals", "SemanticVersionLessThan", "SemanticVersionGreaterThan":
		g, readable := parseSemver(got.Text())
		w, _ := parseSemver(want)
		if !readable {
			return conditions.Unknown, true
		}
		return ordered(base, g.compare(w)), true
	case "JsonPathEquals":
		return jsonPathMeets(got, want), true
	case "GeoDistance":
		return distanceMeets(got, want), true
	case "GeoWithinRegion":
		return regionMeets(got, want, regions), true
	case "HashEquals":
		sum := sha256.Sum256([]byte(got.Text()))
		return known(got.Kind() == conditions.KindString, "sha256:"+hex.EncodeToString(sum[:]) == lower(want)), true
	}
	return conditions.Unknown, false
}

// regexMeets: the longest match that begins first is the whole text, or none is.
func regexMeets(got conditions.Scalar, want string) conditions.Tri {
	text, ok := asText(got)
	if !ok || len(text) > 4096 || !utf8.ValidString(text) {
		return conditions.Unknown
	}
	pattern := regexp.MustCompile(want)
	pattern.Longest()
	at := pattern.FindStringIndex(text)
	return conditions.Of(at != nil && at[0] == 0 && at[1] == len(text))
}

// semverForm is the expression that semver.org recommends, with a "v" in front.
var semverForm = regexp.MustCompile(`^v?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)` +
	`(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?` +
	`(?:\+([0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*))?$`)

type semver struct {
	core       []string
	prerelease []string // nil: a release
}

func parseSemver(text string) (semver, bool) {
	m := semverForm.FindStringSubmatch(text)
	if m == nil {
		return semver{}, false
	}
	v := semver{core: m[1:4]}
	if m[4] != "" {
		v.prerelease = strings.Split(m[4], ".")
	}
	return v, true
}

// compare is semver.org's rule 11.
func (v semver) compare(w semver) int {
	for i := range v.core {
		if order := compareParts(v.core[i], w.core[i]); order != 0 {
			return order
		}
	}
	switch {
	case v.prerelease == nil && w.prerelease == nil:
		return 0
	case v.prerelease == nil:
		return 1
	case w.prerelease == nil:
		return -1
	}
	for i := range min(len(v.prerelease), len(w.prerelease)) {
		if order := compareParts(v.prerelease[i], w.prerelease[i]); order != 0 {
			return order
		}
	}
	return len(v.prerelease) - len(w.prerelease)
}

func compareParts(a, b string) int {
	x, numberA := new(big.Int).SetString(a, 10)
	y, numberB := new(big.Int).SetString(b, 10)
	numberA, numberB = numberA && a[0] != '-', numberB && b[0] != '-'
	switch {
	case numberA && numberB:
		return x.Cmp(y)
	case numberA:
		return -1
	case numberB:
		return 1
	}
	return strings.Compare(a, b)
}

// jsonPathForm cuts a policy value into path and literal: the last equals sign
// outside of a string stands between them, and a literal string has no escapes here.
var jsonPathForm = regexp.MustCompile(`^(\$.*?)[ \t\r\n]*==?[ \t\r\n]*('[^'\\]*'|"[^"\\]*"|[-+.0-9a-zA-Z]+)$`)

// jsonPathMeets: some node that the path selects equals the literal.
func jsonPathMeets(got conditions.Scalar, want string) conditions.Tri {
	m := jsonPathForm.FindStringSubmatch(want)
	document := jsontext.Value(got.Text())
	if m == nil || got.Kind() != conditions.KindString || len(document) > 65536 || !document.IsValid() {
		return conditions.Unknown
	}
	met := conditions.False
	for _, node := range jsonpath.MustParse(m[1]).Select(jsonTree(document)) {
		met = met.Or(jsonEquals(node, m[2]))
	}
	return met
}

// jsonTree is a document as the library takes it. Numbers keep their literals.
func jsonTree(document jsontext.Value) any {
	dec := jsontext.NewDecoder(strings.NewReader(string(document)))
	var value func() any
	value = func() any {
		token, _ := dec.ReadToken()
		switch token.Kind() {
		case 'n':
			return nil
		case 't', 'f':
			return token.Bool()
		case '"':
			return token.String()
		case '0':
			return conditions.Number(token.String())
		case '[':
			list := []any{}
			for dec.PeekKind() != ']' {
				list = append(list, value())
			}
			_, _ = dec.ReadToken()
			return list
		}
		object := make(map[string]any)
		for dec.PeekKind() != '}' {
			name, _ := dec.ReadToken()
			key := name.String()
			object[key] = value()
		}
		_, _ = dec.ReadToken()
		return object
	}
	return value()
}

func jsonEquals(node any, literal string) conditions.Tri {
	switch {
	case literal[0] == '\'' || literal[0] == '"':
		return conditions.Of(node == literal[1:len(literal)-1])
	case literal == "null":
		return conditions.Of(node == nil)
	case literal == "true" || literal == "false":
		return conditions.Of(node == (literal == "true"))
	}
	number, isNumber := node.(conditions.Scalar)
	if !isNumber {
		return conditions.False
	}
	g, ok := decimal(number.Text())
	w, _ := decimal(literal)
	return known(ok, ok && g.Cmp(w) == 0)
}

// numbers reads exactly n numbers with commas between them.
func numbers(text string, n int) ([]float64, bool) {
	fields := strings.Split(text, ",")
	var list []float64
	for _, field := range fields {
		exact, ok := decimal(field)
		if !ok {
			return nil, false
		}
		f, _ := exact.Float64()
		list = append(list, f)
	}
	return list, len(list) == n
}

// asPlace reads "latitude,longitude".
func asPlace(s conditions.Scalar) (conditions.Point, bool) {
	n, ok := numbers(s.Text(), 2)
	if !ok || s.Kind() != conditions.KindString {
		return conditions.Point{}, false
	}
	return conditions.Point{Latitude: n[0], Longitude: n[1]}, math.Abs(n[0]) <= 90 && math.Abs(n[1]) <= 180
}

// distanceMeets measures the angle between two places as seen from the center of
// the Earth.
func distanceMeets(got conditions.Scalar, want string) conditions.Tri {
	p, ok := asPlace(got)
	w, _ := numbers(want, 3)
	if !ok {
		return conditions.Unknown
	}
	vector := func(latitude, longitude float64) [3]float64 {
		latitude, longitude = latitude*math.Pi/180, longitude*math.Pi/180
		return [3]float64{math.Cos(latitude) * math.Cos(longitude), math.Cos(latitude) * math.Sin(longitude), math.Sin(latitude)}
	}
	a, b := vector(p.Latitude, p.Longitude), vector(w[0], w[1])
	dot := a[0]*b[0] + a[1]*b[1] + a[2]*b[2]
	cross := math.Hypot(math.Hypot(a[1]*b[2]-a[2]*b[1], a[2]*b[0]-a[0]*b[2]), a[0]*b[1]-a[1]*b[0])
	return conditions.Of(math.Atan2(cross, dot)*6371.0088 <= w[2])
}

// regionMeets: a place in a box or a named region, its border included.
func regionMeets(got conditions.Scalar, want string, regions []pdp.Region) conditions.Tri {
	p, ok := asPlace(got)
	if !ok {
		return conditions.Unknown
	}
	var area conditions.Area
	for _, r := range regions {
		if r.Name.Text == want {
			area = r.Area
		}
	}
	if n, isBox := numbers(want, 4); isBox {
		area = conditions.Area{Box: &conditions.Box{South: n[0], West: n[1], North: n[2], East: n[3]}}
	}
	antipode := p
	if math.Abs(p.Longitude) == 180 {
		antipode.Longitude = -p.Longitude
	}
	return conditions.Of(inArea(area, p) || inArea(area, antipode))
}

func inArea(area conditions.Area, p conditions.Point) bool {
	if b := area.Box; b != nil {
		east, west := p.Longitude <= b.East, p.Longitude >= b.West
		return p.Latitude >= b.South && p.Latitude <= b.North && (east && west || b.West > b.East && (east || west))
	}
	// The winding number, with exact arithmetic.
	winding := 0
	for i, a := range area.Polygon {
		b := area.Polygon[(i+1)%len(area.Polygon)]
		side := cross(a, b, p)
		switch {
		case side == 0 && between(a.Latitude, p.Latitude, b.Latitude) && between(a.Longitude, p.Longitude, b.Longitude):
			return true
		case a.Latitude <= p.Latitude && b.Latitude > p.Latitude && side > 0:
			winding++
		case a.Latitude > p.Latitude && b.Latitude <= p.Latitude && side < 0:
			winding--
		}
	}
	return winding%2 != 0
}

func between(a, x, b float64) bool { return min(a, b) <= x && x <= max(a, b) }

// cross says on which side of the line from a to b a place lies.
func cross(a, b, p conditions.Point) int {
	minus := func(x, y float64) *big.Rat {
		return new(big.Rat).Sub(new(big.Rat).SetFloat64(x), new(big.Rat).SetFloat64(y))
	}
	left := new(big.Rat).Mul(minus(b.Longitude, a.Longitude), minus(p.Latitude, a.Latitude))
	right := new(big.Rat).Mul(minus(b.Latitude, a.Latitude), minus(p.Longitude, a.Longitude))
	return left.Cmp(right)
}
