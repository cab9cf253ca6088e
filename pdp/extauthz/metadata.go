package extauthz

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// metadata is Envoy's metadata by namespace, read when somebody asks: what the
// bytes of a struct are was checked before. Typed metadata is not read.
type metadata struct {
	m    *message
	list []namespace
}

func (d *metadata) Namespaces() []string {
	names := make([]string, len(d.list))
	for i, n := range d.list {
		names[i] = n.name
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (d *metadata) Namespace(name string) *strictjson.Node {
	for _, n := range slices.Backward(d.list) { // of equal ones the last counts
		if n.name != name {
			continue
		}
		s := &structpb.Struct{}
		if proto.Unmarshal([]byte(strings.Join(d.m.parts[n.from:n.to], "")), s) != nil {
			return &strictjson.Node{}
		}
		return structNode(s, 0)
	}
	return nil
}

// maxMetadataDepth is how deep metadata is read; what lies below is unreadable.
const maxMetadataDepth = 64

func structNode(s *structpb.Struct, depth int) *strictjson.Node {
	if depth >= maxMetadataDepth {
		return &strictjson.Node{}
	}
	fields := s.GetFields()
	n := &strictjson.Node{Kind: strictjson.Object, Members: make([]strictjson.Member, 0, len(fields))}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		n.Members = append(n.Members, strictjson.Member{Name: name, Value: valueNode(fields[name], depth+1)})
	}
	return n
}

// valueNode makes a node of a value. A value of no kind, and a number that its
// double cannot hold exactly, are nodes of kind 0: there, and unreadable.
func valueNode(v *structpb.Value, depth int) *strictjson.Node {
	switch v := v.GetKind().(type) {
	case *structpb.Value_NullValue:
		return &strictjson.Node{Kind: strictjson.Null}
	case *structpb.Value_BoolValue:
		return &strictjson.Node{Kind: strictjson.Bool, Text: strconv.FormatBool(v.BoolValue)}
	case *structpb.Value_StringValue:
		return &strictjson.Node{Kind: strictjson.String, Text: v.StringValue}
	case *structpb.Value_NumberValue:
		return numberNode(v.NumberValue)
	case *structpb.Value_StructValue:
		return structNode(v.StructValue, depth)
	case *structpb.Value_ListValue:
		if depth >= maxMetadataDepth {
			return &strictjson.Node{}
		}
		n := &strictjson.Node{Kind: strictjson.Array}
		for _, item := range v.ListValue.GetValues() {
			n.Items = append(n.Items, valueNode(item, depth+1))
		}
		return n
	}
	return &strictjson.Node{}
}

func numberNode(f float64) *strictjson.Node {
	if math.IsNaN(f) || math.Abs(f) >= 1<<53 {
		return &strictjson.Node{}
	}
	format := byte('f')
	if f != 0 && math.Abs(f) < 1e-6 {
		format = 'g'
	}
	return &strictjson.Node{Kind: strictjson.Number, Text: strconv.FormatFloat(f, format, -1, 64)}
}
