package service_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/flows"
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

// TestStartsPutNothingOff is a process that starts again when the day's checkpoint, and the night's look for what was kept long enough, should
// have been done: they are due still, however often it starts, and nothing is published yet that would say so.
func TestStartsPutNothingOff(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		svc := w.alive().svc
		due := func() map[string]string {
			t.Helper()
			all, err := svc.Store.Due(t.Context(), w.clock.Now().AddDate(0, 0, 7), 1000, nil)
			if err != nil {
				t.Fatal(err)
			}
			out := map[string]string{}
			for _, er := range all {
				if er.Kind == flows.CheckpointErrand || er.Kind == flows.ExpireErrand {
					out[er.Kind] = er.Due.In(london).Format("2006-01-02 15:04")
				}
			}
			return out
		}
		want := map[string]string{flows.CheckpointErrand: "2026-11-23 16:30", flows.ExpireErrand: "2026-11-24 03:30"}
		for _, at := range []string{"2026-11-23 09:00", "2026-11-23 16:31", "2026-11-24 03:31", "2026-11-25 12:00"} {
			now, err := time.ParseInLocation("2006-01-02 15:04", at, london)
			if err != nil {
				t.Fatal(err)
			}
			e := svc.Engine
			late := flows.Engine{Store: e.Store, Policy: e.Policy, Notary: e.Notary, Eraser: e.Eraser, Now: func() time.Time { return now }}
			if err := late.Begin(t.Context()); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, due()); diff != "" {
				t.Errorf("a start at %s (-want +got):\n%s", at, diff)
			}
		}
		w.walk("2026-11-23 16:31")
		if n := len(w.checkpoints()); n != 1 {
			t.Errorf("%d checkpoints", n)
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
