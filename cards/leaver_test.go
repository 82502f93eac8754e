package cards

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/flows"
)

func exitGallery(t testing.TB) map[string]Card {
	p, now := examplePolicy(), atLondon(t, "2026-11-23 10:00:00")
	draft := func(s flows.DraftState, urgent bool, change func(*flows.Draft)) Card {
		sentence := "leaver Tom Hughes, last day 30 November"
		if urgent {
			sentence = "urgent leaver Tom Hughes"
		}
		d := flows.Draft{
			ID: "D-8c1b", State: s, By: hannah, Sentence: sentence, Event: exampleExit(urgent), Facts: exitFacts(), Plan: exitPlanOf(t, urgent), At: now,
			Warnings: []string{"Tom Hughes owns Sales Team and Wiki Editors: Maria Lopez becomes owner instead. Nobody else owns Sales Team.", "Priya Patel and Sam Taylor report to Tom Hughes and need a new manager."},
		}
		if change != nil {
			change(&d)
		}
		return Draft(spoken, d, p, now)
	}
	all := map[string]Card{
		"draft-exit-reading": draft(flows.DraftReading, false, func(d *flows.Draft) { d.Event = flows.PeopleEvent{Kind: flows.LeaverEvent} }),
		"draft-exit-form-empty": draft(flows.DraftForm, false, func(d *flows.Draft) {
			d.Event, d.Sentence = flows.PeopleEvent{Kind: flows.LeaverEvent}, "leaver"
		}),
		"draft-exit-form-doubts": draft(flows.DraftForm, false, func(d *flows.Draft) {
			d.Event.Subject, d.Event.Site, d.Event.LastDay = flows.Person{}, "", "2026-11-28"
			d.Subjects = []flows.Account{
				{ID: sam.ID, Name: "Sam Taylor", JobTitle: "Account Manager", Office: "London"},
				{ID: "00000000-0000-4000-a000-000000000021", Name: "Sam Taylor", JobTitle: "Warehouse Operative", Office: "Leeds"},
			}
			d.Problems = map[string]string{
				"subject": "Two people are called Sam Taylor. Choose one.", "last_day": "28 November 2026 is a Saturday, not a Friday.",
				"last_time": "Write the time like 17:30.", "successor": "The successor cannot be the one who leaves.", "site": "Choose the site.",
			}
		}),
		"draft-exit-form-full":    draft(flows.DraftForm, false, nil),
		"draft-urgent-form":       draft(flows.DraftForm, true, nil),
		"draft-urgent-form-empty": draft(flows.DraftForm, true, func(d *flows.Draft) { d.Event = flows.PeopleEvent{Kind: flows.LeaverEvent, Urgent: true} }),
		"draft-exit-checking":     draft(flows.DraftChecking, false, nil),
		"draft-exit-summary":      draft(flows.DraftSummary, false, nil),
		"draft-exit-summary-big":  draft(flows.DraftSummary, false, func(d *flows.Draft) { d.Plan = bigExit(t, false, 60, "Department share") }),
		"draft-exit-summary-late": draft(flows.DraftSummary, false, func(d *flows.Draft) {
			d.Event.LastDay, d.Event.LastTime = "2026-11-20", ""
			for i, s := range d.Plan.Steps {
				if s.Due.Equal(d.Plan.Steps[0].Due) && i > 0 {
					d.Plan.Steps[i].Due = atLondon(t, "2026-11-20 17:30:00")
				}
			}
			d.Plan.Steps[0].Due = atLondon(t, "2026-11-20 17:30:00")
			d.Warnings = append(d.Warnings, "The exit has passed: sign-in was open for 3 days longer.")
		}),
		"draft-exit-form-hold": draft(flows.DraftForm, false, func(d *flows.Draft) {
			d.Event.Hold, d.Event.HoldUntil = "Claim 17 of a customer", "2026-11-27"
			d.Problems = map[string]string{"hold_until": "The hold would be looked at before the last day. Choose a later day, or leave it empty."}
		}),
		"draft-exit-summary-hold": draft(flows.DraftSummary, false, func(d *flows.Draft) { onHold(d) }),
		"draft-urgent-summary":    draft(flows.DraftSummary, true, nil),
		"draft-exit-confirmed":    draft(flows.DraftConfirmed, false, func(d *flows.Draft) { d.Case = "L-2026-0007" }),
		"draft-urgent-confirmed":  draft(flows.DraftConfirmed, true, func(d *flows.Draft) { d.Case = "L-2026-0007" }),
		"draft-exit-withdrawn":    draft(flows.DraftWithdrawn, false, nil),
	}
	for name, card := range urgentGallery(t) {
		all[name] = card
	}
	for name, card := range leaverGallery(t) {
		all[name] = card
	}
	for name, card := range beyondGallery(t) {
		all[name] = card
	}
	return all
}

