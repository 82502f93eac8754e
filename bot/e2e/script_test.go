package e2e

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestScripts runs testdata/script: people at the keyboard of the built binary.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(e *testscript.Env) error {
			e.Setenv("PATH", filepath.Dir(built.binary)+string(os.PathListSeparator)+e.Getenv("PATH"))
			e.Setenv("BINARY", filepath.Dir(built.binary))
			// The page is built in the user's cache folder, by the user's npm.
			e.Setenv("HOME", os.Getenv("HOME"))
			e.Setenv("XDG_CACHE_HOME", built.cache)
			for _, name := range []string{"npm_config_registry", "HTTPS_PROXY", "NODE_EXTRA_CA_CERTS"} {
				if v := os.Getenv(name); v != "" {
					e.Setenv(name, v)
				}
			}
			r := &rig{ctx: t.Context(), env: e}
			e.Values[rigKey{}] = r
			e.Defer(r.killAll)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"sandbox":   scripted(2, sandboxCmd),
			"serve":     scripted(1, serveCmd),
			"end":       scripted(2, endCmd),
			"play":      scripted(1, playCmd),
			"say":       scripted(3, sayCmd),
			"press":     scripted(3, pressCmd),
			"see":       scripted(3, seeCmd),
			"clock":     scripted(2, clockCmd),
			"http":      scripted(3, httpCmd),
			"corrupt":   scripted(2, corruptCmd),
			"code":      scripted(2, codeCmd),
			"heard":     scripted(1, heardCmd),
			"expand":    scripted(1, expandCmd),
			"keep":      scripted(3, keepCmd),
			"found":     scripted(2, foundCmd),
			"unpack":    scripted(2, unpackCmd),
			"connector": scripted(0, connectorCmd),
		},
	})
}

type rigKey struct{}

// rig is what one script has running.
type rig struct {
	ctx     context.Context
	env     *testscript.Env
	places  map[string]place
	running map[string]*process
	current player // of the sandbox that was started last
}

// killAll ends what a script left running.
func (r *rig) killAll() {
	for name, p := range r.running {
		if err := p.kill(); err != nil {
			r.env.T().Log("kill", name, err)
		}
	}
}

// scripted makes a command of a script from a function that answers what happened. With ! in front it must go wrong, and what went wrong
// is on standard error.
func scripted(least int, f func(*testscript.TestScript, *rig, []string) error) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if len(args) < least {
			ts.Fatalf("usage: at least %d arguments", least)
		}
		r, ok := ts.Value(rigKey{}).(*rig)
		if !ok {
			ts.Fatalf("no rig")
		}
		err := f(ts, r, args)
		if err != nil {
			fmt.Fprintln(ts.Stderr(), err)
		}
		switch {
		case neg && err == nil:
			ts.Fatalf("went well, and should not have")
		case !neg && err != nil:
			ts.Fatalf("%v", err)
		}
	}
}

func vars(ts *testscript.TestScript) []string {
	env := os.Environ()
	for _, name := range []string{"PATH", "HOME", "XDG_CACHE_HOME", "TMPDIR", "MUSTER_LISTEN", "MUSTER_TEAMS_SERVICE_URL", "MUSTER_TEAMS_SERVICE_URL_HOSTS", "MUSTER_TEAMS_OPENID_METADATA"} {
		env = append(env, name+"="+ts.Getenv(name))
	}
	return env
}

func (r *rig) keep(name string, p *process) {
	if r.running == nil {
		r.running = map[string]*process{}
	}
	r.running[name] = p
}

// sandbox NAME FOLDER [flags]: starts one, on the addresses it had before if it was started before. Sets SANDBOX, BOT and GRAPH.
func sandboxCmd(ts *testscript.TestScript, r *rig, args []string) error {
	name, folder := args[0], ts.MkAbs(args[1])
	pl, ok := r.places[name]
	if !ok {
		var err error
		if pl, err = newPlace(folder); err != nil {
			return err
		}
		if r.places == nil {
			r.places = map[string]place{}
		}
		r.places[name] = pl
	}
	p, err := pl.start(r.ctx, vars(ts), args[2:]...)
	if err != nil {
		return err
	}
	r.keep(name, p)
	r.current = player{pl.client()}
	ts.Setenv("LISTEN", pl.listen)
	ts.Setenv("SANDBOX", "http://"+pl.listen)
	ts.Setenv("BOT", "http://"+pl.bot)
	ts.Setenv("BOTADDR", pl.bot)
	ts.Setenv("GRAPH", "http://"+pl.graph)
	_, err = fmt.Fprint(ts.Stdout(), p.out.String())
	return err
}

// serve CONFIG: starts the bot as an organisation would, as the process named serve.
func serveCmd(ts *testscript.TestScript, r *rig, args []string) error {
	p, err := launch(r.ctx, ts.MkAbs("."), "msg=serving", vars(ts), "serve", "--config", args[0])
	if err != nil {
		return err
	}
	r.keep("serve", p)
	return nil
}

// end NAME kill|stop: as a power cut does, or as an operator does; prints what it said.
func endCmd(ts *testscript.TestScript, r *rig, args []string) error {
	p := r.running[args[0]]
	if p == nil {
		return errors.New("it is not running")
	}
	end := p.stop
	if args[1] == "kill" {
		end = p.kill
	}
	err := end()
	delete(r.running, args[0])
	_, said := fmt.Fprint(ts.Stdout(), p.out.String(), p.err.String())
	return errors.Join(err, said)
}

// play STATE: everybody does their part until the one case is in the state.
func playCmd(_ *testscript.TestScript, r *rig, args []string) error {
	return r.current.play(r.ctx, args[0])
}

// say AS CHAT TEXT
func sayCmd(_ *testscript.TestScript, r *rig, args []string) error {
	return r.current.say(r.ctx, args[0], args[1], args[2])
}

