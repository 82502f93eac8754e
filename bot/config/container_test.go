package config

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestContainerEnvironment reads what the container of manifest/azure is started with as Muster does: every name is a key, and an empty file is
// enough beside it.
func TestContainerEnvironment(t *testing.T) {
	raw, err := os.ReadFile("../../manifest/azure/container.bicep")
	if err != nil {
		t.Fatal(err)
	}
	env, asked := map[string]string{}, map[string]bool{}
	for _, m := range regexp.MustCompile(`name: '(MUSTER_\w+)'\n\s+value: (\S+)`).FindAllStringSubmatch(string(raw), -1) {
		env[m[1]] = strings.Trim(m[2], "'")
	}
	if n := strings.Count(string(raw), "MUSTER_"); n != len(env) || n == 0 {
		t.Fatalf("%d of %d names could be read", len(env), n)
	}
	c, err := Read(write(t, ""), func(name string) string {
		asked[name] = true
		return env[name]
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range env {
		if !asked[name] {
			t.Errorf("%s is no key", name)
		}
	}
	if c.Store != "postgres" || c.PostgresDSNFile != "/run/muster/postgres-dsn" || c.Teams.Credential.Kind != "managed_identity" || c.Graph.Credential.Kind != "managed_identity" || !strings.HasPrefix(c.DataDir, "/var/lib/muster/") {
		t.Errorf("config %+v", c)
	}
}
