package cards

import (
	"encoding/json"
	"regexp"
	"testing"

	"muster/flows/texts"
)

// spoken is the language that the gallery is drawn in.
var spoken texts.Language

// englishWords are some that no German text has.
var englishWords = regexp.MustCompile(`(?i)\b(the|is|are|was|were|of|by|and|not|you|your|this|that|with|from|until|nobody|has|been|who)\b`)

// TestCardsSpeakGerman draws the gallery in German and finds what is still said in English. What people typed, what the sandbox's policy calls
// things, and what a case's steps are called stay as they are.
func TestCardsSpeakGerman(t *testing.T) {
	german, ok := texts.In("de")
	if !ok {
		t.Fatal("no German")
	}
	english := gallery(t)
	spoken = german
	defer func() { spoken = texts.Language{} }()
	for name, card := range gallery(t) {
		if string(card) == string(english[name]) {
			t.Errorf("%s: the same in both languages", name)
		}
		known := map[string]bool{}
		Walk(json.RawMessage(card), func(part map[string]any) {
			for _, key := range []string{"text", "title", "label", "errorMessage", "placeholder", "fallbackText"} {
				s, _ := part[key].(string)
				if s != "" && !known[s] && len(englishWords.FindAllString(s, -1)) > 1 {
					known[s] = true
					t.Errorf("%s: %s", name, s)
				}
			}
		})
	}
}
