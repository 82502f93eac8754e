package graphsim

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"sort"
	"strconv"
	"strings"
)

// A resource is a row of a collection, all its properties ready to be filtered
// and selected.
type resource struct {
	kind  string // user, group, directoryRole …
	props map[string]any
	typed bool // say @odata.type, as collections of directoryObject do
}

// A listing is the OData side of a collection request.
type listing struct {
	c       *call
	kind    string // the resource type the options are about
	known   map[string]property
	choose  []string // $select; nil: the standard set
	expand  []string // properties of an expanded manager; nil: not expanded
	filter  expr
	search  expr
	orderBy string
	down    bool
	top     int
	skip    int
	count   bool
}

// option reads one system query option, written with or without its dollar.
func (c *call) option(name string) string {
	if v := c.query.Get("$" + name); v != "" {
		return v
	}
	return c.query.Get(name)
}

// eventual says whether the advanced query capabilities were asked for.
func (c *call) eventual() bool {
	return strings.EqualFold(c.header.Get("ConsistencyLevel"), "eventual")
}

// listing parses the options of a request against one resource type.
func (c *call) listing(kind string) (*listing, error) {
	l := &listing{c: c, kind: kind, known: c.s.known(kind), top: 100}
	for name := range c.query {
		switch strings.TrimPrefix(name, "$") {
		case "select", "filter", "search", "top", "count", "orderby", "expand", "skiptoken":
		default:
			if strings.HasPrefix(name, "$") {
				return nil, unknown("the query option %s", name)
			}
		}
	}
	var err error
	if l.choose, err = l.selection(c.option("select")); err != nil {
		return nil, err
	}
	if err := l.expansion(c.option("expand")); err != nil {
		return nil, err
	}
	if v := c.option("top"); v != "" {
		if l.top, err = strconv.Atoi(v); err != nil || l.top < 1 || l.top > 999 {
			return nil, malformed("Invalid page size specified: '%s'. Must be between 1 and 999 inclusive.", v)
		}
	}
	if v := c.option("skiptoken"); v != "" {
		raw, err := base64.RawURLEncoding.DecodeString(v)
		if err == nil {
			_, err = fmt.Sscanf(string(raw), "page:%d", &l.skip)
		}
		if err != nil || l.skip < 0 {
			return nil, badRequest("Invalid skip token.")
		}
	}
	l.count = strings.EqualFold(c.option("count"), "true") && c.eventual()
	return l, l.conditions()
}

// conditions parses $filter, $search and $orderby, and refuses the advanced
// ones when they were not asked for as such.
func (l *listing) conditions() error {
	c, advanced := l.c, ""
	if v := c.option("filter"); v != "" {
		e, err := parseFilter(v, l.kind, l.known)
		if err != nil {
			return err
		}
		l.filter = e
		if e.advanced() {
			advanced = "$filter"
		}
	}
	if v := c.option("search"); v != "" {
		e, err := parseSearch(v, l.known)
		if err != nil {
			return err
		}
		l.search, advanced = e, "$search"
	}
	if v := c.option("orderby"); v != "" {
		name, dir, _ := strings.Cut(v, " ")
		if name != "displayName" && name != "userPrincipalName" && name != "createdDateTime" {
			return unsupportedQuery("Sorting by '%s' is not supported for resource '%s'.", name, title(l.kind))
		}
		l.orderBy, l.down = name, strings.EqualFold(dir, "desc")
		if l.filter != nil {
			advanced = "$orderby with $filter"
		}
	}
	if advanced != "" && (!c.eventual() || !strings.EqualFold(c.option("count"), "true")) {
		return unsupportedQuery("Request with %s query parameter only works through MSGraph with a special request header: 'ConsistencyLevel: eventual', and $count=true.", advanced)
	}
	return nil
}

// selection reads $select; nil stands for the standard properties.
func (l *listing) selection(v string) ([]string, error) {
	if v == "" {
		return nil, nil
	}
	var out []string
	for _, name := range strings.Split(v, ",") {
		name = strings.TrimSpace(name)
		p, known := l.known[name]
		switch {
		case name == "*":
			return nil, unknown("$select=*")
		case !known:
			return nil, malformed("Parsing OData Select and Expand failed: Could not find a property named '%s' on type 'microsoft.graph.%s'.", name, l.kind)
		case p.read != "" && !l.c.may(p.read, strings.Replace(p.read, ".Read.", ".ReadWrite.", 1)):
			return nil, denied()
		case name == "signInActivity" && l.kind == "user" && !l.c.t.showsSignIns():
			return nil, &graphError{
				Status: http.StatusForbidden, Code: "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
				Message: "Neither tenant is B2C or tenant doesn't have premium license",
			}
		case p.outside:
			return nil, unknown("the property %s of %s", name, l.kind)
		}
		out = append(out, name)
	}
	return out, nil
}

