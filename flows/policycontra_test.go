package flows

import (
	"strings"
	"testing"
)

// moveLines and backLines are workflows of a move and of the way back with the least that each cannot do without; what is added begins on
// line 25 and 27.
func moveLines(lines ...string) func(string) string {
	return flow("mover", append([]string{"{task: set_attributes, at: change}", "{task: set_manager, at: change}"}, lines...)...)
}

// nameLines, awayLines and homeLines are those of a change of name, a leave and a return with too little; what is added begins on line 26,
// 27 and 27.
func nameLines(lines ...string) func(string) string {
	if strings.Contains(lines[0], "before") { // before a sign-in name that waits for nothing
		return flow("rename", append(lines, "{task: change_sign_in_name, at: change}", "{task: set_names, at: change}", "{task: keep_former_address, at: change, after: [change_sign_in_name]}")...)
	}
	return flow("rename", append([]string{"{task: set_names, at: change}", "{task: change_sign_in_name, at: change, after: [set_names]}", "{task: keep_former_address, at: change, after: [change_sign_in_name]}"}, lines...)...)
}

func awayLines(lines ...string) func(string) string {
	return flow("leave", append([]string{"{task: announce_leave, at: start}", "{task: block_sign_in, at: start}", "{task: automatic_reply, at: start}", "{task: remove_licence, at: release}"}, append(lines, "{task: await_return, at: review}")...)...)
}

func homeLines(lines ...string) func(string) string {
	return flow("return", append([]string{"{task: ask_return, at: ask}", "{task: add_to_group, at: return, after: [ask_return]}", "{task: assign_licences, at: return, after: [ask_return]}", "{task: automatic_reply, at: return, after: [ask_return]}"}, lines...)...)
}

func backLines(lines ...string) func(string) string {
	return flow("secondment", append([]string{"{task: set_attributes, at: end}", "{task: set_manager, at: end}", "{task: remove_from_group, at: ended}", "{task: remove_licence, at: ended}"}, lines...)...)
}

