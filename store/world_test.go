package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"muster/flows"
	"muster/store"
	"muster/store/boltkv"
	"muster/store/kv"
	"muster/store/pgkv"
)

const tenant = "11111111-1111-1111-1111-111111111111"

var (
	hannah = flows.Person{ID: "00000000-0000-4000-a000-000000000001", Name: "Hannah Reed"}
	tom    = flows.Person{ID: "00000000-0000-4000-a000-000000000003", Name: "Tom Hughes"}
	monday = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
)

// world is a folder with a store in it and a clock.
type world struct {
	t   testing.TB
	dir string
	now time.Time
	db  kv.DB
	s   *store.Store

	postgres pgkv.Options // where the rows are; the zero value is a file in dir
}

func newWorld(t testing.TB) *world {
	w := &world{t: t, dir: t.TempDir(), now: monday}
	w.open(nil)
	t.Cleanup(func() { w.close() })
	return w
}

// rows opens the database.
func (w *world) rows() (kv.DB, error) {
	if w.postgres.DSN != "" {
		return pgkv.Open(w.t.Context(), w.postgres)
	}
	return boltkv.Open(filepath.Join(w.dir, store.DatabaseFile), boltkv.Options{})
}

// open opens what is on the disk, through wrap when it is given.
func (w *world) open(wrap func(kv.DB) kv.DB) {
	w.t.Helper()
	if err := w.tryOpen(wrap); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) tryOpen(wrap func(kv.DB) kv.DB) error {
	db, err := w.rows()
	if err != nil {
		return err
	}
	w.db = db
	through := kv.DB(db)
	if wrap != nil {
		through = wrap(db)
	}
	w.s, err = store.Open(w.t.Context(), through, store.Options{
		Dir: w.dir, Origin: tenant, Rand: newSeeded(1), Now: func() time.Time { return w.now },
	})
	if err != nil {
		return errors.Join(err, db.Close())
	}
	return nil
}

func (w *world) close() {
	w.t.Helper()
	if w.s != nil {
		w.s.Close()
		w.s = nil
	}
	if err := w.db.Close(); err != nil {
		w.t.Error(err)
	}
}

// seeded is randomness that can be repeated.
func newSeeded(n byte) *rand.ChaCha8 { return rand.NewChaCha8([32]byte{n}) }

func (w *world) commit(ch flows.Change) {
	w.t.Helper()
	if err := w.s.Commit(context.WithoutCancel(w.t.Context()), ch); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) check() store.Report {
	w.t.Helper()
	r, err := w.s.Check(context.WithoutCancel(w.t.Context()))
	if err != nil {
		w.t.Error(err)
	}
	return r
}

// plan is a small plan of a joiner.
func plan(name string) flows.Plan {
	return flows.Plan{Policy: name, Steps: []flows.Step{
		{Key: "account", Task: flows.CreateAccount, Title: "Create the account", Due: monday, Choice: flows.Fixed},
		{Key: "group:Sales", Task: flows.AddToGroup, Title: "Add to Sales", Due: monday, Choice: flows.Ticked, Name: "Sales"},
	}}
}

func raised(id flows.CaseID, now time.Time) flows.Entry {
	p := plan("starter." + string(id[len(id)-4:]))
	return flows.Entry{Case: id, At: now, By: hannah.ID, Body: flows.Raised{
		Draft: "D-" + string(id), By: hannah, Zone: "Europe/London", Plan: p, Facts: flows.Facts{Route: tom},
		Event:    flows.PeopleEvent{Kind: flows.JoinerEvent, Given: "Priya", Surname: "Example", Notes: "a <note> & more\u2028"},
		RemindAt: now.Add(8 * time.Hour), Escalate: now.Add(16 * time.Hour),
	}}
}

func heard(stream flows.CaseID, now time.Time, text string) flows.Entry {
	return flows.Entry{Case: stream, At: now, By: hannah.ID, Body: flows.Heard{Conversation: "a:1", Activity: text, From: hannah, Text: text}}
}

func errand(key string, due time.Time) flows.Errand {
	return flows.Errand{Key: key, Kind: "card", Due: due, Body: json.RawMessage(`{"n":1}`)}
}

// raise makes a case and returns its reference.
func (w *world) raise() flows.CaseID {
	w.t.Helper()
	id, err := w.s.NextCase(context.WithoutCancel(w.t.Context()), flows.JoinerEvent, 2026)
	if err != nil {
		w.t.Fatal(err)
	}
	w.commit(flows.Change{Case: id, Entries: []flows.Entry{heard("D-"+id, w.now, "new starter"), raised(id, w.now)}})
	return id
}

