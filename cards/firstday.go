package cards

import (
	"time"

	"muster/flows"
)

// credential is the manager's card that offers the day-one pass.
func (v view) credential() []block {
	s := v.stage
	body := []block{headline(v.story())}
	once := "It works once"
	if s.Reuse {
		once = "It works as often as needed in that time"
	}
	ranOut := s.passEnd()
	waits, back := held(v.Case, s)
	switch end, stopped := v.off(); {
	case stopped:
		return append(body, end)
	case s.st.State == flows.StepLeftOut:
		return append(body, v.decided(markStopped.as("Left out"), s.st.By, s.st.At))
	case s.st.State == flows.StepAbandoned:
		return append(body, status(markStopped, ran("The pass is not needed any more.")))
	case s.st.State == flows.StepBroken:
		return append(body, status(markNeeds.as("Held up"), ran("The pass could not be made. IT has been told.")))
	case v.State == flows.Done:
		return append(body, status(markDone, ran("The pass is not needed any more.")))
	case v.NoShow:
		return append(body, status(markWaiting.as("Not yet"), ran("The pass waits for "+waits+".")))
	case s.st.Pass != nil:
		shown, until := "The pass was shown to "+you(s.st.By, v.reader)+" on "+when(s.st.At, v.loc), when(ranOut, v.loc)
		if v.now.Before(ranOut) {
			body = append(body, status(markDone.as("Shown"), ran(shown+" and is valid until "+until+".")))
		} else {
			body = append(body, status(markStopped.as("Run out"), ran(shown+" and ran out on "+until+".")))
		}
		return append(body, hint("If it was lost or has run out, show a new one; the old one stops working at once."), buttons(v.showPass("")))
	case s.st.State.Over():
		return append(body, status(markDone, ran("Settled on "+when(s.st.At, v.loc)+".")))
	case back:
		return append(body, status(markWaiting.as("Not yet"), ran("The pass waits for "+waits+".")))
	default:
		body = append(body, status(markNeeds, ran(v.cameBack("Fetch the day-one pass when you sit beside "+v.given()+".", "Fetch a pass if "+v.given()+" cannot sign in the way they used to."))))
	}
	return append(body,
		say(ran("It is a code for signing in the first time, in place of a password. "+once+" and lasts "+lasting(s.minutes())+" from the moment you show it.")),
		near(strong("It is shown once, "), ran("to you alone, and is kept nowhere.")),
		person("Signs in as", v.Facts.UPN),
		buttons(v.showPass(positive)))
}

func (v view) showPass(style string) action {
	return alone(press("Show the pass now", style, bound(v.Case, flows.VerbShowPass, v.stage.Step.Key)))
}

// passEnd is when the pass that was shown runs out: as the directory said, or else as long as the policy gives it.
func (s stage) passEnd() time.Time {
	if s.st.Pass == nil {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, s.st.Pass.Until)
	if err != nil {
		return s.st.At.Add(time.Duration(s.minutes()) * time.Minute)
	}
	return t
}

// minutes is the lifetime of a pass.
func (s stage) minutes() int {
	if s.Minutes == 0 {
		return 60 // the policy's default
	}
	return s.Minutes
}

// lasting writes minutes as people say them.
func lasting(minutes int) string {
	switch {
	case minutes%1440 == 0:
		return count(minutes/1440, "day", "days")
	case minutes%60 == 0:
		return count(minutes/60, "hour", "hours")
	}
	return count(minutes, "minute", "minutes")
}

