package flows

import (
	"slices"
	"strings"
	"testing"

	"muster/flows/texts"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// beyondFacts is what the sandbox says about Tom outside the directory.
func beyondFacts(change func(*Facts)) Facts {
	return tomsFacts(func(f *Facts) {
		f.Signers = []Person{aisha}
		f.Beyond = Beyond{
			Calendar: Reached, Rules: Reached, Drive: Reached, DriveURL: "https://larkfield-my.example/tom", Intune: Reached, Entra: Reached,
			Managed:    []Device{{ID: "m2", Name: "Tom's phone", Personal: true}, {ID: "m1", Name: "LAR-LT-0103"}},
			Registered: []Device{{ID: "e1", Name: "LAR-LT-0103", Enabled: true}},
		}
		if change != nil {
			change(f)
		}
	})
}

// The exit of somebody with meetings, rules, files and devices, and that of somebody whom Muster may look at nothing of. Read the diff before you update.
func TestPlanLeaverBeyondGolden(t *testing.T) {
	for name, tt := range map[string]struct {
		policy func(*Policy)
		facts  func(*Facts)
	}{
		"plan-leaver-beyond": {func(p *Policy) { p.Leaver.Mailbox, p.Leaver.Wipe = leaverActs(), true }, nil},
		"plan-leaver-out-of-reach": {func(*Policy) {}, func(f *Facts) {
			f.Beyond = Beyond{Calendar: OutOfReach, Rules: OutOfReach, Drive: OutOfReach, Intune: OutOfReach, Entra: OutOfReach}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			p, _ := sandboxPolicy(t)
			tt.policy(p)
			plan, warnings, err := PlanLeaver(tomLeaves(nil), p, beyondFacts(tt.facts), monday())
			if err != nil {
				t.Fatal(err)
			}
			goldenPlan(t, name, plan, warnings)
		})
	}
}

// What needs the licence comes before it goes; only company devices are wiped, each after a sign-off; what is not there has no step.
func TestPlanBeyond(t *testing.T) {
	p, _ := sandboxPolicy(t)
	p.Leaver.Mailbox, p.Leaver.Wipe = []string{"convert_to_shared"}, true
	plan, _, err := PlanLeaver(tomLeaves(nil), p, beyondFacts(nil), monday())
	if err != nil {
		t.Fatal(err)
	}
	licence, _ := plan.Step("licence:SPB")
	for _, k := range []StepKey{meetingsKey, forwardingKey, shareKey, sharedKey} {
		s, ok := plan.Step(k)
		if !ok || !slices.Contains(licence.After, k) || !slices.Contains(s.After, exitKey) {
			t.Errorf("%s: there %t, waits for %v, the licence for %v", k, ok, s.After, licence.After)
		}
	}
	if s, _ := plan.Step("wipe:LAR-LT-0103"); s.Choice != Elevated || s.Device != "m1" || len(s.Approvers) != 1 {
		t.Errorf("wipe %+v", s)
	}
	if s, _ := plan.Step(retireKey); !strings.Contains(s.Note, "Tom's phone") || strings.Contains(s.Note, "LAR-LT-0103") {
		t.Errorf("retire %+v", s)
	}
	none, _, err := PlanLeaver(tomLeaves(nil), p, beyondFacts(func(f *Facts) {
		f.Mailbox, f.Beyond = false, Beyond{Drive: NotThere, Intune: NotThere, Entra: NotThere}
	}), monday())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range none.Steps {
		switch s.Task {
		case CancelMeetings, CheckForwarding, ShareOneDrive, DisableDevices, RetireDevices, WipeDevices:
			t.Errorf("%s for what is not there", s.Key)
		}
		if s.Manual != "" && s.Manual != ReviewHold {
			t.Errorf("%s for what is not there", s.Key)
		}
	}
}

// Edge case 20: a hold keeps the licences and the groups that give them, with the reason, and is looked at again.
func TestEdge20HoldKeepsLicences(t *testing.T) {
	p, _ := sandboxPolicy(t)
	plan, warnings, err := PlanLeaver(tomLeaves(func(e *PeopleEvent) { e.Hold, e.HoldUntil = "claim 17 of a customer.", "2027-06-30" }), p, beyondFacts(func(f *Facts) {
		f.Subject.Licences = append(f.Subject.Licences, Held{SKU: sku2, ByGroup: groupOf("Sales").ID})
	}), monday())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range plan.Steps {
		if s.Task == RemoveLicence || s.Group == groupOf("Sales").ID && s.Task == RemoveFromGroup {
			t.Errorf("%s takes away what must be kept", s.Key)
		}
	}
	hold, ok := plan.Step(holdKey)
	if !ok || hold.Owner != string(HR) || hold.Due.Format("2006-01-02") != "2027-06-30" || !strings.Contains(hold.Instructions, "claim 17 of a customer.") {
		t.Errorf("review %+v", hold)
	}
	if !slices.ContainsFunc(warnings, func(w string) bool { return strings.Contains(w, "claim 17") }) {
		t.Errorf("nobody is told why: %q", warnings)
	}
	if _, there := plan.Step(exitKey); !there {
		t.Error("the sign-in is not blocked")
	}
}

// Edge case 22: what the leaver runs and nobody else. What Graph shows is named; what it does not show is a task for IT, done with a note.
func TestEdge22WhatOnlyTheLeaverRuns(t *testing.T) {
	p, _ := sandboxPolicy(t)
	for name, tt := range map[string]struct {
		reach Reach
		owned []string
		want  string
		there bool
	}{
		"owns registrations":   {Reached, []string{"Billing", "Price calculator"}, "Billing and Price calculator another owner: Tom Hughes owns them.", true},
		"owns none":            {NotThere, nil, "Microsoft Graph does not show the rest.", true},
		"may not be looked at": {OutOfReach, nil, "Power Platform", true},
		"an older draft":       {NotLooked, nil, "", false},
	} {
		plan, _, err := PlanLeaver(tomLeaves(nil), p, beyondFacts(func(f *Facts) { f.Beyond.Apps, f.Beyond.OwnedApps = tt.reach, tt.owned }), monday())
		if err != nil {
			t.Fatal(err)
		}
		s, there := plan.Step(runsKey)
		if there != tt.there || there && (s.Owner != string(IT) || s.visible() || !slices.Contains(s.After, exitKey)) || !strings.Contains(s.Instructions, tt.want) {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

// noticePolicy is the sandbox's policy with more lines in a leaver's and a joiner's workflow.
func noticePolicy(t *testing.T) *Policy {
	t.Helper()
	p, _ := sandboxPolicy(t)
	p.MailFrom, p.Webhooks = "notices@larkfield.example", map[string]Webhook{"Payroll": {URL: "https://payroll.example/muster"}}
	p.Workflows[LeaverFlow] = append(slices.Clone(p.Workflows[LeaverFlow]),
		Line{Task: SendMail, Key: "before", At: atExit, Offset: &Due{WorkingDays: -5, At: "09:00"}, Template: "before_last_day"},
		Line{Task: SendMail, Key: "legal", At: atExit, To: "legal@larkfield.example", Subject: "{name}", Text: "{name} {first_name} {manager} {last_day} {organisation} {successor} {site} {job} {start} {case}"},
		Line{Task: Notify, Key: "after", At: atExit, Offset: &Due{Days: 1}, Template: "after_last_day"},
		Line{Task: CallWebhook, Key: "payroll", At: atExit, Hook: "Payroll", Text: "Last day {last_day}"},
	)
	return p
}

func TestPlanNotices(t *testing.T) {
	p := noticePolicy(t)
	plan, _, err := PlanLeaver(tomLeaves(nil), p, tomsFacts(nil), monday())
	if err != nil {
		t.Fatal(err)
	}
	before, _ := plan.Step("mail:before")
	if before.To != toManager || before.From != "notices@larkfield.example" || before.Subject != "Tom Hughes leaves on Fri 18 December 2026" || before.Due.Format("2006-01-02T15:04") != "2026-12-11T09:00" {
		t.Errorf("before %+v", before)
	}
	legal, _ := plan.Step("mail:legal")
	if want := "Tom Hughes Tom Olivia Grant Fri 18 December 2026 Larkfield Instruments Olivia Grant London - - {case}"; legal.Text != want {
		t.Errorf("text %q\nwant %q", legal.Text, want)
	}
	if s, _ := plan.Step("notice:after"); s.To != toManager || !strings.Contains(s.Text, "Tom Hughes has left") {
		t.Errorf("after %+v", s)
	}
	if s, _ := plan.Step("hook:payroll"); s.Hook != "Payroll" || s.URL != "https://payroll.example/muster" || s.Text != "Last day Fri 18 December 2026" || s.Title != "Have Payroll do its part for Tom Hughes" {
		t.Errorf("hook %+v", s)
	}

	// The day has come: nobody is told that it will. And the leaver reads along at the address.
	plan, warnings, err := PlanLeaver(tomLeaves(func(e *PeopleEvent) { e.LastDay = "2026-11-20" }), p, tomsFacts(func(f *Facts) { f.InIT = true }), monday())
	if err != nil {
		t.Fatal(err)
	}
	if _, there := plan.Step("mail:before"); there {
		t.Error("told of what is over")
	}
	if _, there := plan.Step("mail:legal"); there || !slices.ContainsFunc(warnings, func(w string) bool { return strings.Contains(w, "legal@larkfield.example") }) {
		t.Errorf("sent to where the leaver may read: %q", warnings)
	}
}

// Whatever people are called, it is never taken for a part that is filled in, and every known part is filled in.
func TestNoticeFill(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[A-Za-z{} _]{1,20}`).Draw(t, "name")
		w := NoticeWords{Name: name, Manager: name, Organisation: name}
		got := w.Fill("{name}|{manager}|{organisation}|{start}|{case}")
		if want := name + "|" + name + "|" + name + "|-|{case}"; strings.TrimSpace(name) != "" && strings.TrimSpace(name) == name && got != want {
			t.Fatalf("%q, want %q", got, want)
		}
	})
	for name, tpl := range templates(texts.Language{}) {
		if p := unknownPart(tpl.Subject + tpl.Text); p != "" || tpl.Subject == "" || tpl.Text == "" || tpl.To == "" {
			t.Errorf("template %s: part %q", name, p)
		}
		if low := strings.ToLower(tpl.Text); tpl.To == toPrivate || strings.Contains(low, "password") {
			t.Errorf("template %s", name)
		}
	}
	for text, want := range map[string]string{"": "", "Dear {first_name}, {case}": "", "{nmae}": "{nmae}", "a {": "{", "a }": "}", "{name} {name": "{", "{}": "{}"} {
		if got := unknownPart(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// A policy is told what is wrong with its notices and webhooks, at the place.
func TestPolicyNotices(t *testing.T) {
	const head = "mail_from: n@larkfield.example\nwebhooks:\n  Payroll: {url: https://payroll.example/, secret_file: payroll.secret}\n"
	for name, tt := range map[string]struct {
		top  string
		line string
		want string // in the sentence; "" is fine
	}{
		"a mail":                {head, "{task: send_mail, at: exit, template: on_last_day}", ""},
		"a message":             {head, "{task: notify, at: exit, to: it, text: Bye}", ""},
		"a webhook":             {head, "{task: call_webhook, at: exit, hook: Payroll}", ""},
		"to an address":         {head, "{task: send_mail, at: exit, to: legal@larkfield.example, subject: x, text: y}", ""},
		"unknown part":          {head, `{task: send_mail, at: exit, to: hr, subject: x, text: "{nmae}"}`, `"{nmae}" is not filled in`},
		"unknown template":      {head, "{task: send_mail, at: exit, template: last_dya}", "no template"},
		"nothing said":          {head, "{task: notify, at: exit, to: hr}", "Say what is sent"},
		"no subject":            {head, "{task: send_mail, at: exit, to: hr, text: x}", "needs a subject"},
		"to the leaver":         {head, "{task: send_mail, at: exit, template: welcome}", "Nothing about an exit"},
		"to the leaver's own":   {head, "{task: send_mail, at: exit, to: private, subject: x, text: y}", "Nothing about an exit"},
		"to nobody":             {head, "{task: notify, at: exit, to: everybody, text: x}", "is nobody"},
		"a message to a street": {head, "{task: notify, at: exit, to: a@b.example, text: x}", "is nobody"},
		"no sender":             {"", "{task: send_mail, at: exit, template: on_last_day}", "mail_from"},
		"no such webhook":       {head, "{task: call_webhook, at: exit, hook: Payrol}", `Did you mean "Payroll"`},
		"no webhooks":           {"", "{task: call_webhook, at: exit, hook: Payroll}", "no webhook"},
		"a plain address":       {"webhooks: {Payroll: {url: http://payroll.example/, secret_file: x}}\n", "{task: call_webhook, at: exit, hook: Payroll}", "must begin with https"},
		"a private address":     {"webhooks: {Payroll: {url: https://10.0.0.1/, secret_file: x}}\n", "{task: call_webhook, at: exit, hook: Payroll}", "test rig"},
		"a test rig":            {"webhooks: {Payroll: {url: http://127.0.0.1:9/, secret_file: x, private: true}}\n", "{task: call_webhook, at: exit, hook: Payroll}", ""},
		"no secret":             {"webhooks: {Payroll: {url: https://payroll.example/}}\n", "{task: call_webhook, at: exit, hook: Payroll}", "holds the secret"},
		"a sender of no sort":   {"mail_from: me\n", "{task: notify, at: exit, to: hr, text: x}", "is not an address"},
	} {
		t.Run(name, func(t *testing.T) {
			_, text := sandboxPolicy(t)
			lines := "workflows:\n  leaver:\n    - {task: block_sign_in, at: exit}\n    - {task: revoke_sessions, at: exit, after: [block_sign_in]}\n    - " + tt.line + "\n"
			_, err := ParsePolicy("policy.yaml", []byte(string(text)+"\n"+tt.top+lines))
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

// Instructions name the person, where, and what counts; and every manual step that Muster knows has some.
func TestManualSteps(t *testing.T) {
	w := ActWords{Name: "Tom Hughes", UPN: "tom.hughes@larkfield.example", Successor: maria, Keep: "2027-01-17", ReviewBecause: "a claim", DriveURL: "https://x.example/"}
	var got []string
	for _, a := range []ManualAct{ConvertToShared, ForwardMailbox, HideFromList, CheckMailbox, CancelByHand, ShareByHand, RetireByHand, ReviewHold, CheckApps} {
		title, how := ManualStep(texts.Language{}, a, w)
		if !strings.Contains(title, "Tom Hughes") || len(how) < 80 || len(how) > 2000 || strings.ContainsAny(how, "!{}") {
			t.Errorf("%s: %q: %q", a, title, how)
		}
		got = append(got, string(a))
	}
	if title, how := ManualStep(texts.Language{}, "other", w); title+how != "" {
		t.Error("words for what is not known")
	}
	if diff := cmp.Diff(leaverActs(), got[:3]); diff != "" {
		t.Error(diff)
	}
}

// A joiner is told of at the private address before there is an account, and at the own one after; without a private address nobody is.
func TestJoinerNotices(t *testing.T) {
	p, _ := sandboxPolicy(t)
	p.MailFrom = "notices@larkfield.example"
	p.Workflows[JoinerFlow] = append(slices.Clone(p.Workflows[JoinerFlow]),
		Line{Task: SendMail, Key: "hello", At: atStart, Offset: &Due{WorkingDays: -10}, To: toPrivate, Subject: "Welcome, {first_name}", Text: "You start on {start}."},
		Line{Task: SendMail, Key: "remind", At: atStart, Offset: &Due{WorkingDays: -7}, Template: "onboarding_reminder"},
		Line{Task: SendMail, Key: "first", At: atStart, Template: "welcome", After: []string{"enable_account"}},
	)
	for private, want := range map[string]bool{"priya@home.example": true, "": false} {
		b := raised(t, func(r *Raised) { r.Event.PersonalEmail = private }).Body.(Raised)
		plan, _, err := PlanJoiner(b.Event, p, b.Facts, nil, monday())
		if err != nil {
			t.Fatal(err)
		}
		hello, there := plan.Step("mail:hello")
		if there != want || there && (hello.Subject != "Welcome, Priya" || hello.needsAccount()) {
			t.Errorf("private address %q: %+v", private, hello)
		}
		if s, _ := plan.Step("mail:remind"); s.To != toManager || s.needsAccount() || !strings.Contains(s.Text, "Priya Patel starts on") {
			t.Errorf("reminder %+v", s)
		}
		if s, _ := plan.Step("mail:first"); s.To != toStarter || !s.needsAccount() || !slices.Contains(s.After, enableKey) {
			t.Errorf("on the day %+v", s)
		}
	}
}
