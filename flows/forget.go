package flows

import (
	"context"
	"time"
)

// Eraser forgets what entries say. What they were, when, and that they were there stays.
type Eraser interface {
	// Forget erases what f names in one commit with the change that because returns for what was found; its first entry says why. A case
	// that has not ended is Invalid. When nothing is found nothing is written.
	Forget(ctx context.Context, f Forgetting, because func(Forgotten) Change) (Forgotten, error)
	// Scrub overwrites what was deleted and still stands in the database's file.
	Scrub(ctx context.Context) error
}

// Forgetting is what is to be erased.
type Forgetting struct {
	Streams []CaseID  // cases and drafts, whole
	Words   []string  // what was said that belongs to no case and has one of these in it
	Parts   []string  // parts of names: the same as whole words, and only what belongs to no case
	Keys    []string  // memos and errands whose key has one of these in it
	Before  time.Time // what was said before that belongs to no case; zero: nothing
}

// Forgotten counts what was found.
type Forgotten struct {
	Cases    int `json:"cases,omitempty"`
	Bodies   int `json:"bodies,omitempty"`   // entries of the person's own cases
	Mentions int `json:"mentions,omitempty"` // entries that belong to no case
	Kept     int `json:"kept,omitempty"`     // entries of other people's cases with the person in them: they are those cases' evidence
	Memos    int `json:"memos,omitempty"`
	Errands  int `json:"errands,omitempty"`
}

// Nothing reports whether there is nothing to erase.
func (f Forgotten) Nothing() bool { return f.Bodies+f.Mentions+f.Memos+f.Errands == 0 }

// Erased is how many entries lost what they said.
func (f Forgotten) Erased() int { return f.Bodies + f.Mentions }

// Erases is what an entry says was erased with it; false for an entry with which nothing can be.
func Erases(b Body) (Forgotten, bool) {
	switch b := b.(type) {
	case PersonErased:
		return b.Found, true
	case TalkExpired:
		return b.Found, true
	case KeptEnough:
		return b.Found, true
	}
	return Forgotten{}, false
}

// Covers reports whether what an entry of a stream said at a time may have been erased with one that says b, as far as can be told without
// what was said.
func Covers(b Body, k Kind, stream CaseID, at time.Time) bool {
	_, review := monthOfStream(stream)
	switch b := b.(type) {
	case PersonErased:
		return Chat(k) || stream != "" && !review
	case TalkExpired:
		return Chat(k) && at.Before(b.Before)
	case KeptEnough:
		return stream != "" && review == (b.Rule == KeepReviews)
	}
	return false
}

// Chat reports whether entries of a kind are what was said, and not about the work as a whole.
func Chat(k Kind) bool {
	switch k {
	case Heard{}.Kind(), Answered{}.Kind(), Sent{}.Kind(), Unsent{}.Kind(), Refused{}.Kind(), ListRead{}.Kind(), RowRead{}.Kind(), RowConfirmed{}.Kind(), Received{}.Kind(), FileHanded{}.Kind():
		return true
	}
	return false
}
