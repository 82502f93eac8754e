package config

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// says is a credential whose token is the secret it was opened with; "bad" gets none.
type says string

func (s says) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	if s == "bad" {
		return azcore.AccessToken{}, errors.New("refused by the authority")
	}
	return azcore.AccessToken{Token: string(s)}, nil
}

func TestRenewing(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	put := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, opened := Credential{Kind: "secret", SecretFile: file}, 0
	open := func() (azcore.TokenCredential, error) {
		opened++
		s, err := c.Secret()
		return says(s), err
	}
	if _, err := c.Renewing(open); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is missing at the start: %v", err)
	}
	put("one")
	cred, err := c.Renewing(open)
	if err != nil {
		t.Fatal(err)
	}
	want := func(token, problem string) {
		t.Helper()
		got, err := cred.GetToken(t.Context(), policy.TokenRequestOptions{})
		if got.Token != token || (err == nil) != (problem == "") || err != nil && !strings.Contains(err.Error(), problem) {
			t.Errorf("token %q, error %v; want %q and %q", got.Token, err, token, problem)
		}
	}
	want("one", "")
	want("one", "")
	if opened != 1 {
		t.Errorf("opened %d times while nothing changed", opened)
	}
	put("two")
	want("two", "")
	put("") // half replaced: the former goes on
	want("two", "")
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	want("two", "")
	put("bad")
	want("", "refused by the authority")
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	want("", "no such file") // refused, and here is why nothing newer was tried
	put("three")
	want("three", "")
}

func TestFiles(t *testing.T) {
	all := Credential{SecretFile: "s", CertificateFile: "c", PasswordFile: "p", TokenFile: "t"}
	for kind, want := range map[string]string{"secret": "s", "certificate": "c p", "workload_identity": "t", "managed_identity": ""} {
		all.Kind = kind
		if got := strings.Join(all.Files(), " "); got != want {
			t.Errorf("%s: files %q, want %q", kind, got, want)
		}
	}
}
