package service_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"muster/bot/backup"
	"muster/flows"
	"muster/store"
	"muster/store/boltkv"
	"muster/store/kv"
)

// backup is a backup of the running process.
func (w *world) backup() string {
	w.t.Helper()
	path := filepath.Join(w.t.TempDir(), "b.zip")
	f, err := os.Create(path)
	if err != nil {
		w.t.Fatal(err)
	}
	svc := w.alive().svc
	src := backup.Source{Store: svc.Store, Dir: filepath.Join(w.dir, "11111111-1111-1111-1111-111111111111"), Now: w.clock.Now}
	_, err = src.Write(w.t.Context(), f, true)
	if err := errors.Join(err, f.Close()); err != nil {
		w.t.Fatal(err)
	}
	return path
}

// restore puts a backup in the place of what there is.
func (w *world) restore(path string, loss *backup.Loss) error {
	w.t.Helper()
	w.stop()
	f, err := backup.Open(path)
	if err != nil {
		w.t.Fatal(err)
	}
	defer f.Close()
	data := w.t.TempDir()
	r, err := f.Restore(w.t.Context(), backup.Target{DataDir: data, Checkpoints: w.checkpoints(), Loss: loss, Now: w.clock.Now})
	if err != nil {
		return err
	}
	db, err := boltkv.Open(filepath.Join(r.Dir, store.DatabaseFile), boltkv.Options{ReadOnly: true})
	if err != nil {
		w.t.Fatal(err)
	}
	var rows []row
	err = db.View(context.WithoutCancel(w.t.Context()), func(tx kv.Tx) error {
		return tx.Scan(nil, nil, func(k, v []byte) (bool, error) {
			rows = append(rows, row{k, v})
			return true, nil
		})
	})
	if err := errors.Join(err, db.Close()); err != nil {
		w.t.Fatal(err)
	}
	w.disk.mu.Lock()
	w.disk.rows = rows
	w.disk.mu.Unlock()
	w.dir = data
	return nil
}

// times is how often the bot did what begins so.
func times(news []string, what string) int {
	n := 0
	for _, s := range news {
		if strings.Contains(s, what) {
			n++
		}
	}
	return n
}

// TestRestoreOlder is a machine that is lost two weeks after its last backup. The backup lacks what was sent to the owners' channel since, so it
// is put back on the owner's word only. Muster then stands still until an owner lets it go on, looks at each thing before it does it again, and
// makes no account, no pass, and sends no mail a second time.
func TestRestoreOlder(t *testing.T) {
	const sender = "hannah.reed@larkfield.example"
	policy := beyondPolicy(t, "mail_from: "+sender+"\n", "", `
    - {task: send_mail, key: before, at: exit, offset: {days: -2, at: "09:00"}, template: before_last_day}
    - {task: send_mail, key: later, at: exit, offset: {days: 20, at: "09:00"}, template: after_last_day}
`)
	story(t, setting{policy: policy}, func(t *testing.T, w *world) {
		w.say("hr", "new starter Priya Patel, Account Manager, starts 14 December 2026, reports to Olivia Grant")
		w.press("hr", "bot", "Check and continue", inputs{"site": "London"})
		w.press("hr", "bot", "Confirm", nil)
		w.press("owner", "bot", "Approve", inputs{"items": []string{"group:Sales"}})
		w.announceExit("leaver Tom Hughes, last day 30 November at 17:00", nil)
		w.walk("2026-11-25 12:00")
		path := w.backup()

		w.walk("2026-12-14 08:30")
		if code := w.press("owner", "bot", "Show the pass now", nil).code(); len(code) < 8 {
			t.Fatalf("the pass is %q", code)
		}
		w.settle()
		a, ok := w.account(priya)
		if !ok || !a.AccountEnabled || a.passes() != 1 || len(w.sim.SentBy(sender)) != 1 {
			t.Fatalf("before the loss: %v %+v, %d mails", ok, a, len(w.sim.SentBy(sender)))
		}
		before := w.news()

		err := w.restore(path, nil)
		if _, ok := errors.AsType[*backup.OlderError](err); !ok {
			t.Fatalf("a backup without what was sent away since: %v", err)
		}
		if err := w.restore(path, &backup.Loss{Reason: "the disk burnt", By: "olivia.grant@larkfield.example"}); err != nil {
			t.Fatal(err)
		}
		w.settle()
		for _, chat := range []string{"it", "owners"} {
			w.mustSee(map[string]string{"it": "it", "owners": "owner"}[chat], chat, "Muster was restored from the backup of Wed 25 November 2026")
		}
		w.walk("2026-12-14 12:00")
		if now := w.news(); len(now) != len(before) {
			t.Errorf("it did not stand still: %q", now[len(before):])
		}
		w.say("owner", "resume")
		for range 10 { // what is late waits for a word
			w.walk(w.clock.Now().In(london).Add(6 * time.Hour).Format("2006-01-02 15:04"))
			for _, s := range seats {
				for _, title := range []string{"Go on", "Do it now", "Run it now"} {
					if m, ok := w.card(s.as, s.chat, "", title); ok {
						w.pressOn(s.as, m.ID, title, nil)
					}
				}
			}
		}
		w.walk("2026-12-22 12:00")

		after := w.news()
		for _, n := range after[len(before):] { // what cannot be seen is done again, and does no harm; the mail is the one that was not due yet
			switch n {
			case "The sessions of Tom Hughes were revoked", "The password of Tom Hughes was changed", "A mail was sent from the mailbox of Hannah Reed":
			default:
				t.Errorf("after the loss: %s", n)
			}
		}
		if n := times(after, "created") - times(before, "created"); n != 0 {
			t.Errorf("%d things were made a second time: %q", n, after[len(before):])
		}
		var users int
		for _, line := range strings.Split(w.graphLog.String(), "\n") {
			if strings.Contains(line, `"POST"`) && strings.Contains(line, `/v1.0/users"`) {
				users++
			}
		}
		if users != 1 {
			t.Errorf("accounts were asked for %d times", users)
		}
		if a, _ := w.account(priya); a.passes() > 1 {
			t.Errorf("the starter has %d passes", a.passes())
		}
		subjects := map[string]int{}
		for _, m := range w.sim.SentBy(sender) {
			subjects[m.Subject]++
		}
		if len(subjects) != 2 {
			t.Errorf("the mails are %v", subjects)
		}
		for s, n := range subjects {
			if n != 1 {
				t.Errorf("%q was sent %d times", s, n)
			}
		}
		w.caseOf("Tom Hughes").wantSteps(t, map[string]flows.StepState{"block": flows.StepDone, "mail:before": flows.StepBroken, "mail:later": flows.StepDone})
		w.mustSee("it", "it", "Look in the Sent Items of "+sender) // where Muster may not look by itself

		w.caseOf("Priya Patel").wantSteps(t, map[string]flows.StepState{"account": flows.StepDone, "enable": flows.StepDone})
		r := w.verify()
		if len(r.Restored) != 1 || r.Restored[0].By == "" || len(r.Restored[0].Lost) == 0 {
			t.Errorf("the log says %+v", r.Restored)
		}
	})
}
