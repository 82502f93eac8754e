package setup

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"muster/bot/config"
	"muster/flows"
	"muster/flows/graph"
)

// Init proposes a configuration from the tenant as it is. What a flag does not say is asked.
type Init struct {
	Dir         string   `help:"The folder to write muster.yaml and policy.yaml to." default:"." type:"existingdir"`
	Tenant      string   `help:"The tenant's id."`
	BotID       string   `name:"bot-id" help:"The app id of the bot."`
	GraphID     string   `name:"graph-id" help:"The app id that works in Microsoft Graph."`
	Credential  string   `help:"How both apps prove who they are." enum:"secret,certificate,managed_identity,workload_identity" default:"secret"`
	BotFile     string   `name:"bot-file" help:"The file with the bot's secret, certificate or token."`
	GraphFile   string   `name:"graph-file" help:"The same for Graph's app."`
	HR          []string `name:"hr" help:"Who is HR: sign-in names or groups."`
	IT          []string `name:"it" help:"Who is IT."`
	Approver    []string `help:"Who signs off elevated access. People, not groups."`
	Owner       []string `help:"Who answers for the process."`
	ITChannel   string   `name:"it-channel" help:"The Teams channel of IT: its id, or the link that Get link to channel copies."`
	OwnersInto  string   `name:"owners-channel" help:"The owners' channel. May be left out."`
	Share       int      `help:"Percentage of a job's people who must have something for the job to get it." default:"80"`
	Least       int      `help:"How many people must have a job title for it to become a profile." default:"2"`
	NoQuestions bool     `help:"Ask nothing: what is missing is an error."`

	GraphURL       string `hidden:"" default:"https://graph.microsoft.com/v1.0"`
	GraphAuthority string `hidden:"" default:"https://login.microsoftonline.com"`
	BotAuthority   string `hidden:"" default:"https://login.microsoftonline.com"`
}

// Names of the files that are written.
const (
	configName = "muster.yaml"
	policyName = "policy.yaml"
)

