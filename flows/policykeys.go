package flows

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/invopop/jsonschema"
)

// PolicyKeys is every key of the policy file, for people, from the same types as the schema: a table of the file and one of each part of it.
func PolicyKeys() (string, error) {
	var s jsonschema.Schema
	if err := json.Unmarshal(PolicySchema(), &s); err != nil {
		return "", fmt.Errorf("read policy schema: %w", err)
	}
	var b strings.Builder
	parts, told := []string{}, map[string]bool{}
	table := func(of *jsonschema.Schema) {
		must := map[string]bool{}
		for _, name := range of.Required {
			must[name] = true
		}
		b.WriteString("| key | value | what |\n| --- | --- | --- |\n")
		for p := of.Properties.Oldest(); p != nil; p = p.Next() {
			value, refs := valueOf(s.Definitions, p.Value)
			for _, ref := range refs {
				if !told[ref] {
					told[ref] = true
					parts = append(parts, ref)
				}
			}
			if must[p.Key] {
				value += ", required"
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", p.Key, value, strings.ReplaceAll(p.Value.Description, "|", "\\|"))
		}
	}
	b.WriteString("### The file\n\n")
	table(&s)
	for i := 0; i < len(parts); i++ { // a table adds the parts that it names
		of := s.Definitions[parts[i]]
		if of == nil || of.Properties.Len() == 0 {
			return "", fmt.Errorf("read policy schema: no keys of %s", parts[i])
		}
		fmt.Fprintf(&b, "\n### %s\n\n", parts[i])
		table(of)
	}
	return b.String(), nil
}

// valueOf says what may stand behind a key, and which parts that names.
func valueOf(parts jsonschema.Definitions, s *jsonschema.Schema) (string, []string) {
	if name, ok := strings.CutPrefix(s.Ref, "#/$defs/"); ok {
		if of := parts[name]; of != nil && of.Properties.Len() == 0 { // a list or a map has no table of its own
			return valueOf(parts, of)
		}
		return "[" + name + "](#" + strings.ToLower(name) + ")", []string{name}
	}
	if len(s.Enum) > 0 {
		var words []string
		for _, w := range s.Enum {
			words = append(words, fmt.Sprintf("`%v`", w))
		}
		return strings.Join(words, ", "), nil
	}
	switch {
	case s.Type == "array" && s.Items != nil:
		of, refs := valueOf(parts, s.Items)
		return "list of " + of, refs
	case s.Type == "object" && s.AdditionalProperties != nil && s.AdditionalProperties.Type+s.AdditionalProperties.Ref != "":
		of, refs := valueOf(parts, s.AdditionalProperties)
		return "name: " + of, refs
	case s.Type == "integer":
		if s.Minimum != "" && s.Maximum != "" {
			return fmt.Sprintf("number, %s to %s", s.Minimum, s.Maximum), nil
		}
		return "number", nil
	case s.Type == "boolean":
		return "`true`, `false`", nil
	}
	return "text", nil
}
