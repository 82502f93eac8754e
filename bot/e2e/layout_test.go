package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestTopLevel holds the top level of the repository as its owner fixed it.
func TestTopLevel(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "git", "-C", root, "ls-files").Output()
	if err != nil {
		t.Fatalf("list the files of the repository: %v", err)
	}
	have := map[string]bool{}
	for name := range strings.Lines(string(out)) {
		top, _, _ := strings.Cut(strings.TrimSpace(name), "/")
		have[top] = true
	}
	// manifest is born with its second file.
	fixed := []string{"bot", "cards", "flows", "store", "manifest", "main.go", "go.mod", "go.sum", "README.md"}
	for name := range have {
		if !strings.HasPrefix(name, ".") && !slices.Contains(fixed, name) {
			t.Errorf("%s does not belong on the top level", name)
		}
	}
	for _, name := range fixed {
		if name != "manifest" && !have[name] {
			t.Errorf("%s is missing on the top level", name)
		}
	}
}

// TestReadme holds the two commands that a stranger is told, each on a line of its own.
func TestReadme(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(b), "\n")
	for _, command := range []string{"go run . sandbox", "bash .ci/run"} {
		if !slices.Contains(lines, command) {
			t.Errorf("README.md does not show %q on a line of its own", command)
		}
	}
	if _, err := os.Stat(filepath.Join(root, ".ci", "run")); err != nil {
		t.Error(err)
	}
}
