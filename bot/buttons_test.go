package bot

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"muster/cards"
	"muster/flows"
	"muster/flows/texts"
)

// buttons are the data of every button on a card, those behind others included.
func buttons(t *rapid.T, card []byte) []map[string]any {
	var doc any
	if err := json.Unmarshal(card, &doc); err != nil {
		t.Fatal(err)
	}
	var out []map[string]any
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, x := range v {
				walk(x)
			}
		case map[string]any:
			if data, ok := v["data"].(map[string]any); ok && v["type"] == "Action.Execute" {
				out = append(out, data)
			}
			for k, x := range v {
				if k != "data" && k != "fallback" {
					walk(x)
				}
			}
		}
	}
	walk(doc)
	return out
}

// elevated, laptop and started are further steps of the plan in which every button appears.
const (
	elevated flows.StepKey = "group:Contract Admins"
	laptop   flows.StepKey = "manual:Laptop"
	started  flows.StepKey = "started"
)

// fullPlan has a step of each kind that people act on.
func fullPlan(due time.Time) flows.Plan {
	step := func(k flows.StepKey, task flows.TaskName, choice flows.Choice, after ...flows.StepKey) flows.Step {
		return flows.Step{Key: k, Task: task, Title: "Do " + string(k), Name: string(k), Due: due, Choice: choice, After: after}
	}
	e := step(elevated, flows.AddToGroup, flows.Elevated, "account")
	e.Group, e.Approvers = "g", []flows.Person{aisha}
	l := step(laptop, flows.Manual, flows.Fixed)
	l.Owner = "it"
	sales := step("group:Sales", flows.AddToGroup, flows.Ticked, "account")
	sales.Group = "s"
	return flows.Plan{Account: flows.NewAccount{UPN: newcomer.UPN, Name: newcomer.Name}, Manager: tom.ID, Policy: "p", Steps: []flows.Step{
		step("account", flows.CreateAccount, flows.Fixed), sales, e, l, step("enable", flows.EnableAccount, flows.Fixed, "account"),
		step("credential", flows.OfferPass, flows.Fixed, "enable"), step("welcome", flows.SendWelcome, flows.Fixed, "enable"), step(started, flows.AskStarted, flows.Fixed, "enable"),
	}}
}

// lifeOf folds a random life of a case as far as its rules let it go. Only what the engine itself could have written is tried.
func lifeOf(t *rapid.T, c flows.Case, at time.Time) []flows.Entry {
	var out []flows.Entry
	try := func(b flows.Body) {
		e := flows.Entry{Case: c.ID, At: at, Body: b}
		if next, err := c.Apply(e); err == nil {
			c, out = next, append(out, e)
		}
	}
	for range rapid.IntRange(0, 50).Draw(t, "entries") {
		at = at.Add(time.Hour)
		step := rapid.SampledFrom(c.Plan.Steps).Draw(t, "step")
		_, st, _ := c.Step(step.Key)
		decided, live := c.May != "", !st.State.Over()
		for _, k := range step.After {
			_, before, _ := c.Step(k)
			live = live && before.State.Over()
		}
		people := step.Task == flows.Manual || step.Task == flows.OfferPass || step.Task == flows.AskStarted
		asked := len(c.Questions) > 0 && c.Questions[len(c.Questions)-1].Answer.At.IsZero()
		_, start, _ := c.Step(started)
		open := decided && start.Asked && !start.State.Over() && !c.NoShow
		switch rapid.IntRange(0, 18).Draw(t, "kind") {
		case 0, 1:
			ticked := []flows.StepKey{elevated, "group:Sales"}[rapid.IntRange(0, 1).Draw(t, "less"):]
			try(flows.Approved{Shown: c.Shown, Ticked: ticked, Plan: c.Plan.Chosen(ticked).Hash(), By: c.Approval.Holders[0]})
		case 2:
			try(flows.HandedOver{By: tom, To: stan})
		case 3:
			if of := rapid.SampledFrom([]string{"approval", "signoff"}).Draw(t, "of"); of == "approval" || decided {
				try(flows.Escalated{Of: of, To: olivia})
			}
		case 4:
			if !asked {
				try(flows.Asked{By: tom, Question: "why?"})
			}
		case 5:
			try(flows.Replied{By: hannah, Answer: "so"})
		case 6:
			try(flows.SignedOff{Step: elevated, Plan: c.May, By: aisha, OK: rapid.Bool().Draw(t, "ok"), Reason: "r"})
		case 7, 8, 9: // in their order, so that most lives come far
			for _, k := range []flows.StepKey{"account", "enable", "welcome", "no_show"} {
				if _, st, ok := c.Step(k); ok && decided && !st.State.Over() {
					if st.State == flows.StepBroken {
						break // the others wait for it
					}
					try(flows.StepVerified{Step: k, After: "seen", Account: map[flows.StepKey]flows.AccountID{"account": newcomer.ID}[k]})
					break
				}
			}
		case 10:
			if decided && live && !people {
				try(flows.StepFailed{Step: step.Key, Cause: "refused"})
			}
		case 11:
			if st.State == flows.StepBroken {
				try(flows.StepRetried{Step: step.Key, By: ivan})
			}
		case 12:
			if st.State == flows.StepBroken {
				try(flows.WaiveAsked{Step: step.Key, By: ivan, Reason: "no"})
			}
		case 13:
			if st.Waive.Person.ID != "" {
				try(flows.Waived{Step: step.Key, By: olivia, Asked: ivan})
			}
		case 14:
			if step.Task == flows.Manual && decided {
				try(flows.StepCannot{Step: step.Key, By: ivan, Reason: "no stock"})
			}
		case 15:
			if _, en, _ := c.Step("enable"); decided && en.State.Over() {
				try(flows.StartAsked{Step: started})
			}
		case 16:
			if open && rapid.Bool().Draw(t, "came") {
				try(flows.Started{By: tom})
			} else if open {
				try(flows.NotStarted{By: tom})
			}
		case 17:
			if c.NoShow {
				try(flows.Resumed{By: hannah})
			}
		case 18:
			if _, en, _ := c.Step("enable"); decided && en.State.Over() && !c.NoShow && !start.State.Over() {
				try(flows.PassMade{Step: "credential", By: tom, Pass: flows.Pass{ID: "p"}})
				try(flows.StepVerified{Step: "credential", After: "a pass"})
			}
		}
	}
	return out
}