// onHold has the data of the example leaver kept.
func onHold(d *flows.Draft) {
	d.Event.Hold, d.Event.HoldUntil = "Claim 17 of a customer", "2027-06-30"
	d.Plan.Steps = slices.DeleteFunc(slices.Clone(d.Plan.Steps), func(s flows.Step) bool { return s.Task == flows.RemoveLicence })
	d.Warnings = append([]string{"No licence is taken back, because of a hold: Claim 17 of a customer. HR is asked to look at it again on Wed 30 June 2027."}, d.Warnings...)
}

func urgentGallery(t testing.TB) map[string]Card {
	open := func() *play { return leave(t, exampleExit(true), exitPlanOf(t, true)) }
	refused := func() *play {
		s := open()
		return s.at("2026-11-23 10:02:11", flows.Rejected{Shown: s.c.Shown, By: oscar, Reason: "Not before I have spoken with him."})
	}
	running := func() *play {
		return lockedOut(t).see("2026-11-23 10:01:50", "reply", "owner:Sales Team", "group:Sales").
			at("2026-11-23 10:01:52", flows.StepFailed{Step: "group:CRM Users", Cause: "Microsoft 365 refused the change.", Tries: 1})
	}
	closed := func() *play {
		s := lockedOut(t)
		for _, st := range s.c.Plan.Steps[2:] {
			s.see("2026-12-23 10:00:08", st.Key)
		}
		return s.at("2026-12-23 10:00:09", flows.Closed{Verified: 15})
	}
	half := confirmed(t).at("2026-11-23 10:01:41", flows.StepStarted{Step: "block", Before: "sign-in is open"})
	const now, soon = "2026-11-23 10:01:00", "2026-11-23 10:02:00"
	return map[string]Card{
		"urgent-open":              draw(open(), now, flows.CardUrgent, "", to(aisha)),
		"urgent-big":               draw(leave(t, exampleExit(true), bigExit(t, true, 60, "Department share")), now, flows.CardUrgent, "", to(aisha)),
		"urgent-overdue":           draw(open(), "2026-11-23 10:20:00", flows.CardUrgent, "", to(aisha)),
		"urgent-confirmed":         draw(half, "2026-11-23 10:01:41", flows.CardUrgent, "", to(aisha)),
		"urgent-receipt":           draw(running(), soon, flows.CardUrgent, "", to(aisha)),
		"urgent-receipt-end":       draw(closed(), "2026-12-23 11:00:00", flows.CardUrgent, "", to(aisha)),
		"urgent-other":             draw(running(), soon, flows.CardUrgent, "", to(oscar)),
		"urgent-refused":           draw(refused(), "2026-11-23 10:03:00", flows.CardUrgent, "", to(oscar)),
		"urgent-refused-other":     draw(refused(), "2026-11-23 10:03:00", flows.CardUrgent, "", to(aisha)),
		"urgent-ended":             draw(open().at("2026-11-23 10:03:00", flows.Cancelled{By: hannah, Reason: "Not needed any more."}), "2026-11-23 10:04:00", flows.CardUrgent, "", to(aisha)),
		"progress-urgent-waiting":  draw(open(), now, flows.CardProgress, "", to(hannah)),
		"progress-urgent-running":  draw(running(), soon, flows.CardProgress, "", to(hannah)),
		"progress-urgent-refused":  draw(refused(), "2026-11-23 10:03:00", flows.CardProgress, "", to(hannah)),
		"timeline-urgent":          Timeline(spoken, lockedOut(t).c, lockedOut(t).recs),
		"progress-urgent-starting": draw(half, "2026-11-23 10:01:41", flows.CardProgress, "", to(hannah)),
	}
}

