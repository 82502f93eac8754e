package bot

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"muster/bot/teams"
	"muster/flows"
	"muster/store"
	"muster/store/boltkv"
)

// The people of the tests, as the sandbox has them.
var (
	hannah   = someone("01", "Hannah Reed")
	tom      = someone("03", "Tom Hughes")
	aisha    = someone("05", "Aisha Khan")
	ivan     = someone("06", "Ivan Petrov")
	olivia   = someone("08", "Olivia Grant")
	newcomer = someone("0a", "Priya Patel")
	stan     = someone("0b", "Stan Doyle")
)

func someone(id, name string) flows.Person {
	return flows.Person{ID: flows.AccountID("00000000-0000-4000-a000-0000000000" + id), Name: name, UPN: strings.ToLower(strings.ReplaceAll(name, " ", ".")) + "@larkfield.example"}
}

const priyasCase flows.CaseID = "J-2026-0001"

// fakeTeams is Teams as far as the bot calls it: it keeps what stands in each conversation, and fails when it is told to.
type fakeTeams struct {
	chats map[string][]string // conversation -> message ids, in order
	texts map[string]string   // message id -> text or card
	calls []string
	fail  map[string][]error // by operation: what the next calls return; nil succeeds
	noApp map[string]bool    // people without the app, by object id
	files map[string][]byte  // what people sent, by address
	n     int
}

func (f *fakeTeams) next(op, what string) error {
	f.calls = append(f.calls, op+" "+what)
	errs := f.fail[op]
	if len(errs) == 0 {
		return nil
	}
	f.fail[op] = errs[1:]
	return errs[0]
}

func (f *fakeTeams) CreateDirect(_ context.Context, _, who string) (teams.Ref, error) {
	if err := f.next("create", who); err != nil {
		return teams.Ref{}, err
	}
	if f.noApp[who] {
		return teams.Ref{}, &teams.Error{Op: "create", Status: 403, Unreachable: true}
	}
	f.n++
	return teams.Ref{ServiceURL: "https://teams.example", Conversation: fmt.Sprintf("a:%s:%d", who, f.n), Kind: teams.Personal}, nil
}

func (f *fakeTeams) Ping(_ context.Context, ref teams.Ref) error {
	return f.next("ping", ref.Address())
}

func (f *fakeTeams) Fetch(_ context.Context, address string, _ int) ([]byte, error) {
	if err := f.next("fetch", address); err != nil {
		return nil, err
	}
	return f.files[address], nil
}

func (f *fakeTeams) Upload(_ context.Context, address string, content []byte) error {
	if err := f.next("upload", address); err != nil {
		return err
	}
	f.files[address] = content
	return nil
}

func (f *fakeTeams) Delete(_ context.Context, ref teams.Ref, id string) error {
	if err := f.next("delete", id); err != nil {
		return err
	}
	f.chats[ref.Address()] = slices.DeleteFunc(f.chats[ref.Address()], func(m string) bool { return m == id })
	return nil
}

func (f *fakeTeams) Send(_ context.Context, ref teams.Ref, m teams.Message) (string, error) {
	return f.put("send", ref.Address(), m)
}

func (f *fakeTeams) put(op, where string, m teams.Message) (string, error) {
	err := f.next(op, where)
	if te, ok := errors.AsType[*teams.Error](err); err != nil && !(ok && te.Ambiguous) {
		return "", err
	}
	f.n++
	id := fmt.Sprint("m", f.n)
	f.chats[where] = append(f.chats[where], id)
	f.texts[id] = m.Text + string(m.Card)
	if err != nil {
		return "", err // it is there, and nobody is told
	}
	return id, nil
}

func (f *fakeTeams) Update(_ context.Context, ref teams.Ref, id string, m teams.Message) error {
	if err := f.next("update", id); err != nil {
		return err
	}
	if !slices.Contains(f.chats[ref.Address()], id) {
		return &teams.Error{Op: "update", Status: 404, NotFound: true}
	}
	f.texts[id] = m.Text + string(m.Card)
	return nil
}

func (f *fakeTeams) PostChannel(_ context.Context, ref teams.Ref, m teams.Message) (teams.Ref, string, error) {
	id, err := f.put("post", ref.Conversation, m)
	if err != nil {
		return teams.Ref{}, "", err
	}
	thread := ref.InThread(id)
	f.chats[thread.Address()] = []string{id}
	return thread, id, nil
}

// did counts calls of an operation.
func (f *fakeTeams) did(op string) int {
	n := 0
	for _, c := range f.calls {
		if strings.HasPrefix(c, op+" ") {
			n++
		}
	}
	return n
}

// Errors as the connector gives them.
func unreached() error { return &teams.Error{Op: "send", Status: 403, Unreachable: true} }

