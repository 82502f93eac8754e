package graphsim_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/flows/graphsim"
)

const (
	olivia = users + "08"
	farah  = users + "27"
	mobile = "3179e48a-750b-4051-897c-87b9720928f7"
)

func methodIDs(w *world, id string) map[string]string {
	r := w.ok("GET", "users/"+id+"/authentication/methods", "")
	out := map[string]string{}
	for i, kind := range r.field("@odata.type") {
		out[strings.TrimSuffix(strings.TrimPrefix(kind, "#microsoft.graph."), "AuthenticationMethod")] = r.field("id")[i]
	}
	return out
}

// The default goes last, and a Temporary Access Pass is no other method.
func TestRemoveMethods(t *testing.T) {
	w := newWorld(t)
	at := "users/" + tom + "/authentication/"
	ids := methodIDs(w, tom)
	if len(ids) != 3 || ids["phone"] != mobile || ids["microsoftAuthenticator"] == "" || ids["password"] == "" {
		t.Fatalf("methods %v", ids)
	}
	phone := w.ok("GET", at+"phoneMethods/"+mobile, "").body
	if phone["phoneNumber"] != "+44 7700900103" || phone["phoneType"] != "mobile" {
		t.Errorf("phone %v", phone)
	}
	w.ok("POST", at+"temporaryAccessPassMethods", `{}`)
	w.send("DELETE", at+"microsoftAuthenticatorMethods/"+ids["microsoftAuthenticator"], "").refused(t, 400, "badRequest",
		"matches the user's current default authentication method, and cannot be deleted until the default authentication method is changed")
	w.send("DELETE", at+"fido2Methods/"+mobile, "").refused(t, 404, "resourceNotFound", "")
	w.send("DELETE", at+"passwordMethods/"+ids["password"], "").refused(t, 501, "NotImplemented", "")
	if r := w.ok("DELETE", at+"phoneMethods/"+strings.ToUpper(mobile), ""); r.status != 204 || r.raw != "" {
		t.Errorf("removed with %d %q", r.status, r.raw)
	}
	w.send("DELETE", at+"phoneMethods/"+mobile, "").refused(t, 404, "resourceNotFound", "")
	w.ok("DELETE", at+"microsoftAuthenticatorMethods/"+ids["microsoftAuthenticator"], "")
	if left := methodIDs(w, tom); len(left) != 2 || left["temporaryAccessPass"] == "" {
		t.Errorf("left %v", left)
	}
	if got := w.ok("GET", at+"phoneMethods", "").field("id"); len(got) != 0 {
		t.Errorf("phones left %v", got)
	}
	keys := w.ok("GET", "users/"+farah+"/authentication/fido2Methods", "").field("id")
	if len(keys) != 1 || len(methodIDs(w, farah)) != 3 {
		t.Errorf("somebody else's keys: %v", keys)
	}
	var lines []struct{ What string }
	if err := json.Unmarshal(w.s.Changes(0), &lines); err != nil {
		t.Fatal(err)
	}
	if last := lines[len(lines)-1].What; last != "A sign-in method of Tom Hughes was removed: microsoftAuthenticator" {
		t.Errorf("the news says %q", last)
	}
}

const setReply = `{"@odata.type":"#microsoft.graph.mailboxSettings","automaticRepliesSetting":{"@odata.type":"#microsoft.graph.automaticRepliesSetting",
	"status":"alwaysEnabled","externalAudience":"all","internalReplyMessage":"Tom left.","externalReplyMessage":"Tom left."}}`

func (r reply) autoReply() map[string]any {
	s, _ := r.body["automaticRepliesSetting"].(map[string]any)
	return s
}

