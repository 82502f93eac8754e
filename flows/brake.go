package flows

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// The brakes keep a mistake small, be it HR's, the policy's or an attacker's: how many cases one person may confirm in a day, and how many
// people may lose their sign-in in an hour, and in a day as a share of the staff; accounts that are deleted and people whose devices are
// wiped are held to the same numbers, each counted for itself. The first refuses; the others pause everything until an
// owner has looked.

// What is remembered for the brakes, each under its own key so that nothing is counted twice.
const (
	raisedKey    = "brake/raised/" // + person / draft: when a case was confirmed
	exitedKey    = "brake/exit/"   // + case / step: when a sign-in was about to be ended
	deletedKey   = "brake/delete/" // + case / step: when an account was about to be deleted
	wipedKey     = "brake/wipe/"   // + case: when a device of a person was about to be wiped
	brakeFromKey = "brake/from"    // when an owner last let Muster go on
	staffKey     = "brake/staff"   // how many people there are, and when they were counted
)

// leastShare is how many people may always lose their sign-in in a day, whatever share of a small staff they are.
const leastShare = 5

// mayRaise holds one person to the policy's number of cases a day, with so many more, and remembers the one about to be raised.
func (e *Engine) mayRaise(ctx context.Context, by Person, draft string, now time.Time, more int) (Memo, error) {
	times, _, err := e.counted(ctx, raisedKey+string(by.ID)+"/", now.Add(-24*time.Hour))
	if err != nil {
		return Memo{}, err
	}
	if n := len(times); n+more > e.Policy.Limits.CasesPerDay {
		return Memo{}, deny(brakeSay(e.lang(), n, more, e.Policy.Limits.CasesPerDay))
	}
	return counter(raisedKey+string(by.ID)+"/"+draft, now)
}

// exitBrake says why one more exit must not begin now; "" when it may. The memos remember it, and forget what no longer counts.
func (e *Engine) exitBrake(ctx context.Context, c Case, s Step, now time.Time) (string, []Memo, error) {
	since := now.Add(-24 * time.Hour)
	from, err := e.brakeFrom(ctx)
	if err != nil {
		return "", nil, err
	}
	key, prefix, what := braked(c, s)
	times, old, err := e.counted(ctx, prefix, since)
	if err != nil {
		return "", nil, err
	}
	if _, again := times[key]; again && prefix == wipedKey {
		return "", old, nil
	}
	delete(times, key) // tried before
	hour, day := 0, 0
	for _, at := range times {
		if at.Before(from) {
			continue
		}
		day++
		if now.Sub(at) < time.Hour {
			hour++
		}
	}
	staff, err := e.staff(ctx, now)
	if err != nil {
		return "", nil, err
	}
	l := e.Policy.Limits
	share := max(leastShare, staff*l.ExitsShare/100)
	switch {
	case hour >= l.ExitsPerHour && prefix != exitedKey:
		return e.lang().Say("%d people %s within an hour, which is the policy's limit, and another one is due", hour, what), nil, nil
	case hour >= l.ExitsPerHour:
		return e.lang().Say("%d sign-ins were ended within an hour, which is the policy's limit, and another one is due", hour), nil, nil
	case staff > 0 && day >= share:
		return e.lang().Say("%d of %d people %s within a day, which is the policy's limit of %d %%, and another one is due", day, staff, what, l.ExitsShare), nil, nil
	}
	m, err := counter(key, now)
	return "", append(old, m), err
}

func (e *Engine) brakeFrom(ctx context.Context) (time.Time, error) {
	b, err := e.Store.Recall(ctx, brakeFromKey)
	if CodeOf(err) == NotFound {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("read when limits count from: %w", err)
	}
	var at time.Time
	if err := json.Unmarshal(b, &at); err != nil {
		return time.Time{}, fmt.Errorf("read when limits count from: %w", err)
	}
	return at, nil
}

