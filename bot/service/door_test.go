package service_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"muster/bot/intake"
	"muster/bot/teams"
)

// doorRow is one request to the bot's front door that is not as it should be, and what has to come of it: a line of testdata/door. It
// changes one good request; what it does not name is good.
type doorRow struct {
	Name  string
	Wrong string // what is wrong with it

	To      string // the good request it is made of: message, press, submit, install, search, consent, edit, event; message when left out
	Token   tokenRow
	Request requestRow
	Body    bodyRow

	Status int    // 0: no answer, the connection is closed
	Effect string // nothing: the log is as it was; heard: it says so, and no case changed; changed: a case did
	Says   string // part of the answer

	Then []doorRow // sent afterwards, with the same activity id
}

type tokenRow struct {
	Alg     string         // none, HS256, RS512, …; RS256 when left out
	Key     string         // whose private key signs: good, other, webchat, bare, weak, enc; good when left out
	Kid     *string        // in the header; that of the key when left out
	Header  map[string]any // more of the header; null takes away
	Claims  map[string]any // changed claims; null takes away
	Expires string         // from now
	Begins  string         // from now
	After   map[string]any // claims that are changed after the signature was made
	Shape   string         // {h}.{c}.{s}
	Send    *[]string      // the Authorization headers; "Bearer {token}" when left out
}

type requestRow struct {
	Method  string
	Path    string
	Headers map[string][]string
	Chunked bool
	Wire    string // the whole request as it is sent, with {token}, {body} and {length}
	Secret  string // of an event: with which it is signed
	Age     string // of an event
}

type bodyRow struct {
	Set     map[string]any // by path: from.aadObjectId; null takes away
	Insert  string         // put behind the first brace
	Replace []string       // old, new, in the JSON
	Raw     *string        // instead of it all, in Go's escapes
	Gzip    bool
	Prefix  string // before it, in Go's escapes
	Suffix  string
}

// doorRows reads the corpus.
func doorRows(t *testing.T) map[string][]doorRow {
	t.Helper()
	files, err := filepath.Glob("testdata/door/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]doorRow{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var rows []doorRow
		if err := yaml.UnmarshalWithOptions(b, &rows, yaml.Strict()); err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		out[strings.TrimSuffix(filepath.Base(f), ".yaml")] = rows
	}
	return out
}

// TestDoor sends the corpus to a real server in front of the whole service, with a case that waits for a decision. After every row the
// store says what came of it, and after all of them the good requests still do what they are for.
func TestDoor(t *testing.T) {
	n, names, made := 0, map[string]bool{}, map[string]string{}
	for file, rows := range doorRows(t) {
		for _, r := range rows {
			if n++; names[r.Name] || r.Name == "" || r.Wrong == "" {
				t.Errorf("%s: a row has no name, a name twice (%q), or does not say what is wrong", file, r.Name)
			}
			names[r.Name] = true
			same := r
			same.Name, same.Wrong = "", ""
			b, err := json.Marshal(same)
			if err != nil {
				t.Fatal(err)
			}
			if twin := made[string(b)]; twin != "" {
				t.Errorf("%s: %q and %q are the same request", file, twin, r.Name)
			}
			made[string(b)] = r.Name
		}
		t.Run(file, func(t *testing.T) {
			story(t, setting{intake: []intake.Source{payroll}}, func(t *testing.T, w *world) {
				d := newDoor(t, w)
				for _, r := range rows {
					d.try(r.Name, r, nil)
				}
				d.stillGood()
			})
		})
	}
	if n < 300 {
		t.Errorf("the corpus has %d rows, want at least 300", n)
	}
	t.Logf("%d rows", n)
}

// door is a server in front of the service, and what good requests are made of.
type door struct {
	t     *testing.T
	w     *world
	pipes *pipes
	keys  doorKeys
	good  map[string][]byte // the good requests
	words *strings.Replacer // what rows call the things of this world
	n     int
}

