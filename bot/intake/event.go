package intake

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"muster/flows"
	"muster/flows/texts"
)

// event is the body of a request. Its names are a contract.
type event struct {
	Source        string `json:"source"` // as configured
	ID            string `json:"id"`     // the source's own; the same id is the same event
	Kind          string `json:"kind"`   // joiner or leaver
	Given         string `json:"given"`
	Surname       string `json:"surname"`
	Job           string `json:"job"`        // a job profile or one of its other words
	Site          string `json:"site"`       // a site or its beginning
	Start         string `json:"start"`      // 2027-01-05
	Manager       string `json:"manager"`    // UPN, object id or name
	Employment    string `json:"employment"` // employee or contractor
	End           string `json:"end"`
	PersonalEmail string `json:"personal_email"`
	CostCentre    string `json:"cost_centre"`
	Notes         string `json:"notes"`
	Subject       string `json:"subject"` // of a leaver: UPN, object id or name
	LastDay       string `json:"last_day"`
	LastTime      string `json:"last_time"` // 17:30
}

// wrong is a request that says something that cannot be: which field, and one sentence.
type wrong struct {
	field string
	say   string
}

func (w *wrong) Error() string { return w.say }

// The longest values. What is longer is no name and no id.
const (
	longest      = 256
	longestNotes = 1000
)

// read reads a body. Unknown names, names twice and further values are refused: whoever sends them believes that they mean something.
func read(body []byte) (event, error) {
	var e event
	if !utf8.Valid(body) {
		return e, &wrong{"", "The body is not UTF-8."}
	}
	if field, twice := namedTwice(body); twice {
		return e, &wrong{field, "The field " + field + " stands there twice."}
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	err := d.Decode(&e)
	if err == nil {
		if _, more := d.Token(); !errors.Is(more, io.EOF) {
			err = &wrong{"", "Something stands behind the event."}
		}
	}
	if err != nil {
		return e, explain(err)
	}
	return e, e.check()
}

// explain is a decoder's error for the one who sent the body.
func explain(err error) error {
	if w, ok := errors.AsType[*wrong](err); ok {
		return w
	}
	if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && t.Field != "" {
		return &wrong{t.Field, "The field " + t.Field + " must be text."}
	}
	if _, name, ok := strings.Cut(err.Error(), "unknown field "); ok {
		name = strings.Trim(name, `"`)
		if len(name) > 60 {
			name = name[:60]
		}
		return &wrong{name, "There is no field " + name + "."}
	}
	return &wrong{"", "The body is not a JSON object."}
}

// namedTwice finds a name that an object has twice: which of the two counts would depend on the reader.
func namedTwice(body []byte) (string, bool) {
	d := json.NewDecoder(bytes.NewReader(body))
	var seen []string
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return "", false // said when it is decoded
	}
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		if err != nil || !ok {
			return "", false
		}
		if slices.ContainsFunc(seen, func(s string) bool { return strings.EqualFold(s, name) }) {
			return name, true
		}
		seen = append(seen, name)
		var skip json.RawMessage
		if d.Decode(&skip) != nil {
			return "", false
		}
	}
	return "", false
}

// check says what is wrong with the values as such. Whether they fit the policy and the directory is said to HR on the draft.
func (e event) check() error {
	v := reflect.ValueOf(e)
	for i := range v.NumField() {
		name, most := v.Type().Field(i).Tag.Get("json"), longest
		if name == "notes" {
			most = longestNotes
		}
		if s := v.Field(i).String(); utf8.RuneCountInString(s) > most || strings.ContainsAny(s, "\x00") {
			return &wrong{name, fmt.Sprintf("The field %s is longer than %d characters, or holds what is no text.", name, most)}
		}
	}
	if strings.TrimSpace(e.ID) == "" {
		return &wrong{"id", "The field id is missing: it tells one event from another."}
	}
	needs := map[string]string{"given": e.Given, "surname": e.Surname, "start": e.Start}
	mustNot := map[string]string{"subject": e.Subject, "last_day": e.LastDay, "last_time": e.LastTime}
	switch flows.EventKind(e.Kind) {
	case flows.JoinerEvent:
	case flows.LeaverEvent:
		needs = map[string]string{"subject": e.Subject, "last_day": e.LastDay}
		mustNot = map[string]string{
			"given": e.Given, "surname": e.Surname, "start": e.Start, "job": e.Job, "employment": e.Employment, "end": e.End, "manager": e.Manager,
			"personal_email": e.PersonalEmail, "cost_centre": e.CostCentre,
		}
	default:
		return &wrong{"kind", "The field kind must be joiner or leaver."}
	}
	for _, name := range fields() {
		if s, must := needs[name]; must && strings.TrimSpace(s) == "" {
			return &wrong{name, "The field " + name + " is missing: a " + e.Kind + " needs it."}
		}
		if mustNot[name] != "" {
			return &wrong{name, "The field " + name + " has no meaning for a " + e.Kind + "."}
		}
	}
	for _, day := range []struct{ name, value string }{{"start", e.Start}, {"end", e.End}, {"last_day", e.LastDay}} {
		if _, err := flows.ParseDate(texts.Language{}, day.value); day.value != "" && err != nil {
			return &wrong{day.name, "The field " + day.name + " is not a date. Write it like 2027-01-05."}
		}
	}
	return nil
}

// fields are the names of an event, in order.
func fields() []string {
	var out []string
	t := reflect.TypeFor[event]()
	for i := range t.NumField() {
		out = append(out, t.Field(i).Tag.Get("json"))
	}
	return out
}

// received is the event as the business takes it.
func (e event) received(body []byte, to string) flows.Incoming {
	one := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	in := flows.Incoming{
		Source: e.Source, ID: e.ID, Body: body, To: to, ManagerText: one(e.Manager), SubjectText: one(e.Subject), JobText: one(e.Job), SiteText: one(e.Site),
		Event: flows.PeopleEvent{
			Kind: flows.EventKind(e.Kind), Given: one(e.Given), Surname: one(e.Surname), Start: flows.Date(e.Start), Employment: one(e.Employment),
			End: flows.Date(e.End), PersonalEmail: one(e.PersonalEmail), CostCentre: one(e.CostCentre), Notes: strings.TrimSpace(e.Notes),
			LastDay: flows.Date(e.LastDay), LastTime: one(e.LastTime),
		},
	}
	if in.Event.Kind == flows.JoinerEvent && in.Event.Employment == "" {
		in.Event.Employment = "employee"
	}
	return in
}
