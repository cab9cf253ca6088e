package policystore

import (
	"context"
	"os"
	"strings"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/policystore/source"
	"github.com/mayi-authz/mayi/policystore/source/archive"
	"github.com/mayi-authz/mayi/policystore/source/directory"
)

// SourceAt returns the source for a path: an archive if it is named *.tar.gz or
// *.tgz, and is not a folder, otherwise a folder. The path need not exist yet.
func SourceAt(path string, limits source.Limits) (source.Source, error) {
	info, err := os.Stat(path)
	folder := err == nil && info.IsDir()
	if !folder && (strings.HasSuffix(path, ".tar.gz") || strings.HasSuffix(path, ".tgz")) {
		return archive.New(archive.Options{Path: path, Limits: limits})
	}
	return directory.New(directory.Options{Path: path, Limits: limits})
}

// Load compiles the bundle at a path once: a folder, or a .tar.gz file. The rules
// are those of a Store, so a folder that is being written to is waited for. The
// error joins every problem; those of documents are *strictjson.Error.
func Load(ctx context.Context, path string) (*pdp.Engine, error) {
	s, err := SourceAt(path, source.Limits{})
	if err != nil {
		return nil, err
	}
	b, err := s.Fetch(ctx)
	if err != nil {
		return nil, err
	}
	return compile(b, "", nil)
}

// LoadFiles compiles a bundle held in memory, by path. Names and limits are
// checked as for any source.
func LoadFiles(files map[string][]byte) (*pdp.Engine, error) {
	b, err := source.FromFiles(files, source.Limits{})
	if err != nil {
		return nil, err
	}
	return compile(b, "", nil)
}
