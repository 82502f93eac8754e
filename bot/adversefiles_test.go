package bot

import (
	"encoding/json"
	"fmt"
	"testing"

	"muster/bot/teams"
	"muster/flows"
)

// TestConsentNamesNoCase answers a question for a file with a context that names the log of a case which has yet to be raised, of a draft, and
// of no case at all. Nothing is written there, whatever the answer is.
func TestConsentNamesNoCase(t *testing.T) {
	for _, stream := range []flows.CaseID{"J-2026-0099", "D-0123456789abcdef", "V-2026-11", "what I think of Priya"} {
		for _, action := range []string{"decline", "accept"} {
			t.Run(fmt.Sprint(stream, " ", action), func(t *testing.T) {
				d := newDesk(t)
				d.met(tom)
				c := d.raise()
				a := execute(tom, "1", "the question", nil)
				a.Name = teams.ConsentInvoke
				value, err := json.Marshal(map[string]any{
					"type": "fileUpload", "action": action, "context": map[string]any{"file": flows.FilePack, "arg": "J-2026-0098", "case": stream},
					"uploadInfo": map[string]any{"uploadUrl": "https://evil.example/x", "name": "x"},
				})
				d.must(err)
				a.Value = value
				if _, err := d.Invoke(t.Context(), a); err != nil {
					t.Errorf("Invoke: %v", err)
				}
				d.must(d.Wait(t.Context()))
				due := d.queued("file.")
				if len(due) == 0 {
					t.Fatal("nothing is said to the person")
				}
				ers, err := d.Engine.Store.Due(t.Context(), d.now.AddDate(1, 0, 0), 1000, nil)
				d.must(err)
				for _, er := range ers {
					if er.Case != "" && er.Case != c.ID {
						t.Errorf("the errand %s is of %q", er.Key, er.Case)
					}
				}
				if recs, err := d.Engine.Store.Records(t.Context(), stream); err != nil || len(recs) > 0 {
					t.Errorf("%d entries stand there, %v", len(recs), err)
				}
			})
		}
	}
}
