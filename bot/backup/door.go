package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
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
	mux := http.NewServeMux()
	mux.HandleFunc("GET /backup", func(w http.ResponseWriter, r *http.Request) {
		m, err := s.Write(r.Context(), w, r.URL.Query().Get("key") == "yes")
		if err != nil {
			log.ErrorContext(r.Context(), "backup not written", slog.Any("error", err))
			return
		}
		log.InfoContext(r.Context(), "backup written", slog.Int64("entries", m.Entries))
	})
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	return func(ctx context.Context) error {
		ended := make(chan error, 1)
		go func() { ended <- srv.Serve(l) }()
		select {
		case err := <-ended:
			return fmt.Errorf("the door for backups: %w", err)
		case <-ctx.Done():
			return srv.Close() // a backup under way is given up: the store is about to close
		}
	}
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

// Fetch asks the Muster that runs on a tenant's folder for a backup.
func Fetch(ctx context.Context, dir string, withKey bool, w io.Writer) error {
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		at, done, err := address(dir)
		if err != nil {
			return nil, err
		}
		defer done()
		return new(net.Dialer).DialContext(ctx, "unix", at)
	}}}
	defer client.CloseIdleConnections()
	key := ""
	if withKey {
		key = "?key=yes"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://muster/backup"+key, nil)
	if err != nil {
		return fmt.Errorf("ask for a backup: %w", err)
	}
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNobody, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("ask for a backup: status %d", resp.StatusCode)
	}
	if _, err := io.Copy(w, resp.Body); err != nil {
		return fmt.Errorf("fetch the backup: %w", err)
	}
	return nil
}
