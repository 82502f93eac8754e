package flows

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"muster/flows/texts"
)

// The lines of a workflow that tell somebody something, or hand a step to another system.

// noticeWords are what a notice of this plan can say.
func (p *planner) noticeWords() NoticeWords {
	manager := orElse(p.event.Manager.Name, p.facts.Manager.Name)
	return NoticeWords{
		Name: p.name, Given: orElse(p.event.Given, p.facts.Subject.Given), Manager: manager, Job: orElse(p.event.Job, p.facts.Subject.JobTitle), Site: p.event.Site,
		Organisation: p.policy.Organisation, Successor: p.successor.Name, Start: p.event.Start, LastDay: p.event.LastDay,
	}
}

// late reports whether a line that belongs before a time would only come after it: nobody is told then that something is going to happen.
func (p *planner) late(l Line) bool {
	at := p.anchors[l.At]
	return p.due(l).Before(at) && !p.now.Before(at)
}

// said are the words of a line, its own before those of its template.
func (l Line) said(lang texts.Language) Template {
	t := templates(lang)[l.Template]
	return Template{To: orElse(l.To, t.To), Subject: orElse(l.Subject, t.Subject), Text: orElse(l.Text, t.Text)}
}

// addressee is what people read for whom a notice goes to.
func addressee(lang texts.Language, to string) string {
	switch to {
	case toStarter:
		return lang.Say("the starter")
	case toPrivate:
		return lang.Say("the starter's private address")
	case toManager:
		return lang.Say("the manager")
	case toHR:
		return lang.Say("HR")
	case toIT:
		return lang.Say("IT")
	}
	return to
}

// planMail is a notice by mail. One to a private address that HR did not give is left out, and so is one about an exit to an address that the
// leaver may read along at.
func planMail(p *planner, l Line) ([]Step, error) {
	t := l.said(p.policy.Lang())
	switch {
	case p.late(l), t.To == toPrivate && p.event.PersonalEmail == "":
		return nil, nil
	case p.facts.InIT && strings.Contains(t.To, "@"):
		p.warn(p.policy.Lang().Say("%s may read the mail to %s, so the notice \"%s\" is left out.", p.name, t.To, l.name()))
		return nil, nil
	}
	w := p.noticeWords()
	s := p.begin(l, p.key("mail", l.name(), ""), titled(p.policy.Lang().Say("Mail to %s", addressee(p.policy.Lang(), t.To)), w.Fill(t.Subject)))
	s.To, s.From, s.Subject, s.Text = t.To, p.policy.MailFrom, w.Fill(t.Subject), w.Fill(t.Text)
	return []Step{s}, nil
}

// titled is a title with what it is about. The case is named on every card anyway.
func titled(what, subject string) string {
	if about := strings.TrimRight(oneLine(strings.ReplaceAll(subject, "{case}", "")), " :-"); about != "" {
		return what + ": " + about
	}
	return what
}

// planNotify is a notice in Teams.
func planNotify(p *planner, l Line) ([]Step, error) {
	if p.late(l) {
		return nil, nil
	}
	t := l.said(p.policy.Lang())
	s := p.begin(l, p.key("notice", l.name(), ""), titled(p.policy.Lang().Say("Message to %s in Teams", addressee(p.policy.Lang(), t.To)), p.noticeWords().Fill(t.Subject)))
	s.To, s.Text = t.To, p.noticeWords().Fill(t.Text)
	return []Step{s}, nil
}

// planHook hands a step to another system. Its address is part of the plan that is approved.
func planHook(p *planner, l Line) ([]Step, error) {
	s := p.begin(l, p.key("hook", l.name(), ""), orElse(p.noticeWords().Fill(l.Title), p.policy.Lang().Say("Have %s do its part for %s", l.Hook, p.name)))
	s.Name, s.Hook, s.URL, s.Text = l.Hook, l.Hook, p.policy.Webhooks[l.Hook].URL, p.noticeWords().Fill(l.Text)
	return []Step{s}, nil
}

