package config

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// places knows where a key stands in the config file.
type places struct {
	path   string
	file   *ast.File
	within string // that the keys stand in, such as tenants[1]; empty: the file itself
}

func findPlaces(path string, text []byte) (places, error) {
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return places{}, fmt.Errorf("read config %s: %w", path, err)
	}
	return places{path: path, file: file}, nil
}

// in are the places within a key.
func (p places) in(key string) places {
	p.within = p.full(key)
	return p
}

func (p places) full(key string) string {
	if p.within == "" || key == "" {
		return p.within + key
	}
	return p.within + "." + key
}

// wrong is the error of a key, with the line and column of its value, or of what it should stand in where it is left out. What came from the
// environment has none.
func (p places) wrong(key, format string, args ...any) error {
	return fmt.Errorf("config %s: "+format, append([]any{p.at(p.full(key))}, args...)...)
}

func (p places) at(key string) string {
	for key != "" {
		if node := p.find(key); node != nil {
			if pos := node.GetToken().Position; pos != nil {
				return fmt.Sprintf("%s:%d:%d", p.path, pos.Line, pos.Column)
			}
		}
		key = key[:max(strings.LastIndexAny(key, ".["), 0)]
	}
	return p.path
}

// find is the value of a key, or nil where the file has none.
func (p places) find(key string) ast.Node {
	path, err := yaml.PathString("$." + key)
	if err != nil {
		return nil
	}
	node, err := path.FilterFile(p.file)
	if err != nil || node == nil || node.GetToken() == nil {
		return nil
	}
	if m, ok := node.(*ast.MappingNode); ok && len(m.Values) > 0 && m.Values[0].Key.GetToken() != nil {
		return m.Values[0].Key // a mapping begins at its first key; its own token is the colon
	}
	return node
}
