package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"muster/bot/teams"
	"muster/cards"
	"muster/flows"
	"muster/flows/texts"
)

// Connector is what the bot needs of Teams.
type Connector interface {
	CreateDirect(ctx context.Context, serviceURL, aadObjectID string) (teams.Ref, error)
	// Ping fails while Teams does not answer for a conversation. It changes nothing there.
	Ping(ctx context.Context, ref teams.Ref) error
	Send(ctx context.Context, ref teams.Ref, m teams.Message) (id string, err error)
	Update(ctx context.Context, ref teams.Ref, id string, m teams.Message) error
	PostChannel(ctx context.Context, ref teams.Ref, m teams.Message) (thread teams.Ref, id string, err error)
	// Fetch reads a file that somebody sent.
	Fetch(ctx context.Context, address string, most int) ([]byte, error)
	Delete(ctx context.Context, ref teams.Ref, id string) error
	// Upload puts a file where somebody allowed it.
	Upload(ctx context.Context, address string, content []byte) error
}

// Bot serves one tenant. It is a teams.Handler, a flows.Courier, and the handler of the errands that need Teams.
type Bot struct {
	Engine     *flows.Engine
	Teams      Connector
	Packs      Packs
	ServiceURL string // where Teams is reached when nobody has written yet
	Log        *slog.Logger

	TurnsAtOnce int // how many messages and presses one person may send at once; 0 for as many as is usual

	seen    known
	uploads uploads
	flood   flood
}

// Handlers are the errands that need Teams.
func (b *Bot) Handlers() map[string]flows.Handler {
	return map[string]flows.Handler{flows.CardErrand: b.keepCard, flows.AnswerErrand: b.answer, flows.SayErrand: b.say, adoptErrand: b.adopt, offerErrand: b.offerAgain, consentErrand: b.keepConsent}
}

// Message takes a text: it is journalled and answered by an errand. A press that came as Action.Submit is a press.
func (b *Bot) Message(ctx context.Context, a teams.Activity) error {
	if over, err := b.floods(ctx, a); over {
		return err
	}
	if err := b.meet(ctx, a); err != nil {
		return err
	}
	if len(a.Value) > 0 && a.Text == "" {
		return b.submitted(ctx, a)
	}
	err := b.Engine.Hear(ctx, turn(a))
	if flows.CodeOf(err) == flows.Seen {
		return nil
	}
	return err
}

// turn is an activity as the business sees it. Who it was is the directory id that Teams vouches for.
func turn(a teams.Activity) flows.Turn {
	reach, err := json.Marshal(a.Ref())
	if err != nil { // a struct of strings marshals
		panic(fmt.Sprintf("marshal reference: %v", err))
	}
	text := a.Text
	if len(a.Lines) > 1 {
		text = strings.Join(a.Lines, "\n")
	}
	var files []flows.SentFile
	for _, f := range a.Files {
		files = append(files, sentFile(f))
	}
	return flows.Turn{
		Key: a.Key(), By: flows.Person{ID: flows.AccountID(a.From.AADObjectID), Name: a.From.Name}, Chat: a.Conversation.Address(),
		Personal: a.Conversation.Type == teams.Personal, Activity: a.ID, ReplyTo: a.ReplyTo, Text: text, Reach: reach,
		Files: files,
	}
}

// pressed reads a press on one of Muster's cards.
func pressed(lang texts.Language, a teams.Activity, data map[string]any) (flows.Turn, error) {
	t := turn(a)
	p, err := cards.Read(lang, data)
	if err != nil {
		return t, err
	}
	t.Verb, t.Case, t.Draft, t.Step, t.Plan = string(p.Verb), p.Case, p.Draft, p.Step, p.Plan
	t.Ticked, t.Delegate, t.Inputs, t.Each = p.Ticked, p.Delegate, p.Inputs, p.Each
	return t, nil
}

