package csdl

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"sort"
	"strings"
	"time"
)

// CheckExchange says in sentences what is wrong with an exchange, or nothing.
// Of a request that was refused only the path and the query are judged, of an
// answer that is an error only its shape; what was answered with 501 is not
// judged at all. A batch is judged item by item.
func (m *Model) CheckExchange(e Exchange) []string {
	rest, graph := strings.CutPrefix(e.Path, "/v1.0/")
	if !graph || e.Status == http.StatusNotImplemented {
		return nil
	}
	if rest == "$batch" {
		return m.checkBatch(e)
	}
	c := &checker{m: m, where: e.Method + " " + e.Path}
	t, err := m.resolve(rest)
	if err != nil {
		c.say("path", "%v", err)
		return c.found
	}
	if e.Status != http.StatusBadRequest {
		c.query(t, e.Query)
	}
	if e.Status >= 300 {
		c.problem(e.Response)
		return c.found
	}
	c.request(t, e)
	c.response(t, e)
	return c.found
}

type checker struct {
	m     *Model
	where string
	found []string
}

func (c *checker) say(at, format string, args ...any) {
	c.found = append(c.found, c.where+": "+at+": "+fmt.Sprintf(format, args...))
}

// query checks the names in $select, $expand and $orderby.
func (c *checker) query(t target, raw string) {
	q, err := url.ParseQuery(raw)
	if err != nil {
		c.say("query", "%v", err)
		return
	}
	ref := t.ref
	if t.kind == call && t.call.result != nil {
		ref = *t.call.result
	}
	names := func(option string) []string {
		v := q.Get("$" + option)
		if v == "" {
			v = q.Get(option)
		}
		return topLevel(v)
	}
	for _, option := range []string{"select", "orderby"} {
		for _, n := range names(option) {
			n, _, _ = strings.Cut(strings.TrimSpace(n), " ")
			if !c.m.anywhere(ref.name, n) {
				c.say("$"+option, "%s has no property %q", ref.name, n)
			}
		}
	}
	for _, n := range names("expand") {
		n, inner, _ := strings.Cut(strings.TrimSpace(n), "(")
		nav, has := c.m.navigation(ref.name, n)
		if !has {
			c.say("$expand", "%s has no navigation %q", ref.name, n)
			continue
		}
		nested := strings.ReplaceAll(strings.TrimSuffix(inner, ")"), ";", "&")
		c.query(target{ref: nav.ref}, nested)
	}
}

// topLevel splits at the commas that are not inside brackets.
func topLevel(v string) []string {
	var parts []string
	depth, start := 0, 0
	for i, r := range v {
		switch {
		case r == '(':
			depth++
		case r == ')':
			depth--
		case r == ',' && depth == 0:
			parts = append(parts, v[start:i])
			start = i + 1
		}
	}
	if v != "" {
		parts = append(parts, v[start:])
	}
	return parts
}

// problem checks the shape of an error. Gateways and hostile tests answer with
// no JSON, or none of the members; what is there must be of the right type.
func (c *checker) problem(body []byte) {
	var e struct {
		Error *struct {
			Code    *string `json:"code"`
			Message *string `json:"message"`
			Details []struct {
				Code, Message, Target *string
			} `json:"details"`
			Inner map[string]string `json:"innerError"`
		} `json:"error"`
	}
	if !json.Valid(body) {
		return
	}
	if err := json.Unmarshal(body, &e); err != nil {
		c.say("error body", "%v", err)
	}
}

func (c *checker) request(t target, e Exchange) {
	if len(e.Request) == 0 || e.Method == http.MethodGet || e.Method == http.MethodDelete {
		if t.kind == call && t.call.action {
			c.params(t.call, map[string]any{})
		}
		return
	}
	var body map[string]any
	if err := json.Unmarshal(e.Request, &body); err != nil {
		c.say("request", "%v", err)
		return
	}
	switch t.kind {
	case link:
		if id, isText := body["@odata.id"].(string); !isText || id == "" {
			c.say("request", "a reference is an object with @odata.id")
		}
	case call:
		c.params(t.call, body)
	default:
		c.object("request", typeRef{name: t.ref.name}, body)
	}
}

// params checks the body of an action. A parameter that may not be null may
// not be missing either.
func (c *checker) params(o *operation, body map[string]any) {
	for _, name := range sorted(body) {
		if strings.HasPrefix(name, "@odata.") {
			continue
		}
		p, has := o.params[name]
		if !has {
			// restore takes two that its documentation has and the metadata has not.
			if o.name == "restore" && (name == "newUserPrincipalName" || name == "autoReconcileProxyConflict") {
				continue
			}
			c.say("request", "%s has no parameter %q", o.name, name)
			continue
		}
		c.value("request."+name, p, body[name])
	}
	for name, p := range o.params {
		if _, given := body[name]; !given && !p.nullable {
			c.say("request", "parameter %q of %s is missing", name, o.name)
		}
	}
}

func (c *checker) response(t target, e Exchange) {
	if e.Status == http.StatusNoContent {
		if len(e.Response) > 0 {
			c.say("response", "204 with a body")
		}
		return
	}
	if t.kind == count {
		if !regexp.MustCompile(`^[0-9]+$`).Match(e.Response) {
			c.say("response", "a count is a number")
		}
		return
	}
	if len(e.Response) == 0 {
		return
	}
	var body map[string]any
	if err := json.Unmarshal(e.Response, &body); err != nil {
		c.say("response", "%v", err)
		return
	}
	ref := t.ref
	switch {
	case t.kind == link:
		if _, isText := body["@odata.id"].(string); !isText {
			c.say("response", "a reference has @odata.id")
		}
		return
	case t.kind == call && t.call.result == nil:
		return
	case t.kind == call:
		ref = *t.call.result
	case e.Method == http.MethodPost:
		ref.many = false // what was created
	}
	c.result(ref, body)
}

