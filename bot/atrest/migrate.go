package atrest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"muster/store"
	"muster/store/place"
)

// Migrate moves a tenant's store between bbolt and PostgreSQL.
type Migrate struct {
	From string `help:"Where it is: bbolt:DIR, the data folder or one tenant's folder in it, or postgres:FILE, a file with the connection string." required:""`
	To   string `help:"Where it goes: postgres:FILE, or bbolt:DIR, the tenant's folder with its signing key." required:""`

	Tenant string `help:"With a data folder of several tenants: the id of the one to move."`
}

// Run runs the command.
func (c *Migrate) Run(d Desk) error {
	from, fromAt, okFrom := strings.Cut(c.From, ":")
	to, toAt, okTo := strings.Cut(c.To, ":")
	m := place.Move{Now: d.Now, Rand: rand.Reader}
	var err error
	var r store.Report
	after := ""
	switch {
	case !okFrom || !okTo || fromAt == "" || toAt == "":
		err = errWhere
	case from == "bbolt" && to == "postgres":
		if m.Dir, err = tenantIn(fromAt, c.Tenant); err != nil {
			break
		}
		m.Postgres.DSNFile = toAt
		r, err = m.ToPostgres(d.Ctx)
		after = fmt.Sprintf("Write store: postgres and postgres_dsn_file: %s into the config. The bbolt file is kept as %s, and is of no use to Muster any more", toAt, filepath.Join(m.Dir, place.BeforeFile))
	case from == "postgres" && to == "bbolt":
		if m.Dir, err = c.target(toAt); err != nil {
			break
		}
		m.Postgres.DSNFile = fromAt
		r, err = m.ToBolt(d.Ctx)
		after = "Write store: bbolt into the config and take postgres_dsn_file out. The schema in PostgreSQL is kept, and is not opened again"
	default:
		err = errWhere
	}
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	_, err = fmt.Fprintf(d.Out, "Moved, and verified on both sides: %d entries of %s, %d cases, %d errands. %s.\n", r.Entries, r.Origin, r.Cases, r.Errands, after)
	return err
}

var errWhere = errors.New("name one place as bbolt:DIR and the other as postgres:FILE")

// target is the tenant's folder: that of the store in it, or the folder itself, with the signing key and no store yet.
func (c *Migrate) target(dir string) (string, error) {
	if found, err := place.Find(dir); c.Tenant == "" && (err != nil || len(found) == 0) {
		return filepath.Abs(dir)
	}
	return tenantIn(dir, c.Tenant)
}
