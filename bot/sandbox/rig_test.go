package sandbox

import (
	"bytes"
	"context"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

var start = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// testKeys are made once: making them is slow.
var testKeys = sync.OnceValues(newKeys)

// rig is a sandbox, a small bot that checks every token, and a directory.
type rig struct {
	t     *testing.T
	s     *Sandbox
	url   string
	bot   *fakeBot
	dir   *fakeDirectory
	clock *Clock
	wall  time.Time
}

type rigOptions struct {
	state string
	cases Cases
	dir   *fakeDirectory
}

func newRig(t *testing.T, o rigOptions) *rig {
	t.Helper()
	r := &rig{t: t, dir: o.dir, wall: start}
	if r.dir == nil {
		r.dir = newDirectory()
	}
	r.clock = NewClock(start, func() time.Time { return start })
	var handler http.Handler
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) { handler.ServeHTTP(w, q) }))
	r.url = web.URL
	r.bot = newFakeBot(t, web.URL)
	keys, err := testKeys()
	if err != nil {
		t.Fatal(err)
	}
	s, err := open(Options{
		Bot: r.bot.web.URL + "/api/messages", Self: web.URL, AppID: FixedAppID, Tenant: FixedTenant, Directory: r.dir,
		Cases: o.cases, Clock: r.clock, TokenNow: func() time.Time { return r.wall }, State: o.state, Page: t.TempDir(),
		Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	}, keys)
	if err != nil {
		t.Fatal(err)
	}
	s.retry, s.answer = time.Millisecond, 2*time.Second
	r.s, handler = s, s.Handler()
	t.Cleanup(func() {
		web.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// call makes a control call and decodes the answer.
func (r *rig) call(method, path string, body, into any) int {
	r.t.Helper()
	return r.request(method, path, "", body, into)
}

func (r *rig) request(method, path, token string, body, into any) int {
	r.t.Helper()
	var in io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			r.t.Fatal(err)
		}
		in = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.url+path, in)
	if err != nil {
		r.t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0
	}
	b, err := io.ReadAll(res.Body)
	if err := errors.Join(err, res.Body.Close()); err != nil {
		r.t.Fatal(err)
	}
	if into != nil {
		if err := json.Unmarshal(b, into); err != nil {
			r.t.Fatalf("%s %s: %d %s", method, path, res.StatusCode, b)
		}
	}
	return res.StatusCode
}

// token is the bot's own, from the token endpoint.
func (r *rig) token() string {
	r.t.Helper()
	var out struct {
		Token string `json:"access_token"`
	}
	if status := r.form(url.Values{
		"grant_type": {"client_credentials"}, "client_id": {FixedAppID}, "client_secret": {"any"}, "scope": {connectorAud + "/.default"},
	}, &out); status != http.StatusOK {
		r.t.Fatalf("token endpoint answered %d", status)
	}
	return out.Token
}

func (r *rig) form(v url.Values, into any) int {
	r.t.Helper()
	res, err := http.PostForm(r.url+"/"+FixedTenant+"/oauth2/v2.0/token", v)
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(into); err != nil {
		r.t.Fatal(err)
	}
	return res.StatusCode
}

// v3 is a connector call of the bot's.
func (r *rig) v3(method, path string, body, into any) int {
	r.t.Helper()
	return r.request(method, path, r.token(), body, into)
}

func (r *rig) messages(as, chat string, since int) []messageView {
	r.t.Helper()
	var list []messageView
	if status := r.call("GET", fmt.Sprintf("/sandbox/messages?as=%s&chat=%s&since=%d", as, chat, since), nil, &list); status != http.StatusOK {
		r.t.Fatalf("messages of %s in %s: %d", as, chat, status)
	}
	return list
}

type sent struct {
	ID       string `json:"id"`
	Activity string `json:"activityId"`
}

