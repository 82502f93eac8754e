package cards

import (
	"strings"
	"time"

	"muster/flows"
)

// failure is the card in the IT channel about a step that failed, and its record once it is settled.
func (v view) failure() []block {
	s := v.stage
	what := " did not work"
	if s.Task == flows.Manual {
		what = " cannot be done"
	}
	body := []block{headline("“" + cut(s.Title, 120) + "”" + what + v.forWhom(" ") + ".")}
	broken := s.st.State == flows.StepBroken
	end, stopped := v.stands()
	switch {
	case stopped:
		body = append(body, end, hint(v.standHint()))
	case broken && s.st.Waive.Person.ID != "":
		body = append(body, status(markWaiting.as("Waiting for a second person"), ran(s.st.Waive.Person.Name+" asks to leave this out: "), quote(s.st.Waive.Note)),
			near(faint("Asked on "+when(s.st.Waive.At, v.loc)+". Somebody other than "+s.st.Waive.Person.Name+" has to agree.")))
	case broken:
		body = append(body, status(markNeeds.as("Needs IT"), ran("Mend the cause and retry, do it by hand, or have it left out, "+v.byThen()+".")))
	case s.st.State == flows.StepDone:
		body = append(body, status(markDone.as("Mended"), ran("and seen on "+when(s.st.At, v.loc)+".")))
	case s.st.State == flows.StepDoneHand:
		body = append(body, v.decided(markDone.as("Done by hand"), s.st.By, s.st.At), near(quote(s.st.Note)))
	case s.st.State == flows.StepLeftOut:
		body = append(body, v.decided(markStopped.as("Left out"), s.st.By, s.st.At), near(faint("Asked for by "+s.st.Waive.Person.Name+" "), quote(s.st.Waive.Note)))
	case s.st.State == flows.StepAbandoned:
		body = append(body, status(markStopped, ran("No longer wanted: "+s.st.Note+".")))
	case s.st.Claimed.Person.ID != "":
		body = append(body, status(markRunning.as("Being checked"), ran(s.st.Claimed.Person.Name+" did it by hand: "), quote(s.st.Claimed.Note)), near(faint("It counts once it is seen in Microsoft 365.")))
	default:
		body = append(body, status(markRunning.as("Being tried again"), ran("since "+when(s.st.At, v.loc)+".")))
	}
	if s.st.Cause != "" && (broken || s.st.State == flows.StepLeftOut) && !v.Over() {
		body = append(body, near(strong("Cause "), ran(cut(s.st.Cause, 400))))
	}
	if seen(s) != "" {
		body = append(body, near(strong("Seen "), ran(cut(seen(s), 300))))
	}
	if !broken || stopped {
		return body
	}
	tried := ""
	if s.st.Tries > 0 {
		tried = count(s.st.Tries, "time", "times") + ", last on " + when(s.st.At, v.loc)
	}
	body = append(body, near(strong("If nothing is done "), ran(v.given()+" "+v.effect()+".")),
		facts(fact{"Tried", tried}, fact{"Was due", when(s.Due, v.loc)}, v.lastDayFact()))
	return append(body, v.failureButtons())
}

func (v view) failureButtons() actionSet {
	k := v.stage.Step.Key
	retry := press("Retry", positive, bound(v.Case, flows.VerbRetry, k))
	row := []action{alone(retry)}
	row = append(row, opens("Did it by hand", "",
		hint("It is read back from Microsoft 365 where that can be seen, and recorded under your name."),
		ask(inNote, "What did you do", "For the record", "Say in a few words what you did."),
		buttons(press("Record as done by hand", positive, bound(v.Case, flows.VerbByHand, k)))))
	if v.stage.st.Waive.Person.ID != "" {
		return buttons(append(row, alone(press("Agree to leave it out", destructive, bound(v.Case, flows.VerbWaiveAgree, k))))...)
	}
	return buttons(append(row, opens("Waive", destructive,
		hint("The step is left out for good once a second person agrees."),
		ask(inReason, "Reason", "Why is it not needed?", "Say why it can be left out."),
		buttons(press("Ask to waive", destructive, bound(v.Case, flows.VerbWaive, k)))))...)
}

