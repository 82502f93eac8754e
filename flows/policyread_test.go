package flows

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"muster/flows/texts"

	"github.com/google/go-cmp/cmp"
)

// smallPolicy is the least that a policy must say.
const smallPolicy = `version: 1
organisation: Larkfield
domain: larkfield.example
roles:
  hr: {groups: [HR Staff]}
  it: {groups: [IT Staff]}
  approver: {people: [aisha.khan@larkfield.example]}
  owner: {people: [00000000-0000-4000-A000-000000000008]}
channels:
  it: 19:it@thread.tacv2
sites:
  London:
    time_zone: Europe/London
    country: GB
naming:
  upn: ["{given}.{surname}{n}"]
jobs:
  Clerk:
    access:
      - group: Clerks
`

func TestParsePolicyDefaults(t *testing.T) {
	got, err := ParsePolicy("policy.yaml", []byte(smallPolicy))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(smallPolicy))
	want := &Policy{
		Version: 1, Organisation: "Larkfield", Domain: "larkfield.example",
		Roles: RoleHolders{
			HR: Holders{Groups: []string{"HR Staff"}}, IT: Holders{Groups: []string{"IT Staff"}},
			Approver: Holders{People: []string{"aisha.khan@larkfield.example"}}, Owner: Holders{People: []string{"00000000-0000-4000-A000-000000000008"}},
		},
		Channels: Channels{IT: "19:it@thread.tacv2"},
		Sites: map[string]Site{"London": {
			TimeZone: "Europe/London", Country: "GB", Office: "London", Opens: "09:00", Closes: "17:30",
			WorkingDays: []string{"mon", "tue", "wed", "thu", "fri"}, Calendar: "gb",
		}},
		Naming: Naming{UPN: []string{"{given}.{surname}{n}"}, ReserveDays: 365},
		Jobs:   map[string]Job{"Clerk": {Title: "Clerk", Access: []Item{{Group: "Clerks"}}}},
		Joiner: Joiner{
			CreateAccount: Due{WorkingDays: -5, At: "09:00"}, Access: Due{WorkingDays: -1, At: "09:00"}, Enable: Due{At: "08:00"},
			AskStarted: 4, Credential: Credential{Minutes: 60}, Welcome: welcomeDefault,
		},
		Leaver:    Leaver{LicenceHold: 30, Prepare: 2},
		Reminders: Reminders{RemindAfter: 8, EscalateAfter: 16, RepeatAfter: 8, Most: 3, AwayAfter: 4},
		Limits:    Limits{CasesPerDay: 50, ExitsPerHour: 20, ExitsShare: 10, Attempts: 5, MostKept: 180, ContractDays: 366, LateDays: 14},
		Retention: Retention{TalkDays: 90, PopulationDays: 14},
		Leave:     Leave{AskReturn: 5, Review: 90},
		Rename:    Rename{At: "19:00"},
		Mover:     Mover{At: "08:00", Handover: 5, Silence: 3},
		hash:      hex.EncodeToString(sum[:]),
		text:      []byte(smallPolicy),
	}
	if want.Workflows, err = builtInWorkflows(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(Policy{}, texts.Language{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got.Hash() != want.hash {
		t.Errorf("hash = %s", got.Hash())
	}
}

// What is written is kept, zeros among it.
func TestParsePolicyKeepsWhatIsWritten(t *testing.T) {
	p, err := ParsePolicy("policy.yaml", []byte("\ufeff"+smallPolicy+`joiner:
  create_account: {}
  access: {days: -3}
  enable: {working_days: 1, at: "07:15"}
  ask_started_after_hours: 1
  credential: {minutes: 10, reusable: true}
  welcome: |
    Hello {name},
    welcome to {organisation}.
leaver:
  licence_hold_days: 0
  prepare_working_days: 0
  reply: "{name} has left {organisation}; write to {successor}."
  protected: [gadmin@larkfield.example]
  manual: [{manual: Key back, owner: hr, due: {working_days: -1}}]
limits: {late_days: 0}
reminders:
birthright:
  - manual: Key
    owner: manager
    due: {days: 0}
`))
	if err != nil {
		t.Fatal(err)
	}
	want := Joiner{
		CreateAccount: Due{At: "09:00"}, Access: Due{Days: -3, At: "09:00"}, Enable: Due{WorkingDays: 1, At: "07:15"},
		AskStarted: 1, Credential: Credential{Minutes: 10, Reuse: true}, Welcome: "Hello {name},\nwelcome to {organisation}.",
	}
	if diff := cmp.Diff(want, p.Joiner); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	leaver := Leaver{
		Reply: "{name} has left {organisation}; write to {successor}.", Protected: []string{"gadmin@larkfield.example"},
		Manual: []Item{{Manual: "Key back", Owner: "hr", Due: &Due{WorkingDays: -1}}},
	}
	if diff := cmp.Diff(leaver, p.Leaver); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if p.Limits.LateDays != 0 || p.Limits.Attempts != 5 || p.Reminders.RemindAfter != 8 {
		t.Errorf("limits %+v, reminders %+v", p.Limits, p.Reminders)
	}
	if diff := cmp.Diff([]Item{{Manual: "Key", Owner: "manager", Due: &Due{}}}, p.Birthright); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestParsePolicyKeepsASiteWithoutACalendarOfItsOwn(t *testing.T) {
	p, err := ParsePolicy("policy.yaml", []byte(strings.Replace(smallPolicy, "country: GB", "country: NZ\n    office: HQ", 1)))
	if err != nil {
		t.Fatal(err)
	}
	if s := p.Sites["London"]; s.Calendar != "none" || s.Office != "HQ" {
		t.Errorf("site %+v", s)
	}
}

func TestParsePolicyReads(t *testing.T) {
	const known = "Known are: birthright, channels, departments, domain, fallback, jobs, joiner, language, leave, leaver, licences, limits, mail_from, mover, naming, organisation, population, reminders, rename, retention, roles, sites, version, webhooks, workflows."

	tests := map[string]struct {
		change func(string) string
		want   string // line:column: sentence, one a line
	}{
		"empty":           {whole(""), "1:1: The file is empty."},
		"only a comment":  {whole("# nothing\n"), "1:1: The file is empty."},
		"two documents":   {add("---\nversion: 1\n"), "22:1: A second document begins here. A policy is one document."},
		"too large":       {whole(strings.Repeat("# large\n", 1<<18)), "1:1: The file is larger than 1 MB. That is not a policy."},
		"not YAML":        {replace("organisation: Larkfield", "organisation: [Larkfield"), "3:1: This is not YAML: ',' or ']' must be specified."},
		"tab":             {replace("  hr:", "\thr:"), "5:1: This is not YAML: found character '\t' that cannot start any token."},
		"a list":          {whole("- version: 1\n"), `1:1: Keys with values belong here, such as "name: value".`},
		"a text":          {whole("version\n"), `1:1: Keys with values belong here, such as "name: value".`},
		"anchor":          {replace("Larkfield", "&o Larkfield"), "2:15: Anchors, aliases and tags are not read here. Write the value out."},
		"alias":           {replace("organisation: Larkfield", "organisation: *o"), "2:15: Anchors, aliases and tags are not read here. Write the value out."},
		"tag":             {replace("version: 1", "version: !!int 1"), "1:10: Anchors, aliases and tags are not read here. Write the value out."},
		"merge":           {add("<<: {version: 1}\n"), "21:1: Anchors, aliases and merged keys are not read here. Write the keys out."},
		"key twice":       {add("version: 1\n"), `21:1: The key "version" stands here for the second time.`},
		"site twice":      {replace("naming:", "  London: {time_zone: UTC, country: GB}\nnaming:"), `15:3: The key "London" stands here for the second time.`},
		"unknown key":     {add("colour: blue\n"), `21:1: The key "colour" is not known here. ` + known},
		"slip in a key":   {replace("organisation:", "organization:"), "1:1: Write the organisation's name here.\n" + `2:1: The key "organization" is not known here. Did you mean "organisation"?`},
		"slip below":      {replace("time_zone", "timezone"), `12:3: "" is not the IANA name of a time zone, such as Europe/London.` + "\n" + `13:5: The key "timezone" is not known here. Did you mean "time_zone"?`},
		"several at once": {whole("version: 2\nroles: 7\nsites: []\n"), "1:1: A channel id begins with 19: and ends with @thread.tacv2. It is in the link to the channel.\n1:1: Name at least one job profile.\n1:1: Name at least one pattern for sign-in names, such as \"{given}.{surname}{n}\".\n1:1: Write the domain of new sign-in names here, such as example.com, in lower case.\n1:1: Write the organisation's name here.\n1:10: The version of this format is 1: write \"version: 1\".\n2:8: Keys with values belong here, such as \"name: value\".\n3:8: Keys with values belong here, such as \"name: value\"."},
		"Windows line end": {func(s string) string {
			return strings.ReplaceAll(strings.Replace(s, "version: 1", "version: 2", 1), "\n", "\r\n")
		}, `1:10: The version of this format is 1: write "version: 1".`},

		// types
		"text for a number":    {replace("version: 1", "version: one"), "1:10: A whole number belongs here, such as 4."},
		"fraction":             {add("limits: {attempts: 1.5}\n"), "21:20: A whole number belongs here, such as 4."},
		"octal":                {add("limits: {attempts: 0o7}\n"), "21:20: A whole number belongs here, such as 4."},
		"huge number":          {add("limits: {attempts: 99999999999999999999}\n"), "21:20: A whole number belongs here, such as 4."},
		"number for a text":    {replace("Larkfield", "2027"), "2:15: Text belongs here. Put 2027 in quotes."},
		"yes or no for a text": {replace("Larkfield", "true"), "2:15: Text belongs here. Put true in quotes."},
		"list for a text":      {replace("Larkfield", "[Larkfield]"), "2:15: Text belongs here."},
		"text for a list":      {replace("[HR Staff]", "HR Staff"), "5:16: A list belongs here: lines that begin with a dash."},
		"empty line of a list": {replace("- group: Clerks", "-"), "20:7: This line of the list is empty."},
		"text for yes or no":   {add("joiner:\n  credential:\n    reusable: sometimes\n"), "23:15: Write true or false here."},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) { expectProblems(t, tt.change(smallPolicy), tt.want) })
	}
}

// replace, add and whole change the small policy.
func replace(old, with string) func(string) string {
	return func(s string) string {
		if !strings.Contains(s, old) {
			panic("the small policy has no " + old)
		}
		return strings.Replace(s, old, with, 1)
	}
}

func add(more string) func(string) string { return func(s string) string { return s + more } }

func whole(text string) func(string) string { return func(string) string { return text } }

// expectProblems reads a policy that must be refused with these problems: line:column: sentence, one a line.
func expectProblems(t *testing.T, text, want string) {
	t.Helper()
	p, err := ParsePolicy("policy.yaml", []byte(text))
	if err == nil || p != nil {
		t.Fatal("the policy was taken")
	}
	var problems *PolicyProblems
	if !errors.As(err, &problems) {
		t.Fatalf("error is a %T", err)
	}
	got := strings.ReplaceAll("\n"+err.Error(), "\npolicy.yaml:", "\n")[1:]
	if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func FuzzParsePolicy(f *testing.F) {
	_, sandbox := sandboxPolicy(f)
	for _, seed := range []string{string(sandbox), smallPolicy, "", "a: &a [*a]", "- - - -", "? {a: b}\n: c", "sites: {[1]: 2}", "%TAG ! x\n---\n!x y", "jobs:\n  a: |+\n\n\n", "version: 0x1", "\xff", "a:\n\tb"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := ParsePolicy("policy.yaml", text)
		if (p == nil) == (err == nil) {
			t.Fatalf("policy %v, error %v", p, err)
		}
		var problems *PolicyProblems
		if err != nil && (!errors.As(err, &problems) || len(problems.Problems) == 0) {
			t.Fatalf("error %T without problems", err)
		}
		if problems != nil {
			for _, x := range problems.Problems {
				if x.Line < 1 || x.Column < 1 || x.Say == "" {
					t.Errorf("problem %+v", x)
				}
			}
		}
	})
}
