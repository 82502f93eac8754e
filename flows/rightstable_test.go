package flows

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"muster/flows/texts"

	"github.com/google/go-cmp/cmp"
)

func TestRightsFileIsTheTable(t *testing.T) {
	const file = "RIGHTS.md"
	if *update {
		if err := os.WriteFile(file, []byte(RightsTable(texts.Language{})), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), RightsTable(texts.Language{})); diff != "" {
		t.Errorf("%s is not what \"muster policy rights\" prints; run go test ./flows -run %s -update (-file +printed):\n%s", file, t.Name(), diff)
	}
}

// Whatever people can write, press or be handed has its row, and there is no row for what is not there.
func TestEveryRightHasItsRow(t *testing.T) {
	var want []string
	for _, w := range words {
		want = append(want, w.name)
	}
	want = slices.AppendSeq(want, maps.Keys(answers))
	want = slices.AppendSeq(want, maps.Keys(rules))
	want = slices.AppendSeq(want, maps.Keys(presses))
	for k := range files {
		want = append(want, k.right(texts.Language{}))
	}
	want = append(want, VerbFileTake, VerbFileLeave, doLists, doPopulation, doPolicy, doFind, doStatusOf, doWhyAny, doPauseWhy, doUrgent, doOnDeletion, doEvent, doITSteps)
	slices.Sort(want)
	if diff := cmp.Diff(slices.Compact(want), slices.Sorted(maps.Keys(rightsTable))); diff != "" {
		t.Errorf("what there is, and the table (-there +table):\n%s", diff)
	}
	for what, r := range rightsTable {
		switch {
		case r.Does == "" || strings.ContainsAny(r.Does+r.who()+r.never()+r.Then, "|\n"):
			t.Errorf("%s does not say in words what it does", what)
		case len(r.Roles) == 0 && r.Or == "" && what != doOnDeletion:
			t.Errorf("nobody may do %s", what)
		case r.Fresh && r.Shows:
			t.Errorf("%s is read anew and goes on from what was known", what)
		case r.Or == "" && r.And == "" && r.Deny == "" && len(r.Roles) > 0 && what != doITSteps && what != doWhyAny && what != doPauseWhy:
			t.Errorf("%s refuses without a sentence", what)
		}
	}
	if r := rightTo(texts.Language{}, "no.such"); r.held(Roles{HR: true, IT: true, Approver: true, Owner: true, Deputy: true}) || CodeOf(r.byRole(Roles{Owner: true})) != Denied {
		t.Error("what is not in the table may be done")
	}
}

// Nothing but the table decides on a role: roles are looked at there, and where it is worked out who is asked, told or shown what.
func TestRolesAreAskedInOnePlace(t *testing.T) {
	may := map[string]string{
		"rights.go": "the table", "stages.go": "who may take a seat", "deciders.go": "who lost what they were asked for", "succession.go": "which roles a leaver holds",
		"leaving.go": "whether a leaver reads along in the IT channel", "sweep.go": "who reads along where drift is told", "people.go": "what holding is",
	}
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), e.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				f, ok := n.Fun.(*ast.SelectorExpr)
				if !ok || f.Sel.Name != "Any" || may[e.Name()] != "" {
					return true
				}
				if x, ok := f.X.(*ast.Ident); !ok || x.Name != "slog" {
					t.Errorf("%s looks at roles by itself", e.Name())
				}
			case *ast.IndexExpr:
				x, isName := n.X.(*ast.Ident)
				i, isRole := n.Index.(*ast.Ident)
				if isName && x.Name == "roles" && isRole && slices.Contains([]string{"HR", "IT", "Approver", "Owner"}, i.Name) && may[e.Name()] == "" {
					t.Errorf("%s looks at roles by itself", e.Name())
				}
			}
			return true
		})
	}
}

