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
	Files    []SentFile        `json:"files,omitempty"` // sent along with a message
	Each     []EachPress       `json:"each,omitempty"`  // of a press that decides on several cases

	behalf []behalf // in whose place they may decide: read at the press, never taken from the card
}

// SentFile is a file that came with a message. Its address is good for minutes and opens it for anybody, so it is in no entry.
type SentFile struct {
	Name string `json:"name"`
	Type string `json:"type,omitempty"`
	URL  string `json:"url,omitempty"` // empty for a picture inside the message
}

// EachPress is what a press says about one of several cases.
type EachPress struct {
	Case   CaseID    `json:"case"`
	Plan   PlanHash  `json:"plan"`
	Ticked []StepKey `json:"ticked,omitempty"`
}

// Reply is what a turn is answered with: a card in its present state, a view, or one sentence.
type Reply struct {
	Text  string
	Draft *Draft
	Case  *Case // with Slot: the card to show
	Slot  Slot
	View  any        // Overview, TaskList, CaseList, Timeline or Help
	Pass  *ShownPass // to the one who pressed, once; never stored

	Bulk     *Bulk
	Together *Together
	File     *FileOffer // asked of the person before it is sent
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
	cmd := ReadCommand(t.Text)
	_, announced := announces(cmd.Name)
	switch {
	case t.Case != "":
		return t.Case
	case t.Draft != "":
		return CaseID(t.Draft)
	case announced, len(t.Files) > 0, cmd.Name == CmdNewStarters, cmd.Name == CmdLeavers:
		return CaseID(draftID(t))
	default:
		return cmd.Case
	}
}

// heard is the turn as evidence.
func (t Turn) heard(stream CaseID, now time.Time) Entry {
	return Entry{Case: stream, At: now, By: t.By.ID, Body: Heard{
		Conversation: t.Chat, Activity: t.Activity, From: t.By, Text: t.Text, Verb: t.Verb, Step: t.Step, Ticked: t.Ticked, Inputs: t.Inputs, ReplyTo: t.ReplyTo,
		Files: t.fileNames(),
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
	CmdHelp         = "help"
	CmdNewStarter   = "new starter"
	CmdLeaver       = "leaver"
	CmdUrgentLeaver = "urgent leaver"
	CmdStatus       = "status"
	CmdTasks        = "my tasks"
	CmdOverdue      = "overdue"
	CmdUpcoming     = "upcoming"
	CmdFailures     = "failures"
	CmdEvidence     = "evidence"
	CmdDryRun       = "dry run"
	CmdDrift        = "drift"
	CmdPause        = "pause"
	CmdResume       = "resume"
	CmdMover        = "mover"
	CmdSecondment   = "secondment"
	CmdNewStarters  = "new starters"
	CmdLeavers      = "leavers"
	CmdMove         = "move"
	CmdCancel       = "cancel"
	CmdExtend       = "extend"
	CmdWhy          = "why"
	CmdProcess      = "process"
)

// words are the ways to begin a command; longer ones first, whole words only.
var words = []struct{ say, name string }{
	{"new starters", CmdNewStarters},
	{"new joiners", CmdNewStarters},
	{"joiners", CmdNewStarters},
	{"starters", CmdNewStarters},
	{"leavers", CmdLeavers},
	{"new starter", CmdNewStarter},
	{"new joiner", CmdNewStarter},
	{"joiner", CmdNewStarter},
	{"starter", CmdNewStarter},
	{"urgent leaver", CmdUrgentLeaver},
	{"leaver", CmdLeaver},
	{"leave", CmdLeave},
	{"return", CmdReturn},
	{"rename", CmdRename},
	{"name change", CmdRename},
	{"delegate my approvals", CmdDelegate},
	{"delegate my decisions", CmdDelegate},
	{"delegations", CmdDelegations},
	{"my delegations", CmdDelegations},
	{"end my delegation", CmdEndDelegation},
	{"end delegation", CmdEndDelegation},
	{"delegate", CmdDelegate},
	{"mover", CmdMover},
	{"transfer", CmdMover},
	{"secondment", CmdSecondment},
	{"my tasks", CmdTasks},
	{"tasks", CmdTasks},
	{"overdue", CmdOverdue},
	{"upcoming", CmdUpcoming},
	{"failures", CmdFailures},
	{"evidence", CmdEvidence},
	{"export", CmdExport},
	{"population", CmdPopulation},
	{"dry run", CmdDryRun},
	{"drift", CmdDrift},
	{"pause", CmdPause},
	{"resume", CmdResume},
	{"move", CmdMove},
	{"cancel", CmdCancel},
	{"rescind", CmdCancel},
	{"extend", CmdExtend},
	{"end hold", CmdEndHold},
	{"lift hold", CmdEndHold},
	{"hold", CmdHold},
	{"why", CmdWhy},
	{"review", CmdReview},
	{"process", CmdProcess},
	{"policy", CmdPolicy},
	{"confirm erasure", CmdConfirmErasure},
	{"erase", CmdErase},
	{"status", CmdStatus},
	{"help", CmdHelp},
	{"hello", CmdHelp},
	{"hi", CmdHelp},
}

// ReadCommand reads a message. Name is empty when it is not understood.
func ReadCommand(text string) Command {
	text = strings.Join(strings.Fields(text), " ")
	c := Command{Case: findCase(text)}
	for _, w := range words {
		n := len(w.say)
		if len(text) < n || !strings.EqualFold(text[:n], w.say) || (len(text) > n && isWordByte(text[n])) {
			continue
		}
		c.Name, c.Rest = w.name, strings.TrimLeft(text[n:], " :,.!?-")
		return c
	}
	return c
}

func isWordByte(b byte) bool {
	return b == '_' || b >= 0x80 || isDigit(b) || (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z')
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

// findCase finds a case reference such as J-2026-0042 in a text.
func findCase(text string) CaseID {
	for _, f := range strings.FieldsFunc(strings.ToUpper(text), func(r rune) bool {
		return r != '-' && (r < '0' || r > '9') && (r < 'A' || r > 'Z')
	}) {
		parts := strings.Split(strings.Trim(f, "-"), "-")
		if len(parts) != 3 || len(parts[0]) != 1 || !strings.Contains("JMLANRC", parts[0]) || len(parts[1]) != 4 {
			continue
		}
		year, isYear := digits(parts[1], 4)
		n, isNumber := digits(parts[2], 9)
		if isYear && isNumber && year > 1999 && year < 3000 && n > 0 {
			return CaseID(fmt.Sprintf("%s-%04d-%04d", parts[0], year, n))
		}
	}
	return ""
}
