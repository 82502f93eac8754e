package graphsim

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// A rule is the membership rule of a dynamic group.
type rule interface {
	admits(u *user) bool
}

type (
	allOf  struct{ a, b rule }
	anyOf  struct{ a, b rule }
	noneOf struct{ r rule }
	term   struct {
		prop string
		op   string
		want any
	}
)

func (r allOf) admits(u *user) bool  { return r.a.admits(u) && r.b.admits(u) }
func (r anyOf) admits(u *user) bool  { return r.a.admits(u) || r.b.admits(u) }
func (r noneOf) admits(u *user) bool { return !r.r.admits(u) }

func (r term) admits(u *user) bool {
	v := u.Props[r.prop]
	have, _ := v.(string)
	want, _ := r.want.(string)
	switch r.op {
	case "-eq":
		return same(v, r.want)
	case "-ne":
		return !same(v, r.want)
	case "-startswith":
		return strings.HasPrefix(strings.ToLower(have), strings.ToLower(want))
	default: // -contains
		return strings.Contains(strings.ToLower(have), strings.ToLower(want))
	}
}

var errRule = errors.New("membership rule is not understood")

type ruleParser struct{ tokens []string }

// parseRule reads rules like (user.city -eq "London") -and (user.userType -ne "Guest").
func parseRule(text string) (rule, error) {
	p := &ruleParser{tokens: lexRule(text)}
	r, err := p.or()
	if err == nil && len(p.tokens) > 0 {
		err = fmt.Errorf("%w: what follows %q", errRule, p.tokens[0])
	}
	return r, err
}

func lexRule(s string) []string {
	var out []string
	for i := 0; i < len(s); {
		switch ch := s[i]; ch {
		case ' ':
			i++
		case '(', ')':
			out = append(out, s[i:i+1])
			i++
		case '"', '\'':
			j := i + 1
			for j < len(s) && s[j] != ch {
				j++
			}
			j = min(j+1, len(s))
			out = append(out, s[i:j])
			i = j
		default:
			j := i
			for j < len(s) && strings.IndexByte(" ()", s[j]) < 0 {
				j++
			}
			out = append(out, s[i:j])
			i = j
		}
	}
	return out
}

func (p *ruleParser) next() string {
	if len(p.tokens) == 0 {
		return ""
	}
	t := p.tokens[0]
	p.tokens = p.tokens[1:]
	return t
}

// operator takes an operator if it is the next token; the dash is optional.
func (p *ruleParser) operator(op string) bool {
	if len(p.tokens) > 0 && strings.EqualFold(strings.TrimPrefix(p.tokens[0], "-"), op) {
		p.next()
		return true
	}
	return false
}

func (p *ruleParser) or() (rule, error) {
	left, err := p.and()
	for err == nil && p.operator("or") {
		var right rule
		right, err = p.and()
		left = anyOf{left, right}
	}
	return left, err
}

func (p *ruleParser) and() (rule, error) {
	left, err := p.term()
	for err == nil && p.operator("and") {
		var right rule
		right, err = p.term()
		left = allOf{left, right}
	}
	return left, err
}

func (p *ruleParser) term() (rule, error) {
	if p.operator("not") {
		r, err := p.term()
		return noneOf{r}, err
	}
	t := p.next()
	if t == "(" {
		r, err := p.or()
		if err == nil && p.next() != ")" {
			err = fmt.Errorf("%w: a bracket is open", errRule)
		}
		return r, err
	}
	prop, isUser := strings.CutPrefix(t, "user.")
	op, value := strings.ToLower(p.next()), p.next()
	if !isUser || value == "" {
		return nil, fmt.Errorf("%w: %q", errRule, t)
	}
	r := term{prop: prop, op: op}
	switch op {
	case "-eq", "-ne", "-startswith", "-contains":
	default:
		return nil, fmt.Errorf("%w: operator %q", errRule, op)
	}
	switch {
	case value == "true", value == "false":
		r.want = value == "true"
	case value == "null":
	case len(value) >= 2 && value[0] == value[len(value)-1] && (value[0] == '"' || value[0] == '\''):
		r.want = value[1 : len(value)-1]
	default:
		return nil, fmt.Errorf("%w: value %q", errRule, value)
	}
	return r, nil
}

// settle does what the service does by itself: reverts that are due, purges,
// memberships by rule, licences by group. It says whether anything changed.
func (s *Server) settle(t *tenant, now time.Time) (bool, error) {
	changed, err := t.undoDue(now)
	if err != nil {
		return false, err
	}
	changed = t.purge(now) || changed
	for _, g := range t.sortedGroups() {
		r := s.rules[g.ID]
		if r == nil || s.stopped(now) {
			continue
		}
		for _, u := range t.sortedUsers() {
			is, should := t.Groups[g.ID].Members[u.ID].member(), u.Deleted == nil && r.admits(u)
			switch {
			case is == should:
				continue
			case should:
				t.editGroup(g.ID).put(u.ID, now, s.delay(t))
			default:
				t.editGroup(g.ID).drop(u.ID, now, s.delay(t))
			}
			changed = true
		}
	}
	return t.groupLicences(now) || changed, nil
}
