package graphsim

import "strings"

// A word condition is one "property:text" clause of $search.
type word struct {
	prop string
	text string
}

func (w word) advanced() bool { return true }

// holds matches words from their beginnings in displayName and description,
// which Graph tokenizes, and the whole value from its beginning elsewhere.
func (w word) holds(props map[string]any) bool {
	have, _ := props[w.prop].(string)
	if w.prop != "displayName" && w.prop != "description" {
		return strings.HasPrefix(strings.ToLower(have), strings.ToLower(w.text))
	}
	tokens := strings.FieldsFunc(strings.ToLower(have), between)
	for _, part := range strings.FieldsFunc(strings.ToLower(w.text), between) {
		found := false
		for _, t := range tokens {
			found = found || strings.HasPrefix(t, part)
		}
		if !found {
			return false
		}
	}
	return true
}

func between(r rune) bool { return strings.ContainsRune(" .,-_'()", r) }

// parseSearch reads "prop:text", joined by AND and OR (AND binds as written,
// from the left, which is all that Muster needs).
func parseSearch(s string, known map[string]property) (expr, error) {
	var e expr
	join := ""
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		if s[0] != '"' {
			op, rest, _ := strings.Cut(s, " ")
			if e == nil || join != "" || op != "AND" && op != "OR" {
				return nil, badSearch()
			}
			join, s = op, rest
			continue
		}
		end := strings.IndexByte(s[1:], '"')
		if end < 0 || e != nil && join == "" {
			return nil, badSearch()
		}
		prop, text, found := strings.Cut(s[1:1+end], ":")
		if !found || text == "" {
			return nil, badSearch()
		}
		if p, has := known[prop]; !has || !p.filter {
			return nil, malformed("Property '%s' does not support $search.", prop)
		}
		w := word{prop, text}
		switch join {
		case "":
			e = w
		case "AND":
			e = both{e, w}
		case "OR":
			e = either{e, w}
		}
		join, s = "", s[end+2:]
	}
	if e == nil || join != "" {
		return nil, badSearch()
	}
	return e, nil
}

// The exact words of Graph are not known.
func badSearch() *graphError { return badRequest("Invalid $search clause.") }