func TestMailboxSettings(t *testing.T) {
	w := newWorld(t)
	at := "users/" + tom + "/mailboxSettings"
	before := w.ok("GET", at, "")
	if before.body["userPurpose"] != "user" || before.autoReply()["status"] != "disabled" {
		t.Errorf("settings %s", before.raw)
	}
	set := w.ok("PATCH", at, setReply)
	if set.status != 200 || set.autoReply()["status"] != "alwaysEnabled" {
		t.Errorf("patched with %d %s", set.status, set.raw)
	}
	after := w.ok("GET", at+"?$select=automaticRepliesSetting", "")
	message, _ := after.autoReply()["internalReplyMessage"].(string)
	if !strings.HasPrefix(message, "<html>") || !strings.Contains(message, "\nTom left.\n") || after.body["userPurpose"] != nil {
		t.Errorf("settings %s", after.raw)
	}
	w.ok("PATCH", at, `{"automaticRepliesSetting":{"status":"disabled"}}`)
	off := w.ok("GET", at, "").autoReply()
	if off["status"] != "disabled" || off["internalReplyMessage"] != message {
		t.Errorf("switched off: %v", off)
	}
	w.ok("PATCH", at, `{"automaticRepliesSetting":{"status":"scheduled","scheduledStartDateTime":{"dateTime":"2026-03-02T09:00:00","timeZone":"UTC"},"scheduledEndDateTime":{"dateTime":"2026-03-03T09:00:00.0000000","timeZone":"UTC"}}}`)
	for name, body := range map[string]string{
		"status":     `{"automaticRepliesSetting":{"status":"sometimes"}}`,
		"audience":   `{"automaticRepliesSetting":{"externalAudience":"friends"}}`,
		"no text":    `{"automaticRepliesSetting":{"internalReplyMessage":1}}`,
		"unknown":    `{"automaticRepliesSetting":{"subject":"x"}}`,
		"no object":  `{"automaticRepliesSetting":"x"}`,
		"backwards":  `{"automaticRepliesSetting":{"status":"scheduled","scheduledEndDateTime":{"dateTime":"2026-03-01T09:00:00","timeZone":"UTC"}}}`,
		"local time": `{"automaticRepliesSetting":{"scheduledEndDateTime":{"dateTime":"2026-03-05T09:00:00","timeZone":"GMT Standard Time"}}}`,
	} {
		t.Run(name, func(t *testing.T) { w.send("PATCH", at, body).refused(t, 400, "ErrorInvalidArgument", "not valid") })
	}
	w.send("PATCH", at, `{"timeZone":"UTC"}`).refused(t, 501, "NotImplemented", "timeZone")
	w.ok("PATCH", "users/"+synced+"/mailboxSettings", setReply) // the mailbox is Exchange's
	w.ok("PATCH", "users/"+tom, `{"accountEnabled":false}`)
	w.ok("PATCH", at, setReply) // a blocked person's mailbox still answers
	for _, id := range []string{guest, admin, users + "41"} {
		w.send("GET", "users/"+id+"/mailboxSettings", "").refused(t, 404, "MailboxNotEnabledForRESTAPI", "REST API is not yet supported for this mailbox.")
	}
	w.ok("POST", "users/"+tom+"/assignLicense", `{"addLicenses":[],"removeLicenses":["`+spb+`"]}`)
	w.send("PATCH", at, setReply).refused(t, 404, "MailboxNotEnabledForRESTAPI", "not yet supported")
	w.send("GET", at, "").refused(t, 404, "MailboxNotEnabledForRESTAPI", "not yet supported")
	w.send("GET", "users/"+users+"ff/mailboxSettings", "").refused(t, 404, "Request_ResourceNotFound", "")
}

// The back door shows a reply, and a restart keeps it and what is left of the methods.
func TestLeaverStateSurvives(t *testing.T) {
	state := t.TempDir() + "/tenant.json"
	keep := func(o *graphsim.Options) { o.State = state }
	w := newWorld(t, keep)
	w.ok("PATCH", "users/"+tom+"/mailboxSettings", setReply)
	w.ok("DELETE", "users/"+tom+"/authentication/phoneMethods/"+mobile, "")
	w = newWorld(t, keep)
	raw, _ := w.s.User(tom)
	var shown struct {
		AutomaticReply *string
		Methods        []struct{ Type string }
	}
	if err := json.Unmarshal(raw, &shown); err != nil {
		t.Fatal(err)
	}
	if shown.AutomaticReply == nil || !strings.Contains(*shown.AutomaticReply, "Tom left.") || len(shown.Methods) != 2 {
		t.Errorf("shown %s", raw)
	}
	w.send("GET", "users/"+tom+"/authentication/phoneMethods/"+mobile, "").refused(t, 404, "resourceNotFound", "")
	w.ok("PATCH", "users/"+tom+"/mailboxSettings", `{"automaticRepliesSetting":{"status":"disabled"}}`)
	if raw, _ := w.s.User(tom); !strings.Contains(string(raw), `"automaticReply":null`) {
		t.Errorf("shown %s", raw)
	}
}

