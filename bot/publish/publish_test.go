package publish_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"muster/bot/publish"
	"muster/flows"
	"muster/store"
	"muster/store/boltkv"
	"muster/store/evidence"
)

const tenant = "11111111-1111-1111-1111-111111111111"

var monday = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// open is a store in a folder, with as many entries as were written to it.
func open(t *testing.T, dir string, published ...[]byte) (*store.Store, error) {
	t.Helper()
	db, err := boltkv.Open(filepath.Join(dir, store.DatabaseFile), boltkv.Options{})
	if err != nil {
		return nil, err
	}
	s, err := store.Open(t.Context(), db, store.Options{Dir: dir, Origin: tenant, Now: func() time.Time { return monday }, Rand: rand.NewChaCha8([32]byte{1}), Published: published})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	t.Cleanup(func() {
		s.Close()
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, nil
}

func opened(t *testing.T, dir string) *store.Store {
	t.Helper()
	s, err := open(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func grow(t *testing.T, s *store.Store, n int, words string) flows.Head {
	t.Helper()
	for range n {
		if err := s.Commit(t.Context(), flows.Change{Entries: []flows.Entry{{At: monday, Body: flows.Answered{Text: words}}}}); err != nil {
			t.Fatal(err)
		}
	}
	h, err := s.Sign(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// witness is a small witness, written from the specification: it keeps the last checkpoint and signs what continues it.
type witness struct {
	key  ed25519.PrivateKey
	name string
	log  string // public key of the log
	last evidence.Checkpoint
	at   uint64

	status  int  // answered instead, unless 0
	forgets bool // signs something else
}

func newWitness(log string) *witness {
	return &witness{key: ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32)), name: "witness.example/w1", log: log, at: 1772442000}
}

func (w *witness) id(alg byte) []byte {
	pub := append([]byte{alg}, w.key.Public().(ed25519.PublicKey)...)
	sum := sha256.Sum256(append([]byte(w.name+"\n"), pub...))
	return sum[:4]
}

func (w *witness) public() string {
	pub := append([]byte{4}, w.key.Public().(ed25519.PublicKey)...)
	return fmt.Sprintf("%s+%x+%s", w.name, w.id(4), base64.StdEncoding.EncodeToString(pub))
}

func (w *witness) RoundTrip(r *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, r)
	return rec.Result(), nil
}

func (w *witness) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	b, err := io.ReadAll(r.Body)
	head, signed, ok := strings.Cut(string(b), "\n\n")
	lines := strings.Split(head, "\n")
	var old int64
	if n, serr := fmt.Sscanf(lines[0], "old %d", &old); err != nil || serr != nil || n != 1 || !ok || r.URL.Path != "/log/add-checkpoint" || r.Method != http.MethodPost {
		out.WriteHeader(http.StatusBadRequest)
		return
	}
	if w.status != 0 {
		out.WriteHeader(w.status)
		return
	}
	c, err := evidence.OpenCheckpoint([]byte(signed), w.log)
	if err != nil {
		out.WriteHeader(http.StatusForbidden)
		return
	}
	if old != w.last.Size || c.Size < old {
		out.Header().Set("Content-Type", "text/x.tlog.size")
		out.WriteHeader(http.StatusConflict)
		fmt.Fprintln(out, w.last.Size)
		return
	}
	var proof []evidence.Hash
	for _, l := range lines[1:] {
		raw, err := base64.StdEncoding.DecodeString(l)
		if err != nil || len(raw) != 32 {
			out.WriteHeader(http.StatusBadRequest)
			return
		}
		proof = append(proof, evidence.Hash(raw))
	}
	w.last.Origin = c.Origin
	if old > 0 {
		if err := evidence.CheckGrowth(proof, c, w.last); err != nil {
			out.WriteHeader(http.StatusUnprocessableEntity)
			return
		}
	}
	w.last = c
	text, _, _ := strings.Cut(signed, "\n\n")
	if w.forgets {
		text += " "
	}
	msg := fmt.Sprintf("cosignature/v1\ntime %d\n%s\n", w.at, text)
	sig := append(append(w.id(4), binary.BigEndian.AppendUint64(nil, w.at)...), ed25519.Sign(w.key, []byte(msg))...)
	fmt.Fprintf(out, "\u2014 %s %s\n", w.name, base64.StdEncoding.EncodeToString(sig))
}

// TestWitness has a growing log cosigned, also by a witness that knows more of it than we remember.
func TestWitness(t *testing.T) {
	s := opened(t, t.TempDir())
	w := newWitness(s.PublicKey())
	sink := publish.Witness{URL: "https://witness.example/log/", Key: w.public(), Prove: s.Growth, Transport: w}
	var last flows.Published
	for i, n := range []int{1, 2, 0, 5, 14} {
		h := grow(t, s, n, "x")
		signed, err := sink.Leave(t.Context(), h, last)
		if err != nil {
			t.Fatalf("round %d: %v", i, err)
		}
		at, err := evidence.CheckCosigned([]byte(signed), w.public())
		if err != nil || at.Unix() != int64(w.at) {
			t.Errorf("round %d: the cosignature is of %v, %v", i, at, err)
		}
		if c, err := evidence.OpenCheckpoint([]byte(signed), s.PublicKey()); err != nil || c.Size != h.Size {
			t.Errorf("round %d: our own signature: %+v, %v", i, c, err)
		}
		if i != 2 { // forget it once
			last = flows.Published{Head: h}
		}
	}
	if _, err := sink.Leave(t.Context(), grow(t, s, 1, "x"), flows.Published{}); err != nil {
		t.Errorf("with nothing remembered: %v", err)
	}
	w.forgets = true
	if _, err := sink.Leave(t.Context(), grow(t, s, 1, "x"), flows.Published{}); flows.CodeOf(err) != flows.Unavailable {
		t.Errorf("a signature of something else: %v", err)
	}
}

// TestWitnessRefuses shows a witness a log that was put back, and one that was rewritten: it signs neither, and we say so.
func TestWitnessRefuses(t *testing.T) {
	s := opened(t, t.TempDir())
	w := newWitness(s.PublicKey())
	sink := publish.Witness{URL: "https://witness.example/log", Key: w.public(), Prove: s.Growth, Transport: w}
	if _, err := sink.Leave(t.Context(), grow(t, s, 9, "x"), flows.Published{}); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		entries int
		say     string
	}{
		"put back": {5, "It has signed a log of 9 entries, and this one has 5."},
		"as long":  {9, "a log of 9 entries"},
		"longer":   {12, "does not continue"},
	} {
		t.Run(name, func(t *testing.T) {
			other := opened(t, t.TempDir()) // the same seed, so the same key
			sink := sink
			sink.Prove = other.Growth
			_, err := sink.Leave(t.Context(), grow(t, other, tt.entries, "y"), flows.Published{})
			if flows.CodeOf(err) != flows.Conflict || !strings.Contains(flows.SayOf(err), tt.say) {
				t.Errorf("Leave = %v (%s)", err, flows.SayOf(err))
			}
		})
	}
	for _, status := range []int{400, 403, 404, 429, 500, 503, 301} {
		w.status = status
		if _, err := sink.Leave(t.Context(), grow(t, s, 1, "x"), flows.Published{}); flows.CodeOf(err) != flows.Unavailable {
			t.Errorf("status %d: %v", status, err)
		}
	}
}

// TestFile appends each checkpoint once, and a store that was put back is refused for what is in the file.
func TestFile(t *testing.T) {
	dir := t.TempDir()
	s := opened(t, dir)
	file := publish.File{Path: filepath.Join(t.TempDir(), "checkpoints")}
	for _, n := range []int{3, 4, 0} {
		h := grow(t, s, n, "x")
		for range 2 {
			if _, err := file.Leave(t.Context(), h, flows.Published{}); err != nil {
				t.Fatal(err)
			}
		}
	}
	kept, err := file.Read()
	if err != nil || len(kept) != 2 {
		t.Fatalf("%d checkpoints in the file, %v", len(kept), err)
	}
	other := t.TempDir()
	grow(t, opened(t, other), 5, "y")
	again := t.TempDir()
	for _, name := range []string{store.KeyFile} {
		b, err := os.ReadFile(filepath.Join(other, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(again, name), b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err = open(t, again, kept...)
	rewritten, ok := errors.AsType[*store.RewrittenError](err)
	if !ok || rewritten.Had != 7 || rewritten.Has != 0 {
		t.Errorf("a new log with an old key is opened: %v", err)
	}
	if _, err := (publish.File{Path: filepath.Join(dir, "none", "x")}).Leave(t.Context(), flows.Head{Note: "n"}, flows.Published{}); flows.CodeOf(err) != flows.Unavailable {
		t.Errorf("a folder that is not there: %v", err)
	}
}

// TestAddress posts the note and nothing else.
func TestAddress(t *testing.T) {
	s := opened(t, t.TempDir())
	h := grow(t, s, 2, "a person's name")
	status, got := 204, ""
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got = string(b)
		w.Header().Set("Location", "https://elsewhere.example/")
		w.WriteHeader(status)
	}))
	defer srv.Close()
	to := publish.Address{URL: srv.URL + "/in?token=geheim", Transport: srv.Client().Transport}
	if _, err := to.Leave(t.Context(), h, flows.Published{}); err != nil || got != h.Note {
		t.Errorf("Leave = %v, posted %q", err, got)
	}
	for code, want := range map[int]flows.Code{409: flows.Conflict, 500: flows.Unavailable, 302: flows.Unavailable, 404: flows.Unavailable} {
		status = code
		if _, err := to.Leave(t.Context(), h, flows.Published{}); flows.CodeOf(err) != want || strings.Contains(err.Error(), "geheim") {
			t.Errorf("status %d: %v", code, err)
		}
	}
	srv.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if _, err := to.Leave(ctx, h, flows.Published{}); flows.CodeOf(err) != flows.Unavailable || strings.Contains(err.Error(), "geheim") {
		t.Errorf("nobody there: %v", err)
	}
}

// TestFindCheckpoints reads what was copied out of a chat.
func TestFindCheckpoints(t *testing.T) {
	s := opened(t, t.TempDir())
	h := grow(t, s, 2, "x")
	for name, text := range map[string]string{
		"as it is":     h.Note,
		"Windows":      strings.ReplaceAll(h.Note, "\n", "\r\n"),
		"quoted":       "> " + strings.ReplaceAll(h.Note, "\n", "  \n> "),
		"no gap":       "Evidence: 2 entries.\n" + strings.ReplaceAll(h.Note, "\n\n", "\n"),
		"twice as far": strings.ReplaceAll(h.Note, "\n", "\n\n"),
	} {
		found := evidence.FindCheckpoints([]byte(text))
		if len(found) != 1 || string(found[0]) != h.Note {
			t.Errorf("%s: %q", name, found)
		}
	}
	if found := evidence.FindCheckpoints([]byte("muster-log/x\n1\n2\nnothing")); found != nil {
		t.Errorf("found %q", found)
	}
}
