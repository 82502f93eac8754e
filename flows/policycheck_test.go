package flows

import (
	"strings"
	"testing"
)

// Each value that is refused, with the place and the sentence.
func TestParsePolicyChecks(t *testing.T) {
	site := func(more string) func(string) string {
		return replace("    country: GB\n", "    country: GB\n    "+more+"\n")
	}
	pattern := func(list string) func(string) string { return replace(`["{given}.{surname}{n}"]`, list) }
	tests := map[string]struct {
		change func(string) string
		want   string // line:column: sentence, one a line
	}{
		"no version":          {replace("version: 1\n", ""), `1:1: The version of this format is 1: write "version: 1".`},
		"version of tomorrow": {replace("version: 1", "version: 2"), `1:10: The version of this format is 1: write "version: 1".`},
		"no organisation":     {replace("organisation: Larkfield\n", ""), "1:1: Write the organisation's name here."},
		"blank organisation":  {replace("Larkfield", `" "`), "2:15: Write the organisation's name here."},
		"long organisation":   {replace("Larkfield", strings.Repeat("x", 65)), "2:15: This is 65 characters long; Microsoft 365 takes at most 64."},
		"no domain":           {replace("domain: larkfield.example\n", ""), "1:1: Write the domain of new sign-in names here, such as example.com, in lower case."},
		"domain with an @":    {replace("domain: larkfield.example", `domain: "@larkfield.example"`), "3:9: Write the domain of new sign-in names here, such as example.com, in lower case."},
		"domain in capitals":  {replace("domain: larkfield.example", "domain: Larkfield.example"), "3:9: Write the domain of new sign-in names here, such as example.com, in lower case."},
		"nobody is HR":        {replace("{groups: [HR Staff]}", "{}"), "5:7: Nobody holds the role hr. Name people or groups."},
		"no owner":            {replace("  owner: {people: [00000000-0000-4000-A000-000000000008]}\n", ""), "5:3: Nobody holds the role owner. Name people or groups."},
		"a person by name":    {replace("aisha.khan@larkfield.example", "Aisha Khan"), `7:23: "Aisha Khan" is neither a sign-in name such as ada@example.com nor an object id.`},
		"blank group":         {replace("[HR Staff]", `[""]`), "5:17: Write the group's display name or object id here."},
		"no channel":          {replace("  it: 19:it@thread.tacv2", "  owners: 19:o@thread.tacv2"), "10:3: A channel id begins with 19: and ends with @thread.tacv2. It is in the link to the channel."},
		"a channel by name":   {replace("19:it@thread.tacv2", "General"), "10:7: A channel id begins with 19: and ends with @thread.tacv2. It is in the link to the channel."},
		"owners' channel":     {replace("  it: 19:it@thread.tacv2", "  it: 19:it@thread.tacv2\n  owners: https://teams.example"), "11:11: A channel id begins with 19: and ends with @thread.tacv2. It is in the link to the channel."},

		"no site":                {replace("sites:\n  London:\n    time_zone: Europe/London\n    country: GB\n", "sites: {}\n"), "11:8: Name at least one site."},
		"a site of nothing":      {replace("    time_zone: Europe/London\n    country: GB\n", ""), "12:3: \"\" is not a country code of ISO 3166, such as GB, in capitals.\n12:3: \"\" is not the IANA name of a time zone, such as Europe/London."},
		"no such zone":           {replace("Europe/London", "Europe/Lundon"), `13:16: "Europe/Lundon" is not the IANA name of a time zone, such as Europe/London.`},
		"the machine's zone":     {replace("Europe/London", "Local"), `13:16: "Local" is not the IANA name of a time zone, such as Europe/London.`},
		"UK":                     {replace("country: GB", "country: UK"), `14:14: "UK" is not a country code of ISO 3166, such as GB, in capitals.`},
		"country in lower case":  {replace("country: GB", "country: gb"), `14:14: "gb" is not a country code of ISO 3166, such as GB, in capitals.`},
		"a country that is none": {replace("country: GB", "country: ZZ"), `14:14: "ZZ" is not a country code of ISO 3166, such as GB, in capitals.`},
		"a region":               {replace("country: GB", `country: "150"`), `14:14: "150" is not a country code of ISO 3166, such as GB, in capitals.`},
		"long office":            {site("office: " + strings.Repeat("x", 129)), "15:13: This is 129 characters long; Microsoft 365 takes at most 128."},
		"no time of day":         {site("opens: nine"), `15:12: "nine" is not a time of day. Write it like 09:00.`},
		"no such time":           {site(`closes: "24:00"`), `15:13: "24:00" is not a time of day. Write it like 09:00.`},
		"closes before it opens": {site(`opens: "18:00"`), "12:3: The site closes at 17:30, which is not after it opens at 18:00."},
		"closes as it opens":     {site("opens: 08:00\n    closes: 08:00"), "16:13: The site closes at 08:00, which is not after it opens at 08:00."},
		"no such day":            {site("working_days: [mon, tuesday]"), `15:25: "tuesday" is not a day. Days are mon, tue, wed, thu, fri, sat and sun.`},
		"a day twice":            {site("working_days: [mon, tue, mon]"), `15:30: "mon" is listed twice.`},
		"no working day":         {site("working_days: []"), "15:19: Name at least one working day, or leave this key out for Monday to Friday."},
		"no such calendar":       {site("calendar: uk"), `15:15: "uk" is not a calendar. Calendars are gb, us, ie, de, fr, nl and none.`},
		"no such holiday":        {site("holidays: [2026-12-24, 2026-02-30, Christmas]"), "15:28: \"2026-02-30\" is not a date. Write it like 2026-12-24.\n15:40: \"Christmas\" is not a date. Write it like 2026-12-24."},
		"sites alike":            {replace("naming:", "  \"london \": {time_zone: UTC, country: GB}\nnaming:"), `15:3: "London" and "london " differ only in capitals or spaces.`},
		"a site without a name":  {replace("  London:", `  "":`), "12:3: This name is empty."},

		"no pattern":           {pattern("[]"), `16:8: Name at least one pattern for sign-in names, such as "{given}.{surname}{n}".`},
		"unknown part":         {pattern(`["{first}.{surname}{n}"]`), `16:9: "{first}.{surname}{n}" has a part that is not known. Parts are {given}, {surname}, {g}, {s}, {n}.`},
		"open bracket":         {pattern(`["{given{n}"]`), `16:9: "{given{n}" has a part that is not known. Parts are {given}, {surname}, {g}, {s}, {n}.`},
		"capital in a pattern": {pattern(`["X{given}{n}"]`), `16:9: "X{given}{n}" has a character that sign-in names must not have. Use a to z, 0 to 9, dot, hyphen and underscore.`},
		"an @ in a pattern":    {pattern(`["{given}@x{n}"]`), `16:9: "{given}@x{n}" has a character that sign-in names must not have. Use a to z, 0 to 9, dot, hyphen and underscore.`},
		"everybody the same":   {pattern(`["staff{n}"]`), `16:9: "staff{n}" would give everybody the same sign-in name. Use {given}, {surname}, {g} or {s}.`},
		"dot at the end":       {pattern(`["{given}.", "{given}{n}"]`), `16:9: "{given}.": a sign-in name neither begins nor ends with a dot, nor has two in a row.`},
		"two dots":             {pattern(`["{given}..{n}"]`), `16:9: "{given}..{n}": a sign-in name neither begins nor ends with a dot, nor has two in a row.`},
		"number too early":     {pattern(`["{given}{n}", "{surname}{n}"]`), "16:9: {n} belongs in the last pattern only, because it never runs out."},
		"no number":            {pattern(`["{given}"]`), "16:9: The last pattern needs {n}, or the second person of a name cannot have an account."},

		"no job":               {replace("jobs:\n  Clerk:\n    access:\n      - group: Clerks\n", "jobs: {}\n"), "17:7: Name at least one job profile."},
		"long title":           {add("    title: " + strings.Repeat("x", 129) + "\n"), "21:12: This is 129 characters long; Microsoft 365 takes at most 128."},
		"long department":      {add("    department: " + strings.Repeat("x", 65) + "\n"), "21:17: This is 65 characters long; Microsoft 365 takes at most 64."},
		"jobs alike":           {add("  CLERK: {}\n"), `18:3: "CLERK" and "Clerk" differ only in capitals or spaces.`},
		"a word for two jobs":  {add("    also: [typist]\n  Writer: {also: [Typist]}\n"), `22:19: "Typist" already means the job "Clerk".`},
		"a word that is a job": {add("    also: [writer]\n  Writer: {}\n"), `21:12: "writer" already means the job "Writer".`},
		"an empty word":        {add("    also: [\"\"]\n"), "21:12: This word is empty."},

		"an item of nothing":       {add("      - name: Door\n"), "21:9: An item is exactly one of group, team, licence and manual; this one is none of them."},
		"an item of two":           {add("      - {group: A, team: B}\n"), "21:9: An item is exactly one of group, team, licence and manual; this one is more than one."},
		"an item twice":            {add("    optional:\n      - group: Clerks\n"), `22:9: "Clerks" is listed twice in this profile.`},
		"birthright twice":         {add("birthright: [{licence: SPB}, {licence: SPB, name: Business}]\n"), `21:30: "Business" is listed twice in this profile.`},
		"owner of a group":         {add("      - {group: A, owner: it}\n"), `21:27: The key "owner" is for manual items only.`},
		"instructions of a group":  {add("      - {group: A, instructions: Do it.}\n"), `21:34: The key "instructions" is for manual items only.`},
		"due of a group":           {add("      - {group: A, due: {days: 1}}\n"), `21:25: The key "due" is for manual items only.`},
		"no such owner":            {add("      - {manual: Door, owner: Facilities}\n"), `21:31: "Facilities" is not an owner. Write it, hr, manager, a sign-in name or an object id.`},
		"approver of plain access": {add("      - {group: A, approver: a@b.example}\n"), `21:30: Only an item under "elevated" is signed off. Move it there, or leave the approver out.`},
		"approver by name":         {add("    elevated:\n      - {group: A, approver: Aisha}\n"), `22:30: "Aisha" is neither a sign-in name such as ada@example.com nor an object id.`},
		"due in both":              {add("      - {manual: Door, due: {days: 1, working_days: 1}}\n"), "21:29: Give working_days or days, not both."},
		"due far away":             {add("      - {manual: Door, due: {days: -367}}\n"), "21:36: This must be a number from -366 to 366."},

		"no time in the workflow":     {add("joiner:\n  enable: {at: 8am}\n"), `22:16: "8am" is not a time of day. Write it like 09:00.`},
		"created too late":            {add("joiner:\n  create_account: {working_days: 1}\n"), "22:19: The account would be created after its sign-in is opened."},
		"created an hour late":        {add("joiner:\n  create_account: {at: 09:00}\n  enable: {at: 08:00}\n"), "22:19: The account would be created after its sign-in is opened."},
		"asked at once":               {add("joiner: {ask_started_after_hours: 0}\n"), "21:35: This must be a number from 1 to 400."},
		"short credential":            {add("joiner: {credential: {minutes: 9}}\n"), "21:32: This must be a number from 10 to 43200."},
		"long credential":             {add("joiner: {credential: {minutes: 43201}}\n"), "21:32: This must be a number from 10 to 43200."},
		"welcome with more":           {add("joiner: {welcome: \"Hello {surname}\"}\n"), "21:19: Only {name} and {organisation} are filled in."},
		"never reminded":              {add("reminders: {remind_after_hours: 0}\n"), "21:33: This must be a number from 1 to 400."},
		"escalated too soon":          {add("reminders: {escalate_after_hours: 8}\n"), "21:35: Escalation (after 8 hours) must come after the reminder (after 8 hours)."},
		"reminded too late":           {add("reminders: {remind_after_hours: 16}\n"), "21:12: Escalation (after 16 hours) must come after the reminder (after 16 hours)."},
		"a hold of less than nothing": {add("leaver: {licence_hold_days: -1}\n"), "21:29: This must be a number from 0 to 366."},
		"a hold of years":             {add("leaver: {licence_hold_days: 367}\n"), "21:29: This must be a number from 0 to 366."},
		"prepared too early":          {add("leaver: {prepare_working_days: 400}\n"), "21:32: This must be a number from 0 to 366."},
		"reply with another part":     {add("leaver:\n  reply: Write to {manager}.\n"), "22:10: Only {name}, {successor} and {organisation} are filled in."},
		"a reply of pages":            {add("leaver:\n  reply: " + strings.Repeat("x", 2001) + "\n"), "22:10: This is 2001 characters long; an automatic reply has at most 2000."},
		"protected by name":           {add("leaver:\n  protected: [Gabriel Admin]\n"), `22:15: "Gabriel Admin" is neither a sign-in name such as ada@example.com nor an object id.`},
		"a leaver's group":            {add("leaver:\n  manual:\n    - group: Sales\n"), "23:7: Only manual items belong here: what a leaver holds in Microsoft 365 is found in the directory."},
		"a leaver's empty item":       {add("leaver:\n  manual:\n    - name: Key\n"), "23:7: An item is exactly one of group, team, licence and manual; this one is none of them."},
		"a leaver's item twice":       {add("leaver:\n  manual:\n    - manual: Key\n    - manual: Key\n"), `24:7: "Key" is listed twice in this profile.`},
		"a leaver's item by name":     {add("leaver:\n  manual:\n    - {manual: Key, owner: ines.duarte@larkfield.example}\n"), "23:28: Write it, hr, manager or the object id of the owner here, not a sign-in name."},
		"a leaver's item by nobody":   {add("leaver:\n  manual:\n    - {manual: Key, owner: somebody}\n"), `23:28: "somebody" is not an owner. Write it, hr, manager, a sign-in name or an object id.`},
		"no cases":                    {add("limits: {cases_per_day: 0}\n"), "21:25: This must be a number from 1 to 10000."},
		"no attempts":                 {add("limits: {attempts: 0}\n"), "21:20: This must be a number from 1 to 100."},
		"late by less than nothing":   {add("limits: {late_days: -1}\n"), "21:21: This must be a number from 0 to 366."},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) { expectProblems(t, tt.change(smallPolicy), tt.want) })
	}
}

// The path of a problem names the value for tools that read the file themselves.
func TestPolicyProblemPath(t *testing.T) {
	_, err := ParsePolicy("policy.yaml", []byte(smallPolicy+"      - {group: A, owner: it}\n"))
	problems, ok := err.(*PolicyProblems)
	if !ok || len(problems.Problems) != 1 {
		t.Fatalf("error %v", err)
	}
	if got, want := problems.Problems[0].Path, `jobs["Clerk"].access[1].owner`; got != want {
		t.Errorf("path = %s, want %s", got, want)
	}
}
