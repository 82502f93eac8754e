package bot

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/bot/teams"
	"muster/flows"
)

func TestCardIsSentOnceAndKeptTrue(t *testing.T) {
	d := newDesk(t)
	d.met(tom)
	d.raise()
	er := card(flows.CardApproval, to(tom))
	for range 3 {
		d.must(d.keepCard(t.Context(), er))
	}
	if diff := cmp.Diff([]string{"send chat-" + string(tom.ID)}, d.teams.calls); diff != "" {
		t.Fatal("unchanged, it was sent again (-want +got)", diff)
	}
	if !strings.Contains(d.teams.texts["m1"], "Priya Patel") {
		t.Error("the card does not say whom it is about")
	}
	d.approve()
	for range 3 {
		d.must(d.keepCard(t.Context(), er))
	}
	if d.teams.did("send") != 1 || d.teams.did("update") != 1 || strings.Contains(d.teams.texts["m1"], flows.VerbApprove) {
		t.Errorf("calls: %v", d.teams.calls)
	}
	sent := logged[flows.Sent](d)
	if len(sent) != 2 || sent[0].Update || !sent[1].Update || sent[1].Activity != "m1" || sent[0].To != to(tom) {
		t.Errorf("logged: %+v", sent)
	}
}

func TestCardWhoseMessageIsGone(t *testing.T) {
	d := newDesk(t)
	d.met(tom)
	d.raise()
	er := card(flows.CardApproval, to(tom))
	d.must(d.keepCard(t.Context(), er))
	d.approve()
	d.teams.chats["chat-"+string(tom.ID)] = nil
	d.must(d.keepCard(t.Context(), er))
	if diff := cmp.Diff([]string{"m2"}, d.in(tom)); diff != "" {
		t.Error("the chat (-want +got)", diff)
	}
	if sent := logged[flows.Sent](d); sent[len(sent)-1].Update {
		t.Error("it was logged as an update")
	}
}

// What becomes of a card when sending fails, in each way in which it can, again and again.
func TestCardThatCannotBeSent(t *testing.T) {
	for name, tt := range map[string]struct {
		fails   []error       // of the sends
		runs    int           // of the errand, as often as the runner would
		left    bool          // the errand is to be tried again
		code    flows.Code    // of the last error
		wait    time.Duration // that Teams asked for
		there   int           // messages in the chat
		unsent  int           // entries
		itKnows int           // sentences to IT
	}{
		"sent":                     {runs: 1, there: 1},
		"busy":                     {fails: []error{busy()}, runs: 1, left: true, code: flows.Unavailable, wait: time.Minute},
		"busy, then sent":          {fails: []error{busy(), nil}, runs: 2, there: 1},
		"busy for long":            {fails: []error{busy(), busy(), busy(), busy(), busy(), busy(), busy(), nil}, runs: 8, there: 1},
		"the answer lost":          {fails: []error{lostAnswer()}, runs: 1, left: true, code: flows.Unavailable, there: 1},
		"lost, then sent":          {fails: []error{lostAnswer(), nil}, runs: 2, there: 2},
		"lost twice":               {fails: []error{lostAnswer(), lostAnswer()}, runs: 2, there: 2, unsent: 1},
		"lost twice, and no more":  {fails: []error{lostAnswer(), lostAnswer(), nil, nil}, runs: 4, there: 2, unsent: 1},
		"unreachable":              {fails: []error{unreached()}, runs: 1, unsent: 1, itKnows: 1},
		"unreachable at each turn": {fails: []error{unreached(), unreached(), unreached()}, runs: 3, unsent: 3, itKnows: 1},
		"too big":                  {fails: []error{tooBig()}, runs: 1, left: true, code: flows.Internal},
		"too big for good":         {fails: []error{tooBig(), tooBig(), tooBig(), tooBig(), tooBig(), tooBig()}, runs: 6, unsent: 1, itKnows: 1},
		"our token refused":        {fails: []error{noToken(), noToken(), noToken(), noToken(), noToken(), noToken(), noToken(), noToken()}, runs: 8, left: true, code: flows.Internal},
		"an error of ours":         {fails: []error{errors.New("broken")}, runs: 1, left: true, code: flows.Internal},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.met(tom)
			d.raise()
			d.teams.fail["send"] = tt.fails
			d.teams.fail["create"] = tt.fails // somebody blocked is asked for anew, and blocked still
			if !strings.HasPrefix(name, "unreachable") {
				d.teams.fail["create"] = nil
			}
			er := card(flows.CardApproval, to(tom))
			var err error
			for er.Tries = range tt.runs {
				err = d.keepCard(t.Context(), er)
			}
			if (err != nil) != tt.left || flows.CodeOf(err) != tt.code {
				t.Fatalf("err = %v, code %q; want %t, %q", err, flows.CodeOf(err), tt.left, tt.code)
			}
			if fe, ok := errors.AsType[*flows.Error](err); ok && fe.RetryAfter != tt.wait {
				t.Errorf("it is to wait %s, want %s", fe.RetryAfter, tt.wait)
			}
			if got := len(d.in(tom)); got != tt.there {
				t.Errorf("%d messages are there, want %d (%v)", got, tt.there, d.teams.calls)
			}
			if got := logged[flows.Unsent](d); len(got) != tt.unsent {
				t.Errorf("logged as unsent: %+v, want %d", got, tt.unsent)
			}
			told := 0
			if len(d.queued(flows.SayErrand+"/unreached/")) > 0 {
				told = 1
			}
			if told != tt.itKnows {
				t.Errorf("IT is told %d times, want %d", told, tt.itKnows)
			}
			for _, secret := range []string{tom.Name, tom.UPN, "Priya"} {
				if strings.Contains(d.log.String(), secret) {
					t.Errorf("the log names %s", secret)
				}
			}
		})
	}
}

