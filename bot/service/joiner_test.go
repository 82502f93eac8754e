package service_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/flows"
)

const (
	sentence = "new starter Priya Patel, Account Manager, starts 14 December 2026, reports to Tom Hughes"
	priya    = "priya.patel@larkfield.example"
)

// announce is HR's part: the sentence, the form, the summary.
func (w *world) announce() {
	w.t.Helper()
	w.say("hr", sentence)
	w.press("hr", "bot", "Check and continue", inputs{"site": "London"})
	w.press("hr", "bot", "Confirm", nil)
}

// TestJoiner is product.md's "a joiner, end to end": three weeks, everybody in their chat, and nothing done by anything but people and
// the clock.
func TestJoiner(t *testing.T) {
	story(t, setting{visibility: 5 * time.Second}, func(t *testing.T, w *world) {
		w.announce()
		w.mustSee("hr", "bot", "You confirmed this.")

		w.press("manager", "bot", "Approve", inputs{
			"items": []string{"group:Sales", "group:CRM Users", "team:Sales Team", "manual:Business cards", "group:Wiki Editors"}, "elevated": "group:Contract Admins",
		})
		w.press("approver", "bot", "Sign off", nil)
		w.wants(map[string]flows.StepState{"account": flows.Planned, "group:Contract Admins": flows.Planned, "licence:POWER_BI_PRO": ""})

		w.walk("2026-12-07 08:59")
		if _, ok := w.account(priya); ok {
			t.Error("there is an account before its time")
		}
		w.walk("2026-12-07 09:30")
		a, ok := w.account(priya)
		if !ok || a.AccountEnabled {
			t.Errorf("five working days before: account %v, enabled %v", ok, a.AccountEnabled)
		}

		w.walk("2026-12-10 12:00")
		w.mustSee("it", "it", "Due now: Laptop for Priya Patel (")
		w.pressAbout("it", "it", "Laptop", "Done", inputs{"note": "LT-0815"})
		w.walk("2026-12-11 15:00")
		w.pressAbout("hr", "bot", "Door key", "Done", nil)
		w.pressAbout("hr", "bot", "Business cards", "Done", nil)
		w.wants(map[string]flows.StepState{"licence:SPB": flows.StepDone, "group:Sales": flows.StepDone, "team:Sales Team": flows.StepDone, "enable": flows.Planned})

		w.walk("2026-12-14 08:30")
		code := w.press("manager", "bot", "Show the pass now", nil).code()
		if len(code) < 8 {
			t.Fatalf("the pass is %q", code)
		}
		w.settle()
		if a, _ := w.account(priya); a.passes() != 1 || !a.AccountEnabled {
			t.Errorf("the starter has %d passes, enabled %v", a.passes(), a.AccountEnabled)
		}
		w.mustSee(priya, "bot", "Welcome to Larkfield Instruments")

		w.walk("2026-12-14 13:00")
		w.press("manager", "bot", "Yes, started", nil)
		w.advance(48 * time.Hour)

		w.finished()
		w.mustSee("hr", "bot", "Done")
		a, _ = w.account(priya)
		want := account{
			ID: "00000000-0000-4000-a000-00000000000a", DisplayName: "Priya Patel", UserPrincipalName: priya, EmployeeHireDate: "2026-12-14T00:00:00Z", UsageLocation: "GB",
			Department: "Sales", JobTitle: "Account Manager", AccountEnabled: true, Manager: &named{"00000000-0000-4000-a000-000000000003", "Tom Hughes"}, Licenses: []string{"SPB"},
		}
		groups := a.groups()
		a.MemberOf, a.Methods = nil, nil
		if diff := cmp.Diff(want, a); diff != "" {
			t.Errorf("the account (-want +got):\n%s", diff)
		}
		wantGroups := []string{"All Staff", "CRM Users", "Company Team", "Contract Admins", "London Office", "Sales", "Sales Team", "Wiki Editors"}
		if diff := cmp.Diff(wantGroups, groups); diff != "" {
			t.Errorf("groups (-want +got):\n%s", diff)
		}
		w.evidenceIsWhole()
		w.keepsSecret(code)
	})
}

