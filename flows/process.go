package flows

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"muster/flows/texts"
)

// The process as the policy has it: who acts when in each workflow, and how many open cases are where. Counts only: no name of anybody whom
// a case is about is in it.

// Lane is who acts.
type Lane string

// The lanes, from top to bottom.
const (
	LaneHR       Lane = "HR"
	LaneManager  Lane = "Manager"
	LaneApprover Lane = "Approver"
	LaneIT       Lane = "IT"
	LaneMuster   Lane = "Muster"
)

// Lanes are all of them, in their order.
func Lanes() []Lane { return []Lane{LaneHR, LaneManager, LaneApprover, LaneIT, LaneMuster} }

// ProcessMap is the picture of the whole process.
type ProcessMap struct {
	Organisation string
	Policy       string // hash
	Who          map[Lane][]string
	Owners       []string
	Flows        []ProcessFlow
	Others       int  // open cases of kinds that no workflow is for, such as a correction
	Counted      bool // the open cases were counted
	At           time.Time
	Zone         *time.Location
}

// Flow is a workflow by its name in the policy.
func (m ProcessMap) Flow(name string) (ProcessFlow, bool) {
	for _, f := range m.Flows {
		if f.Name == name {
			return f, true
		}
	}
	return ProcessFlow{}, false
}

// Step is a box by its key.
func (f ProcessFlow) Step(key string) (ProcessStep, bool) {
	for _, s := range f.Steps {
		if s.Key == key {
			return s, true
		}
	}
	return ProcessStep{}, false
}

// Decides reports whether the box is before the lines of the policy: somebody asks or decides.
func (s ProcessStep) Decides() bool { return strings.HasPrefix(s.Key, "decide:") }

// ProcessFlow is one workflow.
type ProcessFlow struct {
	Name    string // as in the policy
	Title   string // "Somebody starts"
	Columns []string
	Steps   []ProcessStep
	Open    int // cases
	Else    int // of what is open in them, that which belongs to no step shown
}

// ProcessStep is one box of the picture.
type ProcessStep struct {
	Key    string
	Lane   Lane
	Column int // of the flow's columns
	Title  string
	Does   string
	Who    string // somebody other than the lane's people
	If     string // for whom, when not for everybody
	After  []string
	Fails  string // what happens when it fails for good
	Now    int    // open cases that are here
}

// The steps before a plan runs.
const (
	announceStep = "decide:announce" // no line of a policy is called so
	confirmStep  = "decide:confirm"
	releaseStep  = "decide:release"
	secondStep   = "decide:second"
	backStep     = "decide:back"
	signOffStep  = "decide:sign_off"
)

// MapProcess draws up the process of a policy. With cases it says where the open ones are; nil counts none. who turns a name of the policy
// into one that people read.
func MapProcess(p *Policy, cases []Case, who func(string) string, now time.Time) ProcessMap {
	m := ProcessMap{Organisation: p.Organisation, Policy: p.Hash(), At: now, Zone: p.zone(), Counted: cases != nil, Owners: p.Roles.Owner.say(who)}
	m.Who = map[Lane][]string{LaneHR: p.Roles.HR.say(who), LaneApprover: p.Roles.Approver.say(who), LaneIT: p.Roles.IT.say(who)}
	order := []string{JoinerFlow, RehireFlow, MoverFlow, SecondmentFlow, LeaverFlow, UrgentLeaverFlow, LeaveFlow, ReturnFlow, RenameFlow}
	for _, name := range everyFlow() {
		if !slices.Contains(order, name) {
			order = append(order, name)
		}
	}
	for _, name := range order {
		m.Flows = append(m.Flows, p.process(name, who))
	}
	for _, c := range cases {
		if !c.Over() {
			m.count(c, now)
		}
	}
	return m
}

// say are the holders of a role, for reading.
func (h Holders) say(who func(string) string) []string {
	var out []string
	for _, p := range h.People {
		out = append(out, who(p))
	}
	for _, g := range h.Groups {
		out = append(out, "the group "+who(g))
	}
	return out
}

// moment is a time of a workflow, with where it stands beside the others.
type moment struct {
	say   string
	order float64 // days from the event, roughly
}

