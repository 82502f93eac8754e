package kill

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"muster/bot/service"
	"muster/flows"
	"muster/store"
)

// open opens the store of a dead bot.
func (w *world) open(do func(*store.Store) error) {
	w.tb.Helper()
	w.openAt(time.Now, do)
}

// openAt opens it by another clock.
func (w *world) openAt(now func() time.Time, do func(*store.Store) error) {
	w.tb.Helper()
	if err := service.AtRest(context.WithoutCancel(w.tb.Context()), w.data, now, do); err != nil {
		w.tb.Fatal(err)
	}
}

// store reads the cases of a dead bot.
func (w *world) store(do func([]flows.Case)) {
	w.tb.Helper()
	w.open(func(st *store.Store) error {
		all, err := st.Cases(context.WithoutCancel(w.tb.Context()), "all")
		if err == nil {
			do(all)
		}
		return err
	})
}

// checks is what is left, and the promises that must hold of it.
type checks struct {
	w       *world
	cases   []flows.Case
	records []flows.Record                  // all, in order
	streams map[flows.CaseID][]flows.Record // the same by stream
	turns   []turn                          // what Teams brought
	calls   []call                          // what Microsoft 365 was asked
}

// call is one request to Microsoft 365 as it was done, whatever the bot was told.
type call struct {
	Time   time.Time       `json:"time"`
	Method string          `json:"method"`
	Path   string          `json:"path"`
	Query  string          `json:"query"`
	Body   json.RawMessage `json:"body"`
	Status int             `json:"status"`
	Answer json.RawMessage `json:"answer"`
}

func (w *world) read() *checks {
	w.tb.Helper()
	c := &checks{w: w, streams: map[flows.CaseID][]flows.Record{}}
	w.store(func(all []flows.Case) { c.cases = all })
	w.open(func(st *store.Store) error {
		ctx := context.WithoutCancel(w.tb.Context())
		streams, loose, err := st.Since(ctx, time.Time{}, flows.Heard{}.Kind(), flows.Sent{}.Kind())
		if err != nil {
			return err
		}
		c.streams[""], c.records = loose, slices.Clone(loose)
		for _, id := range streams {
			list, err := st.Records(ctx, id)
			if err != nil {
				return err
			}
			c.streams[id] = list
			c.records = append(c.records, list...)
		}
		return nil
	})
	slices.SortFunc(c.records, func(a, b flows.Record) int { return int(a.Seq - b.Seq) })
	readLines(w, turnsFile, &c.turns)
	readLines(w, callsFile, &c.calls)
	return c
}

// readLines reads what the process outside left. It still runs, so a last line may be unfinished.
func readLines[T any](w *world, name string, into *[]T) {
	w.tb.Helper()
	f, err := os.Open(filepath.Join(w.dir, name))
	if err != nil {
		w.tb.Fatal(err)
	}
	defer f.Close()
	in := bufio.NewReader(f)
	for {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return
		}
		var v T
		if err == nil {
			err = json.Unmarshal(line, &v)
		}
		if err != nil {
			w.tb.Fatal(err)
		}
		*into = append(*into, v)
	}
}

// onlyWaitsForMail reports whether all that is open of a case is a mail of which nobody knows whether it was sent: Muster waits ten minutes for
// it to turn up among the sent ones before it sends another.
func onlyWaitsForMail(c flows.Case) bool {
	if c.May == "" {
		return false
	}
	for _, s := range c.Plan.Steps {
		if _, st, ok := c.Step(s.Key); ok && !st.State.Over() && s.Task != flows.SendMail {
			return false
		}
	}
	return true
}

// ended checks that every case came to its end, and that the directory is as the case says.
func (c *checks) ended(over bool, told []news) {
	t := c.w.tb
	t.Helper()
	if !over {
		for _, k := range c.cases {
			if k.Over() {
				continue
			}
			open := []string{fmt.Sprintf("signed off %+v", k.SignOffs)}
			for _, r := range c.streams[k.ID] {
				if b, ok := r.Entry.Body.(flows.StepFailed); ok {
					open = append(open, string(b.Step)+" failed: "+b.Cause)
				}
				if b, ok := r.Entry.Body.(flows.Refused); ok {
					open = append(open, b.Verb+" was refused: "+b.Why)
				}
				if b, ok := r.Entry.Body.(flows.Escalated); ok {
					open = append(open, b.Of+" was put to "+b.To.Name+": "+b.Why)
				}
			}
			for _, s := range k.Plan.Steps {
				if _, st, ok := k.Step(s.Key); ok && !st.State.Over() {
					open = append(open, string(s.Key)+" is "+string(st.State)+", due "+s.Due.Format(time.RFC3339)+" after "+fmt.Sprint(s.After)+" ("+st.Note+")")
				}
			}
			t.Errorf("%s of %s has not ended: it is %s; %s; in the queue: %s", k.ID, k.Event.Name(), k.State, strings.Join(open, ", "), c.queue(k.ID))
		}
	}
	raised := map[string]bool{}
	for _, k := range c.cases {
		raised[k.Event.Name()] = true
	}
	for i, n := range told {
		if !raised[n.name] && i < len(told)-2 { // the last may have come when HR went home
			t.Errorf("%q became no case", n.sentence)
		}
	}
}

