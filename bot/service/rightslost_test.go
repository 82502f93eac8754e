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
	f, err := parser.ParseFile(token.NewFileSet(), "service.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var served []string
	ast.Inspect(f, func(n ast.Node) bool {
		c, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		s, ok := c.Fun.(*ast.SelectorExpr)
		if !ok || s.Sel.Name != "Handle" && s.Sel.Name != "HandleFunc" {
			return true
		}
		switch arg := c.Args[0].(type) {
		case *ast.BasicLit:
			p, err := strconv.Unquote(arg.Value)
			if err != nil {
				t.Fatal(err)
			}
			served = append(served, p)
		case *ast.BinaryExpr: // "POST " + intake.Path
			served = append(served, "POST "+intake.Path)
		default:
			t.Errorf("an address that cannot be read: %T", arg)
		}
		return true
	})
	var want []string
	for _, d := range flows.Doors() {
		want = append(want, d.Pattern)
	}
	slices.Sort(want)
	slices.Sort(served)
	if diff := cmp.Diff(want, served); diff != "" {
		t.Errorf("doors (-table +served):\n%s", diff)
	}
}
