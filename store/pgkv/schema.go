package pgkv

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// What makes a schema ours. The strings are stored in every schema and never
// change; a new layout gets a new version and a migration.
const (
	magic   = "muster store, rows with CRC-32C"
	version = "1"
)

// The states of a schema. Only one that is whole is opened; filling and moved
// are those of a move from or to another database.
const (
	whole   = "whole"
	filling = "filling"
	moved   = "moved"
)

var tenantName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,49}$`)

// schemaOf is the name of a tenant's schema, quoted. Two tenants that differ in
// a dot and a hyphen would get the same one: the schema says whose it is.
func schemaOf(tenant string) (string, error) {
	if !tenantName.MatchString(tenant) {
		return "", fmt.Errorf("%q cannot name a schema of PostgreSQL", tenant)
	}
	return `"muster_` + strings.NewReplacer("-", "_", ".", "_").Replace(tenant) + `"`, nil
}

// statements are the SQL of one schema. Every name in it is written with its schema.
type statements struct {
	create, read, empty, state, beginRead, beginWrite, hold, free, others string

	get, gets, scan, scanOn, put, del, mark string
}

func statementsOf(schema string) statements {
	in := strings.NewReplacer("S.", schema+".", "'S'", "'"+strings.Trim(schema, `"`)+"'", "schema S", "schema "+schema, "MAGIC", magic, "VERSION", version).Replace
	return statements{
		// turn is never written: who holds its lock writes. Nothing else ever locks
		// it for long, as there is nothing in it to be cleaned up.
		create: in(`create table S.turn ();
create table S.store (magic text not null, version text not null, tenant text not null, state text not null, commits bigint not null);
create table S.writers (id text primary key, attempt bigint not null, at timestamptz not null);
create table S.rows (key bytea primary key, value bytea not null, sum integer not null) with (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.05);
insert into S.store values ('MAGIC', 'VERSION', 'TENANT', 'STATE', 0)`) + "; " + in(views),
		read:  in(`select magic, version, tenant, state from S.store`),
		empty: in(`select not exists (select from pg_class where relnamespace = (select oid from pg_namespace where nspname = 'S'))`),
		state: in(`update S.store set state = 'STATE'`),

		beginRead: in(`begin isolation level repeatable read read only; select commits, state from S.store`),
		// The lock comes before the first select, so before the snapshot: what is
		// read afterwards is what the writer before left.
		beginWrite: in(`begin isolation level repeatable read read write; lock table S.turn in exclusive mode;
select commits, state, coalesce((select attempt from S.writers where id = 'WRITER'), 0) from S.store`),
		hold: `select pg_advisory_lock(1297437524, LOCK)`, // "MUST"
		free: `select pg_advisory_unlock_all()`,
		// The session that this same writer had before may not have noticed that its connection is gone.
		others: `select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = 'NAME' and pid <> pg_backend_pid() and usename = current_user`,

		get:    in(`select value, sum from S.rows where key = $1`),
		gets:   in(`select key, value, sum from S.rows where key = any($1::bytea[])`),
		scan:   in(`select key, value, sum from S.rows where key >= $1 and key < $2 order by key limit $3`),
		scanOn: in(`select key, value, sum from S.rows where key >= $1 order by key limit $2`),
		put: in(`insert into S.rows as r select * from unnest($1::bytea[], $2::bytea[], $3::integer[])
on conflict (key) do update set value = excluded.value, sum = excluded.sum`),
		del: in(`delete from S.rows where key = any($1::bytea[])`),
		mark: in(`with me as (insert into S.writers as w values ($1::text, $2::bigint, now()) on conflict (id) do update set attempt = excluded.attempt, at = excluded.at)
update S.store set commits = commits + 1`),
	}
}

// Names of the prepared statements.
const (
	stmtGet    = "get"
	stmtGets   = "gets"
	stmtScan   = "scan"
	stmtScanOn = "scan_on"
	stmtPut    = "put"
	stmtDel    = "del"
	stmtMark   = "mark"
)

func (s statements) reading() map[string]string {
	return map[string]string{stmtGet: s.get, stmtScan: s.scan, stmtScanOn: s.scanOn}
}

func (s statements) writing() map[string]string {
	m := s.reading()
	m[stmtGets], m[stmtPut], m[stmtDel], m[stmtMark] = s.gets, s.put, s.del, s.mark
	return m
}

// open looks at what there is, makes what is missing, and takes hold of it.
func (d *DB) open(ctx context.Context) error {
	c, err := d.connect(ctx, d.cfg)
	if err != nil {
		return err
	}
	defer hangUp(ctx, c)
	if _, err := exec(ctx, c, session(viewIdle)); err != nil {
		return fmt.Errorf("set up a session: %w", err)
	}
	if n, err := strconv.Atoi(strings.SplitN(c.ParameterStatus("server_version"), ".", 2)[0]); err == nil && n < 13 {
		return fmt.Errorf("the server is PostgreSQL %d; 13 or later is needed", n)
	}
	there, err := d.there(ctx, c)
	if err != nil {
		return err
	}
	switch {
	case there && d.opts.Fill:
		return d.refuse("it is not empty")
	case !there && d.opts.ReadOnly:
		return d.refuse("it does not exist, or nothing is in it")
	case !there:
		if err := d.create(ctx, c); err != nil {
			return err
		}
	}
	if err := d.inspect(ctx, c); err != nil {
		return err
	}
	if d.opts.ReadOnly {
		return nil
	}
	oid, err := exec(ctx, c, fmt.Sprintf(`select oid::bigint from pg_namespace where nspname = '%s'`, strings.Trim(d.schema, `"`)))
	if err != nil {
		return fmt.Errorf("look for the schema: %w", err)
	}
	n, err := number(oid, 0)
	if err != nil {
		return err
	}
	d.lockKey = int32(uint32(n)) // the same bits
	if err := d.beginWrite(ctx); err != nil {
		return err
	}
	d.w.rollBack(ctx)
	return nil
}

