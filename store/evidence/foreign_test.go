package evidence_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"muster/store/evidence"
	"muster/store/evidence/auditor"
)

// FuzzPack holds that of all zips only the one that was written verifies with the key, and that our verifier and the auditor's, which share
// no code, say the same.
func FuzzPack(f *testing.F) {
	k := createKey(f, 1)
	good := packed(f, k)
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Add(append(slices.Clone(good), 0))
	files := unzip(f, good)
	f.Add(zipped(files))
	files["contents"] += "\n"
	f.Add(zipped(files))
	f.Add([]byte("PK\x05\x06" + strings.Repeat("\x00", 18)))
	f.Fuzz(func(t *testing.T, pack []byte) {
		if len(pack) > 1<<20 {
			return
		}
		_, ours := evidence.VerifyPack(bytes.NewReader(pack), int64(len(pack)), k.Public())
		theirs := auditor.Check(pack, k.Public())
		if (ours == nil) != (theirs == nil) {
			t.Errorf("ours says %v, the auditor's %v", ours, theirs)
		}
		if ours == nil && !bytes.Equal(pack, good) {
			t.Error("another pack than the one that was written verifies")
		}
		if ours != nil && (len(ours.Error()) == 0 || len(ours.Error()) > 4000) {
			t.Errorf("the error has %d bytes", len(ours.Error()))
		}
	})
}

// FuzzNotes holds that a checkpoint opens only with its own key and size, that what is found in a text is what stands there, and that a
// witness's answer can add nothing but its signature.
func FuzzNotes(f *testing.F) {
	k := createKey(f, 1)
	signed, err := k.SignCheckpoint(evidence.Checkpoint{Origin: k.Origin(), Size: 3})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(signed), k.Public())
	f.Add("> "+strings.ReplaceAll(string(signed), "\n", "  \r\n> "), k.Public()+"\nmuster key change\n")
	f.Add(string(signed)+"\u2014 w AAAA\n", "w+1+AAAA")
	f.Add("", "")
	f.Fuzz(func(t *testing.T, text, keys string) {
		c, err := evidence.OpenCheckpoint([]byte(text), k.Public())
		if err == nil && (c.Size != 3 || c.Origin != k.Origin() || !strings.HasPrefix(text, strings.SplitN(string(signed), "\n\n", 2)[0])) {
			t.Errorf("%q opens as %+v", text, c)
		}
		if _, err := evidence.OpenCheckpoint(signed, keys); err == nil && !strings.Contains(keys, strings.TrimSpace(k.Public())) {
			t.Errorf("it opens with %q", keys)
		}
		for _, found := range evidence.FindCheckpoints([]byte(text)) {
			for line := range strings.SplitSeq(strings.TrimSpace(string(found)), "\n") {
				if !strings.Contains(strings.ReplaceAll(text, "\r", ""), line) {
					t.Errorf("%q is found and does not stand there", line)
				}
			}
		}
		if current, known, err := evidence.CurrentKey(keys, k.Public()); err == nil && current == "" && known {
			t.Errorf("%q has no current key", keys)
		}
		if evidence.CheckWitnessKey(keys) == nil {
			if out, err := evidence.Cosign(signed, text, keys); err == nil && !bytes.HasPrefix(out, signed) {
				t.Errorf("the note became %q", out)
			}
		}
	})
}

// FuzzLines holds that a log as lines is taken only when it is the signed one, to the byte.
func FuzzLines(f *testing.F) {
	k := createKey(f, 1)
	const size = 5
	var good bytes.Buffer
	var edge evidence.Edge
	for i := range int64(size) {
		salt := [evidence.SaltSize]byte{byte(i)}
		body := fmt.Appendf(nil, `{"text":"number %d"}`, i)
		h := header(i)
		h.Commitment = evidence.Commit(&salt, body)
		b, err := h.Append(nil)
		if err != nil {
			f.Fatal(err)
		}
		l := evidence.LogLine{Before: edge.Root(), Header: b, Salt: salt[:], Body: body}
		if i == 2 {
			l.Salt, l.Body, l.ErasedBy = nil, nil, 4
		}
		line, err := l.Append(nil)
		if err != nil {
			f.Fatal(err)
		}
		good.Write(line)
		edge.Append(evidence.Leaf(b), nil)
	}
	signed, err := k.SignCheckpoint(evidence.Checkpoint{Origin: k.Origin(), Size: edge.Size(), Root: edge.Root()})
	if err != nil {
		f.Fatal(err)
	}
	if err := evidence.WriteLogEnd(&good, signed, k.Public()); err != nil {
		f.Fatal(err)
	}
	if _, err := evidence.VerifyLines(bytes.NewReader(good.Bytes()), k.Public()); err != nil {
		f.Fatal(err)
	}
	f.Add(good.Bytes())
	f.Add(good.Bytes()[:good.Len()/2])
	f.Add([]byte(`{"entries":0}`))
	f.Add([]byte("{}\n\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := evidence.VerifyLines(bytes.NewReader(text), k.Public())
		if err == nil && r.Entries != size {
			t.Errorf("a log of %d entries is taken", r.Entries)
		}
	})
}
