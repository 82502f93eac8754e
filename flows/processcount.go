package flows

import (
	"slices"
	"strings"
	"time"
)

// count puts one open case where it is: at everything of it that waits for people, or else at its next step.
func (m *ProcessMap) count(c Case, now time.Time) {
	names := flowsOf(c)
	if len(names) == 0 {
		m.Others++
		return
	}
	var in []*ProcessFlow
	for _, name := range names {
		if i := slices.IndexFunc(m.Flows, func(f ProcessFlow) bool { return f.Name == name }); i >= 0 {
			in = append(in, &m.Flows[i])
		}
	}
	in[0].Open++
	counted := map[string]bool{}
	put := func(key func(ProcessFlow) string) {
		for _, f := range in {
			for j := range f.Steps {
				if f.Steps[j].Key != key(*f) {
					continue
				}
				if at := f.Name + " " + f.Steps[j].Key; !counted[at] { // once, however many of its steps are there
					f.Steps[j].Now++
					counted[at] = true
				}
				return
			}
		}
		if !counted[""] {
			in[0].Else++
			counted[""] = true
		}
	}
	open := c.Open(now)
	for _, it := range open {
		put(func(f ProcessFlow) string { return f.where(c, it.Slot) })
	}
	if len(open) > 0 {
		return
	}
	var next *Step
	for _, s := range c.Plan.Steps {
		if _, st, ok := c.Step(s.Key); ok && !st.State.Over() && (next == nil || c.Due(s).Before(c.Due(*next))) {
			next = &s
		}
	}
	if next != nil {
		put(func(f ProcessFlow) string { return f.lineOf(*next) })
	}
}

// flowsOf are the workflows that a case follows, the one that counts it first.
func flowsOf(c Case) []string {
	switch c.Kind {
	case JoinerEvent:
		return []string{JoinerFlow, RehireFlow}
	case MoverEvent:
		return []string{MoverFlow, SecondmentFlow}
	case LeaverEvent:
		if c.Event.Urgent {
			return []string{UrgentLeaverFlow}
		}
		return []string{LeaverFlow}
	case LeaveEvent:
		return []string{LeaveFlow, ReturnFlow}
	case RenameEvent:
		return []string{RenameFlow}
	}
	return nil
}

// where is the box of something that waits for people.
func (f ProcessFlow) where(c Case, s Slot) string {
	switch s.Card {
	case CardApproval:
		return confirmStep
	case CardUrgent:
		return secondStep
	case CardRelease:
		return releaseStep
	case CardSignOff:
		return signOffStep
	case CardComeBack:
		return backStep
	}
	if step, _, ok := c.Step(s.Step); ok && s.Step != "" {
		return f.lineOf(step)
	}
	return ""
}

// lineOf is the box of a step of a plan: of its own line, of its task, of the task that it came from, or the only one there is.
func (f ProcessFlow) lineOf(s Step) string {
	has := func(key string) bool { _, ok := f.Step(key); return ok }
	kind, own, _ := strings.Cut(string(s.Key), ":")
	if slices.Contains([]string{"group", "team", "licence"}, kind) {
		own = "" // what stands there is the thing, not the line
	}
	from := map[TaskName]TaskName{RemoveFromTeam: RemoveFromGroup, FollowRule: AddToGroup, AddToTeam: AddToGroup, SharedMailbox: MailboxByHand}[s.Task]
	byHand := map[StepKey]TaskName{onPremises: DisableOnPremises, reportsKey: HandOverReports, oneDriveKey: HandOverFiles, holdKey: HoldReview}[s.Key]
	switch s.Manual {
	case ConvertToShared, ForwardMailbox, HideFromList:
		byHand = MailboxByHand
	case CheckApps:
		byHand = HandOverApps
	}
	for _, key := range []string{own, string(byHand), string(s.Task), string(from), string(s.Manual)} {
		if key != "" && has(key) {
			return key
		}
	}
	var lines []string
	for _, b := range f.Steps {
		if !b.Decides() {
			lines = append(lines, b.Key)
		}
	}
	if len(lines) == 1 {
		return lines[0]
	}
	return ""
}
