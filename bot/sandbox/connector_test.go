package sandbox

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const askCard = `{"type":"AdaptiveCard","version":"1.5","body":[{"type":"TextBlock","text":"Approve?"},
 {"type":"Input.Text","id":"why","label":"Why","value":"as usual"}],
 "actions":[{"type":"Action.Execute","title":"Approve","id":"a1","verb":"approve","data":{"case":"J-1","v":3},
  "fallback":{"type":"Action.Submit","title":"Approve","data":{"verb":"approve","case":"J-1"}}}]}`

func TestTokenEndpoint(t *testing.T) {
	r := newRig(t, rigOptions{})
	good := url.Values{"grant_type": {"client_credentials"}, "client_id": {FixedAppID}, "client_secret": {"x"}, "scope": {"https://api.botframework.com/.default"}}
	for name, tt := range map[string]struct {
		key, value string
		want       int
	}{
		"good":          {"client_secret", "x", 200},
		"assertion":     {"client_assertion", "x", 200},
		"no secret":     {"client_secret", "", 401},
		"another app":   {"client_id", OutsideTenant, 400},
		"another grant": {"grant_type", "password", 400},
		"another scope": {"scope", "https://graph.microsoft.com/.default", 400},
	} {
		t.Run(name, func(t *testing.T) {
			v := url.Values{}
			for k := range good {
				v.Set(k, good.Get(k))
			}
			v.Set(tt.key, tt.value)
			var out map[string]any
			if got := r.form(v, &out); got != tt.want {
				t.Errorf("status = %d, want %d (%v)", got, tt.want, out)
			}
		})
	}
}

func TestConnectorWantsTheBotsToken(t *testing.T) {
	r := newRig(t, rigOptions{})
	inbound, err := r.s.issuer.bearer()
	if err != nil {
		t.Fatal(err)
	}
	old := r.token()
	for name, tt := range map[string]struct {
		token string
		later time.Duration
		want  int
	}{
		"none":                       {"", 0, 401},
		"nonsense":                   {"abc.def.ghi", 0, 401},
		"one that is sent to bots":   {inbound, 0, 401},
		"the bot's own":              {old, 0, 201},
		"the bot's own, but expired": {old, 2 * time.Hour, 401},
	} {
		t.Run(name, func(t *testing.T) {
			r.wall = start.Add(tt.later)
			defer func() { r.wall = start }()
			body := map[string]any{"tenantId": FixedTenant, "members": []any{map[string]any{"id": Known()[0].ID}}}
			if got := r.request("POST", "/v3/conversations", tt.token, body, nil); got != tt.want {
				t.Errorf("status = %d, want %d", got, tt.want)
			}
		})
	}
}

