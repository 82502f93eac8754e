package cards

import (
	"strconv"

	"muster/flows"
	"muster/flows/texts"
)

// The ids of the inputs that only the forms of a leave and of a change of name have.
const (
	fieldFormer       = "former"
	fieldSignInName   = "sign_in_name"
	fieldAt           = "at"
	fieldSignIn       = "sign_in"
	fieldLicences     = "licences"
	fieldReleaseAfter = "release_after_days"
	fieldStandIn      = "stand_in"
)

// The order of the forms.
var (
	absenceFields = []string{fieldFormer, fieldSignInName, fieldAt, fieldSignIn, fieldLicences, fieldReleaseAfter, fieldStandIn}
	renameFields  = []string{fieldSubject, fieldGiven, fieldSurname, fieldStart, fieldAt, fieldSignInName, fieldSite, fieldNotes}
	leaveFields   = []string{fieldSubject, fieldStart, fieldEnd, fieldSignIn, fieldLicences, fieldReleaseAfter, fieldReply, fieldStandIn, fieldSite, fieldNotes}
)

// absence reports whether the case is about somebody who stays: a leave, a change of name.
func (v view) absence() bool {
	return v.Event.Kind == flows.RenameEvent || v.Event.Kind == flows.LeaveEvent
}

// absenceInput is an input that the forms of a leave and of a change of name have, or word otherwise than others; nil for all else.
func absenceInput(lang texts.Language, id string, d flows.Draft) block {
	e := d.Event
	leave := e.Kind == flows.LeaveEvent
	if !leave && e.Kind != flows.RenameEvent {
		return nil
	}
	switch id {
	case fieldSubject:
		who, missing := lang.Say("Whose name changes"), lang.Say("Choose whose name changes.")
		if leave {
			who, missing = lang.Say("Who is away"), lang.Say("Choose who is away.")
		}
		set := picker(lang, id, who, e.Subject, d.Subjects)
		set.IsRequired, set.ErrorMessage = true, missing
		if set = set.with(lang, e.Subject); len(set.Choices) == 0 {
			set.Choices = []choice{{lang.Say("Nobody chosen"), nobody}}
		}
		return set
	case fieldGiven:
		return textInput{Type: "Input.Text", ID: id, Label: lang.Say("New first name"), IsRequired: true, ErrorMessage: lang.Say("Enter the first name."), Value: visible(e.Given), MaxLength: 64}
	case fieldSurname:
		return textInput{Type: "Input.Text", ID: id, Label: lang.Say("New surname"), IsRequired: true, ErrorMessage: lang.Say("Enter the surname."), Value: visible(e.Surname), MaxLength: 64}
	case fieldStart:
		if leave {
			return dateInput{Type: "Input.Date", ID: id, Label: lang.Say("First day of the leave"), IsRequired: true, ErrorMessage: lang.Say("Choose the first day."), Value: string(e.Start)}
		}
		return dateInput{Type: "Input.Date", ID: id, Label: lang.Say("Day of the change"), IsRequired: true, ErrorMessage: lang.Say("Choose the day."), Value: string(e.Start)}
	case fieldEnd:
		return dateInput{Type: "Input.Date", ID: id, Label: lang.Say("Last day of the leave (leave empty while it is open)"), Value: string(e.End)}
	case fieldAt:
		return dateInput{Type: "Input.Time", ID: id, Label: lang.Say("Time of the change, outside working hours"), Value: e.At}
	case fieldSignInName:
		return textInput{Type: "Input.Text", ID: id, Label: lang.Say("New sign-in name (made from the name when empty)"), Value: visible(e.UPN), MaxLength: 113}
	case fieldSignIn:
		return oneOfTwo(lang, id, lang.Say("Sign-in during the leave"), e.SignIn, choice{lang.Say("Blocked"), "block"}, choice{lang.Say("Stays open"), "keep"})
	case fieldLicences:
		return oneOfTwo(lang, id, lang.Say("Licences during the leave"), e.Licences, choice{lang.Say("Kept"), "keep"}, choice{lang.Say("Released some days after the first day"), "release"})
	case fieldReleaseAfter:
		days := ""
		if e.ReleaseAfter > 0 {
			days = strconv.Itoa(e.ReleaseAfter)
		}
		return textInput{Type: "Input.Text", ID: id, Label: lang.Say("Days after the first day at which licences are released"), Value: days, Placeholder: "30", MaxLength: 3}
	case fieldReply:
		return textInput{Type: "Input.Text", ID: id, Label: lang.Say("Automatic reply during the leave (none when empty)"), Value: visible(e.Reply), MaxLength: 2000, IsMultiline: true}
	case fieldStandIn:
		set := picker(lang, id, lang.Say("Who decides on approvals meanwhile (nobody when empty)"), e.StandIn, d.Managers).with(lang, e.StandIn)
		set.Choices = append(set.Choices, choice{lang.Say("Nobody"), nobody})
		return set
	}
	return nil
}

