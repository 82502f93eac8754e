package e2e

import (
	"flag"
	"go/ast"
	"go/token"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/leonelquinteros/gotext"
)

// catalogue is the file of a language.
var catalogue = root + "/flows/texts/de.po"

var updateTexts = flag.Bool("update-texts", false, "write the catalogues' sentences anew: those that nobody says leave, new ones come untranslated")

// sentences are what the code says: the first argument of each Say, Word and Time of texts, and the words of marks.
func sentences(t *testing.T) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	add := func(e ast.Expr) {
		if l, ok := e.(*ast.BasicLit); ok && l.Kind == token.STRING {
			s, err := strconv.Unquote(l.Value)
			if err != nil {
				t.Fatal(err)
			}
			all[s] = true
		}
	}
	for _, s := range sources(t) {
		if s.test || s.pkg == "muster/flows/texts" {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if f, ok := n.Fun.(*ast.Ident); ok && s.pkg == "muster/flows" && f.Name == "count" && len(n.Args) == 3 { // of which both forms are said
					if l, ok := n.Args[2].(*ast.BasicLit); ok {
						noun := strings.Trim(l.Value, `"`)
						all[noun], all[noun+"s"] = true, true
					}
				}
				f, ok := n.Fun.(*ast.SelectorExpr)
				if !ok || len(n.Args) == 0 || !speaks(f.X) {
					return true
				}
				switch f.Sel.Name {
				case "Say", "Word":
					add(n.Args[0])
				case "Time":
					add(n.Args[1])
				}
			case *ast.KeyValueExpr:
				if id, ok := n.Key.(*ast.Ident); ok && id.Name == "Deny" && s.pkg == "muster/flows" { // of the table of rights
					add(n.Value)
				}
			case *ast.AssignStmt:
				if f, ok := n.Lhs[0].(*ast.SelectorExpr); ok && f.Sel.Name == "Deny" {
					add(n.Rhs[0])
				}
			case *ast.CompositeLit:
				if id, ok := n.Type.(*ast.Ident); ok && id.Name == "mark" && len(n.Elts) > 1 {
					add(n.Elts[1])
				}
			}
			return true
		})
	}
	for _, name := range strings.Fields("January February March April May June July August September October November December Monday Tuesday Wednesday Thursday Friday Saturday Sunday") {
		all[name], all[name[:3]] = true, true
	}
	return all
}

// speaks reports whether something is a texts.Language by the name that all code gives it: lang, v.lang, b.lang() or p.Lang().
func speaks(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name == "lang"
	case *ast.SelectorExpr:
		return e.Sel.Name == "lang" || e.Sel.Name == "Lang"
	case *ast.CallExpr:
		return speaks(e.Fun)
	}
	return false
}

// verbs are the places of a sentence that are filled in.
var verbs = regexp.MustCompile(`%(\[\d+\])?[-+# 0]*\d*(\.\d+)?[a-zA-Z]`)

// TestTextsAreTranslated finds sentences that a catalogue lacks or that nobody says any more, and translations that lose a part.
func TestTextsAreTranslated(t *testing.T) {
	content, err := os.ReadFile(catalogue)
	if err != nil {
		t.Fatal(err)
	}
	po := gotext.NewPo()
	po.Parse(content)
	said := map[string]string{}
	for english, tr := range po.GetDomain().GetTranslations() {
		if english != "" {
			said[english] = tr.Get()
			if !po.IsTranslated(english) {
				said[english] = ""
			}
		}
	}
	all := sentences(t)
	if *updateTexts {
		write(t, all, said)
		return
	}
	for english := range all {
		if said[english] == "" {
			t.Errorf("not translated: %q", english)
		}
	}
	for english, german := range said {
		if !all[english] {
			t.Errorf("nobody says: %q", english)
		}
		if a, b := verbsOf(english), verbsOf(german); german != "" && !slices.Equal(a, b) {
			t.Errorf("%q has the parts %q, and its translation %q", english, a, b)
		}
	}
	for english := range all {
		if a, b := edges(english), edges(said[english]); said[english] != "" && a != b {
			t.Errorf("%q begins or ends with a space where its translation %q does not, or the other way round", english, said[english])
		}
	}
}

// edges are the spaces around a part of a sentence; a comma may stand for the first.
func edges(s string) [2]bool {
	return [2]bool{strings.IndexAny(s, " ,:;.") == 0, strings.HasSuffix(s, " ")}
}

// verbsOf are the verbs of a sentence in the order of their arguments.
func verbsOf(s string) []string {
	if !strings.Contains(s, "%") {
		return nil
	}
	at := map[int]string{}
	next := 1
	for _, v := range verbs.FindAllStringSubmatch(strings.ReplaceAll(s, "%%", ""), -1) {
		if v[1] != "" {
			n, err := strconv.Atoi(strings.Trim(v[1], "[]"))
			if err != nil {
				return []string{"an index that is none: " + v[0]}
			}
			next = n
		}
		at[next] = strings.Replace(v[0], v[1], "", 1)
		next++
	}
	var all []string
	for _, n := range slices.Sorted(maps.Keys(at)) {
		all = append(all, at[n])
	}
	return all
}

// write puts the catalogue's sentences in order; a translation stays with its sentence.
func write(t *testing.T, all map[string]bool, said map[string]string) {
	t.Helper()
	var b strings.Builder
	b.WriteString("# What Muster says in German. go test ./bot/e2e -run TestTextsAreTranslated -update-texts brings new sentences in.\n")
	b.WriteString("msgid \"\"\nmsgstr \"\"\n\"Language: de\\n\"\n\"MIME-Version: 1.0\\n\"\n\"Content-Type: text/plain; charset=UTF-8\\n\"\n\"Content-Transfer-Encoding: 8bit\\n\"\n\"Plural-Forms: nplurals=2; plural=(n != 1);\\n\"\n")
	for _, english := range slices.Sorted(maps.Keys(all)) {
		b.WriteString("\nmsgid " + strconv.Quote(english) + "\nmsgstr " + strconv.Quote(said[english]) + "\n")
	}
	if err := os.WriteFile(catalogue, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}
