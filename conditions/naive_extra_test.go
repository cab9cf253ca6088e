package conditions_test

import (
	"crypto/sha256"
	"fmt"
	"math"
	"math/big"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/theory/jsonpath"

	"github.com/mayi-authz/mayi/conditions"
)

// naiveExtra is the slow twin of the operators that IAM does not have. ok is false
// for every other operator.
func naiveExtra(operator string, s conditions.Scalar, want string) (met conditions.Tri, ok bool) {
	isString := s.Kind() == conditions.KindString
	known := func(readable, met bool) (conditions.Tri, bool) {
		if !readable {
			return conditions.Unknown, true
		}
		return conditions.Of(met), true
	}
	switch operator {
	case "RegexMatch":
		text, ok := naiveText(s)
		return known(ok && len(text) <= 4096 && utf8.ValidString(text), naiveWhole(want, text))
	case "SemanticVersionEquals", "SemanticVersionLessThan", "SemanticVersionGreaterThan":
		order, ok := naiveCompareVersions(s.Text(), want)
		if !ok {
			return conditions.Unknown, true
		}
		return naiveOrder(strings.TrimPrefix(operator, "SemanticVersion"), order), true
	case "JsonPathEquals":
		return naiveJSONPath(s, want), true
	case "GeoDistance":
		p, ok := naiveNumbers(s.Text(), 2)
		ok = ok && isString && math.Abs(p[0]) <= 90 && math.Abs(p[1]) <= 180
		w, _ := naiveNumbers(want, 3)
		return known(ok, ok && naiveDistance(p, w) <= w[2])
	case "GeoWithinRegion":
		p, ok := naiveNumbers(s.Text(), 2)
		ok = ok && isString && math.Abs(p[0]) <= 90 && math.Abs(p[1]) <= 180
		return known(ok, ok && naiveWithin(want, p))
	case "HashEquals":
		sum := sha256.Sum256([]byte(s.Text()))
		return known(isString, fmt.Sprintf("sha256:%x", sum) == strings.ToLower(want))
	}
	return conditions.Unknown, false
}

// naiveWhole: the longest of the matches that begin first is the whole text.
func naiveWhole(pattern, text string) bool {
	re := regexp.MustCompile(pattern)
	re.Longest()
	at := re.FindStringIndex(text)
	return at != nil && at[0] == 0 && at[1] == len(text)
}

// semverSyntax is the expression that semver.org recommends, with "v" in front.
var semverSyntax = regexp.MustCompile(`^v?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)` +
	`(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?` +
	`(?:\+([0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*))?$`)

var digitsOnly = regexp.MustCompile(`^[0-9]+$`)

// naiveCompareVersions compares by rule 11 of semver.org.
func naiveCompareVersions(a, b string) (order int, ok bool) {
	x, y := semverSyntax.FindStringSubmatch(a), semverSyntax.FindStringSubmatch(b)
	if x == nil || y == nil {
		return 0, false
	}
	part := func(p, q string) int {
		m, n := new(big.Int), new(big.Int)
		switch pIs, qIs := digitsOnly.MatchString(p), digitsOnly.MatchString(q); {
		case pIs && qIs:
			m.SetString(p, 10)
			n.SetString(q, 10)
			return m.Cmp(n)
		case pIs:
			return -1
		case qIs:
			return 1
		}
		return strings.Compare(p, q)
	}
	for i := 1; i <= 3; i++ {
		if c := part(x[i], y[i]); c != 0 {
			return c, true
		}
	}
	if (x[4] == "") != (y[4] == "") {
		if x[4] == "" {
			return 1, true
		}
		return -1, true
	}
	p, q := strings.Split(x[4], "."), strings.Split(y[4], ".")
	for i := range min(len(p), len(q)) {
		if c := part(p[i], q[i]); c != 0 {
			return c, true
		}
	}
	return len(p) - len(q), true
}

var querySyntax = regexp.MustCompile(`(?s)^(\$.*?)[ \t\r\n]*==?[ \t\r\n]*('[^'\\]*'|"[^"\\]*"|[-+.0-9a-zA-Z]+)$`)

// naiveJSONPath asks another implementation of RFC 9535.
func naiveJSONPath(s conditions.Scalar, want string) conditions.Tri {
	m := querySyntax.FindStringSubmatch(want)
	text := jsontext.Value(s.Text())
	if m == nil || s.Kind() != conditions.KindString || !text.IsValid() {
		return conditions.Unknown
	}
	result := conditions.False
	for _, node := range jsonpath.MustParse(m[1]).Select(naiveTree(s.Text())) {
		result = result.Or(naiveNodeEquals(node, m[2]))
	}
	return result
}

