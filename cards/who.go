package cards

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"muster/flows"
)

// Who is a person on a list to choose from: name, job and office. The sign-in name stands behind them when somebody else on the list looks
// the same, or when the name mixes alphabets, by which it can look like a name that is not on the list.
func Who(a flows.Account, all []flows.Account) string {
	title := plain(whois(a))
	like := func(b flows.Account) bool { return b.ID != a.ID && lookOf(plain(whois(b))) == lookOf(title) }
	if a.UPN != "" && (mixed(a.Name) || slices.ContainsFunc(all, like)) {
		title += " (" + plain(a.UPN) + ")"
	}
	return title
}

// twins are letters of other alphabets, and signs, that look like Latin letters.
var twins = strings.NewReplacer(
	"а", "a", "в", "b", "с", "c", "ԁ", "d", "е", "e", "ғ", "f", "һ", "h", "н", "h", "і", "i", "ј", "j", "к", "k", "м", "m", "о", "o", "р", "p", "ԛ", "q", "г", "r", "ѕ", "s", "т", "t", "у", "y", "ѵ", "v", "ԝ", "w", "х", "x",
	"α", "a", "β", "b", "ε", "e", "η", "n", "ι", "i", "κ", "k", "ν", "v", "ο", "o", "ρ", "p", "τ", "t", "υ", "u", "χ", "x", "γ", "y",
	"ı", "i", "ɑ", "a", "ɡ", "g", "l", "i", "1", "i", "|", "i", "0", "o", "rn", "m", "vv", "w",
)

// lookOf is the same for texts that a reader may take for one another.
func lookOf(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Cf, r) || unicode.IsSpace(r) || unicode.IsPunct(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(s))
	return twins.Replace(s)
}

// mixed reports whether a name has letters of Latin and of an alphabet that looks like it.
func mixed(name string) bool {
	latin, other := false, false
	for _, r := range name {
		latin = latin || unicode.Is(unicode.Latin, r)
		other = other || unicode.In(r, unicode.Cyrillic, unicode.Greek, unicode.Armenian, unicode.Cherokee)
	}
	return latin && other
}
