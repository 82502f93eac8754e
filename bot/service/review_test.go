package service_test

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"muster/bot/sandbox"
	"muster/cards"
	"muster/flows"
)

// reviewLog are the entries of a month's review.
func (w *world) reviewLog(m flows.Month) []flows.Record {
	w.t.Helper()
	recs, err := w.alive().svc.Store.Records(w.t.Context(), m.Stream())
	if err != nil {
		w.t.Fatal(err)
	}
	return recs
}

// signatures are what stands under a month.
func (w *world) signatures(m flows.Month) []flows.ReviewSigned {
	w.t.Helper()
	var out []flows.ReviewSigned
	for _, r := range w.reviewLog(m) {
		if b, ok := r.Entry.Body.(flows.ReviewSigned); ok {
			out = append(out, b)
		}
	}
	return out
}

// words fills in every box on a card.
func (w *world) words(m message, text string) inputs {
	in := inputs{}
	cards.Walk(m.Card, func(n map[string]any) {
		if id, ok := n["id"].(string); ok && strings.HasPrefix(id, flows.WordInput) {
			in[id] = text
		}
	})
	return in
}

// TestMonthlyReview is a month in which much was unusual: on the first working day after it the owners have it, each answers what they had no
// part in, those who do not are reminded in working time, and one of them signs. What belongs to the month and is told later comes as a
// supplement.
func TestMonthlyReview(t *testing.T) {
	story(t, setting{reviews: true}, func(t *testing.T, w *world) {
		w.announce()
		w.press("manager", "bot", "Approve", inputs{"items": []string{"group:Sales", "team:Sales Team"}}) // within the second
		w.announceExit("urgent leaver Stan Doyle", nil)
		w.advance(4 * time.Minute)
		w.press("owner", "bot", "Confirm now", nil)
		w.announceExit("leaver Callum Frost, last day 20 November 2026 at 17:00", nil) // three days late
		w.say("owner2", "pause Payroll sends a wrong list.")
		w.advance(time.Hour)
		w.say("owner2", "resume")
		w.say("owner", "review this month")
		w.mustSee("owner", "bot", "November 2026 so far:")

		w.walk("2026-12-01 08:59")
		if w.saw("owner", "bot", "need a word.") {
			t.Error("the review came before work began")
		}
		w.walk("2026-12-01 09:05")
		w.mustSee("owner", "owners", "The review of November 2026 is ready. Each owner has it in their own chat with me.")
		for _, as := range []string{"owner", "owner2"} {
			for _, words := range []string{"November 2026: 4 things need a word.", "Urgent:", "Back-dated:", "Within seconds:", "Paused:", "Another owner answers this, because you had a part in it."} {
				w.mustSee(as, "bot", words)
			}
		}
		for _, as := range []string{"hr", "manager", "it"} {
			w.say(as, "review November")
			w.mustSee(as, "bot", "The monthly review is for owners.")
		}

		m, _ := w.card("owner", "bot", "4 things need a word", "Save these words")
		in := w.words(m, "Seen with HR; it is all right.")
		if len(in) == 0 {
			t.Fatalf("no box on %s", m.Card)
		}
		if a := w.pressOn("owner", m.ID, "Save these words", in); !a.card() {
			t.Errorf("saved: %s", a.says())
		}
		w.walk("2026-12-03 10:00")
		w.mustSee("owner2", "bot", "The review of November 2026 still waits for you:")
		if w.saw("owner", "bot", "still waits for you") {
			t.Error("who has nothing left to do is reminded")
		}
		if a := w.press("owner2", "bot", "Sign off", nil); !strings.Contains(a.says(), "1 line still needs a word from you") {
			t.Errorf("signed with a line without a word: %s", a.says())
		}
		m, _ = w.card("owner2", "bot", "4 things need a word", "Sign off")
		w.pressOn("owner2", m.ID, "Sign off", w.words(m, "Looked at it with IT."))
		for _, as := range []string{"owner", "owner2"} {
			w.mustSee(as, "bot", "Signed off")
			if _, ok := w.card(as, "bot", "4 things need a word", "Sign off"); ok {
				t.Errorf("%s may still sign", as)
			}
		}
		signed := w.signatures("2026-11")
		if len(signed) != 1 || len(signed[0].Words) != 4 || signed[0].By.Name != "Oscar Lind" || signed[0].Only {
			t.Fatalf("signed: %+v", signed)
		}
		for _, word := range signed[0].Words {
			if word.Alone || word.Text == "" {
				t.Errorf("word %+v", word)
			}
		}
		w.press("owner2", "bot", "Send me the files", nil)
		w.allowed("owner2", "review-2026-11.pdf", "%PDF-")
		w.say("owner2", "review November as spreadsheet")
		w.allowed("owner2", "review-2026-11.xlsx", "PK")
		w.say("hr", "review November pdf")
		w.mustSee("hr", "bot", "The monthly review is for owners.")
		heard := len(w.chat("owner2", "bot"))
		w.walk("2026-12-09 10:00")
		if n := len(w.chat("owner2", "bot")); n != heard {
			t.Errorf("after the signature owner2 got %s", w.shown("owner2", "bot", n-heard))
		}

		w.announceExit("leaver Nadia Brook, last day 27 November 2026 at 17:00", nil)
		w.walk("2027-01-04 09:30")
		for _, words := range []string{"November 2026 has got another event since its review", "December 2026: "} {
			w.mustSee("owner", "bot", words)
		}
		if got := w.signatures("2026-11"); len(got) != 1 || got[0].Hash != signed[0].Hash {
			t.Errorf("what was signed changed: %+v", got)
		}
		w.verify()
	})
}

