package flows

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"muster/flows/texts"
)

// Holdings are the groups that somebody is in; nobody owns any or is an admin.
func (d *directory) Holdings(_ context.Context, id AccountID) (member, owned []Group, roles []string, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, g := range d.in[id] {
		member = append(member, Group{ID: g, Name: g, Kind: SecurityGroup})
	}
	return member, nil, nil, d.down
}

// A card about drift that is forged, with keys that it never offered, raises nothing; one that was sent, once.
func TestDriftKeysAreNotTrusted(t *testing.T) {
	o := newOffice(t)
	c := foldOn(t, settled(t), Closed{})
	o.store.cases[c.ID] = c
	o.now = time.Date(2027, 1, 11, 10, 0, 0, 0, time.UTC)
	for _, s := range c.Plan.Steps {
		if s.Group != "" {
			o.dir.in[newcomer.ID] = append(o.dir.in[newcomer.ID], s.Group)
		}
	}
	o.dir.in[newcomer.ID] = append(o.dir.in[newcomer.ID], "g-wiki", "g-board")
	rec, _, err := o.drift(t.Context(), newcomer.ID, []Case{c}, o.now)
	if err != nil {
		t.Fatal(err)
	}
	fix := func(by Person, plan PlanHash, keys ...StepKey) error {
		_, err := o.Press(t.Context(), press(by, VerbDriftFix, func(t *Turn) {
			t.Key, t.Case, t.Plan, t.Ticked = strings.Join([]string{string(by.ID), string(plan)}, "|"), c.ID, plan, keys
			for _, k := range keys {
				t.Key += "|" + string(k)
			}
			t.Activity = t.Key
		}))
		return err
	}
	raised := func() []Case {
		var out []Case
		for _, c := range o.store.cases {
			if c.Kind == CorrectionEvent {
				out = append(out, c)
			}
		}
		return out
	}
	given := StepKey("group:" + o.dir.in[newcomer.ID][0])
	for name, keys := range map[string][]StepKey{
		"what was decided": {given}, "somebody else's": {"group:g-finance"}, "the account": {"account"}, "the sign-in": {"sign_in"}, "nothing": nil, "a step": {exitKey, elevatedKey},
	} {
		if err := fix(ivan, rec.Shown(), keys...); CodeOf(err) != Conflict {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := fix(ivan, "", groupThing("g-wiki")); CodeOf(err) != Conflict {
		t.Errorf("without what was shown: %v", err)
	}
	if err := fix(tom, rec.Shown(), groupThing("g-wiki")); CodeOf(err) != Denied {
		t.Errorf("by a manager: %v", err)
	}
	if n := len(raised()); n > 0 {
		t.Fatalf("%d corrections were raised", n)
	}
	if err := fix(ivan, rec.Shown(), groupThing("g-wiki"), given, "group:g-finance"); err != nil {
		t.Fatal(err)
	}
	all := raised()
	if len(all) != 1 || len(all[0].Plan.Steps) != 1 {
		t.Fatalf("raised: %+v", all)
	}
	if s := all[0].Plan.Steps[0]; s.Task != Manual && s.Task != RemoveFromGroup || !slices.Equal([]StepKey{s.Key}, []StepKey{groupThing("g-wiki")}) {
		t.Errorf("the step is %s of %s", s.Task, s.Key)
	}
}

// Who may sign off drift that is to be kept, where the manager who answers for it is the only approver there is: a deputy or an owner, by
// name; and nobody at all is said at once, instead of a silence that ends it.
func TestExceptionNeedsAnotherSigner(t *testing.T) {
	for name, tt := range map[string]struct {
		approvers, deputies, owners []string
		asks                        Person
		want                        string
		named                       bool
	}{
		"an approver":                     {[]string{aisha.UPN, tom.UPN}, nil, []string{olivia.UPN}, ivan, "Aisha Khan", false},
		"the manager is the only one":     {[]string{tom.UPN}, nil, []string{olivia.UPN, oscar.UPN}, ivan, "Olivia Grant or Oscar Lind", true},
		"a deputy goes first":             {[]string{tom.UPN}, []string{ines.UPN}, []string{olivia.UPN}, ivan, "Ines Duarte or Olivia Grant", true},
		"the owner who asks is not asked": {[]string{tom.UPN}, nil, []string{olivia.UPN, oscar.UPN}, olivia, "Oscar Lind", true},
		"nobody":                          {[]string{tom.UPN}, nil, []string{olivia.UPN}, olivia, "somebody else", true},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			p := *o.Policy
			p.Roles.Approver, p.Roles.Owner, p.Fallback.Deputies = Holders{People: tt.approvers}, Holders{People: tt.owners}, tt.deputies
			o.Policy = &p
			got, named, err := o.exceptionSigners(t.Context(), tt.asks.ID, newcomer.ID, tom.ID)
			if err != nil || names(texts.Language{}, got) != tt.want || named != tt.named {
				t.Errorf("%s, by name %t (%v), want %s", names(texts.Language{}, got), named, err, tt.want)
			}
		})
	}
}

// The manager who keeps something is not asked to sign it off, whatever role they hold.
func TestWhoKeepsItIsNotAskedToSign(t *testing.T) {
	c := approved(t)
	c = withStep(c, elevatedKey, func(s *Step) { s.Exception, s.Approvers = &Exception{By: maria}, []Person{maria, aisha} })
	if s := mustStep(t, c, elevatedKey); names(texts.Language{}, c.signers(s)) != "Aisha Khan" {
		t.Errorf("asked: %s", names(texts.Language{}, c.signers(s)))
	}
	c = withStep(c, elevatedKey, func(s *Step) { s.Exception, s.Phase = nil, Back })
	c.ComeBack.By = []By{{Person: aisha}}
	if s := mustStep(t, c, elevatedKey); names(texts.Language{}, c.signers(s)) != "Maria Lopez" {
		t.Errorf("of what comes back: %s", names(texts.Language{}, c.signers(s)))
	}
}

// A decision on drift is bound to what was wrong, not only to which access: the same key with another fault is another question.
func TestDriftIsBoundToItsKind(t *testing.T) {
	extra := DriftRecord{Findings: []Finding{{Key: "group:g", Kind: DriftExtra}, {Key: "group:h", Kind: DriftBack}}}
	for name, other := range map[string][]Finding{
		"another fault":    {{Key: "group:g", Kind: DriftMissing}, {Key: "group:h", Kind: DriftBack}},
		"another access":   {{Key: "group:x", Kind: DriftExtra}, {Key: "group:h", Kind: DriftBack}},
		"one less":         {{Key: "group:g", Kind: DriftExtra}},
		"one more":         {{Key: "group:g", Kind: DriftExtra}, {Key: "group:h", Kind: DriftBack}, {Key: "group:i", Kind: DriftBack}},
		"one is let be":    {{Key: "group:g", Kind: DriftExtra, Ignored: By{At: monday()}}, {Key: "group:h", Kind: DriftBack}},
		"nothing any more": nil,
	} {
		if (DriftRecord{Findings: other}).Shown() == extra.Shown() {
			t.Errorf("%s reads the same", name)
		}
	}
}
