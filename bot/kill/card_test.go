package kill

import (
	"encoding/json"
	"slices"

	"muster/flows"
)

// button is a button of a card, and what somebody fills in before pressing it.
type button struct {
	verb, title, other string
	about              string // all that stands on the card
	data               json.RawMessage
	inputs             map[string]any
}

// again reports whether the card of a pressed button is still to be done something about: a pass can be shown before the question whether the
// person started, and both stand on cards of their own.
func (b button) again() bool { return b.verb == flows.VerbCheck || b.verb == flows.VerbRetry }

type element map[string]any

func (e element) text(key string) string { s, _ := e[key].(string); return s }

// buttonOf finds the button with a verb, and fills in what the card must have and has not.
func buttonOf(card json.RawMessage, verb string) (button, bool) {
	var root any
	if len(card) == 0 || json.Unmarshal(card, &root) != nil {
		return button{}, false
	}
	var found *button
	var inputs []element
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			e := element(v)
			if len(e.text("type")) > 6 && e.text("type")[:6] == "Input." {
				inputs = append(inputs, e)
			}
			if e.text("type") == "Action.Execute" && e.text("verb") == verb && found == nil {
				data, err := json.Marshal(v["data"])
				if err != nil {
					return
				}
				found = &button{verb: verb, title: e.text("title"), data: data}
			}
			for key, inner := range v {
				if key != "data" && key != "fallback" {
					walk(inner)
				}
			}
		}
	}
	walk(root)
	if found == nil {
		return button{}, false
	}
	found.inputs, found.about = fill(verb, inputs), string(card)
	return *found, true
}

// words are what people write where a card wants some.
const words = "It is as it should be."

// fill gives the values that a press needs: what is asked for and empty, and elevated access, which nobody else would ask for.
func fill(verb string, inputs []element) map[string]any {
	out := map[string]any{}
	for _, in := range inputs {
		id := in.text("id")
		required, _ := in["isRequired"].(bool)
		reason := slices.Contains([]string{"reason", "note"}, id) && slices.Contains(reasoned, verb)
		elevated := id == "elevated" && verb == flows.VerbApprove
		if id == "" || in.text("value") != "" || !required && !reason && !elevated {
			continue
		}
		switch in.text("type") {
		case "Input.ChoiceSet":
			choices, _ := in["choices"].([]any)
			if len(choices) == 0 {
				continue
			}
			if first, ok := choices[0].(map[string]any); ok {
				out[id] = first["value"]
			}
		case "Input.Text":
			out[id] = words
		}
	}
	return out
}

// reasoned are the buttons that want a word why.
var reasoned = []string{flows.VerbReject, flows.VerbRefuse, flows.VerbWaive, flows.VerbManualDone, flows.VerbByHand, flows.VerbChangeMake, flows.VerbEnd}
