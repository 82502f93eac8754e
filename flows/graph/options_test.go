package graph

import (
	"go/parser"
	gotoken "go/token"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestNewRefusesForeignBaseURLs(t *testing.T) {
	for base, ok := range map[string]bool{
		"":                                                   true,
		"https://graph.microsoft.com/v1.0":                   true,
		"https://graph.microsoft.com/v1.0/":                  true,
		"https://graph.microsoft.us/v1.0":                    true,
		"https://dod-graph.microsoft.us/v1.0":                true,
		"https://microsoftgraph.chinacloudapi.cn/v1.0":       true,
		"http://127.0.0.1:3980/v1.0":                         true,
		"http://localhost:3980/v1.0":                         true,
		"http://[::1]:3980/v1.0":                             true,
		"http://graph.microsoft.com/v1.0":                    false,
		"https://graph.microsoft.com/beta":                   false,
		"https://graph.microsoft.com":                        false,
		"https://graph.microsoft.com.example/v1.0":           false,
		"https://graph.microsoft.com:444/v1.0":               false,
		"https://user:pass@graph.microsoft.com/v1.0":         false,
		"https://graph.microsoft.com/v1.0?x=1":               false,
		"https://127.0.0.1:3980/v1.0":                        false,
		"http://127.0.0.1.example:3980/v1.0":                 false,
		"http://10.0.0.1/v1.0":                               false,
		"http://graph.microsoft.com@127.0.0.1.example/v1.0":  false,
		"http://127.0.0.1:3980@graph.microsoft.example/v1.0": false,
		"://":                        false,
		"ftp://graph.microsoft.com/": false,
	} {
		t.Run(base, func(t *testing.T) {
			_, err := New(Options{BaseURL: base, Credential: &token{text: secret}, Now: time.Now})
			if (err == nil) != ok {
				t.Errorf("error = %v, want accepted = %t", err, ok)
			}
		})
	}
}

func TestNewNeedsCredentialAndClock(t *testing.T) {
	if _, err := New(Options{Now: time.Now}); err == nil {
		t.Error("no credential was accepted")
	}
	if _, err := New(Options{Credential: &token{text: secret}}); err == nil {
		t.Error("no clock was accepted")
	}
}

// Trap 5.1: the root client and the drives package double the time that the SDK takes to compile.
func TestImportsStaySmall(t *testing.T) {
	const sdk = "github.com/microsoftgraph/msgraph-sdk-go"
	allowed := []string{"directory", "groups", "models", "subscribedskus", "teams", "users"}
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") {
			continue
		}
		file, err := parser.ParseFile(gotoken.NewFileSet(), f.Name(), nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range file.Imports {
			path := strings.Trim(i.Path.Value, `"`)
			if rest, ok := strings.CutPrefix(path, sdk); ok {
				seen++
				if !slices.Contains(allowed, strings.TrimPrefix(rest, "/")) {
					t.Errorf("%s imports %s", f.Name(), path)
				}
			}
		}
	}
	if seen == 0 {
		t.Error("no import of the SDK was found: the test looks in the wrong place")
	}
}

func TestPassword(t *testing.T) {
	one, err := randomPassword()
	if err != nil {
		t.Fatal(err)
	}
	two, err := randomPassword()
	if err != nil {
		t.Fatal(err)
	}
	if one == two {
		t.Error("two passwords are the same")
	}
	if len(one) < 40 {
		t.Errorf("a password has %d characters, want at least 40", len(one))
	}
	for class, set := range map[string]string{"lower": "abcdefghijklmnopqrstuvwxyz", "upper": "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "digit": "0123456789", "symbol": "-"} {
		if !strings.ContainsAny(one, set) {
			t.Errorf("a password has no %s character", class)
		}
	}
}