// A history is a list of steps, each of which can be tried again after a crash:
// it finds by its turn that it was done.
type historyStep func(ctx context.Context, w *world, turn string) error

func history() []historyStep {
	first, second := flows.CaseID("J-2026-0001"), flows.CaseID("J-2026-0002")
	raise := func(id flows.CaseID) historyStep {
		return func(ctx context.Context, w *world, turn string) error {
			remind := errand("remind/"+string(id), w.now.Add(8*time.Hour))
			return w.s.Commit(ctx, flows.Change{
				Turn: turn, Case: id,
				Entries: []flows.Entry{heard("D-"+id, w.now, "confirm"), raised(id, w.now), {At: w.now, Body: flows.Answered{To: hannah.ID, Text: "Thank you"}}},
				Add:     []flows.Errand{errand("card/"+string(id), w.now), remind},
				Memos:   []flows.Memo{{Key: "draft/" + string(id), Value: []byte("draft")}},
			})
		}
	}
	on := func(id flows.CaseID, bodies ...flows.Body) historyStep {
		return func(ctx context.Context, w *world, turn string) error {
			c, err := w.s.Case(ctx, id)
			if err != nil {
				return err
			}
			ch := flows.Change{Turn: turn, Case: id, From: c.Version, Drop: []string{"remind/" + string(id), "unknown"}, Add: []flows.Errand{errand("card/"+string(id), w.now)}}
			for _, b := range bodies {
				ch.Entries = append(ch.Entries, flows.Entry{Case: id, At: w.now, By: tom.ID, Body: b})
			}
			return w.s.Commit(ctx, ch)
		}
	}
	talk := func(id flows.CaseID) historyStep {
		return func(ctx context.Context, w *world, turn string) error {
			return w.s.Commit(ctx, flows.Change{Turn: turn, Case: id, From: flows.AnyVersion, Entries: []flows.Entry{heard(id, w.now, "status")}})
		}
	}
	run := func(ctx context.Context, w *world, turn string) error {
		due, err := w.s.Due(ctx, w.now, 10, nil)
		if err != nil {
			return err
		}
		ch := flows.Change{Turn: turn, Memos: []flows.Memo{{Key: "draft/" + string(first)}}}
		for _, e := range due {
			ch.Done = append(ch.Done, e.Ref())
		}
		return w.s.Commit(ctx, ch)
	}
	sign := func(ctx context.Context, w *world, _ string) error {
		_, err := w.s.Checkpoint(ctx)
		return err
	}
	approved := flows.Approved{Shown: plan("starter.0001").Hash(), Ticked: []flows.StepKey{"group:Sales"}, By: tom}
	approved.Plan = plan("starter.0001").Chosen(approved.Ticked).Hash()
	return []historyStep{
		raise(first), talk(first), on(first, flows.Asked{By: tom, Question: "Which desk?"}), sign,
		raise(second), on(first, flows.Replied{By: hannah, Answer: "The blue one"}, approved), run, talk(second),
		on(first, flows.StepStarted{Step: "account", Before: "no account"}),
		on(first, flows.StepVerified{Step: "account", Before: "no account", After: "account", Account: "00000000-0000-4000-a000-00000000000a"}),
		sign, on(second, flows.Rejected{Shown: plan("starter.0002").Hash(), By: tom, Reason: "no"}), talk(second), sign,
		func(ctx context.Context, w *world, _ string) error {
			return w.forget(ctx, second)
		},
		run,
	}
}

// forget erases a case. One that is erased already is nothing to erase.
func (w *world) forget(ctx context.Context, id flows.CaseID) error {
	_, err := w.s.Forget(ctx, flows.Forgetting{Streams: []flows.CaseID{id}}, func(n flows.Forgotten) flows.Change {
		return flows.Change{Entries: []flows.Entry{{At: w.now, Body: flows.KeptEnough{Rule: flows.KeepCases, Before: w.now, Found: n}}}}
	})
	return err
}

// play runs the history from step i on and returns the first step that did not
// succeed, or the end.
func (w *world) play(ctx context.Context, steps []historyStep, i int) (int, error) {
	for ; i < len(steps); i++ {
		w.now = monday.Add(time.Duration(i) * time.Hour)
		if err := steps[i](ctx, w, fmt.Sprintf("turn/%d", i)); err != nil && flows.CodeOf(err) != flows.Seen {
			return i, err
		}
	}
	return i, nil
}
