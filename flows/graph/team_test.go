package graph

import (
	"net/url"
	"testing"
)

// Graph looks for one member of a large team, and what it found is looked at: a list of others is no membership.
func TestTeamMemberIsLookedForByGraph(t *testing.T) {
	for name, tt := range map[string]struct {
		rows string
		want bool
	}{
		"nobody":             {``, false},
		"the person":         {`{"@odata.type":"#microsoft.graph.aadUserConversationMember","id":"m","userId":"` + string(priya) + `"}`, true},
		"not the one wanted": {`{"@odata.type":"#microsoft.graph.aadUserConversationMember","id":"m","userId":"` + string(tom) + `"}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			c, s := on(t, says(200, `{"value":[`+tt.rows+`]}`))
			got, err := c.IsTeamMember(t.Context(), team, priya)
			if err != nil || got != tt.want {
				t.Errorf("member = %v, want %v (%v)", got, tt.want, err)
			}
			q, err := url.ParseQuery(s.one(t).Query)
			if want := "(microsoft.graph.aadUserConversationMember/userId eq '" + string(priya) + "')"; err != nil || q.Get("$filter") != want {
				t.Errorf("filter %q, want %q", q.Get("$filter"), want)
			}
		})
	}
}
