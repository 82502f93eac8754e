package manifest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// bicep is what the tests know of one file. It is no compiler: it finds what is declared, used and passed on.
type bicep struct {
	text    string
	params  map[string]bool // name, and whether it has to be given
	symbols []string        // everything that is declared
	outputs []string
	secure  []string // parameters that Azure neither shows nor keeps
	types   []string
	modules map[string]module
}

type module struct {
	file   string
	params []string
	given  map[string]string
}

func readBicep(t *testing.T, file string) bicep {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("azure", file))
	if err != nil {
		t.Fatal(err)
	}
	b := bicep{params: map[string]bool{}, modules: map[string]module{}}
	text := regexp.MustCompile(`(?m)^\s*//.*\n`).ReplaceAllString(string(raw), "")
	text = regexp.MustCompile(`(?m)^@description\(.*\n`).ReplaceAllString(text, "")
	for _, m := range regexp.MustCompile(`(?m)^@secure\(\)\nparam (\w+) string$`).FindAllStringSubmatch(text, -1) {
		b.secure = append(b.secure, m[1])
	}
	b.text = text
	for _, m := range regexp.MustCompile(`(?m)^param (\w+) (?:string|int|bool)( = .+)?$`).FindAllStringSubmatch(text, -1) {
		b.params[m[1]] = m[2] == ""
		b.symbols = append(b.symbols, m[1])
	}
	if declared := strings.Count(text, "\nparam ") + strings.Count(text[:6], "param "); declared != len(b.params) {
		t.Errorf("%s: %d of %d parameters could be read", file, len(b.params), declared)
	}
	for _, m := range regexp.MustCompile(`(?m)^var (\w+) =`).FindAllStringSubmatch(text, -1) {
		b.symbols = append(b.symbols, m[1])
	}
	for _, m := range regexp.MustCompile(`(?m)^output (\w+) string = `).FindAllStringSubmatch(text, -1) {
		b.outputs = append(b.outputs, m[1])
	}
	for _, m := range regexp.MustCompile(`(?m)^resource (\w+) '([^']+)' = \{$`).FindAllStringSubmatch(text, -1) {
		b.symbols = append(b.symbols, m[1])
		b.types = append(b.types, m[2])
	}
	for _, m := range regexp.MustCompile(`(?ms)^module (\w+) '([^']+)' = \{\n(.*?)^\}`).FindAllStringSubmatch(text, -1) {
		b.symbols = append(b.symbols, m[1])
		mod := module{file: m[2], given: map[string]string{}}
		_, given, _ := strings.Cut(m[3], "params: {\n")
		for _, p := range regexp.MustCompile(`(?m)^    (\w+): (.*)$`).FindAllStringSubmatch(given, -1) {
			mod.params = append(mod.params, p[1])
			mod.given[p[1]] = p[2]
		}
		b.modules[m[1]] = mod
	}
	return b
}

// The files of the one way, with a machine, and of the other, with a container and a database.
var (
	machineFiles   = []string{"main.bicep", "identities.bicep", "bot.bicep", "machine.bicep"}
	containerFiles = []string{"containers.bicep", "network.bicep", "database.bicep", "container.bicep"}
	bicepFiles     = slices.Concat(machineFiles, containerFiles)
)

