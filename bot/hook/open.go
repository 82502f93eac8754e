package hook

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"muster/flows"
)

// Open reads the secrets of the policy's webhooks, which are in files relative to the policy's. Without webhooks it is nil.
func Open(pol *flows.Policy, policy string, now func() time.Time) (flows.Caller, error) {
	if len(pol.Webhooks) == 0 {
		return nil, nil
	}
	hooks := map[string]Hook{}
	for name, h := range pol.Webhooks {
		file := h.SecretFile
		if !filepath.IsAbs(file) {
			file = filepath.Join(filepath.Dir(policy), file)
		}
		secret, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("read secret of webhook %q: %w", name, err)
		}
		hooks[name] = Hook{URL: h.URL, Secret: bytes.TrimSpace(secret), Private: h.Private}
	}
	return New(Options{Hooks: hooks, Now: now})
}