func TestOwners(t *testing.T) {
	w := newWorld(t)
	owners := func(group string) []string {
		return w.ok("GET", "groups/"+group+"/owners/graph.user?$select=id", "").field("id")
	}
	if d := cmp.Diff([]string{tom, olivia}, owners(sales)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{tom}, owners(salesTeam)); d != "" {
		t.Error(d)
	}
	last := "The group must have at least one owner, hence this owner cannot be removed."
	w.send("DELETE", "groups/"+salesTeam+"/owners/"+tom+"/$ref", "").refused(t, 400, "Request_BadRequest", last)
	w.ok("POST", "groups/"+salesTeam+"/owners/$ref", link(maria))
	w.send("POST", "groups/"+salesTeam+"/owners/$ref", link(maria)).refused(t, 400, "Request_BadRequest", "already exist for the following modified properties: 'owners'")
	w.ok("DELETE", "groups/"+salesTeam+"/owners/"+tom+"/$ref", "")
	w.send("DELETE", "groups/"+salesTeam+"/owners/"+tom+"/$ref", "").refused(t, 404, "Request_ResourceNotFound", "")
	w.ok("DELETE", "groups/"+sales+"/owners/"+tom+"/$ref", "")
	w.send("DELETE", "groups/"+sales+"/owners/"+olivia+"/$ref", "").refused(t, 400, "Request_BadRequest", last)
	w.send("POST", "groups/"+groups+"08/owners/$ref", link(maria)).refused(t, 400, "Request_BadRequest", "mail-enabled")
	w.send("POST", "groups/"+sales+"/owners/$ref", link(users+"ff")).refused(t, 404, "Request_ResourceNotFound", "")
	if !contains(w.ok("GET", "groups/"+salesTeam+"/members?$select=id", "").field("id"), tom) {
		t.Error("who owns the team no longer is no longer its member")
	}
}

// An owner goes out of a team only by the right to change owners, and the last one not at all.
func TestRemoveOwnerFromTeam(t *testing.T) {
	w := newWorld(t)
	membership := func(id string) string {
		r := w.ok("GET", "teams/"+salesTeam+"/members", "")
		for i, u := range r.field("userId") {
			if u == id {
				return "teams/" + salesTeam + "/members/" + r.field("id")[i]
			}
		}
		t.Fatalf("%s is not in the team", id)
		return ""
	}
	path := membership(tom)
	w.send("DELETE", path, "").refused(t, 403, "Authorization_RequestDenied", "Insufficient")
	w.ok("POST", "groups/"+salesTeam+"/owners/$ref", link(maria))
	w.ok("DELETE", "groups/"+salesTeam+"/owners/"+tom+"/$ref", "")
	w.ok("DELETE", path, "")
	w.send("DELETE", path, "").refused(t, 404, "NotFound", "")
	if contains(w.ok("GET", "groups/"+salesTeam+"/members?$select=id&$top=999", "").field("id"), tom) {
		t.Error("still in the group of the team")
	}
}