// queue is what stands in the queue for a case.
func (c *checks) queue(id flows.CaseID) string {
	var all []string
	c.w.open(func(st *store.Store) error {
		list, err := st.Due(context.WithoutCancel(c.w.tb.Context()), time.Now().AddDate(1, 0, 0), 10_000, func(flows.ErrandRef) bool { return false })
		for _, e := range list {
			if e.Case == id {
				all = append(all, fmt.Sprintf("%s at %s after %d tries", e.Key, e.Due.Format(time.TimeOnly), e.Tries))
			}
		}
		return err
	})
	return strings.Join(all, ", ")
}

// decides are the verbs that decide something about a case.
var decides = []string{
	flows.VerbApprove, flows.VerbReject, flows.VerbSignOff, flows.VerbRefuse, flows.VerbManualDone, flows.VerbStarted, flows.VerbNotStarted,
	flows.VerbResume, flows.VerbEnd, flows.VerbRetry, flows.VerbWaive, flows.VerbWaiveAgree, flows.VerbChangeMake, flows.VerbChangeSecond, flows.VerbRelease,
	flows.VerbReturnAccess, flows.VerbLetEnd,
}

// nothingLost checks that everything that the bot acknowledged is in the log, with what it decided.
func (c *checks) nothingLost(people *crowd) {
	t := c.w.tb
	t.Helper()
	heard := map[string]flows.Record{}
	place := map[string]int{} // in its stream
	for _, list := range c.streams {
		for i, r := range list {
			if b, ok := r.Entry.Body.(flows.Heard); ok {
				if old, twice := heard[b.Activity]; twice {
					t.Errorf("activity %s is in the log twice, as entries %d and %d", b.Activity, old.Seq, r.Seq)
				}
				heard[b.Activity], place[b.Activity] = r, i
			}
		}
	}
	acknowledged, decided := 0, 0
	for _, v := range c.turns {
		invoke := v.Kind == "invoke" && v.Status == http.StatusOK && v.Code == http.StatusOK && v.Type == cardAnswer
		if !invoke && !(v.Kind == "message" && v.Status == http.StatusOK) {
			continue
		}
		acknowledged++
		r, ok := heard[v.ID]
		if !ok {
			t.Errorf("the bot acknowledged %s %s at %s, and it is not in the log", v.Kind+v.Verb, v.ID, v.At.Format(time.StampMilli))
			continue
		}
		if !invoke || !slices.Contains(decides, v.Verb) {
			continue
		}
		decided++
		if v.From == strangerID {
			t.Errorf("a stranger's %s on %s was taken", v.Verb, v.Case)
		}
		list := c.streams[r.Entry.Case]
		if n := place[v.ID] + 1; n >= len(list) || list[n].Entry.By != flows.AccountID(v.From) || flows.Transcript(list[n].Entry.Body) {
			t.Errorf("%s on %s was acknowledged, and what it decided does not follow entry %d", v.Verb, v.Case, r.Seq)
		}
	}
	if acknowledged < 5 || decided < 2 {
		t.Errorf("only %d turns were acknowledged, %d of them decisions: nothing was tried", acknowledged, decided)
	}
	for verb, n := range people.counts() {
		if strings.HasPrefix(verb, "forged") {
			t.Errorf("%d times somebody who was never asked had %q taken", n, verb)
		}
	}
}

// nothingTwice checks what Microsoft 365 was made to do, and what people were sent.
func (c *checks) nothingTwice(kills int) {
	c.accountsOnce()
	c.passesOnce()
	c.mailsOnce()
	c.cardsOnce(kills)
}

// accountsOnce counts the accounts that were made, deleted ones too.
func (c *checks) accountsOnce() {
	t := c.w.tb
	t.Helper()
	made := map[string]int{}
	for _, v := range c.calls {
		if v.Method != http.MethodPost || v.Path != "/v1.0/users" || v.Status != http.StatusCreated {
			continue
		}
		var body struct {
			Name string `json:"displayName"`
		}
		if err := json.Unmarshal(v.Body, &body); err != nil {
			t.Fatal(err)
		}
		made[body.Name]++
	}
	for name, n := range made {
		if n != 1 {
			t.Errorf("%d accounts were made for %s", n, name)
		}
	}
	for _, k := range c.cases {
		if k.Kind == flows.JoinerEvent && k.State == flows.Done && !k.NoShow && made[k.Event.Name()] != 1 {
			t.Errorf("%s of %s is done, and %d accounts were made", k.ID, k.Event.Name(), made[k.Event.Name()])
		}
	}
	if len(made) == 0 {
		t.Error("no account was made: nothing was tried")
	}
}

