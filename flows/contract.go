package flows

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// A contractor's access ends with the contract, unless two people say otherwise: one who asks for more time, and one of the other side, HR or
// the manager, who agrees. Silence ends it. The clock belongs to the joiner's case and lives on when that is closed.

// ContractErrand is one tick of that clock; CardContract asks the manager, and whoever has to agree.
const (
	ContractErrand          = "contract.1"
	CardContract   CardName = "contract"

	VerbContractExtend = "contract.extend"
	VerbContractLet    = "contract.let_end"
	VerbExtendAgree    = "contract.agree"
	VerbExtendDeny     = "contract.refuse"
)

type (
	// ContractAsked is one of the three questions before the end of a contract; To is empty when the answer is known and HR is told only.
	ContractAsked struct {
		Stage int    `json:"stage"` // 1, 2 or 3
		To    Person `json:"to,omitzero"`
	}
	// ExtensionAsked is a wish to extend, by the manager or by HR, put to To of the other side; empty stands for HR.
	ExtensionAsked struct {
		By    Person `json:"by"`
		To    Person `json:"to,omitzero"`
		Until Date   `json:"until"`
		Turn  string `json:"turn,omitempty"`
	}
	// ExtensionDecided is the answer of the other side.
	ExtensionDecided struct {
		By     Person `json:"by"`
		OK     bool   `json:"ok"`
		Until  Date   `json:"until"`
		Reason string `json:"reason,omitempty"`
	}
	// ContractLet is the manager's word that the contract ends.
	ContractLet struct {
		By Person `json:"by"`
	}
	// ContractEnded stops the clock: the end date came. Leaver is the exit that it led to; without one, Why says why.
	ContractEnded struct {
		Leaver CaseID `json:"leaver,omitempty"`
		Why    string `json:"why,omitempty"`
	}
)

// The kinds, for ever.
func (ContractAsked) Kind() Kind    { return "contract.asked.1" }
func (ExtensionAsked) Kind() Kind   { return "contract.extension_asked.1" }
func (ExtensionDecided) Kind() Kind { return "contract.extension_decided.1" }
func (ContractLet) Kind() Kind      { return "contract.let_end.1" }
func (ContractEnded) Kind() Kind    { return "contract.ended.1" }

// Contract is the clock of a contractor's end date.
type Contract struct {
	End     Date           `json:"end"`
	Days    int            `json:"days"`  // the longest extension, by the policy when the case was raised
	Round   int            `json:"round"` // from 1; each extension begins another one
	Stage   int            `json:"stage,omitempty"`
	Manager Person         `json:"manager,omitzero"` // who was asked
	Wish    *Wish          `json:"wish,omitempty"`   // an extension that waits for the other side
	Let     By             `json:"let,omitzero"`     // the manager's word that it ends
	Past    []Extension    `json:"past,omitempty"`
	Cards   []ContractCard `json:"cards,omitempty"`
	Leaver  CaseID         `json:"leaver,omitempty"`
	Why     string         `json:"why,omitempty"`
	Ended   time.Time      `json:"ended,omitzero"`
}

// Wish is a wish to extend.
type Wish struct {
	By    Person    `json:"by"`
	To    Person    `json:"to,omitzero"` // the manager; empty: HR
	Until Date      `json:"until"`
	At    time.Time `json:"at"`
	Turn  string    `json:"turn,omitempty"`
}

// Extension is a wish that was decided, and in which round.
type Extension struct {
	Round int    `json:"round"`
	Asked Person `json:"asked"`
	By    By     `json:"by"`
	OK    bool   `json:"ok"`
	From  Date   `json:"from"`
	Until Date   `json:"until"`
}

// ContractCard is a card that somebody got in a round.
type ContractCard struct {
	Round int       `json:"round"`
	To    AccountID `json:"to"`
}

// aboutContract reports whether an entry is about the clock, which outlives the case.
func aboutContract(b Body) bool {
	switch b := b.(type) {
	case Rerouted:
		return b.Of == ofContract || b.Of == ofHR
	case ContractAsked, ExtensionAsked, ExtensionDecided, ContractLet, ContractEnded:
		return true
	}
	return false
}

// contracts reports whether the clock runs: the access was approved, the case was not stopped, and the end has not come.
func (c Case) contracts() bool {
	return c.Contract != nil && c.May != "" && c.Rescinded == nil && c.Paused == nil && c.State != Stopped && c.Contract.Ended.IsZero()
}

