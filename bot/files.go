package bot

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"muster/bot/teams"
	"muster/cards/report"
	"muster/flows"
	"muster/flows/texts"
)

// Packs writes the evidence pack of one case.
type Packs interface {
	Export(ctx context.Context, w io.Writer, stream flows.CaseID) error
}

// The errands of files. Stored in the queue, so never renamed.
const (
	offerErrand   = "file.offer.1"   // ask again whether a file may be sent
	consentErrand = "file.consent.1" // put something in the place of a question that was answered
)

const (
	// mostFile is the largest file that is handed out in a chat: it is held in memory while it is sent.
	mostFile = 64 << 20
	// mostAtOnce bounds how many are.
	mostAtOnce = 4
	// uploadWithin is how long an upload may take; Teams keeps the place for about 15 minutes.
	uploadWithin = 10 * time.Minute
	// lostAfter is when an upload that nobody ended was interrupted, and the file is offered again.
	lostAfter = 11 * time.Minute
	// waitForUpload is how long Teams is kept waiting for the answer to an allowed file.
	waitForUpload = 3 * time.Second
)

// consentContext is what a consent card carries. It says what is asked for; who may have it is looked up.
type consentContext struct {
	File flows.FileKind `json:"file"`
	Arg  string         `json:"arg,omitempty"`
	Case flows.CaseID   `json:"case,omitempty"` // in whose log it stands
}

// offerWork is the body of an offer errand.
type offerWork struct {
	File  flows.FileKind  `json:"file"`
	Arg   string          `json:"arg,omitempty"`
	Case  flows.CaseID    `json:"case,omitempty"`
	To    flows.AccountID `json:"to"`
	Reach json.RawMessage `json:"reach"`
	Watch string          `json:"watch,omitempty"` // only if the upload remembered under this key did not end
	Asked string          `json:"asked,omitempty"` // the question it was about
}

// consentWork is the body of a consent errand: the question goes, and the file or a sentence comes.
type consentWork struct {
	To    flows.AccountID `json:"to"`
	Reach json.RawMessage `json:"reach"`
	Asked string          `json:"asked"` // the message that asked
	Text  string          `json:"text,omitempty"`
	File  *teams.Uploaded `json:"file,omitempty"`
}

// uploads are the files on their way. Their addresses are secrets, so they are in memory only: what a crash ends is offered again.
type uploads struct {
	mu   sync.Mutex
	busy map[string]sending
	wg   sync.WaitGroup
}

// sending is one of them.
type sending struct {
	cancel context.CancelFunc
	ended  chan struct{} // closed when it has
}

// begin takes a place; why is a sentence when there is none.
func (u *uploads) begin(lang texts.Language, key string, s sending) (already bool, why string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	switch _, busy := u.busy[key]; {
	case busy:
		return true, ""
	case len(u.busy) >= mostAtOnce:
		return false, lang.Say("I am sending several files just now. Please ask me for this one again in a minute.")
	}
	if u.busy == nil {
		u.busy = map[string]sending{}
	}
	u.busy[key] = s
	return false, ""
}

func (u *uploads) on(key string) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	_, on := u.busy[key]
	return on
}

func (u *uploads) end(key string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	s := u.busy[key]
	delete(u.busy, key)
	s.cancel()
	close(s.ended)
}

func (u *uploads) all() []sending {
	u.mu.Lock()
	defer u.mu.Unlock()
	return slices.Collect(maps.Values(u.busy))
}

