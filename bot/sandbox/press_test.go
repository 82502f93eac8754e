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

const formCard = `{"type":"AdaptiveCard","version":"1.5","body":[
 {"type":"Container","items":[{"type":"Input.Text","id":"name","label":"Name","isRequired":true,"errorMessage":"Give the name.","regex":"^[A-Z]","maxLength":20}]},
 {"type":"ColumnSet","columns":[{"type":"Column","items":[{"type":"Input.Date","id":"on","value":"2027-01-05","min":"2026-11-24"}]},
  {"type":"Column","items":[{"type":"Input.Number","id":"hours","min":1,"max":40,"value":37.5}]}]},
 {"type":"Input.ChoiceSet","id":"groups","isMultiSelect":true,"value":"g1,g2","choices":[{"title":"Sales","value":"g1"},{"title":"CRM, all","value":"g2"},{"title":"Wiki","value":"g3"}]},
 {"type":"Input.ChoiceSet","id":"boss","choices":[],"choices.data":{"type":"Data.Query","dataset":"graph.microsoft.com/users"}},
 {"type":"Input.Toggle","id":"laptop","title":"Laptop","valueOn":"yes","valueOff":"no","value":"yes"},
 {"type":"Input.Toggle","id":"remote","title":"Remote"},
 {"type":"ActionSet","actions":[
  {"type":"Action.Execute","title":"Check","verb":"check","id":"c1","data":{"case":"J-1","n":12345678901234567890,"name":"from data"}},
  {"type":"Action.Execute","title":"Cancel","verb":"cancel","associatedInputs":"none"},
  {"type":"Action.ShowCard","title":"Reject","card":{"type":"AdaptiveCard","body":[{"type":"Input.Text","id":"reason","isRequired":true,"errorMessage":"Say why."}],
   "actions":[{"type":"Action.Execute","title":"Reject","verb":"reject"}]}},
  {"type":"Action.Submit","title":"Plain","data":{"verb":"plain"}},
  {"type":"Action.Submit","title":"Dialog","data":{"msteams":{"type":"task/fetch"}}},
  {"type":"Action.OpenUrl","title":"Read more","url":"https://example.org/"},
  {"type":"Action.Execute","title":"Again","verb":"first"},{"type":"Action.Execute","title":"Again","verb":"second"}]}]}`

func given(t *testing.T, v map[string]any) map[string]json.RawMessage {
	t.Helper()
	out := map[string]json.RawMessage{}
	for k, e := range v {
		b, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		out[k] = b
	}
	return out
}

