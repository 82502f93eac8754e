package service

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"muster/flows"
)

// The JSON that the sandbox's control API shows of cases and of the log. It is a contract for scripts.
type (
	caseJSON struct {
		Ref       flows.CaseID    `json:"ref"`
		Kind      flows.EventKind `json:"kind"`
		State     flows.State     `json:"state"`
		Subject   subjectJSON     `json:"subject"`
		Due       time.Time       `json:"due,omitzero"` // when sign-in opens, of a leaver ends, of a mover the job changes; absent while no step says so
		Manager   flows.Person    `json:"manager"`
		Plan      flows.PlanHash  `json:"plan"`
		Steps     []stepJSON      `json:"steps"`
		Decisions []decisionJSON  `json:"decisions"`
	}
	subjectJSON struct {
		Name string          `json:"name"`
		UPN  string          `json:"upn"`
		ID   flows.AccountID `json:"id,omitempty"`
	}
	stepJSON struct {
		Key    flows.StepKey   `json:"key"`
		Task   flows.TaskName  `json:"task"`
		Title  string          `json:"title"`
		State  flows.StepState `json:"state"`
		Due    time.Time       `json:"due"`
		Before string          `json:"before,omitempty"`
		After  string          `json:"after,omitempty"`
		Cause  string          `json:"cause,omitempty"`
		At     time.Time       `json:"at,omitzero"`
		Tries  int             `json:"tries,omitempty"`
	}
	entryJSON struct {
		Seq    int64           `json:"seq"`
		Case   flows.CaseID    `json:"case"` // the case, or the draft that led to it
		Kind   flows.Kind      `json:"kind"`
		At     time.Time       `json:"at"`
		By     flows.AccountID `json:"by,omitempty"` // empty: Muster itself
		Body   flows.Body      `json:"body,omitempty"`
		Erased bool            `json:"erased,omitempty"`
	}
	decisionJSON struct {
		By   flows.Person   `json:"by"`
		What string         `json:"what"`
		At   time.Time      `json:"at"`
		Plan flows.PlanHash `json:"plan"`
	}
)

func present(c flows.Case) caseJSON {
	out := caseJSON{
		Ref: c.ID, Kind: c.Kind, State: c.State, Manager: c.Event.Manager, Plan: c.May, Steps: []stepJSON{}, Decisions: []decisionJSON{},
		Subject: subjectJSON{Name: c.Event.Name(), UPN: c.Subject().UPN, ID: c.Account},
	}
	if out.Plan == "" {
		out.Plan = c.Shown
	}
	for _, s := range c.Plan.Steps {
		_, st, _ := c.Step(s.Key)
		if isTheDay(c.Kind, s) {
			out.Due = s.Due
		}
		out.Steps = append(out.Steps, stepJSON{Key: s.Key, Task: s.Task, Title: s.Title, State: st.State, Due: s.Due, Before: st.Before, After: st.After, Cause: st.Cause, At: st.At, Tries: st.Tries})
	}
	for _, d := range c.Decisions {
		out.Decisions = append(out.Decisions, decisionJSON(d))
	}
	return out
}

// isTheDay reports whether a step is the one that people mean by the day of the event.
func isTheDay(kind flows.EventKind, s flows.Step) bool {
	switch kind {
	case flows.LeaverEvent:
		return s.Key == "block"
	case flows.LeaveEvent:
		return s.Key == "leave"
	case flows.RenameEvent:
		return s.Key == "sign_in_name"
	case flows.MoverEvent:
		return s.Phase == "" && (s.Key == "attributes" || s.Key == "manager")
	}
	return s.Task == flows.EnableAccount
}

// Cases lists every case.
func (s *Service) Cases(ctx context.Context) (json.RawMessage, error) {
	all, err := s.Store.Cases(ctx, "all")
	if err != nil {
		return nil, fmt.Errorf("list cases: %w", err)
	}
	out := []caseJSON{}
	for _, c := range all {
		out = append(out, present(c))
	}
	return json.Marshal(out)
}

// Case is one case by reference; false when there is none.
func (s *Service) Case(ctx context.Context, ref string) (json.RawMessage, bool, error) {
	c, err := s.Store.Case(ctx, flows.CaseID(ref))
	if flows.CodeOf(err) == flows.NotFound {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("read case: %w", err)
	}
	b, err := json.Marshal(present(c))
	return b, true, err
}

// Log is the evidence of one case, with that of the draft that led to it.
func (s *Service) Log(ctx context.Context, ref string) (json.RawMessage, error) {
	c, err := s.Store.Case(ctx, flows.CaseID(ref))
	if err != nil && flows.CodeOf(err) != flows.NotFound {
		return nil, fmt.Errorf("read case: %w", err)
	}
	out := []entryJSON{}
	if err == nil {
		recs, err := s.Engine.Records(ctx, c)
		if err != nil {
			return nil, err
		}
		for _, r := range recs {
			out = append(out, entryJSON{Seq: r.Seq, Case: r.Entry.Case, Kind: r.Kind, At: r.Entry.At, By: r.Entry.By, Body: r.Entry.Body, Erased: r.Erased})
		}
	}
	return json.Marshal(out)
}

// Settle runs what is due until it is finished or waits on people. Files on their way arrive first.
func (s *Service) Settle(ctx context.Context) (int, error) {
	if err := s.bot.Wait(ctx); err != nil {
		return 0, err
	}
	return s.Runner.Settle(ctx)
}

// NextDue is the earliest due time in the queue.
func (s *Service) NextDue(ctx context.Context) (time.Time, bool, error) {
	return s.Store.NextDue(ctx)
}
