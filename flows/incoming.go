package flows

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Incoming is a people event that another system sent and whose signature was checked. It becomes a draft; a person of HR confirms it.
type Incoming struct {
	Source      string // the system
	ID          string // its own id of the event
	Body        []byte // as it came
	To          string // sign-in name or object id of the HR person
	Event       PeopleEvent
	JobText     string // as the system has it
	SiteText    string
	ManagerText string
	SubjectText string
}

// taken is what is remembered of an event, for as long as the store lives: the same id never begins twice.
type taken struct {
	Hash  string `json:"hash"` // of the body
	Draft string `json:"draft"`
}

// name tells this event from all others; it holds no words of the system.
func (in Incoming) name() string { return hashed(in.Source + "\x00" + in.ID) }

// TakeIn makes a draft of an event that another system sent, in the chat of the HR person who is to confirm it. The same event again gives
// the same draft; another one under the same id is a Conflict. When the person may not confirm it, nothing is stored: that is Denied.
func (e *Engine) TakeIn(ctx context.Context, in Incoming) (string, error) {
	sum := sha256.Sum256(in.Body)
	t := taken{Hash: hex.EncodeToString(sum[:]), Draft: "D-" + in.name()}
	key := "incoming/" + in.name()
	if again, err := e.takenBefore(ctx, key, t); again || err != nil {
		return t.Draft, err
	}
	a, err := e.World.FetchAccount(ctx, in.To)
	if err != nil {
		return "", fmt.Errorf("find the HR person of %s: %w", in.Source, err)
	}
	_, roles, err := e.Standing(ctx, a.ID)
	if err != nil {
		return "", fmt.Errorf("read standing of the HR person of %s: %w", in.Source, err)
	}
	if !rightTo(e.lang(), doEvent).held(roles) {
		return "", &Error{Code: Denied, Say: e.lang().Say("The person who is to confirm the events of %s is not HR.", in.Source), Err: errors.New("draft_to is not HR")}
	}
	now := e.Now()
	counted, err := e.mayTakeIn(ctx, in, now)
	if err != nil {
		return "", err
	}
	d := Draft{
		ID: t.Draft, State: DraftReading, By: a.Person(), Source: in.Source, Event: in.Event, ManagerText: in.ManagerText, SubjectText: in.SubjectText,
		Problems: map[string]string{}, At: now,
	}
	e.place(&d, in)
	if d.Event.Kind == LeaverEvent {
		d.Event.Reply = e.Policy.Leaver.Reply
	}
	m, err := draftMemo(d)
	if err != nil {
		return "", err
	}
	v, err := json.Marshal(t)
	if err != nil {
		return "", fmt.Errorf("remember event: %w", err)
	}
	err = e.Commit(ctx, Change{
		Turn: "incoming|" + in.name(), Memos: append(counted, m, Memo{Key: key, Value: v}),
		Entries: []Entry{{Case: CaseID(d.ID), At: now, Body: Received{Source: in.Source, ID: in.ID, Hash: t.Hash, Body: string(in.Body), To: d.By}}},
		Add:     []Errand{{Key: DraftErrand + "/" + d.ID, Kind: DraftErrand, Lane: "draft/" + d.ID, Due: now.UTC(), Body: errandBody(DraftWork{d.ID})}},
	})
	if CodeOf(err) == Seen { // sent twice at the same moment
		_, err = e.takenBefore(ctx, key, t)
	}
	return t.Draft, err
}

// mayTakeIn holds a system to as many events a day as the person who confirms them may confirm cases: more are a mistake of the system, and
// would only bury that person. The memos count this one, and forget those of yesterday.
func (e *Engine) mayTakeIn(ctx context.Context, in Incoming, now time.Time) ([]Memo, error) {
	prefix := "incoming-at/" + hashed(in.Source) + "/"
	times, old, err := e.counted(ctx, prefix, now.Add(-24*time.Hour))
	if err != nil {
		return nil, err
	}
	if n := len(times); n >= e.Policy.Limits.CasesPerDay {
		return nil, &Error{Code: Unavailable, Say: e.lang().Say("Too many events came from this system in a day."), RetryAfter: time.Hour, Err: fmt.Errorf("%d events of %s in a day", n, in.Source)}
	}
	m, err := counter(prefix+in.name(), now)
	return append(old, m), err
}

// takenBefore reports whether the event was taken; another one under its id is a Conflict.
func (e *Engine) takenBefore(ctx context.Context, key string, t taken) (bool, error) {
	v, err := e.Store.Recall(ctx, key)
	if CodeOf(err) == NotFound {
		return false, nil
	}
	var was taken
	if err == nil {
		err = json.Unmarshal(v, &was)
	}
	if err != nil {
		return false, fmt.Errorf("look for an earlier event: %w", err)
	}
	if was.Hash != t.Hash {
		return true, moved(e.lang().Say("Another event was sent under this id before."))
	}
	return true, nil
}

