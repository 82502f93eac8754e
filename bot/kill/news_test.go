package kill

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"sync"
	"time"

	"muster/flows"
)

// news is one thing that HR announces.
type news struct {
	kind     flows.EventKind
	name     string // the subject's
	sentence string
	cancel   bool // and calls off as soon as there is a case
}

// agenda is what HR announces in one world, in order: one of each kind, then starters for as long as the bot is being killed.
func agenda(now time.Time) []news {
	day := func(ago int) string { return now.AddDate(0, 0, -ago).Format(time.DateOnly) }
	planned := func(name string) news {
		return news{flows.LeaverEvent, name, "leaver " + name + ", last day " + day(2) + " at 17:00", false}
	}
	urgent := func(name string) news { return news{flows.LeaverEvent, name, "urgent leaver " + name, false} }
	mover := func(name, job, manager string) news {
		return news{flows.MoverEvent, name, "mover " + name + " to " + job + " from " + day(2) + ", reports to " + manager, false}
	}
	cancelled := starter(1, now) // called off at any moment, also while the account is being made
	cancelled.cancel = true
	return []news{
		starter(0, now), urgent("Luca Heath"), mover("Nadia Brook", "Finance Assistant", "Aisha Khan"), planned("Yuki Marsh"), cancelled,
		{flows.RenameEvent, "Xander Boyd", "rename Xander Boyd to Xander Boydlane from " + day(1), false},
		urgent("Imogen Teal"), starter(2, now), planned("Hugo Lark"), mover("Petra Vale", "Account Manager", "Tom Hughes"),
		urgent("Mina Stone"),
	}
}

// starter is the n-th starter. Nobody else has the surname.
func starter(n int, now time.Time) news {
	name := "Probe Number" + letters(n)
	manager, site := "Tom Hughes", "London"
	if n%3 == 1 {
		manager, site = "Maria Lopez", "Leeds"
	}
	return news{
		flows.JoinerEvent, name,
		fmt.Sprintf("new starter %s, Account Manager, starts %s, reports to %s, in %s, permanent", name, now.AddDate(0, 0, -1).Format(time.DateOnly), manager, site), false,
	}
}

// letters writes a number as a name.
func letters(n int) string {
	s := ""
	for ; n > 0 || s == ""; n /= 26 {
		s += string(rune('a' + n%26))
	}
	return s
}

// announce has HR announce one thing after another until ctx ends, and returns what was announced. What is to be called off is, until all ends.
func (c *crowd) announce(ctx, all context.Context, every time.Duration) []news {
	list := agenda(time.Now())
	tick := time.NewTicker(every)
	defer tick.Stop()
	var told []news
	var calling sync.WaitGroup
	defer calling.Wait()
	for i := 0; ; i++ {
		n := starter(i, time.Now())
		if i < len(list) {
			n = list[i]
		}
		told = append(told, n)
		c.say(ctx, []string{"hr", "hr2"}[i%2], n.sentence, n.name)
		if n.cancel {
			calling.Go(func() { c.callOff(all, []string{"hr", "hr2"}[i%2], n.name) })
		}
		select {
		case <-ctx.Done():
			return told
		case <-tick.C:
		}
	}
}

var reference = regexp.MustCompile(`"case":"([A-Z]-[0-9]{4}-[0-9]{4,9})"`)

// callOff cancels somebody's case once HR sees one.
func (c *crowd) callOff(ctx context.Context, as, name string) {
	ref := ""
	seen := func() bool {
		var list []message
		q := url.Values{"as": {as}, "chat": {"bot"}}
		if _, err := c.w.call(ctx, http.MethodGet, c.w.teams("/sandbox/messages?"+q.Encode()), nil, &list); err != nil {
			return false
		}
		for _, m := range list {
			text := string(m.Card)
			if found := reference.FindStringSubmatch(text); m.From == "bot" && found != nil && regexp.MustCompile(regexp.QuoteMeta(name)).MatchString(text) {
				ref = found[1]
			}
		}
		return ref != ""
	}
	if until(ctx, 3*time.Minute, seen) == nil {
		c.say(ctx, as, "cancel "+ref, "Cancel "+strconv.Quote(ref))
	}
}
