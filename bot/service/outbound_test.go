package service_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"muster/bot/publish"
	"muster/bot/teams"
	"muster/flows"
	"muster/flows/graph"
	"muster/flows/outbound"
	"muster/store/evidence"
)

// What must be in no error and no log, and never reach another host.
const (
	tokenCanary   = "token-canary-5Tz9"
	secretCanary  = "secret-canary-8Qp2"
	addressCanary = "address-canary-3Lm7"
)

// evil answers every request in one way, and remembers which hosts were asked.
type evil struct {
	answer func(*http.Request) *http.Response
	mu     sync.Mutex
	hosts  map[string]bool
}

func (e *evil) RoundTrip(r *http.Request) (*http.Response, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.hosts[r.URL.Host] = true
	if r.Body != nil {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return nil, err
		}
		r.Body.Close()
	}
	resp := e.answer(r)
	resp.Request, resp.ProtoMajor, resp.ProtoMinor = r, 1, 1
	return resp, nil
}

// reply is an answer with a body; the type is what Muster expects nearly everywhere.
func reply(status int, body io.Reader, head ...string) *http.Response {
	h := http.Header{"Content-Type": {"application/json"}}
	for i := 0; i < len(head); i += 2 {
		h.Set(head[i], head[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(body), ContentLength: -1}
}

// zeros never ends.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// drops gives one byte a second until whoever reads has gone.
type drops struct{ ctx context.Context }

func (d drops) Read(p []byte) (int, error) {
	select {
	case <-d.ctx.Done():
		return 0, d.ctx.Err()
	case <-time.After(time.Second):
		p[0] = ' '
		return 1, nil
	}
}

// bearer is a credential that gives the canary.
type bearer struct{}

func (bearer) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: tokenCanary, ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// TestHostileAnswers is every way out of Muster with a server behind it that redirects, never ends, comes in drops or speaks of something else:
// each call ends with an error within minutes, nobody else is asked, and no token, secret or address is in an error or a log.
func TestHostileAnswers(t *testing.T) {
	cfg := teams.Config{
		AppID: "00000000-0000-0000-0000-0000000000b0", TenantID: "11111111-1111-1111-1111-111111111111",
		OpenIDMetadata: "https://login.botframework.com/v1/.well-known/openidconfiguration", TokenIssuer: "https://api.botframework.com",
	}
	const service, file = "https://smba.trafficmanager.net/emea/", "https://larkfield.sharepoint.com/x?tempauth=" + addressCanary
	ref := teams.Ref{ServiceURL: service, Conversation: "a:1"}
	connector := func(t *testing.T, to http.RoundTripper, log *slog.Logger) *teams.Connector {
		c, err := teams.NewConnector(teams.ConnectorOptions{Config: cfg, Credential: bearer{}, HTTP: to, Now: time.Now, Log: log})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	head := flows.Head{Size: 1, Note: "muster/log\n1\nAAAA\n\n- x\n"}
	ways := map[string]struct {
		host string
		lax  bool // it takes the words of an answer for nothing, so that an answer about something else is as good as none

		call func(t *testing.T, to http.RoundTripper, log *slog.Logger) error
	}{
		"a message": {"smba.trafficmanager.net", false, func(t *testing.T, to http.RoundTripper, log *slog.Logger) error {
			_, err := connector(t, to, log).Send(t.Context(), ref, teams.Message{Text: "x"})
			return err
		}},
		"a file read": {"larkfield.sharepoint.com", true, func(t *testing.T, to http.RoundTripper, log *slog.Logger) error {
			_, err := connector(t, to, log).Fetch(t.Context(), file, 1<<20)
			return err
		}},
		"a file put": {"larkfield.sharepoint.com", true, func(t *testing.T, to http.RoundTripper, log *slog.Logger) error {
			return connector(t, to, log).Upload(t.Context(), file, []byte("x"))
		}},
		"keys": {"login.botframework.com", false, func(t *testing.T, to http.RoundTripper, log *slog.Logger) error {
			return teams.NewKeys(cfg, to, log, time.Now).Warm(t.Context())
		}},
		"Graph": {"graph.microsoft.com", false, func(t *testing.T, to http.RoundTripper, log *slog.Logger) error {
			c, err := graph.New(graph.Options{Credential: bearer{}, Transport: to, Now: time.Now, Log: log})
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.FetchAccount(t.Context(), "00000000-0000-4000-a000-000000000003")
			return err
		}},
		"a rig's token": {"127.0.0.1:9", false, func(t *testing.T, to http.RoundTripper, _ *slog.Logger) error {
			c := &graph.ClientSecretHTTP{TokenURL: "http://127.0.0.1:9/t/oauth2/v2.0/token", ClientID: "c", Secret: secretCanary, Transport: to, Now: time.Now}
			_, err := c.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{"s"}})
			return err
		}},
		"a checkpoint": {"sink.example", true, func(t *testing.T, to http.RoundTripper, _ *slog.Logger) error {
			_, err := publish.Address{URL: "https://sink.example/" + addressCanary, Transport: to}.Leave(t.Context(), head, flows.Published{})
			return err
		}},
		"a witness": {"witness.example", false, func(t *testing.T, to http.RoundTripper, _ *slog.Logger) error {
			w := publish.Witness{URL: "https://witness.example/" + addressCanary, Key: "w+00000000+AAAA", Transport: to, Prove: func(context.Context, int64, int64) ([]evidence.Hash, error) { return nil, nil }}
			_, err := w.Leave(t.Context(), head, flows.Published{})
			return err
		}},
	}
	redirect := func(to string) func(*http.Request) *http.Response {
		return func(*http.Request) *http.Response {
			return reply(http.StatusTemporaryRedirect, strings.NewReader(""), "Location", to)
		}
	}
	for attack, answer := range map[string]func(*http.Request) *http.Response{
		"to another host":       redirect("https://evil.example/collect"),
		"to a cloud's metadata": redirect("http://169.254.169.254/latest/meta-data"),
		"to a file":             redirect("file:///etc/passwd"),
		"never ends":            func(*http.Request) *http.Response { return reply(http.StatusOK, zeros{}) },
		"comes in drops":        func(r *http.Request) *http.Response { return reply(http.StatusOK, drops{r.Context()}) },
		"speaks of something else": func(*http.Request) *http.Response {
			return reply(http.StatusOK, strings.NewReader("<html>"+tokenCanary+secretCanary+"</html>"), "Content-Type", "text/html")
		},
	} {
		for way, w := range ways {
			t.Run(way+" "+attack, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					e := &evil{answer: answer, hosts: map[string]bool{}}
					var log noted
					began := time.Now()
					err := w.call(t, e, slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
					if took := time.Since(began); took > 6*time.Minute {
						t.Errorf("it took %s", took)
					}
					if err == nil && (attack != "speaks of something else" || !w.lax) && !(way == "a file put") {
						t.Error("it is taken for good")
					}
					if errors.Is(err, outbound.ErrElsewhere) {
						t.Errorf("it was about to go elsewhere: %v", err)
					}
					if len(e.hosts) != 1 || !e.hosts[w.host] {
						t.Errorf("asked %v, want %s alone", e.hosts, w.host)
					}
					said := log.String()
					if err != nil {
						said += err.Error() + flows.SayOf(err)
					}
					for _, canary := range []string{tokenCanary, secretCanary, addressCanary, "meta-data", "/etc/passwd"} {
						if strings.Contains(said, canary) {
							t.Errorf("%s is in an error or the log: %s", canary, said)
						}
					}
				})
			})
		}
	}
}
