package strictjson_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// policies returns a document of about size bytes as a bundle holds them.
func policies(size int) []byte {
	var b strings.Builder
	b.WriteString(`{"Version": "2012-10-17", "Statement": [`)
	for i := 0; b.Len() < size; i++ {
		if i > 0 {
			b.WriteString(",\n")
		}
		fmt.Fprintf(&b, `{"Sid": "S%d", "Effect": "Allow", "Action": ["orders:Read", "orders:List"], "Resource": "arn:aws:orders:eu-west-1:123456789012:order/%d/*",
  "Condition": {"StringEquals": {"aws:PrincipalTag/team": "blue"}}}`, i, i)
	}
	b.WriteString("]}")
	return []byte(b.String())
}

func BenchmarkParse(b *testing.B) {
	limits := strictjson.Limits{Bytes: 1 << 30, Values: 1 << 30}
	for _, size := range []int{1 << 10, 10 << 20} {
		data := policies(size)
		b.Run(fmt.Sprintf("bytes=%d", size), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := strictjson.Parse("f", data, limits); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("bytes=%d/encoding-json", size), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				var v any
				if err := json.Unmarshal(data, &v); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