// No card offers a button that does not work for the one who sees it, whatever became of the case.
func TestEveryButtonWorks(t *testing.T) {
	tried := map[string]int{}
	start := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	d, n := newDesk(t), 0
	rapid.Check(t, func(r *rapid.T) {
		n++
		id := flows.CaseID(fmt.Sprintf("J-2026-%04d", n))
		site := d.Engine.Policy.Sites["London"]
		e := flows.Entry{Case: id, At: start, By: hannah.ID, Body: flows.Raised{
			Event: flows.PeopleEvent{Kind: flows.JoinerEvent, Given: "Priya", Surname: "Patel", Job: "Account Manager", Site: "London", Start: "2026-11-24", Manager: tom},
			By:    hannah, Zone: site.TimeZone, Site: site, Plan: fullPlan(start), Facts: flows.Facts{Route: tom, Fallback: olivia, UPN: newcomer.UPN},
		}}
		c, err := flows.Case{}.Apply(e)
		if err != nil {
			r.Fatal(err)
		}
		life := append([]flows.Entry{e}, lifeOf(r, c, start)...)
		d.must(d.Engine.Store.Commit(t.Context(), flows.Change{Case: id, Entries: life}))
		d.now = life[len(life)-1].At.Add(time.Minute)
		c, err = d.Engine.Store.Case(t.Context(), id)
		d.must(err)
		type choice struct {
			slot flows.Slot
			data map[string]any
		}
		var all []choice
		for _, s := range c.Slots() {
			card, err := cards.Slot(texts.Language{}, c, s, d.now)
			if err != nil {
				r.Fatalf("draw %s: %v", s.Card, err)
			}
			for _, data := range buttons(r, card) {
				all = append(all, choice{s, data})
			}
		}
		if len(all) == 0 {
			return
		}
		one := rapid.SampledFrom(all).Draw(r, "button")
		by := map[flows.AccountID]flows.Person{hannah.ID: hannah, tom.ID: tom, stan.ID: stan, aisha.ID: aisha, olivia.ID: olivia}[one.slot.To.Person]
		if one.slot.To.Channel != "" {
			by = ivan
			if one.data["verb"] == flows.VerbWaiveAgree {
				by = olivia // whoever asked cannot agree as well
			}
		}
		for _, in := range []string{"reason", "question", "answer", "note"} {
			one.data[in] = "some words"
		}
		one.data["delegate"] = string(aisha.ID)
		if one.data["verb"] == flows.VerbSignOff || one.data["verb"] == flows.VerbRefuse {
			one.data["elevated"] = string(elevated)
		}
		turn, err := pressed(texts.Language{}, execute(by, fmt.Sprint(n), "m", nil), one.data)
		if err != nil {
			r.Fatalf("button %v of %s is not read: %v", one.data, one.slot.Card, err)
		}
		_, block, _ := c.Step("no_show")
		tooSoon := turn.Verb == flows.VerbEnd && !block.State.Over() // it says to wait a minute: the block has yet to be seen
		if _, err := d.Engine.Press(t.Context(), turn); err != nil && !(tooSoon && flows.CodeOf(err) == flows.Conflict) {
			r.Fatalf("%s sees %s on the card %s of a case that is %s, presses it and is told: %s (%v)", by.Name, turn.Verb, one.slot.Card, c.State, flows.SayOf(err), err)
		}
		tried[turn.Verb]++
	})
	t.Log(fmt.Sprint(tried))
	if len(tried) < 5 {
		t.Errorf("only %d kinds of button were tried: %v", len(tried), tried)
	}
}
