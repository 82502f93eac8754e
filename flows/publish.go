package flows

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"muster/flows/texts"
)

// A log proves nothing to anybody who holds no earlier state of it. So its signed state, the checkpoint, is sent away: every working day,
// and with each monthly review, to every place that the organisation has.

// Head is the signed state of the log at one moment.
type Head struct {
	Size int64  `json:"size"` // entries
	Root string `json:"root"` // base64
	Note string `json:"note"` // the signed note, which anybody with the public key can check
	Keys string `json:"keys,omitempty"`
}

// Notary signs the log as it stands. It is not called inside a commit.
type Notary interface {
	Sign(ctx context.Context) (Head, error)
}

// Sink is a place outside where checkpoints are left. Leave may be called again for what was left already. A Conflict says that the place
// knows another log: a longer one, or one that this does not continue.
type Sink interface {
	// Leave leaves h there. last is what was left there before. It returns the note with what the place added, or an empty one.
	Leave(ctx context.Context, h Head, last Published) (note string, err error)
}

// ownersPlace is the owners' channel as a place. The others are named by the configuration.
const ownersPlace = "owners"

// Published is what was left at one place last, and whether it takes anything now. It is remembered beside the log.
type Published struct {
	Place   string    `json:"place"`
	Head    Head      `json:"head"`
	At      time.Time `json:"at,omitzero"`
	Failing time.Time `json:"failing,omitzero"` // since when it takes nothing; people were told once
	Why     string    `json:"why,omitempty"`    // what it says
}

// CheckpointPublished is a checkpoint that left the machine. It belongs to no case.
type CheckpointPublished struct {
	Place string `json:"place"`
	Size  int64  `json:"size"`
	Root  string `json:"root"`
	Note  string `json:"note"` // with the signatures of others, such as a witness
}

// Kind names the shape, for ever.
func (CheckpointPublished) Kind() Kind { return "checkpoint.published.1" }

const (
	// CheckpointErrand signs the log and sends the checkpoint away; PublishErrand leaves it at one place. Stored in the queue, so never renamed.
	CheckpointErrand = "checkpoint.1"
	PublishErrand    = "publish.1"

	dailyKey = CheckpointErrand + "/daily"

	// PublishedKey and a place are what Published is remembered under.
	PublishedKey = "published/"
)

// PublishWork is the body of a publish errand.
type PublishWork struct {
	Place string
	Head  Head
}

// Published are the places that were given a checkpoint, or should have been, by name.
func (e *Engine) Published(ctx context.Context) ([]Published, error) {
	memos, err := e.Store.RecallAll(ctx, PublishedKey)
	if err != nil {
		return nil, fmt.Errorf("recall what was published: %w", err)
	}
	var out []Published
	for _, m := range memos {
		var p Published
		if err := json.Unmarshal(m.Value, &p); err != nil {
			return nil, fmt.Errorf("recall what was published: %w", err)
		}
		out = append(out, p)
	}
	return out, nil
}

func (e *Engine) recallPublished(ctx context.Context, place string) (Published, error) {
	p := Published{Place: place}
	b, err := e.Store.Recall(ctx, PublishedKey+place)
	if CodeOf(err) == NotFound {
		return p, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &p)
	}
	if err != nil {
		return p, fmt.Errorf("recall what was published: %w", err)
	}
	return p, nil
}

// Begin puts in the queue what comes round by itself. It is called at each start, and leaves alone what is due within a day or should have
// been done already: a process that starts often would otherwise put it off for ever.
func (e *Engine) Begin(ctx context.Context) error {
	if e.Notary == nil {
		return nil
	}
	all, err := e.Published(ctx)
	if err != nil {
		return err
	}
	last := e.Now()
	if i := slices.IndexFunc(all, func(p Published) bool { return p.Place == ownersPlace && !p.At.IsZero() }); i >= 0 {
		last = all[i].At
	}
	add := []Errand{e.Policy.checkpointErrand(last)}
	if e.Eraser != nil {
		add = append(add, e.Policy.expireErrand(e.Now()))
	}
	soon, err := e.Store.Due(ctx, e.Now().AddDate(0, 0, 1), len(add), func(r ErrandRef) bool {
		return !slices.ContainsFunc(add, func(er Errand) bool { return er.Key == r.Key })
	})
	if err != nil {
		return fmt.Errorf("look for what comes round by itself: %w", err)
	}
	add = slices.DeleteFunc(add, func(er Errand) bool {
		return slices.ContainsFunc(soon, func(s Errand) bool { return s.Key == er.Key && s.Due.Before(er.Due) })
	})
	if len(add) == 0 {
		return nil
	}
	return e.Commit(ctx, Change{Add: add})
}

