package service_test

import (
	"bytes"
	"strings"
	"testing"

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