// Run runs the command.
func (c *Init) Run(d Desk) error {
	if c.Share < 1 || c.Share > 100 || c.Least < 1 {
		return errors.New("--share is a percentage from 1 to 100, and --least is at least 1")
	}
	for _, name := range []string{configName, policyName} {
		if _, err := os.Lstat(filepath.Join(c.Dir, name)); err == nil {
			return fmt.Errorf("there is a %s in %s already; it is left as it is", name, c.Dir)
		}
	}
	a := &asker{in: bufio.NewScanner(d.In), out: d.Out, off: c.NoQuestions}
	if err := c.askApps(a); err != nil {
		return err
	}
	text := c.configText()
	cfg, err := c.config(d)
	if err != nil {
		return err
	}
	client, err := OpenGraph(cfg, d.Now, nil, d.Log)
	if err != nil {
		return err
	}
	fmt.Fprintln(d.Out, "Reading the tenant. Nothing is changed in it.")
	s, err := client.Survey(d.Ctx)
	if err != nil {
		return fmt.Errorf("read the tenant: %w", err)
	}
	if err := c.askPeople(a, s); err != nil {
		return err
	}
	draft := Propose(s, Plan{HR: c.HR, IT: c.IT, Approver: c.Approver, Owner: c.Owner, ITChannel: c.ITChannel, Owners: c.OwnersInto, Share: c.Share, Least: c.Least})
	pol, err := flows.ParsePolicy(policyName, []byte(draft))
	if err != nil {
		return fmt.Errorf("what was answered makes no good policy: %w", err)
	}
	wrong, err := flows.CheckTenant(d.Ctx, client, pol)
	if err != nil {
		return fmt.Errorf("ask the tenant: %w", err)
	}
	if len(wrong) > 0 {
		return fmt.Errorf("nothing was written, because the tenant does not have what was answered: %s", strings.Join(wrong, "; "))
	}
	for name, text := range map[string]string{configName: text, policyName: draft} {
		if err := writeNew(filepath.Join(c.Dir, name), text); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(d.Out, "Written: %s and %s, with %d job profiles and %d sites from %d people.\nRead policy.yaml and change what is not as it should be; then run muster doctor, and muster serve.\n",
		filepath.Join(c.Dir, configName), filepath.Join(c.Dir, policyName), len(pol.Jobs), len(pol.Sites), len(s.People))
	return err
}

// writeNew writes a file that must not be there yet.
func writeNew(path, text string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = io.WriteString(f, text)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

func (c *Init) askApps(a *asker) error {
	a.ask(&c.Tenant, "--tenant", "The tenant's id (Microsoft Entra, Overview)", "")
	a.ask(&c.BotID, "--bot-id", "The app id of the bot", "")
	a.ask(&c.GraphID, "--graph-id", "The app id that works in Microsoft Graph", "")
	if c.Credential != "managed_identity" {
		what := map[string]string{"secret": "client secret", "certificate": "certificate", "workload_identity": "federated token"}[c.Credential]
		a.ask(&c.BotFile, "--bot-file", "The file with the bot's "+what, "")
		a.ask(&c.GraphFile, "--graph-file", "The file with Graph's "+what, "")
	}
	if a.err != nil {
		return a.err
	}
	for name, id := range map[string]string{"--tenant": c.Tenant, "--bot-id": c.BotID, "--graph-id": c.GraphID} {
		if !isGUID(id) {
			return fmt.Errorf("%s is an id such as 11111111-1111-1111-1111-111111111111", name)
		}
	}
	for _, file := range []*string{&c.BotFile, &c.GraphFile} {
		if *file == "" {
			continue
		}
		path, err := filepath.Abs(*file)
		if err != nil {
			return fmt.Errorf("find %s: %w", *file, err)
		}
		*file = path
	}
	return nil
}

// askPeople asks for who holds which role, and proposes groups whose name says it.
func (c *Init) askPeople(a *asker, s graph.Survey) error {
	proposed := func(words ...string) string {
		for _, g := range s.Groups {
			fields := strings.FieldsFunc(strings.ToLower(g.Name), func(r rune) bool { return r == ' ' || r == '-' || r == '_' })
			if len(g.Members) > 0 && writable(g.Name, mostGroup) && slices.ContainsFunc(words, func(w string) bool { return slices.Contains(fields, w) }) {
				return g.Name
			}
		}
		return ""
	}
	a.askAll(&c.HR, "--hr", "Who is HR: sign-in names or groups, with commas between", proposed("hr"))
	a.askAll(&c.IT, "--it", "Who is IT", proposed("it"))
	a.askAll(&c.Approver, "--approver", "Who signs off elevated access (sign-in names)", "")
	a.askAll(&c.Owner, "--owner", "Who answers for the process", "")
	a.ask(&c.ITChannel, "--it-channel", "The Teams channel of IT (its id, or the link to it)", "")
	c.ITChannel, c.OwnersInto = channelID(c.ITChannel), channelID(c.OwnersInto)
	return a.err
}

// channelID takes the id out of a link to a channel: https://teams.microsoft.com/l/channel/19%3a…%40thread.tacv2/IT?…
func channelID(s string) string {
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil || u.Host == "" {
		return strings.TrimSpace(s)
	}
	for part := range strings.SplitSeq(u.Path, "/") { // Path is unescaped
		if strings.HasPrefix(part, "19:") {
			return part
		}
	}
	return s
}

// config is the configuration as it will be read, for asking the tenant before anything is written.
func (c *Init) config(d Desk) (config.Config, error) {
	f, err := os.CreateTemp("", "muster-init-*.yaml")
	if err != nil {
		return config.Config{}, fmt.Errorf("try the config: %w", err)
	}
	defer func() { _ = os.Remove(f.Name()) }() // it holds no secret
	_, err = io.WriteString(f, c.configText())
	if err := errors.Join(err, f.Close()); err != nil {
		return config.Config{}, fmt.Errorf("try the config: %w", err)
	}
	return config.Read(f.Name(), d.Getenv)
}

func (c *Init) configText() string {
	var b strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	credential := func(file string) {
		say("  # secret, certificate, managed_identity or workload_identity. The file is read anew when it changes: no restart.")
		say("  credential:\n    kind: %s", c.Credential)
		if key := map[string]string{"secret": "secret_file", "certificate": "certificate_file", "workload_identity": "token_file"}[c.Credential]; key != "" && file != "" {
			say("    %s: %s", key, quote(file))
		}
	}
	say("# Written by muster init. Each key can be overridden by the environment: teams.app_id is MUSTER_TEAMS_APP_ID.")
	say("\n# Where the bot listens. Put a proxy with a certificate before it: Microsoft calls over https only.\nlisten: 127.0.0.1:3978")
	say("\n# Where everything is kept, a folder for each tenant. Back it up; it holds the key that signs the evidence.\ndata_dir: ./muster-data")
	say("\n# Who may do what, and what each job gets.\npolicy: ./%s", policyName)
	say("\n# The bot, as Teams knows it.\nteams:\n  app_id: %s\n  tenant_id: %s", quote(c.BotID), quote(c.Tenant))
	if c.BotAuthority != config.Login {
		say("  authority: %s", quote(c.BotAuthority))
	}
	credential(c.BotFile)
	say("\n# The app that works in Microsoft Graph. Keep it apart from the bot: its permissions reach the whole tenant.\ngraph:\n  client_id: %s", quote(c.GraphID))
	if c.GraphURL != "https://graph.microsoft.com/v1.0" {
		say("  base_url: %s", quote(c.GraphURL))
	}
	if c.GraphAuthority != config.Login {
		say("  authority: %s", quote(c.GraphAuthority))
	}
	credential(c.GraphFile)
	return b.String()
}

// asker asks at the terminal for what no flag says. The first thing that stays unknown is its error.
type asker struct {
	in  *bufio.Scanner
	out io.Writer
	off bool
	err error
}

func (a *asker) ask(into *string, flag, question, proposed string) {
	if *into != "" || a.err != nil {
		return
	}
	if !a.off {
		if proposed != "" {
			question += " [" + proposed + "]"
		}
		fmt.Fprintln(a.out, question+":")
		if a.in.Scan() {
			*into = strings.TrimSpace(a.in.Text())
		}
		if *into == "" {
			*into = proposed
		}
	}
	if *into == "" {
		a.err = fmt.Errorf("%s is missing", flag)
	}
}

func (a *asker) askAll(into *[]string, flag, question, proposed string) {
	if len(*into) > 0 {
		return
	}
	var answer string
	a.ask(&answer, flag, question, proposed)
	for part := range strings.SplitSeq(answer, ",") {
		if part = strings.TrimSpace(part); part != "" {
			*into = append(*into, part)
		}
	}
}
