package service_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"muster/bot/sandbox"
	"muster/flows"
)

// passes lets a minute go by with nobody doing anything: whoever is asked is looked at.
func (w *world) passes() {
	w.t.Helper()
	time.Sleep(61 * time.Second)
	w.settle()
}

// TestEdge12ApproverGone blocks the manager, and then the approver, while something waits for them: within a minute somebody else is asked,
// and the old card offers nothing.
func TestEdge12ApproverGone(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.announce()
		w.byAdmin("tom.hughes@larkfield.example", map[string]any{"accountEnabled": false})
		w.passes()
		if !w.offers("owner", "Approve") {
			t.Fatalf("the manager's manager is not asked:\n%s", w.shown("owner", "bot", 3))
		}
		w.mustSee("hr", "bot", "Olivia Grant is asked instead.")
		w.press("owner", "bot", "Approve", inputs{"elevated": "group:Contract Admins"})
		w.byAdmin("aisha.khan@larkfield.example", map[string]any{"accountEnabled": false})
		w.passes()
		w.press("owner2", "bot", "Sign off", nil)
		kinds := map[flows.Kind]int{}
		for _, r := range w.records(w.theCase().Ref) {
			kinds[r.Kind]++
		}
		if kinds[flows.Rerouted{}.Kind()] != 2 {
			t.Errorf("%d decisions were moved, want 2", kinds[flows.Rerouted{}.Kind()])
		}
		w.verify()
	})
}

// TestEdge12ReleasingManagerGone is a move whose old manager is blocked before saying what goes, and whose HR is blocked after it: within a
// minute the manager above decides, a colleague in HR has the case's card, and the old cards offer nothing that works.
func TestEdge12ReleasingManagerGone(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.move(nadiaMoves, nil)
		w.byAdmin("tom.hughes@larkfield.example", map[string]any{"accountEnabled": false})
		w.passes()
		w.mustSee("hr", "bot", "Olivia Grant is asked about what goes with the old job instead.")
		w.mustSee("owner", "bot", "so what goes with the old job is now with you.")
		w.say("owner", "my tasks")
		w.mustSee("owner", "bot", "Say what goes with the old job")
		w.press("owner", "bot", "Confirm what goes", nil)
		w.byAdmin("hannah.reed@larkfield.example", map[string]any{"accountEnabled": false})
		w.passes()
		w.mustSee("hr2", "bot", "was with Hannah Reed, who cannot look after it any more, and is with you now.")
		w.press("approver", "bot", "Send question", inputs{"question": "Part time?"})
		w.press("hr2", "bot", "Send answer", inputs{"answer": "Full time."})
		w.press("approver", "bot", "Approve", nil)
		k := w.stored(w.caseOf("Nadia Brook").Ref)
		if k.Release.By.Name != "Olivia Grant" || k.HR().Name != "Helen Okafor" || k.State != flows.Scheduled {
			t.Errorf("released by %s, with %s of HR, %s", k.Release.By.Name, k.HR().Name, k.State)
		}
		w.verify()
	})
}

// TestDelegation is a manager who goes away: who stands in gets the open card and the next one, says so in the evidence, and it ends by itself.
func TestDelegation(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.announce()
		w.say("manager", "delegate my approvals to Maria until 27 November")
		w.press("manager", "bot", "Delegate", inputs{"delegate": "00000000-0000-4000-a000-000000000004", "until": "2026-11-27"})
		w.mustSee("manager", "bot", "Maria Lopez decides in your place until Fri 27 November 2026.")
		w.mustSee("manager2", "bot", "Tom Hughes asks you to decide on approvals in their place")
		w.mustSee("manager2", "bot", "You are asked in the place of Tom Hughes")
		if !w.offers("manager", "Approve") || !w.offers("manager2", "Approve") || w.offers("manager2", "Hand over now") {
			t.Error("not both may decide, or the delegate may hand it on")
		}
		w.press("manager2", "bot", "Approve", nil)
		if w.offers("manager", "Approve") || w.offers("manager2", "Approve") {
			t.Error("a card still offers what was decided")
		}
		w.walk("2026-11-28 00:01")
		w.mustSee("manager2", "bot", "You no longer decide in the place of Tom Hughes.")
		w.say("manager", "delegations")
		w.mustSee("manager", "bot", "Your approvals are with you.")
		if r := w.verify(); r.Entries == 0 {
			t.Error("no evidence")
		}
	})
}

