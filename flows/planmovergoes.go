package flows

import (
	"cmp"
	"slices"
	"strings"

	"muster/flows/texts"
)

// What a mover loses: the old access, the order in which it goes, and what gives it back.

// goes are the steps of what the person holds and the new job does not give. What no line takes away stays, and the card says so.
func (m *moverPlanner) goes(lang texts.Language) []Step {
	var out []Step
	for _, g := range m.memberships() {
		key, inNew := m.news[g.identity()]
		if inNew && key == "" {
			continue
		}
		if l, s, ok := m.leave(lang, g, key); ok {
			out = append(out, m.put(MoverFlow, l, s))
		}
	}
	for _, id := range m.licences() {
		key, inNew := m.news[skuIdentity(id)]
		if inNew && key == "" {
			continue
		}
		if l, ok := m.lineFor(MoverFlow, RemoveLicence); ok {
			out = append(out, m.put(MoverFlow, l, m.giveBack(lang, l, id, key)))
		} else {
			m.keep = append(m.keep, Keeping{Name: m.policy.licenceName(m.part(id)), Kind: "licence", Why: notTaken, SKU: id, Loose: true})
		}
	}
	return out
}

// memberships are the groups that the person is in, each once and in an order that does not depend on how Graph listed them.
func (m *moverPlanner) memberships() []Group {
	all := slices.Clone(m.facts.Member)
	slices.SortFunc(all, func(a, b Group) int {
		return cmp.Or(cmp.Compare(plain(a.Name), plain(b.Name)), cmp.Compare(a.ID, b.ID))
	})
	return slices.CompactFunc(all, func(a, b Group) bool { return a.ID == b.ID })
}

