package cards

import (
	"muster/flows"
	"muster/flows/texts"
)

// What cards say about the steps outside the directory, and about notices.

// elevated is what an approver signs off: more access, or of an exit what cannot be undone.
func (v view) elevated() string {
	if v.leaver() {
		return v.lang.Say("what cannot be undone")
	}
	return v.lang.Say("elevated access")
}

// afterSignOff is what happens next.
func (v view) afterSignOff() string {
	if v.leaver() {
		return v.lang.Say("What you sign off is done at its time, on a device when it is next switched on. What you refuse is not done; the rest goes on.")
	}
	return v.lang.Say("What you sign off is set up in time. What you refuse is left out; the rest goes on.")
}

// beyondTells says a line of an exit's plan; "" for what the step's own title says.
func beyondTells(lang texts.Language, s flows.Step) string {
	switch s.Task {
	case flows.CancelMeetings:
		return lang.Say("Meetings that the leaver organises are cancelled, and the guests are told")
	case flows.CheckForwarding:
		return lang.Say("Inbox rules that send mail outside are removed")
	case flows.ShareOneDrive:
		heir := lang.Say("the successor")
		if s.Person.Name != "" {
			heir = cut(visible(s.Person.Name), 80)
		}
		return lang.Say("The OneDrive is shared with %s", heir)
	case flows.DisableDevices:
		return lang.Say("The registered devices are disabled")
	case flows.RetireDevices:
		return lang.Say("The organisation's data goes from the managed devices")
	case flows.WipeDevices:
		return lang.Say("Wiped, once it is signed off: %s", cut(visible(called(s)), 80))
	}
	return ""
}

// beyondEffect is what it means for the person when a step is not done; it follows the name. "" for the other steps.
func beyondEffect(lang texts.Language, s flows.Step) string {
	switch s.Task {
	case flows.CancelMeetings:
		return lang.Say("still stands as the organiser of meetings that nobody will hold")
	case flows.CheckForwarding:
		return lang.Say("may still have mail sent outside the organisation")
	case flows.ShareOneDrive:
		return lang.Say("leaves files that nobody else can reach")
	case flows.DisableDevices:
		return lang.Say("has devices that Microsoft 365 still trusts")
	case flows.RetireDevices:
		return lang.Say("keeps the organisation's data on devices")
	case flows.WipeDevices:
		return lang.Say("may still have everything that is on %s", cut(called(s), 80))
	case flows.SendMail, flows.Notify:
		return lang.Say("is not announced to those who should know")
	case flows.CallWebhook:
		return lang.Say("is not settled in %s", cut(called(s), 80))
	}
	return ""
}