// allowed lets a file into somebody's OneDrive and looks how it begins.
func (w *world) allowed(as, name, begins string) {
	w.t.Helper()
	var list []asked
	w.call("GET", "/sandbox/messages?as="+as+"&chat=bot", nil, &list)
	for _, m := range list {
		if m.Asks != nil && m.Asks.Name == name && m.Asks.Answered == "" {
			w.pressOn(as, m.ID, "Allow", nil)
			break
		}
	}
	for _, f := range w.drive(as) {
		if f.Name == name && strings.HasPrefix(string(w.download(f)), begins) {
			return
		}
	}
	w.t.Errorf("%s has no %s: %+v", as, name, w.drive(as))
}

// TestReviewOfALeavingOwner is a review in a month in which an owner's exit is under way: they get the rest, sign it, and learn nothing; the
// other owner is asked for the whole.
func TestReviewOfALeavingOwner(t *testing.T) {
	story(t, setting{reviews: true}, func(t *testing.T, w *world) {
		w.announce()
		w.press("manager", "bot", "Approve", inputs{"items": []string{"group:Sales"}})
		w.announceExit("leaver Olivia Grant, last day 18 December 2026 at 17:00", nil)
		w.walk("2026-11-28 12:00")
		w.announceExit("leaver Callum Frost, last day 18 December 2026 at 17:00", nil)
		w.walk("2026-12-01 09:05")
		before := len(w.chat("owner", "bot"))
		w.mustSee("owner", "bot", "November 2026: ")
		w.mustSee("owner2", "bot", "November 2026: ")
		lines := func(as string) string {
			for i := len(w.chat(as, "bot")) - 1; i >= 0; i-- {
				if s := written(w.chat(as, "bot")[i].Card); strings.Contains(s, "Review of November 2026") {
					return s
				}
			}
			return ""
		}
		if s := lines("owner"); strings.Contains(s, "Olivia") || strings.Contains(s, "2 announced") || !strings.Contains(s, "1 announced") {
			t.Errorf("the leaving owner reads\n%s", s)
		}
		if s := lines("owner2"); !strings.Contains(s, "2 announced") {
			t.Errorf("the other owner reads\n%s", s)
		}
		w.say("owner", "review this month")
		if s := w.shown("owner", "bot", 1); strings.Contains(s, "Olivia") {
			t.Errorf("so far the leaving owner reads %s", s)
		}
		m, ok := w.card("owner", "bot", "November 2026: ", "Sign off")
		if !ok {
			t.Fatalf("the leaving owner cannot sign:\n%s", w.shown("owner", "bot", len(w.chat("owner", "bot"))-before+2))
		}
		w.pressOn("owner", m.ID, "Sign off", w.words(m, "fine"))
		if s := lines("owner"); !strings.Contains(s, "Signed off") {
			t.Errorf("after signing the leaving owner reads\n%s", s)
		}
		m, ok = w.card("owner2", "bot", "November 2026: ", "Sign off")
		if !ok {
			t.Fatalf("the other owner is not asked any more:\n%s", w.shown("owner2", "bot", 2))
		}
		w.pressOn("owner2", m.ID, "Sign off", w.words(m, "fine"))
		if got := w.signatures("2026-11"); len(got) != 2 || got[0].Hash == got[1].Hash {
			t.Errorf("signatures %+v", got)
		}
		w.walk("2026-12-08 12:00")
		for _, as := range []string{"owner", "owner2"} {
			if w.saw(as, "bot", "still waits for you") {
				t.Errorf("%s is reminded of what is signed", as)
			}
		}
		w.verify()
	})
}

