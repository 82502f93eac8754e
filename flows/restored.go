package flows

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// LogRestored is a log that goes on from a backup. What was done between the backup and the loss is not in it. It belongs to no case.
type LogRestored struct {
	Made   time.Time `json:"made"` // the backup
	Size   int64     `json:"size"` // entries in it
	Reason string    `json:"reason,omitempty"`
	By     string    `json:"by,omitempty"`   // who put their name to the loss
	Lost   []string  `json:"lost,omitempty"` // checkpoints that were given up: signed notes that the log does not contain
}

// Kind names the shape, for ever.
func (LogRestored) Kind() Kind { return "log.restored.1" }

// Restored writes down that the log goes on from a backup, and presses the stop button: Muster does not know what it did since the backup was
// made, so an owner looks first. seq is the number that the entry will have.
func (e *Engine) Restored(ctx context.Context, r LogRestored, seq int64) error {
	now := e.Now()
	made := e.lang().Time(r.Made.UTC(), "Mon 2 January 2006, 15:04 UTC")
	pause := Pause{Reason: e.lang().Say("restored from the backup of %s", made), At: now}
	b, err := json.Marshal(pause)
	if err != nil {
		return fmt.Errorf("write the pause: %w", err)
	}
	when, err := json.Marshal(restoredAt{At: now.UTC(), Made: r.Made.UTC()})
	if err != nil {
		return fmt.Errorf("write when the log was restored: %w", err)
	}
	text := e.lang().Say("Muster was restored from the backup of %s. It does not know what was said, decided and done since then, and has forgotten approvals of that time. It is paused: nothing is changed in Microsoft 365 until an owner writes \"resume\". Before that, look at what was due since the backup (\"upcoming\", \"overdue\") and cancel what should not be done. Then Muster looks at each thing before it does it, and does nothing that is done already. Messages and mails of that time may come twice.", made)
	if len(r.Lost) > 0 {
		text += e.lang().Say(" Checkpoints that were sent away since then were given up: %s (%s).", r.Reason, r.By)
	}
	ch := Change{
		Entries: []Entry{{At: now, Body: r}, {At: now, Body: WorkPaused{Reason: pause.Reason}}},
		Memos:   []Memo{{Key: RestoredKey + strconv.FormatInt(seq, 10), Value: when}, {Key: pauseKey, Value: b}},
	}
	for _, channel := range []string{"it", "owners"} {
		ch.Add = append(ch.Add, Errand{
			Key: fmt.Sprintf("%s/restored/%s/%d", SayErrand, channel, now.UnixNano()), Kind: SayErrand, Due: now.UTC(),
			Body: errandBody(SayWork{To: Recipient{Channel: channel}, Text: text}),
		})
	}
	if err := e.Commit(ctx, ch); err != nil {
		return fmt.Errorf("write that the log was restored: %w", err)
	}
	return nil
}

// RestoredKey and the number of an entry LogRestored are the memo that says where the log says that it was restored.
const RestoredKey = "restored/"

// restoredAt is that memo. It is stored: field names are for ever.
type restoredAt struct {
	At   time.Time `json:"at"`
	Made time.Time `json:"made"` // the backup
}

// sentBeforeLoss is what is known of something of which the ledger knows nothing: that it surely was not sent, or, when its case is older than
// a restored backup and it was due before that was put back, that it may have been, and the other side has to be asked.
func (e *Engine) sentBeforeLoss(ctx context.Context, key string) (sending, error) {
	memos, err := e.Store.RecallAll(ctx, RestoredKey)
	if err != nil || len(memos) == 0 {
		return sending{}, err
	}
	id, step, _ := strings.Cut(key, "/")
	c, err := e.Store.Case(ctx, CaseID(id))
	if err != nil {
		return sending{}, fmt.Errorf("recall sending: %w", err)
	}
	s, _, known := c.Step(StepKey(step))
	for _, m := range memos {
		var r restoredAt
		if err := json.Unmarshal(m.Value, &r); err != nil {
			return sending{}, fmt.Errorf("recall when the log was restored: %w", err)
		}
		if c.Raised.At.Before(r.At) && (!known || s.Due.Before(r.At)) {
			return sending{Begun: r.Made}, nil
		}
	}
	return sending{}, nil
}
