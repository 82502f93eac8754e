package load

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"muster/flows"
	"muster/store"
	"muster/store/boltkv"
)

// graph stands before the simulator: it takes its time, and holds the bot to a quota of writes.
type graph struct {
	sim   http.Handler
	slow  atomic.Int64 // nanoseconds to every answer
	quota atomic.Pointer[quota]
}

func (g *graph) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if d := time.Duration(g.slow.Load()); d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
			return
		}
	}
	if q := g.quota.Load(); q != nil && writes(r) {
		if wait, ok := q.take(time.Now()); !ok {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())+1))
			w.Header().Set("x-ms-throttle-information", "WriteLimitExceeded")
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = w.Write([]byte(`{"error":{"code":"TooManyRequests","message":"Too many requests."}}`)) // a client that hung up learns nothing
			return
		}
	}
	g.sim.ServeHTTP(w, r)
}

// writes reports whether Graph counts a request as a write. What is asked by POST is none.
func writes(r *http.Request) bool {
	if r.Method == http.MethodGet || !strings.HasPrefix(r.URL.Path, "/v1.0/") {
		return false
	}
	for _, asks := range []string{"/checkMemberGroups", "/getMemberGroups", "/getByIds", "/$batch"} {
		if strings.HasSuffix(r.URL.Path, asks) {
			return false
		}
	}
	return true
}

// quota lets so many requests through in a window that begins with its first one, as Graph's limits of so many in so many seconds do.
type quota struct {
	most   int
	window time.Duration

	mu      sync.Mutex
	began   time.Time
	inside  int
	taken   int
	refused int
	last    time.Time // when the last one was taken
}

// take counts a request, or says how long until one is taken again.
func (q *quota) take(now time.Time) (time.Duration, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if now.Sub(q.began) >= q.window {
		q.began, q.inside = now, 0
	}
	if q.inside == q.most {
		q.refused++
		return q.window - now.Sub(q.began), false
	}
	q.inside++
	q.taken++
	q.last = now
	return 0, true
}

func (q *quota) counts() (taken, refused int, last time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.taken, q.refused, q.last
}

// ready is what the benchmarks of plans begin with: everybody is known, there is a channel for IT and a licence for everybody who comes.
func (b *bot) ready() {
	b.tb.Helper()
	b.greet()
	check(b.tb, b.sim.LeaveSeats("SPB", 5000))
	w, err := b.dial()
	if err != nil {
		b.tb.Fatal(err)
	}
	for _, id := range channels() {
		a := b.activity("installationUpdate", b.who("Olivia Grant"))
		a.Action, a.Conversation = "add", conversation{"channel", tenant, id}
		a.ChannelData.Channel.ID = id
		if _, err := w.post(encoded(a)); err != nil {
			b.tb.Fatal(err)
		}
	}
	check(b.tb, w.conn.Close())
}

// hire puts n people into the directory who never write to the bot, each with a manager.
func (b *bot) hire(n int) []person {
	b.tb.Helper()
	boss := b.who("Tom Hughes")
	all := b.accounts("Leaver", n)
	for _, p := range all {
		check(b.tb, b.sim.PatchUser(p.ID, map[string]json.RawMessage{
			"manager": encoded(boss.ID), "signInSessionsValidFromDateTime": encoded("2026-01-05T09:00:00Z"),
		}))
	}
	return all
}

// accounts makes n accounts of people with that given name.
func (b *bot) accounts(given string, n int) []person {
	b.tb.Helper()
	var tok struct {
		Token string `json:"access_token"`
	}
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {graphApp}, "client_secret": {"rig"}, "scope": {"https://graph.microsoft.com/.default"}}
	b.ask("/"+tenant+"/oauth2/v2.0/token", "application/x-www-form-urlencoded", "", form.Encode(), &tok)
	all := make([]person, n)
	for i := range all {
		nick := strings.ToLower(given) + strconv.Itoa(i)
		b.ask("/v1.0/users", "application/json", tok.Token, string(encoded(map[string]any{
			"accountEnabled": true, "displayName": given + " Number" + letters(i), "givenName": given, "surname": "Number" + letters(i), "mailNickname": nick,
			"userPrincipalName": nick + "@larkfield.example", "officeLocation": "London", "usageLocation": "GB", "passwordProfile": map[string]string{"password": rand.Text() + "a1!"},
		})), &all[i])
	}
	return all
}

// ask posts to the simulator and reads its answer.
func (b *bot) ask(path, kind, token, body string, into any) {
	b.tb.Helper()
	r := httptest.NewRequestWithContext(b.tb.Context(), http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", kind)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	b.sim.ServeHTTP(w, r)
	if w.Code >= 300 {
		b.tb.Fatalf("ask the simulator: %d %s", w.Code, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
		b.tb.Fatal(err)
	}
}

// records stops the bot and reads the log of each case out of its store.
func (b *bot) records(cases []string) [][]flows.Record {
	b.tb.Helper()
	b.stop()
	dir := filepath.Join(b.dir, "data", tenant)
	db, err := boltkv.Open(filepath.Join(dir, store.DatabaseFile), boltkv.Options{})
	if err != nil {
		b.tb.Fatal(err)
	}
	defer func() { check(b.tb, db.Close()) }()
	ctx := context.WithoutCancel(b.tb.Context())
	st, err := store.Open(ctx, db, store.Options{Dir: dir, Origin: tenant, Now: time.Now, Rand: rand.Reader})
	if err != nil {
		b.tb.Fatal(err)
	}
	defer st.Close()
	all := make([][]flows.Record, len(cases))
	for i, ref := range cases {
		if all[i], err = st.Records(ctx, flows.CaseID(ref)); err != nil {
			b.tb.Fatal(err)
		}
	}
	return all
}

// sessionsEnded reports whether the simulator ended somebody's sessions.
func (b *bot) sessionsEnded(p person) bool {
	raw, ok := b.sim.User(p.ID)
	var u struct {
		At time.Time `json:"sessionsRevokedAt"`
	}
	return ok && json.Unmarshal(raw, &u) == nil && !u.At.IsZero()
}

// enabled counts the people whose sign-in is open.
func (b *bot) enabled() int {
	var all []person
	if err := json.Unmarshal(b.sim.Users(), &all); err != nil {
		b.tb.Fatal(err)
	}
	n := 0
	for _, p := range all {
		if p.Enabled && !p.Deleted {
			n++
		}
	}
	return n
}

// until waits for something that the bot does.
func (b *bot) until(what string, longest time.Duration, done func() bool) {
	b.tb.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for began := time.Now(); !done(); <-tick.C {
		if time.Since(began) > longest {
			b.tb.Fatalf("after %v still not: %s\n%s", longest, what, b.whatElse())
		}
	}
}

// percentiles reports the middle, the 99th percentile and the greatest of some times, in milliseconds.
func percentiles(bm *testing.B, name string, all []time.Duration) {
	bm.Helper()
	sorted := slices.Sorted(slices.Values(all))
	bm.ReportMetric(percentile(sorted, 50), name+"-p50-ms")
	bm.ReportMetric(percentile(sorted, 99), name+"-p99-ms")
	bm.ReportMetric(percentile(sorted, 100), name+"-max-ms")
}
