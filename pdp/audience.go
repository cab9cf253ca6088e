package pdp

// An audience is statements that say themselves whom they are for, by whom they name:
// everyone, or a number of the roster.
type audience struct {
	everyone             *block
	ids, roles, accounts map[int32]*block
}

func newAudience(k *keyer, statements []int32) *audience {
	x := indexer{keyer: k}
	var everyone []int32
	ids, roles, accounts := map[int32][]int32{}, map[int32][]int32{}, map[int32][]int32{}
	for _, n := range statements {
		p := k.of.principals[k.of.statements[n].principals]
		if p.any || p.not {
			everyone = append(everyone, n)
			continue
		}
		for _, id := range p.ids {
			ids[id] = append(ids[id], n)
		}
		for _, role := range p.roles {
			roles[role] = append(roles[role], n)
		}
		for _, account := range p.accounts {
			accounts[account] = append(accounts[account], n)
		}
	}
	return &audience{everyone: x.audience(everyone), ids: x.audiences(ids), roles: x.audiences(roles), accounts: x.audiences(accounts)}
}

func (x *indexer) audiences(statements map[int32][]int32) map[int32]*block {
	if len(statements) == 0 {
		return nil
	}
	blocks := make(map[int32]*block, len(statements))
	for number, list := range statements {
		blocks[number] = x.audience(list)
	}
	return blocks
}

// audience makes the block of the statements that name somebody, nil of none.
func (x *indexer) audience(statements []int32) *block {
	if len(statements) == 0 {
		return nil
	}
	x.postings = x.postings[:0]
	for _, n := range statements {
		p := x.of.principals[x.of.statements[n].principals]
		x.add(n, 1+len(p.ids)+len(p.roles)+len(p.accounts))
	}
	b := new(block)
	x.fill(b)
	return b
}

// lookFor adds the statements that name the caller in any way.
func (f *finder) lookFor(c caller, a *audience) {
	f.look(a.everyone, 0)
	if c.id != 0 {
		f.look(a.ids[c.id], 0)
	}
	if c.role != 0 {
		f.look(a.roles[c.role], 0)
	}
	if c.behind != 0 {
		f.look(a.roles[c.behind], 0)
	}
	if c.account != 0 {
		f.look(a.accounts[c.account], 0)
	}
}
