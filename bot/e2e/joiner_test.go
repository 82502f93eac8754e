package e2e

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"time"
)

// sentence is what HR writes. The sandbox's clock starts on monday in these tests.
const (
	sentence = "new starter Priya Patel, Account Manager, starts 5 January, reports to Tom Hughes"
	monday   = "2026-11-23T09:00:00Z"
	priya    = "00000000-0000-4000-a000-00000000000a"
)

// part is something that one of the people does when their chat offers it.
type part struct {
	as, chat, button string
	inputs           map[string]string
	siteIfEmpty      bool
}

// parts are what everybody does of a joiner, whoever is asked first.
var parts = []part{
	{as: "hr", chat: "bot", button: "Check and continue", siteIfEmpty: true},
	{as: "hr", chat: "bot", button: "Confirm"},
	{as: "manager", chat: "bot", button: "Approve", inputs: map[string]string{"elevated": "group:Contract Admins"}},
	{as: "approver", chat: "bot", button: "Sign off"},
	{as: "it", chat: "it", button: "Done", inputs: map[string]string{"note": "In the cupboard."}},
	{as: "hr", chat: "bot", button: "Done", inputs: map[string]string{"note": "It is arranged."}},
	{as: "manager", chat: "bot", button: "Yes, started"},
}

// player plays the joiner as people would: each looks at their chat and does what it offers, and when nobody is asked anything the
// clock goes on. It remembers nothing, so that it can go on after a crash.
type player struct{ client }

var errStuck = errors.New("nobody is asked anything and nothing is due, but the case is not there yet")

// play goes on until a case is in the state.
func (p player) play(ctx context.Context, until string) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	for still := 0; ; {
		list, err := p.cases(ctx)
		if err != nil {
			return err
		}
		if len(list) > 1 {
			return fmt.Errorf("there are %d cases of one joiner", len(list))
		}
		if len(list) == 1 && list[0].State == until {
			return nil
		}
		did, err := p.move(ctx, list)
		if err != nil {
			return err
		}
		if still++; did {
			still = 0
			continue
		}
		if still > 50 {
			return fmt.Errorf("play to %s: %w: %+v", until, errStuck, list)
		}
		if err := p.pause(ctx); err != nil {
			return err
		}
	}
}

// move does the first thing that somebody is offered, or lets time pass.
func (p player) move(ctx context.Context, cases []caseView) (bool, error) {
	if len(cases) == 0 {
		if did, err := p.begin(ctx); did || err != nil {
			return did, err
		}
	}
	// The pass is fetched before the manager says that the person has started: after that there is none.
	if len(cases) == 1 && cases[0].step("enable") == "verified" && cases[0].step("credential") != "verified" {
		if did, err := p.do(ctx, part{as: "manager", chat: "bot", button: "Show the pass now"}); did || err != nil {
			return did, err
		}
	}
	for _, a := range parts {
		if did, err := p.do(ctx, a); did || err != nil {
			return did, err
		}
	}
	if len(cases) == 0 {
		return false, nil // HR's card is on its way, and no time of the world needs to pass for it
	}
	m, err := p.clock(ctx, "next", true)
	return m.Ran > 0, err
}

// pause gives the bot a moment for what it is doing: until HR reads something new, or a quarter of a second.
func (p player) pause(ctx context.Context) error {
	list, err := p.messages(ctx, "hr", "bot", 0, 0)
	if err != nil {
		return err
	}
	n := 0
	for _, m := range list {
		n = max(n, m.N)
	}
	_, err = p.messages(ctx, "hr", "bot", n, 250*time.Millisecond)
	return err
}

// begin writes HR's sentence unless the bot has answered it already.
func (p player) begin(ctx context.Context) (bool, error) {
	anything := regexp.MustCompile(`Priya Patel starts|sentence|details`)
	list, err := p.messages(ctx, "hr", "bot", 0, 0)
	if err != nil {
		return false, err
	}
	for _, m := range list {
		if m.From == "bot" && anything.MatchString(words(m.Card)) {
			return false, nil
		}
	}
	if len(list) > 0 { // written, and the answer may be on its way
		if _, err := p.see(ctx, "hr", "bot", anything, 5*time.Second); err == nil || !errors.Is(err, errNotSeen) {
			return err == nil, err
		}
	}
	if err := p.say(ctx, "hr", "bot", sentence); err != nil {
		return false, err
	}
	_, err = p.see(ctx, "hr", "bot", anything, 20*time.Second)
	return true, err
}

// do presses a button if the person is offered it. A card that changed in between is not an error: the person looks again.
func (p player) do(ctx context.Context, a part) (bool, error) {
	m, ok, err := p.find(ctx, a.as, a.chat, a.button)
	if err != nil || !ok {
		return false, err
	}
	inputs := a.inputs
	if a.siteIfEmpty && m.empty("site") {
		inputs = map[string]string{"site": "London"}
	}
	out, err := p.press(ctx, a.as, m.ID, a.button, inputs)
	var no *refused
	if errors.As(err, &no) && (no.status == http.StatusNotFound || no.status == http.StatusUnprocessableEntity) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return out.good(), nil
}