// IT is told once, not at each change of the case; and the card arrives when the person has the app.
func TestUnreachableIsSaidOnce(t *testing.T) {
	d := newDesk(t)
	d.raise()
	d.teams.noApp[string(tom.ID)] = true
	er := card(flows.CardApproval, to(tom))
	d.must(d.keepCard(t.Context(), er))
	told := d.queued(flows.SayErrand + "/unreached/")
	if len(told) != 1 {
		t.Fatalf("IT is told: %v", told)
	}
	d.must(d.Engine.Store.Commit(t.Context(), flows.Change{Drop: told})) // it was said
	d.add(flows.Asked{By: tom, Question: "why?"})
	d.must(d.keepCard(t.Context(), er))
	if again := d.queued(flows.SayErrand + "/unreached/"); len(again) != 0 {
		t.Errorf("IT is told again: %v", again)
	}
	delete(d.teams.noApp, string(tom.ID))
	a := personal(tom, "2", "")
	a.Type, a.Action = "installationUpdate", "add"
	d.must(d.Installed(t.Context(), a))
	if cards := d.queued(flows.CardErrand); len(cards) != 1 {
		t.Fatalf("cards to send: %v", cards)
	}
	d.must(d.keepCard(t.Context(), er))
	if len(d.in(tom)) != 1 {
		t.Errorf("calls: %v", d.teams.calls)
	}
	d.teams.fail["update"] = []error{unreached()} // blocked later
	d.approve()
	d.must(d.keepCard(t.Context(), er))
	if again := d.queued(flows.SayErrand + "/unreached/"); len(again) != 1 {
		t.Errorf("IT is not told of the second time: %v", again)
	}
}

// A chat that Teams does not know any more is made anew; a message that is gone is sent anew at most once more when its answer is lost.
func TestGoneChat(t *testing.T) {
	d := newDesk(t)
	d.met(tom)
	d.raise()
	d.teams.fail["send"] = []error{gone()}
	er := card(flows.CardApproval, to(tom))
	d.must(d.keepCard(t.Context(), er))
	if diff := cmp.Diff([]string{"send chat-" + string(tom.ID), "create " + string(tom.ID), "send a:" + string(tom.ID) + ":1"}, d.teams.calls); diff != "" {
		t.Error("calls (-want +got)", diff)
	}
	d.approve()
	d.must(d.keepCard(t.Context(), er))
	if d.teams.did("update") != 1 {
		t.Errorf("calls: %v", d.teams.calls)
	}
	d = newDesk(t)
	d.met(tom)
	d.raise()
	d.must(d.keepCard(t.Context(), er))
	d.approve()
	d.teams.chats["chat-"+string(tom.ID)] = nil
	d.teams.fail["send"] = []error{lostAnswer(), lostAnswer(), lostAnswer(), lostAnswer()}
	for er.Tries = range 5 {
		if err := d.keepCard(t.Context(), er); err != nil && flows.CodeOf(err) != flows.Unavailable {
			t.Fatal(err)
		}
	}
	if n := len(d.in(tom)); n != 2 {
		t.Errorf("it stands there %d times: %v", n, d.teams.calls)
	}
}

