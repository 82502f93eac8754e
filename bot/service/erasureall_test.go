package service_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"muster/flows"
	"muster/store/evidence"
)

// TestErasureOfEverything erases somebody who left with a list, could sign in again, was asked about, begun anew, on a check of HR's list, in a
// signed review and in packs: after it nothing in the database says who it was, and what other people have there is as it was.
func TestErasureOfEverything(t *testing.T) {
	story(t, setting{reviews: true}, func(t *testing.T, w *world) {
		id := w.idOf(callum)
		w.send("hr", "leavers", "leavers.csv", "Name;UPN;Last day;Time\nCallum Frost;"+callum+";2026-11-23;17:00\nNadia Brook;;2026-11-30;17:00\n")
		w.press("hr", "bot", "Confirm", nil)
		w.advance(time.Minute)
		w.walk("2026-11-23 17:05")
		w.tasksDone("Callum Frost")
		w.byAdmin(callum, map[string]any{"accountEnabled": true})
		w.walk("2026-11-24 09:00")
		w.mustSee("it", "it", "can sign in again")
		w.send("hr", "population", "people.csv", "Name;Email;Leaving date\nCallum Frost;"+callum+";2026-11-20\nTom Hughes;tom.hughes@larkfield.example;\n")
		w.say("hr", "new starter Callum Frost, Account Manager, starts 5 January, reports to Tom Hughes") // and left at that
		for as, texts := range map[string][]string{
			"it": {"drift Callum Frost", "drift Frost", "why Callum Frost Sales", "failures"}, "owner": {"status Callum", "why Callum Sales", "export November", "overdue", "review this month"}, "hr2": {"status Frost", "upcoming"},
		} {
			for _, text := range texts {
				w.say(as, text)
			}
		}
		w.byAdmin(callum, map[string]any{"accountEnabled": false})
		w.walk("2026-12-01 09:05")
		ref := w.caseOf("Callum Frost").Ref
		w.say("owner", "evidence "+ref)
		w.mustSee("owner", "bot", "Callum Frost")
		for _, as := range []string{"owner", "owner2"} {
			if m, ok := w.card(as, "bot", "word", "Save these words"); ok {
				w.pressOn(as, m.ID, "Save these words", w.words(m, "Looked at it."))
			}
		}
		w.tasksDone("Nadia Brook")
		w.walk("2026-12-24 12:00")
		w.tasksDone("Callum Frost")
		w.advance(time.Hour)
		if k := w.caseOf("Callum Frost"); k.State != flows.Done {
			t.Fatalf("the exit is %s; IT sees:\n%s", k.State, w.shown("it", "it", 3))
		}
		w.say("hr", "new starter Callum Frost, Account Manager, starts 5 February, reports to Tom Hughes")
		w.send("hr", "population", "people.csv", "Name;Email;Leaving date\nCallum Frost;"+callum+";2026-11-20\n")
		pack := w.exported(ref)
		other := w.caseOf("Nadia Brook").Ref

		w.say("owner", "erase Callum Frost because so") // asked for twice: both requests hold the name
		w.say("owner", "erase "+callum+" because he asked for it")
		asked := w.chat("owner", "bot")
		_, word, _ := strings.Cut(asked[len(asked)-1].Text, "confirm erasure ")
		w.say("owner2", "confirm erasure "+word[:len("E-123456")]+" yes")
		w.mustSee("owner", "owners", "is done")
		w.advance(time.Minute)

		hash := func(s string) string {
			sum := sha256.Sum256([]byte(strings.ToLower(s)))
			return hex.EncodeToString(sum[:12])
		}
		for _, r := range w.disk.now() {
			if bytes.HasPrefix(r.key, []byte("p/policy")) {
				continue // the tenant's own text
			}
			for _, canary := range []string{"Callum", "Frost", callum, id, hash("Callum Frost"), hash(callum)} {
				if bytes.Contains(bytes.ToLower(r.value), []byte(strings.ToLower(canary))) || bytes.Contains(r.key, []byte(canary)) {
					at := bytes.Index(bytes.ToLower(r.value), []byte(strings.ToLower(canary)))
					t.Errorf("%q is in the row %.60q: %.200q", canary, r.key, r.value[max(at-100, 0):])
				}
			}
		}
		if k := w.caseOf("Nadia Brook"); k.Ref != other || len(w.stored(other).Steps) == 0 {
			t.Errorf("the other leaver: %+v", k)
		}
		posted := w.checkpoints()
		if _, err := evidence.VerifyPack(bytes.NewReader(pack), int64(len(pack)), w.alive().svc.Store.PublicKey(), posted[len(posted)-1]); err != nil {
			t.Errorf("the pack from before: %v", err)
		}
		w.say("owner", "review November")
		w.mustSee("owner", "bot", "November 2026")
		w.verify()
	})
}

// exported is the evidence of a case as it is now.
func (w *world) exported(ref string) []byte {
	w.t.Helper()
	var pack bytes.Buffer
	if err := w.alive().svc.Store.Export(w.t.Context(), &pack, flows.CaseID(ref)); err != nil {
		w.t.Fatal(err)
	}
	return pack.Bytes()
}
