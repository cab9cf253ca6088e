package conditions

import "github.com/mayi-authz/mayi/pdp/strictjson"

// FromJSON returns what a condition sees of a parsed JSON value: null and [] are
// absent; an object, and whatever in a list is no scalar, is there and cannot be
// read. A node of kind 0 cannot be read either.
func FromJSON(n *strictjson.Node) Value {
	switch n.Kind {
	case strictjson.Null:
		return Absent()
	case strictjson.Array:
		list := make([]Scalar, len(n.Items))
		for i, item := range n.Items {
			list[i] = scalarFromJSON(item)
		}
		return Many(list)
	}
	return One(scalarFromJSON(n))
}

func scalarFromJSON(n *strictjson.Node) Scalar {
	switch n.Kind {
	case strictjson.String:
		return String(n.Text)
	case strictjson.Number:
		return Number(n.Text)
	case strictjson.Bool:
		return Bool(n.Text == "true")
	}
	return Unreadable()
}