func oneOfTwo(lang texts.Language, id, label, value string, first, second choice) choiceSet {
	if value != second.Value {
		value = first.Value
	}
	return choiceSet{Type: "Input.ChoiceSet", ID: id, Label: label, IsRequired: true, ErrorMessage: lang.Say("Choose one."), Style: "compact", Value: value, Choices: []choice{first, second}}
}

// absenceLine is the notification of such a draft; empty for another kind.
func absenceLine(lang texts.Language, d flows.Draft, who string) string {
	if d.Event.Subject.Name == "" { // the names on the form are not of the person as people know them
		who = ""
	}
	what := lang.Say("a leave")
	switch d.Event.Kind {
	case flows.RenameEvent:
		what = lang.Say("a change of name")
	case flows.LeaveEvent:
	default:
		return ""
	}
	if who != "" {
		what += lang.Say(" of %s", who)
	}
	switch d.State {
	case flows.DraftForm:
		return lang.Say("Check the details of %s", what)
	case flows.DraftSummary:
		return lang.Say("Confirm %s", what)
	case flows.DraftConfirmed:
		return lang.Say("Confirmed: %s, %s", what, string(d.Case))
	case flows.DraftWithdrawn:
		return lang.Say("Withdrawn: %s", what)
	}
	return lang.Say("One moment: checking %s", what)
}

// absenceStory is the first line about a leave or a change of name.
func (v view) absenceStory() string {
	e := v.Event
	name := cut(visible(e.Subject.Name), 120)
	if name == "" {
		name = v.lang.Say("Somebody")
	}
	if e.Kind == flows.RenameEvent {
		to := cut(visible(e.Given+" "+e.Surname), 120)
		if to == " " || to == "" {
			return v.lang.Say("%s gets another name.", name)
		}
		switch {
		case v.State == flows.Stopped:
			return v.lang.Say("%s was to be called %s%s.", name, to, v.from(v.lang.Say(" from ")))
		case v.State == flows.Done:
			return v.lang.Say("%s is called %s%s.", name, to, v.from(v.lang.Say(" since ")))
		}
		return v.lang.Say("%s will be called %s%s.", name, to, v.from(v.lang.Say(" from ")))
	}
	until := v.lang.Say(" with no day of return yet")
	if e.End != "" {
		until = v.lang.Say(" until %s", date(v.lang, e.End))
	}
	switch {
	case e.Start == "":
		return v.lang.Say("%s goes on leave.", name)
	case v.State == flows.Stopped:
		return v.lang.Say("%s was to be on leave from %s%s.", name, date(v.lang, e.Start), until)
	case v.State == flows.Done:
		return v.lang.Say("%s was on leave from %s%s.", name, date(v.lang, e.Start), until)
	case past(e.Start.AddDays(-1), v.now, v.loc):
		return v.lang.Say("%s is on leave since %s%s.", name, date(v.lang, e.Start), until)
	}
	return v.lang.Say("%s is on leave from %s%s.", name, date(v.lang, e.Start), until)
}

// from is when a name changes, with words before it; empty while no day is chosen.
func (v view) from(words string) string {
	if v.Event.Start == "" {
		return ""
	}
	if names, ok := v.Plan.Step("names"); ok {
		return words + when(v.lang, names.Due, v.loc)
	}
	if name, ok := v.Plan.Step("sign_in_name"); ok {
		return words + when(v.lang, name.Due, v.loc)
	}
	return words + date(v.lang, v.Event.Start)
}

// absenceFact is the date that matters to those who do something by hand.
func (v view) absenceFact() fact {
	if v.Event.Kind == flows.RenameEvent {
		return fact{v.lang.Say("New name"), date(v.lang, v.Event.Start)}
	}
	return fact{v.lang.Say("On leave"), date(v.lang, v.Event.Start)}
}

