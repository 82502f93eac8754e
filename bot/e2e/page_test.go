package e2e

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestPageJoiner plays a joiner through the page as each of the people.
func TestPageJoiner(t *testing.T) {
	p, c := openPage(t, 1440, 900)

	// HR writes half a sentence, and is asked for the rest on a form.
	p.reads(chat, "Nothing here yet")
	p.say("new starter Priya Patel, Account Manager, starts 5 January, reports to Tom Hughes")
	p.reads(chat, "Priya Patel starts on Tue 5 January 2027 as Account Manager")
	p.reads(chat, "Check the details")
	p.picture("form")
	p.click("button-Check and continue")
	p.reads(chat, "Choose the site.")
	p.choose("input-site", "London")
	p.write("input-notes", "Sits with the sales team.")
	p.click("button-Check and continue")
	p.reads(chat, "Only then does anything happen")
	p.reads(chat, "priya.patel@larkfield.example")
	p.reads(chat, "Tom Hughes, Head of Sales, London")
	p.picture("summary")
	p.click("button-Confirm")
	p.reads(chat, "The case is J-2026-0001")

	// The manager reads who and when, ticks the elevated item and approves.
	p.is("manager")
	p.reads(chat, "Confirm the access Priya needs by")
	p.reads(chat, "Asked for by Hannah Reed")
	p.reads(chat, "Everybody gets Microsoft 365 Business Premium")
	p.tick("Contract administration")
	p.picture("approval")
	p.click("button-Approve")
	p.reads(chat, "Approved")
	p.reads(chat, "Waiting for sign-off")
	p.gone("button-Approve")
	p.picture("approved")

	p.is("approver")
	p.reads(chat, "Contract administration")
	p.picture("signoff")
	p.click("button-Sign off")
	p.reads(chat, "Signed off")
	p.gone("button-Sign off")

	// Nobody else is shown any of it.
	p.is("stranger")
	p.say("status Priya")
	p.reads(chat, "I know no case for that name, or it is not yours to see")
	p.readsNot(chat, "Account Manager")

	// The clock goes on with its buttons until the account is there, blocked.
	p.is("hr")
	p.click("tab-clock")
	p.pass(c, "account", "verified")
	p.click("tab-directory")
	p.reads(pane, "priya.patel@larkfield.example")
	p.reads(`[data-testid="changes"]`, "Priya Patel")
	p.picture("directory")
	p.click("tab-clock")
	p.pass(c, "enable", "verified")

	// IT has the laptop in the channel.
	p.is("it")
	p.click("rail-teams")
	p.reads(chat, "Laptop for Priya Patel")
	p.reads(chat, "enrol it in Intune")
	p.write("input-note", "On the shelf, with her name.")
	p.picture("channel")
	p.click("button-Done")
	p.reads(chat, "by Ivan Petrov")
	p.gone("button-Done")

	p.is("hr")
	for _, task := range []string{"Door key", "Business cards"} {
		p.reads(chat, task+" for Priya Patel")
	}
	for c.step(t, "manual:Door key") != "by_hand" || c.step(t, "manual:Business cards") != "by_hand" {
		before := strings.Count(p.text(chat), "by you on")
		p.click("button-Done")
		p.more(chat, "by you on", before)
	}

	// The manager is shown the pass, once.
	p.is("manager")
	p.reads(chat, "Fetch the day-one pass")
	p.click("button-Show the pass now")
	p.reads(chat, "When asked for a Temporary Access Pass, enter the code")
	p.picture("pass")
	code := regexp.MustCompile(`\(London\)\. ([A-Za-z0-9]{8}) 1 On their`).FindStringSubmatch(p.text(chat))
	if code == nil {
		p.fail("no code is shown")
	}
	p.is("hr")
	p.reads(chat, "done by hand")
	p.readsNot(chat, code[1])
	p.click("tab-evidence")
	p.reads(`[data-testid="entries"]`, "pass.made")
	p.readsNot(pane, code[1])
	c.keepsNo(t, code[1])
	// It stays on the screen of the one who types it until it has ended.
	p.is("manager")
	p.reads(chat, code[1])
	p.click("tab-clock")
	p.click("clock-hour")
	p.reads(chat, "The pass was shown to you")
	p.readsNot(chat, code[1])

	// The starter has an account, and a welcome.
	p.is("starter")
	p.reads(chat, "Welcome to Larkfield Instruments, Priya")

	p.is("manager")
	p.pass(c, "manual:Business cards", "by_hand")
	for c.step(t, "started") != "verified" {
		if !strings.Contains(p.text(chat), "Yes, started") {
			p.click("clock-next")
			p.settled()
			continue
		}
		p.picture("started")
		p.click("button-Yes, started")
		p.reads(chat, "You said so")
	}
	p.click("tab-case")
	p.reads(pane, "● Done")
	p.picture("case")
	p.is("hr")
	p.reads(chat, "done by hand")
	p.picture("progress")
	p.is("owner")
	p.say("evidence J-2026-0001")
	p.reads(chat, "evidence-j-2026-0001.zip")
	p.picture("file")
	p.click("button-Allow")
	p.reads(chat, "This message has been deleted.")
	p.say("status J-2026-0001")
	p.reads(chat, "Who did what when")
	p.reads(chat, "Aisha Khan")
	p.click("tab-evidence")
	p.reads(`[data-testid="entries"]`, "#1")
	p.click("theme")
	p.picture("evidence-dark")
}

