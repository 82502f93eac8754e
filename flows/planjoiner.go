package flows

import "time"

// Needs is what has to be looked up in the directory before a plan can be made, each name as the policy writes it, sorted.
type Needs struct {
	Groups   []string // groups and teams
	Licences []string // SKU part numbers
	People   []string // named approvers and owners of manual items: sign-in names or object ids
}

// NeededNames says what a plan for a job profile needs to know. An unknown job needs the birthright's.
func NeededNames(p *Policy, job string) Needs { return Needs{} }

// PlanJoiner makes the plan of a joiner from the event, the policy and what the directory said. people holds who stands behind the names
// of NeededNames, and behind "" everybody with the role approver. The sentences are warnings for HR. Same input, same bytes.
func PlanJoiner(e PeopleEvent, p *Policy, f Facts, people map[string][]Person, now time.Time) (Plan, []string, error) {
	return Plan{}, nil, nil
}
