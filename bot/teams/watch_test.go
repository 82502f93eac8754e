package teams

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestWatch is what a watcher is told of calls: what became of them, how long they waited for Teams' limits, and what time it is there.
func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type told struct {
			Op   string
			Call Call
		}
		var all []told
		f := newFakeTeams()
		c := newTestConnector(t, f, func(o *ConnectorOptions) {
			o.Pace = Pace{}
			o.Watch = func(_ context.Context, op string) func(Call) {
				return func(c Call) {
					if c.Err != nil && strings.Contains(c.Err.Error(), "Priya") {
						t.Errorf("the error has a name: %v", c.Err)
					}
					c.Err = nil
					all = append(all, told{op, c})
				}
			}
		})
		f.faults = []fault{
			{status: 429, header: http.Header{"Retry-After": {"1"}, "Date": {time.Now().Add(10 * time.Second).UTC().Format(http.TimeFormat)}}},
			{status: 412, header: http.Header{"Retry-After": {"1"}}},
		}
		if err := send(c)(t.Context()); err != nil {
			t.Fatal(err)
		}
		f.faults = []fault{{status: 403, body: `{"error":{"code":"BotNotInConversationRoster","message":"Priya"}}`}}
		if err := update(c)(t.Context()); err == nil {
			t.Fatal("a refusal is a success")
		}
		want := []told{
			{"send", Call{Write: true, Status: all[0].Call.Status, Tries: 3, Throttled: 1, Dated: true, Ahead: -10 * time.Second}},
			{"update", Call{Write: true, Status: 403, Code: "BotNotInConversationRoster", Tries: 1}},
		}
		if diff := cmp.Diff(want, all); diff != "" || all[0].Call.Status/100 != 2 {
			t.Errorf("told (-want +got):\n%s", diff)
		}
		for range laneBurst {
			if err := send(c)(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if w := all[len(all)-1].Call.Waited; w <= 0 || w > 2*time.Second {
			t.Errorf("the last of many waited %v", w)
		}
		if left, most := c.Budget(); most != appBurst || left > most {
			t.Errorf("%v of %v are left", left, most)
		}
		if until, err := c.Token(t.Context()); err != nil || time.Until(until) <= 0 {
			t.Errorf("the token is good until %v, %v", until, err)
		}
	})
}
