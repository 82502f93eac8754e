package pgkv_test

import (
	"fmt"
	"os"
	"sync/atomic"
	"testing"

	"muster/store/kv"
	"muster/store/kv/kvtest"
	"muster/store/pgkv"
	"muster/store/pgkv/pgtest"
)

// server is the one that most tests share: making one takes a second.
var (
	server  = &pgtest.Server{Settings: []string{"fsync=off", "max_connections=60"}}
	tenants atomic.Int64
)

func TestMain(m *testing.M) {
	code := m.Run()
	server.End()
	os.Exit(code)
}

// tenant is a name that no other test has.
func tenant() string { return fmt.Sprint("tenant-", tenants.Add(1)) }

func options(t testing.TB) pgkv.Options {
	t.Helper()
	return pgkv.Options{DSN: server.DSN(t), Tenant: tenant()}
}

func open(t testing.TB, o pgkv.Options) *pgkv.DB {
	t.Helper()
	db, err := pgkv.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func TestKV(t *testing.T) {
	for name, shared := range map[string]bool{"alone": false, "shared": true} {
		t.Run(name, func(t *testing.T) {
			kvtest.Run(t, func(t *testing.T) kvtest.Database {
				o := options(t)
				o.Shared = shared
				return kvtest.Database{Open: func(t *testing.T) kv.DB { return open(t, o) }}
			})
		})
	}
}
