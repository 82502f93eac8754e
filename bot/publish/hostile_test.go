package publish_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"muster/bot/publish"
	"muster/flows"
	"muster/store/evidence"
)

// answers is a witness that says to every checkpoint what it likes.
type answers func(note string) (status int, body string)

func (f answers) RoundTrip(r *http.Request) (*http.Response, error) {
	b, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	_, note, _ := strings.Cut(string(b), "\n\n")
	status, body := f(note)
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}, nil
}

// TestHostileWitness answers with more than a signature. What is kept can be read with the keys of the log afterwards, or it is not kept:
// otherwise the witness would decide whether Muster starts again.
func TestHostileWitness(t *testing.T) {
	s := opened(t, t.TempDir())
	if err := s.ChangeKey(t.Context(), "yearly"); err != nil {
		t.Fatal(err)
	}
	h := grow(t, s, 3, "x")
	keys := s.PublicKeys()
	first := strings.SplitN(keys, "\n", 2)[0]
	w := newWitness(s.PublicKeys())
	line := func(text string) string {
		msg := fmt.Sprintf("cosignature/v1\ntime %d\n%s", w.at, text)
		sig := append(append(w.id(4), binary.BigEndian.AppendUint64(nil, w.at)...), ed25519.Sign(w.key, []byte(msg))...)
		return "\u2014 " + w.name + " " + base64.StdEncoding.EncodeToString(sig) + "\n"
	}
	good := func(note string) string {
		text, _, _ := strings.Cut(note, "\n\n")
		return line(text + "\n")
	}
	parts := strings.SplitN(first, "+", 3)
	var old [4]byte
	if _, err := fmt.Sscanf(parts[1], "%x", new(uint32)); err != nil {
		t.Fatalf("the first key is %q", first)
	}
	if _, err := fmt.Sscanf(parts[1], "%02x%02x%02x%02x", &old[0], &old[1], &old[2], &old[3]); err != nil {
		t.Fatal(err)
	}
	forged := "\u2014 " + parts[0] + " " + base64.StdEncoding.EncodeToString(append(old[:], bytes.Repeat([]byte{1}, 64)...)) + "\n"
	for name, tt := range map[string]struct {
		answer func(note string) string
		ok     bool
	}{
		"its signature":                      {good, true},
		"with one forged of the former key":  {func(n string) string { return forged + good(n) }, true},
		"and one forged after it":            {func(n string) string { return good(n) + forged }, true},
		"with a hundred others":              {func(n string) string { return strings.Repeat("\u2014 nobody AAAAAAAA\n", 120) + good(n) }, true},
		"a text of its own, well signed":     {func(n string) string { return "\nmore\n\n" + line(n+"\nmore\n") }, false},
		"nothing":                            {func(string) string { return "" }, false},
		"not text":                           {func(string) string { return "\xff\xfe\x00" }, false},
		"a signature of another text":        {func(string) string { return line("x\n") }, false},
		"one of a key that is not its own":   {func(string) string { return forged }, false},
		"its name, and nothing that is read": {func(string) string { return "\u2014 " + w.name + " !\n" }, false},
	} {
		t.Run(name, func(t *testing.T) {
			sink := publish.Witness{URL: "https://witness.example", Key: w.public(), Prove: s.Growth, Transport: answers(func(n string) (int, string) { return http.StatusOK, tt.answer(n) })}
			signed, err := sink.Leave(t.Context(), h, flows.Published{})
			if (err == nil) != tt.ok || err != nil && flows.CodeOf(err) != flows.Unavailable {
				t.Fatalf("Leave = %q, %v", signed, err)
			}
			if err != nil {
				return
			}
			if c, err := evidence.OpenCheckpoint([]byte(signed), keys); err != nil || c.Size != h.Size {
				t.Errorf("what was kept cannot be read: %+v, %v", c, err)
			}
			if len(signed) > len(h.Note)+300 {
				t.Errorf("%d bytes are kept of the answer", len(signed)-len(h.Note))
			}
		})
	}
}
