package flows

import (
	"context"
	"strings"
	"time"

	"muster/flows/texts"
)

// sight is what a look showed.
type sight struct {
	done    bool      // it is as the step wants it
	text    string    // what was seen, for the evidence
	account AccountID // of the created account
}

// task is one row of the task catalogue: how a step looks at the world and acts on it, and what people should know of it. Act may run twice.
type task struct {
	look  func(context.Context, hands, Case, Step) (sight, error)
	act   func(context.Context, hands, Case, Step) error
	looks []time.Duration // pauses between looks before people are asked; the step is sent once more after the third
	needs []string        // Graph application permissions

	// plan turns a line of a workflow into the steps that the facts ask for. plansOf has others for some workflows.
	plan     planLine
	in       []string // workflows in which a line of it makes sense
	takes    []string // parameters that a line of it may have
	early    bool     // of a leaver: may be done while the person still works
	licensed bool     // needs the mailbox or the licence, so no licence goes before it
	many     bool     // each line of it is something of its own, so that several may be for the same person

	// undo is the step that takes back what a step did, if anything does; key and time are set by whoever plans it.
	undo func(Case, Step) (Step, bool)

	does     string // what it does, one line
	done     string // what must be seen before it counts as done
	undone   string // how it is taken back, or why it cannot be
	pitfalls string // what practice has shown
}

// hands are what tasks work with.
type hands struct {
	World
	courier Courier
	hooks   Caller // nil: the policy has none
	ledger  ledger
	now     time.Time

	others func(ctx context.Context, role Role, but AccountID) ([]Person, error) // who else holds one of Muster's roles
}

// Courier takes one message to one person's chat with the bot. Found says whether a message with this key was accepted before.
type Courier interface {
	Deliver(ctx context.Context, key string, id CaseID, to Recipient, text string) error
	Found(ctx context.Context, key string) (bool, error)
}

// soon are the pauses for effects that Microsoft shows within seconds to minutes (reference/graph.md 4.2); slowly are those for effects
// of its background jobs, such as dynamic groups.
var (
	soon   = []time.Duration{2 * time.Second, 4 * time.Second, 8 * time.Second, 15 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute}
	slowly = []time.Duration{10 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 4 * time.Hour, 12 * time.Hour}
)

func (c Case) mark() string { return "muster:" + string(c.ID) }

func lookAccount(ctx context.Context, h hands, c Case, s Step) (sight, error) {
	a, err := h.FetchAccount(ctx, c.Plan.Account.UPN)
	if CodeOf(err) == NotFound {
		return sight{text: c.Lang.Say("no account %s", c.Plan.Account.UPN)}, nil
	}
	if err != nil {
		return sight{}, err
	}
	if a.Mark != c.mark() && !c.madeByHand(s, a) {
		return sight{}, &Error{Code: Conflict, Say: c.Lang.Say("The sign-in name %s belongs to another account by now. Free the name and retry. If the account was made by hand for this person, give it the name %s and the hire date %s, then record it as done by hand.", a.UPN, c.Plan.Account.Name, c.Plan.Account.HireDate.Say(c.Lang))}
	}
	return sight{done: true, account: a.ID, text: c.Lang.Say("account %s, %s, usage location %s", a.UPN, enabledWord(c.Lang, a.Enabled), orNone(a.UsageLocation))}, nil
}

// madeByHand reports whether an account without Muster's mark is the one that somebody says they made for the case. A name alone is not
// enough: a namesake's account must never be taken for it.
func (c Case) madeByHand(s Step, a Account) bool {
	_, st, _ := c.Step(s.Key)
	n := c.Plan.Account
	return st.Claimed.Person.ID != "" && !a.Guest && sameName(a.Name, n.Name) && n.HireDate != "" && a.HireDate == n.HireDate
}

func actAccount(ctx context.Context, h hands, c Case, _ Step) error {
	n := c.Plan.Account
	n.Mark = c.mark()
	_, err := h.CreateAccount(ctx, n)
	if CodeOf(err) == Conflict {
		return nil // either our own first try or somebody else's account: the look tells them apart
	}
	return err
}

