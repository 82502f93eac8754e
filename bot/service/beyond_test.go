package service_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"muster/bot/sandbox"
	"muster/flows"
)

// beyondPolicy is the sandbox's policy with more in it: keys at the top, keys of leaver, and further lines of a leaver's workflow.
func beyondPolicy(t *testing.T, top, leaver, lines string) []byte {
	t.Helper()
	b := sandbox.DefaultPolicy
	if leaver != "" {
		const mark = "  licence_hold_days: 30\n"
		if !bytes.Contains(b, []byte(mark)) {
			t.Fatal("the sandbox's policy has another shape")
		}
		b = bytes.Replace(b, []byte(mark), []byte(mark+leaver), 1)
	}
	if lines != "" {
		_, builtIn, ok := strings.Cut(flows.BuiltInWorkflows(), "\nleaver:\n")
		if !ok {
			t.Fatal("the built-in workflows have another shape")
		}
		top += "workflows:\n  leaver:\n"
		for line := range strings.Lines(builtIn) {
			if line[0] != ' ' && line[0] != '#' && line[0] != '\n' {
				break
			}
			top += "  " + line
		}
		top += lines
	}
	return append(append(slices.Clone(b), '\n'), top...)
}

// entriesOf is everything that the evidence says about a case, as one text.
func (w *world) entriesOf(name string) string {
	w.t.Helper()
	var b strings.Builder
	for _, r := range w.records(string(w.caseOf(name).Ref)) {
		fmt.Fprintf(&b, "%s %+v\n", r.Kind, r.Entry.Body)
	}
	return b.String()
}

// Tom leaves with meetings, an inbox rule that sends mail outside, a OneDrive and two devices: all of it is seen to be settled, licences
// wait for it, and nobody is shown where exactly the mail went.
func TestExitBeyondTheDirectory(t *testing.T) {
	story(t, setting{policy: beyondPolicy(t, "", "  mailbox: [convert_to_shared]\n", "")}, func(t *testing.T, w *world) {
		w.announceExit("leaver Tom Hughes, last day 30 November at 17:00", nil)
		w.walk("2026-11-30 16:59")
		w.caseOf("Tom Hughes").wantSteps(t, map[string]flows.StepState{"meetings": flows.Planned, "forwarding": flows.Planned, "onedrive:share": flows.Planned})
		w.walk("2026-11-30 17:05")
		w.caseOf("Tom Hughes").wantSteps(t, map[string]flows.StepState{
			"meetings": flows.StepDone, "forwarding": flows.StepDone, "onedrive:share": flows.StepDone, "devices:disable": flows.StepDone, "devices:retire": flows.StepNotSeen,
		})
		news := strings.Join(w.news(), "\n")
		for _, want := range []string{"A meeting that Tom Hughes organised was cancelled", "An inbox rule of Tom Hughes was removed", "Files of Tom Hughes were shared", "The device LAR-LT-0103 of Tom Hughes was disabled", "was asked to retire"} {
			if !strings.Contains(news, want) {
				t.Errorf("it is not so that %q", want)
			}
		}
		if blocked, shared := strings.Index(news, "Sign-in of Tom Hughes was blocked"), strings.Index(news, "Files of Tom Hughes"); blocked < 0 || blocked > shared {
			t.Error("the door is not closed first")
		}
		log := w.entriesOf("Tom Hughes")
		if !strings.Contains(log, "1 inbox rule passes mail on to mailbox.example") || strings.Contains(log, "tom.private@mailbox.example") {
			t.Error("the evidence does not say where mail went, or says too much")
		}

		// The mailbox is converted by IT, whose word alone does not count.
		const task = "Convert the mailbox of Tom Hughes"
		w.mustSee("it", "it", "Set-Mailbox -Identity tom.hughes@larkfield.example -Type Shared")
		w.pressAbout("it", "it", task, "Done", nil)
		w.advance(time.Minute)
		if s := w.caseOf("Tom Hughes").step("mailbox:shared"); s == flows.StepDoneHand || s == flows.StepDone {
			t.Errorf("believed without a look: %s", s)
		}
		if err := w.sim.SetMailboxPurpose(tom, "shared"); err != nil {
			t.Fatal(err)
		}
		w.advance(6 * time.Hour)
		w.caseOf("Tom Hughes").wantSteps(t, map[string]flows.StepState{"mailbox:shared": flows.StepDoneHand, "devices:retire": flows.StepDone})
		for _, g := range []string{"Marketing News", "Price List Editors"} {
			w.outOf(g, tom)
		}
		w.mustSee("it", "it", "App registrations, and give Price calculator another owner")
		w.tasksDone("Tom Hughes")
		w.walk("2026-12-30 17:02")
		if a, _ := w.account(tom); len(a.Licenses) > 0 {
			t.Errorf("after the hold the licences are %v", a.Licenses)
		}
		w.finished()
		w.verify()
	})
}

