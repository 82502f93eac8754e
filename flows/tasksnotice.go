package flows

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"muster/flows/texts"
)

// To whom a notice goes, besides an address that the policy names.
const (
	toStarter = "starter" // at the account's own address, or in Teams
	toPrivate = "private" // the address that HR gave for contact; never with anything to sign in with
	toManager = "manager"
	toHR      = "hr" // who confirmed the people event
	toIT      = "it" // the channel
)

// Template is a notice that Muster brings along: for whom it usually is, and what it says.
type Template struct{ To, Subject, Text string }

// templates are the notices that a workflow can name.
func templates(lang texts.Language) map[string]Template {
	return map[string]Template{
		"welcome": {toStarter, lang.Say("Welcome to {organisation}"), lang.Say("Dear {first_name},\n\nwelcome to {organisation}. You start on {start} as {job}; {manager} is your manager and will give you your first sign-in on the day.\n\n{organisation}")},
		"onboarding_reminder": {
			toManager, lang.Say("{name} starts on {start}"),
			lang.Say("{name} starts on {start} as {job}. Please see that the place of work is ready and that somebody is there on the first morning. You give the first sign-in yourself: Muster offers it in Teams on the day. Case {case}."),
		},
		"move_notice":      {toManager, lang.Say("{name} changes to {job}"), lang.Say("{name} changes to {job} on {start}. Muster changes the access on that day, as was confirmed. Case {case}.")},
		"before_last_day":  {toManager, lang.Say("{name} leaves on {last_day}"), lang.Say("{name} works at {organisation} until {last_day}. Please have files, keys and open work handed over before then; Muster has put your tasks in our chat in Teams. Case {case}.")},
		"on_last_day":      {toManager, lang.Say("Today is the last day of {name}"), lang.Say("Today is the last day of {name}. The sign-in ends as planned; {successor} takes over what is owned in Microsoft 365. Please collect what belongs to {organisation}. Case {case}.")},
		"after_last_day":   {toManager, lang.Say("{name} has left"), lang.Say("{name} has left, and the sign-in is blocked. Mail and files are kept for a while: ask IT soon for what is still needed. Case {case}.")},
		"hr_before_change": {toHR, lang.Say("{name}: {case}"), lang.Say("The case {case} about {name} is due soon. Write \"status {case}\" to Muster in Teams to see how it stands.")},
	}
}

// NoticeWords fill in a notice. A word that the event does not have is a dash.
type NoticeWords struct {
	Name, Given, Manager, Job, Site, Organisation, Successor string
	Start, LastDay                                           Date
}

var placeholder = regexp.MustCompile(`\{[^{}]*\}`)

// noticeParts are what a notice can have filled in.
func noticeParts() []string {
	return []string{"{name}", "{first_name}", "{manager}", "{job}", "{site}", "{organisation}", "{successor}", "{start}", "{last_day}", "{case}"}
}

// unknownPart is a part of a notice that nothing is known for, or a brace without its other half; "" when there is none.
func unknownPart(text string) string {
	for _, p := range placeholder.FindAllString(text, -1) {
		if !slices.Contains(noticeParts(), p) {
			return p
		}
	}
	if rest := placeholder.ReplaceAllString(text, ""); strings.ContainsAny(rest, "{}") {
		return rest[strings.IndexAny(rest, "{}"):][:1]
	}
	return ""
}

// Fill fills in a notice, in one pass: what people are called is never taken for a part. {case} stays: the reference is not known when a
// plan is made.
func (w NoticeWords) Fill(text string) string {
	day := func(d Date) string {
		if d == "" {
			return ""
		}
		return d.Say(texts.Language{})
	}
	or := func(s string) string { return orElse(s, "-") }
	return strings.NewReplacer(
		"{name}", or(w.Name), "{first_name}", or(orElse(w.Given, firstWord(w.Name))), "{manager}", or(w.Manager), "{job}", or(w.Job), "{site}", or(w.Site),
		"{organisation}", or(w.Organisation), "{successor}", or(w.Successor), "{start}", or(day(w.Start)), "{last_day}", or(day(w.LastDay)),
	).Replace(text)
}

func firstWord(s string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(s), " ")
	return first
}

// withCase puts the reference of the case in.
func withCase(text string, c Case) string { return strings.ReplaceAll(text, "{case}", string(c.ID)) }

// oneLine is a subject: a line end in it would begin another header.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// mailTo is the address a notice goes to now. Nothing about an exit goes to the one who leaves.
func mailTo(ctx context.Context, h hands, c Case, s Step) (string, error) {
	who := AccountID("")
	switch s.To {
	case toStarter:
		who = c.Account
	case toManager:
		who = c.Manager().ID
	case toHR:
		who = c.HR().ID
	case toPrivate:
		if c.Event.PersonalEmail == "" {
			return "", &Error{Code: Invalid, Say: c.Lang.Say("HR gave no private address, so this notice cannot be sent. Tell the person yourself and record it as done by hand, or leave it out.")}
		}
		return c.Event.PersonalEmail, nil
	default:
		if c.secretFrom(c.Account) && (strings.EqualFold(s.To, c.Event.Subject.UPN) || c.Facts.Subject.at(s.To)) {
			return "", secretNotice(c.Lang)
		}
		return s.To, nil
	}
	if who == "" || c.secretFrom(who) {
		return "", secretNotice(c.Lang)
	}
	a, err := h.FetchAccount(ctx, string(who))
	if err != nil {
		return "", err
	}
	return a.address(), nil
}

