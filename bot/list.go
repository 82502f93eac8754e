package bot

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"muster/bot/teams"
	"muster/cards"
	"muster/flows"
	"muster/flows/hr"
	"muster/flows/texts"
)

// sentFile is a file as the business sees it. A picture inside a message has no address of its own.
func sentFile(f teams.File) flows.SentFile {
	out := flows.SentFile{Name: f.Name, Type: f.Type}
	if !f.Inline {
		out.URL = f.DownloadURL
	}
	return out
}

// reply answers a message: a list of people that came with it, or what it asks for.
func (b *Bot) reply(ctx context.Context, t flows.Turn) (flows.Reply, error) {
	kind, plural := t.ListKind()
	if len(t.Files) > 0 && flows.ReadCommand(t.Text).Name == flows.CmdPopulation {
		return b.readPopulation(ctx, t)
	}
	if len(t.Files) > 0 && flows.ReadCommand(t.Text).Name == flows.CmdPolicy {
		return b.readPolicy(ctx, t)
	}
	if len(t.Files) > 0 {
		return b.readFile(ctx, t, kind)
	}
	lines := t.Lines()
	if kind == "" || len(lines) == 0 {
		return b.Engine.Answer(ctx, t)
	}
	if plural && len(lines) == 1 {
		t.Text = map[flows.EventKind]string{flows.JoinerEvent: flows.CmdNewStarter, flows.LeaverEvent: flows.CmdLeaver}[kind] + " " + lines[0]
		return b.Engine.Answer(ctx, t)
	}
	l, err := hr.ReadLines(strings.Join(lines, "\n"), kind, b.Engine.Policy, b.Engine.Today())
	if err == nil && !plural && sentences(l) < 2 { // one person, told over several lines
		return b.Engine.Answer(ctx, t)
	}
	if r, berr := b.Engine.BeginList(ctx, t); berr != nil || r.Bulk != nil {
		return r, berr
	}
	if err != nil {
		return flows.Reply{}, err
	}
	return b.Engine.AnswerList(ctx, t, l, flows.ReadFrom{})
}

// sentences counts the lines that say of somebody what an event needs.
func sentences(l flows.List) int {
	n := 0
	for _, r := range l.Rows {
		starts := r.Event.Given != "" && (r.Event.Start != "" || r.ManagerText != "" && r.Event.Job != "")
		leaves := r.SubjectText != "" && r.Event.LastDay != ""
		if starts || leaves {
			n++
		}
	}
	return n
}

// readFile fetches and reads the file that came with a message. Whoever may not send one has it neither fetched nor opened.
func (b *Bot) readFile(ctx context.Context, t flows.Turn, kind flows.EventKind) (flows.Reply, error) {
	if r, err := b.Engine.BeginList(ctx, t); err != nil || r.Bulk != nil {
		return r, err
	}
	f := t.Files[0]
	switch {
	case len(t.Files) > 1:
		return flows.Reply{}, &flows.Error{Code: flows.Invalid, Say: b.lang().Say("Please send one file at a time, so that it is clear which list you confirm.")}
	case f.URL == "":
		return flows.Reply{}, &flows.Error{Code: flows.Invalid, Say: b.lang().Say("I read lists from xlsx and csv files only, sent as a file in our own chat.")}
	}
	content, err := b.Teams.Fetch(ctx, f.URL, hr.MostBytes)
	if err != nil {
		return flows.Reply{}, notFetched(b.lang(), err)
	}
	l, err := hr.ReadFile(f.Name, content, kind, b.Engine.Policy, b.Engine.Today())
	if err != nil {
		return flows.Reply{}, err
	}
	sum := sha256.Sum256(content)
	return b.Engine.AnswerList(ctx, t, l, flows.ReadFrom{Hash: hex.EncodeToString(sum[:]), Size: len(content)})
}

