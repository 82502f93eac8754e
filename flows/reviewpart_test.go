package flows

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// secrets are the cases of somebody that they must not learn of, each told into an office. soon is whether they are told within the month of
// the review, or after it about a day in it.
var secrets = map[string]func(o *office, t *testing.T, of Person, soon bool){
	"exit": func(o *office, t *testing.T, of Person, soon bool) {
		o.secret(t, of, LeaverEvent, "L-2026-0009", soon, nil)
	},
	"urgent exit": func(o *office, t *testing.T, of Person, soon bool) {
		o.secret(t, of, LeaverEvent, "L-2026-0009", soon, func(b *Raised) { b.Event.Urgent = true })
	},
	"deletion": func(o *office, t *testing.T, of Person, soon bool) {
		o.secret(t, of, DeletionEvent, "R-2026-0009", soon, nil)
	},
	"correction": func(o *office, t *testing.T, of Person, soon bool) {
		o.secret(t, of, CorrectionEvent, "C-2026-0009", soon, nil)
	},
	"held for an exit": func(o *office, t *testing.T, of Person, soon bool) {
		o.secret(t, of, MoverEvent, "M-2026-0009", soon, nil)
		o.put(t, Entry{Case: "M-2026-0009", At: o.now.Add(time.Minute), Body: CasePaused{For: "L-2026-0010"}})
	},
	"held for an exit that was cancelled": func(o *office, t *testing.T, of Person, soon bool) {
		o.secret(t, of, MoverEvent, "M-2026-0009", soon, nil)
		for i, b := range []Body{CasePaused{For: "L-2026-0010"}, ReturnAsked{For: "L-2026-0010"}, Unpaused{By: hannah}} {
			o.put(t, Entry{Case: "M-2026-0009", At: o.now.Add(time.Duration(i+1) * time.Minute), By: hannah.ID, Body: b})
		}
	},
}

// secret raises a case about somebody.
func (o *office) secret(t *testing.T, of Person, kind EventKind, id CaseID, soon bool, change func(*Raised)) {
	t.Helper()
	at := o.now
	if !soon {
		at = monday().AddDate(0, 0, 10)
	}
	e := raised(t, func(b *Raised) {
		b.Event.Kind, b.Event.Subject, b.Event.LastDay, b.By = kind, of, "2026-11-27", helen
		b.Event.Given, b.Event.Surname = "", ""
		b.Facts.Seconds, b.Facts.Route = []Person{maria}, maria
		b.Plan = Plan{Steps: []Step{{Key: exitKey, Task: BlockSignIn, Title: "Block the sign-in", Due: monday().AddDate(0, 0, 4), Choice: Fixed}}}
		b.Late = Lateness{Step: exitKey, Due: monday().AddDate(0, 0, -4)}
		if change != nil {
			change(b)
		}
	})
	e.Case, e.At, e.By = id, at, helen.ID
	o.put(t, e)
}

// ownedBy makes these people the owners.
func (o *office) ownedBy(owners ...Person) {
	p := *o.Policy
	p.Roles.Owner = Holders{}
	for _, w := range owners {
		p.Roles.Owner.People = append(p.Roles.Owner.People, w.UPN)
	}
	o.Policy = &p
}

