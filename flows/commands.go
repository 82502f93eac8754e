package flows

import (
	"context"
	"fmt"

	"muster/flows/texts"
)

// answer answers one command of somebody who holds the roles.
type answer func(e *Engine, ctx context.Context, t Turn, a Account, roles Roles, cmd Command) (Reply, error)

// answers are the commands that do not begin a draft, each with who answers it.
var answers = map[string]answer{
	CmdHelp:     (*Engine).answerHelp,
	CmdTasks:    (*Engine).answerTasks,
	CmdStatus:   (*Engine).answerStatus,
	CmdEvidence: (*Engine).answerEvidence,
	CmdExport:   (*Engine).answerExport,

	CmdPopulation: (*Engine).answerPopulation,
	CmdOverdue:    (*Engine).answerList,
	CmdUpcoming:   (*Engine).answerList,
	CmdFailures:   (*Engine).answerList,
	CmdReturn:     (*Engine).answerReturn,
	CmdDryRun:     (*Engine).answerDryRun,
	CmdDrift:      (*Engine).answerDrift,
	CmdPause:      (*Engine).answerPause,
	CmdResume:     (*Engine).answerResume,

	CmdNewStarters:   (*Engine).answerLists,
	CmdLeavers:       (*Engine).answerLists,
	CmdMove:          (*Engine).answerMove,
	CmdCancel:        (*Engine).answerCancel,
	CmdDelegate:      (*Engine).answerDelegate,
	CmdDelegations:   (*Engine).answerDelegations,
	CmdEndDelegation: (*Engine).answerEndDelegation,
	CmdExtend:        (*Engine).answerExtend,
	CmdHold:          (*Engine).answerHold,
	CmdEndHold:       (*Engine).answerHold,
	CmdWhy:           (*Engine).answerWhy,
	CmdReview:        (*Engine).answerReview,
	CmdProcess:       (*Engine).answerProcess,
	CmdErase:         (*Engine).answerErase,
	CmdPolicy:        (*Engine).answerPolicy,

	CmdConfirmErasure: (*Engine).answerConfirmErasure,
}

// Answer answers a message that was heard. It may be called again for the same turn: the same draft, the same answer.
func (e *Engine) Answer(ctx context.Context, t Turn) (Reply, error) {
	cmd := ReadCommand(t.Text)
	row := Right{Or: isAnybody}
	if cmd.Name != "" {
		row = rightTo(e.lang(), cmd.right())
	}
	a, roles, err := e.standingFor(ctx, t.By.ID, row)
	if err != nil {
		return Reply{}, urgently(e.lang(), cmd.Name == CmdUrgentLeaver, err)
	}
	t.By = a.Person()
	if row.Or == "" {
		if err := row.byRole(roles); err != nil {
			return Reply{}, err
		}
	}
	if k, ok := announces(cmd.Name); ok {
		return e.answerAnnounced(ctx, t, k, cmd)
	}
	if answer, ok := answers[cmd.Name]; ok {
		return answer(e, ctx, t, a, roles, cmd)
	}
	return Reply{Text: notUnderstood(e.lang(), roles)}, nil
}

func notUnderstood(lang texts.Language, roles Roles) string {
	if rightTo(lang, CmdNewStarter).held(roles) {
		return lang.Say("I did not understand that. Write \"new starter\" with a name, a job, a date and a manager, \"mover\" with a name, the new job, a date and the new manager, \"leaver\" with a name and a last day, or \"help\" to see what you can do here.")
	}
	return lang.Say("I did not understand that. Write \"my tasks\" to see what waits for you, or \"help\" to see what you can do here.")
}

func (e *Engine) answerHelp(ctx context.Context, _ Turn, a Account, roles Roles, _ Command) (Reply, error) {
	open, err := e.Store.Cases(ctx, "open")
	if err != nil {
		return Reply{}, fmt.Errorf("list open cases: %w", err)
	}
	return Reply{View: help(a, roles, open)}, nil
}

// answerStatus answers "status" with the overview, or with the case or person named.
func (e *Engine) answerStatus(ctx context.Context, t Turn, a Account, roles Roles, cmd Command) (Reply, error) {
	if cmd.Rest != "" {
		return e.answerStatusOf(ctx, t, roles, cmd)
	}
	all, err := e.Store.Cases(ctx, "all")
	if err != nil {
		return Reply{}, fmt.Errorf("list cases: %w", err)
	}
	o := overview(t.except(all), e.Now())
	o.Zone = e.home()
	switch p, paused, err := e.Paused(ctx); {
	case err != nil:
		return Reply{}, err
	case paused:
		if p.By.ID != "" && (!t.Personal || !rightTo(e.lang(), doPauseWhy).held(roles)) {
			p.Reason = "an owner knows the reason"
		}
		o.Pause = &p
	}
	if rightTo(e.lang(), doPolicy).held(roles) {
		if o.Policy, err = e.policyWaits(ctx, t.Personal); err != nil {
			return Reply{}, err
		}
	}
	if o.Published, err = e.Published(ctx); err != nil {
		return Reply{}, err
	}
	return Reply{View: o}, nil
}
