package store_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"os"
	"slices"
	"strings"
	"testing"

	"muster/flows"
	"muster/store/evidence"
	"muster/store/pgkv"
	"muster/store/pgkv/pgtest"
)

// lines is the whole log of a store.
func (w *world) lines() []byte {
	w.t.Helper()
	var out bytes.Buffer
	if _, err := w.s.Lines(w.t.Context(), &out); err != nil {
		w.t.Fatal(err)
	}
	return out.Bytes()
}

// TestLines writes the log of a bbolt file and of a PostgreSQL, and checks it by the words of EVIDENCE.md alone.
func TestLines(t *testing.T) {
	server := pgtest.Start(t, "fsync=off")
	postgres := &world{t: t, dir: t.TempDir(), now: monday, postgres: pgkv.Options{DSN: server.DSN(t), Tenant: tenant}}
	postgres.open(nil)
	t.Cleanup(func() { postgres.close() })
	for name, w := range map[string]*world{"bbolt": newWorld(t), "postgres": postgres} {
		t.Run(name, func(t *testing.T) {
			if i, err := w.play(t.Context(), history(), 0); err != nil {
				t.Fatalf("step %d: %v", i, err)
			}
			ch := flows.Change{}
			for i := range 1200 { // more than are read at a time
				ch.Entries = append(ch.Entries, heard("D-1", w.now, fmt.Sprint("what <is> this & that ", i)))
			}
			w.commit(ch)
			log := w.lines()
			r, err := evidence.VerifyLines(bytes.NewReader(log), w.s.PublicKey())
			if err != nil || r.Entries < 1200 || r.Erased == 0 || r.Checkpoint.Size != r.Entries || r.Key != w.s.PublicKey() {
				t.Errorf("VerifyLines = %+v, %v", r, err)
			}
			byHand(t, log, r.Entries)
			if name == "postgres" {
				reports(t, server, log)
			}
		})
	}
}

// reports runs the queries of EVIDENCE.md. What they count is what the lines have.
func reports(t *testing.T, server *pgtest.Server, log []byte) {
	t.Helper()
	text, err := os.ReadFile("EVIDENCE.md")
	if err != nil {
		t.Fatal(err)
	}
	var answers []string
	for _, block := range strings.Split(string(text), "```sql\n")[1:] {
		sql, _, _ := strings.Cut(block, "```")
		got, err := server.Query("muster", `set search_path = "muster_`+strings.ReplaceAll(tenant, "-", "_")+`"`, sql)
		if err != nil {
			t.Fatal(err)
		}
		answers = append(answers, got)
	}
	kinds := map[string]int{}
	var stream []string
	for line := range bytes.Lines(log) {
		var l struct{ Stream, Kind, At string }
		if err := json.Unmarshal(line, &l); err != nil {
			t.Fatal(err)
		}
		if l.Kind != "" {
			kinds[l.At[:7]+"|"+l.Kind]++
			stream = append(stream, l.Stream)
		}
	}
	var want []string
	for k, n := range kinds {
		want = append(want, fmt.Sprint(k, "|", n))
	}
	slices.Sort(want)
	got := strings.Split(answers[0], "\n")
	slices.Sort(got)
	if len(answers) != 2 || !slices.Equal(got, want) {
		t.Errorf("of %d queries the first says %q, want %q", len(answers), got, want)
	}
	n := len(slices.DeleteFunc(stream, func(s string) bool { return s != "J-2026-0001" }))
	if first := fmt.Sprintf("J-2026-0001|%s|%d|", flows.Running, n); !strings.HasPrefix(answers[1], first) {
		t.Errorf("the second says %q, want %q first", answers[1], first)
	}
}

