package authn_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/authn"
)

// ask authenticates a token of a key and says what came of it.
func ask(t *testing.T, c *authn.Chain, key string, alg jose.SignatureAlgorithm, at time.Time) string {
	t.Helper()
	r := c.Authenticate(bearer(sign(t, key, alg, object{}, good(object{"exp": 4000000000, "iat": nil}))), at)
	if r.Refused {
		return r.Reason.String()
	}
	return r.Principal.ID
}

func TestKeyFileChanges(t *testing.T) {
	path := filepath.Join(t.TempDir(), "jwks.json")
	c := chain(t, jwtSource(path))
	expect := func(step, ed, ec string, broken bool) {
		t.Helper()
		if got := ask(t, c, "ed", jose.EdDSA, now); got != ed {
			t.Errorf("%s: ed: got %s, want %s", step, got, ed)
		}
		if got := ask(t, c, "ec", jose.ES256, now); got != ec {
			t.Errorf("%s: ec: got %s, want %s", step, got, ec)
		}
		if s := c.Status()[0]; (s.Err != nil) != broken || s.Name != "jwt" {
			t.Errorf("%s: status %+v", step, s)
		}
	}
	expect("no file", "jwks_unavailable", "jwks_unavailable", true)
	write(t, path, jwks(t, "ed"))
	expect("first file", "alice", "credential_invalid", false)
	replace(t, path, jwks(t, "ec"))
	expect("swapped", "credential_invalid", "alice", false)
	replace(t, path, `{"keys": [`)
	expect("broken", "credential_invalid", "alice", true)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	expect("gone", "credential_invalid", "alice", true)
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	expect("a folder", "credential_invalid", "alice", true)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	write(t, path, jwks(t, "ed", "ec"))
	expect("back", "alice", "alice", false)
}

// TestKeyFileWrittenInPlace changes a file without changing its inode or size,
// and sets its time back: while it is young, its bytes are what counts.
func TestKeyFileWrittenInPlace(t *testing.T) {
	path := keyFile(t, "ed")
	c := chain(t, jwtSource(path))
	young := time.Now()
	if got := ask(t, c, "ed", jose.EdDSA, young); got != "alice" {
		t.Fatal(got)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(jwks(t, "ed"), `"ed"`, `"de"`, 1)
	write(t, path, text)
	if err := os.Chtimes(path, info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
	if got := ask(t, c, "ed", jose.EdDSA, young); got != "credential_invalid" {
		t.Errorf("got %s", got)
	}
}

// TestKeyFileSymlink swaps a link, as Kubernetes does with mounted secrets.
func TestKeyFileSymlink(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"ed", "ec"} {
		write(t, filepath.Join(dir, name), jwks(t, name))
	}
	link := filepath.Join(dir, "jwks.json")
	point := func(to string) {
		t.Helper()
		if err := os.Symlink(to, link+".new"); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(link+".new", link); err != nil {
			t.Fatal(err)
		}
	}
	point("ed")
	c := chain(t, jwtSource(link))
	if got := ask(t, c, "ed", jose.EdDSA, now); got != "alice" {
		t.Errorf("before: %s", got)
	}
	point("ec")
	if got := ask(t, c, "ec", jose.ES256, now); got != "alice" {
		t.Errorf("after: %s", got)
	}
}

func TestKeyFileContent(t *testing.T) {
	ed := strings.TrimSuffix(strings.TrimPrefix(jwks(t, "ed"), `{"keys":[`), `]}`)
	with := func(old, new string) string { return `{"keys":[` + strings.Replace(ed, old, new, 1) + `]}` }
	small := `{"kty":"RSA","n":"` + strings.Repeat("7", 170) + `","e":"AQAB"}`
	for _, tt := range []struct{ name, text, want string }{
		{"good", `{"keys":[` + ed + `]}`, ""},
		{"unknown members", `{"x":1,"keys":[` + strings.Replace(ed, `{`, `{"x5t":7,`, 1) + `]}`, ""},
		{"unknown kinds beside it", `{"keys":[{"kty":"new"},{"kty":"OKP","crv":"X25519","x":"AA"},` + ed + `]}`, ""},
		{"use and operation", with(`{`, `{"use":"sig","key_ops":["verify"],`), ""},
		{"empty", ``, "expected a JSON value"},
		{"a list", `[` + ed + `]`, `expected an object with a list "keys"`},
		{"in another case", `{"Keys":[` + ed + `]}`, `expected an object with a list "keys"`},
		{"no keys", `{"keys":[]}`, "no key that verifies"},
		{"keys for other uses", with(`{`, `{"key_ops":["sign"],`), "no key that verifies"},
		{"use for encryption", with(`{`, `{"use":"enc",`), "no key that verifies"},
		{"algorithm of another kind", with(`{`, `{"alg":"RS256",`), "no key that verifies"},
		{"a member twice", with(`{`, `{"kid":"x",`), "duplicate"},
		{"a secret key", with(`{`, `{"d":"AA",`), "/keys/0/d: JWKS: d is a part of a secret key"},
		{"a symmetric key", `{"keys":[{"kty":"oct","k":"AA"}]}`, "k is a part of a secret key"},
		{"a number for a text", `{"keys":[{"kty":1}]}`, "kty, expected a string"},
		{"no object", `{"keys":[1]}`, "expected a key, an object"},
		{"short", `{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AA"}]}`, "unusable OKP key"},
		{"weak", `{"keys":[` + small + `]}`, "expected 2048 or more"},
		{"too many", `{"keys":[` + strings.Repeat(ed+",", 256) + ed + `]}`, "257 keys"},
		{"too large", `{"keys":[]}` + strings.Repeat(" ", 1<<20), "larger than"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "jwks.json")
			write(t, path, tt.text)
			c := chain(t, jwtSource(path))
			want := "alice"
			if tt.want != "" {
				want = pdp.ReasonJWKSUnavailable.String()
			}
			if got := ask(t, c, "ed", jose.EdDSA, now); got != want {
				t.Errorf("got %s, %v", got, c.Status()[0].Err)
			}
			err := c.Status()[0].Err
			if (err != nil) != (tt.want != "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestKeyFileConcurrently(t *testing.T) {
	path := keyFile(t, "ed", "ec")
	c := chain(t, jwtSource(path))
	token := bearer(sign(t, "ed", jose.EdDSA, object{}, good(nil)))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				if r := c.Authenticate(token, now); r.Refused {
					t.Error(r.Detail)
				}
			}
		})
	}
	for range 20 {
		replace(t, path, jwks(t, "ed"))
		replace(t, path, jwks(t, "ed", "ec"))
	}
	wg.Wait()
}
