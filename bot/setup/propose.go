package setup

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"

	"muster/flows"
	"muster/flows/graph"
)

// Plan is what a person has decided that the tenant does not say.
type Plan struct {
	HR, IT, Approver, Owner []string // sign-in names, or groups by name or id
	ITChannel, Owners       string   // Teams channel ids; the second may be empty
	Share                   int      // percent of the people of a job who must have something for the job to have it
	Least                   int      // people who must have a job title for it to become a profile
}

// optionalShare is the percentage from which something is at least offered.
const optionalShare = 40

// Lengths that Entra accepts, as the policy knows them.
const (
	mostTitle  = 128
	mostDept   = 64
	mostOffice = 128
	mostGroup  = 256
)

// Propose drafts a policy from a tenant as it is. What it writes is a good policy, whatever the tenant is like; whether it is the right one is
// for people to say, which is why each line that was found says with whom.
func Propose(s graph.Survey, p Plan) string {
	d := &draft{s: s, p: p, names: map[string]int{}, groupsOf: map[flows.AccountID][]int{}, part: map[string]string{}}
	for i, g := range s.Groups {
		d.names[plain(g.Name)]++
		for _, id := range g.Members {
			d.groupsOf[id] = append(d.groupsOf[id], i)
		}
	}
	for _, sku := range s.SKUs {
		d.part[strings.ToLower(sku.ID)] = sku.Part
	}
	d.head()
	d.roles()
	d.sites()
	d.naming()
	d.jobs()
	d.tail()
	return d.b.String()
}

type draft struct {
	s        graph.Survey
	p        Plan
	b        strings.Builder
	names    map[string]int // groups by plain name
	groupsOf map[flows.AccountID][]int
	part     map[string]string // of a licence, by SKU id
}

func (d *draft) say(format string, args ...any) { fmt.Fprintf(&d.b, format+"\n", args...) }

func plain(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// writable reports whether a name of the directory can stand in the file as it is: Muster looks it up by exactly these letters.
func writable(s string, most int) bool {
	return s != "" && s == strings.Join(strings.Fields(s), " ") && utf8.ValidString(s) && utf8.RuneCountInString(s) <= most &&
		!strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar })
}

// quote writes a text for YAML, in double quotes.
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

func list(all []string) string {
	var out []string
	for _, s := range all {
		out = append(out, quote(s))
	}
	return "[" + strings.Join(out, ", ") + "]"
}

func (d *draft) head() {
	name := d.s.Organisation
	if !writable(name, 64) {
		name = d.s.Domain
	}
	if !writable(name, 64) {
		name = "Our organisation"
	}
	d.say(`# A draft of a policy, proposed by muster init from %d open accounts and %d groups as they are today.
# It says what people have, not what they should have: read every line, take out what was left over, and run muster policy check.
version: 1

# The name on cards, in the evidence, and the company of new accounts.
organisation: %s

# The domain of new sign-in names. It must be verified in the tenant.
domain: %s
`, len(d.s.People), len(d.s.Groups), quote(name), quote(d.s.Domain))
}

func (d *draft) roles() {
	d.say("# Who may do what: people by sign-in name, groups by name or object id. Nobody decides on their own request, whatever roles they hold.\nroles:")
	for _, r := range []struct {
		key, what string
		who       []string
	}{
		{"hr", "Raises and confirms people events.", d.p.HR},
		{"it", "Handles failures and what is done by hand.", d.p.IT},
		{"approver", "Signs off elevated access, and stands in for a manager who may not decide.", d.p.Approver},
		{"owner", "Answers for the process and sees every case.", d.p.Owner},
	} {
		var people, groups []string
		for _, who := range r.who {
			if strings.Contains(who, "@") {
				people = append(people, who)
			} else {
				groups = append(groups, who)
			}
		}
		d.say("  # %s\n  %s:", r.what, r.key)
		if len(people) > 0 {
			d.say("    people: %s", list(people))
		}
		if len(groups) > 0 {
			d.say("    groups: %s", list(groups))
		}
	}
	d.say("\n# The Teams channels that Muster posts to; add the app to their teams. Failures go to IT's, checkpoints of the evidence to the owners'.\nchannels:\n  it: %s", quote(d.p.ITChannel))
	if d.p.Owners != "" {
		d.say("  owners: %s", quote(d.p.Owners))
	}
}

// most is the value that most have, the first in order of those that equally many have, and how many have it.
func most(counts map[string]int) (string, int) {
	best, n := "", 0
	for _, v := range slices.Sorted(maps.Keys(counts)) {
		if counts[v] > n {
			best, n = v, counts[v]
		}
	}
	return best, n
}

