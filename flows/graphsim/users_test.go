package graphsim_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/flows/graphsim"
)

func TestCreateUser(t *testing.T) {
	w := newWorld(t)
	r := w.ok("POST", "users", newPriya)
	if r.status != 201 || r.body["id"] != first {
		t.Errorf("created %d %v", r.status, r.body["id"])
	}
	if r.header.Get("Location") == "" {
		t.Error("no Location")
	}
	got := w.ok("GET", "users/PRIYA.patel@larkfield.example", "").body
	delete(got, "@odata.context")
	want := map[string]any{
		"id": first, "businessPhones": []any{}, "displayName": "Priya Patel", "givenName": "Priya", "surname": "Patel",
		"jobTitle": "Account Manager", "mail": nil, "mobilePhone": nil, "officeLocation": "London", "preferredLanguage": nil,
		"userPrincipalName": "priya.patel@larkfield.example",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("the standard properties: %s", d)
	}
	again := w.ok("POST", "users", strings.ReplaceAll(newPriya, "priya.patel", "priya.patel2")).body["id"]
	if again == first || again == "" {
		t.Errorf("second id %v", again)
	}
	w2 := newWorld(t)
	w2.create()
	if same := w2.ok("POST", "users", strings.ReplaceAll(newPriya, "priya.patel", "priya.patel2")).body["id"]; same != again {
		t.Errorf("another run with the same seed gave %v, not %v", same, again)
	}
}

func TestCreateUserIsRefused(t *testing.T) {
	swap := func(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(newPriya) }
	upn := func(s string) string { return swap(`"priya.patel@larkfield.example"`, `"`+s+`"`) }
	w := newWorld(t)
	for name, tt := range map[string]struct {
		body   string
		status int
		code   string
		say    string
		target string
	}{
		"taken name":         {upn("TOM.hughes@larkfield.example"), 400, "Request_BadRequest", "Another object with the same value for property userPrincipalName already exists.", "userPrincipalName"},
		"address of a group": {upn("salesteam@larkfield.example"), 400, "Request_BadRequest", "property proxyAddresses", "proxyAddresses"},
		"foreign domain":     {upn("p@contoso.example"), 400, "Request_BadRequest", "The domain portion of the userPrincipalName property is invalid", ""},
		"space in name":      {upn("priya patel@larkfield.example"), 400, "Request_BadRequest", "userPrincipalName is invalid", ""},
		"no domain":          {upn("priya"), 400, "Request_BadRequest", "userPrincipalName is invalid", ""},
		"weak password":      {swap("Rain-42-lamp", "rainrain"), 400, "Request_BadRequest", "password complexity requirements", ""},
		"name in password":   {swap("Rain-42-lamp", "Priya.Patel1!"), 400, "Request_BadRequest", "password complexity requirements", ""},
		"no password":        {swap(`,"passwordProfile":{"password":"Rain-42-lamp","forceChangePasswordNextSignIn":true}`, ""), 400, "Request_BadRequest", "A value is required for property 'passwordProfile'", ""},
		"no nickname":        {swap(`"mailNickname":"priya.patel",`, ""), 400, "Request_BadRequest", "A value is required for property 'mailNickname'", ""},
		"empty text":         {swap(`"givenName":"Priya"`, `"givenName":""`), 400, "Request_BadRequest", "Invalid value specified for property 'givenName' of resource 'User'.", ""},
		"long text":          {swap("Account Manager", strings.Repeat("x", 129)), 400, "Request_BadRequest", "property 'jobTitle'", ""},
		"text for a flag":    {swap(`"accountEnabled":false`, `"accountEnabled":"no"`), 400, "Request_BadRequest", "property 'accountEnabled'", ""},
		"no country":         {swap(`"GB"`, `"Great Britain"`), 400, "Request_BadRequest", "property 'usageLocation'", ""},
		"a date in words":    {swap("2026-03-09T00:00:00Z", "Monday"), 400, "Request_BadRequest", "property 'employeeHireDate'", ""},
		"unknown property":   {swap(`"jobTitle"`, `"jobTitel"`), 400, "Request_BadRequest", "jobTitel", ""},
		"read-only property": {swap(`"jobTitle":"Account Manager"`, `"id":"x"`), 400, "Request_BadRequest", "'id' is read-only", ""},
		"manager on create":  {swap(`"jobTitle":"Account Manager"`, `"manager@odata.bind":"https://x/users/1"`), 400, "Request_BadRequest", "manager@odata.bind", ""},
		"leaving date":       {swap("employeeHireDate", "employeeLeaveDateTime"), 403, "Authorization_RequestDenied", "Insufficient privileges", ""},
		"no body":            {"", 400, "BadRequest", "Empty Payload", ""},
		"no JSON":            {"{", 400, "BadRequest", "Unable to read JSON", ""},
		"kept elsewhere":     {swap(`"jobTitle":"Account Manager"`, `"aboutMe":"x"`), 501, "NotImplemented", "aboutMe", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := w.send("POST", "users", tt.body)
			r.refused(t, tt.status, tt.code, tt.say)
			e := r.body["error"].(map[string]any)
			if tt.target != "" {
				d := e["details"].([]any)[0].(map[string]any)
				if d["code"] != "ObjectConflict" || d["target"] != tt.target {
					t.Errorf("details %v", d)
				}
			}
			inner := e["innerError"].(map[string]any)
			if inner["request-id"] != r.header.Get("request-id") || inner["date"] == "" {
				t.Errorf("innerError %v", inner)
			}
		})
	}
	w.send("GET", "users/priya.patel@larkfield.example", "").refused(t, 404, "Request_ResourceNotFound", "does not exist or one of its queried reference-property")
	if w.create() != first {
		t.Error("a refused create used up the first id")
	}
}