// process is one workflow without counts.
func (p *Policy) process(name string, who func(string) string) ProcessFlow {
	f := ProcessFlow{Name: name, Title: sentenceCase(workflows()[name].about)}
	var columns []moment
	at := make([]moment, 0, len(p.Workflows[name]))
	decisions := p.decisions(name)
	f.Steps = append(f.Steps, decisions...)
	for _, l := range p.Workflows[name] {
		m := p.moment(name, l)
		at = append(at, m)
		if !slices.ContainsFunc(columns, func(c moment) bool { return c.say == m.say }) {
			columns = append(columns, m)
		}
	}
	slices.SortStableFunc(columns, func(a, b moment) int { return cmp.Compare(a.order, b.order) })
	first := 0
	for _, d := range decisions {
		first = max(first, d.Column+1)
	}
	f.Columns = []string{"When it is known", "Within " + hours(p.Reminders.EscalateAfter), "Then"}[:first]
	for _, c := range columns {
		f.Columns = append(f.Columns, c.say)
	}
	for i, l := range p.Workflows[name] {
		s := p.box(l, who)
		s.Column = first + slices.IndexFunc(columns, func(c moment) bool { return c.say == at[i].say })
		f.Steps = append(f.Steps, s)
	}
	return f
}

func hours(n int) string { return plural(n, "one working hour", fmt.Sprintf("%d working hours", n)) }

