package pgkv

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"
)

// current is how to connect now: cfg, with the role, the password and the
// certificates of the connection string as it stands. A string that cannot be
// read, is only half written, or leads to another database is not used; cfg goes
// on, and stale says why. Rows are moved to another database by a command that
// verifies them, and not by a line in a file.
func (d *DB) current(cfg *pgconn.Config) (now *pgconn.Config, stale error) {
	if d.opts.Renew == nil {
		return cfg, nil
	}
	dsn, err := d.opts.Renew()
	if err != nil {
		return cfg, err
	}
	next, err := parse(dsn, d.opts.ReadOnly)
	if err != nil {
		return cfg, err
	}
	if next.Database != cfg.Database || !slices.Equal(servers(next), servers(cfg)) {
		return cfg, errElsewhere
	}
	next.RuntimeParams = maps.Clone(cfg.RuntimeParams)
	return next, nil
}

var errElsewhere = errors.New("the connection string of PostgreSQL leads to another server or database than at the start: it is used when Muster is started again")

// servers are the addresses that are tried, in their order.
func servers(cfg *pgconn.Config) []string {
	all := []string{address(cfg.Host, cfg.Port)}
	for _, f := range cfg.Fallbacks {
		all = append(all, address(f.Host, f.Port))
	}
	return slices.Compact(all)
}

func address(host string, port uint16) string { return host + " " + strconv.Itoa(int(port)) }

// because is the error of a connection, with why the connection string of the
// start was used, if so.
func because(err, stale error) error {
	if stale == nil {
		return fmt.Errorf("connect: %w", err)
	}
	return fmt.Errorf("connect as at the start: %w", errors.Join(err, stale))
}
