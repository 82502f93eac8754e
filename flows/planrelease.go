package flows

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// planRelease takes back what the person holds in their own right, once the mailbox has lived on for the hold. A licence that a group gives
// goes when the person leaves the group; one that a rule gives stays as long as the rule does.
func planRelease(p *planner, l Line) ([]Step, error) {
	held := slices.Clone(p.facts.Subject.Licences)
	slices.SortFunc(held, func(a, b Held) int {
		return cmp.Or(cmp.Compare(p.part(a.SKU), p.part(b.SKU)), cmp.Compare(strings.ToLower(a.SKU), strings.ToLower(b.SKU)), cmp.Compare(a.ByGroup, b.ByGroup))
	})
	var kept []string
	var steps []Step
	for i := 0; i < len(held); {
		sku, direct := held[i].SKU, false
		part, after, stays, lasts := p.part(sku), slices.Clone(p.waits), false, false
		name := p.policy.licenceName(part)
		for ; i < len(held) && strings.EqualFold(held[i].SKU, sku); i++ {
			switch k, goes := p.carrier[held[i].ByGroup]; {
			case held[i].ByGroup == "":
				direct, lasts = true, true
			case goes:
				after = append(after, k)
				lasts = lasts || p.left(k).Equal(p.release())
			default:
				stays = true
				p.warn(p.policy.Lang().Say("The licence %s comes with %s and stays until %s is no member of that any more.", name, p.groupName(held[i].ByGroup), p.name))
			}
		}
		if stays {
			continue
		}
		if lasts {
			kept = append(kept, name)
		} else {
			p.warn(p.policy.Lang().Say("The licence %s ends with the sign-in: it comes with a group that can carry directory roles. Data that only it keeps must be saved before.", name))
		}
		if direct && p.event.Hold == "" {
			after = append(after, p.licensed...)
			s := p.begin(l, p.key("licence", part, sku), p.policy.Lang().Say("Take back %s", name))
			s.Due, s.After, s.Name, s.SKU = p.release(), unique(after), name, sku
			steps = append(steps, s)
		}
	}
	if len(kept) > 0 && p.event.Hold == "" && p.release().After(p.exit()) {
		p.warn(p.policy.Lang().Say("The %s %s %s kept until %s.", plural(len(kept), p.policy.Lang().Say("licence"), p.policy.Lang().Say("licences")), series(p.policy.Lang(), kept), plural(len(kept), p.policy.Lang().Say("is"), p.policy.Lang().Say("are")), DateOf(p.release().In(p.zone)).Say(p.policy.Lang())))
	}
	return steps, nil
}

// left is when a step is due that takes the person out of a group.
func (p *planner) left(k StepKey) time.Time {
	for _, s := range p.steps {
		if s.Key == k {
			return s.Due
		}
	}
	return time.Time{}
}

// carries reports whether a group gives the person a licence, and which.
func (p *planner) carries(group string) []string {
	var names []string
	for _, h := range p.facts.Subject.Licences {
		if h.ByGroup != "" && h.ByGroup == group {
			names = append(names, p.policy.licenceName(p.part(h.SKU)))
		}
	}
	return slices.Compact(sorted(names))
}

// part is the part number of a licence, or its id when the organisation does not list it.
func (p *planner) part(sku string) string {
	for _, s := range p.facts.SKUs {
		if strings.EqualFold(s.ID, sku) {
			return s.Part
		}
	}
	return strings.ToLower(sku)
}

func (p *planner) groupName(id string) string {
	for _, g := range p.facts.Member {
		if g.ID == id && g.Name != "" {
			return g.Name
		}
	}
	return p.policy.Lang().Say("a group")
}

// licenceName is what people read for a licence: what the policy calls it, or its part number.
func (p *Policy) licenceName(part string) string {
	for _, it := range p.everyItem() {
		if it.Licence != "" && it.Name != "" && strings.EqualFold(it.Licence, part) {
			return it.Name
		}
	}
	return part
}

// everyItem are all entitlements that the policy knows, in an order that does not change.
func (p *Policy) everyItem() []Item {
	items := slices.Clone(p.Birthright)
	for _, job := range slices.Sorted(maps.Keys(p.Jobs)) {
		items = append(items, p.Jobs[job].all()...)
	}
	return items
}
