package setup

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/store"
	"muster/store/boltkv"
)

var update = flag.Bool("update", false, "write DOCTOR.md")

// tree is every file of a folder with its content, but for the lock times of the store.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		out[path] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestDoctorFindsNothing(t *testing.T) {
	w := whole(t)
	var before map[string]string
	w.after = func() { before = tree(t, w.dir) }
	seen := map[Check]bool{}
	for _, f := range w.examine() {
		seen[f.Check] = true
		// Larkfield has a licence without a free seat, and mailboxes are granted as a whole.
		if f.Level == Wrong || f.Level == Warn && f.Check != Seats && f.Check != Permissions {
			t.Errorf("%+v", f)
		}
	}
	for _, c := range checks() {
		if !seen[c.check] {
			t.Errorf("nothing is said of %s", c.check)
		}
	}
	if d := cmp.Diff(before, tree(t, w.dir)); d != "" {
		t.Error("the doctor changed the installation", d)
	}
	if c := string(w.sim.Changes(0)); c != "[]" {
		t.Error("the doctor changed the tenant:", c)
	}
}

func TestDoctorFindsTheFault(t *testing.T) {
	answers := func(status int, code int) func(http.ResponseWriter, *http.Request) {
		return func(rw http.ResponseWriter, _ *http.Request) {
			rw.WriteHeader(status)
			fmt.Fprintf(rw, `{"error":"x","error_codes":[%d],"error_description":"AADSTS%d: hush-bot"}`, code, code)
		}
	}
	refuse := func(n int) func(*installation) {
		return func(w *installation) {
			w.opts.Secret = func(_, s string) int {
				if s == "hush-graph" {
					return n
				}
				return 0
			}
		}
	}
	without := func(p string) func(*installation) {
		return func(w *installation) {
			w.opts.Permissions[graphApp] = slices.DeleteFunc(w.opts.Permissions[graphApp], func(q string) bool { return p == q })
		}
	}
	write := func(from, to string) func(*installation) {
		return func(w *installation) {
			if !strings.Contains(w.policy, from) {
				w.t.Fatalf("the policy has no %q", from)
			}
			w.policy = strings.Replace(w.policy, from, to, 1)
		}
	}
	set := func(from, to string) func(*installation) {
		return func(w *installation) { w.config = strings.Replace(w.config, from, to, 1) }
	}
	late := func(off time.Duration) func(*installation) {
		return func(w *installation) { w.now = func() time.Time { return time.Now().Add(off) } }
	}
	at := func(f func(w *installation) error) func(*installation) {
		return func(w *installation) {
			w.after = func() {
				if err := f(w); err != nil {
					w.t.Fatal(err)
				}
			}
		}
	}
	for name, tt := range map[string]struct {
		plant func(*installation)
		check Check
		level Level
		want  string // in what it says
		fix   string
	}{
		"config with an unknown key":     {func(w *installation) { w.config += "colour: red\n" }, ConfigFile, Wrong, "colour", "Correct the file"},
		"secret readable by others":      {at(func(w *installation) error { return os.Chmod(filepath.Join(w.dir, "graph.secret"), 0o644) }), SecretFiles, Wrong, "graph.secret (mode 0644)", "chmod 600"},
		"secret missing":                 {at(func(w *installation) error { return os.Remove(filepath.Join(w.dir, "teams.secret")) }), SecretFiles, Wrong, "teams.secret does not exist", "Put the file"},
		"secret empty":                   {at(func(w *installation) error { return os.Truncate(filepath.Join(w.dir, "teams.secret"), 0) }), SecretFiles, Wrong, "is empty", "Write"},
		"bot's credential gone":          {at(func(w *installation) error { return os.Remove(filepath.Join(w.dir, "teams.secret")) }), BotToken, Wrong, "cannot be opened", "credential"},
		"policy writable by others":      {at(func(w *installation) error { return os.Chmod(filepath.Join(w.dir, "policy.yaml"), 0o666) }), SecretFiles, Warn, "who approves what", "chmod go-w"},
		"one secret for two tenants":     {oneSecret, SecretFiles, Wrong, "is that of tenants[0].intake[0]", "a secret of its own"},
		"policy missing":                 {at(func(w *installation) error { return os.Remove(filepath.Join(w.dir, "policy.yaml")) }), PolicyFile, Wrong, "no such file", "muster init"},
		"policy torn":                    {write("time_zone: Europe/London", "time_zone: Europe/Lundon"), PolicyFile, Wrong, "Europe/Lundon", "muster policy check"},
		"wrong secret":                   {refuse(7000215), GraphToken, Wrong, "secret is wrong (AADSTS7000215)", "value, not its id"},
		"expired secret":                 {refuse(7000222), GraphToken, Wrong, "has expired (AADSTS7000222)", "without a restart"},
		"certificate unknown":            {refuse(700027), GraphToken, Wrong, "certificate", "Upload"},
		"app switched off":               {refuse(7000112), GraphToken, Wrong, "switched off", "Switch it on"},
		"Conditional Access":             {refuse(53003), GraphToken, Wrong, "Conditional Access", "sign in"},
		"a number nobody knows":          {refuse(4711), GraphToken, Wrong, "AADSTS4711", "Look the number up"},
		"app not in the tenant":          {func(w *installation) { w.opts.Permissions = map[string][]string{} }, GraphToken, Wrong, "no such app (AADSTS700016)", "app id"},
		"another tenant":                 {set("tenant_id: 1", "tenant_id: 2"), GraphToken, Wrong, "no such tenant (AADSTS90002)", "teams.tenant_id"},
		"authority down":                 {set("authority: $BOT", "authority: http://127.0.0.1:1"), BotToken, Wrong, "did not answer", "network"},
		"authority out of order":         {func(w *installation) { w.bot = answers(503, 0) }, BotToken, Wrong, "answered 503", "Wait"},
		"bot's secret expired":           {func(w *installation) { w.bot = answers(401, 7000222) }, BotToken, Wrong, "The bot gets no token: the client secret has expired", "new secret"},
		"one app for both":               {set(graphApp, botApp), GraphToken, Warn, "the same app", "second app"},
		"permission missing":             {without("User.RevokeSessions.All"), Permissions, Good, "", ""}, // User.ReadWrite.All stands in
		"strong permission missing":      {without("UserAuthMethod-TAP.ReadWrite.All"), Permissions, Good, "", ""},
		"permission of a task missing":   {without("DelegatedPermissionGrant.ReadWrite.All"), Permissions, Wrong, "DelegatedPermissionGrant.ReadWrite.All is missing: remove_consents cannot run", "Grant admin consent"},
		"permission by Exchange":         {without("Mail.Send"), Permissions, Good, "", ""},
		"mailbox permission not granted": {without("MailboxSettings.ReadWrite"), Permissions, Warn, "only if Exchange grants it", "Test-ServicePrincipalAuthorization"},
		"permission too many": {func(w *installation) {
			w.opts.Permissions[graphApp] = append(w.opts.Permissions[graphApp], "Sites.FullControl.All")
		}, Permissions, Warn, "Sites.FullControl.All is granted and nothing", "Take it away"},
		"directory role missing":    {func(w *installation) { w.opts.Roles[graphApp] = nil }, AdminRole, Wrong, "not the directory role User Administrator: reset_password cannot run", "Assign the role"},
		"another role":              {func(w *installation) { w.opts.Roles[graphApp] = []string{"Helpdesk Administrator"} }, AdminRole, Wrong, "User Administrator", "Assign the role"},
		"too strong a role":         {func(w *installation) { w.opts.Roles[graphApp] = []string{"Global Administrator"} }, AdminRole, Warn, "Global Administrator", "Take the role away"},
		"roles cannot be read":      {without("Directory.Read.All"), AdminRole, Warn, "cannot be read", "Directory.Read.All"},
		"group missing":             {write("groups: [HR Staff]", "groups: [HR Stuff]"), Tenant, Wrong, `roles.hr: there is no group "HR Stuff"`, "Correct the name"},
		"licence missing":           {write("licence: SPB", "licence: SPX"), Tenant, Wrong, "SPX", "Correct the name"},
		"approver misspelt":         {write("people: [aisha.khan@", "people: [aisha.cann@"), Tenant, Wrong, "aisha.cann@larkfield.example is not in the directory", "Correct"},
		"protected account missing": {write("[oscar.lind@", "[oskar.lind@"), Tenant, Wrong, "leaver.protected[0]", "Correct"},
		"approver blocked": {func(w *installation) {
			if err := w.simulate().PatchUser(aisha, map[string]json.RawMessage{"accountEnabled": json.RawMessage("false")}); err != nil {
				w.t.Fatal(err)
			}
		}, Tenant, Wrong, "blocked", "Microsoft 365"},
		"no free seat":       {func(*installation) {}, Seats, Warn, "No seat of VISIOCLIENT is free", "Buy"},
		"domain of others":   {write("domain: larkfield.example", "domain: larkfeld.example"), Domain, Wrong, "larkfeld.example is not a verified domain", "domain"},
		"nobody protected":   {write("[oscar.lind@larkfield.example]\n  # What", "[]\n  # What"), Protected, Warn, "protects no account", "break-glass"},
		"pass too long":      {write("minutes: 60", "minutes: 43200"), Passes, Wrong, "43200 minutes, and the tenant allows", "joiner.credential"},
		"pass rules unread":  {without("Policy.Read.AuthenticationMethod"), Passes, Warn, "cannot be read", "Policy.Read.AuthenticationMethod"},
		"clock ahead":        {late(10*time.Minute + 30*time.Second), Clock, Wrong, "10m", "time synchronisation"},
		"clock behind":       {late(-2*time.Minute - 30*time.Second), Clock, Warn, "2m", "time synchronisation"},
		"Graph out of reach": {set("base_url: $GRAPH", "base_url: http://127.0.0.1:1"), Clock, Wrong, "does not answer", "network"},
		"no store yet":       {func(w *installation) { w.memos = nil }, Store, Warn, "There is no store", "first muster serve"},
		"store damaged": {at(func(w *installation) error {
			return os.Truncate(filepath.Join(w.tenantDir(), store.DatabaseFile), 5000)
		}), Store, Wrong, "too short", "Restore"},
		"log rewritten": {at(func(w *installation) error {
			return os.WriteFile(filepath.Join(w.tenantDir(), store.CheckpointFile), []byte("nonsense"), 0o600)
		}), Store, Wrong, "checkpoint", "Restore"},
		"store held": {at(func(w *installation) error {
			db, err := boltkv.Open(filepath.Join(w.tenantDir(), store.DatabaseFile), boltkv.Options{})
			if err == nil {
				w.t.Cleanup(func() { db.Close() })
			}
			return err
		}), Store, Warn, "does not answer on 127.0.0.1:1", "only one Muster"},
		"key missing":            {at(func(w *installation) error { return os.Remove(filepath.Join(w.tenantDir(), store.KeyFile)) }), Key, Wrong, "is missing", "backup"},
		"key readable":           {at(func(w *installation) error { return os.Chmod(filepath.Join(w.tenantDir(), store.KeyFile), 0o640) }), Key, Wrong, "mode 0640", "chmod 600"},
		"channel never met":      {func(w *installation) { delete(w.memos, "reach/channel/19:it@thread.tacv2") }, Channel, Warn, "never met in IT's channel", "Add the app"},
		"channel left":           {func(w *installation) { w.memos["reach/channel/19:owners@thread.tacv2"] = place(true) }, Channel, Wrong, "removed from the owners' channel", "Add the app"},
		"no owners' channel":     {write("  owners: 19:owners@thread.tacv2\n", ""), Channel, Warn, "no channel for the owners", "channels.owners"},
		"approver never met":     {func(w *installation) { delete(w.memos, "reach/person/"+aisha) }, Reach, Warn, "1 of 1 with the role approvers were never met in Teams: Aisha Khan", "setup policy"},
		"approver took it away":  {func(w *installation) { w.memos["reach/person/"+aisha] = place(true) }, Reach, Wrong, "Aisha Khan took Muster away", "Install"},
		"endpoint not asked":     {func(w *installation) { w.args.Endpoint = "-" }, Endpoint, Wrong, "not an https address", "https"},
		"endpoint plain":         {func(w *installation) { w.args.Endpoint = "http://muster.example/api/messages" }, Endpoint, Wrong, "not an https address", "https"},
		"endpoint elsewhere":     {func(w *installation) { w.args.Endpoint = "http://127.0.0.1:1/messages" }, Endpoint, Wrong, "/api/messages", "messaging endpoint"},
		"endpoint silent":        {func(w *installation) { w.args.Endpoint = "http://127.0.0.1:1/api/messages" }, Endpoint, Wrong, "Nobody answers", "proxy"},
		"endpoint lets in":       {func(w *installation) { w.public = func(http.ResponseWriter, *http.Request) {} }, Endpoint, Wrong, "no token (200)", "Look which"},
		"endpoint lost":          {func(w *installation) { w.public = http.NotFound }, Endpoint, Wrong, "answers 404", "proxy passes"},
		"endpoint's certificate": {func(w *installation) { w.tls = true }, Endpoint, Wrong, "certificate of 127.0.0.1", "Renew"},
		"endpoint sends to login": {func(w *installation) {
			w.public = http.RedirectHandler("https://login.example", http.StatusFound).ServeHTTP
		}, Endpoint, Wrong, "answers 302", "proxy"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := whole(t)
			tt.plant(w)
			found := w.examine()
			if tt.level == Good {
				for _, f := range found {
					if f.Check == tt.check && f.Level == Wrong {
						t.Errorf("%+v", f)
					}
				}
				return
			}
			for _, f := range found {
				if f.Check == tt.check && f.Level == tt.level && strings.Contains(f.What, tt.want) && strings.Contains(f.Fix, tt.fix) {
					return
				}
			}
			t.Errorf("there is no %s of %s about %q, but", tt.level, tt.check, tt.want)
			for _, f := range found {
				t.Logf("%s %s %s %s", f.Level, f.Check, f.What, f.Fix)
			}
		})
	}
}

