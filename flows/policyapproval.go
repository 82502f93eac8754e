package flows

import (
	"slices"
	"strconv"
	"strings"
)

// Round is one round of signatures that an elevated item needs, as the policy writes it: one of those named (any), or everyone of them
// (all), each another person. The rounds of an item follow one another.
type Round struct {
	Any []string `yaml:"any,omitempty" json:"any,omitempty" jsonschema:"description=One of these is enough. Each is a sign-in name\\, an object id\\, group:NAME\\, role:hr\\, role:it\\, role:approver\\, role:owner\\, site_approver\\, department_approver\\, item_owner or manager_of_manager."`
	All []string `yaml:"all,omitempty" json:"all,omitempty" jsonschema:"description=Each of these must sign\\, everyone a different person; of a group or a role one member is enough. The same words as under any."`
}

// Department is what the policy says about a department of the job profiles.
type Department struct {
	Approver string `yaml:"approver,omitempty" json:"approver,omitempty" jsonschema:"description=Sign-in name or object id of the department_approver."`
}

// Fallback is who decides when nobody else may: the top of the tree, a manager who has left.
type Fallback struct {
	Deputies []string `yaml:"deputies,omitempty" json:"deputies,omitempty" jsonschema:"description=Sign-in names or object ids\\, in order. They are asked before the owners."`
}

// The words of a round that stand for somebody else in each case.
const (
	siteApprover       = "site_approver"
	departmentApprover = "department_approver"
	itemOwner          = "item_owner"
	managerOfManager   = "manager_of_manager"
	groupPrefix        = "group:"
	rolePrefix         = "role:"
)

// Deputy is what the policy's fallback makes of somebody: they may sign off what nobody else did.
const Deputy Role = "deputy"

// inGroup is what a member of a group that the policy asks for signatures holds.
func inGroup(name string) Role { return Role(groupPrefix + name) }

// seatName is the name under which the people of a seat are looked up: a sign-in name, an object id, or the word itself.
func (p *Policy) seatName(word string, it Item, site, department string) string {
	switch word {
	case siteApprover:
		return p.Sites[site].Approver
	case departmentApprover:
		return p.Departments[department].Approver
	case itemOwner:
		return it.ItemOwner
	}
	return word
}

// seatNames are all names that the rounds of an item may need to be looked up, whatever the site.
func (p *Policy) seatNames(it Item, department string) []string {
	var out []string
	for _, r := range it.Approval {
		for _, word := range slices.Concat(r.Any, r.All) {
			if word != siteApprover {
				out = append(out, p.seatName(word, it, "", department))
				continue
			}
			for _, s := range p.Sites {
				out = append(out, s.Approver)
			}
		}
	}
	return slices.DeleteFunc(out, func(n string) bool { return n == "" || n == managerOfManager })
}

// signingGroups are the groups that the policy asks for signatures, each once, in order.
func (p *Policy) signingGroups() []string {
	var out []string
	for _, it := range p.everyItem() {
		for _, r := range it.Approval {
			for _, word := range slices.Concat(r.Any, r.All) {
				if name, ok := strings.CutPrefix(word, groupPrefix); ok {
					out = append(out, name)
				}
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// stages are the rounds of an item for a person of a site and a department, with who stands behind each seat.
func (p *Policy) stages(it Item, site, department string, people map[string][]Person) []Stage {
	var out []Stage
	for _, r := range it.Approval {
		stage := Stage{All: len(r.All) > 0}
		for _, word := range slices.Concat(r.Any, r.All) {
			stage.Seats = append(stage.Seats, Seat{For: word, People: slices.Clone(people[p.seatName(word, it, site, department)])})
		}
		out = append(out, stage)
	}
	return out
}

// approval checks the rounds of an elevated item.
func (r *policyReader) approval(path string, p *Policy, it Item, department string) {
	if len(it.Approval) > 0 && it.Approver != "" {
		r.wrong(path+".approver", "Give approver or approval, not both.")
	}
	for i, round := range it.Approval {
		at := path + ".approval[" + strconv.Itoa(i) + "]"
		if (len(round.Any) > 0) == (len(round.All) > 0) {
			r.wrong(at, "A round is any or all, with at least one name.")
			continue
		}
		key, names := ".any", round.Any
		if len(round.All) > 0 {
			key, names = ".all", round.All
		}
		for n, word := range names {
			r.seat(at+key+"["+strconv.Itoa(n)+"]", p, word, it, department)
			if slices.Contains(names[:n], word) {
				r.wrong(at+key+"["+strconv.Itoa(n)+"]", "%s is listed twice.", quote(word))
			}
		}
	}
	if it.ItemOwner != "" {
		r.person(path+".item_owner", it.ItemOwner)
	}
}

// seat checks one name of a round.
func (r *policyReader) seat(path string, p *Policy, word string, it Item, department string) {
	role, isRole := strings.CutPrefix(word, rolePrefix)
	group, isGroup := strings.CutPrefix(word, groupPrefix)
	switch {
	case r.faulty(path) || word == managerOfManager:
	case isRole:
		if !slices.Contains([]Role{HR, IT, Approver, Owner}, Role(role)) {
			r.wrong(path, "%s is not a role. Roles are hr, it, approver and owner.", quote(role))
		}
	case isGroup:
		r.text(path, strings.TrimSpace(group), 256, p.Lang().Say("Write the group's display name or object id after group:."))
	case word == siteApprover:
		for name, s := range p.Sites {
			if s.Approver == "" {
				r.wrong(path, "The site %s has no approver: give it one, or name somebody else here.", quote(name))
			}
		}
	case word == departmentApprover:
		if p.Departments[department].Approver == "" {
			r.wrong(path, "The department %s has no approver: give it one under departments, or name somebody else here.", quote(department))
		}
	case word == itemOwner:
		if it.ItemOwner == "" {
			r.wrong(path, "This item has no item_owner: give it one, or name somebody else here.")
		}
	case !isSignIn(word) && !isGUID(word):
		r.wrong(path, "%s is nobody who can sign: write a sign-in name, an object id, group:NAME, role:ROLE, site_approver, department_approver, item_owner or manager_of_manager.", quote(word))
	}
}

// approvers checks the people that rounds refer to.
func (r *policyReader) approvers(p *Policy) {
	for name, s := range p.Sites {
		if s.Approver != "" {
			r.person("sites["+strconv.Quote(name)+"].approver", s.Approver)
		}
	}
	for name, d := range p.Departments {
		r.person("departments["+strconv.Quote(name)+"].approver", d.Approver)
	}
	for i, who := range p.Fallback.Deputies {
		r.person("fallback.deputies["+strconv.Itoa(i)+"]", who)
	}
}
