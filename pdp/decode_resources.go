package pdp

import (
	"fmt"
	"strings"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

const (
	resourcesFields = "resources, regions"
	resourceFields  = "tenant, owner, type, tags"
)

func (d *decoder) resources(root *strictjson.Node) *Resources {
	r := &Resources{Place: d.places.Of(root)}
	for _, m := range root.Members {
		switch m.Name {
		case "resources":
			d.each(m, func(e strictjson.Member) { r.Resources = append(r.Resources, d.resource(e)) })
		case "regions":
			if d.is(m.Value, strictjson.Object, "regions") {
				for _, e := range m.Value.Members {
					r.Regions = append(r.Regions, d.region(e))
				}
			}
		default:
			d.unknown(m, "a resources document", resourcesFields)
		}
	}
	return r
}

func (d *decoder) resource(e strictjson.Member) KnownResource {
	r := KnownResource{ID: d.id(e.Value, e.Name)}
	for _, m := range e.Value.Members {
		switch v := m.Value; m.Name {
		case "tenant":
			if t, ok := d.text(v, "tenant"); ok {
				r.Tenant = t
				if t.Text != shared {
					d.checkTenant(t)
				}
			}
		case "owner":
			if t, ok := d.text(v, "owner"); ok {
				r.Owner = t
				d.checkID(t)
			}
		case "type":
			r.Type, _ = d.text(v, "type")
		case "tags":
			r.Tags = d.tags(v, "tags")
		default:
			d.unknown(m, "a resource", resourceFields)
		}
	}
	return r
}

// region reads a box, [south, west, north, east], or a polygon, [[latitude,
// longitude], …].
func (d *decoder) region(e strictjson.Member) Region {
	r := Region{Name: Text{Text: e.Name, Place: d.places.Of(e.Value)}}
	switch {
	case e.Name == "":
		d.errorf(e.Value, ruleInvalidName, "a region has an empty name")
	case strings.Contains(e.Name, ",") || strings.Contains(e.Name, "${"):
		d.errorf(e.Value, ruleInvalidName, `region %q holds "," or "${", so that no condition could name it`, e.Name)
	}
	if !d.is(e.Value, strictjson.Array, fmt.Sprintf("region %q", e.Name)) {
		return r
	}
	before := len(d.problems)
	switch items := e.Value.Items; {
	case len(items) > 0 && items[0].Kind == strictjson.Array:
		corners := make([]conditions.Point, len(items))
		for i, n := range items {
			corners[i] = d.corner(n, i)
		}
		if len(d.problems) == before {
			d.polygon(e.Value, corners)
		}
		r.Area.Polygon = corners
	case len(items) == 4:
		box := &conditions.Box{
			South: d.degrees(items[0], "south", 90), West: d.degrees(items[1], "west", 180),
			North: d.degrees(items[2], "north", 90), East: d.degrees(items[3], "east", 180),
		}
		if len(d.problems) == before && (box.South >= box.North || box.West == box.East) {
			d.errorf(e.Value, ruleInvalidRegion, "the box [south %v, west %v, north %v, east %v] holds no area", box.South, box.West, box.North, box.East)
		}
		r.Area.Box = box
	default:
		d.errorf(e.Value, ruleInvalidRegion, "region %q has %d elements; expected a box, [south, west, north, east], or a polygon, [[latitude, longitude], …]", e.Name, len(items))
	}
	return r
}

func (d *decoder) corner(n *strictjson.Node, i int) conditions.Point {
	what := fmt.Sprintf("corner %d", i)
	if !d.is(n, strictjson.Array, what) {
		return conditions.Point{}
	}
	if len(n.Items) != 2 {
		d.errorf(n, ruleInvalidRegion, "%s has %d elements; expected [latitude, longitude]", what, len(n.Items))
		return conditions.Point{}
	}
	return conditions.Point{
		Latitude:  d.degrees(n.Items[0], "the latitude of "+what, 90),
		Longitude: d.degrees(n.Items[1], "the longitude of "+what, 180),
	}
}

// polygon checks what cannot be meant: no area, a corner twice (so also a ring
// that is closed by hand), and an edge across the antimeridian, which straight in
// degrees would run the other way around the Earth.
func (d *decoder) polygon(n *strictjson.Node, corners []conditions.Point) {
	if len(corners) < 3 {
		d.errorf(n, ruleInvalidRegion, "a polygon has %d corners; expected at least 3", len(corners))
		return
	}
	first := make(map[conditions.Point]int, len(corners))
	area := 0.0
	for i, p := range corners {
		if j, dup := first[p]; dup {
			d.errorf(n.Items[i], ruleInvalidRegion, "corner %d is corner %d again; a polygon closes by itself", i, j)
			return
		}
		first[p] = i
		q := corners[(i+1)%len(corners)]
		if p.Longitude-q.Longitude > 180 || q.Longitude-p.Longitude > 180 {
			d.errorf(n.Items[i], ruleInvalidRegion, "the edge from corner %d spans more than 180 degrees of longitude; split the polygon at the antimeridian, or use a box", i)
			return
		}
		area += p.Longitude*q.Latitude - q.Longitude*p.Latitude
	}
	if area == 0 {
		d.errorf(n, ruleInvalidRegion, "all corners of the polygon stand on one line, so that it holds no area")
	}
}