func lostAnswer() error {
	return &teams.Error{Op: "send", Status: 502, Ambiguous: true}
}
func gone() error { return &teams.Error{Op: "send", Status: 404, NotFound: true} }
func busy() error {
	return &teams.Error{Op: "send", Status: 429, Temporary: true, RetryAfter: time.Minute}
}
func tooBig() error  { return &teams.Error{Op: "send", Status: 413, TooBig: true} }
func noToken() error { return &teams.Error{Op: "send", Status: 401} }

// staff is a directory of these people.
type staff struct {
	flows.World
	blocked map[flows.AccountID]bool
	passes  []flows.Pass
	down    error
}

func (d *staff) FetchAccount(_ context.Context, who string) (flows.Account, error) {
	if d.down != nil {
		return flows.Account{}, d.down
	}
	for _, p := range []flows.Person{hannah, tom, aisha, ivan, olivia, newcomer, stan} {
		if string(p.ID) == who || p.UPN == who {
			return flows.Account{ID: p.ID, Name: p.Name, UPN: p.UPN, Enabled: !d.blocked[p.ID]}, nil
		}
	}
	return flows.Account{}, &flows.Error{Code: flows.NotFound}
}

func (d *staff) FindAccounts(context.Context, string, int) ([]flows.Account, error) {
	return []flows.Account{{ID: tom.ID, Name: tom.Name, JobTitle: "Head of Sales", Office: "London", Enabled: true}, {ID: stan.ID, Name: stan.Name}}, d.down
}

func (d *staff) FindGroup(_ context.Context, name string) (flows.Group, error) {
	return flows.Group{ID: name, Name: name}, d.down
}

func (d *staff) MemberOf(_ context.Context, id flows.AccountID, groups []string) ([]string, error) {
	of := map[flows.AccountID]string{hannah.ID: "HR Staff", ivan.ID: "IT Staff"}
	return slices.DeleteFunc(slices.Clone(groups), func(g string) bool { return g != of[id] }), d.down
}

func (d *staff) FetchPasses(context.Context, flows.AccountID) ([]flows.Pass, error) {
	return slices.Clone(d.passes), nil
}

func (d *staff) RemovePass(context.Context, flows.AccountID, string) error {
	d.passes = nil
	return nil
}

func (d *staff) MakePass(context.Context, flows.AccountID, int, bool) (flows.Pass, flows.Secret, error) {
	p := flows.Pass{ID: "p", Usable: true}
	d.passes = append(d.passes, p)
	return p, flows.NewSecret("Pass-Code-42"), nil
}