// sentenceCase begins with a capital letter.
func sentenceCase(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// decisions are the boxes before the first line: who asks and who decides.
func (p *Policy) decisions(name string) []ProcessStep {
	silent := fmt.Sprintf("After %s the next one is asked: a deputy, then an owner.", hours(p.Reminders.EscalateAfter))
	announce := ProcessStep{Key: announceStep, Lane: LaneHR, Title: "Announce and confirm", Does: "HR says it in Teams, sees what Muster understood and what the directory says, and confirms."}
	confirm := ProcessStep{Key: confirmStep, Lane: LaneManager, Column: 1, Title: "Confirm the access", Does: "The manager ticks what is needed, or rejects with a reason.", After: []string{announceStep}, Fails: silent}
	signOff := ProcessStep{Key: signOffStep, Lane: LaneApprover, Column: 2, Title: "Sign off what is elevated", Does: "Each elevated item needs its approver; the rest goes on meanwhile.", After: []string{confirmStep}, Fails: silent}
	switch name {
	case JoinerFlow:
		return []ProcessStep{announce, confirm, signOff}
	case MoverFlow:
		confirm.Title, confirm.Does = "Confirm what comes", "The receiving manager ticks what the new job needs."
		release := ProcessStep{Key: releaseStep, Lane: LaneManager, Column: 1, Title: "Say what goes and what stays", Does: "The releasing manager lets the old access go, or keeps an item until a date.", After: []string{announceStep}, Fails: fmt.Sprintf("After %d working days of silence what goes with the old job goes.", p.Mover.Silence)}
		signOff.After = []string{confirmStep, releaseStep}
		return []ProcessStep{announce, confirm, release, signOff}
	case SecondmentFlow:
		return []ProcessStep{{Key: backStep, Lane: LaneManager, Title: "Confirm what comes back", Does: "Both managers confirm the access from before the secondment.", Fails: "What came with the secondment goes all the same."}}
	case RehireFlow:
		announce.Title, announce.Does = "Say who the person was before", "HR says on the form whether it is the same person."
	case ReturnFlow:
		announce.Title, announce.Does = "Say the day of return", "On the form of the leave, or when it is known."
	case UrgentLeaverFlow:
		return []ProcessStep{announce, {Key: secondStep, Lane: LaneHR, Column: 1, Title: "Confirm as the second person", Does: "Somebody else confirms; the exit begins at once.", Who: "another owner, or of HR or IT", After: []string{announceStep}, Fails: silent}}
	}
	return []ProcessStep{announce}
}

// box is one line as a box.
func (p *Policy) box(l Line, who func(string) string) ProcessStep {
	s := ProcessStep{Key: l.name(), Lane: LaneMuster, Title: strings.TrimSpace(strings.NewReplacer("{name}", "the person", "{organisation}", p.Organisation).Replace(l.Title)), Does: tasks[l.Task].does, After: slices.Clone(l.After)}
	if s.Title == "" {
		s.Title = taskTitle(l.Task)
	}
	switch l.Task {
	case Manual, TakeBack:
		s.Lane = LaneIT
		switch owner := l.Owner; owner {
		case "", "it":
		case "hr":
			s.Lane = LaneHR
		case managerOwner:
			s.Lane = LaneManager
		default:
			s.Who = who(owner)
		}
	case DisableOnPremises, MailboxByHand, HandOverApps, KeepAddress:
		s.Lane = LaneIT
	case HandOverReports, HandOverFiles, OfferPass, AskStarted, AskReturn:
		s.Lane = LaneManager
	case HoldReview, AwaitReturn:
		s.Lane = LaneHR
	case AnnounceName, ConfirmName, Notify, SendMail:
		if l.To != "" {
			s.Who = "to " + l.To
		}
	}
	if l.When != nil {
		s.If = l.When.say()
	}
	s.Fails = map[string]string{onGo: "What depends on it goes on.", onStop: "Nothing else is begun until people have acted."}[l.OnFailure]
	if s.Fails == "" {
		s.Fails = "IT gets a card; what depends on it waits."
	}
	return s
}

// say is a condition in words.
func (w When) say() string {
	var out []string
	for _, list := range [][]string{w.Employment, w.Site, w.Department, w.Job} {
		if len(list) > 0 {
			out = append(out, strings.Join(list, " or "))
		}
	}
	for _, flag := range []struct {
		is *bool
		of string
	}{{w.Guest, "guests"}, {w.Synced, "synced accounts"}, {w.Mailbox, "those with a mailbox"}, {w.Administrator, "administrators"}} {
		switch {
		case flag.is == nil:
		case *flag.is:
			out = append(out, flag.of)
		default:
			out = append(out, "not "+flag.of)
		}
	}
	return strings.Join(out, ", ")
}

// taskTitle is what a box without a title of its own says.
func taskTitle(t TaskName) string {
	if title, ok := map[TaskName]string{
		Manual: "Do by hand what the policy lists", SetManager: "Set the manager", CreateAccount: "Create the account, blocked", EnableAccount: "Open the sign-in", OfferPass: "Fetch the first-day pass",
		SendWelcome: "Welcome the person", AskStarted: "Say whether the person started", BlockSignIn: "Block the sign-in", RevokeSessions: "End the sessions", RemoveMethods: "Remove the sign-in methods",
		SetReply: "Set the automatic reply", HandOverGroup: "Hand over owned groups", RemoveFromGroup: "Remove from groups and teams", RemoveLicence: "Take back licences", AddToGroup: "Add to groups", AddToTeam: "Add to teams",
		RemoveConsents: "Remove consents to apps", RemoveAppRoles: "Remove roles in apps", HandOverReports: "Name a new manager for reports", HandOverFiles: "Hand over the OneDrive", HandOverApps: "Hand over apps and flows",
		MailboxByHand: "Change the mailbox in Exchange", HoldReview: "Look at the hold again", DisableOnPremises: "Disable the account on-premises", SetDetails: "Change job title, office and the like",
		RuleLetsGo: "See rules let go", AskReturn: "Confirm the access for the return", AwaitReturn: "Say when the person returns", AnnounceLeave: "Tell the manager", SuspendElevated: "Suspend elevated access",
		RestoreAccount: "Restore the deleted account", ReuseAccount: "Take the former account up again", ClearAccess: "Clear access that is not approved", SetNames: "Change the names", ChangeSignInName: "Change the sign-in name",
		KeepAddress: "Keep the former address", AnnounceName: "Tell of the new name", ConfirmName: "Confirm the new name", TakeBack: "Take back what was given out", BeginLeave: "Begin the leave", ChangeName: "Change the name", ShareOneDrive: "Share the OneDrive", CheckForwarding: "Remove forwarding to outside",
	}[t]; ok {
		return title
	}
	return sentenceCase(strings.ReplaceAll(string(t), "_", " "))
}

// moment is when a line is due, in words, and roughly how many days from the event.
func (p *Policy) moment(flow string, l Line) moment {
	m := p.base(flow, l.At)
	if d := l.Offset; d != nil {
		m.order += d.order()
		m.say += d.beside(p.Lang())
	}
	if l.HoldDays > 0 {
		m.order += float64(l.HoldDays)
		m.say += fmt.Sprintf(", held back %s", plural(l.HoldDays, "one day", fmt.Sprintf("%d days", l.HoldDays)))
	}
	return m
}

// base is a time that lines count from.
func (p *Policy) base(flow, at string) moment {
	on := func(d Due, of string) moment { return moment{d.say(p.Lang(), of), d.order()} }
	const firstDay = "the first day"
	switch at {
	case atStart:
		if flow == LeaveFlow {
			return moment{"On the first day of the leave", 0}
		}
		return moment{"First day, when the site opens", 0.375}
	case atCreate:
		return on(p.Joiner.CreateAccount, firstDay)
	case atAccess:
		return on(p.Joiner.Access, firstDay)
	case atEnable:
		return on(p.Joiner.Enable, firstDay)
	case atAsk:
		return moment{sentenceCase(hours(p.Joiner.AskStarted)) + " after the sign-in is open", p.Joiner.Enable.order() + float64(p.Joiner.AskStarted)/8}
	case atEnd:
		return moment{"On the last day", 1000}
	case atEnded:
		return moment{"A minute after that", 1000.001}
	case atExit:
		return moment{"At the exit", 0}
	case atPrepare:
		if flow == UrgentLeaverFlow { // there was no time before
			return moment{Due{WorkingDays: p.Leaver.Prepare}.say(p.Lang(), "the exit"), 1.4 * float64(p.Leaver.Prepare)}
		}
		return moment{Due{WorkingDays: -p.Leaver.Prepare}.say(p.Lang(), "the last day"), -1.4 * float64(p.Leaver.Prepare)}
	case atRelease:
		if flow == LeaveFlow {
			return moment{"When HR has licences released", 30}
		}
		return moment{Due{Days: p.Leaver.LicenceHold}.say(p.Lang(), "the exit"), float64(p.Leaver.LicenceHold)}
	case atReview:
		return moment{Due{Days: p.Leave.Review}.say(p.Lang(), "the first day of the leave"), float64(p.Leave.Review)}
	case atAskReturn:
		return moment{Due{WorkingDays: -p.Leave.AskReturn}.say(p.Lang(), "the return"), -1.4 * float64(p.Leave.AskReturn)}
	case atReturn:
		return on(Due{At: p.Joiner.Enable.At}, "the day of return")
	case atBefore:
		return moment{Due{WorkingDays: -1}.say(p.Lang(), "the change"), -1}
	case atChange:
		return moment{"On the day of the change", 0.3}
	case atHandOver:
		return moment{Due{WorkingDays: p.Mover.Handover}.say(p.Lang(), "the change"), 1.4 * float64(p.Mover.Handover)}
	}
	return moment{sentenceCase(strings.ReplaceAll(at, "_", " ")), 0}
}

// beside is an offset in words, after the time it counts from: " plus 1 working day, 07:00".
func (d Due) beside(lang texts.Language) string {
	n, unit := d.Days, "day"
	if d.WorkingDays != 0 {
		n, unit = d.WorkingDays, "working day"
	}
	s := ""
	switch {
	case n > 0:
		s = " plus " + count(lang, n, unit)
	case n < 0:
		s = " minus " + count(lang, -n, unit)
	}
	if d.At != "" {
		s += ", " + d.At
	}
	return s
}

// order is roughly how many days a time is from its event.
func (d Due) order() float64 {
	hour, minute := clockOr(d.At, atDefault)
	return float64(d.Days) + 1.4*float64(d.WorkingDays) + float64(hour)/24 + float64(minute)/1440
}

// say is a time relative to something, in words: "5 working days before the first day, 09:00".
func (d Due) say(lang texts.Language, of string) string {
	n, unit := d.Days, "day"
	if d.WorkingDays != 0 {
		n, unit = d.WorkingDays, "working day"
	}
	s := "On " + of
	switch {
	case n < 0:
		s = fmt.Sprintf("%s before %s", count(lang, -n, unit), of)
	case n > 0:
		s = fmt.Sprintf("%s after %s", count(lang, n, unit), of)
	}
	if d.At != "" {
		s += ", " + d.At
	}
	return s
}
