package publish_test

import (
	"bytes"
	"context"
	"testing"

	"muster/bot/publish"
	"muster/flows"
	"muster/store/evidence"
)

// FuzzWitness holds that whatever a witness answers, what is kept is our own checkpoint with its signature and opens again with our keys.
func FuzzWitness(f *testing.F) {
	key, err := evidence.CreateKey(f.TempDir()+"/key", "11111111-1111-1111-1111-111111111111", bytes.NewReader(bytes.Repeat([]byte{5}, 64)))
	if err != nil {
		f.Fatal(err)
	}
	signed, err := key.SignCheckpoint(evidence.Checkpoint{Origin: key.Origin(), Size: 3})
	if err != nil {
		f.Fatal(err)
	}
	w := newWitness(key.Public())
	h := flows.Head{Size: 3, Note: string(signed), Keys: key.Public()}
	f.Add(200, "\u2014 "+w.name+" AAAA\n")
	f.Add(409, "2\n")
	f.Add(409, "-1")
	f.Add(409, "99999999999999999999")
	f.Add(200, string(signed))
	f.Add(404, "")
	f.Fuzz(func(t *testing.T, status int, body string) {
		asked := 0
		at := publish.Witness{URL: "https://witness.example/log", Key: w.public(), Prove: func(_ context.Context, size, old int64) ([]evidence.Hash, error) {
			if old < 0 || old > size {
				t.Errorf("a proof from %d to %d", old, size)
			}
			return nil, nil
		}, Transport: answers(func(string) (int, string) { asked++; return 100 + (status%500+500)%500, body })}
		note, err := at.Leave(t.Context(), h, flows.Published{})
		if err == nil {
			if _, err := evidence.OpenCheckpoint([]byte(note), key.Public()); err != nil {
				t.Errorf("kept %q: %v", note, err)
			}
			if _, err := evidence.CheckCosigned([]byte(note), w.public()); err != nil {
				t.Errorf("kept without its signature %q: %v", note, err)
			}
		} else if len(body) > 20 && bytes.Contains([]byte(err.Error()), []byte(body)) {
			t.Errorf("the error quotes the answer: %v", err)
		}
		if asked > 2 {
			t.Errorf("asked %d times", asked)
		}
	})
}
