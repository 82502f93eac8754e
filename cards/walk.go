package cards

import "encoding/json"

// Walk visits the parts of a card as it was sent, in the order in which they are read. Of what is no card it visits nothing.
func Walk(card json.RawMessage, visit func(part map[string]any)) {
	var root any
	if len(card) > 0 && json.Unmarshal(card, &root) == nil {
		walkPart(root, visit)
	}
}

func walkPart(n any, visit func(map[string]any)) {
	switch n := n.(type) {
	case []any:
		for _, c := range n {
			walkPart(c, visit)
		}
	case map[string]any:
		visit(n)
		for _, k := range []string{"body", "items", "columns", "inlines", "facts", "rows", "cells", "choices", "card", "selectAction", "actions"} {
			walkPart(n[k], visit)
		}
	}
}
