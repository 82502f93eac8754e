package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestPowerCuts plays the joiner while the power is cut after every few calls to Microsoft 365, wherever in the work that is, and started
// again on what is left. The ending must be the same, and the evidence whole.
func TestPowerCuts(t *testing.T) {
	for _, every := range []int{3, 7, 20} {
		t.Run("every "+strconv.Itoa(every)+" calls", func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			pl, err := newPlace(filepath.Join(dir, "data"))
			if err != nil {
				t.Fatal(err)
			}
			log := filepath.Join(dir, "graph.jsonl")
			start := func(more ...string) *process {
				p, err := pl.start(t.Context(), os.Environ(), append([]string{"--graph-log", log}, more...)...)
				if err != nil {
					t.Fatal(err)
				}
				return p
			}
			running := start("--clock", monday)
			everybody := player{pl.client()}
			cuts := 0
			// Some of the work takes several calls at once, such as a pass, so the power stays on a little longer each time.
			for next := every; ; next = calls(t, log) + every + cuts/8 {
				done, ended := make(chan error, 1), make(chan struct{})
				ctx, cancel := context.WithCancel(t.Context())
				go func() { done <- everybody.play(ctx, "done") }()
				go func() { defer close(ended); cutAt(ctx, t, running, log, next) }()
				err := <-done
				if err == nil { // the joiner is over, or the cut came just after it
					cancel()
					<-ended
					break
				}
				// Only the cut may stop the people.
				select {
				case <-ended:
				case <-time.After(5 * time.Second):
					t.Fatalf("after %d cuts: %v", cuts, err)
				}
				cancel()
				if cuts++; cuts > 200 {
					t.Fatal("the work never ends: each start takes more calls than the last one saved")
				}
				running = start()
			}
			t.Logf("%d cuts, %d calls to Graph", cuts, calls(t, log))
			if cuts < 2 {
				t.Errorf("the power was cut %d times", cuts)
			}
			if err := running.kill(); err != nil {
				t.Fatal(err)
			}
			running = start()
			sameEnding(t, everybody)
			if err := running.stop(); err != nil {
				t.Fatal(err)
			}
			if out, err := exec.Command(built.binary, "verify", filepath.Join(pl.data, "muster-data")).CombinedOutput(); err != nil {
				t.Errorf("verify: %v\n%s", err, out)
			}
		})
	}
}

// calls is how many requests Graph has had.
func calls(t *testing.T, log string) int {
	t.Helper()
	b, err := os.ReadFile(log)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	return bytes.Count(b, []byte("\n"))
}

// cutAt kills the process once Graph has had so many calls.
func cutAt(ctx context.Context, t *testing.T, p *process, log string, n int) {
	look := time.NewTicker(2 * time.Millisecond)
	defer look.Stop()
	for calls(t, log) < n {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
	}
	if err := p.kill(); err != nil {
		t.Error(err)
	}
}

// sameEnding is what every joiner must come to, however often it was interrupted.
func sameEnding(t *testing.T, c player) {
	t.Helper()
	list, err := c.cases(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 1 || list[0].State != "done" {
		t.Fatalf("cases = %+v, want one that is done", list)
	}
	for _, s := range list[0].Steps {
		if s.State != "verified" && s.State != "by_hand" {
			t.Errorf("step %s is %s", s.Key, s.State)
		}
	}
	var users []struct {
		ID   string `json:"id"`
		Name string `json:"displayName"`
	}
	if err := c.call(t.Context(), http.MethodGet, "/sandbox/directory/users", nil, &users); err != nil {
		t.Fatal(err)
	}
	made := 0
	for _, u := range users {
		if u.Name == "Priya Patel" {
			made++
		}
	}
	if made != 1 {
		t.Errorf("%d accounts were made", made)
	}
	var user struct {
		Enabled  bool `json:"accountEnabled"`
		MemberOf []struct {
			Name string `json:"displayName"`
		} `json:"memberOf"`
		Licences []json.RawMessage `json:"licenses"`
	}
	if err := c.call(t.Context(), http.MethodGet, "/sandbox/directory/users/"+priya, nil, &user); err != nil {
		t.Fatal(err)
	}
	var groups []string
	for _, g := range user.MemberOf {
		groups = append(groups, g.Name)
	}
	for _, want := range []string{"All Staff", "Company Team", "Sales", "Sales Team", "CRM Users", "Contract Admins", "London Office"} {
		if !strings.Contains(","+strings.Join(groups, ",")+",", ","+want+",") {
			t.Errorf("the starter is not in %s, but in %v", want, groups)
		}
	}
	if !user.Enabled || len(user.Licences) != 1 {
		t.Errorf("enabled %t with %d licences, want an open sign-in and one licence", user.Enabled, len(user.Licences))
	}
	welcome, err := c.messages(t.Context(), "starter", "bot", 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(welcome) == 0 || !strings.Contains(welcome[0].Text, "Welcome to Larkfield Instruments, Priya") {
		t.Errorf("the starter reads %+v", welcome)
	}
}
