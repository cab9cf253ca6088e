package pdp

import (
	"strings"

	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// knownResources checks the resources of all documents against each other and the
// directory.
func (k *checker) knownResources() {
	first := make(map[string]strictjson.Place)
	for _, doc := range k.c.docs {
		if doc.Resources == nil {
			continue
		}
		for i := range doc.Resources.Resources {
			r := &doc.Resources.Resources[i]
			if reason := checkDocumentID(r.ID.Text); reason != "" {
				k.c.errorf(r.ID.Place, ruleInvalidID, "%s", reason)
				continue
			}
			if place, dup := first[r.ID.Text]; dup {
				k.c.errorf(r.ID.Place, ruleDuplicateID, "%s is at %s too", called("resource", r.ID), place)
				continue
			}
			first[r.ID.Text] = r.ID.Place
			k.owner("resource", r.ID, r.Tenant)
			if reason := checkDocumentID(r.Owner.Text); r.Owner.Text != "" && reason != "" {
				k.c.errorf(r.Owner.Place, ruleInvalidID, "%s", reason)
			}
		}
	}
}

// regions checks the named regions, which conditions may refer to.
func (k *checker) regions() {
	first := make(map[string]strictjson.Place)
	for _, doc := range k.c.docs {
		if doc.Resources == nil {
			continue
		}
		for _, r := range doc.Resources.Regions {
			name := r.Name.Text
			if place, dup := first[name]; dup {
				k.c.errorf(r.Name.Place, ruleDuplicate, "region %q is at %s too", name, place)
				continue
			}
			if name == "" || strings.Contains(name, ",") || strings.Contains(name, "${") {
				k.c.errorf(r.Name.Place, ruleInvalidName, `region %q is empty or holds "," or "${", so that no condition could name it`, name)
			}
			if (r.Area.Box == nil) == (len(r.Area.Polygon) == 0) {
				k.c.errorf(r.Name.Place, ruleInvalidRegion, "region %q is not exactly one of a box and a polygon", name)
			}
			first[name] = r.Name.Place
		}
	}
}
