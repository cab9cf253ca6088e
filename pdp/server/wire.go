package server

import (
	"crypto/tls"
	"errors"
	"net/http"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"

	"github.com/mayi-authz/mayi/config"
	"github.com/mayi-authz/mayi/pdp/authn"
	"github.com/mayi-authz/mayi/pdp/decideapi"
	"github.com/mayi-authz/mayi/pdp/door"
	"github.com/mayi-authz/mayi/pdp/extauthz"
	"github.com/mayi-authz/mayi/policystore"
	"github.com/mayi-authz/mayi/policystore/source"
)

// wire builds everything from the configuration, and reports all that its parts
// find wrong with it.
func (s *Server) wire() error {
	c := s.o.Config
	src, err := policystore.SourceAt(c.Bundle.Path, source.Limits{})
	if err != nil {
		return err
	}
	s.store, err = policystore.Open(policystore.Options{
		Source:     src,
		Poll:       c.Bundle.PollInterval,
		Root:       c.Authn.Root.ID,
		Registerer: s.o.Registry,
		Logger:     s.log,
	})
	if err != nil {
		return err
	}
	s.views = &switchable{store: s.store}
	s.health = newHealth(s.Ready, c.Decide.Directory)
	m, err := newMetrics(s.o.Registry, s.o.Version, c.ExtAuthz.DryRun, s.Ready)
	if err != nil {
		return err
	}
	denies := &denyLog{headers: c.Log.Headers, throttle: throttle{perSecond: c.Log.DeniesPerSecond, now: time.Now}}
	if c.Log.Denies {
		denies.log = s.log
	}
	see := &observers{metrics: m, denies: denies, log: s.log}

	check, errCheck := s.extAuthz(see)
	overGRPC, errGRPC := s.decide(see, doorDecide)
	overHTTP, errHTTP := s.decide(see, doorJSON)
	if err := errors.Join(errCheck, errGRPC, errHTTP); err != nil {
		return err
	}
	return errors.Join(
		s.wireGRPC(see, check, overGRPC),
		s.wireCheck(see, check),
		wireHTTP("http", &s.http, &c.HTTP, recoveringHTTP(overHTTP.Handler(), m.onPanic(s.log)), s),
		wireHTTP("admin", &s.admin, adminHTTP(c), recoveringHTTP(s.adminHandler(), m.onPanic(s.log)), s),
	)
}

// extAuthz builds the door for Envoy.
func (s *Server) extAuthz(see *observers) (*extauthz.Server, error) {
	sources, errSources := authnOptions(&s.o.Config.Authn)
	options, errOptions := doorOptions(s.o.Config)
	if err := errors.Join(errSources, errOptions); err != nil {
		return nil, err
	}
	chain, err := authn.New(sources)
	if err != nil {
		return nil, prefixed("authn", err)
	}
	s.chain = chain
	options.Authenticator = chain
	d, err := door.New(options)
	if err != nil {
		return nil, prefixed("ext_authz", err)
	}
	return extauthz.New(extauthz.Options{
		Door:      d,
		Provider:  see.identified(s.views),
		Inability: inabilities[s.o.Config.ExtAuthz.Inability],
		Observer:  see.forProxy(doorExtAuthz),
		Name:      doorExtAuthz,
		Now:       s.o.Now,
	})
}

// decide builds the Decide API for one listener.
func (s *Server) decide(see *observers, name string) (*decideapi.API, error) {
	c := s.o.Config
	api, err := decideapi.New(decideapi.Options{
		Views:      see.views(name, s.views),
		Now:        s.o.Now,
		TrustFacts: c.Decide.TrustFacts,
		Directory:  c.Decide.Directory,
		MaxBatch:   c.Decide.MaxBatch,
		MaxBody:    c.HTTP.MaxBodyBytes,
		Rejected:   see.rejected(name, decideapi.RejectReasons()),
	})
	return api, prefixed("decide", err)
}

func (s *Server) wireGRPC(see *observers, check *extauthz.Server, decide *decideapi.API) error {
	c := s.o.Config.GRPC
	options := []grpc.ServerOption{
		grpc.UnaryInterceptor(recovering(see.metrics.onPanic(s.log))),
		grpc.ForceServerCodecV2(extauthz.Codec(countingCodec(see.rejected(doorGRPC, []string{rejectUndecodable})))),
		grpc.MaxRecvMsgSize(orDefault(c.MaxMessageBytes, 4<<20)),
		grpc.MaxConcurrentStreams(uint32(orDefault(c.MaxStreams, 1000))),
		grpc.MaxHeaderListSize(64 << 10),
		// Workers keep their grown stacks: copying small ones as they grow was 8 % of a
		// call's CPU with one worker a core, since all others in flight got a new goroutine.
		grpc.NumStreamWorkers(128),
		// Fixed windows: an estimated one costs a ping and its answer for almost every
		// call on a connection that is not busy (7 µs of 64).
		grpc.StaticStreamWindowSize(256 << 10),
		grpc.StaticConnWindowSize(1 << 20),
		grpc.ConnectionTimeout(orDefault(c.ConnectionTimeout, 5*time.Second)),
		grpc.WaitForHandlers(true),
		// Envoy pings as often as its operator says; the default would end such
		// connections with too_many_pings.
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{
			MinTime:             orDefault(c.KeepaliveMinTime, time.Second),
			PermitWithoutStream: true,
		}),
		grpc.KeepaliveParams(keepalive.ServerParameters{
			MaxConnectionAge:      c.MaxConnectionAge,
			MaxConnectionAgeGrace: orDefault(c.MaxConnectionAgeGrace, 10*time.Second),
		}),
	}
	settings, err := newTLS("grpc", c.TLS, s.log, "h2")
	if err != nil {
		return err
	}
	if settings != nil {
		options = append(options, grpc.Creds(credentials.NewTLS(settings)))
	}
	g := grpc.NewServer(options...)
	check.Register(g)
	decide.Register(g)
	healthpb.RegisterHealthServer(g, s.health)
	s.grpc.server = g
	return nil
}

// adminHTTP is how the admin listener is served: small requests only.
func adminHTTP(c *config.Config) *config.HTTP {
	return &config.HTTP{Listener: c.Admin.Listener, MaxHeaderBytes: 16 << 10}
}

func wireHTTP(key string, e *endpoint[*http.Server], c *config.HTTP, h http.Handler, s *Server) error {
	settings, err := newTLS(key, c.TLS, s.log, "h2", "http/1.1")
	if err != nil {
		return err
	}
	e.server = newHTTPServer(c, h, settings)
	e.server.ErrorLog = httpErrorLog(s.log, key)
	return nil
}

func newHTTPServer(c *config.HTTP, h http.Handler, settings *tls.Config) *http.Server {
	read := orDefault(c.ReadTimeout, 10*time.Second)
	return &http.Server{
		Handler:           h,
		TLSConfig:         settings,
		MaxHeaderBytes:    orDefault(c.MaxHeaderBytes, 64<<10),
		ReadHeaderTimeout: read,
		ReadTimeout:       read,
		WriteTimeout:      orDefault(c.WriteTimeout, 30*time.Second),
		IdleTimeout:       orDefault(c.IdleTimeout, 2*time.Minute),
	}
}

// orDefault returns v, or d where v is zero.
func orDefault[T int | time.Duration](v, d T) T {
	if v == 0 {
		return d
	}
	return v
}
