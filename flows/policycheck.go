package flows

import (
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"muster/flows/texts"

	"golang.org/x/text/language"
)

// Lengths that Entra accepts (Microsoft Graph, user resource).
const (
	maxCompany    = 64
	maxDepartment = 64
	maxJobTitle   = 128
	maxOffice     = 128
)

// farOffset bounds offsets, so that a slip of the keyboard does not plan a step in another decade.
const farOffset = 366

// mostHandover bounds the working days of a hand-over: longer than that, nobody calls it one.
const mostHandover = 60

// askOwner is what an item says that goes to its approver when the releasing manager is silent.
const askOwner = "ask_owner"

// check finds everything that is wrong with a policy that could be read.
func (r *policyReader) check(p *Policy) {
	if p.Version != 1 && !r.faulty("version") {
		r.wrong("version", "The version of this format is 1: write \"version: 1\".")
	}
	r.text("organisation", p.Organisation, maxCompany, "Write the organisation's name here.")
	if !r.faulty("domain") && !isDomain(p.Domain) {
		r.wrong("domain", "Write the domain of new sign-in names here, such as example.com, in lower case.")
	}
	for path, h := range map[string]Holders{"roles.hr": p.Roles.HR, "roles.it": p.Roles.IT, "roles.approver": p.Roles.Approver, "roles.owner": p.Roles.Owner} {
		r.holders(path, h)
	}
	r.channel("channels.it", p.Channels.IT, true)
	r.channel("channels.owners", p.Channels.Owners, false)
	r.sites(p)
	r.naming(p.Naming)
	r.items("birthright", p.Birthright, false)
	r.jobs(p)
	r.joiner(p)
	r.leaver(p.Leaver)
	for i, pattern := range p.Population.NotPeople {
		if _, err := path.Match(pattern, ""); err != nil || strings.Trim(pattern, "*?@.") == "" {
			r.wrong("population.not_people["+strconv.Itoa(i)+"]", "%s is not a sign-in name with * for what may differ, such as svc-*@larkfield.example.", quote(pattern))
		}
	}
	r.workflows(p)
	r.absence(p)
	r.signable(p)
	r.kept(p)
	r.outward(p)
	r.clock("mover.at", p.Mover.At)
	r.whole("mover.handover_days", p.Mover.Handover, 0, mostHandover)
	r.whole("mover.release_within_days", p.Mover.Silence, 1, mostHandover)
	r.whole("limits.exception_days", p.Limits.MostKept, 1, farOffset)
	r.whole("retention.talk_days", p.Retention.TalkDays, 1, 3660)
	r.whole("retention.case_days", p.Retention.CaseDays, 90, 36600)
	r.whole("retention.review_days", p.Retention.ReviewDays, 120, 36600)
	r.whole("retention.population_days", p.Retention.PopulationDays, 1, 366)
	r.whole("reminders.remind_after_hours", p.Reminders.RemindAfter, 1, 400)
	r.whole("reminders.escalate_after_hours", p.Reminders.EscalateAfter, 1, 400)
	r.whole("reminders.repeat_after_hours", p.Reminders.RepeatAfter, 1, 400)
	r.whole("reminders.most", p.Reminders.Most, 1, 50)
	r.whole("reminders.away_after_hours", p.Reminders.AwayAfter, 1, 400)
	r.approvers(p)
	remind, escalate := r.orDefault("reminders.remind_after_hours", p.Reminders.RemindAfter, remindDefault), r.orDefault("reminders.escalate_after_hours", p.Reminders.EscalateAfter, escalateDefault)
	if !r.faulty("reminders") && escalate <= remind {
		r.wrong("reminders.escalate_after_hours", "Escalation (after %d hours) must come after the reminder (after %d hours).", escalate, remind)
	}
	r.whole("limits.cases_per_day", p.Limits.CasesPerDay, 1, 10_000)
	if p.Licences.Buyer != "" {
		r.person("licences.buyer", p.Licences.Buyer)
	}
	r.whole("limits.exits_per_hour", p.Limits.ExitsPerHour, 1, 10_000)
	r.whole("limits.exits_percent_per_day", p.Limits.ExitsShare, 1, 100)
	r.whole("limits.attempts", p.Limits.Attempts, 1, 100)
	r.whole("limits.contract_days", p.Limits.ContractDays, 1, 3660)
	r.whole("limits.late_days", p.Limits.LateDays, 0, farOffset)
}