// address is where mail for the account goes: its primary address, which need not be the sign-in name.
func (a Account) address() string {
	for _, p := range a.Addresses {
		if primary, ok := strings.CutPrefix(p, "SMTP:"); ok && primary != "" {
			return primary
		}
	}
	return a.UPN
}

// at reports whether an address is one of the account's.
func (a Account) at(address string) bool {
	return strings.EqualFold(address, a.UPN) || slices.ContainsFunc(a.Addresses, func(p string) bool { return len(p) > 5 && strings.EqualFold(p[5:], address) })
}

func secretNotice(lang texts.Language) error {
	return &Error{Code: Denied, Say: lang.Say("This notice would go to the person whom the case is about, who must not read of it. It was not sent.")}
}

func lookMail(ctx context.Context, h hands, c Case, s Step) (sight, error) {
	key := sendingKey(c, s)
	was, err := h.ledger.recallSending(ctx, key)
	if err != nil {
		return sight{}, err
	}
	if !was.Accepted {
		return sight{text: c.Lang.Say("no mail was accepted")}, nil
	}
	switch found, err := h.FindMail(ctx, s.From, key); {
	case CodeOf(err) == Denied:
		return sight{done: true, text: c.Lang.Say("accepted by Exchange; Muster may not look into Sent Items")}, nil
	case err != nil:
		return sight{}, err
	case !found:
		return sight{text: c.Lang.Say("accepted by Exchange, not yet in Sent Items")}, nil
	}
	return sight{done: true, text: c.Lang.Say("in the Sent Items of the sender")}, nil
}

// mailLag is how long a mail may be on its way to Sent Items.
const mailLag = 10 * time.Minute

// actMail sends a mail once. When no answer came, the Sent Items decide, where Muster may read them; else people do, because a second mail
// is worse than a question. What people ask to be tried again is sent once more.
func actMail(ctx context.Context, h hands, c Case, s Step) error {
	key := sendingKey(c, s)
	was, err := h.ledger.recallSending(ctx, key)
	if err != nil || was.Accepted {
		return err
	}
	_, st, _ := c.Step(s.Key)
	if !was.Begun.IsZero() {
		found, err := h.FindMail(ctx, s.From, key)
		switch {
		case err == nil && found:
			was.Accepted = true
			return h.ledger.keepSending(ctx, key, was)
		case err == nil && h.now.Sub(was.Begun) < mailLag:
			return &Error{Code: Unavailable, Say: c.Lang.Say("Exchange did not say whether the mail was sent. Muster looks into Sent Items again before it sends a second one."), RetryAfter: mailLag - h.now.Sub(was.Begun)}
		case err == nil:
		case CodeOf(err) == Denied && st.Broke == was.Broke:
			return &Error{Code: Conflict, Say: c.Lang.Say("Exchange did not say whether the mail was sent, and Muster may not look into Sent Items, so it is not sent again by itself. Look in the Sent Items of %s: if it is there, record it as done by hand; if not, retry.", s.From)}
		case CodeOf(err) != Denied:
			return err
		}
	}
	to, err := mailTo(ctx, h, c, s)
	if err != nil {
		return err
	}
	if err := h.ledger.keepSending(ctx, key, sending{Begun: h.now, Broke: st.Broke}); err != nil {
		return err
	}
	unsure, err := h.SendMail(ctx, Mail{From: s.From, To: to, Subject: oneLine(withCase(s.Subject, c)), Text: withCase(s.Text, c), Key: key})
	switch {
	case err == nil:
		return h.ledger.keepSending(ctx, key, sending{Begun: h.now, Broke: st.Broke, Accepted: true})
	case unsure:
		return &Error{Code: Unavailable, Say: c.Lang.Say("Exchange did not say whether the mail was sent."), Err: err}
	}
	if kerr := h.ledger.keepSending(ctx, key, sending{}); kerr != nil { // it surely was not: the next try may send it
		return errors.Join(err, kerr)
	}
	return err
}

// noticeKey is the key under which a notice in Teams is found again.
func noticeKey(c Case, s Step) string { return "notice/" + sendingKey(c, s) }

func lookNotice(ctx context.Context, h hands, c Case, s Step) (sight, error) {
	found, err := h.courier.Found(ctx, noticeKey(c, s))
	if err != nil || !found {
		return sight{text: c.Lang.Say("no notice")}, err
	}
	return sight{done: true, text: c.Lang.Say("notice accepted by Teams")}, nil
}

func actNotice(ctx context.Context, h hands, c Case, s Step) error {
	to := Recipient{}
	switch s.To {
	case toStarter:
		to.Person = c.Account
	case toManager:
		to.Person = c.Manager().ID
	case toHR:
		to.Person = c.HR().ID
	case toIT:
		to = c.it()
	default:
		return &Error{Code: Invalid, Say: c.Lang.Say("Nobody is reached in Teams as %s.", quote(s.To))}
	}
	if to == (Recipient{}) || to.Person != "" && c.secretFrom(to.Person) {
		return secretNotice(c.Lang)
	}
	return h.courier.Deliver(ctx, noticeKey(c, s), c.ID, to, withCase(s.Text, c))
}

// needsAccount reports whether a step can only be done for somebody who has an account.
func (s Step) needsAccount() bool {
	switch s.Task {
	case CreateAccount, CallWebhook:
		return false
	case SendMail, Notify:
		return s.To == toStarter
	}
	return true
}
