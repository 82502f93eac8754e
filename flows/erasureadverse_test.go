package flows

import (
	"testing"

	"muster/flows/texts"
)

// TestErasureTellsNobodyOfTheirExit has an owner about whom an exit is open ask for their own data, by name and by the case: the answer is
// the one of somebody without a case.
func TestErasureTellsNobodyOfTheirExit(t *testing.T) {
	exit := over(t, func(c *Case) {
		c.ID, c.Kind, c.Account, c.Event.Subject = "L-2026-0007", LeaverEvent, olivia.ID, olivia
	})
	for _, who := range []string{olivia.Name, string(olivia.ID), "L-2026-0007"} {
		if found := casesOf([]Case{exit}, who); len(found) != 1 {
			t.Fatalf("%q means %d cases", who, len(found))
		}
		if got := decideErasure(texts.Language{}, casesOf(knownTo([]Case{exit}, olivia), who), olivia, monday()); CodeOf(got) != NotFound {
			t.Errorf("%q: %v", who, got)
		}
		if found := casesOf(knownTo([]Case{exit}, stan), who); len(found) != 1 {
			t.Errorf("another owner finds %d cases of %q", len(found), who)
		}
	}
	start := over(t, func(c *Case) { c.Account = olivia.ID })
	if got := decideErasure(texts.Language{}, casesOf(knownTo([]Case{start, exit}, olivia), olivia.Name), olivia, monday()); CodeOf(got) == Internal {
		t.Errorf("their own start: %v", got)
	}
}

// TestNamesakesWithoutAccounts never came, and have nothing but their name in common: the name means neither.
func TestNamesakesWithoutAccounts(t *testing.T) {
	one, two := over(t, func(c *Case) { c.Account = "" }), over(t, func(c *Case) { c.ID, c.Account = "J-2026-0002", "" })
	for who, want := range map[string]int{"Priya Patel": 0, one.Subject().UPN: 0, "J-2026-0001": 1, "J-2026-0002": 1} {
		if got := casesOf([]Case{one, two}, who); len(got) != want {
			t.Errorf("%q means %d cases, want %d", who, len(got), want)
		}
	}
}
