package pdp

import "github.com/mayi-authz/mayi/conditions"

// riamKeys are the keys that riam proposes (issue 1), by their folded names, and
// the ones that they are here. No request can set one by riam's name: see
// ReservedKey.
var riamKeys = map[string]string{
	"riam:currenttime":     "aws:CurrentTime",
	"riam:epochtime":       "aws:EpochTime",
	"riam:securetransport": "aws:SecureTransport",
	"riam:useragent":       "aws:UserAgent",
	"riam:sourceip":        "aws:SourceIp",
}

// iamKey returns the key that a riam policy means.
func iamKey(name string) string {
	if key, ok := riamKeys[conditions.Fold(name)]; ok {
		return key
	}
	return name
}
