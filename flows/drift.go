package flows

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"muster/flows/texts"
)

// Drift is what a person holds and should not, or should and does not. What they should hold follows from their cases alone: each step that
// was seen done says what must be there, or must not, from then on; a step that is still to come says that both are right for now.

// Finding is one difference between what a person's cases left and what the directory shows.
type Finding struct {
	Key   StepKey   `json:"key"` // names it among the person's, e.g. "group:<id>"
	Kind  DriftKind `json:"kind"`
	Name  string    `json:"name"` // of the entitlement
	Group string    `json:"group,omitempty"`
	Team  bool      `json:"team,omitempty"`
	SKU   string    `json:"sku,omitempty"`
	Case  CaseID    `json:"case"` // the one it follows from
	Since time.Time `json:"since"`
	// Ignored is who said that it may stay as it is, and why; empty while it is open.
	Ignored By `json:"ignored,omitzero"`
}

// DriftKind says what is wrong.
type DriftKind string

// The kinds of drift, the worst first.
const (
	DriftOpen    DriftKind = "sign_in_open" // of somebody who has left, or is on leave
	DriftBack    DriftKind = "back"         // taken away, and there again
	DriftExtra   DriftKind = "extra"        // nothing that Muster knows of gave it
	DriftMissing DriftKind = "missing"      // given, and not there any more
	DriftBlocked DriftKind = "blocked"      // the sign-in of somebody who works here
)

var driftOrder = []DriftKind{DriftOpen, DriftBack, DriftExtra, DriftMissing, DriftBlocked}

// right is what a person's cases say about one entitlement.
type right struct {
	must    bool // must be there
	mustNot bool // must not; neither: both are right
	thing   Finding
}

// rights is what a person's cases say together.
type rights struct {
	things  map[StepKey]right
	account right  // the open sign-in
	whole   bool   // everything the person holds should be known from the cases: Muster made the account, or emptied it
	left    bool   // the person has left
	last    CaseID // the latest case
}

// rightsOf folds the cases about one account, oldest first.
func rightsOf(lang texts.Language, cases []Case) rights {
	r := rights{things: map[StepKey]right{}}
	slices.SortStableFunc(cases, func(a, b Case) int { return a.Raised.At.Compare(b.Raised.At) })
	for _, c := range cases {
		if c.May == "" {
			continue // nothing was decided
		}
		r.last = c.ID
		if c.Kind == JoinerEvent && c.Facts.Subject.ID == "" {
			r.whole = true
		}
		was := c.Facts
		if r.whole {
			was = Facts{}
		}
		for _, g := range was.Member { // what was there before Muster knew the person is no drift until somebody decides on it
			if k := groupThing(g.ID); !r.knows(k) {
				r.things[k] = right{thing: Finding{Key: k, Name: g.Name, Group: g.ID, Team: g.Team}}
			}
		}
		for _, h := range was.Subject.Licences {
			if k := skuThing(h.SKU); !r.knows(k) {
				r.things[k] = right{thing: Finding{Key: k, Name: was.licence(lang, h.SKU), SKU: h.SKU}}
			}
		}
		steps := slices.Clone(c.Plan.Steps) // as they were done: a case may block a sign-in and open it again
		slices.SortStableFunc(steps, func(a, b Step) int {
			_, x, _ := c.Step(a.Key)
			_, y, _ := c.Step(b.Key)
			return x.At.Compare(y.At)
		})
		for _, s := range steps {
			r.fold(c, s)
		}
		switch {
		case c.gone() && c.Rescinded == nil:
			r.left, r.whole = true, true
		case c.Kind == JoinerEvent && c.State == Done, c.gone() && c.Over():
			r.left = false
		}
	}
	return r
}

func (r *rights) knows(k StepKey) bool { _, ok := r.things[k]; return ok }

func groupThing(id string) StepKey { return StepKey("group:" + id) }
func skuThing(sku string) StepKey  { return StepKey("licence:" + strings.ToLower(sku)) }