// A wipe cannot be undone: it waits for an approver, whatever else goes on, and one that is refused is not done.
func TestWipeNeedsASignOff(t *testing.T) {
	for _, words := range []string{"leaver Tom Hughes, last day 30 November at 17:00", "urgent leaver Tom Hughes"} {
		for button, wiped := range map[string]bool{"Sign off": true, "Refuse now": false} {
			t.Run(words+", "+button, func(t *testing.T) {
				story(t, setting{policy: beyondPolicy(t, "", "  wipe_devices: true\n", "")}, func(t *testing.T, w *world) {
					w.announceExit(words, nil)
					if strings.HasPrefix(words, "urgent") {
						w.press("owner", "bot", "Confirm now", nil)
					}
					w.walk("2026-11-30 18:20")
					w.caseOf("Tom Hughes").wantSteps(t, map[string]flows.StepState{"block": flows.StepDone, "devices:retire": flows.StepDone, "wipe:LAR-LT-0103": flows.Planned})
					if n := strings.Join(w.news(), "\n"); strings.Contains(n, "asked to wipe") {
						t.Fatal("wiped without a sign-off")
					}
					w.mustSee("approver", "bot", "Everything on it is lost.")
					w.press("approver", "bot", button, inputs{"reason": "Legal needs it."})
					w.advance(6 * time.Hour)
					if n := strings.Join(w.news(), "\n"); strings.Contains(n, "The device LAR-LT-0103 of Tom Hughes was asked to wipe") != wiped || strings.Contains(n, "Tom's phone of Tom Hughes was asked to wipe") {
						t.Errorf("wiped %t; %s", !wiped, n)
					}
					want := flows.StepDone
					if !wiped {
						want = flows.StepAbandoned
					}
					w.caseOf("Tom Hughes").wantSteps(t, map[string]flows.StepState{"wipe:LAR-LT-0103": want})
					w.verify()
				})
			})
		}
	}
}

// other is another system: it takes a key once, and is done when somebody there says so.
type other struct {
	mu    sync.Mutex
	asked map[string]int
	body  string
	done  bool
}

func (o *other) Call(_ context.Context, h flows.HookCall) (flows.HookAnswer, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.asked == nil {
		o.asked = map[string]int{}
	}
	o.asked[h.Key]++
	o.body = string(h.Body)
	return flows.HookAnswer{Known: true}, nil
}

func (o *other) Ask(_ context.Context, h flows.HookCall) (flows.HookAnswer, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return flows.HookAnswer{Known: o.asked[h.Key] > 0, Done: o.done, Text: "Ann took Tom off the run."}, nil
}

