package flows

import (
	"strings"
	"testing"
)

// flow adds a workflow to the small policy, whose first line is then line 23 of the file.
func flow(name string, lines ...string) func(string) string {
	return add("workflows:\n  " + name + ":\n    - " + strings.Join(lines, "\n    - ") + "\n")
}

// joinLines and exitLines are workflows with the least that each cannot do without; what is added begins on line 24 and 25.
func joinLines(lines ...string) func(string) string {
	return flow("joiner", append([]string{"{task: create_account, at: create_account}"}, lines...)...)
}

func exitLines(lines ...string) func(string) string {
	return flow("leaver", append([]string{"{task: block_sign_in, at: exit}", "{task: revoke_sessions, at: exit, after: [block_sign_in]}"}, lines...)...)
}

// Each line that is refused, with the place and the sentence.
func TestParsePolicyChecksLines(t *testing.T) {
	tests := map[string]struct {
		change func(string) string
		want   string
	}{
		"no such workflow":        {flow("joiners", "{task: create_account, at: create_account}"), `22:3: "joiners" is not a workflow. Workflows are joiner, leave, leaver, mover, rehire, rename, return, secondment, urgent_leaver.`},
		"no lines":                {add("workflows:\n  joiner: []\n"), "22:3: This workflow has no lines. Leave it out for the built-in one."},
		"no account":              {flow("joiner", "{task: welcome, at: enable}"), "22:3: A workflow for somebody who starts cannot do without create_account."},
		"nothing closes the door": {flow("leaver", "{task: manual, at: exit}"), "22:3: A workflow for somebody who leaves cannot do without block_sign_in.\n22:3: A workflow for somebody who leaves cannot do without revoke_sessions."},
		"nothing at all":          {joinLines("{}"), "24:7: \"\" is not a task. Known are: add_to_group, add_to_team, ask_started, assign_licences, call_webhook, create_account, day_one_credential, enable_account, manual, notify, request_access_package, run_lifecycle_workflow, send_mail, set_manager, welcome.\n24:7: \"\" is not a time of this workflow. Times are start, create_account, access, enable, ask_started, end."},
		"a slip in a task":        {joinLines("{task: welcom, at: enable}"), `24:14: "welcom" is not a task. Did you mean "welcome"?`},
		"a rule is no line":       {joinLines("{task: follow_rule, at: access}"), `24:14: "follow_rule" is not a task. Known are: add_to_group, add_to_team, ask_started, assign_licences, call_webhook, create_account, day_one_credential, enable_account, manual, notify, request_access_package, run_lifecycle_workflow, send_mail, set_manager, welcome.`},
		"a task of a joiner":      {exitLines("{task: create_account, at: exit}"), "25:14: The task create_account makes no sense in this workflow. It belongs in joiner."},
		"a task of a leaver":      {joinLines("{task: revoke_sessions, at: start}"), "24:14: The task revoke_sessions makes no sense in this workflow. It belongs in leave, leaver and urgent_leaver."},
		"a time of a leaver":      {joinLines("{task: welcome, at: exit}"), `24:27: "exit" is not a time of this workflow. Times are start, create_account, access, enable, ask_started, end.`},
		"no time":                 {exitLines("{task: manual}"), `25:7: "" is not a time of this workflow. Times are exit, prepare, release.`},
		"two of one name":         {joinLines("{task: manual, at: access}", "{task: manual, at: enable}"), `25:7: Another line is called "manual". Give one of them a key of its own.`},
		"a key like a task":       {joinLines("{task: manual, key: create_account, at: access}"), `24:7: Another line is called "create_account". Give one of them a key of its own.`},
		"an offset in both":       {exitLines("{task: manual, at: exit, offset: {days: 1, working_days: 1}}"), "25:40: Give working_days or days, not both."},
		"a hold of years":         {exitLines("{task: remove_licence, at: exit, hold_days: 400}"), "25:51: This must be a number from 0 to 366."},
		"no such failure":         {exitLines("{task: manual, at: exit, on_failure: retry}"), `25:44: "retry" is not known. Write wait, go_on or stop.`},
		"after nothing known":     {exitLines("{task: manual, at: exit, after: [laptop]}"), `25:40: No line is called "laptop". Known are: block_sign_in, manual, revoke_sessions.`},
		"after a slip":            {exitLines("{task: manual, at: exit, after: [block_signin]}"), `25:40: No line is called "block_signin". Did you mean "block_sign_in"?`},
		"after itself":            {exitLines("{task: manual, at: exit, after: [manual]}"), "25:40: This line waits for itself."},
		"after one below":         {exitLines("{task: manual, at: exit, after: [automatic_reply]}", "{task: automatic_reply, at: exit}"), `25:40: "automatic_reply" stands below this line. Put it above.`},
		"a circle":                {exitLines("{task: manual, at: exit, after: [automatic_reply]}", "{task: automatic_reply, at: exit, after: [manual]}"), `25:40: "manual" and "automatic_reply" wait for each other.`},
		"a parameter of others":   {joinLines("{task: welcome, at: enable, minutes: 60}"), `24:44: The task welcome does not take "minutes".`},
		"an unknown parameter":    {joinLines("{task: welcome, at: enable, colour: blue}"), `24:35: The key "colour" is not known here. Known are: after, at, hold_days, hook, instructions, key, minutes, offset, on_failure, owner, package, package_policy, subject, task, template, text, title, to, when, workflow.`},

		"no such site":          {joinLines("{task: welcome, at: enable, when: {site: [Lundon]}}"), `24:49: The policy knows no site "Lundon". Did you mean "London"?`},
		"no such job":           {joinLines("{task: welcome, at: enable, when: {job: [Clerk, Baker]}}"), `24:55: The policy knows no job "Baker". Known are: Clerk.`},
		"no such department":    {joinLines("{task: welcome, at: enable, when: {department: [Sales]}}"), `24:55: The policy knows no department "Sales".`},
		"no such employment":    {joinLines("{task: welcome, at: enable, when: {employment: [intern]}}"), `24:55: The policy knows no employment "intern". Known are: contractor, employee.`},
		"for nobody":            {joinLines("{task: welcome, at: enable, when: {site: []}}"), "24:48: This list is empty, so the line would be for nobody."},
		"a starter's mailbox":   {joinLines("{task: welcome, at: enable, when: {mailbox: true}}"), "24:51: Muster does not know this about somebody who starts. Known are employment, site, department, job."},
		"a leaver's employment": {exitLines("{task: manual, at: exit, when: {employment: [employee]}}"), "25:51: Muster does not know this about somebody who leaves. Known are site, department, job, guest, synced, mailbox, administrator."},
		"an unknown condition":  {exitLines("{task: manual, at: exit, when: {colour: blue}}"), `25:39: The key "colour" is not known here. Known are: administrator, department, employment, guest, job, mailbox, site, synced.`},
		"a condition in words":  {exitLines("{task: manual, at: exit, when: guest}"), `25:38: Keys with values belong here, such as "name: value".`},
		"several at once":       {exitLines("{task: manual, at: exit, after: [a]}", "{task: welcome, at: start}"), "25:40: No line is called \"a\". Known are: block_sign_in, manual, revoke_sessions, welcome.\n26:14: The task welcome makes no sense in this workflow. It belongs in joiner.\n26:27: \"start\" is not a time of this workflow. Times are exit, prepare, release."},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) { expectProblems(t, tt.change(smallPolicy), tt.want) })
	}
}
