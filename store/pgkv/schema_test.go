package pgkv_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"muster/store/kv"
	"muster/store/pgkv"
	"muster/store/pgkv/pgtest"
)

// TestRole needs no more of the server than a schema.
func TestRole(t *testing.T) {
	o := options(t)
	s := schemaOf(o.Tenant)
	if got, err := server.Query("muster", "select rolsuper or rolcreatedb or rolcreaterole or rolreplication or rolbypassrls from pg_roles where rolname = '"+pgtest.Role+"'"); err != nil || got != "f" {
		t.Fatalf("the role of the tests may too much: %s, %v", got, err)
	}
	narrow := "narrow_" + s
	if err := server.SQL("muster", "create role "+narrow+" login"); err != nil {
		t.Fatal(err)
	}
	o.DSN = server.As(narrow)
	_, err := openErr(t, o)
	if err == nil || !strings.Contains(err.Error(), "GRANT CREATE ON DATABASE") || !strings.Contains(err.Error(), s) {
		t.Errorf("a role that may nothing: %v", err)
	}
	if err := server.SQL("muster", "create schema "+s+" authorization "+narrow); err != nil {
		t.Fatal(err)
	}
	db := open(t, o)
	if err := add(db, t.Context()); err != nil {
		t.Errorf("a role with a schema of its own: %v", err)
	}
	if err := db.Scrub(t.Context()); err != nil {
		t.Errorf("scrub: %v", err)
	}
}

