package place

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"time"

	"muster/store"
	"muster/store/boltkv"
	"muster/store/kv"
	"muster/store/pgkv"
)

// Move is a move of a tenant's rows between bbolt and PostgreSQL. The folder,
// with the signing key and the checkpoint, stays. What is moved is verified
// before and after, and until the last step the rows are where they were.
type Move struct {
	Dir      string // the tenant's folder
	Postgres Postgres
	Now      func() time.Time
	Rand     io.Reader
}

// ToPostgres moves the rows of the bbolt file into a schema that must not hold
// any. The file is kept under another name.
func (m Move) ToPostgres(ctx context.Context) (r store.Report, err error) {
	switch {
	case exists(m.Dir, PostgresFile):
		return r, fmt.Errorf("move: the rows of %s are in PostgreSQL already", m.Dir)
	case !exists(m.Dir, store.DatabaseFile):
		return r, fmt.Errorf("move: there is no bbolt store in %s", m.Dir)
	}
	o, err := m.Postgres.Options(filepath.Base(m.Dir))
	if err != nil {
		return r, err
	}
	from, err := boltkv.Open(filepath.Join(m.Dir, store.DatabaseFile), boltkv.Options{})
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	o.Fill = true
	to, err := pgkv.Open(ctx, o)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	if r, err = m.copy(ctx, from, to); err != nil {
		return r, err
	}
	if err := to.Finish(ctx); err != nil {
		return r, err
	}
	if err := Mark(m.Dir, m.Postgres.DSNFile); err != nil { // from here on the folder leads to PostgreSQL
		return r, err
	}
	return r, putAside(m.Dir)
}

// fillingFile is a bbolt file that is not whole yet.
const fillingFile = ".moving-" + store.DatabaseFile

// ToBolt moves the rows from PostgreSQL into a bbolt file in the folder. The
// schema stays and is not opened again.
func (m Move) ToBolt(ctx context.Context) (r store.Report, err error) {
	if exists(m.Dir, store.DatabaseFile) {
		return r, fmt.Errorf("move: there is a bbolt store in %s already", m.Dir)
	}
	o, err := m.Postgres.Options(filepath.Base(m.Dir))
	if err != nil {
		return r, err
	}
	from, err := pgkv.Open(ctx, o)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	half := filepath.Join(m.Dir, fillingFile)
	if err := gone(half); err != nil { // of a move that did not finish
		return r, fmt.Errorf("move: %w", err)
	}
	to, err := boltkv.Open(half, boltkv.Options{})
	if err != nil {
		return r, err
	}
	r, err = m.copy(ctx, from, to)
	if err = errors.Join(err, to.Close()); err != nil {
		return r, errors.Join(err, gone(half))
	}
	// Between these two neither is named, and a second move would make the file anew.
	if err := gone(filepath.Join(m.Dir, PostgresFile)); err != nil {
		return r, fmt.Errorf("move: %w", err)
	}
	if err := os.Rename(half, filepath.Join(m.Dir, store.DatabaseFile)); err != nil {
		return r, fmt.Errorf("move: %w", err)
	}
	if err := syncDir(m.Dir); err != nil {
		return r, fmt.Errorf("move: %w", err)
	}
	return r, from.Retire(ctx)
}

// copy copies all rows, and compares what Verify says of both.
func (m Move) copy(ctx context.Context, from, to kv.DB) (store.Report, error) {
	st, err := store.Open(ctx, from, store.Options{Dir: m.Dir, Origin: filepath.Base(m.Dir), Now: m.Now, Rand: m.Rand})
	if err != nil {
		return store.Report{}, fmt.Errorf("move: %w", err)
	}
	defer st.Close()
	if _, err := st.Checkpoint(ctx); err != nil {
		return store.Report{}, fmt.Errorf("move: %w", err)
	}
	expect := store.Expect{Dir: m.Dir, Key: st.PublicKey()}
	before, err := store.Verify(ctx, from, expect)
	if err != nil {
		return before, fmt.Errorf("move: what is to be moved: %w", err)
	}
	in, out := io.Pipe()
	copied := make(chan error, 1)
	go func() {
		_, err := st.Copy(ctx, out)
		out.CloseWithError(err)
		copied <- err
	}()
	err = store.Fill(ctx, to, in)
	_ = in.CloseWithError(err) // always nil
	if err = errors.Join(err, <-copied); err != nil {
		return before, fmt.Errorf("move: %w", err)
	}
	after, err := store.Verify(ctx, to, expect)
	if err != nil {
		return after, fmt.Errorf("move: what was moved: %w", err)
	}
	if !reflect.DeepEqual(before, after) {
		return after, errors.New("move: what was moved is not what was there; nothing was changed")
	}
	return after, nil
}