// TestDelegationOfAList is a manager who is away when a list of starters comes: who stands in gets the one card with all of them, decides on
// it, and cannot hand any of them on.
func TestDelegationOfAList(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.say("manager", "delegate my approvals to Maria until 27 November")
		w.press("manager", "bot", "Delegate", inputs{"delegate": "00000000-0000-4000-a000-000000000004", "until": "2026-11-27"})
		w.send("hr", "", "starters.csv", starters)
		w.press("hr", "bot", "Confirm", nil)
		w.settle()
		const words = "7 new starters will work for you or were put to you."
		m, ok := w.card("manager2", "bot", words, "Approve")
		if !ok {
			t.Fatalf("who stands in sees\n%s", w.shown("manager2", "bot", 9))
		}
		w.mustSee("manager2", "bot", "You are asked in the place of Tom Hughes, whom you stand in for.")
		if slices.Contains(titles(m.Card), "Hand over") {
			t.Error("a delegate may hand it on")
		}
		ref := map[string]string{}
		for _, c := range w.cases() {
			ref[c.Subject.Name] = c.Ref
		}
		a := w.pressOn("manager2", m.ID, "Approve", inputs{"people": ref["Ann Lee"] + "," + ref["Bo Ray"]})
		if a.Status != 200 {
			t.Fatalf("pressed: %+v", a)
		}
		w.pressOn("manager2", m.ID, "Reject now", inputs{"who_reject": ref["Gil South"], "reason": "He took another post."})
		for name, want := range map[string]string{"Ann Lee": "approved", "Bo Ray": "approved", "Gil South": "rejected", "Ira Pole": ""} {
			if got := w.stored(ref[name]).Approval; got.State != want || want != "" && (got.By.Name != "Maria Lopez" || got.For.Name != "Tom Hughes") {
				t.Errorf("%s: %q by %s for %s", name, got.State, got.By.Name, got.For.Name)
			}
		}
		w.say("manager", "end delegation")
		w.settle()
		if m, ok := w.card("manager2", "bot", words, "Approve"); ok {
			t.Errorf("after the end it is still offered: %s", written(m.Card))
		}
		w.press("manager", "bot", "Approve", nil)
		if got := w.stored(ref["Ira Pole"]).Approval; got.By.Name != "Tom Hughes" || got.For.Name != "" {
			t.Errorf("Ira: by %s for %s", got.By.Name, got.For.Name)
		}
		w.verify()
	})
}

// TestRounds is an item that a person and an owner must both sign, and then IT: each round is asked when the one before is through.
func TestRounds(t *testing.T) {
	policy := bytes.Replace(sandbox.DefaultPolicy, []byte("        name: Contract administration\n"), []byte(`        name: Contract administration
        approval:
          - all: [aisha.khan@larkfield.example, "role:owner"]
          - any: ["group:IT Staff"]
`), 1)
	story(t, setting{policy: policy}, func(t *testing.T, w *world) {
		w.announce()
		w.press("manager", "bot", "Approve", inputs{"elevated": "group:Contract Admins"})
		if w.offers("it", "Sign off") {
			t.Error("the second round is asked before the first is through")
		}
		w.press("owner", "bot", "Sign off", nil)
		w.mustSee("owner", "bot", "Round 1 of 2")
		if w.offers("owner2", "Sign off") {
			t.Error("a second owner is still asked")
		}
		w.press("approver", "bot", "Sign off", nil)
		if !w.offers("it", "Sign off") || !w.offers("it2", "Sign off") || w.offers("approver", "Sign off") {
			t.Error("the second round is not asked, or the first still is")
		}
		w.press("it2", "bot", "Sign off", nil)
		w.mustSee("it", "bot", "Signed off")
		if w.offers("it", "Sign off") {
			t.Error("it is still offered")
		}
		w.walk("2026-12-11 12:00")
		w.wants(map[string]flows.StepState{"group:Contract Admins": flows.StepDone})
		w.verify()
	})
}
