package flows

import (
	"context"
	"fmt"
)

// subjectOf reads the account that an event is about, and says what speaks against the event. Whoever writes down an event about themselves
// is refused with the sentence own before anything else is said, because what else is open may be their exit; mayOwn lets them when nothing
// is.
func (e *Engine) subjectOf(ctx context.Context, d *Draft, own string, mayOwn bool) (Account, map[string]string, error) {
	a, err := e.World.FetchAccount(ctx, string(d.Event.Subject.ID))
	if CodeOf(err) == NotFound {
		return a, map[string]string{"subject": e.lang().Say("This person is not in the directory any more.")}, nil
	}
	if err != nil {
		return a, nil, fmt.Errorf("fetch subject: %w", err)
	}
	d.Event.Subject, d.Subjects = a.Person(), []Account{a}
	var other CaseID
	d.Above, other, err = e.overlaps(ctx, d.Event, a.ID, d.By.ID)
	switch {
	case err != nil:
		return a, nil, err
	case a.ID == d.By.ID && (!mayOwn || other != ""):
		return a, map[string]string{"subject": own}, nil
	case other != "":
		return a, map[string]string{"": e.lang().Say("There is already an open case for %s: %s. Finish that one first.", a.Name, string(other))}, nil
	case e.Policy.IsProtected(a):
		return a, map[string]string{"subject": e.lang().Say("The policy protects this account: Muster never touches it. Ask an owner.")}, nil
	}
	return a, nil, nil
}

// secondsOf gathers the holders of some roles who may decide as a second person: never the one who asks, and never the subject.
func (e *Engine) secondsOf(ctx context.Context, f *Facts, asks AccountID, roles ...Holders) error {
	add := func(ps []Person) {
		for _, p := range ps {
			if p.ID != asks && p.ID != f.Subject.ID && !holds(f.Seconds, p.ID) && len(f.Seconds) < secondsMost {
				f.Seconds = append(f.Seconds, p)
			}
		}
	}
	for _, h := range roles {
		people, err := e.named(ctx, h.People)
		if err != nil {
			return err
		}
		add(people)
		for _, g := range h.Groups {
			id, err := e.groupID(ctx, g)
			if err != nil {
				return err
			}
			members, err := e.World.Members(ctx, id, secondsMost)
			if err != nil {
				return fmt.Errorf("fetch members of a role's group: %w", err)
			}
			add(members)
		}
	}
	return nil
}
