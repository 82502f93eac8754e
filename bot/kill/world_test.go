package kill

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"muster/bot/sandbox"
	"muster/flows"
	"muster/store"
)

// world is one organisation: its Teams and Microsoft 365, which outlive everything, and a bot that dies and is started again.
type world struct {
	tb   testing.TB
	seed uint64
	dir  string // config, secret, policy, and what the processes say
	data string // of the bot
	at   plan
	bot  *process // nil: dead
}

// newWorld starts what is outside the bot. The bot itself is not started.
func newWorld(tb testing.TB, seed uint64, data string) *world {
	tb.Helper()
	dir := tb.TempDir()
	if data == "" {
		data = filepath.Join(dir, "data")
	}
	w := &world{tb: tb, seed: seed, dir: dir, data: data}
	ports, err := freePorts(3, seed)
	if err != nil {
		tb.Fatal(err)
	}
	w.at = plan{Teams: ports[0], Graph: ports[1], Bot: ports[2], Dir: dir, Seed: seed, Visibility: 1500 * time.Millisecond}
	b, err := json.Marshal(w.at)
	if err != nil {
		tb.Fatal(err)
	}
	w.write("outside.json", string(b))
	w.configure()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asOutside+"="+filepath.Join(dir, "outside.json"))
	life, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	out, err := begin(cmd)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := life.Close(); err != nil {
			tb.Error(err)
		}
		<-out.ended
		if out.result != nil {
			tb.Errorf("what is outside the bot ended badly: %v\n%s", out.result, out.said.String())
		}
	})
	if err := until(tb.Context(), 20*time.Second, func() bool { return w.status("http://"+w.at.Teams+"/sandbox/people") == http.StatusOK }); err != nil {
		tb.Fatalf("what is outside the bot does not start: %v\n%s", err, out.said.String())
	}
	return w
}

func (w *world) write(name, text string) {
	w.tb.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, name), []byte(text), 0o600); err != nil {
		w.tb.Fatal(err)
	}
}

// configure writes what `muster serve` is started with. Only addresses and the policy differ from production.
func (w *world) configure() {
	w.tb.Helper()
	policy, err := alwaysOpen(string(sandbox.DefaultPolicy))
	if err != nil {
		w.tb.Fatal(err)
	}
	w.write("policy.yaml", policy)
	w.write("secret", "rig")
	w.write("muster.yaml", fmt.Sprintf(`listen: %[1]s
data_dir: %[2]s
policy: policy.yaml
teams:
  app_id: %[3]s
  tenant_id: %[4]s
  openid_metadata: http://%[5]s/.well-known/openidconfiguration
  service_url_hosts: [%[5]q]
  service_url: http://%[5]s
  authority: http://%[5]s
  credential: {kind: secret, secret_file: secret}
graph:
  base_url: http://%[6]s/v1.0
  authority: http://%[6]s
  client_id: 00000000-0000-0000-0000-0000000000c0
  credential: {kind: secret, secret_file: secret}
`, w.at.Bot, w.data, sandbox.FixedAppID, sandbox.FixedTenant, w.at.Teams, w.at.Graph))
}

// sender is whose mailbox notices are sent from.
const sender = "uma.ferris@larkfield.example"