// Invoke answers presses and searches. The decision is stored before the answer is built.
func (b *Bot) Invoke(ctx context.Context, a teams.Activity) (teams.InvokeAnswer, error) {
	if over, err := b.floods(ctx, a); over {
		return teams.Answer(teams.MessageAnswer, b.lang().Say("You are pressing faster than I can follow, so nothing was done. Please wait two minutes, then press again.")), err
	}
	switch a.Name {
	case "adaptiveCard/action":
		if err := b.meet(ctx, a); err != nil {
			return teams.InvokeAnswer{}, err
		}
		return b.execute(ctx, a), nil
	case "application/search":
		return b.search(ctx, a)
	case teams.ConsentInvoke:
		if err := b.meet(ctx, a); err != nil {
			return teams.InvokeAnswer{}, err
		}
		return b.consent(ctx, a)
	}
	return teams.InvokeAnswer{}, nil
}

// execute answers an Action.Execute. A refusal is a plain sentence, not an error: clients draw errors as "Something went wrong".
func (b *Bot) execute(ctx context.Context, a teams.Activity) teams.InvokeAnswer {
	var v struct {
		Action struct {
			Verb string         `json:"verb"`
			Data map[string]any `json:"data"`
		} `json:"action"`
	}
	if err := json.Unmarshal(a.Value, &v); err != nil || v.Action.Data == nil {
		return teams.Answer(teams.MessageAnswer, b.lang().Say("I could not read that press, so nothing was done. Please open the card again."))
	}
	if _, ok := v.Action.Data["verb"]; !ok {
		v.Action.Data["verb"] = v.Action.Verb
	}
	t, err := pressed(b.lang(), a, v.Action.Data)
	if err != nil {
		return teams.Answer(teams.MessageAnswer, flows.SayOf(err))
	}
	r, err := b.Engine.Press(ctx, t)
	b.noteCopy(ctx, t, r)
	if err != nil {
		b.logFailure(ctx, "press", t, err)
		return teams.Answer(teams.MessageAnswer, flows.SayOf(err))
	}
	if r.File != nil {
		if err := b.offerPressed(ctx, t, *r.File); err != nil {
			b.logFailure(ctx, "offer file", t, err)
			return teams.Answer(teams.MessageAnswer, flows.SayOf(err))
		}
		return teams.Answer(teams.MessageAnswer, b.lang().Say("I ask you about the file below."))
	}
	card, text, err := b.draw(r, t.By.ID)
	if err != nil {
		b.logFailure(ctx, "draw answer", t, err)
		return teams.Answer(teams.MessageAnswer, b.lang().Say("That was stored. The card shows it in a moment."))
	}
	if card == nil {
		return teams.Answer(teams.MessageAnswer, text)
	}
	return teams.Answer(teams.CardAnswer, card)
}

// logFailure logs what nobody foresaw. A refusal is in the evidence and needs no log line.
func (b *Bot) logFailure(ctx context.Context, what string, t flows.Turn, err error) {
	if c := flows.CodeOf(err); c == flows.Internal || c == flows.Unavailable {
		b.Log.ErrorContext(ctx, what, slog.String("verb", t.Verb), slog.String("case", string(t.Case)), slog.Any("error", err))
	}
}

// submitted is a press from a client that does not know Action.Execute. It cannot be answered with a card, so the sent card is updated and
// a refusal is said in the chat. A pass is never sent as a message that stays.
func (b *Bot) submitted(ctx context.Context, a teams.Activity) error {
	var data map[string]any
	if err := json.Unmarshal(a.Value, &data); err != nil {
		data = nil
	}
	t, err := pressed(b.lang(), a, data)
	if question := asked(b.lang(), t); err == nil && question != "" {
		t.Text = question
		if err = b.Engine.Hear(ctx, t); flows.CodeOf(err) == flows.Seen {
			return nil
		}
		return err
	}
	if err == nil && t.Verb == flows.VerbShowPass {
		err = &flows.Error{Code: flows.Invalid, Say: b.lang().Say("This version of Teams cannot show the pass safely. Please press the button in Teams on a computer or in a browser.")}
	} else if err == nil {
		var r flows.Reply
		r, err = b.Engine.Press(ctx, t)
		b.noteCopy(ctx, t, r)
		if err == nil && r.File != nil {
			err = b.offerPressed(ctx, t, *r.File)
		}
	}
	if err == nil {
		return nil
	}
	b.logFailure(ctx, "press", t, err)
	t.Text = ""
	return b.Engine.Say(ctx, t, flows.SayOf(err))
}

