package flows

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"muster/flows/texts"
)

// The verbs of buttons. Cards in people's chats carry them, so they are never renamed.
const (
	VerbCheck        = "draft.check"
	VerbChange       = "draft.change"
	VerbConfirm      = "draft.confirm"
	VerbWithdraw     = "draft.cancel"
	VerbApprove      = "access.approve"
	VerbReject       = "access.reject"
	VerbAsk          = "access.ask"
	VerbHandOver     = "access.handover"
	VerbReply        = "question.reply"
	VerbSignOff      = "elevated.approve"
	VerbRefuse       = "elevated.reject"
	VerbRetry        = "step.retry"
	VerbByHand       = "step.byhand"
	VerbWaive        = "step.waive"
	VerbWaiveAgree   = "step.waive2"
	VerbManualDone   = "manual.done"
	VerbManualCannot = "manual.cannot"
	VerbShowPass     = "pass.show"
	VerbStarted      = "start.yes"
	VerbNotStarted   = "start.no"
	VerbResume       = "noshow.started"
	VerbEnd          = "noshow.end"
	VerbDetails      = "case.details"
	VerbRefresh      = "refresh"
	VerbDriftFix     = "drift.fix"
	VerbDriftIgnore  = "drift.ignore"
	VerbDriftKeep    = "drift.keep"
	VerbOverdue      = "list.overdue"
	VerbFailures     = "list.failures"
	VerbUpcoming     = "list.upcoming"
	VerbBulkConfirm  = "bulk.confirm"
	VerbBulkCancel   = "bulk.cancel"
	VerbBulkMend     = "bulk.mend"  // one row: its form is opened
	VerbBulkOut      = "bulk.leave" // one row: left out, or taken in again
	VerbAllApprove   = "together.approve"
	VerbOneReject    = "together.reject"
	VerbOneAsk       = "together.ask"
	VerbOneHandOver  = "together.handover"
)

// Press takes a press on a card. The decision is stored before Press returns. A press that is not allowed, comes too late or is about
// another plan changes nothing, is logged where it concerns a case, and is an error whose sentence the person reads; a repeat of a press
// that was handled is answered with the card as it stands.
func (e *Engine) Press(ctx context.Context, t Turn) (Reply, error) {
	r, err := e.press(ctx, t)
	if err != nil && r.Case != nil && !slices.Contains(r.Case.Slots(), r.Slot) {
		r.Case, r.Slot = nil, Slot{} // a refused press shows nothing that the presser has not got
	}
	switch CodeOf(err) {
	case Seen:
		return e.present(ctx, t)
	case Denied, Conflict, Invalid, NotFound:
		rerr := e.refuse(ctx, t, err)
		if CodeOf(rerr) == Seen { // delivered twice: a press that was taken is refused now because it was taken
			if CodeOf(err) == Conflict && t.Verb != VerbShowPass && e.taken(ctx, t) { // a pass is refused after its press was taken
				return e.present(ctx, t)
			}
			rerr = nil
		}
		return r, errors.Join(err, rerr)
	}
	return r, err
}

// refuse logs a press that changed nothing.
func (e *Engine) refuse(ctx context.Context, t Turn, why error) error {
	stream, err := e.pressStream(ctx, t)
	if err != nil {
		return err
	}
	now := e.Now()
	return e.Commit(ctx, Change{Turn: t.Key, Entries: []Entry{
		t.heard(stream, now),
		{Case: stream, At: now, By: t.By.ID, Body: Refused{Verb: t.Verb, Code: CodeOf(why), Why: SayOf(why)}},
	}})
}

// onDraft reports whether the press is on the card of a draft.
func (t Turn) onDraft() bool { return strings.HasPrefix(t.Verb, "draft.") }