// Pass shows the day-one credential. It answers one press and is sent, logged and kept nowhere: the caller must not record it.
func Pass(c flows.Case, code flows.Secret, until time.Time) Card {
	digits := strong(code.Reveal())
	digits.Size, digits.FontType = "ExtraLarge", "Monospace"
	return finish("Day-one pass", false, []block{
		headline("The day-one pass of " + visible(c.Event.Name()) + "."),
		status(markNeeds.as("Shown once"), ran("Use it until "+when(until, c.Location())+".")),
		box("emphasis", say(digits)),
		near(strong("1 "), ran("On their computer or phone, sign in as "), strong(c.Facts.UPN), ran(".")),
		near(strong("2 "), ran("When asked for a Temporary Access Pass, enter the code.")),
		near(strong("3 "), ran("Set up Microsoft Authenticator or a passkey when asked, while the code still works.")),
		hint("This code goes as soon as the card is drawn again, and nobody can bring it back."),
		footer(string(c.ID)),
	})
}

// started asks the manager whether the person came.
func (v view) started() []block {
	s := v.stage
	body := []block{headline(v.story())}
	if end, stopped := v.off(); stopped {
		return append(body, end)
	}
	switch {
	case v.NoShow:
		return append(body, status(markStopped.as("Not here"), ran("HR decides what happens next. Sign-in is being blocked.")))
	case s.st.State == flows.StepLeftOut:
		return append(body, v.decided(markStopped.as("Left out"), s.st.By, s.st.At))
	case s.st.State == flows.StepAbandoned:
		return append(body, status(markStopped, ran("No answer is needed any more.")))
	case s.st.State.Over():
		if by := v.answered("said that the person started"); by.By.ID != "" {
			return append(body, status(markDone.as("Started"), ran(capital(you(by.By, v.reader))+" said so on "+when(by.At, v.loc)+".")))
		}
		return append(body, status(markDone.as("Started"), ran("Answered on "+when(s.st.At, v.loc)+".")))
	case !s.st.Asked:
		return append(body, status(markWaiting.as("Not yet"), ran("You are asked again once sign-in is open.")))
	}
	return append(body,
		status(markNeeds, ran(v.cameBack("Has "+v.given()+" started?", "Is "+v.given()+" back at work?"))),
		hint("If not, sign-in is blocked again and HR decides; nothing is deleted."),
		buttons(
			alone(press(v.cameBack("Yes, started", "Yes, back"), positive, bound(v.Case, flows.VerbStarted, s.Step.Key))),
			alone(press("No, not here", destructive, bound(v.Case, flows.VerbNotStarted, s.Step.Key)))))
}

// answered is the last decision with this text.
func (v view) answered(what string) flows.Decided {
	var last flows.Decided
	for _, d := range v.Decisions {
		if d.What == what {
			last = d
		}
	}
	return last
}

// noShow is HR's card after the manager said that the person did not come.
func (v view) noShow() []block {
	body := []block{headline(v.story())}
	if end, stopped := v.off(); stopped {
		return append(body, end)
	}
	if !v.NoShow {
		if by := v.answered("said that the person starts after all"); by.By.ID != "" {
			return append(body, status(markDone.as("Starts after all"), ran(capital(you(by.By, v.reader))+" said so on "+when(by.At, v.loc)+". The plan goes on.")))
		}
		return append(body, status(markDone.as("Started"), ran("The plan goes on.")))
	}
	said := v.answered("said that the person did not start")
	sign := "Sign-in is being blocked."
	for _, s := range stages(v.Case) {
		if s.Task == flows.BlockSignIn && s.st.State.Over() {
			sign = "Sign-in was blocked on " + when(s.st.At, v.loc) + "."
		}
	}
	return append(body,
		status(markNeeds, ran("Decide whether "+visible(v.Event.Given)+" still starts.")),
		near(strong(said.By.Name), ran(" said on "+when(said.At, v.loc)+" that "+visible(v.Event.Given)+" is not here.")),
		near(ran(sign+" Everything else of the plan waits.")),
		buttons(
			alone(press("Starts after all", positive, bound(v.Case, flows.VerbResume, ""))),
			opens("End the case", destructive,
				hint("Sign-in stays blocked and nothing further is set up. The account is not deleted."),
				ask(inReason, "Reason", "What happened?", "Say why, for the record."),
				buttons(press("End it now", destructive, bound(v.Case, flows.VerbEnd, ""))))))
}
