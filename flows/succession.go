package flows

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// When the last holder of one of Muster's roles leaves, nobody is left who could do that part: the product would die with them (edge case
// 24). The case stays open until somebody else holds the role, and what an operator knew is changed.

// rotateKey is the step in which the secrets that a leaver of IT knew are changed.
const rotateKey StepKey = "rotate_secrets"

// lookAnother begins what Graph and the policy can show of a step that has somebody else take a role (Step.Look). The role follows.
const lookAnother = "another_holder:"

// succession reads which of Muster's roles the leaver holds, and which of them nobody else does.
func (e *Engine) succession(ctx context.Context, f *Facts, roles Roles) error {
	f.Roles, f.LastOf = nil, nil
	for _, role := range []Role{HR, IT, Approver, Owner} {
		if !roles.Any(role) {
			continue
		}
		f.Roles = append(f.Roles, role)
		others, err := e.others(ctx, role, f.Subject.ID)
		if err != nil {
			return err
		}
		if len(others) == 0 {
			f.LastOf = append(f.LastOf, role)
		}
	}
	return nil
}

// others are the enabled people who hold a role, one left out.
func (e *Engine) others(ctx context.Context, role Role, but AccountID) ([]Person, error) {
	all, err := e.everyone(ctx, e.Policy.Roles.all()[role])
	if err != nil {
		return nil, fmt.Errorf("read who holds the role %s: %w", role, err)
	}
	return slices.DeleteFunc(slices.Clone(all), func(p Person) bool { return p.ID == but }), nil
}

// succeed adds the steps that keep Muster's roles held.
func (p *planner) succeed() {
	for _, role := range p.facts.LastOf {
		s := Step{Key: StepKey("another:" + string(role)), Due: p.anchors[atPrepare], Choice: Fixed, Look: lookAnother + string(role), Name: string(role)}
		p.add(byHand(s, p.policy.Lang().Say("Name somebody else for Muster's role %s", string(role)),
			p.policy.Lang().Say("Nobody but %s holds the role %s in Muster. Name somebody else under roles, %s in the policy, or add somebody to a group that gives it, and start Muster again if the policy changed. Press Done: Muster looks whether somebody else holds the role, and the case stays open until then.", p.name, string(role), string(role)),
			p.policy.Lang().Say("The case cannot be closed before.")))
		p.warn(p.policy.Lang().Say("%s is the last one who holds the role %s in Muster. Name somebody else: the case stays open until then.", p.name, role))
	}
	if slices.Contains(p.facts.Roles, IT) {
		p.add(byHand(Step{Key: rotateKey, Due: p.exit(), Choice: Fixed, After: []StepKey{exitKey}}, p.policy.Lang().Say("Change the secrets that %s knew", p.name),
			p.policy.Lang().Say("As a member of IT, %s may know secrets that a blocked sign-in does not end: the credentials of Muster's app registration and of other apps, passwords of break-glass and shared accounts, keys of backups and of networks. Change those, run \"muster doctor\", and press Done with a note of what was changed.", p.name), p.policy.Lang().Say("A blocked sign-in does not end what somebody knows.")))
	}
}

// lookHolders shows whether somebody other than the subject holds a role.
func lookHolders(ctx context.Context, h hands, c Case, s Step) (sight, error) {
	role := Role(strings.TrimPrefix(s.Look, lookAnother))
	if h.others == nil {
		return sight{}, invalid(c.Lang.Say("This version of Muster does not know how to look whether the step was done."))
	}
	who, err := h.others(ctx, role, c.Account)
	if err != nil || len(who) == 0 {
		return sight{text: c.Lang.Say("nobody else holds the role %s", string(role))}, err
	}
	return sight{done: true, text: c.Lang.Say("the role %s is held by %s", string(role), count(c.Lang, len(who), "other holder"))}, nil
}
