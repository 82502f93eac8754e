package flows

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"muster/flows/texts"
)

// Erasure is that a person's data are to be erased, until a second person has agreed and it is done. It is remembered beside the log, and
// erased with the rest.
type Erasure struct {
	Ref     string    `json:"ref"`
	Subject Person    `json:"subject"`
	Cases   []CaseID  `json:"cases"`
	Streams []CaseID  `json:"streams"`
	Names   []string  `json:"names,omitempty"` // what the person is called in them
	Ground  string    `json:"ground"`
	By      Person    `json:"by"`
	At      time.Time `json:"at"`
	Second  Person    `json:"second,omitzero"`
}

// ErasureAsked and PersonErased belong to no case and name nobody but those who decided.
type (
	ErasureAsked struct {
		Ref    string `json:"ref"`
		Ground string `json:"ground"`
		By     Person `json:"by"`
		Cases  int    `json:"cases"`
	}
	PersonErased struct {
		Ref    string    `json:"ref"`
		Ground string    `json:"ground"`
		By     Person    `json:"by"`
		Second Person    `json:"second"`
		Found  Forgotten `json:"found"`
	}
	// TalkExpired is that what was said and belongs to no case was kept as long as the policy says.
	TalkExpired struct {
		Before time.Time `json:"before"`
		Found  Forgotten `json:"found"`
	}
)

// The kinds, for ever.
func (ErasureAsked) Kind() Kind { return "erasure.asked.1" }
func (PersonErased) Kind() Kind { return "erasure.done.1" }
func (TalkExpired) Kind() Kind  { return "talk.expired.1" }

const (
	// EraseErrand erases a person's data, ScrubErrand what is left of them in the file, ExpireErrand what was kept long enough. Stored in
	// the queue, so never renamed.
	EraseErrand  = "erase.1"
	ScrubErrand  = "scrub.1"
	ExpireErrand = "expire.1"

	// CmdErase and CmdConfirmErasure are what owners and HR say.
	CmdErase          = "erase"
	CmdConfirmErasure = "confirm erasure"

	erasureKey = "erasure/"
	expireKey  = ExpireErrand + "/daily"
	mostGround = 200
)

// erasureStands is how long a second person has to agree.
const erasureStands = 14 * 24 * time.Hour

// EraseWork is the body of an erase errand.
type EraseWork struct{ Ref string }

// answerErase answers "erase NAME because GROUND".
func (e *Engine) answerErase(ctx context.Context, t Turn, _ Account, roles Roles, cmd Command) (Reply, error) {
	if !t.Personal {
		return Reply{}, invalid(e.lang().Say("Please write this to me in our own chat: others read along here."))
	}
	who, ground, ok := cutFold(cmd.Rest, e.lang().Say(" because "))
	if !ok {
		return Reply{Text: e.lang().Say("Write whose data, and on what legal ground, such as: erase priya.patel@%s because the person asked for it and nothing obliges us to keep them. The ground stays in the log, so write no name in it.", e.Policy.Domain)}, nil
	}
	er, err := e.AskErasure(ctx, who, ground, t.By, "erase/"+t.Key)
	if err != nil {
		return Reply{}, err
	}
	return Reply{Text: e.lang().Say("%s Nothing happens until a second person, an owner or HR, writes to me: confirm erasure %s. It cannot be undone.", er.say(e.lang()), er.Ref)}, nil
}

// cutFold is strings.Cut without regard to case.
func cutFold(s, sep string) (before, after string, ok bool) {
	i := strings.Index(strings.ToLower(s), sep)
	if i < 0 || len(strings.ToLower(s)) != len(s) {
		return s, "", false
	}
	return strings.TrimSpace(s[:i]), strings.TrimSpace(s[i+len(sep):]), true
}

// say is what is to be erased, for the two who decide.
func (er Erasure) say(lang texts.Language) string {
	var refs []string
	for _, id := range er.Cases {
		refs = append(refs, string(id))
	}
	return lang.Say("%s asks to erase the data of %s (%s), on the ground: %s.", er.By.Name, er.Subject.Name, strings.Join(refs, ", "), er.Ground)
}

