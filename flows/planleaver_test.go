package flows

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"muster/flows/texts"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const (
	sku  = "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46"
	sku2 = "f8a1db68-be16-40ed-86d5-cb42ce701560"
)

// tomsFacts is what the sandbox's directory says about Tom.
func tomsFacts(change func(*Facts)) Facts {
	all := larkfield(nil)
	f := Facts{
		Manager: Account{ID: "00000000-0000-4000-a000-000000000008", UPN: "olivia.grant@larkfield.example", Name: "Olivia Grant", Enabled: true},
		SKUs:    map[string]SKU{"SPB": all.SKUs["SPB"], "POWER_BI_PRO": all.SKUs["POWER_BI_PRO"]},
		Subject: Account{
			ID: "00000000-0000-4000-a000-000000000003", UPN: "tom.hughes@larkfield.example", Name: "Tom Hughes", Enabled: true,
			Licences: []Held{{SKU: sku}},
		},
		Member:  []Group{all.Groups["Sales Team"], all.Groups["Company Team"], all.Groups["All Staff"], all.Groups["Sales"], all.Groups["CRM Users"]},
		Owned:   []Owned{{Group: all.Groups["Sales Team"], Last: true}, {Group: all.Groups["Sales"]}},
		Reports: []Person{{ID: "r2", Name: "Sam Taylor"}, {ID: "r1", Name: "Nadia Brook"}},
		Mailbox: true,
	}
	if change != nil {
		change(&f)
	}
	return f
}

func groupOf(name string) Group { return larkfield(nil).Groups[name] }

