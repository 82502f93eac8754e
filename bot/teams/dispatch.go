package teams

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"

	"github.com/infracloudio/msbotbuilder-go/connector/auth"
	"github.com/infracloudio/msbotbuilder-go/core"
	"github.com/infracloudio/msbotbuilder-go/core/activity"
	"github.com/infracloudio/msbotbuilder-go/schema"
)

// newAdapter is the library's adapter with our token validator, and with a
// client that sends nothing; see CHOICES.md.
func newAdapter(cfg Config, v auth.TokenValidator) *core.BotFrameworkAdapter {
	return &core.BotFrameworkAdapter{
		AdapterSetting: core.AdapterSetting{
			AppID:              cfg.AppID,
			CredentialProvider: auth.SimpleCredentialProvider{AppID: cfg.AppID},
		},
		TokenValidator: v,
		Client:         turnClient{},
	}
}

// forLibrary is as much of the activity as the library looks at. Handlers get
// ours, by the closures in turn.
func (a Activity) forLibrary() schema.Activity {
	return schema.Activity{
		Type:         schema.ActivityTypes(a.Type),
		ID:           a.ID,
		ServiceURL:   a.ServiceURL,
		ChannelID:    a.ChannelID,
		From:         schema.ChannelAccount{ID: a.From.ID, Name: a.From.Name, AadObjectID: a.From.AADObjectID},
		Recipient:    schema.ChannelAccount{ID: a.Recipient.ID, Name: a.Recipient.Name},
		Conversation: schema.ConversationAccount{ID: a.Conversation.Address(), ConversationType: a.Conversation.Type, TenantID: a.Tenant},
		Text:         a.Text,
		ReplyToID:    a.ReplyTo,
	}
}

// serve gives the activity to the handler in its conversation's turn and
// answers the request.
func (e *Edge) serve(ctx context.Context, w http.ResponseWriter, a Activity) {
	limit := messageTime
	if a.Type == string(schema.Invoke) {
		limit = invokeTime
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()

	answer, err := e.turn(ctx, a)
	if err != nil {
		e.log.ErrorContext(ctx, "turn failed", slog.String("type", a.Type), slog.String("name", a.Name),
			slog.String("activity", a.ID), slog.Any("error", err))
		answer = e.failure(a)
	}
	var body []byte
	if answer.Body != nil {
		if body, err = json.Marshal(answer.Body); err != nil {
			e.log.ErrorContext(ctx, "answer not encoded", slog.String("name", a.Name), slog.Any("error", err))
			answer.Status = http.StatusInternalServerError
		}
	}
	if len(body) > 0 {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
	}
	w.WriteHeader(answer.Status)
	if _, err := w.Write(body); err != nil {
		e.log.InfoContext(ctx, "answer not taken", slog.String("activity", a.ID)) // it will come again, and be answered again
	}
}

// failure is the answer when a handler returned an error. A message gets 500
// and is delivered again, which is safe because it acts once; an invoke has a
// person waiting, and gets a sentence.
func (e *Edge) failure(a Activity) InvokeAnswer {
	if a.Type != string(schema.Invoke) {
		return InvokeAnswer{Status: http.StatusInternalServerError}
	}
	return InvokeAnswer{Status: http.StatusOK, Body: AnswerBody{
		StatusCode: http.StatusInternalServerError,
		Type:       ErrorAnswer,
		Value:      ErrorValue{Code: "InternalServerError", Message: e.sorry(a.Locale)},
	}}
}

// turn waits for the conversation and routes by type. The library knows
// messages and conversation updates; of an invoke it cannot return the answer,
// and the rest it takes for errors.
func (e *Edge) turn(ctx context.Context, a Activity) (answer InvokeAnswer, err error) {
	leave, err := e.turns.enter(ctx, a.Conversation.Address())
	if err != nil {
		return InvokeAnswer{}, err
	}
	defer leave()
	defer func() {
		// A bug that one activity sets off must not take the other turns with it.
		if p := recover(); p != nil {
			err = fmt.Errorf("handle %s: panic: %v\n%s", a.Type, p, debug.Stack())
		}
	}()

	ok := InvokeAnswer{Status: http.StatusOK}
	switch schema.ActivityTypes(a.Type) {
	case schema.Message, schema.ConversationUpdate:
		return ok, e.adapter.ProcessActivity(ctx, a.forLibrary(), activity.HandlerFuncs{
			OnMessageFunc: func(*activity.TurnContext) (schema.Activity, error) {
				return schema.Activity{}, e.handler.Message(ctx, a)
			},
			OnConversationUpdateFunc: func(*activity.TurnContext) (schema.Activity, error) {
				return schema.Activity{}, e.handler.Installed(ctx, a)
			},
		})
	case schema.InstallationUpdate:
		return ok, e.handler.Installed(ctx, a)
	case schema.MessageUpdate, schema.MessageDelete, schema.MsgReaction:
		return ok, e.handler.Other(ctx, a)
	case schema.Invoke:
		answer, err := e.handler.Invoke(ctx, a)
		if answer.Status == 0 {
			answer = InvokeAnswer{Status: http.StatusNotImplemented}
		}
		return answer, err
	default:
		return ok, nil // typing, events and what is yet to be invented
	}
}

// turnClient is the library's way out, and leads nowhere: a reply is an errand
// that survives a crash, sent by a Connector. The library posts whatever a
// handler returns, also when it returned nothing.
type turnClient struct{}

var errNotByLibrary = errors.New("messages are sent by the Connector, not by the library")

func (turnClient) Post(_ url.URL, act schema.Activity) error {
	if act.Type == "" {
		return nil // a handler that has nothing to say
	}
	return errNotByLibrary
}

func (turnClient) Put(url.URL, schema.Activity) error    { return errNotByLibrary }
func (turnClient) Delete(url.URL, schema.Activity) error { return errNotByLibrary }
