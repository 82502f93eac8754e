// Command muster runs joiners, movers and leavers from Microsoft Teams. See README.md.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"time"
	_ "time/tzdata" // sites have time zones, and the machine may have no tables

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/alecthomas/kong"

	"muster/bot/atrest"
	"muster/bot/backup"
	"muster/bot/config"
	"muster/bot/hook"
	"muster/bot/intake"
	"muster/bot/publish"
	"muster/bot/sandbox"
	"muster/bot/service"
	"muster/bot/setup"
	"muster/bot/teams"
	"muster/bot/watch"
	"muster/cards/report"
	"muster/flows"
	"muster/flows/graph"
	"muster/flows/graphsim"
	"muster/flows/outbound"
	"muster/flows/texts"
	"muster/manifest"
	"muster/store"
	"muster/store/place"
)

// The exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
}

// program is the command line, and what its commands work with.
type program struct {
	Sandbox  sandboxCmd     `cmd:"" help:"Try Muster on this machine: a local Teams, a simulated Microsoft 365, fictional people."`
	Serve    serveCmd       `cmd:"" help:"Run the bot for an organisation."`
	Policy   policyCmd      `cmd:"" help:"Check a policy file, or print its schema, the built-in workflows and the task catalogue."`
	Verify   atrest.Verify  `cmd:"" help:"Check a store or an evidence pack, and say what was proven."`
	Export   atrest.Export  `cmd:"" help:"Write the evidence pack of a case, the list of a period for an audit, or the whole log as JSON lines."`
	Manifest manifestCmd    `cmd:"" help:"Write the Teams app package that an administrator uploads."`
	Version  versionCmd     `cmd:"" help:"Print the version."`
	Key      atrest.Key     `cmd:"" help:"The key that signs the evidence."`
	Init     setup.Init     `cmd:"" help:"Write a first muster.yaml and policy.yaml, proposed from the tenant as it is."`
	Doctor   setup.Doctor   `cmd:"" help:"Say what is wrong with an installation, and how to mend it. Changes nothing."`
	Backup   atrest.Backup  `cmd:"" help:"Write a backup of the store, also while Muster runs."`
	Restore  atrest.Restore `cmd:"" help:"Put a backup back, into a folder where nothing is."`
	Migrate  atrest.Migrate `cmd:"" help:"Move a tenant's store from bbolt to PostgreSQL, or back. Stop Muster first."`
	Erase    atrest.Erase   `cmd:"" help:"Ask for a person's data to be erased. A second person agrees in Teams."`

	ctx      context.Context
	out, err io.Writer
	now      func() time.Time
	getenv   func(string) string
}

// run is the whole program without the process.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	p := &program{ctx: ctx, out: stdout, err: stderr, now: time.Now, getenv: getenv}
	exited := -1
	parser, err := kong.New(p, kong.Name("muster"), kong.Description("Joiners, movers and leavers in Microsoft Teams."),
		kong.Writers(stdout, stderr), kong.Exit(func(code int) { exited = code }), kong.UsageOnError(), kong.Vars{"manifest_version": manifest.Version})
	if err != nil {
		fmt.Fprintln(stderr, "muster:", err)
		return exitUsage
	}
	k, err := parser.Parse(args)
	switch {
	case exited >= 0: // --help
		return exited
	case err != nil:
		fmt.Fprintln(stderr, "muster:", err)
		return exitUsage
	}
	if err := k.Run(p, atrest.Desk{Ctx: ctx, Out: stdout, Now: p.now}, setup.Desk{Ctx: ctx, In: os.Stdin, Out: stdout, Now: p.now, Getenv: getenv, Log: p.quiet()}); err != nil {
		fmt.Fprintln(stderr, "muster:", err)
		return exitFailed
	}
	return exitDone
}

// quiet is the log of commands whose findings are their output.
func (p *program) quiet() *slog.Logger {
	return slog.New(slog.NewTextHandler(p.err, &slog.HandlerOptions{Level: slog.LevelError}))
}

func (p *program) logger() *slog.Logger { return slog.New(slog.NewTextHandler(p.err, nil)) }

