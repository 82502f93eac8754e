package flows

import (
	"slices"
	"strings"
	"time"

	"muster/flows/texts"
)

// ManualAct names a manual step that Muster knows the instructions of, because Microsoft Graph cannot do it. Stored in plans for ever.
type ManualAct string

// The manual steps that Muster knows.
const (
	ConvertToShared ManualAct = "convert_to_shared"        // read back: Graph shows what a mailbox is kept for
	ForwardMailbox  ManualAct = "forward_mailbox"          // new mail goes to the successor as well
	HideFromList    ManualAct = "hide_from_address_list"   // of the organisation
	CheckMailbox    ManualAct = "check_mailbox_forwarding" // hidden rules, and forwarding of the whole mailbox
	CancelByHand    ManualAct = "cancel_meetings"          // where Muster may not touch calendars
	ShareByHand     ManualAct = "share_onedrive"           // where Muster may not touch files
	RetireByHand    ManualAct = "retire_devices"           // where Muster may not touch devices
	ReviewHold      ManualAct = "review_hold"
	CheckApps       ManualAct = "check_apps" // what only the leaver runs in Power Platform and elsewhere
)

// leaverActs are those that a policy may ask for.
func leaverActs() []string {
	return []string{string(ConvertToShared), string(ForwardMailbox), string(HideFromList)}
}

// The keys of the steps beyond the directory.
const (
	meetingsKey   StepKey = "meetings"
	forwardingKey StepKey = "forwarding"
	mailboxKey    StepKey = "forwarding:exchange"
	shareKey      StepKey = "onedrive:share"
	disableKey    StepKey = "devices:disable"
	retireKey     StepKey = "devices:retire"
	sharedKey     StepKey = "mailbox:shared"
	holdKey       StepKey = "hold"
	runsKey       StepKey = "handover:apps"
)

// meetingNoteDefault is what those who were invited read.
const meetingNoteDefault = "{name} no longer works at {organisation}, so this meeting is cancelled. Please write to {successor} if it should take place."

// ActWords are whom a manual step is about, as its instructions name them.
type ActWords struct {
	Name, UPN     string // of the leaver
	Successor     Person
	Keep          Date // until when files and mailbox are kept at least
	Site          string
	DriveURL      string
	NoRules       bool // Muster could not look at the inbox rules
	ReviewBecause string
	OwnedApps     []string // app registrations
}