// contractStages are the working days before the end at which the manager is asked.
func contractStages() []int { return []int{14, 5, 1} }

// contractTime is when a stage comes: at opening time, on its working day before the end; after the last one, on the day of the end.
func (c Case) contractTime(stage int) time.Time {
	day := c.Contract.End
	if days := contractStages(); stage < len(days) {
		day = c.Site.AddWorkingDays(day, -days[stage])
	}
	hour, minute := clockOr(c.Site.Opens, opensDefault)
	return day.At(c.Location(), hour, minute)
}

// contractErrands is the next tick of the clock.
func (c Case) contractErrands() []Errand {
	if !c.contracts() {
		return nil
	}
	return []Errand{{Key: ContractErrand + "/" + string(c.ID), Kind: ContractErrand, Case: c.ID, Lane: ContractErrand + "/" + string(c.ID), Due: c.contractTime(c.Contract.Stage).UTC()}}
}

// contractSlots are the cards about the end of the contract, one a round for each who was asked.
func (c Case) contractSlots() []Slot {
	if c.Contract == nil {
		return nil
	}
	var out []Slot
	for _, card := range c.Contract.Cards {
		out = append(out, Slot{c.ID, CardContract, roundStep(card.Round), Recipient{Person: card.To}})
	}
	return out
}

func roundStep(n int) StepKey { return StepKey(strconv.Itoa(n)) }

// contract ticks: it asks the manager, tells HR, or ends the contract.
func (e *Engine) contract(ctx context.Context, er Errand) error {
	c, err := e.Store.Case(ctx, er.Case)
	if err != nil {
		return unknownCase(e.lang(), er.Case, err)
	}
	now := e.Now()
	if !c.contracts() || c.contractTime(c.Contract.Stage).After(now) {
		return e.Commit(ctx, Change{Done: []ErrandRef{er.Ref()}})
	}
	if !c.contractTime(len(contractStages())).After(now) {
		return e.endContract(ctx, er, c)
	}
	who, err := e.contractManager(ctx, c, "")
	if err != nil {
		return err
	}
	_, err = e.change(ctx, c.ID, Change{Done: []ErrandRef{er.Ref()}}, func(now Case) (Change, error) {
		if now.Version != c.Version {
			return Change{}, moved(e.lang().Say("the case moved while it was read"))
		}
		return decideContractAsk(now, who, e.Now()), nil
	})
	return err
}

// decideContractAsk puts the question of the latest stage that has come. Five working days before, HR is told what will happen.
func decideContractAsk(c Case, who Person, now time.Time) Change {
	stage := c.Contract.Stage
	for stage < len(contractStages()) && !c.contractTime(stage).After(now) {
		stage++
	}
	b := ContractAsked{Stage: stage}
	answered := c.Contract.Let.Person.ID != "" || c.Contract.Wish != nil
	if !answered {
		b.To = who
	}
	ch := Change{Entries: []Entry{{Case: c.ID, At: now, Body: b}}}
	key := fmt.Sprintf("contract/%d/%d", c.Contract.Round, stage)
	end := c.Lang.Say("The contract of %s ends on %s", c.Event.Name(), c.Contract.End.Say(c.Lang))
	if stage >= 2 {
		text := c.Lang.Say("%s, and then the access does too. To extend it, write \"extend %s\" with a date.", end, string(c.ID))
		if w := c.Contract.Wish; w != nil {
			text = c.Lang.Say("%s. An extension until %s still waits for an answer; without one the access ends.", end, w.Until.Say(c.Lang))
		}
		ch.Add = append(ch.Add, say(c, key+"/hr", Recipient{Person: c.HR().ID}, text, now))
	}
	if stage >= 2 && !answered && who.ID != "" {
		ch.Add = append(ch.Add, say(c, key, Recipient{Person: who.ID}, c.Lang.Say("%s. Nothing was said about it, so the access ends with it. The card in this chat asks whether to extend it.", end), now))
	}
	return ch
}

// contractManager is who speaks for the contractor: whoever approved the access, or the manager in the directory, or an owner; never the
// contractor, nor the one to be left out.
func (e *Engine) contractManager(ctx context.Context, c Case, out AccountID) (Person, error) {
	ids := []string{string(c.Manager().ID), string(c.Event.Manager.ID)}
	a, err := e.World.FetchAccount(ctx, string(c.Account))
	if err != nil && CodeOf(err) != NotFound {
		return Person{}, fmt.Errorf("fetch contractor: %w", err)
	}
	ids = slices.DeleteFunc(append(ids, string(a.Manager)), func(id string) bool { return id == "" })
	people, err := e.named(ctx, ids)
	if err != nil {
		return Person{}, err
	}
	owners, err := e.named(ctx, e.Policy.Roles.Owner.People)
	if err != nil {
		return Person{}, err
	}
	for _, p := range append(people, Owner.asked(owners)...) {
		if p.ID != c.Account && p.ID != out {
			return p, nil
		}
	}
	return Person{}, nil
}