// sites are the office locations, with the country that most of their people have.
func (d *draft) sites() {
	type office struct {
		name      string
		people    int
		countries map[string]int
	}
	offices := map[string]*office{}
	everywhere := map[string]int{}
	for _, w := range d.s.People {
		if isCountry(w.Country) {
			everywhere[w.Country]++
		}
		if !writable(w.Office, mostOffice) {
			continue
		}
		o := offices[plain(w.Office)]
		if o == nil {
			o = &office{name: w.Office, countries: map[string]int{}}
			offices[plain(w.Office)] = o
		}
		o.people++
		if isCountry(w.Country) {
			o.countries[w.Country]++
		}
	}
	home, check := d.s.Country, ""
	if !isCountry(home) {
		if home, _ = most(everywhere); home == "" {
			home, check = "US", " # CHECK: neither the organisation nor anybody in it has a country"
		}
	}
	d.say("\n# The places of work, from the office locations of the people. Every time in this file is on the wall clock of the person's site.\n# country becomes the usage location, without which Microsoft 365 assigns no licence.\nsites:")
	site := func(name string, people int, country, check string) {
		zone, sure := zoneOf(country)
		doubt := ""
		if !sure {
			doubt = " # CHECK: the country has several time zones, or none that is known here"
		}
		d.say("  %s: # %d people\n    time_zone: %s%s\n    country: %s%s", quote(name), people, zone, doubt, quote(country), check)
	}
	if len(offices) == 0 {
		site("Main office", len(d.s.People), home, cmp.Or(check, " # CHECK: nobody has an office location"))
		return
	}
	for _, key := range slices.Sorted(maps.Keys(offices)) {
		o, at := offices[key], check
		country, n := most(o.countries)
		switch {
		case n == 0:
			country, at = home, cmp.Or(check, " # CHECK: nobody there has a usage location")
		case n < o.people:
			at = fmt.Sprintf(" # %d of %d people", n, o.people)
		default:
			at = ""
		}
		site(o.name, o.people, country, at)
	}
}

func isCountry(s string) bool {
	region, err := language.ParseRegion(s)
	return err == nil && len(s) == 2 && region.IsCountry() && region.Canonicalize().String() == s
}

// naming proposes the pattern that most sign-in names follow.
func (d *draft) naming() {
	shapes := map[string]func(given, surname string) string{
		"{given}.{surname}": func(g, s string) string { return g + "." + s },
		"{given}{surname}":  func(g, s string) string { return g + s },
		"{g}.{surname}":     func(g, s string) string { return first(g) + "." + s },
		"{g}{surname}":      func(g, s string) string { return first(g) + s },
		"{surname}{g}":      func(g, s string) string { return s + first(g) },
		"{surname}.{given}": func(g, s string) string { return s + "." + g },
	}
	counts, named := map[string]int{}, 0
	for _, w := range d.s.People {
		local, _, _ := strings.Cut(strings.ToLower(w.UPN), "@")
		given, surname := strings.ToLower(w.Given), strings.ToLower(w.Surname)
		if given == "" || surname == "" {
			continue
		}
		named++
		for pattern, shape := range shapes {
			if shape(given, surname) == local {
				counts[pattern]++
			}
		}
	}
	pattern, n := most(counts)
	why := fmt.Sprintf("%d of %d people with a given name and a surname are named so", n, named)
	if n == 0 {
		pattern, why = "{given}.{surname}", "CHECK: no rule was found in the names there are"
	}
	d.say("\n# The rule for sign-in names, tried in order until a name is free; {n} counts 2, 3 and so on.\nnaming:\n  upn:\n    - %s # %s\n    - %s", quote(pattern), why, quote(pattern+"{n}"))
}

func first(s string) string {
	for _, r := range s {
		return string(r)
	}
	return ""
}

// holding is something that people have, as a line of the policy.
type holding struct {
	line  string // "group: \"Sales\""
	named string // what a comment may call it
	bar   string // why it cannot be in a profile; empty when it can
}

func (d *draft) group(i int) holding {
	g := d.s.Groups[i]
	key := "group"
	if g.Team {
		key = "team"
	}
	h := holding{line: key + ": " + quote(g.ID), named: g.ID}
	if writable(g.Name, mostGroup) {
		h.named = quote(g.Name)
		if d.names[plain(g.Name)] == 1 && !isGUID(g.Name) {
			h.line = key + ": " + quote(g.Name)
		}
	}
	h.bar = map[flows.GroupKind]string{
		flows.DynamicGroup: "its rule puts people in", flows.SyncedGroup: "it is kept in the on-premises directory",
		flows.RoleGroup: "it can carry directory roles: list it under elevated if the job needs it", flows.RestrictedGroup: "only some administrators may change it",
	}[g.Kind]
	return h
}

