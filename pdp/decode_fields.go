package pdp

import (
	"fmt"
	"strings"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// A decoder collects every problem of one document.
type decoder struct {
	problems []*strictjson.Error
	places   strictjson.Places
	lists    []Text // what textList hands out next
	sids     map[string]int
}

// textList returns an empty list that has room for n texts. Most lists of a policy
// hold one or two, so that lists share memory.
func (d *decoder) textList(n int) []Text {
	const most = 64
	if n > len(d.lists) {
		d.lists = make([]Text, max(n, min(2*cap(d.lists), most), 8))
	}
	list := d.lists[:0:n]
	d.lists = d.lists[n:]
	return list
}

func (d *decoder) errorf(n *strictjson.Node, rule, format string, args ...any) {
	d.problems = append(d.problems, n.Errorf(rule, format, args...))
}

// kindName is how messages call a JSON type.
func kindName(k strictjson.Kind) string {
	switch k {
	case strictjson.Null:
		return "null"
	case strictjson.Bool:
		return "a boolean"
	case strictjson.Number:
		return "a number"
	case strictjson.String:
		return "a string"
	case strictjson.Array:
		return "a list"
	case strictjson.Object:
		return "an object"
	}
	return "nothing"
}

// is reports whether n has the kind; if not, that is a problem.
func (d *decoder) is(n *strictjson.Node, want strictjson.Kind, what string) bool {
	if n.Kind == want {
		return true
	}
	d.errorf(n, ruleDataType, "%s is %s; expected %s", what, kindName(n.Kind), kindName(want))
	return false
}

// text reads a string that may not be empty.
func (d *decoder) text(n *strictjson.Node, what string) (Text, bool) {
	if !d.is(n, strictjson.String, what) {
		return Text{}, false
	}
	if n.Text == "" {
		d.errorf(n, ruleEmptyString, "%s is an empty string", what)
		return Text{}, false
	}
	return Text{Text: n.Text, Place: d.places.Of(n)}, true
}

// texts reads IAM's "string or list of strings": never empty.
func (d *decoder) texts(n *strictjson.Node, what, emptyRule string) []Text {
	if n.Kind == strictjson.String {
		if t, ok := d.text(n, what); ok {
			return append(d.textList(1), t)
		}
		return nil
	}
	if n.Kind != strictjson.Array {
		d.errorf(n, ruleDataType, "%s is %s; expected a string or a list of strings", what, kindName(n.Kind))
		return nil
	}
	if len(n.Items) == 0 {
		d.errorf(n, emptyRule, "%s is an empty list, so that the statement would never apply", what)
		return nil
	}
	return d.items(n, what)
}

// list reads a directory's list of strings, which may be empty.
func (d *decoder) list(n *strictjson.Node, what string) []Text {
	if !d.is(n, strictjson.Array, what) {
		return nil
	}
	return d.items(n, what)
}

func (d *decoder) items(n *strictjson.Node, what string) []Text {
	all := d.textList(len(n.Items))
	for _, item := range n.Items {
		if item.Kind == strictjson.String && item.Text != "" {
			all = append(all, Text{Text: item.Text, Place: d.places.Of(item)})
			continue
		}
		d.text(item, "an element of "+what) // says what is wrong
	}
	return all
}

// unknown refuses a field, by name.
func (d *decoder) unknown(m strictjson.Member, what, expected string) {
	d.errorf(m.Value, ruleUnknownField, "%s has no field %q%s; expected %s", what, m.Name, didYouMean(m.Name, expected), expected)
}

// didYouMean finds name among the comma-separated expected ones but for its case.
func didYouMean(name, expected string) string {
	for e := range strings.SplitSeq(expected, ", ") {
		if strings.EqualFold(e, name) {
			return fmt.Sprintf(" (did you mean %q?)", e)
		}
	}
	return ""
}

// tags reads an object of strings whose names stay different when folded.
func (d *decoder) tags(n *strictjson.Node, what string) map[string]string {
	if !d.is(n, strictjson.Object, what) {
		return nil
	}
	tags := make(map[string]string, len(n.Members))
	folded := make(map[string]string, len(n.Members))
	for _, m := range n.Members {
		switch first, dup := folded[conditions.Fold(m.Name)]; {
		case m.Name == "":
			d.errorf(m.Value, ruleInvalidName, "%s have a tag without a name", what)
		case dup:
			d.errorf(m.Value, ruleDifferentCase, "tags %q and %q differ only in case", first, m.Name)
		case d.is(m.Value, strictjson.String, fmt.Sprintf("tag %q", m.Name)):
			folded[conditions.Fold(m.Name)] = m.Name
			tags[m.Name] = m.Value.Text
		}
	}
	return tags
}
