package store_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"muster/flows"
	"muster/store"
	"muster/store/evidence"
)

// canaries are the words that must be nowhere once the person of the second case is erased.
var canaries = []string{"Canary", "canary@larkfield.example", "00000000-0000-4000-a000-0000000000ca"}

// TestForget erases a person: nothing of them is in the file, and the log, the checkpoints and the packs from before still verify.
func TestForget(t *testing.T) {
	w := newWorld(t)
	if i, err := w.play(t.Context(), history()[:9], 0); err != nil {
		t.Fatalf("step %d: %v", i, err)
	}
	id, draft := flows.CaseID("J-2026-0003"), flows.CaseID("D-J-2026-0003")
	e := raised(id, w.now)
	b := e.Body.(flows.Raised)
	b.Event.Given, b.Event.Surname, b.Event.Notes = "Carla", "Canary", "canary@larkfield.example"
	e.Body = b
	w.commit(flows.Change{
		Case: id, Entries: []flows.Entry{heard(draft, w.now, "new starter Carla Canary"), e}, Memos: []flows.Memo{{Key: "draft/" + string(draft), Value: []byte("Canary")}},
		Add: []flows.Errand{{Key: "card.1/" + string(id), Kind: "card", Case: id, Due: w.now.Add(time.Hour), Body: []byte(`{"n":"Canary"}`)}},
	})
	w.commit(flows.Change{Entries: []flows.Entry{heard("", w.now, "status Carla Canary")}, Memos: []flows.Memo{{Key: "reach/person/" + canaries[2], Value: []byte("x")}}})
	w.commit(flows.Change{Case: "J-2026-0001", From: flows.AnyVersion, Entries: []flows.Entry{heard("J-2026-0001", w.now, "works with carla canary later")}})
	forgetting := flows.Forgetting{Streams: []flows.CaseID{id, draft}, Words: []string{"Carla Canary", canaries[1]}, Keys: []string{string(id), string(draft), canaries[2]}}
	because := func(n flows.Forgotten) flows.Change {
		return flows.Change{Entries: []flows.Entry{{At: w.now, By: hannah.ID, Body: flows.PersonErased{Ref: "E-1", Ground: "asked for", By: hannah, Second: tom, Found: n}}}}
	}
	if _, err := w.s.Forget(t.Context(), forgetting, because); flows.CodeOf(err) != flows.Invalid {
		t.Fatalf("a case that goes on is erased: %v", err)
	}
	w.commit(flows.Change{Case: id, From: 1, Entries: []flows.Entry{{Case: id, At: w.now, By: tom.ID, Body: flows.Rejected{Shown: b.Plan.Hash(), By: tom, Reason: "no"}}}})
	before, err := w.s.Checkpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var own, other bytes.Buffer
	for stream, to := range map[flows.CaseID]*bytes.Buffer{id: &own, "J-2026-0001": &other} {
		if err := w.s.Export(t.Context(), to, stream); err != nil {
			t.Fatal(err)
		}
	}
	n, err := w.s.Forget(t.Context(), forgetting, because)
	want := flows.Forgotten{Cases: 1, Bodies: 3, Mentions: 1, Kept: 1, Memos: 2, Errands: 1}
	if err != nil || n != want {
		t.Fatalf("Forget = %+v, %v; want %+v", n, err, want)
	}
	if err := w.s.Scrub(t.Context()); err != nil {
		t.Fatal(err)
	}
	if again, err := w.s.Forget(t.Context(), forgetting, because); err != nil || !again.Nothing() {
		t.Errorf("a second time: %+v, %v", again, err)
	}
	if r := w.check(); r.Erased < 4 {
		t.Errorf("%d bodies are erased", r.Erased)
	}
	key := w.s.PublicKey()
	if _, err := store.Verify(t.Context(), w.db, store.Expect{Dir: w.dir, Key: key, Checkpoints: [][]byte{before}}); err != nil {
		t.Errorf("the checkpoint from before: %v", err)
	}
	for name, pack := range map[string]*bytes.Buffer{"the person's": &own, "another": &other} {
		if r, err := evidence.VerifyPack(bytes.NewReader(pack.Bytes()), int64(pack.Len()), key, before); err != nil || r.Entries == 0 {
			t.Errorf("%s pack from before: %+v, %v", name, r, err)
		}
	}
	if _, err := w.s.Case(t.Context(), id); flows.CodeOf(err) != flows.NotFound {
		t.Errorf("the case is there: %v", err)
	}
	if next, err := w.s.NextCase(t.Context(), flows.JoinerEvent, 2026); err != nil || next != "J-2026-0004" {
		t.Errorf("the next case is %s, %v", next, err)
	}
	w.close()
	file, err := os.ReadFile(filepath.Join(w.dir, store.DatabaseFile))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(file, []byte("works with carla canary later")) {
		t.Error("another case's evidence is gone")
	}
	for _, word := range canaries {
		if bytes.Contains(file, []byte(word)) {
			t.Errorf("%q is in the file", word)
		}
	}
	w.open(nil)
	w.check()
}

// TestForgetOld erases what was said before a day and belongs to no case, and nothing else.
func TestForgetOld(t *testing.T) {
	w := newWorld(t)
	id := w.raise()
	w.commit(flows.Change{Entries: []flows.Entry{heard("", w.now, "hello"), heard("D-never", w.now, "new starter"), {At: w.now, Body: flows.WorkPaused{Reason: "x"}}}})
	w.now = w.now.Add(48 * time.Hour)
	w.commit(flows.Change{Entries: []flows.Entry{heard("", w.now, "hello again")}})
	n, err := w.s.Forget(t.Context(), flows.Forgetting{Before: w.now.Add(-time.Hour)}, func(n flows.Forgotten) flows.Change {
		return flows.Change{Entries: []flows.Entry{{At: w.now, Body: flows.TalkExpired{Before: w.now, Found: n}}}}
	})
	if err != nil || n != (flows.Forgotten{Mentions: 2}) {
		t.Errorf("Forget = %+v, %v", n, err)
	}
	w.check()
	for stream, want := range map[flows.CaseID]bool{id: false, "D-" + id: false, "D-never": true} {
		recs, err := w.s.Records(context.WithoutCancel(t.Context()), stream)
		if err != nil || len(recs) == 0 || recs[0].Erased != want {
			t.Errorf("%s: %+v, %v", stream, recs, err)
		}
	}
}