// Wait returns when the uploads that are on their way now have ended.
func (b *Bot) Wait(ctx context.Context) error {
	for _, s := range b.uploads.all() {
		select {
		case <-s.ended:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// Close ends the uploads that are on their way; what they were is offered again. It is called once nothing comes in any more, before the
// store is closed.
func (b *Bot) Close() {
	for _, s := range b.uploads.all() {
		s.cancel()
	}
	b.uploads.wg.Wait()
}

// ask puts the question whether a file may be sent, and says so in the change that ends the errand. The size is that of the file made now.
func (b *Bot) ask(ctx context.Context, er flows.Errand, ch flows.Change, t flows.Turn, o flows.FileOffer) error {
	content, err := b.file(ctx, o.FileView)
	if err != nil {
		return err
	}
	m := teams.Message{Summary: b.lang().Say("Muster has a file for you")}
	if m.Attachment, err = (teams.FileConsent{Name: o.Name, Says: o.Says, Size: len(content), Context: consentContext{o.Kind, o.Arg, o.Case}}).Attachment(); err != nil {
		return err
	}
	to := flows.Recipient{Person: t.By.ID}
	ref, id, err := b.sendTo(ctx, t.Reach, to, m, er.Tries > 0)
	body := flows.Body(flows.Sent{To: to, Conversation: ref.Address(), Activity: id, Card: m.Attachment.Content})
	if err != nil {
		if body, err = b.undelivered(er, to, err); err != nil {
			return err
		}
	}
	ch.Entries = append(ch.Entries, flows.Entry{Case: o.Case, At: b.Engine.Now(), Body: body})
	return b.Engine.Commit(ctx, ch)
}

// file makes the bytes of a file.
func (b *Bot) file(ctx context.Context, v flows.FileView) ([]byte, error) {
	content, err := b.drawFile(ctx, v)
	if err != nil {
		return nil, fmt.Errorf("make file: %w", err)
	}
	if len(content) > mostFile {
		return nil, &flows.Error{Code: flows.Invalid, Say: b.lang().Say("This file would be %d MB, and I send at most %d MB in a chat. Please ask for less, or have your administrator write it with \"muster export\".", len(content)>>20, mostFile>>20)}
	}
	return content, nil
}

// drawFile draws what is in a file.
func (b *Bot) drawFile(ctx context.Context, v flows.FileView) ([]byte, error) {
	var out bytes.Buffer
	switch v := v.View.(type) {
	case flows.PackView:
		err := b.Packs.Export(ctx, &out, v.Case.ID)
		return out.Bytes(), err
	case flows.ReviewPaper:
		return report.Review(v.ReviewView)
	case flows.ReviewBook:
		return report.ReviewBook(v.ReviewView)
	case flows.Population:
		return report.Population(v)
	case flows.Sample:
		err := report.Sample(&out, v, func(w io.Writer, id flows.CaseID) error { return b.Packs.Export(ctx, w, id) })
		return out.Bytes(), err
	case flows.ProcessView:
		return report.Process(v)
	}
	return nil, fmt.Errorf("no drawing of a %T", v.View)
}

// offerAgain asks anew for a file whose upload did not come about.
func (b *Bot) offerAgain(ctx context.Context, er flows.Errand) error {
	w, err := flows.DecodeErrand[offerWork](er)
	if err != nil {
		return err
	}
	t := flows.Turn{By: flows.Person{ID: w.To}, Personal: true, Reach: w.Reach, Case: w.Case}
	ch := flows.Change{Done: []flows.ErrandRef{er.Ref()}}
	if w.Watch != "" {
		s, err := b.Engine.FileState(ctx, w.Watch)
		if err != nil {
			return err
		}
		if s.Done {
			return b.Engine.Commit(ctx, ch)
		}
		if b.uploads.on(w.Watch) { // slow, not lost
			again := er
			again.Due, again.Gen = b.Engine.Now().Add(lostAfter).UTC(), 0
			ch.Add = append(ch.Add, again)
			return b.Engine.Commit(ctx, ch)
		}
		add, err := b.replace(w.Watch, t, w.Asked, consentWork{Text: b.lang().Say("The file was not sent: I was interrupted.")})
		if err != nil {
			return err
		}
		s.Done = true
		m, err := s.Memo(w.Watch)
		if err != nil {
			return err
		}
		ch.Add, ch.Memos = append(ch.Add, add), append(ch.Memos, m)
	}
	o, err := b.Engine.OfferFile(ctx, t, w.File, w.Arg)
	if err == nil {
		err = b.ask(ctx, er, ch, t, o)
	}
	switch code := flows.CodeOf(err); {
	case code == flows.Denied, code == flows.Invalid, code == flows.NotFound:
		ch.Entries = append(ch.Entries, flows.Entry{Case: w.Case, At: b.Engine.Now(), By: w.To, Body: flows.Refused{Verb: flows.VerbFileTake, Code: code, Why: flows.SayOf(err)}})
		return b.Engine.Commit(ctx, ch)
	}
	return err
}

// replace is the errand that puts something in the place of a question.
func (b *Bot) replace(key string, t flows.Turn, asked string, w consentWork) (flows.Errand, error) {
	w.To, w.Reach, w.Asked = t.By.ID, t.Reach, asked
	body, err := json.Marshal(w)
	if err != nil {
		return flows.Errand{}, fmt.Errorf("replace question: %w", err)
	}
	return flows.Errand{Key: consentErrand + "/" + key, Kind: consentErrand, Case: t.Case, Due: b.Engine.Now().UTC(), Body: body}, nil
}

// keepConsent does it. Taking a message away and replacing it may happen twice; a file is shown last.
func (b *Bot) keepConsent(ctx context.Context, er flows.Errand) error {
	w, err := flows.DecodeErrand[consentWork](er)
	if err != nil {
		return err
	}
	var ref teams.Ref
	if err := json.Unmarshal(w.Reach, &ref); err != nil {
		return fmt.Errorf("read reference: %w", err)
	}
	m, sent := teams.Message{Text: w.Text}, flows.Sent{To: flows.Recipient{Person: w.To}, Conversation: ref.Address(), Activity: w.Asked, Text: w.Text, Update: true}
	if w.File == nil {
		err = b.Teams.Update(ctx, ref, w.Asked, m)
	} else {
		if m.Attachment, err = w.File.Attachment(); err != nil {
			return err
		}
		sent.Card, m.Summary = m.Attachment.Content, b.lang().Say("Your file")
		err = b.Teams.Delete(ctx, ref, w.Asked)
	}
	if err != nil && !isGone(err) {
		return b.notReplaced(ctx, er, w, err)
	}
	if w.File != nil || isGone(err) {
		sent.Update = false
		if _, sent.Activity, err = b.sendTo(ctx, w.Reach, sent.To, m, er.Tries > 0); err != nil {
			return b.notReplaced(ctx, er, w, err)
		}
	}
	return b.Engine.Commit(ctx, flows.Change{Done: []flows.ErrandRef{er.Ref()}, Entries: []flows.Entry{{Case: er.Case, At: b.Engine.Now(), Body: sent}}})
}

func (b *Bot) notReplaced(ctx context.Context, er flows.Errand, w consentWork, err error) error {
	body, err := b.undelivered(er, flows.Recipient{Person: w.To}, err)
	if err != nil {
		return err
	}
	return b.Engine.Commit(ctx, flows.Change{Done: []flows.ErrandRef{er.Ref()}, Entries: []flows.Entry{{Case: er.Case, At: b.Engine.Now(), Body: body}}})
}

// consent takes the answer to a question for a file. The word is stored before the upload begins; Teams is answered when that has ended, or
// after a moment.
func (b *Bot) consent(ctx context.Context, a teams.Activity) (teams.InvokeAnswer, error) {
	taken := teams.InvokeAnswer{Status: http.StatusOK}
	answer, ok := teams.ReadConsent(a)
	var asked consentContext
	if !ok || json.Unmarshal(answer.Context, &asked) != nil || a.Conversation.Type != teams.Personal {
		return taken, nil // not an answer to a question of ours
	}
	t := turn(a)
	var err error
	if asked.Case, err = b.Engine.FileCase(ctx, asked.File, asked.Arg); err != nil {
		return taken, err
	}
	t.Verb, t.Case, t.Text, t.Files = flows.VerbFileTake, asked.Case, "", nil
	key := t.FileKey()
	if !answer.Accepted {
		t.Verb = flows.VerbFileLeave
		add, err := b.replace(key, t, t.ReplyTo, consentWork{Text: b.lang().Say("All right, the file was not sent. Ask me again whenever you want it.")})
		if err != nil {
			return taken, err
		}
		return taken, unlessSeen(b.Engine.LeaveFile(ctx, t, add))
	}
	long, cancel := context.WithTimeout(context.WithoutCancel(ctx), uploadWithin)
	way := sending{cancel, make(chan struct{})}
	already, why := b.uploads.begin(b.lang(), key, way)
	if already || why != "" {
		cancel()
		if already {
			return taken, nil
		}
		return taken, b.Engine.Say(ctx, t, why)
	}
	watch, err := b.offering(t, asked, key, b.Engine.Now().Add(lostAfter), key)
	if err == nil {
		err = b.Engine.TakeFile(ctx, t, asked.File, asked.Arg, watch)
	}
	if err != nil {
		b.uploads.end(key)
		return taken, b.notTaken(ctx, t, key, err)
	}
	b.uploads.wg.Go(func() {
		defer b.uploads.end(key)
		if err := b.hand(long, t, asked, answer.Upload, key); err != nil {
			b.logFailure(long, "hand out file", t, err)
		}
	})
	moment := time.NewTimer(waitForUpload)
	defer moment.Stop()
	select {
	case <-way.ended:
	case <-moment.C:
	}
	return taken, nil
}

func unlessSeen(err error) error {
	if flows.CodeOf(err) == flows.Seen {
		return nil
	}
	return err
}

// notTaken says why a file is not sent.
func (b *Bot) notTaken(ctx context.Context, t flows.Turn, key string, why error) error {
	switch code := flows.CodeOf(why); code {
	case flows.Seen:
		return nil
	case flows.Denied, flows.Invalid, flows.NotFound, flows.Conflict:
		add, err := b.replace(key, t, t.ReplyTo, consentWork{Text: flows.SayOf(why)})
		if err != nil {
			return err
		}
		if code == flows.Conflict { // the question shows already what became of it
			return b.Engine.Say(ctx, t, flows.SayOf(why))
		}
		return b.Engine.Commit(ctx, flows.Change{Add: []flows.Errand{add}})
	}
	return why
}

// offerPressed is the errand to offer what a press asked for.
func (b *Bot) offerPressed(ctx context.Context, t flows.Turn, o flows.FileOffer) error {
	er, err := b.offering(t, consentContext{o.Kind, o.Arg, o.Case}, t.FileKey(), b.Engine.Now(), "")
	if err != nil {
		return err
	}
	return b.Engine.Commit(ctx, flows.Change{Add: []flows.Errand{er}})
}

// offering is the errand to offer a file again; watch is empty or the key of the upload it waits for.
func (b *Bot) offering(t flows.Turn, c consentContext, key string, due time.Time, watch string) (flows.Errand, error) {
	w := offerWork{File: c.File, Arg: c.Arg, Case: c.Case, To: t.By.ID, Reach: t.Reach, Watch: watch}
	if watch != "" {
		w.Asked = t.ReplyTo
	}
	body, err := json.Marshal(w)
	if err != nil {
		return flows.Errand{}, fmt.Errorf("offer file: %w", err)
	}
	return flows.Errand{Key: offerErrand + "/" + key, Kind: offerErrand, Case: c.Case, Due: due.UTC(), Body: body}, nil
}

// hand makes the file, asks once more who may have it, and puts it where the person allowed it.
func (b *Bot) hand(ctx context.Context, t flows.Turn, c consentContext, up teams.UploadInfo, key string) error {
	now := b.Engine.Now()
	o, err := b.Engine.OfferFile(ctx, t, c.File, c.Arg)
	var content []byte
	if err == nil {
		content, err = b.file(ctx, o.FileView)
	}
	if err != nil {
		return errors.Join(expected(err), b.notHanded(ctx, t, c, key, flows.SayOf(err), flows.CodeOf(err) == flows.Unavailable))
	}
	err = b.Teams.Upload(ctx, up.URL, content)
	te, isTeams := errors.AsType[*teams.Error](err)
	sure := err == nil
	switch {
	case sure, isTeams && te.Ambiguous:
	case errors.Is(err, teams.RefusedHost):
		return errors.Join(err, b.notHanded(ctx, t, c, key, "The file was not sent: Teams named a place for it that is not your organisation's OneDrive. Please tell your IT team.", false))
	case isTeams && te.Status == http.StatusInsufficientStorage:
		return b.notHanded(ctx, t, c, key, b.lang().Say("The file was not sent: your OneDrive is full. Make room there, and ask me again."), false)
	case isTeams && te.NotFound:
		return b.notHanded(ctx, t, c, key, b.lang().Say("The file was not sent: the time that Teams allows for it had ended. Here is the question again."), true)
	case isTeams && te.Temporary:
		return b.notHanded(ctx, t, c, key, b.lang().Say("The file was not sent: OneDrive does not take it just now. Here is the question again; please wait a minute before you allow it."), true)
	default:
		return errors.Join(err, b.notHanded(ctx, t, c, key, "The file was not sent: OneDrive refused it. Please ask me again, and if it stays so, tell your IT team.", false))
	}
	sum := sha256.Sum256(content)
	m, err := flows.FileState{At: now.UTC(), Done: true}.Memo(key)
	if err != nil {
		return err
	}
	add, err := b.replace(key, t, t.ReplyTo, consentWork{File: &teams.Uploaded{Name: up.Name, URL: up.ContentURL, UniqueID: up.UniqueID, Type: up.FileType}})
	if err != nil {
		return err
	}
	ch := flows.Change{
		Memos: []flows.Memo{m}, Add: []flows.Errand{add}, Drop: []string{offerErrand + "/" + key},
		Entries: []flows.Entry{{Case: o.Case, At: now, By: t.By.ID, Body: flows.FileHanded{
			File: o.Kind, Arg: o.Arg, Name: o.Name, Hash: hex.EncodeToString(sum[:]), Size: len(content), To: t.By, Sure: sure,
		}}},
	}
	if err := b.Engine.Commit(ctx, ch); err != nil || sure {
		return err
	}
	b.Log.WarnContext(ctx, "file uploaded, and Teams did not say so", slog.String("file", string(o.Kind)))
	return b.Engine.Say(ctx, t, b.lang().Say("All of the file was sent, but Teams did not say that it arrived. If it does not open, please ask me for it again."))
}

// expected is nil for what the person is told and can do something about.
func expected(err error) error {
	switch flows.CodeOf(err) {
	case flows.Denied, flows.Invalid, flows.NotFound, flows.Conflict:
		return nil
	}
	return err
}

// notHanded ends a question without a file, and puts it anew when that may help.
func (b *Bot) notHanded(ctx context.Context, t flows.Turn, c consentContext, key, why string, again bool) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute) // the upload's own time may have ended
	defer cancel()
	now := b.Engine.Now()
	m, err := flows.FileState{At: now.UTC(), Done: true}.Memo(key)
	if err != nil {
		return err
	}
	add, err := b.replace(key, t, t.ReplyTo, consentWork{Text: why})
	if err != nil {
		return err
	}
	ch := flows.Change{
		Memos: []flows.Memo{m}, Add: []flows.Errand{add}, Drop: []string{offerErrand + "/" + key},
		Entries: []flows.Entry{{Case: c.Case, At: now, Body: flows.Unsent{To: flows.Recipient{Person: t.By.ID}, Why: why}}},
	}
	if again {
		offer, err := b.offering(t, c, key+"/again", now, "")
		if err != nil {
			return err
		}
		ch.Add = append(ch.Add, offer)
	}
	return b.Engine.Commit(ctx, ch)
}
