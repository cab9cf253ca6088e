package arn

import (
	"errors"
	"strconv"
	"strings"
	"unicode"

	"github.com/mayi-authz/mayi/arn/wildcard"
)

// A Pattern is a compiled element of Resource or NotResource:
//
//   - "*" alone matches everything.
//   - A pattern of six or more fields that begins with "arn:" is matched field by
//     field: in the first five a wildcard never crosses a colon, and the sixth,
//     the rest with its colons, is one glob.
//   - A shorter one that begins with "arn:" is a glob over the whole text. In a
//     partition that begins with "aws" it also stands for what it begins, as if
//     it ended in ":*".
//   - Any other pattern is a glob over the whole text.
//
// The zero Pattern matches nothing. Patterns are immutable and may be used
// concurrently.
type Pattern struct {
	glob    wildcard.Pattern // over the whole text
	special *special         // of the few that need more; else nil
}

// special is what only few patterns need: one of the two.
type special struct {
	fields *fieldPatterns    // in place of glob, for a pattern with wildcards before the sixth field
	below  *wildcard.Pattern // beside glob, for a short AWS pattern: glob + ":*"
}

// fieldPatterns match the fields after "arn", and last the rest.
type fieldPatterns [arnFields - 1]wildcard.Pattern

// arnFields is how many fields a pattern is cut into: the last one is the rest.
const arnFields = 6

// ParsePattern compiles a pattern without holes from its text.
func ParsePattern(s string) (Pattern, error) {
	return CompilePattern(wildcard.Tokens(s))
}

// CompilePattern compiles a pattern from tokens. Holes, one for each policy
// variable, may stand in the sixth field and later of a pattern that begins with
// "arn:", in the tenant field of a WAMI name, and anywhere in other patterns. An
// error says what is wrong without repeating the pattern.
func CompilePattern(tokens []wildcard.Token) (Pattern, error) {
	if err := checkPattern(tokens); err != nil {
		return Pattern{}, err
	}
	if !beginsARN(tokens) {
		return Pattern{glob: wildcard.Compile(tokens)}, nil
	}
	if plain(tokens) {
		return Pattern{glob: wildcard.Compile(tokens)}, nil
	}
	return compileFields(tokens)
}

// compileFields compiles a pattern that begins with "arn:".
func compileFields(tokens []wildcard.Token) (Pattern, error) {
	fields := splitFields(tokens)
	if err := checkHoles(fields); err != nil {
		return Pattern{}, err
	}
	if len(fields) < arnFields {
		if err := checkShort(fields); err != nil {
			return Pattern{}, err
		}
		return compileShort(tokens, fields), nil
	}
	if err := checkFields(fields); err != nil {
		return Pattern{}, err
	}
	if literalFields(fields[:arnFields-1]) {
		// What stands before the rest is text, with all its colons: a glob over
		// the whole text says the same and costs one comparison less per field.
		return Pattern{glob: wildcard.Compile(tokens)}, nil
	}
	f := new(fieldPatterns)
	for i, field := range fields[1:] {
		f[i] = wildcard.Compile(field)
	}
	return Pattern{special: &special{fields: f}}, nil
}

// plain reports whether a pattern begins with five fields of text, and is ASCII that
// nothing is wrong with wherever it stands: what most patterns are. They compile to a
// glob (see compileFields) at a fifth of what it costs to look at their fields one by one. Of
// any other it says nothing.
func plain(tokens []wildcard.Token) bool {
	text, ok := strings.CutPrefix(tokens[0].Text, scheme)
	if !ok || tokens[0].Kind != wildcard.Literal {
		return false
	}
	for i := 1; i < arnFields-1; i++ {
		field, after, ok := strings.Cut(text, ":")
		named := i <= 2 // partition and service
		if !ok || named && field == "" || i == 1 && strings.EqualFold(field, wami) || !printable(field, '!') {
			return false
		}
		text = after
	}
	if text == "" && (len(tokens) < 2 || tokens[1].Kind == wildcard.Literal) || !printable(text, ' ') {
		return false
	}
	for _, t := range tokens[1:] {
		if !printable(t.Text, ' ') {
			return false
		}
	}
	return true
}

