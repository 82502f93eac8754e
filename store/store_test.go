package store_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/flows"
	"muster/store"
	"muster/store/kv/kvtest"
)

func TestCommitAndRead(t *testing.T) {
	w := newWorld(t)
	id := w.raise()
	if id != "J-2026-0001" {
		t.Errorf("the first case is %s", id)
	}
	if second := w.raise(); second != "J-2026-0002" {
		t.Errorf("the second case is %s", second)
	}
	c, err := w.s.Case(t.Context(), id)
	if err != nil || c.Version != 1 || c.State != flows.Waiting || c.Event.Notes != "a <note> & more\u2028" {
		t.Errorf("Case = %+v, %v", c, err)
	}
	records, err := w.s.Records(t.Context(), id)
	if err != nil || len(records) != 1 {
		t.Fatalf("Records = %v, %v", records, err)
	}
	if diff := cmp.Diff(raised(id, w.now), records[0].Entry); diff != "" || records[0].Kind != "case.raised.1" || records[0].Seq != 1 {
		t.Errorf("record %+v (-want +got):\n%s", records[0], diff)
	}
	if records, err := w.s.Records(t.Context(), "D-"+id); err != nil || len(records) != 1 {
		t.Errorf("Records of the draft = %v, %v", records, err)
	}
	if records, err := w.s.Records(t.Context(), "J-2026-000"); err != nil || len(records) != 0 {
		t.Errorf("Records of a prefix of a stream = %v, %v", records, err)
	}
	for key, want := range map[string]int{"all": 2, "open": 2, "op": 0, "subject/x": 0} {
		if got, err := w.s.Cases(t.Context(), key); err != nil || len(got) != want {
			t.Errorf("Cases(%q) = %d cases, %v; want %d", key, len(got), err, want)
		} else if stamps, err := w.s.Stamps(t.Context(), key); err != nil || !slices.EqualFunc(stamps, got, func(s flows.Stamp, c flows.Case) bool { return s.ID == c.ID && s.Version == c.Version }) {
			t.Errorf("Stamps(%q) = %v, %v; want those of %d cases", key, stamps, err, want)
		}
	}
	w.commit(flows.Change{Case: id, From: 1, Entries: []flows.Entry{{Case: id, At: w.now, By: hannah.ID, Body: flows.Cancelled{By: hannah, Reason: "changed her mind"}}}})
	if open, err := w.s.Cases(t.Context(), "open"); err != nil || len(open) != 1 || open[0].ID != "J-2026-0002" {
		t.Errorf("open cases after an end = %v, %v", open, err)
	}
	if r := w.check(); r.Entries != 5 || r.Cases != 2 {
		t.Errorf("report %+v", r)
	}
}

