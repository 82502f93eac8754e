package cards

import (
	"maps"
	"slices"
	"strconv"

	"muster/flows"
	"muster/flows/texts"
)

// The ids of the form's inputs, as flows.CheckEvent names fields.
const (
	fieldGiven      = "given"
	fieldSurname    = "surname"
	fieldJob        = "job"
	fieldSite       = "site"
	fieldStart      = "start"
	fieldEmployment = "employment"
	fieldEnd        = "end"
	fieldManager    = "manager"
	fieldEmail      = "personal_email"
	fieldCostCentre = "cost_centre"
	fieldNotes      = "notes"

	fieldSubject   = "subject"
	fieldLastDay   = "last_day"
	fieldLastTime  = "last_time"
	fieldSuccessor = "successor"
	fieldReply     = "reply"
	fieldHold      = "hold"
	fieldHoldUntil = "hold_until"
)

// The order of the forms. An urgent exit has no date: it is now.
var (
	leaverFields = []string{fieldSubject, fieldLastDay, fieldLastTime, fieldSuccessor, fieldSite, fieldHold, fieldHoldUntil, fieldReply, fieldNotes}
	urgentFields = []string{fieldSubject, fieldSuccessor, fieldSite, fieldHold, fieldHoldUntil, fieldReply, fieldNotes}
)

// fieldsOf is the order of the form for an event.
func fieldsOf(e flows.PeopleEvent) []string {
	switch {
	case e.Kind == flows.LeaverEvent && e.Urgent:
		return urgentFields
	case e.Kind == flows.LeaverEvent:
		return leaverFields
	case e.Kind == flows.RenameEvent:
		return renameFields
	case e.Kind == flows.LeaveEvent:
		return leaveFields
	case e.Kind == flows.MoverEvent:
		return moverFields
	}
	return joinerFields
}

var joinerFields = []string{fieldGiven, fieldSurname, fieldJob, fieldSite, fieldStart, fieldManager, fieldEmployment, fieldEnd, fieldEmail, fieldCostCentre, fieldNotes}

// everybody is the dataset by which Teams' people picker searches the whole organisation (reference: Microsoft Teams, people picker).
const everybody = "graph.microsoft.com/users"

// formInputs are the form's inputs, those with a problem first and each problem beside its input.
func formInputs(lang texts.Language, d flows.Draft, p *flows.Policy) []block {
	var doubtful, rest []block
	ids := fieldsOf(d.Event)
	if d.Event.Kind == flows.JoinerEvent && (len(d.Facts.Same)+len(d.Facts.Left) > 0 || d.Event.Former != "") {
		ids = append([]string{fieldFormer}, ids...)
	}
	for _, id := range ids {
		if say := d.Problems[id]; say != "" {
			doubtful = append(doubtful, formInput(lang, id, d, p), problem(say))
		} else {
			rest = append(rest, formInput(lang, id, d, p))
		}
	}
	if len(doubtful) == 0 {
		return rest
	}
	return append([]block{label(lang.Say("Please look at these")), box("emphasis", doubtful...), label(lang.Say("The rest, as understood"))}, rest...)
}

