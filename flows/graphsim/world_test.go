package graphsim_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"muster/flows/graphsim"
	"muster/flows/graphsim/csdl"
)

// metadata is Microsoft's own, loaded once for all tests.
var metadata = sync.OnceValues(func() (*csdl.Model, error) {
	return csdl.Load("../../../shared/schemas/graph-v1.0.csdl.xml.gz")
})

// TestMetadata says whether the other tests hold their exchanges against it.
func TestMetadata(t *testing.T) {
	if _, err := metadata(); errors.Is(err, fs.ErrNotExist) {
		if os.Getenv("CI") == "true" {
			t.Fatalf("Microsoft's metadata is missing: %v", err)
		}
		t.Skip("the folder shared/schemas with Microsoft's metadata is not beside this checkout, so exchanges are not held against it")
	} else if err != nil {
		t.Fatal(err)
	}
}

var start = time.Date(2026, time.March, 2, 8, 0, 0, 0, time.UTC)

// A world is a server with a clock of its own, reached without a socket. At
// the end of the test every exchange is held against Microsoft's metadata.
type world struct {
	t     *testing.T
	s     *graphsim.Server
	rec   *csdl.Recorder
	token string

	mu  sync.Mutex
	now time.Time
}

func (w *world) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func newWorld(t *testing.T, change ...func(*graphsim.Options)) *world {
	t.Helper()
	w := &world{t: t, now: start}
	o := graphsim.Options{Now: w.Now, TokenNow: func() time.Time { return start }, Seed: 7}
	for _, c := range change {
		c(&o)
	}
	s, err := graphsim.New(o)
	if err != nil {
		t.Fatal(err)
	}
	w.s, w.rec = s, csdl.NewRecorder(s)
	w.token = w.signIn("00000000-0000-0000-0000-0000000000c0")
	t.Cleanup(w.conform)
	return w
}

func (w *world) conform() {
	m, err := metadata()
	if errors.Is(err, fs.ErrNotExist) {
		return // TestMetadata says so
	}
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range w.rec.Exchanges() {
		for _, problem := range m.CheckExchange(e) {
			w.t.Errorf("against the metadata: %s", problem)
		}
	}
}

func (w *world) signIn(app string) string {
	w.t.Helper()
	form := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {app}, "client_secret": {"x"}, "scope": {"https://graph.microsoft.com/.default"},
	}
	r := httptest.NewRequest("POST", "/11111111-1111-1111-1111-111111111111/oauth2/v2.0/token", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	rec := httptest.NewRecorder()
	w.rec.ServeHTTP(rec, r)
	var got struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil || rec.Code != 200 || got.Token == "" {
		w.t.Fatalf("token: %d %s", rec.Code, rec.Body)
	}
	return got.Token
}

// A reply is an answer, its body read as JSON when it is.
type reply struct {
	status int
	header http.Header
	raw    string
	body   map[string]any
}

// send makes one request below /v1.0. headers are pairs.
func (w *world) send(method, path, body string, headers ...string) reply {
	w.t.Helper()
	if !strings.HasPrefix(path, "http") {
		path = "http://graph.test/v1.0/" + path
	}
	head, query, found := strings.Cut(path, "?")
	if found {
		query = "?" + strings.ReplaceAll(query, " ", "%20")
	}
	r := httptest.NewRequest(method, strings.ReplaceAll(head, " ", "%20")+query, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+w.token)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return w.do(r)
}

func (w *world) do(r *http.Request) reply {
	w.t.Helper()
	rec := httptest.NewRecorder()
	w.rec.ServeHTTP(rec, r)
	raw, err := io.ReadAll(rec.Result().Body)
	if err != nil {
		w.t.Fatal(err)
	}
	out := reply{status: rec.Code, header: rec.Header(), raw: string(raw)}
	if json.Valid(raw) && bytes.HasPrefix(raw, []byte("{")) {
		if err := json.Unmarshal(raw, &out.body); err != nil {
			w.t.Fatal(err)
		}
	}
	return out
}

// ok is send that must succeed.
func (w *world) ok(method, path, body string, headers ...string) reply {
	w.t.Helper()
	r := w.send(method, path, body, headers...)
	if r.status >= 300 {
		w.t.Fatalf("%s %s: %d %s", method, path, r.status, r.raw)
	}
	return r
}

// errorOf gives code and message of an error.
func (r reply) errorOf() (code, message string) {
	e, _ := r.body["error"].(map[string]any)
	code, _ = e["code"].(string)
	message, _ = e["message"].(string)
	return code, message
}

// refused asserts an error.
func (r reply) refused(t *testing.T, status int, code, fragment string) {
	t.Helper()
	c, m := r.errorOf()
	if r.status != status || c != code || !strings.Contains(m, fragment) {
		t.Errorf("got %d %s %q, want %d %s with %q", r.status, c, m, status, code, fragment)
	}
}

// field reads the same member of every row of a collection.
func (r reply) field(name string) []string {
	out := []string{}
	rows, _ := r.body["value"].([]any)
	for _, row := range rows {
		m, _ := row.(map[string]any)
		s, _ := m[name].(string)
		out = append(out, s)
	}
	return out
}

const (
	users  = "00000000-0000-4000-a000-0000000000"
	groups = "00000000-0000-4000-b000-0000000000"
	tom    = users + "03"
	maria  = users + "04"
	admin  = users + "40"
	guest  = users + "44"
	synced = users + "3e"
	first  = users + "0a"
	sales  = groups + "02"
	spb    = "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46"
	visio  = "c5928f49-12ba-48f7-ada3-0d743a3601d5"
	planP  = "53818b1b-4a27-454b-8896-0dba576410e6"
	exch2  = "19ec0d23-8335-4cbd-94ac-6050e30712fa"
	power  = "f8a1db68-be16-40ed-86d5-cb42ce701560"
)

const newPriya = `{"accountEnabled":false,"displayName":"Priya Patel","givenName":"Priya","surname":"Patel","mailNickname":"priya.patel",
	"userPrincipalName":"priya.patel@larkfield.example","usageLocation":"GB","officeLocation":"London","jobTitle":"Account Manager",
	"employeeHireDate":"2026-03-09T00:00:00Z","passwordProfile":{"password":"Rain-42-lamp","forceChangePasswordNextSignIn":true}}`

// create makes Priya and gives her id.
func (w *world) create() string {
	w.t.Helper()
	return w.ok("POST", "users", newPriya).body["id"].(string)
}

func link(id string) string {
	return `{"@odata.id":"https://graph.microsoft.com/v1.0/directoryObjects/` + id + `"}`
}