// TestOutcomes commits what must be refused: nothing of it is stored, and the
// code says why.
func TestOutcomes(t *testing.T) {
	w := newWorld(t)
	id := w.raise()
	w.commit(flows.Change{Turn: "seen", Case: id, From: flows.AnyVersion, Entries: []flows.Entry{heard(id, w.now, "hello")}})
	ask := flows.Entry{Case: id, At: w.now, Body: flows.Asked{By: tom, Question: "why?"}}
	before := kvtest.Rows(t, w.db)
	for name, tt := range map[string]struct {
		ch   flows.Change
		want flows.Code
	}{
		"a repeated turn":               {flows.Change{Turn: "seen", Entries: []flows.Entry{heard("", w.now, "x")}}, flows.Seen},
		"a repeated turn, long decided": {flows.Change{Turn: "seen", Case: id, From: 0, Entries: []flows.Entry{raised(id, w.now)}}, flows.Seen},
		"an older version":              {flows.Change{Case: id, From: 0, Entries: []flows.Entry{ask}}, flows.Conflict},
		"a later version":               {flows.Change{Case: id, From: 2, Entries: []flows.Entry{ask}}, flows.Conflict},
		"a case that exists":            {flows.Change{Turn: "new", Case: id, From: 0, Entries: []flows.Entry{raised(id, w.now)}}, flows.Conflict},
		"a case that is not there":      {flows.Change{Case: "J-2026-0099", From: flows.AnyVersion, Entries: []flows.Entry{heard("J-2026-0099", w.now, "x")}}, flows.NotFound},
		"a version of no case":          {flows.Change{Case: "J-2026-0099", From: 1, Entries: []flows.Entry{heard("J-2026-0099", w.now, "x")}}, flows.Conflict},
		"what does not follow":          {flows.Change{Case: id, From: 1, Entries: []flows.Entry{{Case: id, At: w.now, Body: flows.Replied{}}}}, flows.Internal},
		"an entry for another case":     {flows.Change{Entries: []flows.Entry{ask}}, flows.Internal},
		"no body":                       {flows.Change{Entries: []flows.Entry{{At: w.now}}}, flows.Internal},
		"no time":                       {flows.Change{Entries: []flows.Entry{heard("", time.Time{}, "x")}}, flows.Internal},
		"a stream with a space":         {flows.Change{Entries: []flows.Entry{heard("a b", w.now, "x")}}, flows.Internal},
		"a turn of enormous length":     {flows.Change{Turn: strings.Repeat("t", 5000)}, flows.Invalid},
		"an errand without a key":       {flows.Change{Add: []flows.Errand{{Due: w.now}}}, flows.Invalid},
		"an errand that is not JSON":    {flows.Change{Add: []flows.Errand{{Key: "e", Due: w.now, Body: []byte("{")}}}, flows.Internal},
		"a memo without a key":          {flows.Change{Memos: []flows.Memo{{Value: []byte("x")}}}, flows.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			tt.ch.Memos = append(tt.ch.Memos, flows.Memo{Key: "trace", Value: []byte("x")})
			err := w.s.Commit(t.Context(), tt.ch)
			if err == nil || flows.CodeOf(err) != tt.want {
				t.Errorf("Commit = %v, want code %q", err, tt.want)
			}
			if diff := cmp.Diff(before, kvtest.Rows(t, w.db)); diff != "" {
				t.Errorf("something was stored (-before +after):\n%s", diff)
			}
		})
	}
	for name, get := range map[string]func() error{
		"case":     func() error { _, err := w.s.Case(t.Context(), "J-2026-0099"); return err },
		"no case":  func() error { _, err := w.s.Case(t.Context(), ""); return err },
		"memo":     func() error { _, err := w.s.Recall(t.Context(), "nothing"); return err },
		"no memo":  func() error { _, err := w.s.Recall(t.Context(), ""); return err },
		"the pack": func() error { return w.s.Export(t.Context(), &strings.Builder{}, "J-2026-0099") },
	} {
		if err := get(); flows.CodeOf(err) != flows.NotFound {
			t.Errorf("read of a %s that is not there = %v", name, err)
		}
	}
	w.check()
}

// TestOneBatch commits changes that contradict each other at the same time:
// one of each pair is stored, and its neighbours in the batch are not harmed.
func TestOneBatch(t *testing.T) {
	w := newWorld(t)
	id := w.raise()
	const n = 40
	codes := make(chan flows.Code, 3*n)
	var wait sync.WaitGroup
	for i := range n {
		for range 2 {
			wait.Go(func() { // each turn twice
				codes <- flows.CodeOf(w.s.Commit(t.Context(), flows.Change{Turn: fmt.Sprint("turn", i), Entries: []flows.Entry{heard("", w.now, "x")}}))
			})
		}
		wait.Go(func() { // everybody decides on version 1
			ask := flows.Entry{Case: id, At: w.now, Body: flows.Asked{By: tom, Question: fmt.Sprint(i)}}
			err := w.s.Commit(t.Context(), flows.Change{Case: id, From: 1, Entries: []flows.Entry{ask}})
			if err == nil {
				codes <- "asked"
				return
			}
			codes <- flows.CodeOf(err)
		})
	}
	wait.Wait()
	close(codes)
	got := map[flows.Code]int{}
	for c := range codes {
		got[c]++
	}
	if diff := cmp.Diff(map[flows.Code]int{"": n, flows.Seen: n, "asked": 1, flows.Conflict: n - 1}, got); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	if r := w.check(); r.Entries != 2+n+1 {
		t.Errorf("%d entries, want %d", r.Entries, 2+n+1)
	}
}

