package service_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"strings"
	"testing"
	"time"

	"muster/bot/sandbox"
	"muster/flows"
)

// renew ends the process as abruptly as can be; the next one begins with what the file says.
func (l *life) renew(*flows.Policy) {
	l.renewed.Store(true)
	l.die()
}

func (w *world) writePolicy(text []byte) {
	w.t.Helper()
	if err := os.WriteFile(w.file, text, 0o600); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) policyText() string {
	w.t.Helper()
	b, err := os.ReadFile(w.file)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(b)
}

func (w *world) readPolicy() *flows.Policy {
	w.t.Helper()
	p, err := flows.ParsePolicy("policy.yaml", []byte(w.policyText()))
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// lookAtFile is what happens once a minute.
func (w *world) lookAtFile() {
	w.t.Helper()
	w.advance(time.Minute)
	if err := w.alive().svc.Engine.WatchPolicy(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	w.settle()
}

// inForce is the policy that the process runs on.
func (w *world) inForce() *flows.Policy { return w.alive().svc.Engine.Policy }

// otherPolicy is the sandbox's policy with another limit.
func otherPolicy(t *testing.T) string {
	t.Helper()
	return reworded(t, string(sandbox.DefaultPolicy), "cases_per_day: 50", "cases_per_day: 30")
}

// reworded puts new words in the place of old ones, which must be there.
func reworded(t *testing.T, text, from, to string) string {
	t.Helper()
	if !strings.Contains(text, from) {
		t.Fatalf("the policy does not say %q", from)
	}
	return strings.Replace(text, from, to, 1)
}

// agree presses the button; the process may begin anew before it answers.
func (w *world) agree(as string) {
	w.t.Helper()
	m, ok := w.card(as, "bot", "", "Agree")
	if !ok {
		w.t.Fatalf("%s is not asked:\n%s", as, w.shown(as, "bot", 3))
	}
	w.pressed(map[string]any{"as": as, "message": m.ID, "button": "Agree"})
}

// policyEntries counts the entries of a kind of all proposals.
func (w *world) policyEntries(kind flows.Kind) int {
	w.t.Helper()
	n := 0
	for _, m := range w.proposals() {
		recs, err := w.alive().svc.Store.Records(w.t.Context(), m)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, r := range recs {
			if r.Kind == kind {
				n++
			}
		}
	}
	return n
}

func (w *world) proposals() []flows.CaseID {
	w.t.Helper()
	streams, _, err := w.alive().svc.Store.Since(w.t.Context(), time.Time{})
	if err != nil {
		w.t.Fatal(err)
	}
	var out []flows.CaseID
	for _, id := range streams {
		if strings.HasPrefix(string(id), "P-") {
			out = append(out, id)
		}
	}
	return out
}

// twoOwners is the compact policy with an owner who can agree.
var twoOwners = strings.Replace(compact, "owner: {people: [olivia.grant@larkfield.example]}", "owner: {people: [olivia.grant@larkfield.example, oscar.lind@larkfield.example]}", 1)

func hashText(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// TestPolicyChange is a policy that an owner proposes and another one agrees to: the next case follows it, an open one keeps its plan, the
// owners are told once, and the review of the month has it.
func TestPolicyChange(t *testing.T) {
	story(t, setting{file: true, reviews: true}, func(t *testing.T, w *world) {
		w.announce()
		before := w.theCase()
		next := reworded(t, otherPolicy(t), "title: Account Manager\n", "title: Key Account Manager\n")
		w.send("hr", "policy", "policy.yaml", next)
		w.mustSee("hr", "bot", "Only an owner can propose a policy")
		w.send("owner", "policy", "policy.yaml", next)
		for _, words := range []string{"limits, cases per day", "jobs, Account Manager, title", " is changed; nobody has it by the cases.", "1 open case would be planned otherwise and keeps its plan: ", before.Ref + "."} {
			w.mustSee("owner", "bot", words)
		}
		if w.saw("owner2", "bot", "policy") {
			t.Error("another owner is asked before it is proposed")
		}
		mine, _ := w.card("owner", "bot", "", "Put it to the owners")
		w.pressed(map[string]any{"as": "owner", "message": mine.ID, "verb": flows.VerbPolicyPropose, "data": map[string]any{"verb": flows.VerbPolicyPropose, "draft": string(w.proposals()[0]), "plan": hashText(next)}})
		if w.saw("owner2", "bot", "proposes a change") {
			t.Error("proposed without a reason")
		}
		w.press("owner", "bot", "Put it to the owners", inputs{"reason": "The team is called otherwise now."})
		w.mustSee("owner2", "bot", "Olivia Grant proposes a change of the policy.")
		w.mustSee("owner2", "bot", "The team is called otherwise now.")
		w.mustSee("owner2", "owners", "Olivia Grant proposes a change of the policy (P-")
		w.say("owner2", "my tasks")
		w.mustSee("owner2", "bot", "Agree to a change")
		if w.policyText() != string(sandbox.DefaultPolicy) {
			t.Fatal("the file was changed before anybody agreed")
		}
		m, ok := w.card("owner2", "bot", "proposes a change", "Agree")
		if !ok {
			t.Fatal("nobody is asked")
		}
		ref := string(w.proposals()[0])
		a := w.pressed(map[string]any{"as": "owner", "message": m.ID, "verb": flows.VerbPolicyAgree, "data": map[string]any{"verb": flows.VerbPolicyAgree, "draft": ref, "plan": hashText(next)}})
		if !strings.Contains(string(a.Value.Value), "You proposed this, so another owner must decide on it.") && w.policyEntries("policy.decided.1") > 0 {
			t.Errorf("the proposer agreed: %s", a.Value.Value)
		}
		a = w.pressed(map[string]any{"as": "owner2", "message": m.ID, "verb": flows.VerbPolicyAgree, "data": map[string]any{"verb": flows.VerbPolicyAgree, "draft": ref, "plan": strings.Repeat("a", 64)}})
		if n := w.policyEntries("policy.decided.1"); n != 0 {
			t.Fatalf("decided on other bytes: %s", a.Value.Value)
		}
		w.agree("owner2")
		w.settle()
		w.advance(2 * time.Minute)
		if w.policyText() != next || w.inForce().Limits.CasesPerDay != 30 {
			t.Fatalf("not in force: %d cases a day", w.inForce().Limits.CasesPerDay)
		}
		for _, who := range []string{"owner", "owner2"} {
			w.mustSee(who, "bot", "In force")
			if _, ok := w.card(who, "bot", "change of the policy", "Agree"); ok {
				t.Errorf("%s is still offered to decide", who)
			}
		}
		w.mustSee("owner", "owners", "that Olivia Grant proposed and Oscar Lind agreed to ("+ref+") is in force from now on")
		if w.saw("owner", "owners", "The policy was changed, and the new one") {
			t.Error("what the owners decided is told once more")
		}
		if now := w.caseOf("Priya Patel"); now.Ref != before.Ref || w.kept("Key Account Manager") == 0 {
			t.Error("the case went")
		}
		w.say("hr", "new starter Wei Ling, Account Manager, starts 6 January, reports to Tom Hughes")
		w.press("hr", "bot", "Check and continue", inputs{"site": "London"})
		w.press("hr", "bot", "Confirm", nil)
		for name, want := range map[string]string{"Priya Patel": "Account Manager", "Wei Ling": "Key Account Manager"} {
			c, err := w.alive().svc.Store.Case(t.Context(), flows.CaseID(w.caseOf(name).Ref))
			if err != nil || c.Plan.Account.JobTitle != want {
				t.Errorf("%s is to be %q, want %q (%v)", name, c.Plan.Account.JobTitle, want, err)
			}
		}
		if n := w.policyEntries("policy.in_force.1"); n != 1 || w.policyEntries("policy.placed.1") != 1 {
			t.Errorf("%d times in force", n)
		}
		if pack := w.exported(ref); len(pack) == 0 {
			t.Error("there is no evidence of it")
		}
		w.say("owner", "evidence "+ref)
		if q := w.question("owner"); q.Asks == nil || q.Asks.Name != "evidence-"+strings.ToLower(ref)+".zip" {
			t.Errorf("the evidence is not offered:\n%s", w.shown("owner", "bot", 2))
		}
		w.walk("2026-12-01 10:00")
		w.mustSee("owner", "bot", "The policy was changed: Olivia Grant proposed it, and Oscar Lind agreed ("+ref+").")
		w.verify()
	})
}

// TestPolicyNotChanged is every way in which nothing is changed: what cannot be used is refused whole, and a refusal, a withdrawal, a newer
// proposal and silence end one.
func TestPolicyNotChanged(t *testing.T) {
	story(t, setting{file: true}, func(t *testing.T, w *world) {
		good := string(sandbox.DefaultPolicy)
		for name, tt := range map[string]struct{ text, says string }{
			"mistakes":        {reworded(t, good, "cases_per_day: 50", "cases_per_day: many\n  no_such_key: 1"), "column"},
			"nobody there":    {reworded(t, good, "cases_per_day: 50", "cases_per_day: 30") + "\nfallback: {deputies: [nobody.at.all@larkfield.example]}\n", "nobody.at.all@larkfield.example is not in the directory"},
			"the same":        {good, "in force already"},
			"locks out owner": {ownersOnly(t, good, "olivia.grant@larkfield.example"), "You would be the only owner"},
		} {
			w.send("owner", "policy", "policy.yaml", tt.text)
			if !w.saw("owner", "bot", tt.says) {
				t.Errorf("%s: %s", name, w.shown("owner", "bot", 1))
			}
		}
		if n := len(w.proposals()); n != 0 {
			t.Fatalf("%d proposals were kept", n)
		}
		propose := func(text string) {
			w.send("owner", "policy", "policy.yaml", text)
			w.press("owner", "bot", "Put it to the owners", inputs{"reason": "A quiet month."})
		}
		propose(otherPolicy(t))
		w.press("owner2", "bot", "Refuse now", inputs{"reason": "Too few."})
		w.mustSee("owner", "bot", "Oscar Lind refused the change of the policy")
		w.mustSee("owner", "bot", "Too few.")

		propose(reworded(t, good, "cases_per_day: 50", "cases_per_day: 31"))
		w.press("owner", "bot", "Take it back", nil)
		w.mustSee("owner2", "bot", "Olivia Grant took it back.")

		propose(reworded(t, good, "cases_per_day: 50", "cases_per_day: 32"))
		old, _ := w.card("owner2", "bot", "proposes a change", "Agree")
		propose(reworded(t, good, "cases_per_day: 50", "cases_per_day: 33"))
		w.mustSee("owner2", "bot", "a newer proposal took its place.")
		w.pressed(map[string]any{"as": "owner2", "message": old.ID, "verb": flows.VerbPolicyAgree, "data": map[string]any{
			"verb": flows.VerbPolicyAgree, "draft": string(w.proposals()[2]), "plan": hashText(reworded(t, good, "cases_per_day: 50", "cases_per_day: 32")),
		}})
		for who, shown := range map[string]bool{"owner": true, "owner2": true, "it": false} {
			w.say(who, "status")
			if w.saw(who, "bot", "Change of the policy") != shown || w.saw(who, "bot", "A quiet month.") != shown {
				t.Errorf("the status of %s:\n%s", who, w.shown(who, "bot", 1))
			}
		}
		w.walk("2026-11-27 12:00")
		w.mustSee("owner2", "bot", "still waits for an owner. Without a decision by Mon 30 November 2026, 17:30 (London) nothing changes.")
		w.walk("2026-12-02 12:00")
		if n := strings.Count(w.texts("owner2"), "still waits for an owner"); n != 1 || strings.Contains(w.texts("owner"), "still waits for an owner") {
			t.Errorf("reminded %d times, or the one who proposed it", n)
		}
		w.say("owner", "status")
		if !strings.Contains(w.shown("owner", "bot", 1), "As of") || strings.Contains(w.shown("owner", "bot", 1), "Change of the policy") {
			t.Errorf("in the end the status is:\n%s", w.shown("owner", "bot", 1))
		}
		w.mustSee("owner", "bot", "Nobody decided on your change of the policy")
		if w.policyText() != good || w.policyEntries("policy.decided.1") != 1 || w.policyEntries("policy.lapsed.1") != 3 || w.policyEntries("policy.in_force.1") != 0 {
			t.Errorf("%d decisions, %d lapsed", w.policyEntries("policy.decided.1"), w.policyEntries("policy.lapsed.1"))
		}
		w.verify()
	})
}

// ownersOnly leaves one owner in the policy.
func ownersOnly(t *testing.T, text, who string) string {
	t.Helper()
	before, rest, ok := strings.Cut(text, "\n  owner:\n")
	_, after, cut := strings.Cut(rest, "\nchannels:")
	if !ok || !cut {
		t.Fatal("the sandbox's policy is written otherwise")
	}
	return before + "\n  owner:\n    people: [" + who + "]\n\nchannels:" + after
}

// TestPolicyFileFound is a file that somebody changed where Muster runs: it is not used, and put to the owners. One agrees, and it is; one
// refuses, and it is put back; a file that cannot be used is told once.
func TestPolicyFileFound(t *testing.T) {
	story(t, setting{file: true}, func(t *testing.T, w *world) {
		good := string(sandbox.DefaultPolicy)
		w.lookAtFile()
		if w.saw("owner", "owners", "file") {
			t.Fatal("told of a file that nobody changed")
		}
		w.writePolicy([]byte(otherPolicy(t)))
		w.lookAtFile()
		w.lookAtFile()
		w.mustSee("owner", "owners", "The policy's file was changed where Muster runs (P-")
		if n := len(w.proposals()); n != 1 || w.inForce().Limits.CasesPerDay != 50 {
			t.Fatalf("%d proposals, %d cases a day", n, w.inForce().Limits.CasesPerDay)
		}
		w.press("owner2", "bot", "Refuse now", inputs{"reason": "Nobody told us."})
		w.settle()
		w.lookAtFile()
		if w.policyText() != good || len(w.proposals()) != 1 {
			t.Fatal("the file was not put back")
		}
		w.mustSee("owner", "owners", "The file is again the one that is in force")

		w.writePolicy([]byte("version: 1\nnonsense: [\n"))
		w.lookAtFile()
		w.lookAtFile()
		n := 0
		for _, m := range w.chat("owner", "owners") {
			n += strings.Count(m.Text, "it cannot be used")
		}
		if n != 1 {
			t.Errorf("a file with mistakes is told of %d times", n)
		}
		w.writePolicy([]byte(otherPolicy(t)))
		w.lookAtFile()
		w.agree("owner")
		w.settle()
		w.advance(2 * time.Minute)
		if w.inForce().Limits.CasesPerDay != 30 {
			t.Fatal("not in force")
		}
		w.mustSee("owner", "owners", "The changed file of the policy that Olivia Grant agreed to")

		// Somebody who starts Muster anew puts a file in force without an owner: that is told as it is.
		w.stop()
		w.writePolicy([]byte(good))
		w.settle()
		w.mustSee("owner", "owners", "The policy was changed, and the new one is in force from now on.")
		w.verify()
	})
}

// TestPolicyCrashEverywhere dies at every moment from the file to the policy in force: it ends in the one or the other, and always in force
// once agreed, which is logged once.
func TestPolicyCrashEverywhere(t *testing.T) {
	count := &fate{}
	story(t, setting{policy: []byte(twoOwners), file: true, fate: count, workers: 1}, func(t *testing.T, w *world) { w.changePolicy(count) })
	if t.Failed() {
		return
	}
	_, points := count.stay()
	everywhere(t, points, []point{commits, teamsCalls}, func(t *testing.T, f *fate) (died bool) {
		story(t, setting{policy: []byte(twoOwners), file: true, fate: f, workers: 1}, func(t *testing.T, w *world) {
			w.changePolicy(f)
			died, _ = f.stay()
		})
		return died
	})
}

// changePolicy plays a change until it is in force; people who get no answer look again.
func (w *world) changePolicy(f *fate) {
	w.t.Helper()
	next := strings.Replace(twoOwners, "organisation: Larkfield Instruments", "organisation: Larkfield Instruments Ltd", 1)
	f.stay()
	w.settle()
	f.begin()
	for range 12 {
		if w.inForce().Organisation != "Larkfield Instruments" {
			break
		}
		if len(w.proposals()) == 0 {
			w.send("owner", "policy", "policy.yaml", next)
		}
		if m, ok := w.card("owner", "bot", "", "Put it to the owners"); ok {
			w.pressed(map[string]any{"as": "owner", "message": m.ID, "button": "Put it to the owners", "inputs": inputs{"reason": "We are a company now."}})
		}
		if m, ok := w.card("owner2", "bot", "", "Agree"); ok {
			w.pressed(map[string]any{"as": "owner2", "message": m.ID, "button": "Agree"})
		}
		w.settle()
		w.advance(2 * time.Minute)
	}
	w.advance(10 * time.Minute)
	f.stay()
	if got := w.policyText(); got != next || w.inForce().Organisation != "Larkfield Instruments Ltd" {
		w.t.Errorf("not in force:\n%s", w.shown("owner2", "bot", 3))
	}
	if d, i, p := w.policyEntries("policy.decided.1"), w.policyEntries("policy.in_force.1"), w.policyEntries("policy.placed.1"); d != 1 || i != 1 || p != 1 && !(p == 0 && f.came) {
		w.t.Errorf("%d decisions, %d times in force, %d times in place", d, i, p)
	}
	if !w.saw("owner", "bot", "In force") || !w.saw("owner2", "bot", "In force") {
		w.t.Error("the cards do not say so")
	}
	if n := strings.Count(w.shown("owner", "owners", 50), "is in force from now on"); n < 1 || n > 2 { // a send in doubt comes twice
		w.t.Errorf("told %d times", n)
	}
	w.verify()
}