// expansion reads $expand, of which only a user's manager is simulated.
func (l *listing) expansion(v string) error {
	if v == "" {
		return nil
	}
	name, rest, nested := strings.Cut(v, "(")
	if l.kind != "user" || name != "manager" {
		return unknown("$expand=%s on %s", v, l.kind)
	}
	l.expand = []string{}
	if !nested {
		return nil
	}
	sel, closed := strings.CutSuffix(rest, ")")
	sel, chosen := strings.CutPrefix(sel, "$select=")
	if !closed || !chosen {
		return unknown("$expand=%s on %s", v, l.kind)
	}
	var err error
	l.expand, err = l.selection(sel)
	return err
}

// show cuts a resource down to what was selected.
func (l *listing) show(r resource) map[string]any {
	out := map[string]any{}
	if r.typed {
		out["@odata.type"] = "#microsoft.graph." + r.kind
	}
	known := l.c.s.known(r.kind)
	if l.choose == nil {
		for name, p := range known {
			if p.standard {
				out[name] = value(r, name, p)
			}
		}
	}
	for _, name := range l.choose {
		if p, has := known[name]; has {
			out[name] = value(r, name, p)
		}
	}
	if l.expand != nil && r.kind == "user" {
		if m := l.c.t.Users[l.c.t.Users[r.props["id"].(string)].Manager]; m != nil && m.Deleted == nil {
			nested := &listing{c: l.c, kind: "user", known: l.known, choose: l.expand}
			if len(l.expand) == 0 {
				nested.choose = nil
			}
			out["manager"] = nested.show(resource{kind: "user", props: l.c.userView(m), typed: true})
		}
	}
	return out
}

// known is the property table of a resource type. A collection of
// directoryObject takes the names of all types that can be in it, as Graph does.
func (s *Server) known(kind string) map[string]property {
	switch kind {
	case "user":
		return s.users
	case "group":
		return s.groups
	case "directoryRole":
		return roleProperties()
	default:
		all := roleProperties()
		maps.Copy(all, s.groups)
		maps.Copy(all, s.users)
		return all
	}
}

func value(r resource, name string, p property) any {
	if v, has := r.props[name]; has {
		return v
	}
	return p.unset()
}

// page filters, sorts and cuts a collection.
func (l *listing) page(rows []resource, context string) (answer, error) {
	kept := rows[:0:0]
	for _, r := range rows {
		if (l.filter == nil || l.filter.holds(r.props)) && (l.search == nil || l.search.holds(r.props)) {
			kept = append(kept, r)
		}
	}
	if l.orderBy != "" {
		sort.SliceStable(kept, func(i, j int) bool {
			a, _ := kept[i].props[l.orderBy].(string)
			b, _ := kept[j].props[l.orderBy].(string)
			if l.down {
				a, b = b, a
			}
			return strings.ToLower(a) < strings.ToLower(b)
		})
	}
	if l.choose != nil {
		context += "(" + strings.Join(l.choose, ",") + ")"
	}
	body := map[string]any{"@odata.context": l.c.base + "/$metadata#" + context}
	if l.count {
		body["@odata.count"] = len(kept)
	}
	from, to := min(l.skip, len(kept)), min(l.skip+l.top, len(kept))
	if to < len(kept) {
		body["@odata.nextLink"] = l.c.next(to)
	}
	value := make([]any, 0, to-from)
	for _, r := range kept[from:to] {
		value = append(value, l.show(r))
	}
	body["value"] = value
	return ok(body), nil
}

// one shows a single resource with its context.
func (l *listing) one(r resource, context string) answer {
	if l.choose != nil {
		context = strings.TrimSuffix(context, "/$entity") + "(" + strings.Join(l.choose, ",") + ")/$entity"
	}
	out := l.show(r)
	out["@odata.context"] = l.c.base + "/$metadata#" + context
	return ok(out)
}

// next is the absolute link to the page that begins at n, on the address that
// the request came to.
func (c *call) next(n int) string {
	q := url.Values{}
	for k, v := range c.query {
		q[k] = v
	}
	q.Set("$skiptoken", base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "page:%d", n)))
	escaped := make([]string, len(c.segs))
	for i, s := range c.segs {
		escaped[i] = url.PathEscape(s)
	}
	return c.base + "/" + strings.Join(escaped, "/") + "?" + q.Encode()
}

func title(kind string) string {
	if kind == "" {
		return ""
	}
	return strings.ToUpper(kind[:1]) + kind[1:]
}
