package strictjson_test

import (
	"testing"

	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// Nodes that no document was parsed into, such as those of a proxy's metadata,
// stand nowhere. Asking them where is no reason to panic.
func TestNodesMadeByHand(t *testing.T) {
	leaf := &strictjson.Node{Kind: strictjson.String, Text: "x"}
	root := &strictjson.Node{Kind: strictjson.Object, Members: []strictjson.Member{{Name: "a/b", Value: leaf}}}
	for name, n := range map[string]*strictjson.Node{"root": root, "below": root.Get("a/b"), "zero": {}} {
		if at := n.Place(); at != (strictjson.Place{}) || n.Pointer() != "" {
			t.Errorf("%s: stands at %+v, pointer %q", name, at, n.Pointer())
		}
		if err := n.Errorf("Rule", "%d wrong", 1); err.Error() != "Rule: 1 wrong" {
			t.Errorf("%s: %q", name, err.Error())
		}
	}
}

// A copy of a parsed node still knows where it stood.
func TestCopiesOfNodes(t *testing.T) {
	root, err := strictjson.Parse("f.json", []byte(`{"a": [1]}`), strictjson.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	c := *root.Get("a").Items[0]
	if at := c.Place().String(); at != "f.json:1:8 /a/0" {
		t.Errorf("stands at %s", at)
	}
}