// wants checks where some steps of the only case stand.
func (w *world) wants(want map[string]flows.StepState) {
	w.t.Helper()
	c := w.theCase()
	got := map[string]flows.StepState{}
	for k := range want {
		got[k] = c.step(k)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Errorf("steps (-want +got):\n%s", diff)
	}
}

// finished checks that the case is done in every respect that people can see.
func (w *world) finished() {
	w.t.Helper()
	c := w.theCase()
	if c.State != flows.Done {
		w.t.Errorf("the case is %s", c.State)
	}
	for _, s := range c.Steps {
		if s.State != flows.StepDone && s.State != flows.StepDoneHand {
			w.t.Errorf("step %s is %s: %s", s.Key, s.State, s.Cause)
		}
	}
	for _, m := range w.live() {
		w.t.Errorf("a card still has buttons: %s", m)
	}
}

// seats are everybody's chats.
var seats = []struct{ as, chat string }{
	{"hr", "bot"},
	{"hr2", "bot"},
	{"manager", "bot"},
	{"manager2", "bot"},
	{"approver", "bot"},
	{"it", "bot"},
	{"it2", "bot"},
	{"owner", "bot"},
	{"owner2", "bot"},
	{"stranger", "bot"},
	{priya, "bot"},
	{"it", "it"},
	{"owner", "owners"},
}

// live are the cards of a case that offer something to do, buttons that only show something aside.
func (w *world) live() []string {
	w.t.Helper()
	var out []string
	for _, s := range seats {
		for _, m := range w.chat(s.as, s.chat) {
			for _, v := range w.liveOn(m) {
				out = append(out, s.as+"/"+s.chat+" "+v+": "+strings.ReplaceAll(written(m.Card), "\n", " "))
			}
		}
	}
	return out
}

func (w *world) liveOn(m message) []string {
	return slices.DeleteFunc(verbs(m.Card), func(v string) bool { return v == flows.VerbDetails || v == flows.VerbRefresh })
}

// evidenceIsWhole checks the log of the case: the turns, each decision, each look and act, each message, in the order they happened.
func (w *world) evidenceIsWhole() {
	w.t.Helper()
	recs := w.records(w.theCase().Ref)
	count := map[flows.Kind]int{}
	for _, r := range recs {
		count[r.Kind]++
	}
	for _, k := range []flows.Kind{
		flows.Heard{}.Kind(), flows.Sent{}.Kind(), flows.Raised{}.Kind(), flows.Approved{}.Kind(), flows.SignedOff{}.Kind(), flows.StepStarted{}.Kind(),
		flows.StepVerified{}.Kind(), flows.StepByHand{}.Kind(), flows.PassMade{}.Kind(), flows.StartAsked{}.Kind(), flows.Started{}.Kind(), flows.Closed{}.Kind(),
	} {
		if count[k] == 0 {
			w.t.Errorf("the log has no %s", k)
		}
	}
	if !slices.IsSortedFunc(recs, func(a, b flows.Record) int { return int(a.Seq - b.Seq) }) {
		w.t.Error("the log is not in order")
	}
	if r := w.verify(); r.Cases != 1 || r.Signed != r.Entries || r.Entries < int64(len(recs)) {
		w.t.Errorf("verified %d entries, %d signed, %d cases", r.Entries, r.Signed, r.Cases)
	}
}

// keepsSecret looks for the pass's code and the account's first password in everything that is kept or said.
func (w *world) keepsSecret(code string) {
	w.t.Helper()
	places := map[string]string{"log": w.log.String(), "graph log": w.graphLog.String()}
	for _, r := range w.disk.now() {
		places["store"] += string(r.key) + " " + string(r.value) + "\n"
	}
	for _, s := range seats {
		b, err := json.Marshal(w.chat(s.as, s.chat))
		if err != nil {
			w.t.Fatal(err)
		}
		places["chat "+s.chat+" of "+s.as] = string(b)
	}
	for name, there := range map[string]string{"log": "graph call", "graph log": priya, "store": priya} {
		if !strings.Contains(places[name], there) {
			w.t.Errorf("the %s does not even have %q: this search finds nothing", name, there)
		}
	}
	for name, text := range places {
		for what, secret := range map[string]string{"pass": code, "password": password} {
			if strings.Contains(text, secret) {
				w.t.Errorf("the %s is in the %s", what, name)
			}
		}
	}
}
