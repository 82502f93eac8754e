package service_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/bot/intake"
	"muster/bot/sandbox"
	"muster/flows"
)

// TestRemovedFromHR is a person of HR who is taken out of the group while a form, a case and a list are theirs: within a minute none of it is,
// while what cannot be taken back is refused at once; a colleague goes on.
func TestRemovedFromHR(t *testing.T) {
	story(t, setting{}, func(t *testing.T, w *world) {
		w.say("hr", "leaver Stan Doyle, last day 30 November at 17:00")
		w.press("hr", "bot", "Check and continue", nil)
		form, _ := w.card("hr", "bot", "", "Confirm")
		w.announce()
		w.press("manager", "bot", "Send question", inputs{"question": "Part time?"})
		w.outOf("HR Staff", "hannah.reed@larkfield.example")
		if a := w.pressOn("hr", form.ID, "Confirm", nil); !strings.Contains(a.says(), "you are not on that list any more") {
			t.Errorf("a form confirmed a moment after the role went: %s", a.says())
		}
		w.passes()
		for _, words := range []string{"new starter Ann Lee", "urgent leaver Stan Doyle", "new starters", "move J-2026-0001 to 12 January", "cancel J-2026-0001", "status", "overdue", "drift", "dry run J-2026-0001", "population"} {
			w.say("hr", words)
			if got := w.shown("hr", "bot", 1); !strings.Contains(got, "Only HR") && !strings.Contains(got, " for HR") && !strings.Contains(got, "is for ") && !strings.Contains(got, "for IT, HR and owners") {
				t.Errorf("%q is answered: %s", words, got)
			}
		}
		if n := len(w.subjects()); n != 1 {
			t.Errorf("there are %d cases, want Priya's alone", n)
		}
		w.press("hr2", "bot", "Send answer", inputs{"answer": "Full time."})
		w.press("manager", "bot", "Approve", nil)
		w.verify()
	})
}

// TestRoleByNestedGroup is a role that comes through a group inside a group, and ends when that membership does.
func TestRoleByNestedGroup(t *testing.T) {
	policy := strings.Replace(string(sandbox.DefaultPolicy), "groups: [IT Staff]", "groups: [IT Staff, Contract Admins]", 1)
	story(t, setting{policy: []byte(policy)}, func(t *testing.T, w *world) {
		w.say("stranger", "failures")
		w.mustSee("stranger", "bot", "This list is for HR, IT and owners.")
		w.into("Finance Approvers", "stan.doyle@larkfield.example")
		time.Sleep(time.Minute)
		w.say("stranger", "failures")
		w.mustSee("stranger", "bot", "There are no cases yet.")
		w.outOf("Finance Approvers", "stan.doyle@larkfield.example")
		time.Sleep(time.Minute)
		w.say("stranger", "failures")
		if got := w.shown("stranger", "bot", 1); !strings.Contains(got, "This list is for HR, IT and owners.") {
			t.Errorf("a minute after the membership ended: %s", got)
		}
	})
}

// TestDoorsAreThoseOfTheTable holds the addresses that are served against the table of rights.
func TestDoorsAreThoseOfTheTable(t *testing.T) {
	names := map[string]string{"messages": "", "intake.Path": intake.Path}
	var files []*ast.File
	for _, name := range []string{"service.go", "house.go"} {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
		ast.Inspect(f, func(n ast.Node) bool {
			if v, ok := n.(*ast.ValueSpec); ok && len(v.Values) == 1 && v.Names[0].Name == "messages" {
				names["messages"] = pattern(t, v.Values[0], nil)
			}
			return true
		})
	}
	var served []string
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			c, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if s, ok := c.Fun.(*ast.SelectorExpr); ok && (s.Sel.Name == "Handle" || s.Sel.Name == "HandleFunc") {
				served = append(served, pattern(t, c.Args[0], names))
			}
			return true
		})
	}
	served = slices.Compact(slices.Sorted(slices.Values(served))) // of one tenant and of several
	var want []string
	for _, d := range flows.Doors() {
		want = append(want, d.Pattern)
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, served); diff != "" {
		t.Errorf("doors (-table +served):\n%s", diff)
	}
}

// pattern is an address as the source has it: a text, a constant's name, or a sum of them.
func pattern(t *testing.T, e ast.Expr, names map[string]string) string {
	t.Helper()
	switch e := e.(type) {
	case *ast.BasicLit:
		p, err := strconv.Unquote(e.Value)
		if err != nil {
			t.Fatal(err)
		}
		return p
	case *ast.BinaryExpr:
		return pattern(t, e.X, names) + pattern(t, e.Y, names)
	case *ast.Ident:
		if names[e.Name] != "" {
			return names[e.Name]
		}
	case *ast.SelectorExpr:
		if x, ok := e.X.(*ast.Ident); ok && names[x.Name+"."+e.Sel.Name] != "" {
			return names[x.Name+"."+e.Sel.Name]
		}
	}
	t.Errorf("an address that cannot be read: %T", e)
	return ""
}
