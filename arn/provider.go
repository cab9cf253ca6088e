package arn

import (
	"errors"
	"strings"
)

// A Provider translates between WAMI names of what lives at a cloud provider and
// the names that the provider itself gives. The translations are:
//
//	aws       arn:aws:service:region:account:type/id
//	gcp       //service/projects/account/types/id
//	azure     /subscriptions/account/resourceGroups/wami-resources/providers/service/type/id
//	scaleway  scw:account:service:type/id
//
// Services have the provider's names, such as "sso" for "sso-admin" at AWS.
// What a translation loses is this: tenant and instance are never part of a
// provider's name, a region only of AWS's, and "sts" is "iam" but for AWS. A name
// that would lose more than that, or that would be another's too, is refused, so
// that what Parse reads Format writes again as it was. (Of the region "global",
// which is none, nothing is written.)
//
// Providers are immutable and may be used concurrently.
type Provider struct {
	name     string
	regions  bool      // its names have regions
	accounts bool      // its names always have accounts
	services []service // those whose names differ
	format   func(parts WAMI) (string, error)
	parse    func(name string) (parts WAMI, reason string)
}

// service is a service's name in WAMI names and in a provider's. Where two have
// one name at the provider, the first is meant on the way back.
type service struct{ wami, theirs string }

var providers = [...]Provider{
	{name: "aws", regions: true, format: formatAWS, parse: parseAWS,
		services: []service{{"sso-admin", "sso"}}},
	{name: "gcp", accounts: true, format: formatGCP, parse: parseGCP,
		services: []service{{"iam", "iam.googleapis.com"}, {"sts", "iam.googleapis.com"}, {"sso-admin", "cloudidentity.googleapis.com"}}},
	{name: "azure", accounts: true, format: formatAzure, parse: parseAzure,
		services: []service{{"iam", "Microsoft.Authorization"}, {"sts", "Microsoft.Authorization"}, {"sso-admin", "Microsoft.AzureActiveDirectory"}}},
	{name: "scaleway", accounts: true, format: formatScaleway, parse: parseScaleway,
		services: []service{{"iam", "iam"}, {"sts", "iam"}, {"sso-admin", "sso"}}},
}

// ProviderNamed returns the provider of this exact name, as it stands in WAMI
// names: aws, gcp, azure or scaleway.
func ProviderNamed(name string) (p *Provider, ok bool) {
	for i := range providers {
		if providers[i].name == name {
			return &providers[i], true
		}
	}
	return nil, false
}

// Name returns the provider's name.
func (p *Provider) Name() string { return p.name }

// Format returns the provider's own name of what a names. It is an error if a is
// no WAMI name of this provider, and if its parts, or those of another name, could
// be read out of the result in another way.
func (p *Provider) Format(a ARN) (string, error) {
	fail := func(reason string) (string, error) {
		return "", errors.New("no name at " + p.name + " for " + quote(a.text) + ": " + reason)
	}
	switch {
	case !a.CloudSynced():
		return fail("not cloud-synced")
	case a.Provider() != p.name:
		return fail("the provider is " + quote(a.Provider()) + ", expected " + quote(p.name))
	}
	parts, _ := a.Parts()
	theirs := parts
	theirs.Service = p.theirs(parts.Service)
	if ours := p.ours(theirs.Service); theirs.Service == parts.Service && ours != parts.Service {
		return fail(quote(parts.Service) + " is its name for the service " + quote(ours))
	}
	name, err := p.format(theirs)
	if err != nil {
		return fail(err.Error())
	}
	// What cannot be read back as it was would be another name, or none: a slash
	// in a service may look like the next part.
	back, err := p.Parse(name)
	if err != nil || back != p.kept(parts) {
		return fail("its parts cannot be told apart in " + quote(name))
	}
	return name, nil
}

