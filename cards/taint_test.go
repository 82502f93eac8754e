package cards

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// words that in the examples of the gallery come from people, the directory or an HR system, and could be anything.
var fromOutside = []string{
	"Priya", "Patel", "Tom", "Hughes", "Hannah", "Reed", "Maria", "Lopez", "Aisha", "Khan", "Ivan", "Petrov", "Ines", "Duarte", "Olivia", "Grant", "Nadia", "Brook", "Sam Taylor", "Oscar", "Helen",
	"priya.patel", "larkfield.example", "Sales", "CRM Users", "Contract Admins", "Finance Approvers", "Wiki Editors", "All Staff", "Company Team", "Power BI", "Business Premium", "Laptop", "Business cards",
	"Account Manager", "Head of Sales", "about the car",
}

// TestNothingFromOutsideIsMarkdown goes over every card of the gallery: whatever in it was not written by us stands where no client reads
// markdown, so a name cannot become a link, a mention or a heading.
func TestNothingFromOutsideIsMarkdown(t *testing.T) {
	found := map[string]string{}
	for name, card := range gallery(t) {
		walk(parse(t, card), nil, func(n node, above []node) {
			kind := str(n, "type")
			for key, v := range n {
				s, isText := v.(string)
				if !isText {
					continue
				}
				reads := false
				switch {
				case kind == "TextBlock" && key == "text":
					reads = true
				case kind == "" && len(above) > 0 && str(above[len(above)-1], "type") == "FactSet":
					reads = true
				case strings.HasPrefix(kind, "Input.") && slices.Contains([]string{"errorMessage", "placeholder"}, key):
					reads = true
				}
				if strings.HasPrefix(name, "help-") || strings.Contains(s, "Write “") {
					continue // examples of what to write, by us
				}
				for _, w := range fromOutside {
					if reads && strings.Contains(strings.ReplaceAll(s, "\u00a0", " "), w) {
						found[fmt.Sprintf("%s %s: %s", kind, key, s)] = name
					}
				}
			}
		})
	}
	for what, card := range found {
		t.Errorf("%s: %s", card, what)
	}
}
