package policytest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/mayi-authz/mayi/pdp"
)

// An Answer is what a decider said to a case, or what the case wants it to say.
// The zero Answer is "nothing said".
type Answer struct {
	Effect     string   // "Allow" or "Deny"
	Reason     string   // as pdp.Reason prints
	Principal  string   // the canonical id that was decided upon
	Statements []string // "policy#Sid", or "policy[index]" without a Sid, in canonical order
	More       int      // deciding statements beyond those
	// Brief marks an answer that tells neither Principal nor More, as the Decide
	// API's do: those two are not compared.
	Brief bool
}

// AnswerOf returns a Decision as an Answer.
func AnswerOf(d pdp.Decision) Answer {
	refs := d.Determining(nil)
	a := Answer{
		Effect: d.Effect.String(), Reason: d.Reason.String(), Principal: d.Principal,
		More: d.Total() - len(refs),
	}
	for _, r := range refs {
		a.Statements = append(a.Statements, statementName(r.Policy, r.Sid, r.Index))
	}
	return a
}

// ParseAnswer reads the JSON answer of POST /v1/decide. Unknown fields are
// accepted: what else an answer holds is its door's own business to test.
func ParseAnswer(data []byte) (Answer, error) {
	var in struct {
		Decision    string `json:"decision"`
		Reason      string `json:"reason"`
		Determining []struct {
			Policy string `json:"policy"`
			Sid    string `json:"sid"`
			Index  int    `json:"index"`
		} `json:"determining"`
	}
	if err := json.Unmarshal(data, &in); err != nil {
		return Answer{}, fmt.Errorf("answer: %w", err)
	}
	a := Answer{Effect: in.Decision, Reason: in.Reason, Brief: true}
	for _, d := range in.Determining {
		a.Statements = append(a.Statements, statementName(d.Policy, d.Sid, d.Index))
	}
	return a, nil
}

func statementName(policy, sid string, index int) string {
	if sid != "" {
		return policy + "#" + sid
	}
	return policy + "[" + strconv.Itoa(index) + "]"
}

// Said reports whether the answer says anything.
func (a Answer) Said() bool { return a.Effect != "" }

// Diff says in one line each how got differs from what a case wants, nil if it
// does not.
func (want Answer) Diff(got Answer) []string {
	var diff []string
	unequal := func(what, want, got string) {
		if want != got {
			diff = append(diff, fmt.Sprintf("%s: want %q, got %q", what, want, got))
		}
	}
	unequal("decision", want.Effect, got.Effect)
	unequal("reason", want.Reason, got.Reason)
	if !slices.Equal(want.Statements, got.Statements) {
		unequal("deciding statements", strings.Join(want.Statements, " "), strings.Join(got.Statements, " "))
	}
	if want.Brief || got.Brief {
		return diff
	}
	if want.More != got.More {
		diff = append(diff, fmt.Sprintf("further deciding statements: want %d, got %d", want.More, got.More))
	}
	// A request that could not be read was decided upon nobody in particular.
	if want.Reason != pdp.ReasonMalformedRequest.String() {
		unequal("principal", want.Principal, got.Principal)
	}
	return diff
}

// line renders the answer as it stands after the arrow of a case whose request
// names this principal.
func (a Answer) line(principal string) string {
	parts := []string{a.Effect, a.Reason}
	if !a.Brief && a.Principal != principal && a.Reason != pdp.ReasonMalformedRequest.String() {
		parts = append(parts, "as", quote(a.Principal))
	}
	for _, s := range a.Statements {
		parts = append(parts, quote(s))
	}
	if a.More > 0 {
		parts = append(parts, "+"+strconv.Itoa(a.More))
	}
	return strings.Join(parts, " ")
}

// parseAnswer reads what follows the arrow.
func parseAnswer(s *scanner, principal string) (Answer, error) {
	effect, err := s.word("Allow or Deny", "")
	if err != nil {
		return Answer{}, err
	}
	if !effect.is("Allow") && !effect.is("Deny") {
		return Answer{}, fmt.Errorf("expected Allow or Deny after the arrow, found %q", effect.text)
	}
	reason, err := s.word("a reason", "")
	if err != nil {
		return Answer{}, err
	}
	known := slices.ContainsFunc(pdp.Reasons(), func(r pdp.Reason) bool { return reason.is(r.String()) })
	if !known {
		return Answer{}, fmt.Errorf("there is no reason %q", reason.text)
	}
	a := Answer{Effect: effect.text, Reason: reason.text, Principal: principal}
	for s.blank() {
		w, err := s.word("a statement", "")
		switch {
		case err != nil:
			return Answer{}, err
		case w.is("as"):
			id, err := s.word("the canonical id", "")
			if err != nil {
				return Answer{}, err
			}
			a.Principal = id.text
		case !w.quoted && strings.HasPrefix(w.text, "+"):
			n, err := strconv.Atoi(w.text[1:])
			if err != nil || n < 1 {
				return Answer{}, fmt.Errorf("expected + and how many more statements decided, found %q", w.text)
			}
			a.More = n
		default:
			a.Statements = append(a.Statements, w.text)
		}
	}
	return a, nil
}
