package intake

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/flows"
)

var (
	now     = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	payroll = Source{"payroll", []byte(strings.Repeat("p", 32)), "hannah.reed@larkfield.example"}
	other   = Source{"agency", []byte(strings.Repeat("a", 40)), "helen.okafor@larkfield.example"}
)

const joiner = `{"source":"payroll","id":"42","kind":"joiner","given":"Priya","surname":"Patel","job":"Account Manager","site":"London","start":"2027-01-05","manager":"tom.hughes@larkfield.example"}`

// business remembers what it took, as the engine does.
type business struct {
	got  []flows.Incoming
	fail error
}

func (b *business) TakeIn(_ context.Context, in flows.Incoming) (string, error) {
	if b.fail != nil {
		return "", b.fail
	}
	for _, was := range b.got {
		if was.Source == in.Source && was.ID == in.ID {
			if !bytes.Equal(was.Body, in.Body) {
				return "", &flows.Error{Code: flows.Conflict}
			}
			return "D-1", nil
		}
	}
	b.got = append(b.got, in)
	return "D-1", nil
}

type bench struct {
	door *Door
	took *business
	log  bytes.Buffer
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{took: &business{}}
	var err error
	if b.door, err = NewDoor([]Source{payroll, other}, b.took, func() time.Time { return now }, slog.New(slog.NewTextHandler(&b.log, nil))); err != nil {
		t.Fatal(err)
	}
	return b
}

