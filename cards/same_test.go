package cards_test

import (
	"testing"

	"muster/cards"
)

func TestSum(t *testing.T) {
	const was = `{"version":"1.5","body":[{"text":"\"version\":4"}],"actions":[{"data":{"case":"L-2026-0001","version":4,"plan":"a"}}]}`
	for name, tt := range map[string]struct {
		now  string
		same bool
	}{
		"nothing":     {was, true},
		"the version": {`{"version":"1.5","body":[{"text":"\"version\":4"}],"actions":[{"data":{"case":"L-2026-0001","version":15,"plan":"a"}}]}`, true},
		"the plan":    {`{"version":"1.5","body":[{"text":"\"version\":4"}],"actions":[{"data":{"case":"L-2026-0001","version":4,"plan":"b"}}]}`, false},
		"a text":      {`{"version":"1.5","body":[{"text":"\"version\":5"}],"actions":[{"data":{"case":"L-2026-0001","version":4,"plan":"a"}}]}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := cards.Sum([]byte(was)) == cards.Sum([]byte(tt.now)); got != tt.same {
				t.Errorf("the same is %v, want %v", got, tt.same)
			}
		})
	}
}
