package cards

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/flows"
)

// node is a card, or a part of one, as a client reads it.
type node = map[string]any

// walk visits every object in a card with the objects around it, outermost first.
func walk(v any, above []node, visit func(n node, above []node)) {
	switch v := v.(type) {
	case node:
		visit(v, above)
		for _, inner := range v {
			walk(inner, append(slices.Clip(above), v), visit)
		}
	case []any:
		for _, inner := range v {
			walk(inner, above, visit)
		}
	}
}

func parse(t testing.TB, c Card) node {
	t.Helper()
	var n node
	if err := json.Unmarshal(c, &n); err != nil {
		t.Fatal(err)
	}
	return n
}

func str(n node, key string) string { s, _ := n[key].(string); return s }

// titles are the buttons that the reader sees before opening anything.
func titles(t testing.TB, c Card) []string {
	var out []string
	walk(parse(t, c), nil, func(n node, above []node) {
		opened := slices.ContainsFunc(above, func(a node) bool { return str(a, "type") == "Action.ShowCard" || a["fallback"] != nil })
		if strings.HasPrefix(str(n, "type"), "Action.") && str(n, "type") != "Action.ToggleVisibility" && !opened {
			out = append(out, str(n, "title"))
		}
	})
	slices.Sort(out)
	return out
}

// TestRules holds every card of the gallery to the rules that all cards share.
func TestRules(t *testing.T) {
	for name, card := range gallery(t) {
		t.Run(name, func(t *testing.T) {
			if len(card) > largest {
				t.Errorf("card has %d bytes", len(card))
			}
			top := parse(t, card)
			if str(top, "version") != "1.5" || str(top, "fallbackText") == "" {
				t.Errorf("version %q, fallback text %q", str(top, "version"), str(top, "fallbackText"))
			}
			if first, _ := top["body"].([]any)[0].(node); str(first, "type") != "RichTextBlock" {
				t.Errorf("the first line is a %s", str(first, "type"))
			}
			if n := len(titles(t, card)); n > 4 {
				t.Errorf("%d buttons: %q", n, titles(t, card))
			}
			seen := map[string]bool{}
			walk(top, nil, func(n node, above []node) { holdToRules(t, n, above, seen) })
			if strings.Contains(string(card), "!\"") || strings.Contains(string(card), "! ") {
				t.Error("an exclamation mark")
			}
		})
	}
}

func holdToRules(t *testing.T, n node, above []node, ids map[string]bool) {
	t.Helper()
	kind := str(n, "type")
	switch {
	case kind == "TextBlock" && n["wrap"] != true:
		t.Errorf("text is cut off: %v", n)
	case kind == "Action.Submit":
		if above[len(above)-1]["fallback"] == nil {
			t.Errorf("a bare Action.Submit: %v", n)
		}
	case kind == "Action.Execute":
		if set := above[len(above)-1]; str(set, "type") != "ActionSet" {
			t.Errorf("%s stands in %q: older clients obey a fallback in an ActionSet only", str(n, "title"), str(set, "type"))
		}
		fallback, _ := n["fallback"].(node)
		if diff := cmp.Diff(n["data"], fallback["data"]); diff != "" || str(fallback, "type") != "Action.Submit" || str(fallback, "title") != str(n, "title") {
			t.Errorf("%s: the fallback sends something else: %s", str(n, "title"), diff)
		}
		data, _ := n["data"].(node)
		if str(data, "verb") != str(n, "verb") {
			t.Errorf("verb %q, in the data %q", str(n, "verb"), str(data, "verb"))
		}
	case strings.HasPrefix(kind, "Input."):
		if str(n, "label") == "" || n["isRequired"] == true && str(n, "errorMessage") == "" {
			t.Errorf("input without a label or a message: %v", n)
		}
		if inOpened := slices.ContainsFunc(above, func(a node) bool { return str(a, "type") == "Action.ShowCard" }); !inOpened {
			if ids[str(n, "id")] {
				t.Errorf("two inputs are called %s", str(n, "id"))
			}
			ids[str(n, "id")] = true
		}
		if slices.ContainsFunc(above, func(a node) bool { return a["isVisible"] == false }) {
			t.Errorf("input %s is hidden: a required one would hold up the card without a word", str(n, "id"))
		}
	}
}