func naiveNodeEquals(node any, literal string) conditions.Tri {
	number, isNumber := node.(naiveJSONNumber)
	switch {
	case literal[0] == '\'' || literal[0] == '"':
		return conditions.Of(node == literal[1:len(literal)-1])
	case literal == "null":
		return conditions.Of(node == nil)
	case literal == "true" || literal == "false":
		return conditions.Of(node == (literal == "true"))
	case !isNumber:
		return conditions.False
	}
	x, ok := naiveNumber(string(number))
	y, _ := naiveNumber(literal)
	if !ok {
		return conditions.Unknown
	}
	return conditions.Of(x.Cmp(y) == 0)
}

type naiveJSONNumber string

func naiveTree(text string) any {
	dec := jsontext.NewDecoder(strings.NewReader(text))
	var value func() any
	value = func() any {
		token, _ := dec.ReadToken()
		switch token.Kind() {
		case 't', 'f':
			return token.Bool()
		case '"':
			return token.String()
		case '0':
			return naiveJSONNumber(token.String())
		case '[':
			list := []any{}
			for dec.PeekKind() != ']' {
				list = append(list, value())
			}
			dec.ReadToken()
			return list
		case '{':
			object := map[string]any{}
			for dec.PeekKind() != '}' {
				name, _ := dec.ReadToken()
				key := name.String()
				object[key] = value()
			}
			dec.ReadToken()
			return object
		}
		return nil
	}
	return value()
}

func naiveNumbers(text string, n int) (list []float64, ok bool) {
	fields := strings.Split(text, ",")
	for _, field := range fields {
		r, ok := naiveNumber(field)
		if !ok {
			return nil, false
		}
		f, _ := r.Float64()
		list = append(list, f)
	}
	return list, len(fields) == n
}

// naiveDistance is the angle between two vectors, times the radius.
func naiveDistance(p, q []float64) float64 {
	if p[0] == q[0] && p[1] == q[1] {
		return 0
	}
	vector := func(p []float64) [3]float64 {
		a, b := p[0]*math.Pi/180, p[1]*math.Pi/180
		return [3]float64{math.Cos(a) * math.Cos(b), math.Cos(a) * math.Sin(b), math.Sin(a)}
	}
	a, b := vector(p), vector(q)
	cross := math.Sqrt(math.Pow(a[1]*b[2]-a[2]*b[1], 2) + math.Pow(a[2]*b[0]-a[0]*b[2], 2) + math.Pow(a[0]*b[1]-a[1]*b[0], 2))
	return 6371.0088 * math.Atan2(cross, a[0]*b[0]+a[1]*b[1]+a[2]*b[2])
}

func naiveWithin(want string, p []float64) bool {
	area := world.Regions[want]
	if n, ok := naiveNumbers(want, 4); ok {
		area = conditions.Area{Box: &conditions.Box{South: n[0], West: n[1], North: n[2], East: n[3]}}
	}
	in := naiveInArea(area, p[0], p[1])
	if math.Abs(p[1]) == 180 {
		in = in || naiveInArea(area, p[0], -p[1])
	}
	return in
}

func naiveInArea(area conditions.Area, latitude, longitude float64) bool {
	if b := area.Box; b != nil {
		width, at := b.East-b.West, longitude-b.West
		if width < 0 {
			width += 360
		}
		if at < 0 {
			at += 360
		}
		return b.South <= latitude && latitude <= b.North && at <= width
	}
	// Exact winding number.
	winding := 0
	for i, a := range area.Polygon {
		b := area.Polygon[(i+1)%len(area.Polygon)]
		rat := func(x, y float64) *big.Rat {
			return new(big.Rat).Sub(new(big.Rat).SetFloat64(x), new(big.Rat).SetFloat64(y))
		}
		side := new(big.Rat).Mul(rat(b.Longitude, a.Longitude), rat(latitude, a.Latitude)).
			Cmp(new(big.Rat).Mul(rat(b.Latitude, a.Latitude), rat(longitude, a.Longitude)))
		onLatitudes := min(a.Latitude, b.Latitude) <= latitude && latitude <= max(a.Latitude, b.Latitude)
		onLongitudes := min(a.Longitude, b.Longitude) <= longitude && longitude <= max(a.Longitude, b.Longitude)
		switch {
		case side == 0 && onLatitudes && onLongitudes:
			return true
		case a.Latitude <= latitude && b.Latitude > latitude && side > 0:
			winding++
		case a.Latitude > latitude && b.Latitude <= latitude && side < 0:
			winding--
		}
	}
	return winding%2 != 0
}
