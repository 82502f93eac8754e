package flows

import (
	"slices"
	"strings"
	"testing"
	"time"

	"muster/flows/texts"

	"pgregory.net/rapid"
)

func written(s string) string { return s }

func TestMapProcess(t *testing.T) {
	p, _ := sandboxPolicy(t)
	m := MapProcess(p, nil, func(s string) string { return "<" + s + ">" }, monday())
	if m.Counted || len(m.Flows) != len(everyFlow()) {
		t.Fatalf("%d workflows, counted %v", len(m.Flows), m.Counted)
	}
	for _, f := range m.Flows {
		lines := 0
		for _, s := range f.Steps {
			if s.Title == "" || s.Does == "" || s.Column < 0 || s.Column >= len(f.Columns) || !slices.Contains(Lanes(), s.Lane) || strings.Contains(s.Title, "_") {
				t.Errorf("%s: %+v", f.Name, s)
			}
			for _, key := range s.After {
				b, ok := f.Step(key)
				if !ok || b.Column > s.Column {
					t.Errorf("%s: %s comes after %s, which is later or not there", f.Name, s.Key, key)
				}
			}
			if !s.Decides() {
				lines++
			}
		}
		if lines != len(p.Workflows[f.Name]) {
			t.Errorf("%s: %d boxes for %d lines", f.Name, lines, len(p.Workflows[f.Name]))
		}
	}
	joiner, _ := m.Flow(JoinerFlow)
	if got := strings.Join(joiner.Columns, " | "); got != "When it is known | Within 16 working hours | Then | 5 working days before the first day, 09:00 | 1 working day before the first day, 09:00 | On the first day, 08:00 | 4 working hours after the sign-in is open" {
		t.Errorf("columns %s", got)
	}
	for key, lane := range map[string]Lane{announceStep: LaneHR, confirmStep: LaneManager, signOffStep: LaneApprover, "manual": LaneIT, "create_account": LaneMuster, "day_one_credential": LaneManager} {
		if s, ok := joiner.Step(key); !ok || s.Lane != lane {
			t.Errorf("%s is in the lane %q, not %q", key, s.Lane, lane)
		}
	}
	if got := m.Who[LaneHR]; len(got) == 0 || !strings.Contains(got[0], "<") {
		t.Errorf("HR is %v", got)
	}
}

// A policy's own lines show their title, their owner, for whom they are and what happens when they fail.
func TestMapProcessOwnLines(t *testing.T) {
	p, _ := sandboxPolicy(t)
	yes := true
	p.Workflows[LeaverFlow] = append(p.Workflows[LeaverFlow],
		Line{Task: Manual, Key: "badge", Title: "Block the badge of {name} at {organisation}", Owner: "ines.duarte@larkfield.example", At: atExit, Offset: &Due{WorkingDays: 1, At: "07:00"}, HoldDays: 3, When: &When{Site: []string{"London", "Leeds"}, Guest: &yes}, OnFailure: onStop, After: []string{"block_sign_in"}},
		Line{Task: Manual, Key: "talk", Title: "Exit interview", Owner: "hr", At: atPrepare, OnFailure: onGo})
	f, _ := MapProcess(p, nil, func(s string) string { return "Ines Duarte" }, monday()).Flow(LeaverFlow)
	badge, _ := f.Step("badge")
	if badge.Title != "Block the badge of the person at Larkfield Instruments" || badge.Who != "Ines Duarte" || badge.If != "London or Leeds, guests" || badge.Lane != LaneIT || badge.Fails != "Nothing else is begun until people have acted." {
		t.Errorf("badge %+v", badge)
	}
	if got := f.Columns[badge.Column]; got != "At the exit plus 1 working day, 07:00, held back 3 days" {
		t.Errorf("the badge is due %q", got)
	}
	if talk, _ := f.Step("talk"); talk.Lane != LaneHR || talk.Fails != "What depends on it goes on." {
		t.Errorf("talk %+v", talk)
	}
}

