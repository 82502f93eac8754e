package service_test

import (
	"bytes"
	"strings"
	"testing"

	"muster/bot/sandbox"
	"muster/flows"
	"muster/store/evidence"
)

// TestErasure erases a starter who never came: an owner asks, a second person agrees, nothing of the person is left in the store, and
// what was handed out before still verifies.
func TestErasure(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.say("hr", "new starter Priya Patel, Account Manager, starts 5 January, reports to Tom Hughes")
		w.press("hr", "bot", "Check and continue", inputs{"site": "London"})
		w.press("hr", "bot", "Confirm", nil)
		ref := w.theCase().Ref
		w.say("owner", "erase Priya Patel because she asked for it")
		w.mustSee("owner", "bot", "has not ended")
		w.press("manager", "bot", "Reject now", inputs{"reason": "she withdrew"})
		w.walk("2026-11-24 17:00")
		var pack bytes.Buffer
		if err := w.alive().svc.Store.Export(t.Context(), &pack, flows.CaseID(ref)); err != nil {
			t.Fatal(err)
		}
		w.say("manager", "erase Priya Patel because I say so")
		w.mustSee("manager", "bot", "Only an owner")
		w.say("owner", "erase Priya Patel because she asked for it")
		asked := w.chat("owner", "bot")
		_, word, ok := strings.Cut(asked[len(asked)-1].Text, "confirm erasure ")
		if !ok {
			t.Fatalf("nothing was asked:\n%s", w.shown("owner", "bot", 2))
		}
		word = word[:len("E-123456")]
		w.mustSee("owner2", "owners", "confirm erasure "+word)
		if w.saw("owner2", "owners", "Priya") {
			t.Error("the channel is told whose data it is")
		}
		w.say("owner", "confirm erasure "+word+" yes")
		w.mustSee("owner", "bot", "a second person must agree")
		w.say("manager", "confirm erasure "+word+" yes")
		w.mustSee("manager", "bot", "Only an owner or HR")
		if len(w.cases()) != 1 {
			t.Fatal("erased without a second person")
		}
		w.say("owner2", "confirm erasure "+word)
		w.mustSee("owner2", "bot", "asks to erase the data of Priya Patel ("+ref+")")
		w.say("owner2", "confirm erasure "+word+" yes")
		w.mustSee("owner", "owners", "The erasure "+word+" is done")
		if len(w.cases()) != 0 {
			t.Error("the case is there")
		}
		key := w.alive().svc.Store.PublicKey()
		posted := w.checkpoints()
		if r := w.verify(); r.Erased == 0 {
			t.Error("nothing was erased")
		}
		if _, err := evidence.VerifyPack(bytes.NewReader(pack.Bytes()), int64(pack.Len()), key, posted[len(posted)-1]); err != nil {
			t.Errorf("the pack from before: %v", err)
		}
		for _, r := range w.disk.now() {
			for _, canary := range []string{"Priya", "priya.patel", "Patel"} {
				if bytes.Contains(r.value, []byte(canary)) || bytes.Contains(r.key, []byte(canary)) {
					t.Errorf("%q is in the row %.40q: %.300q", canary, r.key, r.value)
				}
			}
		}
	})
}

// TestTalkExpires forgets what belongs to no case when it was kept as long as the policy says.
func TestTalkExpires(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.say("stranger", "is anybody there, my cat is called Whiskers")
		has := func() bool {
			for _, r := range w.disk.now() {
				if bytes.Contains(r.value, []byte("Whiskers")) {
					return true
				}
			}
			return false
		}
		w.walk("2027-02-20 12:00")
		if !has() {
			t.Error("forgotten too early")
		}
		w.walk("2027-02-24 12:00")
		if has() {
			t.Error("kept longer than the policy says")
		}
		w.verify()
	})
}

// TestRetention keeps what the policy says for as long as it says: a starter who never came goes with the days, and the review that had her
// after it was signed; a case that goes on stays. What was handed out before still verifies.
func TestRetention(t *testing.T) {
	policy := bytes.Replace(sandbox.DefaultPolicy, []byte("case_days: 2557"), []byte("case_days: 90"), 1)
	policy = bytes.Replace(policy, []byte("review_days: 2557"), []byte("review_days: 120"), 1)
	story(t, setting{policy: policy, reviews: true}, func(t *testing.T, w *world) {
		w.say("hr", "new starter Wilma Zwitscher, Account Manager, starts 5 January, reports to Tom Hughes")
		w.press("hr", "bot", "Check and continue", inputs{"site": "London"})
		w.press("hr", "bot", "Confirm", nil)
		w.press("manager", "bot", "Reject now", inputs{"reason": "she withdrew"})
		gone := w.theCase().Ref
		w.announce()
		stays := w.caseOf("Priya Patel").Ref
		pack := w.exported(gone)
		w.walk("2027-02-20 12:00")
		if w.kept("Zwitscher") == 0 || len(w.cases()) != 2 {
			t.Error("forgotten too early")
		}
		w.walk("2027-02-24 12:00")
		if k := w.cases(); len(k) != 1 || k[0].Ref != stays {
			t.Errorf("there are %d cases, want the one that goes on", len(k))
		}
		if n := w.kept("Zwitscher"); n != 0 {
			t.Errorf("the name is in %d rows", n)
		}
		if n := w.kept(`"rule":"case_days"`); n != 1 {
			t.Errorf("the log says so %d times", n)
		}
		made := func(m flows.Month) int {
			n := 0
			for _, r := range w.reviewLog(m) {
				if _, ok := r.Entry.Body.(flows.ReviewMade); ok {
					n++
				}
			}
			return n
		}
		sign := func(text string) {
			w.say("owner2", text)
			m, ok := w.card("owner2", "bot", "", "Sign off")
			if !ok {
				t.Fatalf("nothing to sign:\n%s", w.shown("owner2", "bot", 1))
			}
			w.pressOn("owner2", m.ID, "Sign off", w.words(m, "Looked at it."))
		}
		sign("review November 2026")
		if len(w.signatures("2026-11")) != 1 {
			t.Fatalf("not signed:\n%s", w.shown("owner2", "bot", 1))
		}
		w.walk("2027-03-30 12:00")
		if made("2026-11") == 0 {
			t.Error("the review is forgotten too early")
		}
		w.walk("2027-04-02 12:00")
		if made("2026-11") != 0 {
			t.Error("the review is kept longer than the policy says")
		}
		if made("2026-12") == 0 {
			t.Error("a review that nobody signed is forgotten")
		}
		w.say("owner", "review November 2026")
		w.mustSee("owner", "bot", "was kept as long as the policy says")
		if _, err := evidence.VerifyPack(bytes.NewReader(pack), int64(len(pack)), w.alive().svc.Store.PublicKey()); err != nil {
			t.Errorf("the pack from before: %v", err)
		}
		w.verify()
	})
}
