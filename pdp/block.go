package pdp

import "slices"

// A block is statements that are asked together: those of the policies that a user,
// a group or a role has, of one policy by itself, or of the resource policies that
// name one principal. It knows of each what an action and a resource must begin with
// or contain for the statement to match, and so leaves out those that cannot. What it
// leaves in is asked whole: a block never decides.
type block struct {
	// cells are first the runs, one for each head of actions, then the postings, those
	// of each run together. They are one after the other in memory, because nearly all
	// that a small block costs is fetching it: 20 statements are six lines of the cache.
	cells []cell
	runs  int32
	index *index   // nil: the runs are few, and each is looked at
	parts []*block // of single policies that many blocks hold
}

// A cell is a run: the head of an action, and where its postings are. Or it is a
// posting: the head of a resource, and the number of a statement that has it and the
// action of the run.
type cell struct {
	key    headKey
	number int32 // of a run: see runOf
}

// runOf packs where the postings of a short run begin and how many they are.
// A run that has too many for that has -n-1, where n is its group.
func runOf(from, n int) int32 { return int32(from<<runBits | n) }

// runBits are what the number of postings in a run needs.
const runBits = 6

// postings returns those of a short run.
func (b *block) postings(run cell) []cell {
	from := run.number >> runBits
	return b.cells[from : from+run.number&(1<<runBits-1)]
}

// A heldBlock is a block that a principal has. What it has through memberships alone
// allows in their tenants only.
type heldBlock struct {
	*block
	memberships []int32 // of the entry; nil: it does not need any
}

// A finder finds the statements that may match a request.
type finder struct {
	action, resource heads
	text             string   // the resource
	found            []uint32 // twice the number of a statement; odd: its Allow does not count

	keys    [maxHead + 1]headKey // see actionKeys
	longest int                  // that keys has
	keyed   bool                 // keys are those of the action
}

// read takes what a decision is asked about.
func (f *finder) read(action, resource string) {
	f.action.read(action, true)
	f.keyed = false
	f.resource.read(resource, false)
	f.text = resource
}

// aside marks statements whose Allows do not count.
const aside = 1

// actionKeys returns the keys of all that the action begins with, by length; 0 for
// lengths that it does not have. An action has some 15 of them, and is compared with
// more runs than that.
func (f *finder) actionKeys() *[maxHead + 1]headKey {
	if f.keyed {
		return &f.keys
	}
	for length := range f.action.n + 1 {
		f.keys[length] = f.action.key(length)
	}
	if f.action.n < f.longest {
		clear(f.keys[f.action.n+1 : f.longest+1])
	}
	f.longest, f.keyed = f.action.n, true
	return &f.keys
}

// look adds the statements of a block that may match.
func (f *finder) look(b *block, mark uint32) {
	switch {
	case b == nil:
		return
	case b.index != nil:
		b.index.look(f, b, mark)
	default:
		keys := f.actionKeys()
		for i := range b.cells[:b.runs] {
			if run := b.cells[i]; keys[run.key>>24] == run.key {
				f.few(b.postings(run), mark)
			}
		}
	}
	for _, part := range b.parts {
		f.look(part, mark)
	}
}

// few looks at each of some postings.
func (f *finder) few(postings []cell, mark uint32) {
	for i := range postings {
		if f.resource.begins(postings[i].key) {
			f.add(postings[i].number, mark)
		}
	}
}

func (f *finder) add(statement int32, mark uint32) {
	f.found = append(f.found, uint32(statement)<<1|mark)
}

// all adds statements without looking at them.
func (f *finder) all(from, to int32, mark uint32) {
	for n := from; n < to; n++ {
		f.add(n, mark)
	}
}

// sorted returns what was found in canonical order. A statement that was found more
// than once follows itself, first as one whose Allow counts.
func (f *finder) sorted() []uint32 {
	if len(f.found) > 1 {
		slices.Sort(f.found)
	}
	return f.found
}
