package flows

import (
	"slices"
	"strings"
	"time"
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
}

// ManualStep is the title and the exact instructions of a manual step. Pure: the same words for the same person.
func ManualStep(a ManualAct, w ActWords) (title, instructions string) {
	heir := orElse(w.Successor.UPN, w.Successor.Name)
	shell := "In Exchange Online PowerShell (Connect-ExchangeOnline), run: "
	switch a {
	case ConvertToShared:
		return "Convert the mailbox of " + w.Name + " to a shared mailbox",
			"In the Exchange admin centre, open Recipients, Mailboxes, " + w.UPN + ", Others, Convert to shared mailbox, and confirm. Or: " + shell + "Set-Mailbox -Identity " + w.UPN + " -Type Shared. " +
				"A mailbox over 50 GB, with an archive or on hold needs a licence also when it is shared: do not convert it then, and press Cannot be done. " +
				"To let " + w.Successor.Name + " read it: Add-MailboxPermission -Identity " + w.UPN + " -User " + heir + " -AccessRights FullAccess. Press Done: Muster looks whether the mailbox is shared, and takes no licence back before."
	case ForwardMailbox:
		return "Forward new mail of " + w.Name + " to " + w.Successor.Name,
			shell + "Set-Mailbox -Identity " + w.UPN + " -ForwardingAddress " + heir + " -DeliverToMailboxAndForward $true. Check with Get-Mailbox -Identity " + w.UPN + " that ForwardingSmtpAddress is empty. Graph does not show this setting, so Press Done only when you have seen it."
	case HideFromList:
		return "Hide " + w.Name + " from the address lists",
			"In the Exchange admin centre, open Recipients, Mailboxes, " + w.UPN + ", General, and switch on Hide from global address list. Or: " + shell + "Set-Mailbox -Identity " + w.UPN + " -HiddenFromAddressListsEnabled $true. The lists follow within a day."
	case CheckMailbox:
		rules := "Get-InboxRule -Mailbox " + w.UPN + " -IncludeHidden shows the rules that Outlook hides"
		if w.NoRules {
			rules = "Get-InboxRule -Mailbox " + w.UPN + " -IncludeHidden shows all rules, which Muster may not read here"
		}
		return "Check in Exchange whether mail of " + w.Name + " is forwarded",
			"Microsoft shows this in Exchange only. " + shell + "Get-Mailbox -Identity " + w.UPN + " | Format-List ForwardingAddress,ForwardingSmtpAddress. " + rules + ". " +
				"To stop forwarding: Set-Mailbox -Identity " + w.UPN + " -ForwardingAddress $null -ForwardingSmtpAddress $null, and Remove-InboxRule for a rule that sends mail outside. Look also at who may open the mailbox: Get-MailboxPermission -Identity " + w.UPN + ". Press Done with a note of what you found."
	case CancelByHand:
		return "Cancel the meetings that " + w.Name + " organises",
			"Muster may not change calendars here. " + shell + "Remove-CalendarEvents -Identity " + w.UPN + " -CancelOrganizedMeetings -QueryStartDate (Get-Date) -QueryWindowInDays 730. Do it before licences are taken back on " + w.Keep.Say() + ": the calendar goes with the mailbox."
	case ShareByHand:
		where := "the OneDrive of " + w.Name
		if w.DriveURL != "" {
			where += " (" + w.DriveURL + ")"
		}
		return "Give " + w.Successor.Name + " access to the OneDrive of " + w.Name,
			"Muster may not change files here. In the SharePoint admin centre, open More features, User profiles, Manage User Profiles, find " + w.UPN + ", Manage site collection owners, and add " + heir + ". Then send " + w.Successor.Name + " the address of " + where + ". " +
				"Files are kept at least until licences are taken back on " + w.Keep.Say() + "; a OneDrive without a licence is archived after 90 days and removed 30 days after the account."
	case RetireByHand:
		return "Take the organisation's data off the devices of " + w.Name,
			"Muster may not see devices here. In the Intune admin centre, open Users, " + w.UPN + ", Devices: retire each personal device, and retire or wipe each company device. In the Entra admin centre, open Users, " + w.UPN + ", Devices, and disable each. Press Done with a note of what you found."
	case ReviewHold:
		return "Decide whether the data of " + w.Name + " must still be kept",
			"The licences and the mailbox of " + w.Name + " are kept because of a hold: " + w.ReviewBecause + ". Ask whoever asked for it whether it still stands. When it does not, take the licences back in the Microsoft 365 admin centre; when it does, note until when."
	}
	return "", ""
}

