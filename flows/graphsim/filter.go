package graphsim

import (
	"cmp"
	"strings"
	"time"
)

// An expr is a parsed condition on the properties of a resource.
type expr interface {
	holds(props map[string]any) bool
	advanced() bool // needs ConsistencyLevel: eventual and $count=true
}

type (
	both   struct{ a, b expr }
	either struct{ a, b expr }
	negate struct{ e expr }
	// compare holds for a property, or for each element of a collection.
	compare struct {
		path []string // property, and a member of it when the elements are objects
		op   string   // eq ne gt ge lt le startswith endswith in
		want []any
		any  bool
	}
)

func (e both) holds(p map[string]any) bool   { return e.a.holds(p) && e.b.holds(p) }
func (e both) advanced() bool                { return e.a.advanced() || e.b.advanced() }
func (e either) holds(p map[string]any) bool { return e.a.holds(p) || e.b.holds(p) }
func (e either) advanced() bool              { return e.a.advanced() || e.b.advanced() }
func (e negate) holds(p map[string]any) bool { return !e.e.holds(p) }
func (e negate) advanced() bool              { return true }
func (e compare) advanced() bool             { return e.op == "ne" || e.op == "endswith" }

func (e compare) holds(props map[string]any) bool {
	v := props[e.path[0]]
	if !e.any {
		return e.test(v)
	}
	list, _ := v.([]any)
	for _, item := range list {
		if len(e.path) > 1 {
			m, _ := item.(map[string]any)
			item = m[e.path[1]]
		}
		if e.test(item) {
			return true
		}
	}
	return false
}

func (e compare) test(v any) bool {
	for _, want := range e.want {
		if e.testOne(v, want) {
			return true
		}
	}
	return false
}

func (e compare) testOne(v, want any) bool {
	have, _ := v.(string)
	w, _ := want.(string)
	switch e.op {
	case "eq", "in":
		return same(v, want)
	case "ne":
		return !same(v, want)
	case "startswith":
		return strings.HasPrefix(strings.ToLower(have), strings.ToLower(w))
	case "endswith":
		return strings.HasSuffix(strings.ToLower(have), strings.ToLower(w))
	}
	if v == nil || want == nil {
		return false
	}
	order := cmp.Compare(strings.ToLower(have), strings.ToLower(w))
	if a, err := time.Parse(time.RFC3339, have); err == nil {
		if b, err := time.Parse(time.RFC3339, w); err == nil {
			order = a.Compare(b)
		}
	}
	switch e.op {
	case "gt":
		return order > 0
	case "ge":
		return order >= 0
	case "lt":
		return order < 0
	default:
		return order <= 0
	}
}

// same compares as the directory does: texts without case.
func same(v, want any) bool {
	a, isText := v.(string)
	b, wantText := want.(string)
	if isText && wantText {
		return strings.EqualFold(a, b)
	}
	if v == nil && want == false {
		return true // a flag that was never set filters as false
	}
	switch v.(type) {
	case []any, map[string]any:
		return false
	}
	return v == want
}
