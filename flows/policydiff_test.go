package flows

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// TestDiffPolicies: each edit of the file is told as the one change that it is.
func TestDiffPolicies(t *testing.T) {
	b, err := os.ReadFile("../bot/sandbox/policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	before, err := ParsePolicy("before", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		old, new string
		want     []string
	}{
		"nothing":              {"", "", nil},
		"a comment":            {"version: 1\n", "# by the owners\nversion: 1\n", nil},
		"a default":            {"    title: Account Manager\n", "", nil},
		"a value":              {"organisation: Larkfield Instruments\n", "organisation: Larkfield\n", []string{`organisation: "Larkfield", was "Larkfield Instruments"`}},
		"somebody's role":      {"people: [olivia.grant@larkfield.example, oscar.lind@larkfield.example]", "people: [olivia.grant@larkfield.example, ivan.petrov@larkfield.example]", []string{`roles, owner, people: new, "ivan.petrov@larkfield.example"`, `roles, owner, people: gone, was "oscar.lind@larkfield.example"`}},
		"the order":            {"    - \"{given}.{surname}\"\n    - \"{g}.{surname}\"\n", "    - \"{g}.{surname}\"\n    - \"{given}.{surname}\"\n", []string{`naming, upn, order: "{g}.{surname}"; "{given}.{surname}"; `}},
		"who signs off":        {"        name: Contract administration\n", "        name: Contract administration\n        approver: aisha.khan@larkfield.example\n", []string{`jobs, Account Manager, elevated, Contract administration, approver: new, "aisha.khan@larkfield.example"`}},
		"elevated for anybody": {"    elevated:\n      - group: Contract Admins\n        name: Contract administration\n", "      - group: Contract Admins\n        name: Contract administration\n", []string{`jobs, Account Manager, elevated, Contract administration, group: gone, was "Contract Admins"`, `jobs, Account Manager, elevated, Contract administration, name: gone, was "Contract administration"`, `jobs, Account Manager, optional, Contract administration, group: new, "Contract Admins"`, `jobs, Account Manager, optional, Contract administration, name: new, "Contract administration"`}},
	} {
		t.Run(name, func(t *testing.T) {
			if tt.old != "" && strings.Count(text, tt.old) != 1 {
				t.Fatalf("%q stands %d times in the policy", tt.old, strings.Count(text, tt.old))
			}
			after, err := ParsePolicy("after", []byte(strings.Replace(text, tt.old, tt.new, 1)))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			changes, err := DiffPolicies(before, after)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range changes {
				got = append(got, c.String())
			}
			if !slices.EqualFunc(got, tt.want, strings.HasPrefix) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			back, err := DiffPolicies(after, before)
			if err != nil {
				t.Fatal(err)
			}
			for i := range back {
				back[i].Was, back[i].Is = back[i].Is, back[i].Was
			}
			if len(back) != len(changes) || slices.ContainsFunc(back, func(c PolicyChange) bool { return !slices.Contains(changes, c) }) {
				t.Errorf("the way back is %q", back)
			}
		})
	}
}
