package flows

import (
	"context"
	"fmt"
	"strings"
)

// Lines are the lines of a message without the command before them. Spaces on a line are one.
func (t Turn) Lines() []string {
	text := strings.TrimSpace(t.Text)
	for _, w := range words {
		if n := len(w.say); len(text) >= n && strings.EqualFold(text[:n], w.say) && (len(text) == n || !isWordByte(text[n])) {
			text = strings.TrimLeft(text[n:], " \t:,.!?-")
			break
		}
	}
	var out []string
	for line := range strings.Lines(text) {
		if line = clean(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// ListKind is the kind of events that a message announces several of, or one; empty when it announces none. Plural is whether it says so.
func (t Turn) ListKind() (k EventKind, plural bool) {
	switch ReadCommand(t.Text).Name {
	case CmdNewStarters:
		return JoinerEvent, true
	case CmdLeavers:
		return LeaverEvent, true
	case CmdNewStarter:
		return JoinerEvent, false
	case CmdLeaver:
		return LeaverEvent, false
	}
	return "", false
}

func (t Turn) fileNames() []string {
	var out []string
	for _, f := range t.Files {
		out = append(out, cutText(clean(f.Name), 200))
	}
	return out
}

// BeginList says whether somebody may send a list, before anything of it is fetched or read, and gives the list that this turn began
// already, if it was answered before.
func (e *Engine) BeginList(ctx context.Context, t Turn) (Reply, error) {
	_, roles, err := e.standingFor(ctx, t.By.ID, rightTo(e.lang(), doLists))
	if err != nil {
		return Reply{}, err
	}
	if err := rightTo(e.lang(), doLists).byRole(roles); err != nil {
		return Reply{}, err
	}
	if !t.Personal {
		return Reply{}, invalid(e.lang().Say("Please send this to me in our own chat: others read along here."))
	}
	if ReadCommand(t.Text).Name == CmdUrgentLeaver {
		return Reply{}, invalid(e.lang().Say("Urgent exits are confirmed one at a time, so I did not open the list. Write \"urgent leaver\" and a name."))
	}
	b, err := e.FetchBulk(ctx, draftID(t))
	if CodeOf(err) == NotFound {
		return Reply{}, nil
	}
	return Reply{Bulk: &b}, err
}

// ReadFrom is the file that a list was read from: SHA-256 in hex, and size in bytes.
type ReadFrom struct {
	Hash string
	Size int
}

// AnswerList makes a draft of each row of a list that HR sent, and a card for all of them. The directory is asked afterwards, a few rows at
// a time. It may be called again for the same turn: the same list.
func (e *Engine) AnswerList(ctx context.Context, t Turn, l List, from ReadFrom) (Reply, error) {
	r, err := e.BeginList(ctx, t)
	if err != nil || r.Bulk != nil {
		return r, err
	}
	if _, ok := l.Kind.of(); !ok || len(l.Rows) == 0 {
		return Reply{}, invalid(e.lang().Say("There is nobody on the list."))
	}
	a, _, err := e.Standing(ctx, t.By.ID)
	if err != nil {
		return Reply{}, err
	}
	now := e.Now()
	b := Bulk{ID: draftID(t), State: BulkChecking, By: a.Person(), Chat: t.Chat, Kind: l.Kind, Name: l.Name, Notes: l.Notes, At: now}
	ch := Change{Entries: []Entry{{Case: CaseID(b.ID), At: now, By: b.By.ID, Body: ListRead{
		File: l.Name, Hash: from.Hash, Size: from.Size, Event: l.Kind, Rows: len(l.Rows), Notes: l.Notes,
	}}}}
	for i, row := range l.Rows {
		d := Draft{
			ID: fmt.Sprintf("%s-%d", b.ID, i+1), State: DraftReading, By: b.By, Chat: t.Chat, Sentence: row.Written, Event: row.Event, ManagerText: row.ManagerText,
			SubjectText: row.SubjectText, SubjectName: row.SubjectName, SuccessorText: row.SuccessorText, Problems: row.Problems, At: now, Bulk: b.ID, Line: row.Line,
		}
		if d.Event.Kind == LeaverEvent {
			d.Event.Reply = e.Policy.Leaver.Reply
		}
		m, err := draftMemo(d)
		if err != nil {
			return Reply{}, err
		}
		ch.Memos = append(ch.Memos, m)
		ch.Entries = append(ch.Entries, Entry{Case: CaseID(d.ID), At: now, By: b.By.ID, Body: RowRead{List: b.ID, Line: row.Line, Written: row.Written, Problems: row.Problems}})
		b.Rows = append(b.Rows, BulkRow{Draft: d.ID, Line: d.Line})
		b.shown(d)
	}
	m, err := bulkMemo(b)
	if err != nil {
		return Reply{}, err
	}
	ch.Memos = append(ch.Memos, m)
	ch.Add = []Errand{bulkCard(b, now), bulkErrand(b.ID, now)}
	return Reply{Bulk: &b}, e.Commit(ctx, ch)
}

// answerLists answers "new starters" and "leavers" without a list.
func (e *Engine) answerLists(ctx context.Context, t Turn, _ Account, _ Roles, cmd Command) (Reply, error) {
	if _, err := e.BeginList(ctx, t); err != nil {
		return Reply{}, err
	}
	say := e.lang().Say("Write one line for each person below the words \"new starters\", or send me an xlsx or csv file with the columns first name, surname, job, site, start date and manager.")
	if cmd.Name == CmdLeavers {
		say = e.lang().Say("Write one line for each person below the word \"leavers\", or send me an xlsx or csv file with the columns name and last day.")
	}
	return Reply{Text: say}, nil
}
