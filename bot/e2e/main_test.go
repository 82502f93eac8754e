// Package e2e holds what is tested from outside: the built binary driven by scripts, by its control API and through its page in a browser,
// and the rules of the source tree. It refuses to know how anything works inside: it imports nothing of ours but the build of the page.
package e2e

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"muster/bot/sandbox"
)

// root is the folder of the module.
var root = filepath.Join("..", "..")

// built is what TestMain made for all tests.
var built struct {
	binary string // the stripped binary, named muster
	cache  string // the user's cache folder, where the page was built
}

func TestMain(m *testing.M) {
	code, err := build(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		code = 1
	}
	os.Exit(code)
}

// build makes the binary and the page once, then runs the tests.
func build(m *testing.M) (int, error) {
	dir, err := os.MkdirTemp("", "muster-e2e-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	built.binary = filepath.Join(dir, "muster")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", built.binary, ".")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("build the binary: %w\n%s", err, out)
	}
	if built.cache, err = os.UserCacheDir(); err != nil {
		return 0, err
	}
	// Once here, or every sandbox that starts would build it at the same time.
	if err := sandbox.EnsurePage(context.Background(), "", io.Discard); err != nil {
		return 0, err
	}
	return m.Run(), nil
}
