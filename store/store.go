package store

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"muster/flows"
	"muster/store/evidence"
	"muster/store/kv"
)

// Options is what a store needs from outside.
type Options struct {
	Dir    string           // holds the key and the checkpoint; must exist
	Origin string           // which log this is: the tenant id
	Now    func() time.Time // for forgetting turns
	Rand   io.Reader        // salts and keys; crypto/rand but in rehearsed runs

	Published [][]byte // checkpoints that were sent away, as far as they can be read at the start
}

// Store is one tenant's store. It implements flows.Store.
type Store struct {
	db     kv.DB
	dir    string
	now    func() time.Time
	actors []byte // secret behind the actors in headers

	randMu sync.Mutex // guards rand
	rand   io.Reader

	queue    chan *work
	arriving atomic.Int64 // commits on their way to the queue
	closing  sync.RWMutex // read-held while something is put in the queue
	closed   bool         // guarded by closing
	stopped  chan struct{}
	swept    uint32 // day on which the last old turn was forgotten; only the writer's

	mu   sync.Mutex // guards what follows
	head head       // of the last batch that is known to be stored
	key  evidence.Key
	keys string // all public keys of the log and what was signed at each change

	decoded decoded
	fresh   fresh

	signing sync.Mutex // one checkpoint at a time
	signed  []byte     // the last one; guarded by signing
}

var _ flows.Store = (*Store)(nil)

// Open opens the store in db. A new one gets its signing key in o.Dir; an old
// one must still have it. The tree must have the root that was stored with it
// and must contain the last checkpoint, that in the database and that in the
// file beside it: a *RewrittenError says that it does not. ctx is for the
// reading here; its values, not its end, go on to later writing. Close the
// store before db.
func Open(ctx context.Context, db kv.DB, o Options) (*Store, error) {
	s := &Store{
		db: db, dir: o.Dir, now: o.Now, rand: o.Rand,
		queue: make(chan *work, maxBatch), stopped: make(chan struct{}),
	}
	if err := s.open(ctx, o); err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	go s.write(context.WithoutCancel(ctx))
	return s, nil
}

func (s *Store) open(ctx context.Context, o Options) error {
	var info *logInfo
	if err := s.db.View(ctx, func(tx kv.Tx) (err error) {
		info, err = readInfo(tx)
		return err
	}); err != nil {
		return err
	}
	if err := s.openKey(ctx, o.Origin, info); err != nil {
		return err
	}
	if info == nil {
		if err := s.begin(ctx, o.Origin); err != nil {
			return fmt.Errorf("begin a new log: %w", err)
		}
	}
	return s.db.View(ctx, func(tx kv.Tx) (err error) {
		if s.head, err = readHead(tx); err != nil {
			return err
		}
		if s.actors, err = tx.Get([]byte(actorsRow)); err != nil {
			return err
		}
		if len(s.actors) != sha256.Size {
			return fmt.Errorf("read the secret of the actors: %w", errRow)
		}
		s.signed, err = lastCheckpoint(tx, s.dir, s.keys, o.Published...)
		return err
	})
}

func readInfo(tx kv.Tx) (*logInfo, error) {
	b, err := tx.Get([]byte(logRow))
	if err != nil || b == nil {
		return nil, err
	}
	var info logInfo
	if err := json.Unmarshal(b, &info); err != nil {
		return nil, fmt.Errorf("read what log this is: %w", err)
	}
	return &info, nil
}

// openKey reads the signing key, and makes one for a new log. A log that was
// begun with a key is continued with that key or with one that follows it: its old checkpoints
// could not be checked against another one.
func (s *Store) openKey(ctx context.Context, origin string, info *logInfo) (err error) {
	path := filepath.Join(s.dir, KeyFile)
	if info == nil {
		s.key, err = evidence.OpenKey(path, origin)
		if errors.Is(err, fs.ErrNotExist) {
			s.key, err = evidence.CreateKey(path, origin, s.rand)
		}
		s.keys = s.key.Public() + "\n"
		return err
	}
	if info.Origin != origin {
		return fmt.Errorf("the log is that of %s, not of %s", info.Origin, origin)
	}
	if err := s.db.View(ctx, func(tx kv.Tx) (err error) {
		s.keys, err = readKeys(tx, info)
		return err
	}); err != nil {
		return err
	}
	current, _, err := evidence.CurrentKey(s.keys, "")
	if err != nil {
		return fmt.Errorf("read the keys of the log: %w", err)
	}
	if err := s.finishKeyChange(origin, current); err != nil {
		return err
	}
	s.key, err = evidence.OpenKey(path, origin)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("the signing key %s is missing and this log was begun with one; restore it from the backup: %w", path, err)
	case err != nil:
		return err
	case current != s.key.Public():
		return fmt.Errorf("the signing key %s is not the one that this log goes on with; restore it from the backup", path)
	}
	return nil
}

// begin writes the first rows of a log.
func (s *Store) begin(ctx context.Context, origin string) error {
	secret := make([]byte, sha256.Size)
	if _, err := io.ReadFull(s.rand, secret); err != nil {
		return fmt.Errorf("make the secret of the actors: %w", err)
	}
	info, err := json.Marshal(logInfo{Origin: origin, Key: s.key.Public(), Since: s.now().UTC()})
	if err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx kv.Tx) error {
		old, err := tx.Get([]byte(headRow))
		if err != nil {
			return err
		}
		if old != nil {
			return fmt.Errorf("%w: there is a log, but not the row that says whose", kv.ErrDamaged)
		}
		return errors.Join(
			tx.Put([]byte(logRow), info),
			tx.Put([]byte(headRow), new(head).row()),
			tx.Put([]byte(actorsRow), secret),
		)
	})
}

// Close finishes the commits that wait and stops the writer. It does not close
// the database. Closing twice is fine.
func (s *Store) Close() {
	s.closing.Lock()
	if !s.closed {
		s.closed = true
		close(s.queue)
	}
	s.closing.Unlock()
	<-s.stopped
}

// PublicKey is the key that checkpoints and packs of this log are checked with.
func (s *Store) PublicKey() string {
	key, _ := s.signer()
	return key.Public()
}

// PublicKeys are all public keys of the log: the first, and what was signed at each change. It may stand wherever a public key is asked for.
func (s *Store) PublicKeys() string {
	_, keys := s.signer()
	return keys
}

// signer is the key in use, and all public keys of the log.
func (s *Store) signer() (evidence.Key, string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.key, s.keys
}

// actor is the opaque reference of an account in headers. The same account has
// the same reference for as long as the secret is kept.
func (s *Store) actor(id flows.AccountID) string {
	if id == "" {
		return ""
	}
	m := hmac.New(sha256.New, s.actors)
	m.Write([]byte(id))
	return hex.EncodeToString(m.Sum(nil)[:16])
}

// random fills b.
func (s *Store) random(b []byte) error {
	s.randMu.Lock()
	defer s.randMu.Unlock()
	if _, err := io.ReadFull(s.rand, b); err != nil {
		return fmt.Errorf("read random bytes: %w", err)
	}
	return nil
}

// unavailable puts an error of the database into words for the person who waits.
func unavailable(err error) error {
	return &flows.Error{
		Code: flows.Unavailable,
		Say:  "Muster cannot reach its store just now. Please try again in a minute.",
		Err:  err,
	}
}