func formInput(lang texts.Language, id string, d flows.Draft, p *flows.Policy) block {
	e := d.Event
	if id == fieldFormer {
		return formerInput(lang, d)
	}
	if in := absenceInput(lang, id, d); in != nil {
		return in
	}
	switch id {
	case fieldGiven:
		return textInput{Type: "Input.Text", ID: id, Label: lang.Say("First name"), IsRequired: true, ErrorMessage: lang.Say("Enter the first name."), Value: visible(e.Given), MaxLength: 64}
	case fieldSurname:
		return textInput{Type: "Input.Text", ID: id, Label: lang.Say("Surname"), IsRequired: true, ErrorMessage: lang.Say("Enter the surname."), Value: visible(e.Surname), MaxLength: 64}
	case fieldJob:
		title := lang.Say("Job")
		if e.Kind == flows.MoverEvent {
			title = lang.Say("New job")
		}
		return oneOf(id, title, lang.Say("Choose a job"), lang.Say("Choose the job."), e.Job, slices.Sorted(maps.Keys(p.Jobs)))
	case fieldSite:
		set := oneOf(id, lang.Say("Site"), lang.Say("Choose a site"), lang.Say("Choose the site."), e.Site, slices.Sorted(maps.Keys(p.Sites)))
		if e.Kind != flows.JoinerEvent { // the account knows
			set.Label, set.IsRequired, set.ErrorMessage = lang.Say("Site (that of the account when empty)"), false, ""
		}
		return set
	case fieldStart:
		if e.Kind == flows.MoverEvent {
			return dateInput{Type: "Input.Date", ID: id, Label: lang.Say("Day of the change"), IsRequired: true, ErrorMessage: lang.Say("Choose the day of the change."), Value: string(e.Start)}
		}
		return dateInput{Type: "Input.Date", ID: id, Label: lang.Say("First day"), IsRequired: true, ErrorMessage: lang.Say("Choose the first day."), Value: string(e.Start)}
	case fieldManager:
		return managerInput(lang, d)
	case fieldEmployment:
		employment := e.Employment
		if employment == "" {
			employment = "employee"
		}
		return choiceSet{
			Type: "Input.ChoiceSet", ID: id, Label: lang.Say("Employment"), IsRequired: true, ErrorMessage: lang.Say("Choose the kind of employment."), Style: "compact", Value: employment,
			Choices: []choice{{lang.Say("Employee"), "employee"}, {lang.Say("Contractor"), "contractor"}},
		}
	case fieldEnd:
		if e.Kind == flows.MoverEvent {
			return dateInput{Type: "Input.Date", ID: id, Label: lang.Say("Last day (of a secondment; empty when the person stays)"), Value: string(e.End)}
		}
		return dateInput{Type: "Input.Date", ID: id, Label: lang.Say("Last day (contractors only)"), Value: string(e.End)}
	case fieldHandover:
		return textInput{Type: "Input.Text", ID: id, Label: lang.Say("Working days until the old access goes"), Value: strconv.Itoa(e.Handover), MaxLength: 2}
	case fieldEmail:
		return textInput{Type: "Input.Text", ID: id, Label: lang.Say("Personal e-mail (for contact only)"), Value: visible(e.PersonalEmail), MaxLength: 254, Style: "Email"}
	case fieldCostCentre:
		return textInput{Type: "Input.Text", ID: id, Label: lang.Say("Cost centre"), Value: visible(e.CostCentre), MaxLength: 64}
	case fieldSubject, fieldLastDay, fieldLastTime, fieldSuccessor, fieldReply, fieldHold, fieldHoldUntil:
		return leaverInput(lang, id, d)
	default:
		return textInput{Type: "Input.Text", ID: id, Label: notesLabel(lang, e), Value: visible(e.Notes), MaxLength: 1000, IsMultiline: true}
	}
}

// leaverInput is an input that only the form of a leaver has.
func leaverInput(lang texts.Language, id string, d flows.Draft) block {
	e := d.Event
	switch id {
	case fieldSubject:
		does := "leaves"
		if e.Kind == flows.MoverEvent {
			does = "moves"
		}
		set := picker(lang, id, lang.Say("Who %s", does), e.Subject, d.Subjects)
		set.IsRequired, set.ErrorMessage = true, lang.Say("Choose who %s.", does)
		if set = set.with(lang, e.Subject); len(set.Choices) == 0 {
			set.Choices = []choice{{lang.Say("Nobody chosen"), nobody}}
		}
		return set
	case fieldLastDay:
		return dateInput{Type: "Input.Date", ID: id, Label: lang.Say("Last day"), IsRequired: true, ErrorMessage: lang.Say("Choose the last day."), Value: string(e.LastDay)}
	case fieldLastTime:
		return dateInput{Type: "Input.Time", ID: id, Label: lang.Say("Time at which sign-in ends (the site's closing time when empty)"), Value: e.LastTime}
	case fieldSuccessor:
		set := picker(lang, id, lang.Say("Who takes over what the person owns (the manager when empty)"), e.Successor, d.Managers).with(lang, e.Successor)
		set.Choices = append(set.Choices, choice{lang.Say("The manager"), nobody})
		return set
	case fieldHold:
		return textInput{Type: "Input.Text", ID: id, Label: lang.Say("Why data must be kept, such as a legal hold (empty when they need not)"), Value: visible(e.Hold), MaxLength: 200}
	case fieldHoldUntil:
		return dateInput{Type: "Input.Date", ID: id, Label: lang.Say("When the hold is looked at again"), Value: string(e.HoldUntil)}
	default:
		return textInput{Type: "Input.Text", ID: id, Label: lang.Say("Automatic reply to those who write (none when empty)"), Value: visible(e.Reply), MaxLength: 2000, IsMultiline: true}
	}
}