// alwaysOpen is a policy under which nothing waits for a day or an hour: what is announced for the past is due at once, whenever the test
// runs. Nothing else is made easier.
func alwaysOpen(policy string) (string, error) {
	for _, change := range [][2]string{
		{"    opens: \"09:00\"\n", "    opens: \"00:00\"\n"},
		{"    closes: \"17:30\"\n", "    closes: \"23:59\"\n"},
		{"    working_days: [mon, tue, wed, thu, fri]\n", "    working_days: [mon, tue, wed, thu, fri, sat, sun]\n"},
		{"    calendar: gb\n", "    calendar: none\n"},
		{"  Leeds:\n    time_zone: Europe/London\n", "  Leeds:\n    opens: \"00:00\"\n    closes: \"23:59\"\n    working_days: [mon, tue, wed, thu, fri, sat, sun]\n    calendar: none\n    time_zone: Europe/London\n"},
		{"licence_hold_days: 30", "licence_hold_days: 0"},
		{"handover_days: 5", "handover_days: 0"},
		{"cases_per_day: 50", "cases_per_day: 10000"},
		{"exits_per_hour: 20", "exits_per_hour: 10000"},
		{"exits_percent_per_day: 10", "exits_percent_per_day: 100"},
	} {
		if strings.Count(policy, change[0]) != 1 {
			return "", fmt.Errorf("the policy has %q not once", change[0])
		}
		policy = strings.Replace(policy, change[0], change[1], 1)
	}
	exits, err := exits()
	if err != nil {
		return "", err
	}
	return policy + `
mail_from: ` + sender + `
workflows:
  joiner:
    - {task: create_account, at: create_account}
    - {task: set_manager, at: create_account, after: [create_account]}
    - {task: assign_licences, at: access, after: [create_account]}
    - {task: add_to_group, at: access, after: [create_account]}
    - {task: add_to_team, at: access, after: [create_account]}
    - {task: manual, at: access}
    - {task: enable_account, at: enable, after: [create_account]}
    - {task: day_one_credential, at: enable, after: [enable_account]}
    - {task: welcome, at: enable, after: [enable_account]}
    - {task: send_mail, at: enable, after: [enable_account], to: manager, subject: "{name} can sign in", text: "{name} can sign in. Case {case}."}
    - {task: ask_started, at: ask_started, after: [enable_account]}
` + exits, nil
}

// exits are the built-in workflows of leavers, whose licences wait for all that needs the mailbox: there is no month between the two here.
func exits() (string, error) {
	_, built, ok := strings.Cut(flows.BuiltInWorkflows(), "\nleaver:\n")
	built, _, next := strings.Cut(built, "\nmover:\n")
	const licences = "  - task: remove_licence\n    at: release\n    after: [block_sign_in"
	if n := strings.Count(built, licences); !ok || !next || n != 2 {
		return "", fmt.Errorf("the built-in workflows of leavers take licences %d times", n)
	}
	built = strings.ReplaceAll("leaver:\n"+built, licences, licences+", automatic_reply, cancel_meetings, check_forwarding, share_onedrive")
	return "  " + strings.ReplaceAll(built, "\n", "\n  ") + "\n", nil
}

// given are the addresses that worlds of this run have: those of a bot are free while it is dead.
var given sync.Map

// freePorts finds addresses on which nobody listens, below those that systems give to outgoing connections: one that is free while the bot is
// dead must be free still when it is started again.
func freePorts(n int, seed uint64) ([]string, error) {
	chance := rand.New(rand.NewPCG(seed, uint64(os.Getpid()))) //nolint:gosec // a process id is no negative number
	var all []string
	for range 1000 {
		addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(10240+chance.IntN(20000)))
		l, err := net.Listen("tcp", addr)
		if err != nil {
			continue
		}
		if err := l.Close(); err != nil {
			return nil, err
		}
		if _, taken := given.LoadOrStore(addr, true); taken {
			continue
		}
		if all = append(all, addr); len(all) == n {
			return all, nil
		}
	}
	return nil, errors.New("no port is free")
}

// spoken is what a process says.
type spoken struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *spoken) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *spoken) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// process is a process that was started.
type process struct {
	cmd    *exec.Cmd
	began  time.Time
	said   spoken
	ended  chan struct{} // closed when it has ended; result is set before
	result error
}

func begin(cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd, ended: make(chan struct{}), began: time.Now()}
	cmd.Stdout, cmd.Stderr = &p.said, &p.said
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(p.ended)
		p.result = cmd.Wait()
	}()
	return p, nil
}

// kill ends it as a power cut would.
func (p *process) kill() error {
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	<-p.ended
	return nil
}

// start starts the bot and returns at once.
func (w *world) start() *process {
	w.tb.Helper()
	p, err := begin(exec.Command(binary, "serve", "--config", filepath.Join(w.dir, "muster.yaml")))
	if err != nil {
		w.tb.Fatal(err)
	}
	w.bot = p
	return p
}

// startTime is how long a start may take before the test gives up. What is measured is far less; machines differ.
const startTime = 30 * time.Second

var errEnded = errors.New("the bot ended by itself")

// ready waits until the bot answers that it is, or for as long as it may take.
func (w *world) ready(ctx context.Context, p *process, within time.Duration) (time.Duration, error) {
	var ended error
	err := until(ctx, within, func() bool {
		select {
		case <-p.ended:
			ended = fmt.Errorf("%w: %w\n%s", errEnded, p.result, p.said.String())
			return true
		default:
			return w.isReady()
		}
	})
	return time.Since(p.began), errors.Join(err, ended)
}

