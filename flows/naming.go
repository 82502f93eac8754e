package flows

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// signInLetters are the characters a pattern may have besides its parts and the dot. Entra takes a few more that people cannot spell on the phone.
const signInLetters = "abcdefghijklmnopqrstuvwxyz0123456789-_"

// maxLocal is how long the part before the @ may be in Entra.
const maxLocal = 64

// firstNumber is where {n} begins: the second person of a name is 2.
const firstNumber = 2

// nameParts are what a naming pattern may contain.
func nameParts() []string { return []string{"{given}", "{surname}", "{g}", "{s}", "{n}"} }

// Candidates are the sign-in names to try for a person, best first, at most max of them, each with the domain. Letters become plain
// ones (é is e, ø is o, ß is ss), apostrophes and spaces go, hyphens stay. A name in another script yields nothing: how it is written
// in Latin letters is for its owner to say.
func (n Naming) Candidates(given, surname, domain string, max int) []string {
	g, s := asciiName(given), asciiName(surname)
	var out []string
	try := func(pattern, number string) {
		local, ok := fillName(pattern, g, s, number)
		if upn := local + "@" + domain; ok && len(out) < max && !slices.Contains(out, upn) {
			out = append(out, upn)
		}
	}
	for _, pattern := range n.UPN {
		if !strings.Contains(pattern, "{n}") {
			try(pattern, "")
			continue
		}
		for i := firstNumber; len(out) < max && i < firstNumber+max+len(n.UPN); i++ {
			try(pattern, strconv.Itoa(i))
		}
	}
	return out
}

// fillName fills a pattern in. It fails when a part the pattern wants is empty. A name that is too long loses letters of its parts, never its number.
func fillName(pattern, given, surname, number string) (string, bool) {
	for len(given)+len(surname) > 0 {
		if (strings.Contains(pattern, "{given}") || strings.Contains(pattern, "{g}")) && given == "" ||
			(strings.Contains(pattern, "{surname}") || strings.Contains(pattern, "{s}")) && surname == "" {
			return "", false
		}
		local := strings.NewReplacer("{given}", given, "{surname}", surname, "{g}", first(given), "{s}", first(surname), "{n}", number).Replace(pattern)
		if len(local) <= maxLocal {
			return local, true
		}
		if strings.Contains(pattern, "{surname}") && (len(surname) >= len(given) || !strings.Contains(pattern, "{given}")) && len(surname) > 1 {
			surname = strings.TrimRight(surname[:len(surname)-1], "-")
		} else if len(given) > 1 {
			given = strings.TrimRight(given[:len(given)-1], "-")
		} else {
			return "", false
		}
	}
	return "", false
}

func first(s string) string { return s[:min(1, len(s))] }

// asciiName is a name in the letters of a sign-in name, without hyphens at its ends.
func asciiName(name string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(strings.ToLower(name)) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case unicode.Is(unicode.Pd, r):
			b.WriteByte('-')
		default:
			b.WriteString(letterFor(r))
		}
	}
	parts := strings.FieldsFunc(b.String(), func(r rune) bool { return r == '-' })
	return strings.Join(parts, "-")
}

// letterFor is how Latin letters that have no decomposition are usually written without their marks; nothing for all else.
func letterFor(r rune) string {
	switch r {
	case 'ß':
		return "ss"
	case 'æ':
		return "ae"
	case 'œ':
		return "oe"
	case 'ø':
		return "o"
	case 'đ', 'ð':
		return "d"
	case 'ł':
		return "l"
	case 'þ':
		return "th"
	case 'ħ':
		return "h"
	case 'ı':
		return "i"
	case 'ŋ':
		return "ng"
	case 'ŧ':
		return "t"
	case 'ĸ':
		return "k"
	}
	return ""
}