// pressStream is where a refused press is logged: with the case or draft it names, if there is one. Nobody writes into the log of a case
// that has yet to be raised.
func (e *Engine) pressStream(ctx context.Context, t Turn) (CaseID, error) {
	stream, err := t.Case, error(nil)
	if t.onDraft() {
		stream = CaseID(t.Draft)
		_, err = e.recallDraft(ctx, t.Draft)
	} else if t.onList() {
		stream = CaseID(t.Draft)
		_, err = e.FetchBulk(ctx, t.Draft)
	} else if _, ok := monthOfStream(CaseID(t.Draft)); ok && t.onReview() {
		stream = CaseID(t.Draft)
	} else if t.onPolicy() {
		p, perr := e.proposal(ctx, t.Draft)
		stream, err = p.Stream(), perr // of none when there is no such proposal
	} else if stream != "" {
		_, err = e.Store.Case(ctx, stream)
	}
	if CodeOf(err) == NotFound {
		return "", nil
	}
	return stream, err
}

// taken reports whether the log shows that this very turn was not refused.
func (e *Engine) taken(ctx context.Context, t Turn) bool {
	recs, err := e.Store.Records(ctx, t.Case)
	if err != nil {
		return false // the refusal stands, which is also true
	}
	for i, r := range recs {
		if h, ok := r.Entry.Body.(Heard); ok && h.Activity == t.Activity && h.Conversation == t.Chat {
			if i+1 == len(recs) {
				return true
			}
			_, refused := recs[i+1].Entry.Body.(Refused)
			return !refused
		}
	}
	return false
}

// present is the card that was pressed, as it stands now.
func (e *Engine) present(ctx context.Context, t Turn) (Reply, error) {
	if t.onDraft() {
		d, err := e.recallDraft(ctx, t.Draft)
		return Reply{Draft: &d}, err
	}
	if t.onList() {
		return e.presentList(ctx, t)
	}
	if t.onPolicy() {
		return e.presentPolicy(ctx, t)
	}
	if strings.HasPrefix(t.Verb, "population.") {
		p, err := e.population(ctx, t.Draft)
		return Reply{View: p}, err
	}
	c, err := e.Store.Case(ctx, t.Case)
	if err != nil {
		return Reply{}, unknownCase(e.lang(), t.Case, err)
	}
	return Reply{Case: &c, Slot: t.slot(c)}, nil
}

func unknownCase(lang texts.Language, id CaseID, err error) error {
	if CodeOf(err) == NotFound {
		return gone(lang.Say("I do not know a case %s.", string(id)))
	}
	return fmt.Errorf("read case %s: %w", id, err)
}

// slot is the card that a verb stands on, for the one who pressed.
func (t Turn) slot(c Case) Slot {
	to := Recipient{Person: t.By.ID}
	switch t.Verb {
	case VerbApprove, VerbReject, VerbAsk, VerbHandOver:
		if c.Kind == LeaverEvent {
			return Slot{c.ID, CardUrgent, "", to}
		}
		return Slot{c.ID, CardApproval, "", to}
	case VerbSignOff, VerbRefuse:
		return Slot{c.ID, CardSignOff, "", to}
	case VerbRetry, VerbByHand, VerbWaive, VerbWaiveAgree:
		return Slot{c.ID, CardFailure, t.Step, c.it()}
	case VerbManualDone, VerbManualCannot:
		s, _, _ := c.Step(t.Step)
		return Slot{c.ID, CardManual, t.Step, c.ownerOf(s)}
	case VerbShowPass:
		return Slot{c.ID, CardCredential, t.Step, to}
	case VerbStarted, VerbNotStarted:
		return Slot{c.ID, CardStarted, t.Step, to}
	case VerbChangeMake, VerbChangeDrop, VerbChangeSecond:
		return Slot{c.ID, CardChange, t.Step, to}
	case VerbContractExtend, VerbContractLet, VerbExtendAgree, VerbExtendDeny:
		return Slot{c.ID, CardContract, t.Step, to}
	case VerbGoOn:
		return Slot{c.ID, CardReturn, "", to}
	case VerbDelete, VerbKeep, VerbRestore:
		return Slot{c.ID, CardDeletion, "", to}
	case VerbReturnAccess:
		return Slot{c.ID, CardBack, askReturnKey, to}
	case VerbResume, VerbEnd:
		return Slot{c.ID, CardNoShow, "", to}
	case VerbRelease:
		return Slot{c.ID, CardRelease, "", to}
	case VerbExtend, VerbLetEnd:
		return Slot{c.ID, CardKept, t.Step, to}
	case VerbComeBack:
		return Slot{c.ID, CardComeBack, "", to}
	}
	return Slot{c.ID, CardProgress, "", to}
}