func enabledWord(lang texts.Language, on bool) string {
	if on {
		return lang.Say("sign-in open")
	}
	return lang.Say("sign-in blocked")
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

func lookManager(ctx context.Context, h hands, c Case, s Step) (sight, error) {
	a, err := h.FetchAccount(ctx, string(c.Account))
	if err != nil {
		return sight{}, err
	}
	if a.Manager == "" {
		return sight{text: c.Lang.Say("no manager")}, nil
	}
	text, want := c.Lang.Say("another manager"), c.managerIn(s)
	if a.Manager == want.ID {
		text = c.Lang.Say("manager %s", want.Name)
	}
	return sight{done: a.Manager == want.ID, text: text}, nil
}

// managerIn is whom a step sets as manager: the one it names, or the one that the plan is made with.
func (c Case) managerIn(s Step) Person {
	if s.Person.ID != "" {
		return s.Person
	}
	return Person{ID: c.Plan.Manager, Name: c.Facts.Manager.Name}
}

func actManager(ctx context.Context, h hands, c Case, s Step) error {
	return h.SetManager(ctx, c.Account, c.managerIn(s).ID)
}

func lookLicence(ctx context.Context, h hands, c Case, s Step) (sight, error) {
	a, err := h.FetchAccount(ctx, string(c.Account))
	if err != nil {
		return sight{}, err
	}
	for _, l := range a.Licences {
		if strings.EqualFold(l.SKU, s.SKU) {
			return sight{done: true, text: c.Lang.Say("%s held", s.Name)}, nil
		}
	}
	return sight{text: c.Lang.Say("%s not held", s.Name)}, nil
}

// actLicences assigns every licence of the case that is due, in one call: service plans may depend on each other.
func actLicences(ctx context.Context, h hands, c Case, s Step) error {
	a, err := h.FetchAccount(ctx, string(c.Account))
	if err != nil {
		return err
	}
	held := map[string]bool{}
	for _, l := range a.Licences {
		held[strings.ToLower(l.SKU)] = true
	}
	skus := []string{s.SKU}
	for _, o := range c.Plan.Steps {
		if o.Task == AssignLicences && o.Key != s.Key && c.ready(o) && !c.Due(o).After(h.now) && !held[strings.ToLower(o.SKU)] && c.hasSeat(o) {
			skus = append(skus, o.SKU)
		}
	}
	return h.AssignLicences(ctx, c.Account, skus, c.swapped(h.now, a, skus))
}

// hasSeat keeps a licence that was short of seats out of the common call, so that it cannot fail the others.
func (c Case) hasSeat(s Step) bool {
	for _, k := range c.Facts.SKUs {
		if strings.EqualFold(k.ID, s.SKU) {
			return k.Free > 0
		}
	}
	return false
}

func lookGroup(ctx context.Context, h hands, c Case, s Step) (sight, error) {
	in, err := h.IsMember(ctx, s.Group, c.Account)
	return membership(c.Lang, in, s), err
}

func membership(lang texts.Language, in bool, s Step) sight {
	if in {
		return sight{done: true, text: lang.Say("member of %s", s.Name)}
	}
	return sight{text: lang.Say("not a member of %s", s.Name)}
}

func actGroup(ctx context.Context, h hands, c Case, s Step) error {
	return h.AddMember(ctx, s.Group, c.Account)
}

func lookTeam(ctx context.Context, h hands, c Case, s Step) (sight, error) {
	in, err := h.IsTeamMember(ctx, s.Group, c.Account)
	return membership(c.Lang, in, s), err
}

func actTeam(ctx context.Context, h hands, c Case, s Step) error {
	return h.AddTeamMember(ctx, s.Group, c.Account)
}

func lookEnabled(lang texts.Language, want bool) func(context.Context, hands, Case, Step) (sight, error) {
	return func(ctx context.Context, h hands, c Case, s Step) (sight, error) {
		if c.Account == "" {
			return lookUncertain(ctx, h, c, s)
		}
		a, err := h.FetchAccount(ctx, string(c.Account))
		if err != nil {
			return sight{}, err
		}
		return sight{done: a.Enabled == want, text: enabledWord(lang, a.Enabled)}, nil
	}
}

// lookUncertain looks for an account whose creation was begun and never seen before the case was cancelled: it may be there, it may appear,
// or it was never made. It would have been made with its sign-in blocked, so after some minutes of nothing there is nothing to take back.
func lookUncertain(ctx context.Context, h hands, c Case, s Step) (sight, error) {
	upn := c.Plan.Account.UPN
	a, err := h.FetchAccount(ctx, upn)
	switch _, st, _ := c.Step(s.Key); {
	case CodeOf(err) == NotFound:
		return sight{done: st.State == StepDone || st.State == StepNotSeen && st.Tries >= len(soon)-1, text: c.Lang.Say("no account %s", upn)}, nil
	case err != nil:
		return sight{}, err
	case a.Mark != c.mark():
		return sight{done: true, text: c.Lang.Say("the sign-in name %s belongs to another account; none was created for this case", upn)}, nil
	}
	return sight{done: !a.Enabled, account: a.ID, text: enabledWord(c.Lang, a.Enabled)}, nil
}

func actEnabled(on bool) func(context.Context, hands, Case, Step) error {
	return func(ctx context.Context, h hands, c Case, _ Step) error {
		id := c.Account
		if id == "" { // see lookUncertain
			a, err := h.FetchAccount(ctx, c.Plan.Account.UPN)
			if CodeOf(err) == NotFound || err == nil && a.Mark != c.mark() {
				return nil
			}
			if err != nil {
				return err
			}
			id = a.ID
		}
		return h.SetEnabled(ctx, id, on)
	}
}

func welcomeKey(c Case) string { return "welcome/" + string(c.ID) }

func lookWelcome(ctx context.Context, h hands, c Case, _ Step) (sight, error) {
	found, err := h.courier.Found(ctx, welcomeKey(c))
	if err != nil || !found {
		return sight{text: c.Lang.Say("no welcome message")}, err
	}
	return sight{done: true, text: c.Lang.Say("welcome message accepted by Teams")}, nil
}

func actWelcome(ctx context.Context, h hands, c Case, s Step) error {
	return h.courier.Deliver(ctx, welcomeKey(c), c.ID, Recipient{Person: c.Account}, s.Text)
}
