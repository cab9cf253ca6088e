package source

import (
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"unicode"
)

// IgnoredFile reports whether a file of this name (not path) is no part of a
// bundle: dotfiles, what editors leave beside the file they edit, and *.md.
//
// The list is short on purpose. Whatever else is not *.json fails the bundle,
// because "deny.jsno" or "deny.json.bak" may be a Deny that somebody relies on.
func IgnoredFile(name string) bool {
	if strings.HasPrefix(name, ".") { // .git, .policy.json.swp, emacs' .#policy.json, Kubernetes' ..data
		return true
	}
	for _, suffix := range []string{".md", "~", ".swp", ".swo", ".swx"} {
		if strings.HasSuffix(name, suffix) {
			return true
		}
	}
	return len(name) > 1 && name[0] == '#' && name[len(name)-1] == '#' // emacs' autosave
}

// IgnoredFolder reports whether nothing below a folder of this name belongs to
// a bundle: those that begin with a dot.
func IgnoredFolder(name string) bool { return strings.HasPrefix(name, ".") }

// ignored reports whether a path is a file that is no part of a bundle.
func ignored(path string) bool {
	folders, name := "", path
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		folders, name = path[:i], path[i+1:]
	}
	for folder := range strings.SplitSeq(folders, "/") {
		if IgnoredFolder(folder) {
			return true
		}
	}
	return IgnoredFile(name)
}

// checkPath says what is wrong with a path inside of a bundle, or "".
func checkPath(path string, depth int) string {
	switch {
	case !fs.ValidPath(path) || path == ".":
		return "path is empty, absolute, leads out of the bundle or is no valid UTF-8; expected a relative path such as team/policy.json"
	case strings.ContainsFunc(path, func(r rune) bool { return r == '\\' || !unicode.IsPrint(r) }):
		return "path holds a backslash or a character that cannot be printed"
	case strings.Count(path, "/") >= depth:
		return fmt.Sprintf("path has %d names, the limit is %d", strings.Count(path, "/")+1, depth)
	}
	return ""
}

// printable returns path as it may stand in a message of one line.
func printable(path string) string {
	if strings.ContainsFunc(path, func(r rune) bool { return !unicode.IsPrint(r) }) || strings.ContainsRune(path, unicode.ReplacementChar) {
		return strconv.Quote(path)
	}
	return path
}
