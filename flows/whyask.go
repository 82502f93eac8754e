package flows

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// whyFiller are words of a question that name neither the person nor the thing.
var whyFiller = []string{"does", "do", "did", "has", "have", "is", "was", "in", "a", "an", "member", "of", "get", "got", "access", "to"}

// mostNamed is how many words of a question may be the person's name.
const mostNamed = 5

// answerWhy answers "why Priya Patel Sales": which case gave it, who confirmed it, until when, or that it did not come through Muster.
func (e *Engine) answerWhy(ctx context.Context, t Turn, _ Account, roles Roles, cmd Command) (Reply, error) {
	if !t.Personal {
		return Reply{}, deny(e.lang().Say("Please ask me this in our own chat: others read along here."))
	}
	if cmd.Rest == "" {
		return Reply{}, invalid(e.lang().Say("Write \"why\" with a name and what the person has, such as \"why Priya Patel Sales\". The name alone lists everything."))
	}
	found, thing, err := e.whyWhom(ctx, t, roles, cmd)
	if err != nil {
		return Reply{}, err
	}
	switch len(found) {
	case 0:
		if !rightTo(e.lang(), doWhyAny).held(roles) {
			return Reply{Text: e.lang().Say("I know nobody of that name who reports to you. HR, IT and owners can ask about everybody.")}, nil
		}
		return Reply{Text: e.lang().Say("I know nobody of that name, in the directory or in a case of mine. Write the sign-in name if the name is spelt differently there.")}, nil
	case 1:
	default:
		var names []string
		for _, p := range found[:min(len(found), 10)] {
			names = append(names, p.Name+" ("+p.UPN+")")
		}
		return Reply{Text: e.lang().Say("%d people match: %s. Write \"why\" with the sign-in name.", len(found), series(e.lang(), names))}, nil
	}
	v, err := e.whyView(ctx, t, found[0], thing)
	if err != nil {
		return Reply{}, err
	}
	return Reply{View: v}, nil
}

// whyWhom finds the person that a question begins with, and the rest of it. The longest name that is somebody's counts. Only those whom the
// one who asks may ask about are found: to others a name that exists and one that does not look the same.
func (e *Engine) whyWhom(ctx context.Context, t Turn, roles Roles, cmd Command) ([]Person, string, error) {
	words := strings.Fields(strings.Trim(cmd.Rest, " ?!.\"“”"))
	for len(words) > 0 && slices.Contains(whyFiller, strings.ToLower(words[0])) {
		words = words[1:]
	}
	all, err := e.Store.Cases(ctx, "all")
	if err != nil {
		return nil, "", fmt.Errorf("list cases: %w", err)
	}
	all = t.except(all)
	may := func(id, manager AccountID) bool {
		return rightTo(e.lang(), doWhyAny).held(roles) || manager == t.By.ID && id != t.By.ID
	}
	for n := min(len(words), mostNamed); n > 0; n-- {
		name, thing := strings.Join(words[:n], " "), whyThing(words[n:])
		var found []Person
		add := func(p Person, manager AccountID) {
			if p.ID != "" && may(p.ID, manager) && !holds(found, p.ID) {
				found = append(found, p)
			}
		}
		accounts, err := e.World.FindAccounts(ctx, name, 15)
		if err != nil {
			return nil, "", fmt.Errorf("search people: %w", err)
		}
		for _, a := range accounts {
			if !matchesName(PeopleEvent{Subject: a.Person()}, name) && !strings.EqualFold(a.UPN, name) {
				continue
			}
			if a, err = e.World.FetchAccount(ctx, string(a.ID)); CodeOf(err) == NotFound {
				continue
			} else if err != nil {
				return nil, "", fmt.Errorf("fetch account: %w", err)
			}
			add(a.Person(), a.Manager)
		}
		for _, c := range all { // whoever has left is in cases only
			if p := c.Subject(); c.Account != "" && (strings.EqualFold(string(c.ID), name) || matchesName(c.Event, name) || strings.EqualFold(p.UPN, name)) {
				p.ID = c.Account
				manager, err := e.whyManager(ctx, c)
				if err != nil {
					return nil, "", err
				}
				add(p, manager)
			}
		}
		if len(found) > 0 {
			return found, thing, nil
		}
	}
	return nil, "", nil
}

// whyManager is who answers for the person of a case by now: the manager whom the directory shows. Whoever was it when the case was decided has
// no part in what came since; they count when the directory shows nobody.
func (e *Engine) whyManager(ctx context.Context, c Case) (AccountID, error) {
	a, err := e.World.FetchAccount(ctx, string(c.Account))
	if err != nil && CodeOf(err) != NotFound {
		return "", fmt.Errorf("fetch account: %w", err)
	}
	if err == nil && a.Manager != "" {
		return a.Manager, nil
	}
	return c.Manager().ID, nil
}

// whyThing is what a question asks about, without the words around it.
func whyThing(words []string) string {
	for len(words) > 1 && slices.Contains(whyFiller, strings.ToLower(words[0])) {
		words = words[1:]
	}
	if len(words) > 1 && strings.EqualFold(words[0], "the") {
		words = words[1:]
	}
	if len(words) == 1 && slices.Contains(whyFiller, strings.ToLower(words[0])) {
		return ""
	}
	return strings.Trim(strings.Join(words, " "), " ?!.\"“”")
}

