package flows

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"muster/flows/texts"
)

// propName is what people read for a property of the directory.
func propName(lang texts.Language, name string) string {
	switch name {
	case propTitle:
		return lang.Say("job title")
	case propOffice:
		return "office"
	case propCountry:
		return lang.Say("usage location")
	case propCost:
		return lang.Say("cost centre")
	}
	return name
}

// The properties that a move changes, as World.SetAttributes names them.
const (
	propTitle   = "jobTitle"
	propDept    = "department"
	propOffice  = "officeLocation"
	propCountry = "usageLocation"
	propCost    = "costCenter"
)

// prop is the value of a property that a move changes.
func (a Account) prop(name string) string {
	switch name {
	case propTitle:
		return a.JobTitle
	case propDept:
		return a.Department
	case propOffice:
		return a.Office
	case propCountry:
		return a.UsageLocation
	case propCost:
		return a.CostCentre
	}
	return ""
}

func lookDetails(ctx context.Context, h hands, c Case, s Step) (sight, error) {
	a, err := h.FetchAccount(ctx, string(c.Account))
	if err != nil {
		return sight{}, err
	}
	out := sight{done: true}
	var seen []string
	for _, name := range slices.Sorted(maps.Keys(s.Props)) {
		out.done = out.done && a.prop(name) == s.Props[name]
		seen = append(seen, propName(c.Lang, name)+" "+orNone(a.prop(name)))
	}
	out.text = strings.Join(seen, ", ")
	return out, nil
}

// actDetails sets only what differs, so that a value that somebody protects is not touched for nothing.
func actDetails(ctx context.Context, h hands, c Case, s Step) error {
	a, err := h.FetchAccount(ctx, string(c.Account))
	if err != nil {
		return err
	}
	props := map[string]string{}
	for name, want := range s.Props {
		if a.prop(name) != want {
			props[name] = want
		}
	}
	return h.SetAttributes(ctx, c.Account, props)
}

// swapped are the licences that go in the same call in which others come: what is due, held directly, and waits for nothing but these. One
// that replaces another must never be there twice, nor neither of them (reference/graph.md 2.8).
func (c Case) swapped(now time.Time, a Account, coming []string) []string {
	direct := map[string]bool{}
	for _, l := range a.Licences {
		if l.ByGroup == "" {
			direct[strings.ToLower(l.SKU)] = true
		}
	}
	var out []string
	for _, o := range c.Plan.Steps {
		if o.Task != RemoveLicence || c.Due(o).After(now) || !direct[strings.ToLower(o.SKU)] || slices.Contains(coming, o.SKU) {
			continue
		}
		waits := o
		waits.After = nil
		for _, k := range o.After {
			if dep, _, ok := c.Step(k); !ok || dep.Task != AssignLicences || !slices.Contains(coming, dep.SKU) {
				waits.After = append(waits.After, k)
			}
		}
		if c.ready(waits) {
			out = append(out, o.SKU)
		}
	}
	return out
}

// undoManager sets the manager before again. A starter had none.
func undoManager(c Case, _ Step) (Step, bool) {
	p := Person{ID: c.Facts.Subject.Manager, Name: c.Lang.Say("the manager before")}
	if p.ID == "" {
		return Step{}, false
	}
	if c.Facts.Releasing.ID == p.ID {
		p = c.Facts.Releasing
	}
	return Step{Task: SetManager, Title: c.Lang.Say("Set %s as manager again", p.Name), Name: p.Name, Person: p}, true
}

// undoDetails sets what the account said before.
func undoDetails(c Case, s Step) (Step, bool) {
	if c.Facts.Subject.ID == "" {
		return Step{}, false
	}
	props := map[string]string{}
	for name := range s.Props {
		props[name] = c.Facts.Subject.prop(name)
	}
	return Step{Task: SetDetails, Title: c.Lang.Say("Set the details of the account as they were"), Name: s.Name, Props: props}, true
}
