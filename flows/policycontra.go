package flows

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A policy can be well written and still contradict itself. Such a policy is refused, because on the day nobody would see it coming: each
// line of a workflow was approved as part of a plan that cannot be carried out, or that leaves a door open.

// signable refuses what needs a sign-off that nobody can be asked for: a card can be put to people only.
func (r *policyReader) signable(p *Policy) {
	if len(p.Roles.Approver.People) > 0 || r.faulty("roles.approver") {
		return
	}
	const who = " Name a person under roles.approver.people"
	for _, name := range slices.Sorted(maps.Keys(p.Jobs)) {
		for i, it := range p.Jobs[name].Elevated {
			if path := "jobs[" + strconv.Quote(name) + "].elevated[" + strconv.Itoa(i) + "]"; it.Approver == "" && len(it.Approval) == 0 && !r.faulty(path) {
				r.wrong(path, "Nobody can be asked to sign off %s.%s, or give the item an approver.", quote(it.label()), who)
			}
		}
	}
	if p.Leaver.Wipe {
		r.wrong("leaver.wipe_devices", "Nobody can be asked to sign off that a device is wiped.%s.", who)
	}
}

// kept refuses a policy that deletes the accounts whose mailboxes it keeps.
func (r *policyReader) kept(p *Policy) {
	if p.Leaver.DeleteAfter <= 0 {
		return
	}
	for i, a := range p.Leaver.Mailbox {
		if a == string(ConvertToShared) {
			r.wrong("leaver.mailbox["+strconv.Itoa(i)+"]", "A shared mailbox is deleted with its account: either convert_to_shared or delete_after_days.")
		}
	}
	for _, workflow := range []string{LeaverFlow, UrgentLeaverFlow} {
		for i, l := range p.Workflows[workflow] {
			if l.Task == SharedMailbox {
				r.wrong("workflows["+strconv.Quote(workflow)+"]["+strconv.Itoa(i)+"].task", "A shared mailbox is deleted with its account: either convert_to_shared or leaver.delete_after_days.")
			}
		}
	}
}

// contradictions refuses a workflow whose lines do not fit together.
func (r *policyReader) contradictions(path, workflow string, w workflow, p *Policy) {
	c := contra{policyReader: r, path: path, lines: p.Workflows[workflow]}
	c.samples = c.sample(workflow, p)
	for i, l := range c.lines {
		if slices.Contains(w.needs, l.Task) && l.When != nil {
			r.wrong(c.at(i)+".when", "%s is for everybody: a workflow for %s cannot do without it.", l.Task, w.about)
		}
		r.fills(c.at(i), l)
		if l.Task == Manual && l.Title == "" && slices.Contains([]string{RenameFlow, LeaveFlow, ReturnFlow}, workflow) {
			r.wrong(c.at(i), "Give this line a title: the policy lists no manual items for %s.", w.about)
		}
		c.twice(i, l)
	}
	switch workflow {
	case JoinerFlow:
		c.joiner()
	case LeaverFlow, UrgentLeaverFlow:
		c.leaver()
	case MoverFlow:
		c.mover()
	case SecondmentFlow:
		c.secondment()
	case RenameFlow:
		c.rename()
	case LeaveFlow:
		c.leave()
	case ReturnFlow:
		c.comeback()
	case RehireFlow:
		c.rehire()
	}
}

// contra is one workflow that is searched for contradictions.
type contra struct {
	*policyReader
	path    string
	lines   []Line
	samples []*planner // one event on each day of a week without holidays
}

func (c *contra) at(i int) string { return c.path + "[" + strconv.Itoa(i) + "]" }

// sample makes an event for each day of a week, because offsets in working days mean something else on each. There is none for a workflow
// whose times are not known here.
func (c *contra) sample(workflow string, p *Policy) []*planner {
	full := *p
	full.Sites = maps.Clone(p.Sites)
	full.Jobs = maps.Clone(p.Jobs)
	if full.fillDefaults(c.given) != nil {
		return nil
	}
	full.Workflows = p.Workflows
	site := Site{TimeZone: "UTC", Calendar: noCalendar, Opens: opensDefault, Closes: closesDefault}
	var out []*planner
	for day := Date("2027-03-01"); day < "2027-03-08"; day = day.AddDays(1) {
		s := &planner{policy: &full, site: site, zone: time.UTC, now: day.AddDays(-2 * farOffset).Time(), anchors: map[string]time.Time{}}
		switch workflow {
		case JoinerFlow:
			s.anchors = joinerTimes(PeopleEvent{Start: day, End: day.AddDays(90)}, full.Joiner, site, time.UTC)
		case LeaverFlow, UrgentLeaverFlow:
			s.event = PeopleEvent{Kind: LeaverEvent, LastDay: day}
			if s.exitTimes() != nil {
				return nil
			}
			s.releaseTime(workflow)
		case MoverFlow, SecondmentFlow:
			s.event = PeopleEvent{Kind: MoverEvent, Start: day, End: day.AddDays(90), Handover: full.Mover.Handover}
			s.moveTimes()
		case RehireFlow:
			s.anchors = joinerTimes(PeopleEvent{Start: day}, full.Joiner, site, time.UTC)
		case RenameFlow:
			s.event = PeopleEvent{Kind: RenameEvent, Start: day}
			s.renameTimes()
		case LeaveFlow:
			s.event = PeopleEvent{Kind: LeaveEvent, Start: day, Licences: licencesRelease}
			s.leaveTimes()
		case ReturnFlow:
			s.event = PeopleEvent{Kind: LeaveEvent, Start: day.AddDays(-90), End: day}
			if s.returnTimes() != nil {
				return nil
			}
		default:
			return nil
		}
		out = append(out, s)
	}
	return out
}