// result checks an answer's outermost object: an entity as it is, anything
// else in "value".
func (c *checker) result(ref typeRef, body map[string]any) {
	if !ref.many && c.m.types[ref.name] != nil {
		c.object("response", ref, body)
		return
	}
	for _, name := range sorted(body) {
		if name != "value" && !strings.HasPrefix(name, "@odata.") {
			c.say("response", "%q beside value", name)
		}
	}
	if link, has := body["@odata.nextLink"]; has {
		u, err := url.Parse(fmt.Sprint(link))
		if err != nil || !u.IsAbs() {
			c.say("response", "@odata.nextLink is not an absolute link")
		}
	}
	if _, has := body["value"]; !has {
		c.say("response", "no value")
		return
	}
	c.value("response.value", member{ref: ref}, body["value"])
}

// object checks the members of an entity or complex value. An open type is
// held to its declared names as well, but for registered extensions.
func (c *checker) object(at string, ref typeRef, body map[string]any) {
	name := ref.name
	if declared, has := body["@odata.type"]; has {
		actual := strings.TrimPrefix(fmt.Sprint(declared), "#")
		if c.m.types[actual] == nil || !c.m.is(actual, name) {
			c.say(at, "@odata.type %v is not a %s", declared, name)
			return
		}
		name = actual
	}
	for _, key := range sorted(body) {
		v := body[key]
		prop, annotation, annotated := strings.Cut(key, "@odata.")
		switch {
		case annotated && prop == "", strings.HasPrefix(key, "extension_"):
			continue
		case annotated && annotation == "bind":
			c.bind(at, name, prop, v)
			continue
		case annotated:
			if !c.m.anywhere(name, prop) {
				c.say(at, "annotation of %q, which %s has not", prop, name)
			}
			continue
		}
		if p, has := c.m.property(name, key); has {
			c.value(at+"."+key, p, v)
		} else if nav, has := c.m.navigation(name, key); has {
			c.value(at+"."+key, member{ref: nav.ref, nullable: true}, v)
		} else if !documented(name, key) {
			c.say(at, "%s has no property %q", name, key)
		}
	}
}

// documented are properties that the documentation has and the metadata has not: what a request for an access package is about.
func documented(name, key string) bool {
	return name == "microsoft.graph.accessPackageAssignment" && (key == "targetId" || key == "assignmentPolicyId" || key == "accessPackageId")
}

// bind checks a reference in a body: a link, or a list of them.
func (c *checker) bind(at, name, nav string, v any) {
	n, has := c.m.navigation(name, nav)
	if !has {
		c.say(at, "%s has no navigation %q to bind", name, nav)
		return
	}
	_, isText := v.(string)
	_, isList := v.([]any)
	if n.ref.many && !isList || !n.ref.many && !isText {
		c.say(at, "%s@odata.bind has the wrong type", nav)
	}
}

func (c *checker) value(at string, p member, v any) {
	if p.ref.many {
		list, isList := v.([]any)
		if !isList {
			c.say(at, "%s instead of a list", kindOf(v))
			return
		}
		for i, item := range list {
			c.value(fmt.Sprintf("%s[%d]", at, i), member{ref: typeRef{name: p.ref.name}, nullable: p.nullable}, item)
		}
		return
	}
	if v == nil {
		if !p.nullable {
			c.say(at, "null, which %s here may not be", p.ref.name)
		}
		return
	}
	if c.m.types[p.ref.name] != nil {
		body, isObject := v.(map[string]any)
		if !isObject {
			c.say(at, "%s instead of %s", kindOf(v), p.ref.name)
			return
		}
		c.object(at, p.ref, body)
		return
	}
	if !c.m.fits(p.ref.name, v) {
		c.say(at, "%s is not a %s", kindOf(v), p.ref.name)
	}
}

var guid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// fits checks a primitive or enumerated value. Types it does not know pass.
func (m *Model) fits(name string, v any) bool {
	text, isText := v.(string)
	number, isNumber := v.(float64)
	if names, isEnum := m.enums[name]; isEnum {
		for _, part := range strings.Split(text, ",") {
			if !names[part] {
				return false
			}
		}
		return isText
	}
	switch name {
	case "Edm.String", "Edm.Binary", "Edm.Duration", "Edm.TimeOfDay":
		return isText
	case "Edm.Boolean":
		_, isFlag := v.(bool)
		return isFlag
	case "Edm.Int16", "Edm.Int32", "Edm.Int64", "Edm.Byte":
		return isNumber && number == float64(int64(number))
	case "Edm.Double", "Edm.Single", "Edm.Decimal":
		return isNumber
	case "Edm.Guid":
		return guid.MatchString(text)
	case "Edm.DateTimeOffset":
		_, err := time.Parse(time.RFC3339, text)
		return err == nil
	case "Edm.Date":
		_, err := time.Parse(time.DateOnly, text)
		return err == nil
	default:
		return true
	}
}

func kindOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case string:
		return "a text"
	case float64:
		return "a number"
	case bool:
		return "a Boolean"
	case []any:
		return "a list"
	default:
		return "an object"
	}
}

func sorted(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
