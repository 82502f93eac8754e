package flows

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"muster/flows/texts"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// maxPolicyBytes is far more than any organisation's policy; a larger file is not one.
const maxPolicyBytes = 1 << 20

// PolicyProblem is one thing that is wrong with a policy file.
type PolicyProblem struct {
	Line, Column int    // from 1
	Path         string // such as jobs["Account Manager"].access[2].group; empty for the whole file
	Say          string // one sentence
}

// PolicyProblems is everything that is wrong with a policy file, in the order of its lines.
type PolicyProblems struct {
	File     string
	Problems []PolicyProblem
}

// Error is one line per problem: file:line:column: sentence.
func (e *PolicyProblems) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = fmt.Sprintf("%s:%d:%d: %s", e.File, p.Line, p.Column, p.Say)
	}
	return strings.Join(lines, "\n")
}

// ParsePolicy reads and checks a policy and fills in its defaults. name is what the file is called in errors. Unknown keys, wrong types
// and wrong values are refused, all at once, as *PolicyProblems. Whether the people, groups and licences exist is for the directory to say.
func ParsePolicy(name string, yaml []byte) (*Policy, error) {
	r, p := newPolicyReader(), &Policy{}
	if r.parse(yaml, reflect.ValueOf(p).Elem()) {
		r.check(p)
	}
	if len(r.problems) > 0 {
		slices.SortStableFunc(r.problems, func(a, b PolicyProblem) int {
			return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Say, b.Say))
		})
		return nil, &PolicyProblems{File: name, Problems: r.problems}
	}
	if err := p.fillDefaults(r.given); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(yaml)
	p.lang, _ = texts.In(p.Language) // it was checked
	p.hash, p.text = hex.EncodeToString(sum[:]), bytes.Clone(yaml)
	return p, nil
}

// policyReader collects where each value stands and what is wrong with it.
type policyReader struct {
	at       map[string]position // of every value of the file, by path
	unread   map[string]bool     // where the wrong kind of value stands
	problems []PolicyProblem
}

func newPolicyReader() *policyReader {
	return &policyReader{at: map[string]position{"": {1, 1}}, unread: map[string]bool{}}
}

type position struct{ line, column int }

// given reports whether the file has a value at the path.
func (r *policyReader) given(path string) bool {
	_, ok := r.at[path]
	return ok
}

// above is the path of what a value stands in.
func above(path string) string { return path[:max(0, strings.LastIndexAny(path, ".["))] }

// wrong notes a problem at a path, or at the nearest value around it when the file has nothing there.
func (r *policyReader) wrong(path, format string, args ...any) {
	at, ok := r.at[path]
	for around := path; !ok; at, ok = r.at[around] {
		around = above(around)
	}
	r.problems = append(r.problems, PolicyProblem{at.line, at.column, path, fmt.Sprintf(format, args...)})
}

// parse reads the file into a value and reports whether there was a mapping to read.
func (r *policyReader) parse(text []byte, into reflect.Value) bool {
	if len(text) > maxPolicyBytes {
		r.wrong("", "The file is larger than 1 MB. That is not a policy.")
		return false
	}
	file, err := parser.ParseBytes(bytes.TrimPrefix(text, []byte("\ufeff")), 0, parser.AllowDuplicateMapKey())
	if err != nil {
		r.notYAML(err)
		return false
	}
	if len(file.Docs) > 1 && file.Docs[1].Body != nil {
		at := positionOf(file.Docs[1].Body)
		r.problems = append(r.problems, PolicyProblem{at.line, at.column, "", "A second document begins here. A policy is one document."})
		return false
	}
	if len(file.Docs) == 0 || file.Docs[0].Body == nil {
		r.wrong("", "The file is empty.")
		return false
	}
	r.value("", file.Docs[0].Body, into)
	_, keys := file.Docs[0].Body.(ast.MapNode)
	return keys
}

// notYAML turns the parser's error into a problem.
func (r *policyReader) notYAML(err error) {
	var syntax yaml.Error
	if !errors.As(err, &syntax) || syntax.GetToken() == nil || syntax.GetToken().Position == nil {
		r.wrong("", "This is not YAML: %v.", err)
		return
	}
	at := syntax.GetToken().Position
	r.problems = append(r.problems, PolicyProblem{max(1, at.Line), max(1, at.Column), "", "This is not YAML: " + syntax.GetMessage() + "."})
}