// absenceSummary asks HR to confirm: who it is, what people should know, and all that will happen.
func absenceSummary(lang texts.Language, d flows.Draft, v view, first string) []block {
	body := []block{headline(first), status(lang, markWaiting.as(lang.Say("Waiting for you")), ran(lang.Say("Confirm that this is right. Only then does anything happen."))), v.account()}
	for _, w := range d.Warnings {
		body = append(body, warning(lang, w))
	}
	body = append(body, v.absenceProgress()...)
	if d.Event.Notes != "" {
		body = append(body, near(faint(lang.Say("Notes ")), quote(d.Event.Notes)))
	}
	body = append(body, label(lang.Say("What happens (%s time)", place(v.loc))))
	for _, s := range d.Plan.Steps {
		runs := []run{ran("• " + cut(visible(s.Title), 120))}
		if s.Task == flows.Manual {
			runs = append(runs, faint(lang.Say(" · by hand, %s", keeper(lang, v.Case, s))))
		}
		body = append(body, near(append(runs, faint(" · "+short(lang, s.Due, v.loc)))...))
	}
	return append(body, confirmButtons(lang, d, positive))
}

// absenceProgress is what people ask about such a case beside its steps.
func (v view) absenceProgress() []block {
	out := []block{person(v.lang.Say("Reports to"), v.Event.Manager.Name)}
	if v.Event.Kind == flows.RenameEvent {
		if upn := v.Plan.Account.UPN; upn != "" && upn != v.Facts.Subject.UPN {
			out = append(out, person(v.lang.Say("Signs in as"), upn), near(faint(v.lang.Say("So far %s", v.Facts.Subject.UPN))))
		}
		return out
	}
	signIn, licences := v.lang.Say("blocked"), v.lang.Say("kept")
	if v.Event.SignIn == "keep" {
		signIn = v.lang.Say("stays open")
	}
	if v.Event.Licences == "release" {
		licences = v.lang.Say("released after %s", count(v.lang, v.Event.ReleaseAfter, v.lang.Say("day"), v.lang.Say("days")))
	}
	out = append(out, facts(fact{v.lang.Say("Sign-in"), signIn}, fact{v.lang.Say("Licences"), licences}))
	if v.Event.StandIn.Name != "" {
		out = append(out, person(v.lang.Say("Approvals go to"), v.Event.StandIn.Name))
	}
	return out
}

// formerInput asks whether a starter is somebody of the same name who is or was here.
func formerInput(lang texts.Language, d flows.Draft) choiceSet {
	e := d.Event
	set := choiceSet{
		Type: "Input.ChoiceSet", ID: fieldFormer, Label: lang.Say("Is this one of these people?"), IsRequired: true, ErrorMessage: lang.Say("Choose whether this is the same person."),
		Style: "expanded", Wrap: true, Value: string(e.Former), Choices: []choice{},
	}
	switch {
	case e.Other:
		set.Value = "other"
	case e.Former == "":
		set.Value = string(e.FormerCase)
	}
	for _, a := range d.Facts.Same {
		if a.Guest {
			continue
		}
		state := lang.Say("blocked")
		switch {
		case a.Deleted:
			state = lang.Say("deleted, can be restored")
		case a.Enabled:
			state = lang.Say("works here")
		}
		set.Choices = append(set.Choices, choice{plain(lang.Say("Yes: %s · %s · %s", whois(a), a.UPN, state)), string(a.ID)})
	}
	for _, l := range d.Facts.Left {
		gone := lang.Say("Yes: %s · left on %s in %s · account gone", l.Name, date(lang, l.LastDay), string(l.Case))
		set.Choices = append(set.Choices, choice{plain(gone), string(l.Case)})
	}
	if a := d.Facts.Former; a.ID != "" && len(set.Choices) == 0 {
		set.Choices = append(set.Choices, choice{plain(lang.Say("Yes: %s · %s", whois(a), a.UPN)), string(a.ID)})
	}
	set.Choices = append(set.Choices, choice{lang.Say("No, another person of that name"), "other"})
	return set
}

// wasBefore says that a starter was here before, and in which case that ended.
func (v view) wasBefore() []block {
	if v.Event.Kind != flows.JoinerEvent || v.Event.FormerCase == "" {
		return nil
	}
	how := v.lang.Say("the account of before was gone, so a new one is made")
	if v.Event.Former != "" {
		how = v.lang.Say("the account of before is used again")
	}
	return []block{near(faint(v.lang.Say("Was here before and left in ")), strong(string(v.Event.FormerCase)), ran("; "+how+"."))}
}
