package graph

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/flows"
	"muster/flows/graphsim"
)

var nadia = personNo("22")

const (
	notifier = "ivan.petrov@larkfield.example" // has a mailbox that mail can be sent from
	someone  = "anna@home.example"
)

// A mailbox by hand: every verb against the simulator, each read back.
func TestMailbox(t *testing.T) {
	onLarkfield(t, nil, func(t *testing.T, l *larkfield) {
		ctx, now := t.Context(), time.Now()
		if p := must[string](t)(l.MailboxPurpose(ctx, tom)); p != "user" {
			t.Errorf("purpose %q", p)
		}
		if err := l.sim.SetMailboxPurpose(string(tom), "shared"); err != nil {
			t.Fatal(err)
		}
		if p := must[string](t)(l.MailboxPurpose(ctx, tom)); p != "shared" {
			t.Errorf("purpose %q, want shared", p)
		}

		meetings := must[[]flows.Meeting](t)(l.Meetings(ctx, tom, now, now.AddDate(2, 0, 0)))
		if len(meetings) != 2 || !slices.ContainsFunc(meetings, func(m flows.Meeting) bool { return m.Series }) {
			t.Fatalf("meetings %v: want the series once and the one ahead; neither the past, nor his own appointment, nor another's", meetings)
		}
		for _, m := range meetings {
			for range 2 { // the second time it is gone already
				if err := l.CancelMeeting(ctx, tom, m.ID, "No longer here."); err != nil {
					t.Errorf("cancel: %v", err)
				}
			}
		}
		if left := must[[]flows.Meeting](t)(l.Meetings(ctx, tom, now, now.AddDate(2, 0, 0))); len(left) != 0 {
			t.Errorf("left: %v", left)
		}

		rules := must[[]flows.Forward](t)(l.Forwards(ctx, tom))
		want := []flows.Forward{{ID: "AQAA03Rule00", Domains: []string{"mailbox.example"}}, {ID: "AQAA03Rule02", Domains: []string{"larkfield.example"}}}
		if diff := cmp.Diff(want, rules); diff != "" {
			t.Errorf("rules (-want +got):\n%s", diff)
		}
		for range 2 {
			if err := l.RemoveRule(ctx, tom, rules[0].ID); err != nil {
				t.Errorf("remove rule: %v", err)
			}
		}
		if left := must[[]flows.Forward](t)(l.Forwards(ctx, tom)); len(left) != 1 || left[0].ID != rules[1].ID {
			t.Errorf("rules left: %v", left)
		}
		if off := must[[]flows.Forward](t)(l.Forwards(ctx, farah)); len(off) != 1 || off[0].Domains[0] != "accounts.example" {
			t.Errorf("a rule that is switched off, and forwards as an attachment: %v", off)
		}
		if d := must[[]string](t)(l.Domains(ctx)); !slices.Contains(d, "larkfield.example") || !slices.Contains(d, "larkfield.onmicrosoft.example") {
			t.Errorf("domains %v", d)
		}
	})
}

// An account without a mailbox is not found in every verb, and the licence was what gave it.
func TestNoMailbox(t *testing.T) {
	onLarkfield(t, nil, func(t *testing.T, l *larkfield) {
		ctx, former := t.Context(), personNo("41")
		_, purpose := l.MailboxPurpose(ctx, former)
		_, meetings := l.Meetings(ctx, former, time.Now(), time.Now().Add(time.Hour))
		_, rules := l.Forwards(ctx, former)
		unsure, mail := l.SendMail(ctx, flows.Mail{From: "fiona.former@larkfield.example", To: someone, Key: "k"})
		if unsure {
			t.Error("a refusal leaves no doubt")
		}
		for name, err := range map[string]error{
			"purpose": purpose, "meetings": meetings, "rules": rules, "mail": mail, "cancel": l.CancelMeeting(ctx, former, "x", ""), "remove": l.RemoveRule(ctx, former, "x"),
		} {
			if flows.CodeOf(err) != flows.NotFound || !strings.Contains(flows.SayOf(err), "mailbox") {
				t.Errorf("%s: %v, want not_found", name, err)
			}
		}
	})
}