func TestDoctorAsksWhoeverRuns(t *testing.T) {
	for status, want := range map[int]Level{http.StatusOK: Good, http.StatusServiceUnavailable: Wrong} {
		w := whole(t)
		w.public = func(rw http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/readyz/") {
				rw.WriteHeader(status)
				return
			}
			rw.WriteHeader(http.StatusMethodNotAllowed)
		}
		w.after = func() {
			db, err := boltkv.Open(filepath.Join(w.tenantDir(), store.DatabaseFile), boltkv.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { db.Close() })
			w.env["MUSTER_LISTEN"] = strings.TrimSuffix(strings.TrimPrefix(w.args.Endpoint, "http://"), "/api/messages")
		}
		found := w.examine()
		if !slices.ContainsFunc(found, func(f Finding) bool {
			return f.Check == Store && f.Level == want && strings.Contains(f.What, "Muster is running")
		}) {
			t.Errorf("%d: %+v", status, found)
		}
	}
}

func TestDoctorPrintsLines(t *testing.T) {
	w := whole(t)
	w.start()
	w.args.Config = filepath.Join(w.dir, "muster.yaml")
	read, write := io.Pipe()
	go func() {
		write.CloseWithError(w.args.Run(Desk{Ctx: t.Context(), Out: write, Now: w.now, Getenv: func(string) string { return "" }, Log: nil}))
	}()
	b, err := io.ReadAll(read)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		if level, _, _ := strings.Cut(line, " "); level != "good" && level != "warn" {
			t.Errorf("line %q", line)
		}
	}
}