func TestCollect(t *testing.T) {
	buttons, _, err := parseCard(json.RawMessage(formCard))
	if err != nil {
		t.Fatal(err)
	}
	base := map[string]string{"name": "Priya", "on": "2027-01-05", "hours": "37.5", "groups": "g1,g2", "laptop": "yes", "remote": "false"}
	with := func(k, v string) map[string]string {
		out := map[string]string{}
		for k, v := range base {
			out[k] = v
		}
		if out[k] = v; v == "" {
			delete(out, k)
		}
		return out
	}
	for name, tt := range map[string]struct {
		button string
		inputs map[string]any
		want   map[string]string
		errs   map[string]string
	}{
		"defaults":               {"Check", map[string]any{"name": "Priya"}, base, nil},
		"required":               {"Check", nil, nil, map[string]string{"name": "Give the name."}},
		"required, emptied":      {"Check", map[string]any{"name": ""}, nil, map[string]string{"name": "Give the name."}},
		"pattern":                {"Check", map[string]any{"name": "priya"}, nil, map[string]string{"name": "Give the name."}},
		"too long":               {"Check", map[string]any{"name": "Priya Priya Priya Priya"}, nil, map[string]string{"name": "Give the name."}},
		"toggle by bool":         {"Check", map[string]any{"name": "Priya", "laptop": false}, with("laptop", "no"), nil},
		"toggle by value":        {"Check", map[string]any{"name": "Priya", "laptop": "no"}, with("laptop", "no"), nil},
		"toggle by nonsense":     {"Check", map[string]any{"name": "Priya", "laptop": "maybe"}, nil, map[string]string{"laptop": `A toggle is "yes" or "no".`}},
		"choices as text":        {"Check", map[string]any{"name": "Priya", "groups": "g1,g3"}, with("groups", "g1,g3"), nil},
		"choices as list":        {"Check", map[string]any{"name": "Priya", "groups": []string{"g3"}}, with("groups", "g3"), nil},
		"choices by title":       {"Check", map[string]any{"name": "Priya", "groups": []string{"CRM, all", "Wiki"}}, with("groups", "g2,g3"), nil},
		"no choice":              {"Check", map[string]any{"name": "Priya", "groups": ""}, with("groups", ""), nil},
		"unknown choice":         {"Check", map[string]any{"name": "Priya", "groups": "g9"}, nil, map[string]string{"groups": `There is no choice "g9".`}},
		"person from a search":   {"Check", map[string]any{"name": "Priya", "boss": "any-id"}, with("boss", "any-id"), nil},
		"number as number":       {"Check", map[string]any{"name": "Priya", "hours": 20}, with("hours", "20"), nil},
		"number out of bounds":   {"Check", map[string]any{"name": "Priya", "hours": 41}, nil, map[string]string{"hours": "The number is out of bounds."}},
		"not a number":           {"Check", map[string]any{"name": "Priya", "hours": "many"}, nil, map[string]string{"hours": "This is not a number."}},
		"date too early":         {"Check", map[string]any{"name": "Priya", "on": "2026-11-23"}, nil, map[string]string{"on": "This is too early."}},
		"not a date":             {"Check", map[string]any{"name": "Priya", "on": "5 Jan"}, nil, map[string]string{"on": "This is not a date or time."}},
		"nothing collected":      {"Cancel", nil, map[string]string{}, nil},
		"inner card and outer":   {"Reject", map[string]any{"name": "Priya", "reason": "no"}, with("reason", "no"), nil},
		"inner card, incomplete": {"Reject", map[string]any{"name": "Priya"}, nil, map[string]string{"reason": "Say why."}},
	} {
		t.Run(name, func(t *testing.T) {
			b, ok := find(buttons, tt.button, 0)
			if !ok {
				t.Fatalf("no button %q", tt.button)
			}
			values, problems := b.collect(given(t, tt.inputs))
			var errs map[string]string
			for _, p := range problems {
				if errs == nil {
					errs = map[string]string{}
				}
				errs[p.Input] = p.Message
			}
			if diff := cmp.Diff(tt.errs, errs); diff != "" {
				t.Errorf("errors (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.want, values); tt.errs == nil && diff != "" {
				t.Errorf("values (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPress(t *testing.T) {
	r := newRig(t, rigOptions{})
	id := r.card("hr", formCard)
	ok := given(t, map[string]any{"name": "Priya"})
	common := `"groups":"g1,g2","hours":"37.5","laptop":"yes","name":"Priya","on":"2027-01-05","remote":"false"`
	execute := func(id, verb, data string) string {
		return `{"action":{"type":"Action.Execute","id":"` + id + `","verb":"` + verb + `","data":` + data + `},"trigger":"manual"}`
	}
	for name, tt := range map[string]struct {
		press pressCall
		want  int
		kind  string // of the activity, "" when none may reach the bot
		value string
	}{
		"execute":               {pressCall{Button: "Check", Inputs: ok}, 200, "invoke", execute("c1", "check", `{"case":"J-1",`+strings.Replace(common, `"name"`, `"n":12345678901234567890,"name"`, 1)+`}`)},
		"any case of letters":   {pressCall{Button: " cancel"}, 200, "invoke", execute("", "cancel", "{}")},
		"the second of a title": {pressCall{Button: "Again", Nth: 2, Inputs: ok}, 200, "invoke", execute("", "second", "{"+common+"}")},
		"submit":                {pressCall{Button: "Plain", Inputs: ok}, 200, "message", `{` + common + `,"verb":"plain"}`},
		"incomplete":            {pressCall{Button: "Check"}, 422, "", ""},
		"link":                  {pressCall{Button: "Read more"}, 200, "", ""},
		"dialog":                {pressCall{Button: "Dialog", Inputs: ok}, 422, "", ""},
		"no such button":        {pressCall{Button: "Delete"}, 404, "", ""},
		"no such input":         {pressCall{Button: "Check", Inputs: given(t, map[string]any{"nmae": "x"})}, 422, "", ""},
		"no fallback":           {pressCall{Button: "Check", Inputs: ok, Submit: true}, 422, "", ""},
		"no button, no verb":    {pressCall{}, 400, "", ""},
		"forged":                {pressCall{Verb: "approve", Data: json.RawMessage(`{"case":"J-9"}`)}, 200, "invoke", execute("", "approve", `{"case":"J-9"}`)},
	} {
		t.Run(name, func(t *testing.T) {
			r.bot.taken()
			tt.press.As, tt.press.Message = "hr", id
			if got := r.call("POST", "/sandbox/press", tt.press, nil); got != tt.want {
				t.Errorf("status = %d, want %d", got, tt.want)
			}
			got := r.bot.taken()
			if tt.kind == "" {
				if len(got) != 0 {
					t.Errorf("the bot got %+v", got)
				}
				return
			}
			if len(got) != 1 || got[0].Type != tt.kind || got[0].ReplyTo != id || got[0].Text != "" || got[0].From.AADObjectID != Known()[0].ID {
				t.Fatalf("the bot got %+v", got)
			}
			if tt.kind == "invoke" && got[0].Name != "adaptiveCard/action" {
				t.Errorf("name = %q", got[0].Name)
			}
			if diff := cmp.Diff(tt.value, string(got[0].Value)); diff != "" {
				t.Errorf("value (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOldClientSendsTheFallback(t *testing.T) {
	r := newRig(t, rigOptions{})
	id := r.card("manager", askCard)
	if got := r.call("POST", "/sandbox/press", pressCall{As: "manager", Message: id, Button: "Approve", Submit: true}, nil); got != 200 {
		t.Fatalf("press: %d", got)
	}
	if a := r.bot.last("message"); string(a.Value) != `{"case":"J-1","verb":"approve","why":"as usual"}` {
		t.Errorf("value = %s", a.Value)
	}
}

func TestForgedPressOfAForeignCard(t *testing.T) {
	r := newRig(t, rigOptions{})
	id := r.card("manager", askCard)
	if got := r.call("POST", "/sandbox/press", pressCall{As: "stranger", Message: id, Verb: "approve", Data: json.RawMessage(`{}`)}, nil); got != 200 {
		t.Fatalf("press: %d", got)
	}
	stan := Known()[10]
	if a := r.bot.last("invoke"); a.ReplyTo != id || a.From.AADObjectID != stan.ID || a.Conversation.ID != personalID(stan.ID) {
		t.Errorf("activity = %+v", a)
	}
}

func TestAnswerReplacesTheCardForOne(t *testing.T) {
	r := newRig(t, rigOptions{})
	var post sent
	r.v3("POST", "/v3/conversations", map[string]any{
		"isGroup": true, "tenantId": FixedTenant, "activity": cardActivity(askCard), "channelData": map[string]any{"channel": map[string]any{"id": Channels()[0].Conversation}},
	}, &post)
	const settled = `{"type":"AdaptiveCard","version":"1.5","body":[]}`
	r.bot.answers(func(activity) (int, any) {
		return 200, invokeAnswer{200, cardType, json.RawMessage(settled)}
	})
	var out struct {
		Status int
		Value  invokeAnswer
	}
	r.call("POST", "/sandbox/press", pressCall{As: "it", Message: post.Activity, Button: "Approve"}, &out)
	if out.Status != 200 || out.Value.Type != cardType || string(out.Value.Value) != settled {
		t.Errorf("answer = %+v", out)
	}
	cards := func() string {
		mine, theirs := r.messages("it", "it", 0)[0], r.messages("it2", "it", 0)[0]
		return string(mine.Card)[:30] + " " + string(theirs.Card)[:30]
	}
	had := r.messages("it2", "it", 0)[0].N
	if mine := r.messages("it", "it", 0)[0]; string(mine.Card) != settled || mine.N <= had {
		t.Errorf("the presser sees %+v", mine)
	}
	if theirs := r.messages("it2", "it", 0)[0]; string(theirs.Card) == settled {
		t.Error("somebody else sees the presser's card")
	}
	if got := r.call("POST", "/sandbox/press", pressCall{As: "it", Message: post.Activity, Button: "Approve"}, nil); got != 404 {
		t.Errorf("the replaced button can still be pressed: %d", got)
	}
	r.v3("PUT", "/v3/conversations/"+url.PathEscape(post.ID)+"/activities/"+post.Activity, cardActivity(formCard), nil)
	if mine := r.messages("it", "it", 0)[0]; string(mine.Card) == settled {
		t.Errorf("the view outlived an update: %s", cards())
	}
}

func TestUpdateDuringAPressWins(t *testing.T) {
	r := newRig(t, rigOptions{})
	id := r.card("manager", askCard)
	const newer, older = `{"type":"AdaptiveCard","version":"1.5","body":[]}`, `{"type":"AdaptiveCard","version":"1.4"}`
	tom, _, _ := r.s.person("manager")
	r.bot.answers(func(activity) (int, any) {
		r.v3("PUT", "/v3/conversations/"+personalID(tom.ID)+"/activities/"+id, cardActivity(newer), nil)
		return 200, invokeAnswer{200, cardType, json.RawMessage(older)}
	})
	r.call("POST", "/sandbox/press", pressCall{As: "manager", Message: id, Button: "Approve"}, nil)
	if m := r.messages("manager", "bot", 0)[0]; string(m.Card) != newer {
		t.Errorf("card = %s", m.Card)
	}
}

func TestPressThatIsNotAnswered(t *testing.T) {
	r := newRig(t, rigOptions{})
	r.s.answer = 50 * time.Millisecond
	id := r.card("manager", askCard)
	release := make(chan struct{})
	defer close(release)
	for name, tt := range map[string]struct {
		answer func(activity) (int, any)
		want   int
	}{
		"server error": {func(activity) (int, any) { return 500, nil }, 500},
		"hang-up":      {func(activity) (int, any) { return 0, nil }, 504},
		"too slow":     {func(activity) (int, any) { <-release; return 200, nil }, 504},
	} {
		t.Run(name, func(t *testing.T) {
			r.bot.answers(tt.answer)
			var out pressAnswer
			if got := r.call("POST", "/sandbox/press", pressCall{As: "manager", Message: id, Button: "Approve"}, &out); got != http.StatusOK || out.Status != tt.want || out.Error == "" {
				t.Errorf("= %d %+v, want status %d", got, out, tt.want)
			}
		})
	}
}

func FuzzParseCard(f *testing.F) {
	f.Add(formCard, "Check", "name", `"x"`)
	f.Add(`{"type":"Input.Toggle","id":[],"choices":{},"actions":[[],{"type":"Action.Submit","data":"x"}]}`, "", "id", `[1]`)
	f.Fuzz(func(t *testing.T, card, title, id, value string) {
		buttons, _, err := parseCard(json.RawMessage(card))
		if err != nil {
			return
		}
		b, ok := find(buttons, title, 0)
		if !ok {
			return
		}
		values, _ := b.collect(map[string]json.RawMessage{id: json.RawMessage(value)})
		if data, err := b.data(values); err != nil || !json.Valid(data) {
			t.Errorf("data = %s, %v", data, err)
		}
	})
}
