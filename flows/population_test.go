package flows

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// worker is an account of somebody who works here.
func worker(n int, name string, change func(*Account)) Account {
	a := Account{ID: AccountID(fmt.Sprintf("00000000-0000-4000-a000-%012x", n)), UPN: fmt.Sprintf("p%d@larkfield.example", n), Name: name, EmployeeID: fmt.Sprintf("L%d", n), Enabled: true}
	if change != nil {
		change(&a)
	}
	return a
}

func TestCheckPopulation(t *testing.T) {
	const today Date = "2026-11-23"
	blocked := func(a *Account) { a.Enabled = false }
	about := func(k EventKind, state State, account AccountID, name string) Case {
		c := Case{ID: "X-2026-0001", Kind: k, State: state, Account: account, Version: 1, Raised: By{At: monday().AddDate(0, -2, 0)}, Zone: "Europe/London"}
		c.Event.Kind, c.Event.Given = k, name
		if account != "" {
			c.Event.Subject = Person{ID: account, Name: name}
		}
		return c
	}
	ann := worker(1, "Ann Lee", nil)
	policy := &Policy{Leaver: Leaver{Protected: []string{"p9@larkfield.example"}}, Population: PopulationPolicy{NotPeople: []string{"svc-*@larkfield.example"}}}
	for name, tt := range map[string]struct {
		list  []HRPerson
		staff []Account
		cases []Case
		want  []PopulationFinding // kind, line, account and doubt are compared
		same  int
	}{
		"the same by number":               {list: []HRPerson{{Line: 2, EmployeeID: " l1 ", Name: "Anne Lee"}}, staff: []Account{ann}, same: 1},
		"the same by sign-in name":         {list: []HRPerson{{Line: 2, Address: "P1@Larkfield.example"}}, staff: []Account{ann}, same: 1},
		"the same by another address":      {list: []HRPerson{{Line: 2, Address: "ann@larkfield.example"}}, staff: []Account{worker(1, "Ann Lee", func(a *Account) { a.Addresses = []string{"smtp:ann@larkfield.example"} })}, same: 1},
		"only the name":                    {list: []HRPerson{{Line: 2, Name: "ann  lee"}}, staff: []Account{ann}, want: []PopulationFinding{{Kind: InDoubt, Line: 2, Account: ann.ID, Doubt: "Only the name is the same as that of p1@larkfield.example."}}},
		"the name of another number":       {list: []HRPerson{{Line: 2, EmployeeID: "L77", Name: "Ann Lee"}}, staff: []Account{ann}, want: []PopulationFinding{{Kind: InDoubt, Line: 2, Doubt: "There is an account of that name, p1@larkfield.example, with another number or address. It may be somebody else."}}},
		"two of that name":                 {list: []HRPerson{{Line: 2, Name: "Ann Lee"}}, staff: []Account{ann, worker(2, "Ann Lee", nil)}, want: []PopulationFinding{{Kind: InDoubt, Line: 2, Doubt: "Several accounts have that name."}}},
		"number and address disagree":      {list: []HRPerson{{Line: 2, EmployeeID: "L1", Address: "p2@larkfield.example"}}, staff: []Account{ann, worker(2, "Bo Ray", nil)}, want: []PopulationFinding{{Kind: InDoubt, Line: 2, Doubt: "The employee number is that of p1@larkfield.example, and the address that of p2@larkfield.example."}}},
		"twice on the list":                {list: []HRPerson{{Line: 2, EmployeeID: "L1"}, {Line: 3, Address: "p1@larkfield.example"}}, staff: []Account{ann}, want: []PopulationFinding{{Kind: InDoubt, Line: 3, Account: ann.ID, Doubt: "Line 2 is about the same account."}}, same: 1},
		"no account":                       {list: []HRPerson{{Line: 2, Name: "Priya Patel", Start: "2026-11-16"}}, want: []PopulationFinding{{Kind: NoAccount, Line: 2}}},
		"no account, and announced":        {list: []HRPerson{{Line: 2, Name: "Priya Patel", Start: "2026-12-14"}}, cases: []Case{about(JoinerEvent, Waiting, "", "Priya Patel")}, same: 1},
		"no account, and rejected":         {list: []HRPerson{{Line: 2, Name: "Priya Patel", Start: "2026-12-14"}}, cases: []Case{about(JoinerEvent, Stopped, "", "Priya Patel")}, want: []PopulationFinding{{Kind: NoAccount, Line: 2}}},
		"left, and no account":             {list: []HRPerson{{Line: 2, Name: "Gone Girl", Left: "2026-11-01"}}, same: 1},
		"left, and can sign in":            {list: []HRPerson{{Line: 2, EmployeeID: "L1", Left: "2026-11-20"}}, staff: []Account{ann}, want: []PopulationFinding{{Kind: StillOpen, Line: 2, Account: ann.ID}}},
		"left, and on the way out":         {list: []HRPerson{{Line: 2, EmployeeID: "L1", Left: "2026-11-20"}}, staff: []Account{ann}, cases: []Case{about(LeaverEvent, Running, ann.ID, "Ann Lee")}, same: 1},
		"left, and opened again":           {list: []HRPerson{{Line: 2, EmployeeID: "L1", Left: "2026-11-20"}}, staff: []Account{ann}, cases: []Case{about(LeaverEvent, Done, ann.ID, "Ann Lee")}, want: []PopulationFinding{{Kind: StillOpen, Line: 2, Account: ann.ID}}},
		"left, and blocked":                {list: []HRPerson{{Line: 2, EmployeeID: "L1", Left: "2026-11-20"}}, staff: []Account{worker(1, "Ann Lee", blocked)}, same: 1},
		"the last day is today":            {list: []HRPerson{{Line: 2, EmployeeID: "L1", Left: today}}, staff: []Account{ann}, same: 1},
		"works here, and is blocked":       {list: []HRPerson{{Line: 2, EmployeeID: "L1"}}, staff: []Account{worker(1, "Ann Lee", blocked)}, want: []PopulationFinding{{Kind: ShutOut, Line: 2, Account: ann.ID}}},
		"blocked, and on leave":            {list: []HRPerson{{Line: 2, EmployeeID: "L1"}}, staff: []Account{worker(1, "Ann Lee", blocked)}, cases: []Case{about(LeaveEvent, Running, ann.ID, "Ann Lee")}, same: 1},
		"blocked, and starts later":        {list: []HRPerson{{Line: 2, EmployeeID: "L1", Start: "2026-12-14"}}, staff: []Account{worker(1, "Ann Lee", blocked)}, same: 1},
		"started, and no case":             {list: []HRPerson{{Line: 2, EmployeeID: "L1", Start: "2026-11-02"}}, staff: []Account{ann}, cases: []Case{about(LeaveEvent, Done, "x", "Somebody")}, want: []PopulationFinding{{Kind: NoCase, Line: 2, Account: ann.ID}}},
		"started, and a case":              {list: []HRPerson{{Line: 2, EmployeeID: "L1", Start: "2026-11-02"}}, staff: []Account{ann}, cases: []Case{about(JoinerEvent, Done, ann.ID, "Ann Lee")}, same: 1},
		"started before there was Muster":  {list: []HRPerson{{Line: 2, EmployeeID: "L1", Start: "2020-11-02"}}, staff: []Account{ann}, cases: []Case{about(LeaveEvent, Done, "x", "Somebody")}, same: 1},
		"not on the list":                  {staff: []Account{ann}, want: []PopulationFinding{{Kind: NotListed, Account: ann.ID}}},
		"not on the list, on the way out":  {staff: []Account{ann}, cases: []Case{about(LeaverEvent, Scheduled, ann.ID, "Ann Lee")}, same: 1},
		"not on the list, and blocked":     {staff: []Account{worker(1, "Ann Lee", blocked)}},
		"services and protected ones":      {staff: []Account{worker(9, "Break Glass", nil), worker(8, "Backup", func(a *Account) { a.UPN = "SVC-backup@larkfield.example" })}},
		"a row that cannot be read":        {list: []HRPerson{{Line: 2, EmployeeID: "L1", Problem: "“soon” is no date."}}, staff: []Account{ann}, want: []PopulationFinding{{Kind: NotCompared, Line: 2, Doubt: "“soon” is no date."}}},
		"left by name only, still a doubt": {list: []HRPerson{{Line: 2, Name: "Ann Lee", Left: "2026-11-01"}}, staff: []Account{ann}, want: []PopulationFinding{{Kind: StillOpen, Line: 2, Account: ann.ID, Doubt: "Only the name is the same as that of p1@larkfield.example."}}},
	} {
		t.Run(name, func(t *testing.T) {
			got := CheckPopulation(tt.list, tt.staff, tt.cases, policy, today)
			var found []PopulationFinding
			for _, f := range got.Findings {
				found = append(found, PopulationFinding{Kind: f.Kind, Line: f.Line, Account: f.Account, Doubt: f.Doubt})
			}
			if diff := cmp.Diff(tt.want, found); diff != "" || got.Same != tt.same {
				t.Errorf("%d are the same, want %d\n%s", got.Same, tt.same, diff)
			}
		})
	}
	if got := CheckPopulation(nil, []Account{worker(9, "Break Glass", nil), worker(8, "Backup", func(a *Account) { a.UPN = "svc-backup@larkfield.example" }), ann}, nil, policy, today); got.Aside != 2 || got.Accounts != 1 {
		t.Errorf("%d aside, %d accounts", got.Aside, got.Accounts)
	}
}

