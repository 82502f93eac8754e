package bot

import (
	"fmt"
	"testing"
	"time"
)

func TestFlood(t *testing.T) {
	var f flood
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	count := func(who string, n int) (taken, told int) {
		for range n {
			ok, tell := f.takes(who, usualFlood, now)
			if ok {
				taken++
			}
			if tell {
				told++
			}
		}
		return taken, told
	}
	if taken, told := count("stan", 3000); taken != usualFlood || told != 1 {
		t.Errorf("of a flood %d were taken, and it was told %d times", taken, told)
	}
	if taken, told := count("hannah", 20); taken != 20 || told != 0 {
		t.Errorf("of somebody else %d of 20 were taken", taken)
	}
	now = now.Add(10 * calmAfter)
	if taken, told := count("stan", 100); taken != 10 || told != 0 {
		t.Errorf("a little later %d were taken, and it was told %d times", taken, told)
	}
	now = now.Add(2 * usualFlood * calmAfter)
	if taken, told := count("stan", 200); taken != usualFlood || told != 1 {
		t.Errorf("much later %d were taken, and it was told %d times", taken, told)
	}
	now = now.Add(-time.Hour) // a clock that is set back gives nothing and takes nothing
	if taken, _ := count("stan", 10); taken != 0 {
		t.Errorf("with the clock set back %d were taken", taken)
	}
	now = now.Add(24 * time.Hour)
	for i := range 3 * floodKnown {
		count(fmt.Sprint(i), 1)
	}
	if n := len(f.people); n > floodKnown {
		t.Errorf("%d people are remembered", n)
	}
}