// words are the leaver's.
func (l *leaverPlanner) words() ActWords {
	return ActWords{
		Name: l.name, UPN: l.facts.Subject.UPN, Successor: l.successor, Keep: DateOf(l.release.In(l.zone)), Site: l.event.Site,
		DriveURL: l.facts.Beyond.DriveURL, NoRules: l.facts.Beyond.Rules == OutOfReach, ReviewBecause: strings.TrimRight(l.event.Hold, ". "),
	}
}

// act adds a manual step that Muster knows, for IT, after the exit.
func (l *leaverPlanner) act(k StepKey, a ManualAct, due time.Time, owner string) {
	title, how := ManualStep(a, l.words())
	l.add(Step{Key: k, Task: Manual, Manual: a, Title: title, Instructions: how, Owner: owner, Due: due, After: []StepKey{exitKey}})
}

// beyond are the steps outside the directory, for what was found there. They come after the door is closed, and licences wait for those
// that need one (reference: Microsoft Graph, safe order of a leaver).
func (l *leaverPlanner) beyond() {
	b, later := l.facts.Beyond, l.workday()
	l.held()
	switch b.Calendar {
	case Reached:
		note := replyWith(l.name, l.successor.Name, l.policy.Organisation).Replace(orElse(l.policy.Leaver.MeetingNote, meetingNoteDefault))
		l.add(Step{Key: meetingsKey, Task: CancelMeetings, Title: "Cancel the meetings that " + l.name + " organises", Due: l.exit, After: []StepKey{exitKey}, Text: note})
	case OutOfReach:
		l.act(meetingsKey, CancelByHand, later, string(IT))
	}
	if b.Rules == Reached {
		l.add(Step{Key: forwardingKey, Task: CheckForwarding, Title: "Remove inbox rules that send mail outside", Due: l.exit, After: []StepKey{exitKey}})
	}
	if b.Rules == Reached || b.Rules == OutOfReach {
		l.act(mailboxKey, CheckMailbox, later, string(IT))
	}
	switch b.Drive {
	case Reached:
		l.add(Step{
			Key: shareKey, Task: ShareOneDrive, Title: "Share the OneDrive of " + l.name + " with " + l.successor.Name, Due: l.exit, After: []StepKey{exitKey}, Person: l.successor,
			Note: "Everything at its top, as it is then. Kept at least until " + DateOf(l.release.In(l.zone)).Say() + ".",
		})
	case OutOfReach:
		l.act(shareKey, ShareByHand, later, string(IT))
	}
	l.devices(later)
	for _, a := range l.policy.Leaver.Mailbox {
		if k := StepKey("mailbox:" + strings.TrimSuffix(a, "_address_list")); l.facts.Mailbox {
			if ManualAct(a) == ConvertToShared {
				k = sharedKey
			}
			l.act(k, ManualAct(a), later, string(IT))
		}
	}
	l.keep()
}

// keep has the groups that give a licence left only after what needs the licence.
func (l *leaverPlanner) keep() {
	for _, g := range l.facts.Member {
		k, leaves := l.carrier[g.ID]
		if !leaves || g.Kind == RoleGroup || len(l.carries(g.ID)) == 0 {
			continue
		}
		for i := range l.steps {
			if s := &l.steps[i]; s.Key == k {
				s.After = unique(append(s.After, l.keepers()...))
			}
		}
	}
}

