package policytest

import (
	"fmt"
	"slices"
	"strings"
)

// An HTTP is a question asked the way a proxy asks: somebody with a credential
// sends an HTTP request. What it means is up to the bundle's routes.
type HTTP struct {
	Credential Credential
	Method     string
	Host       string
	Path       string   // with the query
	Headers    []Header // in order; names may repeat
	Body       string
}

// A Header is one header line.
type Header struct{ Name, Value string }

// A Credential is what the client shows. A runner makes a real one of that kind.
type Credential struct {
	// Kind is "none"; "jwt", a token that verifies, for the subject ID; "mtls", a
	// client certificate whose URI SAN is ID; "header", an identity header of a
	// trusted peer; or "invalid", a token that does not verify.
	Kind string
	ID   string
}

var credentialKinds = []string{"none", "jwt", "mtls", "header", "invalid"}

// parseHTTP reads: credential method host/path {header=value}. Name "body" is
// the body; quote it to mean a header.
func (c *Case) parseHTTP(s *scanner) error {
	credential, err := s.word("a credential", "")
	if err != nil {
		return err
	}
	kind, id, _ := strings.Cut(credential.text, ":")
	if !slices.Contains(credentialKinds, kind) || (id == "") != (kind == "none" || kind == "invalid") {
		return fmt.Errorf("expected none, invalid, jwt:SUBJECT, mtls:URI or header:ID as credential, found %q", credential.text)
	}
	method, err := s.word("a method", "")
	if err != nil {
		return err
	}
	target, err := s.word("host/path", "")
	if err != nil {
		return err
	}
	host, path, ok := strings.Cut(target.text, "/")
	if !ok {
		return fmt.Errorf("expected host/path, found %q", target.text)
	}
	c.HTTP = &HTTP{
		Credential: Credential{Kind: kind, ID: id},
		Method:     method.text, Host: host, Path: "/" + path,
	}
	return c.parseHeaders(s)
}

func (c *Case) parseHeaders(s *scanner) error {
	for s.blank() && !(&scanner{text: s.text, at: s.at}).arrow() {
		at := s.at
		if s.keyword("at") {
			t, err := s.time()
			if err != nil {
				return err
			}
			c.Time = t
			continue
		}
		s.at = at
		p, err := s.pair()
		if err != nil {
			return err
		}
		if p.name.is("body") && strings.HasPrefix(p.raw, "{") {
			c.HTTP.Body = p.raw
			continue
		}
		text, err := p.text()
		if err != nil {
			return err
		}
		if p.name.is("body") {
			c.HTTP.Body = text
			continue
		}
		c.HTTP.Headers = append(c.HTTP.Headers, Header{p.name.text, text})
	}
	return nil
}
