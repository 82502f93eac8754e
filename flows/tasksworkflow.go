package flows

import (
	"context"
	"strings"

	"muster/flows/texts"
)

// RunLifecycleWorkflow starts one of the tenant's own lifecycle workflows for the person and follows it to its end. Its id is in Ref.
const RunLifecycleWorkflow TaskName = "run_lifecycle_workflow"

// unseenRun is after how many looks, most of an hour, it is said that no run is to be seen.
const unseenRun = 5

// ourRun is the run that the step began: the newest, unless it was there before. Whoever starts the same workflow by hand meanwhile is
// followed as well, as it does the same for the same person.
func ourRun(runs []WorkflowRun, st StepStatus) (WorkflowRun, bool) {
	if len(runs) == 0 || st.State == Planned || strings.Contains(st.Before, runs[0].ID) {
		return WorkflowRun{}, false
	}
	return runs[0], true
}

func (r WorkflowRun) say(lang texts.Language) string {
	return lang.Say("run %s: %s", r.ID, runWord(lang, r.State))
}

func runWord(lang texts.Language, state string) string {
	switch state {
	case "queued":
		return lang.Say("waits its turn")
	case "inProgress":
		return lang.Say("under way")
	case "completed":
		return "completed"
	case "completedWithErrors":
		return lang.Say("completed with errors")
	case "canceled", "canceling":
		return "cancelled"
	}
	return state
}

// lookWorkflow wants the run to have completed, every task of it. One that went wrong is for people: running it once more does the tasks
// that went well a second time.
func lookWorkflow(ctx context.Context, h hands, c Case, s Step) (sight, error) {
	runs, err := h.WorkflowRuns(ctx, s.Ref, c.Account)
	if err != nil {
		return sight{}, err
	}
	_, st, _ := c.Step(s.Key)
	r, ours := ourRun(runs, st)
	switch {
	case !ours && st.State == StepNotSeen && st.Tries >= unseenRun:
		return sight{}, &Error{Code: Conflict, Say: c.Lang.Say("Microsoft 365 took the request to run %s, but shows no run of it. Look at the workflow's history in Entra before you retry.", s.Name)}
	case !ours && len(runs) == 0:
		return sight{text: c.Lang.Say("never run for this person")}, nil
	case !ours:
		return sight{text: c.Lang.Say("last %s", runs[0].say(c.Lang))}, nil
	}
	switch r.State {
	case "completed":
		return sight{done: true, text: r.say(c.Lang)}, nil
	case "completedWithErrors", "failed", "canceled", "canceling", "quarantined":
		return sight{}, &Error{Code: Conflict, Say: r.trouble(c.Lang, s.Name)}
	}
	return sight{text: r.say(c.Lang)}, nil
}

// trouble says how a run went wrong.
func (r WorkflowRun) trouble(lang texts.Language, name string) string {
	text := lang.Say("The workflow %s is %s", name, runWord(lang, r.State))
	switch r.State {
	case "failed":
		text = lang.Say("The workflow %s failed", name)
	case "quarantined":
		text = lang.Say("The workflow %s is held back by Microsoft, as it would touch too many people", name)
	}
	if n := len(r.Failed); n > 0 {
		text += lang.Say(": %d of %s went wrong: %s", n, count(lang, r.Tasks, "task"), series(lang, r.Failed))
	}
	return lang.Say("%s. Look at its history in Entra, do what is missing by hand, or retry to run all of it again.", text)
}

// actWorkflow starts the workflow unless a run is to be seen. Every start is another run, so one whose answer was lost, or that was sent
// before the process died, is first looked for through three looks, and only then sent again.
func actWorkflow(ctx context.Context, h hands, c Case, s Step) error {
	runs, err := h.WorkflowRuns(ctx, s.Ref, c.Account)
	if err != nil {
		return err
	}
	_, st, _ := c.Step(s.Key)
	_, ours := ourRun(runs, st)
	first := st.State == StepBegun && st.Cause == "" && !h.now.After(st.At)
	again := st.State == StepNotSeen && st.Tries == 3
	if ours || !first && !again {
		return nil
	}
	return h.StartWorkflow(ctx, s.Ref, c.Account)
}
