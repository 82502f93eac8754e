package flows

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// PolicyChange is one thing that another policy says otherwise: a value, something in a list, or the order of a list.
type PolicyChange struct {
	Where string // the way to it, such as "jobs, Account Manager, elevated, Contract administration"
	Was   string // empty when it is new
	Is    string // empty when it is gone
}

// String is the change in one line.
func (c PolicyChange) String() string {
	switch {
	case c.Was == "":
		return c.Where + ": new, " + c.Is
	case c.Is == "":
		return c.Where + ": gone, was " + c.Was
	}
	return c.Where + ": " + c.Is + ", was " + c.Was
}

// DiffPolicies lists what a policy says otherwise than the one before, in the order of the ways to it. Both are compared with their defaults
// filled in, so that writing a default down changes nothing, and a new comment does not either.
func DiffPolicies(was, is *Policy) ([]PolicyChange, error) {
	a, err := policyTree(was)
	if err != nil {
		return nil, err
	}
	b, err := policyTree(is)
	if err != nil {
		return nil, err
	}
	var d policyDiff
	d.compare(nil, a, b)
	return d.found, nil
}

// policyTree is a policy as plain maps, lists and values.
func policyTree(p *Policy) (any, error) {
	b, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("compare policies: %w", err)
	}
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		return nil, fmt.Errorf("compare policies: %w", err)
	}
	return v, nil
}

type policyDiff struct{ found []PolicyChange }

func (d *policyDiff) say(at []string, was, is string) {
	d.found = append(d.found, PolicyChange{Where: strings.ReplaceAll(strings.Join(at, ", "), "_", " "), Was: was, Is: is})
}

func (d *policyDiff) compare(at []string, was, is any) {
	a, wasMap := asNamed(was)
	b, isMap := asNamed(is)
	switch {
	case (wasMap || was == nil) && (isMap || is == nil) && (wasMap || isMap):
		d.compareNamed(at, a, b)
	case !wasMap && !isMap && sameValue(was, is):
	default:
		d.say(at, valueWords(was), valueWords(is))
	}
}

// compareNamed compares what has names: the keys of a map, the entries of a list.
func (d *policyDiff) compareNamed(at []string, was, is namedValues) {
	for _, name := range slices.Sorted(maps.Keys(both(was.of, is.of))) {
		to := append(slices.Clone(at), name)
		if len(was.order)+len(is.order) > 0 && isPlain(was.of[name]) && isPlain(is.of[name]) {
			to = at // an entry that is its own name
		}
		d.compare(to, was.of[name], is.of[name])
	}
	kept := func(names []string, in map[string]any) []string {
		return slices.DeleteFunc(slices.Clone(names), func(n string) bool { _, ok := in[n]; return !ok })
	}
	if before, now := kept(was.order, is.of), kept(is.order, was.of); !slices.Equal(before, now) {
		d.say(append(slices.Clone(at), "order"), strings.Join(before, "; "), strings.Join(now, "; "))
	}
}

func both(a, b map[string]any) map[string]any {
	out := maps.Clone(a)
	if out == nil {
		out = map[string]any{}
	}
	maps.Copy(out, b)
	return out
}

// namedValues are values by name; order is that of a list, and empty for a map.
type namedValues struct {
	of    map[string]any
	order []string
}

// asNamed is a map, or a list whose entries can be told apart by what people call them.
func asNamed(v any) (namedValues, bool) {
	switch v := v.(type) {
	case map[string]any:
		return namedValues{of: v}, true
	case []any:
		n := namedValues{of: map[string]any{}}
		for _, e := range v {
			name := entryName(e)
			for base, i := name, 2; n.of[name] != nil; i++ {
				name = fmt.Sprintf("%s (%d)", base, i)
			}
			n.of[name] = e
			n.order = append(n.order, name)
		}
		return n, true
	}
	return namedValues{}, false
}

// isPlain reports whether a value is no map and no list. Nothing is plain.
func isPlain(v any) bool {
	_, named := asNamed(v)
	return !named
}

// entryName is what people call an entry of a list.
func entryName(v any) string {
	m, ok := v.(map[string]any)
	if !ok {
		return valueWords(v)
	}
	for _, key := range []string{"name", "key", "title", "task", "group", "team", "licence", "manual", "from"} {
		if s, ok := m[key].(string); ok && s != "" {
			return s
		}
	}
	return valueWords(v)
}

func sameValue(a, b any) bool { return valueWords(a) == valueWords(b) }

// valueWords is a value in one line. Nothing is empty.
func valueWords(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return quote(v)
	}
	b, err := json.Marshal(v) // what was read from JSON is written as it
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}
