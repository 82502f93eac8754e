package flows

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestCandidates(t *testing.T) {
	sandbox := []string{"{given}.{surname}", "{g}.{surname}", "{given}.{surname}{n}"}
	tests := map[string]struct {
		patterns       []string
		given, surname string
		max            int
		want           string // without the domain
	}{
		"in order":                   {sandbox, "Priya", "Patel", 5, "priya.patel p.patel priya.patel2 priya.patel3 priya.patel4"},
		"at most":                    {sandbox, "Priya", "Patel", 2, "priya.patel p.patel"},
		"none":                       {sandbox, "Priya", "Patel", 0, ""},
		"accents":                    {sandbox[:1], "Élodie", "Müller", 5, "elodie.muller"},
		"letters of their own":       {sandbox[:1], "Søren", "Weißœæłđðþħıŋ", 5, "soren.weissoeaelddthhing"},
		"Turkish capital I":          {sandbox[:1], "İpek", "Iğdır", 5, "ipek.igdir"},
		"apostrophe":                 {sandbox[:1], "Sinéad", "O’Brien", 5, "sinead.obrien"},
		"hyphen":                     {sandbox[:1], "Jean-Luc", "Smith‑Jones", 5, "jean-luc.smith-jones"},
		"particles":                  {sandbox[:1], "Sam", "van der Berg", 5, "sam.vanderberg"},
		"dots and hyphens at end":    {sandbox[:1], "J.", "-Smith-", 5, "j.smith"},
		"initials":                   {[]string{"{g}{s}{n}"}, "Priya", "Patel", 2, "pp2 pp3"},
		"no given name":              {sandbox, "李", "Wei", 5, ""},
		"only the surname wanted":    {[]string{"{surname}", "{surname}{n}"}, "李", "Wei", 3, "wei wei2 wei3"},
		"another script":             {sandbox, "Иван", "Петров", 5, ""},
		"full width":                 {sandbox[:1], "Ｐriya", "Patel", 5, "priya.patel"},
		"the same from two patterns": {[]string{"{g}.{surname}", "{given}.{surname}", "{given}{n}.{surname}"}, "P", "Patel", 3, "p.patel p2.patel p3.patel"},
		"too long, surname": {
			[]string{"{given}.{surname}{n}"}, "Anna", strings.Repeat("x", 80), 1, "anna." + strings.Repeat("x", 58) + "2",
		},
		"too long, both": {
			[]string{"{given}.{surname}"}, strings.Repeat("a", 80), strings.Repeat("b", 80), 1, strings.Repeat("a", 32) + "." + strings.Repeat("b", 31),
		},
		"pattern longer than a name may be": {[]string{"{g}" + strings.Repeat("x", 70)}, "Anna", "Bell", 1, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, upn := range (Naming{UPN: tt.patterns}).Candidates(tt.given, tt.surname, "larkfield.example", tt.max) {
				local, ok := strings.CutSuffix(upn, "@larkfield.example")
				if !ok {
					t.Errorf("%s has another domain", upn)
				}
				got = append(got, local)
			}
			if diff := cmp.Diff(strings.Fields(tt.want), got); diff != "" && len(got)+len(tt.want) > 0 {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// What any two names give is valid in Entra, and no name twice.
func TestCandidatesAreValid(t *testing.T) {
	valid := regexp.MustCompile(`^[a-z0-9][a-z0-9_-]*(\.[a-z0-9_-]+)*@larkfield\.example$`)
	letters := rapid.StringOf(rapid.RuneFrom([]rune("abcxyzABCXYZéøßÆłüñ'’ -‑.şİ李Ж0")))
	rapid.Check(t, func(t *rapid.T) {
		given, surname := letters.Draw(t, "given"), letters.Draw(t, "surname")
		n := Naming{UPN: rapid.SampledFrom([][]string{
			{"{given}.{surname}", "{g}.{surname}", "{given}.{surname}{n}"}, {"{g}{surname}{n}"}, {"{surname}_{g}", "{s}{given}", "{surname}{g}{n}"},
		}).Draw(t, "patterns")}
		most := rapid.IntRange(0, 30).Draw(t, "max")
		got := n.Candidates(given, surname, "larkfield.example", most)
		if latin := asciiName(given) != "" && asciiName(surname) != ""; latin && len(got) != most {
			t.Fatalf("%d names, want %d", len(got), most)
		}
		seen := map[string]bool{}
		for _, upn := range got {
			local, _, _ := strings.Cut(upn, "@")
			if seen[upn] || !valid.MatchString(upn) || len(local) > 64 {
				t.Fatalf("%q %q gave %q (twice: %v)", given, surname, upn, seen[upn])
			}
			seen[upn] = true
		}
	})
}
