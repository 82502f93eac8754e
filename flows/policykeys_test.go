package flows

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The second half of the file in the repository is what the command prints, and each key is described.
func TestPolicyFileHasTheKeys(t *testing.T) {
	const file, mark = "POLICY.md", "## Every key\n\n"
	keys, err := PolicyKeys()
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	words, has, found := strings.Cut(string(b), mark)
	if !found {
		t.Fatalf("%s has no heading %q", file, strings.TrimSpace(mark))
	}
	if *update {
		if err := os.WriteFile(file, []byte(words+mark+keys), 0o644); err != nil {
			t.Fatal(err)
		}
		has = keys
	}
	if diff := cmp.Diff(has, keys); diff != "" {
		t.Errorf("%s is not what \"muster policy keys\" prints; run go test ./flows -run %s -update (-file +printed):\n%s", file, t.Name(), diff)
	}
	rows := regexp.MustCompile("(?m)^\\| `(\\w+)` \\| (.*) \\| (.*) \\|$").FindAllStringSubmatch(keys, -1)
	if len(rows) < 100 {
		t.Errorf("only %d keys are told", len(rows))
	}
	for _, r := range rows {
		if r[3] == "" && !strings.Contains(r[2], "](#") {
			t.Errorf("%s is not described", r[1])
		}
	}
}
