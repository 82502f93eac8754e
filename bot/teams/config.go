package teams

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// What a Config means where it says nothing: the public cloud.
const (
	publicMetadata   = "https://login.botframework.com/v1/.well-known/openidconfiguration"
	publicIssuer     = "https://api.botframework.com"
	publicScope      = "https://api.botframework.com/.default"
	publicServiceURL = "https://smba.trafficmanager.net/teams/"
)

// Config says which bot this is and whom it believes. AppID and TenantID are
// required; the rest has the public cloud as its default.
type Config struct {
	// AppID is the bot's app registration. Inbound tokens must be made out to it.
	AppID string
	// TenantID is the Entra tenant of the organisation.
	TenantID string
	// AllowedTenants are further tenants that may speak with the bot.
	AllowedTenants []string
	// OpenIDMetadata is where the signing keys of the channel are announced. It
	// is https, or http on loopback for a test rig.
	OpenIDMetadata string
	// TokenIssuer is the exact issuer of inbound tokens.
	TokenIssuer string
	// ServiceURLHosts are hosts, with a port where it is not 443, to which
	// messages may be sent in addition to Microsoft's own. A loopback host has to
	// be named to be allowed; only there is plain http accepted.
	ServiceURLHosts []string
	// Scope is what outbound tokens are asked for.
	Scope string
}

// Check reports everything in the config that keeps a bot from starting. An
// empty app id is the important one: it must never come to mean that any token
// will do.
func (c Config) Check() error {
	var errs []error
	if guid(c.AppID) == "" {
		errs = append(errs, fmt.Errorf("app id %q is not a GUID", c.AppID))
	}
	if guid(c.TenantID) == "" {
		errs = append(errs, fmt.Errorf("tenant id %q is not a GUID", c.TenantID))
	}
	for _, t := range c.AllowedTenants {
		if guid(t) == "" {
			errs = append(errs, fmt.Errorf("allowed tenant %q is not a GUID", t))
		}
	}
	if _, err := keyURL(c.withDefaults().OpenIDMetadata); err != nil {
		errs = append(errs, fmt.Errorf("OpenID metadata: %w", err))
	}
	if _, err := newServiceHosts(c.ServiceURLHosts); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func (c Config) withDefaults() Config {
	c.AppID = strings.ToLower(c.AppID)
	c.TenantID = strings.ToLower(c.TenantID)
	if c.OpenIDMetadata == "" {
		c.OpenIDMetadata = publicMetadata
	}
	if c.TokenIssuer == "" {
		c.TokenIssuer = publicIssuer
	}
	if c.Scope == "" {
		c.Scope = publicScope
	}
	return c
}

// tenants is the set of tenants that may speak, in lower case.
func (c Config) tenants() map[string]bool {
	set := map[string]bool{strings.ToLower(c.TenantID): true}
	for _, t := range c.AllowedTenants {
		set[strings.ToLower(t)] = true
	}
	return set
}

// serviceHosts are the hosts our bearer token may be sent to. Names are exact:
// any Azure customer can register another name under trafficmanager.net.
type serviceHosts struct {
	https    map[string]bool // host:port, https only
	loopback map[string]bool // host:port, or host for any port; http or https
	onlyLoop bool            // the Playground: any loopback address, nothing else
}

func newServiceHosts(extra []string) (serviceHosts, error) {
	h := serviceHosts{
		https: map[string]bool{
			"smba.trafficmanager.net:443":            true, // public
			"smba.infra.gcc.teams.microsoft.com:443": true, // GCC
			"smba.infra.gov.teams.microsoft.us:443":  true, // GCC High
			"smba.infra.dod.teams.microsoft.us:443":  true, // DoD
		},
		loopback: map[string]bool{},
	}
	for _, entry := range extra {
		host, port, hasPort := strings.ToLower(entry), "443", false
		if hst, p, err := net.SplitHostPort(host); err == nil {
			host, port, hasPort = hst, p, true
		}
		host = strings.Trim(host, "[]")
		_, err := strconv.ParseUint(port, 10, 16)
		if host == "" || err != nil || (strings.ContainsAny(host, "/@?#* :") && !isLoopback(host)) {
			return serviceHosts{}, fmt.Errorf("service URL host %q: want a host name, or host:port", entry)
		}
		switch {
		case isLoopback(host) && hasPort:
			h.loopback[net.JoinHostPort(host, port)] = true
		case isLoopback(host):
			h.loopback[host] = true
		default:
			h.https[net.JoinHostPort(host, port)] = true
		}
	}
	return h, nil
}

// parse returns the service URL when a token may be sent there, and otherwise
// an error that wraps [RefusedHost].
func (h serviceHosts) parse(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: not a URL", RefusedHost)
	}
	if u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || u.Opaque != "" {
		return nil, fmt.Errorf("%w: service URL with user, query or fragment", RefusedHost)
	}
	for part := range strings.SplitSeq(u.Path, "/") {
		if part == ".." || part == "." {
			return nil, fmt.Errorf("%w: service URL with a dot segment", RefusedHost)
		}
	}
	host, port := strings.ToLower(u.Hostname()), u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[u.Scheme]
	}
	at := net.JoinHostPort(host, port)
	switch {
	case u.Scheme != "https" && u.Scheme != "http":
	case isLoopback(host):
		if h.onlyLoop || h.loopback[host] || h.loopback[at] {
			return u, nil
		}
	case u.Scheme == "https" && !h.onlyLoop && h.https[at]:
		return u, nil
	}
	return nil, fmt.Errorf("%w: %s://%s", RefusedHost, u.Scheme, u.Host)
}

// isLoopback tells whether a host, without port or brackets, is this machine.
func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// guid returns s in lower case when it is written as a GUID, and otherwise "".
func guid(s string) string {
	if len(s) != 36 {
		return ""
	}
	for i, c := range []byte(s) {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		hex := '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
		if dash != (c == '-') || !dash && !hex {
			return ""
		}
	}
	return strings.ToLower(s)
}