// licences are the licences that the person holds in their own right, each once.
func (m *moverPlanner) licences() []string {
	var out []string
	for _, h := range m.facts.Subject.Licences {
		if h.ByGroup == "" {
			out = append(out, strings.ToLower(h.SKU))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// gives finds the item of a profile that is a certain group or licence.
func gives(items []Item, is func(Item) bool) (Item, bool) {
	if i := slices.IndexFunc(items, is); i >= 0 {
		return items[i], true
	}
	return Item{}, false
}

// names reports whether an item of the policy is this group.
func (m *moverPlanner) names(it Item, g Group) bool {
	name := it.Group + it.Team
	return name != "" && (plain(name) == plain(g.Name) || strings.EqualFold(name, g.ID) || m.facts.Groups[name].ID == g.ID)
}

// class says how something held that the new job does not simply give is put to the releasing manager, and why.
func (m *moverPlanner) class(lang texts.Language, s Step, is func(Item) bool) Step {
	old, known := m.policy.Jobs[m.facts.OldJob]
	s.Choice, s.Why = Undecided, lang.Say("in no profile: the releasing manager decides")
	if it, ok := gives(old.all(), is); ok && known {
		s.Choice, s.Why = Going, lang.Say("only %s", m.facts.OldJob)
		s.Name = orElse(it.Name, s.Name)
		_, s.Guarded = gives(old.Elevated, is)
		s.Asks = s.Guarded || it.OnSilence == askOwner
		if s.Asks {
			s.Approvers, s.Named = slices.Clone(m.people[it.Approver]), it.Approver != ""
			if s.Stages = m.policy.stages(it, m.event.Site, old.Department, m.people); len(s.Stages) > 0 {
				s.Approvers = s.everybody()
			}
		}
	} else {
		var others []string
		for name, j := range m.policy.Jobs {
			if _, ok := gives(j.all(), is); ok && name != m.event.Job {
				others = append(others, name)
			}
		}
		if len(others) > 0 {
			s.Why = lang.Say("only known of %s: the releasing manager decides", series(lang, sorted(others)))
		}
	}
	if s.Unless != "" && s.Choice == Undecided { // the new job offers it: without being wanted there, it goes
		s.Choice, s.Why = Going, lang.Say("not unless the new job is to have it")
	}
	return s
}

// notTaken is why something stays that the new job does not give.
const notTaken = "the policy's workflow takes nothing of this kind away"

// outLine is the line that takes somebody out of a group or, where it has no line of its own, out of a team.
func (p *planner) outLine(workflow string, team bool) (Line, bool) {
	if l, ok := p.lineFor(workflow, RemoveFromTeam); ok && team {
		return l, true
	}
	return p.lineFor(workflow, RemoveFromGroup)
}

// leave takes the person out of a group; false when nothing can or need be done. unless is the step by which the new job offers it.
func (m *moverPlanner) leave(lang texts.Language, g Group, unless StepKey) (Line, Step, bool) {
	kind, is := "group:", func(it Item) bool { return m.names(it, g) }
	if g.Team {
		kind = "team:"
	}
	l, planned := m.outLine(MoverFlow, g.Team)
	s := m.class(lang, Step{Key: outKey(kind + g.label()), Due: m.due(l), Group: g.ID, Name: g.label(), Unless: unless, After: m.adds}, is)
	if g.Kind == DynamicGroup {
		rule, watched := m.lineFor(MoverFlow, RuleLetsGo)
		if !watched || s.Choice != Going && !m.falls(g) {
			m.keep = append(m.keep, Keeping{Name: g.label(), Kind: "group", Why: lang.Say("its rule decides"), Group: g.ID, Loose: true})
			return l, s, false
		}
		s.Task, s.Title, s.Choice, s.Guarded, s.Asks, s.Due = RuleLetsGo, lang.Say("Check that %s lets go", g.label()), Fixed, false, false, m.due(rule)
		s.After, s.Unless = m.known(detailsKey), ""
		s.Note = lang.Say("The group's rule lets people go: %s. Muster checks that it does.", orElse(g.Rule, lang.Say("by their details")))
		return rule, s, true
	}
	if !planned {
		m.keep = append(m.keep, Keeping{Name: g.label(), Kind: strings.TrimSuffix(kind, ":"), Why: notTaken, Group: g.ID, Loose: true})
		return l, s, false
	}
	if owner := m.owns(g); owner.Group.ID != "" && s.Choice == Undecided {
		m.keep = append(m.keep, Keeping{Name: g.label(), Kind: strings.TrimSuffix(kind, ":"), Why: lang.Say("owned by the person"), Group: g.ID, Loose: true})
		return l, s, false
	}
	if lost := m.carried(g.ID); len(lost) > 0 {
		s.Note = lang.Say("Ends the %s%s, which %s with it.", plural(len(lost), lang.Say("licence "), lang.Say("licences ")), series(lang, lost), plural(len(lost), lang.Say("comes"), lang.Say("come")))
	}
	switch {
	case g.writable() && g.Team:
		s.Task, s.Title = RemoveFromTeam, lang.Say("Remove from %s", g.teamLabel(lang))
	case g.writable():
		s.Task, s.Title = RemoveFromGroup, lang.Say("Remove from %s", g.label())
	default:
		where, how := foreignPlace(lang, g, lang.Say("Members"), lang.Say("remove %s", m.facts.Subject.UPN))
		if g.Kind == SyncedGroup && !m.facts.Subject.Synced {
			s.Group = "" // an account made in the cloud is never seen as its member
		}
		s = byHand(s, lang.Say("Remove %s from %s%s", m.event.Name(), g.label(), where), lang.Say("%s Press Done when it is so.", how), strings.TrimSpace(lang.Say("%s Becomes a task for IT: %s %s.", s.Note, g.label(), foreignWhy(lang, g))))
	}
	return l, s, true
}

// known are those of the keys that have a step.
func (m *moverPlanner) known(keys ...StepKey) []StepKey {
	var out []StepKey
	for _, k := range keys {
		if m.keys[k] {
			out = append(out, k)
		}
	}
	return out
}

// falls reports whether the rule of a dynamic group surely lets the person go: it asks for one value, and the move changes that.
func (m *moverPlanner) falls(g Group) bool {
	prop, value, ok := simpleRule(g.Rule)
	if !ok {
		return false
	}
	for _, s := range m.steps {
		if want, changes := s.Props[prop]; changes && s.Phase == "" {
			return strings.EqualFold(m.facts.Subject.prop(prop), value) && !strings.EqualFold(want, value)
		}
	}
	return false
}

// simpleRule reads a membership rule that asks for one value of one property: (user.department -eq "Sales").
func simpleRule(rule string) (prop, value string, ok bool) {
	inside, ok := strings.CutPrefix(strings.Trim(strings.TrimSpace(rule), "()"), "user.")
	prop, value, two := strings.Cut(inside, " -eq ")
	value = strings.TrimSpace(value)
	if !ok || !two || len(value) < 3 || value[0] != '"' || value[len(value)-1] != '"' || strings.Contains(value[1:len(value)-1], `"`) {
		return "", "", false
	}
	return strings.TrimSpace(prop), value[1 : len(value)-1], true
}

func (m *moverPlanner) owns(g Group) Owned {
	for _, o := range m.facts.Owned {
		if o.Group.ID == g.ID {
			return o
		}
	}
	return Owned{}
}

// carried are the licences that a group gives the person.
func (m *moverPlanner) carried(group string) []string {
	var names []string
	for _, h := range m.facts.Subject.Licences {
		if h.ByGroup == group && group != "" {
			names = append(names, m.policy.licenceName(m.part(h.SKU)))
		}
	}
	return slices.Compact(sorted(names))
}

func (m *moverPlanner) part(sku string) string {
	for _, s := range m.facts.SKUs {
		if strings.EqualFold(s.ID, sku) {
			return s.Part
		}
	}
	return strings.ToLower(sku)
}

// giveBack takes a licence back. When others come, it is swapped for them at the date, in one call.
func (m *moverPlanner) giveBack(lang texts.Language, l Line, id string, unless StepKey) Step {
	part := m.part(id)
	s := Step{Key: outKey("licence:" + part), Task: RemoveLicence, Due: m.due(l), Name: m.policy.licenceName(part), SKU: id, Unless: unless, After: m.adds}
	s = m.class(lang, s, func(it Item) bool { return it.Licence != "" && strings.EqualFold(it.Licence, part) })
	s.Title = lang.Say("Take back %s", s.Name)
	if with, ok := m.lineFor(MoverFlow, AssignLicences); ok && len(m.swap) > 0 && s.Choice == Going {
		s.Due, s.After, s.Note = m.due(with), slices.Clone(m.swap), lang.Say("Swapped for what comes, in one call.")
	}
	return s
}