// passesOnce follows the passes of each account: there are never two at a time, and none that is not in the log.
func (c *checks) passesOnce() {
	t := c.w.tb
	t.Helper()
	live, made := map[string]int{}, 0
	for _, v := range c.calls {
		user, rest, ok := strings.Cut(strings.TrimPrefix(v.Path, "/v1.0/users/"), "/authentication/temporaryAccessPassMethods")
		if !ok {
			continue
		}
		switch {
		case v.Method == http.MethodPost && v.Status == http.StatusCreated:
			made++
			if live[user]++; live[user] > 1 {
				t.Errorf("account %s had %d passes at %s", user, live[user], v.Time.Format(time.StampMilli))
			}
		case v.Method == http.MethodDelete && rest != "" && v.Status == http.StatusNoContent:
			live[user]--
		}
	}
	shown := 0
	for _, v := range c.turns {
		if v.Verb == flows.VerbShowPass && v.Status == http.StatusOK && v.Code == http.StatusOK && v.Type == cardAnswer {
			shown++
		}
	}
	noted := 0
	for _, r := range c.records {
		if _, ok := r.Entry.Body.(flows.PassMade); ok {
			noted++
		}
	}
	if shown > noted || noted > made {
		t.Errorf("%d passes were made, %d are in the log, and %d were shown", made, noted, shown)
	}
}

// mailsOnce counts the notices by whom and what they are about.
func (c *checks) mailsOnce() {
	t := c.w.tb
	t.Helper()
	var sent []struct {
		To      []string
		Subject string
	}
	c.w.must(http.MethodGet, "http://"+c.w.at.Graph+"/kill/mails?from="+sender, nil, &sent)
	count := map[string]int{}
	for _, m := range sent {
		count[m.Subject+" to "+strings.Join(m.To, ", ")]++
	}
	for what, n := range count {
		if n > 1 {
			t.Errorf("the mail %q was sent %d times: %s", what, n, c.about(strings.SplitN(what, " can sign in", 2)[0]))
		}
	}
}

// about tells what was asked of Exchange about somebody's mail, and what is in the log of it.
func (c *checks) about(name string) string {
	var all []string
	for _, k := range c.cases {
		if k.Event.Name() != name {
			continue
		}
		for _, v := range c.calls {
			if strings.Contains(v.Path, "/sendMail") && strings.Contains(string(v.Body), string(k.ID)) || strings.Contains(v.Query, string(k.ID)) {
				all = append(all, fmt.Sprintf("%s %s %s: %d %.200s", v.Time.Format(time.StampMilli), v.Method, v.Path, v.Status, v.Answer))
			}
		}
		for _, r := range c.streams[k.ID] {
			if b, err := json.Marshal(r.Entry.Body); err == nil && strings.Contains(string(b), "mail:") {
				all = append(all, fmt.Sprintf("%s %s %.400s", r.Entry.At.Format(time.StampMilli), r.Kind, b))
			}
		}
	}
	slices.Sort(all)
	return "\n" + strings.Join(all, "\n")
}

// cardsOnce checks what people were sent. Teams has no keys, so a message whose sending was cut off is sent again: what is in the log was sent, and
// what was sent and is not in the log is no more than was cut off.
func (c *checks) cardsOnce(kills int) {
	t := c.w.tb
	t.Helper()
	noted := map[string]bool{}
	for _, r := range c.records {
		if b, ok := r.Entry.Body.(flows.Sent); ok && b.Activity != "" {
			noted[b.Activity] = true
		}
	}
	posted := map[string]bool{}
	for _, s := range seats {
		var list []message
		if status, err := c.w.call(context.WithoutCancel(t.Context()), http.MethodGet, c.w.teams("/sandbox/messages?as="+s.as+"&chat="+s.chat), nil, &list); err != nil || status != http.StatusOK {
			t.Fatalf("read the chat of %s: %d %v", s.as, status, err)
		}
		for _, m := range list {
			if m.From == "bot" {
				posted[m.ID] = true
			}
		}
	}
	again := 0
	for id := range posted {
		if !noted[id] {
			again++
		}
	}
	if most := 3 * kills; again > most {
		t.Errorf("%d of %d messages were sent and not noted, more than %d kills explain", again, len(posted), kills)
	}
	t.Logf("%d messages, %d of them cut off by a kill or a lost answer and sent again", len(posted), again)
}

// verified has muster itself check the store, and the pack of every case.
func (c *checks) verified() {
	t := c.w.tb
	t.Helper()
	muster := func(args ...string) {
		t.Helper()
		if out, err := c.w.muster(args...); err != nil {
			t.Errorf("muster %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	muster("verify", c.w.data)
	for _, k := range c.cases {
		pack := filepath.Join(c.w.dir, string(k.ID)+".zip")
		muster("export", "--case", string(k.ID), "--data", c.w.data, "--out", pack)
		muster("verify", pack)
	}
}

// firstIn is how long after the start of a life its first entry was written; zero when it wrote none.
func (c *checks) firstIn(l life) time.Duration {
	for _, r := range c.records {
		if r.Entry.At.After(l.began) && r.Entry.At.Before(l.died) {
			return r.Entry.At.Sub(l.began)
		}
	}
	return 0
}
