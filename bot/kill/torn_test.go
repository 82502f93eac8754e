package kill

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"muster/flows"
	"muster/store"
)

// TestTornPage tears the pages that the last commits wrote, in the middle, and the meta page that names them: either the store is whole, at
// the last commit or the one before, or it is refused in words. What a checkpoint vouches for is never silently gone.
func TestTornPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 93, "")
	people := newCrowd(w)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go people.live(ctx)
	w.begun()
	people.say(ctx, "hr", starter(0, time.Now()).sentence, "Probe Numbera")
	w.offered(ctx, "manager", flows.VerbManualDone, flows.VerbShowPass, flows.VerbApprove)
	w.stop() // signs what there is
	signed := w.entries(w.data)
	old, err := os.ReadFile(w.database())
	if err != nil {
		t.Fatal(err)
	}
	w.begun()
	people.say(ctx, "hr2", starter(1, time.Now()).sentence, "Probe Numberb")
	w.offered(ctx, "hr2", flows.VerbCheck, flows.VerbConfirm)
	w.kill()
	cancel()
	whole := w.entries(w.data)
	now, err := os.ReadFile(w.database())
	if err != nil {
		t.Fatal(err)
	}
	const page = 4096
	var changed []int
	for at := 0; at+page <= len(now); at += page {
		if at+page > len(old) || !bytes.Equal(old[at:at+page], now[at:at+page]) {
			changed = append(changed, at)
		}
	}
	if len(changed) < 3 || whole <= signed {
		t.Fatalf("%d pages changed, %d entries after %d: nothing was written", len(changed), whole, signed)
	}
	chance := rand.New(rand.NewPCG(93, 4))
	count := map[string]int{}
	for i := range 40 {
		torn := bytes.Clone(now)
		at := changed[chance.IntN(len(changed))]
		if i%4 == 0 {
			at = changed[0] // a meta page: the first of the file that changes with each commit
		}
		cut := at + 512*(1+chance.IntN(7))
		if i%4 == 0 {
			cut = at + 16 + chance.IntN(48) // within what a meta page says
		}
		for k := cut; k < at+page; k++ { // what was there before, or noise
			if torn[k] = byte(chance.IntN(256)); i%2 == 0 && k < len(old) {
				torn[k] = old[k]
			}
		}
		count[w.tornCopy(torn, signed, whole)]++
	}
	t.Logf("of %d torn stores: %v", 40, count)
	if count["refused"] == 0 || count["whole"]+count["the commit before"] == 0 {
		t.Errorf("nothing was torn that matters: %v", count)
	}
}

// tornCopy has muster look at a copy of the data folder with another database, and says what it makes of it.
func (w *world) tornCopy(db []byte, signed, whole int) string {
	t := w.tb
	t.Helper()
	dir := t.TempDir()
	// the door for backups, which the killed bot left behind, is no file
	if err := os.Remove(filepath.Join(filepath.Dir(w.database()), "backup.sock")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	if err := os.CopyFS(dir, os.DirFS(filepath.Dir(w.database()))); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, store.DatabaseFile), db, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := w.muster("verify", dir)
	if strings.Contains(out, "goroutine ") {
		t.Errorf("verify panics:\n%s", out)
	}
	if err != nil {
		if !strings.HasPrefix(out, "muster: ") || len(out) < 30 {
			t.Errorf("a torn store is refused without a word why: %q", out)
		}
		return "refused"
	}
	n := entriesOf(t, out)
	switch {
	case n < signed:
		t.Errorf("%d entries of %d are gone that a checkpoint vouches for, and verify is content", signed-n, signed)
	case n < whole:
		return "the commit before"
	}
	return "whole"
}

// entries is how many there are in the store of a dead bot, as verify says.
func (w *world) entries(dir string) int {
	w.tb.Helper()
	out, err := w.muster("verify", dir)
	if err != nil {
		w.tb.Fatalf("verify: %v\n%s", err, out)
	}
	return entriesOf(w.tb, out)
}

func entriesOf(t testing.TB, said string) int {
	t.Helper()
	_, rest, ok := strings.Cut(said, "Verified: ")
	word, _, _ := strings.Cut(rest, " ")
	n, err := strconv.Atoi(word)
	if !ok || err != nil {
		t.Fatalf("verify said %q", said)
	}
	return n
}
