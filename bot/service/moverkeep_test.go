package service_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"muster/bot/sandbox"
	"muster/flows"
)

// inTo is an administrator who puts somebody into a group.
func (w *world) inTo(group, upn string) {
	w.t.Helper()
	if status := w.call("POST", "/sandbox/directory/groups/"+strings.ReplaceAll(group, " ", "%20")+"/members", map[string]any{"user": upn}, nil); status >= 300 {
		w.t.Fatalf("put %s into %s: %d", upn, group, status)
	}
}

// to the warehouse: the receiving manager is Maria Lopez, the releasing one Tom Hughes, and Aisha Khan has no part but that of the approver.
const toWarehouse = "mover Nadia Brook to Warehouse Operative from 7 December 2026, reports to Maria Lopez"

// nadiaHas checks that somebody is, or is not, in a group.
func (w *world) has(upn, group string, want bool) {
	w.t.Helper()
	if a, _ := w.account(upn); slices.Contains(a.groups(), group) != want {
		w.t.Errorf("%s in %s: %v, want %v", upn, group, !want, want)
	}
}

// TestMoverKeeps is a releasing manager who keeps something for a while: it needs a reason and an end, what is elevated needs an approver,
// the manager is asked before the end, and what is not extended ends by itself.
func TestMoverKeeps(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.inTo("Contract Admins", nadia)
		w.move(toWarehouse, nil)
		keep := inputs{"until:out:group:CRM Users": "2026-12-31", "until:out:group:Contract Admins": "2027-01-29"}
		if a := w.press("manager", "bot", "Confirm what goes", keep); a.card() || !strings.Contains(a.says(), "why something is kept") {
			t.Errorf("without a reason: %s", a.says())
		}
		keep["keep_reason"] = "Closes the year's contracts"
		late := inputs{"until:out:group:CRM Users": "2027-12-31", "keep_reason": "for ever"}
		if a := w.press("manager", "bot", "Confirm what goes", late); a.card() || !strings.Contains(a.says(), "at most") {
			t.Errorf("for more than half a year: %s", a.says())
		}
		w.press("manager", "bot", "Confirm what goes", keep)
		w.press("manager2", "bot", "Approve", nil)
		w.mustSee("approver", "bot", "Keep Contract admin")
		w.press("approver", "bot", "Sign off", nil)

		w.walk("2026-12-14 08:30")
		w.has(nadia, "Sales", false)
		w.has(nadia, "CRM Users", true)
		w.has(nadia, "Contract Admins", true)
		if c := w.stored(w.caseOf("Nadia Brook").Ref); !strings.Contains(kept(c), "CRM until 2026-12-31") {
			t.Errorf("the exceptions are %q", kept(c))
		}

		w.walk("2026-12-21 12:00")
		if _, ok := w.card("manager", "bot", "CRM", "Let it end"); ok {
			t.Error("asked more than five working days before the end")
		}
		w.walk("2026-12-22 09:30")
		w.mustSee("manager", "bot", "Is it still needed?")
		w.pressAbout("manager", "bot", "keeps CRM", "Let it end", nil)
		w.walk("2026-12-31 17:29")
		w.has(nadia, "CRM Users", true)
		w.walk("2026-12-31 17:45")
		w.has(nadia, "CRM Users", false)

		// Longer, for what is elevated, takes a new sign-off; without one it ends as agreed before.
		w.walk("2027-01-22 10:00")
		w.pressAbout("manager", "bot", "keeps Contract admin", "Keep until then", inputs{"until": "2027-02-26", "reason": "Two are still open"})
		w.mustSee("approver", "bot", "2027")
		w.walk("2027-01-29 17:29")
		w.has(nadia, "Contract Admins", true)
		w.walk("2027-01-29 17:45")
		w.has(nadia, "Contract Admins", false)
		w.verify()
	})
}

// kept are the exceptions of a case that hold.
func kept(c flows.Case) string {
	var out []string
	for _, s := range c.Plan.Steps {
		if c.Kept(s) {
			out = append(out, s.Name+" until "+string(s.Exception.Until))
		}
	}
	return strings.Join(out, ", ")
}

