package peer

import (
	"github.com/mayi-authz/mayi/bench/floor"
	"github.com/mayi-authz/mayi/pdp/policytest/workload"
)

// Floor is no engine: see its package.
var Floor = Peer{
	Name:  "floor",
	About: "the same decisions from Go written for each workload; no reasons, no statements, parsed attributes",
	Load: func(w *workload.Workload) (Engine, error) {
		f, err := floor.New(w)
		if err != nil {
			return nil, err
		}
		return f, nil
	},
}

// All are the engines in the order of the tables.
var All = []Peer{MayI, Floor, Minio, CedarOwn, CedarAll, OPARules, OPAData, CEL, Casbin}
