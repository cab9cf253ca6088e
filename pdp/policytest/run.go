package policytest

import (
	"errors"
	"fmt"
	"strings"

	"github.com/mayi-authz/mayi/pdp"
)

// A Decider answers cases: the engine, the reference, a store, a live server.
// An error that wraps ErrUnsayable means that it has no way to be asked this one.
type Decider interface {
	Answer(*Case) (Answer, error)
}

// DeciderFunc makes a Decider of a function.
type DeciderFunc func(*Case) (Answer, error)

// Answer calls f.
func (f DeciderFunc) Answer(c *Case) (Answer, error) { return f(c) }

// Decide makes a Decider of a function that decides requests, such as
// (*pdp.Engine).Decide. HTTP requests cannot be said to it.
func Decide(decide func(*pdp.Request) pdp.Decision) Decider {
	return DeciderFunc(func(c *Case) (Answer, error) {
		r := c.Request()
		if r == nil {
			return Answer{}, unsayable("an HTTP request")
		}
		return AnswerOf(decide(r)), nil
	})
}

// A Result counts what became of the cases of a script.
type Result struct {
	Ran     int
	Skipped int // unsayable to this decider
}

// Run asks a decider every case of the script. The error joins one error a case
// that was answered otherwise than the script wants, with its place and text.
func (s *Script) Run(d Decider) (Result, error) {
	var r Result
	var problems []error
	for _, c := range s.Cases {
		got, err := d.Answer(c)
		switch {
		case errors.Is(err, ErrUnsayable):
			r.Skipped++
			continue
		case err != nil:
			problems = append(problems, fmt.Errorf("%s: %s\n\t%w", c.Place(), c.Text, err))
		case !c.Want.Said():
			problems = append(problems, fmt.Errorf("%s: %s\n\tthe script wants nothing; got -> %s", c.Place(), c.Text, got.line(c.asked())))
		default:
			if diff := c.Want.Diff(got); diff != nil {
				problems = append(problems, fmt.Errorf("%s: %s\n\t%s", c.Place(), c.Text, strings.Join(diff, "\n\t")))
			}
		}
		r.Ran++
	}
	return r, errors.Join(problems...)
}
