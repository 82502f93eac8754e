package flows

import (
	"context"
	"strings"
	"time"

	"muster/flows/texts"
)

// clockSkew is how far Microsoft's clock and ours may be apart when moments are compared.
const clockSkew = time.Minute

// lookRevoked wants the sessions to have been ended after sign-in was blocked: what was ended before could have come back.
func lookRevoked(ctx context.Context, h hands, c Case, s Step) (sight, error) {
	a, err := h.FetchAccount(ctx, string(c.Account))
	if err != nil {
		return sight{}, err
	}
	if a.SessionsFrom.IsZero() {
		return sight{text: c.Lang.Say("sessions never ended")}, nil
	}
	return sight{done: !a.SessionsFrom.Before(c.blockedAt(s).Add(-clockSkew)), text: c.Lang.Say("sign-ins before %s do not count", a.SessionsFrom.UTC().Format(time.RFC3339))}, nil
}

// blockedAt is when sign-in was seen blocked; the step's due time when it was not.
func (c Case) blockedAt(s Step) time.Time {
	at := s.Due
	for _, k := range s.After {
		if b, st, ok := c.Step(k); ok && b.Task == BlockSignIn {
			at = later(at, st.At)
		}
	}
	return at
}

func actRevoke(ctx context.Context, h hands, c Case, _ Step) error {
	return h.RevokeSessions(ctx, c.Account)
}

func lookMethods(ctx context.Context, h hands, c Case, _ Step) (sight, error) {
	ms, err := h.FetchMethods(ctx, c.Account)
	if err != nil {
		return sight{}, err
	}
	if len(ms) == 0 {
		return sight{done: true, text: c.Lang.Say("no sign-in method but the password")}, nil
	}
	var kinds []string
	for _, m := range ms {
		kinds = append(kinds, m.Kind)
	}
	return sight{text: c.Lang.Say("registered: %s", strings.Join(kinds, ", "))}, nil
}

// actMethods takes the methods away, the default one last: Microsoft refuses it while others remain.
func actMethods(ctx context.Context, h hands, c Case, _ Step) error {
	ms, err := h.FetchMethods(ctx, c.Account)
	if err != nil {
		return err
	}
	var last []Method
	for _, m := range ms {
		switch err := h.RemoveMethod(ctx, c.Account, m); CodeOf(err) {
		case Conflict:
			last = append(last, m)
		case NotFound:
		default:
			if err != nil {
				return err
			}
		}
	}
	for _, m := range last {
		if err := h.RemoveMethod(ctx, c.Account, m); err != nil && CodeOf(err) != NotFound {
			return err
		}
	}
	return nil
}

func lookReply(ctx context.Context, h hands, c Case, s Step) (sight, error) {
	text, err := h.FetchReply(ctx, c.Account)
	if err != nil {
		return sight{}, err
	}
	if text == "" {
		return sight{done: s.Text == "", text: c.Lang.Say("no automatic reply")}, nil
	}
	return sight{done: strings.TrimSpace(text) == strings.TrimSpace(s.Text), text: c.Lang.Say("an automatic reply is on")}, nil
}

func actReply(ctx context.Context, h hands, c Case, s Step) error {
	return h.SetReply(ctx, c.Account, s.Text)
}

func lookHandOver(ctx context.Context, h hands, c Case, s Step) (sight, error) {
	owners, err := h.Owners(ctx, s.Group)
	if err != nil {
		return sight{}, err
	}
	has, had := false, false
	for _, o := range owners {
		has = has || o == s.Person.ID
		had = had || o == c.Account
	}
	switch {
	case has && !had:
		return sight{done: true, text: c.Lang.Say("%s owns %s, the leaver does not", s.Person.Name, s.Name)}, nil
	case had:
		return sight{text: c.Lang.Say("the leaver owns %s", s.Name)}, nil
	}
	return sight{text: c.Lang.Say("%s does not own %s", s.Person.Name, s.Name)}, nil
}

// actHandOver adds the successor before it takes the leaver away: a group never loses its last owner.
func actHandOver(ctx context.Context, h hands, c Case, s Step) error {
	if err := h.AddOwner(ctx, s.Group, s.Person.ID); err != nil {
		return err
	}
	return h.RemoveOwner(ctx, s.Group, c.Account)
}

func lookNoGroup(ctx context.Context, h hands, c Case, s Step) (sight, error) {
	in, err := h.IsMember(ctx, s.Group, c.Account)
	return absence(c.Lang, in, s), err
}

func absence(lang texts.Language, in bool, s Step) sight {
	m := membership(lang, in, s)
	m.done = !in
	return m
}

func actNoGroup(ctx context.Context, h hands, c Case, s Step) error {
	return h.RemoveMember(ctx, s.Group, c.Account)
}

func lookNoTeam(ctx context.Context, h hands, c Case, s Step) (sight, error) {
	in, err := h.IsTeamMember(ctx, s.Group, c.Account)
	return absence(c.Lang, in, s), err
}

func actNoTeam(ctx context.Context, h hands, c Case, s Step) error {
	return h.RemoveTeamMember(ctx, s.Group, c.Account)
}

func lookNoLicence(ctx context.Context, h hands, c Case, s Step) (sight, error) {
	a, err := h.FetchAccount(ctx, string(c.Account))
	if err != nil {
		return sight{}, err
	}
	for _, l := range a.Licences {
		if strings.EqualFold(l.SKU, s.SKU) {
			if l.ByGroup != "" {
				return sight{text: c.Lang.Say("%s held through a group", s.Name)}, nil
			}
			return sight{text: c.Lang.Say("%s held", s.Name)}, nil
		}
	}
	return sight{done: true, text: c.Lang.Say("%s not held", s.Name)}, nil
}

// actNoLicence takes back every licence of the case that is due, in one call: service plans may depend on each other.
func actNoLicence(ctx context.Context, h hands, c Case, s Step) error {
	a, err := h.FetchAccount(ctx, string(c.Account))
	if err != nil {
		return err
	}
	direct := map[string]bool{}
	for _, l := range a.Licences {
		if l.ByGroup == "" {
			direct[strings.ToLower(l.SKU)] = true
		}
	}
	skus := []string{s.SKU}
	for _, o := range c.Plan.Steps {
		if o.Task == RemoveLicence && o.Key != s.Key && c.ready(o) && !c.Due(o).After(h.now) && direct[strings.ToLower(o.SKU)] {
			skus = append(skus, o.SKU)
		}
	}
	return h.AssignLicences(ctx, c.Account, nil, skus)
}

// exitKey is the step that blocks a leaver's sign-in.
const exitKey StepKey = "block"

// lookManual reads back what a person did outside Graph: a group joined or left, and the sign-in of an account that Muster may not block.
func lookManual(ctx context.Context, h hands, c Case, s Step) (sight, error) {
	switch {
	case s.Manual == ConvertToShared:
		return lookPurpose(ctx, h, c, s)
	case s.Look != "":
		return lookAt(ctx, h, c, s)
	case s.Key == exitKey:
		return lookEnabled(c.Lang, false)(ctx, h, c, s)
	case s.Key == detailsKey || s.Key == backKey(detailsKey):
		return lookDetails(ctx, h, c, s)
	case s.Key == managerKey || s.Key == backKey(managerKey):
		return lookManager(ctx, h, c, s)
	case s.Choice == Going || s.Choice == Undecided || s.Phase == Ends || s.Unless != "":
		return lookNoGroup(ctx, h, c, s)
	case (c.Kind == LeaverEvent) != (s.Of != ""):
		return lookNoGroup(ctx, h, c, s)
	}
	return lookGroup(ctx, h, c, s)
}
