package flows

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// licences takes back what the person holds in their own right, once the mailbox has lived on for the hold. A licence that a group gives
// goes when the person leaves the group; one that a rule gives stays as long as the rule does.
func (l *leaverPlanner) licences() {
	held := slices.Clone(l.facts.Subject.Licences)
	slices.SortFunc(held, func(a, b Held) int {
		return cmp.Or(cmp.Compare(l.part(a.SKU), l.part(b.SKU)), cmp.Compare(strings.ToLower(a.SKU), strings.ToLower(b.SKU)), cmp.Compare(a.ByGroup, b.ByGroup))
	})
	var kept []string
	for i := 0; i < len(held); {
		sku, direct := held[i].SKU, false
		part, after, stays, lasts := l.part(sku), []StepKey{exitKey}, false, false
		name := l.policy.licenceName(part)
		for ; i < len(held) && strings.EqualFold(held[i].SKU, sku); i++ {
			switch k, goes := l.carrier[held[i].ByGroup]; {
			case held[i].ByGroup == "":
				direct, lasts = true, true
			case goes:
				after = append(after, k)
				lasts = lasts || l.left(k).Equal(l.release)
			default:
				stays = true
				l.warn("The licence %s comes with %s and stays until %s is no member of that any more.", name, l.groupName(held[i].ByGroup), l.name)
			}
		}
		if stays {
			continue
		}
		if lasts {
			kept = append(kept, name)
		} else {
			l.warn("The licence %s ends with the sign-in: it comes with a group that can carry directory roles. Data that only it keeps must be saved before.", name)
		}
		if direct && l.held() {
			continue
		}
		if direct {
			after = append(after, l.keepers()...)
			l.add(Step{Key: l.key("licence", part, sku), Task: RemoveLicence, Title: "Take back " + name, Due: l.release, After: unique(after), Name: name, SKU: sku})
		}
	}
	if len(kept) > 0 && l.event.Hold == "" && l.release.After(l.exit) {
		l.warn("The %s %s %s kept until %s.", plural(len(kept), "licence", "licences"), series(kept), plural(len(kept), "is", "are"), DateOf(l.release.In(l.zone)).Say())
	}
}

// left is when a step is due that takes the person out of a group.
func (l *leaverPlanner) left(k StepKey) time.Time {
	for _, s := range l.steps {
		if s.Key == k {
			return s.Due
		}
	}
	return time.Time{}
}

// carries reports whether a group gives the person a licence, and which.
func (l *leaverPlanner) carries(group string) []string {
	var names []string
	for _, h := range l.facts.Subject.Licences {
		if h.ByGroup != "" && h.ByGroup == group {
			names = append(names, l.policy.licenceName(l.part(h.SKU)))
		}
	}
	return slices.Compact(sorted(names))
}

// part is the part number of a licence, or its id when the organisation does not list it.
func (l *leaverPlanner) part(sku string) string {
	for _, s := range l.facts.SKUs {
		if strings.EqualFold(s.ID, sku) {
			return s.Part
		}
	}
	return strings.ToLower(sku)
}

func (l *leaverPlanner) groupName(id string) string {
	for _, g := range l.facts.Member {
		if g.ID == id && g.Name != "" {
			return g.Name
		}
	}
	return "a group"
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