// The exits of the examples, as the plan and the warnings that come of them. Read the diff before you update.
func TestPlanLeaverGolden(t *testing.T) {
	p, _ := sandboxPolicy(t)
	for name, tt := range map[string]struct {
		event func(*PeopleEvent)
		facts func(*Facts)
	}{
		"plan-leaver": {func(e *PeopleEvent) { e.Reply = p.Leaver.Reply }, nil},
		"plan-leaver-urgent": {func(e *PeopleEvent) {
			e.Urgent, e.LastDay, e.Successor = true, "2026-11-23", Person{ID: "00000000-0000-4000-a000-000000000004", Name: "Maria Lopez", UPN: "maria.lopez@larkfield.example"}
		}, func(f *Facts) { f.Waiting, f.InIT = []CaseID{"J-2026-0042", "J-2026-0040"}, true }},
		"plan-leaver-awkward": {func(e *PeopleEvent) { e.LastDay, e.LastTime, e.Reply = "2026-11-20", "12:00", "Gone." }, func(f *Facts) {
			f.Admin, f.Mailbox, f.Subject.Synced = []string{"Helpdesk Administrator", "Exchange Administrator"}, false, true
			f.Subject.Licences = []Held{{SKU: sku2, ByGroup: groupOf("All Staff").ID}, {SKU: sku}, {SKU: sku, ByGroup: groupOf("Sales").ID}, {SKU: "0a0a0a0a-0000-4000-8000-000000000000"}}
			for _, name := range []string{"Marketing News", "Legacy File Share", "Helpdesk Operators"} {
				f.Member = append(f.Member, groupOf(name))
				f.Owned = append(f.Owned, Owned{Group: groupOf(name)})
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			plan, warnings, err := PlanLeaver(tomLeaves(tt.event), p, tomsFacts(tt.facts), monday())
			if err != nil {
				t.Fatal(err)
			}
			goldenPlan(t, name, plan, warnings)
		})
	}
}

// The order of the steps, what they wait for and when they are due.
func TestPlanLeaverSteps(t *testing.T) {
	p, _ := sandboxPolicy(t)
	plan, warnings, err := PlanLeaver(tomLeaves(func(e *PeopleEvent) { e.Reply = p.Leaver.Reply }), p, tomsFacts(nil), monday())
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"block block_sign_in 2026-12-18T17:30Z",
		"revoke revoke_sessions 2026-12-18T17:30Z <block",
		"password reset_password 2026-12-18T17:30Z <block <revoke",
		"reply automatic_reply 2026-12-18T17:30Z <block",
		"owner:Sales hand_over_group 2026-12-18T17:30Z <block",
		"owner:Sales Team hand_over_group 2026-12-18T17:30Z <block",
		"team:Company Team remove_from_team 2026-12-18T17:30Z <block",
		"group:CRM Users remove_from_group 2026-12-18T17:30Z <block",
		"group:Sales remove_from_group 2026-12-18T17:30Z <block <owner:Sales",
		"team:Sales Team remove_from_team 2026-12-18T17:30Z <block <owner:Sales Team",
		"apps remove_app_roles 2026-12-18T17:30Z <block",
		"consents remove_consents 2026-12-18T17:30Z <block",
		"methods remove_sign_in_methods 2026-12-18T17:30Z <revoke",
		"licence:SPB remove_licence 2027-01-17T17:30Z <block <reply",
		"manual:Laptop back manual 2026-12-18T16:00Z",
		"manual:Door key back manual 2026-12-18T17:30Z <block",
		"handover:reports manual 2026-12-16T17:30Z",
		"handover:onedrive manual 2026-12-16T17:30Z",
	}
	if diff := cmp.Diff(want, linesOf(plan)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if s, _ := plan.Step(replyKey); s.Text != "Tom Hughes no longer works at Larkfield Instruments. Please write to Olivia Grant instead." {
		t.Errorf("reply = %q", s.Text)
	}
	if s, _ := plan.Step("owner:Sales Team"); s.Person.Name != "Olivia Grant" || s.Group != groupOf("Sales Team").ID {
		t.Errorf("hand-over %+v", s)
	}
	if plan.Manager != "00000000-0000-4000-a000-000000000008" || plan.Account != (NewAccount{}) || plan.Policy != p.Hash() {
		t.Errorf("plan of %q under %q", plan.Manager, plan.Policy)
	}
	if diff := cmp.Diff([]string{
		"Tom Hughes owns Sales and Sales Team: Olivia Grant becomes owner instead. Nobody else owns Sales Team.",
		"The licence Microsoft 365 Business Premium is kept until Sun 17 January 2027.",
		"Tom Hughes stays in All Staff: a rule decides who is in, and lets go when the details of the account change.",
		"Nadia Brook and Sam Taylor report to Tom Hughes and need a new manager.",
	}, warnings); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}

// linesOf writes a plan's steps: key, task, when it is due, what it waits for.
func linesOf(plan Plan) []string {
	var lines []string
	for _, s := range plan.Steps {
		line := string(s.Key) + " " + string(s.Task) + " " + s.Due.Format("2006-01-02T15:04Z07:00")
		for _, k := range s.After {
			line += " <" + string(k)
		}
		lines = append(lines, line)
	}
	return lines
}

// One thing at a time: what it changes in the steps (key, task, due), and which warning it brings.
func TestPlanLeaverFinds(t *testing.T) {
	tests := map[string]struct {
		event   func(*PeopleEvent)
		facts   func(*Facts)
		policy  func(*Policy)
		steps   []string // key task due <after…, or -key when there is none
		warning string
	}{
		"urgent": {event: func(e *PeopleEvent) { e.Urgent, e.LastDay = true, "2026-11-23" }, steps: []string{
			"block block_sign_in 2026-11-23T10:00Z", "revoke revoke_sessions 2026-11-23T10:00Z <block", "licence:SPB remove_licence 2026-12-23T10:00Z <block",
			"handover:onedrive manual 2026-11-25T17:30Z <block", "manual:Laptop back manual 2026-11-23T16:00Z <block",
		}},
		"back-dated": {
			event:   func(e *PeopleEvent) { e.LastDay = "2026-11-20" },
			steps:   []string{"block block_sign_in 2026-11-20T17:30Z", "licence:SPB remove_licence 2026-12-20T17:30Z <block", "handover:reports manual 2026-11-25T17:30Z <block", "manual:Laptop back manual 2026-11-25T17:30Z <block"},
			warning: "The exit was on Fri 20 November 2026 at 17:30: the sign-in has been open for 3 days since then. It is blocked as soon as you confirm.",
		},
		"back-dated by hours": {
			event:   func(e *PeopleEvent) { e.LastDay, e.LastTime = "2026-11-23", "08:00" },
			steps:   []string{"block block_sign_in 2026-11-23T08:00Z"},
			warning: "The exit was on Mon 23 November 2026 at 08:00: the sign-in has been open since then. It is blocked as soon as you confirm.",
		},
		"short notice": {
			event:   func(e *PeopleEvent) { e.LastDay, e.LastTime = "2026-11-24", "12:00" },
			steps:   []string{"block block_sign_in 2026-11-24T12:00Z", "handover:onedrive manual 2026-11-24T12:00Z"},
			warning: "Short notice: the hand-over should be done by Fri 20 November 2026. The manager has until the sign-in ends on Tue 24 November 2026 at 12:00.",
		},
		"a day off": {event: func(e *PeopleEvent) { e.LastDay = "2026-12-19" }, warning: "Sat 19 December 2026 is not a working day at London. Check the last day."},
		"blocked already": {
			event: func(e *PeopleEvent) { e.LastDay = "2026-11-20" }, facts: func(f *Facts) { f.Subject.Enabled = false },
			steps: []string{"block block_sign_in 2026-11-20T17:30Z"}, warning: "The sign-in of Tom Hughes is blocked already. Muster checks that it is, and does the rest.",
		},
		"an administrator": {
			facts: func(f *Facts) { f.Admin = []string{"Global Administrator"} },
			steps: []string{"block manual 2026-12-18T17:30Z", "revoke revoke_sessions 2026-12-18T17:30Z <block"},
			warning: "Tom Hughes holds the directory role Global Administrator, and Microsoft lets no ordinary app block such an account: blocking it becomes a task for IT at once. " +
				"Agree with IT beforehand who does it.",
		},
		"in a group that carries roles": {
			facts: func(f *Facts) { f.Member = append(f.Member, groupOf("Helpdesk Operators")) },
			steps: []string{"block manual 2026-12-18T17:30Z", "group:Helpdesk Operators manual 2026-12-18T17:30Z <block"},
			warning: "Tom Hughes belongs to Helpdesk Operators, which can carry directory roles, and Microsoft lets no ordinary app block such an account: blocking it becomes a task for IT at once. " +
				"Agree with IT beforehand who does it.",
		},
		"synced": {
			facts: func(f *Facts) { f.Subject.Synced = true }, steps: []string{"block block_sign_in 2026-12-18T17:30Z", "active_directory manual 2026-12-18T17:30Z <block"},
			warning: "Tom Hughes comes from the on-premises directory: IT gets a task to disable the account there as well, or it may be opened again.",
		},
		"no mailbox": {
			event: func(e *PeopleEvent) { e.Reply = "Gone." }, facts: func(f *Facts) { f.Mailbox = false }, steps: []string{"-reply"},
			warning: "Tom Hughes has no mailbox that Muster can reach, so no automatic reply is set.",
		},
		"no reply": {steps: []string{"-reply"}},
		"mail group": {
			facts: func(f *Facts) { f.Member = append(f.Member, groupOf("Marketing News")) }, steps: []string{"group:Marketing News manual 2026-12-18T17:30Z <block"},
			warning: "Muster cannot change Marketing News: taking Tom Hughes out becomes a task for IT.",
		},
		"two foreign groups": {
			facts:   func(f *Facts) { f.Member = append(f.Member, groupOf("Legacy File Share"), groupOf("Marketing News")) },
			warning: "Muster cannot change Legacy File Share and Marketing News: taking Tom Hughes out becomes tasks for IT.",
		},
		"an owned mail group": {
			facts: func(f *Facts) { f.Owned = []Owned{{Group: groupOf("Marketing News"), Last: true}} }, steps: []string{"owner:Marketing News manual 2026-12-18T17:30Z <block", "-owner:Sales"},
			warning: "Tom Hughes owns Marketing News: Olivia Grant becomes owner instead. Nobody else owns Marketing News.",
		},
		"an owned dynamic group": {facts: func(f *Facts) { f.Owned = []Owned{{Group: groupOf("All Staff")}} }, steps: []string{"owner:All Staff hand_over_group 2026-12-18T17:30Z <block", "-group:All Staff"}},
		"a licence from a group": {
			facts: func(f *Facts) { f.Subject.Licences = []Held{{SKU: sku, ByGroup: groupOf("Sales").ID}} }, // left at the exit, the mailbox would go
			steps: []string{"group:Sales remove_from_group 2027-01-17T17:30Z <block <owner:Sales", "-licence:SPB"}, warning: "Tom Hughes stays in Sales until Sun 17 January 2027: the licence Microsoft 365 Business Premium comes with it.",
		},
		"a licence from a group as well": {
			facts: func(f *Facts) { f.Subject.Licences = []Held{{SKU: sku, ByGroup: groupOf("Sales").ID}, {SKU: sku}} },
			steps: []string{"group:Sales remove_from_group 2027-01-17T17:30Z <block <owner:Sales", "licence:SPB remove_licence 2027-01-17T17:30Z <block <group:Sales"},
		},
		"a licence from two groups as well": {
			facts: func(f *Facts) {
				f.Subject.Licences = []Held{{SKU: sku, ByGroup: groupOf("CRM Users").ID}, {SKU: sku}, {SKU: sku, ByGroup: groupOf("Sales").ID}}
			},
			steps: []string{"licence:SPB remove_licence 2027-01-17T17:30Z <block <group:Sales <group:CRM Users"},
		},
		"a licence from a group that carries roles": { // the role cannot wait for the mailbox
			facts: func(f *Facts) {
				f.Member, f.Subject.Licences = append(f.Member, groupOf("Helpdesk Operators")), []Held{{SKU: sku, ByGroup: groupOf("Helpdesk Operators").ID}}
			},
			steps:   []string{"group:Helpdesk Operators manual 2026-12-18T17:30Z <block", "-licence:SPB"},
			warning: "The licence Microsoft 365 Business Premium ends with the sign-in: it comes with a group that can carry directory roles. Data that only it keeps must be saved before.",
		},
		"urgent and no time to prepare": {
			policy: func(p *Policy) { p.Leaver.Prepare = 0 }, event: func(e *PeopleEvent) { e.Urgent, e.LastDay = true, "2026-11-23" },
			steps: []string{"handover:reports manual 2026-11-24T17:30Z <block"},
		},
		"a licence from a rule": {
			facts: func(f *Facts) { f.Subject.Licences = []Held{{SKU: sku, ByGroup: groupOf("All Staff").ID}, {SKU: sku}} }, steps: []string{"-licence:SPB"},
			warning: "The licence Microsoft 365 Business Premium comes with All Staff and stays until Tom Hughes is no member of that any more.",
		},
		"a licence that nobody lists": {
			facts: func(f *Facts) { f.Subject.Licences = []Held{{SKU: "0A"}, {SKU: sku2}} },
			steps: []string{"licence:0a remove_licence 2027-01-17T17:30Z <block", "licence:POWER_BI_PRO remove_licence 2027-01-17T17:30Z <block"}, warning: "The licences 0a and Power BI Pro are kept until Sun 17 January 2027.",
		},
		"no hold, and a reply": { // the mailbox goes with the licence, so what needs it is done before
			policy: func(p *Policy) { p.Leaver.LicenceHold, p.Leaver.Mailbox = 0, []string{string(ForwardMailbox)} },
			event:  func(e *PeopleEvent) { e.Reply = "Gone." },
			facts: func(f *Facts) {
				f.Subject.Licences = append(f.Subject.Licences, Held{SKU: sku2, ByGroup: groupOf("CRM Users").ID})
			},
			steps: []string{
				"licence:SPB remove_licence 2026-12-18T17:30Z <block <reply <mailbox:forward_mailbox",
				"group:CRM Users remove_from_group 2026-12-18T17:30Z <block <reply <mailbox:forward_mailbox",
			},
		},
		"no hold":             {policy: func(p *Policy) { p.Leaver.LicenceHold = 0 }, steps: []string{"licence:SPB remove_licence 2026-12-18T17:30Z <block"}},
		"prepared on the day": {policy: func(p *Policy) { p.Leaver.Prepare = 0 }, event: func(e *PeopleEvent) { e.LastTime = "12:00" }, steps: []string{"handover:reports manual 2026-12-18T12:00Z"}},
		"nobody reports":      {facts: func(f *Facts) { f.Reports = nil }, steps: []string{"-handover:reports"}},
		"one reports":         {facts: func(f *Facts) { f.Reports = f.Reports[:1] }, warning: "Sam Taylor reports to Tom Hughes and needs a new manager."},
		"no files":            {facts: func(f *Facts) { f.Mailbox, f.Subject.Licences = false, nil }, steps: []string{"-handover:onedrive"}},
		"a guest":             {facts: func(f *Facts) { f.Subject.Guest = true }, steps: []string{"-handover:onedrive"}, warning: "Tom Hughes is a guest: only the access here ends, the sign-in at home does not."},
		"a decision waits":    {facts: func(f *Facts) { f.Waiting = []CaseID{"J-2026-0042"} }, warning: "An open case waits for a decision of Tom Hughes: J-2026-0042. When the sign-in is blocked, others are asked."},
		"decisions wait":      {facts: func(f *Facts) { f.Waiting = []CaseID{"J-2", "J-1"} }, warning: "2 open cases wait for a decision of Tom Hughes: J-1 and J-2. When the sign-in is blocked, others are asked."},
		"reads along":         {facts: func(f *Facts) { f.InIT = true }, warning: "Tom Hughes reads the channel of IT or of the owners, so nothing about this case is said there."},
		"two groups of one name": {facts: func(f *Facts) {
			f.Member = []Group{{"b", "X", SecurityGroup, false, ""}, {"a", "X", SecurityGroup, false, ""}}
		}, steps: []string{"group:X remove_from_group 2026-12-18T17:30Z <block", "group:b remove_from_group 2026-12-18T17:30Z <block"}},
		"an owner who leaves too": {policy: func(p *Policy) { p.Leaver.Manual[0].Owner = "00000000-0000-4000-A000-000000000003" }, warning: "The policy gives Laptop back to Tom Hughes, who leaves. IT is asked instead."},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p, _ := sandboxPolicy(t)
			if tt.policy != nil {
				tt.policy(p)
			}
			plan, warnings, err := PlanLeaver(tomLeaves(tt.event), p, tomsFacts(tt.facts), monday())
			if err != nil {
				t.Fatal(err)
			}
			lines := linesOf(plan)
			for _, want := range tt.steps {
				key, absent := strings.CutPrefix(want, "-")
				if _, found := plan.Step(StepKey(key)); absent && found {
					t.Errorf("there is a step %s", key)
				} else if !absent && !slices.Contains(lines, want) {
					t.Errorf("no step %q among\n%s", want, strings.Join(lines, "\n"))
				}
			}
			if tt.warning != "" && !slices.Contains(warnings, tt.warning) {
				t.Errorf("no warning %q among\n%s", tt.warning, strings.Join(warnings, "\n"))
			}
		})
	}
}