// licence is what a licence that a person held is called.
func (f Facts) licence(lang texts.Language, sku string) string {
	for _, k := range f.SKUs {
		if strings.EqualFold(k.ID, sku) {
			return k.Part
		}
	}
	return lang.Say("a licence")
}

// fold takes one step of one case in.
func (r *rights) fold(c Case, s Step) {
	_, st, ok := c.Step(s.Key)
	if !ok || st.State == StepAbandoned {
		return
	}
	done := st.State == StepDone || st.State == StepDoneHand
	set := func(is *right, must bool) {
		is.must, is.mustNot = done && must, done && !must
		is.thing.Case, is.thing.Since = c.ID, st.At
	}
	var k StepKey
	switch s.Task {
	case EnableAccount, BlockSignIn:
		if done {
			set(&r.account, s.Task == EnableAccount)
		}
		return
	case AssignLicences, RemoveLicence:
		k = skuThing(s.SKU)
	default:
		if s.Group == "" || s.Task == HandOverGroup {
			return
		}
		k = groupThing(s.Group)
	}
	is := r.things[k]
	is.thing = Finding{Key: k, Name: s.Name, Group: s.Group, Team: s.Task == AddToTeam || s.Task == RemoveFromTeam, SKU: s.SKU}
	switch s.Task {
	case AssignLicences, AddToGroup, AddToTeam, FollowRule:
		if done {
			set(&is, true)
		}
	case RemoveLicence, RemoveFromGroup, RemoveFromTeam, "rule_lets_go":
		set(&is, false)
	case Manual: // of a leaver it takes out of a group, of others it puts in one
		set(&is, c.Kind != LeaverEvent)
	default:
		return
	}
	r.things[k] = is
}

// held is what the directory shows of one person.
type held struct {
	account Account
	member  []Group
}

// findDrift compares. Licences that come with a group, dynamic groups and what Muster could not change are the business of others.
func findDrift(lang texts.Language, r rights, h held, skus []SKU, now time.Time) []Finding {
	var out []Finding
	add := func(kind DriftKind, f Finding) {
		f.Kind = kind
		if f.Case == "" {
			f.Case = r.last
		}
		if f.Since.IsZero() || kind != DriftMissing {
			f.Since = now
		}
		out = append(out, f)
	}
	has := map[StepKey]bool{}
	see := func(f Finding) {
		has[f.Key] = true
		is, known := r.things[f.Key]
		switch {
		case known && is.mustNot:
			f.Case = is.thing.Case
			add(DriftBack, f)
		case !known && r.whole:
			add(DriftExtra, f)
		}
	}
	for _, g := range h.member {
		if g.Kind == DynamicGroup {
			has[groupThing(g.ID)] = true
			continue
		}
		see(Finding{Key: groupThing(g.ID), Name: g.label(), Group: g.ID, Team: g.Team})
	}
	for _, l := range h.account.Licences {
		if l.ByGroup != "" {
			has[skuThing(l.SKU)] = true
			continue
		}
		see(Finding{Key: skuThing(l.SKU), Name: partOf(lang, skus, l.SKU), SKU: l.SKU})
	}
	for k, is := range r.things {
		if is.must && !has[k] && !r.left {
			add(DriftMissing, is.thing)
		}
	}
	if is := r.account; is.mustNot && h.account.Enabled {
		add(DriftOpen, Finding{Key: "sign_in", Name: lang.Say("Sign-in"), Case: is.thing.Case})
	} else if is.must && !h.account.Enabled && !r.left {
		add(DriftBlocked, Finding{Key: "sign_in", Name: lang.Say("Sign-in"), Case: is.thing.Case})
	}
	slices.SortFunc(out, func(a, b Finding) int {
		return cmp.Or(slices.Index(driftOrder, a.Kind)-slices.Index(driftOrder, b.Kind), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Key, b.Key))
	})
	return out
}

func partOf(lang texts.Language, skus []SKU, id string) string {
	for _, k := range skus {
		if strings.EqualFold(k.ID, id) {
			return k.Part
		}
	}
	return lang.Say("a licence")
}
