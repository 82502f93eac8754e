package graphsim

import (
	"strings"
	"unicode"
)

// filterParser reads $filter by recursive descent: or, and, not, one condition.
type filterParser struct {
	tokens []string
	kind   string
	known  map[string]property
	parts  int // conditions so far
}

// maxConditions keeps a filter of nothing but brackets off the stack.
const maxConditions = 200

func parseFilter(text, kind string, known map[string]property) (expr, error) {
	tokens, lexed := lexFilter(text)
	if !lexed {
		return nil, badFilter()
	}
	p := &filterParser{tokens: tokens, kind: kind, known: known}
	e, err := p.or()
	if err != nil {
		return nil, err
	}
	if len(p.tokens) > 0 {
		return nil, badFilter()
	}
	return e, nil
}

func badFilter() *graphError { return badRequest("Invalid filter clause.") }

// lexFilter cuts into names, literals in their quotes, and punctuation.
func lexFilter(s string) ([]string, bool) {
	var out []string
	for i := 0; i < len(s); {
		ch := s[i]
		switch {
		case ch == ' ':
			i++
		case strings.IndexByte("(),:", ch) >= 0:
			out = append(out, s[i:i+1])
			i++
		case ch == '\'':
			j := i + 1
			for ; j < len(s); j++ {
				if s[j] != '\'' {
					continue
				}
				if j+1 < len(s) && s[j+1] == '\'' {
					j++
					continue
				}
				break
			}
			if j >= len(s) {
				return nil, false
			}
			out = append(out, s[i:j+1])
			i = j + 1
		default:
			j := i
			for j < len(s) && strings.IndexByte(" (),'", s[j]) < 0 && (s[j] != ':' || isDate(s[i:j])) {
				j++
			}
			out = append(out, s[i:j])
			i = j
		}
	}
	return out, true
}

// isDate keeps the colons of 2026-01-01T08:00:00Z in one token.
func isDate(s string) bool { return len(s) > 10 && unicode.IsDigit(rune(s[0])) && s[4] == '-' }

func (p *filterParser) peek() string {
	if len(p.tokens) == 0 {
		return ""
	}
	return p.tokens[0]
}

func (p *filterParser) next() string {
	t := p.peek()
	if len(p.tokens) > 0 {
		p.tokens = p.tokens[1:]
	}
	return t
}

func (p *filterParser) or() (expr, error) {
	left, err := p.and()
	for err == nil && strings.EqualFold(p.peek(), "or") {
		p.next()
		var right expr
		right, err = p.and()
		left = either{left, right}
	}
	return left, err
}

func (p *filterParser) and() (expr, error) {
	left, err := p.condition()
	for err == nil && strings.EqualFold(p.peek(), "and") {
		p.next()
		var right expr
		right, err = p.condition()
		left = both{left, right}
	}
	return left, err
}

func (p *filterParser) condition() (expr, error) {
	if p.parts++; p.parts > maxConditions {
		return nil, badRequest("Too many conditions in the filter clause.")
	}
	switch t := p.next(); {
	case t == "(":
		e, err := p.or()
		if err == nil && p.next() != ")" {
			err = badFilter()
		}
		return e, err
	case strings.EqualFold(t, "not"):
		e, err := p.condition()
		return negate{e}, err
	case strings.EqualFold(t, "startswith"), strings.EqualFold(t, "endswith"):
		return p.function(strings.ToLower(t), p.property)
	case strings.Contains(t, "/any"):
		return p.lambda(strings.TrimSuffix(t, "/any"))
	default:
		path, err := p.property(t)
		if err != nil {
			return nil, err
		}
		return p.comparison(path)
	}
}

// property checks that a name may be filtered on.
func (p *filterParser) property(name string) ([]string, error) {
	known, has := p.known[name]
	if !has {
		return nil, malformed("Could not find a property named '%s' on type 'microsoft.graph.%s'.", name, p.kind)
	}
	if !known.filter {
		return nil, unsupportedQuery("Unsupported or invalid query filter clause specified for property '%s' of resource '%s'.", name, title(p.kind))
	}
	return []string{name}, nil
}

func (p *filterParser) function(op string, path func(string) ([]string, error)) (expr, error) {
	if p.next() != "(" {
		return nil, badFilter()
	}
	name, err := path(p.next())
	if err != nil {
		return nil, err
	}
	if p.next() != "," {
		return nil, badFilter()
	}
	want, valid := literal(p.next())
	if _, isText := want.(string); !valid || !isText || p.next() != ")" {
		return nil, badFilter()
	}
	return compare{path: name, op: op, want: []any{want}}, nil
}

func (p *filterParser) comparison(path []string) (expr, error) {
	op := strings.ToLower(p.next())
	switch op {
	case "eq", "ne", "gt", "ge", "lt", "le":
		v, valid := literal(p.next())
		if !valid {
			return nil, badFilter()
		}
		return compare{path: path, op: op, want: []any{v}}, nil
	case "in":
		if p.next() != "(" {
			return nil, badFilter()
		}
		e := compare{path: path, op: op}
		for {
			v, valid := literal(p.next())
			if !valid || len(e.want) == 15 {
				return nil, badFilter()
			}
			e.want = append(e.want, v)
			switch p.next() {
			case ",":
			case ")":
				return e, nil
			default:
				return nil, badFilter()
			}
		}
	default:
		return nil, badFilter()
	}
}

// lambda reads collection/any(x:x eq 'v'), x/member eq v, startswith(x,'v').
func (p *filterParser) lambda(name string) (expr, error) {
	path, err := p.property(name)
	if err != nil {
		return nil, err
	}
	if p.next() != "(" {
		return nil, badFilter()
	}
	x := p.next()
	if x == "" || p.next() != ":" {
		return nil, badFilter()
	}
	inner := func(t string) ([]string, error) {
		if t == x {
			return path, nil
		}
		if member, nested := strings.CutPrefix(t, x+"/"); nested {
			return append(path[:1:1], member), nil
		}
		return nil, badFilter()
	}
	t := p.next()
	var e expr
	if op := strings.ToLower(t); op == "startswith" || op == "endswith" {
		e, err = p.function(op, inner)
	} else if path, err = inner(t); err == nil {
		e, err = p.comparison(path)
	}
	if err != nil {
		return nil, err
	}
	if p.next() != ")" {
		return nil, badFilter()
	}
	c := e.(compare)
	c.any = true
	return c, nil
}

// literal reads a quoted text, true, false, null, a date or a GUID.
func literal(t string) (any, bool) {
	switch {
	case len(t) >= 2 && t[0] == '\'':
		return strings.ReplaceAll(t[1:len(t)-1], "''", "'"), true
	case t == "true":
		return true, true
	case t == "false":
		return false, true
	case t == "null":
		return nil, true
	case t == "" || t == "(" || t == ")" || t == ",":
		return nil, false
	case isDate(t), len(t) == 36 && strings.Count(t, "-") == 4:
		return t, true
	default:
		return nil, false
	}
}
