package cards

import (
	"maps"
	"slices"

	"muster/flows"
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
)

// formFields is the order of the form.
var formFields = []string{fieldGiven, fieldSurname, fieldJob, fieldSite, fieldStart, fieldManager, fieldEmployment, fieldEnd, fieldEmail, fieldCostCentre, fieldNotes}

// everybody is the dataset by which Teams' people picker searches the whole organisation (reference: Microsoft Teams, people picker).
const everybody = "graph.microsoft.com/users"

// formInputs are the form's inputs, those with a problem first and each problem beside its input.
func formInputs(d flows.Draft, p *flows.Policy) []block {
	var doubtful, rest []block
	for _, id := range formFields {
		if say := d.Problems[id]; say != "" {
			doubtful = append(doubtful, formInput(id, d, p), problem(say))
		} else {
			rest = append(rest, formInput(id, d, p))
		}
	}
	if len(doubtful) == 0 {
		return rest
	}
	return append([]block{label("Please look at these"), box("emphasis", doubtful...), label("The rest, as understood")}, rest...)
}

func formInput(id string, d flows.Draft, p *flows.Policy) block {
	e := d.Event
	switch id {
	case fieldGiven:
		return textInput{Type: "Input.Text", ID: id, Label: "First name", IsRequired: true, ErrorMessage: "Enter the first name.", Value: e.Given, MaxLength: 64}
	case fieldSurname:
		return textInput{Type: "Input.Text", ID: id, Label: "Surname", IsRequired: true, ErrorMessage: "Enter the surname.", Value: e.Surname, MaxLength: 64}
	case fieldJob:
		return oneOf(id, "Job", "Choose a job", "Choose the job.", e.Job, slices.Sorted(maps.Keys(p.Jobs)))
	case fieldSite:
		return oneOf(id, "Site", "Choose a site", "Choose the site.", e.Site, slices.Sorted(maps.Keys(p.Sites)))
	case fieldStart:
		return dateInput{Type: "Input.Date", ID: id, Label: "First day", IsRequired: true, ErrorMessage: "Choose the first day.", Value: string(e.Start)}
	case fieldManager:
		return managerInput(d)
	case fieldEmployment:
		employment := e.Employment
		if employment == "" {
			employment = "employee"
		}
		return choiceSet{
			Type: "Input.ChoiceSet", ID: id, Label: "Employment", IsRequired: true, ErrorMessage: "Choose the kind of employment.", Style: "compact", Value: employment,
			Choices: []choice{{"Employee", "employee"}, {"Contractor", "contractor"}},
		}
	case fieldEnd:
		return dateInput{Type: "Input.Date", ID: id, Label: "Last day (contractors only)", Value: string(e.End)}
	case fieldEmail:
		return textInput{Type: "Input.Text", ID: id, Label: "Personal e-mail (for contact only)", Value: e.PersonalEmail, MaxLength: 254, Style: "Email"}
	case fieldCostCentre:
		return textInput{Type: "Input.Text", ID: id, Label: "Cost centre", Value: e.CostCentre, MaxLength: 64}
	default:
		return textInput{Type: "Input.Text", ID: id, Label: "Notes for the manager", Value: e.Notes, MaxLength: 1000, IsMultiline: true}
	}
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
func managerInput(d flows.Draft) choiceSet {
	set := choiceSet{
		Type: "Input.ChoiceSet", ID: fieldManager, Label: "Manager", IsRequired: true, ErrorMessage: "Choose the manager.", Style: "compact",
		Placeholder: "Search by name", Value: string(d.Event.Manager.ID), Choices: []choice{}, Data: &query{"Data.Query", everybody},
	}
	for _, a := range d.Managers {
		set.Choices = append(set.Choices, choice{plain(whois(a)), string(a.ID)})
	}
	return set.with(d.Event.Manager).with(d.By)
}

// with offers one more person beside what a search finds, if they are not on the list. Microsoft's parser asks that a list is never empty.
func (set choiceSet) with(p flows.Person) choiceSet {
	if p.ID == "" || p.Name == "" || slices.ContainsFunc(set.Choices, func(c choice) bool { return c.Value == string(p.ID) }) {
		return set
	}
	set.Choices = append(slices.Clip(set.Choices), choice{plain(p.Name), string(p.ID)})
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
