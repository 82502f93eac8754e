// Package pgtest runs a real PostgreSQL for tests, from the machine's own
// programs, in a folder of its own and on a free port of loopback. It is there
// for tests only, and refuses to be without: a test that needs PostgreSQL fails
// where there is none.
package pgtest

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Server is one cluster. The zero value is not started.
type Server struct {
	Settings []string // further ones, as name=value

	once sync.Once
	err  error

	bin, dir string
	port     int
	cmd      *exec.Cmd
	said     bytes.Buffer
	ended    chan struct{}
}

// Role is the role that Muster has in tests. It is no superuser.
const Role = "muster"

// Start starts the server unless it is running, for as long as the test. It has
// a database and a role that may make schemas in it and nothing else.
func Start(tb testing.TB, settings ...string) *Server {
	tb.Helper()
	s := &Server{Settings: settings}
	tb.Cleanup(func() { s.End() })
	s.DSN(tb)
	return s
}

// DSN starts the server the first time and returns a connection string for Role.
func (s *Server) DSN(tb testing.TB) string {
	tb.Helper()
	s.once.Do(func() { s.err = s.begin() })
	if s.err != nil {
		tb.Fatalf("PostgreSQL for tests: %v", s.err)
	}
	return s.As(Role)
}

// As is a connection string for a role.
func (s *Server) As(role string) string {
	return fmt.Sprintf("host=127.0.0.1 port=%d dbname=muster user=%s", s.port, role)
}

// Port is where it listens on loopback.
func (s *Server) Port() int { return s.port }

// Dir is its folder.
func (s *Server) Dir() string { return s.dir }

// Empty removes all that Role has made.
func (s *Server) Empty() error {
	return s.SQL("muster", "drop owned by "+Role+" cascade", "grant create on database muster to "+Role)
}

// Own gives a file to the user that the server runs as.
func (s *Server) Own(name string) error { return give(name) }

// AskPassword lets Role in over the network with its password only, and changes
// it to the one given. Sessions that are open stay open.
func (s *Server) AskPassword(password string) error {
	rules := "local all all trust\nhost all all all scram-sha-256\n"
	if err := os.WriteFile(filepath.Join(s.data(), "pg_hba.conf"), []byte(rules), 0o600); err != nil {
		return err
	}
	return s.SQL("postgres", fmt.Sprintf("alter role %s password '%s'", Role, password), "select pg_reload_conf()")
}

// Cut ends the sessions of Role.
func (s *Server) Cut() error {
	return s.SQL("postgres", "select pg_terminate_backend(pid) from pg_stat_activity where usename = '"+Role+"'")
}

// End stops the server and removes all it left.
func (s *Server) End() {
	if s.cmd != nil {
		_ = s.Stop() // it may have been stopped already
	}
	if s.dir != "" {
		_ = os.RemoveAll(s.dir) // in a temporary folder anyway
	}
}

// find is the folder of the programs: that of initdb on the path, or the newest
// of the places where Debian, Red Hat and Homebrew put them.
func find() (string, error) {
	if p, err := exec.LookPath("initdb"); err == nil {
		if p, err = filepath.EvalSymlinks(p); err == nil {
			if _, err := os.Stat(filepath.Join(filepath.Dir(p), "postgres")); err == nil {
				return filepath.Dir(p), nil
			}
		}
	}
	var found []string
	for _, place := range []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin", "/usr/local/opt/postgresql@*/bin"} {
		dirs, err := filepath.Glob(filepath.Join(place, "initdb"))
		if err != nil {
			return "", err
		}
		found = append(found, dirs...)
	}
	if len(found) == 0 {
		return "", errors.New("initdb is neither on the path nor where distributions put it; install PostgreSQL 13 or later (Debian: apt-get install postgresql)")
	}
	slices.Sort(found)
	return filepath.Dir(found[len(found)-1]), nil
}

func (s *Server) begin() (err error) {
	if s.bin, err = find(); err != nil {
		return err
	}
	if s.dir, err = os.MkdirTemp("", "muster-pg-"); err != nil {
		return err
	}
	if err := give(s.dir); err != nil {
		return err
	}
	if err := s.run("initdb", "-D", s.data(), "-U", "postgres", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C"); err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s.port = l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		return err
	}
	if err := s.Again(); err != nil {
		return err
	}
	return s.SQL("postgres", "create role "+Role+" login", "create database muster", "grant create on database muster to "+Role)
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// run runs one of PostgreSQL's programs as a user that is not root.
func (s *Server) run(name string, args ...string) error {
	cmd := s.command(name, args...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %.500s", name, err, out)
	}
	return nil
}

func (s *Server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.Dir = s.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "HOME=" + s.dir}
	cmd.SysProcAttr = unprivileged()
	return cmd
}

// Again starts a server that was stopped, on the same folder and port.
func (s *Server) Again() error {
	args := []string{"-D", s.data(), "-p", fmt.Sprint(s.port), "-k", s.dir, "-c", "listen_addresses=127.0.0.1"}
	for _, setting := range s.Settings {
		args = append(args, "-c", setting)
	}
	s.cmd = s.command("postgres", args...)
	s.said.Reset()
	s.cmd.Stdout, s.cmd.Stderr = &s.said, &s.said
	if err := s.cmd.Start(); err != nil {
		return fmt.Errorf("postgres: %w", err)
	}
	ended := make(chan struct{})
	s.ended = ended
	go func(cmd *exec.Cmd) {
		_ = cmd.Wait() // a server that ends is seen by who uses it
		close(ended)
	}(s.cmd)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(30 * time.Second); ; {
		if s.run("pg_isready", "-q", "-h", s.dir, "-p", fmt.Sprint(s.port), "-U", "postgres", "-d", "postgres") == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ended:
			return fmt.Errorf("postgres ended before it was ready: %.1000s", s.said.String())
		case <-deadline:
			return errors.New("postgres is not ready after half a minute")
		}
	}
}

// Stop stops the server as a crash would: it writes nothing down and says
// nothing to anybody (pg_ctl stop -m immediate).
func (s *Server) Stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGQUIT); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	<-s.ended
	return nil
}

// SQL runs statements as the superuser, each on its own.
func (s *Server) SQL(database string, statements ...string) error {
	_, err := s.Query(database, statements...)
	return err
}

// Query is SQL with the answer, unaligned.
func (s *Server) Query(database string, statements ...string) (string, error) {
	args := []string{"-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", s.dir, "-p", fmt.Sprint(s.port), "-U", "postgres", "-d", database}
	for _, st := range statements {
		args = append(args, "-c", st)
	}
	cmd := s.command("psql", args...)
	var out, bad bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &bad
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("psql: %w: %.500s", err, bad.String())
	}
	return strings.TrimSpace(out.String()), nil
}
