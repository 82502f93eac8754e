package flows

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestBriefsFollowTheCases: what is kept about the open cases is what the cases say, after each change of them, and nothing about a case
// that is over.
func TestBriefsFollowTheCases(t *testing.T) {
	o := newOffice(t)
	look := func(open int) []brief {
		t.Helper()
		kept, err := o.openBriefs(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		cases, err := o.store.Cases(t.Context(), "open")
		if err != nil {
			t.Fatal(err)
		}
		var now []brief
		for _, c := range cases {
			now = append(now, briefOf(c))
		}
		if len(kept) != open || !cmp.Equal(kept, now, cmp.AllowUnexported(brief{}, seat{}), cmp.Transformer("utc", func(at time.Time) string { return at.UTC().String() })) && open > 0 {
			t.Fatalf("kept %+v, want %d: %+v", kept, open, now)
		}
		if len(o.briefs.of) != open {
			t.Errorf("%d briefs are kept, want %d", len(o.briefs.of), open)
		}
		return kept
	}
	look(0)
	c := o.raise(t)
	b := look(1)[0]
	if b.name != c.Event.Name() || b.upn != c.Plan.Account.UPN || len(b.asked) != 1 || b.asked[0] != c.Manager().ID {
		t.Errorf("brief of a case with its manager: %+v", b)
	}
	if len(b.seats) == 0 || promised(look(1))[b.seats[0].sku] != 1 {
		t.Errorf("seats promised: %+v", b.seats)
	}
	other, err := o.openCase(t.Context(), c.Event.Name(), "")
	if err != nil || other != c.ID {
		t.Errorf("open case of that name: %q, %v", other, err)
	}
	o.put(t, Entry{Case: c.ID, At: o.now, By: tom.ID, Body: HandedOver{By: tom, To: maria}})
	if b := look(1)[0]; !slices.Equal(b.asked, []AccountID{maria.ID}) {
		t.Errorf("handed over to Maria, and asked are %v", b.asked)
	}
	o.put(t, Entry{Case: c.ID, At: o.now, By: maria.ID, Body: Rejected{Shown: o.of(t).Shown, By: maria, Reason: "not agreed"}})
	look(0)
	if other, err := o.openCase(t.Context(), c.Event.Name(), ""); err != nil || other != "" {
		t.Errorf("open case of that name after its end: %q, %v", other, err)
	}
}