// printable reports whether all bytes are of ASCII, from the first on.
func printable(s string, first byte) bool {
	for i := range len(s) {
		if s[i] < first || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// compileShort compiles an "arn:" pattern of fewer than six fields.
func compileShort(tokens []wildcard.Token, fields [][]wildcard.Token) Pattern {
	p := Pattern{glob: wildcard.Compile(tokens)}
	if len(fields) > 1 && strings.HasPrefix(leading(fields[1]), "aws") {
		below := wildcard.Compile(append(append([]wildcard.Token{}, tokens...),
			wildcard.Token{Text: ":"}, wildcard.Token{Kind: wildcard.Any}))
		p.special = &special{below: &below}
	}
	return p
}

// Everything reports whether the pattern is "*" alone.
func (p Pattern) Everything() bool { return p.special == nil && p.glob.Star() }

// Match reports whether the name matches. fills[i] is the text of hole i, taken
// literally; fills may be nil if there are no holes. Match allocates nothing.
func (p Pattern) Match(text string, fills []string) bool {
	switch s := p.special; {
	case s == nil:
		return p.glob.Match(text, fills)
	case s.fields != nil:
		return s.fields.match(text, fills)
	default:
		return p.glob.Match(text, fills) || s.below.Match(text, fills)
	}
}

func (f *fieldPatterns) match(text string, fills []string) bool {
	rest, ok := strings.CutPrefix(text, scheme)
	if !ok {
		return false
	}
	last := len(f) - 1
	for i := range last {
		field, after, ok := strings.Cut(rest, ":")
		if !ok || !f[i].Match(field, fills) {
			return false
		}
		rest = after
	}
	return f[last].Match(rest, fills)
}

// checkPattern checks what holds for patterns of every kind.
func checkPattern(tokens []wildcard.Token) error {
	begin := leading(tokens)
	switch {
	case emptyTokens(tokens):
		return errors.New("the pattern is empty")
	case IsARN(begin) && !strings.HasPrefix(begin, scheme):
		return errors.New(`"arn:" is written in lower case; the pattern could match no name`)
	}
	return nil
}

// checkHoles checks that holes stand only where the fields before them are fixed.
func checkHoles(fields [][]wildcard.Token) error {
	for i, field := range fields {
		if i >= arnFields-1 {
			break
		}
		tenant := i == 3 && len(fields) >= arnFields && isLiteral(fields[1], wami)
		if tenant {
			continue
		}
		for _, t := range field {
			if t.Kind == wildcard.Hole {
				return errors.New("a variable stands in field " + strconv.Itoa(i+1) +
					" of an ARN pattern; expected it only after the fifth colon, or in the tenant field of a WAMI name")
			}
		}
	}
	return nil
}

// checkFields refuses a long pattern that no name could ever match.
func checkFields(fields [][]wildcard.Token) error {
	for i, name := range [arnFields]string{1: "partition", 2: "service", 5: "resource"} {
		if name != "" && emptyTokens(fields[i]) {
			return errors.New("the " + name + " is empty; the pattern could match no name")
		}
	}
	for i, field := range fields {
		for _, t := range field {
			if t.Kind == wildcard.Literal && i < arnFields-1 && strings.ContainsFunc(t.Text, unicode.IsSpace) {
				return errors.New("blank in field " + strconv.Itoa(i+1) + "; the pattern could match no name")
			}
			if t.Kind == wildcard.Literal && strings.ContainsFunc(t.Text, unicode.IsControl) {
				return errors.New("control character in field " + strconv.Itoa(i+1) + "; the pattern could match no name")
			}
		}
	}
	return checkWAMI(fields)
}

// checkShort does for a short pattern what checkWAMI does for a long one, as far as
// its text is fixed: behind a wildcard it may be in any field.
func checkShort(fields [][]wildcard.Token) error {
	if len(fields) < 5 || !literalFields(fields[:4]) { // the tenant is not whole, or not fixed
		return nil
	}
	if partition, _ := literalField(fields[1]); partition != wami {
		return nil
	}
	tenant, _ := literalField(fields[3])
	if reason := checkTenant(tenant); reason != "" {
		return errors.New(reason + "; the pattern could match no name")
	}
	return nil
}

// checkWAMI refuses what is spelled out in a pattern of WAMI names and stands in
// none of them: a Deny with such a pattern would be lost without a word.
func checkWAMI(fields [][]wildcard.Token) error {
	partition, ok := literalField(fields[1])
	switch {
	case !ok || !strings.EqualFold(partition, wami):
		return nil
	case partition != wami:
		return errors.New("the partition wami is written in lower case; the pattern could match no name")
	}
	if tenant, ok := literalField(fields[3]); ok {
		if reason := checkTenant(tenant); reason != "" {
			return errors.New(reason + "; the pattern could match no name")
		}
	}
	if marker, ok := literalField(fields[4]); ok && marker != wami {
		return errors.New(`the fifth field of a WAMI name must be "wami"; the pattern could match no name`)
	}
	_, cloud, _ := strings.Cut(leading(fields[5]), ":")
	if front, _, ok := strings.Cut(cloud, "/"); ok && strings.Count(front, ":") == 2 {
		return errors.New("an account without a region is an older spelling; expected account:global:type/id")
	}
	return nil
}