// devices are disabled and retired where there are any. Only company devices are wiped, only where the policy says so, and each only after
// an approver has signed it off: it cannot be undone.
func (l *leaverPlanner) devices(later time.Time) {
	b := l.facts.Beyond
	if b.Entra == Reached {
		l.add(Step{Key: disableKey, Task: DisableDevices, Title: "Disable the registered devices of " + l.name, Due: l.exit, After: []StepKey{exitKey}, Note: deviceNames(b.Registered, nothingMore) + "."})
	}
	if b.Intune == OutOfReach || b.Entra == OutOfReach {
		l.act("devices:hand", RetireByHand, later, string(IT))
	}
	if b.Intune != Reached {
		return
	}
	managed := slices.Clone(b.Managed)
	slices.SortFunc(managed, func(x, y Device) int { return strings.Compare(x.Name+x.ID, y.Name+y.ID) })
	wiped := 0
	for _, d := range managed {
		if !l.policy.Leaver.Wipe || d.Personal {
			continue
		}
		wiped++
		name := orElse(d.Name, "a device without a name")
		l.add(Step{
			Key: l.key("wipe", d.Name, d.ID), Task: WipeDevices, Title: "Wipe " + name, Name: name, Due: l.exit, After: []StepKey{exitKey}, Device: d.ID,
			Why: "device of a leaver", Note: "Everything on it is lost.",
		})
		s := &l.steps[len(l.steps)-1]
		s.Choice, s.Approvers = Elevated, l.facts.Signers
	}
	if wiped < len(managed) {
		left := slices.DeleteFunc(managed, func(d Device) bool { return l.policy.Leaver.Wipe && !d.Personal })
		l.add(Step{
			Key: retireKey, Task: RetireDevices, Title: "Retire the managed devices of " + l.name, Due: l.exit, After: []StepKey{exitKey},
			Note: "The organisation's data goes when a device is next switched on: " + deviceNames(left, nothingMore) + ".",
		})
	}
}

// workday is the end of the next working day after the exit, which IT has for what must be looked at by hand.
func (l *leaverPlanner) workday() time.Time {
	hour, minute := clockOr(l.site.Closes, closesDefault)
	from := l.exit
	if l.now.After(from) {
		from = l.now
	}
	return l.site.AddWorkingDays(DateOf(from.In(l.zone)), 1).At(l.zone, hour, minute)
}

// keepers are the steps that need the licence: it is not taken back before they are over.
func (l *leaverPlanner) keepers() []StepKey {
	var keys []StepKey
	for _, k := range []StepKey{meetingsKey, forwardingKey, shareKey, sharedKey} {
		if l.keys[k] {
			keys = append(keys, k)
		}
	}
	return keys
}

// held reports whether licences stay because somebody said that data must be kept (edge case 20), and has it looked at again.
func (l *leaverPlanner) held() bool {
	if l.event.Hold == "" {
		return false
	}
	if !l.keys[holdKey] {
		review := l.event.HoldUntil
		if review == "" {
			review = DateOf(l.release.In(l.zone)).AddDays(holdReview)
		}
		hour, minute := clockOr(l.site.Closes, closesDefault)
		l.act(holdKey, ReviewHold, review.At(l.zone, hour, minute), string(HR))
		l.warn("No licence is taken back, because of a hold: %s. HR is asked to look at it again on %s.", l.words().ReviewBecause, review.Say())
	}
	return true
}

// holdReview is how many days after the licences would have gone a hold without a date is looked at again.
const holdReview = 90

// elevated are the steps that need a sign-off of their own. Nobody ticks them in a leaver's case: they are part of it until they are refused.
func (p Plan) elevated() []StepKey {
	var keys []StepKey
	for _, s := range p.Steps {
		if s.Choice == Elevated {
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
