package flows

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"time"
)

// DriftRecord is what the last look at one person found. It is remembered beside the log; what was found stands in the log too.
type DriftRecord struct {
	Person   Person    `json:"person"`
	Case     CaseID    `json:"case"` // the latest of the person's
	Findings []Finding `json:"findings"`
	At       time.Time `json:"at"`
}

// Open are the findings that nobody has said may stay.
func (r DriftRecord) Open() []Finding {
	return slices.DeleteFunc(slices.Clone(r.Findings), func(f Finding) bool { return !f.Ignored.At.IsZero() })
}

// Shown is the hash of what is open: a decision is bound to what its card showed, not only to which access but also to what was wrong with
// it. What was "too much" on the card must not be given again because it has gone since.
func (r DriftRecord) Shown() PlanHash {
	var b []byte
	for _, f := range r.Open() {
		b = fmt.Appendf(b, "%q %q\n", f.Key, f.Kind)
	}
	sum := sha256.Sum256(b)
	return PlanHash(hex.EncodeToString(sum[:]))
}

const driftKey = "drift/"

// sweepSpread spreads the daily looks, so that the directory is not asked about everybody in one second.
const sweepSpread = 30 * time.Minute

// driftErrand is the look at one person: every morning, and at once when something of theirs was corrected.
func (c Case) driftErrand(due time.Time) Errand {
	id := string(c.Account)
	return Errand{Key: DriftErrand + "/" + id, Kind: DriftErrand, Lane: "drift/" + id[len(id)-1:], Due: due.UTC(), Body: errandBody(DriftWork{c.Account})}
}

// DriftWork is the body of a look at one person.
type DriftWork struct{ Account AccountID }

// sweeps reports whether a change makes a person known, or may have changed what they should hold.
func sweeps(c, next Case) bool {
	return next.Account != "" && (c.Account == "" || c.May == "" && next.May != "" || !c.Over() && next.Over())
}

// nextSweep is the next morning's look, at the person's site.
func (c Case) nextSweep(now time.Time) time.Time {
	local := now.In(c.Location())
	spread := time.Duration(0)
	for _, b := range []byte(c.Account) {
		spread = (spread*31 + time.Duration(b)*time.Second) % sweepSpread
	}
	hour, minute := clockOr(sweepAt, sweepAt)
	at := DateOf(local).At(c.Location(), hour, minute).Add(spread)
	if !at.After(now) {
		at = DateOf(local).AddDays(1).At(c.Location(), hour, minute).Add(spread)
	}
	return at
}

// sweepAt is when the daily looks begin: before people come to work, so that IT finds the list when they do.
const sweepAt = "06:00"

// sweepLeavers is how long after their exit leavers are looked at; accounts are deleted or forgotten by then.
const sweepLeavers = 366 * 24 * time.Hour

// sweep looks at one person, tells about what is new, and comes again the next day.
func (e *Engine) sweep(ctx context.Context, er Errand) error {
	w, err := DecodeErrand[DriftWork](er)
	if err != nil {
		return err
	}
	cases, err := e.Store.Cases(ctx, subjectKey(w.Account))
	if err != nil {
		return fmt.Errorf("list the cases of a person: %w", err)
	}
	if len(cases) == 0 {
		return e.Commit(ctx, Change{Done: []ErrandRef{er.Ref()}})
	}
	now := e.Now()
	rec, was, err := e.drift(ctx, w.Account, cases, now)
	if err != nil {
		return err
	}
	ch := Change{Done: []ErrandRef{er.Ref()}}
	last := cases[len(cases)-1]
	if !last.gone() || now.Sub(last.lastStep()) < sweepLeavers {
		ch.Add = append(ch.Add, last.driftErrand(last.nextSweep(now)))
	}
	return e.keepDrift(ctx, rec, was, ch)
}

// drift is what a person's cases and the directory show now, and what they showed the last time.
func (e *Engine) drift(ctx context.Context, id AccountID, cases []Case, now time.Time) (rec, was DriftRecord, err error) {
	if was, err = e.recallDrift(ctx, id); err != nil {
		return rec, was, err
	}
	r := rightsOf(e.lang(), cases)
	rec = DriftRecord{Person: cases[len(cases)-1].Subject(), Case: r.last, At: now}
	a, err := e.World.FetchAccount(ctx, string(id))
	switch {
	case CodeOf(err) == NotFound && (r.left || len(r.things) == 0):
		return rec, was, nil // deleted, as leavers are in the end
	case CodeOf(err) == NotFound:
		rec.Findings = []Finding{{Key: "account", Kind: DriftBlocked, Name: e.lang().Say("The account is not in the directory"), Case: r.last, Since: now}}
	case err != nil:
		return rec, was, fmt.Errorf("look at a person: %w", err)
	default:
		rec.Person = a.Person()
		member, _, _, err := e.World.Holdings(ctx, id)
		if err != nil {
			return rec, was, fmt.Errorf("look at what a person holds: %w", err)
		}
		var skus []SKU
		if len(a.Licences) > 0 {
			if skus, err = e.World.FetchSKUs(ctx); err != nil {
				return rec, was, fmt.Errorf("look at the licences: %w", err)
			}
		}
		rec.Findings = findDrift(e.lang(), r, held{a, member}, skus, now)
	}
	for i, f := range rec.Findings { // what was found before keeps its date, and what somebody said of it
		for _, old := range was.Findings {
			if old.Key == f.Key && old.Kind == f.Kind {
				rec.Findings[i].Since, rec.Findings[i].Ignored = old.Since, old.Ignored
			}
		}
	}
	return rec, was, nil
}

