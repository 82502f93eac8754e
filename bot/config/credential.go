package config

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"muster/flows/outbound"
)

// Loopback reports whether an address is plain http on this machine: a test rig, whose authority azidentity refuses.
func Loopback(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || (ip != nil && ip.IsLoopback())
}

// Secret reads the secret of a credential of kind secret. It is in no error and no log.
func (c Credential) Secret() (string, error) {
	b, err := os.ReadFile(c.SecretFile)
	if err != nil {
		return "", fmt.Errorf("read secret: %w", err)
	}
	s := strings.TrimSpace(string(b))
	if s == "" {
		return "", fmt.Errorf("read secret: %s is empty", c.SecretFile)
	}
	return s, nil
}

// Open makes the credential of an app registration in a tenant. It fetches no token yet.
func (c Credential) Open(authority, tenant, clientID string) (azcore.TokenCredential, error) {
	opts := azcore.ClientOptions{Cloud: cloud.Configuration{ActiveDirectoryAuthorityHost: authority}, Transport: toAuthority(authority).Client(nil)}
	switch c.Kind {
	case "secret":
		s, err := c.Secret()
		if err != nil {
			return nil, err
		}
		return wrap(azidentity.NewClientSecretCredential(tenant, clientID, s, &azidentity.ClientSecretCredentialOptions{ClientOptions: opts}))
	case "certificate":
		b, err := os.ReadFile(c.CertificateFile)
		if err != nil {
			return nil, fmt.Errorf("read certificate: %w", err)
		}
		var password []byte
		if c.PasswordFile != "" {
			if password, err = os.ReadFile(c.PasswordFile); err != nil {
				return nil, fmt.Errorf("read certificate password: %w", err)
			}
			password = []byte(strings.TrimSpace(string(password)))
		}
		certs, key, err := azidentity.ParseCertificates(b, password)
		if err != nil {
			return nil, fmt.Errorf("read certificate %s: %w", c.CertificateFile, err)
		}
		return wrap(azidentity.NewClientCertificateCredential(tenant, clientID, certs, key, &azidentity.ClientCertificateCredentialOptions{ClientOptions: opts}))
	case "managed_identity":
		return wrap(azidentity.NewManagedIdentityCredential(&azidentity.ManagedIdentityCredentialOptions{
			ClientOptions: azcore.ClientOptions{Transport: toPlatform().Client(nil)}, ID: azidentity.ClientID(clientID),
		}))
	case "workload_identity":
		return wrap(azidentity.NewWorkloadIdentityCredential(&azidentity.WorkloadIdentityCredentialOptions{
			ClientOptions: opts, TenantID: tenant, ClientID: clientID, TokenFilePath: c.TokenFile,
		}))
	}
	return nil, fmt.Errorf("credential kind is %q; it must be secret, certificate, managed_identity or workload_identity", c.Kind)
}

// The limits of one fetch of a token.
const (
	maxToken  = 1 << 20
	tokenTime = 30 * time.Second
)

// toAuthority is to fetch tokens: from the authority of the configuration, and from the host at which Microsoft says which authorities there are.
func toAuthority(authority string) outbound.Purpose {
	same := outbound.Same(authority)
	return outbound.Purpose{
		Name: "the authority", Reach: outbound.Network, Proxy: true, Most: maxToken, Time: tokenTime,
		Allow: func(u *url.URL) bool { return same(u) || u.Scheme == "https" && slices.Contains(discovery, u.Host) },
	}
}

// discovery is where azidentity asks whether an authority is one of Microsoft's.
var discovery = []string{"login.microsoft.com", "login.microsoftonline.com"}

// toPlatform is to fetch tokens of a managed identity: the cloud answers its machines on the machine itself, on its link, or nearby, and names
// the address in the environment. Nothing public is reached.
func toPlatform() outbound.Purpose {
	return outbound.Purpose{
		Name: "the managed identity", Reach: outbound.Platform, Most: maxToken, Time: tokenTime,
		Allow: func(*url.URL) bool { return true },
	}
}

// wrap keeps a nil pointer from becoming a credential.
func wrap[T azcore.TokenCredential](c T, err error) (azcore.TokenCredential, error) {
	if err != nil {
		return nil, fmt.Errorf("open credential: %w", err)
	}
	return c, nil
}
