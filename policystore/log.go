package policystore

import (
	"errors"
	"log/slog"
	"time"

	"github.com/mayi-authz/mayi/policystore/source"
)

// maxLogged bounds how many problems of one failure are logged, a line each.
const maxLogged = 20

// log tells what an attempt changed. A failure is logged when it is not the one
// that was logged before, so that a source that stays bad does not fill the log.
func (s *Store) log(took time.Duration, a attempt, before error) {
	l := s.o.Logger.With("source", s.o.Source.String())
	switch {
	case a.snapshot != nil:
		c := a.snapshot.counts
		l.Info("policies loaded", "revision", short(a.revision), "documents", c.Documents,
			"policies", c.Policies, "statements", c.Statements, "took", took)
	case a.err == nil && before != nil:
		l.Info("policies are good again, and unchanged", "revision", short(a.revision))
	case a.err != nil && (before == nil || before.Error() != a.err.Error()):
		s.logFailure(l, a)
	default:
		l.Debug("policies are as before", "result", string(a.result))
	}
}

func (s *Store) logFailure(l *slog.Logger, a attempt) {
	serving := "nothing"
	if c := s.current.Load(); c != nil {
		serving = short(c.engine.Revision())
	}
	problems := Problems(a.err)
	l.Error("policies refused; what was served before serves on",
		"refused", short(a.revision), "serving", serving, "problems", len(problems))
	for _, p := range problems[:min(len(problems), maxLogged)] {
		l.Error("policy problem", "file", p.File, "line", p.Line, "column", p.Column,
			"pointer", p.Pointer, "rule", p.Rule, "reason", p.Reason)
	}
	var p *panicError
	if errors.As(a.err, &p) {
		l.Error("policy panic", "error", p.Error(), "stack", string(p.stack))
	}
}

// logNotice tells when the way changes are noticed is another, and when some may
// have been missed.
func (s *Store) logNotice(n source.Notice, another bool) {
	l := s.o.Logger.With("source", s.o.Source.String())
	switch {
	case n.Mode == source.ModePoll && another:
		l.Warn("policies cannot be watched; polling", "every", s.o.FallbackPoll, "reason", n.Lost)
	case n.Mode == source.ModeEvents && n.Lost != nil:
		l.Warn("changes of policies may have been missed; looking at all of them", "reason", n.Lost)
	case n.Mode == source.ModeEvents && another:
		l.Info("policies are watched")
	}
}

// short is how people read a revision.
func short(revision string) string { return revision[:min(len(revision), 12)] }