func leaverGallery(t testing.TB) map[string]Card {
	planned := func() *play { return leave(t, exampleExit(false), exitPlanOf(t, false)) }
	const evening = "2026-11-30 17:45:00"
	return map[string]Card{
		"progress-exit-scheduled": draw(planned(), "2026-11-24 10:00:00", flows.CardProgress, "", to(hannah)),
		"progress-exit-running":   draw(left(t), evening, flows.CardProgress, "", to(hannah)),
		"progress-exit-open":      draw(stuckExit(t, "block"), evening, flows.CardProgress, "", to(hannah)),
		"failure-exit-block":      draw(stuckExit(t, "block"), evening, flows.CardFailure, "block", inIT()),
		"failure-exit-group":      draw(stuckExit(t, "group:Sales"), evening, flows.CardFailure, "group:Sales", inIT()),
		"manual-exit-handover":    draw(planned(), "2026-11-24 10:00:00", flows.CardManual, "handover:reports", to(olivia)),
		"manual-exit-group":       draw(left(t), evening, flows.CardManual, "group:Price List Editors", inIT()),
		"manual-exit-waits":       draw(planned(), "2026-11-24 10:00:00", flows.CardManual, "group:Price List Editors", inIT()),
		"list-exit":               List(spoken, "2 cases match.", []flows.Case{planned().c, lockedOut(t).c}, atLondon(t, "2026-11-24 10:00:00")),
	}
}

// TestLeaverStory holds the first line in each state: nobody is said to be locked out before it is seen.
func TestLeaverStory(t *testing.T) {
	stopped := func(s *play) *play {
		return s.at("2026-11-23 10:03:00", flows.Cancelled{By: hannah, Reason: "Stays."})
	}
	byClosing := exampleExit(false)
	byClosing.LastTime = ""
	urgent := func() *play { return leave(t, exampleExit(true), exitPlanOf(t, true)) }
	planned := func() *play { return leave(t, exampleExit(false), exitPlanOf(t, false)) }
	for name, tt := range map[string]struct {
		s    *play
		now  string
		want string
	}{
		"planned":            {planned(), "2026-11-24 10:00:00", "Tom Hughes leaves on Mon 30 November 2026 at 17:30 (London)."},
		"when the site ends": {leave(t, byClosing, exitPlanOf(t, false)), "2026-11-24 10:00:00", "Tom Hughes leaves on Mon 30 November 2026 at 17:30 (London)."},
		"a minute before":    {planned(), "2026-11-30 17:29:00", "Tom Hughes leaves on Mon 30 November 2026 at 17:30 (London)."},
		"after":              {left(t), "2026-11-30 17:31:00", "Tom Hughes left on Mon 30 November 2026 at 17:30 (London)."},
		"called off":         {stopped(planned()), "2026-12-24 10:00:00", "Tom Hughes was to leave on Mon 30 November 2026 at 17:30 (London)."},
		"urgent, asked":      {urgent(), "2026-11-23 10:01:00", "Urgent exit: Tom Hughes is to be locked out at once."},
		"urgent, confirmed":  {confirmed(t), "2026-11-23 10:02:00", "Urgent exit: Tom Hughes is being locked out."},
		"urgent, seen":       {lockedOut(t), "2026-11-23 10:02:00", "Urgent exit: Tom Hughes has been locked out since Mon 23 Nov 2026, 10:01 (London)."},
		"urgent, lost": {
			lockedOut(t).at("2026-11-23 12:00:00", flows.StepLost{Step: "block", Seen: "sign-in is open"}), "2026-11-23 12:01:00",
			"Urgent exit: Tom Hughes is being locked out.",
		},
		"urgent, called off": {stopped(urgent()), "2026-11-24 10:00:00", "Urgent exit: Tom Hughes was to be locked out at once."},
	} {
		t.Run(name, func(t *testing.T) {
			v := view{Case: tt.s.c, now: atLondon(t, tt.now), loc: tt.s.c.Location()}
			if got := v.story(); got != tt.want {
				t.Errorf("first line %q, want %q", got, tt.want)
			}
		})
	}
}