// TestMoverKeepsElevated is what an approver refuses, or does not answer to: it goes at the normal date.
func TestMoverKeepsElevated(t *testing.T) {
	for name, refused := range map[string]bool{"refused": true, "silence": false} {
		t.Run(name, func(t *testing.T) {
			story(t, setting{}, func(t *testing.T, w *world) {
				w.inTo("Contract Admins", nadia)
				w.move(toWarehouse, nil)
				w.press("manager2", "bot", "Approve", nil)
				w.press("manager", "bot", "Confirm what goes", inputs{"until:out:group:Contract Admins": "2027-01-29", "keep_reason": "Contracts"})
				if refused {
					w.press("approver", "bot", "Refuse now", inputs{"reason": "Not outside Sales"})
				}
				w.walk("2026-12-14 07:59")
				w.has(nadia, "Contract Admins", true)
				w.walk("2026-12-14 08:30")
				w.has(nadia, "Contract Admins", false)
				w.verify()
			})
		})
	}
}

// TestEdge11TwoManagersSilent is each of the 2x2 cases of silence: the receiving manager is reminded and others are asked as well, the
// releasing one's silence lets everything go at its time, but for what the policy flags, which its approver is asked about.
func TestEdge11TwoManagersSilent(t *testing.T) {
	for name, tt := range map[string]struct{ receives, releases bool }{
		"both answer": {true, true}, "the receiving one is silent": {false, true}, "the releasing one is silent": {true, false}, "both are silent": {false, false},
	} {
		t.Run(name, func(t *testing.T) {
			story(t, setting{}, func(t *testing.T, w *world) {
				w.inTo("Contract Admins", nadia)
				w.move(toWarehouse, nil)
				if tt.receives {
					w.press("manager2", "bot", "Approve", nil)
				}
				if tt.releases {
					w.press("manager", "bot", "Confirm what goes", nil)
				}
				w.walk("2026-11-26 17:00") // three working days less half an hour
				k := w.caseOf("Nadia Brook")
				if (k.State == flows.Waiting) == (tt.receives && tt.releases) {
					t.Errorf("the case is %s", k.State)
				}
				if !tt.receives {
					w.mustSee("owner", "bot", "Confirm what Nadia needs in the new job") // Maria's manager
				}
				w.walk("2026-11-26 17:45")
				if !tt.releases {
					w.mustSee("hr", "bot", "nobody said in time what goes")
					w.mustSee("approver", "bot", "The old manager did not answer")
					w.press("approver", "bot", "Confirm what goes", inputs{"until:out:group:Contract Admins": "2027-01-29", "keep_reason": "Contracts"})
				}
				if !tt.receives {
					w.press("owner", "bot", "Approve", nil)
				}
				w.walk("2026-12-07 12:00")
				w.has(nadia, "Warehouse", true)
				w.walk("2026-12-14 12:00")
				w.has(nadia, "Sales", false)
				w.has(nadia, "CRM Users", false)
				w.has(nadia, "Contract Admins", !tt.releases)
				w.verify()
			})
		})
	}
}

// TestEdge11NobodyAnswers is silence all the way: an approver who does not answer either lets the flagged item go as well.
func TestEdge11NobodyAnswers(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.inTo("Contract Admins", nadia)
		w.move(toWarehouse, nil)
		w.press("manager2", "bot", "Approve", nil)
		w.walk("2026-12-14 12:00")
		for _, g := range []string{"Sales", "CRM Users", "Contract Admins"} {
			w.has(nadia, g, false)
		}
		w.mustSee("hr", "bot", "so it goes now")
		w.verify()
	})
}

