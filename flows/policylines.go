package flows

import (
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"muster/flows/texts"
)

// workflows checks the lists of lines that a policy has of its own.
func (r *policyReader) workflows(p *Policy) {
	known := workflows()
	for _, name := range slices.Sorted(maps.Keys(p.Workflows)) {
		path, lines := "workflows["+strconv.Quote(name)+"]", p.Workflows[name]
		w, ok := known[name]
		switch {
		case r.faulty(path):
		case !ok:
			r.wrong(path, "%s is not a workflow. Workflows are %s.", quote(name), strings.Join(slices.Sorted(maps.Keys(known)), ", "))
		case len(lines) == 0:
			r.wrong(path, "This workflow has no lines. Leave it out for the built-in one.")
		default:
			if r.lines(path, name, w, p); !r.faulty(path) {
				r.contradictions(path, name, w, p)
			}
		}
	}
}

// lines checks one list, line by line.
func (r *policyReader) lines(path, workflow string, w workflow, p *Policy) {
	lines, above, tasksSeen := p.Workflows[workflow], map[string]bool{}, map[TaskName]bool{}
	for i, l := range lines {
		at := path + "[" + strconv.Itoa(i) + "]"
		if r.faulty(at) {
			above[l.name()], tasksSeen[l.Task] = true, true
			continue
		}
		r.task(p.Lang(), at, workflow, l)
		r.notice(at, workflow, l, p)
		if above[l.name()] {
			r.wrong(at, "Another line is called %s. Give one of them a key of its own.", quote(l.name()))
		}
		if !slices.Contains(w.times, l.At) {
			r.wrong(at+".at", "%s is not a time of this workflow. Times are %s.", quote(l.At), strings.Join(w.times, ", "))
		}
		if l.Offset != nil {
			r.due(at+".offset", *l.Offset)
		}
		r.whole(at+".hold_days", l.HoldDays, 0, farOffset)
		if l.OnFailure != "" && !slices.Contains([]string{onWait, onGo, onStop}, l.OnFailure) {
			r.wrong(at+".on_failure", "%s is not known. Write wait, go_on or stop.", quote(l.OnFailure))
		}
		for j, name := range l.After {
			r.after(at+".after["+strconv.Itoa(j)+"]", name, l, lines, above)
		}
		r.when(at+".when", l.When, w, p)
		above[l.name()], tasksSeen[l.Task] = true, true
	}
	for _, t := range w.needs {
		if !tasksSeen[t] && !slices.ContainsFunc(lines, Line.whole) {
			r.wrong(path, "A workflow for %s cannot do without %s.", w.about, t)
		}
	}
}

// whole reports whether a line stands for all lines of the built-in workflow.
func (l Line) whole() bool { return wholes()[l.Task] != "" }

// task checks that a line's task makes sense in its workflow, and that it takes the parameters that are given.
func (r *policyReader) task(lang texts.Language, at, workflow string, l Line) {
	t, ok := tasks[l.Task]
	switch {
	case l.Task == DeleteAccount:
		r.wrong(at+".task", "No workflow deletes an account: that is a case of its own, which HR begins when nothing has to be kept any more.")
		return
	case !ok || len(t.in) == 0:
		var names []string
		for name, t := range tasks {
			if slices.Contains(t.in, workflow) {
				names = append(names, string(name))
			}
		}
		r.wrong(at+".task", "%s is not a task.%s", quote(string(l.Task)), suggest(string(l.Task), names))
		return
	case !slices.Contains(t.in, workflow):
		r.wrong(at+".task", "The task %s makes no sense in this workflow. It belongs in %s.", l.Task, series(lang, sorted(t.in)))
		return
	}
	r.ids(at, l)
	for _, name := range lineParameters() {
		if r.given(at+"."+name) && !slices.Contains(t.takes, name) {
			r.wrong(at+"."+name, "The task %s does not take %s.", l.Task, quote(name))
		}
	}
}

