package flows

import (
	"flag"
	"log"
	"os"
	"testing"
)

// TestMain gives the property tests one seed where CI=true, so that a change is not held up by a history that has nothing to do with it.
// Elsewhere each run has its own seed, and "go test ./flows -rapid.checks 10000" looks further.
func TestMain(m *testing.M) {
	flag.Parse()
	if os.Getenv("CI") == "true" {
		for name, value := range map[string]string{"rapid.seed": "1", "rapid.nofailfile": "true"} {
			if err := flag.Set(name, value); err != nil {
				log.Fatal(err)
			}
		}
	}
	os.Exit(m.Run())
}