// whyView reads what the cases and the directory say about one person.
func (e *Engine) whyView(ctx context.Context, t Turn, p Person, thing string) (WhyView, error) {
	v := WhyView{Person: p, Asked: thing, At: e.Now(), Zone: e.Policy.zone()}
	cases, err := e.Store.Cases(ctx, subjectKey(p.ID))
	if err != nil {
		return v, fmt.Errorf("list the cases of a person: %w", err)
	}
	cases = t.except(cases)
	r := reasonsOf(cases)
	if n := len(cases); n > 0 {
		v.Zone = cases[n-1].Location()
	}
	if err := e.whyHeld(ctx, r, &v); err != nil {
		return v, err
	}
	if p.ID != t.By.ID { // what is found about somebody is not for them
		if err := e.whyDrift(ctx, r, p.ID); err != nil {
			return v, err
		}
	}
	v.Things = r.list()
	if thing == "" {
		return v, nil
	}
	v.Things = called(v.Things, thing)
	if len(v.Things) == 0 {
		return v, e.whyNever(ctx, &v)
	}
	return v, e.whyNested(ctx, &v)
}

// whyHeld notes what the directory shows. What Muster may not read is left open, and said.
func (e *Engine) whyHeld(ctx context.Context, r *reasons, v *WhyView) error {
	a, err := e.World.FetchAccount(ctx, string(v.Person.ID))
	if CodeOf(err) == NotFound {
		v.Gone = true
		return nil
	}
	if err != nil {
		return fmt.Errorf("look at a person: %w", err)
	}
	v.Person = a.Person()
	for _, t := range r.by {
		if t.Kind == "group" || t.Kind == "team" || t.Kind == "licence" || t.Kind == "role" {
			t.Held = HeldNo
		}
	}
	member, _, roles, err := e.World.Holdings(ctx, a.ID)
	if err != nil {
		return fmt.Errorf("look at what a person holds: %w", err)
	}
	groups := map[string]Group{}
	for _, g := range member {
		groups[strings.ToLower(g.ID)] = g
		t := r.thing(groupThing(g.ID), g.sort(), g.label())
		t.Held = HeldYes
		if g.Kind == DynamicGroup {
			t.Rule = orElse(g.Rule, e.lang().Say("a rule"))
		}
	}
	for _, name := range roles {
		r.thing(roleThing(name), "role", name).Held = HeldYes
	}
	if err := e.whyLicences(ctx, r, a, groups); err != nil {
		return err
	}
	apps, err := e.World.AppRoles(ctx, a.ID)
	if v.Hidden = CodeOf(err) == Denied; v.Hidden {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look at the apps of a person: %w", err)
	}
	for _, t := range r.by {
		if t.Kind == "app" {
			t.Held = HeldNo
		}
	}
	for _, app := range appsOf(apps) {
		r.thing(appThing(app), "app", app).Held = HeldYes
	}
	return nil
}

// whyLicences notes the licences, and the groups that they come with.
func (e *Engine) whyLicences(ctx context.Context, r *reasons, a Account, groups map[string]Group) error {
	if len(a.Licences) == 0 {
		return nil
	}
	skus, err := e.World.FetchSKUs(ctx)
	if err != nil {
		return fmt.Errorf("look at the licences: %w", err)
	}
	for _, h := range a.Licences {
		t := r.thing(skuThing(h.SKU), "licence", e.Policy.licenceName(partOf(e.lang(), skus, h.SKU)))
		if t.Held = HeldYes; h.ByGroup == "" {
			t.Via = "" // in the person's own right counts
			continue
		}
		if g, ok := groups[strings.ToLower(h.ByGroup)]; ok {
			t.Via = g.label()
		} else if g, err := e.World.FindGroup(ctx, h.ByGroup); err == nil {
			t.Via = g.label()
		} else if CodeOf(err) == NotFound {
			t.Via = e.lang().Say("a group that is gone")
		} else {
			return fmt.Errorf("look at the group of a licence: %w", err)
		}
	}
	return nil
}

// whyDrift notes what the daily look found.
func (e *Engine) whyDrift(ctx context.Context, r *reasons, id AccountID) error {
	rec, err := e.recallDrift(ctx, id)
	if err != nil {
		return err
	}
	for _, f := range rec.Findings {
		if t, ok := r.by[f.Key]; ok {
			t.Drift = &f
		}
	}
	return nil
}

// whyNested looks whether a group that is not held directly is held through another one.
func (e *Engine) whyNested(ctx context.Context, v *WhyView) error {
	if v.Gone {
		return nil
	}
	for i, t := range v.Things {
		id, isGroup := strings.CutPrefix(string(t.Key), "group:")
		if !isGroup || t.Held != HeldNo {
			continue
		}
		in, err := e.World.MemberOf(ctx, v.Person.ID, []string{id})
		if err != nil {
			return fmt.Errorf("look at nested groups: %w", err)
		}
		if len(in) > 0 {
			v.Things[i].Held, v.Things[i].Via = HeldYes, e.lang().Say("another group")
		}
	}
	return nil
}

// whyNever is a thing that the person neither has nor had through Muster: a group of the directory, perhaps held through another one, or
// nothing that is known.
func (e *Engine) whyNever(ctx context.Context, v *WhyView) error {
	g, err := e.World.FindGroup(ctx, v.Asked)
	if CodeOf(err) == NotFound || CodeOf(err) == Invalid {
		return nil
	}
	if err != nil {
		return fmt.Errorf("find the group of a question: %w", err)
	}
	v.Things = []WhyThing{{Key: groupThing(g.ID), Kind: g.sort(), Name: g.label(), Held: HeldNo}}
	return e.whyNested(ctx, v)
}