// Parse reads a name that the provider gave, and returns what it says: never a
// tenant and an instance, which the caller adds to build the WAMI name, and at AWS
// perhaps no account. Where p has no translation for a name it is an error, as for
// AWS's other partitions, resources without type/id, and resource groups.
func (p *Provider) Parse(name string) (WAMI, error) {
	fail := func(reason string) (WAMI, error) {
		return WAMI{}, errors.New("invalid name " + quote(name) + " of " + p.name + ": " + reason)
	}
	parts, reason := p.parse(name)
	if reason != "" {
		return fail(reason)
	}
	parts.Provider = p.name
	if parts.Region == globalCloud {
		parts.Region = ""
	}
	problems := parts.problems()
	if parts.Account != "" || p.accounts {
		problems = append(problems, checkPart("account", parts.Account, ":/"))
	}
	if err := errors.Join(problems...); err != nil {
		return fail(strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	named := parts.Service
	parts.Service = p.ours(named)
	if theirs := p.theirs(parts.Service); theirs != named {
		return fail("its name for the service " + quote(named) + " is " + quote(theirs))
	}
	return parts, nil
}

// kept returns what of the parts a translation there and back keeps.
func (p *Provider) kept(parts WAMI) WAMI {
	parts.Tenant, parts.Instance = "", ""
	if !p.regions {
		parts.Region = ""
	}
	parts.Service = p.ours(p.theirs(parts.Service))
	return parts
}

func (p *Provider) theirs(name string) string {
	for _, s := range p.services {
		if s.wami == name {
			return s.theirs
		}
	}
	return name
}

func (p *Provider) ours(name string) string {
	for _, s := range p.services {
		if s.theirs == name {
			return s.wami
		}
	}
	return name
}

func formatAWS(w WAMI) (string, error) {
	return scheme + "aws:" + w.Service + ":" + w.Region + ":" + w.Account + ":" + w.Type + "/" + w.ID, nil
}

func parseAWS(name string) (WAMI, string) {
	a, err := Parse(name)
	var pe *ParseError
	switch {
	case errors.As(err, &pe):
		return WAMI{}, pe.Reason
	case a.Partition() != "aws":
		return WAMI{}, "the partition is " + quote(a.Partition()) + `, expected "aws"`
	case a.ResourceType() == "":
		return WAMI{}, "expected the resource to be type/id, got " + quote(a.Resource())
	}
	return WAMI{Service: a.Service(), Region: a.Region(), Account: a.Account(), Type: a.ResourceType(), ID: a.ResourceID()}, ""
}

func formatGCP(w WAMI) (string, error) {
	types := plural(w.Type)
	if singular(types) != w.Type {
		return "", errors.New("the type " + quote(w.Type) + " has no plural that leads back to it")
	}
	return "//" + w.Service + "/projects/" + w.Account + "/" + types + "/" + w.ID, nil
}

func parseGCP(name string) (WAMI, string) {
	rest, ok := strings.CutPrefix(name, "//")
	parts := strings.SplitN(rest, "/", 5)
	if !ok || len(parts) != 5 || parts[1] != "projects" {
		return WAMI{}, "expected //service/projects/project/types/id"
	}
	w := WAMI{Service: parts[0], Account: parts[2], Type: singular(parts[3]), ID: parts[4]}
	if w.Type == "" {
		return WAMI{}, quote(parts[3]) + " is not the plural of a type"
	}
	return w, ""
}

// azureGroup is the resource group of every WAMI resource. WAMI names have no
// place for another: two resources must not come to share one name.
const azureGroup = "wami-resources"

func formatAzure(w WAMI) (string, error) {
	return "/subscriptions/" + w.Account + "/resourceGroups/" + azureGroup + "/providers/" + w.Service + "/" + w.Type + "/" + w.ID, nil
}

func parseAzure(name string) (WAMI, string) {
	parts := strings.SplitN(name, "/", 9)
	if len(parts) != 9 || parts[0] != "" || parts[1] != "subscriptions" || parts[3] != "resourceGroups" || parts[5] != "providers" {
		return WAMI{}, "expected /subscriptions/subscription/resourceGroups/" + azureGroup + "/providers/namespace/type/id"
	}
	if parts[4] != azureGroup {
		return WAMI{}, "the resource group is " + quote(parts[4]) + ", expected " + quote(azureGroup)
	}
	return WAMI{Account: parts[2], Service: parts[6], Type: parts[7], ID: parts[8]}, ""
}

func formatScaleway(w WAMI) (string, error) {
	return "scw:" + w.Account + ":" + w.Service + ":" + w.Type + "/" + w.ID, nil
}

func parseScaleway(name string) (WAMI, string) {
	parts := strings.SplitN(name, ":", 4)
	if len(parts) != 4 || parts[0] != "scw" {
		return WAMI{}, "expected scw:account:service:type/id"
	}
	kind, id, ok := strings.Cut(parts[3], "/")
	if !ok {
		return WAMI{}, "expected the resource to be type/id, got " + quote(parts[3])
	}
	return WAMI{Account: parts[1], Service: parts[2], Type: kind, ID: id}, ""
}