// byThen is the deadline as the end of a sentence. What an exit should have ended is open as long as it is not mended.
func (v view) byThen() string {
	if v.leaver() {
		return "as soon as you can: it is overdue"
	}
	return "by " + when(v.deadline(), v.loc)
}

// deadline is when the failure is felt: the first morning, or the step's own time if that comes later.
func (v view) deadline() (at time.Time) {
	at = v.firstMorning()
	if v.stage.Due.After(at) {
		at = v.stage.Due
	}
	return at
}

func seen(s stage) string {
	switch {
	case s.st.Before == "" || s.st.Before == s.st.After:
		return s.st.After
	case s.st.After == "":
		return s.st.Before
	}
	return s.st.Before + ", then " + s.st.After
}

// effect says what it means for the person, and how much waits for the step.
func (v view) effect() string {
	var what string
	switch v.stage.Task {
	case flows.SetDetails:
		what = "has the old job in the directory, so groups that follow it are wrong"
	case flows.RuleLetsGo:
		what = "still has what " + cut(called(v.stage.Step), 80) + " gives"
	case flows.CreateAccount:
		what = "has no account"
	case flows.SetManager:
		what = "has no manager in the directory, so approvals and the organisation chart are wrong"
	case flows.AssignLicences:
		what = "has no licence for " + cut(called(v.stage.Step), 80) + " on the first day"
		if v.mover() {
			what = strings.TrimSuffix(what, " on the first day")
		}
	case flows.AddToGroup, flows.FollowRule:
		what = "cannot open what " + cut(called(v.stage.Step), 80) + " gives"
	case flows.AddToTeam:
		what = "does not see the team " + cut(called(v.stage.Step), 80)
	case flows.EnableAccount:
		what = "cannot sign in on the first day"
	case flows.OfferPass:
		what = "has no way to sign in for the first time"
	case flows.SendWelcome:
		what = "gets no welcome message"
	case flows.BlockSignIn:
		what = "could still sign in without having started"
		if v.leaver() {
			what = "can still sign in"
		}
	case flows.RevokeSessions:
		what = "stays signed in wherever there is a session now"
	case flows.RemoveMethods:
		what = "keeps ways to sign in that work again if the account is ever opened"
	case flows.ResetPassword:
		what = "has a password that works again if the account is ever opened"
	case flows.RemoveAppRoles:
		what = "keeps roles in apps, some of which may let people in without Microsoft 365"
	case flows.RemoveConsents:
		what = "leaves apps behind that may act in their name"
	case flows.RemoveDirectoryRoles:
		what = "keeps directory roles"
	case flows.RequestPackage:
		what = "has no access package " + cut(called(v.stage.Step), 80)
	case flows.RemovePackages:
		what = "keeps the access packages " + cut(called(v.stage.Step), 80)
	case flows.SetReply:
		what = "has no automatic reply, so those who write hear nothing"
	case flows.HandOverGroup:
		what = "stays the owner of " + cut(called(v.stage.Step), 80) + ", and nobody takes it over"
	case flows.RemoveFromGroup:
		what = "still has what " + cut(called(v.stage.Step), 80) + " gives"
	case flows.RemoveFromTeam:
		what = "is still in the team " + cut(called(v.stage.Step), 80)
	case flows.RemoveLicence:
		what = "keeps a paid seat of " + cut(called(v.stage.Step), 80)
	default:
		if what = beyondEffect(v.stage.Step); what != "" {
			break
		}
		if v.leaver() {
			what = "leaves with “" + cut(called(v.stage.Step), 80) + "” not done"
			break
		}
		what = "has to do without “" + cut(called(v.stage.Step), 80) + "”"
	}
	if n := v.Dependants(v.stage.Step.Key); n > 0 {
		what += ", and " + count(n, "further step waits", "further steps wait") + " for this one"
	}
	return what
}

// forWhom ends a sentence about the step, which often names the person itself. What is done for an exit is not done for the person.
func (v view) forWhom(lead string) string {
	name := visible(v.Event.Name())
	if strings.Contains(v.stage.Title, name) {
		return ""
	}
	if v.leaver() {
		return lead + "for the exit of " + name
	}
	return " for " + name
}
