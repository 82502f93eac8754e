package service_test

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"

	"muster/bot/sandbox"
	"muster/flows"
)

// TestPolicyNotBegun agrees to a policy that Muster then cannot begin with: it runs on the one before, the file is put back, the owners are told,
// and the same file can be agreed to once that is mended.
func TestPolicyNotBegun(t *testing.T) {
	lodge(t, []setting{{file: true}}, func(t *testing.T, l *lodging) {
		l.begin()
		w := l.all[0]
		w.announce()
		next := otherPolicy(t)
		l.refuses = func(_ *world, pol *flows.Policy) error {
			if pol.Limits.CasesPerDay == 30 {
				return errBroken
			}
			return nil
		}
		agreed := func() {
			w.send("owner", "policy", "policy.yaml", next)
			w.press("owner", "bot", "Put it to the owners", inputs{"reason": "A quiet month."})
			w.agree("owner2")
			for range 3 {
				w.settle()
				w.advance(time.Minute)
			}
		}
		agreed()
		w.mustSee("owner", "owners", "Muster could not begin with the policy that was agreed to (P-")
		for _, who := range []string{"owner", "owner2"} {
			w.mustSee(who, "bot", "Muster could not begin with it; its log says why.")
			if _, ok := w.card(who, "bot", "change of the policy", "Agree"); ok {
				t.Errorf("%s is still offered to decide", who)
			}
		}
		if w.policyText() != string(sandbox.DefaultPolicy) {
			t.Error("the file was not put back")
		}
		if n := strings.Count(w.shown("owner", "owners", 50), "could not begin with the policy"); n != 1 || strings.Contains(w.shown("owner", "owners", 50), errBroken.Error()) {
			t.Errorf("told %d times, or with what is for the log:\n%s", n, w.shown("owner", "owners", 50))
		}
		if !strings.Contains(l.log.String(), errBroken.Error()) {
			t.Error("the log does not say why")
		}
		w.press("manager", "bot", "Approve", inputs{"items": []string{"group:Sales"}}) // it works as before

		l.refuses = nil
		agreed()
		w.mustSee("owner", "owners", "is in force from now on")
		if w.policyText() != next {
			t.Error("the file is not what was agreed to")
		}
		w.verify()
	})
}

// TestPolicyCouldNotOpen has a policy name what the machine does not have: it is not put to the owners, and not agreed to, until it does.
func TestPolicyCouldNotOpen(t *testing.T) {
	story(t, setting{file: true}, func(t *testing.T, w *world) {
		lacks := func(pol *flows.Policy) error {
			if pol.Limits.CasesPerDay == 30 {
				return fmt.Errorf("webhook of payroll: %w", &fs.PathError{Op: "open", Path: "/etc/muster/payroll.secret", Err: fs.ErrNotExist})
			}
			return nil
		}
		has := func(*flows.Policy) error { return nil }
		live := lacks
		w.opens = func(pol *flows.Policy) error { return live(pol) }
		w.stop() // the next process asks
		w.settle()
		refused := func(who, when string) {
			t.Helper()
			said := w.texts(who) + w.shown(who, "bot", 3)
			if !strings.Contains(said, "Muster could not begin with this policy: a file that it names cannot be read") || strings.Contains(said, "/etc/muster") {
				t.Errorf("%s: %s", when, w.shown(who, "bot", 3))
			}
			if w.policyEntries("policy.decided.1") != 0 || w.policyText() != string(sandbox.DefaultPolicy) {
				t.Errorf("%s: something was decided", when)
			}
		}
		w.send("owner", "policy", "policy.yaml", otherPolicy(t))
		refused("owner", "when it is sent")
		if n := len(w.proposals()); n != 0 {
			t.Errorf("%d proposals", n)
		}
		live = has
		w.send("owner", "policy", "policy.yaml", otherPolicy(t))
		w.press("owner", "bot", "Put it to the owners", inputs{"reason": "A quiet month."})
		live = lacks
		m, ok := w.card("owner2", "bot", "proposes a change", "Agree")
		if !ok {
			t.Fatal("nobody is asked")
		}
		if a := w.pressed(map[string]any{"as": "owner2", "message": m.ID, "button": "Agree"}); !strings.Contains(string(a.Value.Value), "could not begin with this policy") || strings.Contains(string(a.Value.Value), "/etc/muster") {
			t.Errorf("an owner who agrees is told %s", a.Value.Value)
		}
		if w.policyEntries("policy.decided.1") != 0 {
			t.Error("it was decided on")
		}
		live = has
		w.agree("owner2")
		w.settle()
		w.advance(2 * time.Minute)
		if w.inForce().Limits.CasesPerDay != 30 {
			t.Error("not in force once it could be")
		}
		w.verify()
	})
}
