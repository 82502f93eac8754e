package flows

import (
	"context"
	"strings"
)

// The tasks of a change of name, and of an account that is deleted or comes back.
const (
	SetNames         TaskName = "set_names"           // what people read
	ChangeSignInName TaskName = "change_sign_in_name" // a sensitive action, on its own
	TellPerson       TaskName = "tell_person"         // a message from Muster to one person
	DeleteAccount    TaskName = "delete_account"
	RestoreAccount   TaskName = "restore_account"
)

// What Graph can show of a manual step beside a membership (Step.Look). Stored in plans, so never renamed.
const (
	lookNewName       = "new_name"       // the account has the plan's sign-in name
	lookBothAddresses = "both_addresses" // mail to the new and to the former sign-in name arrives
	lookBlocked       = "blocked"        // sign-in is blocked
	lookOpened        = "opened"         // sign-in is open
)

// lookAt reads back a manual step by what its plan says Graph can show of it.
func lookAt(ctx context.Context, h hands, c Case, s Step) (sight, error) {
	if strings.HasPrefix(s.Look, lookAnother) {
		return lookHolders(ctx, h, c, s)
	}
	switch s.Look {
	case lookNewName:
		return lookSignInName(ctx, h, c, s)
	case lookBothAddresses:
		return lookAddresses(ctx, h, c, s)
	case lookBlocked:
		return lookEnabled(c.Lang, false)(ctx, h, c, s)
	case lookOpened:
		return lookEnabled(c.Lang, true)(ctx, h, c, s)
	}
	return sight{}, invalid(c.Lang.Say("This version of Muster does not know how to look whether the step was done."))
}

func lookNames(ctx context.Context, h hands, c Case, _ Step) (sight, error) {
	a, err := h.FetchAccount(ctx, string(c.Account))
	if err != nil {
		return sight{}, err
	}
	n := c.Plan.Account
	return sight{done: a.Name == n.Name && a.Given == n.Given && a.Surname == n.Surname && (a.Nickname == c.nickname() || c.nickname() == ""), text: c.Lang.Say("called %s", a.Name)}, nil
}

// nickname is the part of addresses before the @ that goes with a new sign-in name; empty when the name stays.
func (c Case) nickname() string {
	if strings.EqualFold(c.Facts.Subject.UPN, c.Plan.Account.UPN) {
		return ""
	}
	local, _, _ := strings.Cut(c.Plan.Account.UPN, "@")
	return local
}

// actNames changes what people read. The sign-in name is a step of its own, since it is a sensitive action and may be refused.
func actNames(ctx context.Context, h hands, c Case, _ Step) error {
	n := c.Plan.Account
	props := map[string]string{"displayName": n.Name, "givenName": n.Given, "surname": n.Surname}
	if nick := c.nickname(); nick != "" {
		props["mailNickname"] = nick
	}
	return h.SetAttributes(ctx, c.Account, props)
}

func lookSignInName(ctx context.Context, h hands, c Case, _ Step) (sight, error) {
	a, err := h.FetchAccount(ctx, string(c.Account))
	if err != nil {
		return sight{}, err
	}
	return sight{done: strings.EqualFold(a.UPN, c.Plan.Account.UPN), text: c.Lang.Say("signs in as %s", a.UPN)}, nil
}

func actSignInName(ctx context.Context, h hands, c Case, _ Step) error {
	return h.SetSignInName(ctx, c.Account, c.Plan.Account.UPN)
}

func lookAddresses(ctx context.Context, h hands, c Case, _ Step) (sight, error) {
	a, err := h.FetchAccount(ctx, string(c.Account))
	if err != nil {
		return sight{}, err
	}
	primary, former := false, false
	for _, x := range a.Addresses {
		primary = primary || strings.HasPrefix(x, "SMTP:") && strings.EqualFold(x[len("SMTP:"):], c.Plan.Account.UPN)
		former = former || strings.EqualFold(x, "smtp:"+c.Facts.Subject.UPN)
	}
	switch {
	case primary && former:
		return sight{done: true, text: c.Lang.Say("%s is the primary address, %s an alias", c.Plan.Account.UPN, c.Facts.Subject.UPN)}, nil
	case former:
		return sight{text: c.Lang.Say("%s is there, %s is not the primary address", c.Facts.Subject.UPN, c.Plan.Account.UPN)}, nil
	}
	return sight{text: c.Lang.Say("%s is no address of the mailbox", c.Facts.Subject.UPN)}, nil
}

func tellKey(c Case, s Step) string { return "tell/" + string(c.ID) + "/" + string(s.Key) }

func lookTold(ctx context.Context, h hands, c Case, s Step) (sight, error) {
	found, err := h.courier.Found(ctx, tellKey(c, s))
	if err != nil || !found {
		return sight{text: c.Lang.Say("not told")}, err
	}
	return sight{done: true, text: c.Lang.Say("message accepted by Teams")}, nil
}

func actTell(ctx context.Context, h hands, c Case, s Step) error {
	return h.courier.Deliver(ctx, tellKey(c, s), c.ID, Recipient{Person: s.Person.ID}, s.Text)
}