// there reports whether the schema has our tables. A schema with other tables
// is another program's.
func (d *DB) there(ctx context.Context, c *pgconn.PgConn) (bool, error) {
	rows, err := exec(ctx, c, fmt.Sprintf(`select to_regclass('%s.store') is not null`, d.schema))
	if err != nil {
		return false, fmt.Errorf("look for the schema: %w", err)
	}
	if is(rows) {
		return true, nil
	}
	if rows, err = exec(ctx, c, d.sql.empty); err != nil {
		return false, fmt.Errorf("look into the schema: %w", err)
	}
	if !is(rows) {
		return false, d.refuse("it is another program's")
	}
	return false, nil
}

// create makes the schema, unless somebody made it for this role, and the
// tables in it, whole or not at all.
func (d *DB) create(ctx context.Context, c *pgconn.PgConn) error {
	rows, err := exec(ctx, c, fmt.Sprintf(`select exists (select from pg_namespace where nspname = '%s')`, strings.Trim(d.schema, `"`)))
	if err != nil {
		return fmt.Errorf("look for the schema: %w", err)
	}
	sql := "begin; "
	if !is(rows) {
		sql += "create schema " + d.schema + "; "
	}
	state := whole
	if d.opts.Fill {
		state = filling
	}
	_, err = exec(ctx, c, sql+strings.NewReplacer("TENANT", d.opts.Tenant, "STATE", state).Replace(d.sql.create)+"; commit")
	if err == nil {
		return nil
	}
	if _, rerr := exec(ctx, c, "rollback"); rerr != nil {
		return errors.Join(fmt.Errorf("make the schema: %w", err), rerr)
	}
	p, ok := errors.AsType[*pgconn.PgError](err)
	switch {
	case ok && (p.Code == "42P06" || p.Code == "42P07" || p.Code == "23505") && !d.opts.Fill:
		return nil // another process was faster; what it made is looked at next
	case ok && p.Code == "42501":
		return fmt.Errorf("make the schema: the role may not. Let it: GRANT CREATE ON DATABASE to it, or CREATE SCHEMA %s AUTHORIZATION it: %w", d.schema, err)
	}
	return fmt.Errorf("make the schema: %w", err)
}

// inspect refuses rows that are not whole or not ours.
func (d *DB) inspect(ctx context.Context, c *pgconn.PgConn) error {
	rows, err := exec(ctx, c, d.sql.read)
	if err != nil {
		return fmt.Errorf("look into the schema: %w", err)
	}
	if len(rows) != 1 || string(rows[0][0]) != magic {
		return d.refuse("it is another program's")
	}
	switch v, tenant, state := string(rows[0][1]), string(rows[0][2]), string(rows[0][3]); {
	case v != version:
		return d.refuse(fmt.Sprintf("it has format version %q and this program reads %q; use the release that wrote it", v, version))
	case tenant != d.opts.Tenant:
		return d.refuse("it is that of tenant " + tenant)
	default:
		return d.whole(state)
	}
}

// whole refuses rows in a state that is not for use.
func (d *DB) whole(state string) error {
	switch {
	case state == whole, state == filling && d.opts.Fill:
		return nil
	case state == filling:
		return d.refuse(fmt.Sprintf("it was being filled by a move that did not finish. What was to be moved is where it was. Remove the half copy with DROP SCHEMA %s CASCADE and move again", d.schema))
	case state == moved:
		return d.refuse(fmt.Sprintf("it was moved to another database, which goes on with the log. When that one is in order, remove this with DROP SCHEMA %s CASCADE", d.schema))
	}
	return d.refuse("it is in a state that this program does not know")
}

func (d *DB) stillOurs(rows [][][]byte) error {
	if len(rows) != 1 || len(rows[0]) < 2 {
		return d.refuse("it is another program's")
	}
	return d.whole(string(rows[0][1]))
}

// Finish makes rows that were filled into rows that can be opened.
func (d *DB) Finish(ctx context.Context) error { return d.setState(ctx, whole) }

// Retire says that another database goes on with the rows: these are not opened again.
func (d *DB) Retire(ctx context.Context) error { return d.setState(ctx, moved) }

func (d *DB) setState(ctx context.Context, state string) error {
	if err := d.enter(ctx); err != nil {
		return err
	}
	defer d.running.Done()
	d.turn <- struct{}{}
	defer func() { <-d.turn }()
	if err := d.beginWrite(ctx); err != nil {
		return fmt.Errorf("change the state of the store: %w", err)
	}
	if _, err := exec(ctx, d.w.conn, strings.ReplaceAll(d.sql.state, "STATE", state)+"; commit"); err != nil {
		d.w.rollBack(ctx)
		return fmt.Errorf("change the state of the store: %w", err)
	}
	return nil
}

func (d *DB) refuse(why string) error { return &RefusedError{strings.Trim(d.schema, `"`), why} }

// is reports whether the one answer is true.
func is(rows [][][]byte) bool {
	return len(rows) == 1 && len(rows[0]) == 1 && string(rows[0][0]) == "t"
}

// number is a column of the one row, written in digits.
func number(rows [][][]byte, column int) (int64, error) {
	if len(rows) != 1 || len(rows[0]) <= column {
		return 0, errors.New("the server answered with no row where there is one")
	}
	n, err := strconv.ParseInt(string(rows[0][column]), 10, 64)
	if err != nil {
		return 0, errors.New("the server answered with no number where there is one")
	}
	return n, nil
}
