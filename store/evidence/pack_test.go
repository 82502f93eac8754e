package evidence_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"muster/store/evidence"
)

// packed is a log of 20 entries, every second one of the stream, and its pack.
func packed(t *testing.T, k evidence.Key) []byte {
	t.Helper()
	var edge evidence.Edge
	var log kept
	p := evidence.Pack{Stream: "J-2026-0042", At: header(0).Time}
	for i := range int64(20) {
		salt := [evidence.SaltSize]byte{byte(i)}
		body := fmt.Appendf(nil, `{"by":"x","body":{"text":"number %d \u003c\u2028>"}}`, i)
		h := header(i)
		h.Position, h.Commitment = i/2+1, evidence.Commit(&salt, body)
		if i%2 == 1 {
			h.Stream, h.Position = "", 0
		}
		b, err := h.Append(nil)
		if err != nil {
			t.Fatal(err)
		}
		log = append(log, edge.Append(evidence.Leaf(b), nil))
		e := evidence.PackEntry{Header: b, Salt: salt[:], Body: body}
		if i == 4 { // erased
			e.Salt, e.Body = nil, nil
		}
		if i%2 == 0 {
			p.Entries = append(p.Entries, e)
		}
	}
	for i := range p.Entries {
		proof, err := evidence.ProveEntry(20, int64(2*i), log.node)
		if err != nil {
			t.Fatal(err)
		}
		p.Entries[i].Proof = proof
	}
	signed, err := k.SignCheckpoint(evidence.Checkpoint{Origin: origin, Size: 20, Root: edge.Root()})
	if err != nil {
		t.Fatal(err)
	}
	p.Checkpoint = signed
	var out bytes.Buffer
	if err := evidence.WritePack(&out, p, k); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func verify(pack []byte, key string) (evidence.PackReport, error) {
	return evidence.VerifyPack(bytes.NewReader(pack), int64(len(pack)), key)
}

func unzip(t *testing.T, pack []byte) map[string]string {
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

func zipped(t *testing.T, files map[string]string, twice ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, name := range append(slices.Sorted(maps.Keys(files)), twice...) {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, files[name]); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestPack(t *testing.T) {
	k := newKey(t)
	good := packed(t, k)
	for _, key := range []string{"", k.Public(), k.Public() + "\n"} {
		r, err := verify(good, key)
		if err != nil || r.Stream != "J-2026-0042" || r.Entries != 10 || r.Erased != 1 || r.Checkpoint.Size != 20 || r.OwnKey != (key == "") || r.Key != k.Public() {
			t.Errorf("VerifyPack with the key %q = %+v, %v", key, r, err)
		}
	}
	other, err := evidence.CreateKey(filepath.Join(t.TempDir(), "k"), origin, rand.NewChaCha8([32]byte{7}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := verify(good, other.Public()); err == nil {
		t.Error("a pack signed with another key is accepted")
	}
}

// TestPackMutations changes a pack in every way that keeps it a zip.
func TestPackMutations(t *testing.T) {
	k := newKey(t)
	good := unzip(t, packed(t, k))
	if _, err := verify(zipped(t, good), k.Public()); err != nil {
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
		"a further file":     func(f map[string]string) { f["report.html"] = "all is well" },
		"readme changed":     func(f map[string]string) { f["README.txt"] += "trust me\n" },
		"key of another log": func(f map[string]string) { f["key.pub"] = strings.Replace(f["key.pub"], "111", "222", 1) },
		"contents not signed": func(f map[string]string) {
			f["contents"] = strings.Replace(f["contents"], "entries 10", "entries 9", 1)
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
			if r, err := verify(zipped(t, bad), key); err == nil {
				t.Errorf("%s: accepted as %+v", name, r)
			}
		}
	}
	if _, err := verify(zipped(t, good, "entries.jsonl"), ""); err == nil {
		t.Error("a file that is there twice is accepted")
	}
}

// TestPackSignedAgain mutates entries and signs the contents anew, as an
// insider with the key can who leaves an earlier checkpoint as it was given away.
func TestPackSignedAgain(t *testing.T) {
	k := newKey(t)
	files := unzip(t, packed(t, k))
	entries := strings.SplitAfter(files["entries.jsonl"], "\n")
	for name, change := range map[string]struct {
		from, to string
		entry    int
		say      string
	}{
		"another body":   {"number 6", "number 7", 3, "not the one that its header commits to"},
		"another kind":   {"access.approved", "access.rejected", 3, "check entry 6 against the checkpoint"},
		"another time":   {"2026-03-02", "2026-03-03", 3, "check entry 6 against the checkpoint"},
		"another case":   {"J-2026-0042", "J-2026-0043", 3, "belongs to another stream"},
		"another place":  {`\n4\n`, `\n5\n`, 3, "one is missing"},
		"another salt":   {`"salt":"B`, `"salt":"C`, 3, "not the one that its header commits to"},
		"hidden":         {entries[3], "", 3, "one is missing"},
		"erased anyway":  {`"salt"`, `"erased":true,"salt"`, 3, "marked erased and still has a body"},
		"something else": {`{"header"`, `{"x":1,"header"`, 3, "cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			bad := maps.Clone(files)
			lines := slices.Clone(entries)
			if !strings.Contains(lines[change.entry], change.from) {
				t.Fatalf("entry %q has no %q", lines[change.entry], change.from)
			}
			lines[change.entry] = strings.Replace(lines[change.entry], change.from, change.to, 1)
			bad["entries.jsonl"] = strings.Join(lines, "")
			bad["contents"] = evidence.SignContents(k, "J-2026-0042", 10, bad)
			_, err := verify(zipped(t, bad), k.Public())
			if err == nil || !strings.Contains(err.Error(), change.say) {
				t.Errorf("VerifyPack = %v, want %q", err, change.say)
			}
		})
	}
}

// TestPackBytes flips and cuts the zip itself: it is refused, or shows the same.
func TestPackBytes(t *testing.T) {
	k := newKey(t)
	good := packed(t, k)
	for at := 0; at < len(good); at += 3 {
		bad := bytes.Clone(good)
		bad[at] ^= 1 << (at % 8)
		if r, err := verify(bad, k.Public()); err == nil && (r.Entries != 10 || r.Erased != 1) {
			t.Errorf("byte %d: %+v", at, r)
		}
	}
	for n := 0; n < len(good); n += 7 {
		if _, err := verify(good[:n], k.Public()); err == nil {
			t.Errorf("cut to %d bytes: accepted", n)
		}
	}
}

func TestPackRefusals(t *testing.T) {
	k := newKey(t)
	b, err := header(0).Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, p := range map[string]evidence.Pack{
		"no name":           {Entries: []evidence.PackEntry{{Header: b}}},
		"no entries":        {Stream: "J-1"},
		"no header":         {Stream: "J-1", Entries: []evidence.PackEntry{{Header: []byte("x")}}},
		"body not JSON":     {Stream: "J-1", Entries: []evidence.PackEntry{{Header: b, Body: []byte("{")}}},
		"body on two lines": {Stream: "J-1", Entries: []evidence.PackEntry{{Header: b, Body: []byte("{\n}")}}},
	} {
		if err := evidence.WritePack(io.Discard, p, k); err == nil {
			t.Errorf("%s: written", name)
		}
	}
}
