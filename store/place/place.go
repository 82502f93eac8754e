// Package place opens the rows of a tenant's folder, wherever they are: a bbolt
// file in the folder, or a schema of PostgreSQL that a small file in the folder
// leads to. It refuses to begin a second log where there is one: a folder with a
// bbolt file is not served from PostgreSQL, nor the other way round, before
// muster migrate has moved the rows.
package place

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"muster/store"
	"muster/store/boltkv"
	"muster/store/kv"
	"muster/store/pgkv"
)

// Names in a tenant's folder. PostgresFile holds the path of the file with the
// connection string; where it is, the rows are in PostgreSQL. BeforeFile is the
// bbolt file that was moved there, kept for whoever wants to look.
const (
	PostgresFile = "postgres"
	BeforeFile   = store.DatabaseFile + ".before-postgres"
)

// Postgres says where rows are in PostgreSQL. The zero value is nowhere.
type Postgres struct {
	DSNFile     string // a file with the connection string, read before each connection: a new password needs no start
	Connections int    // for reading, at most; 0: as many as is usual
}

// Options makes what pgkv.Open needs for a tenant.
func (p Postgres) Options(tenant string) (pgkv.Options, error) {
	dsn, err := p.read()
	if err != nil {
		return pgkv.Options{}, err
	}
	return pgkv.Options{DSN: dsn, Renew: p.read, Tenant: tenant, Connections: p.Connections}, nil
}

func (p Postgres) read() (string, error) {
	b, err := os.ReadFile(p.DSNFile)
	if err != nil {
		return "", fmt.Errorf("read the connection string of PostgreSQL: %w", err)
	}
	return string(b), nil
}

// Serve opens the rows of a tenant for the Muster that runs on them, and makes
// them where there are none. p is what the config says: nowhere is bbolt.
func Serve(ctx context.Context, dir, tenant string, p Postgres) (kv.DB, error) {
	marked, err := leadsTo(dir)
	if err != nil {
		return nil, err
	}
	if p.DSNFile == "" {
		if marked != "" {
			return nil, fmt.Errorf("the rows of %s are in PostgreSQL (%s) and the config says bbolt, which would begin a second log. Write store: postgres into the config, or move the rows with muster migrate", dir, marked)
		}
		return boltkv.Open(filepath.Join(dir, store.DatabaseFile), boltkv.Options{})
	}
	if marked == "" && exists(dir, store.DatabaseFile) {
		return nil, fmt.Errorf("there is a bbolt store in %s and the config says postgres, which would begin a second log. Move it: muster migrate --from bbolt:%s --to postgres:%s", dir, dir, p.DSNFile)
	}
	db, err := openPostgres(ctx, dir, tenant, p, false)
	if err != nil {
		return nil, err
	}
	if err := Mark(dir, p.DSNFile); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// Open opens the rows of a tenant's folder for a command.
func Open(ctx context.Context, dir string, readOnly bool) (kv.DB, error) {
	marked, err := leadsTo(dir)
	if err != nil {
		return nil, err
	}
	if marked == "" {
		return boltkv.Open(filepath.Join(dir, store.DatabaseFile), boltkv.Options{ReadOnly: readOnly})
	}
	return openPostgres(ctx, dir, filepath.Base(dir), Postgres{DSNFile: marked}, readOnly)
}

func openPostgres(ctx context.Context, dir, tenant string, p Postgres, readOnly bool) (kv.DB, error) {
	o, err := p.Options(tenant)
	if err != nil {
		return nil, err
	}
	o.ReadOnly = readOnly
	db, err := pgkv.Open(ctx, o)
	if err != nil {
		return nil, err // not as a kv.DB that is not nil
	}
	if !readOnly {
		if err := putAside(dir); err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	return db, nil
}

// putAside finishes a move to PostgreSQL that ended between its last two steps.
// The copy had been verified by then and nobody has opened the bbolt file since.
func putAside(dir string) error {
	if marked, err := leadsTo(dir); err != nil || marked == "" {
		return err
	}
	err := os.Rename(filepath.Join(dir, store.DatabaseFile), filepath.Join(dir, BeforeFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("put the bbolt file aside: %w", err)
	}
	return nil
}

// InUse reports whether an opening failed because another process writes.
func InUse(err error) bool {
	_, bolt := errors.AsType[*boltkv.InUseError](err)
	_, pg := errors.AsType[*pgkv.InUseError](err)
	return bolt || pg
}

// Exists reports whether a folder holds a store, or leads to one.
func Exists(dir string) bool {
	return exists(dir, store.DatabaseFile) || exists(dir, PostgresFile)
}

// InPostgres reports whether a folder leads to PostgreSQL.
func InPostgres(dir string) bool { return exists(dir, PostgresFile) }

// Find is the folders of the stores in a data folder, or the folder itself when
// it is a tenant's.
func Find(dir string) ([]string, error) {
	if Exists(dir) {
		return []string{dir}, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("look for stores: %w", err)
	}
	var found []string
	for _, e := range entries {
		if sub := filepath.Join(dir, e.Name()); !strings.HasPrefix(e.Name(), ".") && Exists(sub) {
			found = append(found, sub)
		}
	}
	return found, nil
}

func exists(dir, name string) bool {
	_, err := os.Stat(filepath.Join(dir, name))
	return err == nil
}

// leadsTo is the file with the connection string that a folder leads to, or "".
func leadsTo(dir string) (string, error) {
	b, err := os.ReadFile(filepath.Join(dir, PostgresFile))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("look where the rows are: %w", err)
	}
	path := strings.TrimSpace(string(b))
	if path == "" {
		return "", fmt.Errorf("%s is empty; it holds the path of the file with PostgreSQL's connection string", filepath.Join(dir, PostgresFile))
	}
	return path, nil
}

// Mark makes a folder lead to PostgreSQL, whole or not at all.
func Mark(dir, dsnFile string) error {
	path, err := filepath.Abs(dsnFile)
	if err != nil {
		return fmt.Errorf("say where the rows are: %w", err)
	}
	if now, err := leadsTo(dir); err == nil && now == path {
		return nil
	}
	f, err := os.CreateTemp(dir, ".postgres-*") // mode 0600
	if err != nil {
		return fmt.Errorf("say where the rows are: %w", err)
	}
	_, err = f.WriteString(path + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), filepath.Join(dir, PostgresFile))
	}
	if err == nil {
		err = syncDir(dir)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("say where the rows are: %w", err), gone(f.Name()))
	}
	return nil
}

func gone(name string) error {
	if err := os.Remove(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