// TestMoverOfOneManager is a move within one team: one card, one press.
func TestMoverOfOneManager(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.move("mover Nadia Brook to IT Engineer from 7 December 2026, reports to Tom Hughes", nil)
		if _, ok := w.card("manager", "bot", "", "Confirm what goes"); ok {
			t.Error("one manager has two cards")
		}
		w.press("manager", "bot", "Approve", inputs{"items": []string{"group:Wiki Editors"}, "until:out:group:CRM Users": "2026-12-31", "keep_reason": "Hands over accounts"})
		if k := w.caseOf("Nadia Brook"); k.State != flows.Scheduled {
			t.Fatalf("the case is %s; the manager sees\n%s", k.State, w.shown("manager", "bot", 2))
		}
		w.walk("2026-12-14 12:00")
		w.has(nadia, "Sales", false)
		w.has(nadia, "CRM Users", true)
		w.has(nadia, "Wiki Editors", true)
		w.verify()
	})
}

// TestMoverSwapsLicences holds that licences that come and go at the same time are one request.
func TestMoverSwapsLicences(t *testing.T) {
	policy := bytes.Replace(sandbox.DefaultPolicy, []byte("\njobs:\n"), []byte("\njobs:\n  Sales Engineer:\n    department: Sales\n    access:\n      - licence: VISIOCLIENT\n      - group: Sales\n"), 1)
	policy = bytes.Replace(policy, []byte("    access:\n      - group: Warehouse\n"), []byte("    access:\n      - group: Warehouse\n      - licence: PROJECTPROFESSIONAL\n"), 1)
	story(t, setting{policy: policy}, func(t *testing.T, w *world) {
		const petra = "petra.vale@larkfield.example"
		w.move("mover Petra Vale to Warehouse Operative from 7 December 2026, reports to Maria Lopez", nil)
		w.press("manager2", "bot", "Approve", nil)
		w.press("manager", "bot", "Confirm what goes", nil)
		w.walk("2026-12-07 12:00")
		a, _ := w.account(petra)
		if !slices.Contains(a.Licenses, "PROJECTPROFESSIONAL") || slices.Contains(a.Licenses, "VISIOCLIENT") {
			t.Errorf("the licences are %v", a.Licenses)
		}
		if n := strings.Count(w.graphLog.String(), "/assignLicense"); n != 1 {
			t.Errorf("%d requests change licences, want 1", n)
		}
		w.verify()
	})
}

// TestEdge27DynamicGroupLetsGo is a group whose rule follows the office: nobody takes the person out, and Muster looks whether it happened.
func TestEdge27DynamicGroupLetsGo(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.move(toWarehouse+", based in Leeds", nil)
		w.press("manager2", "bot", "Approve", nil)
		w.press("manager", "bot", "Confirm what goes", nil)
		w.has(nadia, "London Office", true)
		w.walk("2026-12-07 23:00")
		w.has(nadia, "London Office", false)
		if s := w.caseOf("Nadia Brook").step("out:group:London Office"); s != flows.StepDone {
			t.Errorf("the step is %s", s)
		}
		for _, n := range w.news() {
			if strings.Contains(n, "removed from London Office") && !strings.Contains(n, "by its rule") {
				t.Errorf("somebody wrote to a dynamic group: %s", n)
			}
		}
		w.verify()
	})
}

// TestEdge25SyncedMover is somebody of the on-premises directory: what belongs there is a task for IT, and is looked at.
func TestEdge25SyncedMover(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		const sylvia = "sylvia.nordby@larkfield.example"
		w.move("mover Sylvia Nordby to IT Engineer from 7 December 2026, reports to Ivan Petrov", nil)
		w.mustSee("hr", "bot", "on-premises directory")
		w.press("it", "bot", "Approve", nil)
		w.press("manager2", "bot", "Confirm what goes", nil)
		w.walk("2026-12-07 12:00")
		w.mustSee("it", "it", "In Active Directory Users and Computers, open the account")
		w.pressAbout("it", "it", "Set Ivan Petrov as manager on-premises", "Done", nil)
		w.advance(time.Minute)
		if s := w.caseOf("Sylvia Nordby").step("manager"); s == flows.StepDone || s == flows.StepDoneHand {
			t.Errorf("what is not so is believed: %s", s)
		}
		for _, n := range w.news() {
			if strings.Contains(n, "jobTitle") || strings.Contains(n, "reports to") {
				t.Errorf("Muster wrote to a synced account: %s", n)
			}
		}
		w.has(sylvia, "Wiki Editors", true)
		w.verify()
	})
}

