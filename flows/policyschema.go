package flows

import (
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/invopop/jsonschema"
)

// PolicySchema is the JSON Schema (draft 2020-12) of the policy file, for editors, generated from the types of policy.go. What a schema
// cannot say, such as two jobs with one word, only ParsePolicy finds.
func PolicySchema() []byte {
	r := jsonschema.Reflector{ExpandedStruct: true, Anonymous: true, FieldNameTag: "yaml", Mapper: schemaOfDate}
	s := r.Reflect(&Policy{})
	s.Title = "Muster policy"
	exactlyOne(s.Definitions["Item"], "group", "team", "licence", "manual")
	atLeastOne(s.Definitions["Holders"], "people", "groups")
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil { // a schema always marshals; a failure is a bug of this file
		panic(fmt.Sprintf("marshal policy schema: %v", err))
	}
	return append(b, '\n')
}

// schemaOfDate describes dates, which are texts with a form.
func schemaOfDate(t reflect.Type) *jsonschema.Schema {
	if t != reflect.TypeFor[Date]() {
		return nil
	}
	return &jsonschema.Schema{Type: "string", Format: "date", Pattern: `^\d{4}-\d{2}-\d{2}$`}
}

func exactlyOne(s *jsonschema.Schema, keys ...string) {
	for _, k := range keys {
		s.OneOf = append(s.OneOf, &jsonschema.Schema{Required: []string{k}})
	}
}

func atLeastOne(s *jsonschema.Schema, keys ...string) {
	for _, k := range keys {
		s.AnyOf = append(s.AnyOf, &jsonschema.Schema{Required: []string{k}})
	}
}
