package flows

import (
	"context"
	"encoding/json"
	"time"
)

// AnyVersion in Change.From commits whatever version the case is at: for entries that only add to the transcript.
const AnyVersion = -1

// Change is everything one decision writes. Commit stores it whole or not at all.
type Change struct {
	Turn    string      // key of the inbound activity; a second commit of the same turn stores nothing and is a Seen error. Kept 24 h or more
	Case    CaseID      // the case that Entries are folded into; empty when none is touched
	From    int         // version decided on: 0 for a new case; a Conflict error when the case has moved on
	Entries []Entry     // evidence, in order; those of another stream (a draft, or none) are logged and not folded
	Add     []Errand    // something to do at a time; an errand with the same key replaces the one in the queue
	Drop    []string    // keys of errands no longer wanted; unknown ones are ignored
	Done    []ErrandRef // errands this change finishes: removed unless they were replaced since they were read
	Memos   []Memo      // what is remembered beside the log: drafts, sent messages, how to reach people
}

// Memo is a small value that is not evidence. A nil Value forgets it.
type Memo struct {
	Key   string
	Value []byte
}

// Errand is one line of the queue.
type Errand struct {
	Key    string          `json:"key"` // unique; no personal data
	Kind   string          `json:"kind"`
	Case   CaseID          `json:"case,omitempty"`
	Due    time.Time       `json:"due"`
	Lane   string          `json:"lane,omitempty"`   // errands of one lane run one after another; empty: on its own
	Urgent bool            `json:"urgent,omitempty"` // ahead of everything that is not
	Tries  int             `json:"tries,omitempty"`
	Gen    int64           `json:"gen,omitempty"` // set by the store: which writing of this key it is
	Body   json.RawMessage `json:"body,omitempty"`
}

// ErrandRef names one writing of an errand.
type ErrandRef struct {
	Key    string
	Gen    int64
	Urgent bool // no part of the name: for whoever decides what to start
}

// Ref is the errand's reference.
func (e Errand) Ref() ErrandRef { return ErrandRef{Key: e.Key, Gen: e.Gen, Urgent: e.Urgent} }

// Stamp names a case as it is at one version.
type Stamp struct {
	ID      CaseID
	Version int
}

// Store keeps cases, the queue and the evidence log. Every method may fail with Unavailable; a missing row is NotFound.
type Store interface {
	// Commit stores the change durably before it returns: Seen for a repeated turn, Conflict when From is not the case's version.
	Commit(ctx context.Context, ch Change) error
	// Case is one case by reference.
	Case(ctx context.Context, id CaseID) (Case, error)
	// Cases lists the cases that carry an index key (Case.Keys), by reference.
	Cases(ctx context.Context, key string) ([]Case, error)
	// Stamps lists the cases that carry an index key and their versions, by reference, without reading what they hold.
	Stamps(ctx context.Context, key string) ([]Stamp, error)
	// NextCase is the next free reference of a kind in a year. It reserves nothing: a Commit with From 0 does.
	NextCase(ctx context.Context, k EventKind, year int) (CaseID, error)
	// Records are the log entries of one stream, in order.
	Records(ctx context.Context, stream CaseID) ([]Record, error)
	// Since lists the streams that have an entry from a time on, each once, and the entries of these kinds that belong to no stream.
	Since(ctx context.Context, from time.Time, kinds ...Kind) ([]CaseID, []Record, error)
	// Recall is what was remembered under a key.
	Recall(ctx context.Context, key string) ([]byte, error)
	// RecallAll is everything remembered under keys with a prefix.
	RecallAll(ctx context.Context, prefix string) ([]Memo, error)
	// Due lists at most limit errands due at now, urgent ones first, then by due time, without those the caller holds; held may be nil.
	Due(ctx context.Context, now time.Time, limit int, held func(ErrandRef) bool) ([]Errand, error)
	// NextDue is the earliest due time in the queue; false when the queue is empty.
	NextDue(ctx context.Context) (time.Time, bool, error)
}
