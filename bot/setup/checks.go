package setup

import (
	"fmt"
	"strings"
)

// Check names what was looked at. The names are a contract for scripts.
type Check string

// The checks, in the order in which they are made.
const (
	ConfigFile  Check = "config"
	SecretFiles Check = "files"
	PolicyFile  Check = "policy"
	GraphToken  Check = "graph-token"
	BotToken    Check = "bot-token"
	Permissions Check = "permissions"
	AdminRole   Check = "role"
	Tenant      Check = "tenant"
	Seats       Check = "licences"
	Domain      Check = "domain"
	Protected   Check = "protected"
	Passes      Check = "passes"
	Clock       Check = "clock"
	Store       Check = "store"
	Key         Check = "key"
	Channel     Check = "channel"
	Reach       Check = "reach"
	Endpoint    Check = "endpoint"
)

// checks says of each check what it looks at, and what it may find beside "all is well".
func checks() []struct {
	check Check
	looks string
	finds []string
} {
	return []struct {
		check Check
		looks string
		finds []string
	}{
		{ConfigFile, "the config file", []string{"wrong: it cannot be read, has an unknown key, or lacks one. Nothing else is looked at then."}},
		{SecretFiles, "the files with secrets, certificates and passwords", []string{"wrong: one is missing or empty.", "wrong: one can be read by other users of the machine.", "wrong: the HR systems of two tenants have the same secret.", "warn: the policy file can be written by others, who could then decide who approves what."}},
		{PolicyFile, "the policy file, as `muster policy check` does", []string{"wrong: it cannot be read or contradicts itself, with line and column. What depends on it is left out then."}},
		{GraphToken, "whether Microsoft Graph's app gets a token, and for which app and tenant", []string{"wrong: the secret is wrong or has expired, the app or the tenant is unknown, the certificate is not registered, or the authority does not answer. The number that begins with AADSTS is Microsoft's.", "warn: bot and Graph share one app."}},
		{BotToken, "the same for the bot", []string{"wrong: as above. Nothing can be sent to Teams then."}},
		{Permissions, "the token's application permissions against those that the policy needs", []string{"wrong: one is missing, with the tasks that cannot run.", "warn: one is granted and not needed.", "warn: a mailbox permission is granted for every mailbox, or is not in the token because Exchange grants it."}},
		{AdminRole, "the directory roles of Muster's app", []string{"wrong: a task has its permission, but not the directory role that Microsoft wants beside it.", "warn: the app is Global Administrator, which it does not need.", "warn: the roles cannot be read."}},
		{Tenant, "whether each person, group and licence of the policy exists and is enabled", []string{"wrong: one does not, with its place in the policy."}},
		{Seats, "seats of the licences that the policy names", []string{"warn: none is free.", "warn: more are given out than are paid for."}},
		{Domain, "the domain of new sign-in names", []string{"wrong: it is not a verified domain of the tenant."}},
		{Protected, "accounts that Muster must never touch", []string{"warn: the policy names none."}},
		{Passes, "the tenant's rules for Temporary Access Passes against what the policy asks for", []string{"wrong: they are switched off, or lifetime or reuse are not allowed.", "warn: the rules cannot be read."}},
		{Clock, "this machine's clock against Microsoft's answers", []string{"wrong: it is more than five minutes off; tokens are refused then.", "warn: it is more than 30 seconds off."}},
		{Store, "the data folder and the store in it", []string{"wrong: the store is damaged, or Muster is running and not ready.", "wrong: less than 200 MB of disk are free.", "warn: less than 2 GB are free.", "warn: nothing was written yet; the first `muster serve` begins the log."}},
		{Key, "the key that signs the evidence", []string{"wrong: it is missing, or not the one that the log goes on with.", "wrong: it can be read by other users of the machine."}},
		{Channel, "whether Muster was met in IT's and the owners' channel", []string{"wrong: it was removed from the team.", "warn: it was never met there.", "warn: the policy names no channel for the owners."}},
		{Reach, "whether the people with a role were met in Teams", []string{"wrong: somebody took the app away.", "warn: somebody was never met; their first card arrives only if the app is installed for them."}},
		{Endpoint, "the bot's public address, when `--endpoint` names it", []string{"wrong: nobody answers there, its certificate is not good, or what answers is not a bot.", "wrong: it lets requests in that show no token.", "warn: it was not asked."}},
	}
}

// Reference is the list of checks for people, as Markdown.
func Reference() string {
	var b strings.Builder
	b.WriteString(`# What the doctor says

` + "`muster doctor`" + ` prints one line for each finding: how bad it is, what was looked at, what was seen, and what to do. Nothing is changed by it.
It ends with exit code 1 when something is wrong. With ` + "`--json`" + ` each finding has ` + "`check`, `level`, `what` and `fix`" + `.
This file is written from the code, and a test holds the two together.

| Check | Looks at | May find |
|---|---|---|
`)
	for _, c := range checks() {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", c.check, c.looks, strings.Join(c.finds, "<br>"))
	}
	return b.String()
}

// sentence makes a line of an error: one line, with a stop at its end.
func sentence(err error) string {
	s := strings.Join(strings.Fields(strings.ReplaceAll(err.Error(), "\n", "; ")), " ")
	return strings.TrimSuffix(s, ".") + "."
}
