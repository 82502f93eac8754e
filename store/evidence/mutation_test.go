package evidence_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"muster/store/evidence"
	"muster/store/evidence/auditor"
)

// mutants is how many mutations are made; MUSTER_MUTATIONS asks for another number.
func mutants(t testing.TB, usual int) int {
	t.Helper()
	s := os.Getenv("MUSTER_MUTATIONS")
	if s == "" {
		return usual
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// bench is what packs are forged from: an honest pack of a log, what an auditor knows of that log, and a forger with one key or the other.
type bench struct {
	t      *testing.T
	r      *rand.Rand
	k      evidence.Key // of the log
	other  evidence.Key
	honest evidence.Pack
	log    kept
	pack   []byte
	files  map[string]string
	known  []byte // a checkpoint of 12 entries, which an auditor was sent
	latest []byte // and one of all 20
}

// a forgery is a pack that somebody is to be deceived with, who holds the public key and some checkpoints.
type forgery struct {
	what  string
	pack  []byte
	known [][]byte
}

// TestPackForgeries forges packs in seeded ways: flip, drop, insert, reorder, truncate, roll back, sign again with the log's key or another. Both
// implementations of the rule refuse every one.
func TestPackForgeries(t *testing.T) {
	b := bench{t: t, k: newKey(t), other: anotherKey(t)}
	b.honest, b.log, _ = logged(t, b.k, nil)
	b.honest.Log = nil
	b.forge(b.k.Public())
}

// TestPackForgeriesOfWhole forges packs that have the header of every entry of the log.
func TestPackForgeriesOfWhole(t *testing.T) {
	b := bench{t: t, k: newKey(t), other: anotherKey(t)}
	b.honest, b.log, _ = logged(t, b.k, nil)
	b.forge(b.k.Public())
}

// TestPackForgeriesAfterChange forges packs of a log that has changed its key, for somebody who knows the first one.
func TestPackForgeriesAfterChange(t *testing.T) {
	first, second := newKey(t), createKey(t, 5)
	b := bench{t: t, k: second, other: anotherKey(t)}
	b.honest, b.log, _ = logged(t, second, nil)
	end := signedAt(t, first, b.log, 9)
	b.honest.Earlier[0] = evidence.EarlierCheckpoint{Signed: signedAt(t, first, b.log, 7), Growth: growth(t, b.log, 20, 7)}
	last, err := evidence.OpenCheckpoint(end, first.Public())
	if err != nil {
		t.Fatal(err)
	}
	statement, err := first.Succeed(second, last, header(0).Time)
	if err != nil {
		t.Fatal(err)
	}
	b.honest.Keys = first.Public() + "\n" + statement
	for name, p := range map[string]evidence.Pack{
		"signed with the first key": b.honest,
		"a checkpoint beyond its end": func() evidence.Pack {
			p := b.honest
			p.Checkpoint = signedAt(t, first, b.log, 20)
			return p
		}(),
	} {
		k := first
		if p.Checkpoint = slices.Clone(p.Checkpoint); name != "signed with the first key" {
			k = second
		}
		pack := written(t, p, k)
		_, err := verify(pack, first.Public())
		if second := auditor.Check(pack, first.Public()); err == nil || second == nil {
			t.Errorf("%s: accepted (%v, %v)", name, err, second)
		}
	}
	b.forge(first.Public())
}

// forge makes mutants of the honest pack.
func (b *bench) forge(key string) {
	t := b.t
	b.pack = written(t, b.honest, b.k)
	b.files = unzip(t, b.pack)
	b.known, b.latest = signedAt(t, b.k, b.log, 12), signedAt(t, b.k, b.log, 20)
	for _, known := range [][][]byte{nil, {b.known}, {b.latest}, {b.known, b.latest}} {
		_, err := verify(b.pack, key, known...)
		if second := auditor.Check(b.pack, key, known...); err != nil || second != nil {
			t.Fatalf("the honest pack with %d checkpoints: %v, %v", len(known), err, second)
		}
	}
	ways := []func() forgery{b.flip, b.drop, b.insert, b.reorder, b.truncate, b.rollBack, b.signAgain, b.insider, b.fork}
	count := map[string]int{}
	for n := range mutants(t, 2000) {
		b.r = rand.New(rand.NewPCG(7, uint64(n)))
		f := ways[n%len(ways)]()
		if bytes.Equal(f.pack, b.pack) {
			continue // two equal lines were swapped, or the like
		}
		count[strings.Fields(f.what)[0]]++
		if _, err := verify(f.pack, key, f.known...); err == nil {
			t.Errorf("mutation %d, %s: accepted", n, f.what)
		}
		if err := auditor.Check(f.pack, key, f.known...); err == nil {
			t.Errorf("mutation %d, %s: accepted by the second implementation", n, f.what)
		}
	}
	t.Log(count)
}

// order is how the files of the honest pack stand in its zip.
func (b *bench) order() []string {
	return slices.DeleteFunc(slices.Clone(order), func(name string) bool { _, ok := b.files[name]; return !ok })
}

func (b *bench) file() string { list := b.order(); return list[b.r.IntN(len(list))] }

func (b *bench) flip() forgery {
	pack := bytes.Clone(b.pack)
	at, bit := b.r.IntN(len(pack)), b.r.IntN(8)
	pack[at] ^= 1 << bit
	return forgery{what: fmt.Sprintf("flip bit %d of byte %d", bit, at), pack: pack}
}

// changed packs files after a change.
func (b *bench) changed(what string, change func(f map[string]string)) forgery {
	f := maps.Clone(b.files)
	change(f)
	return forgery{what: what, pack: zipped(f)}
}

// lines changes the lines of a file.
func (b *bench) lines(what, name string, change func(l []string) []string) forgery {
	return b.changed(what+" of "+name, func(f map[string]string) {
		f[name] = strings.Join(change(strings.SplitAfter(f[name], "\n")), "")
	})
}

func (b *bench) drop() forgery {
	name := b.file()
	switch b.r.IntN(3) {
	case 0:
		return b.changed("drop file "+name, func(f map[string]string) { delete(f, name) })
	case 1:
		return b.lines("drop a line", name, func(l []string) []string { i := b.r.IntN(len(l)); return slices.Delete(l, i, i+1) })
	}
	return b.changed("drop bytes of "+name, func(f map[string]string) {
		at := b.r.IntN(len(f[name]))
		f[name] = f[name][:at] + f[name][min(len(f[name]), at+1+b.r.IntN(20)):]
	})
}

func (b *bench) insert() forgery {
	name := b.file()
	switch b.r.IntN(4) {
	case 0:
		return b.changed("insert a file", func(f map[string]string) { f[fmt.Sprintf("note-%d.txt", b.r.IntN(9))] = "all is well" })
	case 1:
		return b.lines("insert a line", name, func(l []string) []string { i := b.r.IntN(len(l)); return slices.Insert(l, i, l[b.r.IntN(len(l))]) })
	case 2:
		at := b.r.IntN(len(b.pack) + 1)
		return forgery{what: fmt.Sprintf("insert a byte at %d", at), pack: slices.Insert(bytes.Clone(b.pack), at, byte(b.r.IntN(256)))}
	}
	return b.changed("insert bytes in "+name, func(f map[string]string) {
		at := b.r.IntN(len(f[name]) + 1)
		f[name] = f[name][:at] + string(rune('a'+b.r.IntN(26))) + f[name][at:]
	})
}

func (b *bench) reorder() forgery {
	if b.r.IntN(3) == 0 {
		list := b.order()
		b.r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		return forgery{what: "reorder files", pack: evidence.ZipBytes(list, b.files, header(0).Time)}
	}
	if b.r.IntN(3) == 0 {
		one, two := b.file(), b.file()
		return b.changed("reorder "+one+" and "+two, func(f map[string]string) { f[one], f[two] = f[two], f[one] })
	}
	return b.lines("reorder lines", []string{"entries.jsonl", "proofs.jsonl", "earlier.jsonl"}[b.r.IntN(3)], func(l []string) []string {
		i, j := b.r.IntN(len(l)-1), b.r.IntN(len(l)-1)
		l[i], l[j] = l[j], l[i]
		return l
	})
}

func (b *bench) truncate() forgery {
	if b.r.IntN(2) == 0 {
		n := b.r.IntN(len(b.pack))
		return forgery{what: fmt.Sprintf("truncate to %d bytes", n), pack: b.pack[:n]}
	}
	name := b.file()
	return b.changed("truncate "+name, func(f map[string]string) { f[name] = f[name][:b.r.IntN(len(f[name]))] })
}

// rollBack hands over an honest pack of the log as it was before, to somebody who was sent a later checkpoint.
func (b *bench) rollBack() forgery {
	size := int64(8 + 2*b.r.IntN(6))
	p := b.honest
	p.Entries, p.Earlier = nil, nil
	if p.Log != nil {
		p.Log = []byte(strings.Join(strings.SplitAfter(string(p.Log), "\n")[:8*size], ""))
	}
	for i, e := range b.honest.Entries[:size/2] {
		proof, err := evidence.ProveEntry(size, int64(2*i), b.log.node)
		if err != nil {
			b.t.Fatal(err)
		}
		e.Proof = proof
		p.Entries = append(p.Entries, e)
	}
	p.Checkpoint = signedAt(b.t, b.k, b.log, size)
	return forgery{what: fmt.Sprintf("rolled back to %d entries", size), pack: written(b.t, p, b.k), known: [][]byte{b.latest}}
}

// signAgain signs everything with another key, which may stand in the pack or not.
func (b *bench) signAgain() forgery {
	k := b.other
	p := b.honest
	p.Entries, p.Earlier, p.Checkpoint = slices.Clone(p.Entries), nil, signedAt(b.t, k, b.log, 20)
	if b.r.IntN(2) == 0 {
		i := b.r.IntN(len(p.Entries))
		p.Entries[i].Salt, p.Entries[i].Body = nil, nil // one that is inconvenient
	}
	p.Keys = ""
	f := unzip(b.t, written(b.t, p, k))
	what := "signed by another key"
	if b.r.IntN(2) == 0 {
		what, f["key.pub"] = what+" under the log's name", b.files["key.pub"]
		again(k, f, 8, 2)
	}
	return forgery{what: what, pack: zipped(f)}
}

// insider changes what is proven and signs the list anew with the log's own key; the checkpoint was sent away before.
func (b *bench) insider() forgery {
	ofCase, ofDraft := 8, 2
	f := maps.Clone(b.files)
	lines := strings.SplitAfter(f["entries.jsonl"], "\n")
	n := b.r.IntN(len(lines) - 1)
	proofs := strings.SplitAfter(f["proofs.jsonl"], "\n")
	what := ""
	switch b.r.IntN(6) {
	case 0:
		what = "drops the entry and its proof"
		if n == 1 || n == len(lines)-2 {
			n-- // not the last one of its stream: see TestPackNewestLeftOut
		}
		lines, proofs = slices.Delete(lines, n, n+1), slices.Delete(proofs, n, n+1)
		if n < 2 {
			ofDraft--
		} else {
			ofCase--
		}
	case 1:
		what = "drops the entry and leaves the count"
		lines, proofs = slices.Delete(lines, n, n+1), slices.Delete(proofs, n, n+1)
	case 2:
		what = "swaps entries with their proofs"
		m := (n + 1 + b.r.IntN(len(lines)-2)) % (len(lines) - 1)
		lines[n], lines[m], proofs[n], proofs[m] = lines[m], lines[n], proofs[m], proofs[n]
	case 3:
		what = "changes a letter of the entry"
		at := b.r.IntN(len(lines[n]) - 1)
		lines[n] = lines[n][:at] + string(lines[n][at]^1) + lines[n][at+1:]
	case 4:
		what = "writes the entry twice"
		lines, proofs = slices.Insert(lines, n, lines[n]), slices.Insert(proofs, n, proofs[n])
		ofCase++
	case 5:
		what = "changes a hash of the proof"
		at := strings.IndexByte(proofs[n], '[') + 2
		raw, err := base64.StdEncoding.DecodeString(proofs[n][at : at+44])
		if err != nil {
			b.t.Fatal(err)
		}
		raw[b.r.IntN(32)] ^= 1 << b.r.IntN(8)
		proofs[n] = proofs[n][:at] + base64.StdEncoding.EncodeToString(raw) + proofs[n][at+44:]
	}
	f["entries.jsonl"], f["proofs.jsonl"] = strings.Join(lines, ""), strings.Join(proofs, "")
	again(b.k, f, ofCase, ofDraft)
	return forgery{what: fmt.Sprintf("insider %s, line %d", what, n+1), pack: zipped(f)}
}

// fork writes the whole log anew with one body changed, and signs everything with the log's own key. Whoever holds a checkpoint that covers
// the change sees it.
func (b *bench) fork() forgery {
	at := int64(b.r.IntN(12))
	word := fmt.Sprintf("no %d", b.r.IntN(1000))
	p, _, _ := logged(b.t, b.k, func(i int64, body []byte) []byte {
		if i == at {
			return bytes.Replace(body, []byte("number"), []byte(word), 1)
		}
		return body
	})
	p.Keys = b.honest.Keys
	known := [][]byte{b.known}
	if b.r.IntN(2) == 0 { // keeps the checkpoints that were sent away beside its own log
		p.Earlier = b.honest.Earlier
		known = nil
	}
	return forgery{what: fmt.Sprintf("fork at entry %d", at), pack: written(b.t, p, b.k), known: known}
}

// withoutNewest is a pack from which the newest entries are left out, by somebody who has the log's key.
func withoutNewest(k evidence.Key, f map[string]string, n int) []byte {
	for _, name := range []string{"entries.jsonl", "proofs.jsonl"} {
		lines := strings.SplitAfter(f[name], "\n")
		f[name] = strings.Join(lines[:len(lines)-1-n], "")
	}
	again(k, f, 8-n, 2)
	return zipped(f)
}

// TestPackNewestLeftOut holds what a pack without the log's headers cannot show: whoever has the log's key can leave out the newest entries of
// a case. The report says so.
func TestPackNewestLeftOut(t *testing.T) {
	k := newKey(t)
	r, err := verify(withoutNewest(k, unzip(t, packed(t, k)), 1), k.Public())
	if err != nil || r.Entries != 9 || r.Whole {
		t.Fatalf("%d entries, %v: this can be told now, so the report should not deny it", r.Entries, err)
	}
	if said := strings.Join(r.NotProven(), "\n"); !strings.Contains(said, "That these are all entries of the case") || strings.Contains(r.Proven()[0], "Complete") {
		t.Errorf("what is not proven:\n%s", said)
	}
}

// TestPackWhole is a pack with the header of every entry of the log: it proves that it has all of the case, and whoever holds the key cannot
// leave anything out, with whatever they do to the headers.
func TestPackWhole(t *testing.T) {
	k := newKey(t)
	p, _, _ := logged(t, k, nil)
	good := written(t, p, k)
	r, err := verify(good, k.Public())
	if second := auditor.Check(good, k.Public()); err != nil || second != nil || !r.Whole {
		t.Fatalf("the honest pack: whole %t, %v, %v", r.Whole, err, second)
	}
	if said := r.Say(); !strings.Contains(said, "Complete up to the checkpoint, which covers 20 entries of the log") || strings.Contains(said, "all entries of the case") || strings.Contains(said, "read: report.html, log") {
		t.Errorf("it is said:\n%s", said)
	}
	lines := strings.SplitAfter(string(p.Log), "\n")
	for name, change := range map[string]func(l []string) []string{
		"as they are":             func(l []string) []string { return l },
		"without those left out":  func(l []string) []string { return slices.Delete(l, 8*18, 8*19) },
		"cut off before them":     func(l []string) []string { return l[:8*18] },
		"under another stream":    func(l []string) []string { l[8*18+2] = "J-2026-0043\n"; return l },
		"under no stream":         func(l []string) []string { l[8*18+2], l[8*18+3] = "-\n", "0\n"; return l },
		"with another in between": func(l []string) []string { return slices.Insert(l, 8*18, l[8*17:8*18]...) },
		"none":                    func([]string) []string { return []string{""} },
	} {
		for n := range 3 {
			f := unzip(t, good)
			f["log"] = strings.Join(change(slices.Clone(lines)), "")
			if n == 0 && name == "as they are" {
				continue
			}
			bad := withoutNewest(k, f, n)
			_, err := verify(bad, k.Public())
			if second := auditor.Check(bad, k.Public()); err == nil || second == nil {
				t.Errorf("%d left out, headers %s: %v, %v", n, name, err, second)
			}
		}
	}
}
