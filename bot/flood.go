package bot

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"muster/bot/teams"
)

// A person may say and press so much at once, and so much in a while: more than anybody does, and less than fills the log or the queue.
const (
	usualFlood = 100         // turns at once, when nothing else is said
	calmAfter  = time.Second // each such while gives one back
	floodKnown = 10_000      // people remembered
)

const floodSay = "You are writing faster than I can read, so I left out your last messages. Please wait two minutes, then tell me again what you need."

// flood bounds what one person can make the bot do. It holds nothing for who has been quiet, and nobody waits for anybody else.
type flood struct {
	mu     sync.Mutex
	people map[string]*caller
}

// caller is one person's measure.
type caller struct {
	left float64
	at   time.Time
	told bool // that it was too much, since they were last within it
}

// takes reports whether one more turn of somebody is taken; tell says that they are to be told that it is not, which is once per flood.
func (f *flood) takes(who string, most float64, now time.Time) (ok, tell bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := f.people[who]
	if c == nil {
		if len(f.people) >= floodKnown || f.people == nil {
			f.calm(most, now)
		}
		c = &caller{left: most, at: now}
		f.people[who] = c
	}
	c.left = min(most, c.left+max(0, now.Sub(c.at)).Seconds()/calmAfter.Seconds())
	c.at = now
	if c.left >= 1 {
		c.left--
		c.told = c.told && c.left < most/2
		return true, false
	}
	tell, c.told = !c.told, true
	return false, tell
}

// calm forgets those who have been quiet for long enough, and if they are too few everybody. Called with mu held.
func (f *flood) calm(most float64, now time.Time) {
	for who, c := range f.people {
		if now.Sub(c.at).Seconds() > most*calmAfter.Seconds() {
			delete(f.people, who)
		}
	}
	if len(f.people) >= floodKnown || f.people == nil {
		f.people = map[string]*caller{}
	}
}

// floods reports whether a turn is one too many. Such a turn is not journalled: the log is not a place that anybody can fill. The one who
// sends them is told so once.
func (b *Bot) floods(ctx context.Context, a teams.Activity) (bool, error) {
	who := a.From.AADObjectID
	if who == "" {
		who = a.Conversation.Address()
	}
	most := b.TurnsAtOnce
	if most == 0 {
		most = usualFlood
	}
	ok, tell := b.flood.takes(strings.ToLower(who), float64(most), b.Engine.Now())
	if !tell {
		return !ok, nil
	}
	b.Log.WarnContext(ctx, "turns left out: too many at once", slog.String("type", a.Type), slog.String("person", a.From.AADObjectID))
	if a.Type != "message" {
		return true, nil // the answer says it
	}
	if err := b.Engine.Say(ctx, turn(a), floodSay); err != nil {
		return true, fmt.Errorf("tell of a flood: %w", err)
	}
	return true, nil
}