// What each of the leaver's writes needs, one permission at a time.
func TestLeaverPermissions(t *testing.T) {
	ids := methodIDs(newWorld(t), farah)
	for name, tt := range map[string]struct{ need, method, path, body string }{
		"block":   {"User.EnableDisableAccount.All", "PATCH", "users/" + tom, `{"accountEnabled":false}`},
		"revoke":  {"User.RevokeSessions.All", "POST", "users/" + tom + "/revokeSignInSessions", ""},
		"phone":   {"UserAuthMethod-Phone.ReadWrite.All", "DELETE", "users/" + tom + "/authentication/phoneMethods/" + mobile, ""},
		"key":     {"UserAuthMethod-Passkey.ReadWrite.All", "DELETE", "users/" + farah + "/authentication/fido2Methods/" + ids["fido2"], ""},
		"methods": {"UserAuthenticationMethod.ReadWrite.All", "DELETE", "users/" + tom + "/authentication/phoneMethods/" + mobile, ""},
		"reply":   {"MailboxSettings.ReadWrite", "PATCH", "users/" + tom + "/mailboxSettings", setReply},
		"owner":   {"Group.ReadWrite.All", "POST", "groups/" + sales + "/owners/$ref", link(maria)},
		"member":  {"GroupMember.ReadWrite.All", "DELETE", "groups/" + sales + "/members/" + tom + "/$ref", ""},
	} {
		t.Run(name, func(t *testing.T) {
			const id = "00000000-0000-0000-0000-0000000000c0"
			without := []string{"User.Read.All", "Directory.Read.All", "TeamMember.ReadWrite.All", "MailboxSettings.Read", "UserAuthMethod-TAP.ReadWrite.All"}
			if tt.need == "Group.ReadWrite.All" {
				without = append(without, "GroupMember.ReadWrite.All") // not enough for owners
			}
			w := newWorld(t, func(o *graphsim.Options) { o.Permissions = map[string][]string{id: without} })
			w.send(tt.method, tt.path, tt.body).refused(t, 403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
			w = newWorld(t, func(o *graphsim.Options) { o.Permissions = map[string][]string{id: append(without, tt.need)} })
			w.ok(tt.method, tt.path, tt.body)
		})
	}
}

// Lies about the leaver's writes: done and not told, told and not done, done and undone.
func TestLiesAboutLeavers(t *testing.T) {
	reply := func(w *world) bool {
		return w.ok("GET", "users/"+tom+"/mailboxSettings", "").autoReply()["status"] == "alwaysEnabled"
	}
	phone := func(w *world) bool { return methodIDs(w, tom)["phone"] == "" }
	revoked := func(w *world) bool {
		return w.ok("GET", "users/"+tom+"?$select=signInSessionsValidFromDateTime", "").body["signInSessionsValidFromDateTime"] == "2026-03-02T08:00:00Z"
	}
	owner := func(w *world) bool { return contains(w.ok("GET", "groups/"+sales+"/owners", "").field("id"), maria) }
	for name, tt := range map[string]struct {
		method, path, body string
		done               func(*world) bool
	}{
		"reply":  {"PATCH", "users/" + tom + "/mailboxSettings", setReply, reply},
		"method": {"DELETE", "users/" + tom + "/authentication/phoneMethods/" + mobile, "", phone},
		"revoke": {"POST", "users/" + tom + "/revokeSignInSessions", "", revoked},
		"owner":  {"POST", "groups/" + sales + "/owners/$ref", link(maria), owner},
	} {
		for _, kind := range []string{"lost_answer", "no_effect", "revert"} {
			t.Run(name+" "+kind, func(t *testing.T) {
				w := newWorld(t)
				if tt.done(w) {
					t.Fatal("done before it began")
				}
				if _, err := w.s.SetFault(kind, tt.method+" ", 1, 0); err != nil {
					t.Fatal(err)
				}
				if got, want := w.send(tt.method, tt.path, tt.body).status < 300, kind != "lost_answer"; got != want {
					t.Errorf("told that it is done: %t, want %t", got, want)
				}
				if got, want := tt.done(w), kind != "no_effect"; got != want {
					t.Errorf("done: %t, want %t", got, want)
				}
				w.pass(10 * time.Minute)
				if got, want := tt.done(w), kind == "lost_answer"; got != want {
					t.Errorf("done later: %t, want %t", got, want)
				}
			})
		}
	}
}