func TestPatchUser(t *testing.T) {
	w := newWorld(t, func(o *graphsim.Options) { o.Roles = map[string][]string{} }) // the permission alone does not do for passwords
	id := w.create()
	show := func(prop string) any { return w.ok("GET", "users/"+id+"?$select="+prop, "").body[prop] }
	if r := w.ok("PATCH", "users/"+id, `{"@odata.type":"#microsoft.graph.user","department":"Sales","jobTitle":null}`); r.status != 204 || r.raw != "" {
		t.Errorf("patch answered %d %q", r.status, r.raw)
	}
	if show("department") != "Sales" || show("jobTitle") != nil {
		t.Error("the patch is not there")
	}
	w.ok("PATCH", "users/"+id, `{"accountEnabled":true}`)
	if show("accountEnabled") != true {
		t.Error("not enabled")
	}
	if r := w.send("PATCH", "users/"+id, `{"@odata.type":"#microsoft.graph.user"}`); r.status != 204 {
		t.Errorf("empty patch answered %d", r.status)
	}
	w.ok("PATCH", "users/"+id, `{"employeeOrgData":{"division":"West"}}`)
	if d := cmp.Diff(map[string]any{"division": "West", "costCenter": nil}, show("employeeOrgData")); d != "" {
		t.Error(d)
	}
	w.ok("PATCH", "users/"+id, `{"userPrincipalName":"priya.shah@larkfield.example"}`)
	if show("userPrincipalName") != "priya.shah@larkfield.example" {
		t.Error("not renamed")
	}
	for name, tt := range map[string]struct {
		id, body string
		status   int
		code     string
		say      string
	}{
		"empty text":        {id, `{"department":""}`, 400, "Request_BadRequest", "Invalid value specified for property 'department'"},
		"name cleared":      {id, `{"displayName":null}`, 400, "Request_BadRequest", "property 'displayName'"},
		"mail cleared":      {id, `{"mail":null}`, 400, "Request_BadRequest", "property 'mail'"},
		"location cleared":  {id, `{"usageLocation":null}`, 400, "Request_BadRequest", "property 'usageLocation'"},
		"two phones":        {id, `{"businessPhones":["1","2"]}`, 400, "Request_BadRequest", "property 'businessPhones'"},
		"read-only":         {id, `{"createdDateTime":"2026-01-01T00:00:00Z"}`, 400, "Request_BadRequest", "read-only"},
		"unknown":           {id, `{"departmnet":"x"}`, 400, "Request_BadRequest", "departmnet"},
		"manager":           {id, `{"manager":"x"}`, 400, "Request_BadRequest", "manager"},
		"taken name":        {id, `{"userPrincipalName":"tom.hughes@larkfield.example"}`, 400, "Request_BadRequest", "userPrincipalName already exists"},
		"password":          {id, `{"accountEnabled":false,"passwordProfile":{"password":"Other-42-lamp"}}`, 403, "Authorization_RequestDenied", "Insufficient"},
		"leaving date":      {id, `{"employeeLeaveDateTime":"2026-05-01T00:00:00Z"}`, 403, "Authorization_RequestDenied", "Insufficient"},
		"synced":            {synced, `{"department":"Lab"}`, 400, "Request_BadRequest", "Unable to update the specified properties for on-premises mastered Directory Sync objects"},
		"admin blocked":     {admin, `{"accountEnabled":false}`, 403, "Authorization_RequestDenied", "Insufficient"},
		"role group member": {users + "07", `{"accountEnabled":false}`, 403, "Authorization_RequestDenied", "Insufficient"},
		"nobody":            {users + "ff", `{"department":"x"}`, 404, "Request_ResourceNotFound", "does not exist"},
	} {
		t.Run(name, func(t *testing.T) { w.send("PATCH", "users/"+tt.id, tt.body).refused(t, tt.status, tt.code, tt.say) })
	}
	if show("accountEnabled") != true {
		t.Error("the refused password patch blocked the account all the same")
	}
	w.ok("PATCH", "users/"+admin, `{"jobTitle":"Cloud Lead"}`)
	w.ok("PATCH", "users/"+synced, `{"usageLocation":"GB"}`)
}