// Each contradiction that is refused, with the place and the sentence. The lines added begin on line 24 of a joiner and 25 of a leaver.
func TestPolicyRefusesContradictions(t *testing.T) {
	unsigned := func(more string) func(string) string {
		return func(s string) string {
			return strings.Replace(s, "{people: [aisha.khan@larkfield.example]}", "{groups: [Approvers]}", 1) + more
		}
	}
	const enable = "{task: enable_account, at: enable, after: [create_account]}"
	tests := map[string]struct {
		change func(string) string
		want   string
	}{
		"no block for guests":        {flow("leaver", "{task: block_sign_in, at: exit, when: {guest: false}}", "{task: revoke_sessions, at: exit, after: [block_sign_in]}"), "23:45: block_sign_in is for everybody: a workflow for somebody who leaves cannot do without it."},
		"revoked without the block":  {flow("leaver", "{task: block_sign_in, at: exit}", "{task: revoke_sessions, at: exit}"), "24:14: Sessions that end while the sign-in is open are begun anew: let this wait for block_sign_in."},
		"revoked before the block":   {flow("leaver", "{task: revoke_sessions, at: exit}", "{task: block_sign_in, at: exit, after: [revoke_sessions]}"), "23:14: Sessions that end while the sign-in is open are begun anew: let this wait for block_sign_in."},
		"urgent, without the block":  {flow("urgent_leaver", "{task: block_sign_in, at: exit}", "{task: revoke_sessions, at: exit}"), "24:14: Sessions that end while the sign-in is open are begun anew: let this wait for block_sign_in."},
		"out before the last day":    {flow("leaver", "{task: block_sign_in, at: exit, offset: {working_days: -1}}", "{task: revoke_sessions, at: exit, after: [block_sign_in]}"), "23:33: block_sign_in would be done before the exit, while the person still works."},
		"out when it is prepared":    {flow("leaver", "{task: block_sign_in, at: prepare}", "{task: revoke_sessions, at: exit, after: [block_sign_in]}"), "23:33: block_sign_in would be done before the exit, while the person still works."},
		"open after the exit":        {flow("leaver", "{task: block_sign_in, at: exit, hold_days: 1}", "{task: revoke_sessions, at: exit, hold_days: 1, after: [block_sign_in]}"), "23:33: The sign-in would stay open after the exit."},
		"groups before the exit":     {exitLines(`{task: remove_from_group, at: exit, offset: {at: "09:00"}}`), "25:37: remove_from_group would be done before the exit, while the person still works."},
		"licences before the mail":   {exitLines("{task: automatic_reply, at: exit, offset: {days: 2}}", "{task: remove_licence, at: exit, hold_days: 1}"), "25:35: automatic_reply needs the mailbox or the files, which go with the licence before this is due."},
		"no hold and late meetings":  {exitLines("{task: cancel_meetings, at: exit, offset: {working_days: 1}}", "{task: remove_licence, at: exit}"), "25:35: cancel_meetings needs the mailbox or the files, which go with the licence before this is due."},
		"files below the licences":   {exitLines("{task: remove_licence, at: release}", "{task: share_onedrive, at: exit}"), "26:14: Put this above remove_licence, which waits for it."},
		"groups below the licences":  {exitLines("{task: remove_licence, at: release}", "{task: remove_from_group, at: exit}"), "26:14: Put this above remove_licence, which waits for it."},
		"owners after members":       {exitLines("{task: remove_from_group, at: exit}", "{task: hand_over_group, at: exit}"), "26:14: Put this above remove_from_group: ownership goes before membership."},
		"two of a kind":              {exitLines("{task: remove_sign_in_methods, at: exit}", "{task: remove_sign_in_methods, key: again, at: exit, when: {guest: true}}"), "26:14: A line above does remove_sign_in_methods for everybody already."},
		"two manual lists":           {exitLines("{task: manual, at: exit}", "{task: manual, key: more, at: exit}"), "26:14: A line above does manual for everybody already."},
		"a manual task of nobody":    {exitLines("{task: manual, title: Badge, owner: ada@larkfield.example, at: exit}"), "25:43: Write it, hr, manager or the object id of the owner here."},
		"a manual task without name": {exitLines("{task: manual, owner: hr, at: exit}"), "25:7: Give this line a title: without one it stands for the manual items of the policy, which have owners and instructions of their own."},
		"words nobody fills in":      {exitLines(`{task: manual, title: "Badge of {surname}", at: exit}`), "25:29: Only {name} and {organisation} are filled in."},

		"deleted at the exit":   {exitLines("{task: delete_account, at: exit}"), "25:14: No workflow deletes an account: that is a case of its own, which HR begins when nothing has to be kept any more."},
		"deleted and converted": {exitLines("{task: convert_to_shared, at: exit}", "{task: delete_account, at: exit, hold_days: 30}"), "26:14: No workflow deletes an account: that is a case of its own, which HR begins when nothing has to be kept any more."},
		"kept and deleted":      {add("leaver:\n  mailbox: [forward_mailbox, convert_to_shared]\n  delete_after_days: 90\n"), "22:30: A shared mailbox is deleted with its account: either convert_to_shared or delete_after_days."},
		"kept by a line and deleted": {func(s string) string {
			return exitLines("{task: convert_to_shared, at: exit}")(s) + "leaver: {delete_after_days: 90}\n"
		}, "25:14: A shared mailbox is deleted with its account: either convert_to_shared or leaver.delete_after_days."},
		"a manual task of no list": {flow("leave", "{task: begin_leave, at: start}", "{task: manual, at: start}"), "24:7: Give this line a title: the policy lists no manual items for somebody who is away."},
		"no change of the name":    {flow("rename", "{task: manual, title: Badge, at: change}"), "22:3: A workflow for somebody whose name changes cannot do without change_sign_in_name.\n22:3: A workflow for somebody whose name changes cannot do without keep_former_address.\n22:3: A workflow for somebody whose name changes cannot do without set_names."},

		"no account to enable":     {joinLines("{task: enable_account, at: enable}"), "24:14: enable_account needs the account: let it wait for create_account."},
		"groups without account":   {joinLines("{task: add_to_group, at: access, after: [manual]}"), `24:48: No line is called "manual". Known are: add_to_group, create_account.`},
		"groups after a manual":    {joinLines("{task: manual, at: access}", "{task: add_to_group, at: access, after: [manual]}"), "25:14: add_to_group needs the account: let it wait for create_account."},
		"opened before it is made": {flow("joiner", "{task: create_account, at: start}", enable), "24:34: The sign-in would be opened before the account is created."},
		"a weekend too early":      {flow("joiner", "{task: create_account, at: start, offset: {working_days: -1}}", "{task: enable_account, at: start, offset: {days: -2}, after: [create_account]}"), "24:34: The sign-in would be opened before the account is created."},
		"a pass for a closed door": {joinLines(enable, "{task: day_one_credential, at: enable, after: [create_account]}"), "25:14: A credential is of no use while the sign-in is blocked: let it wait for enable_account."},
		"a welcome of more words":  {joinLines(`{task: welcome, at: enable, text: "Hi {given}", after: [create_account]}`), "24:41: Only {name} and {organisation} are filled in."},
		"a pass of nine minutes":   {joinLines(enable, "{task: day_one_credential, at: enable, minutes: 9, after: [enable_account]}"), "25:55: This must be a number from 10 to 43200."},

		"gone before it comes": {moveLines("{task: add_to_group, at: change}", "{task: hand_over_group, at: hand_over, after: [add_to_group]}", "{task: remove_licence, at: hand_over}"), "27:14: What the new job gives comes before anything goes: let this wait for add_to_group."},
		"due before it comes": {
			moveLines("{task: assign_licences, at: hand_over, offset: {days: 1}}", "{task: remove_licence, at: hand_over, after: [assign_licences]}"),
			"26:34: remove_licence would be due before assign_licences, which it waits for.",
		},
		"a group without an owner":  {moveLines("{task: remove_from_group, at: hand_over}"), "25:14: A group that the person owns would lose its owner: put hand_over_group above, and let this wait for it."},
		"out, then handed over":     {moveLines("{task: hand_over_group, at: change}", "{task: remove_from_group, at: hand_over}"), "26:14: Ownership goes before membership: let this wait for hand_over_group."},
		"a rule before the details": {moveLines("{task: rule_lets_go, at: change}"), "25:14: A rule lets go when the details change: let this wait for set_attributes."},
		"moved before the day":      {flow("mover", "{task: set_attributes, at: change, offset: {working_days: -1}}", "{task: set_manager, at: change}"), "23:34: set_attributes would be done before the move, while the person still has the old job."},
		"gone before the day":       {moveLines("{task: remove_licence, at: change, offset: {days: -1}}"), "25:34: remove_licence would be done before the move, while the person still has the old job."},
		"no new manager":            {flow("mover", "{task: set_attributes, at: change}"), "22:3: A workflow for somebody who moves cannot do without set_manager."},
		"what came never goes":      {flow("secondment", "{task: set_attributes, at: end}", "{task: set_manager, at: end}", "{task: remove_licence, at: ended}"), "22:3: A workflow for somebody who comes back from a secondment cannot do without remove_from_group."},
		"gone once it is confirmed": {backLines("{task: add_to_group, at: end}", "{task: take_back, at: ended, after: [add_to_group]}"), "28:43: What came with the secondment goes whether or not the return is confirmed: do not let it wait for add_to_group."},
		"back after the end":        {backLines("{task: add_to_team, at: end, offset: {days: 1}}"), "25:37: remove_from_group would be due before add_to_team: what was held before comes back first.\n26:34: remove_licence would be due before add_to_team: what was held before comes back first."},
		"home too early":            {flow("secondment", "{task: set_attributes, at: end, offset: {days: -1}}", "{task: set_manager, at: end}", "{task: remove_from_group, at: ended}", "{task: remove_licence, at: ended}"), "23:34: set_attributes would be done before the secondment ends."},
		"the way back in a move":    {moveLines("{task: add_to_group, key: back, at: end}"), `25:43: "end" is not a time of this workflow. Times are change, hand_over.`},

		"a name of which nobody knows":      {nameLines("{task: announce_name, to: manager, at: before}"), "24:14: Nobody's sign-in name changes unannounced: let this wait for announce_name.\n24:14: The name that people see changes first: let this wait for set_names."},
		"a name told to everybody":          {nameLines("{task: confirm_name, to: hr, at: change, after: [change_sign_in_name, set_names]}"), "26:7: Say whom this goes to: person or manager."},
		"a name told too early":             {nameLines("{task: confirm_name, to: person, at: change}"), "26:14: People would be told that it is done before it is: let this wait for change_sign_in_name.\n26:14: People would be told that it is done before it is: let this wait for set_names."},
		"a name announced too late":         {nameLines("{task: announce_name, to: person, at: change, offset: {days: 1}}"), "24:14: Nobody's sign-in name changes unannounced: let this wait for announce_name.\n26:45: A change of name would be announced after it was made."},
		"a name changed before its day":     {flow("rename", "{task: set_names, at: before}", "{task: change_sign_in_name, at: change, after: [set_names]}", "{task: keep_former_address, at: change, after: [change_sign_in_name]}"), "23:29: set_names would be done before the day that people are told."},
		"an alias too early":                {flow("rename", "{task: set_names, at: change}", "{task: change_sign_in_name, at: change, after: [set_names]}", "{task: keep_former_address, at: change}"), "25:14: Exchange takes the former address once it is free: let this wait for change_sign_in_name."},
		"the whole and a part":              {flow("rename", "{task: change_name, at: change}", "{task: set_names, at: change}"), "24:14: change_name does set_names already. Put the lines of the built-in workflow in its place."},
		"a leave that leaves the door open": {awayLines("{task: revoke_sessions, at: start}"), "27:14: Sessions that end while the sign-in is open are begun anew: let this wait for block_sign_in."},
		"a leave that begins too early":     {awayLines("{task: revoke_sessions, at: start, after: [block_sign_in]}", "{task: suspend_elevated, at: start, offset: {days: -1}}"), "28:36: suspend_elevated would be done before the leave, while the person still works."},
		"a reply without a mailbox":         {flow("leave", "{task: announce_leave, at: start}", "{task: block_sign_in, at: start}", "{task: revoke_sessions, at: start, after: [block_sign_in]}", "{task: automatic_reply, at: start, offset: {days: 3}}", "{task: remove_licence, at: release}", "{task: await_return, at: review}"), "26:35: automatic_reply needs the mailbox, which goes with the licence before this is due."},
		"a leave of no return":              {flow("leave", "{task: announce_leave, at: start}", "{task: block_sign_in, at: start}", "{task: revoke_sessions, at: start, after: [block_sign_in]}", "{task: automatic_reply, at: start}", "{task: remove_licence, at: release}"), "22:3: A workflow for somebody who is away cannot do without await_return."},
		"back without a sign-in":            {flow("return", "{task: ask_return, at: ask}", "{task: add_to_group, at: return, after: [ask_return]}", "{task: assign_licences, at: return, after: [ask_return]}", "{task: automatic_reply, at: return, after: [ask_return]}"), "22:3: A workflow for somebody who returns from a leave cannot do without enable_account."},
		"back without being asked":          {homeLines("{task: enable_account, at: return}"), "27:14: Nothing comes back before the manager has confirmed the access: let this wait for ask_return."},
		"back while away":                   {homeLines("{task: enable_account, at: return, offset: {days: -3}, after: [ask_return]}"), "27:34: enable_account would open the sign-in while the person is away."},
		"asked after the return":            {flow("return", "{task: ask_return, at: return, offset: {days: 1}}", "{task: add_to_group, at: return, offset: {days: 2}, after: [ask_return]}", "{task: assign_licences, at: return, offset: {days: 2}, after: [ask_return]}", "{task: automatic_reply, at: return, offset: {days: 2}, after: [ask_return]}", "{task: enable_account, at: return, after: [ask_return]}"), "27:34: enable_account would be due before the manager is asked."},
		"a pass for a door still closed":    {homeLines("{task: enable_account, at: return, after: [ask_return]}", "{task: day_one_credential, at: return, after: [ask_return]}"), "28:14: A credential is of no use while the sign-in is blocked: let this wait for enable_account."},

		"an account of before, open":  {flow("rehire", "{task: restore_account, at: create_account}", "{task: block_sign_in, at: create_account, after: [restore_account]}", "{task: reuse_account, at: create_account}", "{task: clear_access, at: create_account, after: [reuse_account]}", "{task: remove_sign_in_methods, at: create_account}"), "25:14: The account stays blocked until the first day: let this wait for block_sign_in.\n27:14: The account must be there: let this wait for reuse_account."},
		"what was held stays":         {flow("rehire", "{task: restore_account, at: create_account}", "{task: block_sign_in, at: create_account, after: [restore_account]}", "{task: reuse_account, at: create_account, after: [block_sign_in]}", "{task: remove_sign_in_methods, at: create_account, after: [reuse_account]}"), "22:3: A workflow for somebody who was here before cannot do without clear_access."},
		"cleared after the first day": {flow("rehire", "{task: restore_account, at: create_account}", "{task: block_sign_in, at: create_account, after: [restore_account]}", "{task: reuse_account, at: create_account, after: [block_sign_in]}", "{task: remove_sign_in_methods, at: create_account, after: [reuse_account]}", "{task: clear_access, at: create_account, hold_days: 20, after: [reuse_account]}"), "27:32: clear_access would hold up the sign-in of the first day."},

		"elevated, signed by nobody": {unsigned("    elevated:\n      - group: Vault\n"), `22:9: Nobody can be asked to sign off "Vault". Name a person under roles.approver.people, or give the item an approver.`},
		"wiped, signed by nobody":    {unsigned("leaver: {wipe_devices: true}\n"), "21:24: Nobody can be asked to sign off that a device is wiped. Name a person under roles.approver.people."},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) { expectProblems(t, tt.change(smallPolicy), tt.want) })
	}
}

