package graphsim_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	salesTeam = groups + "03"
	finance   = groups + "04"
	london    = groups + "09"
	allStaff  = groups + "01"
)

func TestGroups(t *testing.T) {
	w := newWorld(t)
	for filter, want := range map[string][]string{
		"displayName eq 'Sales'":                          {"Sales"},
		"startswith(displayName,'sales')":                 {"Sales", "Sales Team"},
		"mailEnabled eq true and securityEnabled eq true": {"Price List Editors"},
		"groupTypes/any(c:c eq 'Unified')":                {"Sales Team", "Company Team", "Operations Team"},
		"displayName eq 'Nobody'":                         {},
	} {
		got := w.ok("GET", "groups?$select=displayName&$filter="+strings.ReplaceAll(filter, " ", "%20"), "").field("displayName")
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", filter, d)
		}
	}
	r := w.ok("GET", `groups?$search=%22displayName:team%22&$count=true&$select=displayName`, "", "ConsistencyLevel", "eventual")
	if d := cmp.Diff([]string{"Sales Team", "Company Team", "Operations Team"}, r.field("displayName")); d != "" {
		t.Error(d)
	}
	g := w.ok("GET", "groups/"+london+"?$select=groupTypes,membershipRule,mailEnabled,onPremisesSyncEnabled,isAssignableToRole", "").body
	delete(g, "@odata.context")
	if d := cmp.Diff(map[string]any{
		"groupTypes": []any{"DynamicMembership"}, "membershipRule": `(user.officeLocation -eq "London")`,
		"mailEnabled": false, "onPremisesSyncEnabled": nil, "isAssignableToRole": nil,
	}, g); d != "" {
		t.Error(d)
	}
	w.ok("GET", "groups", "")
	w.send("GET", "groups/"+groups+"ff", "").refused(t, 404, "Request_ResourceNotFound", "does not exist")
}

func TestMembers(t *testing.T) {
	w := newWorld(t)
	id := w.create()
	in := func() bool {
		return contains(w.ok("GET", "users/"+id+"/memberOf/microsoft.graph.group?$select=id", "").field("id"), sales)
	}
	add := "groups/" + sales + "/members/$ref"
	remove := "groups/" + sales + "/members/" + id + "/$ref"
	w.send("DELETE", remove, "").refused(t, 404, "Request_ResourceNotFound", "Resource '"+id+"' does not exist or one of its queried reference-property objects are not present.")
	if r := w.ok("POST", add, link(id)); r.status != 204 {
		t.Errorf("added with %d", r.status)
	}
	if !in() || !contains(w.ok("GET", "groups/"+sales+"/members?$select=id&$top=999", "").field("id"), id) {
		t.Error("not a member")
	}
	w.send("POST", add, link(id)).refused(t, 400, "Request_BadRequest", "One or more added object references already exist for the following modified properties: 'members'.")
	w.ok("DELETE", remove, "")
	if in() {
		t.Error("still a member")
	}
	w.send("DELETE", remove, "").refused(t, 400, "Request_BadRequest", "One or more removed object references do not exist for the following modified properties: 'members'.")
	w.pass(10 * time.Minute)
	w.send("DELETE", remove, "").refused(t, 404, "Request_ResourceNotFound", "does not exist")
	w.send("POST", add, link(users+"ff")).refused(t, 404, "Request_ResourceNotFound", "does not exist")
	w.send("POST", "groups/"+groups+"ff/members/$ref", link(id)).refused(t, 404, "Request_ResourceNotFound", "does not exist")
}

