package flows

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"muster/flows/texts"
)

// detailsKey is the step that changes what the account says.
const detailsKey StepKey = "attributes"

// outKey and backKey name the steps that take back another: what goes, and what comes back after a secondment.
func outKey(k string) StepKey      { return StepKey("out:" + k) }
func backKey(k StepKey) StepKey    { return "back:" + k }
func endKey(k StepKey) StepKey     { return "end:" + k }
func (g Group) identity() string   { return "group:" + strings.ToLower(g.ID) }
func skuIdentity(id string) string { return "licence:" + strings.ToLower(id) }

// PlanMover makes the plan of a move from the event, the policy and what the directory said. What both jobs give is kept, what the new one
// gives comes at the date, what only the old one gives goes after the hand-over, and what no job gives is the releasing manager's to decide.
// people holds who stands behind the names of NeededNames for both jobs, and behind "" everybody with the role approver. The sentences are
// warnings for HR. Same input, same bytes. A protected account is refused.
func PlanMover(e PeopleEvent, p *Policy, f Facts, people map[string][]Person, now time.Time) (Plan, []string, error) {
	site, known := p.Sites[e.Site]
	job, knownJob := p.Jobs[e.Job]
	switch {
	case !known:
		return Plan{}, nil, invalid(p.Lang().Say("The policy has no site called \"%s\".", e.Site))
	case !knownJob:
		return Plan{}, nil, invalid(p.Lang().Say("The policy has no job profile called \"%s\".", e.Job))
	case f.Subject.ID == "" || f.Subject.ID != e.Subject.ID:
		return Plan{}, nil, invalid(p.Lang().Say("Nobody is chosen who moves."))
	case p.IsProtected(f.Subject):
		return Plan{}, nil, deny(p.Lang().Say("The policy protects this account: Muster never touches it. Ask an owner."))
	case e.Manager.ID == "" || e.Manager.ID == f.Subject.ID:
		return Plan{}, nil, invalid(p.Lang().Say("Somebody else must be the manager."))
	}
	f.UPN = f.Subject.UPN
	base, err := newPlanner(e, p, f, now)
	if err != nil {
		return Plan{}, nil, fmt.Errorf("plan mover at site %s: %w", site.TimeZone, err)
	}
	base.people = people
	m := moverPlanner{planner: base, profile: job, news: map[string]StepKey{}}
	m.moveTimes()
	if err := m.compare(p.Lang()); err != nil {
		return Plan{}, nil, err
	}
	if err := base.run(MoverFlow); err != nil {
		return Plan{}, nil, err
	}
	if e.End != "" {
		if err := base.run(SecondmentFlow); err != nil {
			return Plan{}, nil, err
		}
	}
	base.inOrder()
	return Plan{Manager: e.Manager.ID, Steps: base.steps, Keep: m.keep, Policy: p.Hash()}, slices.Concat(m.timing(p.Lang()), base.warnings), nil
}

// moverPlanner compares what somebody holds with what the new job gives. Which of the steps that come of it are done, when, and after what,
// is for the lines of the workflows to say.
type moverPlanner struct {
	*planner
	profile Job // the new one
	keep    []Keeping
	news    map[string]StepKey // steps of the new job by identity in the directory, held or not
	swap    []StepKey          // licences that come
	adds    []StepKey          // what comes and is written by Muster: nothing goes before
}

// moveTimes are what the lines of a move, and of the way back from a secondment, count from.
func (p *planner) moveTimes() {
	hour, minute := clockOr(p.policy.Mover.At, moveAtDefault)
	change := p.event.Start.At(p.zone, hour, minute)
	out := change
	if p.event.Handover > 0 {
		out = p.site.AddWorkingDays(p.event.Start, p.event.Handover).At(p.zone, hour, minute)
	}
	if p.event.End != "" {
		end := endOf(p.event.End, p.site)
		if end.Before(out) {
			out = change
		}
		p.anchors[atEnd], p.anchors[atEnded] = end, end.Add(time.Minute)
	}
	p.anchors[atChange], p.anchors[atHandOver] = change, out
}

// compare draws the steps. None of them is part of the plan before a line takes it.
func (m *moverPlanner) compare(lang texts.Language) error {
	m.drawn = &drawing{places: map[StepKey]place{}}
	m.details(lang)
	comes, err := m.comes(lang)
	if err != nil {
		return err
	}
	goes := m.goes(lang)
	m.handOvers(lang, goes)
	m.manualBack(lang)
	m.comeBack(lang, comes)
	m.notes(lang)
	m.drawn.steps, m.steps = m.steps, nil
	return nil
}

// put draws a step of a line, under a key that no step has yet.
func (m *moverPlanner) put(workflow string, l Line, s Step) Step {
	for n := 2; m.keys[s.Key]; n++ {
		s.Key = StepKey(fmt.Sprintf("%s %d", s.Key, n))
	}
	m.drawn.places[s.Key] = place{workflow, l.name()}
	m.add(s)
	return s
}