// TestBicep holds what can be held without Microsoft's compiler: brackets and quotes close, each name is declared once and used, modules get the
// parameters that they ask for and give the outputs that are taken, and each resource is of a known type and version.
func TestBicep(t *testing.T) {
	known := []string{
		"Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31", "Microsoft.BotService/botServices@2022-09-15",
		"Microsoft.BotService/botServices/channels@2022-09-15", "Microsoft.Network/networkSecurityGroups@2024-05-01",
		"Microsoft.Network/virtualNetworks@2024-05-01", "Microsoft.Network/publicIPAddresses@2024-05-01",
		"Microsoft.Network/privateDnsZones@2020-06-01", "Microsoft.Network/privateDnsZones/virtualNetworkLinks@2020-06-01",
		"Microsoft.DBforPostgreSQL/flexibleServers@2024-08-01", "Microsoft.DBforPostgreSQL/flexibleServers/databases@2024-08-01",
		"Microsoft.KeyVault/vaults@2023-07-01", "Microsoft.KeyVault/vaults/secrets@2023-07-01", "Microsoft.Authorization/roleAssignments@2022-04-01",
		"Microsoft.Storage/storageAccounts@2023-05-01", "Microsoft.Storage/storageAccounts/fileServices@2023-05-01", "Microsoft.Storage/storageAccounts/fileServices/shares@2023-05-01",
		"Microsoft.App/managedEnvironments@2024-03-01", "Microsoft.App/managedEnvironments/storages@2024-03-01", "Microsoft.App/containerApps@2024-03-01",
		"Microsoft.Network/networkInterfaces@2024-05-01", "Microsoft.Compute/disks@2024-03-02", "Microsoft.Compute/virtualMachines@2024-07-01",
	}
	read := map[string]bicep{}
	for _, file := range bicepFiles {
		read[file] = readBicep(t, file)
	}
	there, err := filepath.Glob("azure/*.bicep")
	if err != nil || len(there) != len(bicepFiles) {
		t.Errorf("files %q, tested %q (%v)", there, bicepFiles, err)
	}
	ends := []string{"main.bicep bot", "bot.bicep teams", "machine.bicep machine", "containers.bicep bot", "database.bicep may"} // on which nothing else depends
	var types []string
	for file, b := range read {
		if err := closes(b.text); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		// of a text only what is put into it is code
		code := regexp.MustCompile(`'[^'\n]*'`).ReplaceAllStringFunc(b.text, func(s string) string {
			return strings.Join(regexp.MustCompile(`\$\{[^}]*\}`).FindAllString(s, -1), " ")
		})
		for i, name := range b.symbols {
			if slices.Contains(b.symbols[:i], name) {
				t.Errorf("%s: %s is declared twice", file, name)
			}
			uses := len(regexp.MustCompile(`(?:^|[^.\w])`+name+`(?:[^:\w]|\n)`).FindAllString(code, -1))
			if uses < 2 && !slices.Contains(ends, file+" "+name) {
				t.Errorf("%s: %s is declared and not used", file, name)
			}
		}
		for _, typ := range b.types {
			types = append(types, typ)
			if !slices.Contains(known, typ) {
				t.Errorf("%s: type %s", file, typ)
			}
		}
		for name, m := range b.modules {
			target, ok := read[m.file]
			if !ok {
				t.Errorf("%s: module %s is in %s, which is not there", file, name, m.file)
				continue
			}
			for p, must := range target.params {
				if must && !slices.Contains(m.params, p) {
					t.Errorf("%s: module %s gets no %s", file, name, p)
				}
			}
			for _, p := range m.params {
				if _, ok := target.params[p]; !ok {
					t.Errorf("%s: module %s has no parameter %s", file, name, p)
				}
			}
			for _, m := range regexp.MustCompile(name+`\.outputs\.(\w+)`).FindAllStringSubmatch(b.text, -1) {
				if !slices.Contains(target.outputs, m[1]) {
					t.Errorf("%s: module %s has no output %s", file, name, m[1])
				}
			}
		}
	}
	versions := map[string]string{}
	for _, typ := range known {
		name, version, _ := strings.Cut(typ, "@")
		if other, seen := versions[name]; seen && other != version {
			t.Errorf("%s is of two versions, %s and %s", name, version, other)
		}
		versions[name] = version
		if !slices.Contains(types, typ) {
			t.Errorf("nothing is of type %s", typ)
		}
	}
}

// closes reports the first bracket or quote that does not close.
func closes(text string) error {
	var open []rune
	pairs := map[rune]rune{'}': '{', ']': '[', ')': '('}
	for n, line := range strings.Split(text, "\n") {
		if strings.Count(line, "'")%2 != 0 {
			return fmt.Errorf("line %d: a quote is open", n+1)
		}
		for _, r := range line {
			switch r {
			case '{', '[', '(':
				open = append(open, r)
			case '}', ']', ')':
				if len(open) == 0 || open[len(open)-1] != pairs[r] {
					return fmt.Errorf("line %d: %c closes nothing", n+1, r)
				}
				open = open[:len(open)-1]
			}
		}
	}
	if len(open) > 0 {
		return fmt.Errorf("%c is never closed", open[len(open)-1])
	}
	return nil
}

