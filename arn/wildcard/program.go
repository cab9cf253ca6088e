package wildcard

// A program is a pattern cut at its stars: head*middle*middle*tail. The head
// stands at the start of the text and the tail at its end, which leaves the
// middle segments, each to be found after the one before it.
//
// The number of characters that a segment takes is known once the holes are
// filled. So a segment that begins further left also ends further left, and the
// leftmost place leaves the most room to the segments after it: if that one
// leads nowhere, no other does. That is why nothing is tried twice.
//
// In a run of wildcards the "?" may all come first ("*?*" is "?**"), so that a
// middle segment and the tail always begin with a literal or a hole.
type program struct {
	head, tail []piece
	middle     [][]piece
	star       bool // whether there is a star; without one there is only a head
	fold       bool
}

// A piece is a literal, a hole, or a run of "?".
type piece struct {
	kind  Kind // Literal, Hole or One
	text  string
	hole  int
	count int // of One
}

func newProgram(tokens []Token, fold bool) *program {
	p := &program{fold: fold}
	var segments [][]piece
	var segment []piece
	afterStar := false // whether only wildcards have come since the last star
	for _, t := range tokens {
		switch {
		case t.Kind == Any:
			afterStar, p.star = true, true
		case t.Kind == Literal && t.Text == "":
		case t.Kind == One:
			segment = add(segment, t)
		default:
			if afterStar {
				segments, segment = append(segments, segment), nil
				afterStar = false
			}
			segment = add(segment, t)
		}
	}
	if afterStar {
		segments, segment = append(segments, segment), nil
	}
	segments = append(segments, segment)
	p.head = segments[0]
	if last := len(segments) - 1; last > 0 {
		p.middle, p.tail = segments[1:last], segments[last]
	}
	return p
}

// add appends a token to a segment; neighbours of one kind become one piece.
func add(segment []piece, t Token) []piece {
	if n := len(segment); n > 0 {
		last := &segment[n-1]
		switch {
		case t.Kind == Literal && last.kind == Literal:
			last.text += t.Text
			return segment
		case t.Kind == One && last.kind == One:
			last.count++
			return segment
		}
	}
	return append(segment, piece{kind: t.Kind, text: t.Text, hole: t.Hole, count: 1})
}

// match matches the whole text of a pattern that has a star.
func (p *program) match(text string, fills []string) bool {
	start := p.forward(p.head, text, fills)
	if start < 0 {
		return false
	}
	text = text[start:]
	end := p.backward(p.tail, text, fills)
	if end < 0 {
		return false
	}
	text = text[:end]
	for _, segment := range p.middle {
		at := p.find(segment, text, fills)
		if at < 0 {
			return false
		}
		text = text[at:]
	}
	return true
}

// find looks for the leftmost place of a segment in text and returns where the
// segment ends there, or -1.
func (p *program) find(segment []piece, text string, fills []string) int {
	first, ok := segment[0].fill(fills)
	if !ok {
		return -1
	}
	for from := 0; from <= len(text)-len(first); from++ {
		at := indexBytes(text[from:], first, p.fold)
		if at < 0 {
			return -1
		}
		from += at
		if !boundary(text, from) {
			continue
		}
		if n := p.forward(segment, text[from:], fills); n >= 0 {
			return from + n
		}
	}
	return -1
}

// forward matches a segment at the start of text and returns where it ends, or -1.
func (p *program) forward(segment []piece, text string, fills []string) int {
	i := 0
	for k := range segment {
		pc := &segment[k]
		if pc.kind == One {
			if !boundary(text, i) {
				return -1
			}
			for range pc.count {
				if i == len(text) {
					return -1
				}
				i += width(text, i)
			}
			continue
		}
		s, ok := pc.fill(fills)
		if !ok || !hasPrefix(text[i:], s, p.fold) {
			return -1
		}
		i += len(s)
	}
	if !boundary(text, i) {
		return -1
	}
	return i
}

// backward matches a segment at the end of text and returns where it begins, or -1.
func (p *program) backward(segment []piece, text string, fills []string) int {
	i := len(text)
	for k := len(segment) - 1; k >= 0; k-- {
		pc := &segment[k]
		if pc.kind == One {
			if !boundary(text, i) {
				return -1
			}
			for range pc.count {
				if i == 0 {
					return -1
				}
				i -= widthBefore(text, i)
			}
			continue
		}
		s, ok := pc.fill(fills)
		if !ok || !hasSuffix(text[:i], s, p.fold) {
			return -1
		}
		i -= len(s)
	}
	if !boundary(text, i) {
		return -1
	}
	return i
}

// fill returns the text that a literal or a hole stands for.
func (pc *piece) fill(fills []string) (string, bool) {
	if pc.kind == Literal {
		return pc.text, true
	}
	if pc.hole < 0 || pc.hole >= len(fills) {
		return "", false
	}
	return fills[pc.hole], true
}
