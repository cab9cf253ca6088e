package door

import (
	"strconv"
	"strings"

	"github.com/mayi-authz/mayi/conditions"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// maxKeyDepth is how deep a tree is made into keys; what lies below is incomplete.
const maxKeyDepth = 64

// A flattener makes a tree of JSON into one key for each of its nodes: the
// prefix and the node's JSON pointer without its first slash. It makes only the
// keys that a policy asks for.
type flattener struct {
	ctx   *conditions.Context
	needs func(foldedPrefix string) bool
}

// node adds the key of a node and those below it. name is the node's own key.
func (f *flattener) node(name string, n *strictjson.Node, depth int) {
	if !f.needs(conditions.Fold(name)) {
		return
	}
	add(f.ctx, name, conditions.FromJSON(n))
	switch n.Kind {
	case strictjson.Object, strictjson.Array:
		f.children(name+"/", n, depth)
	case 0: // not readable, so what is below is not known either
		f.ctx.MarkIncomplete(name + "/")
	}
}

// children adds the keys below a node, all beginning with prefix.
func (f *flattener) children(prefix string, n *strictjson.Node, depth int) {
	if len(n.Items)+len(n.Members) == 0 || !f.needs(conditions.Fold(prefix)) {
		return
	}
	if depth >= maxKeyDepth {
		f.ctx.MarkIncomplete(prefix)
		return
	}
	for i, item := range n.Items {
		f.node(prefix+strconv.Itoa(i), item, depth+1)
	}
	twice := foldedTwice(n)
	for _, m := range n.Members {
		name := prefix + escapePointer(m.Name)
		if twice[conditions.Fold(m.Name)] {
			f.ctx.Set(name, conditions.Incomplete())
			f.ctx.MarkIncomplete(name + "/")
			continue
		}
		f.node(name, m.Value, depth+1)
	}
}

// foldedTwice returns the folded names that more than one member has: a
// condition could not tell which of them it asks for.
func foldedTwice(n *strictjson.Node) map[string]bool {
	seen := make(map[string]bool, len(n.Members))
	for _, m := range n.Members {
		folded := conditions.Fold(m.Name)
		_, again := seen[folded]
		seen[folded] = again
	}
	return seen
}

func escapePointer(name string) string {
	if strings.IndexByte(name, '~') < 0 && strings.IndexByte(name, '/') < 0 {
		return name
	}
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

// add sets a key. Two sources that name the same key leave it incomplete.
func add(ctx *conditions.Context, name string, v conditions.Value) {
	if v.IsAbsent() {
		return
	}
	if !ctx.Add(name, v) {
		ctx.Set(name, conditions.Incomplete())
	}
}
