package load

import (
	"os"
	"testing"
	"time"
)

// BenchmarkText is text turns: a sentence that is not understood, the list of what waits for one, and help, each with a few open cases.
func BenchmarkText(bm *testing.B) {
	for name, text := range map[string]string{"sentence": nonsense, "tasks": "my tasks", "help": "help"} {
		bm.Run(name, func(bm *testing.B) {
			b := start(bm)
			b.greet()
			b.raise(openCases)
			b.measure(bm, bm.N, b.textTurn(text))
		})
	}
}

// BenchmarkPress is presses on buttons: cases' timelines, and a list of the overview. A press on a timeline is itself an entry of the case,
// so those are spread over more cases, as they would be.
func BenchmarkPress(bm *testing.B) {
	bm.Run("details", func(bm *testing.B) {
		b := start(bm)
		b.greet()
		b.measure(bm, bm.N, b.details(b.raise(5*openCases)))
	})
	bm.Run("overdue", func(bm *testing.B) {
		b := start(bm)
		b.greet()
		b.raise(openCases)
		b.measure(bm, bm.N, b.overdue())
	})
}

// openCases are open while turns are measured.
const openCases = 10

// BenchmarkApprove is managers' decisions, at most a hundred: each needs a case of its own, and cards and errands follow from each.
func BenchmarkApprove(bm *testing.B) {
	b := start(bm)
	b.greet()
	cases := b.raise(min(bm.N, 100))
	b.measure(bm, len(cases), b.approve(cases))
}

// measure makes n turns and reports them.
func (b *bot) measure(bm *testing.B, n int, one turn) {
	memory, err := b.memory()
	if err != nil {
		bm.Fatal(err)
	}
	used, known := processorTime(b.cmd.Process.Pid)
	own, _ := processorTime(os.Getpid())
	bm.ResetTimer()
	began := time.Now()
	all := b.many(n, one)
	wall := time.Since(began)
	bm.StopTimer()
	b.report(bm, all, wall)
	bm.ReportMetric(memory, "idle-MB")
	if now, ok := processorTime(b.cmd.Process.Pid); known && ok {
		bm.ReportMetric(float64((now-used).Microseconds())/float64(len(all)), "bot-cpu-us")
	}
	if now, ok := processorTime(os.Getpid()); known && ok {
		bm.ReportMetric(float64((now-own).Microseconds())/float64(len(all)), "rig-cpu-us")
	}
}
