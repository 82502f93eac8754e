package flows

import (
	"slices"
	"strings"

	"muster/flows/texts"
)

// What else belongs to a move: what the person owns, what people take back by hand, the way back from a secondment, and the warnings.

// handOvers gives what the person owns and leaves to the releasing manager, before they leave it: no group loses its last owner.
func (m *moverPlanner) handOvers(lang texts.Language, goes []Step) {
	heir := m.facts.Releasing
	if m.facts.Joint || heir.ID == "" {
		heir = m.facts.Route
	}
	for _, s := range goes {
		o := m.owns(Group{ID: s.Group})
		if s.Group == "" || o.Group.ID == "" || s.Choice != Going || heir.ID == "" || heir.ID == m.facts.Subject.ID {
			continue
		}
		l, planned := m.lineFor(MoverFlow, HandOverGroup)
		if !planned {
			m.warn(lang.Say("%s owns %s, and the policy's workflow hands nothing over: see to it that it keeps an owner.", m.event.Name(), o.Group.label()))
			continue
		}
		h := Step{Key: StepKey("owner:" + o.Group.label()), Due: m.due(l), Choice: Fixed, Group: s.Group, Name: o.Group.label(), Person: heir, With: s.Key, After: slices.Clone(s.After)}
		if o.Last {
			h.Note = lang.Say("Nobody else owns it.")
		}
		if !o.Group.writable() {
			m.warn(lang.Say("%s owns %s, which Muster cannot change: see to it that it keeps an owner.", m.event.Name(), o.Group.label()))
			continue
		}
		h.Task, h.Title = HandOverGroup, lang.Say("Make %s owner of %s", heir.Name, o.Group.label())
		h = m.put(MoverFlow, l, h)
		for i := range m.steps {
			if m.steps[i].Key == s.Key {
				m.steps[i].After = append(slices.Clone(m.steps[i].After), h.Key)
			}
		}
	}
}

// manualBack is what people take back: what the old job gives by hand and the new one does not.
func (m *moverPlanner) manualBack(lang texts.Language) {
	l, planned := m.lineFor(MoverFlow, TakeBack)
	if m.facts.OldJob == "" || !planned {
		return
	}
	have := m.policy.itemsOf(m.event.Job)
	old := m.policy.Jobs[m.facts.OldJob]
	for _, list := range []struct {
		items  []Item
		choice Choice
		why    string
	}{{old.Access, Going, lang.Say("only %s", m.facts.OldJob)}, {slices.Concat(old.Optional, old.Elevated), Undecided, lang.Say("perhaps given with %s: the releasing manager decides", m.facts.OldJob)}} {
		for _, it := range list.items {
			if it.Manual == "" || slices.ContainsFunc(have, func(n Item) bool { return plain(n.Manual) == plain(it.Manual) }) {
				continue
			}
			owner := orElse(it.Owner, string(IT))
			if owner == managerOwner { // it went out through the old manager, and comes back that way
				owner = string(orElse(string(m.facts.Releasing.ID), string(m.facts.Route.ID)))
			} else if who := m.people[it.Owner]; len(who) > 0 {
				owner = string(who[0].ID)
			} else if strings.Contains(owner, "@") {
				owner = string(IT)
			}
			m.put(MoverFlow, l, Step{
				Key: outKey("manual:" + it.Manual), Task: Manual, Title: lang.Say("Take back %s from %s", it.label(), m.event.Name()), Due: m.due(l), Choice: list.choice, Name: it.label(), Why: list.why,
				Owner: owner, Instructions: lang.Say("Take back what was given out as %s, and note where it is now. If it was never given out, say so when you press Done.", it.label()),
			})
		}
	}
}

