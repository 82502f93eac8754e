package cards

import (
	"testing"

	"muster/flows/texts"
)

// spoken is the language that the gallery is drawn in.
var spoken texts.Language

// TestCardsSpeakGerman draws the gallery in German too: every card but those that only repeat what they are given says something else then.
func TestCardsSpeakGerman(t *testing.T) {
	german, ok := texts.In("de")
	if !ok {
		t.Fatal("no German")
	}
	english := gallery(t)
	spoken = german
	defer func() { spoken = texts.Language{} }()
	for name, card := range gallery(t) {
		if string(card) == string(english[name]) && name != "notice" && name != "items-empty" {
			t.Errorf("%s: the same in both languages", name)
		}
	}
}
