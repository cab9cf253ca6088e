package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mayi-authz/mayi/config"
	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/server"
	"github.com/mayi-authz/mayi/policystore"
)

// validation is the result of "mayi validate".
type validation struct {
	Valid    bool                  `json:"valid"`
	Revision string                `json:"revision,omitempty"` // of the bundle, if it is valid
	Counts   *counts               `json:"counts,omitempty"`   // likewise
	Problems []policystore.Problem `json:"problems"`
}

// counts says how much a bundle holds.
type counts struct {
	Policies    int `json:"policies"`
	Statements  int `json:"statements"`
	Tenants     int `json:"tenants"`
	Users       int `json:"users"`
	Memberships int `json:"memberships"`
	Groups      int `json:"groups"`
	Roles       int `json:"roles"`
	Resources   int `json:"resources"`
	Routes      int `json:"routes"`
}

func countsOf(n pdp.Counts) *counts {
	return &counts{
		Policies: n.Policies, Statements: n.Statements, Tenants: n.Tenants, Users: n.Users, Memberships: n.Memberships,
		Groups: n.Groups, Roles: n.Roles, Resources: n.Resources, Routes: n.Routes,
	}
}

// String names what there is, in a few words.
func (c *counts) String() string {
	var parts []string
	for _, part := range []struct {
		n    int
		what string
	}{
		{c.Policies, "policies"}, {c.Statements, "statements"}, {c.Tenants, "tenants"}, {c.Users, "users"},
		{c.Memberships, "memberships"}, {c.Groups, "groups"}, {c.Roles, "roles"}, {c.Resources, "resources"}, {c.Routes, "routes"},
	} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", part.n, part.what))
		}
	}
	return strings.Join(parts, ", ")
}

func (p *program) validateCommand() *cobra.Command {
	var bundle, file string
	out := output{p: p}
	cmd := &cobra.Command{
		Use:   "validate [--bundle PATH] [--config FILE]",
		Short: "Check policies and configuration as serve would",
		Long: `Check policies, configuration or both by the rules by which serve accepts them.
Every problem is reported, with its place. Exits with 3 if there is one.`,
		Example: `  mayi validate --bundle ./policies
  mayi validate --config mayi.yaml --format json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			pretty, err := out.pretty()
			if err != nil {
				return err
			}
			if bundle == "" && file == "" {
				return usage(errors.New("nothing to check: use --bundle PATH or --config FILE"))
			}
			v := validation{Problems: []policystore.Problem{}}
			if file != "" {
				v.Problems = append(v.Problems, configProblems(file, p.environ)...)
			}
			if bundle != "" {
				engine, err := policystore.Load(cmd.Context(), bundle)
				switch exit := (*exitError)(nil); {
				case err == nil:
					v.Revision, v.Counts = engine.Revision(), countsOf(engine.Counts())
				case errors.As(bundleError(err), &exit) && exit.code == exitFailed:
					return failed(err)
				}
				v.Problems = append(v.Problems, policystore.Problems(err)...)
			}
			v.Valid = len(v.Problems) == 0
			if err := v.write(p.out, pretty); err != nil {
				return failed(err)
			}
			if !v.Valid {
				return &exitError{code: exitInvalid}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&bundle, "bundle", "", "policies: a directory or a .tar.gz `PATH`")
	cmd.Flags().StringVarP(&file, "config", "c", "", "configuration `FILE`")
	out.add(cmd.Flags())
	return cmd
}

// configProblems returns what is wrong with a configuration file, as it would
// be with this environment.
func configProblems(file string, environ []string) []policystore.Problem {
	c, err := config.Load(file, environ, nil)
	if err == nil {
		err = server.Validate(c)
	}
	return problemsOf(file, err)
}

// problemsOf takes joined errors apart.
func problemsOf(file string, err error) []policystore.Problem {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []policystore.Problem
		for _, err := range joined.Unwrap() {
			all = append(all, problemsOf(file, err)...)
		}
		return all
	}
	p := policystore.Problem{File: file, Rule: "Configuration", Reason: err.Error()}
	if placed := (*config.Error)(nil); errors.As(err, &placed) {
		p.File, p.Line, p.Pointer, p.Reason = placed.Origin, placed.Line, placed.Key, placed.Reason
	}
	return []policystore.Problem{p}
}

func (v *validation) write(w io.Writer, pretty bool) error {
	if !pretty {
		data, err := json.Marshal(v)
		if err != nil {
			return err
		}
		_, err = w.Write(append(data, '\n'))
		return err
	}
	for _, p := range v.Problems {
		if _, err := fmt.Fprintln(w, printable(problemLine(p))); err != nil {
			return err
		}
	}
	if !v.Valid {
		_, err := fmt.Fprintf(w, "not valid: %d problems\n", len(v.Problems))
		return err
	}
	text := "valid"
	if v.Counts != nil {
		text += ": " + v.Counts.String()
	}
	_, err := fmt.Fprintln(w, text)
	return err
}

// problemLine renders file:line:column pointer: rule: reason, without what is
// not known.
func problemLine(p policystore.Problem) string {
	line := p.File
	if p.Line > 0 {
		line += fmt.Sprintf(":%d", p.Line)
	}
	if p.Column > 0 {
		line += fmt.Sprintf(":%d", p.Column)
	}
	if p.Pointer != "" {
		line += " " + p.Pointer
	}
	for _, more := range []string{p.Rule, p.Reason} {
		if more != "" && line != "" {
			line += ": "
		}
		line += more
	}
	return line
}