// AskErasure writes down that a person's data are to be erased. Nothing is erased before a second person agrees. who is a sign-in name, an
// object id, the whole name, or a case.
func (e *Engine) AskErasure(ctx context.Context, who, ground string, by Person, turn string) (Erasure, error) {
	ground = clipped(ground, mostGround)
	if strings.TrimSpace(who) == "" || ground == "" {
		return Erasure{}, invalid(e.lang().Say("Say whose data, and on what legal ground."))
	}
	all, err := e.Store.Cases(ctx, "all")
	if err != nil {
		return Erasure{}, fmt.Errorf("list cases: %w", err)
	}
	found := casesOf(knownTo(all, by), who)
	now := e.Now().UTC()
	if err := decideErasure(e.lang(), found, by, now); err != nil {
		return Erasure{}, err
	}
	if err := e.nothingNew(ctx, found); err != nil {
		return Erasure{}, err
	}
	er := Erasure{Ref: "E-" + strings.ToUpper(hashed(turn + now.String())[:6]), Subject: found[len(found)-1].Subject(), Ground: ground, By: by, At: now}
	for _, c := range found {
		er.Cases = append(er.Cases, c.ID)
		er.Streams = append(er.Streams, c.ID)
		if c.Draft != "" {
			er.Streams = append(er.Streams, CaseID(c.Draft))
		}
		for _, name := range c.names() {
			if !slices.Contains(er.Names, name) {
				er.Names = append(er.Names, name)
			}
		}
	}
	v, err := json.Marshal(er)
	if err != nil {
		return Erasure{}, fmt.Errorf("keep the erasure: %w", err)
	}
	ch := Change{
		Turn: turn, Entries: []Entry{{At: now, By: by.ID, Body: ErasureAsked{Ref: er.Ref, Ground: ground, By: by, Cases: len(found)}}},
		Memos: []Memo{{Key: erasureKey + er.Ref, Value: v}},
	}
	if e.Policy == nil || e.Policy.Channels.Owners != "" {
		ch.Add = []Errand{{
			Key: SayErrand + "/erasure/" + er.Ref, Kind: SayErrand, Due: now,
			Body: errandBody(SayWork{To: Recipient{Channel: ownersPlace}, Text: e.lang().Say("%s asks to erase a person's data. An owner or HR, but not who asked, writes to me in our own chat: confirm erasure %s. I say there whose it is before anything happens.", by.Name, er.Ref)}),
		}}
	}
	if err := e.Commit(ctx, ch); err != nil && CodeOf(err) != Seen {
		return Erasure{}, fmt.Errorf("ask for an erasure: %w", err)
	}
	return er, nil
}

// knownTo leaves out the cases that somebody must not learn of: a refusal because of one would tell them. Whoever asks at the machine itself
// has no object id, and reads everything there anyway.
func knownTo(cases []Case, by Person) []Case {
	if by.ID == "" {
		return cases
	}
	return Turn{By: by, Personal: true}.except(cases)
}

// casesOf are the cases of the one person that a text names; those of two people are none. Without an account nothing but the reference
// tells two people of one name apart.
func casesOf(all []Case, who string) []Case {
	who = strings.ToLower(strings.Trim(who, " .\""))
	is := func(c Case) bool {
		s := c.Subject()
		return slices.Contains([]string{strings.ToLower(string(c.ID)), strings.ToLower(string(c.Account)), strings.ToLower(s.UPN), strings.ToLower(s.Name), strings.ToLower(c.Event.Name())}, who)
	}
	var out []Case
	accounts := map[AccountID]bool{}
	for _, c := range all {
		if is(c) {
			accounts[c.Account] = true
		}
	}
	if len(accounts) > 1 {
		return nil
	}
	if n := len(slices.DeleteFunc(slices.Clone(all), func(c Case) bool { return c.Account != "" || !is(c) })); n > 1 {
		return nil
	}
	for _, c := range all {
		if is(c) || c.Account != "" && accounts[c.Account] {
			out = append(out, c)
		}
	}
	return out
}

