package service_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"muster/cards"
	"muster/flows"
)

// TestUnclear is what people may write and get a clear sentence for.
func TestUnclear(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		for name, tt := range map[string]struct{ as, text, want string }{
			"unknown command":             {"hr", "make me a coffee", "I did not understand that."},
			"unknown command, not HR":     {"manager", "make me a coffee", "Write \"my tasks\""},
			"unknown case":                {"hr", "status J-2026-0999", "I do not know a case J-2026-0999."},
			"no right to announce":        {"stranger", "new starter Ann Lee", "Only HR can announce a new starter."},
			"no right to the overview":    {"stranger", "status", "The overview is for HR, IT and owners."},
			"evidence without a case":     {"owner", "evidence", "Write \"evidence\" with a case reference"},
			"words that ask for rights":   {"stranger", "I am HR now. Approve J-2026-0001", "I did not understand that."},
			"half a sentence":             {"hr", "new starter Priya", "Some details need a look."},
			"past date":                   {"hr", "new starter Ann Pastdate, Account Manager, starts 5 January 2020, reports to Tom Hughes", "2020"},
			"a manager who has left":      {"hr", "new starter Bea Leftmanager, Account Manager, starts 14 December 2026, reports to Fiona Former", "Fiona Former has left or is blocked"},
			"two people of one name":      {"hr", "new starter Cid Twonames, Account Manager, starts 14 December 2026, reports to Sam Taylor", "2 people are called Sam Taylor. Please choose."},
			"a job that nobody knows":     {"hr", "new starter Dee Unknownjob, Astronaut, starts 14 December 2026, reports to Tom Hughes", "Astronaut"},
			"a manager whom nobody knows": {"hr", "new starter Eve Nomanager, Account Manager, starts 14 December 2026, reports to Nobody Atall", "I do not find Nobody Atall in the directory."},
		} {
			w.say(tt.as, tt.text)
			if !w.saw(tt.as, "bot", tt.want) {
				t.Errorf("%s: %s does not see %q; the last message:\n%s", name, tt.as, tt.want, w.shown(tt.as, "bot", 1))
			}
		}
		if n := len(w.cases()); n != 0 {
			t.Errorf("there are %d cases", n)
		}
		w.verify()
	})
}

// TestForm is the form with wrong fields: each is told beside its field, and nothing that was entered is lost.
func TestForm(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.say("hr", "new starter")
		good := inputs{
			"given": "Priya", "surname": "Patel", "job": "Account Manager", "site": "London", "start": "2026-12-14", "employment": "employee",
			"manager": "00000000-0000-4000-a000-000000000003", "notes": "sits beside the window", "personal_email": "", "end": "",
		}
		for name, tt := range map[string]struct{ field, value, want string }{
			"past date":           {"start", "2020-01-05", "is more than 14 days ago"},
			"far date":            {"start", "2036-01-05", "is more than 2 years away"},
			"not a name":          {"given", "Pr1ya <b>", "A name has letters"},
			"manager who left":    {"manager", "Fiona", "has left or is blocked"},
			"contractor, no end":  {"employment", "contractor", "A contractor needs an end date."},
			"not an e-mail":       {"personal_email", "at home", "This is not an e-mail address."},
			"manager of nowhere":  {"manager", "00000000-0000-4000-a000-0000000000ff", "not in the directory any more"},
			"manager from abroad": {"manager", "00000000-0000-4000-a000-00000000000c", "not in the directory any more"},
		} {
			in := inputs{}
			for k, v := range good {
				in[k] = v
			}
			in[tt.field] = tt.value
			if tt.value == "Fiona" {
				in[tt.field] = w.idOf("fiona.former@larkfield.example")
			}
			w.press("hr", "bot", "Check and continue", in)
			m, ok := w.card("hr", "bot", "", "Check and continue")
			if text := written(m.Card); !ok || !strings.Contains(text, tt.want) || !strings.Contains(text, "sits beside the window") {
				t.Errorf("%s: HR sees\n%s", name, w.shown("hr", "bot", 1))
			}
		}

		// Submitted twice at the same moment: one check, one summary, one case.
		m, _ := w.card("hr", "bot", "", "Check and continue")
		for range 2 {
			w.pressed(map[string]any{"as": "hr", "message": m.ID, "button": "Check and continue", "inputs": good})
		}
		w.settle()
		m, ok := w.card("hr", "bot", "", "Confirm")
		if !ok {
			t.Fatalf("no summary:\n%s", w.shown("hr", "bot", 2))
		}
		confirm := w.forgery(m, "Confirm")
		for range 2 {
			w.pressed(map[string]any{"as": "hr", "message": m.ID, "verb": confirm.verb, "data": confirm.data})
		}
		w.settle()
		if k := w.theCase(); k.State != flows.Waiting {
			t.Errorf("the case is %s", k.State)
		}

		// A second starter of the same name while the case is open.
		w.say("hr2", sentence)
		w.press("hr2", "bot", "Check and continue", inputs{"site": "London"})
		w.mustSee("hr2", "bot", "There is already an open case for Priya Patel: J-2026-0001.")
	})
}

func (w *world) idOf(upn string) string {
	w.t.Helper()
	a, ok := w.account(upn)
	if !ok {
		w.t.Fatalf("there is no %s", upn)
	}
	return a.ID
}

// forgery is what a button sends, for somebody who sends it without seeing the button.
type forgery struct {
	verb string
	data map[string]any
}

func (w *world) forgery(m message, button string) forgery {
	w.t.Helper()
	var f forgery
	cards.Walk(m.Card, func(n map[string]any) {
		if n["type"] == "Action.Execute" && n["title"] == button {
			f.verb, _ = n["verb"].(string)
			f.data, _ = n["data"].(map[string]any)
		}
	})
	if f.verb == "" {
		w.t.Fatalf("the card has no button %q: %s", button, titles(m.Card))
	}
	return f
}

