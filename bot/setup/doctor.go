package setup

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"muster/bot/config"
	"muster/flows"
	"muster/flows/graph"
	"muster/flows/outbound"
)

// Level says how bad a finding is.
type Level string

// The levels. Only what is wrong keeps Muster from doing its work.
const (
	Good  Level = "good"
	Warn  Level = "warn"
	Wrong Level = "wrong"
)

// Finding is one thing that the doctor saw. The names of the fields are a contract for scripts.
type Finding struct {
	Check Check  `json:"check"`
	Level Level  `json:"level"`
	What  string `json:"what"`          // one sentence
	Fix   string `json:"fix,omitempty"` // one sentence; empty when it is good
}

// Doctor looks at a configuration, and at everything that it names.
type Doctor struct {
	Config   string `help:"The config file." default:"muster.yaml"`
	Tenant   string `help:"With a config of several tenants: the id of the one to look at."`
	Endpoint string `help:"The bot's public address, such as https://muster.example.com/api/messages: it is asked whether a bot answers there."`
	JSON     bool   `name:"json" help:"Print the findings as JSON."`
}

// Run runs the command. It is an error when something is wrong.
func (c *Doctor) Run(d Desk) error {
	found := c.examine(d)
	bad := 0
	for _, f := range found {
		if f.Level == Wrong {
			bad++
		}
	}
	if err := c.print(d, found); err != nil {
		return fmt.Errorf("print the findings: %w", err)
	}
	switch bad {
	case 0:
		return nil
	case 1:
		return fmt.Errorf("one thing is wrong; its fix stands beside it")
	}
	return fmt.Errorf("%d things are wrong; the fix of each stands beside it", bad)
}

func (c *Doctor) print(d Desk, found []Finding) error {
	if c.JSON {
		enc := json.NewEncoder(d.Out)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		return enc.Encode(struct {
			Findings []Finding `json:"findings"`
		}{found})
	}
	for _, f := range found {
		line := fmt.Sprintf("%-5s  %-12s  %s", f.Level, f.Check, f.What)
		if f.Fix != "" {
			line += " " + f.Fix
		}
		if _, err := fmt.Fprintln(d.Out, line); err != nil {
			return err
		}
	}
	return nil
}

// patience is how long the doctor waits for one answer from elsewhere.
const patience = 30 * time.Second

// round is one examination.
type round struct {
	ctx    context.Context
	now    func() time.Time
	log    *slog.Logger
	web    *http.Client // asks without a token
	cfg    config.Config
	policy *flows.Policy // nil: it is not good
	client *graph.Client // nil: no token can be had
	token  claims        // of Microsoft Graph

	found []Finding
}

func (r *round) good(c Check, format string, args ...any) {
	r.found = append(r.found, Finding{Check: c, Level: Good, What: fmt.Sprintf(format, args...)})
}

func (r *round) warn(c Check, what, fix string) {
	r.found = append(r.found, Finding{Check: c, Level: Warn, What: what, Fix: fix})
}

func (r *round) wrong(c Check, what, fix string) {
	r.found = append(r.found, Finding{Check: c, Level: Wrong, What: what, Fix: fix})
}

// looks is to look at what the configuration and the command line name, without a token: whoever runs the doctor chooses the hosts.
func looks() outbound.Purpose {
	return outbound.Purpose{Name: "the doctor", Allow: func(*url.URL) bool { return true }, Reach: outbound.Network, Proxy: true, Most: 4 << 20, Time: patience}
}

// examine looks at everything, from what needs nothing to what needs a token. What cannot be looked at because of something before is left out.
func (c *Doctor) examine(d Desk) []Finding {
	r := &round{
		ctx: d.Ctx, now: d.Now, log: d.Log,
		web: looks().Client(nil),
	}
	var err error
	if r.cfg, err = config.Read(c.Config, d.Getenv); err != nil {
		r.wrong(ConfigFile, sentence(err), "Correct the file; without it nothing else can be looked at.")
		return r.found
	}
	if err := r.cfg.SecretsApart(); err != nil {
		r.wrong(SecretFiles, sentence(err), "Give each tenant's HR system a secret of its own.")
	}
	if r.cfg, err = r.cfg.One(c.Tenant); err != nil {
		r.wrong(ConfigFile, sentence(err), "Run the doctor once for each tenant.")
		return r.found
	}
	r.good(ConfigFile, "%s can be read.", c.Config)
	r.files()
	r.readPolicy()
	r.tokens()
	if r.client != nil {
		if r.policy != nil {
			r.permissions()
			r.tenant()
			r.passes()
		}
	}
	r.clock()
	r.store()
	r.public(c.Endpoint)
	return r.found
}