// faulty reports whether something is already known to be wrong at the path or below it, or whether what is around it could not be read.
func (r *policyReader) faulty(path string) bool {
	for around := path; around != ""; around = above(around) {
		if r.unread[around] {
			return true
		}
	}
	return slices.ContainsFunc(r.problems, func(p PolicyProblem) bool {
		rest, below := strings.CutPrefix(p.Path, path)
		return below && (rest == "" || rest[0] == '.' || rest[0] == '[')
	})
}

func (r *policyReader) orDefault(path string, v, def int) int {
	if r.given(path) {
		return v
	}
	return def
}

// text checks a text that must be there.
func (r *policyReader) text(path, s string, most int, missing string) {
	if r.faulty(path) {
		return
	}
	if strings.TrimSpace(s) == "" {
		r.wrong(path, "%s", missing)
		return
	}
	r.short(path, s, most)
}

// short checks the length of a text that may be left out.
func (r *policyReader) short(path, s string, most int) {
	if n := len([]rune(s)); n > most {
		r.wrong(path, "This is %d characters long; Microsoft 365 takes at most %d.", n, most)
	}
}

func (r *policyReader) whole(path string, v, least, most int) {
	if r.given(path) && !r.faulty(path) && (v < least || v > most) {
		r.wrong(path, "This must be a number from %d to %d.", least, most)
	}
}

func (r *policyReader) holders(path string, h Holders) {
	if r.faulty(path) {
		return
	}
	if len(h.People)+len(h.Groups) == 0 {
		r.wrong(path, "Nobody holds the role %s. Name people or groups.", strings.TrimPrefix(path, "roles."))
	}
	for i, who := range h.People {
		r.person(path+".people["+strconv.Itoa(i)+"]", who)
	}
	for i, group := range h.Groups {
		r.text(path+".groups["+strconv.Itoa(i)+"]", group, 256, "Write the group's display name or object id here.")
	}
}

func (r *policyReader) person(path, who string) {
	if !r.faulty(path) && !isSignIn(who) && !isGUID(who) {
		r.wrong(path, "%s is neither a sign-in name such as ada@example.com nor an object id.", quote(who))
	}
}

func (r *policyReader) channel(path, id string, needed bool) {
	if r.faulty(path) || (id == "" && !needed) {
		return
	}
	if !strings.HasPrefix(id, "19:") || !(strings.HasSuffix(id, "@thread.tacv2") || strings.HasSuffix(id, "@thread.skype")) {
		r.wrong(path, "A channel id begins with 19: and ends with @thread.tacv2. It is in the link to the channel.")
	}
}

func (r *policyReader) sites(p *Policy) {
	if len(p.Sites) == 0 && !r.faulty("sites") {
		r.wrong("sites", "Name at least one site.")
	}
	r.names("sites", slices.Sorted(maps.Keys(p.Sites)), maxOffice)
	for name, s := range p.Sites {
		path := "sites[" + strconv.Quote(name) + "]"
		if _, err := s.Location(); err != nil && !r.faulty(path+".time_zone") {
			r.wrong(path+".time_zone", "%s is not the IANA name of a time zone, such as Europe/London.", quote(s.TimeZone))
		}
		if !r.faulty(path+".country") && !isCountry(s.Country) {
			r.wrong(path+".country", "%s is not a country code of ISO 3166, such as GB, in capitals.", quote(s.Country))
		}
		r.short(path+".office", s.Office, maxOffice)
		r.clock(path+".opens", s.Opens)
		r.clock(path+".closes", s.Closes)
		if opens, closes := orElse(s.Opens, opensDefault), orElse(s.Closes, closesDefault); !r.faulty(path) && closes <= opens { // HH:MM sorts as text
			r.wrong(path+".closes", "The site closes at %s, which is not after it opens at %s.", closes, opens)
		}
		r.days(p.Lang(), path, s)
	}
}

