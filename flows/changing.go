package flows

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"muster/flows/texts"
)

// A case on its way is changed in two steps, as an event is announced: HR writes what should change, the bot shows what that does, and
// nothing happens before HR confirms it on that card.

// The verbs of the card.
const (
	VerbChangeMake   = "change.make"
	VerbChangeDrop   = "change.drop"
	VerbChangeSecond = "change.second"
)

// CardChange shows a change of a case; its slot's step is the number of the change.
const CardChange CardName = "change"

// changeStep names a change in a slot and on a button.
func changeStep(n int) StepKey { return StepKey(strconv.Itoa(n)) }

// Change finds a change by the number in a slot.
func (c Case) Change(k StepKey) (CaseChange, bool) {
	for _, ch := range c.Changes {
		if changeStep(ch.N) == k {
			return ch, true
		}
	}
	return CaseChange{}, false
}

// Instead is what a change of date says: "starts Tue 12 January 2027 instead of Tue 5 January 2027".
func (ch CaseChange) Instead(lang texts.Language) string {
	_, was, _ := strings.Cut(ch.Was, " ")
	if _, from, ok := strings.Cut(ch.Was, " from "); ok { // "is on leave from", "seconded from"
		was = from
	}
	return lang.Say("%s instead of %s", ch.Will, was)
}

// OpenChange is the change that waits for somebody, if there is one.
func (c Case) OpenChange() (CaseChange, bool) {
	if n := len(c.Changes); n > 0 && c.Changes[n-1].Open() && !c.Over() {
		return c.Changes[n-1], true
	}
	return CaseChange{}, false
}

// answerMove answers "move CASE to DATE [at TIME]".
func (e *Engine) answerMove(ctx context.Context, t Turn, _ Account, roles Roles, cmd Command) (Reply, error) {
	who, when := cutAt(cmd.Rest, "to")
	who, end := ofEnd(who)
	c, list, err := e.toChange(ctx, t, roles, cmd, who)
	if err != nil || list != nil {
		return Reply{View: list}, err
	}
	kind, ok := c.Kind.moves()
	if end && c.Kind == MoverEvent {
		kind = secondmentMoves()
	}
	switch {
	case end && c.Kind != MoverEvent:
		return Reply{}, invalid(e.lang().Say("Only the last day of a secondment is moved like this. Write \"extend\" for a contract, \"return\" for a leave, or \"help\"."))
	case !ok:
		return Reply{}, invalid(e.lang().Say("The date of this kind of event cannot be moved. Write \"cancel %s\" and announce it anew.", string(c.ID)))
	case kind.fixed(c) != "":
		return Reply{}, moved(kind.fixed(c))
	case when == "":
		return Reply{}, invalid(e.lang().Say("Write the new date as well, such as \"move %s to 12 January\".", string(c.ID)))
	}
	today := DateOf(e.Now().In(c.Location()))
	day, at, doubt := readDay(e.lang(), when, today, e.Policy.Limits.LateDays)
	if day == "" {
		return Reply{}, invalid(orElse(doubt, e.lang().Say("I do not understand the date \"%s\". Write it like 12 January.", when)))
	}
	if at != "" && !kind.timed {
		return Reply{}, invalid(e.lang().Say("Only the date of this event can be moved. Its time of day is the policy's."))
	}
	ev := kind.with(c.Event, day, at)
	if ev == c.Event {
		return Reply{}, invalid(e.lang().Say("That is the date already: %s %s.", c.Event.Name(), movedTo(e.lang(), c.Event)))
	}
	for _, field := range []string{kind.field, "end", "last_time", "hold_until"} {
		if problem := kind.check(ev, e.Policy, today)[field]; problem != "" {
			return Reply{}, invalid(problem)
		}
	}
	plan, warnings, err := kind.replan(e, ctx, c, ev)
	if err != nil {
		return Reply{}, err
	}
	warnings = slices.DeleteFunc(warnings, func(w string) bool { return slices.Contains(c.Warnings, w) })
	if doubt != "" {
		warnings = append([]string{doubt}, warnings...)
	}
	if _, kept := c.replanned(plan, ev); !kept && c.Kind == MoverEvent {
		return Reply{}, moved(e.lang().Say("With that date, what the managers decided would not hold any more: the policy gives other items by now, or something is kept until a day that does not fit. Nothing was moved. Choose another date, or write \"cancel %s\" and announce it anew.", string(c.ID)))
	}
	return e.ask(ctx, t, c, func(c Case) ChangeAsked {
		fits, kept := c.replanned(plan, ev)
		return ChangeAsked{What: MoveChange, Event: ev, Plan: fits, From: c.inForce(), Kept: kept, Warnings: warnings, Shown: c.shownAnew(plan), ReleaseBy: e.releaseBy(ev, c.Site, e.Now())}
	})
}

