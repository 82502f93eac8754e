package bot

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/bot/teams"
	"muster/flows"
)

// answered takes an invoke's answer apart.
func answered(t *testing.T, a teams.InvokeAnswer) (kind, text string) {
	t.Helper()
	body, ok := a.Body.(teams.AnswerBody)
	if !ok || a.Status != 200 {
		t.Fatalf("answered with %d %T", a.Status, a.Body)
	}
	raw, err := json.Marshal(body.Value)
	if err != nil {
		t.Fatal(err)
	}
	return body.Type, string(raw)
}

func (d *desk) press(p flows.Person, id, replyTo string, data map[string]any) (kind, text string) {
	d.t.Helper()
	a, err := d.Invoke(d.t.Context(), execute(p, id, replyTo, data))
	d.must(err)
	t, ok := d.t.(*testing.T)
	if !ok {
		d.t.Fatal("not in a test")
	}
	return answered(t, a)
}

func TestExecute(t *testing.T) {
	d := newDesk(t)
	c := d.raise()
	approve := map[string]any{"verb": flows.VerbApprove, "case": string(c.ID), "plan": string(c.Shown), "items": "group:Sales"}
	kind, text := d.press(stan, "1", "m", approve)
	if kind != teams.MessageAnswer || text != `"This decision is with Tom Hughes."` {
		t.Errorf("a stranger is answered with %s %s", kind, text)
	}
	first, card := d.press(tom, "2", "m", approve)
	if first != teams.CardAnswer || !strings.Contains(card, "Approved") {
		t.Errorf("Tom is answered with %s %s", first, card)
	}
	if again, same := d.press(tom, "2", "m", approve); again != first || same != card {
		t.Errorf("delivered twice, the second answer is %s %s", again, same)
	}
	if kind, text := d.press(tom, "3", "m", approve); kind != teams.MessageAnswer || !strings.Contains(text, "already approved") {
		t.Errorf("pressed twice: %s %s", kind, text)
	}
	if len(d.teams.calls) != 0 {
		t.Errorf("an answer is sent as well: %v", d.teams.calls)
	}
}

func TestExecuteForged(t *testing.T) {
	ok := func(change func(map[string]any)) map[string]any {
		data := map[string]any{"verb": flows.VerbApprove, "case": string(priyasCase), "plan": strings.Repeat("a", 64)}
		change(data)
		return data
	}
	for name, data := range map[string]map[string]any{
		"nothing":                  nil,
		"empty":                    {},
		"an unknown verb":          ok(func(m map[string]any) { m["verb"] = "case.delete" }),
		"a verb that is no text":   ok(func(m map[string]any) { m["verb"] = 7 }),
		"a case that is a path":    ok(func(m map[string]any) { m["case"] = "../../etc" }),
		"a case that is an object": ok(func(m map[string]any) { m["case"] = map[string]any{"$ne": ""} }),
		"a plan that is no hash":   ok(func(m map[string]any) { m["plan"] = "latest" }),
		"no case":                  ok(func(m map[string]any) { delete(m, "case") }),
		"ticks that are an object": ok(func(m map[string]any) { m["items"] = map[string]any{"a": 1} }),
		"a step too many":          ok(func(m map[string]any) { m["verb"], m["step"] = flows.VerbRetry, strings.Repeat("x", 5000) }),
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			c := d.raise()
			kind, text := d.press(stan, "1", "m", data)
			if kind != teams.MessageAnswer || text == `""` {
				t.Errorf("answered with %s %s", kind, text)
			}
			if got := d.theCase(); got.Version != c.Version {
				t.Error("it changed the case")
			}
		})
	}
	t.Run("somebody named to act", func(t *testing.T) {
		d := newDesk(t)
		c := d.raise()
		named := map[string]any{"verb": flows.VerbApprove, "case": string(c.ID), "plan": string(c.Shown)}
		for _, k := range []string{"by", "By", "from", "actor", "user", "aadObjectId"} {
			named[k] = string(tom.ID)
		}
		kind, text := d.press(stan, "1", "m", named)
		if kind != teams.MessageAnswer || !strings.Contains(text, "This decision is with "+tom.Name) || d.theCase().Approval.State != "" {
			t.Errorf("answered with %s %s", kind, text)
		}
		called := tom
		called.Name = stan.Name // what a client calls somebody is not what the directory does
		if kind, text := d.press(called, "2", "m", named); kind != teams.CardAnswer || d.theCase().Approval.By.ID != tom.ID || d.theCase().Approval.By.Name != tom.Name {
			t.Errorf("Tom himself is answered with %s %s, and recorded as %+v", kind, text, d.theCase().Approval.By)
		}
	})
	d := newDesk(t)
	for _, value := range []string{"", "null", "[]", `"x"`, `{"action":[]}`, `{"action":{"data":7}}`, `{"action":{"data":null}}`} {
		a := execute(tom, "1", "m", nil)
		a.Value = json.RawMessage(value)
		answer, err := d.Invoke(t.Context(), a)
		d.must(err)
		if kind, _ := answered(t, answer); kind != teams.MessageAnswer {
			t.Errorf("%s is answered with %s", value, kind)
		}
	}
	if a, err := d.Invoke(t.Context(), teams.Activity{Type: "invoke", Name: "composeExtension/query"}); err != nil || a != (teams.InvokeAnswer{}) {
		t.Errorf("an invoke that is not known is answered with %+v, %v", a, err)
	}
}

