package flows

import (
	"slices"
	"strings"
	"testing"
	"time"

	"muster/flows/texts"

	"github.com/google/go-cmp/cmp"
)

// tale is a case told entry by entry, as its log has it.
type tale struct {
	t    testing.TB
	c    Case
	recs []Record
}

func begun(t testing.TB, at time.Time, change func(*Raised)) *tale {
	t.Helper()
	w := &tale{t: t}
	e := raised(t, change)
	w.tell(at, e.By, e.Body)
	if len(w.c.Approval.Holders) == 0 {
		return w
	}
	w.tell(at.Add(4*time.Second), "", Sent{Slot: w.asks(), To: Recipient{Person: w.c.Approval.Holders[0].ID}, Activity: "1"})
	return w
}

// asks is the slot of the card on which the decision is asked.
func (w *tale) asks() string {
	card := CardApproval
	if w.c.Event.Urgent {
		card = CardUrgent
	}
	return Slot{Case: w.c.ID, Card: card, To: Recipient{Person: w.c.Approval.Holders[0].ID}}.Key()
}

// tell adds one entry, which must follow.
func (w *tale) tell(at time.Time, by AccountID, b Body) {
	w.t.Helper()
	e := Entry{Case: priyasCase, At: at.UTC(), By: by, Body: b}
	next, err := w.c.Apply(e)
	if err != nil {
		w.t.Fatalf("%s: %v", b.Kind(), err)
	}
	w.c = next
	w.recs = append(w.recs, Record{Seq: int64(len(w.recs)), Entry: e, Kind: b.Kind()})
}

// approve is the decision of the one who is asked, or of by.
func (w *tale) approve(at time.Time, change func(*Approved)) {
	w.t.Helper()
	b := approval(w.c, "group:Sales", "team:Sales Team", "group:CRM Users")
	b.By = w.c.Approval.Holders[len(w.c.Approval.Holders)-1]
	if change != nil {
		change(&b)
		b.Plan = w.c.Plan.Chosen(b.Ticked).Hash()
	}
	w.tell(at, b.By.ID, b)
}

// run does what is left at its time, save some steps.
func (w *tale) run(except ...StepKey) {
	w.t.Helper()
	steps := slices.Clone(w.c.Plan.Steps)
	slices.SortStableFunc(steps, func(a, b Step) int { return a.Due.Compare(b.Due) })
	for _, s := range steps {
		_, st, _ := w.c.Step(s.Key)
		at := later(s.Due, w.c.Approval.At).Add(10 * time.Second)
		switch {
		case st.State.Over() || slices.Contains(except, s.Key):
		case s.Task == Manual:
			w.tell(s.Due.Add(-2*time.Hour), ivan.ID, StepByHand{Step: s.Key, By: ivan, Note: "handed over"})
		case s.Task == AskStarted:
			w.tell(at, "", StartAsked{Step: s.Key})
			w.tell(at.Add(20*time.Minute), tom.ID, Started{By: tom})
		case s.Task == CreateAccount:
			w.tell(at, "", StepVerified{Step: s.Key, After: "seen", Account: newcomer.ID})
		default:
			w.tell(at, "", StepVerified{Step: s.Key, After: "seen"})
		}
	}
}

func at(day string, clock ...int) time.Time {
	loc, err := time.LoadLocation("Europe/London")
	if err != nil {
		panic(err)
	}
	return Date(day).At(loc, clock[0], clock[1])
}

// spotless is a starter with whom everything went as it should.
func spotless(t testing.TB) *tale {
	t.Helper()
	w := begun(t, monday(), nil)
	w.approve(monday().Add(20*time.Minute), nil)
	w.run()
	return w
}

const november, january Month = "2026-11", "2027-01"

