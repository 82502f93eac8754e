// Package config is the file that `muster serve` is started with: one documented struct, and the credentials it names. Unknown keys are
// refused, zero values work, secrets are paths and never values.
package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"reflect"

	"github.com/goccy/go-yaml"
)

// Config is muster.yaml. Relative paths are relative to the file. Every key can also be set in the environment, which wins: teams.app_id is
// MUSTER_TEAMS_APP_ID.
type Config struct {
	Listen  string `yaml:"listen"`   // host:port of POST /api/messages and /api/people-events, GET /healthz /readyz /metrics; 127.0.0.1:3978 when left out
	DataDir string `yaml:"data_dir"` // stores and signing keys, a folder per tenant; created 0700; ./muster-data when left out
	Store   string `yaml:"store"`    // bbolt, which is also what is meant when left out, or postgres
	Policy  string `yaml:"policy"`   // the policy file; ./policy.yaml when left out
	Teams   Teams  `yaml:"teams"`
	Graph   Graph  `yaml:"graph"`

	PostgresDSNFile     string `yaml:"postgres_dsn_file"`    // store postgres: a file that holds the connection string
	PostgresConnections int    `yaml:"postgres_connections"` // store postgres: for reading, at most, for each tenant; one more is for writing. 8 when left out

	TurnsAtOnce int `yaml:"turns_at_once"` // messages and presses that one person may send at once; each second gives one back. 100 when left out

	Intake []Intake `yaml:"intake"` // HR systems that may send people events; nobody when left out

	Evidence Evidence `yaml:"evidence"` // where the signed checkpoints of the log are left, beside the owners' channel

	Telemetry Telemetry `yaml:"telemetry"` // traces; none when left out

	Tenants []Tenant `yaml:"tenants"` // several organisations in one process; then policy, teams, graph, intake and evidence stand with each, and not above
}

// Telemetry is where it is sent what Muster does, for whoever runs it: kinds, times and opaque ids, and no names.
type Telemetry struct {
	OTLPEndpoint string `yaml:"otlp_endpoint"` // a collector of OpenTelemetry that takes OTLP over HTTP, https or on loopback, such as http://127.0.0.1:4318; nowhere when left out
}

// Evidence is where the signed checkpoints of the log are left. Each place sees the number of entries and a hash, and nothing that is in
// them.
type Evidence struct {
	AppendTo  string    `yaml:"append_to"` // a file, best on another machine's disk; read at each start
	PostTo    string    `yaml:"post_to"`   // an https address that each is posted to
	Witnesses []Witness `yaml:"witnesses"` // who cosign them (c2sp.org/tlog-witness)
}

// Witness is one witness.
type Witness struct {
	URL string `yaml:"url"` // https, without add-checkpoint
	Key string `yaml:"key"` // its public key, NAME+HASH+KEY
}

// Intake is an HR system that may send people events to POST /api/people-events. They become drafts that a person confirms.
type Intake struct {
	Source     string `yaml:"source"`      // its name, as its events have it
	SecretFile string `yaml:"secret_file"` // a file that holds the secret it signs with: 32 bytes or more
	DraftTo    string `yaml:"draft_to"`    // sign-in name of the HR person who confirms its events
}

// Secret reads the secret. It is in no error and no log.
func (i Intake) Secret() (string, error) { return Credential{SecretFile: i.SecretFile}.Secret() }

// Teams is the bot registration, and whom it believes.
type Teams struct {
	AppID           string     `yaml:"app_id"`            // of the bot's app registration
	TenantID        string     `yaml:"tenant_id"`         // of the organisation
	AllowedTenants  []string   `yaml:"allowed_tenants"`   // further tenants; activities from others are refused
	OpenIDMetadata  string     `yaml:"openid_metadata"`   // where the signing keys are announced; Microsoft's when left out
	TokenIssuer     string     `yaml:"token_issuer"`      // issuer of inbound tokens; Microsoft's when left out
	ServiceURLHosts []string   `yaml:"service_url_hosts"` // hosts in addition to Microsoft's own; loopback must be named to be allowed
	ServiceURL      string     `yaml:"service_url"`       // where people are reached who have not written yet; the public cloud's when left out
	Authority       string     `yaml:"authority"`         // https://login.microsoftonline.com when left out
	Credential      Credential `yaml:"credential"`
}

// Graph is the app registration that acts on the directory.
type Graph struct {
	BaseURL    string     `yaml:"base_url"`  // https://graph.microsoft.com/v1.0 when left out
	Authority  string     `yaml:"authority"` // https://login.microsoftonline.com when left out
	ClientID   string     `yaml:"client_id"`
	Credential Credential `yaml:"credential"`
}

// Credential says how an app registration proves itself.
type Credential struct {
	Kind            string `yaml:"kind"`             // secret, certificate, managed_identity or workload_identity
	SecretFile      string `yaml:"secret_file"`      // secret: a file that holds it
	CertificateFile string `yaml:"certificate_file"` // certificate: PEM or PKCS#12 with the private key
	PasswordFile    string `yaml:"password_file"`    // certificate: of the PKCS#12 file, if it has one
	TokenFile       string `yaml:"token_file"`       // workload_identity: the federated token; AZURE_FEDERATED_TOKEN_FILE when left out
}

