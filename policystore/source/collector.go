package source

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// The rules that a file can break before anyone reads it, as they stand in
// Error.Rule.
const (
	RuleName      = "File name"
	RuleSize      = "Size"
	RuleDuplicate = "Duplicate file"
	RuleKind      = "Kind of file"
	RuleLink      = "Link"
	RuleRead      = "Unreadable file"
)

// A Collector gathers the files of one generation and applies the rules that
// hold for every source. It reports all problems at once.
type Collector struct {
	limits   Limits
	files    []File
	seen     map[string]bool
	total    int64
	entries  int
	problems []*strictjson.Error
	full     bool
}

// NewCollector returns an empty Collector.
func NewCollector(limits Limits) *Collector {
	return &Collector{limits: limits.OrDefault(), seen: map[string]bool{}}
}

// Wants reports whether the file at path belongs to the bundle and is to be
// added. A path that is neither wanted nor ignored has been refused.
func (c *Collector) Wants(path string) bool {
	if !c.count() {
		return false
	}
	if wrong := checkPath(path, c.limits.Depth); wrong != "" {
		c.Refuse(path, RuleName, "%s", wrong)
		return false
	}
	if ignored(path) {
		return false
	}
	if !strings.HasSuffix(path, ".json") {
		c.Refuse(path, RuleName, "name does not end in .json; expected a .json document (ignored are only dotfiles, editors' backups and *.md)")
		return false
	}
	return true
}

// WantsFolder reports whether what is below the folder belongs to the bundle.
func (c *Collector) WantsFolder(path string) bool {
	if !c.count() {
		return false
	}
	if wrong := checkPath(path, c.limits.Depth); wrong != "" {
		c.Refuse(path, RuleName, "%s", wrong)
		return false
	}
	return !ignored(path + "/x")
}

// Add reads one file that Wants said yes to. size is what its listing says, or
// -1; it is not trusted.
func (c *Collector) Add(path string, size int64, r io.Reader) {
	switch {
	case c.full:
		return
	case c.seen[path]:
		c.Refuse(path, RuleDuplicate, "the bundle holds this file twice")
		return
	case size > c.limits.FileBytes:
		c.tooLarge(path)
		return
	}
	c.seen[path] = true
	room := min(c.limits.FileBytes, c.limits.TotalBytes-c.total)
	var b bytes.Buffer
	b.Grow(int(min(max(size, 0), room)) + bytes.MinRead) // what ReadFrom wants free to meet the end without growing
	n, err := b.ReadFrom(io.LimitReader(r, room+1))
	switch {
	case err != nil:
		c.Refuse(path, RuleRead, "%v", err)
	case n > c.limits.FileBytes:
		c.tooLarge(path)
	case n > room:
		c.stop(path, "the bundle holds more than %d bytes, which is the limit", c.limits.TotalBytes)
	default:
		c.total += n
		c.files = append(c.files, File{Path: path, Data: b.Bytes()})
	}
}

// Refuse notes a problem with a file or folder; the bundle will not be handed out.
func (c *Collector) Refuse(path, rule, format string, args ...any) {
	c.problems = append(c.problems, &strictjson.Error{
		Place:  strictjson.Place{File: printable(path)},
		Rule:   rule,
		Reason: fmt.Sprintf(format, args...),
	})
}

// Full reports whether a limit of the whole bundle is broken, so that reading on
// is no use.
func (c *Collector) Full() bool { return c.full }

// Bundle returns the collected bundle, or everything that is wrong with it.
// The Collector must not be used afterwards.
func (c *Collector) Bundle() (*Bundle, error) {
	if err := strictjson.Join(c.problems); err != nil {
		return nil, err
	}
	slices.SortFunc(c.files, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	return &Bundle{Files: c.files, Revision: revision(c.files)}, nil
}

// count counts one entry and reports whether there is room for it.
func (c *Collector) count() bool {
	if c.full {
		return false
	}
	if c.entries++; c.entries > c.limits.Entries {
		c.stop("", "the bundle holds more than %d files and folders, which is the limit", c.limits.Entries)
		return false
	}
	return true
}

func (c *Collector) tooLarge(path string) {
	c.Refuse(path, RuleSize, "file is larger than %d bytes, which is the limit", c.limits.FileBytes)
}

func (c *Collector) stop(path, format string, args ...any) {
	c.full = true
	c.Refuse(path, RuleSize, format, args...)
}
