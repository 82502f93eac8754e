package config

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzRead holds that a config that is taken names a bot and a directory and sends nothing anywhere in the clear.
func FuzzRead(f *testing.F) {
	f.Add([]byte(good), "")
	f.Add([]byte("teams: [1]\n"), "x")
	f.Add([]byte("a: &a [*a]\n"), "")
	f.Add([]byte(good+"evidence: {post_to: \"http://evil.example\", witnesses: [{url: x}]}\nintake: [{source: a}, {source: a}]\n"), "2")
	path := filepath.Join(f.TempDir(), "muster.yaml")
	f.Fuzz(func(t *testing.T, b []byte, env string) {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := Read(path, func(k string) string {
			if k == "MUSTER_LISTEN" {
				return env
			}
			return ""
		})
		if err != nil {
			return
		}
		if c.Teams.AppID == "" || c.Teams.TenantID == "" || c.Graph.ClientID == "" || c.Store != "bbolt" {
			t.Errorf("taken: %+v", c)
		}
		for _, a := range []string{c.Evidence.PostTo, c.Teams.Authority, c.Graph.Authority} {
			if len(a) >= 5 && a[:5] == "http:" && !Loopback(a) {
				t.Errorf("taken: %q", a)
			}
		}
		for _, w := range c.Evidence.Witnesses {
			if w.Key == "" {
				t.Error("a witness without a key was taken")
			}
		}
	})
}
