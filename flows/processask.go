package flows

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"muster/flows/texts"
)

// FileProcess is the process map; its argument is empty for all of it, or one workflow with the format, such as "joiner.png".
const FileProcess FileKind = "process"

// ProcessView is the process map as a file.
type ProcessView struct {
	Map  ProcessMap
	Flow string // one workflow; empty: all
	As   string // pdf, svg or png
}

// answerProcess answers "process", "process joiner" and "process urgent leaver svg" with a file.
func (e *Engine) answerProcess(ctx context.Context, t Turn, _ Account, roles Roles, cmd Command) (Reply, error) {
	arg, err := processArg(e.lang(), cmd.Rest)
	if err != nil {
		return Reply{}, err
	}
	return e.offer(ctx, t, roles, FileProcess, arg)
}

// processArg reads which workflow is wanted, and as what.
func processArg(lang texts.Language, text string) (string, error) {
	as, flow := "", ""
	var names []string
	for _, word := range strings.Fields(strings.ToLower(strings.Trim(text, " .!?"))) {
		switch word {
		case "pdf", "svg", "png":
			as = word
		case "of", "the", "a", "as", "map", "for":
		default:
			names = append(names, strings.TrimSuffix(word, "s"))
		}
	}
	if name := strings.Join(names, "_"); name != "" {
		if !slices.Contains(everyFlow(), name) {
			return "", invalid("I know no workflow of that name. There are: " + strings.ReplaceAll(series(lang, sorted(everyFlow())), "_", " ") + ". \"process\" alone is all of them.")
		}
		flow = name
	}
	switch {
	case flow == "" && (as == "svg" || as == "png"):
		return "", invalid("A picture is of one workflow. Write for example \"process joiner " + as + "\", or \"process\" for all of them as a PDF.")
	case flow == "":
		return "", nil
	}
	return flow + "." + orElse(as, "png"), nil
}

// makeProcess draws up the process as it is now.
func (e *Engine) makeProcess(ctx context.Context, t Turn, _ Roles, arg string) (FileView, error) {
	v := ProcessView{As: "pdf"}
	if arg != "" {
		v.Flow, v.As, _ = strings.Cut(arg, ".")
	}
	if arg != "" && !slices.Contains(everyFlow(), v.Flow) || !slices.Contains([]string{"pdf", "svg", "png"}, v.As) {
		return FileView{}, invalid("I do not know this file. Please write \"process\" again.")
	}
	open, err := e.Store.Cases(ctx, "open")
	if err != nil {
		return FileView{}, fmt.Errorf("list open cases: %w", err)
	}
	names, err := e.names(ctx)
	if err != nil {
		return FileView{}, err
	}
	cases := append([]Case{}, t.except(open)...) // none is a count too
	v.Map = MapProcess(e.Policy, cases, func(s string) string { return orElse(names[s], s) }, e.Now())
	what, name := "every workflow", "process"
	if v.Flow != "" {
		what, name = "the workflow "+strings.ReplaceAll(v.Flow, "_", " "), "process-"+strings.ReplaceAll(v.Flow, "_", "-")
	}
	return FileView{
		Name: name + "." + v.As, View: v,
		Says: "Who does what when in " + what + ", as the policy has it now, and how many cases are where. For one picture write \"process joiner png\" or \"svg\".",
	}, nil
}

// names are the names that people read of those whom the policy names. Who is not in the directory stays as written.
func (e *Engine) names(ctx context.Context) (map[string]string, error) {
	names := map[string]string{}
	note := func(key, name string, err error) error {
		if CodeOf(err) == NotFound || CodeOf(err) == Invalid {
			return nil
		}
		if err != nil {
			return fmt.Errorf("fetch who the policy names: %w", err)
		}
		names[key] = name
		return nil
	}
	p := e.Policy
	people, groups := []string{}, []string{}
	for _, h := range []Holders{p.Roles.HR, p.Roles.IT, p.Roles.Approver, p.Roles.Owner} {
		people, groups = append(people, h.People...), append(groups, h.Groups...)
	}
	for _, lines := range p.Workflows {
		for _, l := range lines {
			if !slices.Contains([]string{"", "it", "hr", managerOwner}, l.Owner) {
				people = append(people, l.Owner)
			}
		}
	}
	for _, id := range slices.Compact(slices.Sorted(slices.Values(people))) {
		a, err := e.World.FetchAccount(ctx, id)
		if err := note(id, a.Name, err); err != nil {
			return nil, err
		}
	}
	for _, id := range slices.Compact(slices.Sorted(slices.Values(groups))) {
		g, err := e.World.FindGroup(ctx, id)
		if err := note(id, g.Name, err); err != nil {
			return nil, err
		}
	}
	return names, nil
}

// zone is the time zone of a site, for what is about no site in particular.
func (p *Policy) zone() *time.Location {
	for _, name := range slices.Sorted(maps.Keys(p.Sites)) {
		if loc, err := time.LoadLocation(p.Sites[name].TimeZone); err == nil {
			return loc
		}
	}
	return time.UTC
}
