package peer

import (
	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/policytest/workload"
	"github.com/mayi-authz/mayi/policystore"
)

// MayI is the engine that the others are compared with: from the bytes of the
// bundle, as the server loads it, with reasons and deciding statements.
var MayI = Peer{
	Name:  "mayi",
	About: "`Engine.Decide`; with reason and deciding statements",
	Load: func(w *workload.Workload) (Engine, error) {
		e, err := policystore.LoadFiles(w.Files)
		if err != nil {
			return nil, err
		}
		return &mayi{engine: e}, nil
	},
}

type mayi struct {
	engine *pdp.Engine
	asked  []workload.Request
}

func (m *mayi) Prepare(requests []workload.Request) error {
	m.asked = requests
	return nil
}

func (m *mayi) Decide(i int) bool {
	d := m.engine.Decide(&m.asked[i].Request)
	return d.Allowed()
}
