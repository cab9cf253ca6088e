package authn_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"fmt"

	"github.com/go-jose/go-jose/v4"
)

// rawSign makes the signature of RFC 7518, section 3.
func rawSign(key any, alg jose.SignatureAlgorithm, data []byte) ([]byte, error) {
	sum256, sum384 := sha256.Sum256(data), sha512.Sum384(data)
	switch alg {
	case jose.RS256:
		return rsa.SignPKCS1v15(rand.Reader, key.(*rsa.PrivateKey), crypto.SHA256, sum256[:])
	case jose.PS256:
		return rsa.SignPSS(rand.Reader, key.(*rsa.PrivateKey), crypto.SHA256, sum256[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
	case jose.ES256:
		return rawECDSA(key.(*ecdsa.PrivateKey), sum256[:], 32)
	case jose.ES384:
		return rawECDSA(key.(*ecdsa.PrivateKey), sum384[:], 48)
	case jose.EdDSA:
		return ed25519.Sign(key.(ed25519.PrivateKey), data), nil
	case jose.HS256:
		// The classic forgery: the public key, in DER, as the secret.
		der, err := x509.MarshalPKIXPublicKey(key.(crypto.Signer).Public())
		if err != nil {
			return nil, err
		}
		mac := hmac.New(sha256.New, der)
		mac.Write(data)
		return mac.Sum(nil), nil
	}
	return nil, fmt.Errorf("no algorithm %q", alg)
}

func rawECDSA(key *ecdsa.PrivateKey, sum []byte, size int) ([]byte, error) {
	r, s, err := ecdsa.Sign(rand.Reader, key, sum)
	if err != nil {
		return nil, err
	}
	sig := make([]byte, 2*size)
	r.FillBytes(sig[:size])
	s.FillBytes(sig[size:])
	return sig, nil
}
