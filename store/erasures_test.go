package store_test

import (
	"encoding/binary"
	"maps"
	"strings"
	"testing"
	"time"

	"muster/flows"
	"muster/store"
	"muster/store/kv/kvtest"
)

// TestVerifyErasures takes bodies away in ways that look like an erasure. What Verify says is what the table says.
func TestVerifyErasures(t *testing.T) {
	w := newWorld(t)
	id := w.raise()                                                                                                             // entries 0, 1
	w.commit(flows.Change{Entries: []flows.Entry{heard("", w.now, "hello"), {At: w.now, Body: flows.WorkPaused{Reason: "x"}}}}) // 2, 3
	w.now = w.now.Add(time.Hour)
	because := func(b func(flows.Forgotten) flows.Body) func(flows.Forgotten) flows.Change {
		return func(n flows.Forgotten) flows.Change {
			return flows.Change{Entries: []flows.Entry{{At: w.now, Body: b(n)}}}
		}
	}
	if _, err := w.s.Forget(t.Context(), flows.Forgetting{Before: w.now}, because(func(n flows.Forgotten) flows.Body { return flows.TalkExpired{Before: w.now, Found: n} })); err != nil {
		t.Fatal(err)
	}
	w.commit(flows.Change{Entries: []flows.Entry{heard("", w.now, "again")}}) // 5, after the talk that expired
	w.commit(flows.Change{Case: id, From: 1, Entries: []flows.Entry{{Case: id, At: w.now, Body: flows.Cancelled{By: hannah, Reason: "so"}}}})
	if err := w.forget(t.Context(), id); err != nil { // 7
		t.Fatal(err)
	}
	good := frozen(kvtest.Rows(t, w.db))
	if _, err := store.Verify(t.Context(), good, store.Expect{}); err != nil {
		t.Fatal(err)
	}
	body := func(seq int64) string { return string(binary.BigEndian.AppendUint64([]byte("b/"), uint64(seq))) }
	for name, tt := range map[string]struct {
		of, by int64
		want   string
	}{
		"an entry that erases nothing":  {2, 3, "erases nothing"},
		"of no kind that expires":       {3, 4, "is about others"},
		"a case among talk that is old": {1, 4, "is about others"},
		"talk among a case":             {5, 7, "is about others"},
		"one more of the same":          {0, 4, "2 are gone"}, // what was said before a case
		"later than the last":           {5, 8, "no entry says why"},
		"earlier":                       {5, 4, "no entry says why"},
	} {
		t.Run(name, func(t *testing.T) {
			bad := maps.Clone(good)
			if _, ok := bad[body(tt.of)]; !ok {
				t.Fatal("no such body")
			}
			bad[body(tt.of)] = string(binary.BigEndian.AppendUint64([]byte{0}, uint64(tt.by)))
			if _, err := store.Verify(t.Context(), bad, store.Expect{}); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Verify = %v, want %q", err, tt.want)
			}
		})
	}
}