type versionCmd struct{}

func (versionCmd) Run(p *program) error {
	version := "development"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				version = s.Value
			}
		}
	}
	_, err := fmt.Fprintln(p.out, "muster", version, runtime.Version())
	return err
}

type policyCmd struct {
	Check  policyCheckCmd  `cmd:"" help:"Say what is wrong with a policy file; with --config, also whether its people, groups and licences exist."`
	Schema policySchemaCmd `cmd:"" help:"Print the JSON Schema of policy files, for editors."`

	Workflows policyWorkflowsCmd `cmd:"" help:"Print the built-in workflows, to copy from."`
	Tasks     policyTasksCmd     `cmd:"" help:"Print the task catalogue: what each task does, needs and counts as done."`
	Rights    policyRightsCmd    `cmd:"" help:"Print who may do what: every command, button and file, and who is refused whatever they hold."`

	Process     policyProcessCmd     `cmd:"" help:"Draw the workflows of a policy: who acts when, as a PDF, a page or a picture."`
	Diff        policyDiffCmd        `cmd:"" help:"Say what one policy file says otherwise than another."`
	Keys        policyKeysCmd        `cmd:"" help:"Print every key of policy files and what it is for."`
	Permissions policyPermissionsCmd `cmd:"" help:"Print the permissions of Microsoft Graph that a policy needs, and for what."`
}

type policyWorkflowsCmd struct{}

func (policyWorkflowsCmd) Run(p *program) error {
	_, err := fmt.Fprint(p.out, flows.BuiltInWorkflows())
	return err
}

type policyTasksCmd struct{}

func (policyTasksCmd) Run(p *program) error {
	_, err := fmt.Fprint(p.out, flows.TaskTable(texts.Language{}))
	return err
}

type policyKeysCmd struct{}

func (policyKeysCmd) Run(p *program) error {
	keys, err := flows.PolicyKeys()
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(p.out, keys)
	return err
}

type policyRightsCmd struct{}

func (policyRightsCmd) Run(p *program) error {
	_, err := fmt.Fprint(p.out, flows.RightsTable(texts.Language{}))
	return err
}

type policyProcessCmd struct {
	File     string `arg:"" optional:"" help:"The policy file." default:"policy.yaml"`
	Out      string `help:"The file to write. Its ending says what it becomes: .pdf, .html, or .svg and .png of one workflow." default:"process.pdf"`
	Workflow string `help:"One workflow, such as joiner or urgent_leaver."`
}

func (c *policyProcessCmd) Run(p *program) error {
	pol, err := readPolicy(c.File)
	if err != nil {
		return err
	}
	b, err := report.ProcessFile(flows.MapProcess(pol, nil, func(s string) string { return s }, p.now()), c.Workflow, strings.TrimPrefix(filepath.Ext(c.Out), "."))
	if err != nil {
		return err
	}
	if err := os.WriteFile(c.Out, b, 0o644); err != nil { //nolint:gosec // a picture of the policy, for others to read
		return fmt.Errorf("write process map: %w", err)
	}
	_, err = fmt.Fprintf(p.out, "%s shows the workflows of %s.\n", c.Out, c.File)
	return err
}

type policyPermissionsCmd struct {
	File  string `arg:"" optional:"" help:"The policy file." default:"policy.yaml"`
	Names bool   `help:"Only the names, a line each, for manifest/azure/grant.sh; without those that Exchange should grant."`
}

func (c *policyPermissionsCmd) Run(p *program) error {
	pol, err := readPolicy(c.File)
	if err != nil {
		return err
	}
	if !c.Names {
		_, err = fmt.Fprint(p.out, pol.PermissionTable())
		return err
	}
	names, apart := pol.PermissionNames()
	if len(apart) > 0 {
		if _, err := fmt.Fprintln(p.err, "Left to Exchange Online, for the mailboxes they are meant for:", strings.Join(apart, ", ")); err != nil {
			return err
		}
	}
	_, err = fmt.Fprint(p.out, names)
	return err
}