// recallDrift is what the last look at a person found; nothing when there was none.
func (e *Engine) recallDrift(ctx context.Context, id AccountID) (DriftRecord, error) {
	var rec DriftRecord
	b, err := e.Store.Recall(ctx, driftKey+string(id))
	if CodeOf(err) == NotFound {
		return rec, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &rec)
	}
	if err != nil {
		return rec, fmt.Errorf("recall drift: %w", err)
	}
	return rec, nil
}

// keepDrift remembers what was found. What is new stands in the log and is told: to IT, and to the owners when somebody who has left can
// sign in again.
func (e *Engine) keepDrift(ctx context.Context, rec, was DriftRecord, ch Change) error {
	m := Memo{Key: driftKey + string(rec.Person.ID)}
	if len(rec.Findings) > 0 {
		b, err := json.Marshal(rec)
		if err != nil {
			return fmt.Errorf("keep drift: %w", err)
		}
		m.Value = b
	}
	ch.Memos = append(ch.Memos, m)
	var fresh []Finding
	worst := false
	for _, f := range rec.Findings {
		if !slices.ContainsFunc(was.Findings, func(o Finding) bool { return o.Key == f.Key && o.Kind == f.Kind }) {
			fresh = append(fresh, f)
			worst = worst || f.Kind == DriftOpen
		}
	}
	if len(fresh) > 0 || len(rec.Findings) != len(was.Findings) {
		ch.Entries = append(ch.Entries, Entry{Case: rec.Case, At: rec.At, Body: DriftFound{Account: rec.Person.ID, Findings: rec.Findings}})
	}
	c, err := e.Store.Case(ctx, rec.Case)
	if err != nil {
		return fmt.Errorf("read the case of a finding: %w", err)
	}
	if len(fresh) > 0 {
		to, err := e.driftReaders(ctx, rec.Person.ID, worst)
		if err != nil {
			return err
		}
		text := e.lang().Say("The access of the person of %s is not what was decided: %s. Write \"drift %s\" to me in our own chat to see and to decide.", string(rec.Case), plural(len(fresh), e.lang().Say("one difference"), e.lang().Say("%d differences", len(fresh))), string(rec.Case))
		if worst {
			text = e.lang().Say("Somebody whose sign-in was blocked can sign in again (%s). Write \"drift %s\" to me in our own chat to see it and to put it right.", string(rec.Case), string(rec.Case))
		}
		for _, r := range to {
			ch.Add = append(ch.Add, say(c, "drift/"+rec.At.UTC().Format(time.RFC3339), r, text, rec.At))
		}
	}
	if len(fresh) > 0 {
		e.Log.WarnContext(ctx, "drift found", slog.String("case", string(rec.Case)), slog.Int("findings", len(fresh)))
	}
	return e.Commit(ctx, ch)
}

// driftReaders are where somebody's drift is told: IT's channel, and the owners' too when somebody who left can sign in again. Of a person
// who reads along there, as the directory has them now, it is told to one colleague of each instead.
func (e *Engine) driftReaders(ctx context.Context, about AccountID, worst bool) ([]Recipient, error) {
	_, roles, err := e.Standing(ctx, about)
	if err != nil && CodeOf(err) != Denied {
		return nil, err
	}
	told := []struct {
		channel string
		by      Holders
	}{{"it", e.Policy.Roles.IT}, {"owners", e.Policy.Roles.Owner}}
	if !worst {
		told = told[:1]
	}
	var out []Recipient
	for _, r := range told {
		if !roles.Any(IT, Owner) {
			out = append(out, Recipient{Channel: r.channel})
			continue
		}
		people, err := e.everyone(ctx, r.by)
		if err != nil {
			return nil, err
		}
		for _, p := range without(people, about) {
			out = append(out, Recipient{Person: p.ID})
			break
		}
	}
	return out, nil
}