// ofEnd takes "end" or "last day" from behind the case that is meant.
func ofEnd(who string) (string, bool) {
	fields := strings.Fields(who)
	for _, phrase := range [][]string{{"end"}, {"end", "date"}, {"last", "day"}} {
		if n := len(fields) - len(phrase); n > 0 && strings.EqualFold(strings.Join(fields[n:], " "), strings.Join(phrase, " ")) {
			return strings.Join(fields[:n], " "), true
		}
	}
	return who, false
}

// shownAnew is what the cards of a move show for another date while one of its two keys is still out; empty in any other case.
func (c Case) shownAnew(p Plan) PlanHash {
	if c.Kind != MoverEvent || c.May != "" {
		return ""
	}
	return p.Hash()
}

// answerCancel answers "cancel CASE".
func (e *Engine) answerCancel(ctx context.Context, t Turn, _ Account, roles Roles, cmd Command) (Reply, error) {
	c, list, err := e.toChange(ctx, t, roles, cmd, cmd.Rest)
	if err != nil || list != nil {
		return Reply{View: list}, err
	}
	return e.ask(ctx, t, c, func(c Case) ChangeAsked { return ChangeAsked{What: CancelChange, From: c.inForce()} })
}

// ask puts a change before the one who wants it. A repeat of the turn asks nothing new; what was open before is dropped for it.
func (e *Engine) ask(ctx context.Context, t Turn, c Case, want func(Case) ChangeAsked) (Reply, error) {
	turn := hashed(t.Key)
	c, err := e.change(ctx, c.ID, Change{}, func(c Case) (Change, error) {
		if slices.ContainsFunc(c.Changes, func(ch CaseChange) bool { return ch.Turn == turn }) {
			return Change{}, nil
		}
		if err := c.mayChange(t.By, true); err != nil {
			return Change{}, err
		}
		var out Change
		if open, ok := c.OpenChange(); ok {
			out.Entries = t.entryOn(c.ID, e.Now(), ChangeDropped{N: open.N, By: t.By, Reason: e.lang().Say("another change was asked for")})
		}
		b := want(c)
		b.N, b.By, b.Turn = len(c.Changes)+1, t.By, turn
		out.Entries = append(out.Entries, t.entryOn(c.ID, e.Now(), b)...)
		return out, nil
	})
	if err != nil {
		return Reply{}, err
	}
	return Reply{Case: &c, Slot: Slot{Case: c.ID, Card: CardChange, Step: changeStep(len(c.Changes)), To: Recipient{Person: t.By.ID}}}, nil
}

// entryOn makes the entry of the one who wrote.
func (t Turn) entryOn(id CaseID, now time.Time, b Body) []Entry {
	return []Entry{{Case: id, At: now, By: t.By.ID, Body: b}}
}

// mayChange says whether a case can be changed by somebody of HR; new when the change is only asked for.
func (c Case) mayChange(by Person, asked bool) error {
	switch {
	case c.secretFrom(by.ID):
		return gone(c.Lang.Say("I do not know a case %s.", string(c.ID)))
	case c.Account != "" && c.Account == by.ID:
		return deny(c.Lang.Say("Nobody decides on their own case. Ask a colleague in HR."))
	case c.Over():
		return moved(c.Lang.Say("This case has ended; nothing was changed."))
	case c.Rescinded != nil:
		return moved(c.Lang.Say("This case is being cancelled already."))
	case c.Paused != nil && asked:
		return moved(c.Lang.Say("This case is on hold. It goes on, or ends, when the other event of the same person is settled."))
	}
	return nil
}

// toChange finds the case that HR means: by its reference, or an open one by the person's name. Several are listed: the bot never picks.
func (e *Engine) toChange(ctx context.Context, t Turn, roles Roles, cmd Command, who string) (Case, any, error) {
	if !t.Personal {
		return Case{}, nil, invalid(e.lang().Say("Please write this to me in our own chat: others read along here."))
	}
	if cmd.Case != "" {
		c, err := e.Store.Case(ctx, cmd.Case)
		if err != nil {
			return c, nil, unknownCase(e.lang(), cmd.Case, err)
		}
		return c, nil, c.mayChange(t.By, true)
	}
	open, err := e.Store.Cases(ctx, "open")
	if err != nil {
		return Case{}, nil, fmt.Errorf("list open cases: %w", err)
	}
	return e.oneOf(cmd, who, t.except(open), t.By)
}

