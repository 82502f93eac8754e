package load

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"muster/bot/sandbox"
	"muster/flows/graphsim"
)

var binary = flag.String("muster", "", "the muster binary to measure; built when left out")

// built is the stripped binary, as it is released.
var built = sync.OnceValues(func() (string, error) {
	if *binary != "" {
		return filepath.Abs(*binary)
	}
	dir, err := os.MkdirTemp("", "muster-load-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "muster")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", path, "muster")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build muster: %w\n%s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	if addr := os.Getenv(asReference); addr != "" {
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		err := reference(ctx, addr, os.Getenv("RIG"))
		stop()
		if err != nil {
			fmt.Fprintln(os.Stderr, "load:", err)
			os.Exit(1)
		}
		return
	}
	flag.Parse()
	code := m.Run()
	if *binary == "" {
		if path, err := built(); err == nil {
			err = os.RemoveAll(filepath.Dir(path))
			if err != nil {
				fmt.Fprintln(os.Stderr, "load:", err)
				code = 1
			}
		}
	}
	os.Exit(code)
}

// person is somebody of the simulated directory.
type person struct {
	ID      string `json:"id"`
	Name    string `json:"displayName"`
	UPN     string `json:"userPrincipalName"`
	Enabled bool   `json:"accountEnabled"`
	Deleted bool   `json:"deleted"`
}

// conversation is the person's chat with the bot: everybody has one.
func (p person) conversation() string { return "a:load-" + p.ID }

// bot is a running muster with all that it talks to.
type bot struct {
	*rig
	tb     testing.TB
	sim    *graphsim.Server
	graph  *graph // what is before sim
	people []person
	addr   string
	dir    string
	began  time.Duration // from the start of the process until it was ready

	cmd   *exec.Cmd
	said  bytes.Buffer
	ended chan struct{} // closed when the process has ended; end is set before
	end   error

	stopped bool
}

// start starts a new bot on an empty store. It is stopped, and its store verified, when the test ends.
func start(tb testing.TB) *bot {
	tb.Helper()
	path, err := built()
	if err != nil {
		tb.Fatal(err)
	}
	b := rigged(tb)
	l, err := listen()
	if err != nil {
		tb.Fatal(err)
	}
	closeGraph := serve(l, b.graph)
	tb.Cleanup(func() { check(tb, closeGraph()) })
	b.configure("http://" + l.Addr().String())
	b.launch(exec.Command(path, "serve", "--config", filepath.Join(b.dir, "muster.yaml")), nil)
	tb.Cleanup(func() {
		b.stop()
		b.verify(path)
	})
	return b
}

// rigged is a bot that is not there yet, with a Teams and its people.
func rigged(tb testing.TB) *bot {
	tb.Helper()
	sim, err := graphsim.New(graphsim.Options{Now: time.Now, Seed: 1})
	if err != nil {
		tb.Fatal(err)
	}
	b := &bot{tb: tb, sim: sim, graph: &graph{sim: sim}, dir: tb.TempDir()}
	var all []person
	if err := json.Unmarshal(sim.Users(), &all); err != nil {
		tb.Fatal(err)
	}
	for _, p := range all {
		if p.Enabled && !p.Deleted && !strings.Contains(p.UPN, "#EXT#") {
			b.people = append(b.people, p)
		}
	}
	if missing := *flight - len(b.people); missing > 0 { // each turn at the same time is another person's
		b.people = append(b.people, b.accounts("Colleague", missing)...)
	}
	if b.rig, err = newRig(b.people); err != nil {
		tb.Fatal(err)
	}
	closeTeams, err := b.rig.open()
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { check(tb, closeTeams()) })
	return b
}

func check(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Error(err)
	}
}

