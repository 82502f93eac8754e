package config

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
)

// TestRotatedFiles puts new files in the place of those of each kind of credential: the real credential is made anew from them, once for each
// change, and goes on while they are half replaced.
func TestRotatedFiles(t *testing.T) {
	for kind, tt := range map[string]struct {
		first, second, broken []byte // broken is what cannot be opened; nil where every content can
	}{
		"secret":            {[]byte("one"), []byte("two"), []byte(" ")},
		"certificate":       {selfSigned(t, 1), selfSigned(t, 2), []byte("-----BEGIN CERTIFICATE-----\nhalf")},
		"workload_identity": {[]byte("token one"), []byte("token two"), nil},
	} {
		t.Run(kind, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "file")
			c := Credential{Kind: kind, SecretFile: file, CertificateFile: file, TokenFile: file}
			opened := 0
			put := func(b []byte) {
				t.Helper()
				if err := os.WriteFile(file, b, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			put(tt.first)
			cred, err := c.Renewing(func() (azcore.TokenCredential, error) {
				made, err := c.Open("https://login.microsoftonline.com", "11111111-1111-1111-1111-111111111111", "00000000-0000-0000-0000-0000000000c0")
				if err == nil {
					opened++
				}
				return made, err
			})
			if err != nil {
				t.Fatal(err)
			}
			r, ok := cred.(*renewing)
			if !ok {
				t.Fatalf("a %T", cred)
			}
			was, err := r.current()
			if err != nil || opened != 1 {
				t.Fatalf("unchanged: opened %d times, %v", opened, err)
			}
			if tt.broken != nil {
				put(tt.broken)
				if now, err := r.current(); err == nil || now != was {
					t.Errorf("half replaced: %v, another one: %v", err, now != was)
				}
			}
			put(tt.second)
			for range 2 {
				if now, err := r.current(); err != nil || now == was {
					t.Errorf("replaced: %v, another one: %v", err, now != was)
				}
			}
			if opened != 2 {
				t.Errorf("opened %d times", opened)
			}
		})
	}
}

// selfSigned is a certificate with its key, as Entra takes it: RSA, because it signs the assertion.
func selfSigned(t *testing.T, serial int64) []byte {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "muster"}, NotBefore: start, NotAfter: start.AddDate(2, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})...)
}
