package flows

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// sandboxPolicy is the example that users copy.
func sandboxPolicy(t testing.TB) (*Policy, []byte) {
	t.Helper()
	text, err := os.ReadFile("../bot/sandbox/policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, err := ParsePolicy("policy.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	return p, text
}

func policySchema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(PolicySchema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	if err := c.AddResource("policy.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("policy.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// asJSON reads YAML as the schema sees it.
func asJSON(t testing.TB, text []byte) any {
	t.Helper()
	b, err := yaml.YAMLToJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestSandboxPolicyFitsTheSchema(t *testing.T) {
	_, text := sandboxPolicy(t)
	if err := policySchema(t).Validate(asJSON(t, text)); err != nil {
		t.Error(err)
	}
}

func TestPolicySchemaIsJSON(t *testing.T) {
	var s map[string]any
	if err := json.Unmarshal(PolicySchema(), &s); err != nil {
		t.Fatal(err)
	}
	if s["$schema"] != "https://json-schema.org/draft/2020-12/schema" {
		t.Errorf("$schema = %v", s["$schema"])
	}
	if s["additionalProperties"] != false {
		t.Error("unknown keys are allowed at the top")
	}
}

// What the schema can say it does say: each of these is also refused by ParsePolicy.
func TestPolicySchemaRefuses(t *testing.T) {
	schema := policySchema(t)
	for name, change := range map[string]func(string) string{
		"unknown key":      add("colour: blue\n"),
		"unknown key deep": replace("country: GB", "country: GB\n    colour: blue"),
		"no version":       replace("version: 1\n", ""),
		"version 2":        replace("version: 1", "version: 2"),
		"nobody is HR":     replace("{groups: [HR Staff]}", "{}"),
		"an item of two":   add("      - {group: A, team: B}\n"),
		"an empty item":    add("      - {name: A}\n"),
		"no such day":      replace("country: GB", "country: GB\n    working_days: [tuesday]"),
		"no such calendar": replace("country: GB", "country: GB\n    calendar: uk"),
		"no such time":     replace("country: GB", "country: GB\n    opens: nine"),
		"no date":          replace("country: GB", "country: GB\n    holidays: [Christmas]"),
		"text for number":  add("limits: {attempts: many}\n"),
		"a hold of years":  add("leaver: {licence_hold_days: 367}\n"),
		"a lasting hold":   add("leaver: {licence_hold_days: -1}\n"),
		"too short a pass": add("joiner: {credential: {minutes: 9}}\n"),
	} {
		t.Run(name, func(t *testing.T) {
			text := []byte(change(smallPolicy))
			if schema.Validate(asJSON(t, text)) == nil {
				t.Error("the schema takes it")
			}
			if _, err := ParsePolicy("policy.yaml", text); err == nil {
				t.Error("ParsePolicy takes it")
			}
		})
	}
	if err := schema.Validate(asJSON(t, []byte(smallPolicy))); err != nil {
		t.Errorf("the small policy is refused: %v", err)
	}
}

// The workflow that the example shows in comments is one that may be used.
func TestSandboxPolicyShowsAGoodWorkflow(t *testing.T) {
	_, text := sandboxPolicy(t)
	_, shown, ok := strings.Cut(string(text), "\n# workflows:\n")
	if !ok {
		t.Fatal("no workflow is shown")
	}
	shown, _, _ = strings.Cut("# workflows:\n"+shown, "\n\n")
	lines := strings.Split(shown, "\n")
	for i := range lines {
		lines[i] = strings.TrimPrefix(strings.TrimPrefix(lines[i], "#"), " ")
	}
	p, err := ParsePolicy("policy.yaml", []byte(string(text)+"\n"+strings.Join(lines, "\n")+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	plan, _, err := PlanJoiner(priya(nil), p, larkfield(nil), signers(), monday())
	if err != nil {
		t.Fatal(err)
	}
	tour, ok := plan.Step("manual:tour")
	if _, asked := plan.Step(startedKey); !ok || asked || tour.Title != "Show Priya Patel around" {
		t.Errorf("tour %+v, asked %t", tour, asked)
	}
}
