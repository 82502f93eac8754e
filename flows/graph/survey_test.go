package graph

import (
	"slices"
	"testing"

	"muster/flows"
	"muster/flows/graphsim"
)

func TestSurvey(t *testing.T) {
	l := larkfieldOf(t, nil)
	s, err := l.Survey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if s.Organisation != "Larkfield Instruments" || s.Country != "GB" || s.Domain != "larkfield.example" {
		t.Errorf("organisation %q, %q, %q", s.Organisation, s.Country, s.Domain)
	}
	i := slices.IndexFunc(s.People, func(w Worker) bool { return w.ID == tom })
	if i < 0 || s.People[i].Job != "Head of Sales" || s.People[i].Office != "London" || s.People[i].Country != "GB" || !slices.Contains(s.People[i].Licences, spb) {
		t.Errorf("people %+v", s.People)
	}
	for _, g := range s.Groups {
		whole, err := l.FindGroup(t.Context(), g.ID)
		if err != nil || whole != g.Group {
			t.Errorf("group %+v, alone %+v, %v", g.Group, whole, err)
		}
		if g.ID == sales && !slices.Contains(g.Members, tom) {
			t.Errorf("Tom is not in %s: %v", g.Name, g.Members)
		}
	}
	for _, w := range s.People {
		if a, err := l.FetchAccount(t.Context(), string(w.ID)); err != nil || !a.Enabled {
			t.Errorf("%s is no open account: %v", w.ID, err)
		}
	}
	l = larkfieldOf(t, func(o *graphsim.Options) { o.Permissions = map[string][]string{app: {"Organization.Read.All"}} })
	if _, err := l.Survey(t.Context()); flows.CodeOf(err) != flows.Denied {
		t.Errorf("without permissions: %v", err)
	}
}
