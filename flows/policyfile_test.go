package flows

import (
	"bytes"
	"encoding/json"
	"os"
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