// TestReference holds DOCTOR.md and the code together.
func TestReference(t *testing.T) {
	if *update {
		if err := os.WriteFile("DOCTOR.md", []byte(Reference()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile("DOCTOR.md")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(Reference(), string(b)); d != "" {
		t.Errorf("run with -update: %s", d)
	}
}

// oneSecret makes the installation the first of two tenants, whose HR systems sign with the same secret.
func oneSecret(w *installation) {
	common, own, _ := strings.Cut(w.config, "teams:\n")
	hr := "    intake:\n      - {source: payroll, secret_file: ./FILE, draft_to: hannah.reed@larkfield.example}\n"
	first := "  - policy: ./policy.yaml\n    teams:\n" + "      " + strings.TrimSpace(strings.ReplaceAll(own, "\n", "\n    ")) + "\n"
	second := strings.NewReplacer(tenantID, "22222222-2222-2222-2222-222222222222", botApp, "00000000-0000-0000-0000-0000000000b2", "policy.yaml", "other.yaml").Replace(first)
	w.config = common + "tenants:\n" + first + strings.Replace(hr, "FILE", "a.secret", 1) + second + strings.Replace(hr, "FILE", "b.secret", 1)
	w.args.Tenant = tenantID
	w.put("a.secret", strings.Repeat("s", 32))
	w.put("b.secret", strings.Repeat("s", 32)+"\n")
}
