package store_test

import (
	"context"
	"os"
	"regexp"
	"strings"
	"testing"

	"muster/store/kv/kvtest"
)

// TestDrawing holds the drawing of the keys in doc.go against every row that
// the history ever has: no row is missing in the drawing, no line of it is idle.
func TestDrawing(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	words := strings.NewReplacer(
		"SEQ", `.{8}`, "POSITION", `.{8}`, "DUE", `.{8}`, "DAY", `.{4}`, "LANE", `[\x00\x01]`, "00", `\x00`,
		"CASE", `[A-Z]-\d{4}-\d{4,}`, "LETTER-YEAR", `[A-Z]-\d{4}`, "STREAM", `[!-~]+`,
		"ERRAND", `[!-~]+`, "TURN", `[!-~]+`, "KEY", `[!-~]+`, " ", "",
	)
	lines := map[string]*regexp.Regexp{}
	for _, m := range regexp.MustCompile(`(?m)^//\t([a-z]/.*?)  +\S`).FindAllStringSubmatch(string(doc), -1) {
		lines[m[1]] = regexp.MustCompile(`(?s)^` + words.Replace(m[1]) + `$`)
	}
	if len(lines) < 14 {
		t.Fatalf("doc.go draws %d keys; the test no longer reads it", len(lines))
	}
	used := map[string]bool{}
	w := newWorld(t)
	steps := append(history(), func(ctx context.Context, w *world, _ string) error { return w.s.ChangeKey(ctx, "") })
	for i := range steps {
		if n, err := w.play(t.Context(), steps[:i+1], i); err != nil {
			t.Fatalf("step %d: %v", n, err)
		}
		for key := range kvtest.Rows(t, w.db) {
			var found []string
			for name, re := range lines {
				if re.MatchString(latin(key)) {
					found = append(found, name)
				}
			}
			if len(found) != 1 {
				t.Errorf("row %q fits the lines %q of the drawing, want one", key, found)
			}
			for _, name := range found {
				used[name] = true
			}
		}
	}
	for name := range lines {
		if !used[name] {
			t.Errorf("no row is drawn by %q", name)
		}
	}
	w.check()
}

// latin makes each byte a rune, so that a pattern counts bytes.
func latin(s string) string {
	out := make([]rune, 0, len(s))
	for i := range len(s) {
		out = append(out, rune(s[i]))
	}
	return string(out)
}
