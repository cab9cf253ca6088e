package pdp

import (
	"slices"
)

// A blockSpec is a block that is to be made of the statements of some policies.
type blockSpec struct {
	*block
	policies []int32 // of Engine.identity, sorted
}

// block returns the block of some policies, which are sorted. Who has the same
// policies has the same block; of no policy it is nil.
func (c *compiler) block(policies []int32) *block {
	if len(policies) == 0 {
		return nil
	}
	key := make([]byte, 0, 4*len(policies))
	for _, n := range policies {
		key = append(key, byte(n), byte(n>>8), byte(n>>16), byte(n>>24))
	}
	if b := c.blocks[string(key)]; b != nil {
		return b
	}
	b := new(block)
	c.blocks[string(key)] = b
	c.specs = append(c.specs, blockSpec{b, policies})
	return b
}

// hold adds a block to those that a principal has, through a membership or (-1)
// without one.
func hold(held []heldBlock, b *block, membership int32) []heldBlock {
	if b == nil {
		return held
	}
	i := slices.IndexFunc(held, func(h heldBlock) bool { return h.block == b })
	switch {
	case i < 0 && membership < 0:
		return append(held, heldBlock{block: b})
	case i < 0:
		return append(held, heldBlock{b, []int32{membership}})
	case membership < 0:
		held[i].memberships = nil
	case held[i].memberships != nil:
		held[i].memberships = append(held[i].memberships, membership)
	}
	return held
}

// alone is how many statements a policy has that gets a block of its own even if
// nobody has it by itself: a session may name it.
const alone = 64

// fillBlocks makes all blocks, of a bundle that is good.
func (c *compiler) fillBlocks() {
	for n := range c.e.identity {
		if p := &c.e.identity[n]; p.block == nil && p.to-p.from > alone {
			p.block = c.block([]int32{int32(n)})
		}
	}
	apart := c.apart()
	k := newKeyer(&c.e.corpus, c.each)
	c.each(len(c.specs), 4, func(from, to int) {
		x := indexer{keyer: k}
		for i := range c.specs[from:to] {
			c.fillBlock(&x, &c.specs[from+i], apart)
		}
	})
	var all []int32
	for i := range c.e.resource {
		all = c.e.resource[i].append(all)
	}
	c.e.audience = newAudience(k, all)
	for _, t := range c.trusts {
		if t.compiled.to-t.compiled.from > fewPostings {
			t.compiled.audience = newAudience(k, t.compiled.append(nil))
		}
	}
}

func (c *compiler) fillBlock(x *indexer, spec *blockSpec, apart map[int32]*block) {
	x.postings = x.postings[:0]
	for _, n := range spec.policies {
		if apart[n] != nil && len(spec.policies) > 1 {
			spec.parts = append(spec.parts, apart[n])
			continue
		}
		for st := c.e.identity[n].from; st < c.e.identity[n].to; st++ {
			x.add(st, 1)
		}
	}
	x.fill(spec.block)
}

func (p *policy) append(numbers []int32) []int32 {
	for n := p.from; n < p.to; n++ {
		numbers = append(numbers, n)
	}
	return numbers
}

// apart returns the blocks of the policies that are not copied into the blocks of
// those who have them, because so many do that the bundle would become a multiple of
// itself: those with the most to copy come first.
func (c *compiler) apart() map[int32]*block {
	const factor, floor = 3, 1 << 12
	uses := make([]int, len(c.e.identity))
	total := 0
	for i := range c.specs {
		for _, n := range c.specs[i].policies {
			uses[n]++
			total += c.size(n)
		}
	}
	order := make([]int32, len(uses))
	for n := range order {
		order[n] = int32(n)
	}
	slices.SortStableFunc(order, func(a, b int32) int { return uses[b]*c.size(b) - uses[a]*c.size(a) })
	apart := map[int32]*block{}
	for _, n := range order {
		if total <= factor*len(c.e.corpus.statements)+floor || uses[n] < 2 {
			break
		}
		apart[n] = c.block([]int32{n})
		total -= (uses[n] - 1) * c.size(n)
	}
	return apart
}

func (c *compiler) size(n int32) int { return int(c.e.identity[n].to - c.e.identity[n].from) }