// ManualStep is the title and the exact instructions of a manual step. Pure: the same words for the same person.
func ManualStep(lang texts.Language, a ManualAct, w ActWords) (title, instructions string) {
	heir := orElse(w.Successor.UPN, w.Successor.Name)
	shell := lang.Say("In Exchange Online PowerShell (Connect-ExchangeOnline), run:\n")
	switch a {
	case ConvertToShared:
		return lang.Say("Convert the mailbox of %s to a shared mailbox", w.Name),
			lang.Say("In the Exchange admin centre, open Recipients, Mailboxes, %s, Others, Convert to shared mailbox, and confirm. Or: %sSet-Mailbox -Identity %s -Type Shared\nA mailbox over 50 GB, with an archive or on hold needs a licence also when it is shared: do not convert it then, and press Cannot be done. To let %s read it:\nAdd-MailboxPermission -Identity %s -User %s -AccessRights FullAccess\nPress Done: Muster looks whether the mailbox is shared, and takes no licence back before.", w.UPN, shell, w.UPN, w.Successor.Name, w.UPN, heir)
	case ForwardMailbox:
		return lang.Say("Forward new mail of %s to %s", w.Name, w.Successor.Name),
			lang.Say("%sSet-Mailbox -Identity %s -ForwardingAddress %s -DeliverToMailboxAndForward $true\nGet-Mailbox -Identity %s | Format-List ForwardingAddress, ForwardingSmtpAddress\nThe last must be empty. Graph does not show this setting, so press Done only when you have seen it.", shell, w.UPN, heir, w.UPN)
	case HideFromList:
		return lang.Say("Hide %s from the address lists", w.Name),
			lang.Say("In the Exchange admin centre, open Recipients, Mailboxes, %s, General, and switch on Hide from global address list. Or: %sSet-Mailbox -Identity %s -HiddenFromAddressListsEnabled $true\nThe lists follow within a day.", w.UPN, shell, w.UPN)
	case CheckMailbox:
		rules := lang.Say("all rules, those that Outlook hides as well")
		if w.NoRules {
			rules = lang.Say("all rules, which Muster may not read here")
		}
		return lang.Say("Check in Exchange whether mail of %s is forwarded", w.Name),
			lang.Say("Microsoft shows this in Exchange only. %sGet-Mailbox -Identity %s | Format-List ForwardingAddress, ForwardingSmtpAddress\nGet-InboxRule -Mailbox %s -IncludeHidden\nGet-MailboxPermission -Identity %s\nThese show forwarding of the whole mailbox, %s, and who may open the mailbox. Stop what sends mail outside:\nSet-Mailbox -Identity %s -ForwardingAddress $null -ForwardingSmtpAddress $null\nRemove-InboxRule for a rule\nPress Done with a note of what you found.", shell, w.UPN, w.UPN, w.UPN, rules, w.UPN)
	case CancelByHand:
		return lang.Say("Cancel the meetings that %s organises", w.Name),
			lang.Say("Muster may not change calendars here. %sRemove-CalendarEvents -Identity %s -CancelOrganizedMeetings -QueryStartDate (Get-Date) -QueryWindowInDays 730\nDo it before licences are taken back on %s: the calendar goes with the mailbox.", shell, w.UPN, w.Keep.Say(lang))
	case ShareByHand:
		where := lang.Say("the OneDrive of %s", w.Name)
		if w.DriveURL != "" {
			where += " (" + w.DriveURL + ")"
		}
		return lang.Say("Give %s access to the OneDrive of %s", w.Successor.Name, w.Name),
			lang.Say("Muster may not change files here. In the SharePoint admin centre, open More features, User profiles, Manage User Profiles, find %s, Manage site collection owners, and add %s. Then send %s the address of %s. Files are kept at least until licences are taken back on %s; a OneDrive without a licence is archived after 90 days and removed 30 days after the account.", w.UPN, heir, w.Successor.Name, where, w.Keep.Say(lang))
	case RetireByHand:
		return lang.Say("Take the organisation's data off the devices of %s", w.Name),
			lang.Say("Muster may not see devices here. In the Intune admin centre, open Users, %s, Devices: retire each personal device, and retire or wipe each company device. In the Entra admin centre, open Users, %s, Devices, and disable each. Press Done with a note of what you found.", w.UPN, w.UPN)
	case CheckApps:
		owned := ""
		if len(w.OwnedApps) > 0 {
			owned = lang.Say("In the Entra admin centre, open App registrations, and give %s another owner: %s owns %s. ", series(lang, w.OwnedApps), w.Name, plural(len(w.OwnedApps), lang.Say("it"), lang.Say("them")))
		}
		return lang.Say("Find what only %s runs", w.Name),
			lang.Say("%sMicrosoft Graph does not show the rest. In the Power Platform admin centre, look in each environment for flows and apps of %s, and add %s as co-owner: flows stop soon after the account is blocked. Look also for forms that others use (Microsoft Forms, move to a group), booking pages, and shared mailboxes or scripts that sign in as %s. Press Done with a note of what you found.", owned, w.UPN, heir, w.Name)
	case ReviewHold:
		return lang.Say("Decide whether the data of %s must still be kept", w.Name),
			lang.Say("The licences and the mailbox of %s are kept because of a hold: %s. Ask whoever asked for it whether it still stands. When it does not, take the licences back in the Microsoft 365 admin centre; when it does, note until when.", w.Name, w.ReviewBecause)
	}
	return "", ""
}

// words are the leaver's.
func (p *planner) words() ActWords {
	return ActWords{
		Name: p.name, UPN: p.facts.Subject.UPN, Successor: p.successor, Keep: DateOf(p.release().In(p.zone)), Site: p.event.Site,
		DriveURL: p.facts.Beyond.DriveURL, NoRules: p.facts.Beyond.Rules == OutOfReach, ReviewBecause: strings.TrimRight(p.event.Hold, ". "), OwnedApps: p.facts.Beyond.OwnedApps,
	}
}

// act is a manual step that Muster knows, for IT, by the end of the next working day.
func (p *planner) act(l Line, k StepKey, a ManualAct) Step {
	title, how := ManualStep(p.policy.Lang(), a, p.words())
	s := p.begin(l, k, title)
	s.Task, s.Manual, s.Instructions, s.Owner, s.Due = Manual, a, how, string(IT), p.workday(s.Due)
	return s
}