func (r *policyReader) days(lang texts.Language, path string, s Site) {
	seen := map[string]bool{}
	for i, day := range s.WorkingDays {
		dayPath := path + ".working_days[" + strconv.Itoa(i) + "]"
		switch {
		case r.faulty(dayPath):
		case !slices.Contains([]string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}, day):
			r.wrong(dayPath, "%s is not a day. Days are mon, tue, wed, thu, fri, sat and sun.", quote(day))
		case seen[day]:
			r.wrong(dayPath, "%s is listed twice.", quote(day))
		}
		seen[day] = true
	}
	if r.given(path+".working_days") && len(s.WorkingDays) == 0 && !r.faulty(path+".working_days") {
		r.wrong(path+".working_days", "Name at least one working day, or leave this key out for Monday to Friday.")
	}
	if s.Calendar != "" && s.Calendar != noCalendar && !slices.Contains(calendars(), s.Calendar) {
		r.wrong(path+".calendar", "%s is not a calendar. Calendars are %s and none.", quote(s.Calendar), strings.Join(calendars(), ", "))
	}
	for i, day := range s.Holidays {
		dayPath := path + ".holidays[" + strconv.Itoa(i) + "]"
		if _, err := ParseDate(lang, string(day)); err != nil && !r.faulty(dayPath) {
			r.wrong(dayPath, "%s is not a date. Write it like 2026-12-24.", quote(string(day)))
		}
	}
}

// names refuses two names that people could not tell apart.
func (r *policyReader) names(path string, names []string, most int) {
	seen := map[string]string{}
	for _, name := range names {
		namePath := path + "[" + strconv.Quote(name) + "]"
		r.text(namePath, name, most, "This name is empty.")
		if other, twice := seen[plain(name)]; twice {
			r.wrong(namePath, "%s and %s differ only in capitals or spaces.", quote(other), quote(name))
		}
		seen[plain(name)] = name
	}
}

func (r *policyReader) naming(n Naming) {
	if len(n.UPN) == 0 && !r.faulty("naming") {
		r.wrong("naming.upn", "Name at least one pattern for sign-in names, such as \"{given}.{surname}{n}\".")
	}
	for i, pattern := range n.UPN {
		path := "naming.upn[" + strconv.Itoa(i) + "]"
		if r.faulty(path) {
			continue
		}
		bare := pattern
		for _, part := range nameParts() {
			bare = strings.ReplaceAll(bare, part, "")
		}
		last, numbered := i == len(n.UPN)-1, strings.Contains(pattern, "{n}")
		switch {
		case strings.ContainsAny(bare, "{}"):
			r.wrong(path, "%s has a part that is not known. Parts are %s.", quote(pattern), strings.Join(nameParts(), ", "))
		case strings.Trim(bare, signInLetters+".") != "":
			r.wrong(path, "%s has a character that sign-in names must not have. Use a to z, 0 to 9, dot, hyphen and underscore.", quote(pattern))
		case bare == strings.ReplaceAll(pattern, "{n}", ""):
			r.wrong(path, "%s would give everybody the same sign-in name. Use {given}, {surname}, {g} or {s}.", quote(pattern))
		case strings.HasPrefix(pattern, ".") || strings.HasSuffix(pattern, ".") || strings.Contains(pattern, ".."):
			r.wrong(path, "%s: a sign-in name neither begins nor ends with a dot, nor has two in a row.", quote(pattern))
		case numbered && !last:
			r.wrong(path, "{n} belongs in the last pattern only, because it never runs out.")
		case last && !numbered:
			r.wrong(path, "The last pattern needs {n}, or the second person of a name cannot have an account.")
		}
	}
}

