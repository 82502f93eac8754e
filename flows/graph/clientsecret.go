package graph

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"muster/flows/outbound"
)

// The limits of one fetch of a token.
const (
	maxToken  = 1 << 20
	tokenTime = 30 * time.Second
)

// ClientSecretHTTP fetches tokens by client credentials over plain http. It is for test rigs whose authority is http on loopback,
// because azidentity refuses http; it refuses every URL that is not loopback. It keeps a token until a minute before it expires.
type ClientSecretHTTP struct {
	TokenURL  string // http://127.0.0.1:PORT/TENANT/oauth2/v2.0/token
	ClientID  string
	Secret    string
	Transport http.RoundTripper // empty: the default transport
	Now       func() time.Time

	mu    sync.Mutex // guards token, and lets one fetch do for all who wait
	token azcore.AccessToken
	scope string
}

// GetToken gives the token kept, or fetches one. Claims of a challenge make it fetch: the token kept was refused.
func (c *ClientSecretHTTP) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	u, err := url.Parse(c.TokenURL)
	if err != nil || u.Scheme != "http" || !loopback(u.Hostname()) {
		return azcore.AccessToken{}, errors.New("fetch token: a client secret goes over plain http to a loopback address only")
	}
	if c.Now == nil {
		return azcore.AccessToken{}, errors.New("fetch token: a clock is missing")
	}
	scope := strings.Join(o.Scopes, " ")
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.token.Token != "" && c.scope == scope && o.Claims == "" && c.Now().Before(c.token.ExpiresOn.Add(-time.Minute)) {
		return c.token, nil
	}
	t, err := c.fetch(ctx, scope)
	if err != nil {
		return azcore.AccessToken{}, err
	}
	c.token, c.scope = t, scope
	return t, nil
}

func (c *ClientSecretHTTP) fetch(ctx context.Context, scope string) (azcore.AccessToken, error) {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {c.ClientID}, "client_secret": {c.Secret}, "scope": {scope}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.TokenURL, strings.NewReader(form.Encode()))
	if err != nil {
		return azcore.AccessToken{}, fmt.Errorf("fetch token: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	p := outbound.Purpose{Name: "the authority of a test rig", Allow: outbound.Same(c.TokenURL), Reach: outbound.Network, Most: maxToken, Time: tokenTime}
	resp, err := p.Client(c.Transport).Do(req)
	if err != nil {
		return azcore.AccessToken{}, &tokenFailure{cause: networkCause(err)}
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		body, err := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
		if err != nil {
			return azcore.AccessToken{}, &tokenFailure{status: resp.StatusCode, cause: networkCause(err)}
		}
		return azcore.AccessToken{}, &tokenFailure{status: resp.StatusCode, number: numberIn(body)}
	}
	var answer struct {
		Token     string `json:"access_token"`
		ExpiresIn int    `json:"expires_in"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return azcore.AccessToken{}, &tokenFailure{cause: errors.New("the authority's answer cannot be read")}
	}
	if answer.Token == "" {
		return azcore.AccessToken{}, &tokenFailure{}
	}
	return azcore.AccessToken{Token: answer.Token, ExpiresOn: c.Now().Add(time.Duration(answer.ExpiresIn) * time.Second)}, nil
}