// details changes what the account says, and the manager. An account of the on-premises directory is changed there, by people.
func (m *moverPlanner) details(lang texts.Language) {
	a, synced := m.facts.Subject, m.facts.Subject.Synced
	want := map[string]string{propTitle: orElse(m.profile.Title, m.event.Job), propOffice: orElse(m.site.Office, m.event.Site)}
	for name, value := range map[string]string{propDept: m.profile.Department, propCountry: m.site.Country, propCost: m.event.CostCentre} {
		if value != "" {
			want[name] = value
		}
	}
	before := map[string]string{}
	for name := range want {
		before[name] = a.prop(name)
		if want[name] == before[name] {
			delete(want, name)
			delete(before, name)
		}
	}
	manager := Person{ID: m.event.Manager.ID, Name: orElse(m.event.Manager.Name, lang.Say("the manager")), UPN: m.event.Manager.UPN}
	if l, ok := m.lineFor(MoverFlow, SetDetails); ok && len(want) > 0 {
		m.put(MoverFlow, l, onPremisesIf(lang, synced, Step{Key: detailsKey, Task: SetDetails, Title: lang.Say("Change %s", propList(lang, want)), Due: m.due(l), Choice: Fixed, Name: lang.Say("Details"), Props: want}, a, propsByHand(lang, want)))
	}
	if l, ok := m.lineFor(MoverFlow, SetManager); ok && a.Manager != manager.ID {
		m.put(MoverFlow, l, onPremisesIf(lang, synced, Step{Key: managerKey, Task: SetManager, Title: lang.Say("Set %s as manager", manager.Name), Due: m.due(l), Choice: Fixed, Name: manager.Name, Person: manager}, a, lang.Say("set the manager to %s", manager.Name)))
	}
	if l, ok := m.lineFor(SecondmentFlow, SetDetails); ok && m.keys[detailsKey] {
		m.put(SecondmentFlow, l, onPremisesIf(lang, synced, Step{Key: backKey(detailsKey), Task: SetDetails, Title: lang.Say("Change %s back", propList(lang, before)), Due: m.due(l), Choice: Fixed, Name: lang.Say("Details"), Props: before, Phase: Back}, a, propsByHand(lang, before)))
	}
	if l, ok := m.lineFor(SecondmentFlow, SetManager); ok && a.Manager != "" && m.keys[managerKey] {
		old := m.facts.Releasing
		if old.ID != a.Manager {
			old = Person{ID: a.Manager, Name: lang.Say("the manager before")}
		}
		m.put(SecondmentFlow, l, onPremisesIf(lang, synced, Step{Key: backKey(managerKey), Task: SetManager, Title: lang.Say("Set %s as manager again", old.Name), Due: m.due(l), Choice: Fixed, Name: old.Name, Person: old, Phase: Back}, a, lang.Say("set the manager to %s", old.Name)))
	}
}

// onPremisesIf turns a change of the account into a task for IT when the on-premises directory is in charge of it.
func onPremisesIf(lang texts.Language, synced bool, s Step, a Account, do string) Step {
	if !synced {
		return s
	}
	return byHand(s, lang.Say("%s on-premises", s.Title), lang.Say("The account %s comes from the on-premises Active Directory. In Active Directory Users and Computers, open the account and %s. Press Done when the next synchronisation has run: Muster looks whether it worked.", a.UPN, do),
		lang.Say("The on-premises directory is in charge of this account."))
}

func propList(lang texts.Language, props map[string]string) string {
	var names []string
	for _, k := range []string{propTitle, propDept, propOffice, propCountry, propCost} {
		if _, ok := props[k]; ok {
			names = append(names, propName(lang, k))
		}
	}
	return series(lang, names)
}

func propsByHand(lang texts.Language, props map[string]string) string {
	var parts []string
	for _, k := range []string{propTitle, propDept, propOffice, propCountry, propCost} {
		if v, ok := props[k]; ok {
			parts = append(parts, lang.Say("set the %s to %s", propName(lang, k), orNone(v)))
		}
	}
	return series(lang, parts)
}

// comes are the steps of what the new job gives and the person does not hold, and notes what both give.
func (m *moverPlanner) comes(lang texts.Language) ([]Step, error) {
	var out []Step
	first := len(m.steps)
	for _, list := range []struct {
		items  []Item
		choice Choice
	}{{m.policy.Birthright, Fixed}, {m.profile.Access, Ticked}, {m.profile.Optional, Extra}, {m.profile.Elevated, Elevated}} {
		for _, it := range list.items {
			if err := m.item(lang, offer{it, list.choice, m.reason(lang, it, list.choice)}, list.choice == Fixed); err != nil {
				return nil, err
			}
		}
	}
	for _, s := range m.steps[first:] {
		out = append(out, s)
		if s.Choice == Elevated {
			continue
		}
		switch s.Task {
		case AssignLicences:
			m.swap, m.adds = append(m.swap, s.Key), append(m.adds, s.Key)
		case AddToGroup, AddToTeam:
			m.adds = append(m.adds, s.Key)
		}
	}
	return out, nil
}

