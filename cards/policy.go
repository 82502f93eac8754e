package cards

import (
	"fmt"
	"strconv"
	"strings"

	"muster/flows"
)

// Most of a proposal that its card shows at once; the rest is in the file, and is counted.
const (
	mostPolicyChanges = 25
	openPolicyChanges = 8 // of these the others are folded away
	mostPolicyCases   = 12
)

// Policy is a proposed change of the policy for one owner: what would be different, whom it touches, and what is asked of the reader.
func Policy(v flows.PolicyView) Card {
	p := v.Proposal
	return fit(func(room int) Card {
		body := []block{headline(policyStory(p)), policyStatus(v)}
		if p.Reason != "" && !p.Found {
			body = append(body, near(faint("Why: "), quote(p.Reason)))
		}
		body = append(body, policyChanges(v, max(openPolicyChanges, mostPolicyChanges*room/100))...)
		body = append(body, policyTouches(v)...)
		if next := policyNext(v); next != "" {
			body = append(body, hint(next))
		}
		body = append(body, policyButtons(v)...)
		foot := p.Ref + " · " + fmt.Sprintf("%d bytes", p.Size) + " · SHA-256 " + p.Policy[:min(12, len(p.Policy))]
		if p.File != "" {
			foot = p.Ref + " · " + visible(p.File) + " · " + strings.TrimPrefix(foot, p.Ref+" · ")
		}
		return finish("A change of the policy", true, append(body, footer(foot)))
	})
}

// PolicySummary is what a notification says of it.
func PolicySummary(v flows.PolicyView) string {
	switch {
	case v.Proposal.State == flows.ProposalOpen && !ours(v):
		return "A change of the policy waits for an owner"
	case v.Proposal.State == flows.ProposalInForce:
		return "A change of the policy is in force"
	}
	return "A change of the policy"
}

// ours reports whether the reader made the proposal.
func ours(v flows.PolicyView) bool {
	return v.Proposal.By.ID != "" && v.Proposal.By.ID == v.Reader
}

func policyStory(p flows.Proposal) string {
	switch {
	case p.Found:
		return "The policy's file was changed where Muster runs."
	case p.State == flows.ProposalRead:
		return "This file would change the policy."
	case p.State == flows.ProposalInForce:
		return "The policy is changed as " + visible(p.By.Name) + " proposed."
	}
	return visible(p.By.Name) + " proposes a change of the policy."
}

func policyStatus(v flows.PolicyView) richText {
	p, loc := v.Proposal, orUTC(v.Zone)
	by := []run{ran("by "), strong(visible(p.Decided.Person.Name)), ran(" on " + when(p.Decided.At, loc) + ".")}
	switch p.State {
	case flows.ProposalRead:
		return status(markNeeds, ran("Look at what would be different, then say why and put it to the other owners. Nothing changes before one of them agrees."))
	case flows.ProposalOpen:
		if ours(v) {
			return status(markWaiting, ran("Another owner must agree by "+when(p.Until, loc)+": "), strong(visible(orList(p.Asked))), ran("."))
		}
		return status(markNeeds, ran("Agree or refuse by "+when(p.Until, loc)+". Nothing changes before that."))
	case flows.ProposalAgreed:
		return status(markRunning.as("Agreed"), append(by, ran(" It is being put in place."))...)
	case flows.ProposalRefused:
		return status(markStopped.as("Refused"), append(by, ran(" "), quote(p.Decided.Note))...)
	case flows.ProposalInForce:
		return status(markDone.as("In force"), ran("since "+when(p.Ended, loc)+"; agreed "), by[0], by[1], by[2])
	}
	return status(markStopped.as("Ended"), ran("on "+when(p.Ended, loc)+": "+visible(p.Lapse.Why)))
}

// orList are people's names with "or"; of many, a few.
func orList(ps []flows.Person) string {
	var all []string
	for i, p := range ps {
		if i == 4 && len(ps) > 5 {
			all = append(all, fmt.Sprintf("%d others", len(ps)-i))
			break
		}
		all = append(all, p.Name)
	}
	return names(all, "or")
}