// What looks like a contradiction and is none.
func TestPolicyTakesUnusualWorkflows(t *testing.T) {
	for name, change := range map[string]func(string) string{
		"told before the exit, twice":    exitLines("{task: notify, key: week, template: before_last_day, at: exit, offset: {days: -7}}", "{task: notify, template: before_last_day, at: exit, offset: {days: -1}}"),
		"a badge for a new name":         flow("rename", "{task: change_name, at: change}", `{task: manual, title: "New badge for {name}", at: change, offset: {working_days: 1}, after: [change_name]}`),
		"hand-over after the exit":       exitLines("{task: hand_over_files, at: exit, offset: {days: 7}}", "{task: hand_over_group, at: exit, offset: {days: 2}}"),
		"a task before the exit":         exitLines("{task: manual, title: Exit interview, owner: hr, at: exit, offset: {working_days: -3}}"),
		"revoked by way of another":      flow("leaver", "{task: block_sign_in, at: exit}", "{task: manual, at: exit, after: [block_sign_in]}", "{task: revoke_sessions, at: exit, after: [manual]}"),
		"licences at the exit":           exitLines("{task: automatic_reply, at: exit}", "{task: remove_licence, at: exit}"),
		"one for each site":              joinLines(`{task: welcome, key: here, at: enable, when: {site: [London]}, text: "Hello {name}", after: [create_account]}`, "{task: welcome, at: enable, after: [create_account]}"),
		"no sign-in is opened":           joinLines("{task: day_one_credential, at: enable, after: [create_account]}"),
		"two tasks of their own":         exitLines("{task: manual, key: a, title: Badge, at: exit}", "{task: manual, key: b, title: Phone, at: exit}", "{task: manual, at: exit}"),
		"signed by whom the item names":  add("    elevated:\n      - {group: Vault, approver: ada@larkfield.example}\n"),
		"created on the day, then open":  flow("joiner", `{task: create_account, at: start, offset: {at: "07:00"}}`, "{task: enable_account, at: enable, after: [create_account]}"),
		"an urgent exit of fewer lines":  flow("urgent_leaver", "{task: block_sign_in, at: exit}", "{task: revoke_sessions, at: exit, after: [block_sign_in], on_failure: go_on}"),
		"a contractor's door":            joinLines("{task: manual, key: badge, title: Badge back, at: end, offset: {days: 1}, when: {employment: [contractor]}}"),
		"access before the move":         moveLines("{task: assign_licences, at: change, offset: {working_days: -1}}", "{task: add_to_group, at: change, offset: {working_days: -1}, after: [assign_licences]}"),
		"nothing goes by itself":         moveLines("{task: add_to_group, at: change}", `{task: manual, title: "Look what {name} still needs", owner: manager, at: hand_over}`),
		"removed after a task of people": moveLines("{task: add_to_group, at: change}", "{task: hand_over_group, at: change, after: [add_to_group]}", "{task: manual, key: asked, title: Ask the team, at: hand_over, after: [hand_over_group]}", "{task: remove_from_group, at: hand_over, after: [asked]}"),
		"the manager told of a return":   backLines(`{task: notify, to: manager, text: "The secondment of {name} ends.", at: end, offset: {days: -7}}`),
		"an item by rounds, no approver": add("    elevated:\n      - {group: Vault, approval: [{any: [\"role:owner\"]}]}\n"),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := ParsePolicy("policy.yaml", []byte(change(smallPolicy))); err != nil {
				t.Error(err)
			}
		})
	}
}