// desk is a bot with a real store, a Teams that fails on purpose, and a clock that the test moves.
type desk struct {
	*Bot
	t     testing.TB
	teams *fakeTeams
	staff *staff
	now   time.Time
	log   *strings.Builder
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	text, err := os.ReadFile("sandbox/policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	policy, err := flows.ParsePolicy("policy.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{
		t: t, now: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC), log: &strings.Builder{},
		teams: &fakeTeams{chats: map[string][]string{}, texts: map[string]string{}, fail: map[string][]error{}, noApp: map[string]bool{}},
		staff: &staff{blocked: map[flows.AccountID]bool{}},
	}
	now := func() time.Time { return d.now }
	dir := t.TempDir()
	db, err := boltkv.Open(filepath.Join(dir, "db"), boltkv.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), db, store.Options{Dir: dir, Origin: "larkfield", Now: now, Rand: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Close()
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	log := slog.New(slog.NewTextHandler(d.log, nil))
	d.Bot = &Bot{Engine: &flows.Engine{Store: s, World: d.staff, Policy: policy, Now: now, Log: log}, Teams: d.teams, ServiceURL: "https://teams.example", Log: log}
	d.Engine.Courier = d.Bot
	return d
}

// must fails the test on an error.
func (d *desk) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

// raise puts Priya's case into the store: Hannah raised it, Tom decides.
func (d *desk) raise(bodies ...flows.Body) flows.Case {
	d.t.Helper()
	site := d.Engine.Policy.Sites["London"]
	due := d.now.Add(time.Hour)
	plan := flows.Plan{Account: flows.NewAccount{UPN: newcomer.UPN, Name: newcomer.Name}, Manager: tom.ID, Policy: "p", Steps: []flows.Step{
		{Key: "account", Task: flows.CreateAccount, Title: "Create the account", Due: due, Choice: flows.Fixed},
		{Key: "group:Sales", Task: flows.AddToGroup, Title: "Add to Sales", Name: "Sales", Due: due, Choice: flows.Ticked, After: []flows.StepKey{"account"}, Group: "g"},
		{Key: "enable", Task: flows.EnableAccount, Title: "Open the sign-in", Due: due, Choice: flows.Fixed, After: []flows.StepKey{"account"}},
		{Key: "credential", Task: flows.OfferPass, Title: "Offer the pass", Due: due, Choice: flows.Fixed, After: []flows.StepKey{"enable"}, Minutes: 60},
	}}
	d.add(flows.Raised{
		Event: flows.PeopleEvent{Kind: flows.JoinerEvent, Given: "Priya", Surname: "Patel", Job: "Account Manager", Site: "London", Start: "2027-01-05", Manager: tom},
		By:    hannah, Zone: site.TimeZone, Site: site, Plan: plan, Facts: flows.Facts{Route: tom, Fallback: olivia, UPN: newcomer.UPN},
		RemindAt: d.now.Add(8 * time.Hour), Escalate: d.now.Add(16 * time.Hour),
	})
	for _, b := range bodies {
		d.add(b)
	}
	return d.theCase()
}

func (d *desk) add(b flows.Body) {
	d.t.Helper()
	c, err := d.Engine.Store.Case(d.t.Context(), priyasCase)
	if flows.CodeOf(err) != flows.NotFound {
		d.must(err)
	}
	d.must(d.Engine.Store.Commit(d.t.Context(), flows.Change{Case: priyasCase, From: c.Version, Entries: []flows.Entry{{Case: priyasCase, At: d.now, Body: b}}}))
}

func (d *desk) theCase() flows.Case {
	d.t.Helper()
	c, err := d.Engine.Store.Case(d.t.Context(), priyasCase)
	d.must(err)
	return c
}

// approve has Tom approve everything.
func (d *desk) approve() {
	d.t.Helper()
	c := d.theCase()
	ticked := []flows.StepKey{"group:Sales"}
	d.add(flows.Approved{Shown: c.Shown, Ticked: ticked, Plan: c.Plan.Chosen(ticked).Hash(), By: tom})
}

// card is the errand of a card of Priya's case.
func card(name flows.CardName, to flows.Recipient) flows.Errand {
	s := flows.Slot{Case: priyasCase, Card: name, To: to}
	if name == flows.CardFailure || name == flows.CardCredential {
		s.Step = map[flows.CardName]flows.StepKey{flows.CardFailure: "account", flows.CardCredential: "credential"}[name]
	}
	body, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return flows.Errand{Key: flows.CardErrand + "/" + s.Key(), Kind: flows.CardErrand, Case: priyasCase, Body: body}
}

func to(p flows.Person) flows.Recipient   { return flows.Recipient{Person: p.ID} }
func channel(name string) flows.Recipient { return flows.Recipient{Channel: name} }

// in are the messages that stand in a person's chat.
func (d *desk) in(p flows.Person) []string { return d.teams.chats["chat-"+string(p.ID)] }

// met has people write to the bot once, so that it knows their chats.
func (d *desk) met(ps ...flows.Person) {
	d.t.Helper()
	for _, p := range ps {
		d.must(d.meet(d.t.Context(), personal(p, "1", "hello")))
	}
}

// queued are the errands in the queue with a prefix.
func (d *desk) queued(prefix string) []string {
	d.t.Helper()
	due, err := d.Engine.Store.Due(d.t.Context(), d.now.AddDate(1, 0, 0), 1000, nil)
	d.must(err)
	var out []string
	for _, e := range due {
		if strings.HasPrefix(e.Key, prefix) {
			out = append(out, e.Key)
		}
	}
	return out
}

// logged are the bodies of a kind in the log of Priya's case.
func logged[T flows.Body](d *desk) []T {
	d.t.Helper()
	recs, err := d.Engine.Store.Records(d.t.Context(), priyasCase)
	d.must(err)
	var out []T
	for _, r := range recs {
		if b, ok := r.Entry.Body.(T); ok {
			out = append(out, b)
		}
	}
	return out
}

// personal is something that a person says in their own chat with the bot.
func personal(p flows.Person, id, text string) teams.Activity {
	return teams.Activity{
		Type: "message", ID: id, ServiceURL: "https://teams.example", Tenant: "t", Text: text,
		From: teams.Person{ID: "29:" + p.Name, AADObjectID: string(p.ID), Name: p.Name}, Recipient: teams.Person{ID: "28:bot"},
		Conversation: teams.Conversation{ID: "chat-" + string(p.ID), Type: teams.Personal},
	}
}

// execute is a press on a button.
func execute(p flows.Person, id, replyTo string, data map[string]any) teams.Activity {
	a := personal(p, id, "")
	a.Type, a.Name, a.ReplyTo = "invoke", "adaptiveCard/action", replyTo
	value, err := json.Marshal(map[string]any{"action": map[string]any{"type": "Action.Execute", "data": data}})
	if err != nil {
		panic(err)
	}
	a.Value = value
	return a
}

// inChannel moves an activity into a channel.
func inChannel(a teams.Activity, id string) teams.Activity {
	a.Conversation = teams.Conversation{ID: id, Type: teams.InChannel}
	a.Channel = teams.Channel{ID: id}
	return a
}