// readPopulation fetches and reads HR's list of everybody. Whoever may not send one has it neither fetched nor opened.
func (b *Bot) readPopulation(ctx context.Context, t flows.Turn) (flows.Reply, error) {
	if r, err := b.Engine.BeginPopulation(ctx, t); err != nil || r.View != nil {
		return r, err
	}
	f := t.Files[0]
	switch {
	case len(t.Files) > 1:
		return flows.Reply{}, &flows.Error{Code: flows.Invalid, Say: b.lang().Say("Please send one file at a time.")}
	case f.URL == "":
		return flows.Reply{}, &flows.Error{Code: flows.Invalid, Say: b.lang().Say("I read lists from xlsx and csv files only, sent as a file in our own chat.")}
	}
	content, err := b.Teams.Fetch(ctx, f.URL, hr.MostPopulationBytes)
	if te, ok := errors.AsType[*teams.Error](err); ok && te.TooBig {
		return flows.Reply{}, &flows.Error{Code: flows.Invalid, Say: b.lang().Say("The file is larger than %d MB, so it was not read. Please take out pictures and further sheets.", hr.MostPopulationBytes>>20), Err: err}
	}
	if err != nil {
		return flows.Reply{}, notFetched(b.lang(), err)
	}
	list, err := hr.ReadPopulation(b.lang(), f.Name, content, b.Engine.Today())
	if err != nil {
		return flows.Reply{}, err
	}
	sum := sha256.Sum256(content)
	return b.Engine.AnswerPopulation(ctx, t, f.Name, list, flows.ReadFrom{Hash: hex.EncodeToString(sum[:]), Size: len(content)})
}

// readPolicy fetches a policy that an owner proposes. Whoever may not propose one has it neither fetched nor opened.
func (b *Bot) readPolicy(ctx context.Context, t flows.Turn) (flows.Reply, error) {
	if r, err := b.Engine.BeginPolicy(ctx, t); err != nil || r.Slot.Case != "" {
		return r, err
	}
	f := t.Files[0]
	switch {
	case len(t.Files) > 1:
		return flows.Reply{}, &flows.Error{Code: flows.Invalid, Say: b.lang().Say("Please send the whole policy as one file.")}
	case f.URL == "":
		return flows.Reply{}, &flows.Error{Code: flows.Invalid, Say: b.lang().Say("Please send the policy as a file in our own chat, not as a picture.")}
	}
	content, err := b.Teams.Fetch(ctx, f.URL, flows.MostPolicyBytes)
	if te, ok := errors.AsType[*teams.Error](err); ok && te.TooBig {
		return flows.Reply{}, &flows.Error{Code: flows.Invalid, Say: b.lang().Say("The file is larger than %d MB, so it was not read. That is not a policy.", flows.MostPolicyBytes>>20), Err: err}
	}
	if err != nil {
		return flows.Reply{}, notFetched(b.lang(), err)
	}
	return b.Engine.AnswerPolicy(ctx, t, f.Name, content)
}

// notFetched says what it means that a file was not got: later, or send it again.
func notFetched(lang texts.Language, err error) error {
	out := &flows.Error{Code: flows.Invalid, Say: lang.Say("I could not open the file: Teams does not give it to me any more. Please send it again."), Err: err}
	te, isTeams := errors.AsType[*teams.Error](err)
	switch {
	case isTeams && te.Temporary:
		out.Code, out.Say, out.RetryAfter = flows.Unavailable, lang.Say("Teams does not give me the file just now."), te.RetryAfter
	case isTeams && te.TooBig:
		out.Say = lang.Say("The file is larger than 2 MB, so it was not read. A list of people is small: please take out pictures and further sheets, or send it in parts.")
	case errors.Is(err, teams.RefusedHost):
		out.Say = lang.Say("The file does not lie where Teams keeps files, so I did not open it. Please attach it to a message in our own chat.")
	}
	return out
}

// drawList draws a list's card, or a manager's card for several people of one.
func (b *Bot) drawList(ctx context.Context, s flows.Slot, now time.Time) (drawn, error) {
	if s.Card == flows.CardBulk {
		l, err := b.Engine.FetchBulk(ctx, string(s.Case))
		if err != nil {
			return drawn{}, err
		}
		return drawn{card: cards.Bulk(b.lang(), l), summary: cards.BulkSummary(b.lang(), l)}, nil
	}
	g, ready, err := b.Engine.FetchTogether(ctx, s)
	if err != nil || !ready {
		return drawn{later: !ready}, err
	}
	d := drawn{card: cards.Together(b.lang(), g, now), summary: cards.TogetherSummary(b.lang(), g)}
	for _, c := range g.Cases {
		d.also = append(d.also, c.ID)
	}
	return d, nil
}
