package service_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"muster/bot/sandbox"
	"muster/flows"
	"muster/store"
	"muster/store/boltkv"
)

// owned is a directory that knows the owners.
type owned struct{ flows.World }

const ownerID = flows.AccountID("00000000-0000-4000-a000-000000000008")

func (owned) FetchAccount(_ context.Context, who string) (flows.Account, error) {
	if who == string(ownerID) || strings.HasPrefix(who, "olivia.grant@") {
		return flows.Account{ID: ownerID, Name: "Olivia Grant", UPN: "olivia.grant@larkfield.example", Enabled: true}, nil
	}
	return flows.Account{}, &flows.Error{Code: flows.NotFound}
}

func (owned) FindGroup(_ context.Context, name string) (flows.Group, error) {
	return flows.Group{ID: name, Name: name}, nil
}

func (owned) MemberOf(context.Context, flows.AccountID, []string) ([]string, error) { return nil, nil }

// BenchmarkReview makes the review of a month for an organisation of 50,000 people, a third of whom come, move or go within a year: 17,000
// cases in the store, of which 1,400 are of the month, with ten steps each and what was said. A tenth of them is late.
func BenchmarkReview(b *testing.B) {
	const year, month = 17_000, 1_400
	end := time.Date(2026, 11, 30, 18, 0, 0, 0, time.UTC)
	policy, err := flows.ParsePolicy("policy.yaml", sandbox.DefaultPolicy)
	if err != nil {
		b.Fatal(err)
	}
	db, err := boltkv.Open(b.TempDir()+"/"+store.DatabaseFile, boltkv.Options{})
	if err != nil {
		b.Fatal(err)
	}
	st, err := store.Open(b.Context(), db, store.Options{Dir: b.TempDir(), Origin: sandbox.FixedTenant, Now: func() time.Time { return end }, Rand: rand.Reader})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		st.Close()
		if err := db.Close(); err != nil {
			b.Error(err)
		}
	})
	const together = 64 // side by side they share a commit of the disk; one after the other, so that the log is in the order of time, as it is where it grows
	for first := 0; first < year; first += together {
		var wg sync.WaitGroup
		for n := first; n < min(first+together, year); n++ {
			wg.Go(func() {
				at := end.AddDate(-1, 0, 0).Add(time.Duration(n) * time.Hour / 2)
				if n >= year-month {
					at = end.AddDate(0, 0, -29).Add(time.Duration(n-year+month) * time.Minute * 25)
				}
				if err := st.Commit(b.Context(), ordinary(n, at, policy)); err != nil {
					b.Error(err)
				}
			})
		}
		wg.Wait()
	}
	e := &flows.Engine{Store: st, World: owned{}, Policy: policy, Now: func() time.Time { return end }, Log: slog.New(slog.DiscardHandler)}
	b.ReportAllocs()
	b.ResetTimer()
	for n := 0; b.Loop(); n++ {
		r, err := e.Answer(b.Context(), flows.Turn{Key: fmt.Sprint(n), By: flows.Person{ID: ownerID}, Chat: "c", Personal: true, Activity: "a", Text: "review this month"})
		v, ok := r.View.(flows.ReviewView)
		if err != nil || !ok || len(v.Review.Lines) == 0 || v.Review.Events[0].Raised < month*9/10 { // those of the first day were raised in the month before
			b.Fatalf("%d lines, %v, %v", len(v.Review.Lines), v.Review.Events, err)
		}
	}
}

// ordinary is a starter from the announcement to the end.
func ordinary(n int, at time.Time, p *flows.Policy) flows.Change {
	id := flows.CaseID(fmt.Sprintf("J-%d-%04d", at.Year(), n+1))
	site := p.Sites["London"]
	tom := flows.Person{ID: "00000000-0000-4000-a000-000000000003", Name: "Tom Hughes"}
	helen := flows.Person{ID: "00000000-0000-4000-a000-000000000002", Name: "Helen Okafor"}
	plan := flows.Plan{Policy: p.Hash()}
	due := at.Add(4 * time.Hour)
	for i := range 10 {
		plan.Steps = append(plan.Steps, flows.Step{Key: flows.StepKey(fmt.Sprintf("group:g%d", i)), Task: flows.AddToGroup, Title: fmt.Sprintf("Add to the group number %d", i), Name: fmt.Sprint("Group ", i), Group: fmt.Sprintf("00000000-0000-4000-b000-%012x", i), Due: due, Choice: flows.Fixed})
	}
	ev := flows.PeopleEvent{Kind: flows.JoinerEvent, Given: "Sample", Surname: fmt.Sprint("Person ", n), Job: "Account Manager", Site: "London", Start: flows.DateOf(at), Employment: "employee", Manager: tom}
	es := []flows.Entry{
		{Case: id, At: at, By: helen.ID, Body: flows.Raised{Event: ev, By: helen, Zone: site.TimeZone, Site: site, Facts: flows.Facts{Route: tom}, Plan: plan}},
		{Case: id, At: at.Add(time.Second), Body: flows.Sent{Slot: string(id) + "/approval//p:" + string(tom.ID), To: flows.Recipient{Person: tom.ID}, Activity: "1", Card: []byte(`{"type":"AdaptiveCard","body":[{"type":"TextBlock","text":"Confirm the access"}]}`)}},
		{Case: id, At: at.Add(time.Hour), By: tom.ID, Body: flows.Approved{Shown: plan.Hash(), Plan: plan.Chosen(nil).Hash(), By: tom}},
	}
	for i, s := range plan.Steps {
		done := due.Add(time.Duration(i) * time.Second)
		if n%10 == 0 && i == 9 {
			done = due.Add(30 * time.Hour)
		}
		body := flows.StepVerified{Step: s.Key, After: "a member"}
		es = append(es, flows.Entry{Case: id, At: done.Add(-time.Second), Body: flows.StepStarted{Step: s.Key, Before: "not a member"}}, flows.Entry{Case: id, At: done, Body: body})
	}
	es = append(es, flows.Entry{Case: id, At: due.Add(31 * time.Hour), Body: flows.Closed{}})
	return flows.Change{Case: id, Entries: es}
}
