package service_test

import (
	"errors"
	"strings"
	"testing"

	"muster/store"
	"muster/store/evidence"
)

// checkpoints are the notes that stand in the owners' channel, as anybody may copy them out of it.
func (w *world) checkpoints() [][]byte {
	w.t.Helper()
	var out [][]byte
	for _, m := range w.chat("owner", "owners") {
		if _, note, ok := strings.Cut(m.Text, "\n\nmuster-log/"); ok {
			out = append(out, []byte("muster-log/"+note))
		}
	}
	return out
}

// TestCheckpointsLeave posts the signed state of the log to the owners' channel each working day, and holds the store against what was
// posted.
func TestCheckpointsLeave(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.walk("2026-11-23 16:29")
		if n := len(w.checkpoints()); n != 0 {
			t.Fatalf("%d checkpoints before their time", n)
		}
		w.say("hr", "new starter Priya Patel, Account Manager, starts 5 January, reports to Tom Hughes")
		w.walk("2026-11-23 16:31")
		w.mustSee("owner", "owners", "Evidence: ")
		w.walk("2026-11-30 09:00") // over a weekend
		all := w.checkpoints()
		if len(all) != 5 {
			t.Fatalf("%d checkpoints in five working days:\n%s", len(all), w.shown("owner", "owners", 9))
		}
		w.say("owner", "status")
		w.mustSee("owner", "bot", "were signed and sent to the owners' channel, Fri 27 Nov")
		key := w.alive().svc.Store.PublicKey()
		w.stop()
		db := w.disk.open()
		r, err := store.Verify(t.Context(), db, store.Expect{Dir: w.dir, Key: key, Checkpoints: all})
		if err := errors.Join(err, db.Close()); err != nil {
			t.Error(err)
		}
		last, err := evidence.OpenCheckpoint(all[4], key)
		if err != nil || last.Size > r.Entries || len(r.Published) != 1 || r.Published[0].Head.Size != last.Size {
			t.Errorf("the last one covers %d of %d entries, the store says %+v (%v)", last.Size, r.Entries, r.Published, err)
		}
	})
}

// TestChannelOfOwnersIsGone is the place that takes nothing: IT hears of it once, and when it is mended.
func TestChannelOfOwnersIsGone(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.walk("2026-11-23 16:00")
		w.fault("teams", "down", "^POST /v3/conversations$", 1)
		w.fault("teams", "down", "owners", 0)
		w.walk("2026-11-25 12:00")
		told := 0
		w.mend()
		w.walk("2026-11-26 12:00")
		for _, m := range w.chat("it", "it") {
			if strings.Contains(m.Text, "The checkpoints of the evidence do not reach the owners' channel") {
				told++
			}
		}
		if told != 1 {
			t.Errorf("IT was told %d times:\n%s", told, w.shown("it", "it", 5))
		}
		w.mustSee("it", "it", "reach the owners' channel again")
		if len(w.checkpoints()) == 0 {
			t.Error("nothing was posted afterwards")
		}
	})
}
