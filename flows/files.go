package flows

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"muster/flows/texts"
)

// Files go to one person, in that person's own chat. Teams asks whether the file may be put into their OneDrive; when they allow it, who may
// have it is asked again, and what is in it is made then.

// FileKind is a kind of file that Muster hands out. It stands in chats and in the log, so a name is for ever.
type FileKind string

// The kinds of file.
const (
	FilePack FileKind = "pack" // the evidence of one case; its argument is the reference
)

// The verbs of what Teams asks about a file. They stand in the log.
const (
	VerbFileTake  = "file.take"
	VerbFileLeave = "file.leave"
)

// FileView is a file before it has bytes: what is in it, which the bot draws.
type FileView struct {
	Name string // with its extension; no personal data
	Says string // one sentence: what is in it
	Case CaseID // in whose log the hand-over stands; empty for what is about several
	View any    // PackView, or another view that package cards/report draws
}

// FileOffer is a file that somebody may have now.
type FileOffer struct {
	Kind FileKind
	Arg  string // which one of the kind, such as a case reference
	FileView
}

// PackView is the evidence pack of one case.
type PackView struct{ Case Case }

// fileKind is what is particular to one kind of file.
type fileKind struct {
	make func(e *Engine, ctx context.Context, t Turn, roles Roles, arg string) (FileView, error)
}

// files are the kinds of file. Who may have them stands in the table of rights.
var files = map[FileKind]fileKind{
	FilePack:       {make: (*Engine).makePack},
	FileSample:     {make: (*Engine).makeSample},
	FileReview:     {make: (*Engine).makeReview},
	FileReviewBook: {make: (*Engine).makeReviewBook},
	FileProcess:    {make: (*Engine).makeProcess},
	FilePopulation: {make: (*Engine).makePopulation},
}

// FileHanded is a file that was put where somebody allowed it. It changes no case.
type FileHanded struct {
	File FileKind `json:"file"`
	Arg  string   `json:"arg,omitempty"`
	Name string   `json:"name"`
	Hash string   `json:"hash"` // SHA-256 of its bytes, in hex
	Size int      `json:"size"` // in bytes
	To   Person   `json:"to"`
	Sure bool     `json:"sure"` // false: all of it was sent, and the answer to that was lost
}

// Kind is the kind, for ever.
func (FileHanded) Kind() Kind { return "file.handed.1" }

// offer answers a command with a file.
func (e *Engine) offer(ctx context.Context, t Turn, roles Roles, kind FileKind, arg string) (Reply, error) {
	o, err := e.fileFor(ctx, t, roles, kind, arg)
	if err != nil {
		return Reply{}, err
	}
	return Reply{File: &o}, nil
}

// fileFor is a file for somebody who holds the roles.
func (e *Engine) fileFor(ctx context.Context, t Turn, roles Roles, kind FileKind, arg string) (FileOffer, error) {
	of, err := mayHave(e.lang(), kind, roles)
	if err != nil {
		return FileOffer{}, err
	}
	if !t.Personal {
		return FileOffer{}, invalid(e.lang().Say("Please ask me for this in our own chat: a file goes to one person, and others read along here."))
	}
	v, err := of.make(e, ctx, t, roles, arg)
	return FileOffer{Kind: kind, Arg: arg, FileView: v}, err
}

func mayHave(lang texts.Language, kind FileKind, roles Roles) (fileKind, error) {
	of, ok := files[kind]
	if !ok {
		return of, invalid(lang.Say("I do not know this file. The question may be from another version; please ask me for the file again."))
	}
	return of, rightTo(lang, kind.right(lang)).byRole(roles)
}

// OfferFile is a file for the one whose turn it is, with their roles as they are now.
func (e *Engine) OfferFile(ctx context.Context, t Turn, kind FileKind, arg string) (FileOffer, error) {
	a, roles, err := e.standingFor(ctx, t.By.ID, rightTo(e.lang(), kind.right(e.lang())))
	if err != nil {
		return FileOffer{}, err
	}
	t.By = a.Person()
	return e.fileFor(ctx, t, roles, kind, arg)
}

// FileCase is in whose log a question for a file stands, by what is asked for: a case that there is, or none. Nobody's card says so, as what a
// card carries can be forged, and would be written into the log of a case that has yet to be raised.
func (e *Engine) FileCase(ctx context.Context, kind FileKind, arg string) (CaseID, error) {
	id := findCase(arg)
	if kind != FilePack || id == "" {
		return "", nil
	}
	_, err := e.Store.Case(ctx, id)
	if CodeOf(err) == NotFound {
		return "", nil
	}
	return id, err
}