// ids checks the parameters that name something of the tenant by its id.
func (r *policyReader) ids(at string, l Line) {
	for _, id := range []struct {
		name, value string
		needed      bool
	}{
		{"package", l.Package, l.Task == RequestPackage},
		{"package_policy", l.PackagePolicy, l.Task == RequestPackage},
		{"workflow", l.Workflow, l.Task == RunLifecycleWorkflow},
	} {
		switch {
		case r.faulty(at + "." + id.name):
		case id.value == "" && id.needed:
			r.wrong(at, "The task %s needs %s.", l.Task, quote(id.name))
		case id.value != "" && !isGUID(strings.ToLower(id.value)):
			r.wrong(at+"."+id.name, "This is no object id. Write it like 00000000-0000-0000-0000-000000000000, as the Entra admin centre shows it.")
		}
	}
}

// lineParameters are the keys of a line that belong to its task, not to the line.
func lineParameters() []string {
	var names []string
	of := reflect.TypeFor[Line]()
	for i := range of.NumField() {
		name, _, _ := strings.Cut(of.Field(i).Tag.Get("yaml"), ",")
		if !slices.Contains([]string{"task", "key", "at", "offset", "when", "after", "on_failure", "hold_days"}, name) {
			names = append(names, name)
		}
	}
	return names
}

// after checks one name of what a line waits for. As it must stand above, nothing can wait for itself.
func (r *policyReader) after(at, name string, l Line, lines []Line, above map[string]bool) {
	switch {
	case above[name]:
	case name == l.name():
		r.wrong(at, "This line waits for itself.")
	case slices.ContainsFunc(lines, func(o Line) bool { return o.name() == name }):
		if slices.ContainsFunc(lines, func(o Line) bool { return o.name() == name && waitsFor(lines, o, l.name(), nil) }) {
			r.wrong(at, "%s and %s wait for each other.", quote(l.name()), quote(name))
			return
		}
		r.wrong(at, "%s stands below this line. Put it above.", quote(name))
	default:
		var names []string
		for _, o := range lines {
			names = append(names, o.name())
		}
		r.wrong(at, "No line is called %s.%s", quote(name), suggest(name, names))
	}
}

// waitsFor reports whether a line waits for another, by whatever way.
func waitsFor(lines []Line, l Line, name string, walked []string) bool {
	if slices.Contains(walked, l.name()) {
		return false
	}
	walked = append(walked, l.name())
	for _, k := range l.After {
		if k == name || slices.ContainsFunc(lines, func(o Line) bool { return o.name() == k && waitsFor(lines, o, name, walked) }) {
			return true
		}
	}
	return false
}

// when checks a condition: what it asks must be known in the workflow, and its values in the policy.
func (r *policyReader) when(at string, w *When, of workflow, p *Policy) {
	if w == nil {
		return
	}
	asked := reflect.TypeFor[When]()
	for i := range asked.NumField() {
		name, _, _ := strings.Cut(asked.Field(i).Tag.Get("yaml"), ",")
		if r.given(at+"."+name) && !slices.Contains(of.knows, name) {
			r.wrong(at+"."+name, "Muster does not know this about %s. Known are %s.", of.about, strings.Join(of.knows, ", "))
		}
	}
	var departments []string
	for _, j := range p.Jobs {
		if j.Department != "" {
			departments = append(departments, j.Department)
		}
	}
	for _, list := range []struct {
		name  string
		given []string
		known []string
	}{
		{"employment", w.Employment, []string{employee, contractor}},
		{"site", w.Site, slices.Sorted(maps.Keys(p.Sites))},
		{"department", w.Department, slices.Compact(sorted(departments))},
		{"job", w.Job, slices.Sorted(maps.Keys(p.Jobs))},
	} {
		for i, v := range list.given {
			valuePath := at + "." + list.name + "[" + strconv.Itoa(i) + "]"
			if !r.faulty(valuePath) && !slices.ContainsFunc(list.known, func(k string) bool { return strings.EqualFold(k, v) }) {
				r.wrong(valuePath, "The policy knows no %s %s.%s", list.name, quote(v), suggest(v, list.known))
			}
		}
		if r.given(at+"."+list.name) && len(list.given) == 0 && !r.faulty(at+"."+list.name) {
			r.wrong(at+"."+list.name, "This list is empty, so the line would be for nobody.")
		}
	}
}
