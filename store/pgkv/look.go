package pgkv

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Server is what can be seen of a server in passing.
type Server struct {
	Version     string
	Connections int  // that it takes at most
	Allowed     int  // of them this role
	TLS, Local  bool // of the connection to it
	Proven      bool // the server proved its name
	Superuser   bool // the role is one
	Durable     bool // a commit is on the disk when it is answered
}

// Warning is something that works and should not stay so.
type Warning struct{ Says, Do string }

// Look connects to a server and looks at it. It reads no rows of ours and makes nothing.
func Look(ctx context.Context, dsn string) (Server, error) {
	var s Server
	cfg, err := parse(dsn, true)
	if err != nil {
		return s, err
	}
	d := &DB{cfg: cfg, opts: Options{ConnectWait: 5 * time.Second}}
	c, err := d.connect(ctx, cfg)
	if err != nil {
		return s, fmt.Errorf("look at PostgreSQL: %w", err)
	}
	defer hangUp(ctx, c)
	rows, err := exec(ctx, c, `select pg_catalog.current_setting('server_version'), pg_catalog.current_setting('max_connections'), r.rolconnlimit, r.rolsuper,
pg_catalog.current_setting('fsync') = 'on' and pg_catalog.current_setting('full_page_writes') = 'on',
coalesce((select ssl from pg_catalog.pg_stat_ssl where pid = pg_catalog.pg_backend_pid()), false) from pg_catalog.pg_roles r where r.rolname = current_user`)
	if err != nil {
		return s, fmt.Errorf("look at PostgreSQL: %w", err)
	}
	if len(rows) != 1 || len(rows[0]) != 6 {
		return s, errors.New("look at PostgreSQL: the server does not know the role that it let in")
	}
	r := rows[0]
	s.Version, s.Superuser, s.Durable, s.TLS = string(r[0]), string(r[3]) == "t", string(r[4]) == "t", string(r[5]) == "t"
	s.Local = local(cfg)
	s.Proven = cfg.TLSConfig != nil && !cfg.TLSConfig.InsecureSkipVerify
	if s.Connections, err = strconv.Atoi(string(r[1])); err != nil {
		return s, fmt.Errorf("look at PostgreSQL: %w", err)
	}
	if s.Allowed, err = strconv.Atoi(string(r[2])); err != nil {
		return s, fmt.Errorf("look at PostgreSQL: %w", err)
	}
	if s.Allowed < 0 {
		s.Allowed = s.Connections
	}
	return s, nil
}

// Warnings says what should not stay as it is.
func (s Server) Warnings() []Warning {
	var all []Warning
	if s.Superuser {
		all = append(all, Warning{"Muster's role in PostgreSQL is a superuser, and needs to be none.", "Make a role that owns a schema of its own, or may make one: GRANT CREATE ON DATABASE."})
	}
	if !s.Durable {
		all = append(all, Warning{"PostgreSQL runs with fsync or full_page_writes off: a power cut can take away what it confirmed.", "Turn both on."})
	}
	if !s.Local && !s.Proven {
		all = append(all, Warning{"The connection string lets PostgreSQL be anybody: its name is not checked.", "Leave sslmode out of it, which means verify-full, and name sslrootcert."})
	}
	return all
}
