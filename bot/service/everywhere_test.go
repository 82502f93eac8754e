package service_test

import (
	"fmt"
	"os"
	"strconv"
	"sync/atomic"
	"testing"
	"time"
)

// deaths is the variable of the environment that says how many ways a crash loop takes: "all" takes both ways of every moment, a whole number
// takes before and after in turns and begins accordingly. Without it the day of the year is that number, so that two days in a row take all.
const deaths = "MUSTER_DEATHS"

// everywhere lets the process die at every moment of some kinds that was counted in a life without a death, before what it did took effect or
// after, each in a life of its own. It fails when the process outlives the moment too often: a loop that kills nobody shows nothing.
func everywhere(t *testing.T, points map[point]int, kinds []point, live func(t *testing.T, f *fate) (died bool)) {
	t.Helper()
	all, turn := deathsOf(t)
	lives := 0
	var undying atomic.Int32
	t.Run("lives", func(t *testing.T) {
		for _, k := range kinds {
			began := lives
			for n := 1; n <= points[k]; n++ {
				for _, when := range waysOf(k, n, all, turn) {
					lives++
					t.Run(fmt.Sprintf("%s %d %s", k, n, when), func(t *testing.T) {
						t.Parallel()
						if !live(t, &fate{at: k, n: n, when: when}) {
							undying.Add(1)
						}
					})
				}
			}
			t.Logf("%d moments of the kind %s, %d lives", points[k], k, lives-began)
		}
	})
	// Two commits at the same moment are sometimes one, a card that changes twice is sometimes sent once, and an urgent exit has a runner of its
	// own beside the usual one: the last moments may not come, a fifth of them at worst.
	n := int(undying.Load())
	t.Logf("the process died in %d lives of %d", lives-n, lives)
	if n > lives/2 {
		t.Errorf("in %d of %d lives the process never died", n, lives)
	}
}

// deathsOf reads the variable. The number is in the log, because with it a run can be repeated.
func deathsOf(t *testing.T) (all bool, turn int) {
	t.Helper()
	s := os.Getenv(deaths)
	if s == "all" {
		return true, 0
	}
	turn = time.Now().YearDay()
	if s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatalf("%s is %q, want all or a whole number", deaths, s)
		}
		turn = n
	}
	t.Logf("before and after in turns; %s=%d repeats this, %s=all takes both", deaths, turn%2, deaths)
	return false, turn
}

// waysOf are the ways to die at the n-th moment of a kind. A write to the directory is taken both ways always: they are few and matter most.
func waysOf(k point, n int, all bool, turn int) []moment {
	switch {
	case k == graphReads:
		return []moment{before} // a read whose answer was lost leaves the same world as one that never went out
	case all, k == graphWrites:
		return []moment{before, after}
	case (n+turn)%2 == 0:
		return []moment{after}
	}
	return []moment{before}
}

// anyMoment are all kinds of moments.
var anyMoment = []point{commits, graphReads, graphWrites, teamsCalls}

func (m moment) String() string {
	switch m {
	case before:
		return "before"
	case after:
		return "after"
	}
	return "never"
}
