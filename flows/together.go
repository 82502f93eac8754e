package flows

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Together are several starters of one list whose access one manager confirms on one card. Each is a case and a decision of its own: the
// card only saves the manager from ten cards that look alike.
type Together struct {
	List  string
	Page  int
	To    AccountID
	Cases []Case            // by reference
	Said  map[CaseID]string // why a press did not count for a case; only in answer to that press
	Kept  map[CaseID][]StepKey
}

// The limits of such a card: how many people, and how much is offered to them, so that it can be sent.
const (
	mostTogether = 10
	mostOffered  = 60
)

// ShortPlan is how much of a plan's hash a card for several cases carries for each: 128 bits, so that the card can be sent.
const ShortPlan = 32

// paged puts the confirmed rows that go to one manager on cards together. A row alone, and an exit, which asks no manager, has none.
func (b *Bulk) paged() {
	page := 0
	done := map[AccountID]bool{}
	for i := range b.Rows {
		b.Rows[i].Page = 0
	}
	for _, first := range b.Rows {
		if !first.Raise || done[first.Route.ID] || first.Event.Kind != JoinerEvent {
			continue
		}
		done[first.Route.ID] = true
		var card []int
		offered := 0
		put := func() {
			if len(card) > 1 {
				page++
				for _, i := range card {
					b.Rows[i].Page = page
				}
			}
			card, offered = nil, 0
		}
		for i, r := range b.Rows {
			if !r.Raise || r.Route.ID != first.Route.ID {
				continue
			}
			if len(card) == mostTogether || len(card) > 0 && offered+r.Offers > mostOffered {
				put()
			}
			card, offered = append(card, i), offered+r.Offers
		}
		put()
	}
}