type policyDiffCmd struct {
	Was string `arg:"" help:"The policy before."`
	Is  string `arg:"" help:"The policy after."`
}

func (c *policyDiffCmd) Run(p *program) error {
	was, err := readPolicy(c.Was)
	if err != nil {
		return err
	}
	is, err := readPolicy(c.Is)
	if err != nil {
		return err
	}
	changes, err := flows.DiffPolicies(was, is)
	if err != nil {
		return err
	}
	for _, ch := range changes {
		fmt.Fprintln(p.out, ch)
	}
	if len(changes) == 0 {
		fmt.Fprintln(p.out, "Both say the same.")
	}
	return nil
}

type policySchemaCmd struct{}

func (policySchemaCmd) Run(p *program) error {
	_, err := p.out.Write(append(flows.PolicySchema(), '\n'))
	return err
}

type policyCheckCmd struct {
	File   string `arg:"" optional:"" help:"The policy file." default:"policy.yaml"`
	Config string `help:"A muster.yaml whose tenant is asked as well." type:"existingfile"`
	Tenant string `help:"With a muster.yaml of several tenants: the id of the one that is asked."`
}

func (c *policyCheckCmd) Run(p *program) error {
	pol, err := readPolicy(c.File)
	if err != nil {
		return err
	}
	if c.Config != "" {
		cfg, err := config.Read(c.Config, p.getenv)
		if err != nil {
			return err
		}
		if cfg, err = cfg.One(c.Tenant); err != nil {
			return err
		}
		world, err := setup.OpenGraph(cfg, p.now, nil, p.logger())
		if err != nil {
			return err
		}
		missing, err := flows.CheckTenant(p.ctx, world, pol)
		if err != nil {
			return fmt.Errorf("ask the tenant: %w", err)
		}
		for _, m := range missing {
			fmt.Fprintln(p.out, c.File+": "+m)
		}
		if len(missing) > 0 {
			return fmt.Errorf("%d of the names in %s are not right in the tenant", len(missing), c.File)
		}
		fmt.Fprintln(p.out, "Every person, group and licence of the policy exists.")
	}
	_, err = fmt.Fprintf(p.out, "%s is a good policy: %d job profiles, %d sites.\n", c.File, len(pol.Jobs), len(pol.Sites))
	return err
}

func readPolicy(path string) (*flows.Policy, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read policy: %w", err)
	}
	return flows.ParsePolicy(path, b)
}

type manifestCmd struct {
	Config      string   `help:"The muster.yaml that names the bot." type:"existingfile" xor:"bot" required:""`
	Tenant      string   `help:"With a muster.yaml of several tenants: the id of the one that the package is for."`
	BotID       string   `name:"bot-id" help:"The bot's app id, where there is no muster.yaml yet." xor:"bot" required:""`
	ID          string   `name:"id" help:"The app's own id, kept for life. The bot's when left out."`
	Name        string   `help:"What people look for in Teams." default:"Muster"`
	Format      string   `help:"Version of Microsoft's format; 1.25 for a portal that does not take the newest yet." default:"1.29" enum:"1.29,1.25"`
	Version     string   `help:"Higher than that of the package it replaces." default:"${manifest_version}"`
	Developer   string   `required:"" help:"Your organisation, which answers for the bot."`
	Website     string   `required:"" help:"An https page where people get help with the bot."`
	Privacy     string   `required:"" help:"An https page that says what is done with their data."`
	Terms       string   `required:"" help:"An https page with the terms of use."`
	ValidDomain []string `help:"A host whose pages Teams may show inside the app. Muster has none of its own."`
	Out         string   `help:"The file to write." default:"muster.zip"`
}

func (c *manifestCmd) Run(p *program) error {
	app := manifest.App{
		Format: c.Format, ID: c.ID, BotID: c.BotID, Version: c.Version, Name: c.Name, ValidDomains: c.ValidDomain,
		Developer: manifest.Developer{Name: c.Developer, Website: c.Website, Privacy: c.Privacy, Terms: c.Terms},
	}
	if c.Config != "" {
		cfg, err := config.Read(c.Config, p.getenv)
		if err != nil {
			return err
		}
		if cfg, err = cfg.One(c.Tenant); err != nil {
			return err
		}
		app.BotID = cfg.Teams.AppID
	}
	if err := service.WriteFile(c.Out, func(w io.Writer) error { return manifest.Build(w, app) }); err != nil {
		return err
	}
	_, err := fmt.Fprintln(p.out, "Written:", c.Out)
	return err
}

