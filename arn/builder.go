package arn

import (
	"errors"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// WAMI holds the parts of a WAMI name, to build one from. Every part is required
// but Provider, Account and Region: none of them makes a native name; a name of
// what lives at a cloud provider has the first two.
type WAMI struct {
	Service  string // such as "iam"
	Tenant   string // a tenant path, such as "1/2/3"
	Instance string
	Provider string // such as "aws"; no slash
	Account  string // at the provider; no slash
	Region   string // at the provider; no slash; "" and "global" are none
	Type     string // of the resource, such as "user"; no slash
	ID       string // of the resource; slashes and colons are its own
}

// Parts returns the parts of a WAMI name, from which ARN makes the name again. ok
// reports whether a is one.
func (a ARN) Parts() (parts WAMI, ok bool) {
	if !a.WAMI() {
		return WAMI{}, false
	}
	return WAMI{
		Service: a.Service(), Tenant: a.Tenant(), Instance: a.Instance(),
		Provider: a.Provider(), Account: a.Account(), Region: a.Region(),
		Type: a.ResourceType(), ID: a.ResourceID(),
	}, true
}

// ARN builds the name. Its parts are those of w, but for a Region of "global",
// which is none. The error is that of Validate.
func (w WAMI) ARN() (ARN, error) {
	if err := w.Validate(); err != nil {
		return ARN{}, err
	}
	return Parse(w.text())
}

// Validate reports every part that no name can have, joined with errors.Join.
func (w WAMI) Validate() error {
	problems := w.problems()
	if reason := checkTenant(w.Tenant); reason != "" {
		problems = append(problems, errors.New(reason))
	}
	problems = append(problems, checkPart("instance", w.Instance, ":"))
	switch {
	case w.cloud():
		problems = append(problems,
			checkPart("provider", w.Provider, ":/"),
			checkPart("account", w.Account, ":/"))
	case w.Region != "":
		problems = append(problems, errors.New("the region is of no use without a provider and an account"))
	case strings.Count(w.Type, ":") > 1:
		problems = append(problems, errors.New("more than one colon in the type of a native name, which would be read as provider and account"))
	}
	if n := len(w.text()); n > maxLength {
		problems = append(problems, errors.New("longer than "+strconv.Itoa(maxLength)+" bytes"))
	}
	return errors.Join(problems...)
}

func (w WAMI) cloud() bool { return w.Provider != "" || w.Account != "" }

// problems checks the parts that a provider's own name says too; nil is none.
func (w WAMI) problems() []error {
	problems := []error{checkPart("service", w.Service, ":")}
	if w.Region != "" {
		problems = append(problems, checkPart("region", w.Region, ":/"))
	}
	// Blanks may stand in a resource, in front of its slash as well as after it.
	return append(problems, checkPiece("type", w.Type, "/"), checkPiece("id", w.ID, ""))
}

// text returns the name that the parts make up, whatever they are.
func (w WAMI) text() string {
	cloud := ""
	if w.cloud() {
		region := w.Region
		if region == "" {
			region = globalCloud
		}
		cloud = w.Provider + ":" + w.Account + ":" + region + ":"
	}
	return scheme + wami + ":" + w.Service + ":" + w.Tenant + ":" + wami + ":" + w.Instance + ":" +
		cloud + w.Type + "/" + w.ID
}

// checkPart checks a part in front of the resource, which holds no blanks.
func checkPart(name, value, forbidden string) error {
	if indexBlank(value) >= 0 {
		return errors.New("blank in the " + name + " " + quote(value))
	}
	return checkPiece(name, value, forbidden)
}

// checkPiece checks what holds for every part.
func checkPiece(name, value, forbidden string) error {
	bad := strings.IndexAny(value, forbidden)
	switch {
	case value == "":
		return errors.New("the " + name + " is empty")
	case bad >= 0:
		return errors.New(strconv.Quote(value[bad:bad+1]) + " in the " + name + " " + quote(value))
	case !utf8.ValidString(value):
		return errors.New("the " + name + " " + quote(value) + " is not valid UTF-8")
	case strings.ContainsFunc(value, unicode.IsControl):
		return errors.New("control character in the " + name + " " + quote(value))
	}
	return nil
}
