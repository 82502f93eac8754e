package flows

import (
	"fmt"
	"slices"
	"time"

	"muster/flows/texts"
)

// Sheet is the review of a month on its way: what was put to the owners, what they wrote, and who signed it. It is the fold of its entries.
// The first sheet of a month has the number 0; a supplement is a further one, and nothing that was signed is ever changed.
type Sheet struct {
	Month  Month
	N      int
	Made   time.Time
	Review Review
	Apart  []ApartReview
	Words  []LineWord
	Signed []ReviewSigned
	Chased int
}

// LineWord is an owner's word on one line.
type LineWord struct {
	Key   string    `json:"key"`
	Text  string    `json:"text"`
	By    Person    `json:"by"`
	At    time.Time `json:"at"`
	Alone bool      `json:"alone,omitempty"` // had a part in the case, and there was no other owner to ask
}

// The entries of a review. They stand in the stream of the month and change no case.
type (
	// ReviewMade puts a month, or what was added to it afterwards, to the owners.
	ReviewMade struct {
		Month  Month         `json:"month"`
		N      int           `json:"n"`
		Review Review        `json:"review"`
		Apart  []ApartReview `json:"apart,omitempty"`
		Asked  []Person      `json:"asked,omitempty"`
	}
	// ReviewWorded is what an owner wrote on some lines, of the review as it was shown.
	ReviewWorded struct {
		Month Month      `json:"month"`
		N     int        `json:"n"`
		Hash  PlanHash   `json:"hash"`
		Words []LineWord `json:"words"`
	}
	// ReviewSigned is an owner's signature under the review as it was shown, with every word on it.
	ReviewSigned struct {
		Month Month      `json:"month"`
		N     int        `json:"n"`
		Hash  PlanHash   `json:"hash"` // of the review as shown
		By    Person     `json:"by"`
		At    time.Time  `json:"at"`
		Words []LineWord `json:"words,omitempty"`
		Only  bool       `json:"only,omitempty"` // there is no other owner
	}
	// ReviewChased is a reminder of a review that is not signed.
	ReviewChased struct {
		Month Month `json:"month"`
		N     int   `json:"n"`
		Round int   `json:"round"` // from 1
	}
)

// The kinds, for ever.
func (ReviewMade) Kind() Kind   { return "review.made.1" }
func (ReviewWorded) Kind() Kind { return "review.worded.1" }
func (ReviewSigned) Kind() Kind { return "review.signed.1" }
func (ReviewChased) Kind() Kind { return "review.chased.1" }

// CardReview is an owner's card with the review of a month; its step is the number of the sheet.
const CardReview CardName = "review"

// Stream is where the log keeps a month's review.
func (m Month) Stream() CaseID { return CaseID("V-" + string(m)) }

// monthOfStream is the month of a review's stream.
func monthOfStream(id CaseID) (Month, bool) {
	s := string(id)
	if len(s) != len("V-2026-11") || s[:2] != "V-" || Month(s[2:]).first() == "" {
		return "", false
	}
	return Month(s[2:]), true
}

// sheetsOf folds the entries of a month's stream. What was written twice, by two processes at once, counts once.
func sheetsOf(recs []Record) []Sheet {
	var out []Sheet
	of := func(n int) *Sheet {
		if n < 0 || n >= len(out) {
			return &Sheet{} // of a sheet that is not known: nothing to add to
		}
		return &out[n]
	}
	for _, rec := range recs {
		switch b := rec.Entry.Body.(type) {
		case ReviewMade:
			if b.N == len(out) {
				out = append(out, Sheet{Month: b.Month, N: b.N, Made: rec.Entry.At, Review: b.Review, Apart: b.Apart})
			}
		case ReviewParted:
			if s := of(b.N); !s.signedBy(b.Apart.Reader) {
				*s = s.withPart(b.Apart)
			}
		case ReviewWorded:
			s := of(b.N)
			for _, w := range b.Words {
				if !s.whole() {
					s.Words = append(slices.DeleteFunc(s.Words, func(o LineWord) bool { return o.Key == w.Key }), w)
				}
			}
		case ReviewSigned:
			if s := of(b.N); !s.whole() && !s.signedBy(b.By.ID) {
				s.Signed = append(s.Signed, b)
			}
		case ReviewChased:
			of(b.N).Chased = b.Round
		}
	}
	return out
}

// For is the review as somebody may see it.
func (s Sheet) For(reader AccountID) Review {
	if a, ok := s.apart(reader); ok {
		return a.Review
	}
	return s.Review
}

// whole reports whether the whole review is signed. A signature under a part of it is one of its own, and leaves the rest to others.
func (s Sheet) whole() bool {
	hash := s.Review.Hash()
	return slices.ContainsFunc(s.Signed, func(g ReviewSigned) bool { return g.Hash == hash })
}

func (s Sheet) signedBy(id AccountID) bool {
	return slices.ContainsFunc(s.Signed, func(g ReviewSigned) bool { return g.By.ID == id })
}

// Closed reports whether nothing more is asked of somebody.
func (s Sheet) Closed(reader AccountID) bool {
	return s.whole() || s.signedBy(reader) || s.noneFor(reader)
}

// Word is what was written on a line.
func (s Sheet) Word(key string) (LineWord, bool) {
	for _, w := range s.Words {
		if w.Key == key {
			return w, true
		}
	}
	return LineWord{}, false
}