// maxSubject and maxNotice keep a notice readable.
const (
	maxSubject = 200
	maxNotice  = 4000
)

// tells reports whether a line tells somebody something, or hands a step to another system: more is filled in there than elsewhere.
func (l Line) tells() bool { return l.Task == SendMail || l.Task == Notify || l.Task == CallWebhook }

// notice checks a line that tells somebody something, or hands a step to another system.
func (r *policyReader) notice(at, workflow string, l Line, p *Policy) {
	if !l.tells() {
		return
	}
	for name, text := range map[string]string{"text": l.Text, "subject": l.Subject, "title": l.Title} {
		part := unknownPart(text)
		switch {
		case r.faulty(at + "." + name):
		case part != "" && (name != "title" || l.Task == CallWebhook):
			r.wrong(at+"."+name, "%s is not filled in. Known are %s.", quote(part), strings.Join(noticeParts(), ", "))
		case name == "subject" && length(text) > maxSubject || length(text) > maxNotice:
			r.wrong(at+"."+name, "This is %d characters long.", length(text))
		}
	}
	if l.Task == CallWebhook {
		if _, ok := p.Webhooks[l.Hook]; !ok && !r.faulty(at+".hook") {
			r.wrong(at+".hook", "The policy has no webhook %s.%s", quote(l.Hook), suggest(l.Hook, slices.Sorted(maps.Keys(p.Webhooks))))
		}
		return
	}
	known := slices.Sorted(maps.Keys(templates(p.Lang())))
	if _, ok := templates(p.Lang())[l.Template]; l.Template != "" && !ok && !r.faulty(at+".template") {
		r.wrong(at+".template", "There is no template %s.%s", quote(l.Template), suggest(l.Template, known))
		return
	}
	t := l.said(p.Lang())
	if t.Text == "" && !r.faulty(at+".text") {
		r.wrong(at, "Say what is sent: a template (%s) or a text.", strings.Join(known, ", "))
	}
	to := []string{toStarter, toManager, toHR, toIT}
	if l.Task == SendMail {
		to = []string{toStarter, toPrivate, toManager, toHR}
		if t.Subject == "" && !r.faulty(at+".subject") {
			r.wrong(at, "A mail needs a subject.")
		}
		if p.MailFrom == "" && !r.faulty("mail_from") {
			r.wrong(at, "Name the mailbox that mail is sent from first: mail_from at the top of the policy.")
		}
	}
	about := []string{toStarter, toPrivate}
	switch leaves := workflow == LeaverFlow || workflow == UrgentLeaverFlow; {
	case r.faulty(at + ".to"):
	case leaves && slices.Contains(about, t.To):
		r.wrong(at+".to", "Nothing about an exit is sent to the one who leaves. Write manager, hr or, for a mail, an address.")
	case slices.Contains(to, t.To), l.Task == SendMail && isSignIn(t.To):
	default:
		r.wrong(at+".to", "%s is nobody that this reaches. Write %s%s.", quote(t.To), strings.Join(to, ", "), map[bool]string{true: " or an address"}[l.Task == SendMail])
	}
}

// outward checks where the policy lets Muster send mail from, and which systems it lets Muster call.
func (r *policyReader) outward(p *Policy) {
	if p.MailFrom != "" && !isSignIn(p.MailFrom) && !r.faulty("mail_from") {
		r.wrong("mail_from", "%s is not an address. Write the address of the mailbox that mail is sent from.", quote(p.MailFrom))
	}
	names := slices.Sorted(maps.Keys(p.Webhooks))
	r.names("webhooks", names, 60)
	for _, name := range names {
		path, h := "webhooks["+strconv.Quote(name)+"]", p.Webhooks[name]
		if r.faulty(path) {
			continue
		}
		if _, err := CheckHookURL(p.Lang(), h.URL, h.Private); err != nil {
			r.wrong(path+".url", "%s", SayOf(err))
		}
		if strings.TrimSpace(h.SecretFile) == "" {
			r.wrong(path+".secret_file", "Name the file that holds the secret which calls are signed with.")
		}
	}
}
