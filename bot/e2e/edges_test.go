package e2e

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// edgesHeld is the last edge case of the study that is held by a test. What comes after it, several tenants and erasure, is not built.
const edgesHeld = 43

// TestEdgeCasesByNumber finds the tests of each edge case by their names, TestEdge12ApproverGone say, and fails for a case without one.
func TestEdgeCasesByNumber(t *testing.T) {
	named := regexp.MustCompile(`^TestEdge0?([1-9][0-9]?)[A-Z]`)
	found := map[int][]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && path != root):
			return filepath.SkipDir
		case !strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, decl := range file.Decls {
			f, is := decl.(*ast.FuncDecl)
			if !is || f.Recv != nil || !strings.HasPrefix(f.Name.Name, "TestEdge") {
				continue
			}
			m := named.FindStringSubmatch(f.Name.Name)
			if m == nil {
				continue
			}
			n, err := strconv.Atoi(m[1])
			if err != nil {
				return err
			}
			found[n] = append(found[n], f.Name.Name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= edgesHeld; n++ {
		if len(found[n]) == 0 {
			t.Errorf("no test is named after edge case %d", n)
		}
		slices.Sort(found[n])
		t.Logf("%d: %s", n, strings.Join(found[n], ", "))
	}
}
