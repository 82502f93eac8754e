package flows

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// The people of the tests, as the sandbox has them.
var (
	hannah   = someone("01", "Hannah Reed")
	helen    = someone("02", "Helen Okafor")
	tom      = someone("03", "Tom Hughes")
	maria    = someone("04", "Maria Lopez")
	aisha    = someone("05", "Aisha Khan")
	ivan     = someone("06", "Ivan Petrov")
	ines     = someone("07", "Ines Duarte")
	olivia   = someone("08", "Olivia Grant")
	oscar    = someone("09", "Oscar Lind")
	newcomer = someone("0a", "Priya Patel")
	stan     = someone("0b", "Stan Doyle")
)

func someone(id, name string) Person {
	return Person{ID: AccountID("00000000-0000-4000-a000-0000000000" + id), Name: name, UPN: strings.ToLower(strings.ReplaceAll(name, " ", ".")) + "@larkfield.example"}
}

// elevatedKey is the step of the account manager's profile that an approver signs off.
const elevatedKey StepKey = "group:Contract Admins"

const priyasCase CaseID = "J-2026-0001"

// raised is HR's confirmation that Priya starts.
func raised(t testing.TB, change func(*Raised)) Entry {
	t.Helper()
	p, _ := sandboxPolicy(t)
	e, f := priya(nil), larkfield(nil)
	f.Route, f.Fallback = tom, olivia
	plan, warnings, err := PlanJoiner(e, p, f, signers(), monday())
	if err != nil {
		t.Fatal(err)
	}
	site := p.Sites["London"]
	b := Raised{
		Draft: "D-1", Event: e, By: hannah, Zone: site.TimeZone, Site: site, Facts: f, Plan: plan, Warnings: warnings,
		RemindAt: site.AddWorkingHours(monday(), 8), Escalate: site.AddWorkingHours(monday(), 16),
	}
	if change != nil {
		change(&b)
	}
	return Entry{Case: priyasCase, At: monday(), By: b.By.ID, Body: b}
}

// fold applies bodies one minute after the other; each must follow.
func fold(t testing.TB, bodies ...Body) Case {
	t.Helper()
	c, err := Case{}.Apply(raised(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	return foldOn(t, c, bodies...)
}

func foldOn(t testing.TB, c Case, bodies ...Body) Case {
	t.Helper()
	for i, b := range bodies {
		var err error
		if c, err = c.Apply(Entry{Case: c.ID, At: monday().Add(time.Duration(c.Version+i) * time.Minute), Body: b}); err != nil {
			t.Fatalf("entry %d: %v", i, err)
		}
	}
	return c
}

// approval is Tom's, with these steps ticked.
func approval(c Case, ticked ...StepKey) Approved {
	return Approved{Shown: c.Shown, Ticked: ticked, Plan: c.Plan.Chosen(ticked).Hash(), By: tom, RemindAt: monday().Add(9 * time.Hour), Escalate: monday().Add(30 * time.Hour)}
}

// approved is Priya's case with everything of her profile and the elevated group ticked.
func approved(t testing.TB) Case {
	t.Helper()
	c := fold(t)
	return foldOn(t, c, approval(c, "group:Sales", "team:Sales Team", "group:CRM Users", elevatedKey))
}

// settled is that case with the account made and every other step done, save those that are named.
func settled(t testing.TB, open ...StepKey) Case {
	t.Helper()
	c := approved(t)
	c = foldOn(t, c, SignedOff{Step: elevatedKey, Plan: c.May, By: aisha, OK: true}, StepVerified{Step: accountKey, After: "seen", Account: newcomer.ID})
	for _, s := range c.Plan.Steps {
		if s.Key == accountKey || slices.Contains(open, s.Key) {
			continue
		}
		if s.Key == startedKey {
			c = foldOn(t, c, StartAsked{Step: s.Key}, Started{By: tom})
		} else if _, st, _ := c.Step(s.Key); !st.State.Over() {
			c = foldOn(t, c, StepVerified{Step: s.Key, After: "seen"})
		}
	}
	return c
}

// press is a press by somebody on a case's card.
func press(by Person, verb string, change func(*Turn)) Turn {
	t := Turn{Key: verb + "|" + string(by.ID), By: by, Chat: "chat-" + string(by.ID), Personal: true, Activity: verb, Verb: verb, Case: priyasCase, Inputs: map[string]string{}}
	if change != nil {
		change(&t)
	}
	return t
}

// memory is a Store without a disk. Like the real one it folds, checks versions, knows turns and hands out generations.
type memory struct {
	mu      sync.Mutex
	cases   map[CaseID]Case
	records []Record
	queue   map[string]Errand
	memos   map[string][]byte
	turns   map[string]bool
	gen     int64
	fail    error // of every call while it is set
	disk    error // of every write
	moving  int   // commits yet to be answered with a conflict
}

func newMemory() *memory {
	return &memory{cases: map[CaseID]Case{}, queue: map[string]Errand{}, memos: map[string][]byte{}, turns: map[string]bool{}}
}

func (m *memory) Commit(_ context.Context, ch Change) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.fail != nil:
		return m.fail
	case m.disk != nil:
		return m.disk
	case ch.Turn != "" && m.turns[ch.Turn]:
		return &Error{Code: Seen}
	case m.moving > 0:
		m.moving--
		return &Error{Code: Conflict}
	}
	c := m.cases[ch.Case]
	if ch.Case != "" && ch.From != AnyVersion && c.Version != ch.From {
		return &Error{Code: Conflict}
	}
	for _, e := range ch.Entries {
		if e.Case != "" && e.Case == ch.Case {
			var err error
			if c, err = c.Apply(e); err != nil {
				return err
			}
		}
	}
	for _, e := range ch.Entries {
		m.records = append(m.records, Record{Seq: int64(len(m.records)), Entry: e, Kind: e.Body.Kind()})
	}
	if ch.Case != "" && c.Version > 0 {
		m.cases[ch.Case] = c
	}
	for _, ref := range ch.Done {
		if e, ok := m.queue[ref.Key]; ok && e.Gen == ref.Gen {
			delete(m.queue, ref.Key)
		}
	}
	for _, k := range ch.Drop {
		delete(m.queue, k)
	}
	for _, e := range ch.Add {
		m.gen++
		e.Gen = m.gen
		m.queue[e.Key] = e
	}
	for _, memo := range ch.Memos {
		m.memos[memo.Key] = memo.Value
		if memo.Value == nil {
			delete(m.memos, memo.Key)
		}
	}
	if ch.Turn != "" {
		m.turns[ch.Turn] = true
	}
	return nil
}

