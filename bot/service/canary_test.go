package service_test

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"muster/flows"
)

// canaries stand in every field that people fill in. Each is found nowhere but where texts may be: in bodies, cards and reports.
var canaries = map[string]string{
	"given name": "Kanarienna", "surname": "Zwitscherlein", "private address": "birdsong@nest.example", "cost centre": "CC-7Q-YELLOW", "note of HR": "feathered-note",
	"question": "why-so-yellow", "answer": "because-of-seed", "note of a task": "cage-0815", "reason to leave out": "no-perch-left", "reason to go": "flew-away", "reply": "chirp-back-later",
	"a text for nobody": "tweet-tweet-tweet",
}

// TestCanaries drives a starter, a failure, a question, a waiver and an exit through with a canary in every field, and looks for them in leaves, keys,
// logs, metrics, error texts and the parts of packs that hold no bodies.
func TestCanaries(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		c := canaries
		w.say("stranger", c["a text for nobody"])
		w.say("hr", "new starter Kanarienna Zwitscherlein, Account Manager, starts 14 December 2026, reports to Tom Hughes")
		w.press("hr", "bot", "Check and continue", inputs{"site": "London", "personal_email": c["private address"], "cost_centre": c["cost centre"], "notes": c["note of HR"]})
		w.press("hr", "bot", "Confirm", nil)
		w.press("manager", "bot", "Send question", inputs{"question": c["question"]})
		w.press("hr", "bot", "Send answer", inputs{"answer": c["answer"]})
		w.press("manager", "bot", "Approve", inputs{"items": []string{"group:Sales"}, "elevated": "group:Contract Admins"})
		w.press("approver", "bot", "Sign off", nil)
		w.fault("graph", "denied", writes["group"], 0)
		w.fault("graph", "unavailable", "^GET /v1.0/users", 3)
		w.fault("teams", "unavailable", "", 3)
		w.walk("2026-12-11 12:00")
		w.pressAbout("it", "it", "Laptop", "Done", inputs{"note": c["note of a task"]})
		w.pressAbout("it", "it", "“Add to Sales”", "Ask to waive", inputs{"reason": c["reason to leave out"]})
		w.pressAbout("it2", "it", "“Add to Sales”", "Agree to leave it out", nil)
		w.mend()
		w.fault("graph", "unavailable", "", 0)
		w.fault("teams", "unavailable", "", 0)
		w.passes()
		w.pressAbout("it", "it", "Contract administration", "Retry", nil) // a press, an answer and a sentence that fail
		w.say("stranger", c["a text for nobody"])
		w.say("owner2", "status Kanarienna")
		w.mend()
		w.walk("2026-12-15 09:00")
		w.say("hr", "leaver Kanarienna Zwitscherlein, last day 18 December 2026")
		w.press("hr", "bot", "Check and continue", inputs{"notes": c["reason to go"], "reply": c["reply"], "hold": "", "site": "London"})
		w.press("hr", "bot", "Confirm", nil)
		for _, text := range []string{"status Kanarienna", "drift Kanarienna", "evidence Zwitscherlein", "move Kanarienna to 5 June", "why Kanarienna Sales", "tweet-tweet-tweet"} {
			w.say("owner", text)
		}
		w.advance(72 * time.Hour)

		var open, bodies strings.Builder // what must be silent, and what speaks
		for _, r := range w.disk.now() {
			open.WriteString("key " + string(r.key) + "\n")
			switch r.key[0] {
			case 'l':
				open.WriteString("leaf " + string(r.value) + "\n")
			case 'b':
				bodies.Write(r.value)
			}
		}
		rec := httptest.NewRecorder()
		w.alive().front.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
		open.WriteString("metrics " + rec.Body.String() + "\nlog " + w.log.String())
		if !strings.Contains(rec.Body.String(), "muster_") || !strings.Contains(w.log.String(), "level=WARN") && !strings.Contains(w.log.String(), "level=ERROR") {
			t.Error("there are no metrics, or nothing went wrong: this search finds nothing")
		}
		nobody := flows.Person{ID: "00000000-0000-4000-a000-0000000000ff", Name: c["given name"], UPN: c["private address"]}
		for _, text := range []string{"status Kanarienna", "tweet-tweet-tweet", "evidence J-2026-0099 feathered-note"} {
			for _, by := range []flows.Person{nobody, {ID: "00000000-0000-4000-a000-000000000008"}} {
				_, err := w.alive().svc.Engine.Answer(t.Context(), flows.Turn{Key: "k", By: by, Personal: true, Text: text})
				if err != nil {
					open.WriteString("error " + err.Error() + "\n")
				}
			}
		}
		if n := len(w.cases()); n != 2 {
			t.Errorf("there are %d cases, want the start and the exit", n)
		}
		for _, k := range w.cases() {
			r, files := w.pack(k.Ref)
			for name, data := range files {
				open.WriteString("file " + name + "\n")
				switch name {
				case "contents", "checkpoint", "proofs.jsonl", "earlier.jsonl", "key.pub", "README.txt":
					open.WriteString(data)
				case "entries.jsonl":
					for line := range strings.Lines(data) {
						var e struct{ Header string }
						if err := json.Unmarshal([]byte(line), &e); err != nil {
							t.Fatal(err)
						}
						open.WriteString(e.Header)
					}
				}
			}
			if r.Entries == 0 || !strings.Contains(files["report.html"], c["surname"]) {
				t.Errorf("the report of %s does not name the person: this search finds nothing", k.Ref)
			}
		}
		silent := strings.ToLower(open.String())
		for what, canary := range c {
			if !strings.Contains(bodies.String(), canary) {
				t.Errorf("the %s is in no body: it did not come so far", what)
			}
			for line := range strings.Lines(silent) {
				if strings.Contains(line, strings.ToLower(canary)) {
					t.Errorf("the %s is in: %.200s", what, line)
				}
			}
		}
		for what, person := range map[string]string{"the name of HR": "Hannah Reed", "the manager's name": "Tom Hughes", "HR's address": "hannah.reed@", "the name of IT": "Ivan Petrov"} {
			if strings.Contains(silent, strings.ToLower(person)) {
				t.Errorf("%s is where no personal text may be", what)
			}
		}
		w.verify()
	})
}