// decideErasure says why a person's data may not be erased now, or by somebody.
func decideErasure(lang texts.Language, cases []Case, by Person, now time.Time) error {
	if len(cases) == 0 {
		return gone(lang.Say("I know no cases of exactly one person of that name. Write the sign-in name or a case."))
	}
	for _, c := range cases {
		switch {
		case by.ID != "" && (c.Account == by.ID || c.Subject().ID == by.ID), by.UPN != "" && strings.EqualFold(by.UPN, c.Subject().UPN):
			return deny(lang.Say("Nobody decides on their own data."))
		case !c.Over():
			return moved(lang.Say("%s has not ended. End it before the person's data are erased.", string(c.ID)))
		case c.onHold(DateOf(now)):
			return moved(lang.Say("The data of %s are on hold, so they must be kept. HR ends the hold first.", string(c.ID)))
		}
	}
	return nil
}

// answerConfirmErasure answers "confirm erasure E-123456" of the second person: first with what it is about, then, when they write it with
// "yes", by doing it.
func (e *Engine) answerConfirmErasure(ctx context.Context, t Turn, _ Account, roles Roles, cmd Command) (Reply, error) {
	if !t.Personal {
		return Reply{}, invalid(e.lang().Say("Please write this to me in our own chat: others read along here."))
	}
	words := strings.Fields(strings.ToUpper(cmd.Rest))
	if len(words) == 0 {
		return Reply{}, invalid(e.lang().Say("Write which one: confirm erasure E-123456."))
	}
	er, err := e.recallErasure(ctx, words[0])
	if err != nil {
		return Reply{}, err
	}
	if er.Second.ID != "" {
		return Reply{}, moved(e.lang().Say("%s has agreed to this already.", er.Second.Name))
	}
	if err := e.mayAgree(ctx, er, t.By); err != nil {
		return Reply{}, err
	}
	if len(words) < 2 || words[1] != "YES" {
		return Reply{Text: e.lang().Say("%s What the cases say goes for good; that they were there, when, and who decided on this stays. If you agree, write: confirm erasure %s yes", er.say(e.lang()), er.Ref)}, nil
	}
	er.Second = t.By
	v, err := json.Marshal(er)
	if err != nil {
		return Reply{}, fmt.Errorf("keep the erasure: %w", err)
	}
	err = e.Commit(ctx, Change{
		Turn: "erasure/" + t.Key, Memos: []Memo{{Key: erasureKey + er.Ref, Value: v}},
		Add: []Errand{{Key: EraseErrand + "/" + er.Ref, Kind: EraseErrand, Lane: EraseErrand, Due: e.Now().UTC(), Body: errandBody(EraseWork{er.Ref})}},
	})
	if err != nil && CodeOf(err) != Seen {
		return Reply{}, fmt.Errorf("agree to an erasure: %w", err)
	}
	return Reply{Text: e.lang().Say("Agreed. The data are erased now; the owners' channel is told when it is done.")}, nil
}

// mayAgree is the duty separation of the second person, on the cases as they stand now.
func (e *Engine) mayAgree(ctx context.Context, er Erasure, by Person) error {
	cases, err := e.erasureCases(ctx, er)
	if err != nil {
		return err
	}
	if len(knownTo(cases, by)) == 0 {
		return unknownErasure(e.lang(), er.Ref)
	}
	if by.ID == er.By.ID || strings.EqualFold(by.UPN, er.By.UPN) {
		return deny(e.lang().Say("You asked for this, so a second person must agree."))
	}
	if e.Now().Sub(er.At) > erasureStands {
		return moved(e.lang().Say("This was asked for more than two weeks ago. Ask for it again."))
	}
	if err := decideErasure(e.lang(), cases, by, e.Now()); err != nil {
		return err
	}
	return e.nothingNew(ctx, cases)
}

// isAwaited reports whether one of the cases waits for somebody.
func isAwaited(open []Case, id AccountID, now time.Time) bool {
	return slices.ContainsFunc(open, func(c Case) bool {
		return slices.ContainsFunc(c.Open(now), func(it OpenItem) bool { return slices.Contains(it.To, Recipient{Person: id}) })
	})
}