// notesLabel says who reads the notes.
func notesLabel(lang texts.Language, e flows.PeopleEvent) string {
	switch {
	case e.Kind == flows.RenameEvent || e.Kind == flows.LeaveEvent:
		return lang.Say("Notes for the record")
	case e.Kind == flows.MoverEvent:
		return lang.Say("Notes for both managers")
	case e.Kind != flows.LeaverEvent:
		return lang.Say("Notes for the manager")
	case e.Urgent:
		return lang.Say("Why at once (for the second person)")
	}
	return lang.Say("Notes for those who help with the exit")
}

// oneOf is a short list. A value that is not on it is left out, so that nothing is chosen by accident.
func oneOf(id, label, hint, missing, value string, all []string) choiceSet {
	set := choiceSet{Type: "Input.ChoiceSet", ID: id, Label: label, IsRequired: true, ErrorMessage: missing, Style: "compact", Placeholder: hint, Choices: []choice{}}
	for _, name := range all {
		set.Choices = append(set.Choices, choice{plain(name), name})
		if name == value {
			set.Value = value
		}
	}
	return set
}

// managerInput offers the people that the text may mean, told apart by title and site, beside the search over the whole directory.
func managerInput(lang texts.Language, d flows.Draft) choiceSet {
	title := lang.Say("Manager")
	if d.Event.Kind == flows.MoverEvent {
		title = lang.Say("New manager")
	}
	set := picker(lang, fieldManager, title, d.Event.Manager, d.Managers)
	set.IsRequired, set.ErrorMessage = true, lang.Say("Choose the manager.")
	return set.with(lang, d.Event.Manager).with(lang, d.By)
}

// picker is a search over the whole directory, with one person chosen already if there is one, and those whom a text may mean on the list.
func picker(lang texts.Language, id, label string, chosen flows.Person, meant []flows.Account) choiceSet {
	set := choiceSet{
		Type: "Input.ChoiceSet", ID: id, Label: label, Style: "compact",
		Placeholder: lang.Say("Search by name"), Value: string(chosen.ID), Choices: []choice{}, Data: &query{"Data.Query", everybody},
	}
	for _, a := range meant {
		set.Choices = append(set.Choices, choice{Who(a, meant), string(a.ID)})
	}
	return set
}

// nobody is the value of a choice that leaves a picker empty: Microsoft's parser refuses an empty one, and an empty list. Read takes it out.
const nobody = "nobody"

// with offers one more person beside what a search finds, if they are not on the list. Microsoft's parser asks that a list is never empty.
func (set choiceSet) with(lang texts.Language, p flows.Person) choiceSet {
	if p.ID == "" || slices.ContainsFunc(set.Choices, func(c choice) bool { return c.Value == string(p.ID) }) {
		return set
	}
	name := plain(p.Name)
	if name == "" { // found by the client's own search and not looked up yet
		name = lang.Say("The person you chose")
	}
	set.Choices = append(slices.Clip(set.Choices), choice{name, string(p.ID)})
	return set
}

// whois tells people of one name apart.
func whois(a flows.Account) string {
	s := a.Name
	for _, more := range []string{a.JobTitle, a.Office} {
		if more != "" {
			s += ", " + more
		}
	}
	return s
}
