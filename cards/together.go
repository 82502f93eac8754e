package cards

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"muster/flows"
	"muster/flows/texts"
)

// The inputs of a card for several cases. An input about one of them has the case's reference behind it: "items/J-2026-0042".
const (
	inPeople   = "people"       // whom an approval is about: case references, separated by commas
	inRejectee = "who_reject"   // whose case is rejected: one reference
	inAskee    = "who_ask"      // whom a question is about: one reference
	inHandee   = "who_handover" // whose decision is handed over: one reference
)

// Together draws the card on which a manager confirms the access of several starters: a part for each person, with what is offered, and
// the record of those that are decided. Each is bound to the plan that is shown.
func Together(lang texts.Language, g flows.Together, now time.Time) Card {
	return fit(func(room int) Card {
		return finish(TogetherSummary(lang, g), true, group{g, now, room}.body(lang))
	})
}

// TogetherSummary is the line for notifications of such a card.
func TogetherSummary(lang texts.Language, g flows.Together) string {
	return lang.Say("Access for %s: your decisions", count(lang, len(g.Cases), lang.Say("new starter"), lang.Say("new starters")))
}

type group struct {
	flows.Together
	now  time.Time
	room int
}

// view is one of the cases as the manager sees it.
func (g group) view(lang texts.Language, c flows.Case) view {
	return view{lang: lang, Case: c, reader: g.To, now: g.now, loc: c.Location(), room: g.room}
}

// open are the cases that still wait for this manager.
func (g group) open() []flows.Case {
	var out []flows.Case
	for _, c := range g.Cases {
		if c.Approval.State == "" && !c.Over() && slices.ContainsFunc(c.Deciders(), func(p flows.Person) bool { return p.ID == g.To }) {
			out = append(out, c)
		}
	}
	return out
}

func (g group) body(lang texts.Language) []block {
	open := g.open()
	body := []block{headline(lang.Say("%s will work for you or were put to you.", count(lang, len(g.Cases), lang.Say("new starter"), lang.Say("new starters"))))}
	if g.reports() {
		body[0] = headline(lang.Say("%s will report to you.", count(lang, len(g.Cases), lang.Say("new starter"), lang.Say("new starters"))))
	}
	if len(open) == 0 {
		body = append(body, status(lang, markDone.as(lang.Say("Decided")), ran(lang.Say("Nothing on this card waits for you any more."))))
	} else {
		v := g.view(lang, open[0])
		body = append(body, status(lang, markWaiting.as(lang.Say("Waiting for you")), ran(lang.Say("Confirm the access %s%s", g.whose(lang, open), v.by(open[0].Approval.Asking)))))
		if len(g.Cases) > 0 {
			body = append(body, person(lang.Say("Asked for by"), g.Cases[0].Raised.Person.Name))
		}
		if g.inPlace(open) {
			body = append(body, v.whyYou()...)
		}
		if g.alike(open) {
			body = append(body, v.birthright()...)
		}
	}
	for _, c := range g.Cases {
		body = append(body, g.section(lang, c, slices.ContainsFunc(open, func(o flows.Case) bool { return o.ID == c.ID }))...)
	}
	if len(open) == 0 {
		return body
	}
	return append(body, g.choice(lang, open)...)
}

// inPlace reports whether all of it is asked in somebody's place: then it is not the reader's to hand over.
func (g group) inPlace(open []flows.Case) bool {
	return !slices.ContainsFunc(open, func(c flows.Case) bool {
		return slices.ContainsFunc(c.Approval.Holders, func(p flows.Person) bool { return p.ID == g.To })
	})
}

// alike reports whether everybody who waits gets the same, so that it need be said once only.
func (g group) alike(open []flows.Case) bool {
	return !slices.ContainsFunc(open, func(c flows.Case) bool { return !slices.Equal(everybodys(c), everybodys(open[0])) })
}

// everybodys is what a plan gives without being ticked.
func everybodys(c flows.Case) []string {
	var out []string
	for _, s := range c.Plan.Steps {
		if s.Choice == flows.Fixed && entitlement(s) {
			out = append(out, called(s))
		}
	}
	return out
}

func (g group) reports() bool {
	return !slices.ContainsFunc(g.Cases, func(c flows.Case) bool { return c.Event.Manager.ID != g.To })
}

// whose access is asked about, as the end of a sentence.
func (g group) whose(lang texts.Language, open []flows.Case) string {
	switch len(open) {
	case 1:
		return lang.Say("%s needs", visible(open[0].Event.Name()))
	case len(g.Cases):
		return lang.Say("each of them needs")
	}
	return lang.Say("that %d of them need", len(open))
}

// section is one person: the offer while it waits, the record afterwards.
func (g group) section(lang texts.Language, c flows.Case, waits bool) []block {
	v := g.view(lang, c)
	items := []block{say(strong(cut(v.story(), 200)))}
	if said := g.Said[c.ID]; said != "" {
		items = append(items, problem(said))
	}
	end, stopped := v.ended()
	switch {
	case waits:
		if c.Event.Notes != "" {
			items = append(items, near(faint(lang.Say("Notes ")), quote(cut(c.Event.Notes, 200*g.room/100))))
		}
		items = append(items, v.questions()...)
		if !g.alike(g.open()) {
			items = append(items, near(strong(lang.Say("Everybody gets ")), ran(cut(names(lang, everybodys(c), "and"), 300)+".")))
		}
		items = append(items, g.offered(lang, v)...)
	case c.Approval.State == "approved":
		if stopped {
			items = append(items, end)
		}
		items = append(items, v.decided(markDone.as(lang.Say("Approved")), c.Approval.By, c.Approval.At))
		items = append(items, v.chosen()[0])
		for _, s := range stages(c) {
			if s.Choice == flows.Elevated {
				items = append(items, v.signed(s))
			}
		}
	case stopped:
		items = append(items, end)
	default:
		items = append(items, v.handedOver())
	}
	items = append(items, near(faint(string(c.ID))))
	return []block{container{Type: "Container", Separator: true, Spacing: "Medium", Items: items}}
}