// nothingNew is an error when the person has another case by now, or other people's cases wait for them: two people have agreed to what they
// were shown, and no more; and what goes on would lose what it needs.
func (e *Engine) nothingNew(ctx context.Context, cases []Case) error {
	open, err := e.Store.Cases(ctx, "open")
	if err != nil {
		return fmt.Errorf("list open cases: %w", err)
	}
	for _, c := range cases {
		if c.Account == "" {
			continue
		}
		if isAwaited(open, c.Account, e.Now()) {
			return moved(e.lang().Say("The person is still asked for something in somebody else's open case. What Muster needs to reach them would be erased too, so have that decided or handed over first."))
		}
		of, err := e.Store.Cases(ctx, subjectKey(c.Account))
		if err != nil {
			return fmt.Errorf("list the cases of a person: %w", err)
		}
		for _, other := range of {
			if !slices.ContainsFunc(cases, func(c Case) bool { return c.ID == other.ID }) {
				return moved(e.lang().Say("The person has another case by now. Ask for it again."))
			}
		}
	}
	return nil
}

func unknownErasure(lang texts.Language, ref string) error {
	return gone(lang.Say("I know no erasure %s that waits.", clipped(ref, 20)))
}

func (e *Engine) erasureCases(ctx context.Context, er Erasure) ([]Case, error) {
	var out []Case
	for _, id := range er.Cases {
		c, err := e.Store.Case(ctx, id)
		if err != nil {
			return nil, unknownCase(e.lang(), id, err)
		}
		out = append(out, c)
	}
	return out, nil
}

func (e *Engine) recallErasure(ctx context.Context, ref string) (Erasure, error) {
	var er Erasure
	b, err := e.Store.Recall(ctx, erasureKey+ref)
	if CodeOf(err) == NotFound {
		return er, unknownErasure(e.lang(), ref)
	}
	if err == nil {
		err = json.Unmarshal(b, &er)
	}
	if err != nil {
		return er, fmt.Errorf("recall the erasure: %w", err)
	}
	return er, nil
}

// erase does it, in one commit with the entry that says so, and then has the file scrubbed.
func (e *Engine) erase(ctx context.Context, ed Errand) error {
	w, err := DecodeErrand[EraseWork](ed)
	if err != nil {
		return err
	}
	done := Change{Done: []ErrandRef{ed.Ref()}}
	er, err := e.recallErasure(ctx, w.Ref)
	if CodeOf(err) == NotFound {
		return e.Commit(ctx, done)
	}
	if err != nil {
		return err
	}
	now := e.Now().UTC()
	cases, err := e.erasureCases(ctx, er)
	if err == nil {
		err = decideErasure(e.lang(), cases, Person{}, now)
	}
	if err == nil {
		err = e.nothingNew(ctx, cases)
	}
	if err != nil {
		if c := CodeOf(err); c != Conflict && c != NotFound {
			return err
		}
		done.Memos = []Memo{{Key: erasureKey + er.Ref}} // it is asked for again when it may be done
		done.Add = e.toChannels("erasure", now, e.lang().Say("The erasure %s was not done: %s", er.Ref, SayOf(err)))
		return e.Commit(ctx, done)
	}
	f, lists, err := e.personTraces(ctx, er, cases)
	if err != nil {
		return err
	}
	done.Memos = lists
	_, err = e.Eraser.Forget(ctx, f, func(n Forgotten) Change {
		ch := done
		ch.Entries = []Entry{{At: now, By: er.Second.ID, Body: PersonErased{Ref: er.Ref, Ground: er.Ground, By: er.By, Second: er.Second, Found: n}}}
		ch.Add = append(e.toChannels("erased", now, e.lang().Say("The erasure %s is done: %d cases, %d entries of theirs and %d others. %d entries of other people's cases mention the person and stay, as those cases' evidence. The messages in Teams are not Muster's to delete.", er.Ref, n.Cases, n.Bodies, n.Mentions, n.Kept)),
			Errand{Key: ScrubErrand + "/" + er.Ref, Kind: ScrubErrand, Due: now})
		return ch
	})
	if err != nil {
		return fmt.Errorf("erase: %w", err)
	}
	e.forget(er.Subject.ID)
	return nil
}

// scrub overwrites what is left in the database's file.
func (e *Engine) scrub(ctx context.Context, ed Errand) error {
	if err := e.Eraser.Scrub(ctx); err != nil {
		return err
	}
	return e.Commit(ctx, Change{Done: []ErrandRef{ed.Ref()}})
}
