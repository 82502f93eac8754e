package graph

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	abstractions "github.com/microsoft/kiota-abstractions-go"
	azauth "github.com/microsoft/kiota-authentication-azure-go"
	khttp "github.com/microsoft/kiota-http-go"
	kjson "github.com/microsoft/kiota-serialization-json-go"
	"github.com/microsoftgraph/msgraph-sdk-go/directory"
	"github.com/microsoftgraph/msgraph-sdk-go/groups"
	"github.com/microsoftgraph/msgraph-sdk-go/subscribedskus"
	"github.com/microsoftgraph/msgraph-sdk-go/teams"
	"github.com/microsoftgraph/msgraph-sdk-go/users"

	"muster/flows/outbound"
)

// DefaultBaseURL is Microsoft Graph of the worldwide service.
const DefaultBaseURL = "https://graph.microsoft.com/v1.0"

// Options are what a Client is made of. Credential and Now are required.
type Options struct {
	BaseURL    string                 // empty: DefaultBaseURL
	Credential azcore.TokenCredential // tokens are asked of it for every request; it caches
	Scope      string                 // empty: the base URL's host with /.default; the worldwide one for a loopback base URL
	Transport  http.RoundTripper      // empty: the network, with the proxy of the environment
	Now        func() time.Time
	Pace       func() time.Time       // the clock by which writes are kept within Graph's quota; empty, for a clock that is moved: they are not
	Watch      Watcher                // told of every call; may be nil
	Log        *slog.Logger           // empty: silent. Gets one line per request at level debug
	Password   func() (string, error) // empty: from crypto/rand. First password of an account; nobody ever learns it
}

// Client is Microsoft 365 as flows.World, for one tenant. It may be used by many goroutines.
type Client struct {
	base     string
	now      func() time.Time
	log      *slog.Logger
	watch    Watcher
	password func() (string, error)
	adapter  abstractions.RequestAdapter
	cred     credential
	scope    string
	pace     pacing

	mailboxes mailboxes
}

// New makes a client. It refuses a base URL that is neither Microsoft Graph over https nor a loopback address over http, because
// every request carries a token that can change the whole tenant.
func New(o Options) (*Client, error) {
	base, err := checkBase(o.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("open Graph client: %w", err)
	}
	if o.Credential == nil {
		return nil, errors.New("open Graph client: a credential is missing")
	}
	if o.Now == nil {
		return nil, errors.New("open Graph client: a clock is missing")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Watch == nil {
		o.Watch = unwatched
	}
	if o.Password == nil {
		o.Password = randomPassword
	}
	scope := o.Scope
	if scope == "" {
		scope = "https://graph.microsoft.com/.default"
		if base.Scheme == "https" {
			scope = "https://" + base.Host + "/.default"
		}
	}
	// The list of hosts is ours: with a nil list the provider would silently send no token to a simulator, and with a wrong one to
	// Microsoft (reference/graph.md 5.2). The guard in wire.go refuses what slips through.
	auth, err := azauth.NewAzureIdentityAuthenticationProviderWithScopesAndValidHosts(
		credential{o.Credential}, []string{scope}, []string{base.Hostname()})
	if err != nil {
		return nil, fmt.Errorf("open Graph client: %w", err)
	}
	pace := newPacing(o.Pace)
	// JSON alone, handed over instead of registered: registration is a global of the SDK.
	adapter, err := khttp.NewNetHttpRequestAdapterWithParseNodeFactoryAndSerializationWriterFactoryAndHttpClient(
		auth, kjson.NewJsonParseNodeFactory(), kjson.NewJsonSerializationWriterFactory(),
		&http.Client{Transport: pipeline(base, purpose(base).Transport(o.Transport), o.Now, pace), CheckRedirect: stay})
	if err != nil {
		return nil, fmt.Errorf("open Graph client: %w", err)
	}
	adapter.SetBaseUrl(base.String())
	return &Client{
		base: base.String(), now: o.Now, log: o.Log, watch: o.Watch, password: o.Password, adapter: adapter, cred: credential{o.Credential}, scope: scope, pace: pace,
	}, nil
}

// purpose is what the client may do: ask this base URL, over the proxy of the environment if there is one.
func purpose(base *url.URL) outbound.Purpose {
	return outbound.Purpose{Name: "Microsoft Graph", Allow: outbound.Same(base.String()), Reach: outbound.Network, Proxy: true, Most: maxAnswer + 1, Idle: idleConns}
}

// idleConns is how many connections are kept for the next request: as many as are asked side by side.
const idleConns = 32

// stay keeps a token from following a redirect. Graph sends none to the calls made here.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// checkBase accepts the v1.0 endpoints of the public cloud, GCC High, DoD and China, and a simulator on this machine.
func checkBase(raw string) (*url.URL, error) {
	if raw == "" {
		raw = DefaultBaseURL
	}
	u, err := url.Parse(strings.TrimRight(raw, "/"))
	if err != nil {
		return nil, errors.New("the base URL cannot be read")
	}
	if u.Path != "/v1.0" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return nil, errors.New("the base URL must be a host and /v1.0, nothing more")
	}
	switch {
	case u.Scheme == "https" && graphHost(u.Host):
	case u.Scheme == "http" && loopback(u.Hostname()):
	default:
		return nil, errors.New("the base URL must be https on a Microsoft Graph host, or http on this machine's loopback address")
	}
	return u, nil
}

func graphHost(host string) bool {
	switch host {
	case "graph.microsoft.com", "graph.microsoft.us", "dod-graph.microsoft.us", "microsoftgraph.chinacloudapi.cn":
		return true
	}
	return false
}

// loopback is kept to the three names that the SDK's token provider accepts over http.
func loopback(host string) bool {
	return host == "127.0.0.1" || host == "localhost" || host == "::1"
}

// The builders copy their path parameters, so one per call costs nothing and shares nothing.

func (c *Client) users() *users.UsersRequestBuilder {
	return users.NewUsersRequestBuilderInternal(nil, c.adapter)
}

func (c *Client) user(id string) *users.UserItemRequestBuilder { return c.users().ByUserId(id) }

func (c *Client) groups() *groups.GroupsRequestBuilder {
	return groups.NewGroupsRequestBuilderInternal(nil, c.adapter)
}

func (c *Client) team(id string) *teams.TeamItemRequestBuilder {
	return teams.NewTeamsRequestBuilderInternal(nil, c.adapter).ByTeamId(id)
}

func (c *Client) skus() *subscribedskus.SubscribedSkusRequestBuilder {
	return subscribedskus.NewSubscribedSkusRequestBuilderInternal(nil, c.adapter)
}

func (c *Client) deletedUsers() *directory.DeletedItemsGraphUserRequestBuilder {
	return directory.NewDirectoryRequestBuilderInternal(nil, c.adapter).DeletedItems().GraphUser()
}
