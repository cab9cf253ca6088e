package source

import (
	"errors"
	"fmt"
)

// Limits bounds what a source reads, so that neither a mistake nor an attack on
// the place where policies live can exhaust memory. A zero field means its
// default. A bundle over a limit is refused whole; it is never cut.
type Limits struct {
	FileBytes  int64 // of one file; default 64 MiB
	TotalBytes int64 // of all files together; of an archive, of all that it expands to; default 256 MiB
	Entries    int   // files and folders, ignored names too; default 65,536
	Depth      int   // names in a path: "a/b.json" has 2; default 16
}

// Validate reports every field that makes no sense.
func (l Limits) Validate() error {
	var errs []error
	for _, f := range []struct {
		name  string
		value int64
	}{
		{"file bytes", l.FileBytes},
		{"total bytes", l.TotalBytes},
		{"entries", int64(l.Entries)},
		{"depth", int64(l.Depth)},
	} {
		if f.value < 0 {
			errs = append(errs, fmt.Errorf("limit of %s is %d; expected 0 (the default) or more", f.name, f.value))
		}
	}
	return errors.Join(errs...)
}

// OrDefault returns l with its zero fields filled in.
func (l Limits) OrDefault() Limits {
	if l.FileBytes == 0 {
		l.FileBytes = 64 << 20
	}
	if l.TotalBytes == 0 {
		l.TotalBytes = 256 << 20
	}
	if l.Entries == 0 {
		l.Entries = 1 << 16
	}
	if l.Depth == 0 {
		l.Depth = 16
	}
	return l
}