func rigCredential(authority, tenant, clientID, secret string, now func() time.Time) azcore.TokenCredential {
	return &graph.ClientSecretHTTP{TokenURL: strings.TrimSuffix(authority, "/") + "/" + tenant + "/oauth2/v2.0/token", ClientID: clientID, Secret: secret, Now: now}
}

type serveCmd struct {
	Config string `help:"The config file." default:"muster.yaml" type:"existingfile"`
}

func (c *serveCmd) Run(p *program) error {
	cfg, err := config.Read(c.Config, p.getenv)
	if err != nil {
		return err
	}
	if err := cfg.SecretsApart(); err != nil {
		return err
	}
	service.SpendMemory(p.getenv)
	log := p.logger()
	var tenants []service.Tenant
	for _, one := range cfg.Each() {
		tenants = append(tenants, p.tenant(one, len(cfg.Tenants) > 1, log))
	}
	house, err := service.OpenHouse(p.ctx, log, tenants...)
	if err != nil {
		return err
	}
	edge, err := service.Listen(teams.NewServer(cfg.Listen, house.Handler(), log))
	if err != nil {
		return err
	}
	log.InfoContext(p.ctx, "serving", slog.String("listen", cfg.Listen))
	return service.Together(p.ctx, house.Run, edge)
}

// tenant is how a tenant is opened; one of several says in its log and figures which it is.
func (p *program) tenant(cfg config.Config, several bool, log *slog.Logger) service.Tenant {
	label := ""
	if several {
		label = strings.ToLower(cfg.Teams.TenantID)
		log = log.With(slog.String("tenant", label))
	}
	return service.Tenant{
		ID: strings.ToLower(cfg.Teams.TenantID), App: strings.ToLower(cfg.Teams.AppID),
		Policy:  func() (*flows.Policy, error) { return readPolicy(cfg.Policy) },
		Options: func(pol *flows.Policy) (service.Options, error) { return p.parts(cfg, label, pol, log) },
		Beside:  func(s *service.Service) func(context.Context) error { return backup.Listen(s.Source(cfg.Policy), log) },
	}
}

// parts are what a tenant is made of. label is its name in the figures; empty: they are its own.
func (p *program) parts(cfg config.Config, label string, pol *flows.Policy, log *slog.Logger) (service.Options, error) {
	var none service.Options
	var traces *watch.Traces
	if cfg.Telemetry.OTLPEndpoint != "" {
		traces = &watch.Traces{Endpoint: cfg.Telemetry.OTLPEndpoint, Tenant: cfg.Teams.TenantID, Log: log}
	}
	seen := watch.For(label, p.now, traces)
	world, err := setup.OpenGraph(cfg, p.now, seen.Graph, log)
	if err != nil {
		return none, err
	}
	cred, err := setup.Credential(cfg.Teams.Credential, cfg.Teams.Authority, cfg.Teams.TenantID, cfg.Teams.AppID, p.now)
	if err != nil {
		return none, fmt.Errorf("teams: %w", err)
	}
	tc := teams.Config{
		AppID: cfg.Teams.AppID, TenantID: cfg.Teams.TenantID, AllowedTenants: cfg.Teams.AllowedTenants,
		OpenIDMetadata: cfg.Teams.OpenIDMetadata, TokenIssuer: cfg.Teams.TokenIssuer, ServiceURLHosts: cfg.Teams.ServiceURLHosts,
	}
	conn, err := teams.NewConnector(teams.ConnectorOptions{Config: tc, Credential: cred, Now: p.now, Watch: seen.Teams, Log: log})
	if err != nil {
		return none, err
	}
	hooks, err := hook.Open(pol, cfg.Policy, p.now)
	if err != nil {
		return none, err
	}
	sources, err := intakeSources(cfg.Intake)
	if err != nil {
		return none, err
	}
	places := publish.Places{AppendTo: cfg.Evidence.AppendTo, PostTo: cfg.Evidence.PostTo}
	for _, w := range cfg.Evidence.Witnesses {
		places.Witnesses = append(places.Witnesses, publish.Witness{URL: w.URL, Key: w.Key})
	}
	published, err := places.Read()
	if err != nil {
		return none, err
	}
	return service.Options{
		Postgres: place.Postgres{DSNFile: cfg.PostgresDSNFile, Connections: cfg.PostgresConnections},
		Sinks:    func(st *store.Store) map[string]flows.Sink { return places.Sinks(st.Growth) }, Published: published,
		PolicyFile: cfg.Policy, PolicyOpen: p.couldOpen(cfg.Policy),
		Hooks: hooks, Tenant: strings.ToLower(cfg.Teams.TenantID), DataDir: cfg.DataDir, Policy: pol, World: world, SignIns: world, Teams: tc, Connector: conn,
		ServiceURL: cfg.Teams.ServiceURL, Now: p.now, Wall: p.now, Log: log, Intake: sources, TurnsAtOnce: cfg.TurnsAtOnce,
		Watch: seen, Tokens: map[string]watch.Token{"Microsoft 365": world.Token, "Teams": conn.Token},
		Budgets: map[string]watch.Budget{"graph_writes": world.Budget, "teams_sends": conn.Budget},
	}, nil
}