func TestCreateConversation(t *testing.T) {
	r := newRig(t, rigOptions{})
	people := Known()
	r.dir.put(directoryUser{ID: "00000000-0000-4000-a000-0000000000dd", DisplayName: "Fiona Former"})
	direct := func(id, tenant string) map[string]any {
		return map[string]any{"tenantId": tenant, "members": []any{map[string]any{"id": id}}}
	}
	post := func(channel string, act any) map[string]any {
		return map[string]any{"isGroup": true, "tenantId": FixedTenant, "activity": act, "channelData": map[string]any{"channel": map[string]any{"id": channel}}}
	}
	for name, tt := range map[string]struct {
		body map[string]any
		want int
		code string
	}{
		"a person":               {direct(people[0].ID, FixedTenant), 201, ""},
		"an upper-case id":       {direct(strings.ToUpper(people[0].ID), FixedTenant), 201, ""},
		"no account yet":         {direct(people[9].ID, FixedTenant), 403, "ForbiddenOperationException"},
		"disabled account":       {direct("00000000-0000-4000-a000-0000000000dd", FixedTenant), 403, "ForbiddenOperationException"},
		"nobody":                 {direct("00000000-0000-4000-a000-0000000000ee", FixedTenant), 403, "ForbiddenOperationException"},
		"somebody outside":       {direct(people[11].ID, FixedTenant), 403, "ForbiddenOperationException"},
		"another tenant":         {direct(people[0].ID, OutsideTenant), 403, "BotNotInConversationRoster"},
		"by mail address":        {direct(people[0].UPN, FixedTenant), 400, "BadArgument"},
		"no tenant":              {direct(people[0].ID, ""), 400, "BadArgument"},
		"channel":                {post(Channels()[0].Conversation, cardActivity(askCard)), 201, ""},
		"unknown channel":        {post("19:no@thread.tacv2", cardActivity(askCard)), 403, "BotNotInConversationRoster"},
		"channel, nothing to do": {post(Channels()[0].Conversation, nil), 400, "BadArgument"},
	} {
		t.Run(name, func(t *testing.T) {
			var e errorBody
			if got := r.v3("POST", "/v3/conversations", tt.body, &e); got != tt.want || e.Error.Code != tt.code {
				t.Errorf("= %d %s, want %d %s", got, e.Error.Code, tt.want, tt.code)
			}
		})
	}
	var one, two sent
	r.v3("POST", "/v3/conversations", direct(people[0].ID, FixedTenant), &one)
	r.v3("POST", "/v3/conversations", direct(people[0].ID, FixedTenant), &two)
	if one.ID == "" || one != two {
		t.Errorf("a second create made another chat: %v, %v", one, two)
	}
}

func TestSendUpdateDelete(t *testing.T) {
	r := newRig(t, rigOptions{})
	id := r.card("manager", askCard)
	tom, _, _ := r.s.person("manager")
	chat := "/v3/conversations/" + url.PathEscape(personalID(tom.ID)) + "/activities"
	text := func(s string) map[string]any { return map[string]any{"type": "message", "text": s} }
	both := cardActivity(askCard)
	both["text"] = "with a word"
	big := cardActivity(`{"type":"AdaptiveCard","body":"` + strings.Repeat("x", 60<<10) + `"}`)
	for _, tt := range []struct {
		name, method, path string
		body               any
		want               int
	}{
		{"text", "POST", chat, text("hello"), 201},
		{"old form of a reply", "POST", chat + "/" + id, text("hello"), 201},
		{"reply to nothing", "POST", chat + "/12345", text("hello"), 404},
		{"typing", "POST", chat, map[string]any{"type": "typing"}, 202},
		{"text and card", "POST", chat, both, 202},
		{"nothing", "POST", chat, text(""), 400},
		{"unknown type", "POST", chat, map[string]any{"type": "song"}, 400},
		{"too big", "POST", chat, big, 413},
		{"not a card", "POST", chat, cardActivity(`{"type":"HeroCard"}`), 400},
		{"unknown chat", "POST", "/v3/conversations/a:nobody/activities", text("hello"), 404},
		{"a path out of the chat", "POST", "/v3/conversations/..%2F..%2Fx/activities", text("hello"), 404},
		{"update", "PUT", chat + "/" + id, text("done"), 200},
		{"update that would split", "PUT", chat + "/" + id, both, 400},
		{"update of nothing", "PUT", chat + "/12345", text("done"), 404},
		{"update elsewhere", "PUT", "/v3/conversations/" + Channels()[0].Conversation + "/activities/" + id, text("done"), 404},
		{"delete", "DELETE", chat + "/" + id, nil, 200},
		{"delete again", "DELETE", chat + "/" + id, nil, 404},
		{"unknown route", "GET", "/v3/attachments/1", nil, 501},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := r.v3(tt.method, tt.path, tt.body, nil); got != tt.want {
				t.Errorf("status = %d, want %d", got, tt.want)
			}
		})
	}
	var got []string
	for _, m := range r.messages("manager", "bot", 0) {
		switch {
		case m.Deleted:
			got = append(got, "deleted")
		case string(m.Card) != "null":
			got = append(got, "card")
		default:
			got = append(got, m.Text)
		}
	}
	if diff := cmp.Diff([]string{"hello", "hello", "with a word", "card", "deleted"}, got); diff != "" {
		t.Errorf("the chat (-want +got):\n%s", diff)
	}
	r.dir.put(directoryUser{ID: tom.ID, DisplayName: tom.Name, UPN: tom.UPN})
	var blocked struct{ Message string }
	if status := r.v3("POST", chat, text("still there?"), &blocked); status != 403 || !strings.Contains(blocked.Message, "MessageWritesBlocked") {
		t.Errorf("sending to a disabled account: %d %q", status, blocked.Message)
	}
}

