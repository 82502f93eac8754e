package e2e

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestPolicyWhileRunning changes the policy of the built program in chat, with two owners and without a start: the next starter is planned by
// the new one, and the file on disk is the one that was agreed to.
func TestPolicyWhileRunning(t *testing.T) {
	t.Parallel()
	where, err := newPlace(filepath.Join(t.TempDir(), "data"))
	if err != nil {
		t.Fatal(err)
	}
	running, err := where.start(t.Context(), os.Environ())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := running.stop(); err != nil {
			t.Error(err)
		}
	})
	p, file := player{where.client()}, filepath.Join(where.data, "policy.yaml")
	was, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	is := strings.Replace(string(was), `enable: {at: "08:00"}`, `enable: {at: "07:45"}`, 1)
	if is == string(was) {
		t.Fatal("the sandbox's policy has no such line")
	}
	pressed := func(as, button, what string, in map[string]string) {
		t.Helper()
		m, err := p.see(t.Context(), as, "bot", regexp.MustCompile(what), 30*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := p.press(t.Context(), as, m.ID, button, in); err != nil || !got.good() {
			t.Fatalf("%s: %+v, %v", button, got, err)
		}
	}
	get[object](t, p, "POST", "/sandbox/say", object{"as": "owner", "chat": "bot", "text": "policy", "file": object{"name": "policy.yaml", "base64": base64.StdEncoding.EncodeToString([]byte(is))}})
	pressed("owner", "Put it to the owners", `joiner, enable`, map[string]string{"reason": "The shop opens earlier now."})
	pressed("owner2", "Agree", `Olivia Grant proposes a change of the policy`, nil)
	if _, err := p.see(t.Context(), "owner", "bot", regexp.MustCompile(`In force`), 30*time.Second); err != nil {
		t.Fatal(err)
	}
	if now, err := os.ReadFile(file); err != nil || string(now) != is {
		t.Errorf("the file is not what was agreed to: %v", err)
	}
	if err := p.say(t.Context(), "hr", "bot", "new starter Wei Ling, Account Manager, starts "+time.Now().AddDate(0, 0, 40).Format("2 January 2006")+", reports to Tom Hughes"); err != nil {
		t.Fatal(err)
	}
	var form message
	for found, until := false, time.Now().Add(30*time.Second); !found; {
		if form, found, err = p.find(t.Context(), "hr", "bot", "Check and continue"); err != nil || !found && time.Now().After(until) {
			t.Fatalf("no form: %v", err)
		}
	}
	if got, err := p.press(t.Context(), "hr", form.ID, "Check and continue", map[string]string{"site": "London"}); err != nil || !got.good() {
		t.Fatalf("check: %+v, %v", got, err)
	}
	if _, err := p.see(t.Context(), "hr", "bot", regexp.MustCompile(`Sign-in opens: .*07:45`), 30*time.Second); err != nil {
		t.Error(err)
	}
}