// TestPressesRead holds that whatever a button of any card sends is read back as what the card was about.
func TestPressesRead(t *testing.T) {
	read := map[string]bool{}
	for name, card := range gallery(t) {
		walk(parse(t, card), nil, func(n node, _ []node) {
			if str(n, "type") != "Action.Execute" {
				return
			}
			data := copied(n["data"])
			verb := str(data, "verb")
			switch verb { // what the client adds from the inputs
			case flows.VerbSignOff, flows.VerbRefuse:
				if data["step"] == nil {
					data[inElevated] = "group:Contract Admins"
				}
			case flows.VerbHandOver, flows.VerbOneHandOver:
				data[inDelegate] = string(maria.ID)
			}
			p, err := Read(spoken, data)
			if err != nil {
				t.Errorf("%s: %s is not read: %v", name, str(n, "title"), err)
				return
			}
			read[verb] = true
			if p.Verb != verb || string(p.Case) != str(data, "case") || p.Draft != str(data, "draft") || string(p.Plan) != str(data, "plan") || string(p.Step) != str(data, "step") {
				t.Errorf("%s: %s sends %v and is read as %+v", name, str(n, "title"), data, p)
			}
			if p.Case != "" && !strings.HasPrefix(verb, "drift.") && (p.Version == 0 || p.Plan == "") { // drift is looked at again at the press
				t.Errorf("%s: %s is not bound to a version and a plan", name, str(n, "title"))
			}
		})
	}
	for _, verb := range allVerbs {
		if !read[verb] && verb != flows.VerbRefresh {
			t.Errorf("no card of the gallery sends %s", verb)
		}
	}
}

// copied is a copy of an object.
func copied(v any) node {
	out := node{}
	n, _ := v.(node)
	for k, x := range n {
		out[k] = x
	}
	return out
}

// TestTypedText holds that what people typed is shown as typed, and nowhere that a client reads markdown.
func TestTypedText(t *testing.T) {
	const hostile = "[x](http://e.example) **b** <at>a</at>"
	e := exampleEvent()
	e.Given, e.Surname, e.Notes, e.CostCentre, e.PersonalEmail = hostile, hostile, hostile, hostile, hostile
	mallory := flows.Person{ID: tom.ID, Name: hostile}
	e.Manager = mallory
	now := "2026-11-23 10:20:00"
	raised := func() *play { return raise(t, e, examplePlan(t)) }
	asked := raised().at("2026-11-23 10:02:00", flows.Asked{By: mallory, Question: hostile})
	answered := raised().at("2026-11-23 10:02:00", flows.Asked{By: mallory, Question: hostile}).at("2026-11-23 10:03:00", flows.Replied{By: hannah, Answer: hostile})
	rejected := raised()
	rejected.at("2026-11-23 10:30:00", flows.Rejected{Shown: rejected.c.Shown, By: mallory, Reason: hostile})
	refused := raised().approve("group:Contract Admins")
	refused.at("2026-11-24 14:20:00", flows.SignedOff{Step: "group:Contract Admins", Plan: refused.c.May, By: aisha, Reason: hostile})
	byHand := raised().approve().at("2026-12-28 09:00:00", flows.StepByHand{Step: "manual:Laptop", By: ines, Note: hostile})
	cannot := raised().approve().at("2026-12-28 09:00:00", flows.StepCannot{Step: "manual:Laptop", By: ines, Reason: hostile})
	waive := raised().approve().at("2026-12-28 09:00:00", flows.StepFailed{Step: "account", Cause: hostile, Tries: 5}).at("2026-12-28 09:01:00", flows.WaiveAsked{Step: "account", By: ivan, Reason: hostile})
	ended := raised().approve().at("2026-12-28 09:00:00", flows.Cancelled{By: hannah, Reason: hostile})
	draft := flows.Draft{ID: "D-1", By: hannah, Sentence: hostile, Event: e, Problems: map[string]string{"": hostile, "job": hostile}, Warnings: []string{hostile}, Stuck: hostile, Plan: examplePlan(t)}
	with := func(s flows.DraftState) Card {
		d := draft
		d.State = s
		return Draft(spoken, d, examplePolicy(), atLondon(t, now))
	}
	for name, card := range map[string]Card{
		"form": with(flows.DraftForm), "checking": with(flows.DraftChecking), "summary": with(flows.DraftSummary), "confirmed": with(flows.DraftConfirmed),
		"approval": draw(asked, now, flows.CardApproval, "", to(tom)), "answered": draw(answered, now, flows.CardApproval, "", to(tom)),
		"rejected": draw(rejected, now, flows.CardApproval, "", to(tom)), "refused": draw(refused, now, flows.CardSignOff, "", to(aisha)),
		"question": draw(asked, now, flows.CardProgress, "", to(hannah)), "progress": draw(ended, now, flows.CardProgress, "", to(hannah)),
		"by hand": draw(byHand, now, flows.CardManual, "manual:Laptop", inIT()), "cannot": draw(cannot, now, flows.CardManual, "manual:Laptop", inIT()),
		"failure": draw(waive, now, flows.CardFailure, "account", inIT()), "timeline": Timeline(spoken, waive.c, waive.recs),
		"list": List(spoken, "Cases.", []flows.Case{ended.c}, atLondon(t, now)), "items": Items(spoken, flows.ItemList{Title: "Overdue", Items: waive.c.Open(atLondon(t, now))}),
		"pass": Pass(spoken, ended.c, flows.NewSecret("x"), atLondon(t, now)), "notice": Notice(hostile),
	} {
		t.Run(name, func(t *testing.T) { holdTyped(t, card, hostile) })
	}
}

