package unary

import (
	"encoding/binary"
	"strconv"

	"golang.org/x/net/http2"
)

// A table writes the header blocks of answers. They are always the same, so that
// they are written by hand: in full the first time, which puts their two fields into
// the peer's dynamic table, and by their index after that (RFC 7541): three bytes
// instead of 36, and less for the peer to read. A peer with a table smaller than the
// usual one gets them in full every time.
type table struct {
	entries int // in the peer's table
	content int // which of them is content-type, from 1; 0: none
	status  int // and which grpc-status
	none    bool
	shrink  bool // the next block has to say that none is used
}

// usualTable is the size of a table that nobody has said anything about.
const usualTable = 4096

func (t *table) resize(size uint32) {
	if size < usualTable && !t.none {
		t.none, t.shrink = true, true
	}
}

// The parts of header blocks, after RFC 7541, 6. In the static table :status 200 is
// 8 and content-type 31.
const (
	status200       = "\x88"
	contentLiteral  = "\x0f\x10\x10application/grpc"
	contentIndexing = "\x5f\x10application/grpc"
	grpcOKLiteral   = "\x00\x0bgrpc-status\x010"
	grpcOKIndexing  = "\x40\x0bgrpc-status\x010"
	tableSizeZero   = "\x20"
	newestIndexed   = 0x80 | 62

	flagsHeaders  = byte(http2.FlagHeadersEndHeaders)
	flagsTrailers = byte(http2.FlagHeadersEndHeaders | http2.FlagHeadersEndStream)
)

// begin appends the HEADERS of an answer.
func (t *table) begin(dst []byte, id uint32) []byte {
	at := len(dst)
	dst = append(t.open(dst), status200...)
	dst = t.known(dst, &t.content, contentLiteral, contentIndexing)
	putFrame(dst[at:], len(dst)-at-frameHeader, http2.FrameHeaders, flagsHeaders, id)
	return dst
}

// end appends the trailers of an answer.
func (t *table) end(dst []byte, id uint32) []byte {
	at := len(dst)
	dst = t.known(t.open(dst), &t.status, grpcOKLiteral, grpcOKIndexing)
	putFrame(dst[at:], len(dst)-at-frameHeader, http2.FrameHeaders, flagsTrailers, id)
	return dst
}

// open makes room for a frame's header and begins its block.
func (t *table) open(dst []byte) []byte {
	dst = append(dst, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	if t.shrink {
		t.shrink = false
		dst = append(dst, tableSizeZero...)
	}
	return dst
}

// known appends one of the two fields, and notes it if the peer gets to know it.
func (t *table) known(dst []byte, entry *int, literal, indexing string) []byte {
	switch {
	case t.none:
		return append(dst, literal...)
	case *entry == 0:
		t.entries++
		*entry = t.entries
		return append(dst, indexing...)
	}
	return append(dst, newestIndexed+byte(t.entries-*entry))
}

// fail appends an answer that is nothing but trailers.
func (t *table) fail(dst []byte, id uint32, f *failure) []byte {
	at := len(dst)
	dst = t.open(dst)
	if f.http == 200 {
		dst = append(dst, status200...)
	} else {
		dst = appendText(append(dst, 0x08), strconv.Itoa(f.http))
	}
	dst = append(dst, contentLiteral...)
	dst = appendText(append(dst, 0x00), "grpc-status")
	dst = appendText(dst, strconv.Itoa(int(f.code)))
	dst = appendText(append(dst, 0x00), "grpc-message")
	dst = appendText(dst, percentEncoded(f.message))
	putFrame(dst[at:], len(dst)-at-frameHeader, http2.FrameHeaders, flagsTrailers, id)
	return dst
}

// appendText appends a string that is not Huffman coded.
func appendText(dst []byte, text string) []byte {
	n := uint64(len(text))
	if n < 0x7f {
		return append(append(dst, byte(n)), text...)
	}
	return append(binary.AppendUvarint(append(dst, 0x7f), n-0x7f), text...)
}

// maxMessage bounds a grpc-message before it is encoded.
const maxMessage = 1 << 10

// percentEncoded writes a grpc-message as gRPC over HTTP/2 wants it.
func percentEncoded(message string) string {
	const hex = "0123456789ABCDEF"
	var b []byte
	for i := range min(len(message), maxMessage) {
		if c := message[i]; c < ' ' || c > '~' || c == '%' {
			b = append(b, '%', hex[c>>4], hex[c&15])
		} else {
			b = append(b, c)
		}
	}
	return string(b)
}

// putFrame writes a frame's header into the room for it.
func putFrame(room []byte, length int, kind http2.FrameType, flags byte, id uint32) {
	room[0], room[1], room[2], room[3], room[4] = byte(length>>16), byte(length>>8), byte(length), byte(kind), flags
	binary.BigEndian.PutUint32(room[5:], id)
}