// TestAnyVersion adds to the transcript while the case moves.
func TestAnyVersion(t *testing.T) {
	w := newWorld(t)
	id := w.raise()
	var wait sync.WaitGroup
	for i := range 30 {
		wait.Go(func() {
			if err := w.s.Commit(t.Context(), flows.Change{Case: id, From: flows.AnyVersion, Entries: []flows.Entry{heard(id, w.now, "status")}}); err != nil {
				t.Error(err)
			}
		})
		wait.Go(func() { // also entries that change it
			reminded := flows.Entry{Case: id, At: w.now, Body: flows.Reminded{Of: fmt.Sprint("step", i)}}
			if err := w.s.Commit(t.Context(), flows.Change{Case: id, From: flows.AnyVersion, Entries: []flows.Entry{reminded}}); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if c, err := w.s.Case(t.Context(), id); err != nil || c.Version != 31 {
		t.Errorf("the case is at version %d, want 31 (%v)", c.Version, err)
	}
	w.check()
}

func TestQueue(t *testing.T) {
	w := newWorld(t)
	due := func(limit int) []string {
		t.Helper()
		errands, err := w.s.Due(t.Context(), w.now, limit, nil)
		if err != nil {
			t.Fatal(err)
		}
		var keys []string
		for _, e := range errands {
			keys = append(keys, e.Key)
		}
		return keys
	}
	if _, found, err := w.s.NextDue(t.Context()); found || err != nil {
		t.Errorf("NextDue of an empty queue = %v, %v", found, err)
	}
	urgent := errand("urgent", w.now)
	urgent.Urgent = true
	later := errand("urgent later", w.now.Add(time.Minute))
	later.Urgent = true
	w.commit(flows.Change{Add: []flows.Errand{
		errand("b", w.now.Add(-time.Hour)), errand("a", w.now.Add(-time.Minute)), errand("now", w.now), errand("zero", time.Time{}),
		errand("soon", w.now.Add(time.Nanosecond)), errand("far", time.Date(2999, 1, 1, 0, 0, 0, 0, time.UTC)), urgent, later,
	}})
	if diff := cmp.Diff([]string{"urgent", "zero", "b", "a", "now"}, due(10)); diff != "" {
		t.Errorf("due (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"urgent", "zero"}, due(2)); diff != "" {
		t.Errorf("due with a limit (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"urgent"}, due(1)); diff != "" {
		t.Errorf("due with a limit (-want +got):\n%s", diff)
	}

	errands, err := w.s.Due(t.Context(), w.now, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	old := errands[0]
	if diff := cmp.Diff(urgent, old, cmp.FilterPath(func(p cmp.Path) bool { return p.String() == "Gen" }, cmp.Ignore())); diff != "" || old.Gen == 0 {
		t.Errorf("errand with generation %d (-want +got):\n%s", old.Gen, diff)
	}
	w.commit(flows.Change{Add: []flows.Errand{errand("urgent", w.now.Add(time.Hour))}}) // written again while it ran
	w.commit(flows.Change{Done: []flows.ErrandRef{old.Ref()}})
	w.now = w.now.Add(time.Hour)
	if diff := cmp.Diff([]string{"urgent later", "zero", "b", "a", "now", "soon", "urgent"}, due(10)); diff != "" {
		t.Errorf("after finishing an older writing (-want +got):\n%s", diff)
	}
	errands, err = w.s.Due(t.Context(), w.now, 10, nil)
	if err != nil {
		t.Fatal(err)
	}
	ch := flows.Change{Drop: []string{"zero", "nothing"}}
	for _, e := range errands {
		if e.Key != "zero" {
			ch.Done = append(ch.Done, e.Ref())
		}
	}
	w.commit(ch)
	// A reference from before does not fit what has the same key now.
	w.commit(flows.Change{Add: []flows.Errand{errand("a", w.now)}})
	w.commit(ch)
	// Done, Drop, Add of one key in one change: the new one stays.
	errands, err = w.s.Due(t.Context(), w.now, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	w.commit(flows.Change{Done: []flows.ErrandRef{errands[0].Ref()}, Drop: []string{"a"}, Add: []flows.Errand{errand("a", w.now.Add(time.Minute)), errand("a", w.now.Add(time.Second))}})
	next, found, err := w.s.NextDue(t.Context())
	if err != nil || !found || !next.Equal(w.now.Add(time.Second)) {
		t.Errorf("NextDue = %v, %v, %v", next, found, err)
	}
	w.commit(flows.Change{Drop: []string{"a"}})
	if next, found, err := w.s.NextDue(t.Context()); err != nil || !found || next.Year() < 2200 {
		t.Errorf("NextDue of a far errand = %v, %v, %v", next, found, err)
	}
	if r := w.check(); r.Errands != 1 {
		t.Errorf("%d errands are left, want 1", r.Errands)
	}
}

// TestTurns repeats turns hours later: for a day at least they are known, and
// after two they are forgotten.
func TestTurns(t *testing.T) {
	w := newWorld(t)
	for i := range 300 {
		w.commit(flows.Change{Turn: fmt.Sprint("old", i)})
	}
	begin := w.now
	for _, tt := range []struct {
		after time.Duration
		want  flows.Code
	}{{0, flows.Seen}, {15 * time.Hour, flows.Seen}, {24 * time.Hour, flows.Seen}, {38 * time.Hour, flows.Seen}} {
		w.now = begin.Add(tt.after)
		if err := w.s.Commit(t.Context(), flows.Change{Turn: "old7"}); flows.CodeOf(err) != tt.want {
			t.Errorf("after %v: Commit = %v, want %q", tt.after, err, tt.want)
		}
	}
	w.now = begin.Add(72 * time.Hour)
	for i := range 6 { // the sweep is bounded in each commit
		w.commit(flows.Change{Turn: fmt.Sprint("new", i)})
	}
	for key := range kvtest.Rows(t, w.db) {
		if strings.HasPrefix(key, "t/") && strings.Contains(key, "old") {
			t.Fatalf("the turn %q is still kept after three days", key)
		}
	}
	w.check()
}

func TestMemos(t *testing.T) {
	w := newWorld(t)
	w.commit(flows.Change{Memos: []flows.Memo{{Key: "d/1", Value: []byte("one")}, {Key: "d/2", Value: []byte{}}, {Key: "e", Value: []byte("e")}, {Key: "d\xff", Value: []byte("x")}}})
	got, err := w.s.RecallAll(t.Context(), "d/")
	if diff := cmp.Diff([]flows.Memo{{Key: "d/1", Value: []byte("one")}, {Key: "d/2", Value: []byte{}}}, got); err != nil || diff != "" {
		t.Errorf("RecallAll (%v, -want +got):\n%s", err, diff)
	}
	if all, err := w.s.RecallAll(t.Context(), ""); err != nil || len(all) != 4 {
		t.Errorf("RecallAll of everything = %v, %v", all, err)
	}
	if v, err := w.s.Recall(t.Context(), "d/2"); err != nil || v == nil {
		t.Errorf("Recall of an empty memo = %v, %v", v, err)
	}
	w.commit(flows.Change{Memos: []flows.Memo{{Key: "d/1"}}})
	if _, err := w.s.Recall(t.Context(), "d/1"); flows.CodeOf(err) != flows.NotFound {
		t.Errorf("Recall of a forgotten memo = %v", err)
	}
	w.check()
}

// TestRepeatable runs the same history twice from the same seed: all rows agree.
func TestRepeatable(t *testing.T) {
	var rows [2]map[string]string
	for i := range rows {
		w := newWorld(t)
		if n, err := w.play(t.Context(), history(), 0); err != nil {
			t.Fatalf("step %d: %v", n, err)
		}
		rows[i] = kvtest.Rows(t, w.db)
	}
	if diff := cmp.Diff(rows[0], rows[1]); diff != "" {
		t.Errorf("rows (-first +second):\n%s", diff)
	}
}

// TestNoNames looks for personal data where none may be: in keys and headers.
func TestNoNames(t *testing.T) {
	w := newWorld(t)
	if n, err := w.play(t.Context(), history(), 0); err != nil {
		t.Fatalf("step %d: %v", n, err)
	}
	for key, value := range kvtest.Rows(t, w.db) {
		text := key
		if strings.HasPrefix(key, "l/") {
			text += value
		}
		for _, name := range []string{"Priya", "Hannah", "Hughes", "larkfield", string(hannah.ID), string(tom.ID)} {
			if strings.Contains(text, name) {
				t.Errorf("row %q names %q", key, name)
			}
		}
	}
}

func TestClosed(t *testing.T) {
	w := newWorld(t)
	id := w.raise()
	w.s.Close()
	w.s.Close()
	err := w.s.Commit(t.Context(), flows.Change{Case: id, From: flows.AnyVersion})
	if flows.CodeOf(err) != flows.Unavailable {
		t.Errorf("Commit after Close = %v", err)
	}
}

// TestCloseFinishes closes while commits wait: each is stored or refused.
func TestCloseFinishes(t *testing.T) {
	w := newWorld(t)
	var wait sync.WaitGroup
	var mu sync.Mutex
	stored := 0
	for range 50 {
		wait.Go(func() {
			err := w.s.Commit(t.Context(), flows.Change{Entries: []flows.Entry{heard("", w.now, "x")}})
			if err != nil && flows.CodeOf(err) != flows.Unavailable {
				t.Error(err)
			}
			if err == nil {
				mu.Lock()
				stored++
				mu.Unlock()
			}
		})
	}
	w.s.Close()
	wait.Wait()
	r, err := store.Verify(t.Context(), w.db, store.Expect{Dir: w.dir})
	if err != nil || r.Entries != int64(stored) {
		t.Errorf("%d commits were stored, the log has %d (%v)", stored, r.Entries, err)
	}
}

// What is due is the same whether this process wrote it or an earlier one.
func TestDueReadAgain(t *testing.T) {
	w := newWorld(t)
	w.commit(flows.Change{Add: []flows.Errand{
		{Key: "a", Kind: "card", Case: "J-2026-0001", Lane: "l", Due: w.now.In(time.FixedZone("east", 3600)), Urgent: true, Tries: 2, Body: json.RawMessage(`{"n": 1}`)},
		{Key: "b", Kind: "say", Due: w.now, Body: json.RawMessage{}},
		{Key: "c", Kind: "say", Due: w.now},
	}})
	w.commit(flows.Change{Add: []flows.Errand{{Key: "c", Kind: "say", Due: w.now, Tries: 1}}, Drop: []string{"b"}})
	warm, err := w.s.Due(t.Context(), w.now, 10, nil)
	if err != nil {
		t.Fatal(err)
	}
	w.close()
	w.open(nil)
	cold, err := w.s.Due(t.Context(), w.now, 10, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(cold) != 2 {
		t.Errorf("%d errands, want 2", len(cold))
	}
	if d := cmp.Diff(cold, warm); d != "" {
		t.Errorf("(-stored +kept)\n%s", d)
	}
	w.check()
}
