package extauthz

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"github.com/rogpeppe/go-internal/txtar"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/structpb"
)

// The table knows every text and every message that a CheckRequest may hold: what
// is not in it would be skipped unread where the generated code reads it.
func TestSchema(t *testing.T) {
	type visit struct {
		s *schema
		m protoreflect.FullName
	}
	seen := map[visit]bool{}
	var compare func(where string, s *schema, m protoreflect.MessageDescriptor)
	compare = func(where string, s *schema, m protoreflect.MessageDescriptor) {
		if seen[visit{s, m.FullName()}] {
			return
		}
		seen[visit{s, m.FullName()}] = true
		for number := 1; number < 2000; number++ {
			fd, f := m.Fields().ByNumber(protowire.Number(number)), field{}
			if number < len(s.fields) {
				f = s.fields[number]
			}
			if fd == nil {
				if f.kind != unknown {
					t.Errorf("%s: field %d is not there", where, number)
				}
				continue
			}
			at, want := where+"."+string(fd.Name()), unknown
			switch {
			case fd.IsMap():
				want = entry
			case fd.Kind() == protoreflect.MessageKind:
				want = embedded
			case fd.Kind() == protoreflect.StringKind:
				want = text
			case fd.Kind() == protoreflect.BytesKind:
				want = octets
			case fd.Kind() == protoreflect.DoubleKind:
				want = fixed64
			default:
				want = varint
			}
			if f.kind != want {
				t.Errorf("%s: kind %d, want %d", at, f.kind, want)
			} else if fd.Message() != nil {
				compare(at, f.sub, fd.Message())
			}
		}
	}
	compare("CheckRequest", checkRequest, (&authv3.CheckRequest{}).ProtoReflect().Descriptor())
}

// same decodes bytes in both ways and reports what differs.
func same(t *testing.T, m *message, wire []byte) (ok bool) {
	t.Helper()
	want := &authv3.CheckRequest{}
	err := proto.Unmarshal(wire, want)
	m.reset()
	if ok := m.decode(wire, string(wire)); ok != (err == nil) {
		t.Errorf("%x: read %t, proto.Unmarshal says %v", wire, ok, err)
		return false
	}
	if err != nil {
		return false
	}
	a := want.GetAttributes()
	h := a.GetRequest().GetHttp()
	for to, want := range map[slot]string{
		sourceAddress:     a.GetSource().GetAddress().GetSocketAddress().GetAddress(),
		sourcePrincipal:   a.GetSource().GetPrincipal(),
		sourceCertificate: a.GetSource().GetCertificate(),
		localAddress:      a.GetDestination().GetAddress().GetSocketAddress().GetAddress(),
		localPrincipal:    a.GetDestination().GetPrincipal(),
		serverName:        a.GetTlsSession().GetSni(),
		httpMethod:        h.GetMethod(),
		httpPath:          h.GetPath(),
		httpHost:          h.GetHost(),
		httpScheme:        h.GetScheme(),
		httpQuery:         h.GetQuery(),
		httpFragment:      h.GetFragment(),
		httpProtocol:      h.GetProtocol(),
		httpBody:          h.GetBody(),
		httpRawBody:       string(h.GetRawBody()),
	} {
		if m.texts[to] != want {
			t.Errorf("%x: text %d is %q, want %q", wire, to, m.texts[to], want)
		}
	}
	for to, want := range map[slot]uint32{
		sourcePort: a.GetSource().GetAddress().GetSocketAddress().GetPortValue(),
		localPort:  a.GetDestination().GetAddress().GetSocketAddress().GetPortValue(),
	} {
		if uint32(m.numbers[to]) != want {
			t.Errorf("%x: number %d is %d, want %d", wire, to, m.numbers[to], want)
		}
	}
	if int64(m.numbers[httpSize]) != h.GetSize() || m.http != (h != nil) {
		t.Errorf("%x: size %d, want %d; http %t", wire, m.numbers[httpSize], h.GetSize(), m.http)
	}
	for i, of := range []*corev3.Address{a.GetSource().GetAddress(), a.GetDestination().GetAddress()} {
		kind := addressNone
		switch of.GetAddress().(type) {
		case *corev3.Address_SocketAddress:
			kind = addressSocket
		case *corev3.Address_Pipe:
			kind = addressPipe
		case *corev3.Address_EnvoyInternalAddress:
			kind = addressInternal
		}
		if m.address[i] != kind {
			t.Errorf("%x: address %d is of kind %d, want %d", wire, i, m.address[i], kind)
		}
	}
	sameHeaders(t, m, wire, h)
	if !maps.Equal(m.extensions, a.GetContextExtensions()) {
		t.Errorf("%x: extensions %q, want %q", wire, m.extensions, a.GetContextExtensions())
	}
	sameMetadata(t, m, m.namespaces, a.GetMetadataContext().GetFilterMetadata())
	sameMetadata(t, m, m.routeNamespaces, a.GetRouteMetadataContext().GetFilterMetadata())
	return !t.Failed()
}

