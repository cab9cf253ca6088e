package conditions

import (
	"strings"
	"unicode"

	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// KeyInfo describes a key whose meaning MayI knows. Keys that are not in the table
// are the caller's own: any name, any type, one value or many.
type KeyInfo struct {
	Name        string // as IAM documents it; a name that ends in "/" is a family: a tag key follows
	Type        ValueType
	Multivalued bool // needs ForAllValues: or ForAnyValue:
}

// KnownKeys returns the table of keys, for documentation and tools.
func KnownKeys() []KeyInfo { return append([]KeyInfo(nil), knownKeys[:]...) }

// knownKeys are IAM's global condition keys and its cross-service ones (IAM User
// Guide, "AWS global condition context keys").
var knownKeys = [...]KeyInfo{
	// The principal.
	{"aws:PrincipalArn", TypeARN, false},
	{"aws:PrincipalAccount", TypeString, false},
	{"aws:PrincipalOrgPaths", TypeString, true},
	{"aws:PrincipalOrgID", TypeString, false},
	{"aws:PrincipalTag/", TypeString, false},
	{"aws:PrincipalIsAWSService", TypeBool, false},
	{"aws:PrincipalServiceName", TypeString, false},
	{"aws:PrincipalServiceNamesList", TypeString, true},
	{"aws:PrincipalType", TypeString, false},
	{"aws:userid", TypeString, false},
	{"aws:username", TypeString, false},
	// Its session.
	{"aws:AssumedRoot", TypeBool, false},
	{"aws:FederatedProvider", TypeString, false},
	{"aws:TokenIssueTime", TypeDate, false},
	{"aws:SignInSessionArn", TypeARN, false},
	{"aws:MultiFactorAuthAge", TypeNumber, false},
	{"aws:MultiFactorAuthPresent", TypeBool, false},
	{"aws:ChatbotSourceArn", TypeARN, false},
	{"aws:Ec2InstanceSourceVpc", TypeString, false},
	{"aws:Ec2InstanceSourcePrivateIPv4", TypeIP, false},
	{"aws:SourceIdentity", TypeString, false},
	{"ec2:RoleDelivery", TypeNumber, false},
	{"ec2:SourceInstanceArn", TypeARN, false},
	{"glue:RoleAssumedBy", TypeString, false},
	{"glue:CredentialIssuingService", TypeString, false},
	{"codebuild:BuildArn", TypeARN, false},
	{"codebuild:ProjectArn", TypeARN, false},
	{"lambda:SourceFunctionArn", TypeARN, false},
	{"ssm:SourceInstanceArn", TypeARN, false},
	{"identitystore:UserId", TypeString, false},
	// The network.
	{"aws:SourceIp", TypeIP, false},
	{"aws:SourceVpc", TypeString, false},
	{"aws:SourceVpcArn", TypeARN, false},
	{"aws:SourceVpce", TypeString, false},
	{"aws:VpceAccount", TypeString, false},
	{"aws:VpceOrgID", TypeString, false},
	{"aws:VpceOrgPaths", TypeString, true},
	{"aws:VpcSourceIp", TypeIP, false},
	// The resource.
	{"aws:ResourceAccount", TypeString, false},
	{"aws:ResourceOrgID", TypeString, false},
	{"aws:ResourceOrgPaths", TypeString, true},
	{"aws:ResourceTag/", TypeString, false},
	// The request.
	{"aws:CalledVia", TypeString, true},
	{"aws:CalledViaFirst", TypeString, false},
	{"aws:CalledViaLast", TypeString, false},
	{"aws:CalledViaAWSMCP", TypeString, false},
	{"aws:ViaAWSService", TypeBool, false},
	{"aws:ViaAWSMCPService", TypeBool, false},
	{"aws:CurrentTime", TypeDate, false},
	{"aws:EpochTime", TypeDate, false}, // or a number
	{"aws:referer", TypeString, false},
	{"aws:RequestedRegion", TypeString, false},
	{"aws:RequestTag/", TypeString, false},
	{"aws:TagKeys", TypeString, true},
	{"aws:SecureTransport", TypeBool, false},
	{"aws:SourceAccount", TypeString, false},
	{"aws:SourceArn", TypeARN, false},
	{"aws:SourceOrgID", TypeString, false},
	{"aws:SourceOrgPaths", TypeString, true},
	{"aws:UserAgent", TypeString, false},
	{"aws:IsMcpServiceAction", TypeBool, false},
	{"aws:SourceOwner", TypeString, false}, // deprecated
}

// knownKey finds a key, in any case, or the family that it belongs to.
func knownKey(name string) (KeyInfo, bool) {
	for _, k := range &knownKeys {
		if equalFold(k.Name, name) {
			return k, true
		}
		if n := len(k.Name); n < len(name) && k.Name[n-1] == '/' && equalFold(k.Name, name[:n]) {
			return k, true
		}
	}
	return KeyInfo{}, false
}

// checkKey refuses the name of a key that no request could ever have. Names that
// AWS does not know, and names without a service, are the caller's right.
func checkKey(name string, place strictjson.Place) []*strictjson.Error {
	const format = "Invalid condition key format"
	service, rest, hasService := strings.Cut(name, ":")
	switch {
	case name == "":
		return refusedKey(place, format, "a condition key is empty; expected service:key")
	case strings.Contains(name, "${"):
		return refusedKey(place, "Variable unsupported in element", "%.80q: a condition key takes no policy variables", name)
	case strings.TrimSpace(name) != name || strings.ContainsFunc(name, unicode.IsControl):
		return refusedKey(place, format, "%.80q has blanks around it or control characters in it", name)
	case hasService && (service == "" || rest == ""):
		return refusedKey(place, format, "%.80q has nothing before or after its colon; expected service:key", name)
	case missesTagKey(name):
		return refusedKey(place, "Missing tag key in condition", "%.80q names no tag; expected %s/tag-key", name, strings.TrimSuffix(name, "/"))
	}
	return nil
}

func refusedKey(place strictjson.Place, rule, format string, args ...any) []*strictjson.Error {
	return []*strictjson.Error{problem(place, rule, format, args...)}
}

// missesTagKey reports whether a key is only the name of a family of tags, such as
// aws:ResourceTag or s3:ExistingObjectTag/.
func missesTagKey(name string) bool {
	const tag = "tag/"
	service, family, _ := strings.Cut(name, ":")
	if n := len(family) - len(tag); n >= 0 && equalFold(family[n:], tag) {
		return !strings.Contains(service, "/") && !strings.Contains(family[:n], "/")
	}
	for _, k := range &knownKeys {
		if family, ok := strings.CutSuffix(k.Name, "/"); ok && equalFold(family, name) {
			return true
		}
	}
	return false
}
