package report

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"muster/cards"
	"muster/cards/paper"
	"muster/flows"
)

// conversation is what was said and pressed, and what was shown. A card that was sent anew in place of an earlier one is told by its first lines.
func (r dossier) conversation() []paper.Part {
	shown := map[string]json.RawMessage{} // the latest card, by message
	var talk paper.Talk
	for _, rec := range r.Records {
		s := paper.Said{At: r.at(rec.Entry.At), Who: "Muster", Bot: true}
		switch b := rec.Entry.Body.(type) {
		case flows.Heard:
			s.Who, s.Bot = or(who(b.From), r.names[rec.Entry.By]), false
			s.Text = r.heard(b, shown[b.Conversation+"|"+b.ReplyTo])
		case flows.Answered:
			s.Who, s.Text = "Muster to "+or(r.names[b.To], string(b.To)), b.Text
		case flows.Sent:
			s.Who = "Muster to " + r.recipient(b.To)
			s.Text = join("\n", b.Text, cardText(b.Card))
			if b.Card != nil {
				shown[b.Conversation+"|"+b.Activity] = b.Card
			}
			if b.Update {
				s.Who, s.Text = s.Who+" (card updated)", first(s.Text, 2)
			}
		default:
			continue
		}
		talk.Said = append(talk.Said, s)
	}
	if len(talk.Said) == 0 {
		return nil
	}
	return []paper.Part{
		paper.Heading{Level: 1, Text: "The conversation"},
		paper.Para{Text: "Every message, card and press that belongs to this case or led to it. Passwords and day-one passes are never kept, here or anywhere."},
		talk,
	}
}

// heard is a message or a press, with what was filled in.
func (r dossier) heard(b flows.Heard, card json.RawMessage) string {
	out := []string{b.Text}
	if b.Verb != "" {
		button, labels := asked(card, b.Verb, string(b.Step))
		out = append(out, "Pressed “"+or(button, b.Verb)+"”", r.titles(b.Ticked))
		for _, k := range slices.Sorted(maps.Keys(b.Inputs)) {
			if v := b.Inputs[k]; v != "" {
				out = append(out, or(labels[k], k)+": "+v)
			}
		}
	}
	if len(b.Files) > 0 {
		out = append(out, "Files: "+strings.Join(b.Files, ", "))
	}
	return join("\n", out...)
}

// first is the first lines of a text.
func first(s string, n int) string {
	lines := strings.Split(s, "\n")
	return strings.Join(lines[:min(n, len(lines))], "\n")
}

// cardText is what a person read on a card: its texts, questions and buttons, in order.
func cardText(card json.RawMessage) string {
	var lines, buttons []string
	cards.Walk(card, func(n map[string]any) {
		kind, _ := n["type"].(string)
		switch kind {
		case "TextBlock":
			lines = append(lines, str(n, "text"))
		case "RichTextBlock":
			lines = append(lines, inlines(n))
		case "FactSet":
			for _, f := range list(n, "facts") {
				lines = append(lines, str(f, "title")+": "+str(f, "value"))
			}
		case "Action.Execute":
			buttons = append(buttons, str(n, "title"))
		}
		if strings.HasPrefix(kind, "Input.") {
			lines = append(lines, question(n))
		}
	})
	if len(buttons) > 0 {
		lines = append(lines, "Buttons: "+strings.Join(buttons, " · "))
	}
	return join("\n", lines...)
}

func inlines(n map[string]any) string {
	var s strings.Builder
	for _, run := range list(n, "inlines") {
		s.WriteString(str(run, "text"))
	}
	return s.String()
}

// question is an input with what it offers.
func question(n map[string]any) string {
	s := or(str(n, "label"), str(n, "title"))
	var offered []string
	for _, c := range list(n, "choices") {
		offered = append(offered, str(c, "title"))
	}
	if len(offered) > 0 {
		s += " [" + strings.Join(offered, " | ") + "]"
	}
	if v := str(n, "value"); v != "" && len(offered) == 0 {
		s += fmt.Sprintf(" (“%s”)", v)
	}
	return s
}

// asked finds the title of the button with a verb, about a step if it is about one, and the labels of a card's inputs.
func asked(card json.RawMessage, verb, step string) (button string, labels map[string]string) {
	labels = map[string]string{}
	cards.Walk(card, func(n map[string]any) {
		kind := str(n, "type")
		if kind == "Action.Execute" && str(n, "verb") == verb {
			data, _ := n["data"].(map[string]any)
			if button == "" || str(data, "step") == step {
				button = str(n, "title")
			}
		}
		if strings.HasPrefix(kind, "Input.") {
			labels[str(n, "id")] = or(str(n, "label"), str(n, "title"))
		}
	})
	return button, labels
}

func str(n map[string]any, key string) string {
	s, _ := n[key].(string)
	return s
}

func list(n map[string]any, key string) []map[string]any {
	all, _ := n[key].([]any)
	var out []map[string]any
	for _, v := range all {
		if m, ok := v.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}
