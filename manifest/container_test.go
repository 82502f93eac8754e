package manifest

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestContainerIsNarrow holds what the deployment as a container must not open: nobody reaches the database but the network, a secret goes from a
// parameter that Azure does not show to the vault and nowhere else, and one process at a time has the store.
func TestContainerIsNarrow(t *testing.T) {
	container, database, all := readBicep(t, "container.bicep").text, readBicep(t, "database.bicep").text, ""
	for _, file := range containerFiles {
		all += readBicep(t, file).text
	}
	for text, wants := range map[string][]string{
		container: {"allowInsecure: false", "minReplicas: 1\n        maxReplicas: 1\n", "activeRevisionsMode: 'Multiple'", "defaultAction: 'Deny'", "allowBlobPublicAccess: false", "keyVaultUrl: dsn\n          identity: storeIdentity"},
		database:  {"delegatedSubnetResourceId: subnet", "enableRbacAuthorization: true", "enablePurgeProtection: true", "principalId: reader", "scope: vault"},
	} {
		for _, want := range wants {
			if !strings.Contains(text, want) {
				t.Errorf("it lacks %q", want)
			}
		}
	}
	if strings.Contains(all, "sslmode") {
		t.Error("the way to the database names sslmode; left out it means that the server proves its name")
	}
	// A secure parameter is given to secure parameters only, and stands in two lines: the server's password, and the way in the vault.
	for _, file := range containerFiles {
		b := readBicep(t, file)
		for name, m := range b.modules {
			for p, value := range m.given {
				into := readBicep(t, m.file)
				if slices.Contains(b.secure, value) != slices.Contains(into.secure, p) {
					t.Errorf("%s: module %s gets %s for %s, and one of them is secret", file, name, value, p)
				}
			}
		}
	}
	if got := readBicep(t, "database.bicep").secure; !slices.Equal(got, []string{"password"}) {
		t.Errorf("secret is %q", got)
	}
	var uses []string
	for line := range strings.Lines(database) {
		if regexp.MustCompile(`\bpassword\b`).MatchString(strings.ReplaceAll(line, "password=", "")) {
			uses = append(uses, strings.TrimSpace(line))
		}
	}
	if len(uses) != 3 || uses[0] != "param password string" || uses[1] != "administratorLoginPassword: password" || !strings.HasPrefix(uses[2], "value: 'host=") {
		t.Errorf("the password stands in %q", uses)
	}
	if got := regexp.MustCompile(`(?m)^.*listKeys.*$`).FindAllString(all, -1); len(got) != 1 || !strings.Contains(got[0], "accountKey: files.listKeys()") {
		t.Errorf("keys are taken in %q", got)
	}
	for _, m := range regexp.MustCompile(`(?m)^output .*$`).FindAllString(all, -1) {
		if regexp.MustCompile(`(?i)password|listKeys|secret\b`).MatchString(m) {
			t.Errorf("a secret comes out: %s", m)
		}
	}
}

// TestContainerFits holds the deployment and the image together: the user, the port and the place of what is kept.
func TestContainerFits(t *testing.T) {
	raw, err := os.ReadFile("container/Containerfile")
	if err != nil {
		t.Fatal(err)
	}
	image, app := string(raw), readBicep(t, "container.bicep").text
	for _, want := range []struct{ image, app string }{
		{"USER 65532:65532", "uid=65532,gid=65532,dir_mode=0700,file_mode=0600"},
		{"VOLUME /var/lib/muster", "mountPath: '/var/lib/muster'"},
		{"EXPOSE 3978", "targetPort: 3978"},
		{`ENTRYPOINT ["/muster"]`, "'serve'"},
	} {
		if !strings.Contains(image, want.image) || !strings.Contains(app, want.app) {
			t.Errorf("the image says %q and the app %q: %v, %v", want.image, want.app, strings.Contains(image, want.image), strings.Contains(app, want.app))
		}
	}
	if n := strings.Count(app, "port: 3978"); n != 3 {
		t.Errorf("%d probes ask the port that is listened to", n)
	}
}