// policyChanges are what is different, one line each.
func policyChanges(v flows.PolicyView, most int) []block {
	switch {
	case v.Unclear:
		return []block{warning("What would be different cannot be told, because this version of Muster cannot read one of the two policies.")}
	case len(v.Changes) == 0:
		return []block{say(ran("Nothing that Muster reads would be different: only comments, or a default that is written down."))}
	}
	line := func(c flows.PolicyChange) block {
		runs := []run{strong(cut(visible(c.Where), 160)), ran(": ")}
		switch {
		case c.Was == "":
			runs = append(runs, ran("new, "+cut(visible(c.Is), 160)))
		case c.Is == "":
			runs = append(runs, ran("gone, was "+cut(visible(c.Was), 160)))
		default:
			runs = append(runs, ran(cut(visible(c.Is), 160)), faint(", was "+cut(visible(c.Was), 160)))
		}
		return near(runs...)
	}
	shown := v.Changes[:min(len(v.Changes), most)]
	is := " would be different"
	switch {
	case v.Proposal.State != flows.ProposalInForce:
	case len(v.Changes) == 1:
		is = " is different now"
	default:
		is = " are different now"
	}
	out := []block{label(count(len(v.Changes), "thing", "things") + is)}
	var rest []block
	for i, c := range shown {
		if i < openPolicyChanges {
			out = append(out, line(c))
		} else {
			rest = append(rest, line(c))
		}
	}
	if more := len(v.Changes) - len(shown); more > 0 {
		rest = append(rest, hint("And "+count(more, "more, which the file has", "more, which the file has")+"."))
	}
	if len(rest) > 0 {
		title := "Show " + count(len(v.Changes)-min(openPolicyChanges, len(shown)), "more", "more")
		head := ran("▸ " + title)
		head.Color = "Accent"
		out = append(out, folded("more", title, near(head), rest...)...)
	}
	return out
}

// policyTouches are the people and cases that it is about.
func policyTouches(v flows.PolicyView) []block {
	r := v.Proposal.Reach
	var out []block
	for _, m := range r.Roles {
		if len(m.Gains) > 0 {
			out = append(out, near(strong(roleWord(m.Role)), ran(": "), strong(visible(andList(m.Gains))), ran(map[bool]string{true: " comes to it.", false: " come to it."}[len(m.Gains) == 1])))
		}
		if len(m.Loses) > 0 {
			out = append(out, near(strong(roleWord(m.Role)), ran(": "), strong(visible(andList(m.Loses))), ran(map[bool]string{true: " loses it.", false: " lose it."}[len(m.Loses) == 1])))
		}
	}
	for _, j := range r.Jobs {
		is := " is changed; "
		if j.Gone {
			is = " is gone; "
		}
		who := "nobody has it by the cases."
		if j.People > 0 {
			who = count(j.People, "person has it and keeps", "people have it and keep") + " what was decided."
		}
		out = append(out, near(ran("The job profile "), strong(visible(j.Job)), ran(is+who)))
	}
	if n := len(v.Cases); n > 0 {
		var refs []string
		for i, id := range v.Cases {
			if i == mostPolicyCases && n > mostPolicyCases+1 {
				refs = append(refs, strconv.Itoa(n-i)+" more")
				break
			}
			refs = append(refs, string(id))
		}
		out = append(out, near(ran(capital(count(n, "open case", "open cases"))+" would be planned otherwise and "+map[bool]string{true: "keeps its plan: ", false: "keep their plans: "}[n == 1]), ran(names(refs, "and")+".")))
	}
	if len(out) == 0 {
		return []block{label("Whom it touches"), near(ran("Nobody's role, no job profile and no open case."))}
	}
	return append([]block{label("Whom it touches")}, out...)
}

func andList(ps []flows.Person) string {
	var all []string
	for i, p := range ps {
		if i == 8 && len(ps) > 9 {
			all = append(all, fmt.Sprintf("%d others", len(ps)-i))
			break
		}
		all = append(all, p.Name)
	}
	return names(all, "and")
}

func roleWord(r flows.Role) string {
	switch r {
	case flows.HR, flows.IT:
		return strings.ToUpper(string(r))
	}
	return strings.ToUpper(string(r[:1])) + string(r[1:])
}

// policyNext is what happens next.
func policyNext(v flows.PolicyView) string {
	switch p := v.Proposal; {
	case p.State == flows.ProposalOpen && p.Found:
		return "Once you agree, Muster begins anew with this file. If you refuse, the file is put back as it was. Cases that were decided on go on as they were decided."
	case p.State == flows.ProposalOpen, p.State == flows.ProposalRead:
		return "Once agreed, exactly these bytes are written in the place of the file, and Muster begins anew with them. Cases that were decided on go on as they were decided."
	}
	return ""
}

func policyButtons(v flows.PolicyView) []block {
	p := v.Proposal
	to := func(verb string) data { return data{Verb: verb, Draft: p.Ref, Plan: p.Policy} }
	back := alone(press("Take it back", "", to(flows.VerbPolicyWithdraw)))
	switch {
	case p.State == flows.ProposalRead && ours(v):
		return []block{
			ask(inReason, "Why the policy is to change", "Leeds opens in January", "Say in a few words why the policy is to change."),
			buttons(press("Put it to the owners", positive, to(flows.VerbPolicyPropose)), back),
		}
	case p.State == flows.ProposalOpen && ours(v):
		return []block{buttons(back)}
	case p.State == flows.ProposalOpen:
		return []block{buttons(
			alone(press("Agree", positive, to(flows.VerbPolicyAgree))),
			opens("Refuse", "",
				ask(inReason, "Why you refuse it", "The approvers are missing", "Say in a few words why you refuse this."),
				buttons(press("Refuse now", destructive, to(flows.VerbPolicyRefuse)))),
		)}
	}
	return nil
}