// passReady is Priya's case on the morning of the first day.
func (d *desk) passReady() {
	d.t.Helper()
	d.raise()
	d.approve()
	d.add(flows.StepVerified{Step: "account", After: "seen", Account: newcomer.ID})
	d.add(flows.StepVerified{Step: "enable", After: "open"})
	d.now = d.now.AddDate(0, 2, 0)
}

// The pass is in the answer to the press, and nowhere else.
func TestPassIsNeverSent(t *testing.T) {
	d := newDesk(t)
	d.met(tom)
	d.passReady()
	er := card(flows.CardCredential, to(tom))
	d.must(d.keepCard(t.Context(), er))
	show := map[string]any{"verb": flows.VerbShowPass, "case": string(priyasCase), "step": "credential"}
	kind, text := d.press(tom, "1", d.in(tom)[0], show)
	if kind != teams.CardAnswer || !strings.Contains(text, "Pass-Code-42") {
		t.Fatalf("answered with %s %s", kind, text)
	}
	if _, again := d.press(tom, "1", d.in(tom)[0], show); strings.Contains(again, "Pass-Code-42") {
		t.Error("delivered twice, it is shown twice")
	}
	d.must(d.keepCard(t.Context(), er))
	for id, sent := range d.teams.texts {
		if strings.Contains(sent, "Pass-Code") {
			t.Errorf("message %s has the code", id)
		}
	}
	recs, err := d.Engine.Store.Records(t.Context(), priyasCase)
	d.must(err)
	all, err := json.Marshal(recs)
	d.must(err)
	if strings.Contains(string(all)+d.log.String(), "Pass-Code") {
		t.Error("the log has the code")
	}
}

// submit is a press as a client sends it that does not know Action.Execute.
func submit(p flows.Person, id string, data map[string]any) teams.Activity {
	a := personal(p, id, "")
	a.ReplyTo = "m"
	value, err := json.Marshal(data)
	if err != nil {
		panic(err)
	}
	a.Value = value
	return a
}

func TestSubmit(t *testing.T) {
	d := newDesk(t)
	c := d.raise()
	data := map[string]any{"verb": flows.VerbApprove, "case": string(c.ID), "plan": string(c.Shown)}
	d.must(d.Message(t.Context(), submit(stan, "1", data)))
	if said := d.queued(flows.SayErrand); len(said) != 1 {
		t.Errorf("the refusal is said: %v", said)
	}
	for range 2 {
		d.must(d.Message(t.Context(), submit(tom, "2", data)))
	}
	if got := d.theCase(); got.Approval.State != "approved" {
		t.Error("the press did nothing")
	}
	if said := d.queued(flows.SayErrand); len(said) != 1 {
		t.Errorf("something is said to Tom: %v", said)
	}
	if len(d.teams.calls) != 0 {
		t.Errorf("sent within the turn: %v", d.teams.calls)
	}
	for _, value := range []string{"[]", `"x"`, `{}`, `{"verb":"no.such"}`} {
		a := submit(tom, "odd"+value, nil)
		a.Value = json.RawMessage(value)
		d.must(d.Message(t.Context(), a))
	}
}

