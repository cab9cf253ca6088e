package decideapi

import (
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/mayi-authz/mayi/pdp"
	"github.com/mayi-authz/mayi/pdp/strictjson"
)

// directoryPath begins the paths of questions about the directory.
const directoryPath = "/v1/directory/"

// handleDirectory serves POST /v1/directory/…, one path a question.
func (a *API) handleDirectory(mux *http.ServeMux) {
	question(a, mux, "user", query{wantsWho: true}, directory.getUser)
	question(a, mux, "tenant", query{wantsTenant: true}, directory.getTenant)
	question(a, mux, "ancestors", query{wantsTenant: true}, directory.listAncestors)
	question(a, mux, "children", query{wantsTenant: true}, directory.listChildren)
	question(a, mux, "organization", query{wantsTenant: true}, directory.getOrganization)
	question(a, mux, "membership", query{wantsUser: true, wantsTenant: true}, directory.getMembership)
	question(a, mux, "is-member", query{wantsUser: true, wantsTenant: true}, directory.isMember)
	question(a, mux, "permissions", query{wantsUser: true, wantsTenant: true}, directory.listPermissions)
	question(a, mux, "has-permission", query{wantsUser: true, wantsTenant: true, wantsPermission: true}, directory.hasPermission)
	question(a, mux, "providers", query{wantsTenant: true}, directory.listProviders)
}

func question[A any](a *API, mux *http.ServeMux, name string, form query, answer func(directory, *query) (A, bool)) {
	mux.HandleFunc(directoryPath+name, a.post(func(c *call) ([]byte, *problem) {
		q, err := parseQuery(c.body, name, form)
		if err != nil {
			return nil, malformedBy(err)
		}
		if pointer, reason := q.check(); reason != "" {
			return nil, malformed(RejectMalformed, pointer, reason)
		}
		d, ok := a.directory()
		if !ok {
			return nil, failure(&Answer{Decision: pdp.Denied(pdp.ReasonNoSnapshot, "there is no snapshot to ask")})
		}
		found, ok := answer(d, q)
		if !ok {
			return nil, &problem{status: http.StatusNotFound, detail: notFound}
		}
		body, errMarshal := json.Marshal(&found)
		if errMarshal != nil {
			return nil, &problem{status: http.StatusInternalServerError, detail: "the answer could not be written"}
		}
		return append(body, '\n'), nil
	}))
}

const notFound = "the directory does not have what is asked about"

// directory returns the directory of the current snapshot, or false if there is none.
func (a *API) directory() (directory, bool) {
	view := a.o.Views.Current()
	reader := view.Reader()
	return directory{reader, view.Revision()}, reader != nil
}

// parseQuery reads the members that a question has, and no others.
func parseQuery(n *strictjson.Node, name string, form query) (*query, *strictjson.Error) {
	q, p := form, parser{}
	fields := map[string]func(*strictjson.Node){}
	text := func(field string, to *string) {
		fields[field] = func(n *strictjson.Node) { *to = p.id(n) }
	}
	if q.wantsWho {
		text("id", &q.id)
		text("provider", &q.provider)
		text("provider_id", &q.providerID)
	}
	if q.wantsUser {
		text("user", &q.user)
	}
	if q.wantsTenant {
		text("tenant", &q.tenant)
	}
	switch name {
	case "has-permission":
		text("permission", &q.permission)
	case "is-member":
		fields["anywhere"] = func(n *strictjson.Node) {
			if q.anywhere = n.Text == "true"; n.Kind != strictjson.Bool {
				p.fail(n, "expected true or false")
			}
		}
	case "children":
		text("page_token", &q.pageToken)
		fields["page_size"] = func(n *strictjson.Node) {
			size, err := strconv.Atoi(n.Text)
			if q.pageSize = size; err != nil || n.Kind != strictjson.Number {
				p.fail(n, "expected a whole number")
			}
		}
	}
	p.object(n, "a question", fields)
	if p.err != nil {
		return nil, p.err
	}
	return &q, nil
}