func TestChannelThreads(t *testing.T) {
	r := newRig(t, rigOptions{})
	it := Channels()[0]
	var post, reply sent
	r.v3("POST", "/v3/conversations", map[string]any{
		"isGroup": true, "tenantId": FixedTenant, "activity": cardActivity(askCard), "channelData": map[string]any{"channel": map[string]any{"id": it.Conversation}},
	}, &post)
	if post.ID != it.Conversation+";messageid="+post.Activity {
		t.Fatalf("post = %+v", post)
	}
	if status := r.v3("POST", "/v3/conversations/"+post.ID+"/activities", map[string]any{"type": "message", "text": "more"}, &reply); status != 201 {
		t.Fatalf("reply: %d", status)
	}
	if status := r.v3("PUT", "/v3/conversations/"+post.ID+"/activities/"+post.Activity, cardActivity(askCard), nil); status != 200 {
		t.Fatalf("update root: %d", status)
	}
	if status := r.v3("POST", "/v3/conversations/"+it.Conversation+";messageid=77/activities", map[string]any{"type": "message", "text": "x"}, nil); status != 404 {
		t.Errorf("reply to a thread that is not there: %d", status)
	}
	for _, m := range r.messages("it", "it", 0) {
		if m.Thread != post.Activity {
			t.Errorf("message %s is in thread %q, want %q", m.ID, m.Thread, post.Activity)
		}
	}
}

func TestRoster(t *testing.T) {
	r := newRig(t, rigOptions{})
	it, owners := Channels()[0], Channels()[1]
	var paged struct {
		Members []member `json:"members"`
		Total   int      `json:"totalCount"`
	}
	names := func(list []member) (out []string) {
		for _, m := range list {
			out = append(out, m.Name)
		}
		return out
	}
	r.v3("GET", "/v3/conversations/"+it.Conversation+"/pagedMembers?pageSize=1", nil, &paged)
	if diff := cmp.Diff([]string{"Ivan Petrov", "Ines Duarte", "Olivia Grant", "Oscar Lind"}, names(paged.Members)); diff != "" {
		t.Errorf("members of IT (-want +got):\n%s", diff)
	}
	var all []member
	r.v3("GET", "/v3/conversations/"+owners.Conversation+"/members", nil, &all)
	if diff := cmp.Diff([]string{"Olivia Grant", "Oscar Lind"}, names(all)); diff != "" || all[0].ObjectID == "" || all[0].AAD != "" {
		t.Errorf("members of Owners (-want +got):\n%s%+v", diff, all)
	}
	var one member
	if status := r.v3("GET", "/v3/conversations/"+owners.Conversation+"/members/"+all[0].ID, nil, &one); status != 200 || one.AAD != all[0].ObjectID || one.Given != "Olivia" {
		t.Errorf("one member: %d %+v", status, one)
	}
	for path, want := range map[string]int{
		"/v3/conversations/" + owners.Conversation + "/members/" + Known()[0].ID:            404,
		"/v3/conversations/nowhere/members":                                                 404,
		"/v3/conversations/" + it.Conversation + "/pagedMembers?continuationToken=nonsense": 400,
		"/v3/teams/" + it.Team:                    200,
		"/v3/teams/" + it.Conversation:            404,
		"/v3/teams/" + it.Team + "/conversations": 200,
	} {
		if got := r.v3("GET", path, nil, nil); got != want {
			t.Errorf("GET %s = %d, want %d", path, got, want)
		}
	}
}

