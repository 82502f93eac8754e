package evidence_test

import (
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"muster/store/evidence"
	"muster/store/evidence/auditor"
)

// TestChangeOfKeyForgeries are statements that a key follows another, each wrong in one way and signed as well as the forger can. Whoever knows
// the first key takes none of them, and neither does somebody who knows only the forger's: a link is signed from both sides.
func TestChangeOfKeyForgeries(t *testing.T) {
	first, second, forger := newKey(t), createKey(t, 5), anotherKey(t)
	foreign, err := evidence.CreateKey(filepath.Join(t.TempDir(), "k"), "22222222-2222-2222-2222-222222222222", rand.NewChaCha8([32]byte{8}))
	if err != nil {
		t.Fatal(err)
	}
	p, log, _ := logged(t, second, nil)
	p.Earlier = nil
	root, err := evidence.RootAt(9, log.node)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)
	says := func(old, next evidence.Key, size string) string {
		return strings.Join([]string{"muster key 1", origin, old.Public(), next.Public(), size, root.String(), at.Format(time.RFC3339), ""}, "\n")
	}
	good := evidence.SignText(says(first, second, "9"), first, second)
	if statement, err := first.Succeed(second, evidence.Checkpoint{Origin: origin, Size: 9, Root: root}, at); err != nil || statement != good {
		t.Fatalf("the statement is %q, %v; want %q", statement, err, good)
	}
	all := "\n" + good
	for name, tt := range map[string]struct {
		statements string
		signer     evidence.Key // of the pack: the last key, which the forger holds
	}{
		"signed with the new key alone":    {"\n" + evidence.SignText(says(first, forger, "9"), forger), forger},
		"signed with the new key twice":    {"\n" + evidence.SignText(says(first, forger, "9"), forger, forger), forger},
		"signed with the old key alone":    {"\n" + evidence.SignText(says(first, second, "9"), first), second},
		"signed with a third key":          {"\n" + evidence.SignText(says(first, second, "9"), first, forger), second},
		"not signed":                       {"\n" + says(first, forger, "9") + "\n", forger},
		"a key that ended goes on anew":    {all + evidence.SignText(says(first, forger, "9"), first, forger), forger},
		"it says that it follows another":  {"\n" + evidence.SignText(says(second, forger, "9"), first, forger), forger},
		"a link that is missing":           {"\n" + evidence.SignText(says(second, forger, "9"), second, forger), forger},
		"the new key is the old one":       {"\n" + evidence.SignText(says(first, first, "9"), first), first},
		"back to a key that had ended":     {all + evidence.SignText(says(second, first, "9"), second, first), first},
		"the key of another log":           {"\n" + evidence.SignText(says(first, foreign, "9"), first, foreign), foreign},
		"about another log":                {"\n" + evidence.SignText(strings.Replace(says(first, forger, "9"), origin, "22222222-2222-2222-2222-222222222222", 1), first, forger), forger},
		"an end before the beginning":      {"\n" + evidence.SignText(says(first, forger, "-1"), first, forger), forger},
		"an end that is no number":         {"\n" + evidence.SignText(says(first, forger, "many"), first, forger), forger},
		"it ends before the key began":     {all + evidence.SignText(says(second, forger, "8"), second, forger), forger},
		"another text under the signature": {"\n" + strings.Replace(good, "\n9\n", "\n20\n", 1), second},
		"one line more":                    {"\n" + evidence.SignText(says(first, forger, "9")+"and more\n", first, forger), forger},
	} {
		t.Run(name, func(t *testing.T) {
			keys := first.Public() + tt.statements
			for _, known := range []string{first.Public(), tt.signer.Public(), ""} {
				if current, _, err := evidence.CurrentKey(keys, known); err == nil {
					t.Errorf("it is taken: the current key is %s", current)
				}
			}
			if tt.signer == foreign {
				return // it signs no pack of this log
			}
			honest := p
			honest.Keys = keys
			honest.Checkpoint = signedAt(t, tt.signer, log, 20)
			pack := written(t, honest, tt.signer)
			for _, known := range []string{first.Public(), ""} {
				if _, err := verify(pack, known); err == nil {
					t.Error("a pack of it is taken")
				}
			}
			if auditor.Check(pack, first.Public()) == nil {
				t.Error("the second verifier takes a pack of it")
			}
		})
	}
	p.Keys = first.Public() + all
	p.Checkpoint = signedAt(t, second, log, 20)
	pack := written(t, p, second)
	if _, err := verify(pack, first.Public()); err != nil {
		t.Errorf("the good one: %v", err)
	}
	if err := auditor.Check(pack, first.Public()); err != nil {
		t.Errorf("the good one, by the second verifier: %v", err)
	}
}