// FileState is what is remembered of a question for a file that was answered. It is stored: field names are for ever.
type FileState struct {
	At   time.Time `json:"at"`
	Done bool      `json:"done,omitempty"` // nothing more happens to it: it was handed out, or declined
}

// FileKey is what the state of the question is remembered under that a turn answers.
func (t Turn) FileKey() string { return "file/" + hashed(t.Chat+"|"+t.ReplyTo) }

// FileState recalls it; the zero state is of a question that nobody has answered.
func (e *Engine) FileState(ctx context.Context, key string) (FileState, error) {
	var s FileState
	v, err := e.Store.Recall(ctx, key)
	if CodeOf(err) == NotFound {
		return s, nil
	}
	if err == nil {
		err = json.Unmarshal(v, &s)
	}
	if err != nil {
		return s, fmt.Errorf("recall file: %w", err)
	}
	return s, nil
}

// Memo is the state as it is remembered.
func (s FileState) Memo(key string) (Memo, error) {
	v, err := json.Marshal(s)
	if err != nil {
		return Memo{}, fmt.Errorf("remember file: %w", err)
	}
	return Memo{Key: key, Value: v}, nil
}

// TakeFile takes somebody's word that a file may be put into their OneDrive, and journals it with what the bot has to remember. Whoever may
// not have it any more is refused, and that is journalled. A repeat of the turn is a Seen error; a question that was answered is a Conflict.
func (e *Engine) TakeFile(ctx context.Context, t Turn, kind FileKind, arg string, add ...Errand) error {
	err := e.takeFile(ctx, t, kind, arg, add)
	switch CodeOf(err) {
	case Denied, Invalid, NotFound, Conflict:
		if rerr := e.refuse(ctx, t, err); rerr != nil {
			return rerr
		}
	}
	return err
}

func (e *Engine) takeFile(ctx context.Context, t Turn, kind FileKind, arg string, add []Errand) error {
	a, roles, err := e.standingFor(ctx, t.By.ID, rightTo(e.lang(), kind.right(e.lang())))
	if err != nil {
		return err
	}
	t.By = a.Person()
	if _, err := mayHave(e.lang(), kind, roles); err != nil {
		return err
	}
	if err := e.known(ctx, t); err != nil {
		return err
	}
	s, err := e.FileState(ctx, t.FileKey())
	if err != nil {
		return err
	}
	if s.Done {
		return moved(e.lang().Say("This question was answered already. Please ask me for the file again."))
	}
	return e.answerFile(ctx, t, FileState{At: e.Now().UTC()}, add)
}

// LeaveFile takes somebody's word that they do not want the file after all.
func (e *Engine) LeaveFile(ctx context.Context, t Turn, add ...Errand) error {
	return e.answerFile(ctx, t, FileState{At: e.Now().UTC(), Done: true}, add)
}

func (e *Engine) answerFile(ctx context.Context, t Turn, s FileState, add []Errand) error {
	m, err := s.Memo(t.FileKey())
	if err != nil {
		return err
	}
	stream, err := e.pressStream(ctx, t)
	if err != nil {
		return err
	}
	return e.Commit(ctx, Change{Turn: t.Key, Entries: []Entry{t.heard(stream, e.Now())}, Memos: []Memo{m}, Add: add})
}

// makePack is the evidence of one case, for an owner whom it is not kept from.
func (e *Engine) makePack(ctx context.Context, t Turn, _ Roles, arg string) (FileView, error) {
	if ref := proposalRef(arg); ref != "" {
		return e.proposalPack(ctx, ref)
	}
	id := findCase(arg)
	if id == "" {
		return FileView{}, invalid(e.lang().Say("Write \"evidence\" with a case reference such as J-2026-0042."))
	}
	c, err := e.Store.Case(ctx, id)
	if err != nil {
		return FileView{}, unknownCase(e.lang(), id, err)
	}
	if err := c.hiddenFrom(t.By.ID); err != nil {
		return FileView{}, err
	}
	return FileView{
		Name: "evidence-" + strings.ToLower(string(id)) + ".zip", Case: id, View: PackView{c},
		Says: e.lang().Say("The evidence of %s: who asked, who decided, what was done and seen, with the proof. Anybody can check it with \"muster verify\".", string(id)),
	}, nil
}
