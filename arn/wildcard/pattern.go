package wildcard

import (
	"math"
	"strings"
)

// A Pattern is a compiled pattern. The zero Pattern matches nothing, not even
// the empty text. Patterns are immutable and may be used concurrently.
type Pattern struct {
	text  string   // what the simple shapes compare with
	prog  *program // of the shapes fixed and general
	cut   uint32   // of the shape affixes: where in text the suffix begins; see Star
	shape shape
	fold  bool
}

// shape is how a pattern is matched, chosen once when it is compiled.
type shape uint8

const (
	none     shape = iota // the zero Pattern
	anything              // *
	exact                 // text
	prefix                // text*
	suffix                // *text
	contains              // *text*
	affixes               // text*text
	fixed                 // no star, but "?" or a hole
	general               // the rest
)

// Compile compiles a pattern that tells upper from lower case. No tokens at all
// are the pattern of the empty text.
func Compile(tokens []Token) Pattern { return compile(tokens, false) }

// CompileFold compiles a pattern that takes the ASCII letters A–Z and a–z for
// the same, in the text, in literals and in what fills holes. Letters outside
// ASCII stay what they are.
func CompileFold(tokens []Token) Pattern { return compile(tokens, true) }

func compile(tokens []Token, fold bool) Pattern {
	if p, ok := simple(tokens, fold); ok {
		return p
	}
	prog := newProgram(tokens, fold)
	if !prog.star {
		return Pattern{prog: prog, shape: fixed, fold: fold}
	}
	return Pattern{prog: prog, shape: general, fold: fold}
}

// simple compiles what needs no program, as most patterns do not: text with one run
// of stars, and text between two.
func simple(tokens []Token, fold bool) (Pattern, bool) {
	var texts [3]string // before, between and after the stars
	runs := 0
	afterStar := false
	for _, t := range tokens {
		switch {
		case t.Kind == Any:
			if !afterStar {
				runs++
			}
			afterStar = true
		case t.Kind != Literal || runs == len(texts):
			return Pattern{}, false
		case t.Text != "":
			texts[runs] += t.Text
			afterStar = false
		}
	}
	p := Pattern{fold: fold, text: texts[0] + texts[1]}
	switch {
	case runs == 0:
		p.shape = exact
	case runs == 2 && texts[0] == "" && texts[2] == "":
		p.shape = contains
	case runs != 1 || uint64(len(texts[0])) > math.MaxUint32:
		return Pattern{}, false
	case p.text == "":
		p.shape, p.cut = anything, uint32(len(tokens))
	case texts[1] == "":
		p.shape = prefix
	case texts[0] == "":
		p.shape = suffix
	default:
		p.shape, p.cut = affixes, uint32(len(texts[0]))
	}
	return p, true
}

// Match reports whether the whole text matches. fills[i] is the literal text of
// hole i; a hole that has none matches nothing. fills may be nil if the pattern
// has no holes.
func (p Pattern) Match(text string, fills []string) bool {
	switch p.shape {
	case anything:
		return true
	case exact:
		return len(text) == len(p.text) && hasPrefix(text, p.text, p.fold)
	case prefix:
		return hasPrefix(text, p.text, p.fold) && boundary(text, len(p.text))
	case suffix:
		return hasSuffix(text, p.text, p.fold) && boundary(text, len(text)-len(p.text))
	case affixes:
		head, tail := p.text[:p.cut], p.text[p.cut:]
		return len(text) >= len(p.text) &&
			hasPrefix(text, head, p.fold) && boundary(text, len(head)) &&
			hasSuffix(text, tail, p.fold) && boundary(text, len(text)-len(tail))
	case contains:
		return index(text, p.text, p.fold) >= 0
	case fixed:
		return p.prog.forward(p.prog.head, text, fills) == len(text)
	case general:
		return p.prog.match(text, fills)
	}
	return false
}

// index returns where s first stands in text on character boundaries, or -1.
func index(text, s string, fold bool) int {
	for from := 0; from <= len(text)-len(s); from++ {
		at := indexBytes(text[from:], s, fold)
		if at < 0 {
			return -1
		}
		from += at
		if boundary(text, from) && boundary(text, from+len(s)) {
			return from
		}
	}
	return -1
}

func indexBytes(text, s string, fold bool) int {
	if !fold {
		return strings.Index(text, s)
	}
	for i := 0; i <= len(text)-len(s); i++ {
		if hasPrefix(text[i:], s, true) {
			return i
		}
	}
	return -1
}