// togetherSlots are the cards that managers and their delegates get for several rows of a list.
func (e *Engine) togetherSlots(ctx context.Context, list string) ([]Slot, error) {
	cases, err := e.Store.Cases(ctx, listKey(list))
	if err != nil {
		return nil, fmt.Errorf("list the cases of %s: %w", list, err)
	}
	var out []Slot
	for _, c := range cases {
		for _, s := range c.Slots() {
			if s.Card == CardTogether && !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	return out, nil
}

// TogetherSlot is the card on which somebody decides on several cases of a list.
func TogetherSlot(b Batch, to AccountID) Slot {
	return Slot{Case: CaseID(b.List), Card: CardTogether, Step: StepKey(strconv.Itoa(b.Page)), To: Recipient{Person: to}}
}

// together reports whether somebody decides on the case on a card with others: whoever the rows go to, and their delegates. Who was one
// keeps the card.
func (c Case) together(id AccountID) bool {
	return c.Batch.Page > 0 && (id == c.Facts.Route.ID || slices.ContainsFunc(c.Delegated, func(d StandIn) bool { return d.To.ID == id && d.From.ID == c.Facts.Route.ID }))
}

// askedOn is the card on which a decision is asked of somebody.
func (c Case) askedOn(card CardName, to Recipient) Slot {
	if c.together(to.Person) {
		return TogetherSlot(c.Batch, to.Person)
	}
	return Slot{c.ID, card, "", to}
}

// showsProgress reports whether HR has a card about the case alone. Of a list, HR gets one only when something needs a word; until then the
// list's card and "status" say how it goes.
func (c Case) showsProgress() bool {
	if c.Batch.List == "" || len(c.Questions) > 0 || c.sawNoShow() {
		return true
	}
	return slices.ContainsFunc(c.Steps, func(st StepStatus) bool { return st.Broke })
}

// listKey finds the cases of a list.
func listKey(list string) string { return "list/" + list }

// remindTogether is one reminder for all cases of a card: each of them sets it anew, and it waits until the last has.
func remindTogether(c Case, to Recipient, now time.Time) Errand {
	return Errand{
		Key: SayErrand + "/remind/" + TogetherSlot(c.Batch, to.Person).Key(), Kind: SayErrand, Case: c.ID, Due: now.Add(time.Minute).UTC(),
		Body: errandBody(SayWork{To: to, Text: c.Lang.Say("Some of your new starters still wait for you to confirm the access. The card with all of them is further up in this chat.")}),
	}
}

// onList reports whether the press is on the card of a list, or on a manager's card for several of its people.
func (t Turn) onList() bool {
	return strings.HasPrefix(t.Verb, "bulk.") || strings.HasPrefix(t.Verb, "together.")
}

// FetchTogether reads what one card for several cases shows; false while their list is still being raised.
func (e *Engine) FetchTogether(ctx context.Context, s Slot) (Together, bool, error) {
	b, err := e.FetchBulk(ctx, string(s.Case))
	if err != nil {
		return Together{}, false, err
	}
	g := Together{List: b.ID, To: s.To.Person}
	if g.Page, err = strconv.Atoi(string(s.Step)); err != nil {
		return g, false, fmt.Errorf("read page of %s: %w", s.Card, err)
	}
	cases, err := e.Store.Cases(ctx, listKey(b.ID))
	if err != nil {
		return g, false, fmt.Errorf("list the cases of %s: %w", b.ID, err)
	}
	for _, c := range cases {
		if c.Batch.Page == g.Page && c.together(g.To) {
			g.Cases = append(g.Cases, c)
		}
	}
	slices.SortFunc(g.Cases, func(a, b Case) int { return cmp.Compare(a.ID, b.ID) })
	return g, b.State == BulkDone && len(g.Cases) > 0, nil
}

// presentList is the card that was pressed, as it stands now.
func (e *Engine) presentList(ctx context.Context, t Turn) (Reply, error) {
	if strings.HasPrefix(t.Verb, "bulk.") {
		b, err := e.FetchBulk(ctx, t.Draft)
		return Reply{Bulk: &b}, err
	}
	g, _, err := e.FetchTogether(ctx, t.togetherSlot())
	return Reply{Together: &g}, err
}

func (t Turn) togetherSlot() Slot {
	return Slot{Case: CaseID(t.Draft), Card: CardTogether, Step: t.Step, To: Recipient{Person: t.By.ID}}
}

// pressTogether takes a press on a card for several cases. Each case is decided by the rule and in the commit that it would have on a card
// of its own; what does not count for one is said beside that one, and the others stand.
func (e *Engine) pressTogether(ctx context.Context, t Turn, roles Roles) (Reply, error) {
	g, _, err := e.FetchTogether(ctx, t.togetherSlot())
	if err != nil {
		return Reply{}, err
	}
	if len(g.Cases) == 0 {
		return Reply{}, deny(e.lang().Say("These decisions are with somebody else."))
	}
	if len(t.Each) == 0 {
		return Reply{Together: &g}, invalid(e.lang().Say("Nobody is ticked, so nothing was decided. Tick those whom you want to decide on."))
	}
	said, kept := map[CaseID]string{}, map[CaseID][]StepKey{}
	var failed error
	for _, p := range t.Each {
		err := e.pressOne(ctx, t.of(p), roles, g)
		switch CodeOf(err) {
		case Denied, Conflict, Invalid, NotFound:
			said[p.Case], kept[p.Case] = SayOf(err), p.Ticked
		case Seen:
		default:
			if err != nil {
				failed = err
				said[p.Case], kept[p.Case] = e.lang().Say("This could not be stored just now. Please press again."), p.Ticked
			}
		}
	}
	if failed != nil && len(said) == len(t.Each) {
		return Reply{}, failed
	}
	after, _, err := e.FetchTogether(ctx, t.togetherSlot())
	after.Said, after.Kept = said, kept
	return Reply{Together: &after}, err
}

// of is the press as it is about one case.
func (t Turn) of(p EachPress) Turn {
	out := t
	out.Key, out.Case, out.Plan, out.Ticked, out.Each = t.Key+"|"+string(p.Case), p.Case, p.Plan, p.Ticked, nil
	out.Draft, out.Step = "", ""
	out.Verb = map[string]string{VerbAllApprove: VerbApprove, VerbOneReject: VerbReject, VerbOneAsk: VerbAsk, VerbOneHandOver: VerbHandOver}[t.Verb]
	return out
}

func (e *Engine) pressOne(ctx context.Context, t Turn, roles Roles, g Together) error {
	i := slices.IndexFunc(g.Cases, func(c Case) bool { return c.ID == t.Case })
	if i < 0 {
		return moved(e.lang().Say("This card is not about %s, so nothing was decided on it.", string(t.Case)))
	}
	if shown := g.Cases[i].Shown; len(t.Plan) == ShortPlan && strings.HasPrefix(string(shown), string(t.Plan)) {
		t.Plan = shown
	}
	err := e.known(ctx, t)
	if err == nil {
		t.behalf, err = e.readBehalf(ctx, t, rightTo(e.lang(), t.Verb))
	}
	switch {
	case err != nil:
	case t.Verb == VerbHandOver:
		_, err = e.handOver(ctx, t, roles)
	default:
		rule := rules[t.Verb]
		_, err = e.decide(ctx, t, func(c Case) (Change, error) { return rule(c, t, roles, e.Now()) }, roles)
	}
	switch CodeOf(err) {
	case Denied, Conflict, Invalid, NotFound:
		rerr := e.refuse(ctx, t, err)
		if CodeOf(rerr) == Seen { // delivered twice: it was taken the first time
			return rerr
		}
		if rerr != nil {
			return rerr
		}
	}
	return err
}
