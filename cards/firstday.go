package cards

import (
	"time"

	"muster/flows"
	"muster/flows/texts"
)

// credential is the manager's card that offers the day-one pass.
func (v view) credential() []block {
	s := v.stage
	body := []block{headline(v.story())}
	once := v.lang.Say("It works once")
	if s.Reuse {
		once = v.lang.Say("It works as often as needed in that time")
	}
	ranOut := s.passEnd()
	waits, back := held(v.lang, v.Case, s)
	switch end, stopped := v.off(); {
	case stopped:
		return append(body, end)
	case s.st.State == flows.StepLeftOut:
		return append(body, v.decided(markStopped.as(v.lang.Say("Left out")), s.st.By, s.st.At))
	case s.st.State == flows.StepAbandoned:
		return append(body, status(v.lang, markStopped, ran(v.lang.Say("The pass is not needed any more."))))
	case s.st.State == flows.StepBroken:
		return append(body, status(v.lang, markNeeds.as(v.lang.Say("Held up")), ran(v.lang.Say("The pass could not be made. IT has been told."))))
	case v.State == flows.Done:
		return append(body, status(v.lang, markDone, ran(v.lang.Say("The pass is not needed any more."))))
	case v.NoShow:
		return append(body, status(v.lang, markWaiting.as(v.lang.Say("Not yet")), ran(v.lang.Say("The pass waits for %s.", waits))))
	case s.st.Pass != nil:
		shown, until := v.lang.Say("The pass was shown to %s on %s", you(v.lang, s.st.By, v.reader), when(v.lang, s.st.At, v.loc)), when(v.lang, ranOut, v.loc)
		if v.now.Before(ranOut) {
			body = append(body, status(v.lang, markDone.as(v.lang.Say("Shown")), ran(v.lang.Say("%s and is valid until %s.", shown, until))))
		} else {
			body = append(body, status(v.lang, markStopped.as(v.lang.Say("Run out")), ran(v.lang.Say("%s and ran out on %s.", shown, until))))
		}
		return append(body, hint(v.lang.Say("If it was lost or has run out, show a new one; the old one stops working at once.")), buttons(v.showPass("")))
	case s.st.State.Over():
		return append(body, status(v.lang, markDone, ran(v.lang.Say("Settled on %s.", when(v.lang, s.st.At, v.loc)))))
	case back:
		return append(body, status(v.lang, markWaiting.as(v.lang.Say("Not yet")), ran(v.lang.Say("The pass waits for %s.", waits))))
	default:
		body = append(body, status(v.lang, markNeeds, ran(v.cameBack(v.lang.Say("Fetch the day-one pass when you sit beside %s.", v.given()), v.lang.Say("Fetch a pass if %s cannot sign in the way they used to.", v.given())))))
	}
	return append(body,
		say(ran(v.lang.Say("It is a code for signing in the first time, in place of a password. %s and lasts %s from the moment you show it.", once, lasting(v.lang, s.minutes())))),
		near(strong(v.lang.Say("It is shown once, ")), ran(v.lang.Say("to you alone, and is kept nowhere."))),
		person(v.lang.Say("Signs in as"), v.Facts.UPN),
		buttons(v.showPass(positive)))
}