// asked is what somebody would write to be shown what a button shows; empty for a button that decides something. A client that cannot show
// a card in answer to a press gets it as the answer to that.
func asked(lang texts.Language, t flows.Turn) string {
	switch t.Verb {
	case flows.VerbDetails:
		return flows.CmdStatus + " " + string(t.Case)
	case flows.VerbOverdue:
		return flows.CmdOverdue
	case flows.VerbFailures:
		return flows.CmdFailures
	case flows.VerbUpcoming:
		return flows.CmdUpcoming
	case flows.VerbReviewPage:
		return t.ReviewPageAsked(lang)
	}
	return ""
}

// draw makes a card, or one sentence, of a reply.
func (b *Bot) draw(r flows.Reply, reader flows.AccountID) (cards.Card, string, error) {
	now := b.Engine.Now()
	switch {
	case r.Pass != nil && r.Case != nil:
		return cards.Pass(b.lang(), *r.Case, r.Pass.Code, r.Pass.Until), "", nil
	case r.Draft != nil:
		return cards.DraftFor(b.lang(), *r.Draft, b.Engine.Policy, now, reader), "", nil
	case r.Case != nil:
		card, err := cards.Slot(b.lang(), *r.Case, r.Slot, now)
		return card, "", err
	case r.Bulk != nil:
		return cards.Bulk(b.lang(), *r.Bulk), "", nil
	case r.Together != nil:
		return cards.Together(b.lang(), *r.Together, now), "", nil
	case r.View != nil:
		return view(b.lang(), r.View), "", nil
	}
	return nil, r.Text, nil
}

// everybody is the dataset of the people picker. Teams answers it by itself; clients that do not, ask the bot.
const everybody = "graph.microsoft.com/users"

// search answers a typeahead box of Muster's own over the directory. Only people of the directory may look.
func (b *Bot) search(ctx context.Context, a teams.Activity) (teams.InvokeAnswer, error) {
	var v struct {
		QueryText string `json:"queryText"`
		Dataset   string `json:"dataset"`
	}
	if err := json.Unmarshal(a.Value, &v); err != nil || v.Dataset != everybody {
		return teams.InvokeAnswer{Status: 200, Body: teams.AnswerBody{StatusCode: 400, Type: teams.ErrorAnswer, Value: teams.ErrorValue{Code: "BadRequest", Message: b.lang().Say("I do not know what to search.")}}}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, 4*time.Second)
	defer cancel()
	found, err := b.Engine.FindPeople(ctx, flows.AccountID(a.From.AADObjectID), v.QueryText)
	if err != nil {
		b.Log.WarnContext(ctx, "search", slog.String("code", string(flows.CodeOf(err))))
	}
	type result struct {
		Title string `json:"title"`
		Value string `json:"value"`
	}
	results := []result{}
	for _, p := range found {
		results = append(results, result{cards.Who(p, found), string(p.ID)})
	}
	return teams.Answer(teams.SearchAnswer, map[string]any{"results": results}), nil
}

// Other is an edit, a deletion or a reaction: part of the transcript, never acted on.
func (b *Bot) Other(ctx context.Context, a teams.Activity) error {
	if over, err := b.floods(ctx, a); over {
		return err
	}
	t := turn(a)
	t.Verb = a.Type
	err := b.Engine.Note(ctx, t)
	if flows.CodeOf(err) == flows.Seen {
		return nil
	}
	return err
}
