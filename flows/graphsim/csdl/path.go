package csdl

import (
	"fmt"
	"net/url"
	"strings"
)

// A target is what a path leads to.
type target struct {
	ref   typeRef
	kind  targetKind
	call  *operation
	value bool // a structural property
}

type targetKind int

const (
	objects targetKind = iota
	link               // …/$ref
	count              // …/$count
	call
)

// resolve walks a path below /v1.0 from segment to segment.
func (m *Model) resolve(path string) (target, error) {
	segs, err := split(path)
	if err != nil {
		return target{}, err
	}
	root, has := m.roots[segs[0]]
	if !has {
		return target{}, fmt.Errorf("%q is neither entity set nor singleton", segs[0])
	}
	t := target{ref: root}
	for i, seg := range segs[1:] {
		last := i == len(segs)-2
		if t.kind != objects {
			return target{}, fmt.Errorf("nothing can follow before %q", seg)
		}
		if t, err = m.step(t, seg); err != nil {
			return target{}, err
		}
		if t.kind != objects && t.kind != call && !last {
			return target{}, fmt.Errorf("%q is not the last segment", seg)
		}
	}
	return t, nil
}

// split cuts a path; users('id') is users and the key id.
func split(path string) ([]string, error) {
	var segs []string
	for _, part := range strings.Split(strings.Trim(path, "/"), "/") {
		seg, err := url.PathUnescape(part)
		if err != nil {
			return nil, fmt.Errorf("segment %q: %w", part, err)
		}
		if name, key, found := strings.Cut(seg, "('"); found && strings.HasSuffix(key, "')") {
			segs = append(segs, name, strings.TrimSuffix(key, "')"))
			continue
		}
		segs = append(segs, seg)
	}
	if segs[0] == "" {
		return nil, fmt.Errorf("path is empty")
	}
	return segs, nil
}

func (m *Model) step(t target, seg string) (target, error) {
	switch seg {
	case "$ref":
		return target{ref: t.ref, kind: link}, nil
	case "$count":
		if !t.ref.many {
			return target{}, fmt.Errorf("$count of a single %s", t.ref.name)
		}
		return target{ref: t.ref, kind: count}, nil
	}
	if o := m.operation(t.ref, seg); o != nil {
		return target{ref: t.ref, kind: call, call: o}, nil
	}
	if cast := m.full(seg); strings.Contains(seg, ".") && m.types[cast] != nil {
		if !m.is(cast, t.ref.name) {
			return target{}, fmt.Errorf("%s does not derive from %s", cast, t.ref.name)
		}
		return target{ref: typeRef{name: cast, many: t.ref.many}}, nil
	}
	if t.ref.many {
		return target{ref: typeRef{name: t.ref.name}}, nil // a key
	}
	if nav, has := m.navigation(t.ref.name, seg); has {
		return target{ref: nav.ref}, nil
	}
	if p, has := m.property(t.ref.name, seg); has {
		return target{ref: p.ref, value: true}, nil
	}
	return target{}, fmt.Errorf("%s has no %q", t.ref.name, seg)
}

// operation finds an action or function bound to what the path leads to.
func (m *Model) operation(ref typeRef, seg string) *operation {
	name, _, _ := strings.Cut(m.full(seg), "(")
	for _, o := range m.calls[name] {
		if o.bound != nil && o.bound.many == ref.many && m.is(ref.name, o.bound.name) {
			return o
		}
	}
	return nil
}