// holdTyped holds that a card shows a hostile text as it is, and only where no client reads markdown.
func holdTyped(t *testing.T, card Card, hostile string) {
	t.Helper()
	shown := false
	walk(parse(t, card), nil, func(n node, _ []node) {
		for key, v := range n {
			s, isText := v.(string)
			if !isText || !strings.Contains(s, "](http") && !strings.Contains(s, "**b**") {
				continue
			}
			switch kind := str(n, "type"); {
			case kind == "TextRun" && key == "text":
				shown = shown || strings.Contains(s, hostile)
			case strings.HasPrefix(kind, "Input.") && key == "value": // a field holds what was typed, as text
			case kind == "AdaptiveCard" && key == "fallbackText": // plain text
			case kind == "" && key == "title" && !strings.Contains(s, "]("): // a choice: never a link
			default:
				t.Errorf("typed text stands in %s of %q: %s", key, kind, s)
			}
		}
	})
	if !shown {
		t.Error("the typed text is not shown as typed")
	}
}

// TestSize holds that a card can be sent however much there is to say, and however many bytes the letters take.
func TestSize(t *testing.T) {
	long := strings.Repeat("長い名前 ", 30)
	p := bigPlan(t, 60)
	for i := range p.Steps {
		p.Steps[i].Name, p.Steps[i].Title, p.Steps[i].Note, p.Steps[i].Instructions = long, "Add to "+long, long, long+long+long
	}
	e := exampleEvent()
	e.Given, e.Surname, e.Notes = strings.Repeat("é", 64), strings.Repeat("ü", 64), long
	s := raise(t, e, p)
	waiting := s.c
	s.approve("group:Contract Admins", "group:Finance Approvers")
	for range 30 {
		s.at("2026-12-22 09:00:00", flows.StepStarted{Step: "account", Before: long}).at("2026-12-22 09:00:01", flows.StepFailed{Step: "account", Cause: long, Tries: 5}).at("2026-12-22 09:00:02", flows.StepRetried{Step: "account", By: ivan})
	}
	s.at("2026-12-22 09:10:00", flows.StepFailed{Step: "account", Cause: long, Tries: 5})
	now := atLondon(t, "2027-01-04 09:10:00")
	var many []flows.Case
	for range 30 {
		many = append(many, s.c)
	}
	for name, card := range map[string]Card{
		"approval": draw(&play{TB: t, c: waiting}, "2026-11-23 10:20:00", flows.CardApproval, "", to(tom)), "signoff": draw(s, "2026-12-22 10:00:00", flows.CardSignOff, "", to(aisha)),
		"progress": draw(s, "2026-12-22 10:00:00", flows.CardProgress, "", to(hannah)), "failure": draw(s, "2026-12-22 10:00:00", flows.CardFailure, "account", inIT()),
		"manual": draw(s, "2026-12-22 10:00:00", flows.CardManual, "manual:Laptop", inIT()), "timeline": Timeline(spoken, s.c, s.recs),
		"list": List(spoken, "Cases.", many, now), "items": Items(spoken, flows.ItemList{Title: "Upcoming", Items: s.c.Coming(now.AddDate(1, 0, 0)), At: now}),
	} {
		if len(card) > largest {
			t.Errorf("%s has %d bytes", name, len(card))
		}
	}
	card := string(draw(&play{TB: t, c: waiting}, "2026-11-23 10:20:00", flows.CardApproval, "", to(tom)))
	for _, step := range p.Steps {
		if step.Choice != flows.Fixed && !strings.Contains(card, choiceOf(step.Key)) {
			t.Errorf("the manager is not offered %s", step.Key)
		}
	}
}

