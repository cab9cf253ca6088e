package pdp

import (
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// bundleFormat is the one format of bundles there is.
const bundleFormat = 1

const manifestFields = "name, format, unattached, allow_empty"

func (d *decoder) manifest(root *strictjson.Node) *Manifest {
	m := &Manifest{Format: bundleFormat, Place: root.Place()}
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
		if d.is(f.Value, strictjson.Bool, "allow_empty") {
			m.AllowEmpty = f.Value.Text == "true"
		}
	case "serial", "expiry", "star_crosses_tenants", "suspended_membership":
		d.later(f, "a manifest")
	default:
		d.unknown(f, "a manifest", manifestFields)
	}
}