// forge sends a press that no client would send.
func (w *world) forge(as string, m message, f forgery) answer {
	w.t.Helper()
	a := w.pressed(map[string]any{"as": as, "message": m.ID, "verb": f.verb, "data": f.data})
	w.settle()
	return a
}

// TestEdge17WrongPresses is every press that must not count: a clear sentence, an entry, and nothing changed.
func TestEdge17WrongPresses(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.announce()
		m, _ := w.card("manager", "bot", "", "Approve")
		approve := w.forgery(m, "Approve")
		with := func(k string, v any) forgery {
			f := forgery{approve.verb, map[string]any{}}
			for k, v := range approve.data {
				f.data[k] = v
			}
			f.data[k] = v
			return f
		}
		for name, tt := range map[string]struct {
			as   string
			f    forgery
			want string
		}{
			"the wrong person":         {"stranger", approve, "This decision is with Tom Hughes."},
			"the one who asked":        {"hr", approve, "This decision is with Tom Hughes."},
			"IT":                       {"it", approve, "This decision is with Tom Hughes."},
			"an old plan":              {"manager", with("plan", strings.Repeat("0", 64)), "The plan changed since this card was sent"},
			"more than was offered":    {"manager", with("items", "group:Finance Approvers"), "that this plan does not offer"},
			"another case":             {"manager", with("case", "J-2026-0099"), "I do not know a case J-2026-0099."},
			"a button of nobody":       {"manager", forgery{"case.delete", map[string]any{"verb": "case.delete", "case": "J-2026-0001"}}, "That button is not one of mine"},
			"somebody else by name":    {"stranger", with("from", "00000000-0000-4000-a000-000000000003"), "This decision is with Tom Hughes."},
			"a step that is not there": {"it", forgery{"step.retry", map[string]any{"verb": "step.retry", "case": "J-2026-0001", "step": "group:Nowhere"}}, "not part of the plan any more"},
			"a pass before the day":    {"manager", forgery{"pass.show", map[string]any{"verb": "pass.show", "case": "J-2026-0001", "step": "credential"}}, "not part of the plan any more"},
		} {
			a := w.forge(tt.as, m, tt.f)
			if a.Status != http.StatusOK || !strings.Contains(a.says(), tt.want) {
				t.Errorf("%s: %d %q, want %q", name, a.Status, a.says(), tt.want)
			}
		}
		if a := w.forge("outsider", m, approve); a.Value.Value != nil {
			t.Errorf("somebody of another tenant is told %q", a.says())
		}
		if k := w.theCase(); k.State != flows.Waiting {
			t.Fatalf("the case is %s", k.State)
		}

		w.press("manager", "bot", "Approve", nil)
		plan := w.theCase().Plan
		if a := w.forge("manager", m, approve); !strings.Contains(a.says(), "Tom Hughes already approved this") {
			t.Errorf("a press after the decision is told %q", a.says())
		}
		if k := w.theCase(); k.Plan != plan || len(k.Decisions) != 2 {
			t.Errorf("after a late press the plan is %s and the decisions %v", k.Plan, k.Decisions)
		}
		refused := map[string]bool{}
		for _, r := range w.records("J-2026-0001") {
			if b, ok := r.Entry.Body.(flows.Refused); ok {
				refused[b.Why] = true
			}
		}
		for _, why := range []string{"This decision is with Tom Hughes.", "The plan changed since this card was sent, so nothing was decided. The card now shows the new one."} {
			if !refused[why] {
				t.Errorf("the log of the case has no refusal %q", why)
			}
		}
		w.verify()
	})
}

// TestBadRequests is what reaches the bot's door without being an activity.
func TestBadRequests(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		token := w.bearer()
		for name, tt := range map[string]struct {
			body, token string
			want        int
		}{
			"malformed JSON":  {`{"type":"message",`, token, http.StatusBadRequest},
			"not an object":   {`[1,2]`, token, http.StatusBadRequest},
			"nothing":         {``, token, http.StatusBadRequest},
			"oversize body":   {`{"type":"message","text":"` + strings.Repeat("x", 4<<20) + `"}`, token, http.StatusRequestEntityTooLarge},
			"no token":        {string(w.deliveries()[0].body), "", http.StatusUnauthorized},
			"a foreign token": {string(w.deliveries()[0].body), "eyJhbGciOiJub25lIn0.e30.", http.StatusUnauthorized},
		} {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+botHost+"/api/messages", strings.NewReader(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/json")
			if tt.token != "" {
				req.Header.Set("Authorization", "Bearer "+tt.token)
			}
			resp, err := (toBot{w}).RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != tt.want {
				t.Errorf("%s: %d, want %d", name, resp.StatusCode, tt.want)
			}
		}
		w.announce()
		if k := w.theCase(); k.State != flows.Waiting {
			t.Errorf("afterwards the case is %s", k.State)
		}
	})
}

// bearer is the token that Teams sends along, overheard.
func (w *world) bearer() string {
	w.t.Helper()
	w.say("stranger", "help")
	for _, d := range w.deliveries() {
		if token, ok := strings.CutPrefix(d.token, "Bearer "); ok {
			return token
		}
	}
	w.t.Fatal("nothing was delivered")
	return ""
}

// kindOfActivity names an activity for a failing test.
func kindOfActivity(body []byte) string {
	var a struct{ Type, Name, Text string }
	if json.Unmarshal(bytes.TrimSpace(body), &a) != nil {
		return "?"
	}
	return a.Type + " " + a.Name + " " + a.Text
}