// Nobody falls through: every row of the list and every open account is the same, left aside, or in a finding; and a list made of the
// directory itself differs in nothing.
func TestPopulationIsWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var staff []Account
		var own []HRPerson
		for i := range rapid.IntRange(0, 12).Draw(t, "staff") {
			a := worker(i, fmt.Sprintf("Name %d", rapid.IntRange(0, 5).Draw(t, "name")), func(a *Account) {
				a.Enabled = rapid.IntRange(0, 3).Draw(t, "enabled") > 0
				if rapid.Bool().Draw(t, "numberless") {
					a.EmployeeID = ""
				}
			})
			staff = append(staff, a)
			if a.Enabled {
				own = append(own, HRPerson{Line: i + 2, EmployeeID: a.EmployeeID, Address: a.UPN, Name: a.Name})
			}
		}
		if p := CheckPopulation(own, staff, nil, &Policy{}, "2026-11-23"); len(p.Findings) > 0 || p.Same != len(own) {
			t.Fatalf("its own list: %+v", p)
		}
		var list []HRPerson
		for i := range rapid.IntRange(0, 12).Draw(t, "rows") {
			h := HRPerson{Line: i + 2, Name: fmt.Sprintf("Name %d", rapid.IntRange(0, 8).Draw(t, "called"))}
			if n := rapid.IntRange(0, 16).Draw(t, "number"); n < 14 {
				h.EmployeeID = fmt.Sprintf("L%d", n)
			}
			if rapid.Bool().Draw(t, "gone") {
				h.Left = "2026-11-01"
			}
			list = append(list, h)
		}
		p := CheckPopulation(list, staff, nil, &Policy{}, "2026-11-23")
		lines := 0
		for _, f := range p.Findings {
			if f.Line > 0 {
				lines++
			}
		}
		if lines+p.Same != len(list) {
			t.Fatalf("%d rows, %d found and %d the same", len(list), lines, p.Same)
		}
	})
}