func TestUnwritableGroups(t *testing.T) {
	w := newWorld(t)
	id := w.create()
	for name, tt := range map[string]struct {
		group  string
		status int
		code   string
		say    string
	}{
		"dynamic":         {groups + "01", 400, "Request_BadRequest", "dynamic membership"},
		"distribution":    {groups + "07", 400, "Request_BadRequest", "Cannot Update a mail-enabled security groups and or distribution list."},
		"mail-enabled":    {groups + "08", 400, "Request_BadRequest", "Cannot Update a mail-enabled security groups and or distribution list."},
		"synced":          {groups + "0a", 400, "Request_BadRequest", "Unable to update the specified properties for on-premises mastered Directory Sync objects"},
		"role-assignable": {groups + "0b", 403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."},
	} {
		t.Run(name, func(t *testing.T) {
			w.send("POST", "groups/"+tt.group+"/members/$ref", link(id)).refused(t, tt.status, tt.code, tt.say)
			w.send("DELETE", "groups/"+tt.group+"/members/"+tom+"/$ref", "").refused(t, tt.status, tt.code, tt.say)
			w.send("PATCH", "groups/"+tt.group, `{"members@odata.bind":["https://graph.microsoft.com/v1.0/directoryObjects/`+id+`"]}`).refused(t, tt.status, tt.code, tt.say)
		})
	}
	w.send("POST", "groups/"+salesTeam+"/members/$ref", link(sales)).refused(t, 400, "Request_BadRequest", "modified references")
}

func TestManyMembersAtOnce(t *testing.T) {
	w := newWorld(t)
	bind := func(ids ...string) string {
		for i, id := range ids {
			ids[i] = `"https://graph.microsoft.com/v1.0/users/` + id + `"`
		}
		return `{"members@odata.bind":[` + strings.Join(ids, ",") + `]}`
	}
	count := func() int { return len(w.ok("GET", "groups/"+groups+"06/members?$select=id", "").field("id")) }
	before := count()
	w.send("PATCH", "groups/"+groups+"06", bind(tom, users+"2b")).refused(t, 400, "Request_BadRequest", "already exist")
	if count() != before {
		t.Error("one of two was added although the other was refused")
	}
	w.ok("PATCH", "groups/"+groups+"06", bind(tom, maria))
	if count() != before+2 {
		t.Error("two were not added")
	}
	var many []string
	for range 21 {
		many = append(many, tom)
	}
	w.send("PATCH", "groups/"+groups+"06", bind(many...)).refused(t, 400, "Request_BadRequest", "20")
}

// Without /$ref the person goes, not the membership.
func TestDeleteWithoutRefDeletesThePerson(t *testing.T) {
	w := newWorld(t)
	w.ok("DELETE", "groups/"+sales+"/members/"+users+"22", "")
	w.send("GET", "users/"+users+"22", "").refused(t, 404, "Request_ResourceNotFound", "does not exist")
	w.ok("GET", "directory/deletedItems/"+users+"22", "")
	w.send("DELETE", "groups/"+sales+"/members/"+maria, "").refused(t, 404, "Request_ResourceNotFound", "does not exist")
}

func TestTransitiveMembership(t *testing.T) {
	w := newWorld(t)
	aisha := users + "05"
	direct := w.ok("GET", "users/"+aisha+"/memberOf/microsoft.graph.group?$select=displayName", "").field("displayName")
	deep := w.ok("GET", "users/"+aisha+"/transitiveMemberOf/graph.group?$select=displayName", "").field("displayName")
	if contains(direct, "Contract Admins") || !contains(deep, "Contract Admins") || !contains(direct, "Finance Approvers") {
		t.Errorf("direct %q, transitive %q", direct, deep)
	}
	if got := w.ok("GET", "groups/"+groups+"10/members/microsoft.graph.group?$select=displayName", "").field("displayName"); cmp.Diff([]string{"Finance Approvers"}, got) != "" {
		t.Errorf("groups in the group: %q", got)
	}
	if got := w.ok("GET", "groups/"+groups+"10/transitiveMembers/microsoft.graph.user?$select=displayName", "").field("displayName"); !contains(got, "Aisha Khan") {
		t.Errorf("transitive members: %q", got)
	}
	check := w.ok("POST", "users/"+aisha+"/checkMemberGroups", `{"groupIds":["`+groups+`10","`+sales+`"]}`)
	if d := cmp.Diff([]any{groups + "10"}, check.body["value"]); d != "" {
		t.Error(d)
	}
	all := w.ok("POST", "users/"+aisha+"/getMemberGroups", `{"securityEnabledOnly":true}`).body["value"].([]any)
	for _, id := range all {
		if id == groups+"0f" {
			t.Error("a Microsoft 365 group among the security groups")
		}
	}
	if len(all) < 4 {
		t.Errorf("groups %v", all)
	}
	mixed := w.ok("GET", "users/"+admin+"/memberOf?$select=id,displayName,roleTemplateId", "")
	if got := mixed.field("@odata.type"); !contains(got, "#microsoft.graph.directoryRole") || !contains(got, "#microsoft.graph.group") {
		t.Errorf("types %q", got)
	}
	if got := w.ok("GET", "users/"+tom+"/ownedObjects?$select=displayName", "").field("displayName"); !contains(got, "Sales") {
		t.Errorf("Tom owns %q", got)
	}
	if got := w.ok("GET", "groups/"+sales+"/owners", "").field("displayName"); cmp.Diff([]string{"Tom Hughes", "Olivia Grant"}, got) != "" {
		t.Errorf("owners of Sales %q", got)
	}
	w.send("POST", "users/"+aisha+"/checkMemberGroups", `{"groupIds":["`+strings.Repeat(`x","`, 20)+`x"]}`).refused(t, 400, "Request_BadRequest", "at most 20")
	w.send("GET", "groups/"+sales+"/members/microsoft.graph.device", "").refused(t, 400, "BadRequest", "cast")
	w.send("GET", "users/"+aisha+"/memberOf/microsoft.graph.group?$count=true", "").refused(t, 400, "Request_UnsupportedQuery", "ConsistencyLevel")
}

func TestDynamicGroupsFollowTheirRules(t *testing.T) {
	w := newWorld(t)
	id := w.create()
	in := func(group string) bool {
		return contains(w.ok("GET", "groups/"+group+"/members?$select=id&$top=999", "").field("id"), id)
	}
	if !in(allStaff) || !in(london) {
		t.Error("the new person is not in the groups whose rules admit her")
	}
	w.ok("PATCH", "users/"+id, `{"officeLocation":"Leeds"}`)
	if in(london) || !in(allStaff) {
		t.Error("the London group does not follow the move")
	}
	staff := w.ok("GET", "groups/"+allStaff+"/members?$select=id&$top=999", "").field("id")
	if contains(staff, guest) {
		t.Error("the guest is among the staff")
	}
}

func TestTeams(t *testing.T) {
	w := newWorld(t)
	id := w.create()
	body := func(role, id string) string {
		return `{"@odata.type":"#microsoft.graph.aadUserConversationMember","roles":[` + role + `],"user@odata.bind":"https://graph.microsoft.com/v1.0/users('` + id + `')"}`
	}
	path := "teams/" + salesTeam + "/members"
	r := w.ok("POST", path, body("", id))
	membership, _ := r.body["id"].(string)
	if r.status != 201 || r.body["userId"] != id || membership == id || membership == "" {
		t.Errorf("added with %d %v", r.status, r.body)
	}
	if !contains(w.ok("GET", "groups/"+salesTeam+"/members?$select=id", "").field("id"), id) {
		t.Error("not in the group of the team")
	}
	w.ok("POST", path, body("", id)) // again is an update
	if !contains(w.ok("GET", path, "").field("userId"), id) {
		t.Error("not in the team")
	}
	w.ok("GET", path+"/"+membership, "")
	w.ok("GET", "teams/"+salesTeam, "")
	w.send("POST", path, body(`"owner"`, id)).refused(t, 403, "Authorization_RequestDenied", "Insufficient")
	w.send("POST", path, body(`"boss"`, id)).refused(t, 400, "BadRequest", "Invalid role")
	w.send("POST", path, body("", users+"ff")).refused(t, 404, "NotFound", "Failed to find user")
	w.send("POST", path, `{"roles":[]}`).refused(t, 400, "BadRequest", "aadUserConversationMember")
	w.send("POST", "teams/"+sales+"/members", body("", id)).refused(t, 404, "NotFound", "No team found")
	w.ok("DELETE", path+"/"+membership, "")
	w.send("DELETE", path+"/"+membership, "").refused(t, 404, "NotFound", "membership")
	if contains(w.ok("GET", "groups/"+salesTeam+"/members?$select=id", "").field("id"), id) {
		t.Error("still in the group of the team")
	}
	small := w.ok("GET", path+"?$top=3", "")
	if len(small.field("id")) != 3 || small.body["@odata.nextLink"] == nil {
		t.Errorf("a page of 3: %s", small.raw)
	}
}
