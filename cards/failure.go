package cards

import (
	"strings"
	"time"

	"muster/flows"
	"muster/flows/texts"
)

// failure is the card in the IT channel about a step that failed, and its record once it is settled.
func (v view) failure() []block {
	s := v.stage
	what := v.lang.Say(" did not work")
	if s.Task == flows.Manual {
		what = v.lang.Say(" cannot be done")
	}
	body := []block{headline("“" + cut(s.Title, 120) + "”" + what + v.forWhom(" ") + ".")}
	broken := s.st.State == flows.StepBroken
	end, stopped := v.stands()
	switch {
	case stopped:
		body = append(body, end, hint(v.standHint()))
	case broken && s.st.Waive.Person.ID != "":
		body = append(body, status(v.lang, markWaiting.as(v.lang.Say("Waiting for a second person")), ran(v.lang.Say("%s asks to leave this out: ", s.st.Waive.Person.Name)), quote(s.st.Waive.Note)),
			near(faint(v.lang.Say("Asked on %s. Somebody other than %s has to agree.", when(v.lang, s.st.Waive.At, v.loc), s.st.Waive.Person.Name))))
	case broken:
		body = append(body, status(v.lang, markNeeds.as(v.lang.Say("Needs IT")), ran(v.lang.Say("Mend the cause and retry, do it by hand, or have it left out, %s.", v.byThen()))))
	case s.st.State == flows.StepDone:
		body = append(body, status(v.lang, markDone.as(v.lang.Say("Mended")), ran(v.lang.Say("and seen on %s.", when(v.lang, s.st.At, v.loc)))))
	case s.st.State == flows.StepDoneHand:
		body = append(body, v.decided(markDone.as(v.lang.Say("Done by hand")), s.st.By, s.st.At), near(quote(s.st.Note)))
	case s.st.State == flows.StepLeftOut:
		body = append(body, v.decided(markStopped.as(v.lang.Say("Left out")), s.st.By, s.st.At), near(faint(v.lang.Say("Asked for by %s ", s.st.Waive.Person.Name)), quote(s.st.Waive.Note)))
	case s.st.State == flows.StepAbandoned:
		body = append(body, status(v.lang, markStopped, ran(v.lang.Say("No longer wanted: %s.", s.st.Note))))
	case s.st.Claimed.Person.ID != "":
		body = append(body, status(v.lang, markRunning.as(v.lang.Say("Being checked")), ran(v.lang.Say("%s did it by hand: ", s.st.Claimed.Person.Name)), quote(s.st.Claimed.Note)), near(faint(v.lang.Say("It counts once it is seen in Microsoft 365."))))
	default:
		body = append(body, status(v.lang, markRunning.as(v.lang.Say("Being tried again")), ran(v.lang.Say("since %s.", when(v.lang, s.st.At, v.loc)))))
	}
	if s.st.Cause != "" && (broken || s.st.State == flows.StepLeftOut) && !v.Over() {
		body = append(body, near(strong(v.lang.Say("Cause ")), ran(cut(s.st.Cause, 400))))
	}
	if seen(v.lang, s) != "" {
		body = append(body, near(strong(v.lang.Say("Seen ")), ran(cut(seen(v.lang, s), 300))))
	}
	if !broken || stopped {
		return body
	}
	tried := ""
	if s.st.Tries > 0 {
		tried = v.lang.Say("%s, last on %s", count(v.lang, s.st.Tries, v.lang.Say("time"), v.lang.Say("times")), when(v.lang, s.st.At, v.loc))
	}
	body = append(body, near(strong(v.lang.Say("If nothing is done ")), ran(v.given()+" "+v.effect()+".")),
		facts(fact{v.lang.Say("Tried"), tried}, fact{v.lang.Say("Was due"), when(v.lang, s.Due, v.loc)}, v.lastDayFact()))
	return append(body, v.failureButtons())
}

func (v view) failureButtons() actionSet {
	k := v.stage.Step.Key
	retry := press(v.lang.Say("Retry"), positive, bound(v.Case, flows.VerbRetry, k))
	row := []action{alone(retry)}
	row = append(row, opens(v.lang.Say("Did it by hand"), "",
		hint(v.lang.Say("It is read back from Microsoft 365 where that can be seen, and recorded under your name.")),
		ask(inNote, v.lang.Say("What did you do"), v.lang.Say("For the record"), v.lang.Say("Say in a few words what you did.")),
		buttons(press(v.lang.Say("Record as done by hand"), positive, bound(v.Case, flows.VerbByHand, k)))))
	if v.stage.st.Waive.Person.ID != "" {
		return buttons(append(row, alone(press(v.lang.Say("Agree to leave it out"), destructive, bound(v.Case, flows.VerbWaiveAgree, k))))...)
	}
	return buttons(append(row, opens(v.lang.Say("Waive"), destructive,
		hint(v.lang.Say("The step is left out for good once a second person agrees.")),
		ask(inReason, v.lang.Say("Reason"), v.lang.Say("Why is it not needed?"), v.lang.Say("Say why it can be left out.")),
		buttons(press(v.lang.Say("Ask to waive"), destructive, bound(v.Case, flows.VerbWaive, k)))))...)
}

