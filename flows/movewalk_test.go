package flows

import (
	"maps"
	"slices"
	"testing"
	"time"

	"muster/flows/texts"

	"pgregory.net/rapid"
)

// raisedWith is the case of an event on the sandbox's policy, with the plan of now.
func raisedWith(t testing.TB, p *Policy, ev PeopleEvent, f Facts, plan Plan) Case {
	t.Helper()
	site := p.Sites[ev.Site]
	b := Raised{
		Draft: "D-1", Event: ev, By: hannah, Zone: site.TimeZone, Site: site, Facts: f, Plan: plan,
		RemindAt: site.AddWorkingHours(monday(), 8), Escalate: site.AddWorkingHours(monday(), 16),
	}
	if ev.Kind == MoverEvent {
		b.ReleaseBy = site.AddWorkingHours(monday(), 40)
	}
	c, err := Case{}.Apply(Entry{Case: priyasCase, At: monday(), By: hannah.ID, Body: b})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// released is Tom's decision on what goes.
func released(t testing.TB, c Case, keep map[StepKey]Keep, drop ...StepKey) Released {
	t.Helper()
	plan, err := c.Plan.Released(texts.Language{}, keep, drop, tom, "2026-11-23", c.Site)
	if err != nil {
		t.Fatal(err)
	}
	return Released{Shown: c.Shown, Keep: keep, Drop: drop, Plan: plan.Hash(), By: tom, Since: "2026-11-23"}
}

// walker is a kind of event whose date is moved: how its case begins, and its plan for another date.
type walker struct {
	begin func(t *testing.T, r *rapid.T) Case
	plan  func(c Case, ev PeopleEvent, now time.Time) (Plan, error)
}

func walkers(t *testing.T) map[string]walker {
	p, _ := sandboxPolicy(t)
	mover := func(end Date, choir bool) walker {
		ev := nadiaMoves(func(e *PeopleEvent) { e.End = end })
		facts := nadiasFacts(p, func(f *Facts) {
			if choir {
				f.Member = append(f.Member, Group{ID: "x", Name: "Choir", Kind: SecurityGroup}, Group{ID: "y", Name: "Chess", Kind: SecurityGroup})
			}
		})
		return walker{
			begin: func(t *testing.T, r *rapid.T) Case {
				plan, _, err := PlanMover(ev, p, facts, signers(), monday())
				if err != nil {
					t.Fatal(err)
				}
				c := raisedWith(t, p, ev, facts, plan)
				keep, drop := map[StepKey]Keep(nil), []StepKey(nil)
				if rapid.Bool().Draw(r, "keeps") {
					keep = map[StepKey]Keep{"out:group:CRM Users": {Until: "2027-03-31", Reason: "the old project"}}
				}
				if choir && rapid.Bool().Draw(r, "drops") {
					drop = []StepKey{"out:group:Choir"}
				}
				for _, who := range rapid.SampledFrom([][]string{{}, {"receiving"}, {"releasing"}, {"receiving", "releasing"}, {"releasing", "receiving"}}).Draw(r, "decided") {
					if who == "receiving" {
						yes := approval(c, "group:Finance")
						yes.By = aisha
						c = foldOn(t, c, yes)
					} else {
						c = foldOn(t, c, released(t, c, keep, drop...))
					}
				}
				return c
			},
			plan: func(c Case, ev PeopleEvent, now time.Time) (Plan, error) {
				plan, _, err := PlanMover(ev, p, c.Facts, signers(), now)
				return plan, err
			},
		}
	}
	stansName, stansFacts := stanRenamed(nil)
	toms := PeopleEvent{Kind: LeaveEvent, Subject: tom, Manager: olivia, Site: "London", Start: "2027-01-11", End: "2027-06-30", SignIn: signInBlock, Licences: licencesKeep, Reply: "Away."}
	away := tomsFacts(func(f *Facts) { f.Route = olivia })
	return map[string]walker{
		"mover":               mover("", false),
		"mover with a choice": mover("", true),
		"secondment":          mover("2027-07-30", true),
		"rename": {
			begin: func(t *testing.T, _ *rapid.T) Case {
				plan, _, err := PlanRename(stansName, p, stansFacts, monday())
				if err != nil {
					t.Fatal(err)
				}
				return raisedWith(t, p, stansName, stansFacts, plan)
			},
			plan: func(c Case, ev PeopleEvent, now time.Time) (Plan, error) {
				plan, _, err := PlanRename(ev, p, c.Facts, now)
				return plan, err
			},
		},
		"leave": {
			begin: func(t *testing.T, _ *rapid.T) Case {
				plan, _, err := PlanLeave(toms, p, away, signers(), monday())
				if err != nil {
					t.Fatal(err)
				}
				return raisedWith(t, p, toms, away, plan)
			},
			plan: func(c Case, ev PeopleEvent, now time.Time) (Plan, error) {
				plan, _, err := PlanLeave(ev, p, c.Facts, signers(), now)
				return plan, err
			},
		},
		"exit": {
			begin: func(t *testing.T, _ *rapid.T) Case {
				ev := tomLeaves(nil)
				plan, _, err := PlanLeaver(ev, p, tomsFacts(nil), monday())
				if err != nil {
					t.Fatal(err)
				}
				return raisedWith(t, p, ev, tomsFacts(nil), plan)
			},
			plan: func(c Case, ev PeopleEvent, now time.Time) (Plan, error) {
				plan, _, err := PlanLeaver(ev, p, c.Facts, now)
				return plan, err
			},
		},
	}
}

// TestEdge2EveryKind: five dates one after the other, for every kind of event that has one, whoever has decided by then. No step runs before
// its time and none is lost, what is over stays over, what was decided stays decided, everybody hears of it once, and what is overdue is late.
func TestEdge2EveryKind(t *testing.T) {
	p, _ := sandboxPolicy(t)
	for name, w := range walkers(t) {
		t.Run(name, func(t *testing.T) {
			moves, ends := 0, 0
			rapid.Check(t, func(r *rapid.T) {
				c := w.begin(t, r)
				now := monday().Add(time.Hour)
				for range 5 {
					now = now.Add(time.Duration(rapid.IntRange(1, 300).Draw(r, "hours")) * time.Hour)
					if c.May != "" {
						c = c.runDue(t, r, now)
					}
					if c.Over() {
						return
					}
					of, ok := c.Kind.moves()
					if !ok {
						r.Fatalf("a %s cannot be moved", c.Kind)
					}
					from := now
					if c.seconded() && rapid.Bool().Draw(r, "end") {
						of, from = secondmentMoves(), c.Event.Start.Time().AddDate(0, 1, 0)
					}
					if of.fixed(c) != "" {
						continue
					}
					today := DateOf(now.In(c.Location()))
					ev := of.with(c.Event, DateOf(from).AddDays(rapid.IntRange(-10, 90).Draw(r, "day")), "")
					if ev == c.Event || len(of.check(ev, p, today)) > 0 {
						continue
					}
					plan, err := w.plan(c, ev, now)
					if err != nil {
						r.Fatal(err)
					}
					fits, kept := c.replanned(plan, ev)
					if !kept {
						if c.Kind != MoverEvent || !slices.ContainsFunc(c.Plan.Steps, func(s Step) bool { return s.Exception != nil }) {
							r.Fatalf("the items are the same and the decisions do not hold")
						}
						continue
					}
					was := c
					c = foldAt(t, c, now, ChangeAsked{N: len(c.Changes) + 1, What: MoveChange, By: hannah, Event: ev, Plan: fits, From: c.inForce(), Kept: kept, Shown: c.shownAnew(plan), ReleaseBy: now.AddDate(0, 0, 2)})
					ch, _ := c.OpenChange()
					shift := c.Shifted(ch, now)
					out, err := decideMove(c, ch, press(hannah, VerbChangeMake, func(t *Turn) { t.Plan = ch.Plan.Hash() }), now)
					if err != nil {
						r.Fatal(err)
					}
					c = foldAt(t, c, now, out.Entries[0].Body)
					moves++
					if ev.End != was.Event.End {
						ends++
					}
					holdWalk(r, was, c)
					if (shift.overdue().Step != "") && c.Late == nil {
						r.Fatal("something is overdue and the case is not late")
					}
					told := map[AccountID]int{}
					for _, e := range out.Add {
						say, err := DecodeErrand[SayWork](e)
						if err != nil {
							r.Fatal(err)
						}
						if told[say.To.Person]++; told[say.To.Person] > 1 || say.To.Person == c.Account && c.Kind != RenameEvent {
							r.Fatalf("told %d times: %s", told[say.To.Person], say.Text)
						}
					}
				}
			})
			if moves < 50 || name == "secondment" && ends < 10 {
				t.Errorf("%d moves, %d of the end: too few to show anything", moves, ends)
			}
		})
	}
}

// holdWalk holds what another date must leave as it is.
func holdWalk(r *rapid.T, was, c Case) {
	if (was.May != "") != (c.May != "") || was.Approval.State != c.Approval.State || was.Release.State != c.Release.State || !maps.EqualFunc(was.SignOffs, c.SignOffs, func(a, b SignOff) bool { return a.State == b.State }) {
		r.Fatalf("decided %q, %q, may %t; before %q, %q, may %t", c.Approval.State, c.Release.State, c.May != "", was.Approval.State, was.Release.State, was.May != "")
	}
	if c.May != "" && !c.planStands() {
		r.Fatal("the plan that may run is not the one that was decided on")
	}
	for _, s := range was.running().Steps {
		old, st, ok := was.Step(s.Key)
		_, now, still := c.Step(s.Key)
		switch {
		case !still:
			r.Fatalf("step %s is lost", s.Key)
		case ok && st.State.Over() && now.State != st.State:
			r.Fatalf("step %s was %s and is %s", s.Key, st.State, now.State)
		case old.Exception != nil:
			if x, _, _ := c.Step(s.Key); x.Exception == nil || x.Exception.Until != old.Exception.Until || x.Exception.By != old.Exception.By {
				r.Fatalf("%s is not kept any more", s.Key)
			}
		}
	}
	for _, e := range c.Errands() {
		w, err := DecodeErrand[StepWork](e)
		s, _, ok := c.Step(w.Step)
		if err == nil && ok && e.Kind == StepErrand && e.Due.Before(c.Due(s).Add(-time.Minute)) {
			r.Fatalf("step %s is to run at %s, before %s", s.Key, e.Due, s.Due)
		}
	}
}

// TestMoveOfMoverRefused: what was kept until a day must not go before the change, nor after the way back.
func TestMoveOfMoverRefused(t *testing.T) {
	p, _ := sandboxPolicy(t)
	for name, tt := range map[string]struct {
		start, end Date
		want       bool
	}{
		"earlier":                     {"2027-01-18", "2027-07-30", true},
		"later, the day still fits":   {"2027-03-01", "2027-07-30", true},
		"later than what is kept":     {"2027-04-12", "2027-07-30", false},
		"the end before what is kept": {"2027-02-01", "2027-03-12", false},
		"the end on the day":          {"2027-02-01", "2027-03-31", true},
	} {
		t.Run(name, func(t *testing.T) {
			ev := nadiaMoves(func(e *PeopleEvent) { e.End = "2027-07-30" })
			plan, _, err := PlanMover(ev, p, nadiasFacts(p, nil), signers(), monday())
			if err != nil {
				t.Fatal(err)
			}
			c := raisedWith(t, p, ev, nadiasFacts(p, nil), plan)
			c = foldOn(t, c, released(t, c, map[StepKey]Keep{"out:group:CRM Users": {Until: "2027-03-31", Reason: "the old project"}}))
			ev.Start, ev.End = tt.start, tt.end
			plan, _, err = PlanMover(ev, p, c.Facts, signers(), monday())
			if err != nil {
				t.Fatal(err)
			}
			if _, kept := c.replanned(plan, ev); kept != tt.want {
				t.Errorf("holds %t, want %t", kept, tt.want)
			}
		})
	}
}
