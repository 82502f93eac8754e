package evidence_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/store/evidence"
)

// order is how the files of packed stand in their zip, with the headers of the log, which only some have.
var order = []string{
	"README.txt", "report.html", "policy/" + policyHash + ".yaml", "entries.jsonl", "proofs.jsonl", "log", "checkpoint", "earlier.jsonl", "key.pub", "contents",
}

const (
	policyText = "organisation: Larkfield Instruments\n"
	policyHash = "35f60ef9eb2afbb0cadcc2137ebb0c33b9214349ec10e301098c17368cdc0f4e"
	draft      = "D-0f1e2d3c4b5a"
)

// logged is a log of 20 entries: every second one belongs to the pack, the first two of those to the draft. twist changes the body of one.
func logged(t testing.TB, k evidence.Key, twist func(i int64, body []byte) []byte) (evidence.Pack, kept, evidence.Edge) {
	t.Helper()
	var edge evidence.Edge
	var log kept
	p := evidence.Pack{Streams: []string{"J-2026-0042", draft}, At: header(0).Time, Policies: [][]byte{[]byte(policyText)}}
	p.Files = []evidence.PackFile{{Name: "report.html", Data: []byte("<p>Priya Patel</p>")}}
	for i := range int64(20) {
		salt := [evidence.SaltSize]byte{byte(i)}
		body := fmt.Appendf(nil, `{"by":"x","body":{"text":"number %d \u003c\u2028>"}}`, i)
		if i == 6 {
			body = []byte(`{"by":"x","body":{"text":"number 6","plan":{"policy":"` + policyHash + `"}}}`)
		}
		if twist != nil {
			body = twist(i, body)
		}
		h := header(i)
		h.Position, h.Commitment = i/2-1, evidence.Commit(&salt, body)
		switch {
		case i%2 == 1:
			h.Stream, h.Position = "", 0
		case i < 4:
			h.Stream, h.Position = draft, i/2+1
		}
		b, err := h.Append(nil)
		if err != nil {
			t.Fatal(err)
		}
		log, p.Log = append(log, edge.Append(evidence.Leaf(b), nil)), append(p.Log, b...)
		e := evidence.PackEntry{Header: b, Salt: salt[:], Body: body}
		if i == 4 { // erased
			e.Salt, e.Body = nil, nil
		}
		if i%2 == 0 {
			p.Entries = append(p.Entries, e)
		}
	}
	for _, size := range []int64{7, 12} {
		p.Earlier = append(p.Earlier, evidence.EarlierCheckpoint{Signed: signedAt(t, k, log, size), Growth: growth(t, log, 20, size)})
	}
	for i := range p.Entries {
		proof, err := evidence.ProveEntry(20, int64(2*i), log.node)
		if err != nil {
			t.Fatal(err)
		}
		p.Entries[i].Proof = proof
	}
	p.Checkpoint = signedAt(t, k, log, 20)
	return p, log, edge
}

