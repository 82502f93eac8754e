package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
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

// TestLinks follows every link from one of our documents to a file of ours, and to a heading of it.
func TestLinks(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "git", "-C", root, "ls-files", "--cached", "--others", "--exclude-standard", "*.md").Output()
	if err != nil {
		t.Fatalf("list the documents of the repository: %v", err)
	}
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	followed := 0
	for name := range strings.Lines(string(out)) {
		name = strings.TrimSpace(name)
		b, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(b), -1) {
			to, heading, _ := strings.Cut(m[1], "#")
			if strings.Contains(to, "://") {
				continue
			}
			followed++
			file := filepath.Join(root, filepath.Dir(name), to)
			if to == "" {
				file = filepath.Join(root, name)
			}
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%s sends its reader to %s, which is not there", name, m[1])
				continue
			}
			if heading == "" {
				continue
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Error(err)
			} else if !slices.Contains(anchors(string(text)), heading) {
				t.Errorf("%s sends its reader to %s, and there is no such heading", name, m[1])
			}
		}
	}
	if followed < 20 {
		t.Errorf("only %d links were found", followed)
	}
}

// anchors are the names under which the headings of a document can be reached.
func anchors(text string) []string {
	var out []string
	for _, m := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(text, -1) {
		name := regexp.MustCompile(`[^a-z0-9 _-]`).ReplaceAllString(strings.ToLower(m[1]), "")
		out = append(out, strings.ReplaceAll(name, " ", "-"))
	}
	return out
}
