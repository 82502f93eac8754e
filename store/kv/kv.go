// Package kv is the waist of the store: one flat, ordered map from bytes to
// bytes, with transactions. Everything Muster keeps is drawn on it, and every
// database it can run on implements it, so that two databases cannot drift.
//
// It knows no nouns of Muster, offers no queries beyond a range, and has no
// feature that only one database could give. What a database must do is tested
// by package kvtest.
package kv

import (
	"context"
	"errors"
)

// MaxKey is the longest key in bytes that every database takes. It is well
// below what bbolt and a PostgreSQL index can hold.
const MaxKey = 1024

var (
	// ErrClosed is returned by a DB after Close, and by a Tx after its function returned.
	ErrClosed = errors.New("the database is closed")
	// ErrReadOnly is returned by Put and Delete in a View, and by Update of a
	// database that was opened for reading.
	ErrReadOnly = errors.New("the transaction is read-only")
	// ErrScanning is returned by Put and Delete called from inside Scan: a
	// cursor over a changing map shows different rows on different databases.
	ErrScanning = errors.New("a row cannot be changed while a scan is running")
	// ErrKey is returned for an empty key and for one longer than MaxKey.
	ErrKey = errors.New("a key must have 1 to 1024 bytes")
	// ErrDamaged is wrapped by every error that says stored bytes are not what
	// was written. Nobody should go on writing after it.
	ErrDamaged = errors.New("the stored data is damaged")
)

// DB runs transactions. At most one Update runs at a time, across every
// process that opened the same database; a View sees one unchanging moment and
// does not wait for an Update. A transaction must not start another one.
type DB interface {
	// View runs f on the state as it is now. It returns f's error.
	View(ctx context.Context, f func(Tx) error) error
	// Update runs f and stores what it wrote, whole and durably, before it
	// returns nil. When f returns an error nothing is stored and Update returns
	// that error. Any other error leaves it unknown whether the change was
	// stored: look before trying again.
	Update(ctx context.Context, f func(Tx) error) error
	// Close waits for running transactions and gives the database free for
	// other processes. Closing twice is fine.
	Close() error
}

// Fetcher is a Tx for which each read is an exchange with a server: what is fetched is read in one, and the Gets that follow wait no more. It
// changes nothing but how long they take, and a Tx need not have it.
type Fetcher interface {
	Fetch(keys [][]byte) error
}

// Tx reads and writes inside one transaction, from one goroutine. What it
// returns are copies that the caller may keep and change; what it is given is
// copied too. A Tx is dead when its function returns.
type Tx interface {
	// Get returns the value of key, or nil when there is none. An empty value
	// is empty but not nil.
	Get(key []byte) ([]byte, error)
	// Put sets the value of key.
	Put(key, value []byte) error
	// Delete removes key; a key that is not there is no error.
	Delete(key []byte) error
	// Scan calls f for every row with from <= key < to in byte order, until f
	// says there is no need for more or returns an error, which Scan returns. A
	// nil from begins at the first row; a nil to has no end.
	Scan(from, to []byte, f func(key, value []byte) (more bool, err error)) error
}
