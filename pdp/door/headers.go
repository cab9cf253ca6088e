package door

import (
	"slices"
	"strings"

	"github.com/mayi-authz/mayi/conditions"
)

// Headers holds the header lines of a request by lower-case name, in the order
// in which they came. The zero Headers has none and is ready for use. It is not
// to be copied once it has lines.
//
// Lines stand in a list with chains through it, a tenth of a map's cost to fill
// and as cheap to ask; from manyNames on a map takes over, because the chains of
// a hostile request would be long.
type Headers struct {
	list   []header
	chains [64]int32        // 1 + the first of list with a hash, 0 is none
	many   map[string]int32 // 1 + the place in list; nil up to manyNames
	texts  []string         // room for the lists of single lines
}

type header struct {
	name  string
	lines []string // none once deleted
	next  int32    // of the chain, as chains
}

const manyNames = 128

// Add adds a line and returns how many the header has now. The name may be in
// any case.
func (h *Headers) Add(name, value string) int {
	name = conditions.Fold(name)
	if i := h.find(name); i > 0 {
		h.list[i-1].lines = append(h.list[i-1].lines, value)
		return len(h.list[i-1].lines)
	}
	h.texts = append(h.texts, value)
	n := len(h.texts)
	h.list = append(h.list, header{name: name, lines: h.texts[n-1 : n : n]})
	h.link(int32(len(h.list)))
	return 1
}

// link makes what is at place i-1 of the list findable.
func (h *Headers) link(i int32) {
	added := &h.list[i-1]
	if h.many == nil && i <= manyNames {
		chain := &h.chains[hash(added.name)]
		added.next, *chain = *chain, i
		return
	}
	if h.many == nil {
		h.many = make(map[string]int32, 2*manyNames)
		for k := range h.list {
			if len(h.list[k].lines) > 0 {
				h.many[h.list[k].name] = int32(k + 1)
			}
		}
	}
	h.many[added.name] = i
}

// hash tells the usual names of headers apart.
func hash(name string) byte {
	n := len(name)
	if n == 0 {
		return 0
	}
	return (byte(n)*5 ^ name[0]*3 ^ name[n-1]*7 ^ name[n/2]) % 64
}

// find returns 1 + the place of a name in the list, 0 if it is not there.
func (h *Headers) find(lowerName string) int32 {
	if h.many != nil {
		return h.many[lowerName]
	}
	i := h.chains[hash(lowerName)]
	for i > 0 && h.list[i-1].name != lowerName {
		i = h.list[i-1].next
	}
	return i
}

// Values returns the lines of a header by its lower-case name. They are not to be
// changed, nor kept past Reset.
func (h *Headers) Values(lowerName string) []string {
	if i := h.find(lowerName); i > 0 {
		return h.list[i-1].lines
	}
	return nil
}

// Joined returns the lines of a header as the one line that they are equal to.
func (h *Headers) Joined(lowerName string) (string, bool) {
	switch lines := h.Values(lowerName); len(lines) {
	case 0:
		return "", false
	case 1:
		return lines[0], true
	default:
		return strings.Join(lines, ","), true
	}
}

// Delete takes all lines of a header away.
func (h *Headers) Delete(lowerName string) {
	i := h.find(lowerName)
	if i == 0 {
		return
	}
	gone := &h.list[i-1]
	if h.many != nil {
		delete(h.many, lowerName)
	} else {
		at := &h.chains[hash(lowerName)]
		for *at != i {
			at = &h.list[*at-1].next
		}
		*at = gone.next
	}
	*gone = header{}
}

// Names calls yield with the lower-case name of each header, in the order in
// which they came, until it returns false.
func (h *Headers) Names(yield func(lowerName string) bool) {
	for i := range h.list {
		if len(h.list[i].lines) > 0 && !yield(h.list[i].name) {
			return
		}
	}
}

// sorted returns the names of all headers, sorted.
func (h *Headers) sorted() []string {
	names := make([]string, 0, len(h.list))
	for name := range h.Names {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Reset takes all headers away and keeps their room.
func (h *Headers) Reset() {
	if h.many != nil {
		*h = Headers{} // the room of a request that nobody sends twice
		return
	}
	clear(h.list)
	clear(h.texts)
	h.list, h.texts, h.chains = h.list[:0], h.texts[:0], [64]int32{}
}
