package flows

import (
	"slices"
	"strings"
)

// CardName names a kind of card.
type CardName string

// The cards that a case keeps true, each in its chat.
const (
	CardProgress   CardName = "progress"   // HR: the case, its steps, who holds what
	CardApproval   CardName = "approval"   // manager: confirm access
	CardSignOff    CardName = "signoff"    // approver: elevated items
	CardFailure    CardName = "failure"    // IT channel: one failed step
	CardManual     CardName = "manual"     // owner of a manual step
	CardCredential CardName = "credential" // manager: day-one credential
	CardStarted    CardName = "started"    // manager: did the person start?
	CardNoShow     CardName = "noshow"     // HR: decide after a no-show
	CardDraft      CardName = "draft"      // HR: form, then summary, then what became of it
	CardUrgent     CardName = "urgent"     // second person: confirm an urgent exit; then the receipt
	CardRelease    CardName = "release"    // releasing manager: what goes, and what is kept until when
	CardKept       CardName = "kept"       // who keeps something: is it still needed?
	CardComeBack   CardName = "comeback"   // both managers: does the old access come back after a secondment?
	CardBulk       CardName = "bulk"       // HR: a list of people, then what became of it
	CardTogether   CardName = "together"   // manager: confirm the access of several people of one list
)

// Recipient is one person's chat with the bot, or one of the two channels ("it", "owners").
type Recipient struct {
	Person  AccountID `json:"person,omitempty"`
	Channel string    `json:"channel,omitempty"`
}

// Slot is one card in one chat. What it shows is a function of the case; it is sent once and then replaced in place.
type Slot struct {
	Case CaseID
	Card CardName
	Step StepKey // failure and manual cards, credential and started
	To   Recipient
}

// Key identifies the slot for ever; it holds no personal data.
func (s Slot) Key() string {
	return strings.Join([]string{string(s.Case), string(s.Card), string(s.Step), string(s.To.Person) + s.To.Channel}, "/")
}

// Slots are the cards that exist for a case in its present state. One that exists once exists for ever: a card that was sent is kept true,
// or its buttons would stay.
func (c Case) Slots() []Slot {
	if c.Version == 0 {
		return nil
	}
	var slots []Slot
	if c.showsProgress() {
		slots = append(slots, Slot{c.ID, CardProgress, "", Recipient{Person: c.HR().ID}})
	}
	seen := map[string]bool{}
	add := func(s Slot) {
		if k := s.Key(); !seen[k] {
			seen[k] = true
			slots = append(slots, s)
		}
	}
	ask := CardApproval
	switch c.Kind {
	case LeaverEvent:
		ask = CardUrgent
	case DeletionEvent:
		ask = CardDeletion
	}
	asked := append(clip(c.Approval.Former), c.Approval.Holders...)
	for _, p := range asked {
		add(c.askedOn(ask, Recipient{Person: p.ID}))
	}
	for _, d := range c.Delegated {
		if holds(asked, d.From.ID) && d.To.ID != c.Account && d.To.ID != c.Raised.Person.ID {
			add(c.askedOn(ask, Recipient{Person: d.To.ID}))
		}
	}
	for _, s := range append(clip(c.Plan.Steps), c.Fallen...) {
		_, st, _ := c.Step(s.Key)
		if _, elevated := c.SignOffs[s.Key]; elevated {
			for _, a := range c.Signatures(s) {
				add(Slot{c.ID, CardSignOff, "", Recipient{Person: a.ID}})
			}
		}
		if len(c.Steps) == 0 {
			continue
		}
		switch s.Task {
		case Manual:
			add(Slot{c.ID, CardManual, s.Key, c.ownerOf(s)})
		case OfferPass:
			if c.unheld().ready(s) || st.State != Planned || c.sawNoShow() {
				add(Slot{c.ID, CardCredential, s.Key, Recipient{Person: c.answerer().ID}})
			}
		case AskReturn:
			for _, p := range c.Return.Holders {
				add(Slot{c.ID, CardBack, s.Key, Recipient{Person: p.ID}})
			}
		case AskStarted:
			if st.Asked || st.State != Planned || st.Broke || c.sawNoShow() {
				add(Slot{c.ID, CardStarted, s.Key, Recipient{Person: c.answerer().ID}})
			}
		}
		if st.Broke {
			add(Slot{c.ID, CardFailure, s.Key, c.it()})
		}
	}
	for _, s := range slices.Concat(c.changeSlots(), c.returnSlots(), c.contractSlots(), c.moverSlots()) {
		add(s)
	}
	if c.sawNoShow() {
		add(Slot{c.ID, CardNoShow, "", Recipient{Person: c.HR().ID}})
	}
	for _, s := range c.Stay {
		add(s)
	}
	return slots
}

