package config

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
)

// Tenant is one organisation of several. Each has a bot registration of its own: Microsoft makes none any more that serve several
// organisations, and the bot's app id in a token is what tells whose it is.
type Tenant struct {
	Policy   string   `yaml:"policy"` // the policy file; required, for two organisations never share one
	Teams    Teams    `yaml:"teams"`
	Graph    Graph    `yaml:"graph"`
	Intake   []Intake `yaml:"intake"` // HR systems, which post to /api/people-events/TENANT
	Evidence Evidence `yaml:"evidence"`
}

// Each is the configuration of each tenant as if it were the only one, in the order of the file.
func (c Config) Each() []Config {
	if len(c.Tenants) == 0 {
		return []Config{c}
	}
	var all []Config
	for _, t := range c.Tenants {
		one := c
		one.Tenants = nil
		one.Policy, one.Teams, one.Graph, one.Intake, one.Evidence = t.Policy, t.Teams, t.Graph, t.Intake, t.Evidence
		all = append(all, one)
	}
	return all
}

// One is the configuration of the tenant of an id; of several one must be named.
func (c Config) One(tenant string) (Config, error) {
	all := c.Each()
	if tenant == "" && len(all) == 1 {
		return all[0], nil
	}
	if tenant == "" {
		return Config{}, errors.New("the config has several tenants: name one with --tenant and its id")
	}
	i := slices.IndexFunc(all, func(one Config) bool { return strings.EqualFold(one.Teams.TenantID, tenant) })
	if i < 0 {
		return Config{}, fmt.Errorf("the config has no tenant %s", tenant)
	}
	return all[i], nil
}

// apart refuses what stands both above and with the tenants: nobody could say whose it is.
func (c Config) apart(at places) error {
	if len(c.Tenants) == 0 {
		return nil
	}
	for _, key := range []struct {
		name string
		v    any
	}{{"policy", c.Policy}, {"teams", c.Teams}, {"graph", c.Graph}, {"intake", c.Intake}, {"evidence", c.Evidence}} {
		if !reflect.ValueOf(key.v).IsZero() {
			return at.wrong(key.name, "%s stands beside tenants; it belongs to each of them", key.name)
		}
	}
	return nil
}

// complete fills in what a tenant leaves out, and makes its paths those beside the config file.
func (t *Tenant) complete(dir string) {
	set := func(s *string, usual string) {
		if *s == "" {
			*s = usual
		}
	}
	set(&t.Policy, "policy.yaml")
	set(&t.Teams.Authority, Login)
	set(&t.Teams.ServiceURL, "https://smba.trafficmanager.net/teams/")
	set(&t.Graph.BaseURL, "https://graph.microsoft.com/v1.0")
	set(&t.Graph.Authority, Login)
	beside(
		dir, &t.Policy, &t.Teams.Credential.SecretFile, &t.Teams.Credential.CertificateFile, &t.Teams.Credential.PasswordFile,
		&t.Graph.Credential.SecretFile, &t.Graph.Credential.CertificateFile, &t.Graph.Credential.PasswordFile, &t.Evidence.AppendTo,
	)
	for i := range t.Intake {
		beside(dir, &t.Intake[i].SecretFile)
	}
}

// beside makes paths that are relative those beside the config file.
func beside(dir string, paths ...*string) {
	for _, p := range paths {
		if *p != "" && !filepath.IsAbs(*p) {
			*p = filepath.Join(dir, *p)
		}
	}
}

// separate refuses what two tenants must not share.
func (c Config) separate(at places) error {
	var all []error
	whose := map[string]int{}
	once := func(i int, key, place, value string) {
		if value == "" {
			return
		}
		k := key + " " + strings.ToLower(value)
		if first, taken := whose[k]; taken && first != i {
			in := fmt.Sprintf("tenants[%d].", i)
			all = append(all, at.wrong(in+place, "%s%s is that of tenants[%d]: each tenant has its own", in, key, first))
		}
		whose[k] = i
	}
	for i, t := range c.Tenants {
		once(i, "teams.tenant_id", "teams.tenant_id", t.Teams.TenantID)
		once(i, "teams.app_id", "teams.app_id", t.Teams.AppID)
		once(i, "policy", "policy", t.Policy)
		once(i, "evidence.append_to", "evidence.append_to", t.Evidence.AppendTo)
		for j, in := range t.Intake {
			once(i, "intake.secret_file", fmt.Sprintf("intake[%d].secret_file", j), in.SecretFile)
		}
	}
	for i, t := range c.Tenants {
		for _, also := range t.Teams.AllowedTenants {
			if first, taken := whose["teams.tenant_id "+strings.ToLower(also)]; taken && first != i {
				key := fmt.Sprintf("tenants[%d].teams.allowed_tenants", i)
				all = append(all, at.wrong(key, "%s lets in tenants[%d]: its people have a Muster of their own", key, first))
			}
		}
	}
	return errors.Join(all...)
}

// SecretsApart refuses two tenants with the same secret for their HR systems, in whatever files it lies: whoever signs for one could sign for the
// other. A file that cannot be read is left to the opening of its tenant. Nothing of a secret is in the error.
func (c Config) SecretsApart() error {
	type one struct {
		tenant, place int
		sum           [sha256.Size]byte
	}
	var all []error
	var seen []one
	for i, t := range c.Tenants {
		for j, in := range t.Intake {
			secret, err := in.Secret()
			if err != nil {
				continue
			}
			mine := one{i, j, sha256.Sum256([]byte(secret))}
			for _, s := range seen {
				if s.tenant != i && subtle.ConstantTimeCompare(s.sum[:], mine.sum[:]) == 1 {
					all = append(all, fmt.Errorf("the secret of tenants[%d].intake[%d] is that of tenants[%d].intake[%d]: whoever sends people events for one could send them for the other", i, j, s.tenant, s.place))
				}
			}
			seen = append(seen, mine)
		}
	}
	return errors.Join(all...)
}