// home is the site whose hours count for what concerns the organisation and no person: the first by name.
func (p *Policy) home() Site {
	var first string
	for name := range p.Sites {
		if first == "" || name < first {
			first = name
		}
	}
	return p.Sites[first]
}

// beforeClosing is how long before the end of the working day the checkpoint leaves: it covers the day, and somebody is there to see it.
const beforeClosing = time.Hour

// checkpointErrand is the next daily checkpoint after a time.
func (p *Policy) checkpointErrand(last time.Time) Errand {
	site := p.home()
	loc, err := site.Location()
	if err != nil {
		loc = time.UTC
	}
	hour, minute := clockOr(site.Closes, closesDefault)
	day := DateOf(last.In(loc))
	at := day.At(loc, hour, minute).Add(-beforeClosing)
	for !at.After(last) || !site.IsWorkingDay(day) {
		day = day.AddDays(1)
		at = day.At(loc, hour, minute).Add(-beforeClosing)
	}
	return Errand{Key: dailyKey, Kind: CheckpointErrand, Due: at.UTC()}
}

// Publish signs the log and returns the errands that leave the checkpoint at every place. The caller commits them with its own change.
func (e *Engine) Publish(ctx context.Context) ([]Errand, error) {
	if e.Notary == nil {
		return nil, nil
	}
	h, err := e.Notary.Sign(ctx)
	if err != nil {
		return nil, fmt.Errorf("sign the log: %w", err)
	}
	places := []string{}
	if e.Policy.Channels.Owners != "" {
		places = append(places, ownersPlace)
	}
	for name := range e.Sinks {
		places = append(places, name)
	}
	slices.Sort(places)
	var out []Errand
	for _, place := range places {
		key := PublishErrand + "/" + place
		out = append(out, Errand{Key: key, Kind: PublishErrand, Lane: key, Due: e.Now().UTC(), Body: errandBody(PublishWork{place, h})})
	}
	return out, nil
}

// runCheckpoint sends the day's checkpoint away, and comes again on the next working day.
func (e *Engine) runCheckpoint(ctx context.Context, er Errand) error {
	add, err := e.Publish(ctx)
	if err != nil {
		return err
	}
	return e.Commit(ctx, Change{Done: []ErrandRef{er.Ref()}, Add: append(add, e.Policy.checkpointErrand(e.Now()))})
}

// publish leaves one checkpoint at one place, and writes down that it is there.
func (e *Engine) publish(ctx context.Context, er Errand) error {
	w, err := DecodeErrand[PublishWork](er)
	if err != nil {
		return err
	}
	last, err := e.recallPublished(ctx, w.Place)
	if err != nil {
		return err
	}
	done := Change{Done: []ErrandRef{er.Ref()}}
	if last.Head.Size > w.Head.Size {
		return e.Commit(ctx, done) // a newer one is there
	}
	note, err := e.leave(ctx, w, last)
	if err != nil {
		return e.notPublished(ctx, er, last, err)
	}
	now := e.Now().UTC()
	if !last.Failing.IsZero() {
		done.Add = e.toIT("published/"+w.Place, now, e.lang().Say("The checkpoints of the evidence reach %s again.", PlaceName(e.lang(), w.Place)))
	}
	p := Published{Place: w.Place, Head: w.Head, At: now}
	p.Head.Note = orElse(note, w.Head.Note)
	done.Entries = []Entry{{At: now, Body: CheckpointPublished{Place: w.Place, Size: p.Head.Size, Root: p.Head.Root, Note: p.Head.Note}}}
	return e.keepPublished(ctx, done, p)
}

func (e *Engine) keepPublished(ctx context.Context, ch Change, p Published) error {
	v, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("remember what was published: %w", err)
	}
	ch.Memos = append(ch.Memos, Memo{Key: PublishedKey + p.Place, Value: v})
	return e.Commit(ctx, ch)
}