// byThen is the deadline as the end of a sentence. What an exit should have ended is open as long as it is not mended.
func (v view) byThen() string {
	if v.leaver() {
		return v.lang.Say("as soon as you can: it is overdue")
	}
	return v.lang.Say("by %s", when(v.lang, v.deadline(), v.loc))
}

// deadline is when the failure is felt: the first morning, or the step's own time if that comes later.
func (v view) deadline() (at time.Time) {
	at = v.firstMorning()
	if v.stage.Due.After(at) {
		at = v.stage.Due
	}
	return at
}

func seen(lang texts.Language, s stage) string {
	switch {
	case s.st.Before == "" || s.st.Before == s.st.After:
		return s.st.After
	case s.st.After == "":
		return s.st.Before
	}
	return lang.Say("%s, then %s", s.st.Before, s.st.After)
}

// effect says what it means for the person, and how much waits for the step.
func (v view) effect() string {
	var what string
	switch v.stage.Task {
	case flows.SetDetails:
		what = v.lang.Say("has the old job in the directory, so groups that follow it are wrong")
	case flows.RuleLetsGo:
		what = v.lang.Say("still has what %s gives", cut(called(v.stage.Step), 80))
	case flows.CreateAccount:
		what = v.lang.Say("has no account")
	case flows.SetManager:
		what = v.lang.Say("has no manager in the directory, so approvals and the organisation chart are wrong")
	case flows.AssignLicences:
		what = v.lang.Say("has no licence for %s on the first day", cut(called(v.stage.Step), 80))
		if v.mover() {
			what = strings.TrimSuffix(what, " on the first day")
		}
	case flows.AddToGroup, flows.FollowRule:
		what = v.lang.Say("cannot open what %s gives", cut(called(v.stage.Step), 80))
	case flows.AddToTeam:
		what = v.lang.Say("does not see the team %s", cut(called(v.stage.Step), 80))
	case flows.EnableAccount:
		what = v.lang.Say("cannot sign in on the first day")
	case flows.OfferPass:
		what = v.lang.Say("has no way to sign in for the first time")
	case flows.SendWelcome:
		what = v.lang.Say("gets no welcome message")
	case flows.BlockSignIn:
		what = v.lang.Say("could still sign in without having started")
		if v.leaver() {
			what = v.lang.Say("can still sign in")
		}
	case flows.RevokeSessions:
		what = v.lang.Say("stays signed in wherever there is a session now")
	case flows.RemoveMethods:
		what = v.lang.Say("keeps ways to sign in that work again if the account is ever opened")
	case flows.ResetPassword:
		what = v.lang.Say("has a password that works again if the account is ever opened")
	case flows.RemoveAppRoles:
		what = v.lang.Say("keeps roles in apps, some of which may let people in without Microsoft 365")
	case flows.RemoveConsents:
		what = v.lang.Say("leaves apps behind that may act in their name")
	case flows.RemoveDirectoryRoles:
		what = v.lang.Say("keeps directory roles")
	case flows.RequestPackage:
		what = v.lang.Say("has no access package %s", cut(called(v.stage.Step), 80))
	case flows.RemovePackages:
		what = v.lang.Say("keeps the access packages %s", cut(called(v.stage.Step), 80))
	case flows.SetReply:
		what = v.lang.Say("has no automatic reply, so those who write hear nothing")
	case flows.HandOverGroup:
		what = v.lang.Say("stays the owner of %s, and nobody takes it over", cut(called(v.stage.Step), 80))
	case flows.RemoveFromGroup:
		what = v.lang.Say("still has what %s gives", cut(called(v.stage.Step), 80))
	case flows.RemoveFromTeam:
		what = v.lang.Say("is still in the team %s", cut(called(v.stage.Step), 80))
	case flows.RemoveLicence:
		what = v.lang.Say("keeps a paid seat of %s", cut(called(v.stage.Step), 80))
	default:
		if what = beyondEffect(v.lang, v.stage.Step); what != "" {
			break
		}
		if v.leaver() {
			what = v.lang.Say("leaves with “%s” not done", cut(called(v.stage.Step), 80))
			break
		}
		what = v.lang.Say("has to do without “%s”", cut(called(v.stage.Step), 80))
	}
	if n := v.Dependants(v.stage.Step.Key); n > 0 {
		what += v.lang.Say(", and %s for this one", count(v.lang, n, v.lang.Say("further step waits"), v.lang.Say("further steps wait")))
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
		return v.lang.Say("%sfor the exit of %s", lead, name)
	}
	return v.lang.Say(" for %s", name)
}
