package service_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"muster/bot/service"
	"muster/flows"
	"muster/store/evidence"
	"muster/store/evidence/auditor"
)

// pack is the evidence pack of a case and its files, checked by both implementations of the rule.
func (w *world) pack(ref string, since ...[]byte) (evidence.PackReport, map[string]string) {
	w.t.Helper()
	st := w.alive().svc.Store
	var out bytes.Buffer
	if err := (service.Packs{Store: st, Since: since}).Export(w.t.Context(), &out, flows.CaseID(ref)); err != nil {
		w.t.Fatal(err)
	}
	r, err := evidence.VerifyPack(bytes.NewReader(out.Bytes()), int64(out.Len()), st.PublicKey(), since...)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := auditor.Check(out.Bytes(), st.PublicKey(), since...); err != nil {
		w.t.Errorf("the second implementation: %v", err)
	}
	z, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		w.t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range z.File {
		in, err := f.Open()
		if err != nil {
			w.t.Fatal(err)
		}
		b, err := io.ReadAll(in)
		if err != nil {
			w.t.Fatal(err)
		}
		files[f.Name] = string(b)
	}
	return r, files
}

// checkpoint is one as an owner would have been sent it now.
func (w *world) checkpoint() []byte {
	w.t.Helper()
	b, err := w.alive().svc.Store.Checkpoint(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return b
}

// startedWell is a joiner from the sentence to the end, with the pass that was shown.
func (w *world) startedWell() (code string) {
	w.t.Helper()
	w.announce()
	w.press("manager", "bot", "Approve", inputs{"items": []string{"group:Sales", "group:CRM Users", "team:Sales Team"}, "elevated": "group:Contract Admins"})
	w.press("approver", "bot", "Sign off", nil)
	w.walk("2026-12-10 12:00")
	w.pressAbout("it", "it", "Laptop", "Done", inputs{"note": "LT-0815"})
	w.walk("2026-12-11 15:00")
	w.pressAbout("hr", "bot", "Door key", "Done", nil)
	w.walk("2026-12-14 08:30")
	code = w.press("manager", "bot", "Show the pass now", nil).code()
	w.walk("2026-12-14 13:00")
	w.press("manager", "bot", "Yes, started", nil)
	w.advance(48 * time.Hour)
	return code
}

// TestPackOfJoiner hands an auditor the pack of a joiner: whole, proven back to a checkpoint from before, with the policy of the day, and with a
// report that says who asked, who decided and what was seen.
func TestPackOfJoiner(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		held := w.checkpoint()
		code := w.startedWell()
		w.finished()
		ref := w.theCase().Ref
		r, files := w.pack(ref, held)
		recs := w.records(ref)
		if r.Entries != len(recs) || r.OfDraft == 0 || r.Known == 0 || len(r.Policies) != 1 || len(r.NoPolicy) != 0 {
			t.Errorf("%d of %d entries, %d of the draft, known %d, policies %v and without %v", r.Entries, len(recs), r.OfDraft, r.Known, r.Policies, r.NoPolicy)
		}
		if files["policy/"+w.policy.Hash()+".yaml"] == "" {
			t.Error("the policy of the day is not in the pack")
		}
		for _, words := range []string{
			"Priya Patel started on Mon 14 December 2026", "Hannah Reed", "Tom Hughes", "Aisha Khan", "signed off", "new starter Priya Patel, Account Manager", "Pressed “Approve”",
			"GMT", "Done and seen", "LT-0815", "SOC 2 CC6.2", "muster verify",
		} {
			if !strings.Contains(files["report.html"], words) {
				t.Errorf("the report does not say %q", words)
			}
		}
		if !strings.Contains(files["process.svg"], "<svg") || !strings.Contains(files["process.svg"], "Create the account") || !strings.Contains(files["report.html"], "<svg") {
			t.Errorf("the process is not in the pack: %d bytes", len(files["process.svg"]))
		}
		if !strings.HasPrefix(files["report.pdf"], "%PDF-") || len(files["report.pdf"]) < 20_000 {
			t.Errorf("the printed report has %d bytes", len(files["report.pdf"]))
		}
		var controls struct {
			Case     string
			Controls []struct {
				Standard, Clause string
				Serves           bool
				Shows            []string
			}
		}
		if err := json.Unmarshal([]byte(files["controls.json"]), &controls); err != nil {
			t.Fatal(err)
		}
		serves := map[string]bool{}
		for _, c := range controls.Controls {
			serves[c.Clause] = c.Serves
		}
		for clause, want := range map[string]bool{
			"User access control": true, "A.5.16": true, "A.5.18": true, "A.6.5": false, "A.5.11": false, "A.8.2": true, "CC6.2": true, "CC6.3": true, "AC-2": true, "PS-4": false, "PS-5": false,
		} {
			if got, ok := serves[clause]; !ok || got != want {
				t.Errorf("%s serves %v (listed %v), want %v", clause, got, ok, want)
			}
		}
		for name, text := range files {
			for what, secret := range map[string]string{"pass": code, "password": password} {
				if strings.Contains(text, secret) {
					t.Errorf("the %s is in %s", what, name)
				}
			}
		}
	})
}