// leave gives the checkpoint to the place.
func (e *Engine) leave(ctx context.Context, w PublishWork, last Published) (string, error) {
	if w.Place != ownersPlace {
		sink, ok := e.Sinks[w.Place]
		if !ok { // taken out of the configuration since
			return "", &Error{Code: NotFound, Say: e.lang().Say("It is not configured any more.")}
		}
		return sink.Leave(ctx, w.Head, last)
	}
	key := "checkpoint/" + strconv.FormatInt(w.Head.Size, 10)
	there, err := e.Courier.Found(ctx, key)
	if err != nil || there {
		return "", err
	}
	return "", e.Courier.Deliver(ctx, key, "", Recipient{Channel: ownersPlace}, w.Head.post(e.lang(), last, e.Now()))
}

// tellAfter is how often a place is tried before IT hears of it: some five minutes.
const tellAfter = 6

// notPublished decides what a failure means: later; or, when it goes on, a word to IT, once; or, when the place knows another log, an alarm.
func (e *Engine) notPublished(ctx context.Context, er Errand, last Published, why error) error {
	now := e.Now().UTC()
	switch code := CodeOf(why); {
	case code == NotFound && last.Place != ownersPlace && e.Sinks[last.Place] == nil:
		return e.Commit(ctx, Change{Done: []ErrandRef{er.Ref()}, Memos: []Memo{{Key: PublishedKey + last.Place}}})
	case code == Conflict && last.Place != ownersPlace:
		ch := Change{Done: []ErrandRef{er.Ref()}}
		if last.Failing.IsZero() || last.Why != SayOf(why) {
			last.Failing, last.Why = now, SayOf(why)
			ch.Add = e.toChannels("evidence", now, e.lang().Say("The evidence does not fit what %s has kept. %s If a backup was restored, entries are missing since then; otherwise the log was changed. Stop Muster, keep its data folder as it is, and run \"muster verify\" on it.", PlaceName(e.lang(), last.Place), last.Why))
		}
		return e.keepPublished(ctx, ch, last)
	case er.Tries+1 < tellAfter || !last.Failing.IsZero():
		return why
	}
	last.Failing, last.Why = now, SayOf(why)
	if err := e.keepPublished(ctx, Change{Add: e.toIT("published/"+last.Place, now, e.lang().Say("The checkpoints of the evidence do not reach %s. Until they do, nobody outside can tell whether the log was changed since the last one. Muster goes on trying, and says so when it works again.", PlaceName(e.lang(), last.Place)))}, last); err != nil {
		return err
	}
	return why
}

// toIT puts a sentence without names into IT's channel.
func (e *Engine) toIT(why string, now time.Time, text string) []Errand {
	return []Errand{{
		Key: fmt.Sprintf("%s/%s/it/%d", SayErrand, why, now.UnixNano()), Kind: SayErrand, Due: now.UTC(),
		Body: errandBody(SayWork{To: Recipient{Channel: "it"}, Text: text}),
	}}
}

// PlaceName is a place for reading.
func PlaceName(lang texts.Language, place string) string {
	if place == ownersPlace {
		return lang.Say("the owners' channel")
	}
	return place
}

// ShortRoot is the beginning of a root, to compare by eye.
func ShortRoot(root string) string { return root[:min(len(root), 12)] }

// post is the checkpoint as the owners' channel gets it: one line to read, and the note, which proves it.
func (h Head) post(lang texts.Language, last Published, now time.Time) string {
	text := lang.Say("Evidence: %s entries, root %s…, signed %s UTC. Nothing to do; these messages show later whether the log was changed.\n\n%s", thousands(h.Size), ShortRoot(h.Root), lang.Time(now.UTC(), "Mon 2 January 2006, 15:04"), h.Note)
	if h.Keys != last.Head.Keys {
		text += lang.Say("\nThe log has a new signing key. The old key signed this:\n\n%s", strings.TrimPrefix(h.Keys, last.Head.Keys))
	}
	return text
}

// thousands writes a number with commas.
func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// KeyChanged is the log going on with another signing key. The statement is signed with both. It belongs to no case.
type KeyChanged struct {
	From      string `json:"from"` // public keys
	To        string `json:"to"`
	Size      int64  `json:"size"` // of the last log that the old key signed
	Statement string `json:"statement"`
	Reason    string `json:"reason,omitempty"`
}

// Kind names the shape, for ever.
func (KeyChanged) Kind() Kind { return "key.changed.1" }