func TestChannelCards(t *testing.T) {
	it, owners := "19:it@thread.tacv2", "19:owners@thread.tacv2"
	for name, tt := range map[string]struct {
		before  func(*desk)
		to      flows.Recipient
		there   bool
		itKnows bool
		why     string
	}{
		"installed":          {func(d *desk) { d.met2(it) }, channel("it"), true, false, ""},
		"not installed":      {func(*desk) {}, channel("it"), false, false, "Muster is not installed in its team"},
		"owners, not there":  {func(d *desk) { d.met2(it) }, channel("owners"), false, true, "Muster is not installed in its team"},
		"no owners' channel": {func(d *desk) { d.Engine.Policy.Channels.Owners = "" }, channel("owners"), false, true, "the policy names no channel for owners"},
		"removed": {func(d *desk) {
			d.met2(owners)
			a := inChannel(personal(olivia, "3", ""), owners)
			a.Action = "remove"
			d.must(d.Installed(d.t.Context(), a))
		}, channel("owners"), false, true, "it was deleted, or Muster was removed from its team"},
		"the channel deleted": {func(d *desk) {
			d.met2(owners)
			d.teams.fail["post"] = []error{gone()}
		}, channel("owners"), false, true, "it is gone from Teams"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.raise()
			tt.before(d)
			d.must(d.keepCard(t.Context(), card(flows.CardProgress, tt.to)))
			if got := d.teams.did("post") == 1 && len(d.teams.texts) == 1; got != tt.there {
				t.Errorf("posted: %t, want %t", got, tt.there)
			}
			if told := len(d.queued(flows.SayErrand+"/unreached/")) == 1; told != tt.itKnows {
				t.Errorf("IT is told: %t, want %t", told, tt.itKnows)
			}
			var whys []string
			for _, u := range logged[flows.Unsent](d) {
				whys = append(whys, u.Why)
			}
			if got := strings.Join(whys, "; "); got != tt.why {
				t.Errorf("why: %q, want %q", got, tt.why)
			}
		})
	}
}

// met2 has the bot met in a channel.
func (d *desk) met2(id string) {
	d.t.Helper()
	d.must(d.meet(d.t.Context(), inChannel(personal(ivan, "2", "hello"), id)))
}

// What becomes of a sentence.
func TestSay(t *testing.T) {
	for name, tt := range map[string]struct {
		fails []error
		tries int
		left  bool
		sent  int
		why   string
	}{
		"sent":               {nil, 0, false, 1, ""},
		"busy":               {[]error{busy()}, 0, true, 0, ""},
		"the answer lost":    {[]error{lostAnswer()}, 0, true, 0, ""},
		"lost again":         {[]error{lostAnswer()}, 1, false, 0, "Teams did not say whether it arrived"},
		"unreachable":        {[]error{unreached()}, 0, false, 0, "the person blocked or removed Muster, or never had it"},
		"the chat gone":      {[]error{gone()}, 0, false, 1, ""},
		"gone, and no other": {[]error{gone(), gone()}, 0, false, 0, "the person blocked or removed Muster, or never had it"},
		"too big":            {[]error{tooBig()}, 0, true, 0, ""},
		"too big for good":   {[]error{tooBig()}, mostRefused, false, 0, "Teams refused it with status 413"},
		"our token refused":  {[]error{noToken()}, 100, true, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.met(tom)
			d.raise()
			d.teams.fail["send"] = tt.fails
			er := flows.Errand{Key: "say.1/x", Kind: flows.SayErrand, Case: priyasCase, Tries: tt.tries, Body: []byte(`{"To":{"person":"` + string(tom.ID) + `"},"Text":"hello"}`)}
			if err := d.say(t.Context(), er); (err != nil) != tt.left {
				t.Fatalf("err = %v", err)
			}
			if got := logged[flows.Sent](d); len(got) != tt.sent {
				t.Errorf("logged: %+v", got)
			}
			why := ""
			for _, u := range logged[flows.Unsent](d) {
				why += u.Why
			}
			if why != tt.why {
				t.Errorf("why: %q, want %q", why, tt.why)
			}
		})
	}
}