func TestPlanLeaverRefuses(t *testing.T) {
	for name, tt := range map[string]struct {
		event func(*PeopleEvent)
		facts func(*Facts)
		guard string
		zone  string
		want  Code
	}{
		"unknown site":        {event: func(e *PeopleEvent) { e.Site = "York" }, want: Invalid},
		"nobody":              {facts: func(f *Facts) { f.Subject = Account{} }, want: Invalid},
		"somebody else":       {event: func(e *PeopleEvent) { e.Subject.ID = "x" }, want: Invalid},
		"protected":           {guard: "Tom.Hughes@larkfield.example", want: Denied},
		"no manager":          {facts: func(f *Facts) { f.Manager = Account{} }, want: Invalid},
		"their own manager":   {facts: func(f *Facts) { f.Manager = f.Subject }, want: Invalid},
		"their own successor": {event: func(e *PeopleEvent) { e.Successor = e.Subject }, want: Invalid},
		"no day":              {event: func(e *PeopleEvent) { e.LastDay = "" }, want: Invalid},
		"unknown zone":        {zone: "Mars/Olympus", want: Internal},
	} {
		t.Run(name, func(t *testing.T) {
			p, _ := sandboxPolicy(t)
			if tt.zone != "" {
				p.Sites["London"] = Site{TimeZone: tt.zone}
			}
			p.Leaver.Protected = []string{tt.guard}
			plan, _, err := PlanLeaver(tomLeaves(tt.event), p, tomsFacts(tt.facts), monday())
			if err == nil || CodeOf(err) != tt.want || len(plan.Steps) > 0 {
				t.Errorf("error %v, %d steps", err, len(plan.Steps))
			}
		})
	}
}