// request is a good one, which each test spoils.
func request(body string, secret []byte, at time.Time) *http.Request {
	r := httptest.NewRequest(http.MethodPost, Path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	r.Header.Set(TimeHeader, strconv.FormatInt(at.Unix(), 10))
	r.Header.Set(SignatureHeader, Sign(secret, at, []byte(body)))
	return r
}

func (b *bench) send(r *http.Request) (int, answer) {
	w := httptest.NewRecorder()
	b.door.ServeHTTP(w, r)
	var a answer
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil {
		return w.Code, answer{Error: err.Error()}
	}
	return w.Code, a
}

func TestTaken(t *testing.T) {
	b := newBench(t)
	for range 3 { // sent again, word for word: the same answer
		status, a := b.send(request(joiner, payroll.Secret, now))
		if status != http.StatusAccepted || a != (answer{Draft: "D-1"}) {
			t.Errorf("%d %+v", status, a)
		}
	}
	want := []flows.Incoming{{
		Source: "payroll", ID: "42", Body: []byte(joiner), To: payroll.DraftTo, JobText: "Account Manager", SiteText: "London", ManagerText: "tom.hughes@larkfield.example",
		Event: flows.PeopleEvent{Kind: flows.JoinerEvent, Given: "Priya", Surname: "Patel", Start: "2027-01-05", Employment: "employee"},
	}}
	if d := cmp.Diff(want, b.took.got); d != "" {
		t.Errorf("taken (-want +got):\n%s", d)
	}
	if status, a := b.send(request(strings.Replace(joiner, "Priya", "Petra", 1), payroll.Secret, now)); status != http.StatusConflict || a.Field != "id" {
		t.Errorf("another event under this id: %d %+v", status, a)
	}
	leaver := `{"source":"agency","id":"1","kind":"leaver","subject":"nadia.brook@larkfield.example","last_day":"2026-11-30","last_time":"17:30"}`
	if status, _ := b.send(request(leaver, other.Secret, now)); status != http.StatusAccepted || len(b.took.got) != 2 || b.took.got[1].To != other.DraftTo || b.took.got[1].SubjectText != "nadia.brook@larkfield.example" {
		t.Errorf("a leaver: %d %+v", status, b.took.got)
	}
}

// TestForged is every request that is not believed. Nothing of it reaches the business, and the answer does not say what was wrong.
func TestForged(t *testing.T) {
	for name, spoil := range map[string]func(r *http.Request){
		"no signature": func(r *http.Request) { r.Header.Del(SignatureHeader) },
		"no time":      func(r *http.Request) { r.Header.Del(TimeHeader) },
		"another secret": func(r *http.Request) {
			r.Header.Set(SignatureHeader, Sign([]byte(strings.Repeat("x", 32)), now, []byte(joiner)))
		},
		"an empty secret": func(r *http.Request) { r.Header.Set(SignatureHeader, Sign(nil, now, []byte(joiner))) },
		"another body":    func(r *http.Request) { r.Header.Set(SignatureHeader, Sign(payroll.Secret, now, []byte(joiner+" "))) },
		"another time":    func(r *http.Request) { r.Header.Set(TimeHeader, strconv.FormatInt(now.Unix()+1, 10)) },
		"another version": func(r *http.Request) {
			r.Header.Set(SignatureHeader, "v0="+strings.TrimPrefix(r.Header.Get(SignatureHeader), "v1="))
		},
		"half a signature":    func(r *http.Request) { r.Header.Set(SignatureHeader, r.Header.Get(SignatureHeader)[:20]) },
		"no hex":              func(r *http.Request) { r.Header.Set(SignatureHeader, "v1=zz") },
		"an empty signature":  func(r *http.Request) { r.Header.Set(SignatureHeader, "v1=") },
		"a time of no number": func(r *http.Request) { r.Header.Set(TimeHeader, "soon") },
		"a time with a sign":  func(r *http.Request) { r.Header.Set(TimeHeader, "+"+strconv.FormatInt(now.Unix(), 10)) },
		"late":                func(r *http.Request) { resign(r, now.Add(-skew-time.Second)) },
		"ahead":               func(r *http.Request) { resign(r, now.Add(skew+time.Second)) },
		"a huge time":         func(r *http.Request) { r.Header.Set(TimeHeader, "9223372036854775807") },
	} {
		b := newBench(t)
		r := request(joiner, payroll.Secret, now)
		spoil(r)
		status, a := b.send(r)
		if status != http.StatusUnauthorized || a.Error != "The time or the signature of this request is not right." || a.Draft != "" {
			t.Errorf("%s: %d %+v", name, status, a)
		}
		if len(b.took.got) > 0 {
			t.Errorf("%s: it was taken", name)
		}
		if strings.Contains(b.log.String(), "Priya") || !strings.Contains(b.log.String(), "people event refused") {
			t.Errorf("%s: the log says %s", name, b.log.String())
		}
	}
}

func resign(r *http.Request, at time.Time) {
	r.Header.Set(TimeHeader, strconv.FormatInt(at.Unix(), 10))
	r.Header.Set(SignatureHeader, Sign(payroll.Secret, at, []byte(joiner)))
}

// TestReplayed: what was overheard is good for minutes, and then for nothing; meanwhile it changes nothing.
func TestReplayed(t *testing.T) {
	b := newBench(t)
	at := now
	b.door.now = func() time.Time { return at }
	for minute := range 8 {
		at = now.Add(time.Duration(minute) * time.Minute)
		want := http.StatusAccepted
		if minute > 5 {
			want = http.StatusUnauthorized
		}
		if status, _ := b.send(request(joiner, payroll.Secret, now)); status != want {
			t.Errorf("after %d minutes: %d, want %d", minute, status, want)
		}
	}
	if len(b.took.got) != 1 {
		t.Errorf("%d events were taken", len(b.took.got))
	}
}

// TestMalformed is every signed request that says something that cannot be: which field, and nothing is taken.
func TestMalformed(t *testing.T) {
	swap := func(old, with string) string { return strings.Replace(joiner, old, with, 1) }
	for name, tt := range map[string]struct {
		body  string
		field string
	}{
		"an unknown field":           {swap(`"given"`, `"role":"owner","given"`), "role"},
		"another source":             {swap("payroll", "agency"), "source"},
		"no source":                  {swap(`"source":"payroll",`, ``), "source"},
		"no id":                      {swap(`"id":"42",`, ``), "id"},
		"an id of spaces":            {swap(`"42"`, `"  "`), "id"},
		"an id that is a number":     {swap(`"42"`, `42`), "id"},
		"no kind":                    {swap(`"kind":"joiner",`, ``), "kind"},
		"another kind":               {swap(`"joiner"`, `"owner"`), "kind"},
		"an urgent leaver":           {`{"source":"payroll","id":"1","kind":"leaver","urgent":true,"subject":"x","last_day":"2026-11-30"}`, "urgent"},
		"no surname":                 {swap(`"Patel"`, `""`), "surname"},
		"no start":                   {swap(`"2027-01-05"`, `""`), "start"},
		"a start of another shape":   {swap(`"2027-01-05"`, `"05/01/2027"`), "start"},
		"a day that is none":         {swap(`"2027-01-05"`, `"2027-02-30"`), "start"},
		"a joiner with a last day":   {swap(`"given"`, `"last_day":"2027-02-01","given"`), "last_day"},
		"a leaver with a job":        {`{"source":"payroll","id":"1","kind":"leaver","subject":"x","last_day":"2026-11-30","job":"y"}`, "job"},
		"a leaver with a manager":    {`{"source":"payroll","id":"1","kind":"leaver","subject":"x","last_day":"2026-11-30","manager":"y"}`, "manager"},
		"a leaver without subject":   {`{"source":"payroll","id":"1","kind":"leaver","last_day":"2026-11-30"}`, "subject"},
		"a field twice":              {swap(`"given"`, `"given":"Petra","given"`), "given"},
		"a field twice, in capitals": {swap(`"given"`, `"GIVEN":"Petra","given"`), "given"},
		"a long name":                {swap("Priya", strings.Repeat("x", 300)), "given"},
		"a name with a zero byte":    {swap("Priya", `Pri\u0000ya`), "given"},
		"a list":                     {"[" + joiner + "]", ""},
		"two events":                 {joiner + joiner, ""},
		"half an event":              {joiner[:40], ""},
		"nothing":                    {"", ""},
		"not UTF-8":                  {swap("Priya", "Pri\xffya"), ""},
		"deep":                       {strings.Repeat(`{"given":`, 5000), ""},
	} {
		b := newBench(t)
		status, a := b.send(request(tt.body, payroll.Secret, now))
		if status != http.StatusBadRequest || a.Field != tt.field || a.Error == "" {
			t.Errorf("%s: %d %+v, want the field %q", name, status, a, tt.field)
		}
		if len(b.took.got) > 0 {
			t.Errorf("%s: it was taken", name)
		}
	}
}

func TestOther(t *testing.T) {
	b := newBench(t)
	r := request(joiner, payroll.Secret, now)
	r.Header.Set("Content-Type", "text/plain")
	if status, _ := b.send(r); status != http.StatusUnsupportedMediaType {
		t.Errorf("plain text: %d", status)
	}
	if status, _ := b.send(request(strings.Repeat(" ", mostBody+1), payroll.Secret, now)); status != http.StatusRequestEntityTooLarge {
		t.Errorf("an oversized body: %d", status)
	}
	b.took.fail = errors.New("the disk is full")
	if status, a := b.send(request(joiner, payroll.Secret, now)); status != http.StatusServiceUnavailable || strings.Contains(a.Error, "disk") {
		t.Errorf("a full disk: %d %+v", status, a)
	}
	b.took.fail = &flows.Error{Code: flows.Unavailable, RetryAfter: time.Hour}
	w := httptest.NewRecorder()
	b.door.ServeHTTP(w, request(joiner, payroll.Secret, now))
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != "3600" {
		t.Errorf("too many: %d, after %s", w.Code, w.Header().Get("Retry-After"))
	}
	if strings.Contains(b.log.String(), "Priya") || strings.Contains(b.log.String(), string(payroll.Secret)) {
		t.Errorf("the log tells too much: %s", b.log.String())
	}
}

func TestNewDoor(t *testing.T) {
	for name, all := range map[string][]Source{
		"no name":        {{"", payroll.Secret, "x"}},
		"nobody to ask":  {{"payroll", payroll.Secret, ""}},
		"a short secret": {{"payroll", []byte("short"), "x"}},
		"twice":          {payroll, payroll},
	} {
		if _, err := NewDoor(all, &business{}, func() time.Time { return now }, slog.New(slog.DiscardHandler)); err == nil || strings.Contains(err.Error(), "short\"") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(joiner))
	f.Add([]byte(`{"source":1}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := read(b)
		if w, ok := errors.AsType[*wrong](err); err != nil && (!ok || w.say == "") {
			t.Fatalf("error %v", err)
		}
		if err == nil && (e.ID == "" || e.Kind != "joiner" && e.Kind != "leaver") {
			t.Fatalf("let through %+v", e)
		}
	})
}