// isReady reports whether the bot says that it is ready.
func (w *world) isReady() bool { return w.status("http://"+w.at.Bot+"/readyz") == http.StatusOK }

// begun starts the bot and waits until it is ready.
func (w *world) begun() *process {
	w.tb.Helper()
	p := w.start()
	if _, err := w.ready(w.tb.Context(), p, startTime); err != nil {
		w.tb.Fatalf("not ready: %v\n%s", err, p.said.String())
	}
	return p
}

// kill cuts the bot's power.
func (w *world) kill() {
	w.tb.Helper()
	p := w.bot
	w.bot = nil
	if err := p.kill(); err != nil {
		w.tb.Fatal(err)
	}
}

// muster runs a command of the binary and gives what it said.
func (w *world) muster(args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(w.tb.Context()), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, binary, args...).CombinedOutput()
	return string(out), err
}

// database is the file of the bot's store.
func (w *world) database() string {
	return filepath.Join(w.data, sandbox.FixedTenant, store.DatabaseFile)
}

// stop ends the bot as an operator would.
func (w *world) stop() {
	w.tb.Helper()
	p := w.bot
	w.bot = nil
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		w.tb.Errorf("stop the bot: %v\n%s", err, p.said.String())
	}
	select {
	case <-p.ended:
		if p.result != nil {
			w.tb.Errorf("the bot ended badly: %v\n%s", p.result, p.said.String())
		}
	case <-time.After(time.Minute):
		w.tb.Errorf("the bot does not stop: %v", p.kill())
	}
}

var errPatience = errors.New("not within the time it may take")

// until asks again and again, every few milliseconds.
func until(ctx context.Context, within time.Duration, is func() bool) error {
	over := time.NewTimer(within)
	defer over.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-over.C:
			return errPatience
		case <-tick.C:
		}
	}
	return nil
}

// patient is who asks. It does not keep connections to a bot that dies.
var patient = &http.Client{Timeout: 40 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 32}}

// status is that of a GET; 0 when nobody answers.
func (w *world) status(url string) int {
	res, err := patient.Get(url)
	if err != nil {
		return 0
	}
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return 0
	}
	if err := res.Body.Close(); err != nil {
		return 0
	}
	return res.StatusCode
}

// call makes a call to what is outside the bot, and reads its answer into out unless that is nil.
func (w *world) call(ctx context.Context, method, url string, in, out any) (int, error) {
	b, err := json.Marshal(in)
	if err != nil {
		return 0, err
	}
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(b))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := patient.Do(req)
	if err != nil {
		return 0, err
	}
	got, err := io.ReadAll(res.Body)
	if err = errors.Join(err, res.Body.Close()); err != nil {
		return 0, err
	}
	if out != nil {
		if err := json.Unmarshal(got, out); err != nil {
			return res.StatusCode, fmt.Errorf("%s %s: %w in %.200s", method, url, err, got)
		}
	}
	return res.StatusCode, nil
}

// must is a call that nothing can go wrong with but the test itself.
func (w *world) must(method, url string, in, out any) {
	w.tb.Helper()
	status, err := w.call(context.WithoutCancel(w.tb.Context()), method, url, in, out)
	if err != nil || status >= 300 {
		w.tb.Fatalf("%s %s: %d %v", method, url, status, err)
	}
}

func (w *world) teams(path string) string { return "http://" + w.at.Teams + path }

// graphFails sets the shares of calls to Microsoft 365 that go wrong.
func (w *world) graphFails(r rates) {
	w.tb.Helper()
	w.must(http.MethodPut, "http://"+w.at.Graph+"/kill/shares", r, nil)
}

// teamsFails makes the connector misbehave, for so many calls or seconds.
func (w *world) teamsFails(kind string, count int, seconds float64) {
	w.tb.Helper()
	w.must(http.MethodPost, w.teams("/sandbox/fault"), map[string]any{"target": "teams", "kind": kind, "count": count, "seconds": seconds}, nil)
}

// mend ends what goes wrong.
func (w *world) mend() {
	w.tb.Helper()
	w.graphFails(rates{})
	w.must(http.MethodDelete, w.teams("/sandbox/fault"), nil, nil)
}