func (m *memory) Case(_ context.Context, id CaseID) (Case, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return Case{}, m.fail
	}
	c, ok := m.cases[id]
	if !ok {
		return Case{}, &Error{Code: NotFound}
	}
	return c, nil
}

func (m *memory) Cases(_ context.Context, key string) ([]Case, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []Case
	for _, id := range slices.Sorted(maps.Keys(m.cases)) {
		if slices.Contains(m.cases[id].Keys(), key) {
			out = append(out, m.cases[id])
		}
	}
	return out, m.fail
}

func (m *memory) Stamps(ctx context.Context, key string) ([]Stamp, error) {
	cases, err := m.Cases(ctx, key)
	var out []Stamp
	for _, c := range cases {
		out = append(out, Stamp{ID: c.ID, Version: c.Version})
	}
	return out, err
}

func (m *memory) NextCase(_ context.Context, k EventKind, year int) (CaseID, error) {
	if k == CorrectionEvent {
		return CaseID(fmt.Sprintf("%s-%d-%04d", k.Letter(), year, 1)), m.fail
	}
	return priyasCase, m.fail
}

func (m *memory) Records(_ context.Context, stream CaseID) ([]Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []Record
	for _, r := range m.records {
		if r.Entry.Case == stream {
			out = append(out, r)
		}
	}
	return out, m.fail
}

func (m *memory) Since(_ context.Context, from time.Time, kinds ...Kind) ([]CaseID, []Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var streams []CaseID
	var loose []Record
	for _, r := range m.records {
		switch id := r.Entry.Case; {
		case r.Entry.At.Before(from):
		case id == "" && slices.Contains(kinds, r.Kind):
			loose = append(loose, r)
		case id != "" && !slices.Contains(streams, id):
			streams = append(streams, id)
		}
	}
	return streams, loose, m.fail
}

func (m *memory) Recall(_ context.Context, key string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if v, ok := m.memos[key]; ok {
		return v, m.fail
	}
	return nil, cmp.Or(m.fail, error(&Error{Code: NotFound}))
}

func (m *memory) RecallAll(_ context.Context, prefix string) ([]Memo, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []Memo
	for _, k := range slices.Sorted(maps.Keys(m.memos)) {
		if strings.HasPrefix(k, prefix) {
			out = append(out, Memo{k, m.memos[k]})
		}
	}
	return out, m.fail
}

func (m *memory) Due(_ context.Context, now time.Time, limit int, held func(ErrandRef) bool) ([]Errand, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []Errand
	for _, e := range m.queue {
		if !e.Due.After(now) && (held == nil || !held(e.Ref())) {
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(a, b Errand) int {
		if a.Urgent != b.Urgent {
			if a.Urgent {
				return -1
			}
			return 1
		}
		return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.Gen, b.Gen))
	})
	return out[:min(limit, len(out))], m.fail
}

func (m *memory) NextDue(context.Context) (time.Time, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var next time.Time
	for _, e := range m.queue {
		if next.IsZero() || e.Due.Before(next) {
			next = e.Due
		}
	}
	return next, !next.IsZero(), m.fail
}

// broken makes every call fail until it is called with nil.
func (m *memory) broken(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fail = err
}

// full makes every write fail, and no read, until it is called with nil.
func (m *memory) full(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.disk = err
}

// errand is a line of the queue.
func (m *memory) errand(key string) (Errand, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e, ok := m.queue[key]
	return e, ok
}

func (m *memory) keys() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Sorted(maps.Keys(m.queue))
}

