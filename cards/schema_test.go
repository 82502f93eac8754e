package cards

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// TestSchema holds every card to the published schema. Teams' own msteams at the root is none of the schema's business.
func TestSchema(t *testing.T) {
	file := filepath.Join("..", "..", "shared", "schemas", "adaptive-card.schema.json")
	f, err := os.Open(file)
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
	walk(doc, nil, func(n node, _ []node) {
		if _, flag := n["required"].(bool); flag { // two definitions of media still say it as draft 3 did
			delete(n, "required")
		}
	})
	c := jsonschema.NewCompiler()
	if err := c.AddResource("card.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("card.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, card := range gallery(t) {
		got, err := jsonschema.UnmarshalJSON(bytes.NewReader(card))
		if err != nil {
			t.Fatal(err)
		}
		delete(got.(node), "msteams")
		if err := schema.Validate(got); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestMicrosoftParser runs check/check.mjs: Microsoft's own parser over every golden card, and its renderer at two widths in two themes.
func TestMicrosoftParser(t *testing.T) {
	missing := ""
	if _, err := exec.LookPath("node"); err != nil {
		missing = "Node is not installed"
	} else if _, err := os.Stat(filepath.Join("check", "node_modules", "adaptivecards")); err != nil {
		missing = "Microsoft's parser is not installed: npm ci --prefix cards/check"
	}
	if missing != "" {
		if os.Getenv("CI") == "true" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	out, err := exec.CommandContext(t.Context(), "node", filepath.Join("check", "check.mjs")).CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 2 && os.Getenv("CI") != "true" {
		t.Skipf("the check cannot run here: %s", out)
	}
	if err != nil {
		t.Fatalf("check the golden cards: %v\n%s", err, out)
	}
	t.Logf("%s", out)
}
