package graph

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"muster/flows"
	"muster/flows/graphsim"
)

// beyondWrites are the writes outside the directory, with what shows whether each had its effect.
func beyondWrites(l *larkfield) map[string]struct {
	match string
	do    func(context.Context) error
	seen  func(context.Context) (bool, error)
	again bool // sent again within the call when its answer is lost
} {
	type row = struct {
		match string
		do    func(context.Context) error
		seen  func(context.Context) (bool, error)
		again bool
	}
	now := time.Now()
	intune := func(ctx context.Context, action string) (bool, error) {
		ds, err := l.ManagedDevices(ctx, farah)
		return len(ds) == 1 && ds[0].Action == action, err
	}
	device := func(ctx context.Context) string {
		ds, err := l.ManagedDevices(ctx, farah)
		if err != nil || len(ds) == 0 {
			return ""
		}
		return ds[0].ID
	}
	return map[string]row{
		"cancel": {"cancel", func(ctx context.Context) error { return l.CancelMeeting(ctx, farah, "AAMkAG27Event00", "x") }, func(ctx context.Context) (bool, error) {
			ms, err := l.Meetings(ctx, farah, now, now.AddDate(1, 0, 0))
			return len(ms) == 0, err
		}, false},
		"rule": {"DELETE ", func(ctx context.Context) error { return l.RemoveRule(ctx, farah, "AQAA27Rule00") }, func(ctx context.Context) (bool, error) {
			rs, err := l.Forwards(ctx, farah)
			return len(rs) == 0, err
		}, true},
		"share": {"invite", func(ctx context.Context) error { return l.ShareItem(ctx, "b!drive27", "01ITEM2700", nadia) }, func(ctx context.Context) (bool, error) {
			return l.CanWrite(ctx, "b!drive27", "01ITEM2700", nadia)
		}, false},
		"retire": {"retire", func(ctx context.Context) error { return l.RetireDevice(ctx, device(ctx)) }, func(ctx context.Context) (bool, error) { return intune(ctx, "retire") }, false},
		"wipe":   {"wipe", func(ctx context.Context) error { return l.WipeDevice(ctx, device(ctx)) }, func(ctx context.Context) (bool, error) { return intune(ctx, "wipe") }, false},
		"disable": {"PATCH ", func(ctx context.Context) error {
			ds, err := l.RegisteredDevices(ctx, farah)
			if err != nil {
				return err
			}
			return l.DisableDevice(ctx, ds[0].ID)
		}, func(ctx context.Context) (bool, error) {
			ds, err := l.RegisteredDevices(ctx, farah)
			return err == nil && len(ds) == 1 && !ds[0].Enabled, err
		}, true},
	}
}

// Each write outside the directory, accepted and not done, or done and the answer lost: the look tells, and nothing is flattered.
func TestBeyondLies(t *testing.T) {
	for _, name := range []string{"cancel", "rule", "share", "retire", "wipe", "disable"} {
		t.Run(name, func(t *testing.T) {
			onLarkfield(t, nil, func(t *testing.T, l *larkfield) {
				ctx, w := t.Context(), beyondWrites(l)[name]
				see := func(want bool, when string) {
					t.Helper()
					if got := must[bool](t)(w.seen(ctx)); got != want {
						t.Errorf("%s: seen %t, want %t", when, got, want)
					}
				}
				see(false, "before")
				l.fault(t, "no_effect", w.match, 1)
				if err := w.do(ctx); err != nil {
					t.Errorf("without effect: %v", err)
				}
				see(false, "without effect")
				l.sim.ClearFaults()
				l.fault(t, "lost_answer", w.match, 1)
				if err := w.do(ctx); (err == nil) != w.again || err != nil && flows.CodeOf(err) != flows.Unavailable {
					t.Errorf("lost answer: %v", err)
				}
				see(true, "after a lost answer")
				if err := w.do(ctx); err != nil {
					t.Errorf("once more: %v", err)
				}
				for kind, want := range map[string]flows.Code{"denied": flows.Denied, "throttle": flows.Unavailable, "down": flows.Unavailable} {
					l.sim.ClearFaults()
					l.fault(t, kind, w.match, 0)
					if err := w.do(ctx); flows.CodeOf(err) != want {
						t.Errorf("%s: %v, want %s", kind, err, want)
					}
				}
			})
		})
	}
}

