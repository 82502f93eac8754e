package flows

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// elsewhere is a World beyond the directory: one mailbox, one OneDrive, some devices.
type elsewhere struct {
	*directory
	meetings []Meeting
	rules    []Forward
	items    []DriveItem
	shared   map[string]bool
	managed  []Device
	known    []Device
	sent     []Mail
	lose     int   // answers of SendMail yet to be lost
	refuse   error // of SendMail, before anything is sent
	blind    bool  // Sent Items may not be read
	stuck    map[string]bool
	noBox    bool
}

func (w *elsewhere) box() error {
	if w.noBox {
		return &Error{Code: NotFound, Say: "no mailbox"}
	}
	return w.down
}

func (w *elsewhere) Meetings(context.Context, AccountID, time.Time, time.Time) ([]Meeting, error) {
	return slices.Clone(w.meetings), w.box()
}

func (w *elsewhere) CancelMeeting(_ context.Context, _ AccountID, id, _ string) error {
	if w.stuck[id] {
		return &Error{Code: Invalid, Say: "refused"}
	}
	w.meetings = slices.DeleteFunc(w.meetings, func(m Meeting) bool { return m.ID == id })
	return w.box()
}

func (w *elsewhere) Forwards(context.Context, AccountID) ([]Forward, error) {
	return slices.Clone(w.rules), w.box()
}

func (w *elsewhere) RemoveRule(_ context.Context, _ AccountID, id string) error {
	w.rules = slices.DeleteFunc(w.rules, func(f Forward) bool { return f.ID == id })
	return w.box()
}

func (w *elsewhere) Domains(context.Context) ([]string, error) {
	return []string{"larkfield.example", "larkfield.onmicrosoft.example"}, w.down
}

func (w *elsewhere) MailboxPurpose(context.Context, AccountID) (string, error) {
	return "shared", w.box()
}

func (w *elsewhere) FetchDrive(context.Context, AccountID) (Drive, error) {
	return Drive{ID: "d"}, w.down
}

func (w *elsewhere) DriveItems(_ context.Context, _ string, limit int) ([]DriveItem, error) {
	return w.items[:min(len(w.items), limit+1)], w.down
}

func (w *elsewhere) CanWrite(_ context.Context, _, item string, who AccountID) (bool, error) {
	return w.shared[item+string(who)], w.down
}

func (w *elsewhere) ShareItem(_ context.Context, _, item string, who AccountID) error {
	if w.shared == nil {
		w.shared = map[string]bool{}
	}
	w.shared[item+string(who)] = true
	return w.down
}

func (w *elsewhere) ManagedDevices(context.Context, AccountID) ([]Device, error) {
	return slices.Clone(w.managed), w.down
}

func (w *elsewhere) ask(id, action string) error {
	for i := range w.managed {
		if w.managed[i].ID == id {
			w.managed[i].Action, w.managed[i].State = action, "pending"
			return w.down
		}
	}
	return &Error{Code: NotFound}
}

func (w *elsewhere) RetireDevice(_ context.Context, id string) error { return w.ask(id, "retire") }
func (w *elsewhere) WipeDevice(_ context.Context, id string) error   { return w.ask(id, "wipe") }

func (w *elsewhere) RegisteredDevices(context.Context, AccountID) ([]Device, error) {
	return slices.Clone(w.known), w.down
}

func (w *elsewhere) DisableDevice(_ context.Context, id string) error {
	for i := range w.known {
		if w.known[i].ID == id {
			w.known[i].Enabled = false
		}
	}
	return w.down
}

func (w *elsewhere) SendMail(_ context.Context, m Mail) (bool, error) {
	if w.refuse != nil {
		return false, w.refuse
	}
	w.sent = append(w.sent, m)
	if w.lose > 0 {
		w.lose--
		return true, &Error{Code: Unavailable, Say: "no answer"}
	}
	return false, nil
}

func (w *elsewhere) FindMail(_ context.Context, _, key string) (bool, error) {
	if w.blind {
		return false, &Error{Code: Denied}
	}
	return slices.ContainsFunc(w.sent, func(m Mail) bool { return m.Key == key }), nil
}

// errand is one step of Tom's exit with what it works on.
type chore struct {
	*office
	w *elsewhere
	h hands
	c Case
	s Step
}

