package cards

import (
	"testing"

	"muster/flows"
)

func TestWho(t *testing.T) {
	person := func(id, name, upn string) flows.Account {
		return flows.Account{ID: flows.AccountID(id), Name: name, JobTitle: "Head of Sales", Office: "London", UPN: upn}
	}
	tom := person("1", "Tom Hughes", "tom.hughes@larkfield.example")
	for name, tt := range map[string]struct {
		other flows.Account
		want  bool // both are told apart by their sign-in names
	}{
		"somebody else":         {person("2", "Maria Lopez", "m"), false},
		"nobody else":           {tom, false},
		"the same name":         {person("2", "Tom Hughes", "t2"), true},
		"in capitals":           {person("2", "TOM HUGHES", "t2"), true},
		"a Cyrillic o":          {person("2", "T\u043em Hughes", "t2"), true},
		"a Greek nu for a v":    {person("2", "Tom Hughes\u200b", "t2"), true},
		"an accent more":        {person("2", "Tom Hughés", "t2"), true},
		"wide letters":          {person("2", "Ｔｏｍ Hughes", "t2"), true},
		"a zero for an o":       {person("2", "T0m Hughes", "t2"), true},
		"a full stop":           {person("2", "Tom Hughes.", "t2"), true},
		"another office":        {flows.Account{ID: "2", Name: "Tom Hughes", Office: "Leeds", UPN: "t2"}, false},
		"no sign-in name known": {person("2", "Tom Hughes", ""), true},
	} {
		all := []flows.Account{tom, tt.other}
		got := Who(tom, all)
		if want := "Tom Hughes, Head of Sales, London"; tt.want && got != want+" (tom.hughes@larkfield.example)" || !tt.want && got != want {
			t.Errorf("%s: %q", name, got)
		}
		if tt.want && Who(tom, all) == Who(tt.other, all) {
			t.Errorf("%s: both are %q", name, got)
		}
	}
	alone := person("2", "T\u043em Hughes", "t2@larkfield.example")
	if got := Who(alone, []flows.Account{alone}); got != "T\u043em Hughes, Head of Sales, London (t2@larkfield.example)" {
		t.Errorf("a mixed name alone is %q", got)
	}
}
