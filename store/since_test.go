package store_test

import (
	"slices"
	"testing"
	"time"

	"muster/flows"
)

// TestSince asks for streams and loose entries from a time on, also when clocks
// were not in step.
func TestSince(t *testing.T) {
	w := newWorld(t)
	start := w.now
	old := w.raise()
	paused, resumed := flows.WorkPaused{Reason: "payroll"}, flows.WorkResumed{}
	at := func(h time.Duration, stream flows.CaseID, b flows.Body) {
		w.commit(flows.Change{Entries: []flows.Entry{{Case: stream, At: start.Add(h * time.Hour), Body: b}}})
	}
	at(1, "", paused)
	for h := range time.Duration(200) {
		at(10+h, "D-filler", flows.Answered{Text: "x"})
	}
	at(300, old, flows.Answered{Text: "x"})
	at(301, "", paused)
	at(302, "D-new", flows.Answered{Text: "x"})
	at(299, "D-late", flows.Answered{Text: "x"}) // by a clock that is behind
	at(303, "", resumed)
	at(304, "D-new", flows.Answered{Text: "x"})
	for name, tt := range map[string]struct {
		from    time.Duration
		kinds   []flows.Kind
		streams []flows.CaseID
		loose   []time.Duration
	}{
		"the end":       {299, []flows.Kind{paused.Kind()}, []flows.CaseID{old, "D-new", "D-late"}, []time.Duration{301}},
		"another kind":  {299, []flows.Kind{resumed.Kind(), paused.Kind()}, []flows.CaseID{old, "D-new", "D-late"}, []time.Duration{301, 303}},
		"no kind":       {300, nil, []flows.CaseID{old, "D-new"}, nil},
		"everything":    {-1000, []flows.Kind{paused.Kind()}, []flows.CaseID{"D-" + old, old, "D-filler", "D-new", "D-late"}, []time.Duration{1, 301}},
		"after the end": {400, []flows.Kind{paused.Kind()}, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			streams, loose, err := w.s.Since(t.Context(), start.Add(tt.from*time.Hour), tt.kinds...)
			if err != nil {
				t.Fatal(err)
			}
			var got []time.Duration
			for _, r := range loose {
				if r.Entry.Body == nil || r.Entry.Case != "" {
					t.Errorf("record %+v", r)
				}
				got = append(got, r.Entry.At.Sub(start)/time.Hour)
			}
			slices.Sort(streams)
			slices.Sort(tt.streams)
			if !slices.Equal(streams, tt.streams) || !slices.Equal(got, tt.loose) {
				t.Errorf("streams %v, loose %v", streams, got)
			}
		})
	}
}