// sayings is something of each command that somebody could write.
func sayings() map[string]string {
	return map[string]string{
		CmdHelp: "help", CmdTasks: "my tasks", CmdDelegations: "delegations", CmdEndDelegation: "end my delegation", CmdDelegate: "delegate my approvals",
		CmdNewStarter: "new starter", CmdMover: "mover", CmdSecondment: "secondment", CmdLeaver: "leaver", CmdUrgentLeaver: "urgent leaver", CmdLeave: "leave", CmdRename: "rename",
		CmdNewStarters: "new starters", CmdLeavers: "leavers", CmdMove: "move J-2026-0099 to 12 January", CmdCancel: "cancel J-2026-0099", CmdExtend: "extend J-2026-0099 to 31 March",
		CmdHold: "hold L-2026-0099 because of a claim", CmdEndHold: "end hold L-2026-0099 because it is settled", CmdReturn: "return A-2026-0099 on 1 October", CmdStatus: "status", doStatusOf: "status J-2026-0001", CmdOverdue: "overdue", CmdUpcoming: "upcoming", CmdFailures: "failures",
		CmdDryRun: "dry run J-2026-0099", CmdDrift: "drift", CmdWhy: "why", CmdEvidence: "evidence J-2026-0001", CmdExport: "export November", CmdReview: "review June 2099",
		CmdProcess: "process", CmdPolicy: "policy", CmdPopulation: "population", CmdPause: "pause for a look", CmdResume: "resume", CmdErase: "erase", CmdConfirmErasure: "confirm erasure E-123456",
	}
}

// hadCommands says of each role which commands product.md gives it, in the product's own order; the rest is everybody's.
func hadCommands() map[Role]string {
	return map[Role]string{
		HR:    "new starter,mover,secondment,leaver,urgent leaver,leave,rename,new starters,leavers,move,cancel,extend,hold,end hold,return,status,overdue,upcoming,failures,dry run,drift,population,process,confirm erasure," + doStatusOf,
		IT:    "status,overdue,upcoming,failures,dry run,drift,process," + doStatusOf,
		Owner: "status,overdue,upcoming,failures,dry run,drift,evidence,export,review,process,population,pause,resume,erase,policy,confirm erasure," + doStatusOf,
	}
}

// Every command by everybody, whoever they are to the directory: what product.md gives to a role only its holders get, a role that was taken
// away is worth nothing a minute later, and whoever is blocked, deleted or of another tenant gets nothing at all.
func TestEveryCommandByEverybody(t *testing.T) {
	everybodys := []string{CmdHelp, CmdTasks, CmdDelegations, CmdEndDelegation, CmdDelegate, CmdWhy}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(sayings())), slices.Sorted(func(yield func(string) bool) {
		for what := range rightsTable {
			if (isCommand(what) || what == doStatusOf) && !yield(what) {
				return
			}
		}
	})); diff != "" {
		t.Fatalf("commands (-tried +there):\n%s", diff)
	}
	groups := map[Role]string{HR: "g-hr", IT: "g-it", Approver: "g-approver", Owner: "g-owner"}
	for what, text := range sayings() {
		for who, tt := range map[string]struct {
			holds []Role
			then  func(o *office) // what happens to them, a minute before they write
			wait  time.Duration
			none  bool // nothing at all, whatever they ask
		}{
			"HR":           {holds: []Role{HR}},
			"IT":           {holds: []Role{IT}},
			"an approver":  {holds: []Role{Approver}},
			"an owner":     {holds: []Role{Owner}},
			"nobody":       {},
			"HR and owner": {holds: []Role{HR, Owner}},
			"a guest":      {then: func(o *office) { o.dir.change(stan.ID, func(a *Account) { a.Guest = true }) }},
			"taken out of all groups": {then: func(o *office) {
				o.dir.in[stan.ID] = []string{"g-hr", "g-it", "g-approver", "g-owner"}
				if _, roles, err := o.Standing(t.Context(), stan.ID); err != nil || !roles.Any(Owner) {
					t.Fatal("held nothing before")
				}
				o.dir.in[stan.ID] = nil
			}, wait: rolesKept},
			"blocked":           {holds: []Role{HR, IT, Owner}, then: func(o *office) { o.dir.change(stan.ID, func(a *Account) { a.Enabled = false }) }, none: true},
			"deleted":           {holds: []Role{HR, IT, Owner}, then: func(o *office) { o.dir.change(stan.ID, func(a *Account) { a.Deleted = true }) }, none: true},
			"of another tenant": {holds: []Role{HR, IT, Owner}, then: func(o *office) { delete(o.dir.people, stan.ID) }, none: true},
		} {
			t.Run(what+" by "+who, func(t *testing.T) {
				o := newOffice(t)
				p := *o.Policy
				p.Roles = RoleHolders{HR: Holders{Groups: []string{"g-hr"}}, IT: Holders{Groups: []string{"g-it"}}, Approver: Holders{Groups: []string{"g-approver"}}, Owner: Holders{Groups: []string{"g-owner"}}}
				o.Policy = &p
				o.raise(t)
				for _, r := range tt.holds {
					o.dir.in[stan.ID] = append(o.dir.in[stan.ID], groups[r])
				}
				if tt.then != nil {
					tt.then(o)
				}
				o.now = o.now.Add(tt.wait)
				want := slices.Contains(everybodys, what)
				for _, r := range tt.holds {
					want = want || slices.Contains(strings.Split(hadCommands()[r], ","), what)
				}
				if tt.none {
					want = false
				}
				before := len(o.store.records)
				_, err := o.Answer(t.Context(), Turn{Key: "k", By: stan, Personal: true, Chat: "c", Activity: "a", Text: text})
				if got := CodeOf(err) != Denied; got != want || CodeOf(err) == Internal && err != nil {
					t.Errorf("%q: %v (%s), may be answered: %t", text, err, SayOf(err), want)
				}
				if !want && len(o.store.records) != before {
					t.Error("it writes all the same")
				}
			})
		}
	}
}

