package bot

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"muster/bot/teams"
	"muster/flows"
)

// FuzzInvoke holds that whatever a client sends as a press, a search or an answer about a file, the answer can be encoded, a press is always
// answered with a card or a sentence, and Priya's case is decided by nobody but Tom.
func FuzzInvoke(f *testing.F) {
	for _, seed := range []string{
		`{"action":{"type":"Action.Execute","verb":"access.approve","data":{"verb":"access.approve","case":"J-2026-0001","items":"group:Sales"}}}`,
		`{"action":{"verb":"case.details","data":{"case":"J-2026-0001"}}}`, `{"action":{"data":{"verb":"refresh"}}}`, `{"action":{"data":[]}}`, `{"queryText":"tom","dataset":"graph.microsoft.com/users"}`,
		`{"type":"fileUpload","action":"accept","context":{"file":"pack","arg":"J-2026-0001"},"uploadInfo":{"uploadUrl":"https://x.sharepoint.com/1"}}`,
		`{"type":"fileUpload","action":"decline","context":{"file":"sample","arg":"x","case":"J-2026-0001"}}`,
		`{"action":{"verb":"list.overdue","data":{}}}`, `{"action":{"data":{"verb":"delegation.make","from":"x","until":"\u202e"}}}`,
	} {
		for kind := range 4 {
			f.Add(kind, []byte(seed))
		}
	}
	d := newDesk(f)
	before := d.raise()
	n := 0
	f.Fuzz(func(t *testing.T, kind int, value []byte) {
		var object map[string]any
		if json.Unmarshal(value, &object) != nil {
			return // the edge lets objects through only
		}
		n++
		d.now = d.now.Add(time.Minute) // nobody is that fast
		a := personal(stan, fmt.Sprint("fuzz", n), "")
		a.Type, a.Value = "invoke", value
		a.Name = []string{"adaptiveCard/action", "application/search", teams.ConsentInvoke, "what/ever"}[(kind%4+4)%4]
		answer, err := d.Invoke(t.Context(), a)
		if err != nil && flows.CodeOf(err) == flows.Internal {
			t.Errorf("%s %s: %v", a.Name, value, err)
		}
		body, err := json.Marshal(answer.Body)
		if err != nil {
			t.Error(err)
		}
		if a.Name == "adaptiveCard/action" && (answer.Status != 200 || len(body) < 20) {
			t.Errorf("%s is answered with %d %s", value, answer.Status, body)
		}
		a.Type, a.Name = "message", ""
		if err := d.Message(t.Context(), a); err != nil && flows.CodeOf(err) == flows.Internal {
			t.Errorf("as a message, %s: %v", value, err)
		}
		c, err := d.Engine.Store.Case(t.Context(), priyasCase)
		if err != nil {
			t.Fatal(err)
		}
		if len(c.Decisions) != len(before.Decisions) || c.State != before.State {
			t.Errorf("%s decided: %s, %d decisions", value, c.State, len(c.Decisions))
		}
	})
}