func (e *Engine) press(ctx context.Context, t Turn) (Reply, error) {
	row, urgent := e.rightOf(ctx, t)
	a, roles, err := e.standingFor(ctx, t.By.ID, row)
	if err != nil {
		return Reply{}, urgently(e.lang(), urgent, err)
	}
	t.By = a.Person() // the directory's name, not the client's
	r, err := e.pressBy(ctx, t, row, roles)
	if c := CodeOf(err); a.Guest && len(roles) == 0 && (c == Denied || c == Conflict || c == NotFound) {
		err = &Error{Code: c, Say: e.lang().Say("This is not for you to decide, or not any more, so nothing was changed."), Err: err} // who decides, and what there is, is not for guests
	}
	return r, err
}

// pressBy is a press by somebody whose roles are known.
func (e *Engine) pressBy(ctx context.Context, t Turn, row Right, roles Roles) (_ Reply, err error) {
	if err := e.known(ctx, t); err != nil {
		return Reply{}, err
	}
	if t.behalf, err = e.readBehalf(ctx, t, row); err != nil {
		return Reply{}, err
	}
	if press, ok := presses[t.Verb]; ok {
		return press(e, ctx, t, roles)
	}
	rule, ok := rules[t.Verb]
	if !ok {
		return Reply{}, invalid(e.lang().Say("I do not know this button. The card may be from another version; write \"my tasks\" for a fresh one."))
	}
	var paused error // an urgent exit that is confirmed and then waits would be a promise not kept
	if t.Verb == VerbApprove {
		if paused = e.mayChange(ctx); CodeOf(paused) != Conflict && paused != nil {
			return Reply{}, paused
		}
	}
	return e.decide(ctx, t, func(c Case) (Change, error) {
		if c.Event.Urgent && paused != nil {
			return Change{}, paused
		}
		return rule(c, t, roles, e.Now())
	}, roles)
}

// known is an error when the case that a press names must not be known to the presser.
func (e *Engine) known(ctx context.Context, t Turn) error {
	if t.Case == "" {
		return nil
	}
	c, err := e.Store.Case(ctx, t.Case)
	if CodeOf(err) == NotFound {
		return nil // what the press is about says so
	}
	if err != nil {
		return fmt.Errorf("read case %s: %w", t.Case, err)
	}
	return c.hiddenFrom(t.By.ID)
}

// decide commits what a rule returns for a press, with the press itself, and answers with the card as it then stands. What the rule allows
// is held against the table of rights once more.
func (e *Engine) decide(ctx context.Context, t Turn, rule func(Case) (Change, error), roles Roles) (Reply, error) {
	c, err := e.change(ctx, t.Case, Change{Turn: t.Key, Entries: []Entry{t.heard(t.Case, e.Now())}}, func(c Case) (Change, error) {
		ch, err := rule(c)
		if err == nil {
			err = t.may(c, roles)
		}
		return ch, err
	})
	if CodeOf(err) == NotFound {
		return Reply{}, unknownCase(e.lang(), t.Case, err)
	}
	if err != nil && c.Version > 0 {
		return Reply{Case: &c, Slot: t.slot(c)}, err
	}
	return Reply{Case: &c, Slot: t.slot(c)}, err
}

