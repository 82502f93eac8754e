package manifest

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// published is Microsoft's schema of manifests. A package in the older format is held against it too, with the number of the version
// exchanged: it asks for nothing that is newer.
func published(t *testing.T, format string) *jsonschema.Schema {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "..", "shared", "schemas", "teams-manifest.schema.json"))
	if errors.Is(err, fs.ErrNotExist) {
		if os.Getenv("CI") == "true" {
			t.Fatalf("the published schema is missing: %v", err)
		}
		t.Skip("the published schema is not beside this checkout; CI has it")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	doc, err := jsonschema.UnmarshalJSON(f)
	if err != nil {
		t.Fatal(err)
	}
	if n := dropLookAheads(doc); n != 1 { // regexp cannot read it, and it is about Excel
		t.Errorf("%d patterns with a look-ahead were dropped", n)
	}
	number := doc.(map[string]any)["properties"].(map[string]any)["manifestVersion"].(map[string]any)
	if number["const"] != Format {
		t.Fatalf("the published schema is of version %v, and packages of %s", number["const"], Format)
	}
	number["const"] = format
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("manifest.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("manifest.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func dropLookAheads(v any) (dropped int) {
	switch v := v.(type) {
	case map[string]any:
		if p, ok := v["pattern"].(string); ok && strings.Contains(p, "(?!") {
			delete(v, "pattern")
			dropped++
		}
		for _, e := range v {
			dropped += dropLookAheads(e)
		}
	case []any:
		for _, e := range v {
			dropped += dropLookAheads(e)
		}
	}
	return dropped
}

func TestSchema(t *testing.T) {
	more := larkfield()
	more.ID, more.Name, more.ValidDomains = "00000000-0000-0000-0000-0000000000d0", "Rollcall", []string{"larkfield.example"}
	old := larkfield()
	old.Format = OldFormat
	for name, app := range map[string]App{"least": larkfield(), "more": more, "longest": longest(), "old": old} {
		schema := published(t, app.filled().Format)
		files, _ := build(t, app)
		got, err := jsonschema.UnmarshalJSON(bytes.NewReader(files["manifest.json"]))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(got); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		// A schema that takes anything would be no proof.
		got.(map[string]any)["bots"].([]any)[0].(map[string]any)["scopes"] = []any{"groupchat"}
		if schema.Validate(got) == nil {
			t.Errorf("%s: the schema does not look at the bot", name)
		}
	}
}
