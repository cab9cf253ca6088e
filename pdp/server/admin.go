package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/mayi-authz/mayi/policystore"
)

// adminHandler serves probes, metrics and status.
//
//	/livez      the process turns; never looks at policies
//	/readyz     200 if requests should be sent here, else 503; ?verbose says why
//	/metrics    Prometheus
//	/v1/status  JSON
func (s *Server) adminHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, r *http.Request) { text(w, http.StatusOK, "ok\n") })
	mux.HandleFunc("GET /readyz", s.readyz)
	mux.HandleFunc("GET /v1/status", s.status)
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.o.Registry, promhttp.HandlerOpts{
		Registry:      s.o.Registry,
		ErrorHandling: promhttp.ContinueOnError, // one broken collector must not hide the rest
	}))
	return mux
}

func text(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	fmt.Fprint(w, body) //nolint:errcheck // the client is gone; there is nobody to tell
}

func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	snapshot, draining := s.store.Ready(), s.draining.Load()
	status, body := http.StatusOK, "ok\n"
	if !snapshot || draining {
		status, body = http.StatusServiceUnavailable, "not ready\n"
	}
	if r.URL.Query().Has("verbose") {
		body = check("snapshot", snapshot, "there is no good snapshot yet") +
			check("serving", !draining, "shutting down") + body
	}
	text(w, status, body)
}

func check(name string, good bool, reason string) string {
	if good {
		return "[+] " + name + ": ok\n"
	}
	return "[-] " + name + ": " + reason + "\n"
}

// Status is what /v1/status shows.
type Status struct {
	Version   string    `json:"version"`
	StartedAt time.Time `json:"started_at"`
	Ready     bool      `json:"ready"`
	Draining  bool      `json:"draining"`
	// DryRun says that ext_authz lets through what it would deny.
	DryRun bool `json:"dry_run"`
	// TrustFacts says that Decide takes callers' facts at their word.
	TrustFacts bool `json:"trust_facts"`
	// Directory says that callers of Decide may ask about the directory.
	Directory bool `json:"directory"`
	// RootSource is the source that may establish the root principal; "" is none.
	RootSource string             `json:"root_source,omitempty"`
	Policies   policystore.Status `json:"policies"`
	// Credentials are the sources of principals, in their order.
	Credentials []Source `json:"credentials"`
}

// A Source is how a source of principals is doing.
type Source struct {
	Name string `json:"name"`
	// Keys is how many keys a source of tokens verifies with.
	Keys int `json:"keys"`
	// Problem is why its key file could not be read when it was last tried; the
	// keys are then those of before.
	Problem string `json:"problem,omitempty"`
}

// Status returns how the server is doing.
func (s *Server) Status() Status {
	sources := []Source{}
	for _, c := range s.chain.Status() {
		source := Source{Name: c.Name, Keys: c.Keys}
		if c.Err != nil {
			source.Problem = c.Err.Error()
		}
		sources = append(sources, source)
	}
	return Status{
		Credentials: sources,

		Version:    s.o.Version,
		StartedAt:  s.started.UTC(),
		Ready:      s.Ready(),
		Draining:   s.draining.Load(),
		DryRun:     s.o.Config.ExtAuthz.DryRun,
		TrustFacts: s.o.Config.Decide.TrustFacts,
		Directory:  s.o.Config.Decide.Directory,
		RootSource: s.o.Config.Authn.Root.Source,
		Policies:   s.store.Status(),
	}
}

func (s *Server) status(w http.ResponseWriter, r *http.Request) {
	body, err := json.Marshal(s.Status())
	if err != nil {
		text(w, http.StatusInternalServerError, "status: "+err.Error()+"\n")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Write(append(body, '\n')) //nolint:errcheck // the client is gone; there is nobody to tell
}