func TestNarrowPermissions(t *testing.T) {
	w := newWorld(t, func(o *graphsim.Options) {
		o.Permissions = map[string][]string{
			"00000000-0000-0000-0000-0000000000c0": {"User.Read.All", "User.EnableDisableAccount.All"},
			"password":                             {"User.Read.All", "User-PasswordProfile.ReadWrite.All", "User-LifeCycleInfo.ReadWrite.All", "TeamMember.ReadWrite.All"},
		}
	})
	w.ok("PATCH", "users/"+tom, `{"accountEnabled":false}`)
	w.send("PATCH", "users/"+tom, `{"department":"x"}`).refused(t, 403, "Authorization_RequestDenied", "Insufficient")
	w.send("POST", "groups/"+sales+"/members/$ref", link(maria)).refused(t, 403, "Authorization_RequestDenied", "Insufficient")
	w.send("POST", "users", newPriya).refused(t, 403, "Authorization_RequestDenied", "Insufficient")
	w.token = w.signIn("password")
	w.pass(time.Hour / 2)
	w.ok("PATCH", "users/"+tom, `{"passwordProfile":{"password":"Other-42-lamp","forceChangePasswordNextSignIn":true}}`)
	if at := w.ok("GET", "users/"+tom+"?$select=lastPasswordChangeDateTime", "").body["lastPasswordChangeDateTime"]; at != "2026-03-02T08:30:00Z" {
		t.Errorf("password changed at %v", at)
	}
	w.ok("PATCH", "users/"+tom, `{"passwordProfile":{"forceChangePasswordNextSignIn":true}}`)
	w.ok("PATCH", "users/"+tom, `{"employeeLeaveDateTime":"2026-05-01T00:00:00+01:00"}`)
	if at := w.ok("GET", "users/"+tom+"?$select=employeeLeaveDateTime", "").body["employeeLeaveDateTime"]; at != "2026-04-30T23:00:00Z" {
		t.Errorf("leaves at %v", at)
	}
	team := `{"@odata.type":"#microsoft.graph.aadUserConversationMember","roles":["owner"],"user@odata.bind":"https://graph.microsoft.com/v1.0/users('` + maria + `')"}`
	if roles := w.ok("POST", "teams/"+groups+"03/members", team).body["roles"]; cmp.Diff([]any{"owner"}, roles) != "" {
		t.Errorf("roles %v", roles)
	}
}

