package pdp

import "slices"

// A windows finds patterns that begin like many others by a few bytes further in
// that few others have: "*/tenant-17/*" among ten thousand siblings by "ant-17/*"
// without the star. The resource is read once, byte by byte; a filter of bits, 16 for
// each window, lets one position in sixteen pass (2 ns a byte, of 10,000 windows,
// instead of the 7 of looking each up in the table).
type windows struct {
	width       int             // bytes of a window: 8 or 4
	filter      []uint64        // a power of two
	filterShift uint8           // of a hash, to a bit of the filter
	shift       uint8           // of a hash, to a slot
	slots       []int32         // a power of two; 0 is free, n+1 is posting n
	postings    []windowPosting // by hash
}

// A windowPosting is a statement whose resource contains a window.
type windowPosting struct {
	hash      uint32
	statement int32
}

// hashWindow returns a hash whose high bits depend on all of the window.
func hashWindow(w uint64) uint32 { return uint32(w * mixer >> 32) }

func (w *windows) look(f *finder, mark uint32) {
	text, limit := f.text, len(f.found)+fewFound
	filter, shift, drop := w.filter, w.filterShift&31, uint(64-8*w.width)&63
	var last uint64 // eight bytes
	for i := range len(text) {
		if last = last>>8 | uint64(text[i])<<56; i+1 < w.width {
			continue
		}
		hash := hashWindow(last >> drop)
		bit := hash >> shift
		if filter[bit>>6]>>(bit&63)&1 == 0 {
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
