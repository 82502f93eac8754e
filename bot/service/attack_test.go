package service_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestOutsiders is whoever Teams lets speak with the bot and who is nobody here: a guest of the directory, somebody of another organisation who
// shares a channel, and a bot or a person without a directory id. Whatever they ask, search or press, they learn of nobody and change nothing.
func TestOutsiders(t *testing.T) {
	for name, id := range map[string]any{
		"a guest":                 "00000000-0000-4000-a000-000000000044",
		"of another organisation": "00000000-0000-4000-a000-0000000000fe",
		"without an id":           nil,
		"an id that is none":      "hannah.reed@larkfield.example",
	} {
		t.Run(name, func(t *testing.T) {
			story(t, setting{}, func(t *testing.T, w *world) {
				w.announce()
				w.announceExit("leaver Callum Frost, last day 30 November at 17:00", nil)
				w.say("stranger", "help")
				said := w.last()
				m, _ := w.card("manager", "bot", "", "Approve")
				approve := w.forgery(m, "Approve")
				w.forge("stranger", m, approve)
				pressed := w.last()
				began := len(w.chat("stranger", "bot"))
				cases := must(json.Marshal(w.cases()))
				n := 0
				send := func(d delivery, set map[string]any) delivery {
					n++
					set["id"], set["from.aadObjectId"], set["from.id"] = fmt.Sprint("o:", n), id, "29:outsider"
					time.Sleep(5 * time.Second)
					return delivery{changed(t, d.body, set), d.token}
				}
				for _, text := range append(probes("Priya Patel", "priya.patel@larkfield.example"), "status J-2026-0001", "why J-2026-0001", "cancel J-2026-0001", "evidence J-2026-0001",
					"new starter Ann Lee, Account Manager, starts 5 January, reports to Tom Hughes", "urgent leaver Tom Hughes", "urgent leaver Callum Frost", "new starters", "policy", "erase Priya Patel") {
					if status := w.again(send(said, map[string]any{"text": text})); status != http.StatusOK {
						t.Errorf("%q: status %d", text, status)
					}
					w.settle()
				}
				told := ""
				for _, m := range w.chat("stranger", "bot")[began:] {
					told += m.Text + written(m.Card) + "\n"
				}
				for verb := range map[string]bool{approve.verb: true, "case.details": true, "refresh": true, "step.retry": true, "case.change.make": true} {
					a := w.answered(send(pressed, map[string]any{"value.action.verb": verb, "value.action.data.verb": verb}))
					w.settle()
					if a.card() {
						t.Errorf("%s is answered with a card", verb)
					}
					told += a.says() + "\n"
				}
				for _, text := range []string{"tom", "priya", "callum", "a"} {
					told += string(w.answered(send(pressed, map[string]any{"name": "application/search", "value": map[string]any{"kind": "search", "queryText": text, "dataset": "graph.microsoft.com/users"}})).Value.Value) + "\n"
				}
				if strings.Count(told, "\n") < 8 {
					t.Fatalf("hardly anything was answered: %s", told)
				}
				for line := range strings.Lines(told) {
					for _, secret := range []string{"Patel", "Callum", "Frost", "Hughes", "Hannah", "Account Manager", "30 November"} {
						if strings.Contains(line, secret) && !strings.Contains(line, "I do not find Priya Patel") { // their own words
							t.Errorf("they learn of %s: %.300s", secret, line)
						}
					}
				}
				if now := must(json.Marshal(w.cases())); !bytes.Equal(now, cases) {
					t.Errorf("the cases were\n%s\nand are\n%s", cases, now)
				}
				w.verify()
			})
		})
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// TestForgedLogLines puts a line of a log into everything of an activity that may be logged. Each stays within the line that tells of it.
func TestForgedLogLines(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.announce()
		w.say("stranger", "help")
		said := w.last()
		const line = "x\" \r\ntime=2026-11-23T09:00:00.000Z level=ERROR msg=\"forged by a stranger\" case=J-2026-0001 x=\"\u2028\x1b[2K"
		w.fault("teams", "unavailable", "", 0)
		for n, set := range []map[string]any{
			{"channelData.tenant.id": line},
			{"type": line},
			{"name": line},
			{"conversation.id": "a:" + line},
			{"serviceUrl": "https://evil.example/" + line},
			{"channelId": line},
			{"from.aadObjectId": line},
			{"from.name": line},
			{"text": "status " + line},
			{"locale": line},
			{"replyToId": line},
			{"type": "invoke", "name": line},
			{"type": "invoke", "name": "adaptiveCard/action", "value": map[string]any{"action": map[string]any{"verb": line, "data": map[string]any{"case": line}}}},
		} {
			if set["id"] = line + fmt.Sprint(n); n == 0 {
				set["conversation.tenantId"] = line
			}
			w.again(delivery{changed(t, said.body, set), said.token})
			w.settle()
		}
		w.passes()
		if !strings.Contains(w.log.String(), "forged by a stranger") {
			t.Error("nothing of it was logged: this search finds nothing")
		}
		for l := range strings.Lines(w.log.String()) {
			if !strings.HasPrefix(l, "time=") || strings.Contains(l, `msg="forged`) || strings.ContainsAny(l, "\r\x1b\u2028") {
				t.Errorf("a line of the log: %q", l)
			}
		}
	})
}