// presses are the buttons that are not a decision on one case, or that ask the directory first.
var presses = map[string]func(e *Engine, ctx context.Context, t Turn, roles Roles) (Reply, error){
	VerbCheck:    (*Engine).pressDraft,
	VerbChange:   (*Engine).pressDraft,
	VerbConfirm:  (*Engine).pressDraft,
	VerbWithdraw: (*Engine).pressDraft,
	VerbShowPass: (*Engine).showPass,
	VerbDelete:   (*Engine).pressDelete,
	VerbDetails:  (*Engine).details,
	VerbRefresh:  (*Engine).details,
	VerbHandOver: (*Engine).handOver,
	VerbOverdue:  (*Engine).pressList,
	VerbFailures: (*Engine).pressList,
	VerbUpcoming: (*Engine).pressList,
	VerbReturnOn: (*Engine).pressReturnOn,

	VerbDriftFix:    (*Engine).pressDrift,
	VerbDriftIgnore: (*Engine).pressDrift,
	VerbDriftKeep:   (*Engine).pressDrift,
	VerbBulkConfirm: (*Engine).pressBulk,
	VerbBulkCancel:  (*Engine).pressBulk,
	VerbBulkMend:    (*Engine).pressBulk,
	VerbBulkOut:     (*Engine).pressBulk,
	VerbAllApprove:  (*Engine).pressTogether,
	VerbOneReject:   (*Engine).pressTogether,
	VerbOneAsk:      (*Engine).pressTogether,
	VerbOneHandOver: (*Engine).pressTogether,
	VerbDelegate:    (*Engine).pressDelegate,

	VerbPopulationOpen: (*Engine).pressPopulation,
	VerbPopulationFile: (*Engine).pressPopulation,

	VerbEndDelegation: (*Engine).pressEndDelegation,
	VerbReviewSave:    (*Engine).pressReview,
	VerbReviewSign:    (*Engine).pressReview,
	VerbReviewPage:    (*Engine).pressReview,
	VerbReviewFiles:   (*Engine).pressReview,

	VerbPolicyPropose:  (*Engine).pressPolicy,
	VerbPolicyAgree:    (*Engine).pressPolicy,
	VerbPolicyRefuse:   (*Engine).pressPolicy,
	VerbPolicyWithdraw: (*Engine).pressPolicy,
}

// rules are the decisions that a press makes, each a pure function of the case, the press and the presser's roles.
var rules = map[string]func(c Case, t Turn, roles Roles, now time.Time) (Change, error){
	VerbApprove:      decideApprove,
	VerbReturnAccess: decideReturnAccess,
	VerbKeep:         decideKeep,
	VerbRestore:      decideRestore,
	VerbReject:       decideReject,
	VerbAsk:          decideAsk,
	VerbReply:        decideReply,
	VerbSignOff:      func(c Case, t Turn, r Roles, now time.Time) (Change, error) { return decideSignOff(c, t, r, now, true) },
	VerbRefuse: func(c Case, t Turn, r Roles, now time.Time) (Change, error) {
		return decideSignOff(c, t, r, now, false)
	},
	VerbRetry:          decideRetry,
	VerbByHand:         decideByHand,
	VerbWaive:          decideWaive,
	VerbWaiveAgree:     decideWaiveAgree,
	VerbManualDone:     decideManualDone,
	VerbManualCannot:   decideManualCannot,
	VerbStarted:        decideStarted,
	VerbNotStarted:     decideNotStarted,
	VerbResume:         decideResume,
	VerbEnd:            decideEnd,
	VerbChangeMake:     decideChange,
	VerbChangeDrop:     decideChangeDrop,
	VerbChangeSecond:   decideChangeSecond,
	VerbGoOn:           decideGoOn,
	VerbRelease:        decideRelease,
	VerbExtend:         decideExtend,
	VerbLetEnd:         decideLetEnd,
	VerbComeBack:       decideComeBack,
	VerbContractExtend: decideContractExtend,
	VerbContractLet:    decideContractLet,
	VerbExtendAgree: func(c Case, t Turn, r Roles, now time.Time) (Change, error) {
		return decideExtension(c, t, r, now, true)
	},
	VerbExtendDeny: func(c Case, t Turn, r Roles, now time.Time) (Change, error) {
		return decideExtension(c, t, r, now, false)
	},
}

// entry makes the entry of the one who pressed.
func (t Turn) entry(now time.Time, b Body) []Entry {
	return []Entry{{Case: t.Case, At: now, By: t.By.ID, Body: b}}
}
