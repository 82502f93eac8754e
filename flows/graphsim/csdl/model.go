// Package csdl holds recorded Microsoft Graph exchanges against Microsoft's own
// metadata (CSDL): that each path exists, that each name in a query or a body
// exists with the right JSON type, and that nothing is null that may not be. It
// is test equipment; no answer of the simulator comes from it, so that the
// simulator cannot be right by construction. It knows names and types, not
// behaviour.
package csdl

import (
	"compress/gzip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// A Model is the metadata of one version of Graph. It does not change once
// loaded and may be used by several goroutines.
type Model struct {
	types map[string]*schemaType
	enums map[string]map[string]bool
	roots map[string]typeRef // entity sets and singletons
	calls map[string][]*operation
	alias map[string]string // of namespaces, as graph for microsoft.graph
}

// full resolves the alias in a type's name: a path may say graph.user.
func (m *Model) full(name string) string {
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		if ns, has := m.alias[name[:i]]; has {
			return ns + name[i:]
		}
	}
	return name
}

// A schemaType is an entity or complex type.
type schemaType struct {
	name  string
	base  string
	props map[string]member
	navs  map[string]member
}

type member struct {
	ref      typeRef
	nullable bool
}

type typeRef struct {
	name string // full, as microsoft.graph.user or Edm.String
	many bool
}

// An operation is an action or function.
type operation struct {
	name   string
	action bool
	bound  *typeRef
	params map[string]member
	result *typeRef
}

type xmlMember struct {
	Name     string `xml:"Name,attr"`
	Type     string `xml:"Type,attr"`
	Nullable string `xml:"Nullable,attr"`
}

type xmlType struct {
	Name  string      `xml:"Name,attr"`
	Base  string      `xml:"BaseType,attr"`
	Props []xmlMember `xml:"Property"`
	Navs  []xmlMember `xml:"NavigationProperty"`
}

type xmlOperation struct {
	Name   string      `xml:"Name,attr"`
	Bound  bool        `xml:"IsBound,attr"`
	Params []xmlMember `xml:"Parameter"`
	Return *xmlMember  `xml:"ReturnType"`
}

type xmlSchema struct {
	Namespace string         `xml:"Namespace,attr"`
	Alias     string         `xml:"Alias,attr"`
	Entities  []xmlType      `xml:"EntityType"`
	Complexes []xmlType      `xml:"ComplexType"`
	Actions   []xmlOperation `xml:"Action"`
	Functions []xmlOperation `xml:"Function"`
	Enums     []struct {
		Name    string      `xml:"Name,attr"`
		Members []xmlMember `xml:"Member"`
	} `xml:"EnumType"`
	Containers []struct {
		Sets []struct {
			Name string `xml:"Name,attr"`
			Type string `xml:"EntityType,attr"`
		} `xml:"EntitySet"`
		Singles []xmlMember `xml:"Singleton"`
	} `xml:"EntityContainer"`
}

// Load reads gzipped CSDL from a file. An error of kind fs.ErrNotExist means
// that the metadata is not there.
func Load(path string) (_ *Model, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("load metadata: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("load metadata %s: %w", path, err)
	}
	m, err := read(z)
	if err != nil {
		return nil, fmt.Errorf("load metadata %s: %w", path, err)
	}
	return m, nil
}

func read(r io.Reader) (*Model, error) {
	var doc struct {
		Schemas []xmlSchema `xml:"DataServices>Schema"`
	}
	if err := xml.NewDecoder(r).Decode(&doc); err != nil {
		return nil, err
	}
	if len(doc.Schemas) == 0 {
		return nil, errors.New("no schema in it")
	}
	alias := map[string]string{}
	for _, s := range doc.Schemas {
		if s.Alias != "" {
			alias[s.Alias] = s.Namespace
		}
	}
	b := &builder{&Model{
		types: map[string]*schemaType{}, enums: map[string]map[string]bool{}, roots: map[string]typeRef{},
		calls: map[string][]*operation{}, alias: alias,
	}}
	for _, s := range doc.Schemas {
		b.schema(s)
	}
	return b.m, nil
}

type builder struct{ m *Model }

// ref resolves a type as written: an alias becomes its namespace.
func (b *builder) ref(text string) typeRef {
	inner, many := strings.CutPrefix(text, "Collection(")
	return typeRef{name: b.m.full(strings.TrimSuffix(inner, ")")), many: many}
}

func (b *builder) members(list []xmlMember) map[string]member {
	out := make(map[string]member, len(list))
	for _, x := range list {
		out[x.Name] = member{ref: b.ref(x.Type), nullable: x.Nullable != "false"}
	}
	return out
}

func (b *builder) schema(s xmlSchema) {
	for _, t := range append(s.Entities, s.Complexes...) {
		name := s.Namespace + "." + t.Name
		b.m.types[name] = &schemaType{name: name, base: b.ref(t.Base).name, props: b.members(t.Props), navs: b.members(t.Navs)}
	}
	for _, e := range s.Enums {
		names := map[string]bool{}
		for _, x := range e.Members {
			names[x.Name] = true
		}
		b.m.enums[s.Namespace+"."+e.Name] = names
	}
	for _, o := range s.Actions {
		b.operation(s.Namespace, o, true)
	}
	for _, o := range s.Functions {
		b.operation(s.Namespace, o, false)
	}
	for _, c := range s.Containers {
		for _, set := range c.Sets {
			b.m.roots[set.Name] = typeRef{name: b.ref(set.Type).name, many: true}
		}
		for _, one := range c.Singles {
			b.m.roots[one.Name] = b.ref(one.Type)
		}
	}
}

func (b *builder) operation(namespace string, x xmlOperation, action bool) {
	o := &operation{name: x.Name, action: action}
	params := x.Params
	if x.Bound && len(params) > 0 {
		bound := b.ref(params[0].Type)
		o.bound, params = &bound, params[1:]
	}
	o.params = b.members(params)
	if x.Return != nil {
		result := b.ref(x.Return.Type)
		o.result = &result
	}
	b.m.calls[x.Name] = append(b.m.calls[x.Name], o)
	b.m.calls[namespace+"."+x.Name] = append(b.m.calls[namespace+"."+x.Name], o)
}

// lineage is a type and its bases, the nearest first.
func (m *Model) lineage(name string) []*schemaType {
	var line []*schemaType
	for t := m.types[name]; t != nil; t = m.types[t.base] {
		line = append(line, t)
	}
	return line
}

// is says whether one type is the other or derives from it.
func (m *Model) is(name, base string) bool {
	for _, t := range m.lineage(name) {
		if t.name == base {
			return true
		}
	}
	return name == base
}

// property finds a structural property in a type or its bases.
func (m *Model) property(name, prop string) (member, bool) {
	for _, t := range m.lineage(name) {
		if p, has := t.props[prop]; has {
			return p, true
		}
	}
	return member{}, false
}

func (m *Model) navigation(name, nav string) (member, bool) {
	for _, t := range m.lineage(name) {
		if p, has := t.navs[nav]; has {
			return p, true
		}
	}
	return member{}, false
}

// anywhere says whether a type, or one derived from it, has the property or
// navigation: what $select may name on a collection of mixed objects.
func (m *Model) anywhere(name, prop string) bool {
	has := func(t string) bool {
		_, p := m.property(t, prop)
		_, n := m.navigation(t, prop)
		return p || n
	}
	if has(name) {
		return true
	}
	for t := range m.types {
		if m.is(t, name) && has(t) {
			return true
		}
	}
	return false
}