func TestTeamsFaults(t *testing.T) {
	for kind, tt := range map[string]struct {
		want   int // 0: no answer at all
		stored int
	}{
		"throttle":    {429, 0},
		"unavailable": {503, 0},
		"lost_answer": {503, 1},
		"denied":      {403, 0},
		"down":        {0, 0},
	} {
		t.Run(kind, func(t *testing.T) {
			r := newRig(t, rigOptions{})
			r.card("manager", askCard)
			token := r.token()
			tom, _, _ := r.s.person("manager")
			path := "/v3/conversations/" + personalID(tom.ID) + "/activities"
			if status := r.call("POST", "/sandbox/fault", map[string]any{"target": "teams", "kind": kind, "match": "^POST .*/activities$", "count": 1}, nil); status != 200 {
				t.Fatalf("set fault: %d", status)
			}
			before := len(r.messages("manager", "bot", 0))
			say := map[string]any{"type": "message", "text": "hello"}
			if got := r.request("POST", path, token, say, nil); got != tt.want {
				t.Errorf("status = %d, want %d", got, tt.want)
			}
			if got := len(r.messages("manager", "bot", 0)) - before; got != tt.stored {
				t.Errorf("%d messages were stored, want %d", got, tt.stored)
			}
			if got := r.request("POST", path, token, say, nil); got != 201 {
				t.Errorf("after the fault: %d", got)
			}
			var list []fault
			r.call("GET", "/sandbox/fault", nil, &list)
			if len(list) != 1 || list[0].Fired != 1 || list[0].Target != "teams" {
				t.Errorf("faults = %+v", list)
			}
		})
	}
}

func TestFaultHoldsAndEnds(t *testing.T) {
	r := newRig(t, rigOptions{})
	token := r.token()
	r.call("POST", "/sandbox/fault", map[string]any{"target": "teams", "kind": "timeout", "seconds": 60}, nil)
	ctx := t.Context()
	req, err := http.NewRequestWithContext(ctx, "GET", r.url+"/v3/teams/x", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	if res, err := (&http.Client{Timeout: 50 * time.Millisecond}).Do(req); err == nil {
		t.Errorf("the call was answered with %d", res.StatusCode)
	}
	r.clock.Advance(time.Minute)
	if got := r.request("GET", "/v3/teams/x", token, nil, nil); got != 404 {
		t.Errorf("after a minute: %d, want 404", got)
	}
	for name, body := range map[string]map[string]any{
		"unknown kind":   {"target": "teams", "kind": "no_effect"},
		"bad pattern":    {"target": "teams", "kind": "down", "match": "("},
		"unknown target": {"target": "moon", "kind": "down"},
		"negative":       {"target": "teams", "kind": "down", "count": -1},
	} {
		if got := r.call("POST", "/sandbox/fault", body, nil); got != 400 {
			t.Errorf("%s: %d, want 400", name, got)
		}
	}
	r.call("POST", "/sandbox/fault", map[string]any{"target": "graph", "kind": "revert", "match": "PATCH"}, nil)
	var list []map[string]json.RawMessage
	r.call("GET", "/sandbox/fault", nil, &list)
	if len(list) != 2 || string(list[1]["target"]) != `"graph"` || string(list[1]["kind"]) != `"revert PATCH"` {
		t.Errorf("faults = %v", list)
	}
	r.call("DELETE", "/sandbox/fault", nil, nil)
	if r.call("GET", "/sandbox/fault", nil, &list); len(list) != 0 {
		t.Errorf("after clearing: %v", list)
	}
}