func sameHeaders(t *testing.T, m *message, wire []byte, h *authv3.AttributeContext_HttpRequest) {
	headers := map[string]string{}
	for _, p := range m.headers {
		headers[p.name] = p.value
	}
	if !maps.Equal(headers, h.GetHeaders()) {
		t.Errorf("%x: headers %q, want %q", wire, headers, h.GetHeaders())
	}
	if !slices.EqualFunc(m.lines, h.GetHeaderMap().GetHeaders(), func(l line, v *corev3.HeaderValue) bool {
		return l.name == v.GetKey() && l.value == v.GetValue() && l.raw == string(v.GetRawValue())
	}) {
		t.Errorf("%x: lines %q, want %v", wire, m.lines, h.GetHeaderMap())
	}
}

func sameMetadata(t *testing.T, m *message, have []namespace, want map[string]*structpb.Struct) {
	got := map[string]*structpb.Struct{}
	for _, n := range have {
		s := &structpb.Struct{}
		if err := proto.Unmarshal([]byte(strings.Join(m.parts[n.from:n.to], "")), s); err != nil {
			t.Errorf("namespace %q: %v", n.name, err)
		}
		got[n.name] = s
	}
	// Deterministic bytes, because proto.Equal says of NaN that it differs from itself.
	bytes := func(s *structpb.Struct) string {
		b, err := proto.MarshalOptions{Deterministic: true}.Marshal(s)
		return fmt.Sprint(b, err)
	}
	if !maps.EqualFunc(got, want, func(a, b *structpb.Struct) bool { return bytes(a) == bytes(b) }) {
		t.Errorf("metadata %v, want %v", got, want)
	}
}

// A scribe writes CheckRequests as nobody does: fields twice, messages in parts,
// in any order, of the wrong type, unknown, cut off, with bytes that are no text.
type scribe struct {
	*rand.Rand
	broken int // one in so many things is wrong; 0 is none
}

func (s *scribe) wrong() bool { return s.broken > 0 && s.IntN(s.broken) == 0 }

var scribbles = []string{"", "a", "shop.example", "é", ":path", "GET", "10.0.0.1", "\x00", "content-type", strings.Repeat("long ", 40)}

func (s *scribe) message(m protoreflect.MessageDescriptor, depth int) []byte {
	var b []byte
	fields := m.Fields()
	for range s.IntN(5) {
		if depth > 12 {
			break
		}
		b = s.field(b, fields.Get(s.IntN(fields.Len())), depth)
		if s.IntN(12) == 0 {
			b = s.stranger(b)
		}
	}
	if s.wrong() && len(b) > 0 {
		b = b[:s.IntN(len(b))]
	}
	return b
}

func (s *scribe) field(b []byte, fd protoreflect.FieldDescriptor, depth int) []byte {
	number := fd.Number()
	if s.wrong() {
		return s.any(b, number, protowire.Type(s.IntN(8)))
	}
	switch fd.Kind() {
	case protoreflect.MessageKind:
		b = protowire.AppendTag(b, number, protowire.BytesType)
		b = protowire.AppendBytes(b, s.message(fd.Message(), depth+1))
		if s.IntN(3) == 0 { // in two parts
			b = protowire.AppendTag(b, number, protowire.BytesType)
			b = protowire.AppendBytes(b, s.message(fd.Message(), depth+1))
		}
		return b
	case protoreflect.StringKind, protoreflect.BytesKind:
		return s.any(b, number, protowire.BytesType)
	case protoreflect.DoubleKind:
		return s.any(b, number, protowire.Fixed64Type)
	}
	return s.any(b, number, protowire.VarintType)
}

// stranger adds a field that no schema has.
func (s *scribe) stranger(b []byte) []byte {
	number := []protowire.Number{15, 16, 1000, protowire.MaxValidNumber}[s.IntN(4)]
	if s.wrong() {
		return protowire.AppendVarint(b, s.Uint64()>>s.IntN(64))
	}
	return s.any(b, number, []protowire.Type{0, 1, 2, 3, 5}[s.IntN(5)])
}