// TestPackOfExitAndMove hands over the packs of an urgent exit and of a move: what each shows for the requirements about leaving and moving.
func TestPackOfExitAndMove(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.move(nadiaMoves, nil)
		w.press("approver", "bot", "Approve", nil)
		w.press("manager", "bot", "Confirm what goes", nil)
		w.announceExit("urgent leaver Tom Hughes", nil)
		w.press("owner", "bot", "Confirm now", nil)
		w.advance(time.Minute)
		w.walk("2026-12-15 09:00")
		for name, tt := range map[string]struct {
			words   []string // of the report
			shows   map[string]string
			nothing []string
		}{
			"Tom Hughes": {
				words: []string{"The exit was urgent: Hannah Reed asked, Olivia Grant confirmed.", "asked for an urgent exit", "End"},
				shows: map[string]string{
					"PS-4": "Sign-in was due to end on Mon 23 Nov 2026, 09:00:00 GMT and was seen ended on Mon 23 Nov 2026, 09:00:00 GMT", "A.6.5": "Access taken away",
					"CC6.2": "Agreed to on Mon 23 Nov 2026, 09:00:00 GMT by Olivia Grant, before anything was done",
				},
				nothing: []string{"PS-5"},
			},
			"Nadia Brook": {
				words: []string{"Nadia Brook", "Aisha Khan", "Finance Assistant", "Not done yet, and its time is over"},
				shows: map[string]string{
					"PS-5": "Aisha Khan confirmed what the new job needs", "A.5.18": "Asked for by Hannah Reed, decided by Aisha Khan.", "CC6.3": "Access taken away",
				},
				nothing: []string{"PS-4"},
			},
		} {
			_, files := w.pack(w.caseOf(name).Ref)
			for _, words := range tt.words {
				if !strings.Contains(files["report.html"], words) {
					t.Errorf("the report about %s does not say %q", name, words)
				}
			}
			var m struct {
				Controls []struct {
					Clause string
					Shows  []string
				}
			}
			if err := json.Unmarshal([]byte(files["controls.json"]), &m); err != nil {
				t.Fatal(err)
			}
			for _, c := range m.Controls {
				if want := tt.shows[c.Clause]; !strings.Contains(strings.Join(c.Shows, "\n"), want) {
					t.Errorf("%s, %s shows %q, want %q", name, c.Clause, c.Shows, want)
				}
				if slices.Contains(tt.nothing, c.Clause) && len(c.Shows) > 0 {
					t.Errorf("%s, %s shows %q", name, c.Clause, c.Shows)
				}
			}
		}
	})
}
