package service_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"muster/flows"
)

// lies are the ways in which Microsoft 365 says one thing and does another, or shows another.
var lies = []string{
	"no_effect", "lost_answer", "revert", "stale_read", "licences_gone", "done_denied", "done_silent", "done_cut", "partial", "late_effect",
	"wrong_object", "licence_error", "hidden", "empty", "rules_stopped",
}

// untold are those of them that a look cannot find out, or not for long.
var untold = []string{"revert", "stale_read", "licences_gone", "wrong_object", "hidden", "empty"}

// targets are the calls that a lie may be about.
var targets = []string{
	"", "^GET ", "^(POST|PATCH|PUT|DELETE) ", "/members", "assignLicense", "^PATCH /v1.0/users/", `^GET /v1.0/users/[^/]+$`, "revokeSignInSessions",
	"/manager", "authentication", "oauth2PermissionGrants|appRoleAssignments", "memberOf", "^POST /v1.0/users$",
}

// lying is a policy whose stories are short: licences go two days after an exit, and what only the old job gives a day after a move.
var lying = []byte(strings.Replace(compact, "\njoiner:\n", `
  Finance Assistant:
    title: Finance Assistant
    department: Finance
    access: [{group: Finance}]
leaver: {licence_hold_days: 2, prepare_working_days: 0}
mover: {handover_days: 1}
joiner:
`, 1))

// told is one story under lies.
type told struct {
	begin func(w *world)
	who   string
	asks  []wish // who answers what on the way
}

func tales() []told {
	leaves := []wish{{"owner", "bot", "Confirm now", nil}, {"it", "it", "Done", nil}, {"manager", "bot", "Done", nil}}
	return []told{
		{begin: func(w *world) { w.announce(); w.approve() }, who: priya, asks: []wish{
			{"it", "it", "Done", nil}, {"manager", "bot", "Show the pass now", nil}, {"manager", "bot", "Yes, started", nil},
		}},
		{begin: func(w *world) {
			w.move(nadiaMoves, nil)
			w.press("approver", "bot", "Approve", nil)
			w.press("manager", "bot", "Confirm what goes", nil)
		}, who: nadia, asks: leaves[1:]},
		{begin: func(w *world) { w.announceExit("leaver Nadia Brook, last day 25 November at 17:00", nil) }, who: nadia, asks: leaves},
		{begin: func(w *world) { w.announceExit("urgent leaver Nadia Brook", nil) }, who: nadia, asks: leaves},
	}
}

// TestEdge31NoFalseGreen tells joiners, movers and leavers to a Microsoft 365 that lies at random, and IT tries again what failed. When a
// case says that it is done, the directory is as each of its steps says; and where looking shows the truth, so it is when a step says so. 200 stories, or as many as MUSTER_LIES says.
func TestEdge31NoFalseGreen(t *testing.T) {
	runs := 200
	if s := os.Getenv("MUSTER_LIES"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		runs = n
	}
	var mu sync.Mutex
	ended, fired := map[flows.State]int{}, map[string]int{}
	t.Run("runs", func(t *testing.T) {
		for seed := range runs {
			t.Run(strconv.Itoa(seed), func(t *testing.T) {
				t.Parallel()
				story(t, setting{policy: lying, workers: 1}, func(t *testing.T, w *world) {
					state, what := deceived(w, tales()[seed%4], rand.New(rand.NewPCG(uint64(seed), 31)))
					mu.Lock()
					defer mu.Unlock()
					ended[state]++
					for kind, n := range what {
						fired[kind] += n
					}
				})
			})
		}
	})
	t.Logf("%d stories ended %v; the lies that were told: %v", runs, ended, fired)
	if ended[flows.Done] < runs/2 {
		t.Errorf("only %d of %d stories came to their end: this shows too little", ended[flows.Done], runs)
	}
	for _, kind := range lies {
		if kind != "rules_stopped" && fired[kind] == 0 && runs >= 200 {
			t.Errorf("nothing was told of the kind %s", kind)
		}
	}
}