// Whatever the leaver holds and whenever they go: a plan is the same bytes twice in any order of the facts, every group that Muster can
// write appears exactly once, nothing but preparation comes before the block, and no licence before the exit.
func TestPlanLeaverHoldsTogether(t *testing.T) {
	p, _ := sandboxPolicy(t)
	kinds := []GroupKind{SecurityGroup, Microsoft365, DynamicGroup, MailGroup, SyncedGroup, RoleGroup, RestrictedGroup, "unheard of"}
	rapid.Check(t, func(t *rapid.T) {
		p := *p
		p.Leaver.LicenceHold, p.Leaver.Prepare = rapid.IntRange(0, 40).Draw(t, "hold"), rapid.IntRange(0, 10).Draw(t, "prepare")
		now := monday().Add(time.Duration(rapid.IntRange(0, 86_399).Draw(t, "second")) * time.Second)
		e := tomLeaves(func(e *PeopleEvent) {
			e.Urgent, e.LastDay = rapid.Bool().Draw(t, "urgent"), Date("2026-11-09").AddDays(rapid.IntRange(0, 700).Draw(t, "day"))
			e.LastTime = rapid.SampledFrom([]string{"", "00:00", "01:30", "12:00", "23:59"}).Draw(t, "time")
			e.Reply = rapid.SampledFrom([]string{"", "Gone."}).Draw(t, "reply")
		})
		f := tomsFacts(func(f *Facts) {
			f.Member, f.Owned, f.Subject.Licences = nil, nil, nil
			f.Subject.Synced, f.Mailbox = rapid.Bool().Draw(t, "synced"), rapid.Bool().Draw(t, "mailbox")
			if rapid.Bool().Draw(t, "admin") {
				f.Admin = []string{"Global Administrator"}
			}
			for i := range rapid.IntRange(0, 8).Draw(t, "groups") {
				g := Group{ID: string(rune('a' + i)), Name: rapid.SampledFrom([]string{"Sales", "sales", "Ops", ""}).Draw(t, "name"), Kind: rapid.SampledFrom(kinds).Draw(t, "kind")}
				g.Team = g.Kind == Microsoft365 && rapid.Bool().Draw(t, "team")
				for range rapid.IntRange(0, 2).Draw(t, "member") {
					f.Member = append(f.Member, g)
				}
				if rapid.Bool().Draw(t, "owner") {
					f.Owned = append(f.Owned, Owned{Group: g, Last: rapid.Bool().Draw(t, "last")})
				}
			}
			for range rapid.IntRange(0, 4).Draw(t, "licences") {
				f.Subject.Licences = append(f.Subject.Licences, Held{SKU: rapid.SampledFrom([]string{sku, sku2, "other"}).Draw(t, "sku"), ByGroup: rapid.SampledFrom([]string{"", "a", "b", "c", "z"}).Draw(t, "by")})
			}
		})
		plan, warnings, err := PlanLeaver(e, &p, f, now)
		if err != nil {
			t.Fatal(err)
		}
		other := f
		other.Member, other.Owned, other.Subject.Licences = slices.Clone(f.Member), slices.Clone(f.Owned), slices.Clone(f.Subject.Licences)
		slices.Reverse(other.Member)
		slices.Reverse(other.Owned)
		slices.Reverse(other.Subject.Licences)
		again, otherWarnings, err := PlanLeaver(e, &p, other, now)
		if diff := cmp.Diff(plan, again); err != nil || diff != "" || again.Hash() != plan.Hash() || !slices.Equal(warnings, otherWarnings) {
			t.Fatalf("another order of the facts gives another plan (%v):\n%s\n%q\n%q", err, diff, warnings, otherWarnings)
		}
		b, err := json.Marshal(plan)
		if err != nil {
			t.Fatal(err)
		}
		var back Plan
		if err := json.Unmarshal(b, &back); err != nil || back.Hash() != plan.Hash() {
			t.Fatalf("the plan does not survive being stored (%v)", err)
		}
		checkLeaverPlan(t, plan, e, f, now)
	})
}

