package flows

import (
	"strings"
	"testing"
)

// What the directory says now, against what a line asks.
func TestOutdated(t *testing.T) {
	p, _ := sandboxPolicy(t)
	yes, no := true, false
	sales := Account{JobTitle: "Account Manager", Department: "Sales"}
	for name, tt := range map[string]struct {
		when When
		now  Account
		want string
	}{
		"still no guest":        {When{Guest: &no}, Account{}, ""},
		"a guest now":           {When{Guest: &no}, Account{Guest: true}, "the account is a guest's now"},
		"no guest any more":     {When{Guest: &yes}, Account{}, "the account is no guest's any more"},
		"still synced":          {When{Synced: &yes}, Account{Synced: true}, ""},
		"in the cloud now":      {When{Synced: &yes}, Account{}, "the account does not come from the on-premises directory any more"},
		"on-premises now":       {When{Synced: &no, Guest: &no}, Account{Synced: true}, "the account comes from the on-premises directory now"},
		"still in sales":        {When{Department: []string{"sales", "Finance"}, Job: []string{"Account Manager"}}, sales, ""},
		"in finance now":        {When{Department: []string{"Sales"}}, Account{Department: "Finance"}, "the department of the account is Finance now"},
		"in no department now":  {When{Department: []string{"Sales"}}, Account{}, "the department of the account is none that the policy knows now"},
		"another job now":       {When{Job: []string{"Finance Assistant"}}, sales, "the job of the account is Account Manager now"},
		"a job that is unknown": {When{Job: []string{"Account Manager"}}, Account{JobTitle: "Baker"}, "the job of the account is none that the policy knows now"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := tt.when.outdated(tt.now, p); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

// What a plan keeps of a condition: what the directory answers. What HR said, and what the plan itself changes, is not asked again.
func TestJudgeKeepsWhatTheDirectoryAnswers(t *testing.T) {
	lines := "leaver:\n- {task: block_sign_in, at: exit}\n- {task: revoke_sessions, at: exit, after: [block_sign_in]}\n"
	for name, tt := range map[string]struct {
		when string
		want string // as a person would write it
	}{
		"nobody in particular": {"", ""},
		"a site":               {", when: {site: [London]}", ""},
		"a mailbox":            {", when: {mailbox: true, administrator: false}", ""},
		"a cloud account":      {", when: {guest: false, site: [London]}", "guest"},
		"a department":         {", when: {department: [Sales], synced: false}", "synced department"},
	} {
		t.Run(name, func(t *testing.T) {
			p, _ := sandboxPolicy(t)
			p.Workflows[LeaverFlow] = readLines(t, lines+"- {task: remove_sign_in_methods, at: exit"+tt.when+"}\n")[LeaverFlow]
			plan, _, err := PlanLeaver(tomLeaves(nil), p, tomsFacts(func(f *Facts) { f.Subject.Department = "Sales" }), monday())
			if err != nil {
				t.Fatal(err)
			}
			s, ok := plan.Step(methodsKey)
			if !ok {
				t.Fatal("there is no such step")
			}
			var got []string
			if w := s.When; w != nil {
				for name, asked := range map[string]bool{"guest": w.Guest != nil, "synced": w.Synced != nil, "department": len(w.Department) > 0} {
					if asked && strings.Contains(tt.want, name) {
						got = append(got, name)
					}
				}
				if len(w.Site) > 0 || w.Mailbox != nil || w.Administrator != nil {
					t.Errorf("asks again %+v", w)
				}
			}
			if len(got) != len(strings.Fields(tt.want)) || (s.When == nil) != (tt.want == "") {
				t.Errorf("keeps %+v, want %q", s.When, tt.want)
			}
		})
	}
}