// Open cases stand where they wait: at people who decide, at a step that failed, or at their next step.
func TestMapProcessCounts(t *testing.T) {
	p, _ := sandboxPolicy(t)
	plan, _, err := PlanJoiner(priya(nil), p, larkfield(nil), signers(), monday())
	if err != nil {
		t.Fatal(err)
	}
	boss := Person{ID: "m", Name: "Tom"}
	waiting := Case{ID: "J-2026-0001", Version: 1, Kind: JoinerEvent, State: Waiting, Event: priya(nil), Zone: "Europe/London", Plan: plan, Raised: By{At: monday()}, Approval: Decision{Holders: []Person{boss}}}
	decided := waiting
	decided.Approval = Decision{State: "approved", By: boss, At: monday()}
	decided.May, decided.Steps, decided.State = plan.Hash(), planned(plan), Scheduled
	failed := decided
	failed.Account, failed.Steps = "them", slices.Clone(decided.Steps)
	failed = failed.with("account", func(st *StepStatus) { st.State = StepBroken })
	quiet := decided
	quiet.Steps = slices.Clone(decided.Steps)
	for _, s := range plan.Steps {
		if s.Task == Manual {
			quiet = quiet.with(s.Key, func(st *StepStatus) { st.State = StepDoneHand })
		}
	}
	over := decided
	over.State = Done
	correction := Case{ID: "C-2026-0001", Version: 1, Kind: CorrectionEvent, State: Running, May: "x"}
	m := MapProcess(p, []Case{waiting, waiting, decided, failed, quiet, over, correction}, written, monday())
	f, _ := m.Flow(JoinerFlow)
	now := map[string]int{}
	for _, s := range f.Steps {
		if s.Now > 0 {
			now[s.Key] = s.Now
		}
	}
	if f.Open != 5 || m.Others != 1 || now[confirmStep] != 2 || now["create_account"] != 2 || now["manual"] != 2 {
		t.Errorf("%d open, %d others, %v", f.Open, m.Others, now)
	}
}

// Every open case of a workflow is somewhere, and none of its words is on the map.
func TestMapProcessLosesNobody(t *testing.T) {
	p, _ := sandboxPolicy(t)
	usual, _, err := PlanJoiner(priya(nil), p, larkfield(nil), signers(), monday())
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(r *rapid.T) {
		c := Case{ID: "J-2026-0001", Version: 1, Kind: JoinerEvent, Event: priya(nil), Zone: "Europe/London", Plan: usual, May: usual.Hash(), Steps: planned(usual), State: Running, Approval: Decision{State: "approved", At: monday()}}
		for i := range c.Steps {
			c.Steps[i].State = rapid.SampledFrom([]StepState{Planned, StepDone, StepBroken, StepNotSeen, StepDoneHand}).Draw(r, "state")
		}
		c.Steps[len(c.Steps)-1].State = Planned
		f, _ := MapProcess(p, []Case{c}, written, monday().Add(time.Duration(rapid.IntRange(0, 2000).Draw(r, "hours"))*time.Hour)).Flow(JoinerFlow)
		sum := f.Else
		for _, s := range f.Steps {
			sum += s.Now
			if s.Now > 1 {
				r.Fatalf("%s has the one case %d times", s.Key, s.Now)
			}
		}
		if f.Open != 1 || sum == 0 {
			r.Fatalf("%d open, and it is nowhere", f.Open)
		}
	})
}

func TestProcessArg(t *testing.T) {
	for text, want := range map[string]string{"": "", "pdf": "", "joiner": "joiner.png", "Joiners": "joiner.png", "urgent leaver svg": "urgent_leaver.svg", "map of the mover pdf": "mover.pdf", "holiday": "!", "svg": "!", "../../etc png": "!"} {
		got, err := processArg(texts.Language{}, text)
		if err != nil {
			got = "!"
		}
		if got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}