// What follows are the steps outside the directory, for what was found there. They come after the door is closed, and licences wait for
// those that need one (reference: Microsoft Graph, safe order of a leaver).

func planMeetings(p *planner, l Line) ([]Step, error) {
	switch p.facts.Beyond.Calendar {
	case Reached:
		s := p.begin(l, meetingsKey, p.policy.Lang().Say("Cancel the meetings that %s organises", p.name))
		s.Text = replyWith(p.name, p.successor.Name, p.policy.Organisation).Replace(orElse(p.policy.Leaver.MeetingNote, meetingNoteDefault))
		return []Step{s}, nil
	case OutOfReach:
		return []Step{p.act(l, meetingsKey, CancelByHand)}, nil
	}
	return nil, nil
}

func planForwarding(p *planner, l Line) ([]Step, error) {
	switch p.facts.Beyond.Rules {
	case Reached:
		return []Step{p.begin(l, forwardingKey, p.policy.Lang().Say("Remove inbox rules that send mail outside")), p.act(l, mailboxKey, CheckMailbox)}, nil
	case OutOfReach:
		return []Step{p.act(l, mailboxKey, CheckMailbox)}, nil
	}
	return nil, nil
}

func planShare(p *planner, l Line) ([]Step, error) {
	switch p.facts.Beyond.Drive {
	case Reached:
		s := p.begin(l, shareKey, p.policy.Lang().Say("Share the OneDrive of %s with %s", p.name, p.successor.Name))
		s.Person, s.Note = p.successor, p.policy.Lang().Say("Everything at its top, as it is then. Kept at least until %s.", DateOf(p.release().In(p.zone)).Say(p.policy.Lang()))
		return []Step{s}, nil
	case OutOfReach:
		return []Step{p.act(l, shareKey, ShareByHand)}, nil
	}
	return nil, nil
}

// planApps has IT find what stops when the leaver is gone (edge case 22): what Graph shows is named, and what it does not show is said.
func planApps(p *planner, l Line) ([]Step, error) {
	if p.facts.Beyond.Apps == NotLooked {
		return nil, nil
	}
	return []Step{p.act(l, runsKey, CheckApps)}, nil
}

// planMailbox is what the policy has IT do in Exchange, planMailboxAct one such thing.
func planMailbox(p *planner, l Line) ([]Step, error) {
	var steps []Step
	for _, a := range p.policy.Leaver.Mailbox {
		steps = append(steps, p.mailbox(l, ManualAct(a))...)
	}
	return steps, nil
}

func planMailboxAct(a ManualAct) func(*planner, Line) ([]Step, error) {
	return func(p *planner, l Line) ([]Step, error) { return p.mailbox(l, a), nil }
}

func (p *planner) mailbox(l Line, a ManualAct) []Step {
	if !p.facts.Mailbox || !p.once("mailbox:"+string(a)) {
		return nil
	}
	k := StepKey("mailbox:" + strings.TrimSuffix(string(a), "_address_list"))
	if a == ConvertToShared {
		k = sharedKey
	}
	return []Step{p.act(l, k, a)}
}

// keep has the groups that give a licence left only after what needs the licence.
func (p *planner) keep() {
	for _, g := range p.facts.Member {
		k, leaves := p.carrier[g.ID]
		if !leaves || g.Kind == RoleGroup || len(p.carries(g.ID)) == 0 {
			continue
		}
		for i := range p.steps {
			if s := &p.steps[i]; s.Key == k {
				s.After = unique(append(s.After, p.licensed...))
			}
		}
	}
}

func planDisable(p *planner, l Line) ([]Step, error) {
	var steps []Step
	if p.facts.Beyond.Entra == Reached {
		s := p.begin(l, disableKey, p.policy.Lang().Say("Disable the registered devices of %s", p.name))
		s.Note = deviceNames(p.policy.Lang(), p.facts.Beyond.Registered, nothingMore) + "."
		steps = append(steps, s)
	}
	return append(steps, p.devicesByHand(l)...), nil
}

