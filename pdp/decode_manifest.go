package pdp

import (
	"math"

	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// bundleFormat is the one format of bundles there is.
const bundleFormat = 1

const manifestFields = "name, format, serial, expiry, unattached, allow_empty, star_crosses_tenants, suspended_membership"

func (d *decoder) manifest(root *strictjson.Node) *Manifest {
	m := &Manifest{Format: bundleFormat, Place: d.places.Of(root)}
	for _, top := range root.Members {
		if top.Name != "bundle" {
			d.unknown(top, "a manifest", "bundle")
			continue
		}
		if d.is(top.Value, strictjson.Object, "bundle") {
			for _, f := range top.Value.Members {
				d.manifestField(m, f)
			}
		}
	}
	return m
}

func (d *decoder) manifestField(m *Manifest, f strictjson.Member) {
	switch f.Name {
	case "name":
		if t, ok := d.text(f.Value, "the bundle's name"); ok {
			m.Name = t.Text
		}
	case "format":
		if d.is(f.Value, strictjson.Number, "format") && f.Value.Text != "1" {
			d.errorf(f.Value, ruleInvalidFormat, "the bundle's format is %s; this version reads format %d", f.Value.Text, bundleFormat)
		}
	case "unattached":
		m.Unattached = d.list(f.Value, "unattached")
	case "allow_empty":
		m.AllowEmpty = d.flag(f.Value, "allow_empty")
	case "serial":
		m.Serial = d.whole(f.Value, "serial", 0, math.MaxInt64)
	case "expiry":
		m.Expiry = d.instant(f.Value, "expiry")
	case "star_crosses_tenants":
		m.StarCrossesTenants = d.flag(f.Value, "star_crosses_tenants")
	case "suspended_membership":
		m.SuspendedFallsThrough = d.word(f.Value, "suspended_membership", "block", "fall_through").Text == "fall_through"
	default:
		d.unknown(f, "a manifest", manifestFields)
	}
}