// endContract raises the exit of a contractor whose end date came, once: an exit that stands already is the one.
func (e *Engine) endContract(ctx context.Context, er Errand, c Case) error {
	e.drafting.Lock()
	defer e.drafting.Unlock()
	b := ContractEnded{}
	var err error
	switch b.Leaver, err = e.exitOf(ctx, c); {
	case err != nil:
		return err
	case c.Account == "":
		b.Why = e.lang().Say("no account was made")
	case b.Leaver == "":
		b.Leaver, b.Why, err = e.raiseExit(ctx, c)
		if err != nil {
			return err
		}
	}
	_, err = e.change(ctx, c.ID, Change{Done: []ErrandRef{er.Ref()}}, func(c Case) (Change, error) {
		if !c.contracts() {
			return Change{}, nil
		}
		ch := Change{Entries: []Entry{{Case: c.ID, At: e.Now(), Body: b}}}
		text := e.lang().Say("The contract of %s ends today. The exit is %s; write \"cancel %s\" if it is a mistake.", c.Event.Name(), string(b.Leaver), string(b.Leaver))
		if b.Leaver == "" {
			text = e.lang().Say("The contract of %s ends today, and no exit could be prepared: %s. Please look at it, and write \"leaver\" with the name if the access must end.", c.Event.Name(), b.Why)
		}
		ch.Add = []Errand{say(c, fmt.Sprintf("contract/%d/end", c.Contract.Round), Recipient{Person: c.HR().ID}, text, e.Now())}
		return ch, nil
	})
	return err
}

// exitOf is the exit that this contract's end led to, or one that is open anyway.
func (e *Engine) exitOf(ctx context.Context, c Case) (CaseID, error) {
	if c.Account == "" {
		return "", nil
	}
	cases, err := e.Store.Cases(ctx, subjectKey(c.Account))
	if err != nil {
		return "", fmt.Errorf("look for exits: %w", err)
	}
	for _, o := range cases {
		if o.Kind == LeaverEvent && (!o.Over() || o.EndOf == c.ID && o.Event.LastDay == c.Contract.End) {
			return o.ID, nil
		}
	}
	return "", nil
}

// raiseExit makes the planned exit at closing time of the end date; why says what stands against it.
func (e *Engine) raiseExit(ctx context.Context, c Case) (id CaseID, why string, err error) {
	by := c.Raised.Person
	here, err := e.named(ctx, append([]string{string(by.ID)}, e.Policy.Roles.Owner.People...))
	switch {
	case err != nil:
		return "", "", err
	case len(here) > 0:
		by = here[0]
	}
	d := Draft{
		ID: "D-" + hashed("contract "+string(c.ID)+" "+string(c.Contract.End)), State: DraftSummary, By: by, At: e.Now(), EndOf: c.ID,
		Event: PeopleEvent{Kind: LeaverEvent, Subject: Person{ID: c.Account}, LastDay: c.Contract.End, Site: c.Event.Site, Reply: e.Policy.Leaver.Reply},
	}
	problems, err := e.leaverFacts(ctx, &d)
	switch {
	case CodeOf(err) == Unavailable || CodeOf(err) == Internal && err != nil:
		return "", "", err
	case err != nil:
		return "", SayOf(err), nil
	}
	for _, problem := range problems {
		return "", problem, nil
	}
	d, err = e.raise(ctx, Change{}, d, by)
	return d.Case, "", err
}

