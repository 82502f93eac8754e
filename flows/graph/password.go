package graph

import (
	"crypto/rand"
	"strings"
)

// randomPassword is 57 characters from crypto/rand, 260 bits. The last five make sure that every class of the complexity rule is
// there; the secret is in the rest.
func randomPassword() (string, error) {
	return rand.Text() + strings.ToLower(rand.Text()) + "-aA1", nil
}