func TestManager(t *testing.T) {
	w := newWorld(t)
	id := w.create()
	w.send("GET", "users/"+id+"/manager", "").refused(t, 404, "Request_ResourceNotFound", "does not exist")
	w.send("DELETE", "users/"+id+"/manager/$ref", "").refused(t, 404, "Request_ResourceNotFound", "does not exist")
	w.ok("PUT", "users/"+id+"/manager/$ref", `{"@odata.id":"http://graph.test/v1.0/users/`+tom+`"}`)
	m := w.ok("GET", "users/"+id+"/manager?$select=id,displayName", "").body
	if m["id"] != tom || m["displayName"] != "Tom Hughes" || m["@odata.type"] != "#microsoft.graph.user" {
		t.Errorf("manager %v", m)
	}
	w.ok("GET", "users/"+id+"/manager/$ref", "")
	if e := w.ok("GET", "users/"+id+"?$select=id&$expand=manager($select=id,displayName)", "").body["manager"]; e.(map[string]any)["displayName"] != "Tom Hughes" {
		t.Errorf("expanded %v", e)
	}
	reports := w.ok("GET", "users/"+tom+"/directReports?$select=displayName", "").field("displayName")
	if !contains(reports, "Priya Patel") || !contains(reports, "Sam Taylor") {
		t.Errorf("reports of Tom: %q", reports)
	}
	w.send("PUT", "users/"+id+"/manager/$ref", link(users+"ff")).refused(t, 404, "Request_ResourceNotFound", "does not exist")
	w.send("PUT", "users/"+id+"/manager/$ref", `{"id":"x"}`).refused(t, 400, "BadRequest", "Invalid URL format")
	w.send("PUT", "users/"+synced+"/manager/$ref", link(tom)).refused(t, 400, "Request_BadRequest", "on-premises mastered")
	w.ok("DELETE", "users/"+id+"/manager/$ref", "")
	w.send("GET", "users/"+id+"/manager", "").refused(t, 404, "Request_ResourceNotFound", "does not exist")
}

