package flows

import (
	"slices"
	"strings"
)

// managerOwner is the owner of a manual item that the person's manager does.
const managerOwner = "manager"

// kinds counts which of group, team, licence and manual are set.
func (it Item) kinds() int {
	n := 0
	for _, s := range []string{it.Group, it.Team, it.Licence, it.Manual} {
		if s != "" {
			n++
		}
	}
	return n
}

// key names the entitlement as the policy does; it is also the key of its step.
func (it Item) key() string {
	switch {
	case it.Group != "":
		return "group:" + it.Group
	case it.Team != "":
		return "team:" + it.Team
	case it.Licence != "":
		return "licence:" + it.Licence
	}
	return "manual:" + it.Manual
}

// label is what people read.
func (it Item) label() string {
	_, technical, _ := strings.Cut(it.key(), ":")
	return orElse(it.Name, technical)
}

// all are the items of a job in the order of a plan.
func (j Job) all() []Item { return slices.Concat(j.Access, j.Optional, j.Elevated) }

// FindJobs are the job profiles that the text may mean: the one whose name or other word it is, else all that have a name or word
// beginning with it. Capitals and spaces do not matter. Sorted.
func (p *Policy) FindJobs(text string) []string {
	words := map[string][]string{}
	for name, j := range p.Jobs {
		words[name] = append([]string{name}, j.Also...)
	}
	return find(words, text)
}

// FindSites are the sites that the text may mean: the one of that name, else all whose name begins with it. Sorted.
func (p *Policy) FindSites(text string) []string {
	words := map[string][]string{}
	for name := range p.Sites {
		words[name] = []string{name}
	}
	return find(words, text)
}

// find looks a text up among the words of each name.
func find(words map[string][]string, text string) []string {
	var exact, begins []string
	want := plain(text)
	if want == "" {
		return nil
	}
	for name, of := range words {
		switch {
		case slices.ContainsFunc(of, func(w string) bool { return plain(w) == want }):
			exact = append(exact, name)
		case slices.ContainsFunc(of, func(w string) bool { return strings.HasPrefix(plain(w), want) }):
			begins = append(begins, name)
		}
	}
	if len(exact) == 0 {
		exact = begins
	}
	slices.Sort(exact)
	return exact
}

// plain is text without capitals and surplus spaces, for comparing.
func plain(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// NamesLicence reports whether the policy gives a licence, by its SKU part number, to anybody.
func (p *Policy) NamesLicence(part string) bool {
	for _, items := range p.itemsByPlace() {
		if slices.ContainsFunc(items, func(it Item) bool { return it.Licence != "" && strings.EqualFold(it.Licence, part) }) {
			return true
		}
	}
	return false
}
