package flows

import "testing"

// TestMoverAsksNobody is elevated access whose only approver is the receiving manager, who has confirmed it and may not sign it off as well.
// Whoever decides last, and when nobody does, the sign-off is put to others at once: waiting would be for nobody.
func TestMoverAsksNobody(t *testing.T) {
	p, _ := sandboxPolicy(t)
	ev, facts := nadiaMoves(nil), nadiasFacts(p, nil)
	plan, _, err := PlanMover(ev, p, facts, signers(), monday())
	if err != nil {
		t.Fatal(err)
	}
	const elevated = StepKey("group:Finance Approvers")
	yes := func(t *testing.T, c Case, ticked ...StepKey) Case {
		t.Helper()
		turn := Turn{By: aisha, Case: c.ID, Plan: c.Shown, Verb: VerbApprove, Ticked: append([]StepKey{"group:Finance"}, ticked...)}
		ch, err := decideMover(c, turn, monday())
		if err != nil {
			t.Fatal(err)
		}
		return foldOn(t, c, ch.Entries[0].Body)
	}
	goes := func(t *testing.T, c Case) Case {
		t.Helper()
		ch, err := decideRelease(c, Turn{By: tom, Case: c.ID, Plan: c.Shown, Verb: VerbRelease}, nil, monday())
		if err != nil {
			t.Fatal(err)
		}
		return foldOn(t, c, ch.Entries[0].Body)
	}
	silence := func(t *testing.T, c Case) Case {
		t.Helper()
		ch, err := decideLapse(c, monday())
		if err != nil {
			t.Fatal(err)
		}
		return foldOn(t, c, ch.Entries[0].Body)
	}
	for name, tt := range map[string]struct {
		decide func(t *testing.T, c Case) Case
		atOnce bool
	}{
		"what comes, then what goes":  {func(t *testing.T, c Case) Case { return goes(t, yes(t, c, elevated)) }, true},
		"what goes, then what comes":  {func(t *testing.T, c Case) Case { return yes(t, goes(t, c), elevated) }, true},
		"what comes, then silence":    {func(t *testing.T, c Case) Case { return silence(t, yes(t, c, elevated)) }, true},
		"silence, then what comes":    {func(t *testing.T, c Case) Case { return yes(t, silence(t, c), elevated) }, true},
		"nothing elevated, then goes": {func(t *testing.T, c Case) Case { return goes(t, yes(t, c)) }, false},
		"only what goes is decided":   {goes, false},
	} {
		t.Run(name, func(t *testing.T) {
			c := tt.decide(t, raisedWith(t, p, ev, facts, plan))
			if _, asked := c.SignOffs[elevated]; asked != tt.atOnce {
				t.Fatalf("the sign-off is asked: %v", asked)
			}
			if now := c.SignOff.Escalate.Equal(monday()); now != tt.atOnce {
				t.Errorf("it is put to others at %v, want at once: %v", c.SignOff.Escalate, tt.atOnce)
			}
		})
	}
}