// TestSummary holds that a notification in a channel names nobody.
func TestSummary(t *testing.T) {
	c := broken(t).c
	for _, name := range []flows.CardName{flows.CardProgress, flows.CardApproval, flows.CardSignOff, flows.CardFailure, flows.CardManual, flows.CardCredential, flows.CardStarted, flows.CardNoShow, "unknown"} {
		open := Summary(spoken, c, flows.Slot{Case: c.ID, Card: name, To: inIT()})
		if strings.Contains(open, "Priya") || strings.Contains(open, "Patel") || !strings.Contains(open, string(c.ID)) {
			t.Errorf("%s in a channel: %q", name, open)
		}
		if own := Summary(spoken, c, flows.Slot{Case: c.ID, Card: name, To: to(tom)}); own == "" || strings.ContainsAny(own, "\n\r") {
			t.Errorf("%s: %q", name, own)
		}
	}
}

// TestUnknownSlot holds that a card nobody can draw is refused rather than guessed at.
func TestUnknownSlot(t *testing.T) {
	c := broken(t).c
	for name, s := range map[string]flows.Slot{
		"no such card":          {Case: c.ID, Card: "receipt"},
		"no such card of steps": {Case: c.ID, Card: "receipt", Step: "account"},
		"no such step":          {Case: c.ID, Card: flows.CardFailure, Step: "group:Other"},
		"no step":               {Case: c.ID, Card: flows.CardFailure},
		"a draft's card":        {Case: c.ID, Card: flows.CardDraft},
	} {
		t.Run(name, func(t *testing.T) {
			if card, err := Slot(spoken, c, s, c.Raised.At); card != nil || flows.CodeOf(err) != flows.Invalid {
				t.Errorf("drawn %s, error %v", card, err)
			}
		})
	}
}

