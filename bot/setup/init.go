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
	Add         bool     `help:"For several organisations in one process: write the muster.yaml as a list of them, or add this one to the list that is there."`
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
	if err := c.free(configName); err != nil && !c.Add {
		return err
	}
	a := &asker{in: bufio.NewScanner(d.In), out: d.Out, off: c.NoQuestions}
	if err := c.askApps(a); err != nil {
		return err
	}
	if err := c.free(c.policyName()); err != nil {
		return err
	}
	text, cfg, err := c.config(d)
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
	pol, err := flows.ParsePolicy(c.policyName(), []byte(draft))
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
	if err := writeNew(filepath.Join(c.Dir, c.policyName()), draft); err != nil {
		return err
	}
	if err := c.writeConfig(text); err != nil {
		return err
	}
	doctor := "muster doctor"
	if c.Add {
		doctor += " --tenant " + c.Tenant
	}
	_, err = fmt.Fprintf(d.Out, "Written: %s and %s, with %d job profiles and %d sites from %d people.\nRead %s and change what is not as it should be; then run %s, and muster serve.\n",
		filepath.Join(c.Dir, configName), filepath.Join(c.Dir, c.policyName()), len(pol.Jobs), len(pol.Sites), len(s.People), c.policyName(), doctor)
	return err
}

// policyName is the name of the policy's file: of several organisations each has its own.
func (c *Init) policyName() string {
	if c.Add {
		return "policy-" + strings.ToLower(c.Tenant) + ".yaml"
	}
	return policyName
}

// free refuses to write over a file.
func (c *Init) free(name string) error {
	if _, err := os.Lstat(filepath.Join(c.Dir, name)); err == nil {
		return fmt.Errorf("there is a %s in %s already; it is left as it is", name, c.Dir)
	}
	return nil
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