// place finds the job profile and the site that the system's words mean; what they do not say surely is asked on the form.
func (e *Engine) place(d *Draft, in Incoming) {
	for _, f := range []struct {
		field, text, what string
		found             []string
		to                *string
	}{
		{"job", in.JobText, e.lang().Say("job profile"), e.Policy.FindJobs(in.JobText), &d.Event.Job},
		{"site", in.SiteText, "site", e.Policy.FindSites(in.SiteText), &d.Event.Site},
	} {
		switch {
		case f.text == "":
		case len(f.found) == 1:
			*f.to = f.found[0]
		case len(f.found) == 0:
			d.Problems[f.field] = e.lang().Say("There is no %s called %s. Choose one.", f.what, quote(cutText(f.text, 60)))
		default:
			d.Problems[f.field] = e.lang().Say("%s may be %s. Choose one.", quote(cutText(f.text, 60)), strings.Join(f.found, e.lang().Say(" or ")))
		}
	}
}

// readReceived asks the directory about an event that another system sent. HR then sees the form with what is doubtful, or the summary.
func (e *Engine) readReceived(ctx context.Context, er Errand, d Draft) error {
	asked := d
	asked.Problems = maps.Clone(d.Problems)
	err := e.lookAtRow(ctx, &d)
	if d.Event.Kind == LeaverEvent && d.mayMean(d.By.ID) && (err == nil || CodeOf(err) != Unavailable) {
		colleague, err := e.colleague(ctx, d)
		if err != nil {
			return err
		}
		if colleague.ID == "" {
			return e.putToNobody(ctx, er, d)
		}
		asked.By = colleague
		return e.readReceived(ctx, er, asked)
	}
	switch {
	case CodeOf(err) == Unavailable || CodeOf(err) == Internal && err != nil:
		return err // nobody waits for it yet; the runner tries again
	case err != nil:
		d.Problems = set(d.Problems, "", SayOf(err))
	}
	d.State, d.CheckedAt = DraftSummary, e.Now()
	if len(d.Problems) > 0 {
		d.State = DraftForm
	}
	m, err := draftMemo(d)
	if err != nil {
		return err
	}
	return e.Commit(ctx, Change{Done: []ErrandRef{er.Ref()}, Memos: []Memo{m}, Add: draftCards(d, e.Now())})
}

// mayMean reports whether a draft is, or may be, about somebody.
func (d Draft) mayMean(id AccountID) bool {
	return d.Event.Subject.ID == id || slices.ContainsFunc(d.Subjects, func(a Account) bool { return a.ID == id })
}

// colleague is somebody else of HR for an exit that a system sent about the person who was to confirm it: they must not read of it.
func (e *Engine) colleague(ctx context.Context, d Draft) (Person, error) {
	people, err := e.everyone(ctx, e.Policy.Roles.HR)
	if err != nil {
		return Person{}, err
	}
	for _, p := range people {
		if p.ID != d.By.ID && !d.mayMean(p.ID) {
			return p, nil
		}
	}
	return Person{}, nil
}

// putToNobody gives up an exit that only the person it is about could confirm. The owners are asked to see to it, without a name.
func (e *Engine) putToNobody(ctx context.Context, er Errand, d Draft) error {
	d.State = DraftWithdrawn
	m, err := draftMemo(d)
	if err != nil {
		return err
	}
	to, err := e.driftReaders(ctx, d.By.ID, true)
	if err != nil {
		return err
	}
	ch := Change{Done: []ErrandRef{er.Ref()}, Memos: []Memo{m}}
	if len(to) > 0 {
		ch.Add = []Errand{{
			Key: SayErrand + "/" + d.ID + "/nobody", Kind: SayErrand, Case: CaseID(d.ID), Due: e.Now().UTC(),
			Body: errandBody(SayWork{To: to[len(to)-1], Text: e.lang().Say("An event from %s could not be put to anybody: it may be about the only person of HR who could confirm it. Please look at it there, and name a second person of HR in the policy.", d.Source)}),
		}}
	}
	return e.Commit(ctx, ch)
}

// findMeant finds the people whom a text may mean: a name, a sign-in name, or an object id.
func (e *Engine) findMeant(ctx context.Context, text string) ([]Account, error) {
	if !isGUID(strings.ToLower(text)) {
		return e.World.FindAccounts(ctx, text, 10)
	}
	a, err := e.World.FetchAccount(ctx, strings.ToLower(text))
	if CodeOf(err) == NotFound {
		return nil, nil
	}
	return []Account{a}, err
}
