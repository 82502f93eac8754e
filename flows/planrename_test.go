package flows

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func stanRenamed(change func(*PeopleEvent, *Facts)) (PeopleEvent, Facts) {
	e := PeopleEvent{Kind: RenameEvent, Subject: stan, Given: "Stan", Surname: "Marlow", Start: "2026-12-01", Site: "Leeds"}
	f := Facts{
		Subject: Account{ID: stan.ID, Name: "Stan Doyle", Given: "Stan", Surname: "Doyle", UPN: stan.UPN, Enabled: true, Nickname: "stan.doyle"},
		Manager: Account{ID: maria.ID, Name: maria.Name, UPN: maria.UPN, Enabled: true}, UPN: "stan.marlow@larkfield.example", Mailbox: true,
	}
	if change != nil {
		change(&e, &f)
	}
	return e, f
}

func TestPlanRename(t *testing.T) {
	p, _ := sandboxPolicy(t)
	for name, tt := range map[string]struct {
		change  func(*PeopleEvent, *Facts)
		steps   string // key=task, in order
		warning string
	}{
		"usual":          {nil, "tell:person=tell_person tell:manager=tell_person names=set_names sign_in_name=change_sign_in_name alias=manual told:person=tell_person told:manager=tell_person", "The address of the OneDrive changes: links to shared files may stop working, and must be shared anew."},
		"no mailbox":     {func(_ *PeopleEvent, f *Facts) { f.Mailbox = false }, "tell:person=tell_person tell:manager=tell_person names=set_names sign_in_name=change_sign_in_name told:person=tell_person told:manager=tell_person", ""},
		"the name stays": {func(_ *PeopleEvent, f *Facts) { f.UPN = stan.UPN }, "tell:person=tell_person tell:manager=tell_person names=set_names told:person=tell_person told:manager=tell_person", "The sign-in name stays stan.doyle@larkfield.example: only the name that people see changes."},
		"on-premises":    {func(_ *PeopleEvent, f *Facts) { f.Subject.Synced = true }, "tell:person=tell_person tell:manager=tell_person sign_in_name=manual alias=manual told:person=tell_person told:manager=tell_person", "Stan Doyle comes from the on-premises directory: IT gets a task to change the name there."},
		"administrator":  {func(_ *PeopleEvent, f *Facts) { f.Admin = []string{"Helpdesk Administrator"} }, "tell:person=tell_person tell:manager=tell_person names=set_names sign_in_name=manual alias=manual told:person=tell_person told:manager=tell_person", "Stan Doyle holds the directory role Helpdesk Administrator, and Microsoft lets no ordinary app change such a sign-in name: it becomes a task for IT."},
		"late":           {func(e *PeopleEvent, _ *Facts) { e.Start = "2026-11-20" }, "", "The change was due on Fri 20 November 2026 at 19:00. It is made as soon as you confirm."},
		"short notice":   {func(e *PeopleEvent, _ *Facts) { e.Start = "2026-11-23" }, "", "Short notice: Stan Doyle and the manager are told as soon as you confirm."},
		"a name taken":   {func(_ *PeopleEvent, f *Facts) { f.UPNTaken = []string{"s@larkfield.example is taken by Sam"} }, "", "The sign-in name s@larkfield.example is taken by Sam. The new one is stan.marlow@larkfield.example."},
	} {
		t.Run(name, func(t *testing.T) {
			e, f := stanRenamed(tt.change)
			plan, warnings, err := PlanRename(e, p, f, monday())
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, s := range plan.Steps {
				got = append(got, string(s.Key)+"="+string(s.Task))
				if s.Choice != Fixed || s.Title == "" || s.Due.Location() != time.UTC || s.Task == Manual && (s.Look == "" || !s.visible()) {
					t.Errorf("step %+v", s)
				}
				if s.Group != "" || s.SKU != "" {
					t.Errorf("a change of name touches access: %+v", s)
				}
			}
			if diff := cmp.Diff(tt.steps, strings.Join(got, " ")); tt.steps != "" && diff != "" {
				t.Errorf("steps (-want +got):\n%s", diff)
			}
			if tt.warning != "" && !slices.Contains(warnings, tt.warning) {
				t.Errorf("warnings %q", warnings)
			}
			again, _, err := PlanRename(e, p, f, monday())
			if err != nil || again.Hash() != plan.Hash() {
				t.Errorf("the same input gives another plan (%v)", err)
			}
		})
	}
}

func TestPlanRenameRefused(t *testing.T) {
	p, _ := sandboxPolicy(t)
	p.Leaver.Protected = []string{string(tom.ID)}
	for name, tt := range map[string]struct {
		change func(*PeopleEvent, *Facts)
		want   Code
	}{
		"nobody":    {func(e *PeopleEvent, _ *Facts) { e.Subject = Person{} }, Invalid},
		"no site":   {func(e *PeopleEvent, _ *Facts) { e.Site = "York" }, Invalid},
		"no name":   {func(_ *PeopleEvent, f *Facts) { f.UPN = "" }, Invalid},
		"protected": {func(e *PeopleEvent, f *Facts) { e.Subject, f.Subject.ID = tom, tom.ID }, Denied},
	} {
		t.Run(name, func(t *testing.T) {
			e, f := stanRenamed(tt.change)
			if _, _, err := PlanRename(e, p, f, monday()); CodeOf(err) != tt.want {
				t.Errorf("error = %v, want %s", err, tt.want)
			}
		})
	}
}

// What a display name has beside the names stays.
func TestRenamedDisplayName(t *testing.T) {
	e := PeopleEvent{Given: "Priya", Surname: "Shah"}
	for old, want := range map[string]string{
		"Priya Patel": "Priya Shah", "Patel, Priya": "Shah, Priya", "Priya Patel (Sales)": "Priya Shah (Sales)", "Dr Priya Patel": "Dr Priya Shah", "The Boss": "Priya Shah", "P Patel": "Priya Shah",
	} {
		if got := renamed(Account{Name: old, Given: "Priya", Surname: "Patel"}, e); got != want {
			t.Errorf("%s becomes %s, want %s", old, got, want)
		}
	}
}
