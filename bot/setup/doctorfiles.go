package setup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"muster/bot/config"
	"muster/flows"
)

// files looks at what must stay secret on this machine.
func (r *round) files() {
	secrets := map[string]bool{}
	var names []string
	add := func(all ...string) {
		for _, name := range all {
			if name != "" && !secrets[name] {
				secrets[name] = true
				names = append(names, name)
			}
		}
	}
	for _, c := range []config.Credential{r.cfg.Teams.Credential, r.cfg.Graph.Credential} {
		if c.Kind != "workload_identity" { // the platform lays that token down, and sees to who reads it
			add(c.Files()...)
		}
	}
	add(r.cfg.PostgresDSNFile)
	for _, in := range r.cfg.Intake {
		add(in.SecretFile)
	}
	bad := false
	for _, name := range names {
		bad = r.secretFile(SecretFiles, name) || bad
	}
	if info, err := os.Stat(r.cfg.Policy); err == nil && info.Mode().Perm()&0o022 != 0 {
		bad = true
		r.warn(SecretFiles, fmt.Sprintf("Other users of this machine can write %s, and so decide who approves what.", r.cfg.Policy), fmt.Sprintf("Run: chmod go-w %s", r.cfg.Policy))
	}
	switch {
	case bad:
	case len(names) == 0:
		r.good(SecretFiles, "The config names no file with a secret.")
	default:
		r.good(SecretFiles, "Nobody else on this machine can read the %d files with secrets.", len(names))
	}
}

// secretFile reports whether something is wrong with a file that only Muster may read.
func (r *round) secretFile(check Check, name string) bool {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		r.wrong(check, name+" does not exist.", "Put the file there, readable by Muster alone.")
	case err != nil:
		r.wrong(check, sentence(err), "Let the user that Muster runs as read it.")
	case info.Size() == 0:
		r.wrong(check, name+" is empty.", "Write the secret into it.")
	case info.Mode().Perm()&0o077 != 0:
		r.wrong(check, fmt.Sprintf("Other users of this machine can get at %s (mode %04o).", name, info.Mode().Perm()), fmt.Sprintf("Run: chmod 600 %s", name))
	default:
		return false
	}
	return true
}

func (r *round) readPolicy() {
	b, err := os.ReadFile(r.cfg.Policy)
	if err != nil {
		r.wrong(PolicyFile, sentence(err), "Write one with muster init, or name the right file in the config.")
		return
	}
	pol, err := flows.ParsePolicy(r.cfg.Policy, b)
	if err != nil {
		r.wrong(PolicyFile, sentence(err), "Correct the file; muster policy check says the same with line and column.")
		return
	}
	r.policy = pol
	r.good(PolicyFile, "%s is a good policy: %d job profiles, %d sites.", r.cfg.Policy, len(pol.Jobs), len(pol.Sites))
}
