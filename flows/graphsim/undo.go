package graphsim

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"time"
)

// An undo takes one write back at its time, for the fault "revert". It holds
// only the values that the write changed, so that later writes to the same
// object stay.
type undo struct {
	At    time.Time `json:"at"`
	Kind  string    `json:"kind"` // users or groups
	ID    string    `json:"id"`
	Fresh bool      `json:"fresh,omitempty"` // the write created the object
	Ops   []undoOp  `json:"ops,omitempty"`
	// Roles are the assignments that the write took away.
	Roles []roleAssignment `json:"roles,omitempty"`
}

type undoOp struct {
	Path  []string `json:"path"`
	Value any      `json:"value,omitempty"`
	Had   bool     `json:"had"`
}

// undoing prepares to take back at a time what leads from one moment to another.
func undoing(from, to *tenant, at time.Time) ([]undo, error) {
	var out []undo
	for _, id := range sortedKeys(to.Users) {
		a, b := from.Users[id], to.Users[id]
		switch {
		case a == b:
		case a == nil:
			out = append(out, undo{At: at.UTC(), Kind: "users", ID: id, Fresh: true})
		default:
			ops, err := turning(b, a)
			if err != nil {
				return nil, err
			}
			out = append(out, undo{At: at.UTC(), Kind: "users", ID: id, Ops: ops})
		}
	}
	for _, id := range sortedKeys(to.Groups) {
		a, b := from.Groups[id], to.Groups[id]
		if a == b || a == nil {
			continue
		}
		ops, err := turning(b, a)
		if err != nil {
			return nil, err
		}
		out = append(out, undo{At: at.UTC(), Kind: "groups", ID: id, Ops: ops})
	}
	var lost []roleAssignment
	for _, r := range from.Roles {
		if !slices.Contains(to.Roles, r) {
			lost = append(lost, r)
		}
	}
	if len(lost) > 0 {
		out = append(out, undo{At: at.UTC(), Kind: "roles", Roles: lost})
	}
	return out, nil
}

// turning lists what turns one value into another, as JSON sees them.
func turning(from, to any) ([]undoOp, error) {
	a, err := tree(from)
	if err != nil {
		return nil, err
	}
	b, err := tree(to)
	if err != nil {
		return nil, err
	}
	return differences(a, b, nil), nil
}

func tree(v any) (map[string]any, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("prepare revert: %w", err)
	}
	var out map[string]any
	if err := json.Unmarshal(raw, &out); err != nil {
		return nil, fmt.Errorf("prepare revert: %w", err)
	}
	return out, nil
}

// differences lists what must be set to get from one tree to another.
func differences(from, to map[string]any, path []string) []undoOp {
	var ops []undoOp
	for _, k := range sortedKeys(bothKeys(from, to)) {
		a, hadA := from[k]
		b, hadB := to[k]
		here := append(path[:len(path):len(path)], k)
		deepA, isA := a.(map[string]any)
		deepB, isB := b.(map[string]any)
		switch {
		case isA && isB:
			ops = append(ops, differences(deepA, deepB, here)...)
		case hadA != hadB || !reflect.DeepEqual(a, b):
			ops = append(ops, undoOp{Path: here, Value: b, Had: hadB})
		}
	}
	return ops
}

// undoDue takes back what is due and says whether anything was.
func (t *tenant) undoDue(now time.Time) (bool, error) {
	var left []undo
	done := false
	for _, u := range t.Undos {
		if now.Before(u.At) {
			left = append(left, u)
			continue
		}
		done = true
		if err := t.takeBack(u); err != nil {
			return false, err
		}
	}
	t.Undos = left
	return done, nil
}

func (t *tenant) takeBack(u undo) error {
	switch {
	case u.Kind == "roles":
		t.Roles = append(slices.Clone(t.Roles), u.Roles...)
	case u.Kind == "groups" && t.Groups[u.ID] != nil:
		var back group
		if err := apply(t.Groups[u.ID], u.Ops, &back); err != nil {
			return err
		}
		t.Groups[u.ID] = &back
	case u.Kind == "users" && u.Fresh:
		delete(t.Users, u.ID)
		for _, g := range t.sortedGroups() {
			if g.Members[u.ID] != nil {
				delete(t.editGroup(g.ID).Members, u.ID)
			}
		}
	case u.Kind == "users" && t.Users[u.ID] != nil:
		var back user
		if err := apply(t.Users[u.ID], u.Ops, &back); err != nil {
			return err
		}
		t.Users[u.ID] = &back
	}
	return nil
}

// apply sets the values in a copy of v and reads the result into back.
func apply(v any, ops []undoOp, back any) error {
	root, err := tree(v)
	if err != nil {
		return err
	}
	for _, op := range ops {
		at := root
		for _, k := range op.Path[:len(op.Path)-1] {
			next, has := at[k].(map[string]any)
			if !has {
				next = map[string]any{}
				at[k] = next
			}
			at = next
		}
		last := op.Path[len(op.Path)-1]
		if op.Had {
			at[last] = op.Value
		} else {
			delete(at, last)
		}
	}
	raw, err := json.Marshal(root)
	if err != nil {
		return fmt.Errorf("revert write: %w", err)
	}
	if err := json.Unmarshal(raw, back); err != nil {
		return fmt.Errorf("revert write: %w", err)
	}
	return nil
}
