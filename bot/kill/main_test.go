package kill

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
)

// binary is the stripped muster, as it is released.
var binary string

// asOutside, in the environment, makes the test binary be what is outside the bot.
const asOutside = "MUSTER_KILL_OUTSIDE"

func TestMain(m *testing.M) {
	if file := os.Getenv(asOutside); file != "" {
		if err := outside(context.Background(), file); err != nil {
			fmt.Fprintln(os.Stderr, "outside:", err)
			os.Exit(1)
		}
		return
	}
	code, err := build(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "kill:", err)
		code = 1
	}
	os.Exit(code)
}

// build makes the binary, then runs the tests.
func build(m *testing.M) (int, error) {
	dir, err := os.MkdirTemp("", "muster-kill-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "muster")
	// The organisations mostly wait, so that they run side by side however few the processors are.
	flag.Parse()
	if err := flag.Set("test.parallel", strconv.Itoa(2*worlds)); err != nil {
		return 0, err
	}
	if out, err := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", binary, "muster").CombinedOutput(); err != nil {
		return 0, fmt.Errorf("build muster: %w\n%s", err, out)
	}
	return m.Run(), nil
}
