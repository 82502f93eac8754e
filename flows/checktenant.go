package flows

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// CheckTenant asks a tenant whether each person, group and licence that a policy names exists. Every finding is one sentence with its place in
// the policy; an error means that the tenant could not be asked.
func CheckTenant(ctx context.Context, d Directory, p *Policy) ([]string, error) {
	var wrong []string
	say := func(where, format string, args ...any) {
		wrong = append(wrong, where+": "+fmt.Sprintf(format, args...))
	}
	person := func(where, who string) error {
		a, err := d.FetchAccount(ctx, who)
		switch {
		case CodeOf(err) == NotFound:
			say(where, "%s is not in the directory", who)
		case err != nil:
			return fmt.Errorf("look up a person of the policy: %w", err)
		case !a.Enabled:
			say(where, "the account of %s is blocked", who)
		}
		return nil
	}
	group := func(where, name string, team bool) error {
		g, err := d.FindGroup(ctx, name)
		switch {
		case CodeOf(err) == NotFound:
			say(where, "there is no group %q", name)
		case CodeOf(err) == Conflict, CodeOf(err) == Invalid:
			say(where, "there are several groups %q: write the object id", name)
		case err != nil:
			return fmt.Errorf("look up a group of the policy: %w", err)
		case team && !g.Team:
			say(where, "%q is not a team", name)
		}
		return nil
	}
	for i, who := range p.Leaver.Protected { // a slip here would leave the account without protection; a blocked one is fine
		if _, err := d.FetchAccount(ctx, who); CodeOf(err) == NotFound {
			say(fmt.Sprintf("leaver.protected[%d]", i), "%s is not in the directory", who)
		} else if err != nil {
			return nil, fmt.Errorf("look up a person of the policy: %w", err)
		}
	}
	named := map[string]string{"licences.buyer": p.Licences.Buyer}
	for name, s := range p.Sites {
		named["sites."+name] = s.Approver
	}
	for name, d := range p.Departments {
		named["departments."+name] = d.Approver
	}
	for i, who := range p.Fallback.Deputies {
		named[fmt.Sprintf("fallback.deputies[%d]", i)] = who
	}
	for where, who := range named {
		if who != "" {
			if err := person(where, who); err != nil {
				return nil, err
			}
		}
	}
	for role, h := range p.Roles.all() {
		for _, who := range h.People {
			if err := person("roles."+string(role), who); err != nil {
				return nil, err
			}
		}
		for _, name := range h.Groups {
			if err := group("roles."+string(role), name, false); err != nil {
				return nil, err
			}
		}
	}
	skus, err := d.FetchSKUs(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the licences: %w", err)
	}
	for where, items := range p.itemsByPlace() {
		for _, it := range items {
			switch {
			case it.Licence != "" && !slices.ContainsFunc(skus, func(s SKU) bool { return strings.EqualFold(s.Part, it.Licence) }):
				say(where, "the organisation has no licence %s", it.Licence)
			case it.Group != "" || it.Team != "":
				if err := group(where, it.Group+it.Team, it.Team != ""); err != nil {
					return nil, err
				}
			}
			for _, r := range it.Approval {
				for _, word := range slices.Concat(r.Any, r.All) {
					if name, ok := strings.CutPrefix(word, groupPrefix); ok {
						if err := group(where, name, false); err != nil {
							return nil, err
						}
					} else if strings.Contains(word, "@") || isGUID(word) {
						if err := person(where, word); err != nil {
							return nil, err
						}
					}
				}
			}
			for _, who := range []string{it.Approver, it.Owner, it.ItemOwner} {
				if strings.Contains(who, "@") || isGUID(who) {
					if err := person(where, who); err != nil {
						return nil, err
					}
				}
			}
		}
	}
	slices.Sort(wrong)
	return slices.Compact(wrong), nil
}

// itemsByPlace lists the policy's items by where they stand.
func (p *Policy) itemsByPlace() map[string][]Item {
	out := map[string][]Item{"birthright": p.Birthright, "leaver.manual": p.Leaver.Manual}
	for name, j := range p.Jobs {
		at := "jobs." + name
		out[at+".access"], out[at+".optional"], out[at+".elevated"] = j.Access, j.Optional, j.Elevated
	}
	return out
}