// Login is Microsoft's own authority.
const Login = "https://login.microsoftonline.com"

// Read reads a config file and the environment. Every problem is one sentence, with line and column where the file has one.
func Read(path string, getenv func(string) string) (Config, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return Config{}, fmt.Errorf("read config: %w", err)
	}
	c := Config{
		Listen: "127.0.0.1:3978", DataDir: "muster-data", Store: "bbolt",
	}
	if err := yaml.NewDecoder(bytes.NewReader(b), yaml.Strict()).Decode(&c); err != nil && !errors.Is(err, io.EOF) {
		return Config{}, fmt.Errorf("read config %s: %w", path, err)
	}
	if err := fromEnv(reflect.ValueOf(&c).Elem(), "MUSTER", getenv); err != nil {
		return Config{}, err
	}
	at, err := findPlaces(path, b)
	if err != nil {
		return Config{}, err
	}
	if err := c.apart(at); err != nil {
		return Config{}, err
	}
	dir := filepath.Dir(path)
	beside(dir, &c.DataDir, &c.PostgresDSNFile)
	top := Tenant{Policy: c.Policy, Teams: c.Teams, Graph: c.Graph, Intake: c.Intake, Evidence: c.Evidence}
	top.complete(dir)
	c.Policy, c.Teams, c.Graph, c.Intake, c.Evidence = top.Policy, top.Teams, top.Graph, top.Intake, top.Evidence
	for i := range c.Tenants {
		c.Tenants[i].complete(dir)
	}
	if len(c.Tenants) == 0 {
		return c, errors.Join(c.common(at), c.check(at))
	}
	all := []error{c.common(at)}
	for i, one := range c.Each() {
		in := fmt.Sprintf("tenants[%d]", i)
		if err := one.check(at.in(in)); err != nil {
			all = append(all, fmt.Errorf("%s: %w", in, err))
		}
	}
	return c, errors.Join(append(all, c.separate(at))...)
}

// common checks what all tenants have in common.
func (c Config) common(at places) error {
	var all []error
	wrong := func(key, format string, args ...any) { all = append(all, at.wrong(key, format, args...)) }
	switch {
	case c.Store != "bbolt" && c.Store != "postgres":
		wrong("store", "store is %q; this version knows bbolt and postgres", c.Store)
	case c.Store == "postgres" && c.PostgresDSNFile == "":
		wrong("store", "store is postgres and postgres_dsn_file is missing: a file that holds the connection string")
	case c.Store == "bbolt" && c.PostgresDSNFile != "":
		wrong("postgres_dsn_file", "postgres_dsn_file is named and store is bbolt: write store: postgres, or leave the file out")
	}
	if c.PostgresConnections < 0 || c.PostgresConnections > 1000 {
		wrong("postgres_connections", "postgres_connections is %d; it counts from 1 to 1000, and 0 means 8", c.PostgresConnections)
	}
	if c.TurnsAtOnce < 0 {
		wrong("turns_at_once", "turns_at_once is %d; it counts up from 1, and 0 means 100", c.TurnsAtOnce)
	}
	if e := c.Telemetry.OTLPEndpoint; e != "" && !outward(e) {
		wrong("telemetry.otlp_endpoint", "telemetry.otlp_endpoint %q is not an https address", e)
	}
	return errors.Join(all...)
}

// outward reports whether an address is one that something may be sent to.
func outward(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Host != "" && u.User == nil && (u.Scheme == "https" || Loopback(address))
}

// check checks what belongs to a tenant.
func (c Config) check(at places) error {
	var all []error
	wrong := func(key, format string, args ...any) { all = append(all, at.wrong(key, format, args...)) }
	if c.Teams.AppID == "" || c.Teams.TenantID == "" {
		wrong("teams", "teams.app_id and teams.tenant_id are required: without them nobody's token could be checked")
	}
	if c.Graph.ClientID == "" {
		wrong("graph", "graph.client_id is required")
	}
	for _, a := range []struct{ key, address string }{{"teams.authority", c.Teams.Authority}, {"graph.authority", c.Graph.Authority}} {
		u, err := url.Parse(a.address)
		if err != nil || u.Host == "" || (u.Scheme != "https" && !Loopback(a.address)) {
			wrong(a.key, "%s %q is not an https address", a.key, a.address)
		}
	}
	if p := c.Evidence.PostTo; p != "" && !outward(p) {
		wrong("evidence.post_to", "evidence.post_to %q is not an https address", p)
	}
	for i, w := range c.Evidence.Witnesses {
		key := fmt.Sprintf("evidence.witnesses[%d]", i)
		if !outward(w.URL) {
			wrong(key+".url", "%s.url %q is not an https address", key, w.URL)
		}
		if w.Key == "" {
			wrong(key, "%s.key is required: without it anybody could sign in its place", key)
		}
	}
	seen := map[string]bool{}
	for i, in := range c.Intake {
		key := fmt.Sprintf("intake[%d]", i)
		if in.Source == "" || in.SecretFile == "" || in.DraftTo == "" {
			wrong(key, "%s needs source, secret_file and draft_to", key)
		}
		if seen[in.Source] {
			wrong(key+".source", "%s.source stands there twice", key)
		}
		seen[in.Source] = true
	}
	return errors.Join(all...)
}
