package e2e

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// callers is how many connections are held open at a time, and mostMemory how much larger the process may become of them.
const (
	callers    = 10_000
	mostMemory = 250 << 20
)

// TestTenThousandCallers opens ten thousand connections to the built bot, half of which begin a request and none of which ends one. The bot
// answers whoever asks properly, at once; it becomes larger by a bounded amount; and when they have gone it holds nothing of them.
func TestTenThousandCallers(t *testing.T) {
	n := callers
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		t.Fatal(err)
	}
	if files.Max < callers+500 {
		n = int(files.Max) - 500 // a small machine: fewer, and still more than may stay
		t.Logf("only %d open files are allowed", files.Max)
	}
	files.Cur = files.Max
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		t.Fatal(err)
	}
	pl, err := newPlace(filepath.Join(t.TempDir(), "data"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := pl.start(t.Context(), os.Environ())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := p.kill(); err != nil {
			t.Error(err)
		}
	}()
	pid := p.cmd.Process.Pid
	before, open := resident(t, pid), openFiles(t, pid)

	var mu sync.Mutex
	var held []net.Conn
	var wg sync.WaitGroup
	for worker := range 50 {
		wg.Go(func() {
			for i := range n / 50 {
				c, err := net.Dial("tcp", pl.bot)
				if err != nil {
					t.Errorf("caller %d of %d: %v", i, worker, err)
					return
				}
				if i%2 == 0 {
					if _, err := fmt.Fprintf(c, "POST /api/messages HTTP/1.1\r\nHost: %s\r\nX: %s\r\n", pl.bot, strings.Repeat("x", 3000)); err != nil {
						continue // sent away already, which is the bot's right
					}
				}
				mu.Lock()
				held = append(held, c)
				mu.Unlock()
			}
		})
	}
	slowest := time.Duration(0)
	for range 20 { // while they come
		slowest = max(slowest, healthy(t, pl.bot))
	}
	wg.Wait()
	peak := resident(t, pid)
	for range 20 {
		slowest = max(slowest, healthy(t, pl.bot))
		peak = max(peak, resident(t, pid))
	}
	if slowest > 2*time.Second {
		t.Errorf("with %d callers a proper request waits %v", len(held), slowest)
	}
	if peak-before > mostMemory {
		t.Errorf("with %d callers the process is %d MB larger, want at most %d", len(held), (peak-before)>>20, mostMemory>>20)
	}
	t.Logf("%d callers: %d MB before, %d MB at most; the slowest proper request %v", len(held), before>>20, peak>>20, slowest)
	for _, c := range held {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	deadline := time.Now().Add(20 * time.Second)
	for openFiles(t, pid) > open+20 {
		if time.Now().After(deadline) {
			t.Fatalf("after they have gone %d files are open, %d before they came", openFiles(t, pid), open)
		}
		healthy(t, pl.bot)
	}
}

// healthy asks as Teams does, without its token, on a connection of its own: the answer comes from the edge.
func healthy(t *testing.T, at string) time.Duration {
	t.Helper()
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+at+"/api/messages", strings.NewReader(`{"type":"message"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		t.Errorf("a proper request: %v", err)
		return time.Since(began)
	}
	if err := resp.Body.Close(); err != nil {
		t.Error(err)
	}
	if resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("a proper request without a token is answered %d", resp.StatusCode)
	}
	return time.Since(began)
}

// resident is the memory of a process, in bytes.
func resident(t *testing.T, pid int) int {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(b), "VmRSS:")
	kb, err := strconv.Atoi(strings.Fields(after)[0])
	if err != nil {
		t.Fatal(err)
	}
	return kb << 10
}

func openFiles(t *testing.T, pid int) int {
	t.Helper()
	all, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}