// devicesByHand is a task for IT where Muster may not see devices.
func (p *planner) devicesByHand(l Line) []Step {
	if b := p.facts.Beyond; (b.Intune != OutOfReach && b.Entra != OutOfReach) || !p.once("devices:hand") {
		return nil
	}
	return []Step{p.act(l, "devices:hand", RetireByHand)}
}

// managed are the devices in Intune, in an order that does not depend on how Graph listed them.
func (p *planner) managed() []Device {
	if p.facts.Beyond.Intune != Reached {
		return nil
	}
	managed := slices.Clone(p.facts.Beyond.Managed)
	slices.SortFunc(managed, func(x, y Device) int { return strings.Compare(x.Name+x.ID, y.Name+y.ID) })
	return managed
}

// planWipe wipes company devices only, only where the policy says so, and each only after an approver has signed it off: it cannot be
// undone.
func planWipe(p *planner, l Line) ([]Step, error) {
	var steps []Step
	for _, d := range p.managed() {
		if !p.policy.Leaver.Wipe || d.Personal || !p.once("device:"+d.ID) {
			continue
		}
		name := orElse(d.Name, p.policy.Lang().Say("a device without a name"))
		s := p.begin(l, p.key("wipe", d.Name, d.ID), p.policy.Lang().Say("Wipe %s", name))
		s.Name, s.Device, s.Why, s.Note, s.Choice, s.Approvers = name, d.ID, p.policy.Lang().Say("device of a leaver"), p.policy.Lang().Say("Everything on it is lost."), Elevated, p.facts.Signers
		steps = append(steps, s)
	}
	return steps, nil
}

// planRetire retires the devices that are not wiped.
func planRetire(p *planner, l Line) ([]Step, error) {
	steps := p.devicesByHand(l)
	var left []Device
	for _, d := range p.managed() {
		if p.once("device:" + d.ID) {
			left = append(left, d)
		}
	}
	if len(left) > 0 {
		s := p.begin(l, retireKey, p.policy.Lang().Say("Retire the managed devices of %s", p.name))
		s.Note = p.policy.Lang().Say("The organisation's data goes when a device is next switched on: %s.", deviceNames(p.policy.Lang(), left, nothingMore))
		steps = append(steps, s)
	}
	return steps, nil
}

// workday is the end of the next working day, which IT has for what must be looked at by hand.
func (p *planner) workday(from time.Time) time.Time {
	hour, minute := clockOr(p.site.Closes, closesDefault)
	return p.site.AddWorkingDays(DateOf(later(from, p.now).In(p.zone)), 1).At(p.zone, hour, minute)
}

// planHold has a hold looked at again, because of which licences stay: somebody said that data must be kept (edge case 20).
func planHold(p *planner, l Line) ([]Step, error) {
	if p.event.Hold == "" {
		return nil, nil
	}
	review := p.event.HoldUntil
	if review == "" {
		review = DateOf(p.release().In(p.zone)).AddDays(holdReview)
	}
	hour, minute := clockOr(p.site.Closes, closesDefault)
	s := p.act(l, holdKey, ReviewHold)
	s.Due, s.Owner = review.At(p.zone, hour, minute), string(HR)
	p.warn(p.policy.Lang().Say("No licence is taken back, because of a hold: %s. HR is asked to look at it again on %s.", p.words().ReviewBecause, review.Say(p.policy.Lang())))
	return []Step{s}, nil
}

// holdReview is how many days after the licences would have gone a hold without a date is looked at again.
const holdReview = 90

// elevated are the steps that need a sign-off of their own. Nobody ticks them in a leaver's case: they are part of it until they are refused.
func (p Plan) elevated() []StepKey {
	var keys []StepKey
	for _, s := range p.Steps {
		if s.Choice == Elevated || s.Guarded && s.Exception != nil {
			keys = append(keys, s.Key)
		}
	}
	return keys
}

// toSignOff opens the sign-offs of a case whose plan may run without a manager's decision.
func (c Case) toSignOff(a Asking) Case {
	for _, k := range c.Plan.elevated() {
		if c.SignOffs == nil {
			c.SignOffs = map[StepKey]SignOff{}
			c.SignOff = a
		}
		c.SignOffs[k] = SignOff{}
	}
	return c
}

// unique is keys without those that stand twice, in order.
func unique(keys []StepKey) []StepKey {
	var out []StepKey
	for _, k := range keys {
		if !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	return out
}