// byHand does what EVIDENCE.md says, with nothing of ours: SHA-256, base64 and JSON.
func byHand(t *testing.T, log []byte, want int64) {
	t.Helper()
	hash := func(parts ...[]byte) []byte {
		sum := sha256.Sum256(bytes.Join(parts, nil))
		return sum[:]
	}
	var tree [][]byte // of the lines so far: roots of whole trees, the largest first
	root := func() []byte {
		if len(tree) == 0 {
			return hash()
		}
		top := tree[len(tree)-1]
		for _, left := range slices.Backward(tree[:len(tree)-1]) {
			top = hash([]byte{1}, left, top)
		}
		return top
	}
	all := strings.SplitAfter(strings.TrimSuffix(string(log), "\n"), "\n")
	for seq, line := range all[:len(all)-1] {
		var l struct {
			Seq                      int
			Header, Stream, Kind, At string
			Leaf, Before, Salt       []byte
			Body                     json.RawMessage
			ErasedBy                 int `json:"erased_by"`
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		leaf := hash([]byte{0}, []byte(l.Header))
		fields := strings.Split(l.Header, "\n")
		commitment := base64.StdEncoding.EncodeToString(hash([]byte("muster body 1\n"), l.Salt, l.Body))
		switch {
		case l.Seq != seq || fields[1] != fmt.Sprint(seq):
			t.Fatalf("line %d is entry %d", seq, l.Seq)
		case !bytes.Equal(leaf, l.Leaf) || !bytes.Equal(root(), l.Before):
			t.Fatalf("entry %d does not stand on those in front of it", seq)
		case fields[2] != l.Stream && (fields[2] != "-" || l.Stream != "") || fields[4] != l.Kind || fields[5] != l.At:
			t.Fatalf("entry %d says another thing than its header", seq)
		case l.Body == nil && l.ErasedBy <= seq, l.Body != nil && fields[7] != commitment:
			t.Fatalf("entry %d is not what its header commits to", seq)
		}
		tree = append(tree, leaf)
		for range bits.TrailingZeros(^uint(seq)) {
			n := len(tree)
			tree = append(tree[:n-2], hash([]byte{1}, tree[n-2], tree[n-1]))
		}
	}
	var end struct {
		Entries    int64
		Root       []byte
		Checkpoint string
	}
	if err := json.Unmarshal([]byte(all[len(all)-1]), &end); err != nil {
		t.Fatal(err)
	}
	note := strings.Split(end.Checkpoint, "\n")
	if end.Entries != want || !bytes.Equal(end.Root, root()) || note[1] != fmt.Sprint(want) || note[2] != base64.StdEncoding.EncodeToString(root()) {
		t.Errorf("the end is %+v", end)
	}
}

// TestLinesChanged changes, drops, doubles, swaps and cuts lines, and puts a character in every tenth place. Each is noticed.
func TestLinesChanged(t *testing.T) {
	w, _ := played(t)
	good := w.lines()
	lines := bytes.SplitAfter(bytes.TrimSuffix(good, []byte("\n")), []byte("\n"))
	lines[len(lines)-1] = append(lines[len(lines)-1], '\n')
	try := func(what string, bad []byte) {
		t.Helper()
		if _, err := evidence.VerifyLines(bytes.NewReader(bad), ""); err == nil && !bytes.Equal(bad, good) {
			t.Errorf("%s: not noticed", what)
		}
	}
	for i := range lines {
		try(fmt.Sprint("without line ", i), bytes.Join(slices.Delete(slices.Clone(lines), i, i+1), nil))
		try(fmt.Sprint("twice line ", i), bytes.Join(slices.Insert(slices.Clone(lines), i, lines[i]), nil))
		try(fmt.Sprint("up to line ", i), bytes.Join(lines[:i], nil))
		if i > 0 {
			swapped := slices.Clone(lines)
			swapped[i-1], swapped[i] = swapped[i], swapped[i-1]
			try(fmt.Sprint("swapped at ", i), bytes.Join(swapped, nil))
		}
	}
	end := len(good) - len(lines[len(lines)-1])
	for i := 0; i < end; i += 10 { // the last line is a signed note in JSON: spaces in it are no change
		bad := bytes.Clone(good)
		bad[i] ^= 1
		try(fmt.Sprint("byte ", i), bad)
	}
	if _, err := evidence.VerifyLines(bytes.NewReader(good), "another+00000000+AAAA"); err == nil {
		t.Error("the log is checked with a key that is not its own")
	}
	if _, err := w.s.Lines(t.Context(), failing{}); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("to a file that takes nothing: %v", err)
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
