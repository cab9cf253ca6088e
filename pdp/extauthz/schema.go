package extauthz

import "google.golang.org/protobuf/encoding/protowire"

// The messages that make up a CheckRequest, as far as they have fields that may
// not be skipped unread: texts, which must be valid UTF-8, and other messages. The
// table is held against the generated code by a test, so that a field that a later
// Envoy adds is seen.

// A schema is one message: its fields by number.
type schema struct{ fields [16]field }

// A field says what is done with one field of a message.
type field struct {
	kind kind
	to   slot    // of texts and numbers: where the value goes
	sub  *schema // of messages
	// begin is called before the field is read, end once it was. Both may be nil.
	begin, end func(*message)
}

// A kind is how a field stands on the wire. A field that stands there in any other
// way is unknown, as everywhere in protobuf.
type kind uint8

const (
	unknown kind = iota
	text         // a string
	octets
	varint
	fixed64
	embedded // another message
	entry    // one of a map, which is a message too
)

func (k kind) wire() protowire.Type {
	switch k {
	case varint:
		return protowire.VarintType
	case fixed64:
		return protowire.Fixed64Type
	}
	return protowire.BytesType
}

// A slot is where the last value of a text or number is kept.
type slot uint8

const (
	unread slot = iota
	sourceAddress
	sourcePrincipal
	sourceCertificate
	localAddress
	localPrincipal
	serverName
	httpMethod
	httpPath
	httpHost
	httpScheme
	httpQuery
	httpFragment
	httpProtocol
	httpBody
	httpRawBody
	// Of the map entry or header line at hand.
	entryKey
	entryValue
	entryRaw
	textSlots
)

const (
	sourcePort slot = iota + 1
	localPort
	httpSize
	numberSlots
)

// checkRequest is the schema of envoy.service.auth.v3.CheckRequest.
var checkRequest = &schema{[16]field{
	1: {kind: embedded, sub: &schema{[16]field{ // AttributeContext
		1:  {kind: embedded, sub: peerSchema(source)},
		2:  {kind: embedded, sub: peerSchema(destination)},
		4:  {kind: embedded, sub: requestSchema},
		10: mapOf(text, nil, (*message).extension),
		11: {kind: embedded, sub: metadataSchema((*message).namespace)},
		12: {kind: embedded, sub: &schema{[16]field{1: {kind: text, to: serverName}}}},
		13: {kind: embedded, sub: metadataSchema((*message).routeNamespace)},
	}}},
}}

// mapOf is a map from strings. Its entry begins empty: parts that are missing are
// not those of the entry before.
func mapOf(value kind, sub *schema, end func(*message)) field {
	v := field{kind: value, to: entryValue, sub: sub}
	if value == embedded {
		v.end = (*message).part
	}
	return field{
		kind: entry, begin: (*message).newEntry, end: end,
		sub: &schema{[16]field{1: {kind: text, to: entryKey}, 2: v}},
	}
}

// The two ends of a connection.
type side uint8

const (
	source side = iota
	destination
)

func peerSchema(of side) *schema {
	address, principal, certificate := sourceAddress, sourcePrincipal, sourceCertificate
	port := sourcePort
	if of == destination {
		address, principal, certificate, port = localAddress, localPrincipal, unread, localPort
	}
	// An address is one of three: the last one holds, whole, and one that is there
	// already is merged with.
	one := func(is addressKind) func(*message) {
		return func(m *message) {
			if m.address[of] != is {
				m.address[of], m.texts[address], m.numbers[port] = is, "", 0
			}
		}
	}
	socket := &schema{[16]field{
		1: {kind: varint},
		2: {kind: text, to: address},
		3: {kind: varint, to: port},
		4: {kind: text, begin: func(m *message) { m.numbers[port] = 0 }}, // a name in the port's place
		5: {kind: text},
		6: {kind: varint},
		7: {kind: text},
	}}
	pipe := &schema{[16]field{1: {kind: text}, 2: {kind: varint}}}
	internal := &schema{[16]field{1: {kind: text}, 2: {kind: text}}}
	return &schema{[16]field{
		1: {kind: embedded, sub: &schema{[16]field{
			1: {kind: embedded, sub: socket, begin: one(addressSocket)},
			2: {kind: embedded, sub: pipe, begin: one(addressPipe)},
			3: {kind: embedded, sub: internal, begin: one(addressInternal)},
		}}},
		2: {kind: text},
		3: mapOf(text, nil, nil),
		4: {kind: text, to: principal},
		5: {kind: text, to: certificate},
	}}
}

var requestSchema = &schema{[16]field{
	1: {kind: embedded, sub: &schema{[16]field{1: {kind: varint}, 2: {kind: varint}}}}, // Timestamp
	2: {kind: embedded, begin: (*message).isHTTP, sub: &schema{[16]field{
		1:  {kind: text},
		2:  {kind: text, to: httpMethod},
		3:  mapOf(text, nil, (*message).header),
		4:  {kind: text, to: httpPath},
		5:  {kind: text, to: httpHost},
		6:  {kind: text, to: httpScheme},
		7:  {kind: text, to: httpQuery},
		8:  {kind: text, to: httpFragment},
		9:  {kind: varint, to: httpSize},
		10: {kind: text, to: httpProtocol},
		11: {kind: text, to: httpBody},
		12: {kind: octets, to: httpRawBody},
		13: {kind: embedded, sub: &schema{[16]field{ // HeaderMap
			1: {kind: embedded, begin: (*message).newEntry, end: (*message).line, sub: &schema{[16]field{
				1: {kind: text, to: entryKey},
				2: {kind: text, to: entryValue},
				3: {kind: octets, to: entryRaw},
			}}},
		}}},
	}}},
}}

// metadataSchema is that of Metadata. What its structs hold is only checked; they
// are kept as they stand, and read if somebody asks.
func metadataSchema(end func(*message)) *schema {
	anything := &schema{[16]field{1: {kind: text}, 2: {kind: octets}}}
	return &schema{[16]field{
		1: mapOf(embedded, structSchema(), end),
		2: {kind: entry, sub: &schema{[16]field{1: {kind: text}, 2: {kind: embedded, sub: anything}}}},
	}}
}

// structSchema is that of google.protobuf.Struct, which holds itself.
func structSchema() *schema {
	object, value, list := &schema{}, &schema{}, &schema{}
	object.fields[1] = field{kind: entry, sub: &schema{[16]field{1: {kind: text}, 2: {kind: embedded, sub: value}}}}
	list.fields[1] = field{kind: embedded, sub: value}
	value.fields = [16]field{
		1: {kind: varint}, 2: {kind: fixed64}, 3: {kind: text}, 4: {kind: varint},
		5: {kind: embedded, sub: object}, 6: {kind: embedded, sub: list},
	}
	return object
}
