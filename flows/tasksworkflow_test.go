package flows

import (
	"strings"
	"testing"
	"time"
)

// A workflow is started once, followed, and done when it completed.
func TestRunWorkflow(t *testing.T) {
	p := begin(t, Step{Task: RunLifecycleWorkflow, Ref: "w", Name: "Offboard an employee"})
	p.world.runs = []WorkflowRun{{ID: "last-year", State: "completed"}}
	before, after := p.does()
	if before.done || before.text != "last run last-year: completed" || after.done || after.text != "run run-1: waits its turn" || p.world.starts != 1 {
		t.Fatalf("before %+v, after %+v, %d starts", before, after, p.world.starts)
	}
	p.fold(StepUnseen{Step: "it", Seen: after.text, Next: p.now})
	p.world.runs[0].State = "inProgress"
	for range 4 { // the engine acts once more after the third look
		p.after(time.Minute)
		if got := p.look(); got.done || got.text != "run run-1: under way" {
			t.Errorf("meanwhile %+v", got)
		}
		if err := p.act(); err != nil {
			t.Fatal(err)
		}
		p.fold(StepUnseen{Step: "it", Seen: "under way", Next: p.now})
	}
	p.world.runs[0].State = "completed"
	if got := p.look(); !got.done || p.world.starts != 1 {
		t.Errorf("in the end %+v after %d starts", got, p.world.starts)
	}
}

// One that went wrong is for people, in words; a retry is another run.
func TestRunWorkflowGoesWrong(t *testing.T) {
	for state, want := range map[string]string{
		"completedWithErrors": "The workflow Offboard is completed with errors: 1 of 2 tasks went wrong: Send mail.",
		"failed":              "The workflow Offboard failed: 1 of 2 tasks went wrong: Send mail.",
		"canceled":            "The workflow Offboard is cancelled",
		"quarantined":         "held back by Microsoft",
	} {
		t.Run(state, func(t *testing.T) {
			p := begin(t, Step{Task: RunLifecycleWorkflow, Ref: "w", Name: "Offboard"})
			p.does()
			p.world.runs[0].State, p.world.runs[0].Failed = state, []string{"Send mail"}
			_, err := lookWorkflow(t.Context(), p.hands(), p.c, p.s)
			if CodeOf(err) != Conflict || !strings.Contains(SayOf(err), want) {
				t.Fatalf("error %v (%s)", err, SayOf(err))
			}
			p.fold(StepFailed{Step: "it", Cause: SayOf(err), Tries: 1})
			p.fold(StepRetried{Step: "it", By: ivan})
			p.after(time.Hour)
			if before, after := p.does(); before.done || after.done || p.world.starts != 2 || after.text != "run run-2: waits its turn" {
				t.Errorf("retried: before %+v, after %+v, %d starts", before, after, p.world.starts)
			}
		})
	}
	if (Step{Task: RunLifecycleWorkflow}).visible() {
		t.Error("a run that went wrong stays so: what people did by hand cannot be read back from it")
	}
}

// A start whose answer was lost, or after which the process died, is looked for before it is sent again.
func TestRunWorkflowIsNotStartedTwice(t *testing.T) {
	for name, seen := range map[string]bool{"the run shows up": true, "there is none": false} {
		t.Run(name, func(t *testing.T) {
			p := begin(t, Step{Task: RunLifecycleWorkflow, Ref: "w", Name: "Offboard"})
			p.world.lag = true
			p.does() // and the process dies before it writes what came of it
			if !seen {
				p.world.runs = nil
			}
			for tries := range 3 {
				p.after(10 * time.Second)
				if err := p.act(); err != nil || p.world.starts != 1 {
					t.Fatalf("look %d: %v, %d starts", tries, err, p.world.starts)
				}
				p.fold(StepUnseen{Step: "it", Seen: "never run for this person", Next: p.now})
			}
			p.world.lag = false
			if err := p.act(); err != nil {
				t.Fatal(err)
			}
			if want := map[bool]int{true: 1, false: 2}[seen]; p.world.starts != want {
				t.Errorf("%d starts, want %d", p.world.starts, want)
			}
		})
	}
}

// What is taken and never shows up is said within the hour.
func TestRunWorkflowNeverSeen(t *testing.T) {
	p := begin(t, Step{Task: RunLifecycleWorkflow, Ref: "w", Name: "Offboard"})
	p.world.lag = true
	p.does()
	for i := 0; ; i++ {
		_, err := lookWorkflow(t.Context(), p.hands(), p.c, p.s)
		if err != nil {
			if CodeOf(err) != Conflict || i != unseenRun {
				t.Errorf("after %d looks: %v (%s)", i, err, SayOf(err))
			}
			return
		}
		p.fold(StepUnseen{Step: "it", Seen: "never run", Next: p.now})
	}
}
