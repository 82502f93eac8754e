package service_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/flows"
)

// The writes of a joiner, as METHOD and path.
var writes = map[string]string{
	"account": `^POST /v1.0/users$`,
	"manager": `^PUT /v1.0/users/.*/manager/\$ref$`,
	"licence": `^POST .*/assignLicense$`,
	"group":   `^POST /v1.0/groups/.*/members/\$ref$`,
	"team":    `^POST /v1.0/teams/.*/members$`,
	"enable":  `^PATCH /v1.0/users/`,
	"pass":    `^POST .*/temporaryAccessPassMethods$`,
}

// The ways of Microsoft 365 to go wrong, and whether people have to be asked because of it.
var ways = map[string]bool{
	"throttle": false, "unavailable": false, "timeout": false, "lost_answer": false, "down": false, "html": false, "bare": false,
	"no_effect": true, "denied": true,
}

// untilTrouble lets people and time go on until a fault happened and had a day to be felt.
func (c *crowd) untilTrouble() {
	w := c.w
	w.t.Helper()
	c.tired = map[string]int{}
	for range 100 {
		w.settle()
		if w.fired() > 0 {
			break
		}
		if !c.act() {
			w.next()
		}
	}
	if w.fired() == 0 {
		w.t.Fatal("the fault never happened")
	}
	w.advance(26 * time.Hour)
}

// TestFaults tells the story with each write to Microsoft 365 failing, or seeming to succeed, in each way for a day. The case is never
// done before the directory is as it should be, people are asked where waiting does not help, and afterwards everything is mended.
func TestFaults(t *testing.T) {
	var want ending
	story(t, setting{policy: []byte(compact), workers: 1}, func(t *testing.T, w *world) {
		c := crowd{w: w}
		c.live()
		want = w.ending()
	})
	for step, match := range writes {
		for way, asks := range ways {
			t.Run(step+" "+way, func(t *testing.T) {
				t.Parallel()
				story(t, setting{policy: []byte(compact), workers: 1}, func(t *testing.T, w *world) {
					troubled(w, step, way, match, asks)
					if diff := cmp.Diff(want, w.ending()); diff != "" {
						t.Errorf("the ending (-undisturbed +disturbed):\n%s", diff)
					}
					w.verify()
				})
			})
		}
	}
}

func troubled(w *world, step, way, match string, asks bool) {
	w.t.Helper()
	c := crowd{w: w}
	w.fault("graph", way, match, 0)
	c.untilTrouble()
	k := w.theCase()
	if k.State == flows.Done {
		w.t.Fatalf("the case is done, and %s failed by %s", step, way)
	}
	broken := slices.ContainsFunc(k.Steps, func(s stepView) bool { return s.State == flows.StepBroken })
	if asks = asks && step != "pass"; asks != broken || asks != (k.State == flows.NeedsPeople) {
		w.t.Errorf("people are asked: %v, want %v; the case is %s, its steps %s", broken, asks, k.State, k.where())
	}
	w.mend()
	for broken {
		m, ok := w.card("it", "it", "", "Retry")
		if !ok {
			break
		}
		w.pressOn("it", m.ID, "Retry", nil)
	}
	c.live()
	w.finished()
	if c.passes != 1 {
		w.t.Errorf("%d passes worked at once", c.passes)
	}
}

func (c caseView) where() string {
	var out []string
	for _, s := range c.Steps {
		out = append(out, fmt.Sprintf("%s %s %q", s.Key, s.State, s.Cause))
	}
	return fmt.Sprint(out)
}
