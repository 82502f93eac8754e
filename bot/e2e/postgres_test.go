package e2e

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"muster/store/pgkv/pgtest"
)

// TestServePostgres runs the bot on bbolt, moves its store to PostgreSQL, runs it there through a crash of the server and a kill of its own,
// and moves the store back.
func TestServePostgres(t *testing.T) {
	server := pgtest.Start(t, "fsync=off") // the machine does not crash
	dir := t.TempDir()
	world, teams, bot, policy := outside(t, filepath.Join(dir, "world"))
	config, dsn, kept := filepath.Join(dir, "muster.yaml"), filepath.Join(dir, "postgres.dsn"), filepath.Join(dir, "kept")
	onBolt := musterYAML(bot, teams, world)
	onPostgres := strings.Replace(onBolt, "store: bbolt", "store: postgres\npostgres_dsn_file: ./postgres.dsn", 1)
	put := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("policy.yaml", string(policy))
	put("teams.secret", "the bot's\n")
	put("graph.secret", "not empty\n")
	put("payroll.secret", payrollSecret+"\n")
	put("postgres.dsn", server.DSN(t)+" password=hunter2\n")
	put("muster.yaml", onBolt)
	serve := func() *process {
		t.Helper()
		p, err := launch(t.Context(), dir, "msg=serving", os.Environ(), "serve", "--config", config)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	run := func(want string, args ...string) {
		t.Helper()
		out, err := exec.Command(built.binary, args...).CombinedOutput()
		if !strings.Contains(string(out), want) || (err != nil) != strings.HasPrefix(string(out), "muster:") {
			t.Errorf("muster %v: %v, want %q\n%s", args, err, want, out)
		}
		if strings.Contains(string(out), "hunter") {
			t.Errorf("muster %v shows the password:\n%s", args, out)
		}
	}
	good := teams.token(t, nil)
	says := func(id, text string) {
		t.Helper()
		if got := teams.post(t, bot, id, hannah, tenantID, text, good); got != 200 {
			t.Errorf("%s: status %d", id, got)
		}
	}
	starter := func(name string) string {
		return "new starter " + name + ", Account Manager, starts next Monday, reports to Tom Hughes, in London"
	}

	running := serve()
	says("m1", starter("Ada Byron"))
	teams.hears(t, "Ada Byron")
	run("in use by another muster process", "migrate", "--from", "bbolt:"+kept, "--to", "postgres:"+dsn)
	if err := running.stop(); err != nil {
		t.Error(err)
	}
	put("muster.yaml", onPostgres)
	run("begin a second log", "serve", "--config", config)
	run("Moved, and verified on both sides", "migrate", "--from", "bbolt:"+kept, "--to", "postgres:"+dsn)
	put("muster.yaml", onBolt)
	run("begin a second log", "serve", "--config", config)
	put("muster.yaml", onPostgres)

	running = serve()
	says("m1", starter("Ada Byron")) // handled before the move
	says("m2", starter("Grace Hopper"))
	for _, text := range teams.hears(t, "Grace Hopper") {
		if strings.Contains(text, "Ada Byron") {
			t.Errorf("what was handled before the move is answered again: %s", text)
		}
	}
	if status, metrics := statusOf(t, "http://"+bot+"/metrics"); status != 200 || !strings.Contains(metrics, "\nmuster_store_bytes ") || !strings.Contains(metrics, "\nmuster_log_entries ") {
		t.Errorf("metrics: %d\n%s", status, metrics)
	}
	run("another muster process is writing", "export", "--case", "J-2026-0001", "--data", kept)
	run("Verified: ", "verify", kept) // read beside the bot
	if err := errors.Join(server.Stop(), server.Again()); err != nil {
		t.Fatal(err)
	}
	says("m3", starter("Mary Somerville"))
	teams.hears(t, "Mary Somerville")
	put("postgres.dsn", server.As(pgtest.Role)+" password=hunter3\n") // a new password, while the bot runs
	if err := errors.Join(server.AskPassword("hunter3"), server.Cut()); err != nil {
		t.Fatal(err)
	}
	says("m3a", starter("Ida Rhodes"))
	teams.hears(t, "Ida Rhodes")
	run("Written: ", "backup", "--data", kept, "--to", filepath.Join(dir, "running.backup"))
	if err := running.kill(); err != nil {
		t.Fatal(err)
	}
	running = serve()
	says("m4", starter("Emmy Noether"))
	teams.hears(t, "Emmy Noether")
	doctor, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(doctor, built.binary, "doctor", "--config", config).CombinedOutput()
	if text := string(out); !strings.Contains(text, "PostgreSQL 1") || !strings.Contains(text, "It is in PostgreSQL.") || !strings.Contains(text, "fsync") || strings.Contains(text, "hunter") {
		t.Errorf("doctor: %v\n%s", err, text)
	}
	if err := running.stop(); err != nil {
		t.Error(err)
	}
	if log := running.err.String(); strings.Contains(log, "hunter") || strings.Contains(log, "Noether") {
		t.Errorf("the log tells of people or secrets:\n%s", log)
	}
	run("Verified: ", "verify", kept)
	run("Written: ", "backup", "--data", kept, "--to", filepath.Join(dir, "resting.backup"))
	run("Moved, and verified on both sides", "migrate", "--from", "postgres:"+dsn, "--to", "bbolt:"+kept)
	run("moved to another database", "migrate", "--from", "postgres:"+dsn, "--to", "bbolt:"+filepath.Join(dir, "elsewhere", tenantID))
	put("muster.yaml", onBolt)
	running = serve()
	says("m4", starter("Emmy Noether"))
	says("m5", starter("Caroline Herschel"))
	for _, text := range teams.hears(t, "Caroline Herschel") {
		if strings.Contains(text, "Emmy Noether") {
			t.Errorf("what was handled in PostgreSQL is answered again: %s", text)
		}
	}
	if err := running.stop(); err != nil {
		t.Error(err)
	}
	run("Verified: ", "verify", kept)
	run("Restored into ", "restore", filepath.Join(dir, "resting.backup"), "--data", filepath.Join(dir, "restored"), "--signing-key", filepath.Join(kept, tenantID, "signing.key"))
}
