package flows

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Why somebody has something: what their cases say about one thing, from the log, beside what the directory shows.

// WhyView answers "why": one person and one thing, or everything of theirs that is known.
type WhyView struct {
	Person Person
	Asked  string // the thing as it was asked for; empty: all of them
	Things []WhyThing
	Gone   bool // the account is not in the directory
	Hidden bool // some kinds of access could not be read
	Zone   *time.Location
	At     time.Time
}

// WhyThing is one thing with its history, oldest first.
type WhyThing struct {
	Key    StepKey
	Kind   string // group, team, licence, role, app, access package, by hand
	Name   string
	Held   WhyHeld
	Via    string // the group that it comes with
	Rule   string // of a dynamic group, which takes people in by itself
	Events []WhyEvent
	Drift  *Finding // how it differs from what was decided, as the daily look found it
}

// WhyHeld is whether the directory shows a thing.
type WhyHeld string

// What the directory shows.
const (
	HeldYes     WhyHeld = "yes"
	HeldNo      WhyHeld = "no"
	HeldUnknown WhyHeld = "" // nobody can see it there, or Muster may not
)

// WhyWhat is what a case did to a thing.
type WhyWhat string

// What a case did.
const (
	WhyGiven WhyWhat = "given"
	WhyTaken WhyWhat = "taken"
	WhyFound WhyWhat = "found" // it was there already when the case looked
	WhyKept  WhyWhat = "kept"  // the case left it on purpose
)

// WhyEvent is what one case did to one thing.
type WhyEvent struct {
	What      WhyWhat
	Case      CaseID
	Of        EventKind
	Step      string // its title
	State     StepState
	At        time.Time // done then, or due then, or seen then
	Why       string    // "everybody", "Account Manager"
	Asked     By        // who asked for the case
	Confirmed By        // who confirmed its access; Note is whom they stood in for
	Signed    []By      // who signed this off; Note as above
	ByHand    Person
	Until     Date   // kept until then
	Reason    string // why it was kept
	Seen      string // what the directory showed after it
}

// Done reports whether it happened, as far as anybody could see.
func (v WhyEvent) Done() bool { return v.State == StepDone || v.State == StepDoneHand }

// Last is the latest thing that was done to it, or found.
func (t WhyThing) Last() (WhyEvent, bool) {
	for _, v := range slices.Backward(t.Events) {
		if v.Done() && v.What != WhyKept {
			return v, true
		}
	}
	return WhyEvent{}, false
}

// Through reports whether the person has it by a decision in Muster.
func (t WhyThing) Through() bool {
	v, ok := t.Last()
	return ok && v.What == WhyGiven
}

// reasons collects what cases say, by thing.
type reasons struct {
	order []StepKey
	by    map[StepKey]*WhyThing
}

func (r *reasons) thing(k StepKey, kind, name string) *WhyThing {
	if t, ok := r.by[k]; ok {
		if name != "" {
			t.Name = name // as it is called now
		}
		return t
	}
	r.order = append(r.order, k)
	r.by[k] = &WhyThing{Key: k, Kind: kind, Name: name}
	return r.by[k]
}

func roleThing(name string) StepKey { return StepKey("role:" + plain(name)) }
func appThing(name string) StepKey  { return StepKey("app:" + plain(name)) }
func packThing(id string) StepKey   { return StepKey("package:" + strings.ToLower(id)) }

// reasonsOf folds the cases about one account that the one who asks may know of, oldest first.
func reasonsOf(cases []Case) *reasons {
	r := &reasons{by: map[StepKey]*WhyThing{}}
	slices.SortStableFunc(cases, func(a, b Case) int { return a.Raised.At.Compare(b.Raised.At) })
	for _, c := range cases {
		r.found(c)
		for _, s := range c.Plan.Steps {
			r.step(c, s)
		}
		for _, k := range c.Plan.Keep {
			if c.May == "" {
				break
			}
			t := r.thing(keptThing(k), k.Kind, k.Name)
			t.Events = append(t.Events, c.why(WhyEvent{What: WhyKept, State: StepDone, At: c.Raised.At, Why: k.Why}))
		}
	}
	for _, t := range r.by {
		slices.SortStableFunc(t.Events, func(a, b WhyEvent) int { return a.At.Compare(b.At) })
	}
	return r
}

func keptThing(k Keeping) StepKey {
	switch {
	case k.Group != "":
		return groupThing(k.Group)
	case k.SKU != "":
		return skuThing(k.SKU)
	}
	return StepKey("hand:" + plain(k.Name))
}

// found takes in what was there before anything that Muster knows of: the first case to see it says so.
func (r *reasons) found(c Case) {
	if c.Facts.Subject.ID == "" {
		return
	}
	see := func(k StepKey, kind, name string) {
		if _, known := r.by[k]; !known {
			t := r.thing(k, kind, name)
			t.Events = append(t.Events, WhyEvent{What: WhyFound, Case: c.ID, Of: c.Kind, State: StepDone, At: c.Raised.At})
		}
	}
	for _, g := range c.Facts.Member {
		see(groupThing(g.ID), g.sort(), g.label())
	}
	for _, h := range c.Facts.Subject.Licences {
		see(skuThing(h.SKU), "licence", c.Facts.licence(c.Lang, h.SKU))
	}
	for _, name := range c.Facts.Admin {
		see(roleThing(name), "role", name)
	}
	for _, a := range c.Facts.Apps {
		see(appThing(a.App), "app", a.App)
	}
	for _, p := range c.Facts.Packages {
		see(packThing(p.Package), c.Lang.Say("access package"), p.Name)
	}
}