// ever reports whether something is so on one of the days.
func (c *contra) ever(is func(*planner) bool) bool { return slices.ContainsFunc(c.samples, is) }

// find is the first line of a task, or -1.
func (c *contra) find(t TaskName) int {
	return slices.IndexFunc(c.lines, func(l Line) bool { return l.Task == t })
}

// waits reports whether one line waits for a line of a task, by whatever way.
func (c *contra) waits(l Line, t TaskName) bool {
	return slices.ContainsFunc(c.lines, func(o Line) bool { return o.Task == t && waitsFor(c.lines, l, o.name(), nil) })
}

// twice refuses a line whose task a line above does for everybody.
func (c *contra) twice(i int, l Line) {
	if tasks[l.Task].many || l.Title != "" {
		return
	}
	for _, o := range c.lines[:i] {
		if o.whole() && slices.ContainsFunc(c.inside(o), func(t TaskName) bool { return t == l.Task }) {
			c.wrong(c.at(i)+".task", "%s does %s already. Put the lines of the built-in workflow in its place.", o.Task, l.Task)
			return
		}
		if o.Task == l.Task && o.When == nil && o.Title == "" {
			c.wrong(c.at(i)+".task", "A line above does %s for everybody already.", l.Task)
			return
		}
	}
}

// joiner refuses what would be done without an account, and a sign-in that is opened before there is one.
func (c *contra) joiner() {
	create := c.lines[c.find(CreateAccount)]
	for i, l := range c.lines {
		if slices.Contains([]TaskName{SetManager, AssignLicences, AddToGroup, AddToTeam, EnableAccount, OfferPass, SendWelcome, RequestPackage, RunLifecycleWorkflow}, l.Task) && !c.waits(l, CreateAccount) {
			c.wrong(c.at(i)+".task", "%s needs the account: let it wait for create_account.", l.Task)
		}
		if l.Task == EnableAccount && c.ever(func(s *planner) bool { return s.due(l).Before(s.due(create)) }) {
			c.wrong(c.at(i)+".at", "The sign-in would be opened before the account is created.")
		}
		if l.Task == OfferPass && c.find(EnableAccount) >= 0 && !c.waits(l, EnableAccount) {
			c.wrong(c.at(i)+".task", "A credential is of no use while the sign-in is blocked: let it wait for enable_account.")
		}
	}
}

// leaver refuses what leaves a door open, what takes away too early, and what cannot be done any more when its turn comes.
func (c *contra) leaver() {
	var removal Line
	if i := c.find(RemoveLicence); i >= 0 {
		removal = c.lines[i]
	}
	for i, l := range c.lines {
		t, at := tasks[l.Task], c.at(i)
		switch {
		case l.Task == RevokeSessions && !c.waits(l, BlockSignIn):
			c.wrong(at+".task", "Sessions that end while the sign-in is open are begun anew: let this wait for block_sign_in.")
		case l.Task == ResetPassword && !c.waits(l, BlockSignIn):
			c.wrong(at+".task", "Whoever is still signed in may set the password again: let this wait for block_sign_in.")
		case l.Task == RemoveDirectoryRoles && !c.waits(l, BlockSignIn):
			c.wrong(at+".task", "The sign-in is blocked before roles are taken away: let this wait for block_sign_in.")
		case l.Task == BlockSignIn && c.ever(func(s *planner) bool { return s.due(l).After(s.exit()) }):
			c.wrong(at+".at", "The sign-in would stay open after the exit.")
		case !t.early && c.ever(func(s *planner) bool { return s.due(l).Before(s.exit()) }):
			c.wrong(at+".at", "%s would be done before the exit, while the person still works.", l.Task)
		}
		if t.licensed && removal.Task != "" && c.ever(func(s *planner) bool { return s.due(l).After(s.due(removal)) }) {
			c.wrong(at+".at", "%s needs the mailbox or the files, which go with the licence before this is due.", l.Task)
		}
		if k := c.find(RemoveLicence); k >= 0 && k < i && (t.licensed || l.Task == RemoveFromGroup || l.Task == RemoveFromTeam) {
			c.wrong(at+".task", "Put this above remove_licence, which waits for it.")
		}
		if k := c.find(RemoveFromGroup); k >= 0 && k < i && l.Task == HandOverGroup {
			c.wrong(at+".task", "Put this above remove_from_group: ownership goes before membership.")
		}
	}
}

// fills refuses words in brackets that nobody fills in.
func (r *policyReader) fills(at string, l Line) {
	for key, text := range map[string]string{"text": l.Text, "title": l.Title, "instructions": l.Instructions} {
		if !l.tells() && slices.Contains(tasks[l.Task].takes, key) && strings.ContainsAny(strings.NewReplacer("{name}", "", "{organisation}", "").Replace(text), "{}") {
			r.wrong(at+"."+key, "Only {name} and {organisation} are filled in.")
		}
	}
	if slices.Contains(tasks[l.Task].takes, "minutes") {
		r.whole(at+".minutes", l.Minutes, 10, 43_200)
	}
	if (l.Task == AnnounceName || l.Task == ConfirmName) && l.To != toPerson && l.To != toManager && !r.faulty(at+".to") {
		r.wrong(at, "Say whom this goes to: person or manager.")
	}
	if l.Owner != "" && slices.Contains(tasks[l.Task].takes, "owner") && !slices.Contains([]string{string(IT), string(HR), managerOwner}, l.Owner) && !isGUID(l.Owner) {
		r.wrong(at+".owner", "Write it, hr, manager or the object id of the owner here.")
	}
	if l.Task == Manual && l.Title == "" && (l.Instructions != "" || l.Owner != "") {
		r.wrong(at, "Give this line a title: without one it stands for the manual items of the policy, which have owners and instructions of their own.")
	}
}
