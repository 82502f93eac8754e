package cards

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"muster/flows"
	"muster/flows/texts"
)

// Card is the content of an Adaptive Card attachment, schema 1.5.
type Card = json.RawMessage

// finish puts the parts together. fallback is what a client shows that cannot draw the card; wide lets lists use the whole message area.
func finish(fallback string, wide bool, body []block) Card {
	r := root{Type: "AdaptiveCard", Schema: "http://adaptivecards.io/schemas/adaptive-card.json", Version: "1.5", FallbackText: fallback, Body: body}
	if wide {
		r.MSTeams = &width{"Full"}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // shorter, and readable in the evidence
	if err := enc.Encode(r); err != nil {
		panic(fmt.Sprintf("marshal card: %v", err)) // every part marshals; a failure is a bug of this package
	}
	return bytes.TrimSpace(b.Bytes())
}

// largest is what a card may have: Teams refuses messages of some more, and the activity around the card needs its share.
const largest = 24 << 10

// fit draws with ever less room, in per cent of what a list would take, until the card is small enough to be sent.
func fit(draw func(room int) Card) Card {
	for room := 100; ; room = room * 3 / 4 {
		if c := draw(room); len(c) <= largest || room < 10 {
			return c
		}
	}
}

// Notice is a card of one sentence.
func Notice(text string) Card {
	return finish(cut(text, 200), false, []block{say(ran(text))})
}

// ran is plain text in a run: safe for what people typed.
func ran(text string) run { return run{Type: "TextRun", Text: visible(text)} }

func strong(text string) run { r := ran(text); r.Weight = "Bolder"; return r }
func faint(text string) run  { r := ran(text); r.IsSubtle = true; return r }

// quote shows what a person wrote, cut to what one can take in; the whole text is in the evidence.
func quote(text string) run {
	r := ran("“" + cut(visible(text), 300) + "”")
	r.Italic = true
	return r
}

// say is a paragraph of runs.
func say(runs ...run) richText { return richText{Type: "RichTextBlock", Inlines: runs} }

// near is a paragraph that belongs to the one above.
func near(runs ...run) richText {
	p := say(runs...)
	p.Spacing = "Small"
	return p
}

// headline is the first line: the whole story.
func headline(text string) richText {
	r := strong(text)
	r.Size = "Medium"
	return say(r)
}

// label is a small heading of our own words inside a card.
func label(text string) textBlock {
	return textBlock{Type: "TextBlock", Text: text, Wrap: true, Weight: "Bolder", Spacing: "Medium"}
}

// hint is a faint line of our own words, such as what happens next.
func hint(text string) textBlock {
	return textBlock{Type: "TextBlock", Text: text, Wrap: true, IsSubtle: true, Spacing: "Small"}
}

// footer is the small last line: the reference.
func footer(text string) textBlock {
	return textBlock{Type: "TextBlock", Text: text, Wrap: true, Size: "Small", IsSubtle: true, Spacing: "Medium"}
}

// person is a line about somebody: what they are to the case, then their name.
func person(role, name string) richText { return near(faint(role+" "), strong(name)) }

// facts are our own words, dates and numbers, which FactSet reads as markdown; rows without a value are left out. Short titles do not break: on a
// phone their column is narrow. Long ones break between words, or they would be cut within one.
func facts(rows ...fact) factSet {
	set := factSet{Type: "FactSet", Facts: []fact{}, Spacing: "Medium"}
	for _, f := range rows {
		if f.Value != "" {
			if len(f.Title) <= longTitle {
				f.Title = strings.ReplaceAll(f.Title, " ", "\u00a0")
			}
			set.Facts = append(set.Facts, f)
		}
	}
	return set
}

// longTitle is how many signs of a title the column of a phone takes.
const longTitle = 19

// mark is how a state looks: an icon, a word and a colour, never a colour alone.
type mark struct{ icon, word, color string }

var (
	markWaiting = mark{"○", "Waiting", "Attention"}
	markPlanned = mark{"○", "Planned", ""}
	markRunning = mark{"▸", "Running", "Accent"}
	markDone    = mark{"✓", "Done", "Good"}
	markNeeds   = mark{"▲", "Needs you", "Warning"}
	markStopped = mark{"■", "Stopped", ""}
)

// as is the same look with other words.
func (m mark) as(word string) mark { m.word = word; return m }

func (m mark) run(lang texts.Language) run {
	r := strong(m.icon + " " + lang.Word(m.word))
	r.Color = m.color
	return r
}

// status is the line under the headline: the state, then what is asked or what it means.
func status(lang texts.Language, m mark, rest ...run) richText {
	if len(rest) > 0 {
		rest[0].Text = "  " + rest[0].Text
	}
	return near(append([]run{m.run(lang)}, rest...)...)
}

// warning is one line that wants attention. Its text may hold what people typed.
func warning(lang texts.Language, text string) richText {
	icon := strong(lang.Say("▲ Note "))
	icon.Color = "Warning"
	return near(icon, ran(cut(text, 300)))
}

// problem stands under the input it is about.
func problem(text string) richText {
	r := strong("▲ " + cut(visible(text), 300))
	r.Color = "Attention"
	p := say(r)
	p.Spacing = "Small"
	return p
}

// box sets a part apart from its surroundings.
func box(style string, items ...block) container {
	return container{Type: "Container", Style: style, Spacing: "Medium", Items: items}
}

// folded is a line that opens a list on a press; nothing is sent, and the list holds no inputs. What is folded is summed up in the line.
func folded(id, title string, head richText, items ...block) []block {
	hidden := false
	return []block{
		container{Type: "Container", Spacing: "Medium", Items: []block{head}, SelectAction: &toggle{Type: "Action.ToggleVisibility", Title: title, TargetElements: []string{id}}},
		container{Type: "Container", ID: id, Spacing: "Small", Items: items, IsVisible: &hidden},
	}
}

// buttons is the row of at most four, inside an ActionSet because older clients obey a fallback only there.
func buttons(actions ...action) actionSet {
	return actionSet{Type: "ActionSet", Spacing: "Medium", Actions: actions}
}

// press is a button that sends d; clients that do not know Action.Execute send the same as a message.
func press(title string, style string, d data) action {
	return action{
		Type: "Action.Execute", Title: title, Verb: d.Verb, Style: style, Data: &d,
		Fallback: &action{Type: "Action.Submit", Title: title, Style: style, Data: &d},
	}
}

// alone is a press that sends no inputs and is not held up by empty ones.
func alone(a action) action {
	a.AssociatedInputs, a.Fallback.AssociatedInputs = "none", "none"
	return a
}

// opens is a button that shows what it will do, asks what it needs and only then has a button that sends.
func opens(title, style string, body ...block) action {
	return action{Type: "Action.ShowCard", Title: title, Style: style, Card: &inner{Type: "AdaptiveCard", Body: body}}
}

const (
	positive    = "positive"
	destructive = "destructive"
)

// ask is a required text of some lines.
func ask(id, label, placeholder, missing string) textInput {
	return textInput{Type: "Input.Text", ID: id, Label: label, IsRequired: true, ErrorMessage: missing, Placeholder: placeholder, IsMultiline: true, MaxLength: 500}
}

// plain makes a directory's or the policy's words fit for the title of a choice, which some clients read as markdown: on one line, and
// never a link.
func plain(s string) string {
	s = strings.Join(strings.Fields(visible(s)), " ")
	return cut(strings.ReplaceAll(s, "](", "] ("), 90)
}

// cut shortens to n characters.
func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return strings.TrimSpace(string([]rune(s)[:n-1])) + "…"
}

// bound is what every button of a case's card carries.
func bound(c flows.Case, verb string, step flows.StepKey) data {
	plan := c.May
	if plan == "" {
		plan = c.Shown
	}
	return data{Verb: verb, Case: string(c.ID), Version: c.Version, Plan: string(plan), Step: string(step)}
}

// names joins people or things as in a sentence, with "and" or "or".
func names(lang texts.Language, all []string, word string) string {
	joined := lang.Say("and")
	if word == "or" {
		joined = lang.Say("or")
	}
	switch n := len(all); n {
	case 0:
		return ""
	case 1:
		return all[0]
	default:
		return strings.Join(all[:n-1], ", ") + " " + joined + " " + all[n-1]
	}
}

// count writes a number with its noun: "no steps", "1 step", "2 steps".
func count(lang texts.Language, n int, one, many string) string {
	switch n {
	case 0:
		return lang.Say("no %s", many)
	case 1:
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
