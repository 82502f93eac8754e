package load

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

var only = flag.String("rows", "", "the rows of the table to measure, as a regular expression; all when left out")

// row is one measurement of the table: a benchmark somewhere in the repository, and the figures of it that stand in the table.
type row struct {
	what, pkg, bench, times string
	args                    []string
	figures                 []string // units
	target                  string
}

var table = []row{
	{"text turns, 1 at a time", "./bot/load", "^BenchmarkText$/^sentence$", "1500x", []string{"-flight=1"}, turnFigures, ""},
	{"text turns, 16", "./bot/load", "^BenchmarkText$/^sentence$", "12000x", []string{"-flight=16"}, turnFigures, "5,000/s"},
	{"text turns, 64", "./bot/load", "^BenchmarkText$/^sentence$", "12000x", []string{"-flight=64"}, turnFigures, "6,000/s"},
	{"the same, nothing stored, 16", "./bot/load", "^BenchmarkReference$", "12000x", []string{"-flight=16"}, turnFigures, ""},
	{"presses, 16", "./bot/load", "^BenchmarkPress$", "4000x", []string{"-flight=16"}, turnFigures, "p99 50 ms"},
	{"managers' decisions, 16", "./bot/load", "^BenchmarkApprove$", "100x", []string{"-flight=16"}, turnFigures, "p99 50 ms"},
	{"text turns inside the process, bbolt", "./bot/service", "^BenchmarkTurn$", "4000x", nil, []string{"turns/s"}, ""},
	{"text turns inside the process, PostgreSQL", "./bot/service", "^BenchmarkTurnPostgres$", "2000x", nil, []string{"turns/s"}, "1,000/s"},
	{"commits of two entries, bbolt", "./store", "^BenchmarkCommit$", "8000x", nil, []string{"commits/s"}, "2,500/s"},
	{"commits of two entries, PostgreSQL", "./store", "^BenchmarkCommitPostgres$", "2000x", nil, []string{"commits/s"}, ""},
	{"commits in a log that has grown", "./store", "^BenchmarkGrown$", "8000x", nil, []string{"commits/s", "open-ms"}, "within 1.3"},
	{"verifying a store", "./store", "^BenchmarkVerify$/entries=100000$", "1x", nil, []string{"ns/op"}, ""},
	{"errands due at one instant", "./bot/load", "^BenchmarkDue$", "2000x", nil, []string{"p50-ms", "p99-ms"}, "2 s late"},
}

var turnFigures = []string{"turns/s", "p50-ms", "p95-ms", "p99-ms"}

// BenchmarkTable measures the rows one after the other, and prints them beside what the disk and the hash did in the same minute.
//
//	go test ./bot/load -run '^$' -bench '^BenchmarkTable$' -benchtime 1x -timeout 60m -v -args -rows 'text turns'
func BenchmarkTable(bm *testing.B) {
	which, err := regexp.Compile(*only)
	if err != nil {
		bm.Fatal(err)
	}
	fmt.Println("| | target | measured | syncs/s | SHA-256 MB/s | per sync |\n| --- | --- | --- | --- | --- | --- |")
	for _, r := range table {
		if !which.MatchString(r.what) {
			continue
		}
		before := machine(bm)
		cmd := exec.Command("go", append([]string{"test", r.pkg, "-run", "^$", "-bench", r.bench, "-benchtime", r.times, "-timeout", "30m", "-args"}, r.args...)...)
		cmd.Dir = filepath.Join("..", "..")
		out, err := cmd.CombinedOutput()
		if err != nil {
			bm.Errorf("%s: %v\n%s", r.what, err, out)
			continue
		}
		after := machine(bm)
		syncs := (before.syncs + after.syncs) / 2
		for _, f := range read(string(out), r.figures) {
			perSync := ""
			if f.rate > 0 {
				perSync = fmt.Sprintf("%.1f", f.rate/syncs)
			}
			fmt.Printf("| %s%s | %s | %s | %.0f | %.0f | %s |\n", r.what, f.part, r.target, f.text, syncs, (before.hash+after.hash)/2, perSync)
		}
	}
}

// figure is one line of a benchmark: which part of it, what it measured, and that as a rate where it is one.
type figure struct {
	part, text string
	rate       float64
}

// processors is what stands behind the name of every benchmark.
var processors = regexp.MustCompile(`-[0-9]+$`)

// read takes the figures of the given units out of what a benchmark printed.
func read(out string, units []string) []figure {
	var all []figure
	lines := bufio.NewScanner(strings.NewReader(out))
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if len(words) < 4 || !strings.HasPrefix(words[0], "Benchmark") {
			continue
		}
		var f figure
		if _, part, ok := strings.Cut(words[0], "/"); ok {
			f.part = ", " + processors.ReplaceAllString(part, "")
		}
		var said []string
		for _, unit := range units {
			i := slices.Index(words, unit)
			if i < 1 {
				continue
			}
			said = append(said, words[i-1]+" "+unit)
			if strings.HasSuffix(unit, "/s") {
				if _, err := fmt.Sscan(words[i-1], &f.rate); err != nil {
					f.rate = 0
				}
			}
		}
		f.text = strings.Join(said, ", ")
		all = append(all, f)
	}
	return all
}

// speed is what the machine can do at the moment.
type speed struct{ syncs, hash float64 }

// machine writes 4 KB and waits for the disk, and hashes, for half a second each.
func machine(tb testing.TB) speed {
	f, err := os.CreateTemp(tb.TempDir(), "sync")
	if err != nil {
		tb.Fatal(err)
	}
	const long = time.Second / 2
	n, began := 0, time.Now()
	page := make([]byte, 4096)
	for ; time.Since(began) < long; n++ {
		if _, err := f.WriteAt(page, int64(n%256)*4096); err != nil {
			tb.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			tb.Fatal(err)
		}
	}
	s := speed{syncs: float64(n) / time.Since(began).Seconds()}
	if err := errors.Join(f.Close(), os.Remove(f.Name())); err != nil {
		tb.Fatal(err)
	}
	block := make([]byte, 1<<20)
	n, began = 0, time.Now()
	for ; time.Since(began) < long; n++ {
		sum := sha256.Sum256(block)
		block[0] = sum[0]
	}
	s.hash = float64(n) / time.Since(began).Seconds() * float64(len(block)) / 1e6
	return s
}

func TestRead(t *testing.T) {
	out := "goos: linux\nBenchmarkText/sentence-2  12000  0 ns/op  12.5 p99-ms  4560 turns/s\nBenchmarkCommit/parallel=16-2 8000 80000 ns/op 12500 commits/s\nBenchmarkReference 10 5 ns/op 7 turns/s\nPASS\n"
	got := read(out, []string{"turns/s", "p99-ms", "commits/s"})
	want := []figure{{", sentence", "4560 turns/s, 12.5 p99-ms", 4560}, {", parallel=16", "12500 commits/s", 12500}, {"", "7 turns/s", 7}}
	if !slices.Equal(got, want) {
		t.Errorf("read %+v, want %+v", got, want)
	}
}
