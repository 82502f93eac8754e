package flows

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"muster/flows/texts"

	_ "embed"
)

// The workflows, by the names they have in the policy.
const (
	JoinerFlow       = "joiner"
	LeaverFlow       = "leaver"
	UrgentLeaverFlow = "urgent_leaver"
	RenameFlow       = "rename"
	LeaveFlow        = "leave"
	MoverFlow        = "mover"
	SecondmentFlow   = "secondment" // the way back
	ReturnFlow       = "return"     // from a leave
	RehireFlow       = "rehire"     // in the place of the creation of an account
)

// The times that lines count from. A workflow says which of them it has.
const (
	atStart   = "start"          // the first working day, when the site opens
	atCreate  = "create_account" // these four: joiner.create_account, .access, .enable and .ask_started_after_hours of the policy
	atAccess  = "access"
	atEnable  = "enable"
	atAsk     = "ask_started"
	atEnd     = "end"     // the last day of somebody employed or seconded for a time
	atExit    = "exit"    // the end of the sign-in
	atPrepare = "prepare" // leaver.prepare_working_days before that, or as long after an exit that has come
	atChange  = "change"  // the time of a move, or of a change of name
	atRelease = "release" // leaver.licence_hold_days after the exit

	atHandOver  = "hand_over" // when the old job has been handed over: the working days that HR said after a move
	atBefore    = "before"    // a working day before a change of name, when the site opens
	atReview    = "review"    // when HR is asked about the day of return, while that is open
	atReturn    = "return"    // the first working day after a leave, at the time of joiner.enable
	atAskReturn = "ask"       // leave.ask_return_working_days before that
	atEnded     = "ended"     // a minute after the end of a secondment, so that what came goes after what comes back
)

// What happens when a line's step fails for good.
const (
	onWait = "wait"  // what depends on it waits until people have acted; what does not goes on
	onGo   = "go_on" // what depends on it goes on
	onStop = "stop"  // nothing that has not begun is begun until people have acted, save the block of a sign-in and the end of sessions
)

// Workflows are lists of lines by the name of the workflow. What a policy writes replaces the built-in list of that name; "muster policy
// workflows" prints those.
type Workflows map[string][]Line

