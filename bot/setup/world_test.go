package setup

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"muster/flows"
	"muster/flows/graphsim"
	"muster/store"
	"muster/store/boltkv"
)

const (
	tenantID = "11111111-1111-1111-1111-111111111111"
	botApp   = "00000000-0000-0000-0000-0000000000b0"
	graphApp = "00000000-0000-0000-0000-0000000000c0"
	aisha    = "00000000-0000-4000-a000-000000000005"
)

// installation is a folder with a config, a policy, secrets and a store, beside a simulated tenant, the bot's token service and a public
// address. A test plants one fault before it looks.
type installation struct {
	t      *testing.T
	dir    string
	now    func() time.Time
	sim    *graphsim.Server
	opts   graphsim.Options
	policy string
	config string // of muster.yaml, with places for the addresses
	bot    http.HandlerFunc
	public http.HandlerFunc
	env    map[string]string
	args   Doctor
	tls    bool
	memos  map[string]string // of the store; nil: no store is made
	after  func()            // the last thing before the doctor comes, once all files are there
	graph  string            // address
}

const configText = `listen: 127.0.0.1:1
data_dir: ./kept
teams:
  app_id: 00000000-0000-0000-0000-0000000000b0
  tenant_id: 11111111-1111-1111-1111-111111111111
  authority: $BOT
  credential: {kind: secret, secret_file: ./teams.secret}
graph:
  base_url: $GRAPH/v1.0
  authority: $GRAPH
  client_id: 00000000-0000-0000-0000-0000000000c0
  credential: {kind: secret, secret_file: ./graph.secret}
`

func place(gone bool) string {
	b, err := json.Marshal(map[string]any{"ref": map[string]string{"conversation": "c"}, "gone": gone})
	if err != nil {
		panic(err)
	}
	return string(b)
}

// whole is an installation with which nothing is wrong.
func whole(t *testing.T) *installation {
	t.Helper()
	pol, err := os.ReadFile(filepath.Join("..", "sandbox", "policy.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	w := &installation{
		t: t, dir: t.TempDir(), now: time.Now, policy: strings.Replace(string(pol), "protected: []", "protected: [oscar.lind@larkfield.example]", 1),
		config: configText, env: map[string]string{}, memos: map[string]string{},
	}
	p, err := flows.ParsePolicy("policy.yaml", []byte(w.policy))
	if err != nil {
		t.Fatal(err)
	}
	granted := []string{"Policy.Read.AuthenticationMethod"}
	for _, g := range p.Permissions() {
		granted = append(granted, g.Permission)
	}
	w.opts = graphsim.Options{Now: time.Now, Seed: 1, Permissions: map[string][]string{graphApp: granted}, Roles: map[string][]string{graphApp: {"User Administrator"}}}
	w.bot = func(rw http.ResponseWriter, r *http.Request) {
		enc := base64.RawURLEncoding.EncodeToString
		token := enc([]byte(`{}`)) + "." + enc(fmt.Appendf(nil, `{"appid":%q,"tid":%q}`, botApp, tenantID)) + ".x"
		fmt.Fprintf(rw, `{"access_token":%q,"expires_in":3599}`, token)
	}
	w.public = func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusUnauthorized) }
	for _, n := range []int{1, 2, 5, 6, 7, 8, 9} {
		w.memos[fmt.Sprintf("reach/person/00000000-0000-4000-a000-%012x", n)] = place(false)
	}
	w.memos["reach/channel/19:it@thread.tacv2"] = place(false)
	w.memos["reach/channel/19:owners@thread.tacv2"] = place(false)
	return w
}

func (w *installation) put(name, text string) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, name), []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

func (w *installation) tenantDir() string { return filepath.Join(w.dir, "kept", tenantID) }

// simulate opens the simulated tenant, for a fault in it.
func (w *installation) simulate() *graphsim.Server {
	w.t.Helper()
	if w.sim == nil {
		var err error
		if w.sim, err = graphsim.New(w.opts); err != nil {
			w.t.Fatal(err)
		}
	}
	return w.sim
}

func (w *installation) keepStore() {
	w.t.Helper()
	dir := w.tenantDir()
	db, err := boltkv.Open(filepath.Join(dir, store.DatabaseFile), boltkv.Options{})
	if err != nil {
		w.t.Fatal(err)
	}
	st, err := store.Open(w.t.Context(), db, store.Options{Dir: dir, Origin: tenantID, Now: w.now, Rand: zeros{}})
	if err != nil {
		w.t.Fatal(err)
	}
	var ch flows.Change
	for k, v := range w.memos {
		ch.Memos = append(ch.Memos, flows.Memo{Key: k, Value: []byte(v)})
	}
	if err := st.Commit(w.t.Context(), ch); err != nil {
		w.t.Fatal(err)
	}
	if _, err := st.Checkpoint(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	st.Close()
	if err := db.Close(); err != nil {
		w.t.Fatal(err)
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// start brings up the addresses and writes the files.
func (w *installation) start() {
	w.t.Helper()
	serve := func(h http.Handler) *httptest.Server {
		s := httptest.NewServer(h)
		w.t.Cleanup(s.Close)
		return s
	}
	w.graph = serve(w.simulate()).URL
	bot := serve(w.bot).URL
	var public *httptest.Server
	if w.tls {
		public = httptest.NewTLSServer(w.public)
		public.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError) // the doctor hangs up on it
		w.t.Cleanup(public.Close)
	} else {
		public = serve(w.public)
	}
	if w.args.Endpoint == "" {
		w.args.Endpoint = public.URL + "/api/messages"
	}
	w.put("muster.yaml", strings.NewReplacer("$GRAPH", w.graph, "$BOT", bot).Replace(w.config))
	w.put("policy.yaml", w.policy)
	w.put("teams.secret", "hush-bot\n")
	w.put("graph.secret", "hush-graph\n")
	if w.memos != nil {
		w.keepStore()
	}
	if w.after != nil {
		w.after()
	}
}

// examine asks the doctor.
func (w *installation) examine() []Finding {
	w.t.Helper()
	w.start()
	c := w.args
	c.Config, c.JSON = filepath.Join(w.dir, "muster.yaml"), true
	var out bytes.Buffer
	err := c.Run(Desk{Ctx: w.t.Context(), Out: &out, Now: w.now, Getenv: func(k string) string { return w.env[k] }, Log: slog.New(slog.NewTextHandler(w.t.Output(), nil))})
	var got struct{ Findings []Finding }
	if bad := json.Unmarshal(out.Bytes(), &got); bad != nil {
		w.t.Fatalf("%v: %s", bad, out.String())
	}
	bad := false
	for _, f := range got.Findings {
		bad = bad || f.Level == Wrong
		if f.What == "" || (f.Fix == "") != (f.Level == Good) || strings.ContainsAny(f.What+f.Fix, "\n!") && !strings.Contains(f.What, "\\n") {
			w.t.Errorf("finding %+v is not one sentence and its fix", f)
		}
		for _, secret := range []string{"hush-bot", "hush-graph"} {
			if strings.Contains(f.What+f.Fix, secret) {
				w.t.Errorf("finding %+v tells a secret", f)
			}
		}
	}
	if (err != nil) != bad {
		w.t.Errorf("the command says %v of findings %v", err, got.Findings)
	}
	return got.Findings
}
