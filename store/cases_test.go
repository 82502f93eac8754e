package store_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/flows"
)

// A case that was read before is the one that is stored, at every version and after a start.
func TestCaseReadAgain(t *testing.T) {
	w := newWorld(t)
	id := w.raise()
	ask := func(q string) {
		c, err := w.s.Case(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		w.commit(flows.Change{Case: id, From: c.Version, Entries: []flows.Entry{{Case: id, At: w.now, By: tom.ID, Body: flows.Escalated{Of: "approval", To: flows.Person{ID: tom.ID, Name: q}}}}})
	}
	for _, q := range []string{"one", "two", "three"} {
		ask(q)
		warm, err := w.s.Case(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		list, err := w.s.Cases(t.Context(), "open")
		if err != nil || len(list) != 1 {
			t.Fatalf("Cases = %d cases, %v", len(list), err)
		}
		w.close()
		w.open(nil)
		cold, err := w.s.Case(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(cold, warm); d != "" {
			t.Errorf("%s: the case that was kept is another one (-stored +kept)\n%s", q, d)
		}
		if d := cmp.Diff(cold, list[0]); d != "" {
			t.Errorf("%s: the case in the list is another one (-stored +listed)\n%s", q, d)
		}
	}
	w.check()
}

// Whoever changes what a case points to changes it for everybody, and is found out.
func TestCaseChangedInMemory(t *testing.T) {
	w := newWorld(t)
	c, err := w.s.Case(t.Context(), w.raise())
	if err != nil {
		t.Fatal(err)
	}
	name := c.Approval.Holders[0].Name
	c.Approval.Holders[0].Name = "somebody else"
	if _, err := w.s.Check(t.Context()); err == nil {
		t.Error("Check did not notice")
	}
	c.Approval.Holders[0].Name = name
	w.check()
}

// More cases than are kept are all there.
func TestManyCases(t *testing.T) {
	w := newWorld(t)
	var want []flows.CaseID
	for range 450 {
		want = append(want, w.raise())
	}
	for range 2 {
		all, err := w.s.Cases(t.Context(), "all")
		if err != nil {
			t.Fatal(err)
		}
		var got []flows.CaseID
		for _, c := range all {
			got = append(got, c.ID)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("(-want +got)\n%s", d)
		}
	}
	w.check()
}
