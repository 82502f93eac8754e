package report

import (
	"fmt"
	"strings"
	"time"

	"muster/flows"
	"muster/flows/texts"
)

// approvedFirst compares when access was agreed to with when anything was first done.
func approvedFirst(f controlFacts) []string {
	var decided, begun time.Time
	for _, rec := range f.Records {
		switch rec.Entry.Body.(type) {
		case flows.Approved:
			if decided.IsZero() {
				decided = rec.Entry.At
			}
		case flows.StepStarted:
			if begun.IsZero() {
				begun = rec.Entry.At
			}
		}
	}
	if decided.IsZero() && f.Case.Approval.State == "approved" {
		decided = f.Case.Approval.At // HR's confirmation was the decision
	}
	switch {
	case decided.IsZero():
		return nil
	case begun.IsZero():
		return []string{"Agreed to on " + f.at(decided) + "; nothing was done yet."}
	case begun.Before(decided):
		return []string{"Steps began on " + f.at(begun) + ", before the decision of " + f.at(decided) + "."}
	}
	return []string{"Agreed to on " + f.at(decided) + " by " + inPlace(f.Case.Approval.By, f.Case.Approval.For) + ", before anything was done (" + f.at(begun) + ")."}
}

// apart says whether somebody else decided than who asked.
func apart(f controlFacts) []string {
	c := f.Case
	if c.Approval.By.ID == "" || c.Approval.By.ID == c.Raised.Person.ID {
		return nil
	}
	return []string{"Asked for by " + who(c.Raised.Person) + ", decided by " + inPlace(c.Approval.By, c.Approval.For) + "."}
}

// elevated lists the sign-offs.
func elevated(f controlFacts) []string {
	var out []string
	for _, s := range f.Case.Plan.Steps {
		if off, ok := f.Case.SignOffs[s.Key]; ok && off.State != "" {
			word := map[string]string{"approved": "signed off", "rejected": "refused"}[off.State]
			out = append(out, fmt.Sprintf("%s: %s by %s on %s.", s.Title, word, inPlace(off.By, off.For), f.at(off.At)))
		}
	}
	return out
}

func identity(f controlFacts) []string {
	return f.tally("Account made or changed", flows.CreateAccount, flows.EnableAccount, flows.SetManager, flows.SetDetails, flows.ChangeName)
}

func granted(f controlFacts) []string {
	return f.tally("Access given", flows.AddToGroup, flows.AddToTeam, flows.AssignLicences, flows.FollowRule)
}

func removed(f controlFacts) []string {
	return f.tally("Access taken away", flows.RemoveFromGroup, flows.RemoveFromTeam, flows.RemoveLicence, flows.RuleLetsGo)
}

func revoked(f controlFacts) []string {
	return f.tally("Sessions, passwords and sign-in methods revoked", flows.RevokeSessions, flows.RemoveMethods)
}

func handed(f controlFacts) []string {
	return f.tally("Handed over to somebody", flows.HandOverGroup, flows.ShareOneDrive, flows.HandOverReports, flows.HandOverFiles, flows.HandOverApps)
}

func byPeople(f controlFacts) []string {
	var out []string
	for _, s := range f.Case.Plan.Steps {
		_, st, ok := f.Case.Step(s.Key)
		if !ok || s.Task != flows.Manual {
			continue
		}
		switch st.State {
		case flows.StepDoneHand, flows.StepDone:
			out = append(out, fmt.Sprintf("%s: done, says %s on %s.", s.Title, who(st.By), f.at(st.At)))
		case flows.StepLeftOut:
			out = append(out, s.Title+": left out with a second person's word.")
		default:
			out = append(out, s.Title+": not done.")
		}
	}
	return out
}

// blocked is how long after its time sign-in ended.
func blocked(f controlFacts) []string {
	for _, s := range f.Case.Plan.Steps {
		_, st, ok := f.Case.Step(s.Key)
		if !ok || s.Task != flows.BlockSignIn || f.Case.Kind != flows.LeaverEvent {
			continue
		}
		if !st.State.Over() || st.At.IsZero() {
			return []string{"Sign-in is to end on " + f.at(f.Case.Due(s)) + "; it was not seen ended yet."}
		}
		return []string{fmt.Sprintf("Sign-in was due to end on %s and was seen ended on %s: %s.", f.at(f.Case.Due(s)), f.at(st.At), after(st.At.Sub(f.Case.Due(s))))}
	}
	return nil
}

// after says how long after its time something was.
func after(d time.Duration) string {
	switch {
	case d < 0:
		return "before its time"
	case d < time.Minute:
		return fmt.Sprintf("%d seconds after it", int(d.Seconds()))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d minutes after it", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d hours after it", int(d.Hours()))
	}
	return fmt.Sprintf("%d days after it", int(d.Hours()/24))
}

// kept lists what is held beyond its time, with its end.
func kept(f controlFacts) []string {
	var out []string
	for _, s := range f.Case.Plan.Steps {
		if x := s.Exception; x != nil {
			out = append(out, fmt.Sprintf("Kept until %s: %s (%s).", x.Until.Say(texts.Language{}), strings.TrimPrefix(s.Title, "Remove from "), who(x.By)))
		}
	}
	return out
}

// twoManagers is who decided on what comes and on what goes.
func twoManagers(f controlFacts) []string {
	var out []string
	for _, rec := range f.Records {
		switch b := rec.Entry.Body.(type) {
		case flows.Approved:
			out = append(out, inPlace(b.By, b.For)+" confirmed what the new job needs, on "+f.at(rec.Entry.At)+".")
		case flows.Released:
			out = append(out, f.line(rec)+", on "+f.at(rec.Entry.At)+".")
		case flows.ReleaseLapsed:
			out = append(out, f.line(rec)+".")
		}
	}
	return out
}

// told is who was told in Teams.
func told(f controlFacts) []string {
	to := map[string]bool{}
	var names []string
	for _, rec := range f.Records {
		if b, ok := rec.Entry.Body.(flows.Sent); ok {
			if name := f.recipient(b.To); name != "" && !to[name] {
				to[name] = true
				names = append(names, name)
			}
		}
	}
	if len(names) == 0 {
		return nil
	}
	return []string{"Told in Teams, each message with its time in the report: " + strings.Join(names, ", ") + "."}
}

func closed(f controlFacts) []string {
	if f.Case.State != flows.Done {
		return nil
	}
	return []string{"Closed on " + f.at(f.Case.Ended.At) + ", after every step was seen, done by hand or left out with a second person's word."}
}