// sort is what people call a group.
func (g Group) sort() string {
	if g.Team {
		return "team"
	}
	return "group"
}

// step takes one step in. One that takes several things back counts for each of those that were there.
func (r *reasons) step(c Case, s Step) {
	_, st, ok := c.Step(s.Key)
	if !ok || c.May == "" || st.State == StepAbandoned { // nothing was decided, or it fell out of the plan
		return
	}
	v := WhyEvent{What: WhyGiven, Step: s.Title, State: st.State, At: c.Due(s), Why: s.Why, Seen: st.After, ByHand: st.By}
	if !st.At.IsZero() {
		v.At = st.At
	}
	if x := s.Exception; x != nil {
		kept := WhyEvent{What: WhyKept, Step: s.Title, State: StepDone, At: x.Since.At(c.Location(), 0, 0), Until: x.Until, Reason: x.Reason, Asked: By{Person: x.By}}
		if so, asked := c.SignOffs[s.Key]; asked && so.State != "approved" {
			kept.State = Planned
			if so.State == "rejected" {
				kept.State = StepAbandoned
			}
		}
		defer func(k StepKey) {
			if t, ok := r.by[k]; ok {
				t.Events = append(t.Events, c.signed(c.why(kept), s))
			}
		}(stepThing(s))
	}
	add := func(k StepKey, kind, name string) {
		t := r.thing(k, kind, name)
		t.Events = append(t.Events, c.signed(c.why(v), s))
	}
	switch s.Task {
	case AddToGroup, FollowRule:
		add(stepThing(s), "group", s.Name)
	case AddToTeam:
		add(stepThing(s), "team", s.Name)
	case AssignLicences:
		add(stepThing(s), "licence", s.Name)
	case RequestPackage:
		add(stepThing(s), c.Lang.Say("access package"), s.Name)
	case RemoveFromGroup, RemoveFromTeam, RuleLetsGo, RemoveLicence:
		v.What = WhyTaken
		kind := map[TaskName]string{RemoveFromTeam: "team", RemoveLicence: "licence"}[s.Task]
		add(stepThing(s), cmp.Or(kind, "group"), s.Name)
	case RemovePackages:
		v.What = WhyTaken
		for _, p := range c.Facts.Packages {
			if s.Ref == "" || strings.EqualFold(s.Ref, p.Package) {
				add(packThing(p.Package), c.Lang.Say("access package"), p.Name)
			}
		}
	case RemoveDirectoryRoles:
		v.What = WhyTaken
		for _, name := range c.Facts.Admin {
			add(roleThing(name), "role", name)
		}
	case RemoveAppRoles, GrantAppRoles:
		if s.Task == RemoveAppRoles {
			v.What = WhyTaken
		}
		for _, app := range appsOf(c.Facts.Apps) {
			add(appThing(app), "app", app)
		}
	case Manual:
		if c.Kind == LeaverEvent || s.Of != "" {
			v.What = WhyTaken
		}
		if k := stepThing(s); k != "" {
			kind := c.Lang.Say("by hand")
			if s.Group != "" {
				kind = "group"
			} else if s.SKU != "" {
				kind = "licence"
			}
			add(k, kind, cmp.Or(s.Name, s.Title))
		}
	}
}

// stepThing is the thing that a step is about.
func stepThing(s Step) StepKey {
	switch {
	case s.Group != "":
		return groupThing(s.Group)
	case s.SKU != "":
		return skuThing(s.SKU)
	case s.Ref != "":
		return packThing(s.Ref)
	case s.Task == Manual:
		return StepKey("hand:" + plain(cmp.Or(s.Name, s.Title)))
	}
	return ""
}

// why says who asked for the case, and who confirmed it.
func (c Case) why(v WhyEvent) WhyEvent {
	v.Case, v.Of = c.ID, c.Kind
	if v.Asked.Person.ID == "" {
		v.Asked = c.Raised
	}
	switch {
	case v.What != WhyGiven && c.Release.State == "released" && c.Release.By.ID != "":
		v.Confirmed = By{Person: c.Release.By, At: c.Release.At}
	case c.Approval.State == "approved" && c.Approval.By.ID != "":
		v.Confirmed = By{Person: c.Approval.By, At: c.Approval.At, Note: c.Approval.For.Name}
	}
	return v
}

// signed adds who signed the step off.
func (c Case) signed(v WhyEvent, s Step) WhyEvent {
	so := c.SignOffs[s.Key]
	for _, vote := range so.Votes {
		v.Signed = append(v.Signed, By{Person: vote.By, At: vote.At, Note: vote.For.Name})
	}
	if so.State == "approved" && len(so.Votes) == 0 && so.By.ID != "" {
		v.Signed = []By{{Person: so.By, At: so.At, Note: so.For.Name}}
	}
	return v
}

// list is what was collected, those with something to say first in the order of their names.
func (r *reasons) list() []WhyThing {
	var out []WhyThing
	for _, k := range r.order {
		out = append(out, *r.by[k])
	}
	slices.SortStableFunc(out, func(a, b WhyThing) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.Key, b.Key))
	})
	return out
}

// called are the things that a text may mean: of exactly that name, or else those that have all its words.
func called(things []WhyThing, text string) []WhyThing {
	var exact, part []WhyThing
	words := strings.Fields(plain(text))
	for _, t := range things {
		name := plain(t.Name)
		switch have := strings.Fields(name); {
		case name == plain(text):
			exact = append(exact, t)
		case len(words) > 0 && !slices.ContainsFunc(words, func(w string) bool { return !slices.Contains(have, w) }):
			part = append(part, t)
		}
	}
	if len(exact) > 0 {
		return exact
	}
	return part
}
