package flows

import (
	"testing"
	"time"
)

// joiner is what happens to a case from HR's confirmation to its last step, in order.
func joiner(t testing.TB) []Entry {
	t.Helper()
	c := settled(t)
	at := func(n int, b Body) Entry {
		return Entry{Case: c.ID, At: monday().Add(time.Duration(n) * time.Minute), Body: b}
	}
	all := []Entry{raised(t, nil)}
	for _, b := range []Body{
		approval(fold(t), "group:Sales", "team:Sales Team", "group:CRM Users", elevatedKey),
		SignedOff{Step: elevatedKey, Plan: c.May, By: aisha, OK: true},
	} {
		all = append(all, at(len(all), b))
	}
	for _, s := range c.Plan.Steps {
		all = append(all, at(len(all), Heard{Text: "status"}), at(len(all)+1, StepStarted{Step: s.Key, Before: "not there"}), at(len(all)+2, StepVerified{Step: s.Key, After: "there"}))
	}
	return all
}

// BenchmarkFold folds a whole joiner from its entries.
func BenchmarkFold(b *testing.B) {
	all := joiner(b)
	b.ReportAllocs()
	for b.Loop() {
		var c Case
		var err error
		for _, e := range all {
			if c, err = c.Apply(e); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(len(all)), "entries")
}

// BenchmarkReadCommand reads what people write most.
func BenchmarkReadCommand(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if c := ReadCommand("what is the status of J-2026-0042, please"); c.Case == "" {
			b.Fatal("the reference was not found")
		}
	}
}
