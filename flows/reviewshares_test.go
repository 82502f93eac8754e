package flows

import (
	"encoding/json"
	"testing"
	"time"

	"muster/flows/texts"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestTimingShares(t *testing.T) {
	for name, tt := range map[string]struct {
		stored string
		want   Shares
		say    string
	}{
		"all on time":      {`{"n":6}`, Shares{OnTime: 6}, "6 of 6 on time"},
		"some late":        {`{"n":6,"late":1}`, Shares{OnTime: 5, Late: 1}, "5 of 6 on time, 1 late"},
		"overdue and late": {`{"n":13,"late":11,"open":10,"overdue":9,"ahead":1}`, Shares{OnTime: 1, Late: 2, NotDone: 10, Overdue: 9}, "1 of 13 on time, 2 late, 10 not done (9 overdue)"},
		"not done in time": {`{"n":3,"open":2,"ahead":2}`, Shares{OnTime: 1, NotDone: 2}, "1 of 3 on time, 2 not done"},
		"nothing done":     {`{"n":2,"late":2,"open":2,"overdue":2}`, Shares{NotDone: 2, Overdue: 2}, "0 of 2 on time, 2 not done (2 overdue)"},
		"stored before: what was late is not known apart": {
			`{"n":13,"late":11,"open":10}`, Shares{Late: 1, Either: 2, NotDone: 10, Overdue: 8}, "0 of 13 on time, 1 late, 2 on time or late, 10 not done (at least 8 overdue)",
		},
		"stored before: none was late":    {`{"n":7,"open":1}`, Shares{OnTime: 6, NotDone: 1}, "6 of 7 on time, 1 not done"},
		"stored before: nothing was done": {`{"n":4,"late":3,"open":4}`, Shares{NotDone: 4, Overdue: 3}, "0 of 4 on time, 4 not done (3 overdue)"},
	} {
		t.Run(name, func(t *testing.T) {
			var got Timing
			if err := json.Unmarshal([]byte(tt.stored), &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got.Shares()); diff != "" {
				t.Error(diff)
			}
			if got := got.Say(texts.Language{}); got != tt.say {
				t.Errorf("said %q, want %q", got, tt.say)
			}
		})
	}
}

// A signature is bound to the bytes of a review: one that was made before figures were added must marshal to what it was.
func TestReviewMadeBeforeKeepsItsBytes(t *testing.T) {
	stored := `{"month":"2026-11","zone":"Europe/London","from":"2026-11-01T00:00:00Z","to":"2026-12-01T00:00:00Z","times":[{"class":"by_hand","n":13,"late":11,"open":10,"p50":3600,"p90":90000,"max":90000,"all":[0,3600,90000]}]}`
	var r Review
	if err := json.Unmarshal([]byte(stored), &r); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(stored, string(again)); diff != "" {
		t.Error(diff)
	}
}

// Whatever a month held, the shares say how it was and add up; and read as an earlier version would have stored it, they do not say more than
// that version knew.
func TestSharesAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from := monday()
		w := reviewed{from: from, to: from.AddDate(0, 1, 0)}
		var truth Shares
		var times []Timing
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			s := sample{class: ExitClass, due: from.Add(time.Hour)}
			switch rapid.SampledFrom([]string{"on time", "late", "overdue", "ahead"}).Draw(t, "how") {
			case "on time":
				s.done = s.due.Add(time.Duration(rapid.IntRange(-60, 15).Draw(t, "minutes")) * time.Minute)
				truth.OnTime++
			case "late":
				s.done = s.due.Add(time.Duration(rapid.IntRange(16, 600).Draw(t, "minutes")) * time.Minute)
				truth.Late++
			case "overdue":
				truth.NotDone++
				truth.Overdue++
			case "ahead":
				s.due = w.to.Add(-time.Duration(rapid.IntRange(0, 15).Draw(t, "minutes")) * time.Minute)
				truth.NotDone++
			}
			times = tally(times, w, s)
		}
		if diff := cmp.Diff(truth, times[0].Shares()); diff != "" {
			t.Fatal(diff)
		}
		old := times[0]
		old.Overdue, old.Ahead = 0, 0
		got := old.Shares()
		if sum := got.OnTime + got.Late + got.Either + got.NotDone; sum != old.N {
			t.Errorf("%+v adds up to %d, not %d", got, sum, old.N)
		}
		for what, p := range map[string][2]int{"on time": {got.OnTime, truth.OnTime}, "late": {got.Late, truth.Late}, "overdue": {got.Overdue, truth.Overdue}} {
			if least, is := p[0], p[1]; is < least || is > least+got.Either {
				t.Errorf("%s: between %d and %d, but it was %d", what, least, least+got.Either, is)
			}
		}
	})
}
