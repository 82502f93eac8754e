package flows

import (
	"context"
	"slices"
	"testing"
)

// counting is a directory in which groups can be joined.
type counting struct {
	*directory
	joined []string
}

func (d *counting) AddMember(_ context.Context, group string, id AccountID) error {
	d.joined = append(d.joined, group)
	d.in[id] = append(d.in[id], group)
	return nil
}

func (d *counting) IsMember(_ context.Context, group string, id AccountID) (bool, error) {
	return slices.Contains(d.in[id], group), nil
}

// TestOnlyTheApprovedPlanRuns changes a plan after it was approved, as somebody can who writes into the database: whatever it is, nothing of
// the plan is done any more, and IT is asked.
func TestOnlyTheApprovedPlanRuns(t *testing.T) {
	other := func(p *Plan, k StepKey, f func(*Step)) {
		i := slices.IndexFunc(p.Steps, func(s Step) bool { return s.Key == k })
		f(&p.Steps[i])
	}
	for name, change := range map[string]func(c *Case){
		"nothing":           nil,
		"another group":     func(c *Case) { other(&c.Plan, salesKey, func(s *Step) { s.Group = "g-admins" }) },
		"another task":      func(c *Case) { other(&c.Plan, salesKey, func(s *Step) { s.Task = BlockSignIn }) },
		"at another time":   func(c *Case) { other(&c.Plan, salesKey, func(s *Step) { s.Due = s.Due.AddDate(0, -1, 0) }) },
		"owned by another":  func(c *Case) { other(&c.Plan, salesKey, func(s *Step) { s.Owner = string(stan.ID) }) },
		"waits for nothing": func(c *Case) { other(&c.Plan, startedKey, func(s *Step) { s.After = nil }) },
		"another manager":   func(c *Case) { c.Plan.Manager = stan.ID },
		"a step more": func(c *Case) {
			c.Plan.Steps = append(c.Plan.Steps, Step{Key: "group:Admins", Task: AddToGroup, Group: "g-admins"})
		},
		"a step less": func(c *Case) {
			c.Plan.Steps = slices.DeleteFunc(c.Plan.Steps, func(s Step) bool { return s.Key == startedKey })
		},
		"a step of an undoing": func(c *Case) {
			c.Plan.Steps = append(c.Plan.Steps, Step{Key: "undo:x", Of: salesKey, Task: AddToGroup, Group: "g-admins"})
		},
		"a block as if for one": func(c *Case) {
			c.Plan.Steps = append(c.Plan.Steps, Step{Key: "undo:y", Of: accountKey, Task: BlockSignIn})
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			d := &counting{directory: o.dir}
			o.World = d
			o.raise(t)
			o.put(t, Entry{Case: priyasCase, At: o.now, Body: approval(o.of(t), salesKey)})
			o.put(t, Entry{Case: priyasCase, At: o.now, Body: StepVerified{Step: accountKey, Account: newcomer.ID}})
			er, ok := o.store.queue[StepErrand+"/"+string(priyasCase)+"/"+string(salesKey)]
			if !ok {
				t.Fatal("the step is not in the queue")
			}
			o.now = er.Due
			c := o.of(t)
			c.Plan.Steps = slices.Clone(c.Plan.Steps)
			if change != nil {
				change(&c)
			}
			o.store.cases[priyasCase] = c
			if err := o.runStep(t.Context(), er); err != nil {
				t.Fatal(err)
			}
			_, st, _ := o.of(t).Step(salesKey)
			if change == nil {
				if len(d.joined) != 1 || st.State != StepDone {
					t.Errorf("as it was approved: joined %v, the step is %+v", d.joined, st)
				}
				return
			}
			if len(d.joined) > 0 || st.State != StepBroken || st.Cause != "The plan is not the one that was approved, so nothing was done." {
				t.Errorf("joined %v, the step is %+v", d.joined, st)
			}
		})
	}
}
