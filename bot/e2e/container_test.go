package e2e

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// TestContained runs the bot as manifest/container/Containerfile does, as far as that can be done without a container: in a root folder that
// holds the program and its configuration and nothing else, no /etc, no /tmp, no /proc, as a user without rights or a name, who may write to
// the data folder alone.
func TestContained(t *testing.T) {
	if os.Geteuid() != 0 {
		if os.Getenv("CI") == "true" {
			t.Fatal("this is not root, and CI must be")
		}
		t.Skip("a root folder of its own needs root; CI has it")
	}
	world, teams, bot, policy := outside(t, filepath.Join(t.TempDir(), "world"))

	// The root is not below the test's own folder, which others may not enter.
	inside, err := os.MkdirTemp("", "muster-contained-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(inside); err != nil {
			t.Error(err)
		}
	})
	put := func(name string, b []byte, mode fs.FileMode) {
		t.Helper()
		path := filepath.Join(inside, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b, mode); err != nil {
			t.Fatal(err)
		}
	}
	const nobody = 65532
	if err := os.Chmod(inside, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, from := range append(libraries(t, built.binary), built.binary) {
		b, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		name := from
		if from == built.binary {
			name = "muster"
		}
		put(name, b, 0o755)
	}
	config := strings.Replace(musterYAML(bot, teams, world), "./kept", "/var/lib/muster", 1)
	for name, text := range map[string]string{"policy.yaml": string(policy), "teams.secret": "the bot's\n", "graph.secret": "not empty\n", "payroll.secret": payrollSecret + "\n", "muster.yaml": config} {
		put("etc/muster/"+name, []byte(text), 0o600)
		if err := os.Chown(filepath.Join(inside, "etc/muster", name), nobody, nobody); err != nil {
			t.Fatal(err)
		}
	}
	data := filepath.Join(inside, "var/lib/muster")
	for _, f := range []struct {
		path string
		mode fs.FileMode
	}{{filepath.Dir(data), 0o755}, {data, 0o700}} {
		if err := os.MkdirAll(f.path, f.mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chown(data, nobody, nobody); err != nil {
		t.Fatal(err)
	}

	entry, command := containerCommand(t)
	cmd := exec.Command(entry, command...)
	cmd.Dir, cmd.Env = "/", []string{}
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: inside, Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	running, err := begin(t.Context(), cmd, "msg=serving")
	if err != nil {
		t.Fatal(err)
	}
	if got := teams.post(t, bot, "m1", hannah, tenantID, "help", teams.token(t, nil)); got != 200 {
		t.Errorf("status %d", got)
	}
	teams.hears(t, "new starter Priya Patel, Account Manager")
	if err := running.stop(); err != nil {
		t.Error(err)
	}
	if out, err := exec.Command(built.binary, "verify", data).CombinedOutput(); err != nil {
		t.Errorf("verify: %v\n%s", err, out)
	}
	if err := filepath.WalkDir(inside, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if info.Sys().(*syscall.Stat_t).Uid == nobody && !strings.HasPrefix(path, data) && filepath.Base(filepath.Dir(path)) != "muster" {
			t.Errorf("%s was written outside the data folder", path)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// libraries are the files that a program is linked with.
func libraries(t *testing.T, program string) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "ldd", program).CombinedOutput()
	if err != nil && !strings.Contains(string(out), "not a dynamic executable") {
		t.Fatalf("ldd: %v\n%s", err, out)
	}
	return regexp.MustCompile(`/[^ ]+`).FindAllString(string(out), -1)
}

// containerCommand is what the Containerfile starts.
func containerCommand(t *testing.T) (entry string, args []string) {
	t.Helper()
	text := strings.Join(containerStage(t), "\n")
	words := func(key string) []string {
		m := regexp.MustCompile(`(?m)^` + key + ` \[(.*)\]$`).FindStringSubmatch(text)
		if m == nil {
			t.Fatalf("the Containerfile has no %s", key)
		}
		var out []string
		for w := range strings.SplitSeq(m[1], ",") {
			out = append(out, strings.Trim(strings.TrimSpace(w), `"`))
		}
		return out
	}
	return words("ENTRYPOINT")[0], words("CMD")
}

// containerStage are the lines of the image that is kept: the last one.
func containerStage(t *testing.T) []string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, "manifest/container/Containerfile"))
	if err != nil {
		t.Fatal(err)
	}
	var stage []string
	for line := range strings.Lines(string(b)) {
		if strings.HasPrefix(line, "FROM ") {
			stage = nil
		}
		stage = append(stage, strings.TrimSpace(line))
	}
	return stage
}

// TestDeploymentFiles holds what the container and the unit promise, and that they start the program as it is.
func TestDeploymentFiles(t *testing.T) {
	stage := containerStage(t)
	for _, want := range []string{"FROM scratch", "USER 65532:65532", "STOPSIGNAL SIGTERM", "VOLUME /var/lib/muster"} {
		if !slices.Contains(stage, want) {
			t.Errorf("the image lacks %q", want)
		}
	}
	read := func(name string) string {
		t.Helper()
		b, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	version := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(read("go.mod"))
	if version == nil || !strings.Contains(read("manifest/container/Containerfile"), "FROM golang:"+version[1]) {
		t.Errorf("the image is not built with the Go of go.mod, %v", version)
	}
	unit := read("manifest/systemd/muster.service")
	for _, want := range []string{"Restart=always", "User=muster", "ProtectSystem=strict", "NoNewPrivileges=yes", "CapabilityBoundingSet=\n", "StateDirectory=muster", "KillSignal=SIGTERM"} {
		if !strings.Contains(unit, "\n"+want) {
			t.Errorf("the unit lacks %s", strings.TrimSpace(want))
		}
	}
	_, container := containerCommand(t)
	start := regexp.MustCompile(`(?m)^ExecStart=/usr/local/bin/muster (.*)$`).FindStringSubmatch(unit)
	if start == nil {
		t.Fatal("the unit starts something else")
	}
	for _, args := range [][]string{container, strings.Fields(start[1])} {
		if want := "/etc/muster/muster.yaml"; args[len(args)-1] != want {
			t.Errorf("%v reads another configuration than %s", args, want)
		}
		args[len(args)-1] = filepath.Join(root, "go.mod") // any file that exists
		out, err := exec.CommandContext(t.Context(), built.binary, append(args, "--help")...).CombinedOutput()
		if err != nil || args[0] != "serve" {
			t.Errorf("muster %s: %v\n%s", fmt.Sprint(args), err, out)
		}
	}
}