// Left are the lines that somebody sees and nobody has written on, or after somebody else's doing could: mine are those of them that this
// owner may answer.
func (s Sheet) Left(reader AccountID, owners []Person) (left, mine []ReviewLine) {
	for _, l := range s.For(reader).Lines {
		if _, done := s.Word(l.Key); done {
			continue
		}
		left = append(left, l)
		if _, err := mayAnswer(l, reader, owners); err == nil {
			mine = append(mine, l)
		}
	}
	return left, mine
}

// mayAnswer is the duty separation of a review: whoever had a part in a case does not answer for it while there is an owner who had none.
// Alone says that there is none.
func mayAnswer(l ReviewLine, by AccountID, owners []Person) (alone bool, err error) {
	if !l.took(by) {
		return false, nil
	}
	for _, o := range owners {
		if !l.took(o.ID) {
			return false, deny("You had a part in " + orElse(string(l.Case), "this") + ", so another owner answers for it. Nothing was written.")
		}
	}
	return true, nil
}

// MayAnswer reports whether an owner may write on a line.
func MayAnswer(l ReviewLine, by AccountID, owners []Person) bool {
	_, err := mayAnswer(l, by, owners)
	return err == nil
}

// ReviewTurn is what a press on a review's card says.
type ReviewTurn struct {
	Month Month
	N     int
	Page  int
	Hash  PlanHash
	Words map[int]string // by the line's place in the review as shown
}

// decideWords writes an owner's words on some lines. Those of another owner stay unless they are written anew.
func decideWords(lang texts.Language, s Sheet, by Person, owners []Person, p ReviewTurn, now time.Time) ([]Entry, error) {
	r := s.For(by.ID)
	switch {
	case s.Closed(by.ID):
		return nil, moved(s.closedLine(by.ID))
	case p.Hash != r.Hash():
		return nil, moved("This card is of another review, so nothing was written. Write \"review " + s.Month.Say(lang) + "\" for the one that counts.")
	}
	b := ReviewWorded{Month: s.Month, N: s.N, Hash: p.Hash}
	for i := range r.Lines {
		text := clipped(p.Words[i], 500)
		l := r.Lines[i]
		if was, had := s.Word(l.Key); text == "" || had && was.Text == text {
			continue
		}
		alone, err := mayAnswer(l, by.ID, owners)
		if err != nil {
			return nil, err
		}
		b.Words = append(b.Words, LineWord{Key: l.Key, Text: text, By: by, At: now.UTC(), Alone: alone})
	}
	if len(b.Words) == 0 {
		return nil, nil
	}
	return []Entry{{Case: s.Month.Stream(), At: now, By: by.ID, Body: b}}, nil
}

// decideSign signs the review as it was shown, once every line on it has a word.
func decideSign(lang texts.Language, s Sheet, by Person, owners []Person, p ReviewTurn, now time.Time) ([]Entry, error) {
	words, err := decideWords(lang, s, by, owners, p, now)
	if err != nil {
		return nil, err
	}
	for _, e := range words {
		if b, ok := e.Body.(ReviewWorded); ok {
			for _, w := range b.Words {
				s.Words = append(slices.DeleteFunc(slices.Clone(s.Words), func(o LineWord) bool { return o.Key == w.Key }), w)
			}
		}
	}
	left, mine := s.Left(by.ID, owners)
	switch n := len(left); {
	case len(mine) > 0:
		return nil, invalid(fmt.Sprintf("%s still %s a word from you, so nothing was signed.", count(lang, n, "line"), plural(n, "needs", "need")))
	case n > 0:
		return nil, moved(fmt.Sprintf("%s still %s another owner's word, because you had a part in what happened. Nothing was signed.", count(lang, n, "line"), plural(n, "needs", "need")))
	}
	r := s.For(by.ID)
	b := ReviewSigned{Month: s.Month, N: s.N, Hash: r.Hash(), By: by, At: now.UTC(), Only: len(owners) < 2}
	for _, l := range r.Lines {
		w, _ := s.Word(l.Key)
		b.Words = append(b.Words, w)
	}
	return append(words, Entry{Case: s.Month.Stream(), At: now, By: by.ID, Body: b}), nil
}

// closedLine is what a press reads that comes after the signature.
func (s Sheet) closedLine(reader AccountID) string {
	for _, g := range s.Signed {
		if g.By.ID == reader || g.Hash == s.Review.Hash() {
			return g.By.Name + " signed this off on " + g.At.In(s.Review.Location()).Format("Mon 2 January at 15:04") + ". Nothing was changed."
		}
	}
	return "This is signed off. Nothing was changed."
}

// told names a reason of a line among all that were told. What belongs to no case has its time: it may have stood on a line of its own.
func (l ReviewLine) told(m Mark) string {
	if l.Case == "" {
		return string(m.Rule) + "|" + m.Why + "|" + m.At.UTC().Format(time.RFC3339Nano)
	}
	return l.Key + "|" + string(m.Rule) + "|" + m.Why
}

// added is what a review has that the sheets before it have not: lines, reasons and events. The figures are those of now. False when that
// is nothing.
func (r Review) added(before []Review) (Review, bool) {
	had := map[string]bool{}
	for _, b := range before {
		for _, id := range b.Counted {
			had[string(id)] = true
		}
		for _, l := range b.Lines {
			for _, m := range l.Marks {
				had[l.told(m)] = true
			}
		}
	}
	more := slices.ContainsFunc(r.Counted, func(id CaseID) bool { return !had[string(id)] })
	var lines []ReviewLine
	for _, l := range r.Lines {
		l.Marks = slices.DeleteFunc(slices.Clone(l.Marks), func(m Mark) bool { return had[l.told(m)] })
		if len(l.Marks) > 0 {
			lines = append(lines, l)
		}
	}
	r.Lines = lines
	return r, more || len(lines) > 0
}