// deceived tells one story, and says where its case stands at the end and how often each kind of lie was told.
func deceived(w *world, tale told, rng *rand.Rand) (flows.State, map[string]int) {
	w.t.Helper()
	tale.begin(w)
	ref := w.theCase().Ref
	begins, ends := rng.IntN(5), 30+rng.IntN(20)
	var plan []string
	for range 1 + rng.IntN(3) {
		plan = append(plan, lies[rng.IntN(len(lies))])
	}
	plain := !slices.ContainsFunc(plan, func(kind string) bool { return slices.Contains(untold, kind) })
	green := map[flows.StepKey]bool{}
	tired := map[string]int{}
	fired := map[string]int{}
	for n := range 90 {
		if n == begins {
			for _, kind := range plan {
				seconds := 0.0 // for ever
				if kind == "revert" || kind == "late_effect" {
					seconds = float64(30 + rng.IntN(900))
				}
				count := rng.IntN(4) // none: always
				if slices.Contains([]string{"stale_read", "hidden", "empty"}, kind) {
					count = 1 + rng.IntN(2) // who shows the same untruth whenever asked cannot be found out by asking
				}
				if _, err := w.sim.SetFault(kind, targets[rng.IntN(len(targets))], count, seconds); err != nil {
					w.t.Fatal(err)
				}
			}
		}
		if n == ends {
			w.count(fired)
			w.sim.ClearFaults()
		}
		c := w.stored(ref)
		if wrong := w.turned(c, tale.who, green); plain && len(wrong) > 0 {
			w.t.Errorf("%s says under %v what was never seen:\n%s", ref, plan, strings.Join(wrong, "\n"))
		}
		if c.State == flows.Done {
			if wrong := w.disagrees(c, tale.who); len(wrong) > 0 {
				w.t.Errorf("%s is done under %v, and\n%s", ref, plan, strings.Join(wrong, "\n"))
			}
			break
		}
		if !w.answers(tale.asks, tired, n > ends) {
			w.next()
		}
	}
	if len(fired) == 0 {
		w.count(fired)
	}
	w.verify()
	return w.stored(ref).State, fired
}

// count adds how often each fault happened.
func (w *world) count(into map[string]int) {
	w.t.Helper()
	var list []struct {
		Kind  string
		Fired int
	}
	if err := json.Unmarshal(w.sim.Faults(), &list); err != nil {
		w.t.Fatal(err)
	}
	for _, f := range list {
		into[f.Kind] += f.Fired
	}
}

// answers lets one person do one thing; IT tries again what failed, more patiently once nobody lies any more.
func (w *world) answers(asks []wish, tired map[string]int, honest bool) bool {
	w.t.Helper()
	patience := 2
	if honest {
		patience = 6
	}
	return w.does(append(slices.Clone(asks), wish{"it", "it", "Retry", nil}), tired, patience)
}

// does lets one person press one button that is wished for, each card so often at most.
func (w *world) does(asks []wish, tired map[string]int, patience int) bool {
	w.t.Helper()
	for _, d := range asks {
		m, ok := w.card(d.as, d.chat, "", d.button)
		if !ok || tired[m.ID+d.button] >= patience {
			continue
		}
		tired[m.ID+d.button]++
		w.pressed(map[string]any{"as": d.as, "message": m.ID, "button": d.button, "inputs": d.in})
		w.settle()
		return true
	}
	return false
}

// truth is an account as it is, whatever Graph says of it.
type truth struct {
	account
	rights
	SessionsRevokedAt *time.Time
	Deleted           bool
	Raw               map[string]any `json:"-"`
}

func (w *world) truth(upn string) (truth, bool) {
	w.t.Helper()
	var u truth
	raw, ok := w.sim.User(upn)
	if !ok {
		return u, false
	}
	for _, into := range []any{&u.account, &u.rights, &u.Raw, &struct {
		SessionsRevokedAt **time.Time
		Deleted           *bool
	}{&u.SessionsRevokedAt, &u.Deleted}} {
		if err := json.Unmarshal(raw, into); err != nil {
			w.t.Fatal(err)
		}
	}
	return u, true
}