func (r *policyReader) jobs(p *Policy) {
	if len(p.Jobs) == 0 && !r.faulty("jobs") {
		r.wrong("jobs", "Name at least one job profile.")
	}
	names := slices.Sorted(maps.Keys(p.Jobs))
	r.names("jobs", names, maxJobTitle)
	words := map[string]string{}
	for _, name := range names {
		words[plain(name)] = name
	}
	for _, name := range names {
		j, path := p.Jobs[name], "jobs["+strconv.Quote(name)+"]"
		r.short(path+".title", j.Title, maxJobTitle)
		r.short(path+".department", j.Department, maxDepartment)
		for i, word := range j.Also {
			wordPath := path + ".also[" + strconv.Itoa(i) + "]"
			if other, taken := words[plain(word)]; taken {
				r.wrong(wordPath, "%s already means the job %s.", quote(word), quote(other))
			} else {
				r.text(wordPath, word, maxJobTitle, "This word is empty.")
			}
			words[plain(word)] = name
		}
		seen := map[string]bool{}
		r.itemsOnce(path+".access", j.Access, false, seen)
		r.itemsOnce(path+".optional", j.Optional, false, seen)
		r.itemsOnce(path+".elevated", j.Elevated, true, seen)
		for i, it := range j.Elevated {
			r.approval(path+".elevated["+strconv.Itoa(i)+"]", p, it, j.Department)
		}
	}
}

func (r *policyReader) items(path string, items []Item, elevated bool) {
	r.itemsOnce(path, items, elevated, map[string]bool{})
}

// itemsOnce checks a list of entitlements; seen holds those of the same profile that came before.
func (r *policyReader) itemsOnce(path string, items []Item, elevated bool, seen map[string]bool) {
	for i, it := range items {
		itemPath := path + "[" + strconv.Itoa(i) + "]"
		if r.faulty(itemPath) {
			continue
		}
		if n := it.kinds(); n != 1 {
			r.wrong(itemPath, "An item is exactly one of group, team, licence and manual; this one is %s.", map[bool]string{true: "none of them", false: "more than one"}[n == 0])
			continue
		}
		if seen[it.key()] {
			r.wrong(itemPath, "%s is listed twice in this profile.", quote(it.label()))
		}
		seen[it.key()] = true
		if it.Manual == "" {
			for key, given := range map[string]bool{"owner": it.Owner != "", "instructions": it.Instructions != "", "due": it.Due != nil} {
				if given {
					r.wrong(itemPath+"."+key, "The key %q is for manual items only.", key)
				}
			}
		} else if it.Owner != "" && !slices.Contains([]string{string(IT), string(HR), managerOwner}, it.Owner) && !isSignIn(it.Owner) && !isGUID(it.Owner) {
			r.wrong(itemPath+".owner", "%s is not an owner. Write it, hr, manager, a sign-in name or an object id.", quote(it.Owner))
		}
		if it.Approver != "" {
			if !elevated && it.OnSilence == "" {
				r.wrong(itemPath+".approver", "Only an item under \"elevated\" is signed off. Move it there, or leave the approver out.")
			} else {
				r.person(itemPath+".approver", it.Approver)
			}
		}
		if it.OnSilence != "" && it.OnSilence != askOwner {
			r.wrong(itemPath+".keep_on_silence", "%s is not known here. Write ask_owner, or leave the key out.", quote(it.OnSilence))
		}
		if !elevated && (len(it.Approval) > 0 || it.ItemOwner != "") {
			r.wrong(itemPath, "Only an item under \"elevated\" is signed off. Move it there, or leave approval and item_owner out.")
		}
		if it.Due != nil {
			r.due(itemPath+".due", *it.Due)
		}
	}
}

func (r *policyReader) joiner(p *Policy) {
	j := p.Joiner
	r.due("joiner.create_account", j.CreateAccount)
	r.due("joiner.access", j.Access)
	r.due("joiner.enable", j.Enable)
	r.whole("joiner.ask_started_after_hours", j.AskStarted, 1, 400)
	r.whole("joiner.credential.minutes", j.Credential.Minutes, 10, 43_200)
	if bare := strings.NewReplacer("{name}", "", "{organisation}", "").Replace(j.Welcome); strings.ContainsAny(bare, "{}") {
		r.wrong("joiner.welcome", "Only {name} and {organisation} are filled in.")
	}
	if !r.faulty("joiner") && r.given("joiner.create_account") {
		r.createFirst(j)
	}
}