// configure writes what `muster serve` is started with. Everything but the addresses is as in production.
func (b *bot) configure(graph string) {
	free, err := listen()
	if err != nil {
		b.tb.Fatal(err)
	}
	b.addr = free.Addr().String()
	check(b.tb, free.Close())
	policy := strings.NewReplacer("cases_per_day: 50", "cases_per_day: 10000", "exits_per_hour: 20", "exits_per_hour: 10000",
		"exits_percent_per_day: 10", "exits_percent_per_day: 100").Replace(string(sandbox.DefaultPolicy))
	credential := "{kind: secret, secret_file: secret}"
	for name, text := range map[string]string{
		"policy.yaml": policy,
		"secret":      "rig",
		"muster.yaml": fmt.Sprintf(`listen: %s
turns_at_once: 1000000 # a few people do the work of many
data_dir: data
policy: policy.yaml
teams:
  app_id: %s
  tenant_id: %s
  openid_metadata: %s/.well-known/openidconfiguration
  service_url_hosts: [%q]
  service_url: %s
  authority: %s
  credential: %s
graph:
  base_url: %s/v1.0
  authority: %s
  client_id: %s
  credential: %s
`, b.addr, botApp, tenant, b.base, strings.TrimPrefix(b.base, "http://"), b.base, b.base, credential, graph, graph, graphApp, credential),
	} {
		if err := os.WriteFile(filepath.Join(b.dir, name), []byte(text), 0o600); err != nil {
			b.tb.Fatal(err)
		}
	}
}

// launch starts the process and waits until it is ready. Without an environment it has ours.
func (b *bot) launch(cmd *exec.Cmd, env []string) {
	b.cmd = cmd
	b.cmd.Env, b.cmd.Stderr, b.cmd.Stdout = env, &b.said, &b.said
	began := time.Now()
	if err := b.cmd.Start(); err != nil {
		b.tb.Fatal(err)
	}
	b.ended = make(chan struct{})
	go func() {
		defer close(b.ended)
		b.end = b.cmd.Wait()
	}()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		res, err := http.Get("http://" + b.addr + "/readyz")
		if err == nil {
			err = res.Body.Close()
		}
		if err == nil && res.StatusCode == http.StatusOK {
			b.began = time.Since(began)
			return
		}
		select {
		case <-b.ended:
			b.tb.Fatalf("muster ended before it was ready: %v\n%s", b.end, b.said.String())
		case <-tick.C:
		}
		if time.Since(began) > 20*time.Second {
			check(b.tb, b.cmd.Process.Kill())
			<-b.ended
			b.tb.Fatalf("muster is not ready: %v\n%s", err, b.said.String())
		}
	}
}

// stop ends the process as an operator would, unless it has been ended.
func (b *bot) stop() {
	if b.stopped {
		return
	}
	b.stopped = true
	if err := b.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		b.tb.Error(err)
	}
	<-b.ended
	if b.end != nil {
		b.tb.Errorf("muster ended badly: %v", b.end)
	}
	if b.said.Len() > 0 {
		b.tb.Logf("muster said: %.2000s", b.said.String())
	}
	if what := b.strange.Load(); what != nil {
		b.tb.Errorf("the bot made a call that is not as it should be: %s", *what)
	}
}

// verify checks that everything that was acknowledged is there and fits together.
func (b *bot) verify(path string) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if out, err := exec.CommandContext(ctx, path, "verify", filepath.Join(b.dir, "data")).CombinedOutput(); err != nil {
		b.tb.Errorf("verify the store: %v\n%s", err, out)
	}
}

// memory is the resident memory of the process in MiB, as ps has it.
func (b *bot) memory() (float64, error) {
	out, err := exec.Command("ps", "-o", "rss=", "-p", strconv.Itoa(b.cmd.Process.Pid)).Output()
	if err != nil {
		return 0, fmt.Errorf("ask for the memory of muster: %w", err)
	}
	kib, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
	if err != nil {
		return 0, errors.New("ps gave no number")
	}
	return kib / 1024, nil
}

// processorTime is what a process has used of the processors; false where the system does not tell.
func processorTime(pid int) (time.Duration, bool) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, false
	}
	fields := strings.Fields(string(stat))
	if len(fields) < 15 {
		return 0, false
	}
	const tick = 10 * time.Millisecond
	var ticks int
	for _, f := range fields[13:15] { // in the program, in the kernel for it
		n, err := strconv.Atoi(f)
		if err != nil {
			return 0, false
		}
		ticks += n
	}
	return time.Duration(ticks) * tick, true
}