// choreOf is Tom's exit with this step in it.
func choreOf(t *testing.T, s Step) *chore {
	t.Helper()
	o := newOffice(t)
	w := &elsewhere{directory: o.dir}
	o.World = w
	if s.Key == "" {
		s.Key = "it"
	}
	event := tomLeaves(nil)
	event.Subject, event.Manager, event.PersonalEmail = tom, olivia, "tom@home.example"
	c := Case{
		ID: "L-2026-0007", Version: 1, Kind: LeaverEvent, Account: tom.ID, Event: event, Raised: By{Person: hannah}, Zone: "Europe/London", May: "x",
		Facts: Facts{Subject: Account{ID: tom.ID, UPN: tom.UPN, Addresses: []string{"SMTP:tom.hughes@larkfield.example", "smtp:tom@larkfield.example"}}},
		Plan:  Plan{Steps: []Step{s}}, Steps: []StepStatus{{Key: s.Key, State: Planned}},
	}
	return &chore{office: o, w: w, c: c, s: s, h: hands{World: w, courier: nil, ledger: o.Engine, now: o.now}}
}

func (k *chore) look(t *testing.T) (string, bool) {
	t.Helper()
	got, err := tasks[k.s.Task].look(t.Context(), k.h, k.c, k.s)
	if err != nil {
		t.Fatal(err)
	}
	return got.text, got.done
}

func (k *chore) act(t *testing.T) error {
	t.Helper()
	return tasks[k.s.Task].act(t.Context(), k.h, k.c, k.s)
}

// want looks.
func (k *chore) want(t *testing.T, text string, done bool) {
	t.Helper()
	if got, is := k.look(t); got != text || is != done {
		t.Errorf("seen %q, done %t; want %q, %t", got, is, text, done)
	}
}

func (k *chore) does(t *testing.T, want Code) {
	t.Helper()
	if err := k.act(t); CodeOf(err) != want || (err == nil) != (want == "") {
		t.Errorf("act: %v, want %q", err, want)
	}
}

// Meetings that the leaver organises are cancelled, and one that Exchange refuses does not keep the others.
func TestCancelMeetings(t *testing.T) {
	k := choreOf(t, Step{Task: CancelMeetings, Text: "x"})
	k.w.meetings, k.w.stuck = []Meeting{{"a", true}, {"b", false}, {"c", false}}, map[string]bool{"b": true}
	k.want(t, "organises 3 meetings ahead, 1 of them a series", false)
	k.does(t, Invalid)
	k.want(t, "organises 1 meeting ahead, 0 of them a series", false)
	k.w.stuck = nil
	k.does(t, "")
	k.want(t, "no meeting ahead with guests that the leaver organises", true)
	k.w.meetings, k.w.down = []Meeting{{"d", false}}, &Error{Code: Unavailable}
	k.does(t, Unavailable)
	k.w.down, k.w.noBox = nil, true
	if _, err := tasks[CancelMeetings].look(t.Context(), k.h, k.c, k.s); CodeOf(err) != NotFound {
		t.Errorf("without a mailbox: %v", err)
	}
}

// Pain 20 of the field: mail that the leaver had forwarded outside goes on after the exit. Inside is nobody's loss.
func TestCheckForwarding(t *testing.T) {
	k := choreOf(t, Step{Task: CheckForwarding})
	k.w.rules = []Forward{
		{ID: "in", Domains: []string{"larkfield.example"}},
		{ID: "out", Domains: []string{"customer.example", "larkfield.example"}},
		{ID: "odd", Domains: []string{"?"}},
		{ID: "fixed", Domains: []string{"rival.example"}, Fixed: true},
		{ID: "sub", Domains: []string{"evil.larkfield.example"}},
	}
	k.want(t, "4 inbox rules pass mail on to an address that cannot be read, customer.example, evil.larkfield.example and rival.example", false)
	k.does(t, Invalid) // the fixed one is IT's
	k.want(t, "1 inbox rule passes mail on to rival.example", false)
	k.w.rules = k.w.rules[:1]
	k.want(t, "no inbox rule passes mail on outside the organisation", true)
}

func TestShareOneDrive(t *testing.T) {
	k := choreOf(t, Step{Task: ShareOneDrive, Person: maria})
	k.want(t, "the OneDrive is empty", true)
	k.w.items = []DriveItem{{"a"}, {"b"}}
	k.w.shared = map[string]bool{"a" + string(maria.ID): true}
	k.want(t, "Maria Lopez can change 1 of 2 files and folders at the top of the OneDrive", false)
	k.does(t, "")
	k.want(t, "Maria Lopez can change 2 of 2 files and folders at the top of the OneDrive", true)
	k.w.items = make([]DriveItem, mostItems+1)
	if err := k.act(t); CodeOf(err) != Invalid || !strings.Contains(SayOf(err), "site collection owners") {
		t.Errorf("too many: %v", err)
	}
}

