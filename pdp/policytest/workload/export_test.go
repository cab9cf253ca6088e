package workload

import "github.com/mayi-authz/mayi/pdp"

// Naive returns the naive evaluator over the whole model.
func (w *Workload) Naive() func(*pdp.Request) pdp.Effect {
	n := newNaive(&w.Model)
	return func(r *pdp.Request) pdp.Effect { return n.decide(r).effect() }
}