func TestSubmitNeverShowsAPass(t *testing.T) {
	d := newDesk(t)
	d.passReady()
	d.must(d.Message(t.Context(), submit(tom, "1", map[string]any{"verb": flows.VerbShowPass, "case": string(priyasCase), "step": "credential"})))
	if len(d.staff.passes) != 0 {
		t.Error("a pass was made that nobody can be shown")
	}
	if said := d.queued(flows.SayErrand); len(said) != 1 {
		t.Errorf("said: %v", said)
	}
}

// What a button only shows comes as an answer in the chat.
func TestSubmitThatOnlyShows(t *testing.T) {
	for verb, want := range map[string]string{flows.VerbDetails: "Priya Patel", flows.VerbOverdue: "overdue", flows.VerbUpcoming: "14 days", flows.VerbFailures: "failed"} {
		t.Run(verb, func(t *testing.T) {
			d := newDesk(t)
			d.met(hannah)
			d.raise()
			for range 2 {
				d.must(d.Message(t.Context(), submit(hannah, "1", map[string]any{"verb": verb, "case": string(priyasCase)})))
			}
			due, err := d.Engine.Store.Due(t.Context(), d.now, 10, nil)
			d.must(err)
			for _, er := range due {
				if er.Kind == flows.AnswerErrand {
					d.must(d.answer(t.Context(), er))
				}
			}
			if n := len(d.in(hannah)); n != 1 || !strings.Contains(d.teams.texts[d.in(hannah)[0]], want) {
				t.Errorf("%d answers: %v", n, d.teams.texts)
			}
		})
	}
}

// A press, forged or forwarded, from another place does not have a card drawn there; one where the card stands twice does.
func TestCopies(t *testing.T) {
	it := "19:it@thread.tacv2"
	d := newDesk(t)
	d.met(stan, ivan, tom)
	d.met2(it)
	d.raise()
	d.approve()
	d.add(flows.StepFailed{Step: "account", Cause: "refused"})
	er := card(flows.CardFailure, channel("it"))
	d.must(d.keepCard(t.Context(), er))
	retry := map[string]any{"verb": flows.VerbRetry, "case": string(priyasCase), "step": "account"}
	for _, who := range []flows.Person{stan, ivan} {
		d.press(who, "forged-"+string(who.ID), "a message of another chat", retry)
	}
	if adopted := d.queued(adoptErrand); len(adopted) != 0 {
		t.Fatalf("another chat is to get the IT channel's card: %v", adopted)
	}
	d.add(flows.StepFailed{Step: "account", Cause: "refused again"})
	a := inChannel(execute(ivan, "2", "the twin", retry), it)
	_, err := d.Invoke(t.Context(), a)
	d.must(err)
	if adopted := d.queued(adoptErrand); len(adopted) != 1 {
		t.Fatalf("the twin in the channel is to be kept true: %v", adopted)
	}
}