// reads is all that an owner is told and shown of the reviews of a month, through every door there is.
func (o *office) reads(t *testing.T, who Person, m Month) []string {
	t.Helper()
	var out []string
	note := func(door string, v any, err error) {
		if r, ok := v.(Reply); ok {
			out = append(out, door+": "+r.Text)
			v = r.View
			if r.File != nil {
				v = r.File.View
			}
		}
		switch b := v.(type) {
		case ReviewPaper:
			v = b.ReviewView
		case ReviewBook:
			v = b.ReviewView
		}
		if r, ok := v.(ReviewView); ok {
			left, mine := r.Sheet.Left(r.Reader, r.Owners)
			var signed []Person
			for _, g := range r.Sheet.Signed {
				if g.By.ID == r.Reader || g.Hash == r.Sheet.Review.Hash() {
					signed = append(signed, g.By)
				}
			}
			v = map[string]any{"number": r.Number, "review": r.Review, "hash": r.Sheet.For(r.Reader).Hash(), "names": r.Names, "left": left, "mine": mine, "signed": signed, "closed": r.Sheet.Closed(r.Reader)}
		}
		text, merr := json.Marshal(v)
		if merr != nil {
			t.Fatal(merr)
		}
		out = append(out, fmt.Sprintf("%s: %s %s", door, text, SayOf(err)))
	}
	ask := func(words string) {
		r, err := o.Answer(t.Context(), press(who, "", func(u *Turn) { u.Key, u.Text = fmt.Sprint(words, len(out)), words }))
		note(words, r, err)
	}
	ask("review " + string(m))
	for n := range 3 {
		v, err := o.FetchReview(t.Context(), reviewSlot(m, n, who.ID))
		note("card", v, err)
		for _, verb := range []string{VerbReviewPage, VerbReviewSave, VerbReviewSign} {
			r, err := o.Press(t.Context(), press(who, verb, func(u *Turn) {
				u.Key, u.Draft, u.Step, u.Plan, u.Case = fmt.Sprint(verb, len(out)), string(m.Stream()), ReviewStep(n, 0), v.Sheet.For(who.ID).Hash(), ""
				u.Inputs = map[string]string{WordInput + "0": "seen"}
			}))
			note(verb, r, err)
		}
		for _, kind := range []FileKind{FileReview, FileReviewBook} {
			f, err := o.OfferFile(t.Context(), press(who, "", nil), kind, reviewArg(m, n))
			note(f.Name+" "+f.Says, f.View, err)
		}
	}
	for _, words := range []string{"review " + string(m), "review " + string(m) + " pdf", "review " + string(m) + " spreadsheet"} {
		ask(words)
	}
	o.store.mu.Lock()
	queue := o.store.queue
	o.store.mu.Unlock()
	for key, er := range queue {
		switch er.Kind {
		case SayErrand:
			if w, err := DecodeErrand[SayWork](er); err != nil || w.To.Person == who.ID || w.To.Channel != "" {
				out = append(out, fmt.Sprintf("said %+v: %s %v", w.To, w.Text, err))
			}
		case CardErrand:
			if strings.HasSuffix(key, string(who.ID)) && strings.Contains(key, "V-") {
				out = append(out, "a card: "+key)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Each reader and each case that they must not learn of, whether they were an owner when the review was made or became one later, whether the
// case came in the month or after it: of the reviews they are shown and told, through every door, what they would be if the case were not.
func TestReviewKeepsTheReadersOwnSecrets(t *testing.T) {
	tell := func(secret string, reader Person, lateOwner, soon, others, chased bool) []string {
		o := newOffice(t)
		o.ownedBy(olivia)
		if !lateOwner {
			o.ownedBy(olivia, reader)
		}
		if others {
			o.raise(t)
		}
		if soon && secret != "" {
			secrets[secret](o, t, reader, true)
		}
		o.now = at("2026-12-01", 9, 0)
		if _, err := o.makeSheet(t.Context(), november, false, Change{}); err != nil {
			t.Fatal(err)
		}
		if !soon && secret != "" {
			o.now = at("2026-12-03", 9, 0)
			secrets[secret](o, t, reader, false)
		}
		o.now = at("2027-01-04", 9, 0)
		if _, err := o.makeSheet(t.Context(), november, true, Change{}); err != nil {
			t.Fatal(err)
		}
		o.ownedBy(olivia, reader)
		if chased { // three times: then the owners' channel is told as well, unless that would tell somebody something
			for range chasesAtMost {
				er := Errand{Key: "chase", Kind: ChaseErrand, Body: errandBody(ChaseWork{november, 0})}
				if err := o.chase(t.Context(), er); err != nil {
					t.Fatal(err)
				}
			}
		}
		return o.reads(t, reader, november)
	}
	t.Run("told", func(t *testing.T) {
		got := strings.Join(tell("", oscar, true, true, true, true), "\n")
		for _, words := range []string{"Priya Patel", "slow", "not signed off yet", "still waits for you", "review-2026-11.xlsx"} {
			if !strings.Contains(got, words) {
				t.Errorf("%q is not compared:\n%s", words, got)
			}
		}
	})
	rapid.Check(t, func(r *rapid.T) {
		secret := rapid.SampledFrom(slices.Sorted(maps.Keys(secrets))).Draw(r, "secret")
		reader := rapid.SampledFrom([]Person{oscar, hannah, ivan, tom, stan}).Draw(r, "reader")
		late, soon, chased := rapid.Bool().Draw(r, "late owner"), rapid.Bool().Draw(r, "soon"), rapid.Bool().Draw(r, "chased")
		others := rapid.Bool().Draw(r, "others")
		want, got := tell("", reader, late, soon, others, chased), tell(secret, reader, late, soon, others, chased)
		inChannel := func(line string) bool { return strings.HasPrefix(line, "said {Person: Channel:") }
		for _, line := range got {
			if inChannel(line) && !late && !slices.Contains(want, line) { // what stood there before they were an owner is another matter
				r.Fatalf("the owners' channel is told: %s", line)
			}
		}
		want, got = slices.DeleteFunc(want, inChannel), slices.DeleteFunc(got, inChannel)
		if diff := cmp.Diff(want, got); diff != "" {
			r.Fatalf("(-without +with)\n%s", diff)
		}
	})
}
