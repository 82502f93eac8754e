package cards

import (
	"strings"
	"testing"

	"muster/flows"
)

// beyondPlan is Tom's exit with what lies outside the directory, and with notices.
func beyondPlan(t testing.TB) flows.Plan {
	plan := exitPlanOf(t, false)
	exit, after := plan.Steps[0].Due, []flows.StepKey{"block"}
	words := flows.ActWords{Name: "Tom Hughes", UPN: "tom.hughes@larkfield.example", Successor: maria, Keep: "2026-12-30"}
	title, how := flows.ManualStep(spoken, flows.CheckMailbox, words)
	plan.Steps = append(plan.Steps,
		flows.Step{Key: "meetings", Task: flows.CancelMeetings, Title: "Cancel the meetings that Tom Hughes organises", Due: exit, Choice: flows.Fixed, After: after},
		flows.Step{Key: "forwarding", Task: flows.CheckForwarding, Title: "Remove inbox rules that send mail outside", Due: exit, Choice: flows.Fixed, After: after},
		flows.Step{Key: "forwarding:exchange", Task: flows.Manual, Manual: flows.CheckMailbox, Title: title, Instructions: how, Owner: "it", Due: exit, Choice: flows.Fixed, After: after},
		flows.Step{Key: "onedrive:share", Task: flows.ShareOneDrive, Title: "Share the OneDrive of Tom Hughes with Maria Lopez", Person: maria, Due: exit, Choice: flows.Fixed, After: after},
		flows.Step{Key: "devices:disable", Task: flows.DisableDevices, Title: "Disable the registered devices of Tom Hughes", Due: exit, Choice: flows.Fixed, After: after, Note: "LAR-LT-0103, Tom's phone."},
		flows.Step{Key: "wipe:LAR-LT-0103", Task: flows.WipeDevices, Title: "Wipe LAR-LT-0103", Name: "LAR-LT-0103", Due: exit, Choice: flows.Elevated, After: after, Device: "m1", Why: "device of a leaver", Note: "Everything on it is lost.", Approvers: []flows.Person{aisha}},
		flows.Step{Key: "devices:retire", Task: flows.RetireDevices, Title: "Retire the managed devices of Tom Hughes", Due: exit, Choice: flows.Fixed, After: after, Note: "The organisation's data goes when a device is next switched on: Tom's phone."},
		flows.Step{Key: "mail:before", Task: flows.SendMail, Title: "Mail to the manager: Tom Hughes leaves on Mon 30 November 2026", To: "manager", Due: exit, Choice: flows.Fixed},
		flows.Step{Key: "hook:payroll", Task: flows.CallWebhook, Title: "Have Payroll do its part for Tom Hughes", Name: "Payroll", Due: exit, Choice: flows.Fixed, After: after},
	)
	return plan
}

func beyondGallery(t testing.TB) map[string]Card {
	open := func() *play { return leave(t, exampleExit(false), beyondPlan(t)) }
	const now, evening = "2026-11-24 10:00:00", "2026-11-30 17:45:00"
	out := func() *play { return open().see("2026-11-30 17:30:04", "block") }
	failed := func(k flows.StepKey, cause string) *play {
		return out().at("2026-11-30 17:31:00", flows.StepFailed{Step: k, Cause: cause, Tries: 1})
	}
	signed := func(ok bool) *play {
		s := open()
		return s.at("2026-11-24 11:00:00", flows.SignedOff{Step: "wipe:LAR-LT-0103", Plan: s.c.May, By: aisha, OK: ok, Reason: "Legal needs it."})
	}
	return map[string]Card{
		"signoff-exit-wipe":    draw(open(), now, flows.CardSignOff, "", to(aisha)),
		"signoff-exit-signed":  draw(signed(true), evening, flows.CardSignOff, "", to(aisha)),
		"signoff-exit-refused": draw(signed(false), evening, flows.CardSignOff, "", to(aisha)),
		"failure-exit-rules":   draw(failed("forwarding", "An inbox rule that passes mail on outside is read-only for Muster."), evening, flows.CardFailure, "forwarding", inIT()),
		"failure-exit-mail":    draw(failed("mail:before", "Exchange did not say whether the mail was sent, and Muster may not look into Sent Items, so it is not sent again by itself. Look in the Sent Items of notices@larkfield.example: if it is there, record it as done by hand; if not, retry."), evening, flows.CardFailure, "mail:before", inIT()),
		"failure-exit-webhook": draw(failed("hook:payroll", "Payroll has not answered for a day."), evening, flows.CardFailure, "hook:payroll", inIT()),
		"manual-exit-mailbox":  draw(out(), evening, flows.CardManual, "forwarding:exchange", inIT()),
		"progress-exit-beyond": draw(out().see("2026-11-30 17:30:20", "meetings", "forwarding", "onedrive:share"), evening, flows.CardProgress, "", to(hannah)),
	}
}

// Every step outside the directory reads as a sentence of its own where an exit's plan is told, and where it failed.
func TestBeyondWords(t *testing.T) {
	for _, s := range beyondPlan(t).Steps {
		effect := beyondEffect(spoken, s)
		switch s.Task {
		case flows.CancelMeetings, flows.CheckForwarding, flows.ShareOneDrive, flows.DisableDevices, flows.RetireDevices, flows.WipeDevices:
			if beyondTells(spoken, s) == "" || effect == "" {
				t.Errorf("%s: nothing is said", s.Task)
			}
		case flows.SendMail, flows.CallWebhook:
			if effect == "" {
				t.Errorf("%s: nothing is said", s.Task)
			}
		default:
			if beyondTells(spoken, s)+effect != "" {
				t.Errorf("%s: said twice", s.Task)
			}
		}
		if strings.HasSuffix(effect, ".") {
			t.Errorf("%s: the sentence goes on", s.Task)
		}
	}
}