// TestAzureIsNarrow holds what the deployment must not open: only HTTPS from the internet, SSH from nowhere unless somebody says so, no password,
// no secret, two identities, and a disk that outlives the machine.
func TestAzureIsNarrow(t *testing.T) {
	machine, bot, all := readBicep(t, "machine.bicep").text, readBicep(t, "bot.bicep").text, ""
	for _, file := range machineFiles {
		all += readBicep(t, file).text
	}
	var from []string
	for _, m := range regexp.MustCompile(`sourceAddressPrefix: (\S+)[\s\S]*?destinationPortRange: '(\d+)'`).FindAllStringSubmatch(machine, -1) {
		from = append(from, m[1]+" "+m[2])
	}
	if want := []string{"'Internet' 443", "sshFrom 22"}; !slices.Equal(from, want) {
		t.Errorf("doors %q, want %q", from, want)
	}
	for _, want := range []string{"empty(sshFrom) ? web :", "disablePasswordAuthentication: true", "deleteOption: 'Detach'", "publicNetworkAccess: 'Disabled'", "'${botIdentity}': {}", "'${graphIdentity}': {}"} {
		if !strings.Contains(machine, want) {
			t.Errorf("machine.bicep lacks %q", want)
		}
	}
	for _, want := range []string{"msaAppType: 'UserAssignedMSI'", "disableLocalAuth: true", "'MsTeamsChannel'"} {
		if !strings.Contains(bot, want) {
			t.Errorf("bot.bicep lacks %q", want)
		}
	}
	if m := regexp.MustCompile(`(?i)secret|adminPassword|listKeys|\bSas`).FindString(all); m != "" {
		t.Errorf("something is called %s", m)
	}
	raw, err := os.ReadFile("azure/cloud-init.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Files []struct{ Path, Content string } `yaml:"write_files"`
		Disks map[string]struct {
			Overwrite bool `yaml:"overwrite"`
		} `yaml:"disk_setup"`
		Mounts [][]string `yaml:"mounts"`
	}
	if err := yaml.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	if len(doc.Files) != 2 || !strings.Contains(doc.Files[0].Content, "handle /api/* {\n    reverse_proxy 127.0.0.1:3978") || !strings.Contains(doc.Files[0].Content, "respond 404") {
		t.Errorf("the proxy: %+v", doc.Files)
	}
	for name, d := range doc.Disks {
		if d.Overwrite {
			t.Errorf("%s is written over", name)
		}
	}
	if len(doc.Disks) != 1 || len(doc.Mounts) != 1 || doc.Mounts[0][1] != "/var/lib/muster" {
		t.Errorf("disks %v, mounts %v", doc.Disks, doc.Mounts)
	}
}

// TestGrant runs grant.sh against a stand-in for the Azure CLI that knows two permissions, of which one is granted.
func TestGrant(t *testing.T) {
	dir := t.TempDir()
	az := `#!/bin/sh
echo "$*" >> "$MUSTER_CALLS"
case "$*" in
*"--query id "*) echo graph-object ;;
*"value=='User.Read.All'"*) echo role-read ;;
*"value=='User.ReadWrite.All'"*) echo role-write ;;
*"--method get"*) echo role-read ;;
*"--method post"*) [ -z "${MUSTER_REFUSE:-}" ] || { echo Forbidden >&2; exit 3; } ;;
esac
`
	if err := os.WriteFile(filepath.Join(dir, "az"), []byte(az), 0o700); err != nil { //nolint:gosec // it has to be run
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		names, refuse string
		fails         bool
		says          string
		posts         int
	}{
		"one is new":        {"User.Read.All\nUser.ReadWrite.All\n", "", false, "User.Read.All: granted already\nUser.ReadWrite.All: granted\n", 1},
		"one is unknown":    {"User.ReadWrite.All\nUser.Typo.All\n", "", true, "User.Typo.All is not a permission for apps in this tenant; nothing was granted\n", 0},
		"none is named":     {"", "", true, "no permission was named; what is wrong with the policy?\n", 0},
		"Azure refuses one": {"User.ReadWrite.All\n", "yes", true, "Forbidden\n", 1},
	} {
		t.Run(name, func(t *testing.T) {
			calls := filepath.Join(t.TempDir(), "calls")
			cmd := exec.CommandContext(t.Context(), "sh", "azure/grant.sh", "principal-object")
			cmd.Stdin = strings.NewReader(tt.names)
			cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"), "MUSTER_CALLS="+calls, "MUSTER_REFUSE="+tt.refuse)
			out, err := cmd.CombinedOutput()
			if string(out) != tt.says || (err != nil) != tt.fails {
				t.Errorf("said %q (%v), want %q", out, err, tt.says)
			}
			log, err := os.ReadFile(calls)
			if err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(string(log), "--method post"); n != tt.posts {
				t.Errorf("%d grants were sent, want %d:\n%s", n, tt.posts, log)
			}
			if tt.posts > 0 && !strings.Contains(string(log), `{"principalId":"principal-object","resourceId":"graph-object","appRoleId":"role-write"}`) {
				t.Errorf("the grant is not that of the permission:\n%s", log)
			}
		})
	}
}

// TestAzureChecklist: the steps of each way name every output of its file.
func TestAzureChecklist(t *testing.T) {
	text, err := os.ReadFile("azure/CHECKLIST.md")
	if err != nil {
		t.Fatal(err)
	}
	machine, container, cut := strings.Cut(string(text), "## Without a machine")
	if !cut {
		t.Fatal("the checklist has no part about the container")
	}
	for file, part := range map[string]struct {
		outputs int
		steps   string
	}{"main.bicep": {5, machine}, "containers.bicep": {3, container}} {
		outputs := readBicep(t, file).outputs
		if len(outputs) != part.outputs {
			t.Errorf("%s: %d outputs", file, len(outputs))
		}
		for _, name := range outputs {
			if !strings.Contains(part.steps, "`"+name+"`") {
				t.Errorf("%s: no step says what %s is for", file, name)
			}
		}
	}
}