// couldOpen says whether the systems of another policy's webhooks could be reached with what the machine has, as the policy's file does.
func (p *program) couldOpen(file string) func(*flows.Policy) error {
	return func(next *flows.Policy) error {
		_, err := hook.Open(next, file, p.now)
		return err
	}
}

// intakeSources are the HR systems that may send people events, with their secrets.
func intakeSources(all []config.Intake) ([]intake.Source, error) {
	var out []intake.Source
	for _, in := range all {
		secret, err := in.Secret()
		if err != nil {
			return nil, fmt.Errorf("intake of %s: %w", in.Source, err)
		}
		out = append(out, intake.Source{Name: in.Source, Secret: []byte(secret), DraftTo: in.DraftTo})
	}
	return out, nil
}

type sandboxCmd struct {
	Listen      string `help:"Where the page and the control API are." default:"127.0.0.1:3979"`
	BotListen   string `help:"Where the bot listens." default:"127.0.0.1:3978"`
	GraphListen string `help:"Where the simulated Microsoft Graph listens." default:"127.0.0.1:3980"`
	Data        string `help:"A folder to keep everything in. A temporary one when left out."`
	Clock       string `help:"The time it starts at, RFC 3339. Now when left out, or where a kept sandbox stood."`
	Seed        int64  `help:"Seed of the simulated tenant." default:"1"`
	GraphLog    string `help:"A file that gets every Graph request as a JSON line."`
	Policy      string `help:"A policy file. The example policy when left out." type:"existingfile"`
	Premium     bool   `help:"The simulated tenant has Entra ID P2 and Governance: access packages, lifecycle workflows, managed roles."`
	Playground  bool   `help:"Let Microsoft's Agents Playground, which sends no tokens, talk to the bot on loopback as any of the people."`
	WithoutBot  bool   `help:"Start no bot: be Teams and Microsoft 365 for the one that muster serve runs on the bot's address."`
	NoOpen      bool   `help:"Do not open the page in a browser."`

	PlaygroundConfig string `help:"Print the .m365agentsplayground.yml for hr, manager, approver, it or owner, and stop."`
}

// The app ids of the sandbox.
const (
	sandboxGraphApp = "00000000-0000-0000-0000-0000000000c0"
	sandboxSecret   = "sandbox" // the sandbox's token endpoints take any secret that is not empty
)