// reason is why the new job gives an item.
func (m *moverPlanner) reason(lang texts.Language, it Item, c Choice) string {
	if c == Fixed {
		return "everybody"
	}
	if m.facts.OldJob != "" && m.facts.OldJob != m.event.Job && slices.ContainsFunc(m.policy.Jobs[m.facts.OldJob].all(), func(o Item) bool { return o.key() == it.key() }) {
		return lang.Say("%s and %s", m.facts.OldJob, m.event.Job)
	}
	return m.event.Job
}

// item is one item of the new job: kept when it is held and not a matter of choice, else a step.
func (m *moverPlanner) item(lang texts.Language, o offer, birthright bool) error {
	var identity, kind, name string
	holds, task := false, AddToGroup
	switch {
	case o.Manual != "":
		return m.manualItem(lang, o, birthright)
	case o.Licence != "":
		sku, owned := m.sku(o.Licence)
		identity, kind, name, task = skuIdentity(sku.ID), "licence", o.label(), AssignLicences
		holds = owned && m.holdsSKU(sku.ID)
	default:
		g := m.facts.Groups[o.Group+o.Team]
		identity, kind, name = g.identity(), "group", orElse(o.Name, orElse(g.Name, o.label()))
		if g.Team {
			kind = "team"
		}
		if o.Team != "" {
			task = AddToTeam
		}
		holds = g.ID != "" && slices.ContainsFunc(m.facts.Member, func(h Group) bool { return h.ID == g.ID })
	}
	l, planned := m.lineFor(MoverFlow, task)
	if holds && (!planned || o.choice == Fixed || o.choice == Ticked) {
		if m.once(identity) {
			m.news[identity] = ""
			m.keep = append(m.keep, m.keeping(name, kind, o.why, identity))
		}
		return nil
	}
	if _, twice := m.news[identity]; twice || !planned {
		return nil
	}
	var steps []Step
	if o.Licence != "" {
		if s, ok := m.licence(l, o); ok {
			steps = []Step{s}
		}
	} else {
		steps = m.membership(l, o, o.Group+o.Team)
	}
	for _, s := range steps {
		if holds {
			s.Note = strings.TrimSpace(lang.Say("Held now. %s", s.Note))
			if s.Choice == Extra {
				s.Choice = Ticked
			}
		}
		m.news[identity] = m.put(MoverFlow, l, s).Key
	}
	return nil
}

func (m *moverPlanner) keeping(name, kind, why, identity string) Keeping {
	k := Keeping{Name: name, Kind: kind, Why: why}
	what, id, _ := strings.Cut(identity, ":")
	if what == "licence" {
		k.SKU = id
	} else {
		k.Group = id
	}
	return k
}

// holdsSKU reports whether a licence is held in the person's own right. One that a group gives may go with the group.
func (m *moverPlanner) holdsSKU(id string) bool {
	return slices.ContainsFunc(m.facts.Subject.Licences, func(h Held) bool { return h.ByGroup == "" && strings.EqualFold(h.SKU, id) })
}

// manualItem is something that people give. What everybody got on their first day, and what the old job gave as well, is there.
func (m *moverPlanner) manualItem(lang texts.Language, o offer, birthright bool) error {
	old := m.policy.Jobs[m.facts.OldJob]
	same := func(it Item) bool { return plain(it.Manual) == plain(o.Manual) }
	if birthright || m.facts.OldJob != "" && slices.ContainsFunc(old.Access, same) {
		if m.once("manual:" + plain(o.Manual)) {
			m.keep = append(m.keep, Keeping{Name: o.label(), Kind: lang.Say("by hand"), Why: o.why})
		}
		return nil
	}
	l, planned := m.lineFor(MoverFlow, Manual)
	if !planned || !m.once("manual:"+plain(o.Manual)) {
		return nil
	}
	s := m.offered(l, o)
	s.Task, s.Title, s.Instructions = Manual, lang.Say("%s for %s", o.label(), m.name), o.Instructions
	if o.Due != nil {
		var err error
		if s.Due, err = o.Due.On(m.event.Start, m.site); err != nil {
			return fmt.Errorf("plan %s: %w", o.key(), err)
		}
	}
	s.Owner = m.ownerOf(orElse(o.Owner, string(IT)), o.label())
	m.put(MoverFlow, l, s)
	return nil
}
