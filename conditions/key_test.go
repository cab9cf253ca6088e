package conditions_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/mayi-authz/mayi/conditions"
)

// wamiKeys are the names that WAMI's documents and code have for condition keys,
// AWS's among them: 146, of which two differ only by case.
const wamiKeys = `
	aws:PrincipalArn aws:PrincipalAccount aws:PrincipalOrgID aws:PrincipalOrgPaths aws:PrincipalType aws:PrincipalTag/ aws:PrincipalServiceName
	aws:PrincipalServiceNamesList aws:PrincipalIsAWSService aws:username aws:userid aws:userId aws:MultiFactorAuthPresent
	aws:MultiFactorAuthAge aws:TokenIssueTime aws:SecureTransport aws:FederatedProvider aws:SourceIp aws:SourceVpc aws:SourceVpce
	aws:VpcSourceIp aws:TLSCipher aws:TLSServerName aws:ViaAWSService aws:CalledVia aws:CalledViaFirst aws:CalledViaLast aws:SourceAccount
	aws:SourceArn aws:SourceOrgID aws:SourceOrgPaths aws:ResourceAccount aws:ResourceOrgID aws:ResourceOrgPaths aws:ResourceTag/
	aws:CurrentTime aws:EpochTime aws:RequestedRegion aws:Referer aws:UserAgent aws:RequestTag/ aws:TagKeys aws:PrincipalIsRoot
	aws:PrincipalSessionName aws:RequestedService wami:Provider wami:ProviderRegion wami:ProviderAccountId wami:CrossProviderRequest
	wami:SourceProvider wami:TargetProvider wami:ProviderServiceVersion wami:Arn wami:ArnProvider wami:ArnService wami:ArnResourceType
	wami:SourceWamiArn wami:ResourceWamiArn wami:TenantId wami:TenantName wami:TenantTier wami:TenantRegion wami:TenantCreationDate
	wami:TenantStatus wami:TenantTag/ wami:PrincipalTenantId wami:ResourceTenantId wami:CrossTenantRequest wami:TenantHierarchyPath
	wami:ParentTenantId wami:RootTenantId wami:IdentitySource wami:IdentityProvider wami:IdentityProviderType wami:FederationSessionDuration
	wami:AssumeRoleChain wami:AssumeRoleDepth wami:OriginalPrincipalArn wami:AuthenticationMethod wami:AuthenticationStrength
	wami:MultiFactorMethods wami:BiometricAuthPresent wami:HardwareTokenPresent wami:PasswordLastChanged wami:PasswordAge wami:AccountAge
	wami:LastActivityTime wami:SessionRiskScore wami:SourceCountry wami:SourceCity wami:SourceASN wami:RequestProtocol wami:RequestMethod
	wami:RequestPath wami:ApiVersion wami:ClientVersion wami:ProxyPresent wami:VpnDetected wami:TorExitNode wami:KnownBotUserAgent
	wami:ResourceDataClassification wami:ResourceComplianceTags wami:DataResidencyRegion wami:EncryptionRequired wami:EncryptionAlgorithm
	wami:DataRetentionPeriod wami:RequestsPerMinute wami:RequestsPerHour wami:RequestsPerDay wami:QuotaRemaining wami:QuotaResetTime
	wami:BurstCapacityUsed wami:EstimatedCost wami:BillingProject wami:CostCenter wami:BudgetRemaining wami:CostAllocationTag/
	wami:StsSessionDuration wami:StsExternalId wami:SsoInstanceArn wami:SsoPermissionSetArn wami:SsoApplicationArn wami:RequestId
	wami:CorrelationId wami:TraceId wami:DebugModeEnabled wami:DryRunMode aws:ResourceArn wami:RequestQuery wami:ContentType wami:AcceptHeader
	wami:Origin wami:Host wami:ApplicationId wami:ApplicationVersion wami:ClientId wami:ClientType wami:DeviceId wami:DeviceType wami:Platform
	wami:SessionId wami:SessionAge wami:IpReputation wami:ProxyDetected wami:QuotaLimit wami:SpanId
`

func keyTable() map[string]conditions.KeyInfo {
	table := make(map[string]conditions.KeyInfo)
	for _, k := range conditions.KnownKeys() {
		table[conditions.Fold(k.Name)] = k
	}
	return table
}

func TestEveryNamedKeyIsKnown(t *testing.T) {
	table, names := keyTable(), strings.Fields(wamiKeys)
	if len(names) != 146 {
		t.Errorf("%d names", len(names))
	}
	for _, name := range names {
		if _, ok := table[conditions.Fold(name)]; !ok {
			t.Errorf("%s is not in the table", name)
		}
	}
	count := make(map[string]int)
	for _, k := range conditions.KnownKeys() {
		prefix, _, _ := strings.Cut(k.Name, ":")
		switch prefix {
		case "aws", "wami":
			count[prefix]++
		default:
			count["other"]++
		}
	}
	// IAM's 53 with its deprecated one and the 6 that only WAMI's documents have; 82 and 18 later ones; IAM's cross-service keys.
	if count["aws"] != 59 || count["wami"] != 100 || count["other"] != 9 {
		t.Errorf("keys: %v", count)
	}
}

// TestDoorKeys compares the table with what the doors for HTTP set.
func TestDoorKeys(t *testing.T) {
	set := make(map[string]bool)
	for _, name := range namesIn(t, "../pdp/door/*.go", `"((?:aws|wami):[A-Za-z0-9]+/?)"`) {
		set[conditions.Fold(name)] = true
		if k, ok := keyTable()[conditions.Fold(name)]; !ok || k.Origin == conditions.FromCaller {
			t.Errorf("%s is set by a door and not so in the table", name)
		}
	}
	for name, k := range keyTable() {
		if k.Origin == conditions.FromRequest && (k.Source == "" || !set[name]) {
			t.Errorf("%s: the table says that a door sets it from %q, and no door does", k.Name, k.Source)
		}
		if k.Origin == conditions.FromCaller && k.Source != "" {
			t.Errorf("%s is the caller's alone and has a source", k.Name)
		}
	}
}

// namesIn reads names out of source files but tests.
func namesIn(t *testing.T, files, pattern string) (names []string) {
	t.Helper()
	found, err := filepath.Glob(files)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range found {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(string(src), -1) {
			names = append(names, m[1])
		}
	}
	if len(names) == 0 {
		t.Fatalf("no names in %s", files)
	}
	return names
}
