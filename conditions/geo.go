package conditions

import (
	"math"
	"strconv"
	"strings"
)

// earthRadius is the mean radius of the Earth in kilometres (IUGG), with which the
// distance of two places is at most 0.6 % from that on the ellipsoid.
const earthRadius = 6371.0088

// maxDistance is about half the way round the Earth; no place is farther.
const maxDistance = 20016

// parseNumbers reads exactly as many numbers as there are in into, in JSON's
// grammar, with a comma and nothing else between them.
func parseNumbers(s string, into []float64) bool {
	for i := range into {
		field, rest, more := strings.Cut(s, ",")
		_, ok := parseDecimal(field)
		if !ok || more != (i < len(into)-1) {
			return false
		}
		v, err := strconv.ParseFloat(field, 64)
		if err != nil {
			return false
		}
		into[i], s = v, rest
	}
	return true
}

// parsePoint reads "latitude,longitude".
func parsePoint(s Scalar) (p Point, ok bool) {
	var n [2]float64
	if s.kind != KindString || !parseNumbers(s.text, n[:]) {
		return Point{}, false
	}
	p = Point{Latitude: n[0], Longitude: n[1]}
	return p, p.onEarth()
}

func (p Point) onEarth() bool {
	return math.Abs(p.Latitude) <= 90 && math.Abs(p.Longitude) <= 180
}

// distance returns the great-circle distance in kilometres by the haversine formula.
func (p Point) distance(q Point) float64 {
	const radian = math.Pi / 180
	latitude := math.Sin((q.Latitude - p.Latitude) * radian / 2)
	longitude := math.Sin((q.Longitude - p.Longitude) * radian / 2)
	h := latitude*latitude + math.Cos(p.Latitude*radian)*math.Cos(q.Latitude*radian)*longitude*longitude
	return 2 * earthRadius * math.Asin(math.Sqrt(min(h, 1)))
}

// A circle is all places that are at most so many kilometres from its center.
type circle struct {
	center Point
	radius float64
}

func parseCircle(s string) (c circle, ok bool) {
	var n [3]float64
	if !parseNumbers(s, n[:]) {
		return circle{}, false
	}
	c = circle{center: Point{Latitude: n[0], Longitude: n[1]}, radius: n[2]}
	return c, c.center.onEarth() && 0 < c.radius && c.radius <= maxDistance
}

// circles matches a place that is in any of several circles.
type circles []circle

func (m circles) match(s Scalar) Tri {
	p, ok := parsePoint(s)
	if !ok {
		return Unknown
	}
	for i := range m {
		if m[i].center.distance(p) <= m[i].radius {
			return True
		}
	}
	return False
}

func buildDistance(b *builder) {
	var m circles
	for i := range b.clause.Values {
		l := &b.clause.Values[i]
		if c, ok := parseCircle(l.Text); ok && l.Kind == KindString {
			m = append(m, c)
			continue
		}
		b.mismatch(l, "Type mismatch distance",
			`"latitude,longitude,kilometres" such as "52.52,13.405,50", without blanks, of at most 20016 km`)
	}
	b.fixed = m
}
