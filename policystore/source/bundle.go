package source

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"maps"
	"slices"

	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// A File is one document of a bundle.
type File struct {
	Path string // inside of the bundle, with slashes
	Data []byte
}

// A Bundle is every document of one generation of a source. It is immutable.
type Bundle struct {
	Files []File // sorted by Path, each path once
	// Revision is the content hash in hex: SHA-256 over path and content of each
	// file in order, both with their lengths in front so that no two bundles
	// look alike. Names that are ignored do not count.
	Revision string
}

// FromFiles makes a bundle of files held in memory, by path. The rules of names
// and limits are those of every source.
func FromFiles(files map[string][]byte, limits Limits) (*Bundle, error) {
	c := NewCollector(limits)
	for _, path := range slices.Sorted(maps.Keys(files)) {
		if c.Wants(path) {
			c.Add(path, int64(len(files[path])), bytes.NewReader(files[path]))
		}
	}
	return c.Bundle()
}

func revision(files []File) string {
	h := sha256.New()
	h.Write([]byte("mayi bundle 1\n")) // so that another way of hashing gives other revisions
	for _, f := range files {
		writeSized(h, []byte(f.Path))
		writeSized(h, f.Data)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func writeSized(h hash.Hash, b []byte) {
	var size [8]byte
	binary.BigEndian.PutUint64(size[:], uint64(len(b)))
	h.Write(size[:])
	h.Write(b)
}

// Failed says that a source could not be read. Problems of files speak for
// themselves and stay as they are.
func Failed(name string, err error) error {
	var problem *strictjson.Error
	if errors.As(err, &problem) {
		return err
	}
	return fmt.Errorf("read policies from %s: %w", name, err)
}