// offered are the boxes of one person, with what was ticked at a press that did not count.
func (g group) offered(lang texts.Language, v view) []block {
	kept, pressed := g.Kept[v.ID]
	var out []block
	for _, b := range v.offered() {
		set, ok := b.(choiceSet)
		if !ok {
			out = append(out, b)
			continue
		}
		if pressed {
			var ticks []string
			for _, c := range set.Choices {
				if slices.Contains(kept, keyOf(c.Value)) {
					ticks = append(ticks, c.Value)
				}
			}
			set.Value = strings.Join(ticks, ",")
		}
		set.ID += "/" + string(v.ID)
		set.Label += ", " + cut(plain(v.Event.Name()), 40)
		out = append(out, set)
	}
	return out
}

// choice is the last part: whom to approve now, and what else can be done for one of them.
func (g group) choice(lang texts.Language, open []flows.Case) []block {
	all := choiceSet{Type: "Input.ChoiceSet", ID: inPeople, Label: lang.Say("Approve now for"), Style: "expanded", IsMultiSelect: true, Wrap: true, Choices: []choice{}}
	one := choiceSet{Type: "Input.ChoiceSet", Label: lang.Say("For whom"), Style: "compact", IsRequired: true, ErrorMessage: lang.Say("Choose one person."), Placeholder: lang.Say("Choose one person"), Choices: []choice{}}
	var ticks []string
	for _, c := range open {
		ch := choice{plain(c.Event.Name()), string(c.ID)}
		all.Choices, one.Choices, ticks = append(all.Choices, ch), append(one.Choices, ch), append(ticks, ch.Value)
	}
	all.Value = strings.Join(ticks, ",")
	whom := func(id string) choiceSet { s := one; s.ID = id; return s }
	row := []action{
		press(lang.Say("Approve"), positive, g.data(flows.VerbAllApprove)),
		opens(lang.Say("Reject one"), destructive,
			hint(lang.Say("This ends that person's case: no account is made. HR gets your reason.")),
			whom(inRejectee), ask(inReason, lang.Say("Reason"), lang.Say("Why should nothing be set up?"), lang.Say("Say why, for HR.")),
			buttons(press(lang.Say("Reject now"), destructive, g.data(flows.VerbOneReject)))),
		opens(lang.Say("Ask HR"), "",
			whom(inAskee), ask(inQuestion, lang.Say("Question for HR"), lang.Say("What do you need to know?"), lang.Say("Write your question.")),
			buttons(press(lang.Say("Send question"), positive, g.data(flows.VerbOneAsk)))),
	}
	if !g.inPlace(open) {
		row = append(row, opens(lang.Say("Hand over"), "",
			hint(lang.Say("Somebody else decides on that person instead of you.")),
			whom(inHandee), g.view(lang, open[0]).delegates(),
			buttons(press(lang.Say("Hand over now"), positive, g.data(flows.VerbOneHandOver)))))
	}
	return []block{
		all,
		hint(lang.Say("What is ticked above is approved for whoever is ticked here. The others go on waiting for you.")),
		buttons(row...),
	}
}

// data is what every button of the card carries: the list, the card's number, and each open case with the plan that is shown.
func (g group) data(verb string) data {
	d := data{Verb: verb, Draft: g.List, Step: fmt.Sprint(g.Page), Plans: map[string]string{}}
	for _, c := range g.open() {
		d.Plans[string(c.ID)] = string(c.Shown[:flows.ShortPlan])
	}
	return d
}

// readEach reads what a press says about each of several cases: those that are ticked, or the one that is chosen.
func readEach(p *Press, raw map[string]any) bool {
	plans, ok := raw["plans"].(map[string]any)
	if !ok || len(plans) > mostTicked {
		return false
	}
	in, chosen := map[string]string{flows.VerbAllApprove: inPeople, flows.VerbOneReject: inRejectee, flows.VerbOneAsk: inAskee, flows.VerbOneHandOver: inHandee}[p.Verb], ""
	if chosen, ok = raw[in].(string); !ok && raw[in] != nil {
		return false
	}
	for ref := range strings.SplitSeq(chosen, ",") {
		ref = strings.TrimSpace(ref)
		if ref == "" || slices.ContainsFunc(p.Each, func(e flows.EachPress) bool { return string(e.Case) == ref }) {
			continue
		}
		plan := word(plans[ref])
		if !caseForm.MatchString(ref) || !shortForm.MatchString(plan) {
			return false
		}
		e := flows.EachPress{Case: flows.CaseID(ref), Plan: flows.PlanHash(plan)}
		if p.Verb == flows.VerbAllApprove {
			if e.Ticked, ok = ticked(raw[inItems+"/"+ref], raw[inElevated+"/"+ref]); !ok {
				return false
			}
		}
		p.Each = append(p.Each, e)
	}
	return true
}