// shares counts what people have.
func (d *draft) shares(people []graph.Worker) (lines map[string]int, bars map[string]int) {
	lines, bars = map[string]int{}, map[string]int{}
	for _, w := range people {
		seen := map[string]bool{}
		add := func(h holding) {
			switch {
			case seen[h.line]:
			case h.bar != "":
				bars[h.named+" is left out: "+h.bar]++
			default:
				lines[h.line]++
			}
			seen[h.line] = true
		}
		for _, id := range w.Licences {
			if part := d.part[id]; writable(part, mostGroup) {
				add(holding{line: "licence: " + quote(part)})
			}
		}
		for _, i := range d.groupsOf[w.ID] {
			add(d.group(i))
		}
	}
	return lines, bars
}

func (d *draft) jobs() {
	all, bars := d.shares(d.s.People)
	everybody := map[string]bool{}
	for line, n := range all {
		everybody[line] = 100*n >= d.p.Share*len(d.s.People)
	}
	d.say("\n# What everybody gets: what at least %d of 100 open accounts have.\nbirthright:", d.p.Share)
	if !d.items("  ", "", all, len(d.s.People), "people", func(line string, _ int) bool { return everybody[line] }) {
		d.say("  []")
	}
	d.left("  ", bars, len(d.s.People))
	told := map[string]bool{} // of everybody, and so not of each job again
	for why, n := range bars {
		told[why] = 100*n >= d.p.Share*len(d.s.People)
	}

	titles := map[string][]graph.Worker{}
	for _, w := range d.s.People {
		if writable(w.Job, mostTitle) {
			titles[plain(w.Job)] = append(titles[plain(w.Job)], w)
		}
	}
	d.say("\n# The job profiles: one for each job title of at least %d people. access is what at least %d of 100 of them have besides the above and is\n# ticked when the manager is asked; optional is what at least %d of 100 have and is offered. Move what needs a signature to elevated.\njobs:", d.p.Least, d.p.Share, optionalShare)
	few, some := 0, false
	for _, key := range slices.Sorted(maps.Keys(titles)) {
		people := titles[key]
		if len(people) < d.p.Least {
			few++
			continue
		}
		some = true
		d.job(people, everybody, told)
	}
	if !some {
		d.say("  # CHECK: no job title is shared by enough people to draft a profile from.\n  \"Member of staff\": {}")
	}
	if few > 0 {
		d.say("  # Not drafted: %d job titles that fewer than %d people have.", few, d.p.Least)
	}
}

func (d *draft) job(people []graph.Worker, everybody, told map[string]bool) {
	spelt, departments := map[string]int{}, map[string]int{}
	for _, w := range people {
		spelt[w.Job]++
		if writable(w.Department, mostDept) {
			departments[w.Department]++
		}
	}
	name, _ := most(spelt)
	d.say("  %s: # %d people", quote(name), len(people))
	if dept, n := most(departments); n > 0 {
		d.say("    department: %s # %d of %d", quote(dept), n, len(people))
	}
	lines, bars := d.shares(people)
	own := func(line string, least, below int) bool {
		n := 100 * lines[line]
		return !everybody[line] && n >= least*len(people) && (below == 0 || n < below*len(people))
	}
	d.items("      ", "    access:", lines, len(people), name+"s", func(line string, _ int) bool { return own(line, d.p.Share, 0) })
	if d.p.Share > optionalShare {
		d.items("      ", "    optional:", lines, len(people), name+"s", func(line string, _ int) bool { return own(line, optionalShare, d.p.Share) })
	}
	maps.DeleteFunc(bars, func(why string, _ int) bool { return told[why] })
	d.left("    ", bars, len(people))
}

// items writes a list, with the share of each; head only when there is something.
func (d *draft) items(indent, head string, lines map[string]int, of int, who string, take func(string, int) bool) bool {
	some := false
	keys := slices.SortedFunc(maps.Keys(lines), func(a, b string) int { return cmp.Or(lines[b]-lines[a], strings.Compare(a, b)) })
	for _, line := range keys {
		if !take(line, lines[line]) {
			continue
		}
		if !some && head != "" {
			d.say("%s", head)
		}
		some = true
		d.say("%s- %s # %d of %d %s have this", indent, line, lines[line], of, who)
	}
	return some
}

// left says what most have and what cannot stand in a profile.
func (d *draft) left(indent string, bars map[string]int, of int) {
	for _, why := range slices.Sorted(maps.Keys(bars)) {
		if 100*bars[why] >= d.p.Share*of {
			d.say("%s# %s (%d of %d).", indent, why, bars[why], of)
		}
	}
}

func (d *draft) tail() {
	d.say(`
# What happens when somebody leaves. licence_hold_days is how long the mailbox lives on; accounts under protected are never touched: write
# your break-glass accounts there.
leaver:
  licence_hold_days: 30
  protected: []

# The day-one credential is a Temporary Access Pass, shown once to the manager. minutes must lie within the tenant's own limits.
joiner:
  credential:
    minutes: 60

# All other keys have defaults: "muster policy schema" lists them, and the sandbox's policy explains each.`)
}

func isGUID(s string) bool { return guidForm().MatchString(s) }

func guidForm() *regexp.Regexp {
	return regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
}
