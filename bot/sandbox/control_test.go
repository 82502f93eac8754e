package sandbox

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSay(t *testing.T) {
	r := newRig(t, rigOptions{})
	if err := r.s.Install(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.bot.taken()
	var out sent
	if status := r.call("POST", "/sandbox/say", sayCall{As: "hr", Chat: "bot", Text: "new starter <b>Priya</b>"}, &out); status != 200 {
		t.Fatalf("say: %d", status)
	}
	hannah := Known()[0]
	a := r.bot.last("message")
	if a.ID != out.ID || a.Text != "new starter <b>Priya</b>" || a.From.AADObjectID != hannah.ID || a.From.ID != mri(hannah.ID) ||
		a.Conversation.Type != "personal" || a.Conversation.ID != personalID(hannah.ID) || a.ChannelData.Tenant.ID != FixedTenant ||
		a.Recipient.ID != "28:"+FixedAppID || a.ServiceURL != r.url || a.Timestamp != "2026-11-23T09:00:00.000Z" {
		t.Errorf("activity = %+v", a)
	}
	if got := string(a.Attachments[0].Content); strings.Contains(got, "<b>") {
		t.Errorf("typed text went out as markup: %s", got)
	}
	if status := r.call("POST", "/sandbox/say", sayCall{As: "it", Chat: "it", Text: "failures"}, &out); status != 200 {
		t.Fatalf("say in channel: %d", status)
	}
	a = r.bot.last("message")
	it := Channels()[0]
	if a.Text != "<at>Muster</at> failures" || a.Conversation.ID != it.Conversation+";messageid="+out.ID || !a.Conversation.IsGroup ||
		a.ChannelData.Team.Group != it.Group || a.ChannelData.Channel.ID != it.Conversation {
		t.Errorf("activity = %+v", a)
	}
	mention := a.Entities[1]
	if mention.Type != "mention" || mention.Text != "<at>Muster</at>" || mention.Mentioned.ID != a.Recipient.ID {
		t.Errorf("mention = %+v", mention)
	}
	if status := r.call("POST", "/sandbox/say", sayCall{As: "it2", Chat: "it", Text: "mine", Thread: out.ID}, nil); status != 200 {
		t.Fatalf("say in thread: %d", status)
	}
	if a = r.bot.last("message"); a.Conversation.ID != it.Conversation+";messageid="+out.ID || a.ReplyTo != out.ID {
		t.Errorf("reply = %+v", a)
	}
}

func TestSayRefusals(t *testing.T) {
	r := newRig(t, rigOptions{})
	for name, tt := range map[string]struct {
		body any
		want int
	}{
		"nobody":            {sayCall{As: "nobody", Chat: "bot", Text: "x"}, 404},
		"starter, too soon": {sayCall{As: "starter", Chat: "bot", Text: "x"}, 404},
		"a foreign channel": {sayCall{As: "hr", Chat: "it", Text: "x"}, 404},
		"owners' channel":   {sayCall{As: "it", Chat: "owners", Text: "x"}, 404},
		"nothing":           {sayCall{As: "hr", Chat: "bot", Text: "  "}, 400},
		"no such thread":    {sayCall{As: "it", Chat: "it", Text: "x", Thread: "1"}, 404},
		"a spelling error":  {map[string]any{"as": "hr", "chat": "bot", "txt": "x"}, 400},
		"broken file":       {sayCall{As: "hr", Chat: "bot", File: &fileCall{"a.csv", "%"}}, 400},
		"file of no name":   {sayCall{As: "hr", Chat: "bot", File: &fileCall{"..", ""}}, 400},
		"file in a channel": {sayCall{As: "it", Chat: "it", File: &fileCall{"a.csv", ""}}, 400},
		"by upn":            {sayCall{As: "hannah.reed@larkfield.example", Chat: "bot", Text: "x"}, 200},
		"from outside":      {sayCall{As: "outsider", Chat: "bot", Text: "x"}, 200},
	} {
		t.Run(name, func(t *testing.T) {
			if got := r.call("POST", "/sandbox/say", tt.body, nil); got != tt.want {
				t.Errorf("status = %d, want %d", got, tt.want)
			}
		})
	}
}

func TestOutsiderCarriesTheirTenant(t *testing.T) {
	r := newRig(t, rigOptions{})
	r.call("POST", "/sandbox/say", sayCall{As: "outsider", Chat: "bot", Text: "help"}, nil)
	if a := r.bot.last("message"); a.ChannelData.Tenant.ID != OutsideTenant || a.Conversation.Tenant != OutsideTenant {
		t.Errorf("activity = %+v", a)
	}
}

func TestSayIsRedelivered(t *testing.T) {
	r := newRig(t, rigOptions{})
	if err := r.s.Install(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		answers []int // 0 hangs up
		want    int
		tries   int
		failed  bool
	}{
		"server error, then good": {[]int{500, 200}, 200, 2, false},
		"hang-up, then good":      {[]int{0, 0, 200}, 200, 3, false},
		"never":                   {[]int{500, 500, 500}, 502, 3, true},
		"refused":                 {[]int{401}, 502, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			r.bot.taken()
			left := tt.answers
			r.bot.answers(func(activity) (int, any) {
				status := left[0]
				left = left[1:]
				return status, nil
			})
			var out sent
			if got := r.call("POST", "/sandbox/say", sayCall{As: "hr", Chat: "bot", Text: "help"}, &out); got != tt.want {
				t.Errorf("status = %d, want %d", got, tt.want)
			}
			for _, a := range r.bot.taken() {
				if tt.tries--; a.ID != out.ID {
					t.Errorf("delivered as %s, want %s", a.ID, out.ID)
				}
			}
			if tt.tries != 0 {
				t.Errorf("%d deliveries too few", tt.tries)
			}
			list := r.messages("hr", "bot", 0)
			if m := list[len(list)-1]; m.ID != out.ID || m.Failed != tt.failed {
				t.Errorf("message = %+v", m)
			}
		})
	}
}