// What cannot be undone or widens access is decided on roles that are read at that press, not a moment ago; and when they cannot be read it
// does not happen, while what only shows goes on for a few minutes.
func TestRolesAreReadAnew(t *testing.T) {
	for what, text := range sayings() {
		r := rightsTable[what]
		if len(r.Roles) == 0 || !r.held(Roles{Owner: true, HR: true}) {
			continue
		}
		o := newOffice(t)
		p := *o.Policy
		p.Roles.HR, p.Roles.Owner = Holders{Groups: []string{"g-hr"}}, Holders{Groups: []string{"g-owner"}}
		o.Policy = &p
		o.raise(t)
		o.dir.in[olivia.ID] = []string{"g-hr", "g-owner"}
		say := func() Code {
			_, err := o.Answer(t.Context(), Turn{Key: "k", By: olivia, Personal: true, Chat: "c", Activity: "a", Text: text})
			return CodeOf(err)
		}
		if _, _, err := o.Standing(t.Context(), olivia.ID); err != nil {
			t.Fatal(err)
		}
		o.now = o.now.Add(time.Second)
		o.dir.in[olivia.ID] = nil
		if got := say() == Denied; got != (r.Fresh && r.Or == "") {
			t.Errorf("%s, a second after the role went: refused %t, read anew %t", what, got, r.Fresh)
		}
		o.dir.in[olivia.ID] = []string{"g-hr", "g-owner"}
		o.who.known = nil
		if _, _, err := o.Standing(t.Context(), olivia.ID); err != nil {
			t.Fatal(err)
		}
		o.dir.down = &Error{Code: Unavailable}
		if o.now = o.now.Add(rolesKept); (say() == Unavailable) == r.Shows && what != CmdDryRun {
			t.Errorf("%s while the directory is silent: %q, shows %t", what, say(), r.Shows)
		}
		if o.now = o.now.Add(staleKept); say() != Unavailable {
			t.Errorf("%s goes on for ever while the directory is silent", what)
		}
	}
}

// A sign-off counts only by roles as they are at the press; so does the second person's word on an urgent exit, and when nobody can be asked it
// is said what people can do themselves.
func TestElevatedIsReadAtThePress(t *testing.T) {
	o := newOffice(t)
	p := *o.Policy
	p.Roles.Approver, p.Roles.IT = Holders{Groups: []string{"g-approver"}}, Holders{Groups: []string{"g-it"}}
	o.Policy = &p
	c := approved(t)
	o.store.cases[c.ID] = c
	sign := press(aisha, VerbSignOff, func(t *Turn) { t.Plan, t.Step = c.May, elevatedKey })
	o.dir.in[aisha.ID] = []string{"g-approver"}
	if _, roles, err := o.Standing(t.Context(), aisha.ID); err != nil || !roles.Any(Approver) {
		t.Fatal("Aisha is no approver to begin with")
	}
	o.dir.in[aisha.ID] = nil
	if _, err := o.Press(t.Context(), sign); CodeOf(err) != Denied {
		t.Errorf("signed a moment after the role went: %v", err)
	}
	urgent := deletionOf(t)
	urgent.ID, urgent.Kind, urgent.Event.Urgent = "L-2026-0002", LeaverEvent, true
	urgent.Approval.Holders = []Person{ivan}
	o.store.cases[urgent.ID] = urgent
	o.dir.in[ivan.ID] = []string{"g-it"}
	if _, _, err := o.Standing(t.Context(), ivan.ID); err != nil {
		t.Fatal(err)
	}
	o.dir.down = &Error{Code: Unavailable}
	yes := press(ivan, VerbApprove, func(t *Turn) { t.Case, t.Plan = urgent.ID, urgent.Shown })
	if _, err := o.Press(t.Context(), yes); CodeOf(err) != Unavailable || !strings.Contains(SayOf(err), "IT can block the sign-in in the Entra admin centre") {
		t.Errorf("while the directory is silent: %v (%s)", err, SayOf(err))
	}
	o.dir.down, o.dir.in[ivan.ID] = nil, nil
	for _, verb := range []string{VerbApprove, VerbReject} {
		yes.Verb, yes.Inputs["reason"] = verb, "no"
		if _, err := o.Press(t.Context(), yes); CodeOf(err) != Denied {
			t.Errorf("%s of an urgent exit by who lost the role: %v", verb, err)
		}
	}
}

