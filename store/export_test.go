package store_test

import (
	"bytes"
	"errors"
	"testing"

	"muster/flows"
	"muster/store/evidence"
)

func TestExport(t *testing.T) {
	w, _ := played(t)
	for stream, want := range map[flows.CaseID]evidence.PackReport{
		"J-2026-0001":   {Entries: 7},
		"J-2026-0002":   {Entries: 4, Erased: 4},
		"D-J-2026-0001": {Entries: 1},
	} {
		var pack bytes.Buffer
		if err := w.s.Export(t.Context(), &pack, stream); err != nil {
			t.Fatal(err)
		}
		r, err := evidence.VerifyPack(bytes.NewReader(pack.Bytes()), int64(pack.Len()), w.s.PublicKey())
		if err != nil {
			t.Fatalf("%s: %v", stream, err)
		}
		if r.Stream != string(stream) || r.Entries != want.Entries || r.Erased != want.Erased || r.OwnKey {
			t.Errorf("%s: report %+v, want %+v", stream, r, want)
		}
	}
}

// TestErase erases a case that ended: what it said is gone, what was signed stays true.
func TestErase(t *testing.T) {
	w := newWorld(t)
	id := w.raise()
	why := flows.Entry{At: w.now, By: hannah.ID, Body: flows.Refused{Verb: "erase", Why: "retention ended"}}
	if err := w.s.Erase(t.Context(), id, why); flows.CodeOf(err) != flows.Invalid {
		t.Errorf("Erase of an open case = %v", err)
	}
	w.commit(flows.Change{Case: id, From: 1, Entries: []flows.Entry{{Case: id, At: w.now, Body: flows.Cancelled{By: hannah, Reason: "a secret reason"}}}})
	signed, err := w.s.Checkpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	own := why
	own.Case = id
	if err := w.s.Erase(t.Context(), id, own); err == nil {
		t.Error("an erasure explained in the erased stream is accepted")
	}
	if err := w.s.Erase(t.Context(), id, why); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"again":         w.s.Erase(t.Context(), id, why),
		"of no case":    w.s.Erase(t.Context(), "J-2026-0099", why),
		"and read":      func() error { _, err := w.s.Case(t.Context(), id); return err }(),
		"and talked to": w.s.Commit(t.Context(), flows.Change{Case: id, From: flows.AnyVersion, Entries: []flows.Entry{heard(id, w.now, "x")}}),
	} {
		if flows.CodeOf(err) != flows.NotFound {
			t.Errorf("erase %s = %v, want not found", name, err)
		}
	}
	if err := w.s.Commit(t.Context(), flows.Change{Case: id, Entries: []flows.Entry{raised(id, w.now)}}); flows.CodeOf(err) != flows.Conflict {
		t.Errorf("a new case under an erased reference = %v", err)
	}
	records, err := w.s.Records(t.Context(), id)
	if err != nil || len(records) != 2 || !records[0].Erased || records[0].Entry.Body != nil || records[0].Kind != "case.raised.1" {
		t.Errorf("Records = %+v, %v", records, err)
	}
	if next := w.raise(); next == id {
		t.Errorf("the reference %s is given again", next)
	}
	if r := w.check(); r.Erased != 2 || r.Cases != 1 {
		t.Errorf("report %+v", r)
	}
	again, err := w.s.Checkpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	old, err1 := evidence.OpenCheckpoint(signed, w.s.PublicKey())
	now, err2 := evidence.OpenCheckpoint(again, w.s.PublicKey())
	if err := errors.Join(err1, err2); err != nil || now.Size <= old.Size {
		t.Errorf("checkpoints of %d and %d entries (%v)", old.Size, now.Size, err)
	}
	w.close()
	w.open(nil) // which holds the log against what was signed
}
