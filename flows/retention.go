package flows

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"muster/flows/texts"
)

// What entries say is kept no longer than the policy says, by the kind of what is kept. One errand at night looks for what is due. That
// something was kept, when, and that it is gone stays, and so does every proof.

// KeptEnough is that what was kept as long as a rule of the policy says is gone. It names nobody.
type KeptEnough struct {
	Rule   KeepRule  `json:"rule"`
	Before time.Time `json:"before"` // what ended before
	Found  Forgotten `json:"found"`
}

// Kind is the kind, for ever.
func (KeptEnough) Kind() Kind { return "retention.ended.1" }

// KeepRule is a key of the policy under retention. It is stored, so a name is for ever.
type KeepRule string

// The rules whose end takes the bodies of whole streams.
const (
	KeepCases   KeepRule = "case_days"   // ended cases, with the drafts that led to them
	KeepReviews KeepRule = "review_days" // the sheets of monthly reviews that are signed
)

// casesAtOnce is how many cases are erased in one commit: others wait for it.
const casesAtOnce = 25

// expireErrand is the next look for what was kept long enough: at night.
func (p *Policy) expireErrand(now time.Time) Errand {
	loc, err := p.home().Location()
	if err != nil {
		loc = time.UTC
	}
	at := DateOf(now.In(loc)).At(loc, 3, 30)
	if !at.After(now) {
		at = DateOf(now.In(loc)).AddDays(1).At(loc, 3, 30)
	}
	return Errand{Key: expireKey, Kind: ExpireErrand, Due: at.UTC()}
}

// expire erases what was kept as long as the policy says: each rule in commits of its own, so that what a crash left is found again.
func (e *Engine) expire(ctx context.Context, ed Errand) error {
	now := e.Now().UTC()
	for _, rule := range []func(context.Context, time.Time) error{e.expireTalk, e.expireCases, e.expireReviews} {
		if err := rule(ctx, now); err != nil {
			return fmt.Errorf("forget what was kept long enough: %w", err)
		}
	}
	return e.Commit(ctx, Change{Done: []ErrandRef{ed.Ref()}, Add: []Errand{e.Policy.expireErrand(now)}})
}

// outlived erases what f names and says so in the log; the file is scrubbed after it.
func (e *Engine) outlived(ctx context.Context, now time.Time, f Forgetting, because func(Forgotten) Body) error {
	_, err := e.Eraser.Forget(ctx, f, func(n Forgotten) Change {
		return Change{Entries: []Entry{{At: now, Body: because(n)}}, Add: []Errand{{Key: ScrubErrand + "/expired", Kind: ScrubErrand, Due: now}}}
	})
	return err
}

// expireTalk erases what was said that belongs to no case.
func (e *Engine) expireTalk(ctx context.Context, now time.Time) error {
	before := now.AddDate(0, 0, -e.Policy.Retention.TalkDays)
	return e.outlived(ctx, now, Forgetting{Before: before}, func(n Forgotten) Body { return TalkExpired{before, n} })
}

// expireCases erases the cases of people who have left for good; never when the policy does not say after how long.
func (e *Engine) expireCases(ctx context.Context, now time.Time) error {
	if e.Policy.Retention.CaseDays == 0 {
		return nil
	}
	all, err := e.Store.Cases(ctx, "all")
	if err != nil {
		return fmt.Errorf("list cases: %w", err)
	}
	before := now.AddDate(0, 0, -e.Policy.Retention.CaseDays)
	old, err := keptEnough(e.lang(), all, before, DateOf(now))
	if err != nil {
		return err
	}
	for some := range slices.Chunk(old, casesAtOnce) {
		if err := e.outlived(ctx, now, caseTraces(some), func(n Forgotten) Body { return KeptEnough{KeepCases, before, n} }); err != nil {
			return err
		}
	}
	return nil
}

// caseTraces are the cases, the drafts that led to them, and what is remembered or waits under their names.
func caseTraces(cases []Case) Forgetting {
	var f Forgetting
	for _, c := range cases {
		f.Streams, f.Keys = append(f.Streams, c.ID), append(f.Keys, string(c.ID))
		if c.Draft != "" {
			f.Streams, f.Keys = append(f.Streams, CaseID(c.Draft)), append(f.Keys, c.Draft)
		}
		for _, name := range c.names() {
			f.Keys = append(f.Keys, leftKey(name), reservedKey(name))
		}
		if s := c.Subject(); s.ID != "" {
			f.Keys = append(f.Keys, driftKey+string(s.ID))
		}
	}
	return f
}