func TestDevicesOfALeaver(t *testing.T) {
	k := choreOf(t, Step{Task: DisableDevices})
	k.want(t, "no registered device", true)
	k.w.known = []Device{{ID: "1", Name: "Laptop", Enabled: true}, {ID: "2", Enabled: true}, {ID: "3", Name: "Old"}}
	k.want(t, "enabled: Laptop, a device without a name", false)
	k.does(t, "")
	k.want(t, "disabled: Laptop, Old, a device without a name", true)

	k = choreOf(t, Step{Task: RetireDevices})
	k.w.managed = []Device{{ID: "1", Name: "Phone"}, {ID: "2", Name: "Laptop"}, {ID: "3", Name: "Gone", Action: "retire", State: "done"}, {ID: "4", Name: "Odd", Action: "retire", State: "failed"}}
	k.c.Plan.Steps = append(k.c.Plan.Steps, Step{Key: "w", Task: WipeDevices, Device: "2"})
	k.want(t, "in Intune: Odd (retire failed), Phone", false)
	k.does(t, "")
	k.want(t, "in Intune: Odd (retire asked for, the device has not been seen since), Phone (retire asked for, the device has not been seen since)", false)
	if k.w.managed[1].Action != "" {
		t.Error("what is to be wiped was retired")
	}
	k.does(t, "") // what is pending is not asked again
	k.w.managed = k.w.managed[1:3]
	k.want(t, "no device is left in Intune that is to be retired", true)
}

// A wipe counts only when it was asked for: a device that has left Intune before may be anywhere.
func TestWipe(t *testing.T) {
	k := choreOf(t, Step{Task: WipeDevices, Device: "1"})
	_, err := tasks[WipeDevices].look(t.Context(), k.h, k.c, k.s)
	if CodeOf(err) != Invalid {
		t.Errorf("gone before: %v, want invalid", err)
	}
	k.w.managed = []Device{{ID: "1", Name: "Laptop"}, {ID: "2", Name: "Another"}}
	k.want(t, "in Intune: Laptop", false)
	k.does(t, "")
	k.want(t, "in Intune: Laptop (wipe asked for, the device has not been seen since)", false)
	k.does(t, "")
	if k.w.managed[1].Action != "" {
		t.Error("another device was wiped")
	}
	k.c.Steps[0].State = StepNotSeen
	k.w.managed = k.w.managed[1:]
	k.want(t, "Intune does not list the device any more, as it does not once a wipe is done", true)
}

// A shared mailbox is seen; until then the word of the one who converted it does not count.
func TestConvertToSharedIsReadBack(t *testing.T) {
	k := choreOf(t, Step{Task: Manual, Manual: ConvertToShared})
	k.want(t, "the mailbox is kept as shared", true)
	for act, want := range map[ManualAct]bool{ConvertToShared: true, ForwardMailbox: false, HideFromList: false, CheckMailbox: false} {
		if got := (Step{Task: Manual, Manual: act}).visible(); got != want {
			t.Errorf("%s is read back: %t", act, got)
		}
	}
}

// A mail is sent once, whatever happens to its answer.
func TestSendMailOnce(t *testing.T) {
	notice := Step{Task: SendMail, To: toManager, From: "hr@larkfield.example", Subject: "Leaves\r\nBcc: x@evil.example {case}", Text: "Case {case}."}
	t.Run("answered", func(t *testing.T) {
		k := choreOf(t, notice)
		k.want(t, "no mail was accepted", false)
		k.does(t, "")
		k.want(t, "in the Sent Items of the sender", true)
		k.does(t, "")
		want := []Mail{{From: "hr@larkfield.example", To: olivia.UPN, Subject: "Leaves Bcc: x@evil.example L-2026-0007", Text: "Case L-2026-0007.", Key: "L-2026-0007/it"}}
		if diff := cmp.Diff(want, k.w.sent); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		k.w.blind = true
		k.want(t, "accepted by Exchange; Muster may not look into Sent Items", true)
	})
	t.Run("answer lost, and found", func(t *testing.T) {
		k := choreOf(t, notice)
		k.w.lose = 1
		k.does(t, Unavailable)
		k.want(t, "no mail was accepted", false)
		k.does(t, "")
		k.want(t, "in the Sent Items of the sender", true)
		if len(k.w.sent) != 1 {
			t.Errorf("%d mails", len(k.w.sent))
		}
	})
	t.Run("answer lost, and not taken", func(t *testing.T) {
		k := choreOf(t, notice)
		k.w.lose = 1
		k.does(t, Unavailable)
		k.w.sent = nil
		k.does(t, Unavailable) // it may be on its way yet
		k.h.now = k.h.now.Add(mailLag)
		k.does(t, "")
		if len(k.w.sent) != 1 {
			t.Errorf("%d mails", len(k.w.sent))
		}
	})
	t.Run("answer lost, and nobody may look", func(t *testing.T) {
		k := choreOf(t, notice)
		k.w.lose, k.w.blind = 1, true
		k.does(t, Unavailable)
		for range 3 {
			if err := k.act(t); CodeOf(err) != Conflict || !strings.Contains(SayOf(err), "hr@larkfield.example") {
				t.Errorf("want a question to people: %v", err)
			}
		}
		k.c.Steps[0].Broke = true // people looked, and asked for another try
		k.does(t, "")
		k.want(t, "accepted by Exchange; Muster may not look into Sent Items", true)
		if len(k.w.sent) != 2 {
			t.Errorf("%d mails, want the one in doubt and the one that people asked for", len(k.w.sent))
		}
	})
	t.Run("surely refused", func(t *testing.T) {
		k := choreOf(t, notice)
		k.w.refuse, k.w.blind = &Error{Code: Denied, Say: "no"}, true
		k.does(t, Denied)
		k.w.refuse = nil
		k.does(t, "")
		if len(k.w.sent) != 1 {
			t.Errorf("%d mails", len(k.w.sent))
		}
	})
	t.Run("the store fails", func(t *testing.T) {
		k := choreOf(t, notice)
		k.store.broken(errors.New("disk"))
		if err := k.act(t); err == nil || len(k.w.sent) > 0 {
			t.Errorf("sent without a note of it: %v", err)
		}
	})
}

