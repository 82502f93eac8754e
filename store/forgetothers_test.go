package store_test

import (
	"testing"
	"time"

	"muster/flows"
)

// TestForgetLeavesOthersWork erases somebody whom another person's case asks for a decision: what that case still has to do stays, and so
// does what it remembers of the card that was sent; and a case whose number only begins alike.
func TestForgetLeavesOthersWork(t *testing.T) {
	w := newWorld(t)
	id, other, alike := flows.CaseID("J-2026-1000"), flows.CaseID("J-2026-0001"), flows.CaseID("J-2026-10001")
	errand := func(key string, of flows.CaseID) flows.Errand {
		return flows.Errand{Key: key, Kind: "card", Case: of, Due: w.now.Add(time.Hour), Body: []byte(`{}`)}
	}
	for _, c := range []flows.CaseID{id, other, alike} {
		e := raised(c, w.now)
		asks := string(c) + "/approval//" + canaries[2]
		w.commit(flows.Change{
			Case: c, Entries: []flows.Entry{e}, Memos: []flows.Memo{{Key: "posted/" + asks, Value: []byte("x")}},
			Add: []flows.Errand{errand("card.1/"+asks, c), errand("remind/"+string(c), c)},
		})
		if c == id {
			w.commit(flows.Change{Case: id, From: 1, Entries: []flows.Entry{{Case: id, At: w.now, By: tom.ID, Body: flows.Rejected{Shown: e.Body.(flows.Raised).Plan.Hash(), By: tom, Reason: "no"}}}})
		}
	}
	n, err := w.s.Forget(t.Context(), flows.Forgetting{Streams: []flows.CaseID{id}, Keys: []string{string(id), canaries[2]}}, func(n flows.Forgotten) flows.Change {
		return flows.Change{Entries: []flows.Entry{{At: w.now, By: hannah.ID, Body: flows.PersonErased{Ref: "E-1", Ground: "asked for", By: hannah, Second: tom, Found: n}}}}
	})
	if want := (flows.Forgotten{Cases: 1, Bodies: 2, Memos: 1, Errands: 2}); err != nil || n != want {
		t.Errorf("Forget = %+v, %v; want %+v", n, err, want)
	}
	for _, c := range []flows.CaseID{other, alike} {
		if _, err := w.s.Recall(t.Context(), "posted/"+string(c)+"/approval//"+canaries[2]); err != nil {
			t.Errorf("the card of %s: %v", c, err)
		}
	}
}