// card sends a card to a person and returns its message id.
func (r *rig) card(to, card string) string {
	r.t.Helper()
	var conv, msg sent
	p, _, _ := r.s.person(to)
	if status := r.v3("POST", "/v3/conversations", map[string]any{
		"tenantId": FixedTenant, "members": []any{map[string]any{"id": p.ID}},
	}, &conv); status != http.StatusCreated {
		r.t.Fatalf("create chat with %s: %d", to, status)
	}
	if status := r.v3("POST", "/v3/conversations/"+conv.ID+"/activities", cardActivity(card), &msg); status != http.StatusCreated {
		r.t.Fatalf("send card to %s: %d", to, status)
	}
	return msg.ID
}

func cardActivity(card string) map[string]any {
	return map[string]any{"type": "message", "attachments": []any{
		map[string]any{"contentType": cardType, "content": json.RawMessage(card)},
	}}
}

// fakeBot checks the token of every activity as a real bot must, keeps the
// activities, and answers what the test wants.
type fakeBot struct {
	t       *testing.T
	web     *httptest.Server
	sandbox string

	mu     sync.Mutex
	got    []activity
	answer func(activity) (int, any)
}

func newFakeBot(t *testing.T, sandbox string) *fakeBot {
	b := &fakeBot{t: t, sandbox: sandbox}
	b.web = httptest.NewServer(b)
	t.Cleanup(b.web.Close)
	return b
}

func (b *fakeBot) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var a activity
	if err := json.NewDecoder(r.Body).Decode(&a); err != nil {
		b.t.Errorf("activity: %v", err)
	}
	if err := b.verify(r.Header.Get("Authorization"), a); err != nil {
		b.t.Errorf("token: %v", err)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	b.mu.Lock()
	b.got = append(b.got, a)
	answer := b.answer
	b.mu.Unlock()
	if answer == nil {
		return
	}
	status, body := answer(a)
	if status == 0 {
		panic(http.ErrAbortHandler)
	}
	writeJSON(w, status, body)
}

func (b *fakeBot) verify(header string, a activity) error {
	var meta openIDMetadata
	var keys struct{ Keys []jsonWebKey }
	if err := b.get(b.sandbox+"/v1/.well-known/openidconfiguration", &meta); err != nil {
		return err
	}
	if err := b.get(meta.Keys, &keys); err != nil {
		return err
	}
	claims := jwt.MapClaims{}
	_, err := jwt.NewParser(jwt.WithValidMethods([]string{"RS256"}), jwt.WithIssuer("https://api.botframework.com"),
		jwt.WithAudience(FixedAppID), jwt.WithExpirationRequired(), jwt.WithTimeFunc(func() time.Time { return start })).
		ParseWithClaims(strings.TrimPrefix(header, "Bearer "), claims, func(t *jwt.Token) (any, error) {
			for _, k := range keys.Keys {
				if k.ID == t.Header["kid"] && slices.Contains(k.Endorsements, a.ChannelID) {
					n, err := base64.RawURLEncoding.DecodeString(k.N)
					return &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: 65537}, err
				}
			}
			return nil, errors.New("no endorsed key")
		})
	if err != nil {
		return err
	}
	if claims["serviceurl"] != a.ServiceURL {
		return fmt.Errorf("serviceurl %v, activity %s", claims["serviceurl"], a.ServiceURL)
	}
	return nil
}

func (b *fakeBot) get(at string, into any) error {
	res, err := http.Get(at)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	return json.NewDecoder(res.Body).Decode(into)
}

func (b *fakeBot) answers(f func(activity) (int, any)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.answer = f
}

// taken returns the activities since the last look.
func (b *fakeBot) taken() []activity {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := b.got
	b.got = nil
	return list
}

// last is the only activity of a type since the last look.
func (b *fakeBot) last(kind string) activity {
	b.t.Helper()
	var found []activity
	for _, a := range b.taken() {
		if a.Type == kind {
			found = append(found, a)
		}
	}
	if len(found) != 1 {
		b.t.Fatalf("the bot got %d activities of type %s, want 1", len(found), kind)
	}
	return found[0]
}

// fakeDirectory holds the fixed people but for the starter.
type fakeDirectory struct {
	mu      sync.Mutex
	users   map[string]directoryUser
	members []string
	faults  []string
}