func signedAt(t testing.TB, k evidence.Key, log kept, size int64) []byte {
	t.Helper()
	root, err := evidence.RootAt(size, log.node)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := k.SignCheckpoint(evidence.Checkpoint{Origin: origin, Size: size, Root: root})
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func growth(t testing.TB, log kept, size, old int64) []evidence.Hash {
	t.Helper()
	p, err := evidence.ProveGrowth(size, old, log.node)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// packed is the pack of logged.
func packed(t testing.TB, k evidence.Key) []byte {
	t.Helper()
	p, _, _ := logged(t, k, nil)
	p.Log = nil
	return written(t, p, k)
}

func written(t testing.TB, p evidence.Pack, k evidence.Key) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := evidence.WritePack(&out, p, k); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func verify(pack []byte, key string, known ...[]byte) (evidence.PackReport, error) {
	return evidence.VerifyPack(bytes.NewReader(pack), int64(len(pack)), key, known...)
}

func unzip(t testing.TB, pack []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(pack), int64(len(pack)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(b)
	}
	return files
}

// zipped packs files as Muster does, in their order; those that have none come last.
func zipped(files map[string]string, twice ...string) []byte {
	var list []string
	for _, name := range order {
		if _, ok := files[name]; ok {
			list = append(list, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if !slices.Contains(order, name) {
			list = append(list, name)
		}
	}
	return evidence.ZipBytes(append(list, twice...), files, header(0).Time)
}

// again signs the contents anew, as somebody can who holds the key.
func again(k evidence.Key, files map[string]string, ofCase, ofDraft int) {
	files["contents"] = evidence.SignContents(k, header(0).Time.Truncate(time.Second), map[string]int{"J-2026-0042": ofCase, draft: ofDraft}, append([]string{"J-2026-0042", draft}, order...), files)
}

func TestPack(t *testing.T) {
	k := newKey(t)
	good := packed(t, k)
	for _, key := range []string{"", k.Public(), k.Public() + "\n"} {
		r, err := verify(good, key)
		if err != nil {
			t.Fatal(err)
		}
		want := evidence.PackReport{
			Format: 2, Stream: "J-2026-0042", Draft: draft, Entries: 10, OfDraft: 2, Erased: 1, First: header(0).Time, Last: header(0).Time, Younger: 4,
			Policies: []string{policyHash}, Files: []string{"report.html"}, Key: k.Public(), OwnKey: key == "", Checkpoint: r.Checkpoint, Earlier: r.Earlier,
		}
		if diff := cmp.Diff(want, r); diff != "" || r.Checkpoint.Size != 20 || len(r.Earlier) != 2 || r.Earlier[1].Size != 12 {
			t.Errorf("VerifyPack with the key %q: checkpoint %v, earlier %v (-want +got):\n%s", key, r.Checkpoint, r.Earlier, diff)
		}
	}
	other := anotherKey(t)
	if _, err := verify(good, other.Public()); err == nil {
		t.Error("a pack signed with another key is accepted")
	}
	if again := packed(t, k); !bytes.Equal(again, good) {
		t.Error("the same pack is written in other bytes")
	}
}

func anotherKey(t testing.TB) evidence.Key {
	t.Helper()
	return createKey(t, 7)
}

func createKey(t testing.TB, seed byte) evidence.Key {
	t.Helper()
	k, err := evidence.CreateKey(filepath.Join(t.TempDir(), "k"), origin, rand.NewChaCha8([32]byte{seed}))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestPackKnown holds a pack against checkpoints that somebody was given before.
func TestPackKnown(t *testing.T) {
	k := newKey(t)
	p, log, _ := logged(t, k, nil)
	good := written(t, p, k)
	_, forked, _ := logged(t, k, func(i int64, b []byte) []byte { return bytes.Replace(b, []byte("number 3"), []byte("number 4"), 1) })
	for name, tt := range map[string]struct {
		known   []byte
		younger int
		say     string
	}{
		"one that the pack proves":      {known: signedAt(t, k, log, 12), younger: 4},
		"an older one that it proves":   {known: signedAt(t, k, log, 7), younger: 4},
		"the pack's own":                {known: signedAt(t, k, log, 20)},
		"one that it does not prove":    {known: signedAt(t, k, log, 9), say: "no proof that reaches the checkpoint"},
		"a later one":                   {known: signedAt(t, k, append(log, log[0]), 21), say: "the pack is older, or the log was put back"},
		"of the log before it was made": {known: signedAt(t, k, forked, 12), say: "the log was rewritten"},
		"of another log as long":        {known: signedAt(t, k, forked, 20), say: "the log was rewritten"},
		"of another key":                {known: signedAt(t, anotherKey(t), log, 12), say: "not one of this log"},
		"no checkpoint":                 {known: []byte("hello\n"), say: "not one of this log"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := verify(good, k.Public(), tt.known)
			if tt.say == "" {
				if err != nil || r.Known == 0 || r.Younger != tt.younger {
					t.Errorf("known %d, younger %d, %v", r.Known, r.Younger, err)
				}
			} else if err == nil || !strings.Contains(err.Error(), tt.say) {
				t.Errorf("VerifyPack = %v, want %q", err, tt.say)
			}
		})
	}
}

// TestOldPacks verifies a pack that each earlier format left behind. The files are written once and never again.
func TestOldPacks(t *testing.T) {
	for format, want := range map[string]evidence.PackReport{"format-1": {Format: 1, Stream: "J-2026-0001", Entries: 7}} {
		pack, err := os.ReadFile(filepath.Join("testdata", format+".zip"))
		if err != nil {
			t.Fatal(err)
		}
		key, err := os.ReadFile(filepath.Join("testdata", format+".key"))
		if err != nil {
			t.Fatal(err)
		}
		r, err := verify(pack, string(key))
		if err != nil {
			t.Fatal(err)
		}
		if r.Format != want.Format || r.Stream != want.Stream || r.Entries != want.Entries || r.OwnKey {
			t.Errorf("%s: %+v", format, r)
		}
		for at := 0; at < len(pack); at += 5 {
			bad := bytes.Clone(pack)
			bad[at] ^= 1 << (at % 8)
			if r, err := verify(bad, string(key)); err == nil && r.Entries != want.Entries {
				t.Errorf("%s, byte %d: %+v", format, at, r)
			}
		}
	}
}

// TestPackMutations changes a pack in every way that keeps it a zip.
func TestPackMutations(t *testing.T) {
	k := newKey(t)
	good := unzip(t, packed(t, k))
	if _, err := verify(zipped(good), k.Public()); err != nil {
		t.Fatalf("zipped again unchanged: %v", err)
	}
	lines := func(name string, f func([]string) []string) func(map[string]string) {
		return func(files map[string]string) {
			files[name] = strings.Join(f(strings.SplitAfter(files[name], "\n")), "")
		}
	}
	drop := func(i int) func([]string) []string {
		return func(l []string) []string { return slices.Delete(l, i, i+1) }
	}
	cases := map[string]func(map[string]string){
		"first entry dropped": lines("entries.jsonl", drop(0)),
		"last entry dropped":  lines("entries.jsonl", drop(9)),
		"entries swapped":     lines("entries.jsonl", func(l []string) []string { l[3], l[4] = l[4], l[3]; return l }),
		"entry twice":         lines("entries.jsonl", func(l []string) []string { return slices.Insert(l, 3, l[3]) }),
		"last line cut":       func(f map[string]string) { f["entries.jsonl"] = strings.TrimSuffix(f["entries.jsonl"], "\n") },
		"proof dropped":       lines("proofs.jsonl", drop(2)),
		"last proof dropped":  lines("proofs.jsonl", drop(9)),
		"proof twice":         lines("proofs.jsonl", func(l []string) []string { return slices.Insert(l, 3, l[3]) }),
		"an entry erased": func(f map[string]string) {
			f["entries.jsonl"] = strings.Replace(f["entries.jsonl"], "number 2", "number 3", 1)
		},
		"a further file":     func(f map[string]string) { f["report.txt"] = "all is well" },
		"report changed":     func(f map[string]string) { f["report.html"] += "<p>and all was well</p>" },
		"readme changed":     func(f map[string]string) { f["README.txt"] += "trust me\n" },
		"key of another log": func(f map[string]string) { f["key.pub"] = strings.Replace(f["key.pub"], "111", "222", 1) },
		"contents not signed": func(f map[string]string) {
			f["contents"] = strings.Replace(f["contents"], "42 8", "42 7", 1)
		},
		"signed twice alike": func(f map[string]string) {
			f["contents"] += strings.SplitAfter(f["contents"], "\n\n")[1]
		},
		"signed by two": func(f map[string]string) {
			_, sig, _ := strings.Cut(anotherNote(t), "\n\n")
			f["contents"] += sig
		},
		"a signature that reads the same": func(f map[string]string) {
			end := len(f["contents"]) - 3 // of the last letter before the = at its end
			f["contents"] = f["contents"][:end] + string(sameBits(f["contents"][end])) + "=\n"
		},
		"checkpoint as contents": func(f map[string]string) { f["contents"] = f["checkpoint"] },
		"contents as checkpoint": func(f map[string]string) { f["checkpoint"] = f["contents"] },
	}
	for name := range good {
		cases["without "+name] = func(f map[string]string) { delete(f, name) }
		cases["empty "+name] = func(f map[string]string) { f[name] = "" }
	}
	for name, change := range cases {
		bad := maps.Clone(good)
		change(bad)
		for _, key := range []string{"", k.Public()} {
			if r, err := verify(zipped(bad), key); err == nil {
				t.Errorf("%s: accepted as %+v", name, r)
			}
		}
	}
	if _, err := verify(zipped(good, "entries.jsonl"), ""); err == nil {
		t.Error("a file that is there twice is accepted")
	}
}

// anotherNote is a checkpoint that another key signed.
func anotherNote(t *testing.T) string {
	t.Helper()
	b, err := anotherKey(t).SignCheckpoint(evidence.Checkpoint{Origin: origin, Size: 1})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// sameBits is another letter of base64 that begins with the same four bits.
func sameBits(b byte) byte {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	return letters[strings.IndexByte(letters, b)^1]
}

// TestPackSignedAgain mutates a pack and signs its contents anew, as an insider with the key can who leaves the checkpoint as it was given away.
func TestPackSignedAgain(t *testing.T) {
	k := newKey(t)
	p, log, _ := logged(t, k, nil)
	files := unzip(t, written(t, p, k))
	_, forked, _ := logged(t, k, func(i int64, b []byte) []byte { return bytes.Replace(b, []byte("number 3"), []byte("number 4"), 1) })
	entries := strings.SplitAfter(files["entries.jsonl"], "\n")
	in := func(name, from, to string) func(map[string]string) {
		return func(f map[string]string) {
			if !strings.Contains(f[name], from) {
				t.Fatalf("%s has no %q", name, from)
			}
			f[name] = strings.Replace(f[name], from, to, 1)
		}
	}
	line := func(n int, from, to string) func(map[string]string) {
		return in("entries.jsonl", entries[n], strings.Replace(entries[n], from, to, 1))
	}
	for name, tt := range map[string]struct {
		change          func(map[string]string)
		ofCase, ofDraft int
		say             string
	}{
		"another body":  {line(4, "number 8", "number 7"), 8, 2, "entry 8 of the log: the body of entry 8 is not the one that its header commits to"},
		"another kind":  {line(4, "access.approved", "access.rejected"), 8, 2, "entry 8 of the log: its header is not the one that the checkpoint covers"},
		"another time":  {line(4, "2026-03-02", "2026-03-03"), 8, 2, "entry 8 of the log: its header is not the one"},
		"another case":  {line(4, "J-2026-0042", "J-2026-0043"), 8, 2, "entry 8 of the log: it belongs to another stream"},
		"another place": {line(4, `\n3\n`, `\n4\n`), 8, 2, "one is missing"},
		"another salt":  {line(4, `"salt":"C`, `"salt":"D`), 8, 2, "not the one that its header commits to"},
		"hidden":        {line(4, entries[4], ""), 7, 2, "one is missing"},
		"the last one": {func(f map[string]string) {
			f["entries.jsonl"] = strings.TrimSuffix(f["entries.jsonl"], entries[9])
			f["proofs.jsonl"] = strings.Join(strings.SplitAfter(f["proofs.jsonl"], "\n")[:9], "")
		}, 8, 2, "there are 7 entries of J-2026-0042 and should be 8"},
		"draft left out":  {func(f map[string]string) { f["entries.jsonl"] = strings.Join(entries[2:], "") }, 8, 0, "line 1: the proof is missing|entry 4 of the log: the proof is missing|proof of entry 4"},
		"erased anyway":   {line(4, `"salt"`, `"erased":true,"salt"`), 8, 2, "cannot be read"},
		"a second body":   {line(4, `"body":`, `"body":{},"body":`), 8, 2, "cannot be read"},
		"something else":  {line(4, `{"header"`, `{"x":1,"header"`), 8, 2, "cannot be read"},
		"a space":         {line(4, `","body"`, `", "body"`), 8, 2, "cannot be read"},
		"two in a line":   {line(4, "\n", " {}\n"), 8, 2, "cannot be read"},
		"another proof":   {in("proofs.jsonl", `{"seq":8,"proof":["`, `{"seq":8,"proof":["A`), 8, 2, "proof of entry 8"},
		"no proof":        {in("proofs.jsonl", strings.SplitAfter(files["proofs.jsonl"], "\n")[4], ""), 8, 2, "proof of entry 8: the proof is missing"},
		"another policy":  {in("policy/"+policyHash+".yaml", "Larkfield", "Larkfeld"), 8, 2, "not the one that its name says"},
		"a fork":          {func(f map[string]string) { f["checkpoint"] = string(signedAt(t, k, forked, 20)) }, 8, 2, "entry 0 of the log: its header is not the one"},
		"an older log":    {func(f map[string]string) { f["checkpoint"] = string(signedAt(t, k, log, 12)) }, 8, 2, "entry 0 of the log: its header is not the one"},
		"a false earlier": {in("earlier.jsonl", `"growth":["`, `"growth":["B`), 8, 2, "earlier.jsonl, line 1"},
		"an earlier one of a fork": {func(f map[string]string) {
			old, _, _ := strings.Cut(strings.SplitAfter(f["earlier.jsonl"], "\n")[1], `","growth"`)
			f["earlier.jsonl"] = strings.Replace(f["earlier.jsonl"], old, `{"checkpoint":"`+strings.ReplaceAll(string(signedAt(t, k, forked, 12)), "\n", `\n`), 1)
		}, 8, 2, "line 2: the log of this pack is not the one that this checkpoint was signed for"},
	} {
		t.Run(name, func(t *testing.T) {
			bad := maps.Clone(files)
			tt.change(bad)
			again(k, bad, tt.ofCase, tt.ofDraft)
			_, err := verify(zipped(bad), k.Public())
			if err == nil || !slices.ContainsFunc(strings.Split(tt.say, "|"), func(s string) bool { return strings.Contains(err.Error(), s) }) {
				t.Errorf("VerifyPack = %v, want %q", err, tt.say)
			}
		})
	}
	same := maps.Clone(files)
	again(k, same, 8, 2)
	if _, err := verify(zipped(same), k.Public()); err != nil {
		t.Errorf("signed again unchanged: %v", err)
	}
}

// TestPackBytes flips and cuts the zip itself: no bit of it may be another one.
func TestPackBytes(t *testing.T) {
	k := newKey(t)
	good := packed(t, k)
	for at := range good {
		bad := bytes.Clone(good)
		bad[at] ^= 1 << (at % 8)
		if r, err := verify(bad, k.Public()); err == nil {
			t.Errorf("byte %d: %+v", at, r)
		}
	}
	for n := 0; n < len(good); n += 7 {
		if _, err := verify(good[:n], k.Public()); err == nil {
			t.Errorf("cut to %d bytes: accepted", n)
		}
	}
	if _, err := verify(append([]byte("MZ"), good...), k.Public()); err == nil {
		t.Error("with something before it: accepted")
	}
}

func TestPackRefusals(t *testing.T) {
	k := newKey(t)
	b, err := header(0).Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	one := []string{header(0).Stream}
	ok := evidence.PackEntry{Header: b, Body: []byte("{}"), Salt: make([]byte, evidence.SaltSize)}
	for name, p := range map[string]evidence.Pack{
		"no name":           {Entries: []evidence.PackEntry{ok}},
		"no word":           {Streams: []string{"J 1"}, Entries: []evidence.PackEntry{ok}},
		"no entries":        {Streams: one},
		"another stream":    {Streams: []string{"J-1"}, Entries: []evidence.PackEntry{ok}},
		"no header":         {Streams: one, Entries: []evidence.PackEntry{{Header: []byte("x")}}},
		"body not JSON":     {Streams: one, Entries: []evidence.PackEntry{{Header: b, Body: []byte("{")}}},
		"body on two lines": {Streams: one, Entries: []evidence.PackEntry{{Header: b, Body: []byte("{\n}")}}},
		"a file above":      {Streams: one, Entries: []evidence.PackEntry{ok}, Files: []evidence.PackFile{{Name: "../x"}}},
		"a hidden file":     {Streams: one, Entries: []evidence.PackEntry{ok}, Files: []evidence.PackFile{{Name: ".x"}}},
		"a file with space": {Streams: one, Entries: []evidence.PackEntry{ok}, Files: []evidence.PackFile{{Name: "a b"}}},
		"a file twice":      {Streams: one, Entries: []evidence.PackEntry{ok}, Files: []evidence.PackFile{{Name: "key.pub"}}},
	} {
		if err := evidence.WritePack(io.Discard, p, k); err == nil {
			t.Errorf("%s: written", name)
		}
	}
}