func TestFileReachesTheBot(t *testing.T) {
	r := newRig(t, rigOptions{})
	r.call("POST", "/sandbox/say", sayCall{As: "hr", Chat: "bot", File: &fileCall{"starters, all.csv", "bmFtZQo="}}, nil)
	a := r.bot.last("message")
	f := a.Attachments[len(a.Attachments)-1]
	var content struct {
		URL  string `json:"downloadUrl"`
		Type string `json:"fileType"`
	}
	if err := json.Unmarshal(f.Content, &content); err != nil {
		t.Fatal(err)
	}
	res, err := http.Get(content.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b := make([]byte, 16)
	n, _ := res.Body.Read(b)
	if f.ContentType != fileType || content.Type != "csv" || string(b[:n]) != "name\n" || !strings.HasPrefix(res.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("file = %+v, %q", f, b[:n])
	}
}

// chatsOf lists the ids of the chats that a person has.
func (r *rig) chatsOf(as string) (ids []string) {
	r.t.Helper()
	var list []chatView
	if status := r.call("GET", "/sandbox/chats?as="+as, nil, &list); status != 200 {
		r.t.Fatalf("chats of %s: %d", as, status)
	}
	for _, c := range list {
		ids = append(ids, c.ID)
	}
	return ids
}

func TestWhoSeesWhat(t *testing.T) {
	r := newRig(t, rigOptions{})
	id := r.card("manager", askCard)
	for as, want := range map[string][]string{
		"hr": {"bot"}, "manager": {"bot"}, "stranger": {"bot"}, "outsider": {"bot"}, "starter": nil,
		"it": {"bot", "it"}, "it2": {"bot", "it"}, "owner": {"bot", "it", "owners"}, "owner2": {"bot", "it", "owners"},
	} {
		if diff := cmp.Diff(want, r.chatsOf(as)); diff != "" {
			t.Errorf("chats of %s (-want +got):\n%s", as, diff)
		}
		if as != "starter" && as != "manager" && len(r.messages(as, "bot", 0)) != 0 {
			t.Errorf("%s sees a message that is not theirs", as)
		}
	}
	if got := r.call("POST", "/sandbox/press", pressCall{As: "hr", Message: id, Button: "Approve"}, nil); got != 404 {
		t.Errorf("pressing on a card that one does not see: %d", got)
	}
	if got := r.call("GET", "/sandbox/messages?as=hr&chat=it", nil, nil); got != 404 {
		t.Errorf("reading a foreign channel: %d", got)
	}
}

func TestStarterComesIntoBeing(t *testing.T) {
	r := newRig(t, rigOptions{})
	starter := Known()[9]
	u := directoryUser{ID: starter.ID, DisplayName: "Priya Patel", UPN: "priya.patel@larkfield.example"}
	r.dir.put(u)
	if diff := cmp.Diff([]string{"bot"}, r.chatsOf("starter")); diff != "" {
		t.Error(diff)
	}
	if got := r.call("POST", "/sandbox/say", sayCall{As: "starter", Chat: "bot", Text: "hello"}, nil); got != 403 {
		t.Errorf("a disabled account said something: %d", got)
	}
	u.AccountEnabled = true
	r.dir.put(u)
	if got := r.call("POST", "/sandbox/say", sayCall{As: "starter", Chat: "bot", Text: "hello"}, nil); got != 200 {
		t.Errorf("say: %d", got)
	}
	var kinds []string
	for _, a := range r.bot.taken() {
		kinds = append(kinds, a.Type+" "+a.From.Name)
	}
	if diff := cmp.Diff([]string{"installationUpdate Priya Patel", "conversationUpdate Priya Patel", "message Priya Patel"}, kinds); diff != "" {
		t.Errorf("the bot got (-want +got):\n%s", diff)
	}
}

func TestSinceReturnsWhatIsNewAndWhatChanged(t *testing.T) {
	r := newRig(t, rigOptions{})
	first := r.card("manager", askCard)
	second := r.card("manager", askCard)
	list := r.messages("manager", "bot", 0)
	n := list[len(list)-1].N
	if len(list) != 2 || len(r.messages("manager", "bot", n)) != 0 {
		t.Fatalf("messages = %+v", list)
	}
	tom, _, _ := r.s.person("manager")
	r.v3("PUT", "/v3/conversations/"+personalID(tom.ID)+"/activities/"+first, cardActivity(`{"type":"AdaptiveCard","version":"1.5"}`), nil)
	list = r.messages("manager", "bot", n)
	if len(list) != 1 || list[0].ID != first || !list[0].Updated || list[0].N <= n {
		t.Errorf("after an update: %+v (second is %s)", list, second)
	}
}

func TestWaitIsWokenByAMessage(t *testing.T) {
	r := newRig(t, rigOptions{})
	r.card("manager", askCard)
	n := r.messages("manager", "bot", 0)[0].N
	got := make(chan []messageView, 1)
	go func() {
		var list []messageView
		r.call("GET", "/sandbox/messages?as=manager&chat=bot&wait=20&since="+json.Number(jsonInt(n)).String(), nil, &list)
		got <- list
	}()
	id := r.card("manager", askCard)
	select {
	case list := <-got:
		if len(list) != 1 || list[0].ID != id {
			t.Errorf("messages = %+v, want %s", list, id)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("the call was not woken")
	}
	for _, q := range []string{"wait=x", "wait=-1", "since=x", "since=-1"} {
		if got := r.call("GET", "/sandbox/messages?as=manager&chat=bot&"+q, nil, nil); got != 400 {
			t.Errorf("%s: %d, want 400", q, got)
		}
	}
}

func jsonInt(n int) string {
	b, err := json.Marshal(n)
	if err != nil {
		return ""
	}
	return string(b)
}

func TestAnotherOriginMayNotAct(t *testing.T) {
	r := newRig(t, rigOptions{})
	req, err := http.NewRequestWithContext(t.Context(), "POST", r.url+"/sandbox/say", strings.NewReader(`{"as":"hr","chat":"bot","text":"x"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Origin", "https://example.org")
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != 403 {
		t.Errorf("status = %d, want 403", res.StatusCode)
	}
}

func TestSearch(t *testing.T) {
	r := newRig(t, rigOptions{})
	id := r.card("manager", askCard)
	r.bot.answers(func(a activity) (int, any) {
		return 200, map[string]any{"statusCode": 200, "type": "application/vnd.microsoft.search.searchResponse", "value": map[string]any{
			"results": []any{map[string]any{"title": string(a.Value), "value": "x"}},
		}}
	})
	for name, tt := range map[string]struct {
		in   searchCall
		want []string
	}{
		"people by two words":   {searchCall{"manager", id, "graph.microsoft.com/users", "han re"}, []string{"Hannah Reed"}},
		"people by sign-in":     {searchCall{"manager", id, "graph.microsoft.com/users", "ivan.petrov@"}, []string{"Ivan Petrov"}},
		"nobody":                {searchCall{"manager", id, "graph.microsoft.com/users", "zzz"}, nil},
		"people of this chat":   {searchCall{"manager", id, "graph.microsoft.com/users?scope=currentContext", ""}, []string{"Tom Hughes"}},
		"the bot's own dataset": {searchCall{"manager", id, "profiles", "sal"}, []string{`{"queryText":"sal","queryOptions":{"skip":0,"top":15},"dataset":"profiles"}`}},
	} {
		t.Run(name, func(t *testing.T) {
			var out searchAnswer
			if status := r.call("POST", "/sandbox/search", tt.in, &out); status != 200 {
				t.Fatalf("search: %d", status)
			}
			var got []string
			for _, v := range out.Results {
				got = append(got, v.Title)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("results (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDirectoryAndCases(t *testing.T) {
	cases := &fakeCases{}
	r := newRig(t, rigOptions{cases: cases})
	for _, tt := range []struct {
		method, path string
		body         any
		want         int
	}{
		{"GET", "/sandbox/people", nil, 200},
		{"GET", "/sandbox/directory/users", nil, 200},
		{"GET", "/sandbox/directory/users/manager", nil, 200},
		{"GET", "/sandbox/directory/users/tom.hughes@larkfield.example", nil, 200},
		{"GET", "/sandbox/directory/users/nobody", nil, 404},
		{"PATCH", "/sandbox/directory/users/manager", map[string]any{"accountEnabled": false}, 200},
		{"PATCH", "/sandbox/directory/users/manager", map[string]any{"shoeSize": 9}, 400},
		{"PATCH", "/sandbox/directory/users/nobody", map[string]any{"accountEnabled": false}, 404},
		{"POST", "/sandbox/directory/groups/Sales/members", map[string]any{"user": "hr"}, 200},
		{"DELETE", "/sandbox/directory/groups/Sales/members", map[string]any{"user": "hr"}, 200},
		{"GET", "/sandbox/directory/changes?since=x", nil, 400},
		{"GET", "/sandbox/cases", nil, 200},
		{"GET", "/sandbox/cases/J-2026-0001", nil, 200},
		{"GET", "/sandbox/cases/J-2026-0002", nil, 404},
		{"GET", "/sandbox/log?case=J-2026-0001", nil, 200},
		{"GET", "/sandbox/log?case=broken", nil, 500},
		{"GET", "/sandbox/nothing", nil, 404},
	} {
		if got := r.call(tt.method, tt.path, tt.body, nil); got != tt.want {
			t.Errorf("%s %s = %d, want %d", tt.method, tt.path, got, tt.want)
		}
	}
	if diff := cmp.Diff([]string{"+Sales " + Known()[0].ID, "-Sales " + Known()[0].ID}, r.dir.members); diff != "" {
		t.Error(diff)
	}
	if _, acc, _ := r.s.person("manager"); acc.enabled {
		t.Error("the account is still enabled")
	}
}