// createFirst refuses a workflow that opens the sign-in of an account before it creates it, tried on a week without holidays.
func (r *policyReader) createFirst(j Joiner) {
	plainSite, enable := Site{TimeZone: "UTC", Calendar: noCalendar}, j.Enable
	if !r.given("joiner.enable") {
		enable = Due{At: enableAtDefault}
	}
	for day := Date("2027-03-01"); day < "2027-03-06"; day = day.AddDays(1) {
		created, errCreated := j.CreateAccount.On(day, plainSite)
		enabled, errEnabled := enable.On(day, plainSite)
		if errCreated == nil && errEnabled == nil && created.After(enabled) {
			r.wrong("joiner.create_account", "The account would be created after its sign-in is opened.")
			return
		}
	}
}

func (r *policyReader) leaver(l Leaver) {
	r.whole("leaver.licence_hold_days", l.LicenceHold, 0, farOffset)
	r.whole("leaver.prepare_working_days", l.Prepare, 0, farOffset)
	if strings.ContainsAny(replyWith("", "", "").Replace(l.Reply), "{}") {
		r.wrong("leaver.reply", "Only {name}, {successor} and {organisation} are filled in.")
	}
	if n := length(l.Reply); n > maxReply {
		r.wrong("leaver.reply", "This is %d characters long; an automatic reply has at most %d.", n, maxReply)
	}
	if strings.ContainsAny(replyWith("", "", "").Replace(l.MeetingNote), "{}") {
		r.wrong("leaver.meeting_note", "Only {name}, {successor} and {organisation} are filled in.")
	}
	for i, act := range l.Mailbox {
		path := "leaver.mailbox[" + strconv.Itoa(i) + "]"
		switch {
		case r.faulty(path):
		case !slices.Contains(leaverActs(), act):
			r.wrong(path, "%s is not known. Known are: %s.", quote(act), strings.Join(leaverActs(), ", "))
		case slices.Contains(l.Mailbox[:i], act):
			r.wrong(path, "%s is listed twice.", quote(act))
		}
	}
	for i, who := range l.Protected {
		r.person("leaver.protected["+strconv.Itoa(i)+"]", who)
	}
	r.items("leaver.manual", l.Manual, false)
	for i, it := range l.Manual {
		path := "leaver.manual[" + strconv.Itoa(i) + "]"
		switch {
		case r.faulty(path):
		case it.Manual == "":
			r.wrong(path, "Only manual items belong here: what a leaver holds in Microsoft 365 is found in the directory.")
		case strings.Contains(it.Owner, "@"):
			r.wrong(path+".owner", "Write it, hr, manager or the object id of the owner here, not a sign-in name.")
		}
	}
}

func (r *policyReader) due(path string, d Due) {
	if r.faulty(path) {
		return
	}
	if d.WorkingDays != 0 && d.Days != 0 {
		r.wrong(path, "Give working_days or days, not both.")
	}
	r.whole(path+".working_days", d.WorkingDays, -farOffset, farOffset)
	r.whole(path+".days", d.Days, -farOffset, farOffset)
	r.clock(path+".at", d.At)
}

func (r *policyReader) clock(path, s string) {
	if _, _, ok := readClock(s); s != "" && !ok && !r.faulty(path) {
		r.wrong(path, "%s is not a time of day. Write it like 09:00.", quote(s))
	}
}

// domainName is what a domain in lower case looks like, top level included.
const domainName = `^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$`

func isDomain(s string) bool { return len(s) <= 253 && matches(domainName, s) }

// isSignIn reports whether s has the form of a sign-in name or an e-mail address: enough to catch a slip, not to prove that it exists.
func isSignIn(s string) bool {
	local, domain, ok := strings.Cut(s, "@")
	return ok && local != "" && len(local) <= 64 && !strings.ContainsAny(local, " \t\r\n\"(),:;<>[\\]") && isDomain(strings.ToLower(domain))
}

// isGUID reports whether s is an object id, in either case.
func isGUID(s string) bool {
	return matches(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`, s)
}

// isCountry knows the codes of ISO 3166 and refuses aliases such as UK.
func isCountry(s string) bool {
	region, err := language.ParseRegion(s)
	return err == nil && len(s) == 2 && region.IsCountry() && region.Canonicalize().String() == s
}

func matches(pattern, s string) bool {
	ok, err := regexp.MatchString(pattern, s)
	return err == nil && ok
}