// answerExtend answers "extend CASE to DATE": HR's wish, which the manager has to agree to.
func (e *Engine) answerExtend(ctx context.Context, t Turn, _ Account, _ Roles, cmd Command) (Reply, error) {
	if !t.Personal {
		return Reply{}, invalid(e.lang().Say("Please write this to me in our own chat: others read along here."))
	}
	name, when := cutAt(cmd.Rest, "to", "until", "till")
	c, list, err := e.contractOf(ctx, t, cmd, name)
	if err != nil || list != nil {
		return Reply{View: list}, err
	}
	if !c.contracts() {
		return Reply{}, moved(e.lang().Say("No contract end is being watched for this case, so there is nothing to extend."))
	}
	day, _, doubt := readDay(e.lang(), when, DateOf(e.Now().In(c.Location())), 0)
	if day == "" {
		return Reply{}, invalid(orElse(doubt, e.lang().Say("Write the new end date as well, such as \"extend %s to 31 March\".", string(c.ID))))
	}
	who, err := e.contractManager(ctx, c, t.By.ID)
	if err != nil {
		return Reply{}, err
	}
	if who.ID == "" {
		return Reply{}, deny(e.lang().Say("Nobody else can agree to this: the manager is missing, and the policy names no owner."))
	}
	turn := hashed(t.Key)
	_, err = e.change(ctx, c.ID, Change{}, func(c Case) (Change, error) {
		if w := c.Contract.Wish; w != nil && w.Turn == turn {
			return Change{}, nil
		}
		if err := c.mayExtend(t.By, day); err != nil {
			return Change{}, err
		}
		return Change{Entries: t.entryOn(c.ID, e.Now(), ExtensionAsked{By: t.By, To: who, Until: day, Turn: turn})}, nil
	})
	return Reply{Text: e.lang().Say("%s is asked to agree that the contract of %s goes on until %s.", who.Name, c.Event.Name(), day.Say(e.lang()))}, err
}

// contractOf is the contract that HR means, also of a closed case.
func (e *Engine) contractOf(ctx context.Context, t Turn, cmd Command, name string) (Case, any, error) {
	if cmd.Case != "" {
		c, err := e.Store.Case(ctx, cmd.Case)
		if err != nil {
			return c, nil, unknownCase(e.lang(), cmd.Case, err)
		}
		if c.secretFrom(t.By.ID) {
			return c, nil, gone(e.lang().Say("I do not know a case %s.", string(cmd.Case)))
		}
		return c, nil, nil
	}
	all, err := e.Store.Cases(ctx, contractKey)
	if err != nil {
		return Case{}, nil, fmt.Errorf("list contracts: %w", err)
	}
	var found []Case
	for _, c := range t.except(all) {
		if matchesName(c.Event, name) {
			found = append(found, c)
		}
	}
	switch len(found) {
	case 0:
		return Case{}, nil, gone(e.lang().Say("I watch no contract end for that name. Write \"extend\" with the reference of the case, such as J-2026-0042."))
	case 1:
		return found[0], nil, nil
	}
	return Case{}, CaseList{Title: e.lang().Say("%d cases match. Write \"extend\" with the reference.", len(found)), Cases: found, At: e.Now()}, nil
}

// contractOf reports whether the case speaks of the end of somebody's own contract. That is asked of every contractor, so that the case is
// no longer theirs to see tells them nothing.
func (c Case) contractOf(id AccountID) bool {
	return c.Contract != nil && c.Account != "" && c.Account == id && (c.Contract.Stage > 0 || c.Contract.Round > 1 || c.Contract.Wish != nil || len(c.Contract.Past) > 0 || !c.Contract.Ended.IsZero())
}

// contractKey finds the cases whose clock runs.
const contractKey = "contract"

// mayExtend says whether an extension can be asked for.
func (c Case) mayExtend(by Person, until Date) error {
	last := c.Contract.End.AddDays(c.Contract.Days)
	_, err := ParseDate(c.Lang, string(until))
	switch {
	case !c.contracts():
		return moved(c.Lang.Say("The contract has ended, or the case is on hold. Nothing was changed."))
	case by.ID == c.Account:
		return deny(c.Lang.Say("Nobody decides on their own contract."))
	case c.Contract.Wish != nil:
		return moved(c.Lang.Say("An extension until %s waits for an answer already.", c.Contract.Wish.Until.Say(c.Lang)))
	case err != nil:
		return invalid(c.Lang.Say("Please choose the new end date."))
	case !c.Contract.End.Before(until):
		return invalid(c.Lang.Say("The contract runs until %s. Choose a later day.", c.Contract.End.Say(c.Lang)))
	case last.Before(until):
		return invalid(c.Lang.Say("A contract is extended by at most %s at a time: until %s.", count(c.Lang, c.Contract.Days, "day"), last.Say(c.Lang)))
	}
	return nil
}

// contractDays is how long an extension may be, for a contractor; zero for anybody else.
func contractDays(ev PeopleEvent, p *Policy) int {
	if ev.Kind != JoinerEvent || ev.Employment != contractor || ev.End == "" {
		return 0
	}
	return p.Limits.ContractDays
}
