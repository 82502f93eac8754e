package cards

import (
	"strconv"

	"muster/flows"
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
func absenceInput(id string, d flows.Draft) block {
	e := d.Event
	leave := e.Kind == flows.LeaveEvent
	if !leave && e.Kind != flows.RenameEvent {
		return nil
	}
	switch id {
	case fieldSubject:
		who, missing := "Whose name changes", "Choose whose name changes."
		if leave {
			who, missing = "Who is away", "Choose who is away."
		}
		set := picker(id, who, e.Subject, d.Subjects)
		set.IsRequired, set.ErrorMessage = true, missing
		if set = set.with(e.Subject); len(set.Choices) == 0 {
			set.Choices = []choice{{"Nobody chosen", nobody}}
		}
		return set
	case fieldGiven:
		return textInput{Type: "Input.Text", ID: id, Label: "New first name", IsRequired: true, ErrorMessage: "Enter the first name.", Value: visible(e.Given), MaxLength: 64}
	case fieldSurname:
		return textInput{Type: "Input.Text", ID: id, Label: "New surname", IsRequired: true, ErrorMessage: "Enter the surname.", Value: visible(e.Surname), MaxLength: 64}
	case fieldStart:
		if leave {
			return dateInput{Type: "Input.Date", ID: id, Label: "First day of the leave", IsRequired: true, ErrorMessage: "Choose the first day.", Value: string(e.Start)}
		}
		return dateInput{Type: "Input.Date", ID: id, Label: "Day of the change", IsRequired: true, ErrorMessage: "Choose the day.", Value: string(e.Start)}
	case fieldEnd:
		return dateInput{Type: "Input.Date", ID: id, Label: "Last day of the leave (leave empty while it is open)", Value: string(e.End)}
	case fieldAt:
		return dateInput{Type: "Input.Time", ID: id, Label: "Time of the change, outside working hours", Value: e.At}
	case fieldSignInName:
		return textInput{Type: "Input.Text", ID: id, Label: "New sign-in name (made from the name when empty)", Value: visible(e.UPN), MaxLength: 113}
	case fieldSignIn:
		return oneOfTwo(id, "Sign-in during the leave", e.SignIn, choice{"Blocked", "block"}, choice{"Stays open", "keep"})
	case fieldLicences:
		return oneOfTwo(id, "Licences during the leave", e.Licences, choice{"Kept", "keep"}, choice{"Released some days after the first day", "release"})
	case fieldReleaseAfter:
		days := ""
		if e.ReleaseAfter > 0 {
			days = strconv.Itoa(e.ReleaseAfter)
		}
		return textInput{Type: "Input.Text", ID: id, Label: "Days after the first day at which licences are released", Value: days, Placeholder: "30", MaxLength: 3}
	case fieldReply:
		return textInput{Type: "Input.Text", ID: id, Label: "Automatic reply during the leave (none when empty)", Value: visible(e.Reply), MaxLength: 2000, IsMultiline: true}
	case fieldStandIn:
		set := picker(id, "Who decides on approvals meanwhile (nobody when empty)", e.StandIn, d.Managers).with(e.StandIn)
		set.Choices = append(set.Choices, choice{"Nobody", nobody})
		return set
	}
	return nil
}

func oneOfTwo(id, label, value string, first, second choice) choiceSet {
	if value != second.Value {
		value = first.Value
	}
	return choiceSet{Type: "Input.ChoiceSet", ID: id, Label: label, IsRequired: true, ErrorMessage: "Choose one.", Style: "compact", Value: value, Choices: []choice{first, second}}
}

// absenceLine is the notification of such a draft; empty for another kind.
func absenceLine(d flows.Draft, who string) string {
	if d.Event.Subject.Name == "" { // the names on the form are not of the person as people know them
		who = ""
	}
	what := "a leave"
	switch d.Event.Kind {
	case flows.RenameEvent:
		what = "a change of name"
	case flows.LeaveEvent:
	default:
		return ""
	}
	if who != "" {
		what += " of " + who
	}
	switch d.State {
	case flows.DraftForm:
		return "Check the details of " + what
	case flows.DraftSummary:
		return "Confirm " + what
	case flows.DraftConfirmed:
		return "Confirmed: " + what + ", " + string(d.Case)
	case flows.DraftWithdrawn:
		return "Withdrawn: " + what
	}
	return "One moment: checking " + what
}

// absenceStory is the first line about a leave or a change of name.
func (v view) absenceStory() string {
	e := v.Event
	name := cut(visible(e.Subject.Name), 120)
	if name == "" {
		name = "Somebody"
	}
	if e.Kind == flows.RenameEvent {
		to := cut(visible(e.Given+" "+e.Surname), 120)
		if to == " " || to == "" {
			return name + " gets another name."
		}
		switch {
		case v.State == flows.Stopped:
			return name + " was to be called " + to + v.from(" from ") + "."
		case v.State == flows.Done:
			return name + " is called " + to + v.from(" since ") + "."
		}
		return name + " will be called " + to + v.from(" from ") + "."
	}
	until := " with no day of return yet"
	if e.End != "" {
		until = " until " + e.End.Say()
	}
	switch {
	case e.Start == "":
		return name + " goes on leave."
	case v.State == flows.Stopped:
		return name + " was to be on leave from " + e.Start.Say() + until + "."
	case v.State == flows.Done:
		return name + " was on leave from " + e.Start.Say() + until + "."
	case past(e.Start.AddDays(-1), v.now, v.loc):
		return name + " is on leave since " + e.Start.Say() + until + "."
	}
	return name + " is on leave from " + e.Start.Say() + until + "."
}

// from is when a name changes, with words before it; empty while no day is chosen.
func (v view) from(words string) string {
	if v.Event.Start == "" {
		return ""
	}
	if names, ok := v.Plan.Step("names"); ok {
		return words + when(names.Due, v.loc)
	}
	if name, ok := v.Plan.Step("sign_in_name"); ok {
		return words + when(name.Due, v.loc)
	}
	return words + v.Event.Start.Say()
}

// absenceFact is the date that matters to those who do something by hand.
func (v view) absenceFact() fact {
	if v.Event.Kind == flows.RenameEvent {
		return fact{"New name", v.Event.Start.Say()}
	}
	return fact{"On leave", v.Event.Start.Say()}
}

// absenceSummary asks HR to confirm: who it is, what people should know, and all that will happen.
func absenceSummary(d flows.Draft, v view, first string) []block {
	body := []block{headline(first), status(markWaiting.as("Waiting for you"), ran("Confirm that this is right. Only then does anything happen.")), v.account()}
	for _, w := range d.Warnings {
		body = append(body, warning(w))
	}
	body = append(body, v.absenceProgress()...)
	if d.Event.Notes != "" {
		body = append(body, near(faint("Notes "), quote(d.Event.Notes)))
	}
	body = append(body, label("What happens ("+place(v.loc)+" time)"))
	for _, s := range d.Plan.Steps {
		runs := []run{ran("• " + cut(visible(s.Title), 120))}
		if s.Task == flows.Manual {
			runs = append(runs, faint(" · by hand, "+keeper(v.Case, s)))
		}
		body = append(body, near(append(runs, faint(" · "+short(s.Due, v.loc)))...))
	}
	return append(body, confirmButtons(d, positive))
}

// absenceProgress is what people ask about such a case beside its steps.
func (v view) absenceProgress() []block {
	out := []block{person("Reports to", v.Event.Manager.Name)}
	if v.Event.Kind == flows.RenameEvent {
		if upn := v.Plan.Account.UPN; upn != "" && upn != v.Facts.Subject.UPN {
			out = append(out, person("Signs in as", upn), near(faint("So far "+v.Facts.Subject.UPN)))
		}
		return out
	}
	signIn, licences := "blocked", "kept"
	if v.Event.SignIn == "keep" {
		signIn = "stays open"
	}
	if v.Event.Licences == "release" {
		licences = "released after " + count(v.Event.ReleaseAfter, "day", "days")
	}
	out = append(out, facts(fact{"Sign-in", signIn}, fact{"Licences", licences}))
	if v.Event.StandIn.Name != "" {
		out = append(out, person("Approvals go to", v.Event.StandIn.Name))
	}
	return out
}

// formerInput asks whether a starter is somebody of the same name who is or was here.
func formerInput(d flows.Draft) choiceSet {
	e := d.Event
	set := choiceSet{
		Type: "Input.ChoiceSet", ID: fieldFormer, Label: "Is this one of these people?", IsRequired: true, ErrorMessage: "Choose whether this is the same person.",
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
		state := "blocked"
		switch {
		case a.Deleted:
			state = "deleted, can be restored"
		case a.Enabled:
			state = "works here"
		}
		set.Choices = append(set.Choices, choice{plain("Yes: " + whois(a) + " · " + a.UPN + " · " + state), string(a.ID)})
	}
	for _, l := range d.Facts.Left {
		gone := "Yes: " + l.Name + " · left on " + l.LastDay.Say() + " in " + string(l.Case) + " · account gone"
		set.Choices = append(set.Choices, choice{plain(gone), string(l.Case)})
	}
	if a := d.Facts.Former; a.ID != "" && len(set.Choices) == 0 {
		set.Choices = append(set.Choices, choice{plain("Yes: " + whois(a) + " · " + a.UPN), string(a.ID)})
	}
	set.Choices = append(set.Choices, choice{"No, another person of that name", "other"})
	return set
}

// wasBefore says that a starter was here before, and in which case that ended.
func (v view) wasBefore() []block {
	if v.Event.Kind != flows.JoinerEvent || v.Event.FormerCase == "" {
		return nil
	}
	how := "the account of before was gone, so a new one is made"
	if v.Event.Former != "" {
		how = "the account of before is used again"
	}
	return []block{near(faint("Was here before and left in "), strong(string(v.Event.FormerCase)), ran("; "+how+"."))}
}
