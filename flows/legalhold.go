package flows

import "muster/flows/texts"

// Data that must be kept although somebody leaves (edge case 20): a court, an authority or a claim wants them. HR says so with the exit; no
// licence is taken back and the account is not offered for deletion while it stands, because the mailbox and the files go with them.

// maxHold is how long the reason of a hold may be: it stands in warnings and on cards.
const maxHold = 200

// checkHold says what is wrong with a hold.
func checkHold(lang texts.Language, e PeopleEvent, today Date, say func(field, text string)) {
	if n := length(e.Hold); n > maxHold {
		say("hold", lang.Say("Write at most %d characters; this is %d.", maxHold, n))
	}
	if e.HoldUntil == "" {
		return
	}
	if e.Hold == "" {
		say("hold", lang.Say("Write why the data are kept, such as a legal claim, or clear the day below."))
	}
	_, err := ParseDate(lang, string(e.HoldUntil))
	switch {
	case err != nil:
		say("hold_until", lang.Say("This is not a date. Write it like 2027-06-30, or leave it empty."))
	case !today.Before(e.HoldUntil):
		say("hold_until", lang.Say("%s has come already. Choose a later day, or leave it empty.", e.HoldUntil.Say(lang)))
	case !e.Urgent && e.LastDay != "" && e.HoldUntil.Before(e.LastDay):
		say("hold_until", lang.Say("The hold would be looked at before the last day. Choose a later day, or leave it empty."))
	case today.AddDays(farthestReserve).Before(e.HoldUntil):
		say("hold_until", lang.Say("That is more than ten years away. Check the year."))
	}
}

// holdPhrase is how many words say that data must be kept, and how it is called; denied when they say that they need not. "Hold" alone is said
// of people who wait.
func holdPhrase(lang texts.Language, ws []word) (n int, name string, denied bool) {
	for n < len(ws) && n < 4 && isAny(ws[n:], "is", "put", "on", "under", "with", "subject", "to", "a", "no", "not", "without", "any") && !ws[n].gap {
		denied = denied || isAny(ws[n:], "no", "not", "without")
		n++
	}
	if isAny(ws[n:], "legal", "litigation", "preservation") && begins(ws[n+1:], []string{"hold"}) && !ws[n].gap {
		return n + 2, lang.Say("%s hold", capital(ws[n].low)), denied
	}
	return 0, "", false
}

// holdAt takes a hold that the words begin with, and says how many words it took. One that is denied is left for HR to read.
func (r *leaverReader) holdAt(lang texts.Language, ws []word) int {
	n, name, denied := holdPhrase(lang, ws)
	switch {
	case n == 0:
		return 0
	case denied:
		r.rest(ws[:n])
		return n
	}
	r.out.Hold = name
	if ws[n-1].gap || !isAny(ws[n:], "until", "till", "to") {
		return n
	}
	n++
	got := r.dates.read(lang, ws[n:])
	if got.words == 0 || got.date == "" {
		r.doubt("hold_until", lang.Say("%s", orElse(got.doubt, lang.Say("I could not read until when the data are kept. Choose the day, or leave it empty."))))
		end := n
		for end < len(ws) && (end == n || !ws[end-1].gap) {
			end++
		}
		r.rest(ws[n:end])
		return end
	}
	r.out.HoldUntil = got.date
	if got.doubt != "" {
		r.doubt("hold_until", lang.Say("%s", got.doubt))
	}
	return n + got.words
}
