package strictjson

// Kind is the JSON type of a Node.
type Kind uint8

// The JSON types. The zero Kind is none of them.
const (
	Null Kind = iota + 1
	Bool
	Number
	String
	Array
	Object
)

// A Node is one value of a parsed document. Nodes are immutable once Parse has
// returned them and may be read concurrently.
type Node struct {
	Kind    Kind
	Text    string   // String: the decoded text. Number: the literal as written. Bool: "true" or "false".
	Items   []*Node  // Array: its elements.
	Members []Member // Object: its members in document order; names are unique.

	doc    *document
	parent *Node
	index  int32 // among the parent's Items or Members
	offset int32 // of the value's first byte
}

// A Member is one name and value of an Object.
type Member struct {
	Name  string
	Value *Node
}

// Get returns the member's value, or nil if n is no object or has no such member.
// Names match exactly: no folding.
func (n *Node) Get(name string) *Node {
	if n == nil || n.Kind != Object {
		return nil
	}
	for i := range n.Members {
		if n.Members[i].Name == name {
			return n.Members[i].Value
		}
	}
	return nil
}
