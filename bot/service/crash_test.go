package service_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/flows"
)

// compact is a policy with one of everything, so that a story has each kind of moment once and can be told hundreds of times.
const compact = `
version: 1
organisation: Larkfield Instruments
domain: larkfield.example
roles:
  hr: {groups: [HR Staff]}
  it: {groups: [IT Staff]}
  approver: {people: [aisha.khan@larkfield.example]}
  owner: {people: [olivia.grant@larkfield.example]}
channels: {it: "19:it@thread.tacv2", owners: "19:owners@thread.tacv2"}
sites:
  London: {time_zone: Europe/London, country: GB}
naming:
  upn: ["{given}.{surname}", "{given}.{surname}{n}"]
birthright:
  - licence: SPB
  - manual: Laptop
    owner: it
    due: {working_days: -2, at: "12:00"}
jobs:
  Account Manager:
    access: [{group: Sales}, {team: Sales Team}]
    elevated: [{group: Contract Admins}]
joiner:
  welcome: Welcome to {organisation}, {name}.
`

// crowd are people who do what their cards ask for, and nothing else: whoever is interrupted looks at the chat again.
type crowd struct {
	w      *world
	codes  []string       // the passes that the manager was shown
	tired  map[string]int // presses of one button on one message
	passes int            // the most that worked at any time
}

// wish is a button that somebody presses whenever they see it.
type wish struct {
	as, chat, button string
	in               inputs
}

var wishes = []wish{
	{"hr", "bot", "Check and continue", inputs{"site": "London"}},
	{"hr", "bot", "Confirm", nil},
	{"manager", "bot", "Approve", inputs{"elevated": "group:Contract Admins"}},
	{"approver", "bot", "Sign off", nil},
	{"it", "it", "Done", nil},
	{"manager", "bot", "Show the pass now", nil},
	{"manager", "bot", "Yes, started", nil},
}

// live plays until the case is done.
func (c *crowd) live() {
	w := c.w
	w.t.Helper()
	c.tired = map[string]int{}
	for range 1000 {
		w.settle()
		if cs := w.cases(); len(cs) > 0 && cs[0].State == flows.Done {
			return
		}
		if !c.act() {
			w.next()
		}
		if a, ok := w.account(priya); ok {
			c.passes = max(c.passes, a.passes())
		}
	}
	w.t.Fatalf("the case never ends; HR sees:\n%s\nthe manager sees:\n%s\nIT sees:\n%s", w.shown("hr", "bot", 3), w.shown("manager", "bot", 3), w.shown("it", "it", 3))
}

// act lets one person do one thing.
func (c *crowd) act() bool {
	w := c.w
	if !slices.ContainsFunc(w.chat("hr", "bot"), func(m message) bool { return m.From == "hr" && !m.Failed }) {
		w.call("POST", "/sandbox/say", map[string]any{"as": "hr", "chat": "bot", "text": sentence}, nil)
		return true
	}
	for _, d := range wishes {
		if d.button == "Show the pass now" && len(c.codes) > 0 {
			continue // the starter is in
		}
		m, ok := w.card(d.as, d.chat, "", d.button)
		if !ok || c.tired[m.ID+d.button] > 5 {
			continue
		}
		c.tired[m.ID+d.button]++
		a := w.pressed(map[string]any{"as": d.as, "message": m.ID, "button": d.button, "inputs": d.in})
		if code := a.code(); code != "" {
			c.codes = append(c.codes, code)
		}
		return true
	}
	return false
}

// sent counts the messages of the bot in all chats.
func (w *world) sent() int {
	n := 0
	for _, s := range seats {
		for _, m := range w.chat(s.as, s.chat) {
			if m.From == "bot" {
				n++
			}
		}
	}
	return n
}

// ending is what must be the same however often a process died.
type ending struct {
	News  []string // what was done to the directory, save passes, which may be made anew
	Steps map[flows.StepKey]flows.StepState
	Who   account
}

func (w *world) ending() ending {
	e := ending{Steps: map[flows.StepKey]flows.StepState{}}
	for _, s := range w.theCase().Steps {
		e.Steps[s.Key] = s.State
	}
	for _, n := range w.news() {
		if !strings.Contains(n, "Temporary Access Pass") {
			e.News = append(e.News, n)
		}
	}
	slices.Sort(e.News)
	e.Who, _ = w.account(priya)
	e.Who.Methods = nil
	return e
}

// TestEdge30CrashEverywhere tells the joiner's story with a process that dies at every commit and at every call to Microsoft 365 and to Teams,
// before it took effect and after, and is followed by a fresh one on what is left. The ending is always the same.
func TestEdge30CrashEverywhere(t *testing.T) {
	var want ending
	var sent int
	count := &fate{}
	story(t, setting{policy: []byte(compact), fate: count, workers: 1}, func(t *testing.T, w *world) {
		c := crowd{w: w}
		c.live()
		w.finished()
		want, sent = w.ending(), w.sent()
		if len(want.News) < 8 || want.Who.ID == "" || c.passes != 1 {
			t.Fatalf("the story does too little: %+v", want)
		}
	})
	if t.Failed() {
		return
	}
	_, points := count.stay()
	everywhere(t, points, anyMoment, func(t *testing.T, f *fate) bool { return crashOnce(t, f, want, sent) })
}

func crashOnce(t *testing.T, f *fate, want ending, sent int) (died bool) {
	t.Helper()
	story(t, setting{policy: []byte(compact), fate: f, workers: 1}, func(t *testing.T, w *world) {
		c := crowd{w: w}
		c.live()
		died, _ = f.stay()
		w.settle()
		w.pressLeftovers()
		if diff := cmp.Diff(want, w.ending()); diff != "" {
			t.Errorf("the ending (-undisturbed +disturbed):\n%s", diff)
		}
		if c.passes != 1 || len(c.codes) != 1 {
			t.Errorf("%d passes worked at once, %d were shown", c.passes, len(c.codes))
		}
		if n := w.sent(); n < sent || n > sent+1 {
			t.Errorf("the bot sent %d messages, undisturbed %d", n, sent)
		}
		w.verify()
	})
	return died
}

// pressLeftovers presses what is left on a card that was sent twice: it works, and leaves a card without buttons.
func (w *world) pressLeftovers() {
	w.t.Helper()
	for _, s := range seats {
		for _, m := range w.chat(s.as, s.chat) {
			if t := titles(m.Card); len(t) > 0 && len(w.liveOn(m)) > 0 {
				w.pressed(map[string]any{"as": s.as, "message": m.ID, "button": t[0]})
			}
		}
	}
	w.settle()
	if left := w.live(); len(left) > 0 {
		w.t.Errorf("cards that still offer something: %s", left)
	}
}
