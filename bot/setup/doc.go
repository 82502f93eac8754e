// Package setup holds the commands that bring Muster into an organisation and look after it there: init proposes a configuration from the
// tenant as it is, doctor says what is wrong with the one there is. They read the tenant and never change it; what they write are files that a
// person reads before they are used. What each line of the doctor means stands in DOCTOR.md.
package setup

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"muster/bot/config"
	"muster/flows/graph"
)

// Desk is what the commands work with.
type Desk struct {
	Ctx    context.Context // of the whole command: kong hands out values, not arguments
	In     io.Reader
	Out    io.Writer
	Now    func() time.Time
	Getenv func(string) string
	Log    *slog.Logger
}

// OpenGraph is the tenant's Microsoft Graph as the config says.
func OpenGraph(cfg config.Config, now func() time.Time, watched graph.Watcher, log *slog.Logger) (*graph.Client, error) {
	cred, err := Credential(cfg.Graph.Credential, cfg.Graph.Authority, cfg.Teams.TenantID, cfg.Graph.ClientID, now)
	if err != nil {
		return nil, fmt.Errorf("graph: %w", err)
	}
	return graph.New(graph.Options{BaseURL: cfg.Graph.BaseURL, Credential: cred, Now: now, Pace: now, Watch: watched, Log: log})
}

// Credential opens an app's credential, which follows its files when they change. An http authority on loopback is a test rig and is asked
// by plain client credentials.
func Credential(c config.Credential, authority, tenant, clientID string, now func() time.Time) (azcore.TokenCredential, error) {
	return c.Renewing(func() (azcore.TokenCredential, error) {
		if !config.Loopback(authority) {
			return c.Open(authority, tenant, clientID)
		}
		secret, err := c.Secret()
		if err != nil {
			return nil, err
		}
		return &graph.ClientSecretHTTP{TokenURL: strings.TrimSuffix(authority, "/") + "/" + tenant + "/oauth2/v2.0/token", ClientID: clientID, Secret: secret, Now: now}, nil
	})
}
