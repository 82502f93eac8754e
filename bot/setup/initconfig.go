package setup

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"muster/bot/config"
)

// config is the text of the configuration that is to be written, and the tenant's part of it as it will be read: the tenant is asked before
// anything is written.
func (c *Init) config(d Desk) (string, config.Config, error) {
	text := commonText + c.tenantText()
	var before []config.Config
	if c.Add {
		was, err := os.ReadFile(filepath.Join(c.Dir, configName))
		switch {
		case errors.Is(err, os.ErrNotExist):
			text = commonText + "\n# The organisations, each with a bot, a policy and permissions of its own.\ntenants:\n" + c.entry(2)
		case err != nil:
			return "", config.Config{}, fmt.Errorf("read %s: %w", configName, err)
		default:
			if text, before, err = c.added(d, string(was)); err != nil {
				return "", config.Config{}, err
			}
		}
	}
	all, err := c.tried(d, text)
	if err != nil {
		return "", config.Config{}, fmt.Errorf("what was answered makes no good %s: %w", configName, err)
	}
	one, err := all.One(c.Tenant)
	if err != nil {
		return "", config.Config{}, err
	}
	for i, was := range before {
		if i >= len(all.Each()) || !reflect.DeepEqual(all.Each()[i], was) || len(all.Each()) != len(before)+1 {
			return "", config.Config{}, c.byHand("cannot be added to without changing what is there")
		}
	}
	return text, one, nil
}

// added is a configuration with one tenant more, and the tenants that it has already.
func (c *Init) added(d Desk, was string) (string, []config.Config, error) {
	before, err := config.Read(filepath.Join(c.Dir, configName), d.Getenv)
	if err != nil {
		return "", nil, err
	}
	if len(before.Tenants) == 0 {
		return "", nil, fmt.Errorf("%s is for one organisation. Put its policy, teams, graph, intake and evidence into a list first, as the first entry of tenants:, then add the next one", configName)
	}
	if _, err := before.One(c.Tenant); err == nil {
		return "", nil, fmt.Errorf("%s has the tenant %s already; it is left as it is", configName, c.Tenant)
	}
	lines := strings.SplitAfter(strings.TrimRight(was, "\n")+"\n", "\n")
	at, deep := -1, -1 // the line after the list, and how deep its entries stand
	for i, line := range lines {
		switch word := strings.TrimSpace(line); {
		case at < 0 && strings.HasPrefix(line, "tenants:"):
			at = i + 1
		case at < 0:
		case deep < 0 && strings.HasPrefix(word, "- "):
			deep, at = strings.Index(line, "-"), i+1
		case word == "", strings.HasPrefix(line, "#"): // between this entry and the next, or before what follows the list
		case strings.HasPrefix(line, " "), strings.HasPrefix(line, "-"):
			at = i + 1
		default:
			return c.put(lines, at, deep, before)
		}
	}
	return c.put(lines, at, deep, before)
}

func (c *Init) put(lines []string, at, deep int, before config.Config) (string, []config.Config, error) {
	if deep < 0 {
		return "", nil, c.byHand("has a list of tenants that is not written with a line for each entry")
	}
	return strings.Join(lines[:at], "") + c.entry(deep) + strings.Join(lines[at:], ""), before.Each(), nil
}

// byHand leaves it to people to add a tenant, and says what to add.
func (c *Init) byHand(why string) error {
	return fmt.Errorf("%s %s; it is left as it is. Add this to the list by hand:\n%s", configName, why, c.entry(2))
}

// tried reads a configuration as if it stood in the folder.
func (c *Init) tried(d Desk, text string) (config.Config, error) {
	f, err := os.CreateTemp(c.Dir, ".muster-init-*.yaml")
	if err != nil {
		return config.Config{}, fmt.Errorf("try the config: %w", err)
	}
	defer func() { _ = os.Remove(f.Name()) }() // it holds no secret
	_, err = io.WriteString(f, text)
	if err := errors.Join(err, f.Close()); err != nil {
		return config.Config{}, fmt.Errorf("try the config: %w", err)
	}
	return config.Read(f.Name(), d.Getenv)
}

// writeConfig writes the configuration whole or not at all; one that is there keeps its mode.
func (c *Init) writeConfig(text string) error {
	path := filepath.Join(c.Dir, configName)
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return writeNew(path, text)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	next := path + ".next"
	if err := writeNew(next, text); err != nil {
		return err
	}
	if err = os.Chmod(next, info.Mode().Perm()); err == nil {
		err = os.Rename(next, path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(next))
	}
	return nil
}

// commonText is what all organisations of a process have in common.
const commonText = `# Written by muster init. Each key can be overridden by the environment: teams.app_id is MUSTER_TEAMS_APP_ID.

# Where the bot listens. Put a proxy with a certificate before it: Microsoft calls over https only.
listen: 127.0.0.1:3978

# Where everything is kept, a folder for each tenant. Back it up; it holds the key that signs the evidence.
data_dir: ./muster-data
`

// tenantText is what belongs to the organisation.
func (c *Init) tenantText() string {
	var b strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	credential := func(file string) {
		say("  # secret, certificate, managed_identity or workload_identity. The file is read anew when it changes: no restart.")
		say("  credential:\n    kind: %s", c.Credential)
		if key := map[string]string{"secret": "secret_file", "certificate": "certificate_file", "workload_identity": "token_file"}[c.Credential]; key != "" && file != "" {
			say("    %s: %s", key, quote(file))
		}
	}
	say("\n# Who may do what, and what each job gets.\npolicy: ./%s", c.policyName())
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

// entry is the same as an entry of the list of tenants, which stands so many columns in.
func (c *Init) entry(deep int) string {
	margin := strings.Repeat(" ", deep)
	_, own, _ := strings.Cut(c.tenantText(), "policy:") // the comment before it belongs before the dash
	var b strings.Builder
	fmt.Fprintf(&b, "%s- policy:", margin)
	for i, line := range strings.SplitAfter(own, "\n") {
		if i > 0 && strings.TrimSpace(line) != "" {
			b.WriteString(margin + "  ")
		}
		b.WriteString(line)
	}
	return b.String()
}
