package pdp

import "slices"

// A windows finds patterns that begin like many others by a few bytes further in
// that few others have: "*/tenant-17/*" among ten thousand siblings by "ant-17/*"
// without the star. The resource is read once, byte by byte; a filter of bits, 16 for
// each window, lets one position in sixteen pass at most (1 ns for a byte instead of
// the 6 of looking each up in the table).
type windows struct {
	width    int // bytes of a window: 8 or 4
	filter   []uint64
	postings []windowPosting // by hash
	slots    []int32         // a power of two; 0 is free, n+1 is posting n
	shift    uint8           // of a hash, to a slot
}

// A windowPosting is a statement whose resource contains a window.
type windowPosting struct {
	hash      uint32
	statement int32
}

func hashWindow(w uint64) uint32 {
	w *= mixer
	return uint32((w ^ w>>32) * mixer >> 32)
}

func (w *windows) look(f *finder, mark uint32) {
	text, limit := f.text, len(f.found)+fewFound
	for i := 0; i+w.width <= len(text); i++ {
		var hash uint32
		if w.width == 8 {
			hash = hashWindow(eight(text, i))
		} else {
			hash = hashWindow(four(text, i))
		}
		bit := hash & uint32(64*len(w.filter)-1)
		if w.filter[bit>>6]>>(bit&63)&1 == 0 {
			continue
		}
		w.add(f, hash, mark)
		if len(f.found) > limit { // a text that repeats itself finds the same again and again
			slices.Sort(f.found)
			f.found = slices.Compact(f.found)
			limit = 2*len(f.found) + fewFound
		}
	}
}

// fewFound is how many statements may be found more than once before it matters.
const fewFound = 64

// add adds the statements with a window.
func (w *windows) add(f *finder, hash, mark uint32) {
	mask := uint32(len(w.slots) - 1)
	for at := hash >> w.shift; ; at++ {
		n := w.slots[at&mask]
		if n == 0 {
			return
		}
		if run := w.postings[n-1:]; run[0].hash == hash {
			for i := 0; i < len(run) && run[i].hash == hash; i++ {
				f.add(run[i].statement, mark)
			}
			return
		}
	}
}
