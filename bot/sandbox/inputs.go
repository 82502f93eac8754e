package sandbox

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

// inputError is what a client shows beside a field before it sends anything.
type inputError struct {
	Input   string `json:"input"`
	Label   string `json:"label"`
	Message string `json:"message"`
}

// collect gathers what the inputs in the button's reach hold: what was given,
// else the card's own default. It validates as the client does, and leaves out
// inputs without a value, as the client does.
func (b button) collect(given map[string]json.RawMessage) (map[string]string, []inputError) {
	values := map[string]string{}
	if strings.EqualFold(b.node.text("associatedInputs"), "none") {
		return values, nil
	}
	var errs []inputError
	for sc := b.scope; sc != nil; sc = sc.around {
		for _, in := range sc.inputs {
			id := in.text("id")
			if id == "" {
				continue
			}
			v, problem := in.value(given[id])
			if problem == "" {
				problem = in.check(v)
			} else if m := in.text("errorMessage"); m != "" {
				problem = m
			}
			if problem != "" {
				errs = append(errs, inputError{Input: id, Label: in.text("label"), Message: problem})
			} else if v != "" {
				values[id] = v
			}
		}
	}
	return values, errs
}

// value is the text that the input would send. A problem means that nobody
// could enter what was given.
func (n node) value(given json.RawMessage) (text, problem string) {
	kind := n.text("type")
	if len(given) == 0 || string(given) == "null" {
		if kind == "Input.Toggle" {
			if n["value"] != nil && n.text("value") == n.on() {
				return n.on(), ""
			}
			return n.off(), ""
		}
		return n.text("value"), ""
	}
	var v any
	dec := json.NewDecoder(strings.NewReader(string(given)))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		return "", "The value cannot be read."
	}
	var parts []string
	switch v := v.(type) {
	case string:
		parts = []string{v}
	case json.Number:
		parts = []string{v.String()}
	case bool:
		if kind != "Input.Toggle" {
			return "", "A tick fits a toggle only."
		}
		if v {
			return n.on(), ""
		}
		return n.off(), ""
	case []any:
		if kind != "Input.ChoiceSet" || !n.flag("isMultiSelect") {
			return "", "A list fits a multiple choice only."
		}
		for _, e := range v {
			s, ok := e.(string)
			if !ok {
				return "", "A choice is a text."
			}
			parts = append(parts, s)
		}
	default:
		return "", "The value has the wrong type."
	}
	switch kind {
	case "Input.Toggle":
		return n.toggled(parts[0])
	case "Input.ChoiceSet":
		return n.chosen(parts)
	}
	return strings.Join(parts, ","), ""
}

func (n node) on() string  { return orElse(n.text("valueOn"), "true") }
func (n node) off() string { return orElse(n.text("valueOff"), "false") }

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func (n node) toggled(v string) (text, problem string) {
	switch v {
	case n.on(), n.off():
		return v, ""
	case "true":
		return n.on(), ""
	case "false", "":
		return n.off(), ""
	}
	return "", fmt.Sprintf("A toggle is %q or %q.", n.on(), n.off())
}

// chosen accepts values and, because that is what a person sees, titles.
// A people picker or another searched list has no list to compare with.
func (n node) chosen(parts []string) (text, problem string) {
	if !n.flag("isMultiSelect") && len(parts) == 1 {
		if v, ok := n.choice(parts[0]); ok {
			return v, ""
		}
	}
	var list []string
	for _, part := range parts {
		if v, ok := n.choice(part); ok {
			list = append(list, v)
			continue
		}
		for one := range strings.SplitSeq(part, ",") {
			v, ok := n.choice(strings.TrimSpace(one))
			if !ok {
				return "", fmt.Sprintf("There is no choice %q.", one)
			}
			list = append(list, v)
		}
	}
	list = slices.DeleteFunc(list, func(s string) bool { return s == "" })
	if len(list) > 1 && !n.flag("isMultiSelect") {
		return "", "Only one choice is possible."
	}
	return strings.Join(list, ","), ""
}

func (n node) choice(s string) (string, bool) {
	if s == "" {
		return "", true
	}
	list, _ := n["choices"].([]any)
	byTitle, found := "", false
	for _, e := range list {
		m, ok := e.(map[string]any)
		if !ok {
			continue
		}
		c := node(m)
		if c.text("value") == s {
			return s, true
		}
		if c.text("title") == s && !found {
			byTitle, found = c.text("value"), true
		}
	}
	if found {
		return byTitle, true
	}
	_, searched := n["choices.data"].(map[string]any)
	return s, searched
}

// check is the client's validation: required, pattern, length and bounds. The
// answer is the card's own error message, if it has one.
func (n node) check(v string) string {
	say := func(fallback string) string { return orElse(n.text("errorMessage"), fallback) }
	kind := n.text("type")
	if kind == "Input.Toggle" {
		if n.flag("isRequired") && v != n.on() {
			return say("This has to be ticked.")
		}
		return ""
	}
	if v == "" {
		if n.flag("isRequired") {
			return say("This field is required.")
		}
		return ""
	}
	switch kind {
	case "Input.Text":
		if limit, err := strconv.Atoi(n.text("maxLength")); err == nil && len(utf16.Encode([]rune(v))) > limit {
			return say(fmt.Sprintf("At most %d characters.", limit))
		}
		// A pattern that this engine cannot read (look-ahead) is left to the server, as
		// it would be by a client of another make.
		if re, err := regexp.Compile(n.text("regex")); err == nil && !re.MatchString(v) {
			return say("The text does not have the right form.")
		}
	case "Input.Number":
		x, err := strconv.ParseFloat(v, 64)
		if err != nil {
			return say("This is not a number.")
		}
		lo, loErr := strconv.ParseFloat(n.text("min"), 64)
		hi, hiErr := strconv.ParseFloat(n.text("max"), 64)
		if (loErr == nil && x < lo) || (hiErr == nil && x > hi) {
			return say("The number is out of bounds.")
		}
	case "Input.Date":
		return n.between(v, time.DateOnly, say)
	case "Input.Time":
		return n.between(v, "15:04", say)
	}
	return ""
}

// between checks a date or a time; both compare as text once they have their form.
func (n node) between(v, layout string, say func(string) string) string {
	if _, err := time.Parse(layout, v); err != nil {
		return say("This is not a date or time.")
	}
	if lo := n.text("min"); lo != "" && v < lo {
		return say("This is too early.")
	}
	if hi := n.text("max"); hi != "" && v > hi {
		return say("This is too late.")
	}
	return ""
}
