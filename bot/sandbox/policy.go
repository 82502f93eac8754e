package sandbox

import _ "embed"

// DefaultPolicy is the policy of the sandbox's organisation, and the example that users copy.
//
//go:embed policy.yaml
var DefaultPolicy []byte
