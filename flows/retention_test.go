package flows

import (
	"testing"
	"time"

	"muster/flows/texts"

	"github.com/google/go-cmp/cmp"
)

// ended is a case of the newcomer that ended so many days ago.
func ended(t *testing.T, id CaseID, days int, change func(*Case)) Case {
	t.Helper()
	c := over(t, change)
	c.ID = id
	c.Kind = map[byte]EventKind{'J': JoinerEvent, 'L': LeaverEvent, 'M': MoverEvent}[id[0]]
	c.Ended.At = monday().AddDate(0, 0, -days)
	return c
}

// TestKeptEnough is who is kept and for how long, with 365 days. Of the cases given, those named are erased.
func TestKeptEnough(t *testing.T) {
	left := func(c *Case) { // the exit happened
		c.State = Done
		c.Plan.Steps = []Step{{Key: exitKey}}
		c.Steps = []StepStatus{{Key: exitKey, State: StepDone}}
	}
	stayed := func(c *Case) { c.State = Done }
	nobody := func(c *Case) { c.Account = "" }
	for name, tt := range map[string]struct {
		cases []Case
		want  []CaseID
	}{
		"came to nothing":               {[]Case{ended(t, "J-2026-0001", 366, nobody)}, []CaseID{"J-2026-0001"}},
		"not long enough":               {[]Case{ended(t, "J-2026-0001", 364, nobody)}, nil},
		"works here":                    {[]Case{ended(t, "J-2026-0001", 4000, stayed)}, nil},
		"was here before Muster":        {[]Case{ended(t, "M-2026-0001", 4000, stayed)}, nil},
		"left":                          {[]Case{ended(t, "J-2026-0001", 900, stayed), ended(t, "L-2026-0001", 366, left)}, []CaseID{"J-2026-0001", "L-2026-0001"}},
		"left lately":                   {[]Case{ended(t, "J-2026-0001", 900, stayed), ended(t, "L-2026-0001", 300, left)}, nil},
		"came back":                     {[]Case{ended(t, "L-2026-0001", 900, left), ended(t, "J-2026-0002", 700, stayed)}, nil},
		"an exit that was taken back":   {[]Case{ended(t, "J-2026-0001", 900, stayed), ended(t, "L-2026-0001", 400, func(c *Case) { left(c); c.Rescinded = &Rescission{} })}, nil},
		"on hold":                       {[]Case{ended(t, "L-2026-0001", 900, func(c *Case) { left(c); c.Event.Hold = "a claim" })}, nil},
		"another case is on hold":       {[]Case{ended(t, "J-2026-0001", 900, stayed), ended(t, "L-2026-0001", 800, func(c *Case) { left(c); c.Event.Hold = "a claim" })}, nil},
		"the hold has ended":            {[]Case{ended(t, "L-2026-0001", 900, func(c *Case) { left(c); c.Event.Hold, c.Event.HoldUntil = "a claim", DateOf(monday()) })}, []CaseID{"L-2026-0001"}},
		"a case is open":                {[]Case{ended(t, "L-2026-0001", 900, left), func() Case { c := fold(t); c.Account = newcomer.ID; return c }()}, nil},
		"one of the same name begins":   {[]Case{ended(t, "L-2026-0001", 900, left), fold(t)}, nil},
		"a rehire from another account": {[]Case{ended(t, "L-2026-0001", 900, left), ended(t, "J-2027-0009", 10, func(c *Case) { c.State, c.Account, c.Event.Former = Done, stan.ID, newcomer.ID })}, nil},
		"another person's open case": {[]Case{ended(t, "L-2026-0001", 900, left), func() Case {
			c := fold(t)
			c.Event.Given, c.Account, c.Plan.Account.UPN = "Zoe", stan.ID, stan.UPN
			return c
		}()}, []CaseID{"L-2026-0001"}},
		"an open case that points to it": {[]Case{ended(t, "L-2026-0001", 900, left), func() Case {
			c := fold(t)
			c.Event.Given, c.Account, c.Plan.Account.UPN, c.EndOf = "Zoe", stan.ID, stan.UPN, "L-2026-0001"
			return c
		}()}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := keptEnough(texts.Language{}, tt.cases, monday().AddDate(0, 0, -365), DateOf(monday()))
			if err != nil {
				t.Fatal(err)
			}
			var ids []CaseID
			for _, c := range got {
				ids = append(ids, c.ID)
			}
			if diff := cmp.Diff(tt.want, ids); diff != "" {
				t.Errorf("erased (-want +got):\n%s", diff)
			}
		})
	}
}

// TestCovers holds for every kind what an erasure of each sort may take.
func TestCovers(t *testing.T) {
	at := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	for _, b := range everyKind(t) {
		k := b.Kind()
		for name, tt := range map[string]struct {
			because   Body
			stream    CaseID
			want, any bool
		}{
			"old talk":               {TalkExpired{Before: at.Add(1)}, "", Chat(k), true},
			"talk of today":          {TalkExpired{Before: at}, "", false, true},
			"a person's case":        {PersonErased{}, "J-2026-0001", true, true},
			"a person, elsewhere":    {PersonErased{}, "", Chat(k), true},
			"a person, in a review":  {PersonErased{}, "V-2026-11", Chat(k), true},
			"an old case":            {KeptEnough{Rule: KeepCases}, "J-2026-0001", true, true},
			"an old case, elsewhere": {KeptEnough{Rule: KeepCases}, "", false, true},
			"an old case's review":   {KeptEnough{Rule: KeepCases}, "V-2026-11", false, true},
			"an old review":          {KeptEnough{Rule: KeepReviews}, "V-2026-11", true, true},
			"an old review's case":   {KeptEnough{Rule: KeepReviews}, "J-2026-0001", false, true},
			"what erases nothing":    {Heard{}, "J-2026-0001", false, false},
		} {
			if got := Covers(tt.because, k, tt.stream, at); got != tt.want {
				t.Errorf("%s may take %s: %v, want %v", name, k, got, tt.want)
			}
			if _, ok := Erases(tt.because); ok != tt.any {
				t.Errorf("%s erases: %v, want %v", name, ok, tt.any)
			}
		}
	}
}
