package flows

import (
	"slices"
	"strings"
)

// What else belongs to a move: what the person owns, what people take back by hand, the way back from a secondment, and the warnings.

// handOvers gives what the person owns and leaves to the releasing manager, before they leave it: no group loses its last owner.
func (m *moverPlanner) handOvers(goes []Step) {
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
			m.warn("%s owns %s, and the policy's workflow hands nothing over: see to it that it keeps an owner.", m.event.Name(), o.Group.label())
			continue
		}
		h := Step{Key: StepKey("owner:" + o.Group.label()), Due: m.due(l), Choice: Fixed, Group: s.Group, Name: o.Group.label(), Person: heir, With: s.Key, After: slices.Clone(s.After)}
		if o.Last {
			h.Note = "Nobody else owns it."
		}
		if !o.Group.writable() {
			m.warn("%s owns %s, which Muster cannot change: see to it that it keeps an owner.", m.event.Name(), o.Group.label())
			continue
		}
		h.Task, h.Title = HandOverGroup, "Make "+heir.Name+" owner of "+o.Group.label()
		h = m.put(MoverFlow, l, h)
		for i := range m.steps {
			if m.steps[i].Key == s.Key {
				m.steps[i].After = append(slices.Clone(m.steps[i].After), h.Key)
			}
		}
	}
}

// manualBack is what people take back: what the old job gives by hand and the new one does not.
func (m *moverPlanner) manualBack() {
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
	}{{old.Access, Going, "only " + m.facts.OldJob}, {slices.Concat(old.Optional, old.Elevated), Undecided, "perhaps given with " + m.facts.OldJob + ": the releasing manager decides"}} {
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
				Key: outKey("manual:" + it.Manual), Task: Manual, Title: "Take back " + it.label() + " from " + m.event.Name(), Due: m.due(l), Choice: list.choice, Name: it.label(), Why: list.why,
				Owner: owner, Instructions: "Take back what was given out as " + it.label() + ", and note where it is now. If it was never given out, say so when you press Done.",
			})
		}
	}
}

// comeBack is the end of a secondment: what came with it goes on its last day, and what went comes back once both managers confirm it.
func (m *moverPlanner) comeBack(comes []Step) {
	end, ends := m.anchors[atEnd]
	if !ends {
		return
	}
	for _, s := range slices.Clone(m.steps) {
		if s.Choice != Going && s.Choice != Undecided || s.Due.After(end) {
			continue
		}
		b := Step{Key: backKey(s.Key), Choice: Fixed, Group: s.Group, SKU: s.SKU, Name: s.Name, Why: "before the secondment", With: s.Key, Phase: Back, Guarded: s.Guarded, Approvers: s.Approvers, Named: s.Named, Stages: s.Stages}
		switch s.Task {
		case RemoveFromGroup:
			b.Task, b.Title = AddToGroup, "Add to "+s.Name+" again"
		case RemoveFromTeam:
			b.Task, b.Title = AddToTeam, "Add to "+s.Name+" again"
		case RemoveLicence:
			b.Task, b.Title = AssignLicences, "Assign "+s.Name+" again"
		default:
			b = byHand(b, "Give "+m.event.Name()+" "+s.Name+" again", "The secondment has ended, and both managers confirmed that "+m.event.Name()+" has "+s.Name+" again. Press Done when it is so.", s.Note)
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
		e, line, planned := Step{Key: endKey(s.Key), Choice: Fixed, Group: s.Group, SKU: s.SKU, Name: s.Name, Why: "only the secondment", With: s.Key, Phase: Ends}, Line{}, false
		switch s.Task {
		case AddToGroup:
			line, planned = m.outLine(SecondmentFlow, false)
			e.Task, e.Title = RemoveFromGroup, "Remove from "+s.Name
		case AddToTeam:
			line, planned = m.outLine(SecondmentFlow, true)
			e.Task, e.Title = RemoveFromTeam, "Remove from "+s.Name
		case AssignLicences:
			line, planned = m.lineFor(SecondmentFlow, RemoveLicence)
			e.Task, e.Title = RemoveLicence, "Take back "+s.Name
		case FollowRule:
			continue // it follows the details
		default:
			line, planned = m.lineFor(SecondmentFlow, TakeBack)
			e = byHand(e, "Take back "+s.Name+" from "+m.event.Name(), "The secondment has ended. Take back "+s.Name+". Press Done when it is so.", "")
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
func (m *moverPlanner) notes() {
	name := m.event.Name()
	if m.facts.OldJob == "" {
		m.warn("The title and department of %s name no job profile, so Muster cannot tell what the old job gave: the releasing manager decides item by item.", name)
	}
	if n := len(m.facts.Admin); n > 0 {
		m.warn("%s holds the directory %s %s. Muster does not change these: decide with IT whether they still fit.", name, plural(n, "role", "roles"), series(sorted(m.facts.Admin)))
	}
	if n := len(m.facts.Reports); n > 0 {
		var who []string
		for _, p := range m.facts.Reports {
			who = append(who, orElse(p.Name, p.UPN))
		}
		m.warn("%s %s to %s. Decide whether that stays so.", series(sorted(who)), plural(n, "reports", "report"), name)
	}
	var last []string
	for _, o := range m.facts.Owned {
		if o.Last {
			last = append(last, o.Group.label())
		}
	}
	if len(last) > 0 {
		m.warn("%s is the only owner of %s. Muster hands over what goes with the old job; name another owner for the rest.", name, series(sorted(last)))
	}
	if m.facts.Subject.Synced {
		m.warn("%s comes from the on-premises directory: changing the details and the manager becomes a task for IT.", name)
	}
	if m.facts.ReleasingWhy != "" {
		m.warn("%s", m.facts.ReleasingWhy)
	}
}

// timing warns when the date has passed or is no working day.
func (m *moverPlanner) timing() []string {
	var out []string
	if m.anchors[atChange].Before(m.now) {
		out = append(out, "The change was due on "+m.event.Start.Say()+". It is made as soon as both managers have decided.")
	}
	if !m.site.IsWorkingDay(m.event.Start) {
		out = append(out, m.event.Start.Say()+" is not a working day at "+m.event.Site+". Check the date.")
	}
	return out
}
