package service

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"muster/flows"
)

// TestPolicyFile replaces the file whole, through a link too, keeps its mode and leaves nothing beside it; a folder that cannot be written is
// said before anybody is asked.
func TestPolicyFile(t *testing.T) {
	dir := t.TempDir()
	real, link := filepath.Join(dir, "real", "policy.yaml"), filepath.Join(dir, "policy.yaml")
	if err := errors.Join(os.Mkdir(filepath.Dir(real), 0o700), os.WriteFile(real, []byte("old"), 0o640), os.Symlink(real, link)); err != nil {
		t.Fatal(err)
	}
	var renewed *flows.Policy
	f := policyFile{path: link, renew: func(p *flows.Policy) { renewed = p }}
	p := &flows.Policy{}
	if err := errors.Join(f.Ready(t.Context(), p), f.Replace(t.Context(), []byte("new")), f.Reopen(t.Context(), p)); err != nil || renewed != p {
		t.Fatal(err)
	}
	b, err := f.Read(t.Context())
	if err != nil || string(b) != "new" {
		t.Errorf("it says %q (%v)", b, err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v", err)
	}
	if info, err := os.Stat(real); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v (%v)", info.Mode(), err)
	}
	left, err := os.ReadDir(filepath.Dir(real))
	if err != nil || len(left) != 1 {
		t.Errorf("left beside it: %v (%v)", left, err)
	}
	f.check = func(*flows.Policy) error {
		_, err := os.ReadFile(filepath.Join(dir, "secret-of-somebody"))
		return err
	}
	if err := f.Ready(t.Context(), p); flows.CodeOf(err) != flows.Invalid || strings.Contains(flows.SayOf(err), dir) {
		t.Errorf("says %q", flows.SayOf(err))
	}
	gone := policyFile{path: filepath.Join(dir, "nowhere", "policy.yaml")}
	if err := gone.Ready(t.Context(), p); err == nil || flows.CodeOf(err) != flows.Internal {
		t.Errorf("ready where there is no folder: %v", err)
	}
	if gone.Replace(t.Context(), nil) == nil || gone.Reopen(t.Context(), p) == nil {
		t.Error("done where it cannot be")
	}
}
