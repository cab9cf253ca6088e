package conditions

// A KeyOrigin says who gives a key its value.
type KeyOrigin uint8

// The origins of keys.
const (
	// FromCaller: the caller of Decide in its context. At the doors for HTTP the key
	// is absent, since only the doors themselves set keys that begin aws: or wami:.
	FromCaller KeyOrigin = iota
	// FromRequest: the doors for HTTP, from the request; the caller of Decide in its
	// context, who knows what it stands for.
	FromRequest
	// FromEngine: the engine itself, at every door. No context may hold it.
	FromEngine
)

func (o KeyOrigin) String() string {
	return [...]string{"caller", "request", "engine"}[o]
}

const (
	single = false
	many   = true
)

// knownKeys are IAM's global condition keys and its cross-service ones (IAM User
// Guide, "AWS global condition context keys"), and WAMI's. The last column says
// what of a request an HTTP door or the engine makes the value of; without it the
// key has no value but the caller's, or none at all if it is the engine's.
var knownKeys = [...]KeyInfo{
	// Principal.
	{"aws:PrincipalArn", TypeARN, single, FromEngine, "the principal's id if it is an ARN; of a session its role's"},
	{"aws:PrincipalAccount", TypeString, single, FromEngine, "the principal's tenant, or \"anonymous\""},
	{"aws:PrincipalOrgPaths", TypeString, many, FromEngine, ""},
	{"aws:PrincipalOrgID", TypeString, single, FromEngine, ""},
	{"aws:PrincipalTag/", TypeString, single, FromEngine, "tags of the principal and its session"},
	{"aws:PrincipalIsAWSService", TypeBool, single, FromEngine, ""},
	{"aws:PrincipalServiceName", TypeString, single, FromEngine, ""},
	{"aws:PrincipalServiceNamesList", TypeString, many, FromEngine, ""},
	{"aws:PrincipalType", TypeString, single, FromEngine, "the form of the principal's id"},
	{"aws:PrincipalIsRoot", TypeBool, single, FromEngine, "the principal"},
	{"aws:userid", TypeString, single, FromEngine, "the principal's id, or \"anonymous\""},
	{"aws:username", TypeString, single, FromEngine, "the last part of an IAM user's ARN"},
	// Session.
	{"aws:PrincipalSessionName", TypeString, single, FromEngine, "the session"},
	{"aws:TokenIssueTime", TypeDate, single, FromEngine, "the session"},
	{"aws:MultiFactorAuthPresent", TypeBool, single, FromEngine, "the session"},
	{"aws:MultiFactorAuthAge", TypeNumber, single, FromEngine, "the session and the clock"},
	{"aws:FederatedProvider", TypeString, single, FromEngine, "the session"},
	{"aws:SourceIdentity", TypeString, single, FromCaller, ""},
	{"aws:AssumedRoot", TypeBool, single, FromCaller, ""},
	{"aws:SignInSessionArn", TypeARN, single, FromCaller, ""},
	{"aws:ChatbotSourceArn", TypeARN, single, FromCaller, ""},
	{"aws:Ec2InstanceSourceVpc", TypeString, single, FromCaller, ""},
	{"aws:Ec2InstanceSourcePrivateIPv4", TypeIP, single, FromCaller, ""},
	{"ec2:RoleDelivery", TypeNumber, single, FromCaller, ""},
	{"ec2:SourceInstanceArn", TypeARN, single, FromCaller, ""},
	{"glue:RoleAssumedBy", TypeString, single, FromCaller, ""},
	{"glue:CredentialIssuingService", TypeString, single, FromCaller, ""},
	{"codebuild:BuildArn", TypeARN, single, FromCaller, ""},
	{"codebuild:ProjectArn", TypeARN, single, FromCaller, ""},
	{"lambda:SourceFunctionArn", TypeARN, single, FromCaller, ""},
	{"ssm:SourceInstanceArn", TypeARN, single, FromCaller, ""},
	{"identitystore:UserId", TypeString, single, FromCaller, ""},
	{"wami:SessionId", TypeString, single, FromEngine, "the session"},
	{"wami:SessionAge", TypeNumber, single, FromEngine, "the session and the clock"},
	{"wami:AssumeRoleChain", TypeString, many, FromEngine, "the session"},
	{"wami:AssumeRoleDepth", TypeNumber, single, FromEngine, "the session"},
	{"wami:OriginalPrincipalArn", TypeARN, single, FromEngine, "the session"},
	{"wami:IdentityProvider", TypeString, single, FromEngine, "the session or the credential"},
	{"wami:IdentityProviderType", TypeString, single, FromCaller, ""},
	{"wami:IdentitySource", TypeString, single, FromCaller, ""},
	{"wami:FederationSessionDuration", TypeNumber, single, FromCaller, ""},
	// Authentication.
	{"wami:AuthenticationMethod", TypeString, single, FromCaller, ""},
	{"wami:AuthenticationStrength", TypeNumber, single, FromCaller, ""},
	{"wami:MultiFactorMethods", TypeString, many, FromEngine, "the session"},
	{"wami:BiometricAuthPresent", TypeBool, single, FromCaller, ""},
	{"wami:HardwareTokenPresent", TypeBool, single, FromCaller, ""},
	{"wami:PasswordLastChanged", TypeDate, single, FromCaller, ""},
	{"wami:PasswordAge", TypeNumber, single, FromCaller, ""},
	{"wami:AccountAge", TypeNumber, single, FromCaller, ""},
	{"wami:LastActivityTime", TypeDate, single, FromCaller, ""},
	{"wami:SessionRiskScore", TypeNumber, single, FromCaller, ""},
	// Tenants.
	{"wami:TenantId", TypeString, single, FromEngine, "the principal's tenant"},
	{"wami:PrincipalTenantId", TypeString, single, FromEngine, "the principal's tenant"},
	{"wami:ResourceTenantId", TypeString, single, FromEngine, "the resource's tenant"},
	{"wami:CrossTenantRequest", TypeBool, single, FromEngine, "both tenants"},
	{"wami:TenantName", TypeString, single, FromEngine, "the directory"},
	{"wami:TenantStatus", TypeString, single, FromEngine, "the directory"},
	{"wami:TenantTag/", TypeString, single, FromEngine, "the directory"},
	{"wami:TenantHierarchyPath", TypeString, single, FromEngine, "the directory"},
	{"wami:ParentTenantId", TypeString, single, FromEngine, "the directory"},
	{"wami:RootTenantId", TypeString, single, FromEngine, "the directory"},
	{"wami:TenantTier", TypeString, single, FromEngine, ""},
	{"wami:TenantRegion", TypeString, single, FromEngine, ""},
	{"wami:TenantCreationDate", TypeDate, single, FromEngine, ""},
	// Resource.
	{"aws:ResourceArn", TypeARN, single, FromEngine, "the resource's id if it is an ARN"},
	{"aws:ResourceAccount", TypeString, single, FromEngine, "the resource's tenant"},
	{"aws:ResourceOrgID", TypeString, single, FromEngine, ""},
	{"aws:ResourceOrgPaths", TypeString, many, FromEngine, ""},
	{"aws:ResourceTag/", TypeString, single, FromEngine, "tags in the bundle or of the Decide request"},
	{"wami:Arn", TypeARN, single, FromEngine, "the resource's id"},
	{"wami:ResourceWamiArn", TypeARN, single, FromEngine, "the resource's id"},
	{"wami:SourceWamiArn", TypeARN, single, FromEngine, "the principal's id"},
	{"wami:ArnProvider", TypeString, single, FromEngine, "the resource's id"},
	{"wami:ArnService", TypeString, single, FromEngine, "the resource's id"},
	{"wami:ArnResourceType", TypeString, single, FromEngine, "the resource's id"},
	{"wami:ResourceDataClassification", TypeString, single, FromCaller, ""},
	{"wami:ResourceComplianceTags", TypeString, many, FromCaller, ""},
	{"wami:DataResidencyRegion", TypeString, single, FromCaller, ""},
	{"wami:EncryptionRequired", TypeBool, single, FromCaller, ""},
	{"wami:EncryptionAlgorithm", TypeString, single, FromCaller, ""},
	{"wami:DataRetentionPeriod", TypeNumber, single, FromCaller, ""},
	// Network.
	{"aws:SourceIp", TypeIP, single, FromRequest, "the client's address: the peer, or X-Forwarded-For by the trusted hops; unknown if it cannot be told"},
	{"aws:SecureTransport", TypeBool, single, FromRequest, "a client certificate or a proved peer, or the setting that all of downstream is TLS"},
	{"aws:TLSServerName", TypeString, single, FromRequest, "the server name of the TLS handshake"},
	{"aws:TLSCipher", TypeString, single, FromCaller, ""},
	{"aws:SourceVpc", TypeString, single, FromCaller, ""},
	{"aws:SourceVpcArn", TypeARN, single, FromCaller, ""},
	{"aws:SourceVpce", TypeString, single, FromCaller, ""},
	{"aws:VpceAccount", TypeString, single, FromCaller, ""},
	{"aws:VpceOrgID", TypeString, single, FromCaller, ""},
	{"aws:VpceOrgPaths", TypeString, many, FromCaller, ""},
	{"aws:VpcSourceIp", TypeIP, single, FromCaller, ""},
	{"wami:SourceCountry", TypeString, single, FromCaller, ""},
	{"wami:SourceCity", TypeString, single, FromCaller, ""},
	{"wami:SourceASN", TypeNumber, single, FromCaller, ""},
	{"wami:ProxyPresent", TypeBool, single, FromCaller, ""},
	{"wami:ProxyDetected", TypeBool, single, FromCaller, ""},
	{"wami:VpnDetected", TypeBool, single, FromCaller, ""},
	{"wami:TorExitNode", TypeBool, single, FromCaller, ""},
	{"wami:IpReputation", TypeString, single, FromCaller, ""},
	{"wami:KnownBotUserAgent", TypeBool, single, FromCaller, ""},
	// Request.
	{"aws:CurrentTime", TypeDate, single, FromEngine, "the clock"},
	{"aws:EpochTime", TypeDate, single, FromEngine, "the clock"},
	{"aws:RequestedRegion", TypeString, single, FromCaller, ""},
	{"aws:RequestedService", TypeString, single, FromCaller, ""},
	{"aws:RequestTag/", TypeString, single, FromCaller, ""},
	{"aws:TagKeys", TypeString, many, FromCaller, ""},
	{"aws:referer", TypeString, single, FromRequest, "the header `referer`"},
	{"aws:UserAgent", TypeString, single, FromRequest, "the header `user-agent`"},
	{"wami:RequestMethod", TypeString, single, FromRequest, "the method"},
	{"wami:RequestPath", TypeString, single, FromRequest, "the canonical path"},
	{"wami:RequestProtocol", TypeString, single, FromRequest, "the protocol"},
	{"wami:RequestQuery", TypeString, single, FromCaller, ""},
	{"wami:Host", TypeString, single, FromRequest, "the canonical host"},
	{"wami:Origin", TypeString, single, FromRequest, "the header `origin`"},
	{"wami:ContentType", TypeString, single, FromRequest, "the header `content-type`"},
	{"wami:AcceptHeader", TypeString, single, FromRequest, "the header `accept`"},
	{"wami:RequestId", TypeString, single, FromRequest, "the request's id"},
	{"wami:TraceId", TypeString, single, FromRequest, "the trace's id"},
	{"wami:SpanId", TypeString, single, FromCaller, ""},
	{"wami:CorrelationId", TypeString, single, FromCaller, ""},
	{"wami:DebugModeEnabled", TypeBool, single, FromCaller, ""},
	{"wami:DryRunMode", TypeBool, single, FromCaller, ""},
	{"wami:ApiVersion", TypeString, single, FromCaller, ""},
	// Client.
	{"wami:ApplicationId", TypeString, single, FromCaller, ""},
	{"wami:ApplicationVersion", TypeString, single, FromCaller, ""},
	{"wami:ClientId", TypeString, single, FromCaller, ""},
	{"wami:ClientType", TypeString, single, FromCaller, ""},
	{"wami:ClientVersion", TypeString, single, FromCaller, ""},
	{"wami:DeviceId", TypeString, single, FromCaller, ""},
	{"wami:DeviceType", TypeString, single, FromCaller, ""},
	{"wami:Platform", TypeString, single, FromCaller, ""},
	// Delegation.
	{"aws:ViaAWSService", TypeBool, single, FromCaller, ""},
	{"aws:ViaAWSMCPService", TypeBool, single, FromCaller, ""},
	{"aws:IsMcpServiceAction", TypeBool, single, FromCaller, ""},
	{"aws:CalledVia", TypeString, many, FromCaller, ""},
	{"aws:CalledViaFirst", TypeString, single, FromCaller, ""},
	{"aws:CalledViaLast", TypeString, single, FromCaller, ""},
	{"aws:CalledViaAWSMCP", TypeString, single, FromCaller, ""},
	{"aws:SourceArn", TypeARN, single, FromCaller, ""},
	{"aws:SourceAccount", TypeString, single, FromCaller, ""},
	{"aws:SourceOrgID", TypeString, single, FromCaller, ""},
	{"aws:SourceOrgPaths", TypeString, many, FromCaller, ""},
	{"aws:SourceOwner", TypeString, single, FromCaller, ""},
	{"wami:StsSessionDuration", TypeNumber, single, FromCaller, ""},
	{"wami:StsExternalId", TypeString, single, FromCaller, ""},
	{"wami:SsoInstanceArn", TypeARN, single, FromCaller, ""},
	{"wami:SsoPermissionSetArn", TypeARN, single, FromCaller, ""},
	{"wami:SsoApplicationArn", TypeARN, single, FromCaller, ""},
	// Providers.
	{"wami:Provider", TypeString, single, FromCaller, ""},
	{"wami:ProviderRegion", TypeString, single, FromCaller, ""},
	{"wami:ProviderAccountId", TypeString, single, FromCaller, ""},
	{"wami:ProviderServiceVersion", TypeString, single, FromCaller, ""},
	{"wami:CrossProviderRequest", TypeBool, single, FromCaller, ""},
	{"wami:SourceProvider", TypeString, single, FromCaller, ""},
	{"wami:TargetProvider", TypeString, single, FromCaller, ""},
	// Limits and cost.
	{"wami:RequestsPerMinute", TypeNumber, single, FromCaller, ""},
	{"wami:RequestsPerHour", TypeNumber, single, FromCaller, ""},
	{"wami:RequestsPerDay", TypeNumber, single, FromCaller, ""},
	{"wami:QuotaLimit", TypeNumber, single, FromCaller, ""},
	{"wami:QuotaRemaining", TypeNumber, single, FromCaller, ""},
	{"wami:QuotaResetTime", TypeDate, single, FromCaller, ""},
	{"wami:BurstCapacityUsed", TypeNumber, single, FromCaller, ""},
	{"wami:EstimatedCost", TypeNumber, single, FromCaller, ""},
	{"wami:BudgetRemaining", TypeNumber, single, FromCaller, ""},
	{"wami:BillingProject", TypeString, single, FromCaller, ""},
	{"wami:CostCenter", TypeString, single, FromCaller, ""},
	{"wami:CostAllocationTag/", TypeString, single, FromCaller, ""},
}