// TestReviewForALaterOwner is somebody who becomes an owner when the review of a month is out in which their own exit is. Nothing they are
// shown, asked, reminded of or sent has it, and what they sign is theirs.
func TestReviewForALaterOwner(t *testing.T) {
	const owners = "people: [olivia.grant@larkfield.example, oscar.lind@larkfield.example]"
	policy := strings.Replace(string(sandbox.DefaultPolicy), owners, "people: [olivia.grant@larkfield.example]\n    groups: [Wiki Editors]", 1)
	story(t, setting{reviews: true, policy: []byte(policy)}, func(t *testing.T, w *world) {
		w.announce()
		w.press("manager", "bot", "Approve", inputs{"items": []string{"group:Sales"}})
		w.announceExit("urgent leaver Oscar Lind", nil) // nobody confirms it
		w.announceExit("urgent leaver Callum Frost", nil)
		w.walk("2026-12-01 09:05")
		w.mustSee("owner", "bot", "November 2026: 3 things need a word.")
		w.into("Wiki Editors", "oscar.lind@larkfield.example")
		w.advance(time.Hour)
		before := len(w.chat("owner2", "bot"))
		w.say("owner2", "review November")
		w.walk("2026-12-03 10:00") // the reminder brings a card of its own
		w.press("owner2", "bot", "Send me the files", nil)
		w.allowed("owner2", "review-2026-11.pdf", "%PDF-")
		w.allowed("owner2", "review-2026-11.xlsx", "PK")
		for _, f := range w.drive("owner2") {
			if !strings.HasSuffix(f.Name, ".xlsx") {
				continue // the PDF is drawn from the same view
			}
			if text := unpacked(t, w.download(f)); strings.Contains(text, "Oscar goes") || strings.Contains(text, "L-2026-0001") || !strings.Contains(text, "L-2026-0002") {
				t.Errorf("%s has\n%s", f.Name, text)
			}
		}
		m, ok := w.card("owner2", "bot", "November 2026: 2 things need a word.", "Sign off")
		if !ok {
			t.Fatalf("they cannot sign:\n%s", w.shown("owner2", "bot", 3))
		}
		w.pressOn("owner2", m.ID, "Sign off", w.words(m, "Seen."))
		if m, ok = w.card("owner", "bot", "November 2026: 3 things need a word.", "Sign off"); !ok {
			t.Fatalf("the first owner is not asked any more:\n%s", w.shown("owner", "bot", 3))
		}
		w.pressOn("owner", m.ID, "Sign off", w.words(m, "Oscar goes, and that is all right."))
		if got := w.signatures("2026-11"); len(got) != 2 || got[0].Hash == got[1].Hash {
			t.Errorf("signatures %+v", got)
		}
		w.say("owner2", "review November")
		shown := w.shown("owner2", "bot", len(w.chat("owner2", "bot"))-before)
		if !strings.Contains(shown, "L-2026-0002") || !strings.Contains(shown, "1 announced") {
			t.Errorf("they are shown nothing:\n%s", shown)
		}
		for _, words := range []string{"L-2026-0001", "Oscar goes", "2 announced", "Oscar Lind  "} {
			if strings.Contains(shown, words) {
				t.Errorf("%q is in\n%s", words, shown)
			}
		}
		parted := 0
		for _, r := range w.reviewLog("2026-11") {
			if b, ok := r.Entry.Body.(flows.ReviewParted); ok && len(b.Apart.Without) == 1 {
				parted++
			}
		}
		if parted != 1 {
			t.Errorf("the part was written down %d times", parted)
		}
		w.verify()
	})
}

// unpacked is all that is written in the files of a zip.
func unpacked(t *testing.T, b []byte) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(&out, r); err != nil {
			t.Fatal(err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}
