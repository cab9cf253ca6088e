package floor

import (
	"fmt"
	"strings"

	"github.com/mayi-authz/mayi/pdp/policytest/workload"
)

// A Floor decides one workload.
type Floor struct {
	decider
	asked []request
}

type decider interface {
	decide(r *request) bool
}

// New indexes a workload in the way that is written for it.
func New(w *workload.Workload) (*Floor, error) {
	index, ok := makers[family(w.Name)]
	if !ok {
		return nil, fmt.Errorf("the floor was not written for %s", w.Name)
	}
	d, err := index(&w.Model)
	if err != nil {
		return nil, err
	}
	return &Floor{decider: d}, nil
}

var makers = map[string]func(*workload.Model) (decider, error){
	"W1": newCrowd, "W2": newCrowd, "W3": newCrowd,
	"W4": newSpread, "W4/prefix": newPrefix, "W4/inner": newInner,
	"W5": newOpen, "W6": newTenants, "W7": newTelling,
}

// family is a workload's name without its size.
func family(name string) string {
	if i := strings.LastIndexByte(name, '/'); i > 0 && strings.Trim(name[i+1:], "0123456789") == "" {
		return name[:i]
	}
	return name
}

// Prepare parses requests.
func (f *Floor) Prepare(requests []workload.Request) error {
	f.asked = make([]request, len(requests))
	for i := range requests {
		q, err := newRequest(&requests[i].Request)
		if err != nil {
			return err
		}
		f.asked[i] = q
	}
	return nil
}

// Decide answers one of the requests.
func (f *Floor) Decide(i int) bool { return f.decide(&f.asked[i]) }