// Whatever goes wrong, no error and no log line holds an address, a subject, a name of a file or device, or a comment.
func TestBeyondKeepsQuiet(t *testing.T) {
	private := []string{"anna@home", "Dear Anna", "larkfield.example", "Tom Hughes", "petrov", "Price list", "LAR-LT", "mailbox.example", "customer", "private reason", "String {"}
	for _, status := range []int{400, 403, 404, 409, 429, 500, 503} {
		body := graphError("ErrorInvalidRequest", "anna@home.example of Tom Hughes: Price list LAR-LT-0103 customer petrov larkfield.example mailbox.example private reason", "")
		var log bytes.Buffer
		c := open(t, Options{Transport: direct{&stub{answers: list(says(status, body))}}, Log: jsonLog(&log)})
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		errs := []error{c.CancelMeeting(ctx, tom, "m", "private reason"), c.RemoveRule(ctx, tom, "r"), c.ShareItem(ctx, "d", "i", nadia), c.RetireDevice(ctx, "d"), c.WipeDevice(ctx, "d"), c.DisableDevice(ctx, "d")}
		_, err := c.SendMail(ctx, flows.Mail{From: notifier, To: someone, Subject: "customer", Text: "Dear Anna", Key: "k"})
		errs = append(errs, err)
		if status < 429 || status == 500 { // the others are waited for and sent again, which is tested elsewhere
			_, e1 := c.Meetings(ctx, tom, time.Unix(0, 0), time.Unix(1, 0))
			_, e2 := c.Forwards(ctx, tom)
			_, e3 := c.FindMail(ctx, notifier, "k")
			_, e4 := c.DriveItems(ctx, "d", 3)
			_, e5 := c.ManagedDevices(ctx, tom)
			errs = append(errs, e1, e2, e3, e4, e5)
		}
		for _, err := range errs {
			if err == nil {
				continue // 404 of what is gone already
			}
			for _, p := range private {
				if strings.Contains(err.Error()+flows.SayOf(err), p) {
					t.Errorf("status %d: the error holds %q: %v", status, p, err)
				}
			}
		}
		for _, p := range private {
			if strings.Contains(log.String(), p) {
				t.Errorf("status %d: the log holds %q", status, p)
			}
		}
	}
}

// Each verb is a permission of its own.
func TestBeyondPermissions(t *testing.T) {
	only := func(o *graphsim.Options) {
		o.Permissions = map[string][]string{"00000000-0000-0000-0000-0000000000c0": {"User.Read.All", "MailboxSettings.ReadWrite"}}
	}
	onLarkfield(t, only, func(t *testing.T, l *larkfield) {
		ctx := t.Context()
		_, meetings := l.Meetings(ctx, tom, time.Now(), time.Now().Add(time.Hour))
		_, drive := l.FetchDrive(ctx, tom)
		_, managed := l.ManagedDevices(ctx, tom)
		_, mail := l.SendMail(ctx, flows.Mail{From: notifier, To: someone, Key: "k"})
		for name, err := range map[string]error{"meetings": meetings, "drive": drive, "managed": managed, "mail": mail, "disable": l.DisableDevice(ctx, "d"), "cancel": l.CancelMeeting(ctx, tom, "m", "")} {
			if flows.CodeOf(err) != flows.Denied {
				t.Errorf("%s: %v, want denied", name, err)
			}
		}
		if _, err := l.Forwards(ctx, tom); err != nil {
			t.Errorf("rules: %v", err)
		}
	})
}