// press AS CHAT BUTTON [input=value ...]: the newest card that offers it; prints what the bot answers.
func pressCmd(ts *testscript.TestScript, r *rig, args []string) error {
	inputs := map[string]string{}
	for _, a := range args[3:] {
		name, value, _ := strings.Cut(a, "=")
		inputs[name] = value
	}
	m, ok, err := r.current.find(r.ctx, args[0], args[1], args[2])
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("%s is not offered %q in %s", args[0], args[2], args[1])
	}
	out, err := r.current.press(r.ctx, args[0], m.ID, args[2], inputs)
	if err != nil {
		return err
	}
	if !out.good() {
		return fmt.Errorf("the bot answered %d %s", out.Value.StatusCode, out.Value.Value)
	}
	_, err = fmt.Fprintln(ts.Stdout(), words(out.Value.Value))
	return err
}

// see AS CHAT REGEXP: waits until a message of the chat reads so; with ! it looks once and wants none.
func seeCmd(ts *testscript.TestScript, r *rig, args []string) error {
	re, err := regexp.Compile(args[2])
	if err != nil {
		return err
	}
	within := 20 * time.Second
	if len(args) > 3 {
		if within, err = time.ParseDuration(args[3]); err != nil {
			return err
		}
	}
	m, err := r.current.see(r.ctx, args[0], args[1], re, within)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(ts.Stdout(), m.Text, words(m.Card))
	return err
}

// clock to|advance VALUE
func clockCmd(ts *testscript.TestScript, r *rig, args []string) error {
	m, err := r.current.clock(r.ctx, args[0], args[1])
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(ts.Stdout(), m.Now.Format(time.RFC3339))
	return err
}

// http STATUS METHOD URL [BODY-FILE] [Name:value ...]: one request; the answer must have the status and is printed.
func httpCmd(ts *testscript.TestScript, r *rig, args []string) error {
	body := ""
	if len(args) > 3 && args[3] != "" {
		body = os.Expand(ts.ReadFile(args[3]), ts.Getenv)
	}
	req, err := http.NewRequestWithContext(r.ctx, args[1], args[2], strings.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	for _, h := range args[min(4, len(args)):] {
		name, value, _ := strings.Cut(h, ":")
		if req.Header.Set(name, value); name == "Host" {
			req.Host = value
		}
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	var b buffer
	_, err = b.b.ReadFrom(res.Body)
	if err = errors.Join(err, res.Body.Close()); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(ts.Stdout(), b.String()); err != nil {
		return err
	}
	if got := fmt.Sprint(res.StatusCode); got != args[0] {
		return fmt.Errorf("%s %s answered %s, not %s: %s", args[1], args[2], got, args[0], b.String())
	}
	return nil
}

// code N PROGRAM ARGS: the program ends with exit code N.
func codeCmd(ts *testscript.TestScript, _ *rig, args []string) error {
	err := ts.Exec(args[1], args[2:]...)
	got := 0
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		got, err = exit.ExitCode(), nil
	}
	if err != nil {
		return err
	}
	if want := args[0]; fmt.Sprint(got) != want {
		return fmt.Errorf("exit code %d, want %s", got, want)
	}
	return nil
}

// expand FILE: replaces $NAME in a file by the script's variables.
func expandCmd(ts *testscript.TestScript, _ *rig, args []string) error {
	return os.WriteFile(ts.MkAbs(args[0]), []byte(os.Expand(ts.ReadFile(args[0]), ts.Getenv)), 0o600)
}

// keep NAME FILE REGEXP: sets a variable of the script to the first match in a file, such as stdout.
func keepCmd(ts *testscript.TestScript, _ *rig, args []string) error {
	re, err := regexp.Compile(args[2])
	if err != nil {
		return err
	}
	found := re.FindString(ts.ReadFile(args[1]))
	if found == "" {
		return fmt.Errorf("%s does not match %s", args[1], args[2])
	}
	ts.Setenv(args[0], found)
	return nil
}

// found REGEXP URL: asks again and again until the answer reads so.
func foundCmd(_ *testscript.TestScript, r *rig, args []string) error {
	re, err := regexp.Compile(args[0])
	if err != nil {
		return err
	}
	again := time.NewTicker(200 * time.Millisecond)
	defer again.Stop()
	patience := time.NewTimer(60 * time.Second)
	defer patience.Stop()
	for {
		req, err := http.NewRequestWithContext(r.ctx, http.MethodGet, args[1], nil)
		if err != nil {
			return err
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		var b buffer
		_, err = b.b.ReadFrom(res.Body)
		if err = errors.Join(err, res.Body.Close()); err != nil || re.MatchString(b.String()) {
			return err
		}
		select {
		case <-patience.C:
			return fmt.Errorf("%s never read so: %s", args[1], b.String())
		case <-again.C:
		}
	}
}

// unpack ZIP FOLDER: writes what is in the file into the folder.
func unpackCmd(ts *testscript.TestScript, _ *rig, args []string) error {
	z, err := zip.OpenReader(ts.MkAbs(args[0]))
	if err != nil {
		return err
	}
	return errors.Join(os.CopyFS(ts.MkAbs(args[1]), z), z.Close())
}

// corrupt FILE TEXT: turns over a byte of each place in the file that holds the text.
func corruptCmd(ts *testscript.TestScript, _ *rig, args []string) error {
	name := ts.MkAbs(args[0])
	b, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	old, changed := []byte(args[1]), []byte(args[1])
	changed[0] ^= 0xff
	if !bytes.Contains(b, old) {
		return fmt.Errorf("%s does not hold %q", args[0], args[1])
	}
	return os.WriteFile(name, bytes.ReplaceAll(b, old, changed), 0o600)
}