// A series is cancelled by its master: occurrence by occurrence it would never end. And somebody else's meeting is not ours to cancel.
func TestMeetingTraps(t *testing.T) {
	row := func(props string) string {
		return `{"id":"o1","isOrganizer":true,"isCancelled":false,"attendees":[{}],` + props + `}`
	}
	for name, tt := range map[string]struct {
		rows string
		want []flows.Meeting
		code flows.Code
	}{
		"occurrences of one series":           {row(`"seriesMasterId":"m"`) + "," + row(`"seriesMasterId":"m"`), []flows.Meeting{{ID: "m", Series: true}}, ""},
		"single":                              {row(`"seriesMasterId":null`), []flows.Meeting{{ID: "o1"}}, ""},
		"cancelled":                           {`{"id":"o1","isOrganizer":true,"isCancelled":true,"attendees":[{}]}`, nil, ""},
		"nobody invited":                      {`{"id":"o1","isOrganizer":true,"attendees":[]}`, nil, ""},
		"somebody else's, the filter ignored": {`{"id":"o1","isOrganizer":false,"attendees":[{}]}`, nil, ""},
		"without an id":                       {`{"isOrganizer":true,"attendees":[{}]}`, nil, flows.Internal},
	} {
		t.Run(name, func(t *testing.T) {
			c, s := on(t, says(200, `{"value":[`+tt.rows+`]}`))
			got, err := c.Meetings(t.Context(), tom, time.Unix(0, 0), time.Unix(3600, 0))
			if diff := cmp.Diff(tt.want, got); diff != "" || flows.CodeOf(err) != tt.code || (err == nil) != (tt.code == "" && !strings.Contains(name, "without")) {
				t.Errorf("%v, error %v (-want +got):\n%s", got, err, diff)
			}
			if q := s.one(t).Query; !strings.Contains(q, "isOrganizer") || strings.Contains(q, "subject") {
				t.Errorf("asked for %s", q)
			}
		})
	}
}

// All pages of a list are read, and none from elsewhere.
func TestRawPages(t *testing.T) {
	page := func(next string) func(http.ResponseWriter, *http.Request) {
		return says(200, `{"value":[{"id":"a","isReadOnly":true,"actions":{"forwardTo":[{"emailAddress":{"address":"x@One.example"}},{"emailAddress":{"address":"/o=Larkfield/cn=x"}}]}}],"@odata.nextLink":"`+next+`"}`)
	}
	c, s := on(t, page("https://graph.microsoft.com/v1.0/users/x/mailFolders/inbox/messageRules?$skip=1"), says(200, `{"value":[{"id":"b","actions":{"redirectTo":[{"emailAddress":{"address":"y@two.example"}}]}}]}`))
	got, err := c.Forwards(t.Context(), tom)
	want := []flows.Forward{{ID: "a", Domains: []string{"?", "one.example"}, Fixed: true}, {ID: "b", Domains: []string{"two.example"}}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" || len(s.seen) != 2 {
		t.Errorf("%v after %d requests (-want +got):\n%s", err, len(s.seen), diff)
	}
	for name, answers := range map[string][]func(http.ResponseWriter, *http.Request){
		"another host":  list(page("https://elsewhere.example/v1.0/users")),
		"no JSON":       list(says(200, `<html>`, "Content-Type", "text/html")),
		"another shape": list(says(200, `{"value":{"id":"x"}}`)),
		"nothing":       list(says(200, "")),
	} {
		c, _ := on(t, answers...)
		if _, err := c.Forwards(t.Context(), tom); err == nil || flows.CodeOf(err) != flows.Internal {
			t.Errorf("%s: %v, want an internal error", name, err)
		}
	}
}

