package flows

import (
	"context"
	"time"

	"muster/flows/texts"
)

// SignIns shows when somebody signed in last. Not every tenant lets Muster see it: it takes the permission AuditLog.Read.All and Entra ID P1.
type SignIns interface {
	// LastSignIn is the latest sign-in that Microsoft has on record, of any kind; zero when there is none. tried says that it may not have
	// succeeded. Denied where the tenant does not allow it. What is shown may be hours behind.
	LastSignIn(ctx context.Context, id AccountID) (at time.Time, tried bool, err error)
}

// SignInGap is what is on record of sign-ins after an exit that was told late: a case's truth about the time in which the door stood open.
type SignInGap struct {
	From  time.Time `json:"from"`            // when sign-in should have ended
	Last  time.Time `json:"last,omitzero"`   // the latest sign-in on record; zero when there is none, or it is not known
	Tried bool      `json:"tried,omitempty"` // it may not have succeeded
	Why   string    `json:"why,omitempty"`   // why it could not be read, in one sentence
}

// readGap reads the last sign-in of somebody whose exit has passed. What cannot be read holds up no exit: it is said.
func (e *Engine) readGap(ctx context.Context, ev PeopleEvent, f *Facts) error {
	if ev.Urgent {
		return nil
	}
	exit, err := ev.Exit(e.lang(), e.Policy.Sites[ev.Site])
	if err != nil || e.Now().Before(exit) {
		return err
	}
	gap := SignInGap{From: exit.UTC()}
	if e.SignIns == nil {
		gap.Why = e.lang().Say("Muster is not set up to read sign-ins.")
	} else if gap.Last, gap.Tried, err = e.SignIns.LastSignIn(ctx, f.Subject.ID); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		gap.Last, gap.Why = time.Time{}, SayOf(err)
	}
	f.Gap = &gap
	return nil
}

// Says is what the record of sign-ins shows, in a sentence or two.
func (g SignInGap) Says(lang texts.Language, name string, loc *time.Location) string {
	did := lang.Say(" signed in after that, last on ")
	if g.Tried {
		did = lang.Say(" signed in after that, or tried to, last on ")
	}
	switch {
	case g.Why != "":
		return lang.Say("Whether %s signed in since could not be read: %s", name, g.Why)
	case g.Last.IsZero():
		return lang.Say("Microsoft has no sign-in of %s on record.", name)
	case g.Last.After(g.From):
		return lang.Say("%s%s%s. Look at what was done with the account since.", name, did, sayTime(lang, g.Last, loc))
	}
	return lang.Say("No sign-in of %s since is on record; the last one was on %s. Microsoft may show sign-ins some hours late.", name, sayTime(lang, g.Last, loc))
}

// warnGap is that sentence for HR, before an exit is confirmed.
func (e *Engine) warnGap(ev PeopleEvent, f Facts) []string {
	loc, err := e.Policy.Sites[ev.Site].Location()
	if f.Gap == nil || err != nil {
		return nil
	}
	return []string{f.Gap.Says(e.lang(), f.Subject.Name, loc)}
}
