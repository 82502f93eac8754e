package config

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// Files are those that the credential is made of, and that are read anew when they change. A managed identity has none.
func (c Credential) Files() []string {
	var files []string
	add := func(names ...string) {
		for _, name := range names {
			if name != "" {
				files = append(files, name)
			}
		}
	}
	switch c.Kind {
	case "secret":
		add(c.SecretFile)
	case "certificate":
		add(c.CertificateFile, c.PasswordFile)
	case "workload_identity":
		add(c.TokenFile)
	}
	return files
}

// Renewing is a credential that open makes, and makes anew when one of its files has changed: whoever puts a new secret or certificate in its
// place need not restart anything. The first is opened here, so that a wrong file is told at the start.
func (c Credential) Renewing(open func() (azcore.TokenCredential, error)) (azcore.TokenCredential, error) {
	r := &renewing{files: c.Files(), open: open}
	sum, err := r.read()
	if err != nil {
		return nil, err
	}
	if r.inner, err = open(); err != nil {
		return nil, err
	}
	r.sum = sum
	return r, nil
}

type renewing struct {
	files []string
	open  func() (azcore.TokenCredential, error)

	mu    sync.Mutex // guards what follows
	sum   [sha256.Size]byte
	inner azcore.TokenCredential
}

// GetToken asks the credential of the files as they are. While they cannot be read or make no credential, as when only one of two was
// replaced, the former credential goes on; when it gives no token either, both reasons are told.
func (r *renewing) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	inner, stale := r.current()
	t, err := inner.GetToken(ctx, o)
	if err != nil {
		return azcore.AccessToken{}, errors.Join(err, stale)
	}
	return t, nil
}

// current is the credential to ask, and why it is not that of the files, if so.
func (r *renewing) current() (azcore.TokenCredential, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	sum, err := r.read()
	if err != nil || sum == r.sum {
		return r.inner, err
	}
	inner, err := r.open()
	if err != nil {
		return r.inner, err
	}
	r.inner, r.sum = inner, sum
	return inner, nil
}

// read is the hash of the files. They are small, and read before each request for a token: times of change are too coarse to be trusted.
func (r *renewing) read() (sum [sha256.Size]byte, err error) {
	h := sha256.New()
	for _, name := range r.files {
		b, err := os.ReadFile(name)
		if err != nil {
			return sum, fmt.Errorf("read credential: %w", err)
		}
		h.Write(fmt.Appendf(nil, "%d ", len(b)))
		h.Write(b)
	}
	return [sha256.Size]byte(h.Sum(nil)), nil
}