func (c *sandboxCmd) Run(p *program) error {
	if c.PlaygroundConfig != "" {
		b, err := sandbox.PlaygroundConfig(c.PlaygroundConfig)
		if err != nil {
			return err
		}
		_, err = p.out.Write(b)
		return err
	}
	for _, a := range []string{c.Listen, c.BotListen, c.GraphListen} {
		if !config.Loopback("http://" + a) {
			return fmt.Errorf("sandbox: %s is not on loopback: anybody who reaches the sandbox can act as anybody", a)
		}
	}
	dir, err := c.folder()
	if err != nil {
		return err
	}
	if c.Data == "" {
		defer os.RemoveAll(dir)
	}
	return c.run(p, dir)
}

func (c *sandboxCmd) folder() (string, error) {
	if c.Data == "" {
		dir, err := os.MkdirTemp("", "muster-sandbox-")
		if err != nil {
			return "", fmt.Errorf("sandbox folder: %w", err)
		}
		return dir, nil
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return "", fmt.Errorf("sandbox folder: %w", err)
	}
	return c.Data, nil
}

// policy is the one named, the one in the folder from an earlier start, or the example. The one in use is written to the folder.
func (c *sandboxCmd) policy(dir string) (*flows.Policy, error) {
	kept := filepath.Join(dir, "policy.yaml")
	from := c.Policy
	if from == "" {
		from = kept
	}
	b, err := os.ReadFile(from)
	if c.Policy == "" && errors.Is(err, os.ErrNotExist) {
		b, err = sandbox.DefaultPolicy, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read policy: %w", err)
	}
	pol, err := flows.ParsePolicy(from, b)
	if err != nil {
		return nil, err
	}
	return pol, os.WriteFile(kept, b, 0o600)
}

func (c *sandboxCmd) run(p *program, dir string) error {
	log := slog.New(slog.NewTextHandler(p.err, &slog.HandlerOptions{Level: slog.LevelWarn}))
	pol, err := c.policy(dir)
	if err != nil {
		return err
	}
	start := p.now()
	if c.Clock != "" {
		if start, err = time.Parse(time.RFC3339, c.Clock); err != nil {
			return fmt.Errorf("sandbox: --clock: %w", err)
		}
	}
	clock := sandbox.NewClock(start, p.now)
	var graphLog io.Writer
	if c.GraphLog != "" {
		f, err := os.OpenFile(c.GraphLog, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return fmt.Errorf("sandbox: %w", err)
		}
		defer f.Close()
		graphLog = f
	}
	sim, err := graphsim.New(graphsim.Options{Now: clock.Now, TokenNow: p.now, Seed: c.Seed, Log: graphLog, State: filepath.Join(dir, "tenant.json"), Premium: c.Premium, Also: []string{"AuditLog.Read.All"}})
	if err != nil {
		return err
	}
	teamsBase := "http://" + c.Listen
	var house *service.House
	var cases sandbox.Cases
	if !c.WithoutBot {
		if house, err = service.OpenHouse(p.ctx, log, service.Tenant{
			ID: sandbox.FixedTenant, App: sandbox.FixedAppID,
			Policy:  func() (*flows.Policy, error) { return pol, nil },
			Options: func(pol *flows.Policy) (service.Options, error) { return c.bot(p, dir, pol, clock, log) },
			Beside: func(s *service.Service) func(context.Context) error {
				return backup.Listen(s.Source(filepath.Join(dir, "policy.yaml")), log)
			},
		}); err != nil {
			return err
		}
		cases = house.Home(sandbox.FixedTenant)
	}
	toBot := outbound.Purpose{Name: "the bot of this sandbox", Allow: outbound.Same("http://" + c.BotListen), Reach: outbound.Rig, Most: 16 << 20, Time: 30 * time.Second}
	sb, err := sandbox.New(sandbox.Options{
		Bot: "http://" + c.BotListen + "/api/messages", Self: teamsBase, AppID: sandbox.FixedAppID, Tenant: sandbox.FixedTenant, Directory: sim, Cases: cases,
		Clock: clock, TokenNow: p.now, State: filepath.Join(dir, "teams.json"), Log: log, HTTP: toBot.Client(nil), Playground: c.Playground,
	})
	if err != nil {
		return err
	}
	if c.Clock != "" {
		clock.Set(start) // a kept clock stands where it stood, and is only told to go on from there
	}
	announce := func(ctx context.Context) error {
		if err := sandbox.EnsurePage(ctx, "", p.out); err != nil {
			if ctx.Err() != nil {
				return nil // stopped while it was being built
			}
			fmt.Fprintln(p.err, "The page is not there, the control API works without it:", err)
		}
		if c.WithoutBot {
			fmt.Fprintln(p.out, "sandbox ready "+teamsBase) // installing waits for a bot that takes it
		}
		if err := sb.Install(ctx); err != nil {
			return err
		}
		if !c.WithoutBot {
			fmt.Fprintln(p.out, "sandbox ready "+teamsBase)
		}
		if !c.NoOpen {
			sandbox.Browse(teamsBase, log)
		}
		<-ctx.Done()
		return nil
	}
	parts := []func(context.Context) error{announce}
	servers := []*http.Server{service.Patient(c.Listen, sb.Handler()), service.Patient(c.GraphListen, sim)}
	if house != nil {
		parts, servers = append(parts, house.Run), append(servers, teams.NewServer(c.BotListen, house.Handler(), log))
	}
	for _, srv := range servers {
		part, err := service.Listen(srv)
		if err != nil {
			return errors.Join(err, sb.Close())
		}
		parts = append(parts, part)
	}
	return errors.Join(service.Together(p.ctx, parts...), sb.Close())
}