func (v view) showPass(style string) action {
	return alone(press(v.lang.Say("Show the pass now"), style, bound(v.Case, flows.VerbShowPass, v.stage.Step.Key)))
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
func lasting(lang texts.Language, minutes int) string {
	switch {
	case minutes%1440 == 0:
		return count(lang, minutes/1440, lang.Say("day"), lang.Say("days"))
	case minutes%60 == 0:
		return count(lang, minutes/60, lang.Say("hour"), lang.Say("hours"))
	}
	return count(lang, minutes, lang.Say("minute"), lang.Say("minutes"))
}

// Pass shows the day-one credential. It answers one press and is sent, logged and kept nowhere: the caller must not record it.
func Pass(lang texts.Language, c flows.Case, code flows.Secret, until time.Time) Card {
	digits := strong(code.Reveal())
	digits.Size, digits.FontType = "ExtraLarge", "Monospace"
	return finish(lang.Say("Day-one pass"), false, []block{
		headline(lang.Say("The day-one pass of %s.", visible(c.Event.Name()))),
		status(lang, markNeeds.as(lang.Say("Shown once")), ran(lang.Say("Use it until %s.", when(lang, until, c.Location())))),
		box("emphasis", say(digits)),
		near(strong("1 "), ran(lang.Say("On their computer or phone, sign in as ")), strong(c.Facts.UPN), ran(".")),
		near(strong("2 "), ran(lang.Say("When asked for a Temporary Access Pass, enter the code."))),
		near(strong("3 "), ran(lang.Say("Set up Microsoft Authenticator or a passkey when asked, while the code still works."))),
		hint(lang.Say("This code goes as soon as the card is drawn again, and nobody can bring it back.")),
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
		return append(body, status(v.lang, markStopped.as(v.lang.Say("Not here")), ran(v.lang.Say("HR decides what happens next. Sign-in is being blocked."))))
	case s.st.State == flows.StepLeftOut:
		return append(body, v.decided(markStopped.as(v.lang.Say("Left out")), s.st.By, s.st.At))
	case s.st.State == flows.StepAbandoned:
		return append(body, status(v.lang, markStopped, ran(v.lang.Say("No answer is needed any more."))))
	case s.st.State.Over():
		if by := v.answered(v.lang.Say("said that the person started")); by.By.ID != "" {
			return append(body, status(v.lang, markDone.as(v.lang.Say("Started")), ran(v.lang.Say("%s said so on %s.", capital(v.lang, you(v.lang, by.By, v.reader)), when(v.lang, by.At, v.loc)))))
		}
		return append(body, status(v.lang, markDone.as(v.lang.Say("Started")), ran(v.lang.Say("Answered on %s.", when(v.lang, s.st.At, v.loc)))))
	case !s.st.Asked:
		return append(body, status(v.lang, markWaiting.as(v.lang.Say("Not yet")), ran(v.lang.Say("You are asked again once sign-in is open."))))
	}
	return append(body,
		status(v.lang, markNeeds, ran(v.cameBack(v.lang.Say("Has %s started?", v.given()), v.lang.Say("Is %s back at work?", v.given())))),
		hint(v.lang.Say("If not, sign-in is blocked again and HR decides; nothing is deleted.")),
		buttons(
			alone(press(v.cameBack(v.lang.Say("Yes, started"), v.lang.Say("Yes, back")), positive, bound(v.Case, flows.VerbStarted, s.Step.Key))),
			alone(press(v.lang.Say("No, not here"), destructive, bound(v.Case, flows.VerbNotStarted, s.Step.Key)))))
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
		if by := v.answered(v.lang.Say("said that the person starts after all")); by.By.ID != "" {
			return append(body, status(v.lang, markDone.as(v.lang.Say("Starts after all")), ran(v.lang.Say("%s said so on %s. The plan goes on.", capital(v.lang, you(v.lang, by.By, v.reader)), when(v.lang, by.At, v.loc)))))
		}
		return append(body, status(v.lang, markDone.as(v.lang.Say("Started")), ran(v.lang.Say("The plan goes on."))))
	}
	said := v.answered(v.lang.Say("said that the person did not start"))
	sign := v.lang.Say("Sign-in is being blocked.")
	for _, s := range stages(v.Case) {
		if s.Task == flows.BlockSignIn && s.st.State.Over() {
			sign = v.lang.Say("Sign-in was blocked on %s.", when(v.lang, s.st.At, v.loc))
		}
	}
	return append(body,
		status(v.lang, markNeeds, ran(v.lang.Say("Decide whether %s still starts.", visible(v.Event.Given)))),
		near(strong(said.By.Name), ran(v.lang.Say(" said on %s that %s is not here.", when(v.lang, said.At, v.loc), visible(v.Event.Given)))),
		near(ran(v.lang.Say("%s Everything else of the plan waits.", sign))),
		buttons(
			alone(press(v.lang.Say("Starts after all"), positive, bound(v.Case, flows.VerbResume, ""))),
			opens(v.lang.Say("End the case"), destructive,
				hint(v.lang.Say("Sign-in stays blocked and nothing further is set up. The account is not deleted.")),
				ask(inReason, v.lang.Say("Reason"), v.lang.Say("What happened?"), v.lang.Say("Say why, for the record.")),
				buttons(press(v.lang.Say("End it now"), destructive, bound(v.Case, flows.VerbEnd, ""))))))
}
