package flows

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// The keys of the steps that every leaver has, besides exitKey, and of those that some have.
const (
	revokeKey   StepKey = "revoke"
	replyKey    StepKey = "reply"
	onPremises  StepKey = "active_directory"
	methodsKey  StepKey = "methods"
	reportsKey  StepKey = "handover:reports"
	oneDriveKey StepKey = "handover:onedrive"
)

// PlanLeaver makes the plan of a leaver from the event, the policy and what the directory said. The sentences are warnings for HR. Sign-in
// is blocked first and everything else waits for that, save what people prepare before the exit. Deletion is never part. A due time may
// lie in the past: such a step runs at once; an urgent exit is due now. Same input, same bytes. A protected account is refused.
func PlanLeaver(e PeopleEvent, p *Policy, f Facts, now time.Time) (Plan, []string, error) {
	site, known := p.Sites[e.Site]
	switch {
	case !known:
		return Plan{}, nil, invalid("The policy has no site called \"" + e.Site + "\".")
	case f.Subject.ID == "" || f.Subject.ID != e.Subject.ID:
		return Plan{}, nil, invalid("Nobody is chosen who leaves.")
	case p.IsProtected(f.Subject):
		return Plan{}, nil, deny("The policy protects this account: Muster never touches it. Ask an owner.")
	case f.Manager.ID == "" || f.Manager.ID == f.Subject.ID:
		return Plan{}, nil, invalid("The person has no manager who could prepare the hand-over.")
	case e.Successor.ID == f.Subject.ID:
		return Plan{}, nil, invalid("Somebody else must take over.")
	}
	l := leaverPlanner{event: e, policy: p, facts: f, now: now, site: site, name: orElse(f.Subject.Name, e.Name()), keys: map[StepKey]bool{}, owner: map[string]StepKey{}, carrier: map[string]StepKey{}}
	if err := l.times(); err != nil {
		return Plan{}, nil, fmt.Errorf("plan leaver at site %s: %w", e.Site, err)
	}
	l.successor = e.Successor
	if l.successor.ID == "" {
		l.successor = f.Manager.Person()
	}
	l.successor.Name = orElse(l.successor.Name, orElse(l.successor.UPN, "the successor"))
	if err := l.plan(); err != nil {
		return Plan{}, nil, err
	}
	return Plan{Manager: f.Manager.ID, Steps: l.steps, Policy: p.Hash()}, slices.Concat(l.timing(), l.warnings), nil
}

// leaverPlanner gathers the steps of one leaver.
type leaverPlanner struct {
	event     PeopleEvent
	policy    *Policy
	facts     Facts
	now       time.Time
	site      Site
	zone      *time.Location
	name      string
	successor Person

	exit     time.Time // sign-in ends
	prepared time.Time // the hand-over is to be done
	wanted   time.Time // when that would have been with enough notice
	release  time.Time // licences are taken back

	keys     map[StepKey]bool
	owner    map[string]StepKey // step that hands a group over, by group id
	carrier  map[string]StepKey // step that takes somebody out of a group, by group id
	steps    []Step
	warnings []string
}

// times works out when things are due. What is to be prepared before an exit that has come is due as long after it.
func (l *leaverPlanner) times() error {
	var err error
	if l.zone, err = l.site.Location(); err != nil {
		return err
	}
	if l.exit = l.now.Truncate(time.Second); !l.event.Urgent {
		if l.exit, err = l.event.Exit(l.site); err != nil {
			return err
		}
	}
	closeHour, closeMinute := clockOr(l.site.Closes, closesDefault)
	day, ahead := DateOf(l.exit.In(l.zone)), l.policy.Leaver.Prepare
	l.wanted = l.site.AddWorkingDays(day, -ahead).At(l.zone, closeHour, closeMinute)
	if l.exit.Before(l.wanted) {
		l.wanted = l.exit
	}
	switch l.prepared = l.wanted; {
	case !l.now.Before(l.exit):
		l.prepared = l.site.AddWorkingDays(DateOf(l.now.In(l.zone)), max(1, ahead)).At(l.zone, closeHour, closeMinute)
	case l.wanted.Before(l.now):
		l.prepared = l.exit
	}
	local := l.exit.In(l.zone)
	l.release = day.AddDays(l.policy.Leaver.LicenceHold).At(l.zone, local.Hour(), local.Minute())
	if l.release.Before(l.exit) { // an urgent exit has seconds
		l.release = l.exit
	}
	return nil
}

// come reports whether the exit is now or has passed.
func (l *leaverPlanner) come() bool { return !l.now.Before(l.exit) }

func (l *leaverPlanner) warn(format string, args ...any) {
	if w := fmt.Sprintf(format, args...); !slices.Contains(l.warnings, w) {
		l.warnings = append(l.warnings, w)
	}
}

// add appends a step. Its time is kept in UTC, so that the plan's bytes do not depend on how a zone was loaded.
func (l *leaverPlanner) add(s Step) {
	s.Due, s.Choice = s.Due.UTC(), Fixed
	l.keys[s.Key] = true
	l.steps = append(l.steps, s)
}

// key is a step key that no step has yet: two groups may have one name, but not one id.
func (l *leaverPlanner) key(kind, name, id string) StepKey {
	for _, of := range []string{name, id} {
		if k := StepKey(kind + ":" + of); of != "" && !l.keys[k] {
			return k
		}
	}
	return StepKey(kind + ":" + name + " " + id)
}