// directory is a World with people, groups and passes. What it lacks a test must not need: the embedded nil panics.
type directory struct {
	World
	mu      sync.Mutex
	people  map[AccountID]Account
	in      map[AccountID][]string // groups
	passes  []Pass
	replies map[AccountID]string // automatic replies in force
	made    int
	down    error
	reads   int
	during  func() // called within a read, to let something happen meanwhile
}

func newDirectory() *directory {
	d := &directory{people: map[AccountID]Account{}, in: map[AccountID][]string{}}
	for _, p := range []Person{hannah, helen, tom, maria, aisha, ivan, ines, olivia, oscar, newcomer, stan} {
		d.people[p.ID] = Account{ID: p.ID, Name: p.Name, UPN: p.UPN, Enabled: true}
	}
	d.in[hannah.ID], d.in[helen.ID] = []string{"HR Staff"}, []string{"HR Staff"}
	d.in[ivan.ID], d.in[ines.ID] = []string{"IT Staff"}, []string{"IT Staff"}
	return d
}

func (d *directory) change(id AccountID, f func(*Account)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	a := d.people[id]
	f(&a)
	d.people[id] = a
}

func (d *directory) FetchAccount(_ context.Context, who string) (Account, error) {
	d.mu.Lock()
	d.reads++
	during := d.during
	defer d.mu.Unlock()
	if during != nil {
		d.mu.Unlock()
		during()
		d.mu.Lock()
	}
	if d.down != nil {
		return Account{}, d.down
	}
	for _, a := range d.people {
		if string(a.ID) == who || strings.EqualFold(a.UPN, who) {
			return a, nil
		}
	}
	return Account{}, &Error{Code: NotFound, Say: "no account"}
}

func (d *directory) FindGroup(_ context.Context, name string) (Group, error) {
	return Group{ID: name, Name: name}, d.down
}

func (d *directory) Members(_ context.Context, group string, limit int) ([]Person, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []Person
	for _, id := range slices.Sorted(maps.Keys(d.people)) {
		if slices.Contains(d.in[id], group) && len(out) < limit {
			out = append(out, d.people[id].Person())
		}
	}
	return out, d.down
}

func (d *directory) FetchReply(_ context.Context, id AccountID) (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.replies[id], d.down
}

func (d *directory) FindAccounts(_ context.Context, text string, limit int) ([]Account, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []Account
	for _, id := range slices.Sorted(maps.Keys(d.people)) {
		if a := d.people[id]; len(out) < limit && (strings.HasPrefix(strings.ToLower(a.Name), strings.ToLower(text)) || strings.EqualFold(a.UPN, text)) {
			out = append(out, a)
		}
	}
	return out, d.down
}

func (d *directory) MemberOf(_ context.Context, id AccountID, groups []string) ([]string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(groups) > 20 {
		return nil, &Error{Code: Invalid, Say: "at most 20"}
	}
	var in []string
	for _, g := range groups {
		if slices.Contains(d.in[id], g) {
			in = append(in, g)
		}
	}
	return in, d.down
}

func (d *directory) FetchPasses(context.Context, AccountID) ([]Pass, error) {
	return slices.Clone(d.passes), d.down
}

func (d *directory) RemovePass(_ context.Context, _ AccountID, id string) error {
	d.passes = slices.DeleteFunc(d.passes, func(p Pass) bool { return p.ID == id })
	return d.down
}

func (d *directory) MakePass(context.Context, AccountID, int, bool) (Pass, Secret, error) {
	d.made++
	p := Pass{ID: "pass-" + string(rune('0'+d.made)), Usable: true}
	d.passes = append(d.passes, p)
	return p, NewSecret("code-" + p.ID), d.down
}

// office is an engine over memory, with a clock that the test moves.
type office struct {
	*Engine
	store *memory
	dir   *directory
	now   time.Time
}

func newOffice(t testing.TB) *office {
	t.Helper()
	p, _ := sandboxPolicy(t)
	o := &office{store: newMemory(), dir: newDirectory(), now: monday()}
	o.Engine = &Engine{Store: o.store, World: o.dir, Policy: p, Now: func() time.Time { return o.now }, Log: slog.New(slog.NewTextHandler(t.Output(), nil))}
	return o
}

// raise puts Priya's case into the store, folded on with bodies.
func (o *office) raise(t testing.TB, bodies ...Body) Case {
	t.Helper()
	o.put(t, raised(t, nil))
	for _, b := range bodies {
		o.put(t, Entry{Case: priyasCase, At: o.now, Body: b})
	}
	return o.of(t)
}

// put commits one entry with all that follows from it.
func (o *office) put(t testing.TB, e Entry) {
	t.Helper()
	c := o.store.cases[e.Case]
	ch, _, err := follow(c, Change{Case: e.Case, From: c.Version, Entries: []Entry{e}}, o.now)
	if err == nil {
		err = o.Commit(t.Context(), ch)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (o *office) of(t testing.TB) Case {
	t.Helper()
	c, err := o.store.Case(t.Context(), priyasCase)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
