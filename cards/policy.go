package cards

import (
	"strconv"
	"strings"

	"muster/flows"
	"muster/flows/texts"
)

// Most of a proposal that its card shows at once; the rest is in the file, and is counted.
const (
	mostPolicyChanges = 25
	openPolicyChanges = 8 // of these the others are folded away
	mostPolicyCases   = 12
)

// Policy is a proposed change of the policy for one owner: what would be different, whom it touches, and what is asked of the reader.
func Policy(lang texts.Language, v flows.PolicyView) Card {
	p := v.Proposal
	return fit(func(room int) Card {
		body := []block{headline(policyStory(lang, p)), policyStatus(lang, v)}
		if p.Reason != "" && !p.Found {
			body = append(body, near(faint(lang.Say("Why: ")), quote(p.Reason)))
		}
		body = append(body, policyChanges(lang, v, max(openPolicyChanges, mostPolicyChanges*room/100))...)
		body = append(body, policyTouches(lang, v)...)
		if next := policyNext(lang, v); next != "" {
			body = append(body, hint(next))
		}
		body = append(body, policyButtons(lang, v)...)
		foot := lang.Say("%s · %s · SHA-256 %s", p.Ref, lang.Say("%d bytes", p.Size), p.Policy[:min(12, len(p.Policy))])
		if p.File != "" {
			foot = p.Ref + " · " + visible(p.File) + " · " + strings.TrimPrefix(foot, p.Ref+" · ")
		}
		return finish(lang.Say("A change of the policy"), true, append(body, footer(foot)))
	})
}

// PolicySummary is what a notification says of it.
func PolicySummary(lang texts.Language, v flows.PolicyView) string {
	switch {
	case v.Proposal.State == flows.ProposalOpen && !ours(v):
		return lang.Say("A change of the policy waits for an owner")
	case v.Proposal.State == flows.ProposalInForce:
		return lang.Say("A change of the policy is in force")
	}
	return lang.Say("A change of the policy")
}

// ours reports whether the reader made the proposal.
func ours(v flows.PolicyView) bool {
	return v.Proposal.By.ID != "" && v.Proposal.By.ID == v.Reader
}

func policyStory(lang texts.Language, p flows.Proposal) string {
	switch {
	case p.Found:
		return lang.Say("The policy's file was changed where Muster runs.")
	case p.State == flows.ProposalRead:
		return lang.Say("This file would change the policy.")
	case p.State == flows.ProposalInForce:
		return lang.Say("The policy is changed as %s proposed.", visible(p.By.Name))
	}
	return lang.Say("%s proposes a change of the policy.", visible(p.By.Name))
}

func policyStatus(lang texts.Language, v flows.PolicyView) richText {
	p, loc := v.Proposal, orUTC(v.Zone)
	by := []run{ran(lang.Say("by ")), strong(visible(p.Decided.Person.Name)), ran(lang.Say(" on %s.", when(lang, p.Decided.At, loc)))}
	switch p.State {
	case flows.ProposalRead:
		return status(lang, markNeeds, ran(lang.Say("Look at what would be different, then say why and put it to the other owners. Nothing changes before one of them agrees.")))
	case flows.ProposalOpen:
		if ours(v) {
			return status(lang, markWaiting, ran(lang.Say("Another owner must agree by %s: ", when(lang, p.Until, loc))), strong(visible(orList(lang, p.Asked))), ran("."))
		}
		return status(lang, markNeeds, ran(lang.Say("Agree or refuse by %s. Nothing changes before that.", when(lang, p.Until, loc))))
	case flows.ProposalAgreed:
		return status(lang, markRunning.as(lang.Say("Agreed")), append(by, ran(lang.Say(" It is being put in place.")))...)
	case flows.ProposalRefused:
		return status(lang, markStopped.as(lang.Say("Refused")), append(by, ran(" "), quote(p.Decided.Note))...)
	case flows.ProposalInForce:
		return status(lang, markDone.as(lang.Say("In force")), ran(lang.Say("since %s; agreed ", when(lang, p.Ended, loc))), by[0], by[1], by[2])
	}
	return status(lang, markStopped.as(lang.Say("Ended")), ran(lang.Say("on %s: %s", when(lang, p.Ended, loc), visible(p.Lapse.Why))))
}

// orList are people's names with "or"; of many, a few.
func orList(lang texts.Language, ps []flows.Person) string {
	var all []string
	for i, p := range ps {
		if i == 4 && len(ps) > 5 {
			all = append(all, lang.Say("%d others", len(ps)-i))
			break
		}
		all = append(all, p.Name)
	}
	return names(lang, all, "or")
}

// policyChanges are what is different, one line each.
func policyChanges(lang texts.Language, v flows.PolicyView, most int) []block {
	switch {
	case v.Unclear:
		return []block{warning(lang, lang.Say("What would be different cannot be told, because this version of Muster cannot read one of the two policies."))}
	case len(v.Changes) == 0:
		return []block{say(ran(lang.Say("Nothing that Muster reads would be different: only comments, or a default that is written down.")))}
	}
	line := func(c flows.PolicyChange) block {
		runs := []run{strong(cut(visible(c.Where), 160)), ran(": ")}
		switch {
		case c.Was == "":
			runs = append(runs, ran(lang.Say("new, %s", cut(visible(c.Is), 160))))
		case c.Is == "":
			runs = append(runs, ran(lang.Say("gone, was %s", cut(visible(c.Was), 160))))
		default:
			runs = append(runs, ran(cut(visible(c.Is), 160)), faint(lang.Say(", was %s", cut(visible(c.Was), 160))))
		}
		return near(runs...)
	}
	shown := v.Changes[:min(len(v.Changes), most)]
	is := lang.Say(" would be different")
	switch {
	case v.Proposal.State != flows.ProposalInForce:
	case len(v.Changes) == 1:
		is = lang.Say(" is different now")
	default:
		is = lang.Say(" are different now")
	}
	out := []block{label(count(lang, len(v.Changes), lang.Say("thing"), lang.Say("things")) + is)}
	var rest []block
	for i, c := range shown {
		if i < openPolicyChanges {
			out = append(out, line(c))
		} else {
			rest = append(rest, line(c))
		}
	}
	if more := len(v.Changes) - len(shown); more > 0 {
		rest = append(rest, hint(lang.Say("And %s.", count(lang, more, lang.Say("more, which the file has"), lang.Say("more, which the file has")))))
	}
	if len(rest) > 0 {
		title := lang.Say("Show %s", count(lang, len(v.Changes)-min(openPolicyChanges, len(shown)), lang.Say("more"), lang.Say("more")))
		head := ran("▸ " + title)
		head.Color = "Accent"
		out = append(out, folded("more", title, near(head), rest...)...)
	}
	return out
}

