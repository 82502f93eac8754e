package sandbox

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
)

//go:embed web/package.json web/package-lock.json web/build.mjs web/src
var sources embed.FS

// ErrNoNode means that the page cannot be built because npm is not installed.
// The sandbox works without its page: the control API needs nothing.
var ErrNoNode = errors.New("npm is not installed (it comes with Node.js, https://nodejs.org)")

// EnsurePage builds the page once for each version of its sources, in a folder
// below dir ("" is the user's cache folder), and reports on out what it does. A
// page that is already there costs nothing. Give the same dir as Options.Page.
func EnsurePage(ctx context.Context, dir string, out io.Writer) error {
	home, err := pageFolder(dir)
	if err != nil {
		return fmt.Errorf("build page: %w", err)
	}
	if _, err := os.Stat(filepath.Join(home, "dist", "index.html")); err == nil {
		return nil
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		return fmt.Errorf("build page: %w", ErrNoNode)
	}
	if err := os.MkdirAll(filepath.Dir(home), 0o700); err != nil {
		return fmt.Errorf("build page: %w", err)
	}
	// Built beside its place and then put there whole, so that a build that was
	// stopped, or a second one at the same time, leaves no half page.
	work, err := os.MkdirTemp(filepath.Dir(home), "building-")
	if err != nil {
		return fmt.Errorf("build page: %w", err)
	}
	built := buildPage(ctx, npm, work, home, out)
	if err := os.RemoveAll(work); built == nil && err != nil {
		built = err
	}
	if built != nil {
		return fmt.Errorf("build page: %w", built)
	}
	return nil
}

func buildPage(ctx context.Context, npm, work, home string, out io.Writer) error {
	web, err := fs.Sub(sources, "web")
	if err != nil {
		return err
	}
	if err := os.CopyFS(work, web); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(out, "Setting up the page (once; needs npm and the network) ..."); err != nil {
		return err
	}
	for _, args := range [][]string{
		{"ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"},
		{"run", "--silent", "build"},
	} {
		cmd := exec.CommandContext(ctx, npm, args...)
		var said bytes.Buffer
		cmd.Dir, cmd.Stdout, cmd.Stderr = work, &said, &said
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("npm %s: %w\n%s", args[0], err, bytes.TrimSpace(said.Bytes()))
		}
	}
	if err := os.MkdirAll(home, 0o700); err != nil {
		return err
	}
	err = os.Rename(filepath.Join(work, "dist"), filepath.Join(home, "dist"))
	if err != nil {
		if _, there := os.Stat(filepath.Join(home, "dist", "index.html")); there == nil {
			return nil // somebody else has built it meanwhile
		}
	}
	return err
}

// pageFolder is where this version of the page is built: the name holds the
// hash of its sources.
func pageFolder(dir string) (string, error) {
	if dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("find a folder for the page: %w", err)
		}
		dir = filepath.Join(cache, "muster", "page")
	}
	h := sha256.New()
	err := fs.WalkDir(sources, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := sources.ReadFile(path)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(h, "%s %d\n%s", path, len(b), b)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("read the page's sources: %w", err)
	}
	return filepath.Join(dir, hex.EncodeToString(h.Sum(nil))[:16]), nil
}

const noPage = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Muster sandbox</title>
<body style="font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem">
<h1>The page is not built</h1>
<p>The sandbox itself is running. Its page needs Node.js: install it (nodejs.org) and start the sandbox again.</p>
<p>Everything the page does can be done by a script, for example <code>GET /sandbox/people</code>.</p></body></html>
`

// page serves the built page, or says that there is none.
func (s *Sandbox) page() http.Handler {
	home, err := pageFolder(s.opt.Page)
	if err != nil {
		s.opt.Log.Error("page has no folder", "error", err)
	}
	dist, index := filepath.Join(home, "dist"), filepath.Join(home, "dist", "index.html")
	files := http.FileServer(http.Dir(dist))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		w.Header().Set("Content-Security-Policy", "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-cache")
		if _, err := os.Stat(index); home == "" || err != nil {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.WriteHeader(http.StatusServiceUnavailable)
			if _, err := io.WriteString(w, noPage); err != nil {
				return // the reader has gone
			}
			return
		}
		files.ServeHTTP(w, r)
	})
}