// bot is what the sandbox's own bot is made of, on the sandbox's own Teams and Microsoft 365.
func (c *sandboxCmd) bot(p *program, dir string, pol *flows.Policy, clock *sandbox.Clock, log *slog.Logger) (service.Options, error) {
	var none service.Options
	seen := watch.New(p.now, nil)
	teamsBase, graphBase := "http://"+c.Listen, "http://"+c.GraphListen
	world, err := graph.New(graph.Options{BaseURL: graphBase + "/v1.0", Credential: rigCredential(graphBase, sandbox.FixedTenant, sandboxGraphApp, sandboxSecret, p.now), Now: clock.Now, Watch: seen.Graph, Log: log})
	if err != nil {
		return none, err
	}
	tc := teams.Config{
		AppID: sandbox.FixedAppID, TenantID: sandbox.FixedTenant, TokenIssuer: "https://api.botframework.com",
		OpenIDMetadata: teamsBase + "/.well-known/openidconfiguration", ServiceURLHosts: []string{c.Listen},
	}
	var door *teams.PlaygroundOptions
	if c.Playground {
		tc.ServiceURLHosts = append(tc.ServiceURLHosts, "localhost:56150", "127.0.0.1:56150")
		door = &teams.PlaygroundOptions{Tenant: sandbox.FixedTenant, People: map[string]string{}}
		fmt.Fprintln(p.out, "WARNING: the Playground's door is open. Whoever can reach", c.BotListen, "on this machine can be anybody. The people and the directory are simulated.")
	}
	conn, err := teams.NewConnector(teams.ConnectorOptions{Config: tc, Credential: rigCredential(teamsBase, sandbox.FixedTenant, sandbox.FixedAppID, sandboxSecret, p.now), Now: p.now, Watch: seen.Teams, Log: log, Pace: teams.Pace{Unlimited: true}}) // a clock that is moved by weeks must not wait for a pace by the wall
	if err != nil {
		return none, err
	}
	hooks, err := hook.Open(pol, c.Policy, p.now)
	if err != nil {
		return none, err
	}
	return service.Options{
		PolicyFile: filepath.Join(dir, "policy.yaml"), PolicyOpen: p.couldOpen(c.Policy),
		Hooks: hooks, Tenant: sandbox.FixedTenant, DataDir: filepath.Join(dir, "muster-data"), Policy: pol, World: world, SignIns: world, Teams: tc, Connector: conn,
		ServiceURL: teamsBase, Now: clock.Now, Wall: p.now, Changed: clock.Changed, Log: log, Playground: door,
		Watch: seen, Tokens: map[string]watch.Token{"Microsoft 365": world.Token, "Teams": conn.Token},
	}, nil
}
