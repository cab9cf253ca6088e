package pdp

import (
	"cmp"
	"math/bits"
	"slices"
)

// windows takes out of the postings of one action those whose resource begins like
// many others', and has a window that fewer have. It returns the rest, sorted.
func (x *indexer) windows(postings []posting) ([]posting, []windows) {
	rest, crowd := make([]posting, 0, len(postings)), []crowded(nil)
	for from := 0; from < len(postings); {
		to := from
		for to < len(postings) && postings[to].resource == postings[from].resource {
			to++
		}
		for _, p := range postings[from:to] {
			if to-from > fewAlike && p.pattern != anyPattern {
				crowd = append(crowd, crowded{p, to - from})
			} else {
				rest = append(rest, p)
			}
		}
		from = to
	}
	var made []windows
	for _, width := range [...]int{8, 4} {
		var found []windowPosting
		if found, crowd = x.rarest(crowd, width); len(found) > 0 {
			made = append(made, newWindows(width, found))
		}
	}
	for _, p := range crowd {
		rest = append(rest, p.posting)
	}
	if len(crowd) > 0 {
		slices.SortFunc(rest, comparePostings)
	}
	return rest, made
}

// A crowded posting begins like so many.
type crowded struct {
	posting
	alike int
}

// rarest gives each posting the window of its pattern that the fewest have, and
// returns those that no window would tell much better than what they begin with. The
// counts are of hashes: where two windows share one, both look more common than they
// are, and nothing else.
func (x *indexer) rarest(crowd []crowded, width int) ([]windowPosting, []crowded) {
	total := 0
	each := func(p *crowded, yield func(hash uint32)) {
		begin := min(len(x.resources[p.pattern].head), maxHead)
		x.of.resources[p.pattern].Literals(func(literal string) {
			for i := begin; i+width <= len(literal); i++ {
				if width == 8 {
					yield(hashWindow(eight(literal, i)))
				} else {
					yield(hashWindow(four(literal, i)))
				}
			}
			begin = 0 // the first literal is the head, which all have alike
		})
	}
	for i := range crowd {
		each(&crowd[i], func(uint32) { total++ })
	}
	countBits := bits.Len(uint(min(2*total, 1<<22)))
	counts, shift := make([]uint32, 1<<countBits), 32-countBits
	for i := range crowd {
		each(&crowd[i], func(hash uint32) { counts[hash>>shift]++ })
	}
	found, left := make([]windowPosting, 0, len(crowd)), crowd[:0]
	for _, p := range crowd {
		best, fewest := uint32(0), uint32(p.alike/2)
		each(&p, func(hash uint32) {
			if n := counts[hash>>shift]; n < fewest {
				best, fewest = hash, n
			}
		})
		if fewest < uint32(p.alike/2) {
			found = append(found, windowPosting{best, p.statement})
		} else {
			left = append(left, p)
		}
	}
	return found, left
}

func newWindows(width int, postings []windowPosting) windows {
	slices.SortFunc(postings, func(a, b windowPosting) int {
		if c := cmp.Compare(a.hash, b.hash); c != 0 {
			return c
		}
		return cmp.Compare(a.statement, b.statement)
	})
	w := windows{width: width, postings: clipped(slices.Compact(postings))}
	n := len(w.postings)
	slotBits := bits.Len(uint(n*3/2) | 1)
	w.slots, w.shift = make([]int32, 1<<slotBits), uint8(32-slotBits)
	filterBits := min(bits.Len(uint(n/4)), 25) // words of 64
	w.filter, w.filterShift = make([]uint64, 1<<filterBits), uint8(32-6-filterBits)
	mask := uint32(len(w.slots) - 1)
	for i, p := range w.postings {
		if i > 0 && p.hash == w.postings[i-1].hash {
			continue
		}
		at := p.hash >> w.shift
		for w.slots[at&mask] != 0 {
			at++
		}
		w.slots[at&mask] = int32(i) + 1
		bit := p.hash >> w.filterShift
		w.filter[bit>>6] |= 1 << (bit & 63)
	}
	return w
}
