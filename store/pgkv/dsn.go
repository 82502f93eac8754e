package pgkv

import (
	"context"
	"errors"
	"net"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// named finds a setting in a connection string of the form key=value.
var named = regexp.MustCompile(`(^|\s)sslmode\s*=`)

// vague are settings of sslmode that look like protection and are none: the
// connection is in the clear when anybody in between says so.
var vague = regexp.MustCompile(`(^|[\s?&])sslmode\s*=\s*'?(allow|prefer)\b`)

// parse reads a connection string. Where it does not name sslmode, a server on
// another machine must prove its name by a certificate (verify-full). Its
// errors have nothing of the string in them: it may hold a password.
func parse(dsn string, readOnly bool) (*pgconn.Config, error) {
	dsn = strings.TrimSpace(dsn)
	if vague.MatchString(dsn) {
		return nil, errors.New("the connection string of PostgreSQL has sslmode allow or prefer, which anybody in between can turn into none: leave sslmode out, which means verify-full, or name verify-ca, require or disable")
	}
	full, err := withTLS(dsn)
	if err != nil {
		return nil, err
	}
	cfg, err := pgconn.ParseConfig(full)
	if err != nil {
		return nil, errUnreadable
	}
	if full != dsn && local(cfg) { // nobody is in between
		if cfg, err = pgconn.ParseConfig(strings.Replace(full, "sslmode=verify-full", "sslmode=disable", 1)); err != nil {
			return nil, errUnreadable
		}
	}
	cfg.RuntimeParams["application_name"] = "muster"
	cfg.ConnectTimeout = orElse(cfg.ConnectTimeout, 5*time.Second)
	dialer := &net.Dialer{KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 5 * time.Second, Count: 3}}
	cfg.DialFunc = dialer.DialContext
	if cfg.ValidateConnect == nil && !readOnly { // of several hosts, the one that writes
		cfg.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	return cfg, nil
}

var errUnreadable = errors.New("the connection string of PostgreSQL cannot be read; it looks like host=db.example.com dbname=muster user=muster password=..., or postgres://muster@db.example.com/muster, and the files that it names must be there")

// withTLS adds sslmode=verify-full to a connection string that does not name sslmode.
func withTLS(dsn string) (string, error) {
	if !strings.HasPrefix(dsn, "postgres://") && !strings.HasPrefix(dsn, "postgresql://") {
		if named.MatchString(dsn) {
			return dsn, nil
		}
		return dsn + " sslmode=verify-full", nil
	}
	u, err := url.Parse(dsn)
	if err != nil {
		return "", errUnreadable
	}
	q := u.Query()
	if q.Has("sslmode") {
		return dsn, nil
	}
	q.Set("sslmode", "verify-full")
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// local reports whether all servers are on this machine.
func local(cfg *pgconn.Config) bool {
	hosts := []string{cfg.Host}
	for _, f := range cfg.Fallbacks {
		hosts = append(hosts, f.Host)
	}
	for _, h := range hosts {
		ip := net.ParseIP(h)
		if !strings.HasPrefix(h, "/") && h != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return false
		}
	}
	return true
}

// connect connects, and tries again for a while where the server is just
// starting, is full, or is about to become the one that writes. A password that
// is refused is tried again where it can be renewed: it is changed in two
// places, and not in both at once.
func (d *DB) connect(ctx context.Context, cfg *pgconn.Config) (*pgconn.PgConn, error) {
	ctx, cancel := context.WithTimeout(ctx, d.opts.ConnectWait)
	defer cancel()
	for wait := 20 * time.Millisecond; ; wait = min(2*wait, 500*time.Millisecond) {
		now, stale := d.current(cfg)
		c, err := pgconn.ConnectConfig(ctx, now)
		if err == nil {
			return c, nil
		}
		if hopeless(err) && (d.opts.Renew == nil || !refused(err)) {
			return nil, because(err, stale)
		}
		select {
		case <-ctx.Done():
			return nil, because(err, stale)
		case <-time.After(wait):
		}
	}
}

// hopeless reports whether trying again soon would bring the same answer: the
// server was reached and said no.
func hopeless(err error) bool {
	p, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return strings.Contains(err.Error(), "tls:") || strings.Contains(err.Error(), "x509:")
	}
	switch p.Code {
	case "57P01", "57P02", "57P03", "53300", "53400": // shutting down, crashed, starting, full
		return false
	}
	return true
}

// refused reports whether the server did not take the password.
func refused(err error) bool {
	p, ok := errors.AsType[*pgconn.PgError](err)
	return ok && p.Code == "28P01"
}
