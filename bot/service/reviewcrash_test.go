package service_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"muster/flows"
)

// TestReviewCrashEverywhere tells the first of the month with a process that dies at every commit and at every call to Teams and Microsoft 365
// from the making of the review to its signature: there is one review, one signature with every word, and the card says so.
func TestReviewCrashEverywhere(t *testing.T) {
	count := &fate{}
	story(t, setting{policy: []byte(compact), fate: count, workers: 1, reviews: true}, func(t *testing.T, w *world) { w.signMonth(count) })
	if t.Failed() {
		return
	}
	_, points := count.stay()
	everywhere(t, points, anyMoment, func(t *testing.T, f *fate) (died bool) {
		story(t, setting{policy: []byte(compact), fate: f, workers: 1, reviews: true}, func(t *testing.T, w *world) {
			w.signMonth(f)
			died, _ = f.stay()
		})
		return died
	})
}

// signMonth plays a joiner that was approved within seconds, and its month's review; people who get no answer look at the card again.
func (w *world) signMonth(f *fate) {
	w.t.Helper()
	f.stay()
	w.announce()
	w.press("manager", "bot", "Approve", inputs{"items": []string{"group:Sales"}})
	w.walk("2026-11-30 18:00")
	f.begin()
	w.walk("2026-12-01 09:05")
	for range 12 {
		if m, ok := w.card("owner", "bot", "1 thing needs a word", "Sign off"); ok {
			w.pressed(map[string]any{"as": "owner", "message": m.ID, "button": "Sign off", "inputs": w.words(m, "Seen.")})
		}
		w.settle()
		if len(w.signatures("2026-11")) > 0 {
			break
		}
		w.advance(10 * time.Minute)
	}
	w.advance(10 * time.Minute)
	made, worded := 0, 0
	for _, r := range w.reviewLog("2026-11") {
		switch r.Entry.Body.(type) {
		case flows.ReviewMade:
			made++
		case flows.ReviewWorded:
			worded++
		}
	}
	if got := w.signatures("2026-11"); made != 1 || worded != 1 || len(got) != 1 || len(got[0].Words) != 1 || got[0].Words[0].Text != "Seen." || !got[0].Only {
		w.t.Errorf("%d reviews, %d times words, signatures %+v", made, worded, got)
	}
	cards := 0
	for _, m := range w.chat("owner", "bot") {
		if s := written(m.Card); strings.Contains(s, "Review of November 2026") {
			cards++
			if !strings.Contains(s, "Signed off") && !slices.Contains(titles(m.Card), "Sign off") {
				w.t.Errorf("the card says\n%s", s)
			}
		}
	}
	if cards < 1 || cards > 2 || !w.saw("owner", "bot", "Signed off") {
		w.t.Errorf("%d cards:\n%s", cards, w.shown("owner", "bot", 3))
	}
	f.stay()
	w.verify()
}
