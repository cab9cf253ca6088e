package conditions

import (
	"math"
	"strings"
)

// parseBox reads "south,west,north,east".
func parseBox(s string) (*Box, bool) {
	var n [4]float64
	if !parseNumbers(s, n[:]) {
		return nil, false
	}
	b := &Box{South: n[0], West: n[1], North: n[2], East: n[3]}
	corners := Point{b.South, b.West}.onEarth() && Point{b.North, b.East}.onEarth()
	return b, corners && b.South <= b.North
}

// contains reports whether a place is in the area or on its border. Longitudes 180
// and -180 are one meridian.
func (a *Area) contains(p Point) bool {
	if a.containsAt(p) {
		return true
	}
	if math.Abs(p.Longitude) != 180 {
		return false
	}
	p.Longitude = -p.Longitude
	return a.containsAt(p)
}

func (a *Area) containsAt(p Point) bool {
	if a.Box != nil {
		return a.Box.contains(p)
	}
	return polygonContains(a.Polygon, p)
}

func (b *Box) contains(p Point) bool {
	if p.Latitude < b.South || b.North < p.Latitude {
		return false
	}
	if b.West > b.East {
		return b.West <= p.Longitude || p.Longitude <= b.East
	}
	return b.West <= p.Longitude && p.Longitude <= b.East
}

// polygonContains counts how often the way east from p crosses an edge: an odd
// number of times from inside.
func polygonContains(corners []Point, p Point) bool {
	inside := false
	for i := range corners {
		a, b := corners[i], corners[(i+1)%len(corners)]
		if onEdge(p, a, b) {
			return true
		}
		if (a.Latitude > p.Latitude) == (b.Latitude > p.Latitude) {
			continue
		}
		at := a.Longitude + (p.Latitude-a.Latitude)/(b.Latitude-a.Latitude)*(b.Longitude-a.Longitude)
		if p.Longitude < at {
			inside = !inside
		}
	}
	return inside
}

func onEdge(p, a, b Point) bool {
	cross := (b.Longitude-a.Longitude)*(p.Latitude-a.Latitude) - (b.Latitude-a.Latitude)*(p.Longitude-a.Longitude)
	return cross == 0 &&
		min(a.Latitude, b.Latitude) <= p.Latitude && p.Latitude <= max(a.Latitude, b.Latitude) &&
		min(a.Longitude, b.Longitude) <= p.Longitude && p.Longitude <= max(a.Longitude, b.Longitude)
}

// areas matches a place that is in any of several areas.
type areas []Area

func (m areas) match(s Scalar) Tri {
	p, ok := parsePoint(s)
	if !ok {
		return Unknown
	}
	for i := range m {
		if m[i].contains(p) {
			return True
		}
	}
	return False
}

// buildRegion compiles the operator whose values are boxes or names of regions: a
// value with a comma is a box.
func buildRegion(b *builder) {
	var m areas
	for i := range b.clause.Values {
		l := &b.clause.Values[i]
		box, isBox := parseBox(l.Text)
		switch {
		case isBox && l.Kind == KindString:
			m = append(m, Area{Box: box})
		case l.Kind != KindString || strings.Contains(l.Text, ",") || strings.Contains(l.Text, "${"):
			b.mismatch(l, "Type mismatch region",
				`the name of a region, or "south,west,north,east" in degrees such as "47.2,5.8,55.1,15.1", without blanks`)
		default:
			if a, ok := b.region(l); ok {
				m = append(m, a)
			}
		}
	}
	b.fixed = m
}

// region finds a named region.
func (b *builder) region(l *Literal) (Area, bool) {
	var a Area
	var known bool
	if b.environment != nil {
		a, known = b.environment.Regions[l.Text]
	}
	switch {
	case !known:
		b.refuse(l.Place, "Unknown region", "%s: no region %.80q; expected the name of one in a resources document, or a box", b.clause.Operator, l.Text)
	case a.Box == nil && len(a.Polygon) < 3:
		b.refuse(l.Place, "Unknown region", "%s: region %.80q is neither a box nor a polygon", b.clause.Operator, l.Text)
	default:
		return a, true
	}
	return Area{}, false
}