func newDoor(t *testing.T, w *world) *door {
	w.announce()
	d := &door{t: t, w: w, pipes: newPipes(), keys: newDoorKeys(t), good: map[string][]byte{}}
	last := func() []byte { l := w.deliveries(); return l[len(l)-1].body }

	w.say("stranger", "help")
	d.good["message"] = last()
	m, ok := w.card("manager", "bot", "", "Approve")
	if !ok {
		t.Fatal("the manager has no card")
	}
	approve := w.forgery(m, "Approve")
	w.forge("manager", m, forgery{"nothing", map[string]any{"verb": "nothing"}})
	d.good["press"] = changed(t, last(), map[string]any{"value.action.verb": approve.verb, "value.action.data": approve.data})
	d.good["submit"] = changed(t, last(), map[string]any{"type": "message", "name": nil, "text": nil, "value": approve.data})
	d.good["search"] = changed(t, last(), map[string]any{"name": "application/search", "value": map[string]any{"kind": "search", "queryText": "tom", "dataset": "graph.microsoft.com/users"}})
	d.good["consent"] = changed(t, last(), map[string]any{"name": "fileConsent/invoke", "value": map[string]any{
		"type": "fileUpload", "action": "accept", "context": map[string]any{"file": "pack", "arg": "J-2026-0001"},
		"uploadInfo": map[string]any{"uploadUrl": "http://" + teamsHost + "/upload/1", "name": "x.zip"},
	}})
	d.good["edit"] = changed(t, d.good["message"], map[string]any{"type": "messageUpdate", "channelData.eventType": "editMessage", "text": "help me"})
	for _, v := range w.deliveries() {
		if strings.Contains(string(v.body), `"installationUpdate"`) && strings.Contains(string(v.body), `"personal"`) {
			d.good["install"] = v.body
		}
	}
	d.good["event"] = []byte(arrival)
	d.words = strings.NewReplacer("{plan}", w.theCase().Plan, "{card}", m.ID, "{hr}", "00000000-0000-4000-a000-000000000001", "{manager}", "00000000-0000-4000-a000-000000000003",
		"{stranger}", "00000000-0000-4000-a000-00000000000b", "{maria}", "00000000-0000-4000-a000-000000000004", "{teams}", "http://"+teamsHost)

	// A new process learns the keys of the corpus.
	w.stop()
	w.front = d.keys.publish(t, w.front)
	srv := teams.NewServer("", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { w.alive().front.ServeHTTP(rw, r) }), slog.New(slog.DiscardHandler))
	served := make(chan error, 1)
	go func() { served <- srv.Serve(d.pipes) }()
	t.Cleanup(func() {
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	w.settle()
	return d
}

// seen is what a row may have changed.
type seen struct {
	size  int64
	cases string
}

func (d *door) look() seen {
	d.t.Helper()
	d.w.settle()
	h, err := d.w.alive().svc.Store.Sign(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	b, err := json.Marshal(d.w.cases())
	if err != nil {
		d.t.Fatal(err)
	}
	return seen{h.Size, string(b)}
}

// try sends a row and what follows it.
func (d *door) try(name string, r doorRow, id *int) {
	d.t.Helper()
	if id == nil {
		d.n++
		id = new(d.n)
	}
	time.Sleep(5 * time.Second) // nobody is that fast
	before := d.look()
	status, body := d.send(r, *id)
	after := d.look()
	effect := "nothing"
	switch {
	case before.cases != after.cases:
		effect = "changed"
	case before.size != after.size:
		effect = "heard"
	}
	if status != r.Status || effect != r.Effect || !strings.Contains(said(body), d.words.Replace(r.Says)) {
		d.t.Errorf("%s (%s): status %d, effect %s, says %q; want %d, %s, %q", name, r.Wrong, status, effect, said(body), r.Status, r.Effect, r.Says)
	}
	for i, next := range r.Then {
		if next.To == "" {
			next.To = r.To
		}
		d.try(fmt.Sprintf("%s, then %d", name, i+1), next, id)
	}
}

// said is what an answer says, in words.
func said(body []byte) string {
	var a struct{ Value json.RawMessage }
	if json.Unmarshal(body, &a) == nil && len(a.Value) > 0 {
		var s string
		if json.Unmarshal(a.Value, &s) == nil {
			return s
		}
		return string(a.Value)
	}
	return string(body)
}

// stillGood sends the good requests.
func (d *door) stillGood() {
	d.t.Helper()
	for _, r := range []doorRow{
		{To: "message", Status: 200, Effect: "heard"},
		{To: "edit", Status: 200, Effect: "heard"},
		{To: "install", Status: 200, Effect: "nothing"},
		{To: "search", Status: 200, Effect: "nothing", Says: "Tom Hughes"},
		{To: "event", Status: 202, Effect: "heard", Body: bodyRow{Set: map[string]any{"id": "the last", "surname": "Lastly"}}},
		{To: "press", Body: bodyRow{Set: map[string]any{"id": "f:the good press"}}, Status: 200, Effect: "changed"},
	} {
		if r.To == "press" && len(d.w.stored("J-2026-0001").Decisions) > 1 {
			continue // a row approved already, and said so
		}
		d.try("the good "+r.To, r, nil)
	}
	if c := d.w.stored("J-2026-0001"); len(c.Decisions) != 2 {
		d.t.Errorf("after the good press there are %d decisions", len(c.Decisions))
	}
	d.w.verify()
}

// send makes the request and reads the answer; status 0 is a connection that was closed.
func (d *door) send(r doorRow, id int) (int, []byte) {
	d.t.Helper()
	if r.To == "" {
		r.To = "message"
	}
	body := d.body(r, id)
	head := http.Header{}
	path := "/api/messages"
	if r.To == "event" {
		path = intake.Path
		at := time.Now()
		if r.Request.Age != "" {
			at = at.Add(-span(d.t, r.Request.Age))
		}
		secret := payroll.Secret
		if r.Request.Secret != "" {
			secret = []byte(r.Request.Secret)
		}
		head.Set(intake.TimeHeader, strconv.FormatInt(at.Unix(), 10))
		head.Set(intake.SignatureHeader, intake.Sign(secret, at, body))
	} else {
		for _, h := range d.authorization(r.Token) {
			head.Add("Authorization", h)
		}
	}
	head.Set("Content-Type", "application/json; charset=utf-8")
	for k, v := range r.Request.Headers {
		head.Del(k)
		for _, one := range v {
			head.Add(k, repeated(one))
		}
	}
	if r.Request.Path != "" {
		path = strings.ReplaceAll(r.Request.Path, "{token}", d.keys.token(d.t, tokenRow{}))
	}
	method := r.Request.Method
	if method == "" {
		method = http.MethodPost
	}
	return d.over(func(w io.Writer) error {
		if r.Request.Wire != "" {
			_, err := io.WriteString(w, repeated(strings.NewReplacer("{token}", d.keys.token(d.t, r.Token), "{length}", strconv.Itoa(len(body)), "{hex}", strconv.FormatInt(int64(len(body)), 16), "{body}", string(body)).Replace(unquoted(d.t, r.Request.Wire))))
			return err
		}
		return written2(w, method, path, head, body, r.Request.Chunked)
	}, method)
}

// written2 writes a request without the help of a client that would mend it.
func written2(w io.Writer, method, path string, head http.Header, body []byte, chunked bool) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n", method, path, botHost)
	if err := head.Write(&b); err != nil {
		return err
	}
	if chunked {
		b.WriteString("Transfer-Encoding: chunked\r\n\r\n")
		for piece := range bytes.SplitSeq(body, []byte(",")) {
			fmt.Fprintf(&b, "%x\r\n%s,\r\n", len(piece)+1, piece)
		}
		b.WriteString("0\r\n\r\n")
	} else {
		if head.Get("Content-Length") == "" {
			fmt.Fprintf(&b, "Content-Length: %d\r\n", len(body))
		}
		b.WriteString("\r\n")
		b.Write(body)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// over makes one request over a connection of its own, as slow a caller as the server allows.
func (d *door) over(write func(io.Writer) error, method string) (int, []byte) {
	d.t.Helper()
	conn := d.pipes.dial()
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		d.t.Fatal(err)
	}
	sent := make(chan error, 1)
	go func() { sent <- write(conn) }() // it fails when the server answers early and hangs up, which is its right
	resp, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	status, body := 0, []byte(nil)
	if err == nil {
		status = resp.StatusCode
		if body, err = io.ReadAll(resp.Body); err != nil && status == http.StatusOK {
			d.t.Errorf("read the answer: %v", err)
		}
	}
	if err := conn.Close(); err != nil {
		d.t.Error(err)
	}
	<-sent
	return status, body
}

// body is the row's.
func (d *door) body(r doorRow, id int) []byte {
	d.t.Helper()
	good, ok := d.good[r.To]
	if !ok {
		d.t.Fatalf("there is no good %q", r.To)
	}
	set := map[string]any{"id": fmt.Sprintf("f:%d", id)}
	for k, v := range r.Body.Set {
		set[k] = v
	}
	body := string(changed(d.t, good, set))
	if r.Body.Raw != nil {
		body = unquoted(d.t, strings.ReplaceAll(*r.Body.Raw, "{good}", strings.ReplaceAll(strings.ReplaceAll(body, `\`, `\\`), `"`, `\"`)))
	}
	if len(r.Body.Replace) == 2 {
		if !strings.Contains(body, r.Body.Replace[0]) {
			d.t.Errorf("%s: there is no %s in %s", r.Name, r.Body.Replace[0], body)
		}
		body = strings.Replace(body, r.Body.Replace[0], unquoted(d.t, r.Body.Replace[1]), 1)
	}
	if r.Body.Insert != "" {
		body = "{" + unquoted(d.t, r.Body.Insert) + body[1:]
	}
	body = repeated(d.words.Replace(unquoted(d.t, r.Body.Prefix) + body + unquoted(d.t, r.Body.Suffix)))
	if r.Body.Gzip {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		if _, err := z.Write([]byte(body)); err != nil {
			d.t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			d.t.Fatal(err)
		}
		return b.Bytes()
	}
	return []byte(body)
}

var repetition = regexp.MustCompile(`(?s)\{(\d+) times (.+?)\}\}?`)

// repeated writes out {1000 times x}.
func repeated(s string) string {
	return repetition.ReplaceAllStringFunc(s, func(m string) string {
		p := repetition.FindStringSubmatch(m)
		n, err := strconv.Atoi(p[1])
		if err != nil {
			return m
		}
		tail := ""
		if strings.HasSuffix(m, "}}") {
			p[2] += "}"
		}
		return strings.Repeat(p[2], n) + tail
	})
}

// unquoted reads Go's escapes, by which a row can hold any byte.
func unquoted(t *testing.T, s string) string {
	t.Helper()
	if !strings.Contains(s, `\`) {
		return s
	}
	out, err := strconv.Unquote(`"` + strings.NewReplacer(`\"`, `\"`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`)
	if err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return out
}

// changed sets values by their paths in a JSON object; nil takes away.
func changed(t *testing.T, body []byte, set map[string]any) []byte {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal(body, &doc); err != nil {
		t.Fatal(err)
	}
	for path, v := range set {
		at := doc
		parts := strings.Split(path, ".")
		for _, p := range parts[:len(parts)-1] {
			next, ok := at[p].(map[string]any)
			if !ok {
				next = map[string]any{}
				at[p] = next
			}
			at = next
		}
		if last := parts[len(parts)-1]; v == nil {
			delete(at, last)
		} else {
			at[last] = v
		}
	}
	out, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// pipes is a listener without sockets, which would stop virtual time.
type pipes struct {
	came   chan net.Conn
	closed chan struct{}
}

func newPipes() *pipes { return &pipes{make(chan net.Conn), make(chan struct{})} }

func (p *pipes) dial() net.Conn {
	here, there := net.Pipe()
	p.came <- there
	return here
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.came:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	select {
	case <-p.closed:
	default:
		close(p.closed)
	}
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipes", Net: "pipe"} }