// TestEdge10Secondment is a move with an end: ten working days before it both managers are asked, the old access comes back because both
// confirm, and what came with the secondment goes.
func TestEdge10Secondment(t *testing.T) {
	for name, both := range map[string]bool{"both confirm": true, "one is silent": false} {
		t.Run(name, func(t *testing.T) {
			story(t, setting{}, func(t *testing.T, w *world) {
				before, _ := w.account(nadia)
				w.move("secondment Nadia Brook to Warehouse Operative from 7 December 2026 until 29 January 2027, reports to Maria Lopez", nil)
				w.mustSee("manager2", "bot", "is seconded to Warehouse Operative in London from Mon 7 December 2026 until Fri 29 January 2027")
				w.press("manager2", "bot", "Approve", nil)
				w.press("manager", "bot", "Confirm what goes", nil)
				w.walk("2026-12-14 12:00")
				w.has(nadia, "Warehouse", true)
				w.has(nadia, "Sales", false)
				w.tasksDone("Nadia Brook")

				w.walk("2027-01-14 17:00")
				if _, ok := w.card("manager", "bot", "", "Confirm the return"); ok {
					t.Error("asked more than ten working days before the end")
				}
				w.walk("2027-01-15 09:30")
				w.press("manager2", "bot", "Confirm the return", nil)
				w.walk("2027-01-20 09:30")
				if a, _ := w.card("manager", "bot", "", "Confirm the return"); a.ID == "" {
					t.Fatalf("the old manager is not asked:\n%s", w.shown("manager", "bot", 3))
				}
				if both {
					w.press("manager", "bot", "Confirm the return", nil)
				}
				w.walk("2027-01-29 17:29")
				w.has(nadia, "Warehouse", true)
				w.has(nadia, "Sales", false)
				w.walk("2027-01-29 19:00")
				w.has(nadia, "Warehouse", false)
				w.has(nadia, "Sales", both)
				w.has(nadia, "CRM Users", both)
				if a, _ := w.account(nadia); both && (a.JobTitle != before.JobTitle || a.Manager == nil || a.Manager.Name != "Tom Hughes") {
					t.Errorf("back as %s, reports to %v", a.JobTitle, a.Manager)
				}
				if !both {
					w.mustSee("hr", "bot", "comes back only when")
					w.press("owner", "bot", "Confirm the return", nil) // asked for want of an answer
					w.advance(time.Hour)
					w.has(nadia, "Sales", true)
				}
				w.verify()
			})
		})
	}
}

// TestEdge14OwnMove is somebody of HR who moves: they may ask, and a colleague confirms.
func TestEdge14OwnMove(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.say("hr2", "mover Helen Okafor to Finance Assistant from 7 December 2026, reports to Aisha Khan")
		w.press("hr2", "bot", "Check and continue", nil)
		if _, ok := w.card("hr2", "bot", "", "Confirm"); ok {
			t.Error("she can confirm her own move")
		}
		w.mustSee("hr2", "bot", "This is about you, so somebody else confirms it.")
		w.mustSee("hr", "bot", "Helen Okafor wrote this about their own job")
		w.press("hr", "bot", "Confirm", nil)
		k := w.caseOf("Helen Okafor")
		if len(k.Decisions) != 1 || k.Decisions[0].By.Name != "Hannah Reed" {
			t.Fatalf("the decisions are %v", k.Decisions)
		}
		// Hannah is the manager so far, and confirmed the event: so somebody above decides what goes.
		if _, ok := w.card("hr", "bot", "", "Confirm what goes"); ok {
			t.Error("who confirmed the event decides what goes")
		}
		w.press("owner", "bot", "Confirm what goes", nil)
		w.press("approver", "bot", "Approve", nil)
		if k := w.caseOf("Helen Okafor"); k.State != flows.Scheduled {
			t.Errorf("the case is %s", k.State)
		}
		w.verify()
	})
}
