package setup

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestChecklist: the steps in the portal send people to checks that there are, and leave out none that the portal decides.
func TestChecklist(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "..", "manifest", "azure", "CHECKLIST.md"))
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	known := map[string]bool{}
	for _, c := range checks() {
		known[string(c.check)] = true
		switch c.check {
		case Clock, Seats: // nothing to click
		default:
			if !strings.Contains(text, "`"+string(c.check)+"`") {
				t.Errorf("no step says how to see that %s is good", c.check)
			}
		}
	}
	for _, sees := range regexp.MustCompile(`See: ([^.]*)\.`).FindAllStringSubmatch(text, -1) {
		for _, name := range regexp.MustCompile("`([a-z-]+)`").FindAllStringSubmatch(sees[1], -1) {
			if !known[name[1]] {
				t.Errorf("there is no check %s", name[1])
			}
		}
	}
	for _, key := range []string{"certificate_file", "token_file", "secret_file"} {
		if !strings.Contains(text, key) {
			t.Errorf("it does not say what goes into %s", key)
		}
	}
}
