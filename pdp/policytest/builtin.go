package policytest

import (
	"embed"
	"fmt"
	"io/fs"
)

// scripts are read-only once embedded.
//
//go:embed testdata/scripts/*.txtar
var scripts embed.FS

// Scripts returns MayI's own scripts, parsed anew, in order of their names. Every
// way to ask MayI must answer all of them alike.
func Scripts() ([]*Script, error) {
	names, err := fs.Glob(scripts, "testdata/scripts/*.txtar")
	if err != nil {
		return nil, err
	}
	all := make([]*Script, len(names))
	for i, name := range names {
		data, err := scripts.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if all[i], err = Parse(name[len("testdata/scripts/"):], data); err != nil {
			return nil, fmt.Errorf("built-in script: %w", err)
		}
	}
	return all, nil
}
