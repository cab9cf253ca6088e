package policytest

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// A logical is one case as it stands in a cases file: one line, and the indented
// lines that continue it.
type logical struct {
	text   string // continuation lines joined, line ends as blanks
	line   int    // from 1, of its first line
	offset int    // of its first byte in the file
}

// logicals splits a cases file. Empty lines and lines that begin with "#" are
// left out; a line that begins with a blank continues the one before it.
func logicals(data string) []logical {
	var all []logical
	offset := 0
	for n, raw := range strings.SplitAfter(data, "\n") {
		text := strings.TrimRight(raw, "\r\n")
		switch {
		case strings.TrimSpace(text) == "", text[0] == '#':
		case (text[0] == ' ' || text[0] == '\t') && len(all) > 0:
			last := &all[len(all)-1]
			// Every byte keeps its place, so that offsets into text are offsets into the file.
			gap := strings.Repeat(" ", offset-last.offset-len(last.text))
			last.text += gap + text
		default:
			all = append(all, logical{text: text, line: n + 1, offset: offset})
		}
		offset += len(raw)
	}
	return all
}

// A scanner reads the words and pairs of one logical line.
type scanner struct {
	text string
	at   int
}

// blank skips blanks and reports whether something follows.
func (s *scanner) blank() bool {
	for s.at < len(s.text) && (s.text[s.at] == ' ' || s.text[s.at] == '\t') {
		s.at++
	}
	return s.at < len(s.text)
}

// arrow reports whether "->" stands here as a word of its own, and skips it.
func (s *scanner) arrow() bool {
	rest := s.text[s.at:]
	if rest == "->" || strings.HasPrefix(rest, "-> ") {
		s.at += len("->")
		return true
	}
	return false
}

// A word is text up to the next blank, or a JSON string, which may hold anything.
type word struct {
	text   string
	quoted bool
}

func (w word) is(text string) bool { return !w.quoted && w.text == text }

// word reads a word; stop ends an unquoted one early ("" for none).
func (s *scanner) word(what, stop string) (word, error) {
	if !s.blank() {
		return word{}, fmt.Errorf("expected %s, found the end of the line", what)
	}
	if s.text[s.at] == '"' {
		raw, err := s.json(what)
		if err != nil {
			return word{}, err
		}
		text, err := jsontext.AppendUnquote(nil, raw)
		if err != nil {
			return word{}, fmt.Errorf("%s: %s is not a JSON string", what, raw)
		}
		return word{text: string(text), quoted: true}, nil
	}
	end := strings.IndexAny(s.text[s.at:], " \t"+stop)
	if end < 0 {
		end = len(s.text) - s.at
	}
	w := word{text: s.text[s.at : s.at+end]}
	s.at += end
	return w, nil
}

// json reads one JSON value.
func (s *scanner) json(what string) ([]byte, error) {
	dec := jsontext.NewDecoder(strings.NewReader(s.text[s.at:]))
	raw, err := dec.ReadValue()
	if err != nil {
		return nil, fmt.Errorf("%s: not a JSON value: %w", what, err)
	}
	raw = append([]byte(nil), raw...)
	s.at += int(dec.InputOffset())
	return raw, nil
}

// A pair is name=value. raw is the value as it stands: a JSON value where it
// begins with a quote, a bracket or a brace, else text up to the next blank.
type pair struct {
	name word
	raw  string
}

func (s *scanner) pair() (pair, error) {
	name, err := s.word("name=value", "=")
	if err != nil {
		return pair{}, err
	}
	if s.at >= len(s.text) || s.text[s.at] != '=' {
		return pair{}, fmt.Errorf("expected name=value, found %q; quote a name that holds blanks or an equals sign", name.text)
	}
	s.at++
	if s.at < len(s.text) && strings.IndexByte(`"[{`, s.text[s.at]) >= 0 {
		raw, err := s.json(name.text)
		if err != nil {
			return pair{}, err
		}
		if s.at < len(s.text) && s.text[s.at] != ' ' && s.text[s.at] != '\t' {
			return pair{}, fmt.Errorf("%s: something follows the value %s; expected a blank", name.text, raw)
		}
		return pair{name, string(raw)}, nil
	}
	end := strings.IndexAny(s.text[s.at:], " \t")
	if end < 0 {
		end = len(s.text) - s.at
	}
	s.at += end
	return pair{name, s.text[s.at-end : s.at]}, nil
}

// text returns the value as text: a JSON string is unquoted.
func (p pair) text() (string, error) {
	if !strings.HasPrefix(p.raw, `"`) {
		return p.raw, nil
	}
	text, err := jsontext.AppendUnquote(nil, p.raw)
	if err != nil {
		return "", errors.New(p.name.text + ": not a JSON string")
	}
	return string(text), nil
}

// list returns the value as a list of texts: a JSON list of strings, or texts
// joined by commas.
func (p pair) list() ([]string, error) {
	if p.raw == "" || p.raw == "[]" {
		return []string{}, nil
	}
	if !strings.HasPrefix(p.raw, "[") {
		text, err := p.text()
		return strings.Split(text, ","), err
	}
	dec := jsontext.NewDecoder(strings.NewReader(p.raw))
	var list []string
	for {
		tok, err := dec.ReadToken()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.name.text, err)
		}
		switch tok.Kind() {
		case '[':
		case ']':
			return list, nil
		case '"':
			list = append(list, tok.String())
		default:
			return nil, fmt.Errorf("%s: %s is no string", p.name.text, tok.String())
		}
	}
}

// quote renders text as a word: as it is, or as a JSON string where it would
// not read back as the same word.
func quote(text string) string {
	if text == "" || text == "-" || text == "->" || strings.ContainsAny(text, " \t\r\n\"") || !isASCIIGraphic(text) {
		if quoted, err := jsontext.AppendQuote(nil, text); err == nil {
			return string(quoted)
		}
		return strconv.QuoteToASCII(text)
	}
	return text
}

func isASCIIGraphic(text string) bool {
	for i := 0; i < len(text); i++ {
		if text[i] < ' ' || text[i] == 0x7f {
			return false
		}
	}
	return true
}
