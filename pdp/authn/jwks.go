package authn

import (
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/mayi-authz/mayi/pdp/strictjson"
)

const (
	maxKeyFile = 1 << 20
	maxKeys    = 256
	minRSABits = 2048
	// settling is how long after its last change a file may change again without
	// its time, size and inode saying so.
	settling = 2 * time.Second
)

// A keyFile holds the keys of a JWKS file (RFC 7517). Every use asks the file
// system whether the file is still the one that was read, which costs about a
// microsecond beside a signature's tens.
type keyFile struct {
	path  string
	mu    sync.Mutex // held while the file is read
	state atomic.Pointer[keyState]
}

// A keyState is what was read last. It is immutable.
type keyState struct {
	info    os.FileInfo // nil if there was no file
	settled bool        // the file had not been changed for a while when it was read
	sum     [sha256.Size]byte
	keys    []*key // the last good ones
	err     error  // why the file is not what the keys are of
}

// current returns the keys, and why they are not those of the file, if so.
func (f *keyFile) current(now time.Time) ([]*key, error) {
	info, err := os.Stat(f.path)
	if s := f.state.Load(); s != nil && s.is(info, err) {
		return s.keys, s.err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	old := f.state.Load()
	if old == nil {
		old = &keyState{}
	} else if info, err = os.Stat(f.path); old.is(info, err) {
		return old.keys, old.err // read by another while we waited
	}
	s := f.read(old, now)
	f.state.Store(s)
	return s.keys, s.err
}

// is reports whether the file that was read is surely still the same.
func (s *keyState) is(info os.FileInfo, err error) bool {
	return err == nil && s.settled && s.info != nil && os.SameFile(s.info, info) &&
		s.info.ModTime().Equal(info.ModTime()) && s.info.Size() == info.Size()
}

// read reads the file; what goes wrong leaves the keys as they were.
func (f *keyFile) read(old *keyState, now time.Time) *keyState {
	s := &keyState{keys: old.keys}
	data, info, err := readBounded(f.path)
	if err != nil {
		s.err = fmt.Errorf("key file: %w", err)
		return s
	}
	s.info, s.sum = info, sha256.Sum256(data)
	age := now.Sub(info.ModTime())
	s.settled = age > settling
	if old.info != nil && s.sum == old.sum {
		s.err = old.err
		return s
	}
	keys, err := parseKeys(f.path, data)
	if err != nil {
		s.err = err
		return s
	}
	s.keys = keys
	return s
}

// readBounded reads a file and describes the very file that it read.
func readBounded(path string) ([]byte, os.FileInfo, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, nil, errors.New("is no regular file")
	}
	data, err := io.ReadAll(io.LimitReader(file, maxKeyFile+1))
	if err == nil && len(data) > maxKeyFile {
		err = fmt.Errorf("is larger than %d bytes", maxKeyFile)
	}
	return data, info, err
}

// A key verifies signatures.
type key struct {
	id         string // "" if the file says nothing
	algorithms []jose.SignatureAlgorithm
	public     any
}

// fits reports whether the key is for this algorithm and bears this id; an empty
// id is any key's.
func (k *key) fits(alg jose.SignatureAlgorithm, id string) bool {
	return (id == "" || k.id == id) && slices.Contains(k.algorithms, alg)
}

// keyAlgorithms returns what keys of a kind may be used with: one algorithm each,
// but for RSA.
func keyAlgorithms(kty, crv string) []jose.SignatureAlgorithm {
	switch {
	case kty == "RSA":
		return []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512}
	case kty == "EC" && crv == "P-256":
		return []jose.SignatureAlgorithm{jose.ES256}
	case kty == "EC" && crv == "P-384":
		return []jose.SignatureAlgorithm{jose.ES384}
	case kty == "EC" && crv == "P-521":
		return []jose.SignatureAlgorithm{jose.ES512}
	case kty == "OKP" && crv == "Ed25519":
		return []jose.SignatureAlgorithm{jose.EdDSA}
	}
	return nil
}

// parseKeys reads a JWKS. Keys of kinds and for uses that are none of ours are
// passed over, as RFC 7517 asks; one that should work and does not, and one that
// is secret, fail the file.
func parseKeys(file string, data []byte) ([]*key, error) {
	root, err := strictjson.Parse(file, data, strictjson.Limits{Depth: 16})
	if err != nil {
		return nil, err
	}
	list := root.Get("keys")
	if list == nil || list.Kind != strictjson.Array {
		return nil, root.Errorf("JWKS", `expected an object with a list "keys"`)
	}
	if len(list.Items) > maxKeys {
		return nil, list.Errorf("JWKS", "%d keys, the limit is %d", len(list.Items), maxKeys)
	}
	var keys []*key
	var problems []*strictjson.Error
	for _, n := range list.Items {
		k, problem := parseKey(n)
		if problem != nil {
			problems = append(problems, problem)
		} else if k != nil {
			keys = append(keys, k)
		}
	}
	if len(problems) == 0 && len(keys) == 0 {
		return nil, list.Errorf("JWKS", "no key that verifies signatures")
	}
	return keys, strictjson.Join(problems)
}

// parseKey returns nil and nil for a key that is not for us.
func parseKey(n *strictjson.Node) (*key, *strictjson.Error) {
	if n.Kind != strictjson.Object {
		return nil, n.Errorf("JWKS", "expected a key, an object")
	}
	members := make(map[string]string)
	for _, name := range []string{"kty", "kid", "alg", "use", "n", "e", "crv", "x", "y"} {
		v := n.Get(name)
		if v == nil {
			continue
		}
		if v.Kind != strictjson.String {
			return nil, v.Errorf("JWKS", "%s, expected a string", name)
		}
		members[name] = v.Text
	}
	for _, name := range []string{"k", "d", "p", "q", "dp", "dq", "qi", "oth", "priv"} {
		if v := n.Get(name); v != nil {
			return nil, v.Errorf("JWKS", "%s is a part of a secret key; expected public keys", name)
		}
	}
	kty, alg, use := members["kty"], jose.SignatureAlgorithm(members["alg"]), members["use"]
	algorithms := keyAlgorithms(kty, members["crv"])
	if alg != "" {
		if !slices.Contains(algorithms, alg) {
			return nil, nil
		}
		algorithms = []jose.SignatureAlgorithm{alg}
	}
	if len(algorithms) == 0 || use != "" && use != "sig" || !verifies(n.Get("key_ops")) {
		return nil, nil
	}
	text, err := json.Marshal(members)
	if err != nil {
		return nil, n.Errorf("JWKS", "%s", err)
	}
	var j jose.JSONWebKey
	if err := j.UnmarshalJSON(text); err != nil || !j.Valid() {
		return nil, n.Errorf("JWKS", "unusable %s key: %v", kty, err)
	}
	if r, ok := j.Key.(*rsa.PublicKey); ok && r.N.BitLen() < minRSABits {
		return nil, n.Errorf("JWKS", "RSA key of %d bits, expected %d or more", r.N.BitLen(), minRSABits)
	}
	return &key{id: j.KeyID, algorithms: algorithms, public: j.Key}, nil
}

// verifies reports whether key_ops, if it is there, lets the key verify.
func verifies(ops *strictjson.Node) bool {
	if ops == nil {
		return true
	}
	for _, op := range ops.Items {
		if op.Kind == strictjson.String && op.Text == "verify" {
			return true
		}
	}
	return false
}
