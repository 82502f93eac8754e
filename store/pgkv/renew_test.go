package pgkv_test

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"muster/store/pgkv"
	"muster/store/pgkv/pgtest"
)

// TestNewPassword changes the password of the role under an open store, as whoever runs the server does it once a quarter: the sessions are cut,
// and the next ones are made with the new one.
func TestNewPassword(t *testing.T) {
	s := pgtest.Start(t, "fsync=off") // the machine does not crash
	plain := s.DSN(t)
	with := func(password string) string { return plain + " password=" + password }
	var dsn atomic.Value
	set := func(password string) {
		t.Helper()
		dsn.Store(with(password))
		if err := errors.Join(s.AskPassword(password), s.Cut()); err != nil {
			t.Fatal(err)
		}
	}
	set("first")
	o := pgkv.Options{DSN: with("first"), Tenant: tenant(), ConnectWait: 2 * time.Second, Renew: func() (string, error) { return dsn.Load().(string), nil }}
	db := open(t, o)
	works := func(when, want string) {
		t.Helper()
		if err := add(db, t.Context()); err != nil {
			t.Fatalf("%s: %v", when, err)
		}
		if got := rows(t, db)["n"]; got != want {
			t.Fatalf("%s: rows are %q, want %q", when, got, want)
		}
	}
	works("at first", ".")
	set("second")
	works("after a change", "..")

	// Half of a change, and nonsense in the file, stop nobody who has a session, and nobody for longer than it lasts.
	if err := s.AskPassword("third"); err != nil {
		t.Fatal(err)
	}
	works("changed in one place, with a session", "...")
	if err := s.Cut(); err != nil {
		t.Fatal(err)
	}
	if err := add(db, t.Context()); err == nil || strings.Contains(err.Error(), "second") || strings.Contains(err.Error(), "third") {
		t.Errorf("changed in one place, without a session: %v", err)
	}
	set("third")
	works("changed in both", "....")

	for name, bad := range map[string]string{
		"nonsense":         "host=127.0.0.1 password=third nonsense",
		"nothing":          "",
		"another database": strings.Replace(with("third"), "dbname=muster", "dbname=postgres", 1),
		"another server":   strings.Replace(with("third"), "host=127.0.0.1", "host=127.0.0.2", 1),
	} {
		dsn.Store(bad)
		if err := s.Cut(); err != nil {
			t.Fatal(err)
		}
		err := add(db, t.Context()) // the password at the opening is long refused, and no other place is tried
		if err == nil || strings.Contains(err.Error(), "third") || !strings.Contains(err.Error(), "as at the start") {
			t.Errorf("%s: %v", name, err)
		}
		dsn.Store(with("third"))
	}
	works("after all that", ".....")
}

// TestPasswordLater has the server changed first and the file a moment later: a new session waits for it.
func TestPasswordLater(t *testing.T) {
	s := pgtest.Start(t, "fsync=off")
	plain := s.DSN(t)
	if err := s.AskPassword("new"); err != nil {
		t.Fatal(err)
	}
	asked := 0
	o := pgkv.Options{DSN: plain + " password=old", Tenant: tenant(), ConnectWait: 10 * time.Second, Renew: func() (string, error) {
		if asked++; asked <= 3 {
			return plain + " password=old", nil
		}
		return plain + " password=new", nil
	}}
	db := open(t, o)
	if err := add(db, t.Context()); err != nil || asked < 4 {
		t.Errorf("asked %d times: %v", asked, err)
	}
	o.Renew, o.Tenant = nil, tenant()
	began := time.Now()
	if _, err := pgkv.Open(t.Context(), o); err == nil || time.Since(began) > 5*time.Second {
		t.Errorf("a password that stays wrong: %v after %v", err, time.Since(began))
	}
	o.DSN, o.Renew = plain+" password=new", func() (string, error) { return "", fmt.Errorf("read the connection string: %w", errors.ErrUnsupported) }
	if err := add(open(t, o), t.Context()); err != nil {
		t.Errorf("while the file is away: %v", err)
	}
}