// disagrees lists the steps that a case says were seen done, and that are not so.
func (w *world) disagrees(c flows.Case, upn string) []string {
	w.t.Helper()
	u, ok := w.truth(upn)
	if !ok || u.Deleted {
		return []string{"there is no account"}
	}
	parts := w.parts()
	var wrong []string
	seen := 0
	for _, s := range c.Plan.Steps {
		if _, st, _ := c.Step(s.Key); st.State != flows.StepDone {
			continue
		}
		wrong = append(wrong, u.denies(c.Plan, s, parts)...)
		seen++
	}
	if seen < 3 {
		wrong = append(wrong, fmt.Sprintf("only %d steps were seen done", seen))
	}
	if len(wrong) > 0 {
		wrong = append(wrong, strings.Join(w.news(), "; "))
	}
	return wrong
}

// turned is what is not so of the steps that say now, and did not before, that they are done.
func (w *world) turned(c flows.Case, upn string, green map[flows.StepKey]bool) (wrong []string) {
	w.t.Helper()
	u, ok := w.truth(upn)
	for _, s := range c.Plan.Steps {
		if _, st, _ := c.Step(s.Key); !ok || green[s.Key] || st.State != flows.StepDone {
			continue
		}
		green[s.Key] = true
		wrong = append(wrong, u.denies(c.Plan, s, w.parts())...)
	}
	return wrong
}

// denies is what the directory says against a step that says it is done.
func (u truth) denies(p flows.Plan, s flows.Step, parts map[string]string) []string {
	switch so, known := u.is(p, s, parts); {
	case !known:
		return []string{fmt.Sprintf("nobody can say whether %s of %s is so", s.Key, s.Task)}
	case !so:
		return []string{fmt.Sprintf("%s (%s) is not so", s.Key, s.Title)}
	}
	return nil
}

// is says whether what a step did is so, and whether the directory can tell.
func (u truth) is(p flows.Plan, s flows.Step, parts map[string]string) (so, known bool) {
	inGroup := slices.ContainsFunc(u.MemberOf, func(g named) bool { return g.ID == s.Group })
	licensed := slices.Contains(u.Licenses, parts[s.SKU])
	switch s.Task {
	case flows.CreateAccount:
		return u.ID != "" && u.DisplayName == "Priya Patel" && u.JobTitle == "Account Manager" && u.UsageLocation == "GB", true
	case flows.SetManager:
		want := p.Manager
		if s.Person.ID != "" {
			want = s.Person.ID
		}
		return u.Manager != nil && u.Manager.ID == string(want), true
	case flows.SetDetails:
		for name, want := range s.Props {
			if got, is := u.Raw[name].(string); is && got != want {
				return false, true
			}
		}
		return true, true
	case flows.AssignLicences:
		return licensed, true
	case flows.RemoveLicence:
		return !licensed, true
	case flows.AddToGroup, flows.AddToTeam, flows.FollowRule:
		return inGroup, true
	case flows.RemoveFromGroup, flows.RemoveFromTeam, flows.RuleLetsGo:
		return !inGroup, true
	case flows.EnableAccount:
		return u.AccountEnabled, true
	case flows.BlockSignIn:
		return !u.AccountEnabled, true
	case flows.RevokeSessions:
		return u.SessionsRevokedAt != nil && !u.SessionsRevokedAt.Before(s.Due.Add(-time.Minute)), true
	case flows.ResetPassword:
		return u.PasswordFrom.After(s.Due.Add(-time.Minute)), true
	case flows.RemoveMethods:
		return len(u.account.Methods) == 1, true
	case flows.RemoveAppRoles:
		return len(u.Apps) == 0, true
	case flows.RemoveConsents:
		return len(u.Consents) == 0, true
	case flows.CancelMeetings, flows.CheckForwarding: // Nadia Brook organises nothing and forwards nothing
		return true, true
	case flows.Manual, flows.OfferPass, flows.SendWelcome, flows.AskStarted: // not in the directory, but with people
		return true, true
	}
	return false, false
}

// parts are the names of licences by their id.
func (w *world) parts() map[string]string {
	w.t.Helper()
	var list []struct{ SkuID, SkuPartNumber string }
	if err := json.Unmarshal(w.sim.Licences(), &list); err != nil {
		w.t.Fatal(err)
	}
	out := map[string]string{}
	for _, l := range list {
		out[l.SkuID] = l.SkuPartNumber
	}
	return out
}
