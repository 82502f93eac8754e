package e2e

import "testing"

// TestPageMover plays a move through the page: what comes and what goes is decided by two managers, and the directory changes on the day.
func TestPageMover(t *testing.T) {
	p, c := openPage(t, 1440, 900)
	const story = "Nadia Brook moves to Warehouse Operative in London on Mon 7 December 2026."

	p.say("mover Nadia Brook to Warehouse Operative from 7 December 2026, reports to Maria Lopez")
	p.reads(chat, "Nadia Brook moves to Warehouse Operative on Mon 7 December 2026.")
	p.picture("form")
	p.click("button-Check and continue")
	p.reads(chat, "only Account Manager")
	p.picture("summary")
	p.click("button-Confirm")
	p.reads(chat, "The case is M-2026-0001")

	// The new manager says what comes.
	p.is("manager2")
	p.reads(chat, story)
	p.reads(chat, "Confirm what Nadia needs in the new job by")
	p.reads(chat, "What goes is decided by Tom Hughes")
	p.tick("Price List Editors")
	p.picture("receiving")
	p.click("button-Approve")
	p.reads(chat, "for Tom Hughes to say what goes")
	p.gone("button-Approve")
	p.picture("received")

	// The old one keeps an item for a while, and has to say why.
	p.is("manager")
	p.reads(chat, story)
	p.reads(chat, "Say what Nadia still needs from the old job")
	p.day("input-until:out:group:CRM Users", "2026-12-31")
	p.write("input-keep_reason", "Closes the year's contracts.")
	p.picture("releasing")
	p.click("button-Confirm what goes")
	p.gone("button-Confirm what goes")
	p.reads(chat, "Closes the year's contracts.")
	p.picture("released")

	// On the day the new job's access is there, and the old one's still is.
	p.is("hr")
	p.click("tab-clock")
	p.pass(c, "group:Warehouse", "verified")
	p.pass(c, "manager", "verified")
	p.directory("Nadia Brook")
	for _, want := range []string{"Warehouse Operative", "Maria Lopez", "Sales Team", "CRM Users"} {
		p.reads(pane, want)
	}
	p.picture("moved")
	p.click("tab-clock")
	p.pass(c, "out:team:Sales Team", "verified")
	p.directory("Nadia Brook")
	p.reads(pane, "CRM Users")
	p.waits(`!document.querySelector('[data-testid="pane"]').innerText.includes("Sales Team")`, "the old team is gone")
	p.picture("directory")
	p.click("tab-case")
	p.reads(pane, "M-2026-0001")
	p.picture("case")
	p.click("theme")
	p.picture("case-dark")
}

// TestPageUrgentLeaver plays an urgent exit in a window as narrow as a phone: a second person confirms, both get a receipt, and whom it is
// about is shown nothing.
func TestPageUrgentLeaver(t *testing.T) {
	p, c := openPage(t, 390, 844)
	p.say("urgent leaver Tom Hughes")
	p.reads(chat, "There is no date: it happens at once")
	p.fits("the form")
	p.picture("form")
	p.write("input-notes", "Found to have copied price lists.")
	p.click("button-Check and continue")
	p.waits(`[...document.querySelectorAll('[data-testid="button-Confirm"]')].some((e) => e.offsetParent !== null)`, "there is a summary")
	p.fits("the summary")
	p.picture("summary")
	p.click("button-Confirm")
	p.reads(chat, "The case is L-2026-0001")
	if got := c.step(t, "block"); got != "planned" {
		t.Errorf("before the second person has confirmed, the block is %s", got)
	}

	p.is("owner")
	p.reads(chat, "Found to have copied price lists.")
	p.fits("the second person's card")
	p.picture("second")
	p.click("button-Confirm now")
	p.reads(chat, "Sign-in is blocked")
	p.reads(chat, "Earlier sign-ins do not count any more")
	p.gone("button-Confirm now")
	p.fits("the receipt")
	p.picture("receipt")
	if got := c.step(t, "revoke"); got != "verified" {
		t.Errorf("with a receipt, the end of the sessions is %s", got)
	}
	p.is("hr")
	p.reads(chat, "Sign-in is blocked")
	p.fits("HR's receipt")

	// Tom is told nothing, then or in the weeks that follow.
	p.is("manager")
	p.reads(chat, "Nothing here yet")
	p.picture("leaver")
	p.is("owner")
	p.click("pane-toggle")
	p.directory("Tom Hughes")
	p.reads(pane, "disabled")
	p.picture("directory")
	p.click("tab-clock")
	if _, err := c.clock(t.Context(), "advance", "696h"); err != nil { // 29 of the 30 days that the licence is kept
		t.Fatal(err)
	}
	p.pass(c, "licence:SPB", "verified")
	p.click("pane-toggle")
	p.is("manager")
	p.reads(chat, "Nothing here yet")
	p.readsNot("body", "leaves")
	p.readsNot("body", "Urgent exit")
	// A chat reads the same while it is still being fetched, so the sandbox is asked as well.
	if list, err := c.messages(t.Context(), "manager", "bot", 0, 0); err != nil || len(list) > 0 {
		t.Errorf("whom it is about got %d messages (%v)", len(list), err)
	}
}

// directory shows one person in the directory's pane, as the account is now.
func (p *page) directory(name string) {
	p.Helper()
	p.click("tab-directory")
	shown := `[...document.querySelectorAll('[data-testid="pane"] h3')].some((e) => e.innerText === ` + quote(name) + `)`
	listed := `[...document.querySelectorAll('[data-testid="pane"] td button')].filter((e) => e.innerText === ` + quote(name) + `)`
	p.waits(shown+` || `+listed+`.length > 0`, name+" is in the directory")
	if !ask[bool](p, shown) {
		p.mouse(listed, name)
		p.waits(shown, name+" is shown")
	}
}

// day fills in a date. A browser's own calendar cannot be clicked, so the value is set as the calendar sets it.
func (p *page) day(id, date string) {
	p.Helper()
	found := `[...document.querySelectorAll(` + quote(`[data-testid="`+id+`"]`) + `)].filter((e) => e.offsetParent !== null).at(-1)`
	p.waits(found, id+" is there")
	ask[string](p, `(() => { const e = `+found+`; e.value = `+quote(date)+`;
		for (const kind of ["input", "change"]) e.dispatchEvent(new Event(kind, {bubbles: true}));
		return e.value; })()`)
}
