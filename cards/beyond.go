package cards

import "muster/flows"

// What cards say about the steps outside the directory, and about notices.

// elevated is what an approver signs off: more access, or of an exit what cannot be undone.
func (v view) elevated() string {
	if v.leaver() {
		return "what cannot be undone"
	}
	return "elevated access"
}

// afterSignOff is what happens next.
func (v view) afterSignOff() string {
	if v.leaver() {
		return "What you sign off is done at its time, on a device when it is next switched on. What you refuse is not done; the rest goes on."
	}
	return "What you sign off is set up in time. What you refuse is left out; the rest goes on."
}

// beyondTells says a line of an exit's plan; "" for what the step's own title says.
func beyondTells(s flows.Step) string {
	switch s.Task {
	case flows.CancelMeetings:
		return "Meetings that the leaver organises are cancelled, and the guests are told"
	case flows.CheckForwarding:
		return "Inbox rules that send mail outside are removed"
	case flows.ShareOneDrive:
		heir := "the successor"
		if s.Person.Name != "" {
			heir = cut(visible(s.Person.Name), 80)
		}
		return "The OneDrive is shared with " + heir
	case flows.DisableDevices:
		return "The registered devices are disabled"
	case flows.RetireDevices:
		return "The organisation's data goes from the managed devices"
	case flows.WipeDevices:
		return "Wiped, once it is signed off: " + cut(visible(called(s)), 80)
	}
	return ""
}

// beyondEffect is what it means for the person when a step is not done; it follows the name. "" for the other steps.
func beyondEffect(s flows.Step) string {
	switch s.Task {
	case flows.CancelMeetings:
		return "still stands as the organiser of meetings that nobody will hold"
	case flows.CheckForwarding:
		return "may still have mail sent outside the organisation"
	case flows.ShareOneDrive:
		return "leaves files that nobody else can reach"
	case flows.DisableDevices:
		return "has devices that Microsoft 365 still trusts"
	case flows.RetireDevices:
		return "keeps the organisation's data on devices"
	case flows.WipeDevices:
		return "may still have everything that is on " + cut(called(s), 80)
	case flows.SendMail, flows.Notify:
		return "is not announced to those who should know"
	case flows.CallWebhook:
		return "is not settled in " + cut(called(s), 80)
	}
	return ""
}
