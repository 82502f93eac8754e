package sandbox

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/uuid"
)

// fakeNPM puts an npm into the path that writes down how it was called and
// builds a page, or fails.
func fakeNPM(t *testing.T, script string) string {
	t.Helper()
	bin := t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "npm"), []byte("#!/bin/sh\n"+script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+string(os.PathListSeparator)+"/bin"+string(os.PathListSeparator)+"/usr/bin")
	return bin
}

func (r *rig) page(path string) (int, string, http.Header) {
	r.t.Helper()
	res, err := http.Get(r.url + path)
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return res.StatusCode, string(b), res.Header
}

func TestPageIsBuiltOnce(t *testing.T) {
	r := newRig(t, rigOptions{})
	if status, body, _ := r.page("/"); status != 503 || !strings.Contains(body, "Node.js") {
		t.Errorf("without a page: %d %s", status, body)
	}
	bin := fakeNPM(t, `echo "$1" >> "$(dirname "$0")/calls"; test -f src/main.js || exit 3; if [ "$1" = run ]; then mkdir dist && echo built > dist/index.html; fi`)
	var out bytes.Buffer
	for range 2 {
		if err := EnsurePage(t.Context(), r.s.opt.Page, &out); err != nil {
			t.Fatal(err)
		}
	}
	if b, err := os.ReadFile(filepath.Join(bin, "calls")); err != nil || string(b) != "ci\nrun\n" {
		t.Errorf("npm was called: %q, %v", b, err)
	}
	status, body, header := r.page("/")
	if status != 200 || body != "built\n" || !strings.Contains(header.Get("Content-Security-Policy"), "default-src 'self'") {
		t.Errorf("with a page: %d %q", status, body)
	}
	left, err := filepath.Glob(filepath.Join(r.s.opt.Page, "building-*"))
	if err != nil || len(left) != 0 {
		t.Errorf("left over: %v, %v", left, err)
	}
}

func TestPageCannotBeBuilt(t *testing.T) {
	dir := t.TempDir()
	fakeNPM(t, "echo the network is gone >&2; exit 1")
	if err := EnsurePage(t.Context(), dir, io.Discard); err == nil || !strings.Contains(err.Error(), "the network is gone") {
		t.Errorf("error = %v", err)
	}
	t.Setenv("PATH", t.TempDir())
	if err := EnsurePage(t.Context(), dir, io.Discard); !errors.Is(err, ErrNoNode) {
		t.Errorf("error = %v", err)
	}
}

func TestLockFileNamesNoHost(t *testing.T) {
	b, err := sources.ReadFile("web/package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(b), `"resolved"`) {
		t.Error("the lock file names the registry it came from")
	}
}

// Both sides count buttons of one title, so both have to read a card in one order.
func TestPageReadsCardsInTheSameOrder(t *testing.T) {
	b, err := sources.ReadFile("web/src/card.js")
	if err != nil {
		t.Fatal(err)
	}
	want := `const order = ["` + strings.Join(order[:], `", "`) + `"];`
	if !strings.Contains(string(b), want) {
		t.Errorf("web/src/card.js does not have %s", want)
	}
}

func TestPlaygroundConfig(t *testing.T) {
	for _, key := range playgroundKeys {
		b, err := PlaygroundConfig(key)
		if err != nil {
			t.Fatal(err)
		}
		var c playground
		if err := yaml.UnmarshalWithOptions(b, &c, yaml.Strict()); err != nil {
			t.Fatalf("%s: %v\n%s", key, err, b)
		}
		seen := map[string]bool{c.Current.ID: true}
		for _, u := range append(c.Users, c.Current) {
			seen[u.ID] = true
			if _, err := uuid.Parse(u.AAD); err != nil || u.Given == "" || u.Surname == "" {
				t.Errorf("%s: user %+v: %v", key, u, err)
			}
		}
		var who Person
		for _, p := range Known() {
			if p.Key == key {
				who = p
			}
		}
		if len(c.Users) != 5 || len(seen) != 6 || c.Current.AAD != who.ID || c.Tenant != FixedTenant || len(c.Team.Channels) != 1 {
			t.Errorf("%s: %+v", key, c)
		}
	}
	if _, err := PlaygroundConfig("stranger"); err == nil {
		t.Error("a configuration for nobody")
	}
}
