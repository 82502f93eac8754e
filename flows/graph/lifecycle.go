package graph

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"muster/flows"
)

const (
	lifecycleWorkflows = "/identityGovernance/lifecycleWorkflows/workflows/"

	sayLifecycle = "Microsoft 365 refuses lifecycle workflows. Muster's app lacks the permissions LifecycleWorkflows-Workflow.Activate, LifecycleWorkflows-Workflow.Read.All and " +
		"LifecycleWorkflows-Reports.Read.All, or the tenant has no licence for them (Entra ID Governance)."
)

// FetchWorkflow is the name of a lifecycle workflow. One that the tenant does not have is NotFound.
func (c *Client) FetchWorkflow(ctx context.Context, workflow string) (string, error) {
	if err := named(flows.AccountID(workflow)); err != nil {
		return "", err
	}
	var w struct {
		Name string `json:"displayName"`
	}
	if err := c.rest(ctx, "read lifecycle workflow", http.MethodGet, lifecycleWorkflows+workflow+asked("$select", "id,displayName"), nil, nil, &w); err != nil {
		return "", clearer(err, http.StatusForbidden, sayLifecycle)
	}
	if w.Name == "" {
		return "", unreadable("read lifecycle workflow", "name")
	}
	return w.Name, nil
}

// StartWorkflow runs a lifecycle workflow for one account, now. The request is sent once: every one that arrives is another run.
func (c *Client) StartWorkflow(ctx context.Context, workflow string, id flows.AccountID) error {
	if err := named(id, flows.AccountID(workflow)); err != nil {
		return err
	}
	body := map[string]any{"subjects": []map[string]string{{"id": string(id)}}}
	err := c.rest(ctx, "start lifecycle workflow", http.MethodPost, lifecycleWorkflows+workflow+"/activate", nil, body, nil)
	return clearer(err, http.StatusForbidden, sayLifecycle)
}

// WorkflowRuns are what a lifecycle workflow did for one account, the newest first. Of the newest, if it went wrong, the tasks that did.
func (c *Client) WorkflowRuns(ctx context.Context, workflow string, id flows.AccountID) ([]flows.WorkflowRun, error) {
	if err := named(id, flows.AccountID(workflow)); err != nil {
		return nil, err
	}
	const op = "list runs of lifecycle workflow"
	results := lifecycleWorkflows + workflow + "/userProcessingResults"
	rows, err := restPages[struct {
		ID     string    `json:"id"`
		State  string    `json:"processingStatus"`
		At     time.Time `json:"scheduledDateTime"`
		Tasks  int       `json:"totalTasksCount"`
		Failed int       `json:"failedTasksCount"`
	}](ctx, c, op, results+asked("$filter", "subject/id eq "+quoted(string(id))))
	if err != nil {
		return nil, clearer(err, http.StatusForbidden, sayLifecycle)
	}
	runs := []flows.WorkflowRun{}
	for _, r := range rows {
		if r.ID == "" || r.State == "" || r.At.IsZero() {
			return nil, unreadable(op, "id, state or time")
		}
		runs = append(runs, flows.WorkflowRun{ID: r.ID, State: r.State, At: r.At.UTC(), Tasks: r.Tasks})
	}
	slices.SortFunc(runs, func(a, b flows.WorkflowRun) int { return b.At.Compare(a.At) })
	if len(runs) > 0 && (runs[0].State == "completedWithErrors" || runs[0].State == "failed") {
		if runs[0].Failed, err = c.failedTasks(ctx, results+"/"+url.PathEscape(runs[0].ID)); err != nil {
			return nil, err
		}
	}
	return runs, nil
}

// failedTasks are the names of the tasks of a run that went wrong. Why they did may name people and stays in Entra.
func (c *Client) failedTasks(ctx context.Context, run string) ([]string, error) {
	rows, err := restPages[struct {
		State string `json:"processingStatus"`
		Task  struct {
			Name string `json:"displayName"`
		} `json:"task"`
	}](ctx, c, "list tasks of lifecycle workflow run", run+"/taskProcessingResults"+asked("$expand", "task"))
	if err != nil {
		return nil, clearer(err, http.StatusForbidden, sayLifecycle)
	}
	var names []string
	for _, r := range rows {
		if r.State != "completed" && r.Task.Name != "" {
			names = append(names, r.Task.Name)
		}
	}
	slices.Sort(names)
	return names, nil
}