// TestPageNarrow reads and decides in a window as narrow as a phone.
func TestPageNarrow(t *testing.T) {
	p, c := openPage(t, 390, 844)
	if err := c.play(t.Context(), "waiting"); err != nil {
		t.Fatal(err)
	}
	p.is("manager")
	p.reads(chat, "Confirm the access Priya needs by")
	p.fits("the approval")
	p.picture("approval")
	p.click("button-Reject")
	p.reads(chat, "no account is made")
	p.fits("the rejection")
	p.picture("reject")
	p.write("input-reason", "The post is frozen until April.")
	p.click("button-Reject now")
	p.reads(chat, "Rejected")
	p.fits("the rejected card")
	p.is("hr")
	p.reads(chat, "The post is frozen until April.")
	p.fits("HR's chat")
	p.picture("rejected")
	p.click("pane-toggle")
	p.reads(pane, "Priya Patel")
	p.picture("pane")
}

// gone waits until no such button is offered.
func (p *page) gone(id string) {
	p.Helper()
	p.waits(`[...document.querySelectorAll('[data-testid="`+id+`"]')].every((e) => e.offsetParent === null)`, id+" is gone")
}

// more waits until words stand there more often than before.
func (p *page) more(selector, words string, before int) {
	p.Helper()
	p.waits(`document.querySelector(`+quote(selector)+`).innerText.replace(/\s+/g, " ").split(`+quote(words)+`).length - 1 > `+strconv.Itoa(before), words+" once more")
}

// settled waits until the clock has been moved.
func (p *page) settled() {
	p.Helper()
	p.waits(`document.querySelector('[data-testid="pane"]').getAttribute("aria-busy") !== "true"`, "the clock stands")
}

// pass presses the clock's button until a step is in the state.
func (p *page) pass(c player, step, state string) {
	p.Helper()
	for range 200 { // each day has errands of its own
		if c.step(p.T, step) == state {
			return
		}
		p.click("clock-next")
		p.settled()
	}
	p.Fatalf("step %s is %s, not %s, after 200 moves of the clock", step, c.step(p.T, step), state)
}

// step is the state of a step of the one case.
func (p player) step(t *testing.T, key string) string {
	t.Helper()
	list, err := p.cases(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 1 {
		t.Fatalf("there are %d cases", len(list))
	}
	return list[0].step(key)
}

// keepsNo wants a secret in no case and in no entry of the log.
func (p player) keepsNo(t *testing.T, secret string) {
	t.Helper()
	for _, path := range []string{"/sandbox/cases", "/sandbox/log?case=J-2026-0001"} {
		var all json.RawMessage
		if err := p.call(t.Context(), http.MethodGet, path, nil, &all); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(all), secret) {
			t.Errorf("%s holds the pass", path)
		}
	}
}