func newDirectory() *fakeDirectory {
	d := &fakeDirectory{users: map[string]directoryUser{}}
	for _, p := range Known() {
		if p.Key != "starter" && p.Tenant == FixedTenant {
			d.users[p.ID] = directoryUser{ID: p.ID, DisplayName: p.Name, UPN: p.UPN, JobTitle: "Tester", AccountEnabled: true}
		}
	}
	return d
}

func (d *fakeDirectory) put(u directoryUser) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.users[u.ID] = u
}

func (d *fakeDirectory) User(id string) (json.RawMessage, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, u := range d.users {
		if u.ID == id || u.UPN == id {
			b, err := json.Marshal(u)
			return b, err == nil
		}
	}
	return nil, false
}

func (d *fakeDirectory) Users() json.RawMessage {
	d.mu.Lock()
	defer d.mu.Unlock()
	list := []directoryUser{}
	for _, u := range d.users {
		list = append(list, u)
	}
	slices.SortFunc(list, func(a, b directoryUser) int { return strings.Compare(a.ID, b.ID) })
	b, err := json.Marshal(list)
	if err != nil {
		return nil
	}
	return b
}

func (d *fakeDirectory) PatchUser(id string, props map[string]json.RawMessage) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	u := d.users[id]
	for k, v := range props {
		if k != "accountEnabled" {
			return fmt.Errorf("property %s is not known", k)
		}
		if err := json.Unmarshal(v, &u.AccountEnabled); err != nil {
			return err
		}
	}
	d.users[id] = u
	return nil
}

func (d *fakeDirectory) AddMember(group, user string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.members = append(d.members, "+"+group+" "+user)
	return nil
}

func (d *fakeDirectory) RemoveMember(group, user string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.members = append(d.members, "-"+group+" "+user)
	return nil
}

func (d *fakeDirectory) Groups() json.RawMessage     { return json.RawMessage(`[]`) }
func (d *fakeDirectory) Licences() json.RawMessage   { return json.RawMessage(`[]`) }
func (d *fakeDirectory) Changes(int) json.RawMessage { return json.RawMessage(`[]`) }

func (d *fakeDirectory) SetFault(kind, match string, _ int, _ float64) (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.faults = append(d.faults, kind+" "+match)
	return "graph-1", nil
}

func (d *fakeDirectory) Faults() json.RawMessage {
	d.mu.Lock()
	defer d.mu.Unlock()
	list := []map[string]any{}
	for _, f := range d.faults {
		list = append(list, map[string]any{"kind": f, "fired": 0})
	}
	b, err := json.Marshal(list)
	if err != nil {
		return nil
	}
	return b
}

func (d *fakeDirectory) ClearFaults() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.faults = nil
}

// fakeCases is work with due times; running a piece may make another due.
type fakeCases struct {
	clock  *Clock
	mu     sync.Mutex
	due    []time.Time
	again  time.Duration // the first piece makes one more, this much later
	ranAt  []time.Time
	frozen bool
}

func (c *fakeCases) Cases(context.Context) (json.RawMessage, error) {
	return json.RawMessage(`[{"ref":"J-2026-0001"}]`), nil
}

func (c *fakeCases) Case(_ context.Context, ref string) (json.RawMessage, bool, error) {
	return json.RawMessage(`{"ref":"J-2026-0001"}`), ref == "J-2026-0001", nil
}

func (c *fakeCases) Log(_ context.Context, ref string) (json.RawMessage, error) {
	if ref == "broken" {
		return nil, errors.New("log is broken")
	}
	return json.RawMessage(`[]`), nil
}

func (c *fakeCases) Settle(context.Context) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.frozen {
		return 0, nil
	}
	now, ran, left := c.clock.Now(), 0, []time.Time(nil)
	for _, d := range c.due {
		if d.After(now) {
			left = append(left, d)
			continue
		}
		ran++
		c.ranAt = append(c.ranAt, now)
		if c.again > 0 {
			left = append(left, now.Add(c.again))
			c.again = 0
		}
	}
	c.due = left
	return ran, nil
}

func (c *fakeCases) NextDue(context.Context) (time.Time, bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.due) == 0 {
		return time.Time{}, false, nil
	}
	return slices.MinFunc(c.due, time.Time.Compare), true, nil
}