// Notices go out at their times to whom they are for, a mail whose answer was lost is not sent twice, and another system's step is awaited.
func TestNoticesAndWebhook(t *testing.T) {
	const sender = "hannah.reed@larkfield.example"
	policy := beyondPolicy(t, "mail_from: "+sender+"\nwebhooks:\n  Payroll: {url: https://payroll.example/muster, secret_file: payroll.secret}\n", "", `
    - {task: send_mail, key: before, at: exit, offset: {days: -2, at: "09:00"}, template: before_last_day}
    - {task: notify, key: gone, at: exit, after: [block_sign_in], template: after_last_day}
    - {task: notify, key: it, at: exit, after: [block_sign_in], to: it, text: "{name} has left; see {case}."}
    - {task: send_mail, key: legal, at: exit, after: [block_sign_in], to: legal@law.example, subject: "{case}", text: "{name} left on {last_day}."}
    - {task: call_webhook, key: payroll, at: exit, after: [block_sign_in], hook: Payroll}
`)
	sys := &other{}
	story(t, setting{policy: policy, hooks: sys}, func(t *testing.T, w *world) {
		heard := len(w.chat("manager", "bot"))
		w.announceExit("leaver Tom Hughes, last day 30 November at 17:00", nil)
		w.walk("2026-11-28 08:59")
		if sent := w.sim.SentBy(sender); len(sent) > 0 {
			t.Errorf("before its time: %v", sent)
		}
		w.walk("2026-11-28 09:01")
		sent := w.sim.SentBy(sender)
		if len(sent) != 1 || sent[0].To[0] != "olivia.grant@larkfield.example" || sent[0].Subject != "Tom Hughes leaves on Mon 30 November 2026" || !strings.Contains(sent[0].Text, "Case L-2026-") {
			t.Fatalf("to the manager: %+v", sent)
		}
		w.fault("graph", "lost_answer", "sendMail", 1)
		w.walk("2026-11-30 17:05")
		w.mend()
		w.caseOf("Tom Hughes").wantSteps(t, map[string]flows.StepState{
			"mail:before": flows.StepDone, "notice:gone": flows.StepDone, "notice:it": flows.StepDone, "mail:legal": flows.StepBroken, "hook:payroll": flows.StepNotSeen, "group:Sales": flows.StepDone,
		})
		w.mustSee("owner", "bot", "Tom Hughes has left, and the sign-in is blocked.")
		w.mustSee("it", "it", "Tom Hughes has left; see L-2026-")
		w.mustSee("it", "it", "Look in the Sent Items of "+sender)
		if n := len(w.sim.SentBy(sender)); n != 2 {
			t.Errorf("%d mails, want the one whose answer was lost once", n)
		}
		w.pressAbout("it", "it", "Mail to legal@law.example", "Record as done by hand", inputs{"note": "It is in Sent Items."})
		w.caseOf("Tom Hughes").wantSteps(t, map[string]flows.StepState{"mail:legal": flows.StepDoneHand})

		sys.mu.Lock()
		sys.done = true
		for key, n := range sys.asked {
			if !strings.HasPrefix(key, "L-2026-") || n > 2 { // once more after the third look, under the same key
				t.Errorf("asked %d times for %s", n, key)
			}
		}
		if len(sys.asked) != 1 || !strings.Contains(sys.body, `"upn":"tom.hughes@larkfield.example"`) || !strings.Contains(sys.body, `"last_day":"2026-11-30"`) {
			t.Errorf("asked %v with %s", sys.asked, sys.body)
		}
		sys.mu.Unlock()
		w.advance(2 * time.Hour)
		w.caseOf("Tom Hughes").wantSteps(t, map[string]flows.StepState{"hook:payroll": flows.StepDone})
		if !strings.Contains(w.entriesOf("Tom Hughes"), "Payroll says that it is done: Ann took Tom off the run.") {
			t.Error("the evidence does not say what the other system said")
		}
		if n := len(w.sim.SentBy(sender)); n != 2 {
			t.Errorf("%d mails in the end", n)
		}
		w.unaware("manager", heard, "bot")
		w.verify()
	})
}

// A tenant in which Muster may touch neither calendars nor files nor devices: what it cannot do becomes tasks, found before HR confirms.
func TestExitOutOfReach(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.fault("graph", "denied", "(calendarView|/drive|managedDevices|registeredDevices)", 0)
		w.announceExit("leaver Tom Hughes, last day 30 November at 17:00", nil)
		w.mend()
		w.walk("2026-12-01 09:00")
		for _, want := range []string{"Remove-CalendarEvents -Identity tom.hughes@larkfield.example", "Manage site collection owners", "In the Intune admin centre"} {
			w.mustSee("it", "it", want)
		}
		k := w.caseOf("Tom Hughes")
		k.wantSteps(t, map[string]flows.StepState{"meetings": flows.Planned, "onedrive:share": flows.Planned, "devices:hand": flows.Planned, "forwarding": flows.StepDone, "licence:SPB": flows.Planned})
		w.walk("2027-01-05 09:00")
		if a, _ := w.account(tom); !slices.Equal(a.Licenses, []string{"SPB"}) {
			t.Errorf("the licence went before what needs it: %v", a.Licenses)
		}
		w.verify()
	})
}
