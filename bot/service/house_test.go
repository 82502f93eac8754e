package service_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"muster/bot/intake"

	"muster/bot/sandbox"
	"muster/flows"
)

// otherJob is the sandbox's policy with another name for a job.
func otherJob(t *testing.T, job string) *flows.Policy {
	t.Helper()
	text := bytes.ReplaceAll(sandbox.DefaultPolicy, []byte("Account Manager"), []byte(job))
	pol, err := flows.ParsePolicy("policy.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	return pol
}

// TestReopen changes the policy of a tenant while people write to it: what was begun goes on, everybody is answered once, and what follows goes
// by the new one.
func TestReopen(t *testing.T) {
	lodge(t, []setting{{}}, func(t *testing.T, l *lodging) {
		l.begin()
		w := l.all[0]
		w.announce()
		const people = 30
		before := len(w.chat("stranger", "bot"))
		w.say("stranger", "help")
		each := len(w.chat("stranger", "bot")) - before
		template := w.last()
		var wg sync.WaitGroup
		var reopened error
		wg.Go(func() { reopened = l.house.Reopen(t.Context(), w.tenant, otherJob(t, "Relationship Manager")) })
		statuses := make([]int, people)
		for n := range people {
			wg.Go(func() {
				statuses[n] = w.again(delivery{changed(t, template.body, map[string]any{"id": fmt.Sprint("r:", n)}), template.token})
			})
		}
		wg.Wait()
		if reopened != nil {
			t.Fatal(reopened)
		}
		for n, status := range statuses {
			if status != http.StatusOK {
				t.Errorf("turn %d while it is opened anew: status %d", n, status)
			}
		}
		w.settle()
		if got := len(w.chat("stranger", "bot")) - before; got != each+people {
			t.Errorf("%d messages in the chat, want %d", got, each+people)
		}
		w.press("manager", "bot", "Approve", inputs{"items": []string{"group:Sales"}})
		w.say("hr", "new starter Ada Byron, Relationship Manager, starts 14 December 2026, reports to Tom Hughes")
		w.press("hr", "bot", "Check and continue", inputs{"site": "London"})
		w.press("hr", "bot", "Confirm", nil)
		if n := len(w.cases()); n != 2 {
			t.Errorf("%d cases", n)
		}
		w.walk("2026-12-15 12:00")
		if _, ok := w.account(priya); !ok {
			t.Error("the starter from before has no account")
		}
		w.verify()
	})
}

// TestReopenRefused asks for a policy with which the tenant cannot be opened: it is open with the one before.
func TestReopenRefused(t *testing.T) {
	lodge(t, []setting{{}}, func(t *testing.T, l *lodging) {
		l.begin()
		w := l.all[0]
		w.announce()
		bad := otherJob(t, "Relationship Manager")
		l.refuses = func(_ *world, pol *flows.Policy) error {
			if pol == bad {
				return errBroken
			}
			return nil
		}
		for range 2 {
			if err := l.house.Reopen(t.Context(), w.tenant, bad); !errors.Is(err, errBroken) {
				t.Fatalf("it says %v", err)
			}
		}
		w.press("manager", "bot", "Approve", inputs{"items": []string{"group:Sales"}})
		if c := w.theCase(); c.State != flows.Scheduled {
			t.Errorf("the case is %s", c.State)
		}
		if err := l.house.Reopen(t.Context(), "nobody", bad); err == nil {
			t.Error("a tenant that is not there was opened anew")
		}
		w.stop()
		if err := l.house.Reopen(t.Context(), w.tenant, bad); err == nil {
			t.Error("after the end it was opened anew")
		}
		w.verify()
	})
}

// TestReopenWaits holds a turn in the service while it is to be closed: the store is closed after it, and who comes meanwhile waits or is told
// to come again.
func TestReopenWaits(t *testing.T) {
	lodge(t, []setting{{}}, func(t *testing.T, l *lodging) {
		l.begin()
		w := l.all[0]
		w.say("stranger", "help")
		template := w.last()
		turn := func(id string) int {
			return w.again(delivery{changed(t, template.body, map[string]any{"id": id}), template.token})
		}
		hold := make(chan struct{})
		w.held.Store(&hold)
		var wg sync.WaitGroup
		var first, second, third int
		wg.Go(func() { first = turn("r:1") })
		time.Sleep(time.Second)
		wg.Go(func() {
			if err := l.house.Reopen(t.Context(), w.tenant, w.policy); err != nil {
				t.Error(err)
			}
		})
		time.Sleep(time.Second)
		wg.Go(func() { second = turn("r:2") })
		time.Sleep(6 * time.Second)
		wg.Go(func() { third = turn("r:3") })
		time.Sleep(time.Second)
		w.held.Store(nil)
		close(hold)
		wg.Wait()
		if first != http.StatusOK || second != http.StatusServiceUnavailable || third != http.StatusOK {
			t.Errorf("the one in hand: %d, one that waits too long: %d, one that waits a little: %d", first, second, third)
		}
		w.verify()
	})
}

// The second organisation of a process.
const (
	otherTenant = "22222222-2222-2222-2222-222222222222"
	otherApp    = "00000000-0000-0000-0000-0000000000b2"
)

// TestTenantsApart takes what one organisation's Teams sent, and offers it to the process as if it were the other's. The people of both have
// the same object ids, and the tokens of both are signed with the same key: only the bot and the tenant tell them apart.
func TestTenantsApart(t *testing.T) {
	payslip := payroll
	payslip.Secret = []byte(strings.Repeat("p", 32))
	lodge(t, []setting{{intake: []intake.Source{payroll}}, {ids: [2]string{otherTenant, otherApp}, intake: []intake.Source{payslip}}}, func(t *testing.T, l *lodging) {
		l.begin()
		ours, theirs := l.all[0], l.all[1]
		ours.announce()
		if n, m := len(ours.cases()), len(theirs.cases()); n != 1 || m != 0 {
			t.Fatalf("%d cases here and %d there", n, m)
		}
		theirs.say("manager", "my tasks")
		if theirs.saw("manager", "bot", "Priya Patel") {
			t.Error("another organisation's manager is told of our starter")
		}
		theirs.say("hr", "help")
		good := theirs.last()
		said, told := len(ours.deliveries()), len(ours.chat("hr", "bot"))
		rows := len(ours.disk.now())
		as := func(id, tenant string) []byte {
			body := changed(t, good.body, map[string]any{"id": id, "text": "cancel J-2026-0001"})
			return bytes.ReplaceAll(body, []byte(otherTenant), []byte(tenant))
		}
		mixed := bytes.Replace(as("x:3", otherTenant), []byte(otherTenant), []byte(sandbox.FixedTenant), 1)
		for name, d := range map[string]delivery{
			"their token, our tenant":        {as("x:1", sandbox.FixedTenant), good.token},
			"our token, their tenant":        {as("x:2", otherTenant), ours.last().token},
			"their token, both tenants":      {mixed, good.token},
			"their token with our bot in it": {as("x:4", sandbox.FixedTenant), forBot(t, good.token, sandbox.FixedAppID)},
			"a bot that is not here":         {as("x:5", sandbox.FixedTenant), forBot(t, good.token, "00000000-0000-0000-0000-0000000000b9")},
			"no token":                       {as("x:6", sandbox.FixedTenant), ""},
		} {
			status := theirs.again(d)
			theirs.settle()
			ours.settle()
			if status == http.StatusOK && !strings.Contains(name, "tenant") || status/100 == 5 {
				t.Errorf("%s: status %d", name, status)
			}
		}
		if len(ours.deliveries()) != said || len(ours.chat("hr", "bot")) != told || len(ours.disk.now()) != rows {
			t.Errorf("something of another organisation arrived here: %d %d %d, before %d %d %d", len(ours.deliveries()), len(ours.chat("hr", "bot")), len(ours.disk.now()), said, told, rows)
		}
		for path, want := range map[string]int{
			intake.Path + "/" + sandbox.FixedTenant: http.StatusUnauthorized, intake.Path + "/" + otherTenant: http.StatusAccepted,
			intake.Path: http.StatusNotFound, intake.Path + "/nobody": http.StatusNotFound,
		} {
			if status := theirs.postTo(path, arrival, payslip.Secret); status != want {
				t.Errorf("their HR system at %s: status %d, want %d", path, status, want)
			}
		}
		ours.verify()
		theirs.verify()
	})
}

// forBot is a token with another bot in it, as somebody would have it who cannot sign.
func forBot(t *testing.T, token, app string) string {
	t.Helper()
	parts := strings.Split(token, ".")
	claims, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	parts[1] = base64.RawURLEncoding.EncodeToString(bytes.ReplaceAll(claims, []byte(otherApp), []byte(app)))
	return strings.Join(parts, ".")
}

// postTo sends an event as an HR system does.
func (w *world) postTo(path, body string, secret []byte) int {
	w.t.Helper()
	at := time.Now()
	req := httptest.NewRequestWithContext(w.t.Context(), http.MethodPost, "http://"+botHost+path, strings.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(intake.TimeHeader, strconv.FormatInt(at.Unix(), 10))
	req.Header.Set(intake.SignatureHeader, intake.Sign(secret, at, []byte(body)))
	rec := httptest.NewRecorder()
	w.alive().front.ServeHTTP(rec, req)
	return rec.Code
}

// TestTenantsAlone has a tenant that cannot be opened: the other is served, it is told of each how it is, and when it can be opened it is.
func TestTenantsAlone(t *testing.T) {
	lodge(t, []setting{{}, {ids: [2]string{otherTenant, otherApp}}}, func(t *testing.T, l *lodging) {
		ours, theirs := l.all[0], l.all[1]
		var mended atomic.Bool
		l.refuses = func(w *world, _ *flows.Policy) error {
			if w == theirs && !mended.Load() {
				return errBroken
			}
			return nil
		}
		ours.begin()
		ours.announce()
		get := func(path string) (int, string) {
			rec := httptest.NewRecorder()
			ours.alive().front.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+botHost+path, nil))
			return rec.Code, rec.Body.String()
		}
		tells := func(when string, there int, open string) {
			t.Helper()
			all, says := get("/readyz")
			one, _ := get("/readyz/" + otherTenant)
			here, _ := get("/readyz/" + sandbox.FixedTenant)
			_, figures := get("/metrics")
			if all != http.StatusOK || here != http.StatusOK || one != there || strings.Contains(says, errBroken.Error()) {
				t.Errorf("%s: /readyz %d, here %d, there %d:\n%s", when, all, here, one, says)
			}
			for _, line := range []string{`muster_tenant_open{tenant="` + otherTenant + `"} ` + open, `muster_tenant_open{tenant="` + sandbox.FixedTenant + `"} 1`, `muster_open_cases{kind="joiner",state="waiting",tenant="` + sandbox.FixedTenant + `"} 1`} {
				if !strings.Contains(figures, line) {
					t.Errorf("%s: the figures lack %s", when, line)
				}
			}
		}
		tells("while it is broken", http.StatusServiceUnavailable, "0")
		mended.Store(true)
		time.Sleep(2 * time.Minute)
		tells("when it is mended", http.StatusOK, "1")
		theirs.begin()
		theirs.say("hr", "help")
		theirs.mustSee("hr", "bot", "new starter")
		theirs.stop()
		ours.verify()
		theirs.verify()
	})
}