// policyTouches are the people and cases that it is about.
func policyTouches(lang texts.Language, v flows.PolicyView) []block {
	r := v.Proposal.Reach
	var out []block
	for _, m := range r.Roles {
		if len(m.Gains) > 0 {
			out = append(out, near(strong(roleWord(m.Role)), ran(": "), strong(visible(andList(lang, m.Gains))), ran(map[bool]string{true: lang.Say(" comes to it."), false: lang.Say(" come to it.")}[len(m.Gains) == 1])))
		}
		if len(m.Loses) > 0 {
			out = append(out, near(strong(roleWord(m.Role)), ran(": "), strong(visible(andList(lang, m.Loses))), ran(map[bool]string{true: lang.Say(" loses it."), false: lang.Say(" lose it.")}[len(m.Loses) == 1])))
		}
	}
	for _, j := range r.Jobs {
		is := lang.Say(" is changed; ")
		if j.Gone {
			is = lang.Say(" is gone; ")
		}
		who := lang.Say("nobody has it by the cases.")
		if j.People > 0 {
			who = lang.Say("%s what was decided.", count(lang, j.People, lang.Say("person has it and keeps"), lang.Say("people have it and keep")))
		}
		out = append(out, near(ran(lang.Say("The job profile ")), strong(visible(j.Job)), ran(is+who)))
	}
	if n := len(v.Cases); n > 0 {
		var refs []string
		for i, id := range v.Cases {
			if i == mostPolicyCases && n > mostPolicyCases+1 {
				refs = append(refs, lang.Say("%s more", strconv.Itoa(n-i)))
				break
			}
			refs = append(refs, string(id))
		}
		out = append(out, near(ran(lang.Say("%s would be planned otherwise and %s", capital(lang, count(lang, n, lang.Say("open case"), lang.Say("open cases"))), map[bool]string{true: lang.Say("keeps its plan: "), false: lang.Say("keep their plans: ")}[n == 1])), ran(names(lang, refs, "and")+".")))
	}
	if len(out) == 0 {
		return []block{label(lang.Say("Whom it touches")), near(ran(lang.Say("Nobody's role, no job profile and no open case.")))}
	}
	return append([]block{label(lang.Say("Whom it touches"))}, out...)
}

func andList(lang texts.Language, ps []flows.Person) string {
	var all []string
	for i, p := range ps {
		if i == 8 && len(ps) > 9 {
			all = append(all, lang.Say("%d others", len(ps)-i))
			break
		}
		all = append(all, p.Name)
	}
	return names(lang, all, "and")
}

func roleWord(r flows.Role) string {
	switch r {
	case flows.HR, flows.IT:
		return strings.ToUpper(string(r))
	}
	return strings.ToUpper(string(r[:1])) + string(r[1:])
}

// policyNext is what happens next.
func policyNext(lang texts.Language, v flows.PolicyView) string {
	switch p := v.Proposal; {
	case p.State == flows.ProposalOpen && p.Found:
		return lang.Say("Once you agree, Muster begins anew with this file. If you refuse, the file is put back as it was. Cases that were decided on go on as they were decided.")
	case p.State == flows.ProposalOpen, p.State == flows.ProposalRead:
		return lang.Say("Once agreed, exactly these bytes are written in the place of the file, and Muster begins anew with them. Cases that were decided on go on as they were decided.")
	}
	return ""
}

func policyButtons(lang texts.Language, v flows.PolicyView) []block {
	p := v.Proposal
	to := func(verb string) data { return data{Verb: verb, Draft: p.Ref, Plan: p.Policy} }
	back := alone(press(lang.Say("Take it back"), "", to(flows.VerbPolicyWithdraw)))
	switch {
	case p.State == flows.ProposalRead && ours(v):
		return []block{
			ask(inReason, lang.Say("Why the policy is to change"), lang.Say("Leeds opens in January"), lang.Say("Say in a few words why the policy is to change.")),
			buttons(press(lang.Say("Put it to the owners"), positive, to(flows.VerbPolicyPropose)), back),
		}
	case p.State == flows.ProposalOpen && ours(v):
		return []block{buttons(back)}
	case p.State == flows.ProposalOpen:
		return []block{buttons(
			alone(press(lang.Say("Agree"), positive, to(flows.VerbPolicyAgree))),
			opens(lang.Say("Refuse"), "",
				ask(inReason, lang.Say("Why you refuse it"), lang.Say("The approvers are missing"), lang.Say("Say in a few words why you refuse this.")),
				buttons(press(lang.Say("Refuse now"), destructive, to(flows.VerbPolicyRefuse)))),
		)}
	}
	return nil
}