// Whom a mail goes to, at the moment of sending; never to the one who leaves.
func TestMailTo(t *testing.T) {
	for to, want := range map[string]string{
		toManager: olivia.UPN, toHR: "hannah@larkfield.example", "legal@larkfield.example": "legal@larkfield.example", toPrivate: "tom@home.example",
		toStarter: "", tom.UPN: "", "Tom@Larkfield.example": "",
	} {
		k := choreOf(t, Step{Task: SendMail, To: to, From: "x@larkfield.example", Subject: "s", Text: "t"})
		k.dir.change(hannah.ID, func(a *Account) { a.Addresses = []string{"smtp:h@larkfield.example", "SMTP:hannah@larkfield.example"} })
		if to == toPrivate {
			k.c.Kind = JoinerEvent
		}
		err := k.act(t)
		if want == "" {
			if CodeOf(err) != Denied || len(k.w.sent) > 0 {
				t.Errorf("to %s: %v, sent %v", to, err, k.w.sent)
			}
			continue
		}
		if err != nil || len(k.w.sent) != 1 || k.w.sent[0].To != want {
			t.Errorf("to %s: %v, %v, want %s", to, k.w.sent, err, want)
		}
	}
}

// post is a Courier that keeps what it was given.
type post struct {
	to   []Recipient
	text []string
	keys map[string]bool
}

func (p *post) Deliver(_ context.Context, key string, _ CaseID, to Recipient, text string) error {
	if p.keys == nil {
		p.keys = map[string]bool{}
	}
	p.keys[key] = true
	p.to, p.text = append(p.to, to), append(p.text, text)
	return nil
}

func (p *post) Found(_ context.Context, key string) (bool, error) { return p.keys[key], nil }

func TestNotify(t *testing.T) {
	for to, want := range map[string]Recipient{toManager: {Person: olivia.ID}, toHR: {Person: hannah.ID}, toIT: {Channel: "it"}, toStarter: {}, "x@y.example": {}} {
		k, p := choreOf(t, Step{Task: Notify, To: to, Text: "About {case}"}), &post{}
		k.h.courier = p
		k.want(t, "no notice", false)
		if err := k.act(t); (err == nil) != (want != Recipient{}) {
			t.Errorf("to %s: %v", to, err)
		}
		if want == (Recipient{}) {
			if len(p.to) > 0 {
				t.Errorf("to %s: sent to %v", to, p.to)
			}
			continue
		}
		k.want(t, "notice accepted by Teams", true)
		if p.to[0] != want || p.text[0] != "About L-2026-0007" {
			t.Errorf("to %s: %v %v", to, p.to, p.text)
		}
	}
	k, p := choreOf(t, Step{Task: Notify, To: toIT, Text: "x"}), &post{}
	k.h.courier, k.c.Facts.InIT, k.c.Facts.Seconds = p, true, []Person{oscar}
	k.does(t, "")
	if diff := cmp.Diff([]Recipient{{Person: oscar.ID}}, p.to); diff != "" {
		t.Errorf("the leaver reads the channel (-want +got):\n%s", diff)
	}
}
