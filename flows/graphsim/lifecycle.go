package graphsim

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

const (
	queueTime = 20 * time.Second
	runTime   = 2 * time.Minute // of a lifecycle workflow, from its start
)

// A lifecycleWorkflow runs its tasks for a person and ends in the same way each time.
type lifecycleWorkflow struct {
	ID    string   `json:"id"`
	Name  string   `json:"name"`
	Tasks []string `json:"tasks"`
	Ends  string   `json:"ends"` // completed, completedWithErrors (the last task fails) or failed (all do)
}

type workflowRun struct {
	ID       string    `json:"id"`
	Workflow string    `json:"workflow"`
	At       time.Time `json:"at"`
}

func (r workflowRun) state(w *lifecycleWorkflow, now time.Time) string {
	switch {
	case now.Before(r.At.Add(queueTime)):
		return "queued"
	case now.Before(r.At.Add(queueTime + runTime)):
		return "inProgress"
	default:
		return w.Ends
	}
}

func workflowID(n int) string { return fmt.Sprintf("00000000-0000-4000-e000-%012x", n) }

func (t *tenant) lifecycle(id string) *lifecycleWorkflow {
	for i := range t.Workflows {
		if strings.EqualFold(t.Workflows[i].ID, id) {
			return &t.Workflows[i]
		}
	}
	return nil
}

func (c *call) workflow() (*lifecycleWorkflow, error) {
	if err := c.premium(); err != nil {
		return nil, err
	}
	w := c.t.lifecycle(c.params["id"])
	if w == nil {
		return nil, notFound(c.params["id"])
	}
	return w, nil
}

func getWorkflow(c *call) (answer, error) {
	w, err := c.workflow()
	if err != nil {
		return answer{}, err
	}
	return c.plainOne("identityGovernance/lifecycleWorkflows/workflows", map[string]any{
		"id": w.ID, "displayName": w.Name, "description": w.Name, "category": "leaver", "isEnabled": true, "isSchedulingEnabled": false, "version": 1,
		"createdDateTime": moment(founded), "lastModifiedDateTime": moment(founded), "deletedDateTime": nil, "nextScheduleRunDateTime": nil,
	})
}

// startWorkflow is another run for each of its subjects, whatever ran before.
func startWorkflow(c *call) (answer, error) {
	w, err := c.workflow()
	if err != nil {
		return answer{}, err
	}
	props, err := c.object()
	if err != nil {
		return answer{}, err
	}
	subjects, _ := props["subjects"].([]any)
	if len(subjects) == 0 || len(subjects) > 10 {
		return answer{}, badRequest("A workflow runs on demand for one to ten users.")
	}
	for _, s := range subjects {
		m, _ := s.(map[string]any)
		id, _ := m["id"].(string)
		u := c.t.Users[strings.ToLower(id)]
		if u == nil || !u.visible(c.now) {
			return answer{}, notFound(id)
		}
		c.t.Serial++
		next := c.t.edit(u.ID)
		next.Runs = append(slices.Clone(u.Runs), workflowRun{ID: uuidOf(c.s.o.Seed, "run", c.t.Serial), Workflow: w.ID, At: c.now.UTC()})
	}
	return noContent(), nil
}

// counts says how many of the tasks of a run have failed by now, and how many are left.
func (r workflowRun) counts(w *lifecycleWorkflow, now time.Time) (failed, left int) {
	switch r.state(w, now) {
	case "queued", "inProgress":
		return 0, len(w.Tasks)
	case "completedWithErrors":
		return 1, 0
	case "failed":
		return len(w.Tasks), 0
	}
	return 0, 0
}

func listRuns(c *call) (answer, error) {
	w, err := c.workflow()
	if err != nil {
		return answer{}, err
	}
	u, err := c.whose("subject/id", "")
	if err != nil {
		return answer{}, err
	}
	rows := []map[string]any{}
	if u != nil {
		for _, r := range u.Runs {
			if r.Workflow != w.ID {
				continue
			}
			failed, left := r.counts(w, c.now)
			row := map[string]any{
				"id": r.ID, "processingStatus": r.state(w, c.now), "scheduledDateTime": moment(r.At), "startedDateTime": nil, "completedDateTime": nil,
				"totalTasksCount": len(w.Tasks), "failedTasksCount": failed, "totalUnprocessedTasksCount": left, "workflowExecutionType": "onDemand", "workflowVersion": 1,
			}
			if !c.now.Before(r.At.Add(queueTime)) {
				row["startedDateTime"] = moment(r.At.Add(queueTime))
			}
			if left == 0 {
				row["completedDateTime"] = moment(r.At.Add(queueTime + runTime))
			}
			rows = append(rows, row)
		}
	}
	return c.pagedPlain("identityGovernance/lifecycleWorkflows/workflows('"+w.ID+"')/userProcessingResults", rows)
}

func listRunTasks(c *call) (answer, error) {
	w, err := c.workflow()
	if err != nil {
		return answer{}, err
	}
	if c.option("expand") != "task" {
		return answer{}, unknown("$expand=%s on %s", c.option("expand"), c.path)
	}
	c.query = without(c.query, "expand")
	for _, u := range c.t.sortedUsers() {
		for _, r := range u.Runs {
			if r.ID != c.params["run"] || r.Workflow != w.ID {
				continue
			}
			failed, left := r.counts(w, c.now)
			rows := []map[string]any{}
			for i, name := range w.Tasks {
				state, reason := "completed", any(nil)
				switch {
				case left > 0:
					state = "queued"
				case i >= len(w.Tasks)-failed:
					state, reason = "failed", "The task could not be done for "+u.text("displayName")+"."
				}
				rows = append(rows, map[string]any{
					"id": uuidOf(0, "task/"+r.ID, i), "processingStatus": state, "failureReason": reason, "createdDateTime": moment(r.At), "startedDateTime": nil, "completedDateTime": nil,
					"task": map[string]any{
						"id": uuidOf(0, "task/"+w.ID, i), "displayName": name, "description": name, "category": "leaver", "isEnabled": true, "continueOnError": true,
						"executionSequence": i + 1, "taskDefinitionId": uuidOf(0, "definition/"+name, 1), "arguments": []any{},
					},
				})
			}
			return c.pagedPlain("identityGovernance/lifecycleWorkflows/workflows('"+w.ID+"')/userProcessingResults('"+r.ID+"')/taskProcessingResults", rows)
		}
	}
	return answer{}, notFound(c.params["run"])
}
