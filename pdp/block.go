package pdp

import (
	"slices"
)

// A block is statements that are asked together: those of the policies that a user,
// a group or a role has, of one policy by itself, or of the resource policies that
// name one principal. It knows of each what an action and a resource must begin with
// or contain for the statement to match, and so leaves out those that cannot. What it
// leaves in is asked whole: a block never decides.
type block struct {
	postings []posting // in canonical order if index is nil, else as the index has them
	index    *index    // nil: there are few, and each is looked at
	// parts are blocks of single policies that many blocks hold.
	parts []*block
}

// A posting is a statement with the heads of one of its actions and one of its
// resources.
type posting struct {
	statement        int32
	action, resource headKey
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
}

// read takes what a decision is asked about.
func (f *finder) read(action, resource string) {
	f.action.read(action, true)
	f.resource.read(resource, false)
	f.text = resource
}

// aside marks statements whose Allows do not count.
const aside = 1

// look adds the statements of a block that may match.
func (f *finder) look(b *block, mark uint32) {
	if b == nil {
		return
	}
	if b.index != nil {
		b.index.look(f, b.postings, mark)
	} else {
		for i := range b.postings {
			if p := &b.postings[i]; f.action.begins(p.action) && f.resource.begins(p.resource) {
				f.add(p.statement, mark)
			}
		}
	}
	for _, part := range b.parts {
		f.look(part, mark)
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
	slices.Sort(f.found)
	return f.found
}