// Exchange takes four requests of an app for one mailbox; the client sends no fifth, and other mailboxes do not wait.
func TestMailboxConcurrency(t *testing.T) {
	slow := func(o *graphsim.Options) { o.Latency = time.Second }
	onLarkfield(t, slow, func(t *testing.T, l *larkfield) {
		if _, err := l.Domains(t.Context()); err != nil { // a token is there
			t.Fatal(err)
		}
		start := time.Now()
		var wg sync.WaitGroup
		for i := range 18 {
			wg.Go(func() {
				id := tom
				if i >= 12 {
					id = farah
				}
				if _, err := l.Forwards(t.Context(), id); err != nil {
					t.Errorf("call %d: %v", i, err)
				}
			})
		}
		wg.Wait()
		if took := time.Since(start); took != 3*time.Second {
			t.Errorf("took %v, want 3 s for three times four, two of another mailbox's beside them", took)
		}
		if n := len(l.mailboxes.open); n != 0 {
			t.Errorf("%d mailboxes are remembered", n)
		}
		throttled := func() (n int) {
			for _, e := range l.rec.Exchanges() {
				if e.Status == http.StatusTooManyRequests {
					n++
				}
			}
			return n
		}
		if throttled() != 0 {
			t.Error("a fifth request went into a mailbox")
		}
		for range 6 { // past the client's own limit, to see that the simulator has one
			wg.Go(func() {
				if _, err := listAll[struct{}](t.Context(), l.Client, "list", request{path: userPath(tom) + "/mailFolders/inbox/messageRules"}, 0); err != nil {
					t.Errorf("throttled once, and tried again: %v", err)
				}
			})
		}
		wg.Wait()
		if throttled() < 2 {
			t.Errorf("%d requests were throttled, want the fifth and the sixth", throttled())
		}
	})
	onLarkfield(t, slow, func(t *testing.T, l *larkfield) {
		if _, err := l.Domains(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer stop()
		for range atOnce {
			leave, err := l.mailboxes.enter(t.Context(), string(tom))
			if err != nil {
				t.Fatal(err)
			}
			defer leave()
		}
		if _, err := l.Forwards(ctx, tom); flows.CodeOf(err) != flows.Unavailable {
			t.Errorf("no slot in time: %v, want unavailable", err)
		}
	})
}

// A mail is sent once: what is not known to have been sent is in doubt, and a look finds it, if that is allowed.
func TestSendMail(t *testing.T) {
	may := func(o *graphsim.Options) {
		o.Permissions = map[string][]string{"00000000-0000-0000-0000-0000000000c0": {"Mail.Send", "Mail.Read"}}
	}
	onLarkfield(t, may, func(t *testing.T, l *larkfield) {
		ctx := t.Context()
		m := flows.Mail{From: notifier, To: someone, Subject: "Welcome", Text: "Dear Anna,\n\"see\" you <soon>", Key: "L-2026-0001/it's"}
		if must[bool](t)(l.FindMail(ctx, notifier, m.Key)) {
			t.Error("found before it was sent")
		}
		if unsure, err := l.SendMail(ctx, m); unsure || err != nil {
			t.Fatal(unsure, err)
		}
		if !must[bool](t)(l.FindMail(ctx, notifier, m.Key)) || must[bool](t)(l.FindMail(ctx, notifier, "L-2026-0001/it")) {
			t.Error("not found, or another found")
		}
		l.fault(t, "lost_answer", "sendMail", 1)
		m.Key = "second"
		if unsure, err := l.SendMail(ctx, m); !unsure || flows.CodeOf(err) != flows.Unavailable {
			t.Errorf("lost answer: unsure %t, %v", unsure, err)
		}
		if !must[bool](t)(l.FindMail(ctx, notifier, m.Key)) {
			t.Error("the mail whose answer was lost is not found")
		}
		for kind, doubt := range map[string]bool{"throttle": false, "denied": false, "conflict": false, "unavailable": true, "down": true, "timeout": true, "html": true, "bare": true} {
			l.fault(t, kind, "sendMail", 1)
			if unsure, err := l.SendMail(ctx, m); unsure != doubt || err == nil {
				t.Errorf("%s: unsure %t, %v, want %t", kind, unsure, err, doubt)
			}
			l.sim.ClearFaults()
		}
		want := []graphsim.SentMail{{To: []string{someone}, Subject: "Welcome", Text: m.Text}, {To: []string{someone}, Subject: "Welcome", Text: m.Text}}
		if diff := cmp.Diff(want, l.sim.SentBy(notifier)); diff != "" {
			t.Errorf("sent (-want +got):\n%s", diff)
		}
		if unsure, err := l.SendMail(ctx, flows.Mail{From: notifier, Key: "k"}); unsure || flows.CodeOf(err) != flows.Invalid {
			t.Errorf("to nobody: %v", err)
		}
	})
	onLarkfield(t, nil, func(t *testing.T, l *larkfield) {
		if _, err := l.FindMail(t.Context(), notifier, "k"); flows.CodeOf(err) != flows.Denied {
			t.Errorf("looking without Mail.Read: %v, want denied", err)
		}
	})
}

// A OneDrive by hand.
func TestOneDrive(t *testing.T) {
	onLarkfield(t, nil, func(t *testing.T, l *larkfield) {
		ctx := t.Context()
		d := must[flows.Drive](t)(l.FetchDrive(ctx, tom))
		if !strings.HasPrefix(d.URL, "https://") {
			t.Errorf("drive %+v", d)
		}
		items := must[[]flows.DriveItem](t)(l.DriveItems(ctx, d.ID, 10))
		if len(items) != 3 {
			t.Fatalf("items %v", items)
		}
		if few := must[[]flows.DriveItem](t)(l.DriveItems(ctx, d.ID, 1)); len(few) != 2 {
			t.Errorf("%d items with a limit of 1: too many must be seen to be", len(few))
		}
		can := func(who flows.AccountID) bool {
			t.Helper()
			return must[bool](t)(l.CanWrite(ctx, d.ID, items[0].ID, who))
		}
		if can(nadia) || !can(tom) {
			t.Error("Nadia may before, or the owner may not")
		}
		for range 2 {
			if err := l.ShareItem(ctx, d.ID, items[0].ID, nadia); err != nil {
				t.Error(err)
			}
		}
		if !can(nadia) || can(farah) || must[bool](t)(l.CanWrite(ctx, d.ID, items[1].ID, nadia)) {
			t.Error("shared with the wrong one, or too much, or not at all")
		}
		if _, err := l.FetchDrive(ctx, nadia); flows.CodeOf(err) != flows.NotFound {
			t.Errorf("a OneDrive that was never opened: %v, want not_found", err)
		}
		if err := l.ShareItem(ctx, d.ID, items[0].ID, personNo("ff")); flows.CodeOf(err) != flows.Invalid {
			t.Errorf("shared with nobody: %v", err)
		}
	})
	for roles, want := range map[string]bool{`"read"`: false, `"write"`: true, `"owner"`: true, ``: false} {
		c, _ := on(t, says(200, `{"value":[{"roles":["write"],"link":{"scope":"anonymous"}},{"roles":[`+roles+`],"grantedToV2":{"user":{"id":"`+strings.ToUpper(string(nadia))+`"}}}]}`))
		if got := must[bool](t)(c.CanWrite(t.Context(), "d", "i", nadia)); got != want {
			t.Errorf("roles %s: %t", roles, got)
		}
	}
}

// Devices by hand: a retirement happens when the device is next seen.
func TestDevices(t *testing.T) {
	onLarkfield(t, nil, func(t *testing.T, l *larkfield) {
		ctx := t.Context()
		managed := must[[]flows.Device](t)(l.ManagedDevices(ctx, tom))
		if len(managed) != 2 || managed[0].Personal || !managed[1].Personal || managed[0].Action != "" {
			t.Fatalf("managed %+v", managed)
		}
		if err := l.RetireDevice(ctx, managed[1].ID); err != nil {
			t.Error(err)
		}
		if err := l.WipeDevice(ctx, managed[0].ID); err != nil {
			t.Error(err)
		}
		asked := must[[]flows.Device](t)(l.ManagedDevices(ctx, tom))
		if len(asked) != 2 || asked[0].Action != "wipe" || asked[0].State != "pending" || asked[1].Action != "retire" || asked[1].State != "pending" {
			t.Errorf("asked %+v", asked)
		}
		time.Sleep(time.Hour)
		if left := must[[]flows.Device](t)(l.ManagedDevices(ctx, tom)); len(left) != 1 || left[0].ID != managed[0].ID {
			t.Errorf("after an hour: %+v", left)
		}
		time.Sleep(3 * time.Hour)
		if left := must[[]flows.Device](t)(l.ManagedDevices(ctx, tom)); len(left) != 0 {
			t.Errorf("after four hours: %+v", left)
		}
		if err := l.RetireDevice(ctx, managed[1].ID); flows.CodeOf(err) != flows.NotFound {
			t.Errorf("a device that is gone: %v", err)
		}

		known := must[[]flows.Device](t)(l.RegisteredDevices(ctx, tom))
		if len(known) != 2 || !known[0].Enabled {
			t.Fatalf("registered %+v", known)
		}
		if apps := must[[]string](t)(l.OwnedApps(ctx, tom)); !slices.Equal(apps, []string{"Price calculator"}) {
			t.Errorf("owns %v", apps)
		}
		for range 2 {
			if err := l.DisableDevice(ctx, known[0].ID); err != nil {
				t.Error(err)
			}
		}
		if now := must[[]flows.Device](t)(l.RegisteredDevices(ctx, tom)); now[0].Enabled || !now[1].Enabled {
			t.Errorf("after disabling one: %+v", now)
		}
	})
	onLarkfield(t, func(o *graphsim.Options) { o.NoIntune = true }, func(t *testing.T, l *larkfield) {
		if _, err := l.ManagedDevices(t.Context(), tom); flows.CodeOf(err) != flows.NotFound || !strings.Contains(flows.SayOf(err), "Intune") {
			t.Errorf("a tenant without Intune: %v, want not_found", err)
		}
	})
	c, s := on(t, says(204, ""))
	if err := c.WipeDevice(t.Context(), "d/1"); err != nil {
		t.Fatal(err)
	}
	if r := s.one(t); r.Path != "/v1.0/deviceManagement/managedDevices/d%2F1/wipe" || cmp.Diff(map[string]any{"keepEnrollmentData": false, "keepUserData": false}, decoded(t, r.Body)) != "" {
		t.Errorf("%s %s: a field that is not meant must not be sent", r.Path, r.Body)
	}
}

// What Intune calls an action and how it stands, where it says so in either of two places.
func TestDeviceStates(t *testing.T) {
	for name, tt := range map[string]struct{ props, action, state string }{
		"nothing asked":     {`"managementState":"managed","deviceActionResults":[]`, "", ""},
		"pending":           {`"deviceActionResults":[{"actionName":"retire","actionState":"pending"}]`, "retire", "pending"},
		"the last counts":   {`"deviceActionResults":[{"actionName":"retire","actionState":"failed"},{"actionName":"retire","actionState":"done"}]`, "retire", "done"},
		"another action":    {`"deviceActionResults":[{"actionName":"locateDevice","actionState":"done"}]`, "", ""},
		"not supported":     {`"deviceActionResults":[{"actionName":"wipe","actionState":"notSupported"}]`, "wipe", "failed"},
		"only in the state": {`"managementState":"wipeIssued"`, "wipe", "pending"},
	} {
		c, _ := on(t, says(200, `{"value":[{"id":"d","deviceName":"x","managedDeviceOwnerType":"company",`+tt.props+`}]}`))
		got := must[[]flows.Device](t)(c.ManagedDevices(t.Context(), tom))
		if diff := cmp.Diff([]flows.Device{{ID: "d", Name: "x", Action: tt.action, State: tt.state}}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	c, _ := on(t, says(200, `{"value":[{"id":"d","displayName":"x"}]}`))
	if _, err := c.RegisteredDevices(t.Context(), tom); err == nil {
		t.Error("a device whose state is not told passes")
	}
}
