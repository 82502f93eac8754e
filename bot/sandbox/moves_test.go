package sandbox

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestClock(t *testing.T) {
	wall := start
	c := NewClock(start.AddDate(1, 0, 0), func() time.Time { return wall })
	at := func(want time.Duration) {
		t.Helper()
		if got := c.Now().Sub(start.AddDate(1, 0, 0)); got != want {
			t.Errorf("clock is %v on, want %v", got, want)
		}
	}
	at(0)
	wall = wall.Add(time.Second)
	at(time.Second)
	moved := c.Changed()
	c.Advance(time.Hour)
	select {
	case <-moved:
	default:
		t.Error("a move wakes nobody")
	}
	at(time.Hour + time.Second)
	c.Advance(-time.Hour)
	c.Set(start)
	wall = wall.Add(-time.Minute)
	at(time.Hour + time.Second)
	c.Set(start.AddDate(1, 0, 1))
	at(24 * time.Hour)
}

func TestMovingTheClock(t *testing.T) {
	in := func(d time.Duration) time.Time { return start.Add(d) }
	for name, tt := range map[string]struct {
		body   map[string]any
		due    []time.Time
		again  time.Duration
		frozen bool
		now    time.Time
		ran    int
		ranAt  []time.Time
		status int
	}{
		"through each due time":   {map[string]any{"advance": "26h"}, []time.Time{in(2 * time.Hour), in(time.Hour), in(48 * time.Hour)}, 0, false, in(26 * time.Hour), 2, []time.Time{in(time.Hour), in(2 * time.Hour)}, 200},
		"work that makes work":    {map[string]any{"advance": "2h"}, []time.Time{in(time.Hour)}, 30 * time.Minute, false, in(2 * time.Hour), 2, []time.Time{in(time.Hour), in(90 * time.Minute)}, 200},
		"to a time":               {map[string]any{"to": in(time.Hour)}, []time.Time{in(time.Hour)}, 0, false, in(time.Hour), 1, []time.Time{in(time.Hour)}, 200},
		"to now":                  {map[string]any{"to": start}, []time.Time{in(0)}, 0, false, start, 1, []time.Time{start}, 200},
		"next":                    {map[string]any{"next": true}, []time.Time{in(3 * time.Hour), in(time.Hour)}, 0, false, in(time.Hour), 1, []time.Time{in(time.Hour)}, 200},
		"next, overdue":           {map[string]any{"next": true}, []time.Time{in(-time.Hour)}, 0, false, start, 1, []time.Time{start}, 200},
		"next, but nothing":       {map[string]any{"next": true}, nil, 0, false, start, 0, nil, 200},
		"what is due cannot move": {map[string]any{"advance": "2h"}, []time.Time{in(time.Hour)}, 0, true, in(2 * time.Hour), 0, nil, 200},
		"back":                    {map[string]any{"to": in(-time.Second)}, nil, 0, false, start, 0, nil, 400},
		"not a duration":          {map[string]any{"advance": "soon"}, nil, 0, false, start, 0, nil, 400},
		"negative":                {map[string]any{"advance": "-1h"}, nil, 0, false, start, 0, nil, 400},
		"two at once":             {map[string]any{"advance": "1h", "next": true}, nil, 0, false, start, 0, nil, 400},
		"nothing":                 {map[string]any{}, nil, 0, false, start, 0, nil, 400},
	} {
		t.Run(name, func(t *testing.T) {
			cases := &fakeCases{due: tt.due, again: tt.again, frozen: tt.frozen}
			r := newRig(t, rigOptions{cases: cases})
			cases.clock = r.clock
			var out clockView
			if got := r.call("POST", "/sandbox/clock", tt.body, &out); got != tt.status {
				t.Fatalf("status = %d, want %d", got, tt.status)
			}
			if tt.status == 200 && (!out.Now.Equal(tt.now) || out.Ran != tt.ran) {
				t.Errorf("= %v, %d ran; want %v, %d", out.Now, out.Ran, tt.now, tt.ran)
			}
			if got := r.clock.Now(); !got.Equal(tt.now) {
				t.Errorf("clock = %v, want %v", got, tt.now)
			}
			if diff := cmp.Diff(tt.ranAt, cases.ranAt); diff != "" {
				t.Errorf("ran at (-want +got):\n%s", diff)
			}
		})
	}
}
