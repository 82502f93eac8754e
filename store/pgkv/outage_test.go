package pgkv_test

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"muster/store/kv"
	"muster/store/pgkv"
	"muster/store/pgkv/pgtest"
)

// wire is a network between a store and the server that can lose one commit.
type wire struct {
	addr string
	to   string

	lose atomic.Int32 // what becomes of the next commit
	lost atomic.Int32 // how many were
}

// What becomes of a commit on the wire.
const (
	passes = iota
	neverArrives
	answerLost
	hangs // it never arrives, and the server does not see that the connection is gone
)

func newWire(t *testing.T, port int) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{addr: l.Addr().String(), to: fmt.Sprintf("127.0.0.1:%d", port)}
	var wait sync.WaitGroup
	var conns sync.Map
	wait.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s, err := net.Dial("tcp", w.to)
			if err != nil {
				_ = c.Close()
				continue
			}
			conns.Store(c, s)
			var mute atomic.Bool
			wait.Go(func() { w.up(c, s, &mute) })
			wait.Go(func() {
				buf := make([]byte, 64<<10)
				for {
					n, err := s.Read(buf)
					if n > 0 && !mute.Load() {
						if _, err := c.Write(buf[:n]); err != nil {
							break
						}
					}
					if err != nil || mute.Load() {
						break
					}
				}
				_ = c.Close()
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		conns.Range(func(c, s any) bool {
			_, _ = c.(net.Conn).Close(), s.(net.Conn).Close()
			return true
		})
		wait.Wait()
	})
	return w
}

// up carries what the store says.
func (w *wire) up(c, s net.Conn, mute *atomic.Bool) {
	buf := make([]byte, 64<<10)
	for {
		n, err := c.Read(buf)
		if n > 0 && bytes.Contains(buf[:n], []byte("commit\x00")) {
			switch what := w.lose.Swap(passes); what {
			case neverArrives, hangs:
				w.lost.Add(1)
				_ = c.Close()
				if what == neverArrives {
					_ = s.Close()
				}
				return
			case answerLost:
				w.lost.Add(1)
				mute.Store(true)
			}
		}
		if n > 0 {
			if _, err := s.Write(buf[:n]); err != nil {
				break
			}
		}
		if err != nil {
			break
		}
	}
	_ = s.Close()
}

// TestOutcome loses the connection while a commit is on its way. The store
// finds out what became of it: it says stored when it is stored, and not when it is not.
func TestOutcome(t *testing.T) {
	for name, tt := range map[string]struct {
		what   int32
		stored bool
	}{
		"the commit never arrives":                            {neverArrives, false},
		"the answer is lost":                                  {answerLost, true},
		"it never arrives, and the server waits for the dead": {hangs, false},
	} {
		for _, shared := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, shared %v", name, shared), func(t *testing.T) {
				o := options(t)
				w := newWire(t, server.Port())
				host, port, err := net.SplitHostPort(w.addr)
				if err != nil {
					t.Fatal(err)
				}
				o.DSN, o.Shared = fmt.Sprintf("host=%s port=%s dbname=muster user=%s", host, port, pgtest.Role), shared
				db := open(t, o)
				if err := add(db, t.Context()); err != nil {
					t.Fatal(err)
				}
				w.lose.Store(tt.what)
				err = add(db, t.Context())
				if w.lost.Load() != 1 {
					t.Fatal("no commit was lost: the test tests nothing")
				}
				if (err == nil) != tt.stored {
					t.Errorf("Update = %v, and stored is %v", err, tt.stored)
				}
				want := "."
				if tt.stored {
					want = ".."
				}
				if got := rows(t, db)["n"]; got != want {
					t.Errorf("rows are %q, want %q", got, want)
				}
				if err := add(db, t.Context()); err != nil {
					t.Errorf("the next update: %v", err)
				}
				if got := rows(t, db)["n"]; got != want+"." {
					t.Errorf("in the end rows are %q, want %q", got, want+".")
				}
			})
		}
	}
}

// TestRestarts crashes the server again and again under a writer and a reader.
// What Update said is so.
func TestRestarts(t *testing.T) {
	s := pgtest.Start(t, "fsync=off") // the machine does not crash
	db := open(t, pgkv.Options{DSN: s.DSN(t), Tenant: tenant()})
	stop := make(chan struct{})
	stored, not := map[string]bool{}, map[string]bool{}
	var wait sync.WaitGroup
	var reached atomic.Int64
	wait.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			k := fmt.Sprintf("%06d", i)
			switch err := db.Update(t.Context(), func(tx kv.Tx) error { return tx.Put([]byte(k), make([]byte, 200)) }); {
			case err == nil:
				stored[k] = true
				reached.Add(1)
			case strings.Contains(err.Error(), "not known"):
				t.Logf("update %s: %v", k, err)
			default:
				not[k] = true
			}
		}
	})
	wait.Go(func() {
		last := 0
		for {
			select {
			case <-stop:
				return
			default:
			}
			n := 0
			if err := db.View(t.Context(), func(tx kv.Tx) error {
				return tx.Scan(nil, nil, func(_, _ []byte) (bool, error) { n++; return true, nil })
			}); err != nil {
				continue
			}
			if n < last {
				t.Errorf("a reader saw %d rows, and %d before", n, last)
			}
			last = n
		}
	})
	for range 8 {
		before := reached.Load()
		until(t, "updates go through", func() bool { return reached.Load() > before+50 })
		if err := errors.Join(s.Stop(), s.Again()); err != nil {
			t.Fatal(err)
		}
	}
	before := reached.Load()
	until(t, "updates go through after the last restart", func() bool { return reached.Load() > before })
	close(stop)
	wait.Wait()
	got := rows(t, db)
	for k := range stored {
		if _, ok := got[k]; !ok {
			t.Errorf("update %s was said to be stored and is not there", k)
		}
	}
	for k := range not {
		if _, ok := got[k]; ok {
			t.Errorf("update %s was said not to be stored and is there", k)
		}
	}
	t.Logf("%d updates stored, %d not, %d rows", len(stored), len(not), len(got))
}

// TestServerAway asks a server that is not there, and one that comes back in time.
func TestServerAway(t *testing.T) {
	s := pgtest.Start(t, "fsync=off")
	o := pgkv.Options{DSN: s.DSN(t), Tenant: tenant(), ConnectWait: 100 * time.Millisecond}
	db := open(t, o)
	if err := add(db, t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := add(db, t.Context()); err == nil {
		t.Error("an update without a server went through")
	}
	if err := db.View(t.Context(), func(kv.Tx) error { return nil }); err == nil {
		t.Error("a view without a server went through")
	}
	if _, err := openErr(t, o); err == nil {
		t.Error("a store without a server was opened")
	}
	if err := s.Again(); err != nil {
		t.Fatal(err)
	}
	if err := add(db, t.Context()); err != nil {
		t.Errorf("after the server came back: %v", err)
	}
	if got := rows(t, db)["n"]; got != ".." {
		t.Errorf("rows are %q", got)
	}
}
