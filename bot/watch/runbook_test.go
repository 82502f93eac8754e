package watch

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestRunbookQuotes holds what OPERATIONS.md says Muster says against the code: an operator looks for those words.
func TestRunbookQuotes(t *testing.T) {
	book, err := os.ReadFile("../OPERATIONS.md")
	if err != nil {
		t.Fatal(err)
	}
	var code strings.Builder
	err = filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		b, err := os.ReadFile(path)
		code.Write(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	quotes := regexp.MustCompile(`(?m)^\| “([^”]+)” \|`).FindAllStringSubmatch(string(book), -1)
	if len(quotes) < 7 {
		t.Errorf("only %d sentences are in the table", len(quotes))
	}
	for _, q := range quotes {
		if !strings.Contains(code.String(), q[1]) {
			t.Errorf("nothing says %q", q[1])
		}
	}
}
