package flows

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"muster/flows/texts"

	"github.com/google/go-cmp/cmp"
)

// payroll is another system: it does a key once.
type payroll struct {
	asked map[string]int
	done  bool
	at    bool // it answers the call itself with done
	err   error
	body  []byte
}

func (p *payroll) Call(_ context.Context, h HookCall) (HookAnswer, error) {
	if p.asked == nil {
		p.asked = map[string]int{}
	}
	p.asked[h.Key]++
	p.body = h.Body
	return HookAnswer{Known: true, Done: p.at, Text: "off the run"}, p.err
}

func (p *payroll) Ask(_ context.Context, h HookCall) (HookAnswer, error) {
	return HookAnswer{Known: p.asked[h.Key] > 0, Done: p.done, Text: "waits for Ann"}, p.err
}

func hookChore(t *testing.T) (*chore, *payroll) {
	t.Helper()
	p := &payroll{}
	k := choreOf(t, Step{Task: CallWebhook, Name: "Payroll", Hook: "Payroll", URL: "https://payroll.example/"})
	k.h.hooks = p
	return k, p
}

// A step of another system is done when that system says so: at once, or when it is asked.
func TestCallWebhook(t *testing.T) {
	k, p := hookChore(t)
	k.want(t, "Payroll has not been asked", false)
	k.does(t, "")
	k.want(t, "Payroll has taken it and is not done: waits for Ann", false)
	k.does(t, "") // the same key
	p.done = true
	k.want(t, "Payroll says that it is done: waits for Ann", true)
	if len(p.asked) != 1 || p.asked["L-2026-0007/it"] != 2 {
		t.Errorf("asked %v", p.asked)
	}
	p.asked = nil // it lost the step, and says that a step it does not know is done
	k.want(t, "Payroll has not been asked", false)

	k, p = hookChore(t)
	p.at = true
	k.does(t, "")
	p.asked, p.err = nil, &Error{Code: Unavailable} // it is not asked again what it has said
	k.want(t, "Payroll says that it is done: off the run", true)
	k.does(t, "")
	if len(p.asked) != 0 {
		t.Errorf("asked again: %v", p.asked)
	}

	k, _ = hookChore(t)
	k.h.hooks = nil
	k.does(t, Denied)
	if _, err := tasks[CallWebhook].look(t.Context(), k.h, k.c, k.s); CodeOf(err) != Denied {
		t.Errorf("no webhook in the policy: %v", err)
	}
}

// A system that does not answer is asked again for a day, then people are.
func TestWebhookPatience(t *testing.T) {
	k, p := hookChore(t)
	p.err = &Error{Code: Unavailable, Say: "no answer"}
	k.does(t, Unavailable)
	for after, want := range map[time.Duration]Code{time.Hour: Unavailable, hookPatience: Unavailable, hookPatience + time.Minute: Conflict} {
		h := k.h
		h.now = k.h.now.Add(after)
		if _, err := tasks[CallWebhook].look(t.Context(), h, k.c, k.s); CodeOf(err) != want {
			t.Errorf("after %v: %v, want %s", after, err, want)
		}
	}
}

// What another system is told, to the byte: a contract.
func TestHookBody(t *testing.T) {
	k, p := hookChore(t)
	k.c.Event.Urgent, k.c.Event.LastTime = true, "17:00"
	k.s.Text = "Stop the pay."
	k.does(t, "")
	want := `{"version":1,"key":"L-2026-0007/it","case":"L-2026-0007","event":"leaver","urgent":true,"step":"it","subject":{"id":"` + string(tom.ID) + `","upn":"` + tom.UPN +
		`"},"site":"London","dates":{"last_day":"2026-12-18","last_time":"17:00","zone":"Europe/London"},"text":"Stop the pay."}`
	if diff := cmp.Diff(want, string(p.body)); diff != "" || !json.Valid(p.body) {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// After a change of name another system is told the sign-in name that works: the new one as soon as it was seen, and not before.
func TestHookAfterRename(t *testing.T) {
	for state, want := range map[StepState]string{Planned: tom.UPN, StepNotSeen: tom.UPN, StepBroken: tom.UPN, StepLeftOut: tom.UPN, StepDone: "tom.marlow@larkfield.example", StepDoneHand: "tom.marlow@larkfield.example"} {
		c := Case{ID: "N-2026-0001", Kind: RenameEvent, Account: tom.ID}
		c.Event.Subject = tom
		c.Plan = Plan{Steps: []Step{{Key: signInNameKey, Task: ChangeSignInName}}}
		c.Plan.Account.UPN = "tom.marlow@larkfield.example"
		c.Steps = []StepStatus{{Key: signInNameKey, State: state}}
		b, err := hookBody(c, Step{Key: "hook:payroll"})
		if err != nil || !strings.Contains(string(b), `"upn":"`+want+`"`) {
			t.Errorf("%s: %s, %v", state, b, err)
		}
	}
}

func TestCheckHookURL(t *testing.T) {
	for raw, want := range map[string][2]bool{ // for anybody, for a test rig
		"https://hooks.example/muster?x=1": {true, true}, "https://hooks.example:8443/": {true, true},
		"http://hooks.example/": {false, false}, "https://127.0.0.1/": {false, true}, "http://127.0.0.1:9/": {false, true}, "http://localhost/": {false, true},
		"https://10.0.0.1/": {false, true}, "https://[::1]/": {false, true}, "https://169.254.169.254/": {false, true}, "https://[::ffff:127.0.0.1]/": {false, true},
		"https://u:p@hooks.example/": {false, false}, "https://hooks.example/#x": {false, false}, "https://hooks.example/?key=1": {false, false},
		"ftp://hooks.example/": {false, false}, "hooks.example": {false, false}, "": {false, false}, "https:///": {false, false}, "://": {false, false},
	} {
		for i, private := range []bool{false, true} {
			_, err := CheckHookURL(texts.Language{}, raw, private)
			if (err == nil) != want[i] || err != nil && (SayOf(err) == "" || strings.Contains(SayOf(err), "hooks.example")) {
				t.Errorf("%q, private %t: %v", raw, private, err)
			}
		}
	}
}
