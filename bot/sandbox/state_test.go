package sandbox

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestStateSurvivesAKill(t *testing.T) {
	state := filepath.Join(t.TempDir(), "teams.jsonl")
	one := newRig(t, rigOptions{state: state})
	if err := one.s.Install(t.Context()); err != nil {
		t.Fatal(err)
	}
	id := one.card("manager", askCard)
	one.bot.answers(func(activity) (int, any) {
		return 200, invokeAnswer{200, cardType, []byte(`{"type":"AdaptiveCard","version":"1.5"}`)}
	})
	one.call("POST", "/sandbox/press", pressCall{As: "manager", Message: id, Button: "Approve"}, nil)
	one.call("POST", "/sandbox/say", sayCall{As: "hr", Chat: "bot", Text: "help", File: &fileCall{"a.txt", "aGk="}}, nil)
	one.call("POST", "/sandbox/clock", map[string]any{"advance": "26h"}, nil)
	was := map[string][]messageView{"manager": one.messages("manager", "bot", 0), "hr": one.messages("hr", "bot", 0)}

	// The file is copied as a kill leaves it: not closed, a record half written.
	b, err := os.ReadFile(state)
	if err != nil {
		t.Fatal(err)
	}
	killed := filepath.Join(t.TempDir(), "teams.jsonl")
	if err := os.WriteFile(killed, append(b, `{"clock":"2026-12`...), 0o600); err != nil {
		t.Fatal(err)
	}
	two := newRig(t, rigOptions{state: killed})
	is := map[string][]messageView{"manager": two.messages("manager", "bot", 0), "hr": two.messages("hr", "bot", 0)}
	if diff := cmp.Diff(was, is); diff != "" {
		t.Errorf("chats (-before +after):\n%s", diff)
	}
	if got, want := two.clock.Now(), start.Add(26*time.Hour); !got.Equal(want) {
		t.Errorf("clock = %v, want %v", got, want)
	}
	if err := two.s.Install(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := two.bot.taken(); len(got) != 0 {
		t.Errorf("installed again: %+v", got)
	}
	two.card("manager", askCard)
	if last := two.messages("manager", "bot", was["hr"][0].N); len(last) != 1 || last[0].ID <= id {
		t.Errorf("a new message after the restart = %+v", last)
	}
}

func TestStateRefusals(t *testing.T) {
	for name, content := range map[string]string{
		"foreign": "root:x:0:0\n",
		"damaged": `{"clock":"2026-11-23T09:00:00Z"}` + "\n" + `{"clock":"20` + "\n" + `{"clock":"2026-11-23T09:00:00Z"}` + "\n",
		"newer":   `{"clock":"2026-11-23T09:00:00Z","poll":{}}` + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "state")
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			clock := NewClock(start, func() time.Time { return start })
			if _, err := openWorld(path, clock); err == nil {
				t.Error("the file was accepted")
			}
			if b, err := os.ReadFile(path); err != nil || string(b) != content {
				t.Errorf("the file was changed: %q, %v", b, err)
			}
		})
	}
}

// A sandbox that was kept goes on from where it stood, even when the wall clock
// has overtaken it meanwhile: or everything due in between would run at once.
func TestClockResumes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	if err := os.WriteFile(path, []byte(`{"clock":"2026-11-23T09:00:00Z"}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	later := start.AddDate(1, 0, 0)
	clock := NewClock(later, func() time.Time { return later })
	w, err := openWorld(path, clock)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := w.close(); err != nil {
			t.Error(err)
		}
	}()
	if want := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC); !clock.Now().Equal(want) {
		t.Errorf("clock = %s, want %s", clock.Now(), want)
	}
}

func TestFailedWriteIsNotAcknowledged(t *testing.T) {
	r := newRig(t, rigOptions{state: filepath.Join(t.TempDir(), "state")})
	r.card("manager", askCard)
	if err := r.s.world.file.Close(); err != nil {
		t.Fatal(err)
	}
	r.s.world.mu.Lock()
	r.s.world.noted = r.clock.Now() // so that only the send writes
	r.s.world.mu.Unlock()
	tom, _, _ := r.s.person("manager")
	path := "/v3/conversations/" + personalID(tom.ID) + "/activities"
	if got := r.v3("POST", path, map[string]any{"type": "message", "text": "hello"}, nil); got != 500 {
		t.Errorf("status = %d, want 500", got)
	}
	if got := r.messages("manager", "bot", 0); len(got) != 1 {
		t.Errorf("a message that is not on disk is shown: %+v", got)
	}
	r.s.world.file = nil // the cleanup would close it again
	r.s.world.broken = errClosed
}

func TestInstallTellsEachOnce(t *testing.T) {
	r := newRig(t, rigOptions{})
	refusals := 1
	r.bot.answers(func(activity) (int, any) {
		if refusals > 0 {
			refusals--
			return 503, nil
		}
		return 200, nil
	})
	if err := r.s.Install(t.Context()); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range r.bot.taken()[1:] { // the first was refused
		line := a.Type + " " + a.Conversation.Type + " " + a.From.Name + a.Action + a.ChannelData.EventType
		if a.ChannelData.Settings != nil {
			line += " in " + a.ChannelData.Settings.Selected.Name
		}
		for _, m := range a.MembersAdded {
			line += " " + m.Name
		}
		got = append(got, line)
	}
	var want []string
	for _, name := range strings.Split("Hannah Reed,Helen Okafor,Tom Hughes,Maria Lopez,Aisha Khan,Ivan Petrov,Ines Duarte,Olivia Grant,Oscar Lind,Stan Doyle", ",") {
		want = append(want, "installationUpdate personal "+name+"add", "conversationUpdate personal "+name+" Muster")
	}
	want = append(want, "installationUpdate channel Ivan Petrovadd in IT", "conversationUpdate channel Ivan PetrovteamMemberAdded in IT Muster",
		"installationUpdate channel Olivia Grantadd in Owners", "conversationUpdate channel Olivia GrantteamMemberAdded in Owners Muster")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestNewRefusesHalfOptions(t *testing.T) {
	clock := NewClock(start, func() time.Time { return start })
	now := clock.Now
	full := Options{Bot: "http://127.0.0.1:1/", Self: "http://127.0.0.1:2", AppID: FixedAppID, Tenant: FixedTenant, Clock: clock, TokenNow: now}
	for name, change := range map[string]func(*Options){
		"no bot": func(o *Options) { o.Bot = "" }, "no own address": func(o *Options) { o.Self = "" },
		"no app": func(o *Options) { o.AppID = "" }, "no tenant": func(o *Options) { o.Tenant = "" },
		"no clock": func(o *Options) { o.Clock = nil }, "no wall time": func(o *Options) { o.TokenNow = nil },
	} {
		o := full
		change(&o)
		if _, err := New(o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	s, err := New(full)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
}
