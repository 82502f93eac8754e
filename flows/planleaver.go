package flows

import "time"

// PlanLeaver makes the plan of a leaver.
func PlanLeaver(e PeopleEvent, p *Policy, f Facts, now time.Time) (Plan, []string, error) {
	return Plan{}, nil, invalid("Leavers are not planned yet.")
}