// plan builds the steps in the order in which they are safe: what closes the door, what needs the mailbox, ownership before membership,
// and licences last (reference: Microsoft Graph, users; groups overview).
func (l *leaverPlanner) plan() error {
	l.block()
	l.reply()
	owned, member := l.groups()
	for _, o := range owned {
		l.handOver(o)
	}
	l.ownership(owned)
	for _, g := range member {
		l.leave(g)
	}
	l.add(Step{Key: methodsKey, Task: RemoveMethods, Title: "Remove the sign-in methods", Due: l.exit, After: []StepKey{revokeKey}})
	l.beyond()
	l.licences()
	for _, it := range l.policy.Leaver.Manual {
		if err := l.manual(it); err != nil {
			return err
		}
	}
	l.prepare()
	l.notes(owned, member)
	return nil
}

// block ends the sign-in and the sessions. Graph lets no ordinary app block an account that holds a directory role or is in a group that
// can carry one (reference: Microsoft Graph, users, sensitive actions), so a person does that.
func (l *leaverPlanner) block() {
	block := Step{Key: exitKey, Task: BlockSignIn, Title: "Block the sign-in", Due: l.exit, Name: "Sign-in"}
	if because := l.privileged(); because != "" {
		block = byHand(block, "Block the sign-in of "+l.name+" in Entra", l.blockByHand(), "Becomes a task for IT: "+l.name+" "+because+".")
		l.warn("%s %s, and Microsoft lets no ordinary app block such an account: blocking it becomes a task for IT at once. Agree with IT beforehand who does it.", l.name, because)
	}
	l.add(block)
	l.add(Step{Key: revokeKey, Task: RevokeSessions, Title: "End the sessions", Due: l.exit, After: []StepKey{exitKey}})
	if l.facts.Subject.Synced {
		l.add(byHand(Step{Key: onPremises, Due: l.exit, After: []StepKey{exitKey}}, "Disable "+l.name+" in Active Directory",
			"The account "+l.facts.Subject.UPN+" comes from the on-premises Active Directory, which may open the sign-in again with its next synchronisation. In Active Directory Users and Computers, find the account, choose Disable Account and reset its password. Press Done when the next synchronisation has run and the account is still blocked in Entra.",
			"The on-premises directory is in charge of this account."))
		l.warn("%s comes from the on-premises directory: IT gets a task to disable the account there as well, or it may be opened again.", l.name)
	}
}

// privileged says why Microsoft lets only an administrator block the account; nothing when Muster can.
func (l *leaverPlanner) privileged() string {
	if n := len(l.facts.Admin); n > 0 {
		return "holds the directory " + plural(n, "role", "roles") + " " + series(sorted(l.facts.Admin))
	}
	var names []string
	for _, g := range l.facts.Member {
		if g.Kind == RoleGroup {
			names = append(names, g.Name)
		}
	}
	for _, o := range l.facts.Owned {
		if o.Group.Kind == RoleGroup {
			names = append(names, o.Group.Name)
		}
	}
	if names = slices.Compact(sorted(names)); len(names) > 0 {
		return "belongs to " + series(names) + ", which can carry directory roles"
	}
	return ""
}

func (l *leaverPlanner) blockByHand() string {
	text := "As Privileged Authentication Administrator or Global Administrator, open the Entra admin centre, Users, " + l.facts.Subject.UPN + ", Edit properties, Settings, clear Account enabled, and save."
	if len(l.facts.Admin) > 0 {
		text += " Then open Assigned roles and remove " + series(sorted(l.facts.Admin)) + ". If fewer than two people would be left as Global Administrator, appoint another one first."
	}
	return text + " Press Done: Muster looks whether the sign-in is blocked, and goes on with the rest only then."
}

// reply sets the automatic reply, while there is a mailbox to set it in.
func (l *leaverPlanner) reply() {
	text := replyWith(l.name, l.successor.Name, l.policy.Organisation).Replace(l.event.Reply)
	switch {
	case strings.TrimSpace(text) == "":
	case l.facts.Mailbox:
		l.add(Step{Key: replyKey, Task: SetReply, Title: "Set the automatic reply", Due: l.exit, After: []StepKey{exitKey}, Text: text})
	default:
		l.warn("%s has no mailbox that Muster can reach, so no automatic reply is set.", l.name)
	}
}

// replyWith fills in an automatic reply.
func replyWith(name, successor, organisation string) *strings.Replacer {
	return strings.NewReplacer("{name}", name, "{successor}", successor, "{organisation}", organisation)
}

// groups are what the leaver owns and is in, each once and in an order that does not depend on how Graph listed them.
func (l *leaverPlanner) groups() (owned []Owned, member []Group) {
	order := func(a, b Group) int {
		return cmp.Or(cmp.Compare(plain(a.Name), plain(b.Name)), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	}
	owned, member = slices.Clone(l.facts.Owned), slices.Clone(l.facts.Member)
	slices.SortFunc(owned, func(a, b Owned) int { return order(a.Group, b.Group) })
	slices.SortFunc(member, order)
	owned = slices.CompactFunc(owned, func(a, b Owned) bool { return a.Group.ID == b.Group.ID })
	return owned, slices.CompactFunc(member, func(a, b Group) bool { return a.ID == b.ID })
}

// sorted is a copy in order.
func sorted(names []string) []string {
	names = slices.Clone(names)
	slices.Sort(names)
	return names
}

// series writes names as people do: "A, B and C".
func series(names []string) string {
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return strings.Join(names, "")
}

func plural(n int, one, more string) string {
	if n == 1 {
		return one
	}
	return more
}
