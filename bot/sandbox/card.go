package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// A card as the client sees it: which buttons there are, and which inputs each
// of them sends (reference: Adaptive Cards schema 1.5, "Input validation").

type node map[string]any

// scope is one card: the root, or the card inside an Action.ShowCard. A button
// sends the inputs of its own card and of the cards around it.
type scope struct {
	around *scope
	inputs []node
}

type button struct {
	title, kind string
	node        node
	scope       *scope
}

// order is the order in which a client draws the parts of an element.
var order = [...]string{"body", "items", "columns", "rows", "cells", "inlines", "inlineAction", "selectAction", "actions", "card"}

// parseCard lists a card's buttons in reading order, and all its inputs.
func parseCard(raw json.RawMessage) ([]button, []node, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var root node
	if err := dec.Decode(&root); err != nil {
		return nil, nil, fmt.Errorf("read card: %w", err)
	}
	var buttons []button
	var inputs []node
	var walk func(n node, in *scope)
	walk = func(n node, in *scope) {
		kind := n.text("type")
		switch {
		case strings.HasPrefix(kind, "Input."):
			in.inputs = append(in.inputs, n)
			inputs = append(inputs, n)
		case strings.HasPrefix(kind, "Action."):
			buttons = append(buttons, button{title: n.text("title"), kind: kind, node: n, scope: in})
			in = &scope{around: in}
		}
		for _, key := range order {
			switch v := n[key].(type) {
			case map[string]any:
				walk(v, in)
			case []any:
				for _, e := range v {
					if m, ok := e.(map[string]any); ok {
						walk(m, in)
					}
				}
			}
		}
	}
	walk(root, &scope{})
	return buttons, inputs, nil
}

func (n node) text(key string) string {
	switch v := n[key].(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

func (n node) flag(key string) bool {
	v, ok := n[key].(bool)
	return ok && v
}

// sends reports whether pressing the button tells the bot anything.
func (b button) sends() bool { return b.kind == "Action.Execute" || b.kind == "Action.Submit" }

// find picks the nth button with the title (1 is the first). A button that
// sends wins over one that opens a part of the card, since both are often
// called the same.
func find(buttons []button, title string, nth int) (button, bool) {
	same := func(exact, sending bool) []button {
		var list []button
		for _, b := range buttons {
			is := b.title == title
			if !exact {
				is = strings.EqualFold(strings.TrimSpace(b.title), strings.TrimSpace(title))
			}
			if is && b.sends() == sending {
				list = append(list, b)
			}
		}
		return list
	}
	for _, exact := range []bool{true, false} {
		for _, sending := range []bool{true, false} {
			if list := same(exact, sending); len(list) >= max(nth, 1) {
				return list[max(nth, 1)-1], true
			}
		}
	}
	return button{}, false
}

// data is what the button sends: its own data, overlaid by the inputs that have
// a value. Data that is not an object goes out as it is.
func (b button) data(values map[string]string) (json.RawMessage, error) {
	own, isObject := b.node["data"].(map[string]any)
	if !isObject && b.node["data"] != nil && len(values) == 0 {
		return json.Marshal(b.node["data"])
	}
	out := make(map[string]any, len(own)+len(values))
	for k, v := range own {
		out[k] = v
	}
	for k, v := range values {
		out[k] = v
	}
	return json.Marshal(out)
}
