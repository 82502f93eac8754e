package flows

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"muster/flows/texts"
)

// The licence promise: a seat that a coming starter needs is counted as taken from the moment HR confirms, and looked at again before it is
// needed, early enough for somebody to buy one. A licence that finds no seat on the day waits for one and goes on by itself.

// seatChecks are how many working days before a licence is due its seat is looked at again.
var seatChecks = []int{-5, -1}

// seatPause is how often a seat is looked for that a failed step waits for.
const seatPause = 10 * time.Minute

// seatSteps are the licences of the case that still need a seat: of a case that is not decided, those that it gets unless somebody says no.
func (c Case) seatSteps() []Step {
	if c.Over() {
		return nil
	}
	var out []Step
	for _, s := range c.Plan.Steps {
		_, st, ok := c.Step(s.Key)
		if s.Task != AssignLicences || !ok || st.State.Over() || c.May == "" && s.Choice != Fixed && s.Choice != Ticked {
			continue
		}
		out = append(out, s)
	}
	return out
}

// seatErrands are the looks at seats that are still to come.
func (c Case) seatErrands(add func(kind, of string, due time.Time, body any)) {
	steps := c.seatSteps()
	if c.May == "" || len(steps) == 0 {
		return
	}
	for _, s := range steps {
		if _, st, _ := c.Step(s.Key); st.State == StepBroken && st.Seat {
			add(SeatErrand, string(s.Key), st.At.Add(seatPause), StepWork{s.Key})
		}
	}
	if times := c.seatTimes(steps); c.SeatChecks < len(times) {
		add(SeatErrand, "", times[c.SeatChecks], StepWork{})
	}
}

// seatTimes are when seats are looked at, counted from the licence that is due first.
func (c Case) seatTimes(steps []Step) []time.Time {
	due := steps[0].Due
	for _, s := range steps {
		if s.Due.Before(due) {
			due = s.Due
		}
	}
	var out []time.Time
	local := due.In(c.Location())
	for _, days := range seatChecks {
		out = append(out, c.Site.AddWorkingDays(DateOf(local), days).At(c.Location(), local.Hour(), local.Minute()))
	}
	return out
}

// lookForSeats runs both looks: the one before a licence is due, and the one that a failed step waits for.
func (e *Engine) lookForSeats(ctx context.Context, er Errand) error {
	w, err := DecodeErrand[StepWork](er)
	if err != nil {
		return err
	}
	c, err := e.Store.Case(ctx, er.Case)
	if err != nil {
		return unknownCase(e.lang(), er.Case, err)
	}
	done := Change{Done: []ErrandRef{er.Ref()}}
	if c.Over() || c.May == "" {
		return e.Commit(ctx, done)
	}
	skus, err := e.World.FetchSKUs(ctx)
	if err != nil {
		return fmt.Errorf("count seats: %w", err)
	}
	free := map[string]int{}
	for _, k := range skus {
		free[strings.ToLower(k.ID)] = k.Free
	}
	if w.Step != "" {
		return e.seatFound(ctx, c, w.Step, free, er)
	}
	open, err := e.openBriefs(ctx)
	if err != nil {
		return err
	}
	_, err = e.change(ctx, c.ID, done, func(now Case) (Change, error) {
		return decideSeats(now, open, free, e.Policy, e.Now()), nil
	})
	return err
}

// seatFound lets a licence go on for which a seat is free; else it is looked for again later.
func (e *Engine) seatFound(ctx context.Context, c Case, k StepKey, free map[string]int, er Errand) error {
	s, st, ok := c.Step(k)
	waits := ok && st.State == StepBroken && st.Seat
	if waits && free[strings.ToLower(s.SKU)] == 0 {
		er2 := er
		er2.Due = e.Now().Add(seatPause).UTC()
		return e.Commit(ctx, Change{Done: []ErrandRef{er.Ref()}, Add: []Errand{er2}})
	}
	_, err := e.change(ctx, c.ID, Change{Done: []ErrandRef{er.Ref()}}, func(now Case) (Change, error) {
		if _, st, ok := now.Step(k); !ok || st.State != StepBroken || !st.Seat {
			return Change{}, nil
		}
		return Change{Entries: []Entry{{Case: c.ID, At: e.Now(), Body: StepRetried{Step: k}}}}, nil
	})
	return err
}

// decideSeats writes that seats were looked at, and asks for those that are short: whoever needs a licence first gets the seat first.
func decideSeats(c Case, open []brief, free map[string]int, p *Policy, now time.Time) Change {
	steps := c.seatSteps()
	if len(steps) == 0 {
		return Change{}
	}
	passed := 0
	for _, at := range c.seatTimes(steps) {
		if !at.After(now) {
			passed++
		}
	}
	b := SeatsChecked{Looks: max(passed, c.SeatChecks+1)}
	var ask []string
	for _, s := range steps {
		need := 0
		for _, o := range open {
			for _, other := range o.seats {
				if strings.EqualFold(other.sku, s.SKU) && (o.of.ID == c.ID || !other.due.After(s.Due)) {
					need++
				}
			}
		}
		have := free[strings.ToLower(s.SKU)]
		if have >= need {
			continue
		}
		b.Short = append(b.Short, s.Name)
		ask = append(ask, p.Lang().Say("%s %s by %s, and %s free. Please buy %d more before then.", plural(need, p.Lang().Say("One person needs"), p.Lang().Say("%d people need", need)), s.Name, DateOf(s.Due.In(c.Location())).Say(p.Lang()), seatsAre(p.Lang(), have), need-have))
	}
	ch := Change{Entries: []Entry{{Case: c.ID, At: now, Body: b}}}
	for i, text := range ask {
		for _, to := range c.buyers(p) {
			ch.Add = append(ch.Add, say(c, fmt.Sprintf("seats/%d/%d", b.Looks, i), to, text+" ("+string(c.ID)+")", now))
		}
	}
	return ch
}

func seatsAre(lang texts.Language, n int) string {
	switch n {
	case 0:
		return lang.Say("no seat is")
	case 1:
		return lang.Say("1 seat is")
	}
	return lang.Say("%d seats are", n)
}

// buyers are those who are asked for seats: whom the policy names for it, else IT; and HR, who should know.
func (c Case) buyers(p *Policy) []Recipient {
	to := []Recipient{c.it()}
	if c.Facts.Buyer.ID != "" && p.Licences.Buyer != "" {
		to = []Recipient{{Person: c.Facts.Buyer.ID}}
	}
	return append(to, Recipient{Person: c.HR().ID})
}

// seatNews tells those who can do something, and the manager, that a licence waits for a seat. Once: a step that fails again for it is no
// news.
func seatNews(c Case, s Step, p *Policy, now time.Time) []Errand {
	if _, st, _ := c.Step(s.Key); st.Seat {
		return nil
	}
	text := p.Lang().Say("%s waits for a seat of %s: none is free. What needs it waits as well; the rest goes on. Muster goes on by itself as soon as there is a seat.", c.line(), s.Name)
	to := append(c.buyers(p), Recipient{Person: c.Manager().ID})
	var out []Errand
	for i, r := range to {
		if !slices.Contains(to[:i], r) && r.Channel == "" && r.Person != "" { // the channel has the failure's card
			out = append(out, say(c, "seat/"+string(s.Key), r, text, now))
		}
	}
	return out
}