// oneOf is the one case that a name stands for.
func (e *Engine) oneOf(cmd Command, who string, of []Case, by Person) (Case, any, error) {
	var found []Case
	for _, c := range of {
		if matchesName(c.Event, who) {
			found = append(found, c)
		}
	}
	switch len(found) {
	case 0:
		return Case{}, nil, gone(e.lang().Say("I know no open case for that name. Write \"%s\" with the reference of the case, such as J-2026-0042.", cmd.Name))
	case 1:
		return found[0], nil, found[0].mayChange(by, true)
	}
	return Case{}, CaseList{Title: e.lang().Say("%d cases match. Write \"%s\" with the reference.", len(found), cmd.Name), Cases: found, At: e.Now()}, nil
}

// cutAt splits "Priya Patel to 12 January" at the last of these words.
func cutAt(text string, words ...string) (before, after string) {
	fields := strings.Fields(text)
	for i := len(fields) - 1; i >= 0; i-- {
		if slices.Contains(words, strings.ToLower(strings.Trim(fields[i], ",:"))) {
			return strings.Join(fields[:i], " "), strings.Join(fields[i+1:], " ")
		}
	}
	return text, ""
}

// readDay reads a day and, behind it, a time of day. A day that is in doubt is given with the doubt; what is not understood is no day.
func readDay(lang texts.Language, text string, today Date, late int) (day Date, at, doubt string) {
	ws := splitWords(text)
	got := dateReader{from: today, late: late}.read(lang, ws)
	if got.words == 0 || got.date == "" {
		return "", "", got.doubt
	}
	rest := ws[got.words:]
	if isAny(rest, "at", "by") {
		rest = rest[1:]
	}
	if len(rest) == 0 {
		return got.date, "", got.doubt
	}
	clock := readTime(lang, rest, true)
	if clock.words != len(rest) || clock.clock == "" {
		return "", "", orElse(clock.doubt, lang.Say("I do not understand \"%s\" behind the date.", join(rest)))
	}
	if clock.doubt != "" {
		return "", "", lang.Say("%s Write it like 17:30.", clock.doubt)
	}
	return got.date, clock.clock, got.doubt
}

// pressedChange is an open change that the presser may act on, or why not.
func (c Case) pressedChange(t Turn) (CaseChange, error) {
	ch, ok := c.Change(t.Step)
	switch {
	case !ok:
		return ch, moved(c.Lang.Say("I do not know this change any more. Write it again."))
	case !ch.Open():
		return ch, moved(c.Lang.Say("This was decided already. Nothing was changed."))
	}
	return ch, c.mayChange(t.By, c.Paused != nil && c.Paused.Back.IsZero())
}

// decideChange is HR's confirmation of what was shown.
func decideChange(c Case, t Turn, roles Roles, now time.Time) (Change, error) {
	ch, err := c.pressedChange(t)
	switch {
	case err != nil:
		return Change{}, err
	case !rightTo(c.Lang, VerbChangeMake).held(roles):
		return Change{}, deny(rightTo(c.Lang, VerbChangeMake).Deny)
	case ch.By.ID != t.By.ID:
		return Change{}, deny(c.Lang.Say("This change was asked for by %s, who confirms it too.", ch.By.Name))
	case ch.State == "agreed":
		return Change{}, moved(c.Lang.Say("You confirmed this. A second person must confirm it too."))
	case ch.What == MoveChange:
		return decideMove(c, ch, t, now)
	}
	reason, err := t.need("reason", c.Lang.Say("Please say in a few words why it is cancelled."))
	if err != nil {
		return Change{}, err
	}
	return decideCancel(c, ch, t, reason, now)
}

// decideChangeDrop leaves everything as it is.
func decideChangeDrop(c Case, t Turn, roles Roles, now time.Time) (Change, error) {
	ch, err := c.pressedChange(t)
	if err != nil {
		return Change{}, err
	}
	switch mine := isChanger.holds(c, t, roles); {
	case isSecond.holds(c, t, roles):
	case mine && !rightTo(c.Lang, VerbChangeDrop).held(roles):
		return Change{}, deny(rightTo(c.Lang, VerbChangeDrop).Deny)
	case !mine:
		return Change{}, deny(c.Lang.Say("This change was asked for by %s.", ch.By.Name))
	}
	return Change{Entries: t.entry(now, ChangeDropped{N: ch.N, By: t.By})}, nil
}

