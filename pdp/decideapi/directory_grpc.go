package decideapi

import (
	"context"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/mayi-authz/mayi/pdp/mayiv1"
)

type directoryService struct {
	mayiv1.UnimplementedDirectoryServiceServer
	*API
}

// reply answers one question over gRPC.
func reply[A, M any](a *API, m proto.Message, q query, answer func(directory, *query) (A, bool), write func(*A) M) (M, error) {
	var none M
	c := converter{}
	c.unknown(m, "")
	if pointer, reason := q.check(); reason != "" {
		c.fail(pointer, reason)
	}
	if c.err != nil {
		a.o.Rejected(RejectMalformed)
		return none, status.Error(codes.InvalidArgument, clean(c.err.Error()))
	}
	d, ok := a.directory()
	if !ok {
		return none, status.Error(codes.Unavailable, "no_snapshot")
	}
	found, ok := answer(d, &q)
	if !ok {
		return none, status.Error(codes.NotFound, notFound)
	}
	return write(&found), nil
}

func (s directoryService) GetUser(_ context.Context, m *mayiv1.GetUserRequest) (*mayiv1.GetUserResponse, error) {
	q := query{wantsWho: true, id: m.GetId(), provider: m.GetProvider(), providerID: m.GetProviderId()}
	return reply(s.API, m, q, directory.getUser, func(a *userAnswer) *mayiv1.GetUserResponse {
		u := &a.User
		out := &mayiv1.User{Id: u.ID, Aliases: u.Aliases, Tenant: u.Tenant, Status: u.Status, Groups: u.Groups, Tags: u.Tags}
		for i := range u.Memberships {
			out.Memberships = append(out.Memberships, membershipMessage(&u.Memberships[i]))
		}
		return &mayiv1.GetUserResponse{User: out, Revision: clean(a.Revision)}
	})
}

func (s directoryService) GetTenant(_ context.Context, m *mayiv1.GetTenantRequest) (*mayiv1.GetTenantResponse, error) {
	return reply(s.API, m, query{wantsTenant: true, tenant: m.GetTenant()}, directory.getTenant, func(a *tenantAnswer) *mayiv1.GetTenantResponse {
		return &mayiv1.GetTenantResponse{Tenant: tenantMessage(&a.Tenant), Revision: clean(a.Revision)}
	})
}

func (s directoryService) GetOrganization(_ context.Context, m *mayiv1.GetOrganizationRequest) (*mayiv1.GetOrganizationResponse, error) {
	return reply(s.API, m, query{wantsTenant: true, tenant: m.GetTenant()}, directory.getOrganization, func(a *tenantAnswer) *mayiv1.GetOrganizationResponse {
		return &mayiv1.GetOrganizationResponse{Tenant: tenantMessage(&a.Tenant), Revision: clean(a.Revision)}
	})
}

func (s directoryService) ListAncestors(_ context.Context, m *mayiv1.ListAncestorsRequest) (*mayiv1.ListAncestorsResponse, error) {
	return reply(s.API, m, query{wantsTenant: true, tenant: m.GetTenant()}, directory.listAncestors, func(a *tenantsAnswer) *mayiv1.ListAncestorsResponse {
		return &mayiv1.ListAncestorsResponse{Tenants: tenantMessages(a.Tenants), Revision: clean(a.Revision)}
	})
}

func (s directoryService) ListChildren(_ context.Context, m *mayiv1.ListChildrenRequest) (*mayiv1.ListChildrenResponse, error) {
	q := query{wantsTenant: true, tenant: m.GetTenant(), pageSize: int(m.GetPageSize()), pageToken: m.GetPageToken()}
	return reply(s.API, m, q, directory.listChildren, func(a *tenantsAnswer) *mayiv1.ListChildrenResponse {
		return &mayiv1.ListChildrenResponse{Tenants: tenantMessages(a.Tenants), Revision: clean(a.Revision), NextPageToken: a.Next}
	})
}

func (s directoryService) GetMembership(_ context.Context, m *mayiv1.GetMembershipRequest) (*mayiv1.GetMembershipResponse, error) {
	return reply(s.API, m, inTenant(m.GetUser(), m.GetTenant()), directory.getMembership, func(a *membershipAnswer) *mayiv1.GetMembershipResponse {
		return &mayiv1.GetMembershipResponse{Membership: membershipMessage(&a.Membership), Revision: clean(a.Revision)}
	})
}

func (s directoryService) IsMember(_ context.Context, m *mayiv1.IsMemberRequest) (*mayiv1.IsMemberResponse, error) {
	q := inTenant(m.GetUser(), m.GetTenant())
	q.anywhere = m.GetAnywhere()
	return reply(s.API, m, q, directory.isMember, func(a *memberAnswer) *mayiv1.IsMemberResponse {
		return &mayiv1.IsMemberResponse{Member: a.Member, Revision: clean(a.Revision)}
	})
}

func (s directoryService) ListPermissions(_ context.Context, m *mayiv1.ListPermissionsRequest) (*mayiv1.ListPermissionsResponse, error) {
	return reply(s.API, m, inTenant(m.GetUser(), m.GetTenant()), directory.listPermissions, func(a *permissionsAnswer) *mayiv1.ListPermissionsResponse {
		return &mayiv1.ListPermissionsResponse{Permissions: a.Permissions, Revision: clean(a.Revision)}
	})
}

func (s directoryService) HasPermission(_ context.Context, m *mayiv1.HasPermissionRequest) (*mayiv1.HasPermissionResponse, error) {
	q := inTenant(m.GetUser(), m.GetTenant())
	q.wantsPermission, q.permission = true, m.GetPermission()
	return reply(s.API, m, q, directory.hasPermission, func(a *grantedAnswer) *mayiv1.HasPermissionResponse {
		return &mayiv1.HasPermissionResponse{Granted: a.Granted, Revision: clean(a.Revision)}
	})
}

func (s directoryService) ListProviders(_ context.Context, m *mayiv1.ListProvidersRequest) (*mayiv1.ListProvidersResponse, error) {
	return reply(s.API, m, query{wantsTenant: true, tenant: m.GetTenant()}, directory.listProviders, func(a *providersAnswer) *mayiv1.ListProvidersResponse {
		return &mayiv1.ListProvidersResponse{Open: a.Open, Providers: a.Providers, Revision: clean(a.Revision)}
	})
}

func inTenant(user, tenant string) query {
	return query{wantsUser: true, wantsTenant: true, user: user, tenant: tenant}
}

func membershipMessage(m *membership) *mayiv1.Membership {
	return &mayiv1.Membership{Tenant: m.Tenant, Status: m.Status, Roles: m.Roles}
}

func tenantMessage(t *tenant) *mayiv1.Tenant {
	return &mayiv1.Tenant{
		Id: t.ID, Name: t.Name, Type: t.Type, Parent: t.Parent, Status: t.Status, RbacMode: t.RBACMode, Aliases: t.Aliases, Tags: t.Tags,
	}
}

func tenantMessages(list []tenant) []*mayiv1.Tenant {
	out := make([]*mayiv1.Tenant, len(list))
	for i := range list {
		out[i] = tenantMessage(&list[i])
	}
	return out
}
