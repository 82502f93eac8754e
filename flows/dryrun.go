package flows

import (
	"context"
	"fmt"
	"strings"
	"time"

	"muster/flows/texts"
)

// DryRun is a plan held against the tenant as it is now: what each step would find, without anything being changed.
type DryRun struct {
	Case  Case
	Lines []DryLine
	At    time.Time
}

// DryLine is one step of a dry run.
type DryLine struct {
	Step Step
	Is   Forecast
	Text string // what was seen, or why it would fail
}

// Forecast is what would become of a step now.
type Forecast string

// The forecasts.
const (
	WouldDo    Forecast = "would_do"
	SoAlready  Forecast = "so_already"
	WouldFail  Forecast = "would_fail"
	Later      Forecast = "later" // it cannot be told before something else is done
	ForPeople  Forecast = "people"
	NotTold    Forecast = "not_told" // Microsoft 365 does not answer
	AlreadyEnd Forecast = "over"
)

// answerDryRun answers "dry run J-2026-0042": the plan, looked at but not done.
func (e *Engine) answerDryRun(ctx context.Context, t Turn, _ Account, roles Roles, cmd Command) (Reply, error) {
	if cmd.Case == "" {
		return Reply{}, invalid(e.lang().Say("Write \"dry run\" with a case reference such as J-2026-0042."))
	}
	c, err := e.Store.Case(ctx, cmd.Case)
	if err != nil {
		return Reply{}, unknownCase(e.lang(), cmd.Case, err)
	}
	if err := c.hiddenFrom(t.By.ID); err != nil {
		return Reply{}, err
	}
	if err := t.aside(c); err != nil {
		return Reply{}, err
	}
	if !maySee(c, t.By, roles) {
		return Reply{}, deny(rightTo(e.lang(), doStatusOf).Deny)
	}
	d, err := e.dryRun(ctx, c)
	return Reply{View: d}, err
}

// dryRun looks, step by step, and never acts.
func (e *Engine) dryRun(ctx context.Context, c Case) (DryRun, error) {
	d := DryRun{Case: c, At: e.Now()}
	skus, err := e.World.FetchSKUs(ctx)
	if err != nil {
		return d, fmt.Errorf("count seats: %w", err)
	}
	free := map[string]int{}
	for _, k := range skus {
		free[strings.ToLower(k.ID)] = k.Free
	}
	h := hands{World: e.World, courier: e.Courier, now: e.Now()}
	for _, s := range c.Plan.Steps {
		_, st, ok := c.Step(s.Key)
		if !ok {
			continue // it was not ticked
		}
		line := DryLine{Step: s}
		switch t, known := tasks[s.Task]; {
		case st.State.Over():
			line.Is, line.Text = AlreadyEnd, stepWord(e.lang(), st.State)
		case s.Task == Manual || !known:
			line.Is = ForPeople
		case c.Account == "" && s.Task != CreateAccount:
			line.Is, line.Text = Later, e.lang().Say("once there is an account")
			e.foreseen(ctx, &line, free)
		default:
			seen, err := t.look(ctx, h, c, s)
			line.Is, line.Text = forecast(e.lang(), seen, err)
			if line.Is == WouldDo {
				e.foreseen(ctx, &line, free)
			}
		}
		d.Lines = append(d.Lines, line)
	}
	return d, nil
}

// forecast is what a look says of a step that has yet to run.
func forecast(lang texts.Language, seen sight, err error) (Forecast, string) {
	switch CodeOf(err) {
	case Internal:
		if err != nil {
			return NotTold, lang.Say("Microsoft 365 answered in a way Muster does not know")
		}
	case Unavailable:
		return NotTold, lang.Say("Microsoft 365 does not answer just now")
	default:
		return WouldFail, SayOf(err)
	}
	if seen.done {
		return SoAlready, seen.text
	}
	return WouldDo, seen.text
}

// foreseen finds what would make a step fail although its look succeeds: a group that cannot be written any more, a licence without a seat.
func (e *Engine) foreseen(ctx context.Context, line *DryLine, free map[string]int) {
	s := line.Step
	switch s.Task {
	case AssignLicences:
		if free[strings.ToLower(s.SKU)] == 0 {
			line.Is, line.Text = WouldFail, e.lang().Say("no seat is free")
		}
	case AddToGroup, AddToTeam, RemoveFromGroup, RemoveFromTeam:
		g, err := e.World.FindGroup(ctx, s.Group)
		switch {
		case CodeOf(err) == NotFound:
			line.Is, line.Text = WouldFail, e.lang().Say("the group is not in the directory any more")
		case err != nil:
			line.Is, line.Text = NotTold, e.lang().Say("Microsoft 365 does not answer just now")
		case !g.writable():
			line.Is, line.Text = WouldFail, g.label()+" "+foreignWhy(e.lang(), g)
		}
	}
}
