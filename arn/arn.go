package arn

import "strings"

// An ARN is the parsed name of a principal or a resource. It is a small value,
// comparable with ==, and usable as a map key: two ARNs are equal if and only if
// they are the same name. The zero ARN names nothing; all its parts are empty.
type ARN struct {
	text string
	// ends holds where the fields 1, 2, … of text end, the colons after them;
	// the field 0 is always "arn". What follows the last end is the resource.
	ends [maxFields - 2]uint16
	form form
}

// form is how many fields come before the resource, which tells what they mean.
type form uint8

const (
	formAWS   form = 5 // arn partition service region account
	formWAMI  form = 6 // arn wami service tenant wami instance
	formCloud form = 9 // formWAMI, provider account region
)

const (
	maxFields   = int(formCloud) + 1 // with the resource
	maxLength   = 1<<16 - 1          // what ends can hold; longer names are refused
	wami        = "wami"
	globalCloud = "global"
)

// field returns field i, counted from 0, of those in front of the resource.
func (a ARN) field(i int) string {
	switch {
	case i >= int(a.form):
		return ""
	case i == 0:
		return a.text[:len("arn")]
	}
	return a.text[a.end(i-1)+1 : a.end(i)]
}

// end returns where field i ends.
func (a ARN) end(i int) int {
	if i == 0 {
		return len("arn")
	}
	return int(a.ends[i-1])
}

// String returns the name as text; Parse(a.String()) is a.
func (a ARN) String() string { return a.text }

// IsZero reports whether a is the zero ARN.
func (a ARN) IsZero() bool { return a.form == 0 }

// WAMI reports whether a has one of the WAMI forms.
func (a ARN) WAMI() bool { return a.form == formWAMI || a.form == formCloud }

// Partition returns the partition, such as "aws" or "wami". It is never empty.
func (a ARN) Partition() string { return a.field(1) }

// Service returns the service, such as "s3". It is never empty.
func (a ARN) Service() string { return a.field(2) }

// Region returns the region, "" if the name has none. The "global" of a WAMI name
// is none.
func (a ARN) Region() string {
	switch a.form {
	case formAWS:
		return a.field(3)
	case formCloud:
		if region := a.field(8); region != globalCloud {
			return region
		}
	}
	return ""
}

// Account returns the account field: in the AWS form the fifth field, which may
// be empty, in a WAMI name the account at the cloud provider, "" if it is none.
func (a ARN) Account() string {
	switch a.form {
	case formAWS:
		return a.field(4)
	case formCloud:
		return a.field(7)
	}
	return ""
}

// Tenant returns who the name belongs to: the tenant path of a WAMI name, the
// account field in the AWS form. "" is nobody in particular.
func (a ARN) Tenant() string {
	switch a.form {
	case 0:
		return ""
	case formAWS:
		return a.text[int(a.ends[2])+1 : a.ends[3]]
	}
	return a.field(3)
}

// Instance returns the instance of a WAMI name, "" in the AWS form.
func (a ARN) Instance() string {
	if a.WAMI() {
		return a.field(5)
	}
	return ""
}

// Provider returns the cloud provider of a WAMI name, "" if there is none.
func (a ARN) Provider() string {
	if a.form == formCloud {
		return a.field(6)
	}
	return ""
}

// Resource returns the last part, which may hold colons. It is never empty.
func (a ARN) Resource() string {
	if a.form == 0 {
		return ""
	}
	return a.text[a.end(int(a.form)-1)+1:]
}

// ResourceType returns what stands before the first slash of the resource, or ""
// if there is no slash. A WAMI name always has a type.
func (a ARN) ResourceType() string {
	kind, _, ok := strings.Cut(a.Resource(), "/")
	if !ok {
		return ""
	}
	return kind
}

// ResourceID returns what stands after the first slash of the resource, or all of
// it if there is no slash.
func (a ARN) ResourceID() string {
	_, id, ok := strings.Cut(a.Resource(), "/")
	if !ok {
		return a.Resource()
	}
	return id
}

// MarshalText returns the name as text.
func (a ARN) MarshalText() ([]byte, error) { return []byte(a.text), nil }

// UnmarshalText parses a name as Parse does. An error leaves a as it was.
func (a *ARN) UnmarshalText(text []byte) error {
	parsed, err := Parse(string(text))
	if err != nil {
		return err
	}
	*a = parsed
	return nil
}