// TestExitParts holds that every step of an exit stands in the summary once, and at its time.
func TestExitParts(t *testing.T) {
	admin := exitPlanOf(t, true)
	admin.Steps[0].Task, admin.Steps[0].Owner = flows.Manual, "it"
	late := exitPlanOf(t, false)
	for i, s := range late.Steps {
		if strings.HasPrefix(string(s.Key), "handover:") {
			late.Steps[i].Due = atLondon(t, "2026-12-04 17:30:00")
		}
	}
	for name, tt := range map[string]struct {
		p      flows.Plan
		urgent bool
		now    string
		want   map[string]int
	}{
		"planned":                   {exitPlanOf(t, false), false, "2026-11-23 10:00:00", map[string]int{"Before": 2, "At the exit": 11, "Later": 2}},
		"back-dated":                {late, false, "2026-12-02 10:00:00", map[string]int{"As soon as you confirm, since the exit has passed": 11, "Later": 4}},
		"urgent":                    {exitPlanOf(t, true), true, "2026-11-23 10:01:00", map[string]int{"In the next minute": 2, "Straight after that": 11, "Later": 2}},
		"urgent, blocked by people": {admin, true, "2026-11-23 10:01:00", map[string]int{"As soon as it is confirmed": 13, "Later": 2}},
	} {
		t.Run(name, func(t *testing.T) {
			got := map[string]int{}
			for _, p := range exitParts(spoken, tt.p, tt.urgent, atLondon(t, tt.now)) {
				for _, l := range linesOf(p.steps) {
					got[p.title] += len(l.steps)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("steps in each part (-want +got):\n%s", diff)
			}
		})
	}
}

// words are all that a reader sees on a card.
func words(t testing.TB, c Card) string {
	var out []string
	walk(parse(t, c), nil, func(n node, _ []node) {
		for _, key := range []string{"text", "title", "label", "value"} {
			out = append(out, str(n, key))
		}
	})
	slices.Sort(out)
	return strings.Join(out, "\n")
}

// TestReceipt holds the times of an urgent exit: to the second what was seen, and as a time of day how long Microsoft may need.
func TestReceipt(t *testing.T) {
	const now = "2026-11-23 10:03:00"
	for name, tt := range map[string]struct {
		s         *play
		want, not []string
	}{
		"both seen": {
			lockedOut(t),
			[]string{"Mon 23 Nov 2026, 10:01:42", "Mon 23 Nov 2026, 10:01:44", "by Mon 23 Nov, 10:17.", "until about Mon 23 Nov, 11:02.", "Sign-in is blocked", "Earlier sign-ins do not count any more"},
			[]string{"counts from the moment"},
		},
		"only the block": {
			confirmed(t).see("2026-11-23 10:01:42", "block"),
			[]string{"Mon 23 Nov 2026, 10:01:42", "This counts from the moment at which both are seen."},
			[]string{"until about"},
		},
		"nothing yet": {confirmed(t), []string{"not seen to be blocked yet", "This counts from"}, []string{"✓ Seen", "▸ Still running"}},
		"the revocation failed": {
			confirmed(t).see("2026-11-23 10:01:42", "block").at("2026-11-23 10:02:00", flows.StepFailed{Step: "revoke", Cause: "Refused.", Tries: 1}),
			[]string{"Needs people", "This counts from"},
			[]string{"until about"},
		},
	} {
		for card, who := range map[flows.CardName]flows.Person{flows.CardUrgent: aisha, flows.CardProgress: hannah} {
			t.Run(name+" "+string(card), func(t *testing.T) {
				seen := words(t, draw(tt.s, now, card, "", to(who)))
				for _, w := range tt.want {
					if !strings.Contains(seen, w) {
						t.Errorf("no %q in:\n%s", w, seen)
					}
				}
				for _, w := range tt.not {
					if strings.Contains(seen, w) {
						t.Errorf("%q in:\n%s", w, seen)
					}
				}
			})
		}
	}
}

// TestWindowsRoundUp holds that Microsoft is never said to be ready earlier than it may be.
func TestWindowsRoundUp(t *testing.T) {
	for at, want := range map[string]string{"10:00:00": "10:15", "10:00:01": "10:16", "10:00:59": "10:16"} {
		v := view{loc: atLondon(t, "2026-11-23 "+at).Location()}
		lines := v.windows(atLondon(t, "2026-11-23 "+at))
		if got := lines[1].(richText).Inlines[0].Text; !strings.HasSuffix(got, "by Mon 23 Nov, "+want+".") {
			t.Errorf("%s: %s", at, got)
		}
	}
}

// TestUrgentIsQuiet holds that no notification of an urgent exit names anybody: it may light up beside the person.
func TestUrgentIsQuiet(t *testing.T) {
	for name, s := range map[string]*play{"open": leave(t, exampleExit(true), exitPlanOf(t, true)), "confirmed": lockedOut(t)} {
		for _, card := range []flows.CardName{flows.CardUrgent, flows.CardProgress, flows.CardManual, flows.CardFailure} {
			line := Summary(spoken, s.c, flows.Slot{Case: s.c.ID, Card: card, To: to(aisha)})
			if strings.Contains(line, "Tom") || strings.Contains(line, "Hughes") || !strings.Contains(line, string(s.c.ID)) {
				t.Errorf("%s, %s: %q", name, card, line)
			}
		}
	}
	for _, state := range []flows.DraftState{flows.DraftReading, flows.DraftForm, flows.DraftChecking, flows.DraftSummary, flows.DraftConfirmed, flows.DraftWithdrawn} {
		if line := DraftSummary(spoken, flows.Draft{State: state, Event: exampleExit(true)}); strings.Contains(line, "Hughes") || !strings.Contains(line, "urgent exit") {
			t.Errorf("draft, %s: %q", state, line)
		}
	}
	planned := leave(t, exampleExit(false), exitPlanOf(t, false)).c
	if line := Summary(spoken, planned, flows.Slot{Case: planned.ID, Card: flows.CardFailure, To: inIT()}); strings.Contains(line, "Hughes") {
		t.Errorf("in a channel: %q", line)
	}
}

// TestNothingToldToLeaver holds that no card of an exit says or asks that the person be told.
func TestNothingToldToLeaver(t *testing.T) {
	for name, card := range exitGallery(t) {
		seen := strings.ToLower(words(t, card))
		for _, w := range []string{"told", "informed", "welcome", "first day", "starts", "started"} {
			if strings.Contains(seen, w) {
				t.Errorf("%s says %q", name, w)
			}
		}
	}
}

// TestConfirmLooks holds that an urgent confirmation looks destructive and a planned one does not.
func TestConfirmLooks(t *testing.T) {
	all := exitGallery(t)
	for name, want := range map[string]string{"draft-exit-summary": positive, "draft-urgent-summary": destructive, "urgent-open": destructive} {
		style := ""
		walk(parse(t, all[name]), nil, func(n node, _ []node) {
			if str(n, "type") == "Action.Execute" && (str(n, "title") == "Confirm" || str(n, "title") == "Confirm now") {
				style = str(n, "style")
			}
		})
		if style != want {
			t.Errorf("%s: the button is %q, want %q", name, style, want)
		}
	}
}

// TestExitForms holds which inputs each form has, in which order, and that nobody in particular is put forward.
func TestExitForms(t *testing.T) {
	all := exitGallery(t)
	for name, want := range map[string][]string{
		"draft-exit-form-empty":   {fieldSubject, fieldLastDay, fieldLastTime, fieldSuccessor, fieldSite, fieldHold, fieldHoldUntil, fieldReply, fieldNotes},
		"draft-urgent-form-empty": {fieldSubject, fieldSuccessor, fieldSite, fieldHold, fieldHoldUntil, fieldReply, fieldNotes},
	} {
		var got []string
		for _, b := range parse(t, all[name])["body"].([]any) {
			n := b.(node)
			if strings.HasPrefix(str(n, "type"), "Input.") {
				got = append(got, str(n, "id"))
			}
			if id := str(n, "id"); id == fieldSubject || id == fieldSuccessor {
				for _, c := range n["choices"].([]any) {
					if str(c.(node), "value") != nobody {
						t.Errorf("%s: %s puts %v forward", name, id, c)
					}
				}
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestNobodyChosen holds that the choice of nobody in particular is read as an empty field, and only in the pickers.
func TestNobodyChosen(t *testing.T) {
	p, err := Read(spoken, map[string]any{"verb": flows.VerbCheck, "draft": "D-1", fieldSubject: nobody, fieldSuccessor: nobody, fieldNotes: nobody, fieldLastDay: "2026-11-30", fieldLastTime: "17:30", fieldReply: " Away. "})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{fieldSubject: "", fieldSuccessor: "", fieldNotes: nobody, fieldLastDay: "2026-11-30", fieldLastTime: "17:30", fieldReply: "Away."}
	if diff := cmp.Diff(want, p.Inputs); diff != "" {
		t.Errorf("inputs (-want +got):\n%s", diff)
	}
}

// TestExitTypedText holds that typed text and names stand in runs only, on the cards of an exit too.
func TestExitTypedText(t *testing.T) {
	const hostile = "[x](http://e.example) **b** <at>a</at>"
	e, p := exampleExit(true), exitPlanOf(t, true)
	e.Subject.Name, e.Notes, e.Reply, e.Successor.Name = hostile, hostile, hostile, hostile
	for i := range p.Steps {
		p.Steps[i].Name, p.Steps[i].Title, p.Steps[i].Note, p.Steps[i].Person.Name = hostile, hostile, hostile, hostile
	}
	open := leave(t, e, p)
	d := flows.Draft{ID: "D-1", State: flows.DraftSummary, By: hannah, Event: e, Plan: p, Warnings: []string{hostile}, Facts: flows.Facts{Subject: flows.Account{Name: hostile, Given: hostile, UPN: hostile}, Seconds: []flows.Person{{ID: aisha.ID, Name: hostile}}}}
	form := d
	form.State, form.Subjects, form.Problems = flows.DraftForm, []flows.Account{{ID: sam.ID, Name: hostile}}, map[string]string{"subject": hostile}
	running := leave(t, e, p)
	running.at("2026-11-23 10:01:40", flows.Approved{Shown: running.c.Shown, Plan: running.c.Plan.Chosen(nil).Hash(), By: aisha}).see("2026-11-23 10:01:42", "block")
	now := atLondon(t, "2026-11-23 10:02:00")
	for name, card := range map[string]Card{
		"summary": Draft(spoken, d, examplePolicy(), now), "form": Draft(spoken, form, examplePolicy(), now),
		"urgent": draw(open, "2026-11-23 10:01:00", flows.CardUrgent, "", to(aisha)), "receipt": draw(running, "2026-11-23 10:02:00", flows.CardUrgent, "", to(aisha)),
		"progress": draw(running, "2026-11-23 10:02:00", flows.CardProgress, "", to(hannah)),
		"manual":   draw(running, "2026-11-23 10:02:00", flows.CardManual, "manual:Laptop", inIT()),
	} {
		t.Run(name, func(t *testing.T) { holdTyped(t, card, hostile) })
	}
}

// TestExitSize holds that the cards of somebody who is in very many groups can be sent.
func TestExitSize(t *testing.T) {
	long := strings.Repeat("長い名前 ", 20)
	e := exampleExit(true)
	e.Subject.Name, e.Notes, e.Reply = long, long+long, strings.Repeat(long, 10)
	p := bigExit(t, true, 250, long)
	s := leave(t, e, p)
	d := flows.Draft{ID: "D-1", State: flows.DraftSummary, By: hannah, Event: e, Plan: p, Facts: exitFacts()}
	for range 200 {
		d.Facts.Owned = append(d.Facts.Owned, flows.Owned{Group: flows.Group{Name: long}, Last: true})
		d.Facts.Reports = append(d.Facts.Reports, flows.Person{Name: long})
		d.Warnings = append(d.Warnings[:min(len(d.Warnings), 10)], long+long)
	}
	run := leave(t, e, p)
	run.at("2026-11-23 10:01:40", flows.Approved{Shown: run.c.Shown, Plan: run.c.Plan.Chosen(nil).Hash(), By: aisha}).see("2026-11-23 10:01:42", "block", "revoke")
	now := "2026-11-23 10:02:00"
	for name, card := range map[string]Card{
		"summary": Draft(spoken, d, examplePolicy(), atLondon(t, now)), "urgent": draw(s, now, flows.CardUrgent, "", to(aisha)),
		"receipt": draw(run, now, flows.CardUrgent, "", to(aisha)), "progress": draw(run, now, flows.CardProgress, "", to(hannah)), "waiting": draw(s, now, flows.CardProgress, "", to(hannah)),
	} {
		if len(card) > largest {
			t.Errorf("%s has %d bytes", name, len(card))
		}
	}
}

// TestOtherKinds holds that a case has no card that only another kind of case has.
func TestOtherKinds(t *testing.T) {
	joiner, planned, urgent := broken(t).c, left(t).c, lockedOut(t).c
	for name, tt := range map[string]struct {
		c    flows.Case
		card flows.CardName
		step flows.StepKey
	}{
		"an urgent card of a joiner":       {joiner, flows.CardUrgent, ""},
		"an urgent card of a planned exit": {planned, flows.CardUrgent, ""},
		"an approval of an exit":           {planned, flows.CardApproval, ""},
		"an approval of an urgent exit":    {urgent, flows.CardApproval, ""},
		"a no-show of an exit":             {planned, flows.CardNoShow, ""},
		"a pass of an exit":                {planned, flows.CardCredential, "block"},
	} {
		t.Run(name, func(t *testing.T) {
			if card, err := Slot(spoken, tt.c, flows.Slot{Case: tt.c.ID, Card: tt.card, Step: tt.step}, time.Time{}); card != nil || flows.CodeOf(err) != flows.Invalid {
				t.Errorf("drawn %s, error %v", card, err)
			}
		})
	}
}
