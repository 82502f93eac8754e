package store_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/flows"
	"muster/store"
	"muster/store/evidence"
	"muster/store/evidence/auditor"
)

// report verifies a pack.
func (w *world) report(pack []byte, known ...[]byte) evidence.PackReport {
	w.t.Helper()
	r, err := evidence.VerifyPack(bytes.NewReader(pack), int64(len(pack)), w.s.PublicKey(), known...)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func TestExport(t *testing.T) {
	w, _ := played(t)
	for stream, want := range map[flows.CaseID]evidence.PackReport{
		"J-2026-0001":   {Entries: 8, Draft: "D-J-2026-0001", OfDraft: 1},
		"J-2026-0002":   {Entries: 4, Erased: 4}, // nothing says any more which draft led to it
		"D-J-2026-0001": {Entries: 1},
	} {
		var pack bytes.Buffer
		if err := w.s.Export(t.Context(), &pack, stream); err != nil {
			t.Fatal(err)
		}
		r := w.report(pack.Bytes())
		if r.Stream != string(stream) || r.Draft != want.Draft || r.OfDraft != want.OfDraft || r.Entries != want.Entries || r.Erased != want.Erased || r.OwnKey {
			t.Errorf("%s: report %+v, want %+v", stream, r, want)
		}
	}
}

// TestPackWhole packs cases with the header of every entry of the log, which proves that nothing of them is left out; without texts or salts of
// others.
func TestPackWhole(t *testing.T) {
	w, _ := played(t)
	for _, stream := range []flows.CaseID{"J-2026-0001", "J-2026-0002"} {
		var small, pack bytes.Buffer
		if err := w.s.Export(t.Context(), &small, stream); err != nil {
			t.Fatal(err)
		}
		if err := w.s.Pack(t.Context(), &pack, stream, store.PackOptions{Whole: true}); err != nil {
			t.Fatal(err)
		}
		if r := w.report(small.Bytes()); r.Whole {
			t.Errorf("%s: what a small pack has not is reported", stream)
		}
		r := w.report(pack.Bytes())
		if second := auditor.Check(pack.Bytes(), w.s.PublicKey()); !r.Whole || second != nil {
			t.Errorf("%s: whole %t, %v", stream, r.Whole, second)
		}
		if more := int64(pack.Len() - small.Len()); more > 300*r.Checkpoint.Size+600 {
			t.Errorf("%s: %d bytes more for %d entries", stream, more, r.Checkpoint.Size)
		}
	}
}

// TestPackTells packs a case with its policy, what is drawn from it, and the way back to a checkpoint that somebody holds.
func TestPackTells(t *testing.T) {
	w := newWorld(t)
	text := []byte("organisation: Larkfield Instruments\n")
	sum := sha256.Sum256(text)
	hash := hex.EncodeToString(sum[:])
	first := w.raise()
	held, err := w.s.Checkpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w.commit(flows.Change{Memos: []flows.Memo{{Key: flows.PolicyKey + hash, Value: text}}})
	id, err := w.s.NextCase(t.Context(), flows.JoinerEvent, 2026)
	if err != nil {
		t.Fatal(err)
	}
	e := raised(id, w.now)
	b := e.Body.(flows.Raised)
	b.Plan.Policy = hash
	e.Body = b
	w.commit(flows.Change{Case: id, Entries: []flows.Entry{heard("D-"+id, w.now, "new starter"), e}})
	w.commit(flows.Change{Case: id, From: 1, Entries: []flows.Entry{heard("D-"+id, w.now, "late"), {Case: id, At: w.now, By: tom.ID, Body: flows.Asked{By: tom, Question: "When?"}}}})
	var told flows.Dossier
	draw := func(d flows.Dossier) ([]flows.PackFile, error) {
		told = d
		return []flows.PackFile{{Name: "report.html", Data: []byte("<p>" + string(d.Stream))}}, nil
	}
	pack := func(o store.PackOptions) []byte {
		var out bytes.Buffer
		if err := w.s.Pack(t.Context(), &out, id, o); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	r := w.report(pack(store.PackOptions{Draw: draw, Since: [][]byte{held}}), held)
	if r.Entries != 4 || r.OfDraft != 2 || r.Known != 2 || r.Younger != 4 || len(r.Earlier) != 1 || !slices.Equal(r.Policies, []string{hash}) || !slices.Equal(r.Files, []string{"report.html"}) {
		t.Errorf("report %+v", r)
	}
	c, err := w.s.Case(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(c, told.Case); diff != "" {
		t.Errorf("the case that is told of (-stored +told):\n%s", diff)
	}
	if len(told.Records) != 4 || told.Records[0].Entry.Case != "D-"+id || told.Covered != 6 || told.Earlier != 2 || len(told.Policies) != 1 || !bytes.Equal(told.Policies[0].Text, text) {
		t.Errorf("told of %d records, %d covered, since %d, %d policies", len(told.Records), told.Covered, told.Earlier, len(told.Policies))
	}
	var old bytes.Buffer
	if err := w.s.Export(t.Context(), &old, first); err != nil {
		t.Fatal(err)
	}
	if r := w.report(old.Bytes()); r.Entries != 2 || len(r.Policies) != 0 {
		t.Errorf("report %+v", r)
	}
	other, err := evidence.CreateKey(filepath.Join(t.TempDir(), "k"), tenant, newSeeded(9))
	if err != nil {
		t.Fatal(err)
	}
	forged, err := other.SignCheckpoint(evidence.Checkpoint{Origin: tenant, Size: 1})
	if err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]store.PackOptions{
		"a checkpoint of another key": {Since: [][]byte{forged}},
		"a drawing that fails":        {Draw: func(flows.Dossier) ([]flows.PackFile, error) { return nil, errors.New("no ink") }},
	} {
		if err := w.s.Pack(t.Context(), io.Discard, id, o); err == nil {
			t.Errorf("%s: packed", name)
		}
	}
}

// TestErase erases a case that ended: what it said is gone, what was signed stays true.
func TestErase(t *testing.T) {
	w := newWorld(t)
	id := w.raise()
	if err := w.forget(t.Context(), id); flows.CodeOf(err) != flows.Invalid {
		t.Errorf("Erase of an open case = %v", err)
	}
	w.commit(flows.Change{Case: id, From: 1, Entries: []flows.Entry{{Case: id, At: w.now, Body: flows.Cancelled{By: hannah, Reason: "a secret reason"}}}})
	signed, err := w.s.Checkpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, ch := range map[string]flows.Change{
		"no entry":                  {},
		"an entry that goes itself": {Entries: []flows.Entry{{Case: id, At: w.now, Body: flows.KeptEnough{Rule: flows.KeepCases}}}},
		"an entry of another case":  {Case: id, From: flows.AnyVersion, Entries: []flows.Entry{heard("", w.now, "x")}},
	} {
		if _, err := w.s.Forget(t.Context(), flows.Forgetting{Streams: []flows.CaseID{id}}, func(flows.Forgotten) flows.Change { return ch }); err == nil {
			t.Errorf("an erasure with %s is accepted", name)
		}
	}
	for range 2 { // the second time there is nothing
		if err := w.forget(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	for name, err := range map[string]error{
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
