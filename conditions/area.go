package conditions

// An Area is a region of the Earth in degrees (WGS 84). Exactly one form is set.
type Area struct {
	Box     *Box
	Polygon []Point // at least three corners; an edge is straight in degrees
}

// A Box runs from South to North and from West eastward to East, so that one with
// West > East crosses the antimeridian.
type Box struct{ South, West, North, East float64 }

// A Point is a place.
type Point struct{ Latitude, Longitude float64 }

// An Environment is what conditions may refer to beside the request. The zero
// Environment holds nothing.
type Environment struct {
	Regions map[string]Area // by name, for GeoWithinRegion
}