// Line is one line of a workflow: a task, when it is due, for whom, and after what. When a plan is made, a line becomes the steps that the
// facts ask for: remove_from_group becomes one step for each group, or none.
type Line struct {
	Task      TaskName `yaml:"task" json:"task" jsonschema:"description=What is done. \"muster policy tasks\" lists the tasks."`
	Key       string   `yaml:"key,omitempty" json:"key,omitempty" jsonschema:"description=Name of the line for \"after\". The task's name when left out."`
	At        string   `yaml:"at" json:"at" jsonschema:"description=The time that the line counts from: start\\, create_account\\, access\\, enable\\, ask_started or end for a joiner; exit\\, prepare or release for a leaver; change\\, hand_over\\, end or ended for a move; before or change for a rename; start\\, release or review for a leave; ask\\, return or ask_started for a return."`
	Offset    *Due     `yaml:"offset,omitempty" json:"offset,omitempty" jsonschema:"description=How far from that time. At that time itself when left out."`
	When      *When    `yaml:"when,omitempty" json:"when,omitempty" jsonschema:"description=For whom the line is: all that stands here must hold. Everybody when left out."`
	After     []string `yaml:"after,omitempty" json:"after,omitempty" jsonschema:"description=Lines above that must be done first."`
	OnFailure string   `yaml:"on_failure,omitempty" json:"on_failure,omitempty" jsonschema:"description=When it fails for good: wait (what depends on it waits)\\, go_on (it does not) or stop (nothing else is begun). wait when left out.,enum=wait,enum=go_on,enum=stop"`
	HoldDays  int      `yaml:"hold_days,omitempty" json:"hold_days,omitempty" jsonschema:"description=Calendar days that it is held back in addition.,minimum=0,maximum=366"`

	// Parameters. Each task says which it takes.
	Owner        string `yaml:"owner,omitempty" json:"owner,omitempty" jsonschema:"description=Who does a manual task: it\\, hr\\, manager or an object id. it when left out."`
	Title        string `yaml:"title,omitempty" json:"title,omitempty" jsonschema:"description=What a manual task or an access package is called. {name} and {organisation} are filled in. When left out\\, the line stands for the manual items of the profiles or of leaver.manual."`
	Instructions string `yaml:"instructions,omitempty" json:"instructions,omitempty" jsonschema:"description=Exact instructions for a manual task. {name} and {organisation} are filled in."`
	Text         string `yaml:"text,omitempty" json:"text,omitempty" jsonschema:"description=Text of a message. {name} and {organisation} are filled in."`
	To           string `yaml:"to,omitempty" json:"to,omitempty" jsonschema:"description=Whom a notice goes to: starter\\, private (the address that HR gave)\\, manager\\, hr\\, it (in Teams) or\\, by mail\\, an address. The template's when left out. A message about a name goes to person or manager."`
	Template     string `yaml:"template,omitempty" json:"template,omitempty" jsonschema:"description=A notice that Muster brings along: welcome\\, onboarding_reminder\\, move_notice\\, before_last_day\\, on_last_day\\, after_last_day\\, hr_before_change. Subject and text of the line go before its own."`
	Subject      string `yaml:"subject,omitempty" json:"subject,omitempty" jsonschema:"description=Subject of a mail."`
	Hook         string `yaml:"hook,omitempty" json:"hook,omitempty" jsonschema:"description=Name of the webhook that does a step."`
	Minutes      int    `yaml:"minutes,omitempty" json:"minutes,omitempty" jsonschema:"description=Lifetime of a day-one credential.,minimum=10,maximum=43200"`

	Package       string `yaml:"package,omitempty" json:"package,omitempty" jsonschema:"description=Id of an access package. All that the person has when left out of remove_access_packages."`
	PackagePolicy string `yaml:"package_policy,omitempty" json:"package_policy,omitempty" jsonschema:"description=Id of the assignment policy by which the access package is given."`
	Workflow      string `yaml:"workflow,omitempty" json:"workflow,omitempty" jsonschema:"description=Id of the lifecycle workflow of Entra that is run."`
}

// When is a condition: plain values, and all that are given must hold. A list holds when one of its values does.
type When struct {
	Employment    []string `yaml:"employment,omitempty" json:"employment,omitempty" jsonschema:"description=employee or contractor."`
	Site          []string `yaml:"site,omitempty" json:"site,omitempty" jsonschema:"description=Sites of this policy."`
	Department    []string `yaml:"department,omitempty" json:"department,omitempty" jsonschema:"description=Departments of the job profiles."`
	Job           []string `yaml:"job,omitempty" json:"job,omitempty" jsonschema:"description=Job profiles of this policy."`
	Guest         *bool    `yaml:"guest,omitempty" json:"guest,omitempty" jsonschema:"description=Whether the account is a guest's."`
	Synced        *bool    `yaml:"synced,omitempty" json:"synced,omitempty" jsonschema:"description=Whether the account comes from an on-premises directory."`
	Mailbox       *bool    `yaml:"mailbox,omitempty" json:"mailbox,omitempty" jsonschema:"description=Whether the account has a mailbox."`
	Administrator *bool    `yaml:"administrator,omitempty" json:"administrator,omitempty" jsonschema:"description=Whether the account holds a directory role."`
}

// everyFlow are the names of all workflows.
func everyFlow() []string {
	return []string{JoinerFlow, LeaverFlow, UrgentLeaverFlow, RenameFlow, LeaveFlow, ReturnFlow, MoverFlow, SecondmentFlow, RehireFlow}
}

// workflow is what is particular to one list of lines.
type workflow struct {
	about string     // whom it is for
	times []string   // what a line's "at" may name
	knows []string   // what a line's "when" may ask
	needs []TaskName // tasks it cannot do without
}

