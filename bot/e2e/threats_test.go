package e2e

import (
	"go/ast"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// TestThreatsNameTests holds that every test which the threat model names exists, and that every row names one.
func TestThreatsNameTests(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(root, "bot", "THREATS.md"))
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]bool{}
	for _, s := range sources(t) {
		for _, d := range s.file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && s.test && f.Recv == nil {
				tests[f.Name.Name] = true
			}
		}
	}
	named := regexp.MustCompile("`(Test[A-Za-z0-9_]+)`").FindAllStringSubmatch(string(b), -1)
	if len(named) < 40 {
		t.Fatalf("only %d tests are named", len(named))
	}
	for _, n := range named {
		if !tests[n[1]] {
			t.Errorf("THREATS.md names %s, which does not exist", n[1])
		}
	}
	for _, row := range regexp.MustCompile(`(?m)^\|.*\|.*\|.*\|$`).FindAllString(string(b), -1) {
		if !regexp.MustCompile("`Test|---|shown by").MatchString(row) {
			t.Errorf("a threat without a test: %s", row)
		}
	}
}
