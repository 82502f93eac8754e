package backup

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// SocketFile is the door of a running Muster for whoever may enter its folder. It is a file: no network leads to it.
const SocketFile = "backup.sock"

// Listen opens the door of a running Muster. Its part answers until ctx ends. Where a file cannot be a door, it is said, and Muster runs all the
// same. A backup that cannot be finished is cut off, and is then no whole one, which is seen by who asked for it.
func Listen(s Source, log *slog.Logger) func(context.Context) error {
	l, err := listen(s.Dir)
	if err != nil {
		log.Warn("no backups while Muster runs", slog.Any("error", err))
		return func(ctx context.Context) error {
			<-ctx.Done()
			return nil
		}
	}
	return func(ctx context.Context) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		var answers sync.WaitGroup
		defer answers.Wait()
		stop := context.AfterFunc(ctx, func() { _ = l.Close() }) // a backup under way is given up: the store is about to close
		defer stop()
		for {
			c, err := l.Accept()
			if ctx.Err() != nil {
				return nil
			}
			if err != nil {
				return fmt.Errorf("the door for backups: %w", err)
			}
			answers.Go(func() { s.answer(ctx, c, log) })
		}
	}
}

// What is asked for at the door, in one line. The answer is the backup, or the log as lines of JSON, and nothing else.
const (
	plainly = "backup\n"
	withKey = "backup with key\n"
	theLog  = "log\n"
)

// askTime is how long somebody may take to ask.
const askTime = 5 * time.Second

func (s Source) answer(ctx context.Context, c net.Conn, log *slog.Logger) {
	stop := context.AfterFunc(ctx, func() { _ = c.Close() })
	defer stop()
	defer func() { _ = c.Close() }()
	slow := time.AfterFunc(askTime, func() { _ = c.Close() })
	line, err := bufio.NewReader(io.LimitReader(c, 100)).ReadString('\n')
	slow.Stop()
	if err != nil || line != plainly && line != withKey && line != theLog {
		log.WarnContext(ctx, "door for backups: nothing was asked for that it knows")
		return
	}
	if line == theLog {
		n, err := s.Store.Lines(ctx, c)
		if err != nil {
			log.ErrorContext(ctx, "log not exported", slog.Any("error", err))
			return
		}
		log.InfoContext(ctx, "log exported", slog.Int64("entries", n))
		return
	}
	m, err := s.Write(ctx, c, line == withKey)
	if err != nil {
		log.ErrorContext(ctx, "backup not written", slog.Any("error", err))
		return
	}
	log.InfoContext(ctx, "backup written", slog.Int64("entries", m.Entries), slog.Bool("with_key", line == withKey))
}

func listen(dir string) (net.Listener, error) {
	path := filepath.Join(dir, SocketFile)
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) { // of a process that was killed: this one has the store's lock
		return nil, fmt.Errorf("open the door for backups: %w", err)
	}
	at, done, err := address(dir)
	if err != nil {
		return nil, fmt.Errorf("open the door for backups: %w", err)
	}
	defer done()
	l, err := net.Listen("unix", at)
	if err != nil {
		return nil, fmt.Errorf("open the door for backups: %w", err)
	}
	if u, ok := l.(*net.UnixListener); ok {
		u.SetUnlinkOnClose(false) // by then the address may mean something else; the next start takes it away
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("open the door for backups: %w", err), l.Close())
	}
	return l, nil
}

// longest is how long the address of a socket may be on every system.
const longest = 100

// address is the door's address. One that is too long for a socket goes by the open folder, which Linux has a short name for.
func address(dir string) (string, func(), error) {
	path := filepath.Join(dir, SocketFile)
	if len(path) <= longest {
		return path, func() {}, nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return "", nil, err
	}
	return fmt.Sprintf("/proc/self/fd/%d/%s", d.Fd(), SocketFile), func() { _ = d.Close() }, nil // it was only read
}

// ErrNobody says that no Muster runs on a folder.
var ErrNobody = errors.New("no Muster is running there")

// Fetch asks the Muster that runs on a tenant's folder for a backup. Whether it is whole is for Open to say.
func Fetch(ctx context.Context, dir string, key bool, w io.Writer) error {
	ask := plainly
	if key {
		ask = withKey
	}
	return fetch(ctx, dir, ask, w)
}

// FetchLog asks it for its log as lines of JSON. Whether it is whole is for evidence.VerifyLines to say.
func FetchLog(ctx context.Context, dir string, w io.Writer) error { return fetch(ctx, dir, theLog, w) }

func fetch(ctx context.Context, dir, ask string, w io.Writer) error {
	what := strings.TrimSpace(ask)
	at, done, err := address(dir)
	if err != nil {
		return fmt.Errorf("ask for the %s: %w", what, err)
	}
	c, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: at, Net: "unix"}) // a file of this machine: no network is behind it
	done()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNobody, err)
	}
	defer func() { _ = c.Close() }() // it was only read
	stop := context.AfterFunc(ctx, func() { _ = c.Close() })
	defer stop()
	if _, err := io.WriteString(c, ask); err != nil {
		return fmt.Errorf("ask for the %s: %w", what, err)
	}
	if _, err := io.Copy(w, c); err != nil {
		return fmt.Errorf("fetch the %s: %w", what, err)
	}
	return ctx.Err()
}