// unheld is the case as if it were not on hold: the cards that stand in chats stay, and say that it is.
func (c Case) unheld() Case {
	c.Paused = nil
	return c
}

// answerer is who decided on the access, and answers for the first day; while the decision is asked for anew, whom it is with.
func (c Case) answerer() Person {
	if c.Kind == LeaveEvent { // HR's confirmation is the decision
		return c.Manager()
	}
	if n := len(c.Approval.Holders); c.Approval.By.ID == "" && n > 0 {
		return c.Approval.Holders[0]
	}
	return orPerson(c.instead(ofManager, c.Approval.By), c.Approval.By)
}

// sawNoShow reports whether the manager said that the person did not start.
func (c Case) sawNoShow() bool {
	_, ok := c.Plan.Step(blockKey)
	return ok
}

// ownerOf is where a manual step is put.
func (c Case) ownerOf(s Step) Recipient {
	switch s.Owner {
	case "", string(IT):
		return c.it()
	case string(HR):
		return Recipient{Person: c.HR().ID}
	case "manager":
		return Recipient{Person: c.Manager().ID}
	}
	if id := c.ownedBy(s); id != "" {
		return Recipient{Person: id}
	}
	return c.it()
}

// it is where IT is told about the case: the channel, unless the person it is about reads along there; then one of those who may act in
// their place.
func (c Case) it() Recipient {
	if !c.Facts.InIT {
		return Recipient{Channel: "it"}
	}
	for _, p := range c.Facts.Seconds {
		return Recipient{Person: p.ID}
	}
	return Recipient{Person: c.HR().ID}
}

// ready reports whether a step may be done now, its due time aside: the plan that may run has it, what it waits for is over, an elevated
// one is signed off, and a no-show holds all but the block.
func (c Case) ready(s Step) bool {
	_, st, ok := c.Step(s.Key)
	if !ok || c.May == "" || c.Over() || c.Paused != nil || st.State.Over() || st.State == StepBroken {
		return false
	}
	if c.NoShow && s.Task != BlockSignIn {
		return false
	}
	if s.Task == OfferPass && c.Account == "" {
		return false // the account was left out, so there is nothing to sign in with
	}
	if so, elevated := c.SignOffs[s.Key]; (elevated || s.Choice == Elevated) && so.State != "approved" && s.Exception == nil {
		return false
	}
	if s.Phase == Back && !c.ComeBack.Agreed || c.left(s.Key) {
		return false
	}
	_, kept := c.KeptBack(s)
	return !kept
}

// Keys are the index keys a case is found by. They hold ids only.
func (c Case) Keys() []string {
	keys := []string{"all"}
	if c.Batch.List != "" {
		keys = append(keys, listKey(c.Batch.List))
	}
	if c.Account != "" {
		keys = append(keys, subjectKey(c.Account))
	}
	if c.contracts() {
		keys = append(keys, contractKey)
	}
	if !c.Over() {
		keys = append(keys, "open")
	}
	return keys
}

// subjectKey finds the cases about an account.
func subjectKey(id AccountID) string { return "subject/" + string(id) }
