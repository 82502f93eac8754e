package service_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"muster/flows"
	"muster/store/evidence"
)

// shelf is a place where checkpoints are left, or which takes nothing.
type shelf struct {
	mu      sync.Mutex
	left    []flows.Head
	last    []flows.Published
	refuses error
}

func (s *shelf) Leave(_ context.Context, h flows.Head, last flows.Published) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuses != nil {
		return "", s.refuses
	}
	s.left, s.last = append(s.left, h), append(s.last, last)
	return "", nil
}

func (s *shelf) refuse(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuses = err
}

// TestCheckpointsLeaveEverywhere leaves checkpoints at two places beside the owners' channel, of which one takes nothing for some days: the others
// have theirs each day, IT hears of it, and when the place is mended it gets the newest.
func TestCheckpointsLeaveEverywhere(t *testing.T) {
	good, bad := &shelf{}, &shelf{refuses: &flows.Error{Code: flows.Unavailable, Say: "It does not answer."}}
	story(t, setting{sinks: map[string]flows.Sink{"file": good, "witness-one": bad}}, func(t *testing.T, w *world) {
		for _, day := range []string{"2026-11-24 09:00", "2026-11-25 09:00", "2026-11-26 09:00"} {
			w.say("hr", "help")
			w.walk(day)
		}
		if len(good.left) != 3 || len(bad.left) != 0 || len(w.checkpoints()) != 3 {
			t.Errorf("left: %d at one place, %d at the other, %d in the channel", len(good.left), len(bad.left), len(w.checkpoints()))
		}
		key := w.alive().svc.Store.PublicKey()
		for i, h := range good.left {
			c, err := evidence.OpenCheckpoint([]byte(h.Note), key)
			if err != nil || c.Size != h.Size || i > 0 && (h.Size <= good.left[i-1].Size || good.last[i].Head.Size != good.left[i-1].Size) {
				t.Errorf("the checkpoint of day %d: %+v, after one of %d (%v)", i+1, c, good.last[i].Head.Size, err)
			}
		}
		told := w.shown("it", "it", 20)
		if n := strings.Count(told, "do not reach witness-one"); n != 1 {
			t.Errorf("IT is told %d times:\n%s", n, told)
		}
		bad.refuse(nil)
		w.walk("2026-11-27 09:00")
		w.mustSee("it", "it", "The checkpoints of the evidence reach ")
		if n := len(good.left); len(bad.left) == 0 || bad.left[len(bad.left)-1].Size != good.left[n-1].Size {
			t.Errorf("the mended place has %+v, the other %d", bad.left, n)
		}
		w.verify()
	})
}
