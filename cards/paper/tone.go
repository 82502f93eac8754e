package paper

// Tone is what a colour means. Each medium has its own colour for it, light and dark.
type Tone int

// The tones. None draws nothing. The soft ones are grounds for text of their own tone.
const (
	None Tone = iota
	Ink
	Muted
	Rule
	Soft
	Ground
	Accent
	AccentSoft
	Good
	GoodSoft
	Warn
	WarnSoft
	Bad
	BadSoft
)

// look is a tone's name in style sheets and its colours. Text tones reach 4.5 to 1 on their soft ground and on the page, light and dark.
type look struct{ name, light, dark string }

var looks = [...]look{
	None:       {"none", "", ""},
	Ink:        {"ink", "#1f2328", "#e6e8eb"},
	Muted:      {"muted", "#58616b", "#a3acb7"},
	Rule:       {"rule", "#c9cfd6", "#454c55"},
	Soft:       {"soft", "#f3f5f7", "#23282e"},
	Ground:     {"ground", "#ffffff", "#171a1e"},
	Accent:     {"accent", "#2c569f", "#92b5f2"},
	AccentSoft: {"accent-soft", "#e9f0fa", "#1d2a42"},
	Good:       {"good", "#21693a", "#82cf97"},
	GoodSoft:   {"good-soft", "#e5f3e9", "#1b3022"},
	Warn:       {"warn", "#7a5200", "#e6ba66"},
	WarnSoft:   {"warn-soft", "#fcf2dc", "#362b14"},
	Bad:        {"bad", "#a8231b", "#f3a29a"},
	BadSoft:    {"bad-soft", "#fbeae8", "#43211e"},
}

// of is the look of a tone; an unknown one looks like ink, so that nothing vanishes.
func (t Tone) look() look {
	if t < 0 || int(t) >= len(looks) {
		return looks[Ink]
	}
	return looks[t]
}

// soft is the ground that text of a tone stands on.
func (t Tone) soft() Tone {
	switch t {
	case Accent, Good, Warn, Bad:
		return t + 1
	}
	return Soft
}

// rgb are the parts of a light colour: paper is white.
func (t Tone) rgb() (r, g, b int) {
	c := t.look().light
	if len(c) != 7 {
		return 0, 0, 0
	}
	return hex(c[1:3]), hex(c[3:5]), hex(c[5:7])
}

func hex(s string) int {
	n := 0
	for _, c := range []byte(s) {
		switch {
		case c >= 'a':
			n = n*16 + int(c-'a') + 10
		default:
			n = n*16 + int(c-'0')
		}
	}
	return n
}