// TestSearchPath puts functions and tables in the way that a name without its schema would find.
func TestSearchPath(t *testing.T) {
	o := options(t)
	if err := server.SQL("muster", "create role pathed_"+schemaOf(o.Tenant)+" login", "grant create on database muster to pathed_"+schemaOf(o.Tenant),
		"create schema trap; grant usage on schema trap to public", "create table trap.rows (key bytea, value bytea, sum integer); create table trap.store (commits bigint)",
		"create function trap.unnest(bytea[], bytea[], integer[]) returns table (a bytea, b bytea, c integer) language sql as 'select null::bytea, null::bytea, 0'",
		"create function trap.now() returns timestamptz language sql as 'select 1/0; select null::timestamptz'",
		"alter role pathed_"+schemaOf(o.Tenant)+" set search_path = trap, pg_catalog"); err != nil {
		t.Fatal(err)
	}
	o.DSN = server.As("pathed_" + schemaOf(o.Tenant))
	db := open(t, o)
	if err := add(db, t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := rows(t, db)["n"]; got != "." {
		t.Errorf("rows are %q", got)
	}
}

// TestRefused opens schemas that are not whole stores of ours.
func TestRefused(t *testing.T) {
	for name, tt := range map[string]struct{ sql, why string }{
		"another program's": {"create schema S; create table S.things (n int)", "another program"},
		"its own kind":      {"create schema S; create table S.store (magic text, version text, tenant text, state text, commits bigint); insert into S.store values ('x','1','T','whole',0)", "another program"},
		"a later version":   {"MADE update S.store set version = '2'", "format version"},
		"another tenant's":  {"MADE update S.store set tenant = 'somebody'", "that of tenant somebody"},
		"half filled":       {"MADE update S.store set state = 'filling'", "did not finish"},
		"moved away":        {"MADE update S.store set state = 'moved'", "moved to another database"},
		"a state to come":   {"MADE update S.store set state = 'later'", "does not know"},
	} {
		t.Run(name, func(t *testing.T) {
			o := options(t)
			sql, made := strings.CutPrefix(tt.sql, "MADE ")
			if made {
				if err := open(t, o).Close(); err != nil {
					t.Fatal(err)
				}
			}
			sql = strings.NewReplacer("S.", schemaOf(o.Tenant)+".", "schema S", "schema "+schemaOf(o.Tenant), "'T'", "'"+o.Tenant+"'").Replace(sql)
			if err := server.SQL("muster", sql, "grant all on schema "+schemaOf(o.Tenant)+" to "+pgtest.Role, "grant all on all tables in schema "+schemaOf(o.Tenant)+" to "+pgtest.Role); err != nil {
				t.Fatal(err)
			}
			for _, readOnly := range []bool{false, true} {
				o.ReadOnly = readOnly
				_, err := openErr(t, o)
				if _, refused := errors.AsType[*pgkv.RefusedError](err); !refused || !strings.Contains(err.Error(), tt.why) {
					t.Errorf("read-only %v: %v, want a refusal with %q", readOnly, err, tt.why)
				}
			}
		})
	}
	o := options(t)
	o.ReadOnly = true
	if _, err := openErr(t, o); err == nil {
		t.Error("reading made a store")
	}
	if got, err := server.Query("muster", "select count(*) from pg_namespace where nspname = '"+schemaOf(o.Tenant)+"'"); err != nil || got != "0" {
		t.Errorf("reading made %s schemas (%v)", got, err)
	}
}

// TestFill makes rows that nobody opens before they are finished.
func TestFill(t *testing.T) {
	o := options(t)
	fill := o
	fill.Fill = true
	db := open(t, fill)
	if err := add(db, t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for what, o := range map[string]pgkv.Options{"use": o, "fill": fill} {
		if _, refused := errors.AsType[*pgkv.RefusedError](second(openErr(t, o))); !refused {
			t.Errorf("half a copy was opened to %s", what)
		}
	}
	if err := server.SQL("muster", "drop schema "+schemaOf(o.Tenant)+" cascade"); err != nil {
		t.Fatal(err)
	}
	db = open(t, fill)
	if err := errors.Join(add(db, t.Context()), db.Finish(t.Context()), db.Close()); err != nil {
		t.Fatal(err)
	}
	used := open(t, o)
	if got := rows(t, used)["n"]; got != "." {
		t.Errorf("rows are %q", got)
	}
	if err := used.Retire(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := add(used, t.Context()); err == nil {
		t.Error("what was moved away was written to")
	}
	if err := used.View(t.Context(), func(kv.Tx) error { return nil }); err == nil {
		t.Error("what was moved away was read as if it were current")
	}
}

// TestScrub looks for deleted bytes in the table's files.
func TestScrub(t *testing.T) {
	o := options(t)
	db := open(t, o)
	secret := "left-behind-" + o.Tenant
	if err := db.Update(t.Context(), func(tx kv.Tx) error {
		return errors.Join(tx.Put([]byte("a"), []byte(secret)), tx.Put([]byte("b"), []byte("kept-"+o.Tenant)))
	}); err != nil {
		t.Fatal(err)
	}
	if err := db.Update(t.Context(), func(tx kv.Tx) error { return tx.Delete([]byte("a")) }); err != nil {
		t.Fatal(err)
	}
	has := func(what string) bool {
		t.Helper()
		if err := server.SQL("muster", "checkpoint"); err != nil {
			t.Fatal(err)
		}
		file, err := server.Query("muster", "select pg_relation_filepath('"+schemaOf(o.Tenant)+".rows')")
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(server.Dir(), "data", file))
		if err != nil {
			t.Fatal(err)
		}
		return strings.Contains(string(b), what)
	}
	if !has(secret) || !has("kept-") {
		t.Fatal("the rows are not where the test looks for them")
	}
	if err := db.Scrub(t.Context()); err != nil {
		t.Fatal(err)
	}
	if has(secret) || !has("kept-") {
		t.Errorf("after scrubbing the file has the deleted row: %v, and the other: %v", has(secret), has("kept-"))
	}
	if err := add(db, t.Context()); err != nil {
		t.Error(err)
	}
}

// TestTLS holds the server's certificate against its name.
func TestTLS(t *testing.T) {
	s := pgtest.Start(t, "fsync=off")
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"localhost"},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	root := filepath.Join(t.TempDir(), "root.pem")
	for name, b := range map[string]*pem.Block{root: {Type: "CERTIFICATE", Bytes: der}, "server.crt": {Type: "CERTIFICATE", Bytes: der}, "server.key": {Type: "PRIVATE KEY", Bytes: pkcs}} {
		if !filepath.IsAbs(name) {
			name = filepath.Join(s.Dir(), "data", name)
		}
		if err := errors.Join(os.WriteFile(name, pem.EncodeToMemory(b), 0o600), s.Own(name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Own(root); err != nil {
		t.Fatal(err)
	}
	s.Settings = append(s.Settings, "ssl=on")
	if err := errors.Join(s.Stop(), s.Again()); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		host, more string
		ok         bool
	}{
		"its name and its root":  {"localhost", "sslmode=verify-full sslrootcert=" + root, true},
		"another name":           {"127.0.0.1", "sslmode=verify-full sslrootcert=" + root, false},
		"an unknown root":        {"localhost", "sslmode=verify-full", false},
		"the root alone, named":  {"127.0.0.1", "sslmode=verify-ca sslrootcert=" + root, true},
		"no proof at all, named": {"127.0.0.1", "sslmode=require", true},
	} {
		t.Run(name, func(t *testing.T) {
			o := pgkv.Options{DSN: fmt.Sprintf("host=%s port=%d dbname=muster user=%s %s", tt.host, s.Port(), pgtest.Role, tt.more), Tenant: tenant()}
			db, err := pgkv.Open(t.Context(), o)
			if (err == nil) != tt.ok {
				t.Fatalf("open: %v", err)
			}
			if err != nil {
				return
			}
			err = add(db, context.WithoutCancel(t.Context()))
			if err := errors.Join(err, db.Close()); err != nil {
				t.Error(err)
			}
			if got, err := s.Query("muster", "select count(*) from pg_stat_ssl where not ssl and pid in (select pid from pg_stat_activity where usename = '"+pgtest.Role+"')"); err != nil || got != "0" {
				t.Errorf("%s sessions in the clear (%v)", got, err)
			}
		})
	}
}
