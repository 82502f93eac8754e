package cards

import (
	"testing"

	"muster/flows"
)

// BenchmarkCard draws the cards that are drawn most, of a case with everything on it.
func BenchmarkCard(b *testing.B) {
	open, done := raise(b, exampleEvent(), examplePlan(b)), morning(b)
	now := atLondon(b, "2027-01-05 09:00:00")
	slot := func(s *play, card flows.CardName, to flows.Recipient) func() Card {
		return func() Card {
			c, err := Slot(spoken, s.c, flows.Slot{Case: s.c.ID, Card: card, To: to}, now)
			if err != nil {
				b.Fatal(err)
			}
			return c
		}
	}
	for name, draw := range map[string]func() Card{
		"approval": slot(open, flows.CardApproval, to(tom)),
		"progress": slot(done, flows.CardProgress, to(hannah)),
		"timeline": func() Card { return Timeline(spoken, done.c, done.recs) },
		"help":     func() Card { return Help(spoken, flows.Roles{flows.HR: true}, false) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			size := 0
			for b.Loop() {
				size = len(draw())
			}
			b.ReportMetric(float64(size), "card-bytes")
		})
	}
}