// reviewOf is the review of a month of one case, long after it.
func reviewOf(t testing.TB, m Month, before []Case, loose []Record, ws ...*tale) Review {
	t.Helper()
	loc, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	var logs []CaseLog
	for _, w := range ws {
		logs = append(logs, CaseLog{w.c.ID, w.recs})
	}
	return MakeReview(texts.Language{}, m, loc, at("2027-06-01", 9, 0), logs, loose, before)
}

// rulesOf are the reasons of a review's lines, each once.
func rulesOf(r Review) []ReviewRule {
	out := []ReviewRule{}
	for _, l := range r.Lines {
		for _, m := range l.Marks {
			if !slices.Contains(out, m.Rule) {
				out = append(out, m.Rule)
			}
		}
	}
	slices.Sort(out)
	return out
}

// A case that ran as it should needs no word, in no month.
func TestReviewOfACleanCase(t *testing.T) {
	w := spotless(t)
	for _, m := range []Month{november, "2026-12", january, "2027-02"} {
		if r := reviewOf(t, m, nil, nil, w); len(r.Lines) > 0 {
			t.Errorf("%s: %v", m, r.Lines)
		}
	}
}

// Each kind of anomaly, planted alone in a world that is otherwise clean, is found; and nothing else is.
func TestReviewFindsWhatWasPlanted(t *testing.T) {
	const first = StepKey("group:Sales")
	broken := func(w *tale) {
		w.approve(monday().Add(20*time.Minute), nil)
		s, _, _ := w.c.Step(first)
		w.tell(s.Due.Add(time.Minute), "", StepFailed{Step: first, Cause: "Microsoft 365 refused it for Priya Patel.", Tries: 5})
	}
	tests := map[string]struct {
		month  Month
		raise  func(*Raised)
		asked  time.Time
		tell   func(w *tale)
		before []Case
		loose  []Record
		want   []ReviewRule
		why    string // words of the first reason
	}{
		"urgent": {november, func(b *Raised) {
			b.Event.Kind, b.Event.Urgent, b.Event.Subject, b.Facts.Seconds = LeaverEvent, true, stan, []Person{olivia}
			b.Plan = Plan{Steps: []Step{{Key: exitKey, Task: BlockSignIn, Title: "Block the sign-in", Due: monday(), Choice: Fixed}}}
		}, monday(), func(w *tale) {
			w.approve(monday().Add(3*time.Minute), func(b *Approved) { b.Ticked = nil })
			w.run()
		}, nil, nil, []ReviewRule{UrgentRule}, "asked for by Hannah Reed and confirmed by Olivia Grant 3 minutes later"},
		"back-dated": {november, func(b *Raised) { b.Late = Lateness{Step: enableKey, Due: monday().Add(-72 * time.Hour)} }, monday(), func(w *tale) {
			w.approve(monday().Add(time.Hour), nil)
		}, nil, nil, []ReviewRule{BackDatedRule}, "Hannah Reed told it 3 days later"},
		"out of hours":             {november, nil, monday(), func(w *tale) { w.approve(at("2026-11-23", 22, 30), nil) }, nil, nil, []ReviewRule{HoursRule}, "Tom Hughes confirmed the access on Mon 23 November 2026, 22:30"},
		"announced at the weekend": {november, nil, at("2026-11-28", 11, 0), func(w *tale) { w.approve(at("2026-11-30", 10, 0), nil) }, nil, nil, []ReviewRule{HoursRule}, "Hannah Reed announced it on Sat 28 November 2026"},
		"self-raised":              {november, func(b *Raised) { b.By, b.Facts.Route = tom, olivia }, monday(), func(w *tale) { w.approve(monday().Add(time.Hour), nil) }, nil, nil, []ReviewRule{SelfRule}, "Tom Hughes announced it and is the person's manager"},
		"left out": {january, nil, monday(), func(w *tale) {
			broken(w)
			w.tell(at("2027-01-04", 9, 30), ivan.ID, WaiveAsked{Step: first, By: ivan, Reason: "not needed"})
			w.tell(at("2027-01-04", 9, 45), ines.ID, Waived{Step: first, By: ines, Asked: ivan, Reason: "not needed"})
			w.run()
		}, nil, nil, []ReviewRule{FailedRule, WaivedRule}, ""},
		"by hand": {january, nil, monday(), func(w *tale) {
			broken(w)
			w.tell(at("2027-01-04", 9, 30), ivan.ID, StepClaimed{Step: first, By: ivan, Note: "in the portal"})
			w.tell(at("2027-01-04", 9, 31), "", StepVerified{Step: first, After: "seen"})
			w.run()
		}, nil, nil, []ReviewRule{HandRule, FailedRule}, ""},
		"an exception": {november, func(b *Raised) {
			b.Event.Kind, b.Event.Subject = CorrectionEvent, stan
			b.Plan = Plan{Steps: []Step{{Key: "out:group:Wiki", Task: RemoveFromGroup, Title: "Remove from Wiki", Name: "Wiki", Due: at("2027-02-26", 17, 0), Choice: Fixed, Exception: &Exception{Until: "2027-02-26", By: ivan, Reason: "until Bea is back", Normal: monday()}}}}
		}, monday(), func(*tale) {}, nil, nil, []ReviewRule{ExceptionRule}, "Wiki until Fri 26 February 2027, asked for by Ivan Petrov"},
		"much more than the profile gives": {november, func(b *Raised) {
			for _, name := range strings.Fields("A B C D E F G H") {
				b.Plan.Steps = append(b.Plan.Steps, Step{Key: StepKey("group:" + name), Task: AddToGroup, Title: "Add to " + name, Name: name, Due: at("2027-01-04", 9, 0), Choice: Extra, Group: name})
			}
		}, monday(), func(w *tale) {
			w.approve(monday().Add(time.Hour), func(b *Approved) {
				for _, name := range strings.Fields("A B C D E F G H") {
					b.Ticked = append(b.Ticked, StepKey("group:"+name))
				}
			})
		}, nil, nil, []ReviewRule{LargeRule}, "8 things beyond the"},
		"much more than is usual": {november, nil, monday(), func(w *tale) { w.approve(monday().Add(time.Hour), nil) }, small5(t), nil, []ReviewRule{LargeRule}, "people in this job usually get 1"},
		"a no-show that did start": {january, nil, monday(), func(w *tale) {
			w.approve(monday().Add(20*time.Minute), nil)
			w.run(startedKey)
			w.tell(at("2027-01-05", 13, 0), "", StartAsked{Step: startedKey})
			w.tell(at("2027-01-05", 13, 20), tom.ID, NotStarted{By: tom})
			w.tell(at("2027-01-05", 15, 0), hannah.ID, Resumed{By: hannah})
		}, nil, nil, []ReviewRule{NoShowRule, UndoneRule}, ""},
		"done and then gone": {january, nil, monday(), func(w *tale) {
			w.approve(monday().Add(20*time.Minute), nil)
			w.run()
			w.tell(at("2027-01-05", 14, 0), "", StepLost{Step: first, Seen: "not a member"})
			w.tell(at("2027-01-05", 14, 1), "", StepVerified{Step: first, After: "seen"})
		}, nil, nil, []ReviewRule{LateRule, UndoneRule}, ""},
		"drift that was accepted": {november, nil, monday(), func(w *tale) {
			w.approve(monday().Add(20*time.Minute), nil)
			w.tell(at("2026-11-25", 6, 0), "", DriftFound{Account: newcomer.ID, Findings: []Finding{{Key: "g", Kind: DriftExtra, Name: "Finance"}}})
			w.tell(at("2026-11-25", 10, 0), ivan.ID, DriftIgnored{Account: newcomer.ID, Finding: Finding{Key: "g", Kind: DriftExtra, Name: "Finance"}, By: ivan, Reason: "a project"})
		}, nil, nil, []ReviewRule{DriftRule}, "Ivan Petrov accepted that Finance stays as it is"},
		"drift that nobody touched": {november, nil, monday(), func(w *tale) {
			w.approve(monday().Add(20*time.Minute), nil)
			w.tell(at("2026-11-25", 6, 0), "", DriftFound{Account: newcomer.ID, Findings: []Finding{{Key: "g", Kind: DriftExtra, Name: "Finance"}}})
		}, nil, nil, []ReviewRule{DriftRule}, "1 difference found on Wed 25 November 2026, 06:00 stood at the end of the month"},
		"late for the first day": {january, nil, monday(), func(w *tale) {
			w.approve(monday().Add(20*time.Minute), nil)
			w.run(enableKey)
			w.tell(at("2027-01-05", 11, 0), "", StepVerified{Step: enableKey, After: "seen"})
		}, nil, nil, []ReviewRule{LateRule}, "What the first day needs was done 3 hours after its time"},
		"not done at the end of the month": {january, nil, monday(), func(w *tale) {
			w.approve(monday().Add(20*time.Minute), nil)
			w.run("manual:Laptop")
		}, nil, nil, []ReviewRule{LateRule}, "Not done by the end of the month"},
		"failed": {january, nil, monday(), func(w *tale) {
			broken(w)
			s, _, _ := w.c.Step(first)
			w.tell(s.Due.Add(10*time.Minute), ivan.ID, StepRetried{Step: first, By: ivan})
			w.tell(s.Due.Add(11*time.Minute), "", StepVerified{Step: first, After: "seen"})
			w.run()
		}, nil, nil, []ReviewRule{FailedRule}, "Add to Sales."},
		"unseen for long": {january, nil, monday(), func(w *tale) {
			w.approve(monday().Add(20*time.Minute), nil)
			s, _, _ := w.c.Step(first)
			w.tell(s.Due.Add(time.Minute), "", StepUnseen{Step: first, Seen: "not a member", Next: s.Due.Add(time.Hour)})
			w.run(first)
			w.tell(s.Due.Add(50*time.Hour), "", StepVerified{Step: first, After: "seen"})
		}, nil, nil, []ReviewRule{LateRule, UnverifiedRule}, "Add to Sales for 2 days"},
		"decided in another's place": {november, nil, monday(), func(w *tale) {
			w.approve(monday().Add(20*time.Minute), func(b *Approved) { b.By, b.For = maria, tom })
		}, nil, nil, []ReviewRule{InPlaceRule}, "Maria Lopez approved the access in the place of Tom Hughes"},
		"handed over": {november, nil, monday(), func(w *tale) {
			w.tell(monday().Add(5*time.Minute), tom.ID, HandedOver{By: tom, To: maria})
			w.approve(monday().Add(20*time.Minute), nil)
		}, nil, nil, []ReviewRule{InPlaceRule}, "Maria Lopez approved the access, for which Tom Hughes was asked first"},
		"a rubber stamp": {november, nil, monday(), func(w *tale) { w.approve(monday().Add(7*time.Second), nil) }, nil, nil, []ReviewRule{QuickRule}, "Tom Hughes confirmed the access 3 seconds after the card came"},
		"long in coming": {november, nil, monday(), func(w *tale) { w.approve(at("2026-11-30", 11, 0), nil) }, nil, nil, []ReviewRule{SlowRule}, "The decision on the access took 7 days"},
		"still to come":  {november, nil, monday(), func(*tale) {}, nil, nil, []ReviewRule{SlowRule}, "was open at the end of the month"},
		"a deletion": {november, func(b *Raised) {
			b.Event.Kind, b.Event.Subject, b.Facts.Seconds = DeletionEvent, stan, []Person{olivia}
			b.Plan = Plan{Steps: []Step{{Key: "delete", Task: DeleteAccount, Title: "Delete the account", Due: monday(), Choice: Fixed}}}
		}, monday(), func(w *tale) {
			w.approve(monday().Add(time.Hour), func(b *Approved) { b.Ticked = nil })
			w.run()
		}, nil, nil, []ReviewRule{DeletionRule}, "Olivia Grant confirmed it"},
		"a wipe": {january, func(b *Raised) {
			b.Plan.Steps = append(b.Plan.Steps, Step{Key: "wipe", Task: WipeDevices, Title: "Wipe Priya Patel's old telephone", Due: at("2027-01-05", 9, 0), Choice: Fixed})
		}, monday(), func(w *tale) {
			w.approve(monday().Add(time.Hour), nil)
			w.run()
		}, nil, nil, []ReviewRule{WipeRule}, "Wipe the person's old telephone."},
		"refused": {november, nil, monday(), func(w *tale) {
			w.approve(monday().Add(time.Hour), nil)
			w.tell(monday().Add(2*time.Hour), hannah.ID, Heard{From: hannah, Verb: VerbSignOff})
			w.tell(monday().Add(2*time.Hour), hannah.ID, Refused{Verb: VerbSignOff, Code: Denied, Why: "You confirmed this people event."})
		}, nil, nil, []ReviewRule{RefusedRule}, "Hannah Reed tried to decide and was refused."},
		"erased": {november, nil, monday(), func(w *tale) { w.approve(monday().Add(time.Hour), nil) }, nil, []Record{
			{Seq: 7, Entry: Entry{At: monday().Add(time.Hour), By: oscar.ID, Body: PersonErased{Ref: "E-1", Ground: "asked for", By: olivia, Second: oscar, Found: Forgotten{Cases: 2}}}},
		}, []ReviewRule{ErasedRule}, "The data of a person were erased (2 cases): Olivia Grant asked for it, and Oscar Lind agreed."},
		"paused": {november, nil, monday(), func(w *tale) { w.approve(monday().Add(time.Hour), nil) }, nil, []Record{
			{Seq: 7, Entry: Entry{At: monday().Add(time.Hour), By: olivia.ID, Body: WorkPaused{By: olivia, Reason: "payroll"}}},
			{Seq: 9, Entry: Entry{At: monday().Add(3 * time.Hour), By: oscar.ID, Body: WorkResumed{By: oscar, Since: monday().Add(time.Hour)}}},
			{Seq: 10, Entry: Entry{At: at("2026-12-02", 9, 0), Body: WorkPaused{Reason: "another month"}}},
		}, []ReviewRule{PausedRule}, "Everything was paused by Olivia Grant."},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := begun(t, tt.asked, tt.raise)
			tt.tell(w)
			r := reviewOf(t, tt.month, tt.before, tt.loose, w)
			want := append([]ReviewRule{}, tt.want...)
			slices.Sort(want)
			if diff := cmp.Diff(want, rulesOf(r)); diff != "" {
				t.Errorf("(-want +got)\n%s\n%v", diff, r.Lines)
			}
			if !slices.ContainsFunc(r.Lines, func(l ReviewLine) bool {
				return slices.ContainsFunc(l.Marks, func(m Mark) bool { return strings.Contains(m.Why, tt.why) })
			}) && tt.why != "" {
				t.Errorf("nobody says %q: %v", tt.why, r.Lines)
			}
			if name == "paused" && (len(r.Lines) != 1 || len(r.Lines[0].Marks) != 2 || len(r.Lines[0].Took) != 2) {
				t.Errorf("a pause and its end are %v", r.Lines)
			}
			for _, l := range r.Lines {
				for _, m := range l.Marks {
					if strings.Contains(m.Why, "Priya") {
						t.Errorf("the sentence names the person: %s", m.Why)
					}
				}
			}
		})
	}
}

// small5 are five earlier starters in the same job who got one thing each.
func small5(t testing.TB) []Case {
	t.Helper()
	var out []Case
	for range leastHistory {
		c := approved(t)
		c.Approval.At = at("2026-06-01", 10, 0)
		c.Plan.Steps = []Step{{Key: "group:Sales", Task: AddToGroup, Choice: Ticked}}
		out = append(out, c)
	}
	return out
}