// workflows are the lists that a policy may have, by name.
func workflows() map[string]workflow {
	joins, leaves := []string{"employment", "site", "department", "job"}, []string{"site", "department", "job", "guest", "synced", "mailbox", "administrator"}
	moves := []string{"site", "department", "job", "synced", "administrator"}
	return map[string]workflow{
		MoverFlow:        {"somebody who moves", []string{atChange, atHandOver}, moves, []TaskName{SetDetails, SetManager}},
		SecondmentFlow:   {"somebody who comes back from a secondment", []string{atEnd, atEnded}, moves, []TaskName{SetDetails, SetManager, RemoveFromGroup, RemoveLicence}},
		RehireFlow:       {"somebody who was here before", []string{atCreate}, joins, []TaskName{RestoreAccount, BlockSignIn, ReuseAccount, ClearAccess, RemoveMethods}},
		JoinerFlow:       {"somebody who starts", []string{atStart, atCreate, atAccess, atEnable, atAsk, atEnd}, joins, []TaskName{CreateAccount}},
		LeaverFlow:       {"somebody who leaves", []string{atExit, atPrepare, atRelease}, leaves, []TaskName{BlockSignIn, RevokeSessions}},
		RenameFlow:       {"somebody whose name changes", []string{atChange, atBefore}, leaves, []TaskName{SetNames, ChangeSignInName, KeepAddress}},
		LeaveFlow:        {"somebody who is away", []string{atStart, atRelease, atReview}, leaves, []TaskName{AnnounceLeave, BlockSignIn, RevokeSessions, SetReply, RemoveLicence, AwaitReturn}},
		ReturnFlow:       {"somebody who returns from a leave", []string{atAskReturn, atReturn, atAsk}, leaves, []TaskName{AskReturn, AssignLicences, AddToGroup, EnableAccount, SetReply}},
		UrgentLeaverFlow: {"somebody who leaves at once", []string{atExit, atPrepare, atRelease}, leaves, []TaskName{BlockSignIn, RevokeSessions}},
	}
}

// planLine turns a line of a workflow into the steps that the facts ask for.
type planLine func(*planner, Line) ([]Step, error)

// plansOf are the tasks that are planned otherwise in a workflow than elsewhere.
func plansOf(lang texts.Language, workflow string) map[TaskName]planLine {
	switch workflow {
	case MoverFlow, SecondmentFlow:
		plans := map[TaskName]planLine{}
		for _, t := range []TaskName{SetDetails, SetManager, AssignLicences, AddToGroup, AddToTeam, Manual, RuleLetsGo, HandOverGroup, RemoveFromGroup, RemoveFromTeam, RemoveLicence, TakeBack} {
			plans[t] = planDrawn
		}
		return plans
	case RenameFlow:
		return planOfRename()
	case LeaveFlow:
		return planOfLeave()
	case ReturnFlow:
		return planOfReturn()
	case RehireFlow:
		return planOfRehire(lang)
	}
	return nil
}

// name is what other lines call the line.
func (l Line) name() string { return orElse(l.Key, string(l.Task)) }

//go:embed workflows.yaml
var builtInText string

// BuiltInWorkflows is the file of the workflows that hold where a policy has none of its own.
func BuiltInWorkflows() string { return builtInText }

// builtInWorkflows reads that file. An error is a bug, and the tests read it too.
func builtInWorkflows() (Workflows, error) {
	var lines Workflows
	r := newPolicyReader()
	if r.parse([]byte(builtInText), reflect.ValueOf(&lines).Elem()); len(r.problems) > 0 {
		return nil, fmt.Errorf("read built-in workflows: %w", &PolicyProblems{File: "workflows.yaml", Problems: r.problems})
	}
	return lines, nil
}

// holds reports whether a line is for the person of the plan.
func (w *When) holds(p *planner) bool {
	if w == nil {
		return true
	}
	for _, list := range []struct {
		values []string
		is     string
	}{{w.Employment, p.event.Employment}, {w.Site, p.event.Site}, {w.Department, p.department()}, {w.Job, p.job()}} {
		if len(list.values) > 0 && !slices.ContainsFunc(list.values, func(v string) bool { return strings.EqualFold(v, list.is) }) {
			return false
		}
	}
	for _, flag := range []struct {
		want *bool
		is   bool
	}{{w.Guest, p.facts.Subject.Guest}, {w.Synced, p.facts.Subject.Synced}, {w.Mailbox, p.facts.Mailbox}, {w.Administrator, len(p.facts.Admin) > 0}} {
		if flag.want != nil && *flag.want != flag.is {
			return false
		}
	}
	return true
}
