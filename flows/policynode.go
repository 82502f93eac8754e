package flows

import (
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// The policy is decoded here and not by the YAML library, because its decoder stops at the first problem and people want to see all
// of them, each with its line. Only what policy.go uses is known: structs, maps by name, lists, texts, whole numbers, yes or no.

// value decodes one node. A node without a value counts as left out.
func (r *policyReader) value(path string, n ast.Node, into reflect.Value) {
	if n == nil || n.Type() == ast.NullType {
		return
	}
	at := positionOf(n)
	r.at[path] = at
	switch n.(type) {
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		r.wrong(path, "Anchors, aliases and tags are not read here. Write the value out.")
		return
	}
	switch into.Kind() {
	case reflect.Pointer:
		into.Set(reflect.New(into.Type().Elem()))
		r.value(path, n, into.Elem())
	case reflect.Struct:
		r.keys(path, n, into)
	case reflect.Map:
		r.entries(path, n, into)
	case reflect.Slice:
		seq, ok := n.(*ast.SequenceNode)
		if !ok {
			r.wrong(path, "A list belongs here: lines that begin with a dash.")
			r.unread[path] = true
			return
		}
		for i, item := range seq.Values {
			elem := reflect.New(into.Type().Elem()).Elem()
			itemPath := path + "[" + strconv.Itoa(i) + "]"
			if item == nil || item.Type() == ast.NullType {
				r.wrong(itemPath, "This line of the list is empty.")
			}
			r.value(itemPath, item, elem)
			into.Set(reflect.Append(into, elem))
		}
	case reflect.String:
		switch n := n.(type) {
		case *ast.StringNode:
			into.SetString(n.Value)
		case *ast.LiteralNode:
			into.SetString(strings.TrimRight(n.Value.Value, "\n")) // its last line end says nothing
		case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
			r.wrong(path, "Text belongs here. Put %s in quotes.", n.GetToken().Value)
		default:
			r.wrong(path, "Text belongs here.")
		}
	case reflect.Int:
		r.number(path, n, into)
	case reflect.Bool:
		if b, ok := n.(*ast.BoolNode); ok {
			into.SetBool(b.Value)
			return
		}
		r.wrong(path, "Write true or false here.")
	}
}

func (r *policyReader) number(path string, n ast.Node, into reflect.Value) {
	if whole, ok := n.(*ast.IntegerNode); ok {
		if v, err := strconv.ParseInt(whole.GetToken().Value, 10, 32); err == nil { // no octal, no underscores: 010 would mean 8
			into.SetInt(v)
			return
		}
	}
	r.wrong(path, "A whole number belongs here, such as 4.")
}

// keys decodes a mapping whose keys are known.
func (r *policyReader) keys(path string, n ast.Node, into reflect.Value) {
	fields := map[string]int{}
	var names []string
	for i := range into.NumField() {
		if name, _, _ := strings.Cut(into.Type().Field(i).Tag.Get("yaml"), ","); name != "" {
			fields[name] = i
			names = append(names, name)
		}
	}
	r.pairs(path, n, func(key string, at position, v ast.Node) {
		keyPath := strings.TrimPrefix(path+"."+key, ".")
		i, ok := fields[key]
		if !ok {
			r.problems = append(r.problems, PolicyProblem{at.line, at.column, keyPath, "The key " + quote(key) + " is not known here." + suggest(key, names)})
			return
		}
		r.value(keyPath, v, into.Field(i))
	})
}

// entries decodes a mapping whose keys are names that people choose.
func (r *policyReader) entries(path string, n ast.Node, into reflect.Value) {
	into.Set(reflect.MakeMap(into.Type()))
	r.pairs(path, n, func(key string, at position, v ast.Node) {
		keyPath := path + "[" + strconv.Quote(key) + "]"
		r.at[keyPath] = at
		elem := reflect.New(into.Type().Elem()).Elem()
		r.value(keyPath, v, elem)
		r.at[keyPath] = at // the name, not the line below it
		into.SetMapIndex(reflect.ValueOf(key), elem)
	})
}

// pairs walks a mapping and refuses a key that stands twice.
func (r *policyReader) pairs(path string, n ast.Node, each func(key string, at position, v ast.Node)) {
	var values []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{n}
	default:
		r.wrong(path, "Keys with values belong here, such as \"name: value\".")
		r.unread[path] = true
		return
	}
	seen := map[string]bool{}
	for _, kv := range values {
		at := positionOf(kv.Key)
		var key string
		switch k := kv.Key.(type) {
		case *ast.StringNode:
			key = k.Value
		case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode:
			key = k.GetToken().Value
		default:
			r.problems = append(r.problems, PolicyProblem{at.line, at.column, path, "Anchors, aliases and merged keys are not read here. Write the keys out."})
			continue
		}
		if seen[key] {
			r.problems = append(r.problems, PolicyProblem{at.line, at.column, strings.TrimPrefix(path+"."+key, "."), "The key " + quote(key) + " stands here for the second time."})
			continue
		}
		seen[key] = true
		each(key, at, kv.Value)
	}
}

// positionOf is where a node begins. A mapping's own token is its first colon, so its first key is taken.
func positionOf(n ast.Node) position {
	switch m := n.(type) {
	case *ast.MappingNode:
		if len(m.Values) > 0 && !m.IsFlowStyle {
			return positionOf(m.Values[0].Key)
		}
	case *ast.MappingValueNode:
		return positionOf(m.Key)
	}
	if t := n.GetToken(); t != nil && t.Position != nil {
		return position{max(1, t.Position.Line), max(1, t.Position.Column)}
	}
	return position{1, 1}
}

// suggest names the key that was probably meant.
func suggest(key string, names []string) string {
	best, least := "", 3
	for _, name := range names {
		if d := editDistance(strings.ToLower(key), name); d < least {
			best, least = name, d
		}
	}
	if best != "" {
		return " Did you mean " + quote(best) + "?"
	}
	if len(names) == 0 {
		return ""
	}
	slices.Sort(names)
	return " Known are: " + strings.Join(names, ", ") + "."
}

// editDistance counts the single letters to insert, delete or replace (Levenshtein).
func editDistance(a, b string) int {
	x, y := []rune(a), []rune(b)
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		diagonal := row[0]
		row[0] = i + 1
		for j := range y {
			cost := 1
			if x[i] == y[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j]+1, row[j+1]+1, diagonal+cost)
		}
	}
	return row[len(y)]
}

// quote puts text from the file into a sentence, shortened.
func quote(s string) string {
	if r := []rune(s); len(r) > 60 {
		s = string(r[:57]) + "..."
	}
	return strconv.Quote(s)
}
