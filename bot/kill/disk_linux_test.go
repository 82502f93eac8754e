package kill

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"muster/flows"
)

// tmpfs mounts a small disk, where this user may; false where not.
func tmpfs(t *testing.T, size string) (string, bool) {
	t.Helper()
	dir := t.TempDir()
	if os.Geteuid() != 0 {
		return dir, false
	}
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size="+size, "tmpfs", dir).CombinedOutput(); err != nil {
		t.Logf("no disk of its own: %v %s", err, out)
		return dir, false
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", "-l", dir).CombinedOutput(); err != nil {
			t.Errorf("unmount: %v %s", err, out)
		}
	})
	return dir, true
}

// says writes to the bot, and reports whether the bot took it.
func (w *world) says(ctx context.Context, as, text string) bool {
	status, err := w.call(ctx, http.MethodPost, w.teams("/sandbox/say"), map[string]string{"as": as, "chat": "bot", "text": text}, nil)
	return err == nil && status < 300
}

// fillUp writes until nothing more fits, and returns what makes room again.
func fillUp(t *testing.T, dir string) (free func()) {
	t.Helper()
	path := filepath.Join(dir, "ballast")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{1 << 20, 4096} {
		for err = nil; err == nil; {
			_, err = f.Write(make([]byte, size))
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

// TestFullDisk fills the disk under a bot at work: nothing is acknowledged that is not stored, people read a sentence, and once there is room it
// goes on by itself. Once because the system lets the bot write no file beyond its first pages, and once on a disk of its own, where that can be
// mounted.
func TestFullDisk(t *testing.T) {
	t.Run("files limited", func(t *testing.T) {
		t.Parallel()
		fullDisk(t, newWorld(t, 90, ""), func(p *process) func() { return limitFiles(t, p.cmd.Process.Pid) })
	})
	disk, mounted := tmpfs(t, "24m")
	if !mounted {
		return // the other way holds everywhere
	}
	t.Run("no space left", func(t *testing.T) {
		fullDisk(t, newWorld(t, 91, filepath.Join(disk, "data")), func(*process) func() { return fillUp(t, disk) })
	})
}

// fullDisk is the test, whatever makes the disk full and gives room again.
func fullDisk(t *testing.T, w *world, fill func(*process) (free func())) {
	people := newCrowd(w)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	p := w.begun()
	people.say(ctx, "hr", starter(0, time.Now()).sentence, "Probe Numbera")
	form := w.offered(ctx, "hr", flows.VerbCheck)

	free := fill(p)
	ready := func() bool { return w.status("http://"+w.at.Bot+"/readyz") == http.StatusOK }
	said := 0
	for ; said < 500 && (w.says(ctx, "hr2", "help") || w.says(ctx, "hr2", "my tasks") || ready()); said++ {
		// Pages that the store has given up have room for some more, and one change needs less than another.
	}
	t.Logf("%d messages were taken until the disk was full", said)
	refused := w.presses(ctx, "hr", form)
	if refused.taken() {
		t.Error("a press is acknowledged while nothing can be stored")
	}
	if text := refused.says(); refused.Status != http.StatusOK || len(text) < 20 || strings.Contains(text, "muster.db") {
		t.Errorf("the press is answered with %d %q, want a sentence", refused.Status, text)
	}
	if w.says(ctx, "hr2", "my tasks") {
		t.Error("a message is acknowledged while nothing can be stored")
	}
	if ready() {
		t.Error("the bot says that it is ready")
	}
	if status := w.status("http://" + w.at.Bot + "/healthz"); status != http.StatusOK {
		t.Errorf("the process gives up: %d", status)
	}

	free()
	if err := until(ctx, 30*time.Second, w.isReady); err != nil {
		t.Errorf("there is room again, and the bot is not ready: %v", err)
	}
	go people.live(ctx)
	if !w.inPeace(1) {
		t.Error("the case does not end")
	}
	cancel()
	c := w.read()
	c.nothingLost(people)
	c.nothingTwice(5) // of each message that could not be noted, one more
	c.verified()
}

// TestReadOnlyDisk starts the bot where nothing can be written: it says so and changes nothing, and starts as before when it can.
func TestReadOnlyDisk(t *testing.T) {
	t.Parallel()
	disk, mounted := tmpfs(t, "64m")
	w := newWorld(t, 92, filepath.Join(disk, "data"))
	people := newCrowd(w)
	w.begun()
	people.say(t.Context(), "hr", starter(0, time.Now()).sentence, "Probe Numbera")
	w.offered(t.Context(), "hr", flows.VerbCheck)
	w.kill()
	before, err := os.ReadFile(w.database())
	if err != nil {
		t.Fatal(err)
	}
	remount := func(how string) {
		if out, err := exec.Command("mount", "-o", "remount,"+how, disk).CombinedOutput(); err != nil {
			t.Fatalf("remount: %v %s", err, out)
		}
	}
	args := []string{binary, "serve", "--config", filepath.Join(w.dir, "muster.yaml")}
	switch {
	case mounted:
		remount("ro")
	case os.Geteuid() != 0:
		if err := errors.Join(os.Chmod(w.database(), 0o400), os.Chmod(filepath.Dir(w.database()), 0o500)); err != nil {
			t.Fatal(err)
		}
	default: // nothing binds root but the limit of its own files
		args = append([]string{"sh", "-c", "trap '' XFSZ; ulimit -f 0; exec \"$0\" \"$@\""}, args...)
	}
	q, err := begin(exec.Command(args[0], args[1:]...))
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-q.ended:
	case <-time.After(startTime):
		t.Fatalf("the bot neither serves nor ends: %v\n%s", q.kill(), q.said.String())
	}
	said := q.said.String()
	if q.result == nil || strings.Contains(said, "goroutine ") || !strings.HasPrefix(said, "muster: ") {
		t.Errorf("the bot ended with %v and said %s", q.result, said)
	}
	t.Logf("it said: %s", said)
	if out, err := w.muster("verify", w.data); err != nil {
		t.Errorf("a store that cannot be written can be verified all the same: %v\n%s", err, out)
	}
	switch {
	case mounted:
		remount("rw")
	case os.Geteuid() != 0:
		if err := errors.Join(os.Chmod(filepath.Dir(w.database()), 0o700), os.Chmod(w.database(), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	if after, err := os.ReadFile(w.database()); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the store was changed: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go people.live(ctx)
	if !w.inPeace(1) {
		t.Error("the case does not end")
	}
	cancel()
	c := w.read()
	c.nothingLost(people)
	c.verified()
}

// limitFiles lets a running process write no file beyond its first two pages, and returns what lifts that again. The system tells the
// process so (EFBIG) when it writes, as a full disk does.
func limitFiles(t *testing.T, pid int) (lift func()) {
	t.Helper()
	var was syscall.Rlimit
	set := func(next *syscall.Rlimit, old *syscall.Rlimit) {
		if _, _, no := syscall.RawSyscall6(syscall.SYS_PRLIMIT64, uintptr(pid), syscall.RLIMIT_FSIZE, uintptr(unsafe.Pointer(next)), uintptr(unsafe.Pointer(old)), 0, 0); no != 0 {
			t.Fatalf("limit the files of the bot: %v", no)
		}
	}
	set(nil, &was)
	set(&syscall.Rlimit{Cur: 2 * 4096, Max: was.Max}, nil)
	return func() { set(&was, nil) }
}