// applyChange folds the entries about changes.
func (c Case) applyChange(e Entry) (Case, error) {
	switch b := e.Body.(type) {
	case ChangeAsked:
		if b.N != len(c.Changes)+1 {
			return c, fmt.Errorf("change %d after %d others", b.N, len(c.Changes))
		}
		ch := CaseChange{N: b.N, What: b.What, By: b.By, At: e.At, Turn: b.Turn, Was: whenOf(c.Lang, c.Event), Event: b.Event, Plan: b.Plan, From: b.From, Kept: b.Kept, Warnings: b.Warnings, Shown: b.Shown, ReleaseBy: b.ReleaseBy}
		if b.What == MoveChange {
			ch.Was, ch.Will = movedTo(c.Lang, c.Event), movedTo(c.Lang, b.Event)
		}
		c.Changes = append(clip(c.Changes), ch)
		return c, nil
	case ChangeAgreed:
		ch, ok := c.OpenChange()
		if !ok || ch.N != b.N || ch.State != "" {
			return c, fmt.Errorf("no open change %d", b.N)
		}
		return c.withChange(b.N, func(ch *CaseChange) {
			ch.State, ch.Agreed, ch.Reason = "agreed", By{Person: b.By, At: e.At}, b.Reason
		}), nil
	case ChangeDropped:
		if ch, ok := c.OpenChange(); !ok || ch.N != b.N {
			return c, fmt.Errorf("no open change %d", b.N)
		}
		return c.decidedChange(b.N, "dropped", By{Person: b.By, At: e.At, Note: b.Reason}), nil
	case Moved:
		if ch, ok := c.OpenChange(); !ok || ch.N != b.N {
			return c, fmt.Errorf("no open change %d", b.N)
		}
		return c.move(e, b)
	case Rescinded:
		return c.rescind(e, b)
	}
	if aboutContract(e.Body) {
		return c.applyContract(e)
	}
	return c.applyOverlap(e)
}

func (c Case) withChange(n int, f func(*CaseChange)) Case {
	c.Changes = slices.Clone(c.Changes)
	for i := range c.Changes {
		if c.Changes[i].N == n {
			f(&c.Changes[i])
		}
	}
	return c
}

// decidedChange closes a change. What it would have done is not kept twice.
func (c Case) decidedChange(n int, state string, by By) Case {
	return c.withChange(n, func(ch *CaseChange) {
		ch.State, ch.Decided, ch.Event, ch.Plan, ch.From = state, by, PeopleEvent{}, Plan{}, ""
		ch.Shown, ch.ReleaseBy = "", time.Time{}
	})
}

// changeSlots are the cards of the changes: for the one who asked, and for those who may be the second person.
func (c Case) changeSlots() []Slot {
	var out []Slot
	for _, ch := range c.Changes {
		k := changeStep(ch.N)
		out = append(out, Slot{c.ID, CardChange, k, Recipient{Person: ch.By.ID}})
		if ch.Agreed.Person.ID != "" {
			for _, p := range c.changeSeconds(ch) {
				out = append(out, Slot{c.ID, CardChange, k, Recipient{Person: p.ID}})
			}
		}
	}
	return out
}

// openChanges are the changes that wait for somebody, and the question whether a held case goes on.
func (c Case) openChanges() []OpenItem {
	var out []OpenItem
	add := func(what string, ps []Person, slot Slot, since time.Time) {
		slot.To = Recipient{Person: ps[0].ID}
		out = append(out, OpenItem{Case: c.ID, Subject: c.Event.Name(), What: what, Holder: names(c.Lang, ps), To: recipients(ps), Slot: slot, Since: since, Zone: c.Location()})
	}
	if ch, ok := c.OpenChange(); ok {
		what, slot := c.Lang.Say("Confirm a new date"), Slot{Case: c.ID, Card: CardChange, Step: changeStep(ch.N)}
		if ch.What == CancelChange {
			what = c.Lang.Say("Confirm a cancellation")
		}
		if seconds := c.changeSeconds(ch); ch.State == "agreed" && len(seconds) > 0 {
			add(c.Lang.Say("%s as the second person", what), seconds, slot, ch.Agreed.At)
		} else {
			add(what, []Person{ch.By}, slot, ch.At)
		}
	}
	if c.Paused != nil && !c.Paused.Back.IsZero() {
		add(c.Lang.Say("Decide whether it goes on"), []Person{c.HR()}, Slot{Case: c.ID, Card: CardReturn}, c.Paused.Back)
	}
	return out
}