// counted are the moments remembered under a prefix since a time, by key, and memos that forget the older ones.
func (e *Engine) counted(ctx context.Context, prefix string, since time.Time) (map[string]time.Time, []Memo, error) {
	memos, err := e.Store.RecallAll(ctx, prefix)
	if err != nil {
		return nil, nil, fmt.Errorf("count for the brakes: %w", err)
	}
	times, old := map[string]time.Time{}, []Memo(nil)
	for _, m := range memos {
		var at time.Time
		if err := json.Unmarshal(m.Value, &at); err != nil {
			return nil, nil, fmt.Errorf("count for the brakes: %w", err)
		}
		if at.Before(since) {
			old = append(old, Memo{Key: m.Key})
			continue
		}
		times[m.Key] = at
	}
	return times, old, nil
}

func counter(key string, now time.Time) (Memo, error) {
	b, err := json.Marshal(now.UTC())
	if err != nil {
		return Memo{}, fmt.Errorf("count for the brakes: %w", err)
	}
	return Memo{Key: key, Value: b}, nil
}

// staffCount is how many people there were when they were counted last.
type staffCount struct {
	N  int       `json:"n"`
	At time.Time `json:"at"`
}

// staff is how many people have an open sign-in, counted once a day. While the directory does not count them the last number stands; zero
// when there is none.
func (e *Engine) staff(ctx context.Context, now time.Time) (int, error) {
	var known staffCount
	b, err := e.Store.Recall(ctx, staffKey)
	if err == nil {
		err = json.Unmarshal(b, &known)
	}
	if err != nil && CodeOf(err) != NotFound {
		return 0, fmt.Errorf("read the number of people: %w", err)
	}
	if known.N > 0 && now.Sub(known.At) < 24*time.Hour && !now.Before(known.At) {
		return known.N, nil
	}
	n, err := e.World.CountStaff(ctx)
	if err != nil {
		if known.N == 0 {
			return 0, fmt.Errorf("count the people: %w", err) // the brake is not known: nothing drastic until it is
		}
		return known.N, nil
	}
	if b, err = json.Marshal(staffCount{n, now}); err != nil {
		return 0, fmt.Errorf("keep the number of people: %w", err)
	}
	return n, e.Commit(ctx, Change{Memos: []Memo{{Key: staffKey, Value: b}}})
}

// beginStep writes the intent of a step. One that ends somebody's sign-in passes the brakes first, one at a time; when a limit is reached
// everything is paused, and begun is false.
func (e *Engine) beginStep(ctx context.Context, c Case, s Step, before sight) (next Case, begun bool, err error) {
	var memos []Memo
	if s.drastic() {
		e.braking.Lock()
		defer e.braking.Unlock()
		now := e.Now()
		why, count, err := e.exitBrake(ctx, c, s, now)
		if err != nil {
			return c, false, err
		}
		if why != "" {
			return c, false, e.pause(ctx, Pause{Reason: why, At: now}, Change{})
		}
		memos = count
	}
	next, err = e.change(ctx, c.ID, Change{}, func(now Case) (Change, error) {
		if s2, _, ok := now.Step(s.Key); !ok || !now.ready(s2) {
			return Change{}, moved(e.lang().Say("the step is no longer wanted"))
		}
		return Change{Entries: []Entry{{Case: c.ID, At: e.Now(), Body: StepStarted{Step: s.Key, Before: before.text}}}, Memos: memos}, nil
	})
	return next, err == nil, err
}

// drastic reports whether a step ends somebody's sign-in for good, deletes an account or empties a device, so that many of them at once may
// be a mistake. The block of a no-show or of an account that was just made is none.
func (s Step) drastic() bool {
	return slices.Contains(drastic, s.Task) && s.Key != blockKey && !strings.HasPrefix(string(s.Key), "undo:")
}

// drastic are the tasks that the brakes count, each task for itself.
var drastic = []TaskName{BlockSignIn, DeleteAccount, WipeDevices}

// braked is the key under which a step is remembered, what it is counted with, and what happened in words. A person's devices count once.
func braked(c Case, s Step) (key, prefix, what string) {
	switch s.Task {
	case DeleteAccount:
		return deletedKey + string(c.ID) + "/" + string(s.Key), deletedKey, c.Lang.Say("had their account deleted")
	case WipeDevices:
		return wipedKey + string(c.ID), wipedKey, c.Lang.Say("had a device wiped")
	}
	return exitedKey + string(c.ID) + "/" + string(s.Key), exitedKey, c.Lang.Say("lost their sign-in")
}
