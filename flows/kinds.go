package flows

import (
	"context"
	"fmt"

	"muster/flows/texts"
)

// EventKind is the kind of a people event. Its letter begins the case reference.
type EventKind string

// The people events (product.md).
const (
	JoinerEvent EventKind = "joiner"
	MoverEvent  EventKind = "mover"
	LeaverEvent EventKind = "leaver"
	LeaveEvent  EventKind = "leave" // a long absence, and the return
	RenameEvent EventKind = "rename"
)

// kind is what is particular to one kind of people event. Everything else is the same for all.
type kind struct {
	letter  string // first letter of the case reference
	command string // what people say to begin one
	who     string // "a leaver", for the sentence that refuses others
	settled bool   // HR's confirmation is the decision, so the plan may run at once (an urgent exit waits for a second person all the same)

	// begin makes a draft from a sentence. What was not understood is marked on the form, never guessed.
	begin func(e *Engine, ctx context.Context, t Turn, cmd Command) Draft
	// read reads the form, and says what is wrong with it as far as it can be told without asking the directory: one sentence by field.
	read func(e *Engine, t Turn, d Draft) (PeopleEvent, map[string]string)
	// facts fills in what the directory says, and the plan made from it. Problems are about fields; an error is about the directory.
	facts func(e *Engine, ctx context.Context, d *Draft) (map[string]string, error)
	// when says what happens when: "starts Tue 5 January 2027".
	when func(lang texts.Language, ev PeopleEvent) string
}

// of is what is particular to a kind. A function, as the rows lead back here.
func (k EventKind) of() (kind, bool) {
	switch k {
	case JoinerEvent:
		return kind{
			letter: "J", command: CmdNewStarter, who: "a new starter",
			begin: (*Engine).begin, read: (*Engine).readJoiner, facts: (*Engine).joinerFacts,
			when: func(lang texts.Language, ev PeopleEvent) string { return lang.Say("starts %s", ev.Start.Say(lang)) },
		}, true
	case MoverEvent:
		return kind{
			letter: "M", command: CmdMover, who: "a mover",
			begin: (*Engine).beginMover, read: (*Engine).readMover, facts: (*Engine).moverFacts,
			when: func(lang texts.Language, ev PeopleEvent) string {
				if ev.End != "" {
					return lang.Say("seconded from %s", ev.Start.Say(lang))
				}
				return lang.Say("moves %s", ev.Start.Say(lang))
			},
		}, true
	case LeaverEvent:
		return kind{
			letter: "L", command: CmdLeaver, who: "a leaver", settled: true,
			begin: (*Engine).beginLeaver, read: (*Engine).readLeaver, facts: (*Engine).leaverFacts,
			when: func(lang texts.Language, ev PeopleEvent) string { return lang.Say("leaves %s", ev.LastDay.Say(lang)) },
		}, true
	case LeaveEvent:
		return kind{
			letter: "A", command: CmdLeave, who: "a leave", settled: true,
			begin: (*Engine).beginLeave, read: (*Engine).readLeave, facts: (*Engine).leaveFacts,
			when: func(lang texts.Language, ev PeopleEvent) string {
				return lang.Say("is on leave from %s", ev.Start.Say(lang))
			},
		}, true
	case RenameEvent:
		return kind{
			letter: "N", command: CmdRename, who: "a change of name", settled: true,
			begin: (*Engine).beginRename, read: (*Engine).readRename, facts: (*Engine).renameFacts,
			when: func(lang texts.Language, ev PeopleEvent) string {
				return lang.Say("is called %s from %s", ev.newName(), ev.Start.Say(lang))
			},
		}, true
	case CorrectionEvent: // begun by a press on what drifted, never by a sentence
		return kind{letter: "C", settled: true, when: func(lang texts.Language, _ PeopleEvent) string { return lang.Say("access put right") }}, true
	case DeletionEvent:
		return kind{letter: "R", who: "a deletion", when: func(lang texts.Language, ev PeopleEvent) string {
			return lang.Say("left %s, the account may be deleted", ev.LastDay.Say(lang))
		}}, true
	}
	return kind{}, false
}

// Letter is the first letter of the case reference.
func (k EventKind) Letter() string {
	if of, ok := k.of(); ok {
		return of.letter
	}
	return "X"
}

// announces is the kind of event that a command begins a draft of.
func announces(command string) (EventKind, bool) {
	switch command {
	case CmdNewStarter:
		return JoinerEvent, true
	case CmdLeaver, CmdUrgentLeaver:
		return LeaverEvent, true
	case CmdLeave:
		return LeaveEvent, true
	case CmdRename:
		return RenameEvent, true
	case CmdMover, CmdSecondment:
		return MoverEvent, true
	}
	return "", false
}

// answerAnnounced answers "new starter …", "leaver …" and the like with a form.
func (e *Engine) answerAnnounced(ctx context.Context, t Turn, k EventKind, cmd Command) (Reply, error) {
	of, ok := k.of()
	if !ok {
		return Reply{}, fmt.Errorf("no kind of event %q", k)
	}
	if !t.Personal {
		return Reply{}, invalid("Please write this to me in our own chat: others read along here.")
	}
	if d, err := e.recallDraft(ctx, draftID(t)); err == nil || CodeOf(err) != NotFound {
		return Reply{Draft: &d}, err
	}
	d := of.begin(e, ctx, t, cmd)
	m, err := draftMemo(d)
	if err != nil {
		return Reply{}, err
	}
	return Reply{Draft: &d}, e.Commit(ctx, Change{Memos: []Memo{m}, Add: draftCards(d, e.Now())})
}
