package kill

import (
	"context"
	"testing"
	"time"

	"muster/flows"
	"muster/store"
)

// TestClockWentBack starts the bot on a store whose last entries, turns and checkpoint are of later than now, which is all that a bot sees of a
// clock that was put back while it was dead: the case goes on, new ones begin and end, and the evidence verifies as it stands.
func TestClockWentBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 94, "")
	people := newCrowd(w)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	w.begun()
	people.say(ctx, "hr", starter(0, time.Now()).sentence, "Probe Numbera")
	for _, verb := range []string{flows.VerbCheck, flows.VerbConfirm} {
		if got := w.presses(ctx, "hr", w.offered(ctx, "hr", verb)); !got.taken() {
			t.Fatalf("%s: %+v", verb, got)
		}
	}
	w.offered(ctx, "manager", flows.VerbApprove)
	w.kill()

	ahead := time.Now().Add(26 * time.Hour)
	w.openAt(func() time.Time { return ahead }, func(st *store.Store) error {
		all, err := st.Cases(ctx, "open")
		if err != nil {
			return err
		}
		for _, c := range all {
			if err := st.Commit(ctx, flows.Change{
				Case: c.ID, From: c.Version, Turn: "a turn of tomorrow", Entries: []flows.Entry{
					{Case: c.ID, At: ahead, By: "x", Body: flows.Heard{Activity: "of tomorrow", Text: "status"}},
					{Case: c.ID, At: ahead, Body: flows.Reminded{Of: "approval", Next: ahead.Add(8 * time.Hour)}},
				},
			}); err != nil {
				return err
			}
		}
		_, err = st.Checkpoint(ctx)
		return err
	})

	w.begun()
	go people.live(ctx)
	second := starter(1, time.Now())
	people.say(ctx, "hr2", second.sentence, second.name)
	w.offered(ctx, "manager2", flows.VerbApprove)
	if !w.inPeace(2) {
		t.Error("the cases do not end")
	}
	cancel()
	c := w.read()
	c.ended(true, []news{starter(0, time.Now()), second, {}, {}})
	c.nothingLost(people)
	c.nothingTwice(1)
	c.verified()
	back := false
	for i := 1; i < len(c.records); i++ {
		back = back || c.records[i].Entry.At.Before(c.records[i-1].Entry.At.Add(-25*time.Hour))
	}
	if len(c.cases) != 2 || !back {
		t.Errorf("%d cases, the log's time goes back: %t", len(c.cases), back)
	}
}