// A deletion is decided on its own buttons, which look again at what speaks against it; those of another card do not reach it.
func TestDeletionHasItsOwnButtons(t *testing.T) {
	o := newOffice(t)
	c := deletionOf(t)
	o.store.cases[c.ID] = c
	for _, verb := range []string{VerbApprove, VerbReject, VerbAsk, VerbHandOver} {
		turn := press(olivia, verb, func(t *Turn) {
			t.Plan, t.Delegate, t.Inputs["reason"], t.Inputs["question"] = c.Shown, maria.ID, "no", "why?"
		})
		if _, err := o.Press(t.Context(), turn); CodeOf(err) != Denied {
			t.Errorf("%s: %v", verb, err)
		}
	}
	if got := o.of(t); got.Approval.State != "" || !got.Over() && len(got.Approval.Holders) != len(c.Approval.Holders) {
		t.Errorf("something was decided: %+v", got.Approval)
	}
}

// Who was asked to confirm a colleague's own event, as HR, may not once they are of HR no more; the manager may where there is nobody else.
func TestConfirmerMustHoldTheRole(t *testing.T) {
	for name, tt := range map[string]struct {
		by    Person
		hr    []Person
		boss  Person
		still bool
	}{
		"of HR no more":                {helen, []Person{hannah, ines}, maria, false},
		"of HR no more, nobody else":   {helen, []Person{hannah}, maria, false},
		"the manager, nobody else":     {maria, []Person{hannah}, maria, true},
		"the manager, but there is HR": {maria, []Person{hannah, helen}, maria, false},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			p := *o.Policy
			p.Roles.HR = Holders{Groups: []string{"HR Staff"}}
			o.Policy = &p
			o.dir.in = map[AccountID][]string{}
			for _, h := range tt.hr {
				o.dir.in[h.ID] = []string{"HR Staff"}
			}
			o.dir.change(hannah.ID, func(a *Account) { a.Manager = tt.boss.ID })
			d := Draft{ID: "D-1", State: DraftSummary, By: hannah, Confirmers: []Person{tt.by}, Event: PeopleEvent{Kind: MoverEvent, Subject: hannah}}
			m, err := draftMemo(d)
			if err == nil {
				err = o.Commit(t.Context(), Change{Memos: []Memo{m}})
			}
			if err != nil {
				t.Fatal(err)
			}
			_, err = o.Press(t.Context(), press(tt.by, VerbWithdraw, func(t *Turn) { t.Case, t.Draft = "", "D-1" }))
			if (CodeOf(err) != Denied) != tt.still {
				t.Errorf("may: %v", err)
			}
		})
	}
}

// A guest without a role does not search the people who work here.
func TestGuestsDoNotSearch(t *testing.T) {
	o := newOffice(t)
	o.dir.change(stan.ID, func(a *Account) { a.Guest = true })
	if found, err := o.FindPeople(t.Context(), stan.ID, "Tom"); CodeOf(err) != Denied || len(found) > 0 {
		t.Errorf("a guest finds %d (%v)", len(found), err)
	}
	o.dir.change(ivan.ID, func(a *Account) { a.Guest = true })
	if found, err := o.FindPeople(t.Context(), ivan.ID, "Tom"); err != nil || len(found) != 1 {
		t.Errorf("a guest of IT finds %d (%v)", len(found), err)
	}
}
