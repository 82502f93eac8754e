package flows

import (
	"testing"
	"time"
)

// deletionOf is the question whether Tom's account is deleted, for Olivia and Hannah; Ivan raised the exit.
func deletionOf(t testing.TB) Case {
	t.Helper()
	p, _ := sandboxPolicy(t)
	f := Facts{Subject: Account{ID: tom.ID, Name: tom.Name, UPN: tom.UPN}, Manager: Account{ID: olivia.ID, Name: olivia.Name}, Seconds: []Person{olivia, hannah}}
	c, err := Case{}.Apply(Entry{Case: priyasCase, At: monday(), Body: Raised{
		Event: PeopleEvent{Kind: DeletionEvent, Subject: tom, Site: "London", LastDay: "2026-09-30", FormerCase: "L-2026-0001"}, By: ivan,
		Zone: "Europe/London", Site: p.Sites["London"], Facts: f, Plan: PlanDeletion(f, p, monday()),
	}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Who may decide on a deletion, in which state, on which plan, and with what on the card.
func TestDecideDeletion(t *testing.T) {
	open := deletionOf(t)
	yes := foldOn(t, open, Approved{Shown: open.Shown, Plan: open.Plan.Chosen(nil).Hash(), By: olivia})
	deleted := foldOn(t, yes, StepStarted{Step: deleteKey}, StepVerified{Step: deleteKey, After: "in the recycle bin"})
	restored := foldOn(t, deleted, RestoreAsked{Reason: "a claim", By: olivia})
	kept := foldOn(t, open, DeletionKept{Until: "2027-03-01", Reason: "Audit.", By: olivia})
	fit := map[string]string{"end": "2027-03-01", "reason": "Audit."}
	delete := func(c Case, t Turn, r Roles, now time.Time) (Change, error) { return decideDelete(c, t, r, now) }
	for name, tt := range map[string]struct {
		c     Case
		rule  func(Case, Turn, Roles, time.Time) (Change, error)
		by    Person
		roles Roles
		in    map[string]string
		want  Code
	}{
		"an owner deletes":                 {open, delete, olivia, Roles{Owner: true}, nil, ""},
		"HR deletes":                       {open, delete, hannah, Roles{HR: true}, nil, ""},
		"who raised the exit":              {open, delete, ivan, Roles{HR: true}, nil, Denied},
		"whom it is about":                 {open, delete, tom, Roles{Owner: true}, nil, Denied},
		"who lost the role":                {open, delete, olivia, Roles{IT: true}, nil, Denied},
		"who was not asked":                {open, delete, maria, Roles{Owner: true}, nil, Denied},
		"twice":                            {yes, delete, hannah, Roles{HR: true}, nil, Conflict},
		"after it was kept":                {kept, delete, olivia, Roles{Owner: true}, nil, Conflict},
		"a case that is no deletion":       {approved(t), delete, olivia, Roles{Owner: true}, nil, Invalid},
		"kept":                             {open, decideKeep, olivia, Roles{Owner: true}, fit, ""},
		"kept without a day":               {open, decideKeep, olivia, Roles{Owner: true}, map[string]string{"reason": "x"}, Invalid},
		"kept without a reason":            {open, decideKeep, olivia, Roles{Owner: true}, map[string]string{"end": "2027-03-01"}, Invalid},
		"kept until today":                 {open, decideKeep, olivia, Roles{Owner: true}, map[string]string{"end": "2026-11-23", "reason": "x"}, Invalid},
		"kept for a century":               {open, decideKeep, olivia, Roles{Owner: true}, map[string]string{"end": "2126-11-23", "reason": "x"}, Invalid},
		"kept by whom it is about":         {open, decideKeep, tom, Roles{Owner: true}, fit, Denied},
		"kept when it is decided":          {yes, decideKeep, olivia, Roles{Owner: true}, fit, Conflict},
		"restored by IT":                   {deleted, decideRestore, ivan, Roles{IT: true}, fit, ""},
		"restored by a manager":            {deleted, decideRestore, maria, Roles{}, fit, Denied},
		"restored by whom it is about":     {deleted, decideRestore, tom, Roles{Owner: true}, fit, Denied},
		"restored without a reason":        {deleted, decideRestore, ivan, Roles{IT: true}, nil, Invalid},
		"restored before it was deleted":   {yes, decideRestore, ivan, Roles{IT: true}, fit, Conflict},
		"restored before it was decided":   {open, decideRestore, ivan, Roles{IT: true}, fit, Conflict},
		"restored twice":                   {restored, decideRestore, ivan, Roles{IT: true}, fit, Conflict},
		"restored, a case of another kind": {approved(t), decideRestore, ivan, Roles{IT: true}, fit, Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			ch, err := tt.rule(tt.c, press(tt.by, "x", func(t *Turn) { t.Plan, t.Inputs = tt.c.Shown, tt.in }), tt.roles, monday().Add(time.Hour))
			if CodeOf(err) != tt.want || (err == nil) != (len(ch.Entries) == 1) {
				t.Errorf("%q (%v), %d entries; want %q", CodeOf(err), err, len(ch.Entries), tt.want)
			}
		})
	}
	if _, err := decideDelete(open, press(olivia, VerbDelete, func(t *Turn) { t.Plan = "another" }), Roles{Owner: true}, monday()); CodeOf(err) != Conflict {
		t.Errorf("on another plan: %v", err)
	}
}

// When HR may say when somebody on leave returns, and who confirms the access before that.
func TestDecideReturn(t *testing.T) {
	p, _ := sandboxPolicy(t)
	ev := PeopleEvent{Kind: LeaveEvent, Subject: tom, Manager: olivia, Site: "London", Start: "2026-12-01", SignIn: signInBlock, Licences: licencesKeep}
	facts := tomsFacts(func(f *Facts) { f.Route = olivia })
	plan, _, err := PlanLeave(ev, p, facts, signers(), monday())
	if err != nil {
		t.Fatal(err)
	}
	open := raisedWith(t, p, ev, facts, plan)
	day := func(end string) func(*Turn) {
		return func(t *Turn) { t.Inputs = map[string]string{"end": end} }
	}
	set, err := decideReturnOn(open, press(hannah, VerbReturnOn, day("2027-06-30")), Roles{HR: true}, p, monday())
	if err != nil {
		t.Fatal(err)
	}
	known := foldAt(t, open, monday().Add(time.Minute), set.Entries[0].Body)
	asked := foldAt(t, known, monday().AddDate(0, 6, 20), StartAsked{Step: askReturnKey})
	answered := foldAt(t, asked, monday().AddDate(0, 6, 21), ReturnConfirmed{Shown: asked.May, By: olivia})
	for name, tt := range map[string]struct {
		c     Case
		by    Person
		roles Roles
		end   string
		want  Code
	}{
		"HR":                    {open, hannah, Roles{HR: true}, "2027-06-30", ""},
		"HR, another day":       {known, hannah, Roles{HR: true}, "2027-08-31", ""},
		"the manager":           {open, olivia, Roles{}, "2027-06-30", Denied},
		"whom it is about":      {open, tom, Roles{HR: true}, "2027-06-30", Denied},
		"no day":                {open, hannah, Roles{HR: true}, "", Invalid},
		"before the leave":      {open, hannah, Roles{HR: true}, "2026-11-30", Invalid},
		"in four years":         {open, hannah, Roles{HR: true}, "2030-12-31", Invalid},
		"after it is confirmed": {answered, hannah, Roles{HR: true}, "2027-08-31", Conflict},
		"another kind":          {approved(t), hannah, Roles{HR: true}, "2027-06-30", Invalid},
	} {
		t.Run("on/"+name, func(t *testing.T) {
			if _, err := decideReturnOn(tt.c, press(tt.by, VerbReturnOn, day(tt.end)), tt.roles, p, monday()); CodeOf(err) != tt.want {
				t.Errorf("%q (%v), want %q", CodeOf(err), err, tt.want)
			}
		})
	}
	for name, tt := range map[string]struct {
		c    Case
		by   Person
		plan PlanHash
		want Code
	}{
		"who was asked":    {asked, olivia, asked.May, ""},
		"somebody else":    {asked, maria, asked.May, Denied},
		"whom it is about": {asked, tom, asked.May, Denied},
		"another plan":     {asked, olivia, "another", Conflict},
		"not asked yet":    {known, olivia, known.May, Conflict},
		"twice":            {answered, olivia, answered.May, Conflict},
		"another kind":     {approved(t), olivia, "", Conflict},
	} {
		t.Run("access/"+name, func(t *testing.T) {
			if _, err := decideReturnAccess(tt.c, press(tt.by, VerbReturnAccess, func(t *Turn) { t.Plan = tt.plan }), Roles{}, monday().AddDate(0, 6, 21)); CodeOf(err) != tt.want {
				t.Errorf("%q (%v), want %q", CodeOf(err), err, tt.want)
			}
		})
	}
}

// What HR's choice about a starter of a known name is read as, and for whom an answer counts.
func TestSayBefore(t *testing.T) {
	for chosen, want := range map[string]PeopleEvent{
		"other": {Other: true}, "OTHER ": {Other: true}, string(tom.ID): {Former: tom.ID}, "L-2026-0007": {FormerCase: "L-2026-0007"}, "l-2026-0007": {FormerCase: "L-2026-0007"},
		"": {}, "J-2026-0007": {}, "R-2026-0007": {}, "Tom": {}, "L-2026-0007x": {},
	} {
		var got PeopleEvent
		if got.sayBefore(chosen); got != want {
			t.Errorf("%q is read as %+v", chosen, got)
		}
	}
	f := Facts{Same: []Account{{ID: tom.ID}}, Left: []Left{{Case: "L-2026-0007"}}}
	for name, tt := range map[string]struct {
		who  []Account
		left []Left
		want bool
	}{
		"the same":       {[]Account{{ID: tom.ID}}, []Left{{Case: "L-2026-0007"}}, true},
		"fewer":          {nil, []Left{{Case: "L-2026-0007"}}, true},
		"another":        {[]Account{{ID: tom.ID}, {ID: maria.ID}}, nil, false},
		"another exit":   {nil, []Left{{Case: "L-2026-0008"}}, false},
		"nobody is left": {nil, nil, true},
	} {
		if got := f.wereShown(tt.who, tt.left); got != tt.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
