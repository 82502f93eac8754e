package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// startSandbox runs one for a test, until its end.
func startSandbox(t *testing.T, more ...string) player {
	t.Helper()
	pl, err := newPlace(filepath.Join(t.TempDir(), "data"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := pl.start(t.Context(), os.Environ(), more...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	})
	return player{pl.client()}
}

// get is a call that must go well.
func get[T any](t *testing.T, c player, method, path string, in any) T {
	t.Helper()
	var out T
	if err := c.call(t.Context(), method, path, in, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

type object = map[string]any

// shape checks that an object has each key with a value of the kind: string, number, bool, list, object, time, or any of them or null.
func shape(t *testing.T, what string, o object, want map[string]string) {
	t.Helper()
	for _, key := range slices.Sorted(maps.Keys(want)) {
		v, ok := o[key]
		if !ok {
			t.Errorf("%s has no %s: %v", what, key, o)
			continue
		}
		good := want[key] == "any"
		switch v := v.(type) {
		case string:
			_, err := time.Parse(time.RFC3339, v)
			good = good || want[key] == "string" || (want[key] == "time" && err == nil)
		case float64:
			good = good || want[key] == "number"
		case bool:
			good = good || want[key] == "bool"
		case []any:
			good = good || want[key] == "list"
		case object:
			good = good || want[key] == "object"
		}
		if !good {
			t.Errorf("%s.%s is %v, not a %s", what, key, v, want[key])
		}
	}
}

// TestControl holds the answers of the control API to what scripts outside were promised.
func TestControl(t *testing.T) {
	c := startSandbox(t, "--clock", monday)
	people := get[[]object](t, c, http.MethodGet, "/sandbox/people", nil)
	ids := map[string]string{
		"hr": "01", "hr2": "02", "manager": "03", "manager2": "04", "approver": "05", "it": "06", "it2": "07", "owner": "08", "owner2": "09", "starter": "0a", "stranger": "0b", "outsider": "0c",
	}
	for _, p := range people {
		shape(t, "person", p, map[string]string{"key": "string", "name": "string", "id": "string", "upn": "string", "role": "string"})
		key := fmt.Sprint(p["key"])
		if want := "00000000-0000-4000-a000-0000000000" + ids[key]; p["id"] != want {
			t.Errorf("the id of %s is %v, want %s", key, p["id"], want)
		}
		delete(ids, key)
	}
	if len(ids) > 0 {
		t.Errorf("people without an entry: %v", ids)
	}
	kinds := map[any]any{}
	for _, ch := range get[[]object](t, c, http.MethodGet, "/sandbox/chats?as=owner", nil) {
		shape(t, "chat", ch, map[string]string{"id": "string", "kind": "string", "title": "string"})
		kinds[ch["id"]] = ch["kind"]
	}
	if want := (map[any]any{"bot": "personal", "it": "channel", "owners": "channel"}); !maps.Equal(kinds, want) {
		t.Errorf("chats = %v, want %v", kinds, want)
	}

	shape(t, "said", get[object](t, c, http.MethodPost, "/sandbox/say", object{"as": "hr", "chat": "bot", "text": sentence}), map[string]string{"id": "string"})
	messages := get[[]object](t, c, http.MethodGet, "/sandbox/messages?as=hr&chat=bot&since=1&wait=10", nil)
	if len(messages) == 0 {
		t.Fatal("no answer within ten seconds")
	}
	shape(t, "message", messages[0], map[string]string{"id": "string", "n": "number", "from": "string", "text": "string", "card": "object", "updated": "bool", "at": "time"})
	if messages[0]["from"] != "bot" {
		t.Errorf("the answer is from %v", messages[0]["from"])
	}

	if err := c.play(t.Context(), "waiting"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.see(t.Context(), "manager", "bot", regexp.MustCompile("starts on"), 30*time.Second); err != nil { // the case is there before its cards
		t.Fatal(err)
	}
	approval, ok, err := c.find(t.Context(), "manager", "bot", "Approve")
	if err != nil || !ok {
		t.Fatalf("the manager has no card: %v", err)
	}
	answer := get[object](t, c, http.MethodPost, "/sandbox/press", object{"as": "manager", "message": approval.ID, "button": "Approve", "inputs": object{}})
	shape(t, "press", answer, map[string]string{"status": "number", "value": "object"})
	value, _ := answer["value"].(object)
	shape(t, "the invoke's answer", value, map[string]string{"statusCode": "number", "type": "string", "value": "object"})

	before := get[object](t, c, http.MethodGet, "/sandbox/clock", nil)
	now := get[object](t, c, http.MethodPost, "/sandbox/clock", object{"next": true})
	shape(t, "clock", now, map[string]string{"now": "time", "ran": "number"})
	if fmt.Sprint(now["now"]) <= fmt.Sprint(before["now"]) {
		t.Errorf("the clock went from %v to %v", before["now"], now["now"])
	}
	get[object](t, c, http.MethodPost, "/sandbox/clock", object{"advance": "26h"})
	shape(t, "clock", get[object](t, c, http.MethodPost, "/sandbox/clock", object{"to": "2026-12-24T12:00:00Z"}), map[string]string{"now": "time", "ran": "number"})

	user := get[object](t, c, http.MethodGet, "/sandbox/directory/users/"+priya, nil)
	shape(t, "user", user, map[string]string{
		"id": "string", "displayName": "string", "userPrincipalName": "string", "accountEnabled": "bool", "memberOf": "list", "licenses": "list", "manager": "any", "sessionsRevokedAt": "any",
		"methods": "list", "deleted": "any",
	})
	get[object](t, c, http.MethodPatch, "/sandbox/directory/users/priya.patel@larkfield.example", object{"jobTitle": "Director"})
	if user = get[object](t, c, http.MethodGet, "/sandbox/directory/users/starter", nil); user["jobTitle"] != "Director" {
		t.Errorf("the change behind the bot's back is not there: %v", user["jobTitle"])
	}
	for _, step := range []struct {
		method string
		in     bool
	}{{http.MethodPost, true}, {http.MethodDelete, false}} {
		get[object](t, c, step.method, "/sandbox/directory/groups/Finance/members", object{"user": priya})
		b, err := json.Marshal(get[object](t, c, http.MethodGet, "/sandbox/directory/users/"+priya, nil)["memberOf"])
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(string(b), `"Finance"`); got != step.in {
			t.Errorf("after %s a member of Finance: %t", step.method, got)
		}
	}

	list := get[[]object](t, c, http.MethodGet, "/sandbox/cases", nil)
	one := get[object](t, c, http.MethodGet, "/sandbox/cases/J-2026-0001", nil)
	for _, k := range append(list, one) {
		shape(t, "case", k, map[string]string{"ref": "string", "kind": "string", "state": "string", "subject": "object", "due": "time", "steps": "list", "decisions": "list"})
	}
	steps, _ := one["steps"].([]any)
	for _, s := range steps {
		shape(t, "step", s.(object), map[string]string{"key": "string", "task": "string", "state": "string", "due": "time"})
	}
	first, _ := steps[0].(object)
	shape(t, "a step that is done", first, map[string]string{"before": "string", "after": "string"})
	decisions, _ := one["decisions"].([]any)
	if len(decisions) != 2 {
		t.Errorf("decisions = %v, want HR's and the manager's", decisions)
	}
	for _, d := range decisions {
		shape(t, "decision", d.(object), map[string]string{"by": "object", "what": "string", "at": "time", "plan": "string"})
	}
	last := -1.0
	for _, e := range get[[]object](t, c, http.MethodGet, "/sandbox/log?case=J-2026-0001", nil) {
		shape(t, "entry", e, map[string]string{"seq": "number", "kind": "string", "at": "time"})
		if seq, _ := e["seq"].(float64); seq <= last {
			t.Errorf("entry %v comes after %v", seq, last)
		} else {
			last = seq
		}
	}
	if last < 10 {
		t.Errorf("the log ends at entry %v", last)
	}
}

// TestControlFaults sets each kind of fault, sees it listed and counted, and clears them.
func TestControlFaults(t *testing.T) {
	c := startSandbox(t, "--clock", monday)
	graph := []string{"throttle", "unavailable", "timeout", "lost_answer", "no_effect", "revert", "stale_read", "licences_gone", "denied", "down"}
	for _, kind := range graph {
		shape(t, "fault "+kind, get[object](t, c, http.MethodPost, "/sandbox/fault", object{"target": "graph", "kind": kind, "match": "^PATCH /nowhere", "count": 1, "seconds": 60}), map[string]string{"id": "string"})
	}
	get[object](t, c, http.MethodPost, "/sandbox/fault", object{"target": "teams", "kind": "throttle", "match": "activities", "count": 2})
	if err := c.say(t.Context(), "stranger", "bot", "help"); err != nil {
		t.Fatal(err)
	}
	list, err := c.messages(t.Context(), "stranger", "bot", 1, 20*time.Second)
	if err != nil || len(list) == 0 {
		t.Fatalf("no answer after two refusals: %v", err)
	}
	seen := map[any]any{}
	for _, f := range get[[]object](t, c, http.MethodGet, "/sandbox/fault", nil) {
		shape(t, "fault", f, map[string]string{"target": "string", "kind": "string", "match": "string", "fired": "number"})
		seen[fmt.Sprint(f["target"], " ", f["kind"])] = f["fired"]
	}
	if len(seen) != len(graph)+1 || seen["teams throttle"] != 2.0 {
		t.Errorf("faults = %v", seen)
	}
	get[object](t, c, http.MethodDelete, "/sandbox/fault", nil)
	if left := get[[]object](t, c, http.MethodGet, "/sandbox/fault", nil); len(left) > 0 {
		t.Errorf("after clearing: %v", left)
	}
}

// TestControlRefusals wants a status and a sentence for each call that cannot be carried out.
func TestControlRefusals(t *testing.T) {
	c := startSandbox(t, "--clock", monday)
	for name, tt := range map[string]struct {
		method, path string
		in           any
		status       int
	}{
		"no such call":       {http.MethodGet, "/sandbox/nothing", nil, 404},
		"nobody":             {http.MethodGet, "/sandbox/chats?as=santa", nil, 404},
		"not their chat":     {http.MethodGet, "/sandbox/messages?as=hr&chat=owners", nil, 404},
		"a bad since":        {http.MethodGet, "/sandbox/messages?as=hr&chat=bot&since=x", nil, 400},
		"a spelling mistake": {http.MethodPost, "/sandbox/say", object{"as": "hr", "chat": "bot", "txt": "x"}, 400},
		"no text":            {http.MethodPost, "/sandbox/say", object{"as": "hr", "chat": "bot", "text": " "}, 400},
		"before the account": {http.MethodPost, "/sandbox/say", object{"as": "starter", "chat": "bot", "text": "help"}, 404},
		"no such message":    {http.MethodPost, "/sandbox/press", object{"as": "hr", "message": "1", "button": "Confirm"}, 404},
		"clock back":         {http.MethodPost, "/sandbox/clock", object{"to": "2020-01-01T00:00:00Z"}, 400},
		"clock by what":      {http.MethodPost, "/sandbox/clock", object{"advance": "a day"}, 400},
		"two clocks":         {http.MethodPost, "/sandbox/clock", object{"advance": "1h", "next": true}, 400},
		"no such fault":      {http.MethodPost, "/sandbox/fault", object{"target": "graph", "kind": "gremlins"}, 400},
		"no such target":     {http.MethodPost, "/sandbox/fault", object{"target": "moon", "kind": "down"}, 400},
		"a bad expression":   {http.MethodPost, "/sandbox/fault", object{"target": "graph", "kind": "down", "match": "("}, 400},
		"no such user":       {http.MethodGet, "/sandbox/directory/users/santa@larkfield.example", nil, 404},
		"no such group":      {http.MethodPost, "/sandbox/directory/groups/Elves/members", object{"user": "hr"}, 400},
		"no such case":       {http.MethodGet, "/sandbox/cases/J-2026-9999", nil, 404},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.call(t.Context(), tt.method, tt.path, tt.in, nil)
			var no *refused
			if !errors.As(err, &no) || no.status != tt.status {
				t.Fatalf("err = %v, want status %d", err, tt.status)
			}
			var said struct{ Error string }
			if err := json.Unmarshal([]byte(no.body), &said); err != nil || said.Error == "" {
				t.Errorf("no sentence says why: %s", no.body)
			}
		})
	}
}
