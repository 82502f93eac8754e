package flows

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// PolicyReach is whom another policy touches, as far as the directory and the cases say. It is stored: field names are for ever.
type PolicyReach struct {
	Roles []RoleMove `json:"roles,omitempty"`
	Cases []CaseID   `json:"cases,omitempty"` // open ones whose plan would be another if it were made with it
	Jobs  []JobHeld  `json:"jobs,omitempty"`
}

// RoleMove is who would come to a role, and who would lose it.
type RoleMove struct {
	Role  Role     `json:"role"`
	Gains []Person `json:"gains,omitempty"`
	Loses []Person `json:"loses,omitempty"`
}

// JobHeld is a job profile that is changed or gone, and how many people have it by the cases.
type JobHeld struct {
	Job    string `json:"job"`
	People int    `json:"people"`
	Gone   bool   `json:"gone,omitempty"`
}

// staffing is who holds which role by a policy, from the directory.
type staffing map[Role][]Person

// policyRoles are the roles in the order in which people read them.
var policyRoles = []Role{Owner, HR, IT, Approver, Deputy}

func (e *Engine) staffing(ctx context.Context, p *Policy) (staffing, error) {
	out := staffing{}
	for role, h := range p.Roles.all() {
		held, err := e.everyone(ctx, h)
		if err != nil {
			return nil, err
		}
		out[role] = held
	}
	deputies, err := e.named(ctx, p.Fallback.Deputies)
	out[Deputy] = deputies
	return out, err
}

// moves says who comes and goes, role by role.
func (was staffing) moves(is staffing) []RoleMove {
	var out []RoleMove
	for _, role := range policyRoles {
		m := RoleMove{Role: role}
		for _, p := range is[role] {
			if !holds(was[role], p.ID) {
				m.Gains = append(m.Gains, p)
			}
		}
		for _, p := range was[role] {
			if !holds(is[role], p.ID) {
				m.Loses = append(m.Loses, p)
			}
		}
		if len(m.Gains)+len(m.Loses) > 0 {
			out = append(out, m)
		}
	}
	return out
}

// lockouts are the sentences against a policy under which somebody who is needed would not be there. by proposes it; nobody does a file that
// was found, which one owner can decide on.
func (is staffing) lockouts(by AccountID) []string {
	var out []string
	switch owners := is[Owner]; {
	case len(owners) == 0:
		out = append(out, "Nobody would be an owner, so nobody could change it again.")
	case by != "" && len(withoutPerson(owners, by)) == 0:
		out = append(out, "You would be the only owner, so nobody could agree to the next change.")
	case by != "" && len(owners) == 1:
		out = append(out, owners[0].Name+" would be the only owner, so nobody could agree to the next change.")
	}
	for _, r := range []struct {
		role Role
		say  string
	}{
		{HR, "Nobody would be HR, so nobody could announce a people event."},
		{IT, "Nobody would be IT, so nobody could act on a failed step."},
		{Approver, "Nobody would be an approver, so nobody could sign off elevated access."},
	} {
		if len(is[r.role]) == 0 {
			out = append(out, r.say)
		}
	}
	return out
}

// emptyGroups are the groups that a policy asks for signatures and that nobody is in who could give one.
func (e *Engine) emptyGroups(ctx context.Context, p *Policy) ([]string, error) {
	var out []string
	for _, name := range p.signingGroups() {
		in, err := e.everyone(ctx, Holders{Groups: []string{name}})
		if err != nil {
			return nil, err
		}
		if len(in) == 0 {
			out = append(out, "Nobody is in the group "+quote(name)+", which is asked for signatures.")
		}
	}
	return out, nil
}

// policyReach is whom a policy touches.
func (e *Engine) policyReach(ctx context.Context, was, is staffing, next *Policy) (PolicyReach, error) {
	all, err := e.Store.Cases(ctx, "all")
	if err != nil {
		return PolicyReach{}, fmt.Errorf("list cases: %w", err)
	}
	r := PolicyReach{Roles: was.moves(is)}
	for _, c := range all {
		if !c.Over() && plannedOtherwise(c, e.Policy, next) {
			r.Cases = append(r.Cases, c.ID)
		}
	}
	held := heldJobs(all)
	for _, name := range slices.Sorted(maps.Keys(e.Policy.Jobs)) {
		job, still := next.Jobs[name]
		same, err := sameJob(e.Policy.Jobs[name], job)
		if err != nil {
			return r, err
		}
		if !still || !same {
			r.Jobs = append(r.Jobs, JobHeld{Job: name, People: held[name], Gone: !still})
		}
	}
	return r, nil
}

func sameJob(a, b Job) (bool, error) {
	changes, err := DiffPolicies(&Policy{Jobs: map[string]Job{"": a}}, &Policy{Jobs: map[string]Job{"": b}})
	return len(changes) == 0, err
}

// heldJobs counts the people who have a job by the last case that gave them one, without those who have left.
func heldJobs(all []Case) map[string]int {
	job := map[AccountID]string{}
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b Case) int { return a.Raised.At.Compare(b.Raised.At) })
	for _, c := range all {
		switch {
		case c.Account == "" || c.State != Done:
		case c.Kind == JoinerEvent, c.Kind == MoverEvent:
			job[c.Account] = c.Event.Job
		case c.Kind == LeaverEvent:
			delete(job, c.Account)
		}
	}
	out := map[string]int{}
	for _, name := range job {
		out[name]++
	}
	return out
}

// plannedOtherwise reports whether a case's plan would be another under another policy. Both are made at the same moment from what the
// directory said when the case was raised; a profile that names something else cannot be planned from that, and is another plan.
func plannedOtherwise(c Case, was, is *Policy) bool {
	a, err := planAgain(c, was)
	b, now := planAgain(c, is)
	if err != nil {
		return now == nil
	}
	return now != nil || a != b
}

func planAgain(c Case, p *Policy) (PlanHash, error) {
	var plan Plan
	var err error
	at := c.Raised.At
	switch c.Kind {
	case JoinerEvent:
		plan, _, err = PlanJoiner(c.Event, p, c.Facts, nil, at)
	case MoverEvent:
		plan, _, err = PlanMover(c.Event, p, c.Facts, nil, at)
	case LeaverEvent:
		plan, _, err = PlanLeaver(c.Event, p, c.Facts, at)
	case LeaveEvent:
		plan, _, err = PlanLeave(c.Event, p, c.Facts, nil, at)
	case RenameEvent:
		plan, _, err = PlanRename(c.Event, p, c.Facts, at)
	}
	plan.Policy = "" // the file's hash, which differs always
	return plan.Hash(), err
}

// tooWrong is the answer about a file that is refused: all that is wrong with it.
func tooWrong(lead string, wrong []string) error {
	const most = 25
	shown := wrong[:min(most, len(wrong))]
	say := lead + "\n- " + strings.Join(shown, "\n- ")
	if more := len(wrong) - len(shown); more > 0 {
		say += fmt.Sprintf("\n- and %d more", more)
	}
	return invalid(say)
}