// TestButtons holds which choices a reader has in each state.
func TestButtons(t *testing.T) {
	all := gallery(t)
	for name, want := range map[string][]string{
		"draft-reading":           nil,
		"draft-form-doubts":       {"Cancel", "Check and continue"},
		"draft-checking":          {"Cancel"},
		"draft-summary":           {"Cancel", "Change", "Confirm"},
		"draft-confirmed":         nil,
		"draft-withdrawn":         nil,
		"approval-open":           {"Approve", "Ask HR", "Hand over", "Reject"},
		"approval-question":       {"Approve", "Hand over", "Reject"},
		"approval-answered":       {"Approve", "Ask HR", "Hand over", "Reject"},
		"approval-fallback":       {"Approve", "Ask HR", "Hand over", "Reject"},
		"approval-handed-over":    nil,
		"approval-delegate":       {"Approve", "Ask HR", "Hand over", "Reject"},
		"approval-approved":       nil,
		"approval-rejected":       nil,
		"approval-ended":          nil,
		"approval-not-needed":     nil,
		"signoff-one":             {"Refuse", "Sign off"},
		"signoff-part":            {"Refuse", "Sign off"},
		"signoff-decided":         nil,
		"signoff-ended":           nil,
		"failure-open":            {"Did it by hand", "Retry", "Waive"},
		"failure-waive":           {"Agree to leave it out", "Did it by hand", "Retry"},
		"failure-retrying":        nil,
		"failure-claimed":         nil,
		"failure-by-hand":         nil,
		"failure-waived":          nil,
		"failure-mended":          nil,
		"failure-ended":           nil,
		"manual-open":             {"Cannot be done", "Done"},
		"manual-overdue":          {"Cannot be done", "Done"},
		"manual-cannot":           {"Done"},
		"manual-waits":            nil,
		"manual-claimed":          nil,
		"manual-done":             nil,
		"manual-ended":            nil,
		"credential-open":         {"Show the pass now"},
		"credential-shown":        {"Show the pass now"},
		"credential-waits":        nil,
		"credential-noshow":       nil,
		"credential-dropped":      nil,
		"started-asked":           {"No, not here", "Yes, started"},
		"started-yes":             nil,
		"started-no":              nil,
		"noshow-open":             {"End the case", "Starts after all"},
		"noshow-resumed":          nil,
		"noshow-ended":            nil,
		"progress-waiting":        {"Details"},
		"progress-question":       {"Details", "Send answer"},
		"progress-done":           {"Details"},
		"draft-exit-form-full":    {"Cancel", "Check and continue"},
		"draft-exit-summary":      {"Cancel", "Change", "Confirm"},
		"draft-urgent-summary":    {"Cancel", "Change", "Confirm"},
		"draft-urgent-confirmed":  nil,
		"urgent-open":             {"Confirm now", "Refuse"},
		"urgent-overdue":          {"Confirm now", "Refuse"},
		"urgent-confirmed":        nil,
		"urgent-receipt":          nil,
		"urgent-other":            nil,
		"urgent-refused":          nil,
		"urgent-refused-other":    nil,
		"urgent-ended":            nil,
		"progress-urgent-waiting": {"Details"},
		"manual-exit-handover":    {"Cannot be done", "Done"},
		"failure-exit-block":      {"Did it by hand", "Retry", "Waive"},
		"status":                  {"Failures", "Overdue", "Upcoming"},
		"pass":                    nil,
	} {
		card, ok := all[name]
		if !ok {
			t.Errorf("no card %s", name)
			continue
		}
		if diff := cmp.Diff(want, titles(t, card)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestPassIsOnlyInPass holds that the code stands in the one card that shows it.
func TestPassIsOnlyInPass(t *testing.T) {
	const code = "QX7&b2*kTz"
	for name, card := range gallery(t) {
		if strings.Contains(string(card), code) != (name == "pass") {
			t.Errorf("the code in %s: %v", name, name != "pass")
		}
	}
}

// TestApprovalTicks holds what the manager's card ticks and offers.
func TestApprovalTicks(t *testing.T) {
	card := draw(raise(t, exampleEvent(), bigPlan(t, 1)), "2026-11-23 10:20:00", flows.CardApproval, "", to(tom))
	got := map[string][]flows.StepKey{}
	walk(parse(t, card), nil, func(n node, _ []node) {
		if id := str(n, "id"); id == inItems || id == inElevated {
			keys, ok := ticked(str(n, "value"))
			if !ok {
				t.Errorf("%s cannot be read back", id)
			}
			got[id+" ticked"] = keys
			for _, c := range n["choices"].([]any) {
				got[id] = append(got[id], keyOf(str(c.(node), "value")))
			}
		}
	})
	profile := []flows.StepKey{"group:Sales", "team:Sales Team", "group:CRM Users", "manual:Business cards", "group:Department share 00, read and write"}
	want := map[string][]flows.StepKey{
		"items": append(slices.Clone(profile), "group:Wiki Editors", "licence:POWER_BI_PRO"), "items ticked": profile,
		"elevated": {"group:Contract Admins", "group:Finance Approvers"}, "elevated ticked": nil,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("offered (-want +got):\n%s", diff)
	}
}

// TestManagerChoice holds that the person who was understood is chosen on the form, and that the list is never empty.
func TestManagerChoice(t *testing.T) {
	someone := flows.Person{ID: "00000000-0000-4000-a000-000000000020", Name: "Tom Baker"}
	for name, tt := range map[string]struct {
		d    flows.Draft
		want choiceSet
	}{
		"nobody yet":              {flows.Draft{By: hannah}, choiceSet{Choices: []choice{{"Hannah Reed", string(hannah.ID)}}}},
		"one, not among the list": {flows.Draft{By: hannah, Event: flows.PeopleEvent{Manager: tom}}, choiceSet{Value: string(tom.ID), Choices: []choice{{"Tom Hughes", string(tom.ID)}, {"Hannah Reed", string(hannah.ID)}}}},
		"one of two": {
			flows.Draft{By: hannah, Event: flows.PeopleEvent{Manager: tom}, Managers: []flows.Account{{ID: tom.ID, Name: tom.Name, JobTitle: "Head of Sales", Office: "London"}, {ID: someone.ID, Name: someone.Name}}},
			choiceSet{Value: string(tom.ID), Choices: []choice{{"Tom Hughes, Head of Sales, London", string(tom.ID)}, {"Tom Baker", string(someone.ID)}, {"Hannah Reed", string(hannah.ID)}}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := managerInput(spoken, tt.d)
			if diff := cmp.Diff(tt.want.Choices, got.Choices); diff != "" || got.Value != tt.want.Value || got.Data == nil || got.Data.Dataset != everybody {
				t.Errorf("value %q, data %v, choices (-want +got):\n%s", got.Value, got.Data, diff)
			}
		})
	}
}

// TestErased holds that a timeline stands when texts were erased from the log.
func TestErased(t *testing.T) {
	s := broken(t)
	recs := slices.Clone(s.recs)
	recs[1].Erased, recs[1].Entry.Body = true, nil
	if card := string(Timeline(spoken, s.c, recs)); !strings.Contains(card, "text was erased") || strings.Contains(card, "approved the access") {
		t.Errorf("erased entry: %s", card)
	}
}

func BenchmarkApprovalCard(b *testing.B) {
	s := raise(b, exampleEvent(), examplePlan(b))
	slot, now := flows.Slot{Case: s.c.ID, Card: flows.CardApproval, To: to(tom)}, s.c.Raised.At
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Slot(spoken, s.c, slot, now); err != nil {
			b.Fatal(err)
		}
	}
}
