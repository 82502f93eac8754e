package flows

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Turn is one thing a person did towards the bot, as the Teams edge vouches for it: who it was comes from the signed activity, never
// from the card.
type Turn struct {
	Key      string            `json:"key"` // conversation and activity id: a repeat is recognised by it
	By       Person            `json:"by"`
	Chat     string            `json:"chat"` // conversation id
	Personal bool              `json:"personal,omitempty"`
	Activity string            `json:"activity"`
	ReplyTo  string            `json:"reply_to,omitempty"` // the message that was pressed
	Text     string            `json:"text,omitempty"`
	Verb     string            `json:"verb,omitempty"`
	Case     CaseID            `json:"case,omitempty"`
	Draft    string            `json:"draft,omitempty"`
	Step     StepKey           `json:"step,omitempty"`
	Plan     PlanHash          `json:"plan,omitempty"`
	Ticked   []StepKey         `json:"ticked,omitempty"`
	Delegate AccountID         `json:"delegate,omitempty"`
	Inputs   map[string]string `json:"inputs,omitempty"`
	Reach    json.RawMessage   `json:"reach,omitempty"` // how the bot answers there; opaque to the business
}

// Reply is what a turn is answered with: a card in its present state, a view, or one sentence.
type Reply struct {
	Text  string
	Draft *Draft
	Case  *Case // with Slot: the card to show
	Slot  Slot
	View  any        // Overview, TaskList, CaseList, Timeline or Help
	Pass  *ShownPass // to the one who pressed, once; never stored
}

// ShownPass is a day-one credential on its way to the one press that asked for it.
type ShownPass struct {
	Code  Secret
	Until time.Time
}

// Hear takes a message: it is journalled with the errand to answer it, and nothing else happens before that is durable.
func (e *Engine) Hear(ctx context.Context, t Turn) error {
	now := e.Now()
	return e.Commit(ctx, Change{
		Turn:    t.Key,
		Entries: []Entry{t.heard(t.Stream(), now)},
		Add:     []Errand{{Key: AnswerErrand + "/" + hashed(t.Key), Kind: AnswerErrand, Lane: "chat/" + hashed(t.Chat), Due: now.UTC(), Body: errandBody(t)}},
	})
}

// Stream is the case or draft that a turn belongs to in the log; empty when it belongs to neither.
func (t Turn) Stream() CaseID {
	switch cmd := ReadCommand(t.Text); {
	case t.Case != "":
		return t.Case
	case t.Draft != "":
		return CaseID(t.Draft)
	case cmd.Name == CmdNewStarter:
		return CaseID(draftID(t))
	default:
		return cmd.Case
	}
}

// heard is the turn as evidence.
func (t Turn) heard(stream CaseID, now time.Time) Entry {
	return Entry{Case: stream, At: now, By: t.By.ID, Body: Heard{
		Conversation: t.Chat, Activity: t.Activity, From: t.By, Text: t.Text, Verb: t.Verb, Step: t.Step, Ticked: t.Ticked, Inputs: t.Inputs, ReplyTo: t.ReplyTo,
	}}
}

// hashed keeps conversation ids, which may name people, out of keys.
func hashed(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:12])
}

// draftID is the draft that a turn begins: the same turn, the same draft.
func draftID(t Turn) string { return "D-" + hashed(t.Key) }

// Command is what a message asks for.
type Command struct {
	Name string
	Rest string // what follows the command's words
	Case CaseID // a case reference in the text, if any
}

// The commands (product.md, "What people say to the bot").
const (
	CmdHelp       = "help"
	CmdNewStarter = "new starter"
	CmdStatus     = "status"
	CmdTasks      = "my tasks"
	CmdOverdue    = "overdue"
	CmdUpcoming   = "upcoming"
	CmdFailures   = "failures"
	CmdEvidence   = "evidence"
)

// words are the ways to begin a command; longer ones first, whole words only.
var words = []struct{ say, name string }{
	{"new starter", CmdNewStarter}, {"new joiner", CmdNewStarter}, {"joiner", CmdNewStarter}, {"starter", CmdNewStarter},
	{"my tasks", CmdTasks}, {"tasks", CmdTasks}, {"overdue", CmdOverdue}, {"upcoming", CmdUpcoming}, {"failures", CmdFailures},
	{"evidence", CmdEvidence}, {"status", CmdStatus}, {"help", CmdHelp}, {"hello", CmdHelp}, {"hi", CmdHelp},
}

// ReadCommand reads a message. Name is empty when it is not understood.
func ReadCommand(text string) Command {
	text = strings.Join(strings.Fields(text), " ")
	lower := strings.ToLower(text)
	c := Command{Case: findCase(text)}
	for _, w := range words {
		if lower == w.say || (strings.HasPrefix(lower, w.say) && !isWordByte(lower[len(w.say)])) {
			c.Name = w.name
			c.Rest = strings.TrimLeft(text[len(w.say):], " :,.!?-")
			return c
		}
	}
	return c
}

func isWordByte(b byte) bool {
	return b == '_' || b >= 0x80 || (b >= '0' && b <= '9') || (b >= 'a' && b <= 'z')
}

// findCase finds a case reference such as J-2026-0042 in a text.
func findCase(text string) CaseID {
	for _, f := range strings.FieldsFunc(strings.ToUpper(text), func(r rune) bool {
		return r != '-' && (r < '0' || r > '9') && (r < 'A' || r > 'Z')
	}) {
		var year, n int
		var letter rune
		if c, err := fmt.Sscanf(f, "%c-%d-%d", &letter, &year, &n); err == nil && c == 3 && strings.ContainsRune("JMLAN", letter) && year > 1999 && year < 3000 {
			return CaseID(fmt.Sprintf("%c-%04d-%04d", letter, year, n))
		}
	}
	return ""
}