func TestDeleteAndRestore(t *testing.T) {
	w := newWorld(t)
	id := w.create()
	w.ok("POST", "users/"+id+"/assignLicense", `{"addLicenses":[{"skuId":"`+spb+`","disabledPlans":[]}],"removeLicenses":[]}`)
	w.ok("POST", "groups/"+sales+"/members/$ref", link(id))
	w.ok("DELETE", "users/"+id, "")
	w.send("GET", "users/"+id, "").refused(t, 404, "Request_ResourceNotFound", "does not exist")
	w.send("DELETE", "users/"+id, "").refused(t, 404, "Request_ResourceNotFound", "does not exist")
	if in := w.ok("GET", "groups/"+sales+"/members?$select=id", "").field("id"); contains(in, id) {
		t.Error("a deleted user is still listed in a group")
	}
	gone := w.ok("GET", "directory/deletedItems/"+id+"?$select=userPrincipalName,deletedDateTime", "").body
	if gone["userPrincipalName"] != strings.ReplaceAll(id, "-", "")+"priya.patel@larkfield.example" || gone["deletedDateTime"] == nil {
		t.Errorf("deleted item %v", gone)
	}
	found := w.ok("GET", "directory/deletedItems/microsoft.graph.user?$filter=endswith(userPrincipalName,'priya.patel@larkfield.example')&$count=true&$select=displayName", "", "ConsistencyLevel", "eventual")
	if d := cmp.Diff([]string{"Priya Patel"}, found.field("displayName")); d != "" {
		t.Error(d)
	}
	all := w.ok("GET", "directory/deletedItems/microsoft.graph.user?$select=displayName", "").field("displayName")
	if d := cmp.Diff([]string{"Priya Patel", "Dora Deleted", "Peter Patel"}, all); d != "" {
		t.Errorf("latest first: %s", d)
	}

	// The name is free for someone else; then the restore conflicts.
	w.ok("POST", "users", newPriya)
	w.send("POST", "directory/deletedItems/"+id+"/restore", "").refused(t, 400, "Request_BadRequest", "userPrincipalName already exists")
	back := w.ok("POST", "directory/deletedItems/"+id+"/restore", `{"newUserPrincipalName":"priya.patel9@larkfield.example","autoReconcileProxyConflict":true}`)
	if back.status != 200 || back.body["userPrincipalName"] != "priya.patel9@larkfield.example" {
		t.Errorf("restored %d %v", back.status, back.body)
	}
	if in := w.ok("GET", "users/"+id+"/memberOf?$select=displayName", "").field("displayName"); !contains(in, "Sales") {
		t.Errorf("groups after restore %q", in)
	}
	if held := w.ok("GET", "users/"+id+"?$select=assignedLicenses", "").body["assignedLicenses"].([]any); len(held) != 1 {
		t.Errorf("licences after restore %v", held)
	}
	w.send("POST", "directory/deletedItems/"+id+"/restore", "").refused(t, 404, "Request_ResourceNotFound", "does not exist")
	w.send("DELETE", "users/"+admin, "").refused(t, 403, "Authorization_RequestDenied", "Insufficient")

	w.pass(28 * 24 * time.Hour) // Dora was deleted three days before the start
	if left := w.ok("GET", "directory/deletedItems/microsoft.graph.user", "").field("displayName"); len(left) != 0 {
		t.Errorf("after 30 days there are still %q", left)
	}
}

// A seat that was freed by a deletion and given to somebody else is taken twice after the restore.
func TestRestoreWithoutSeats(t *testing.T) {
	w := newWorld(t)
	const petra, visio = users + "25", "c5928f49-12ba-48f7-ada3-0d743a3601d5" // five of five seats, Petra's among them
	units := func() (consumed, enabled float64) {
		for _, v := range w.ok("GET", "subscribedSkus", "").body["value"].([]any) {
			if k := v.(map[string]any); k["skuId"] == visio {
				return k["consumedUnits"].(float64), k["prepaidUnits"].(map[string]any)["enabled"].(float64)
			}
		}
		return 0, 0
	}
	give := `{"addLicenses":[{"skuId":"` + visio + `","disabledPlans":[]}],"removeLicenses":[]}`
	w.send("POST", "users/"+tom+"/assignLicense", give).refused(t, 400, "Request_BadRequest", "does not have any available licenses")
	w.ok("DELETE", "users/"+petra, "")
	if held := w.ok("GET", "directory/deletedItems/"+petra+"/microsoft.graph.user?$select=assignedLicenses", "").body["assignedLicenses"].([]any); len(held) != 0 {
		t.Errorf("a deleted account shows licences: %v", held)
	}
	w.ok("POST", "users/"+tom+"/assignLicense", give)
	w.ok("POST", "directory/deletedItems/"+petra+"/restore", "")
	if c, e := units(); c != 6 || e != 5 {
		t.Errorf("%v of %v seats are taken, want 6 of 5", c, e)
	}
	w.ok("POST", "users/"+petra+"/assignLicense", `{"addLicenses":[],"removeLicenses":["`+visio+`"]}`)
	if c, _ := units(); c != 5 {
		t.Errorf("%v seats are taken after one was released", c)
	}
}

func contains(list []string, want string) bool {
	for _, s := range list {
		if s == want {
			return true
		}
	}
	return false
}