func checkLeaverPlan(t *rapid.T, plan Plan, e PeopleEvent, f Facts, now time.Time) {
	exit := now
	if !e.Urgent {
		var err error
		if exit, err = e.Exit(texts.Language{}, Site{TimeZone: "Europe/London", Closes: "17:30"}); err != nil {
			t.Fatal(err)
		}
	}
	waits := map[StepKey][]StepKey{} // all that a step waits for
	left, owners := map[string]int{}, map[string]int{}
	for i, s := range plan.Steps {
		if _, twice := waits[s.Key]; twice || s.Title == "" || s.Due.IsZero() || s.Due.Location() != time.UTC || s.Choice != Fixed {
			t.Fatalf("step %+v", s)
		}
		waits[s.Key] = []StepKey{}
		for _, k := range s.After {
			if _, before := waits[k]; !before {
				t.Fatalf("%s waits for %s, which does not stand before it", s.Key, k)
			}
			waits[s.Key] = append(append(waits[s.Key], k), waits[k]...)
		}
		preparation := strings.HasPrefix(string(s.Key), "handover:") || strings.HasPrefix(string(s.Key), "manual:")
		switch {
		case i == 0:
			if s.Key != exitKey || !s.Due.Equal(exit) {
				t.Fatalf("the first step is %s, due %s; the exit is %s", s.Key, s.Due, exit)
			}
		case !slices.Contains(waits[s.Key], exitKey) && (!preparation || !now.Before(exit) || s.Due.After(exit)):
			t.Fatalf("%s does not wait for the block", s.Key)
		case slices.Contains(waits[s.Key], exitKey) && !preparation && s.Due.Before(exit):
			t.Fatalf("%s is due before the exit", s.Key)
		}
		switch s.Task {
		case RemoveFromGroup, RemoveFromTeam:
			left[s.Group]++
			for _, o := range f.Owned {
				if o.Group.ID == s.Group && !slices.ContainsFunc(s.After, func(k StepKey) bool { return strings.HasPrefix(string(k), "owner:") }) {
					t.Fatalf("%s does not wait for the hand-over of that group", s.Key)
				}
			}
		case HandOverGroup:
			owners[s.Group]++
		case RemoveMethods:
			if !slices.Contains(s.After, revokeKey) {
				t.Fatal("methods do not wait for the sessions")
			}
		case Manual:
			if s.Owner == "" || s.Instructions == "" || s.Owner == string(f.Subject.ID) {
				t.Fatalf("manual step %+v", s)
			}
		}
	}
	if _, ok := waits[revokeKey]; !ok {
		t.Fatal("sessions are not ended")
	}
	for _, g := range f.Member {
		if want := map[bool]int{true: 1}[g.Kind == SecurityGroup || g.Kind == Microsoft365]; left[g.ID] != want {
			t.Fatalf("group %s of kind %s is left %d times", g.ID, g.Kind, left[g.ID])
		}
	}
	for _, o := range f.Owned {
		if want := map[bool]int{true: 1}[o.Group.writable() || o.Group.Kind == DynamicGroup]; owners[o.Group.ID] != want {
			t.Fatalf("group %s of kind %s is handed over %d times", o.Group.ID, o.Group.Kind, owners[o.Group.ID])
		}
	}
}

// An urgent exit is planned to the second, and the clock is between two: nobody is told that it was late before it began.
func TestPlanLeaverUrgentIsNotLate(t *testing.T) {
	p, _ := sandboxPolicy(t)
	_, warnings, err := PlanLeaver(tomLeaves(func(e *PeopleEvent) { e.Urgent = true }), p, tomsFacts(nil), monday().Add(300*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range warnings {
		if strings.Contains(w, "since then") || strings.Contains(w, "Short notice") {
			t.Errorf("warning %q", w)
		}
	}
}
