package flows

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"muster/flows/texts"
)

// Pause is the stop button: while it is pressed nothing is changed in Microsoft 365, by no runner. People may still decide, and what
// they decide waits.
type Pause struct {
	By     Person    `json:"by,omitzero"` // empty: Muster itself, because a limit of the policy was reached
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
}

// Who is who pressed, for reading.
func (p Pause) Who(lang texts.Language) string { return orElse(p.By.Name, lang.Say("Muster itself")) }

// public is the reason for a channel: a person's own words may name somebody who reads along there, so only a limit is named.
func (p Pause) public() string {
	if p.By.ID != "" {
		return ""
	}
	return ": " + p.Reason
}

const pauseKey = "pause"

// Paused reads the stop button. It is read anew each time, so that every process that works on the store obeys at once.
func (e *Engine) Paused(ctx context.Context) (Pause, bool, error) {
	return readPause(ctx, e.Store)
}

func readPause(ctx context.Context, st Store) (Pause, bool, error) {
	b, err := st.Recall(ctx, pauseKey)
	if CodeOf(err) == NotFound {
		return Pause{}, false, nil
	}
	if err != nil {
		return Pause{}, false, fmt.Errorf("read the pause: %w", err)
	}
	var p Pause
	if err := json.Unmarshal(b, &p); err != nil {
		return Pause{}, false, fmt.Errorf("read the pause: %w", err)
	}
	return p, true, nil
}

// paused reports whether an errand has to wait while the button is pressed: those that change the directory.
func (er ErrandRef) paused() bool { return strings.HasPrefix(er.Key, StepErrand+"/") }

// mayChange is an error while the stop button is pressed, for what a press would change at once.
func (e *Engine) mayChange(ctx context.Context) error {
	p, paused, err := e.Paused(ctx)
	if err != nil || !paused {
		return err
	}
	return moved(e.lang().Say("Muster is paused by %s, so nothing was done. An owner can write \"resume\".", p.Who(e.lang())))
}

// answerPause answers "pause": an owner stops everything that changes the directory.
func (e *Engine) answerPause(ctx context.Context, t Turn, _ Account, roles Roles, cmd Command) (Reply, error) {
	p, paused, err := e.Paused(ctx)
	if err != nil {
		return Reply{}, err
	}
	if paused && !t.Personal {
		return Reply{Text: e.lang().Say("Muster is paused already, by %s%s. Write \"resume\" to go on.", p.Who(e.lang()), p.public())}, nil
	}
	if paused {
		return Reply{Text: e.lang().Say("Muster is paused already, by %s: %s. Write \"resume\" to go on.", p.Who(e.lang()), p.Reason)}, nil
	}
	reason := orElse(clipped(cmd.Rest, 300), e.lang().Say("no reason given"))
	if err := e.pause(ctx, Pause{By: t.By, Reason: reason, At: e.Now()}, Change{Turn: "pause/" + t.Key}); err != nil {
		return Reply{}, err
	}
	return Reply{Text: e.lang().Say("Paused. Nothing is changed in Microsoft 365 until an owner writes \"resume\"; what falls due meanwhile waits, urgent exits included. What was just being done is finished.")}, nil
}

// pause presses the button, and tells IT and the owners. ch is written with it.
func (e *Engine) pause(ctx context.Context, p Pause, ch Change) error {
	b, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("write the pause: %w", err)
	}
	ch.Entries = append(ch.Entries, Entry{At: p.At, By: p.By.ID, Body: WorkPaused{By: p.By, Reason: p.Reason}})
	ch.Memos = append(ch.Memos, Memo{Key: pauseKey, Value: b})
	ch.Add = append(ch.Add, e.toChannels("pause", p.At, e.lang().Say("Muster is paused by %s%s. Nothing is changed in Microsoft 365 until an owner writes \"resume\".", p.Who(e.lang()), p.public()))...)
	if err := e.Commit(ctx, ch); err != nil && CodeOf(err) != Seen {
		return fmt.Errorf("pause: %w", err)
	}
	return nil
}

// answerResume answers "resume". What waited runs at once, and limits count anew from here.
func (e *Engine) answerResume(ctx context.Context, t Turn, _ Account, roles Roles, _ Command) (Reply, error) {
	p, paused, err := e.Paused(ctx)
	if err != nil {
		return Reply{}, err
	}
	if !paused {
		return Reply{Text: e.lang().Say("Muster is not paused.")}, nil
	}
	now := e.Now()
	from, err := json.Marshal(now)
	if err != nil {
		return Reply{}, fmt.Errorf("write when limits count from: %w", err)
	}
	err = e.Commit(ctx, Change{
		Turn:    "resume/" + t.Key,
		Entries: []Entry{{At: now, By: t.By.ID, Body: WorkResumed{By: t.By, Since: p.At}}},
		Memos:   []Memo{{Key: pauseKey}, {Key: brakeFromKey, Value: from}},
		Add:     e.toChannels("resume", now, e.lang().Say("%s lets Muster go on. What waited is done now.", t.By.Name)),
	})
	if err != nil && CodeOf(err) != Seen {
		return Reply{}, fmt.Errorf("resume: %w", err)
	}
	return Reply{Text: e.lang().Say("Muster goes on. What waited since %s is done now.", sayTime(e.lang(), p.At, e.home()))}, nil
}

// sayTime is a moment as people at a place say it: "Mon 23 November 2026, 09:00 (London)".
func sayTime(lang texts.Language, t time.Time, loc *time.Location) string {
	zone := loc.String()
	place := strings.ReplaceAll(zone[strings.LastIndex(zone, "/")+1:], "_", " ")
	return lang.Time(t.In(loc), "Mon 2 January 2006, 15:04") + " (" + place + ")"
}

// toChannels puts a sentence without names of subjects into the channels of IT and of the owners, where the policy has them.
func (e *Engine) toChannels(why string, now time.Time, text string) []Errand {
	var out []Errand
	for channel, id := range map[string]string{"it": e.Policy.Channels.IT, "owners": e.Policy.Channels.Owners} {
		if id != "" {
			out = append(out, Errand{
				Key: fmt.Sprintf("%s/%s/%s/%d", SayErrand, why, channel, now.UnixNano()), Kind: SayErrand, Due: now.UTC(),
				Body: errandBody(SayWork{To: Recipient{Channel: channel}, Text: text}),
			})
		}
	}
	return out
}

// clipped is a text of at most n characters.
func clipped(s string, n int) string {
	r := []rune(strings.TrimSpace(s))
	return string(r[:min(len(r), n)])
}