func TestMeet(t *testing.T) {
	it, other := "19:it@thread.tacv2", "19:other@thread.tacv2"
	install := func(a teams.Activity, change func(*teams.Activity)) teams.Activity {
		a.Type = "installationUpdate"
		change(&a)
		return a
	}
	add := func(a *teams.Activity) { a.Action = "add" }
	remove := func(a *teams.Activity) { a.Action = "remove" }
	for name, tt := range map[string]struct {
		what  []teams.Activity
		to    flows.Recipient
		where string // "" when it cannot be reached but by a new chat
	}{
		"a person wrote":       {[]teams.Activity{}, to(tom), ""},
		"installed":            {[]teams.Activity{install(personal(tom, "1", ""), add)}, to(tom), "chat-" + string(tom.ID)},
		"upgraded":             {[]teams.Activity{install(personal(tom, "1", ""), func(a *teams.Activity) { a.Action = "add-upgrade" })}, to(tom), "chat-" + string(tom.ID)},
		"removed":              {[]teams.Activity{install(personal(tom, "1", ""), add), install(personal(tom, "2", ""), remove)}, to(tom), ""},
		"and installed again":  {[]teams.Activity{install(personal(tom, "1", ""), add), install(personal(tom, "2", ""), remove), install(personal(tom, "3", ""), add)}, to(tom), "chat-" + string(tom.ID)},
		"the bot added":        {[]teams.Activity{install(personal(tom, "1", ""), func(a *teams.Activity) { a.MembersAdded = []teams.Person{{ID: "28:bot"}} })}, to(tom), "chat-" + string(tom.ID)},
		"somebody else added":  {[]teams.Activity{install(inChannel(personal(tom, "1", ""), it), func(a *teams.Activity) { a.MembersAdded = []teams.Person{{ID: "29:x"}} })}, channel("it"), ""},
		"the IT channel":       {[]teams.Activity{install(inChannel(personal(tom, "1", ""), it), add)}, channel("it"), it},
		"another channel":      {[]teams.Activity{install(inChannel(personal(tom, "1", ""), other), add)}, channel("it"), ""},
		"the channel deleted":  {[]teams.Activity{install(inChannel(personal(tom, "1", ""), it), add), install(inChannel(personal(tom, "2", ""), it), func(a *teams.Activity) { a.EventType = "channelDeleted" })}, channel("it"), ""},
		"a group chat is none": {[]teams.Activity{install(personal(tom, "1", ""), func(a *teams.Activity) { a.Action, a.Conversation.Type = "add", teams.GroupChat })}, to(tom), ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			for _, a := range tt.what {
				for range 2 {
					d.must(d.Installed(t.Context(), a))
				}
			}
			ref, err := d.find(t.Context(), tt.to)
			switch {
			case tt.where != "":
				if err != nil || ref.Conversation != tt.where || d.teams.did("create") != 0 {
					t.Errorf("found at %q, want %q (%v)", ref.Conversation, tt.where, err)
				}
			case tt.to.Channel != "":
				if err == nil {
					t.Errorf("found at %q", ref.Conversation)
				}
			default:
				if err != nil || d.teams.did("create") != 1 {
					t.Errorf("not asked for a new chat: %v, %v", d.teams.calls, err)
				}
			}
		})
	}
}

// Only people of the directory may search it, and only what the picker shows comes out.
func TestSearch(t *testing.T) {
	ask := func(p flows.Person, value string) teams.Activity {
		a := personal(p, "1", "")
		a.Type, a.Name, a.Value = "invoke", "application/search", json.RawMessage(value)
		return a
	}
	const everyone = `{"queryText":"To","dataset":"graph.microsoft.com/users"}`
	for name, tt := range map[string]struct {
		a    teams.Activity
		want string
	}{
		"a colleague":      {ask(stan, everyone), `{"results":[{"title":"Tom Hughes, Head of Sales, London","value":"` + string(tom.ID) + `"}]}`},
		"a stranger":       {ask(flows.Person{ID: "x"}, everyone), `{"results":[]}`},
		"one letter":       {ask(stan, `{"queryText":"T","dataset":"graph.microsoft.com/users"}`), `{"results":[]}`},
		"another data set": {ask(stan, `{"queryText":"To","dataset":"secrets"}`), `{"code":"BadRequest","message":"I do not know what to search."}`},
		"no JSON":          {ask(stan, `[`), `{"code":"BadRequest","message":"I do not know what to search."}`},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			a, err := d.Invoke(t.Context(), tt.a)
			d.must(err)
			if _, got := answered(t, a); got != tt.want {
				t.Error(cmp.Diff(tt.want, got))
			}
		})
	}
}

// An edit or a reaction is remembered and decides nothing.
func TestOther(t *testing.T) {
	d := newDesk(t)
	c := d.raise()
	a := personal(tom, "1", "approve J-2026-0001")
	a.Type = "messageUpdate"
	for range 2 {
		d.must(d.Other(t.Context(), a))
	}
	if got := d.theCase(); got.Version != c.Version {
		t.Error("an edit changed the case")
	}
	heard := logged[flows.Heard](d)
	if len(heard) != 1 || heard[0].Verb != "messageUpdate" {
		t.Errorf("logged: %+v", heard)
	}
}
