package generator

import (
	"encoding/binary"

	"google.golang.org/protobuf/encoding/protowire"
)

// checkStatus reads status.code of a CheckResponse in its gRPC prefix; ok is false
// if it has no status, or is no message.
func checkStatus(message []byte) (code uint64, ok bool) {
	if len(message) < 5 || message[0] != 0 || int(binary.BigEndian.Uint32(message[1:])) != len(message)-5 {
		return 0, false
	}
	for rest := message[5:]; len(rest) > 0; {
		number, kind, n := protowire.ConsumeTag(rest)
		if n < 0 {
			return 0, false
		}
		rest = rest[n:]
		if number == 1 && kind == protowire.BytesType {
			status, n := protowire.ConsumeBytes(rest)
			if n < 0 {
				return 0, false
			}
			return statusCode(status)
		}
		if n = protowire.ConsumeFieldValue(number, kind, rest); n < 0 {
			return 0, false
		}
		rest = rest[n:]
	}
	return 0, false
}

func statusCode(status []byte) (code uint64, ok bool) {
	for len(status) > 0 {
		number, kind, n := protowire.ConsumeTag(status)
		if n < 0 {
			return 0, false
		}
		status = status[n:]
		if number == 1 && kind == protowire.VarintType {
			if code, n = protowire.ConsumeVarint(status); n < 0 {
				return 0, false
			}
		} else if n = protowire.ConsumeFieldValue(number, kind, status); n < 0 {
			return 0, false
		}
		status = status[n:]
	}
	return code, true
}