// names are what the person of a case is and was called in it, and the sign-in names.
func (c Case) names() []string {
	var out []string
	for _, name := range []string{c.Event.Name(), c.Subject().Name, c.Event.newName(), c.Facts.Subject.Name, c.Subject().UPN, c.Plan.Account.UPN, c.Facts.Subject.UPN, c.Event.UPN} {
		if name = strings.TrimSpace(name); name != "" && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// held reports whether the data of a case must be kept on a day, whatever else the policy says.
func (c Case) onHold(today Date) bool {
	return c.Event.Hold != "" && (c.Event.HoldUntil == "" || today.Before(c.Event.HoldUntil))
}

// keptEnough are the cases that were kept long enough: ended before a time, as were all others of the same person, none of them on hold, the
// person not working here any more as far as the cases tell, and no open case naming them. Somebody's cases say why they have what they
// have, so they stay for as long as the person does.
func keptEnough(lang texts.Language, all []Case, before time.Time, today Date) ([]Case, error) {
	old := func(c Case) bool {
		return c.Over() && !c.Ended.At.IsZero() && c.Ended.At.Before(before) && !c.onHold(today)
	}
	if !slices.ContainsFunc(all, old) {
		return nil, nil
	}
	kin := kinOf(lang, all)
	var open [][]byte // the cases that go on, as they are stored
	for _, c := range all {
		if c.Over() {
			continue
		}
		b, err := json.Marshal(c)
		if err != nil {
			return nil, fmt.Errorf("read the links of %s: %w", c.ID, err)
		}
		open = append(open, b)
	}
	var out []Case
	for _, c := range all {
		if !old(c) {
			continue
		}
		theirs := kin(c)
		linked := slices.ContainsFunc(open, func(row []byte) bool { return strings.Contains(string(row), string(c.ID)) })
		if !linked && !here(theirs) && !slices.ContainsFunc(theirs, func(o Case) bool { return !old(o) }) {
			out = append(out, c)
		}
	}
	return out, nil
}

// kinOf finds the cases of the same person, that one among them. Where there is no account only the name says who is meant: that may be
// another person's, and then both are kept for longer.
func kinOf(lang texts.Language, all []Case) func(Case) []Case {
	by := map[string][]int{}
	const bare = "bare "
	marks := func(c Case, find bool) []string {
		s := c.Subject()
		out := []string{lang.Say("id %s", string(c.Account)), lang.Say("id %s", string(s.ID)), lang.Say("id %s", string(c.Event.Former)), lang.Say("upn %s", plain(s.UPN)), lang.Say("upn %s", plain(c.Facts.Subject.UPN))}
		name := plain(c.Event.Name())
		switch none := c.Account == "" && s.ID == ""; {
		case find && none:
			out = append(out, lang.Say("name %s", name))
		case find:
			out = append(out, bare+name)
		case none:
			out = append(out, lang.Say("name %s", name), bare+name)
		default:
			out = append(out, lang.Say("name %s", name))
		}
		slices.Sort(out)
		return slices.DeleteFunc(slices.Compact(out), func(s string) bool { return strings.HasSuffix(s, " ") })
	}
	for i, c := range all {
		for _, m := range marks(c, false) {
			by[m] = append(by[m], i)
		}
	}
	return func(c Case) []Case {
		seen := map[int]bool{}
		var out []Case
		for _, m := range marks(c, true) {
			for _, i := range by[m] {
				if !seen[i] {
					seen[i] = true
					out = append(out, all[i])
				}
			}
		}
		return out
	}
}

// here reports whether the person of these cases works here, as far as they tell: there is an account, and what ended last was not an exit,
// a deletion, or a start that came to nothing.
func here(cases []Case) bool {
	account, gone := false, false
	var last time.Time
	for _, c := range cases {
		account = account || c.Account != "" || c.Subject().ID != ""
		if c.Kind != JoinerEvent && c.Kind != LeaverEvent && c.Kind != DeletionEvent || c.Ended.At.Before(last) {
			continue
		}
		switch c.Kind {
		case JoinerEvent:
			gone = c.State == Stopped
		case LeaverEvent:
			if !c.gone() || c.Rescinded != nil {
				continue
			}
			gone = true
		case DeletionEvent:
			if c.State != Done {
				continue
			}
			gone = true
		}
		last = c.Ended.At
	}
	return account && !gone
}

// expireReviews erases the sheets of months that are long over and signed off.
func (e *Engine) expireReviews(ctx context.Context, now time.Time) error {
	if e.Policy.Retention.ReviewDays == 0 {
		return nil
	}
	before := now.AddDate(0, 0, -e.Policy.Retention.ReviewDays)
	streams, _, err := e.Store.Since(ctx, time.Time{})
	if err != nil {
		return fmt.Errorf("list reviews: %w", err)
	}
	var f Forgetting
	for _, id := range streams {
		m, ok := monthOfStream(id)
		if !ok {
			continue
		}
		if _, to := m.Bounds(e.home()); !to.Before(before) {
			continue
		}
		sheets, err := e.sheets(ctx, m)
		if err != nil {
			return err
		}
		if len(sheets) > 0 && !slices.ContainsFunc(sheets, func(s Sheet) bool { return !s.whole() }) {
			f.Streams, f.Keys = append(f.Streams, id), append(f.Keys, string(id))
		}
	}
	if len(f.Streams) == 0 {
		return nil
	}
	return e.outlived(ctx, now, f, func(n Forgotten) Body { return KeptEnough{KeepReviews, before, n} })
}

// reviewGone says that the review of a month was kept as long as the policy says, if so: none is made again of what is left.
func (e *Engine) reviewGone(ctx context.Context, m Month) error {
	recs, err := e.Store.Records(ctx, m.Stream())
	if err != nil {
		return fmt.Errorf("read the review of a month: %w", err)
	}
	if slices.ContainsFunc(recs, func(r Record) bool { return r.Erased && r.Kind == ReviewMade{}.Kind() }) {
		return gone(e.lang().Say("The review of %s was kept as long as the policy says, and is erased. Packs and files from before still have it.", m.Say(e.lang())))
	}
	return nil
}