// comeBack is the end of a secondment: what came with it goes on its last day, and what went comes back once both managers confirm it.
func (m *moverPlanner) comeBack(lang texts.Language, comes []Step) {
	end, ends := m.anchors[atEnd]
	if !ends {
		return
	}
	for _, s := range slices.Clone(m.steps) {
		if s.Choice != Going && s.Choice != Undecided || s.Due.After(end) {
			continue
		}
		b := Step{Key: backKey(s.Key), Choice: Fixed, Group: s.Group, SKU: s.SKU, Name: s.Name, Why: lang.Say("before the secondment"), With: s.Key, Phase: Back, Guarded: s.Guarded, Approvers: s.Approvers, Named: s.Named, Stages: s.Stages}
		switch s.Task {
		case RemoveFromGroup:
			b.Task, b.Title = AddToGroup, lang.Say("Add to %s again", s.Name)
		case RemoveFromTeam:
			b.Task, b.Title = AddToTeam, lang.Say("Add to %s again", s.Name)
		case RemoveLicence:
			b.Task, b.Title = AssignLicences, lang.Say("Assign %s again", s.Name)
		default:
			b = byHand(b, lang.Say("Give %s %s again", m.event.Name(), s.Name), lang.Say("The secondment has ended, and both managers confirmed that %s has %s again. Press Done when it is so.", m.event.Name(), s.Name), s.Note)
			b.Owner = s.Owner
		}
		l, planned := m.lineFor(SecondmentFlow, b.Task)
		if !planned {
			continue
		}
		b.Due = m.due(l)
		b = m.put(SecondmentFlow, l, b)
		if s.Unless == "" { // kept to the last day, it need not go at all
			for i := range m.steps {
				if m.steps[i].Key == s.Key {
					m.steps[i].Unless = b.Key
				}
			}
		}
	}
	for _, s := range comes {
		if _, was := m.heldNow(s); was {
			continue // the person had it before, and it is the old job's business
		}
		e, line, planned := Step{Key: endKey(s.Key), Choice: Fixed, Group: s.Group, SKU: s.SKU, Name: s.Name, Why: lang.Say("only the secondment"), With: s.Key, Phase: Ends}, Line{}, false
		switch s.Task {
		case AddToGroup:
			line, planned = m.outLine(SecondmentFlow, false)
			e.Task, e.Title = RemoveFromGroup, lang.Say("Remove from %s", s.Name)
		case AddToTeam:
			line, planned = m.outLine(SecondmentFlow, true)
			e.Task, e.Title = RemoveFromTeam, lang.Say("Remove from %s", s.Name)
		case AssignLicences:
			line, planned = m.lineFor(SecondmentFlow, RemoveLicence)
			e.Task, e.Title = RemoveLicence, lang.Say("Take back %s", s.Name)
		case FollowRule:
			continue // it follows the details
		default:
			line, planned = m.lineFor(SecondmentFlow, TakeBack)
			e = byHand(e, lang.Say("Take back %s from %s", s.Name, m.event.Name()), lang.Say("The secondment has ended. Take back %s. Press Done when it is so.", s.Name), "")
			e.Owner = s.Owner
		}
		if planned {
			e.Due = m.due(line)
			m.put(SecondmentFlow, line, e)
		}
	}
}

// heldNow finds what a step of the new job gives among what the person holds.
func (m *moverPlanner) heldNow(s Step) (string, bool) {
	for _, g := range m.facts.Member {
		if s.Group != "" && g.ID == s.Group {
			return g.ID, true
		}
	}
	return s.SKU, s.SKU != "" && m.holdsSKU(s.SKU)
}

// notes are the warnings about what Muster does not do, or does otherwise than people may expect.
func (m *moverPlanner) notes(lang texts.Language) {
	name := m.event.Name()
	if m.facts.OldJob == "" {
		m.warn(lang.Say("The title and department of %s name no job profile, so Muster cannot tell what the old job gave: the releasing manager decides item by item.", name))
	}
	if n := len(m.facts.Admin); n > 0 {
		m.warn(lang.Say("%s holds the directory %s %s. Muster does not change these: decide with IT whether they still fit.", name, plural(n, lang.Say("role"), lang.Say("roles")), series(lang, sorted(m.facts.Admin))))
	}
	if n := len(m.facts.Reports); n > 0 {
		var who []string
		for _, p := range m.facts.Reports {
			who = append(who, orElse(p.Name, p.UPN))
		}
		m.warn(lang.Say("%s %s to %s. Decide whether that stays so.", series(lang, sorted(who)), plural(n, lang.Say("reports"), lang.Say("report")), name))
	}
	var last []string
	for _, o := range m.facts.Owned {
		if o.Last {
			last = append(last, o.Group.label())
		}
	}
	if len(last) > 0 {
		m.warn(lang.Say("%s is the only owner of %s. Muster hands over what goes with the old job; name another owner for the rest.", name, series(lang, sorted(last))))
	}
	if m.facts.Subject.Synced {
		m.warn(lang.Say("%s comes from the on-premises directory: changing the details and the manager becomes a task for IT.", name))
	}
	if m.facts.ReleasingWhy != "" {
		m.warn(lang.Say("%s", m.facts.ReleasingWhy))
	}
}

// timing warns when the date has passed or is no working day.
func (m *moverPlanner) timing(lang texts.Language) []string {
	var out []string
	if m.anchors[atChange].Before(m.now) {
		out = append(out, lang.Say("The change was due on %s. It is made as soon as both managers have decided.", m.event.Start.Say(lang)))
	}
	if !m.site.IsWorkingDay(m.event.Start) {
		out = append(out, lang.Say("%s is not a working day at %s. Check the date.", m.event.Start.Say(lang), m.event.Site))
	}
	return out
}