func (s *scribe) any(b []byte, number protowire.Number, typ protowire.Type) []byte {
	b = protowire.AppendTag(b, number, typ)
	switch typ {
	case protowire.VarintType:
		b = protowire.AppendVarint(b, s.Uint64()>>s.IntN(64))
	case protowire.Fixed64Type:
		b = protowire.AppendFixed64(b, s.Uint64())
	case protowire.Fixed32Type:
		b = protowire.AppendFixed32(b, s.Uint32())
	case protowire.BytesType:
		value := scribbles[s.IntN(len(scribbles))]
		if s.wrong() {
			value = "\xff" + value
		}
		b = protowire.AppendString(b, value)
		if s.wrong() {
			b = b[:len(b)-min(1, len(value))]
		}
	case protowire.StartGroupType:
		b = s.any(b, number, []protowire.Type{0, 1, 2, 5}[s.IntN(4)])
		if s.wrong() {
			number++
		}
		b = protowire.AppendTag(b, number, protowire.EndGroupType)
	}
	return b
}

// Whatever is written is read as the generated code reads it, into a message that
// was used before.
func TestDecodeIsUnmarshal(t *testing.T) {
	descriptor := (&authv3.CheckRequest{}).ProtoReflect().Descriptor()
	m, read := &message{}, 0
	const rounds = 3000
	for seed := range uint64(rounds) {
		s := &scribe{rand.New(rand.NewPCG(seed, 5)), []int{0, 300, 40}[seed%3]}
		var wire []byte
		for range 1 + s.IntN(4) {
			wire = protowire.AppendTag(wire, 1, protowire.BytesType)
			wire = protowire.AppendBytes(wire, s.message(descriptor.Fields().Get(0).Message(), 0))
		}
		if same(t, m, wire) {
			read++
		}
		if t.Failed() {
			t.Fatal("seed", seed)
		}
	}
	if read < rounds/3 || read == rounds {
		t.Errorf("%d of %d could be read: the scribe writes too badly or too well", read, rounds)
	}
}

// A message within itself is read as deep as the generated code reads it.
func TestDepth(t *testing.T) {
	for _, list := range []bool{false, true} {
		read := map[bool]int{}
		deepest := 3331 // each level of a struct is three messages, of a list two
		if list {
			deepest = 4996
		}
		for levels := deepest; levels <= deepest+1; levels++ {
			value := protowire.AppendFixed64(protowire.AppendTag(nil, 2, protowire.Fixed64Type), 0)
			for range levels {
				if list {
					value = nested(6, nested(1, value))
				} else {
					value = nested(5, nested(1, nested(2, value)))
				}
			}
			read[same(t, &message{}, nested(1, nested(11, nested(1, nested(2, nested(1, nested(2, value)))))))]++
		}
		if read[true] == 0 || read[false] == 0 {
			t.Errorf("lists %t: the limit is elsewhere: %v", list, read)
		}
	}
}

func nested(number protowire.Number, b []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType), b)
}

// stories returns the requests of testdata/check as they come over the wire.
func stories(t testing.TB) (wires [][]byte) {
	files, err := filepath.Glob("testdata/check/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(archive.Files); i += 2 {
			req := &authv3.CheckRequest{}
			if err := protojson.Unmarshal(archive.Files[i].Data, req); err != nil {
				t.Fatal(err)
			}
			wire, err := proto.Marshal(req)
			if err != nil {
				t.Fatal(err)
			}
			wires = append(wires, wire)
		}
	}
	return wires
}

// FuzzDecode holds the decoder against proto.Unmarshal.
func FuzzDecode(f *testing.F) {
	for _, wire := range stories(f) {
		f.Add(wire)
	}
	descriptor := (&authv3.CheckRequest{}).ProtoReflect().Descriptor()
	for seed := range uint64(50) {
		s := &scribe{rand.New(rand.NewPCG(seed, 7)), int(seed%3) * 60}
		f.Add(s.message(descriptor, 0))
	}
	m := &message{}
	f.Fuzz(func(t *testing.T, wire []byte) { same(t, m, wire) })
}

// A message that was large does not stay so.
func TestResetGivesBack(t *testing.T) {
	m := &message{}
	var big []byte
	for i := range keptHeaders + 1 {
		entry := append(nested(1, fmt.Append(nil, i)), nested(2, []byte("v"))...)
		big = append(big, nested(1, append(nested(4, nested(2, nested(3, entry))), nested(10, entry)...))...)
	}
	if !m.decode(big, string(big)) || len(m.headers) <= keptHeaders || len(m.extensions) <= keptExtensions {
		t.Fatal("does not read it")
	}
	if m.reset(); cap(m.headers) > 0 || m.extensions != nil || m.text != "" {
		t.Errorf("keeps %d headers", cap(m.headers))
	}
	small := stories(t)[0]
	m.decode(small, string(small))
	if m.reset(); cap(m.headers) == 0 || m.headers[:1][0] != (pair{}) || m.texts != [textSlots]string{} {
		t.Error("keeps texts, or no room")
	}
}