// The welcome is green when Teams accepted it, sent at most once more in doubt, and then people are asked.
func TestDeliver(t *testing.T) {
	for name, tt := range map[string]struct {
		fails []error
		runs  int
		code  flows.Code
		found bool
		there int
	}{
		"accepted":        {nil, 1, "", true, 1},
		"busy":            {[]error{busy()}, 1, flows.Unavailable, false, 0},
		"unreachable":     {[]error{unreached()}, 1, flows.Denied, false, 0},
		"the answer lost": {[]error{lostAnswer()}, 1, flows.Unavailable, false, 1},
		"lost, then sent": {[]error{lostAnswer(), nil}, 2, "", true, 2},
		"lost twice":      {[]error{lostAnswer(), lostAnswer()}, 2, flows.Conflict, false, 2},
		"no such chat":    {[]error{gone(), gone()}, 1, flows.NotFound, false, 0},
		"refused":         {[]error{tooBig()}, 1, flows.Internal, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.met(newcomer)
			d.raise()
			d.teams.fail["send"] = tt.fails
			var err error
			for range tt.runs {
				err = d.Deliver(t.Context(), "welcome/J-2026-0001", priyasCase, flows.Recipient{Person: newcomer.ID}, "Welcome.")
			}
			if flows.CodeOf(err) != tt.code || (err == nil) != tt.found {
				t.Errorf("code = %q, want %q (%v)", flows.CodeOf(err), tt.code, err)
			}
			if found, err := d.Found(t.Context(), "welcome/J-2026-0001"); err != nil || found != tt.found {
				t.Errorf("found = %t, want %t (%v)", found, tt.found, err)
			}
			if got := len(d.in(newcomer)); got != tt.there {
				t.Errorf("%d messages, want %d", got, tt.there)
			}
		})
	}
}

// An answer is sent once; while Microsoft 365 is down the person is told so once, and answered later.
func TestAnswer(t *testing.T) {
	d := newDesk(t)
	a := personal(tom, "9", "status J-2026-0001")
	d.must(d.meet(t.Context(), a))
	d.raise()
	d.must(d.Message(t.Context(), a))
	d.must(d.Message(t.Context(), a)) // delivered twice
	keys := d.queued(flows.AnswerErrand)
	if len(keys) != 1 {
		t.Fatalf("answers to give: %v", keys)
	}
	due, err := d.Engine.Store.Due(t.Context(), d.now, 10, nil)
	d.must(err)
	var er flows.Errand
	for _, e := range due {
		if e.Kind == flows.AnswerErrand {
			er = e
		}
	}
	d.staff.down = &flows.Error{Code: flows.Unavailable, Say: "down"}
	if err := d.answer(t.Context(), er); flows.CodeOf(err) != flows.Unavailable {
		t.Fatalf("err = %v", err)
	}
	er.Tries = 1
	if err := d.answer(t.Context(), er); flows.CodeOf(err) != flows.Unavailable {
		t.Fatalf("err = %v", err)
	}
	if said := d.queued(flows.SayErrand); len(said) != 1 {
		t.Errorf("said: %v", said)
	}
	d.staff.down = nil
	d.must(d.answer(t.Context(), er))
	if len(d.in(tom)) != 1 || !strings.Contains(d.teams.texts["m1"], "Priya Patel") {
		t.Errorf("answered with %v", d.teams.texts)
	}
	if left := d.queued(flows.AnswerErrand); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
	stranger := personal(stan, "10", "status J-2026-0001")
	d.must(d.meet(t.Context(), stranger))
	d.must(d.Message(t.Context(), stranger))
	due, err = d.Engine.Store.Due(t.Context(), d.now, 10, nil)
	d.must(err)
	for _, e := range due {
		if e.Kind == flows.AnswerErrand {
			d.must(d.answer(t.Context(), e))
		}
	}
	for _, id := range d.in(stan) {
		if strings.Contains(d.teams.texts[id], "Priya") {
			t.Errorf("Stan is told: %s", d.teams.texts[id])
		}
	}
	if refused := logged[flows.Refused](d); len(refused) != 1 || refused[0].Code != flows.Denied {
		t.Errorf("logged: %+v", refused)
	}
}

var _ Connector = (*teams.Connector)(nil)
