package teams

import (
	"context"
	"net/http"
)

// Handler is what a bot does with activities that were let in. Its context
// outlives the request: Teams hangs up after some seconds, and work that was
// begun is finished. Turns of one conversation come one after the other, those
// of different ones side by side.
//
// Every method may be called twice for one activity, and must then have acted
// once: Activity.Key tells.
type Handler interface {
	// Message is a text, or an Action.Submit (Value without Text). An error makes
	// Teams deliver the activity again.
	Message(ctx context.Context, a Activity) error
	// Invoke answers adaptiveCard/action, application/search and so on. For a name
	// it does not know it returns the zero answer and has done nothing.
	Invoke(ctx context.Context, a Activity) (InvokeAnswer, error)
	// Installed is an installationUpdate or a conversationUpdate: the bot or a
	// person came or went, or a channel changed.
	Installed(ctx context.Context, a Activity) error
	// Other is an edit, a deletion or a reaction: recorded, never acted on.
	Other(ctx context.Context, a Activity) error
}

// InvokeAnswer is the HTTP answer to an invoke. The zero value means that the
// invoke is not known, and becomes 501.
type InvokeAnswer struct {
	Status int // of HTTP; 200 whenever our code ran, whatever the body says
	Body   any // encoded as JSON; nil for none
}

// Content types in the body of an answer to adaptiveCard/action.
const (
	CardAnswer    = "application/vnd.microsoft.card.adaptive"
	MessageAnswer = "application/vnd.microsoft.activity.message"
	ErrorAnswer   = "application/vnd.microsoft.error"
	SearchAnswer  = "application/vnd.microsoft.search.searchResponse"
)

// AnswerBody is the body Teams expects from an adaptive card's invoke.
type AnswerBody struct {
	StatusCode int    `json:"statusCode"`
	Type       string `json:"type"`
	Value      any    `json:"value"`
}

// ErrorValue is the value of an answer of type [ErrorAnswer].
type ErrorValue struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Answer is an invoke's answer with the given kind and value.
func Answer(kind string, value any) InvokeAnswer {
	return InvokeAnswer{
		Status: http.StatusOK,
		Body:   AnswerBody{StatusCode: http.StatusOK, Type: kind, Value: value},
	}
}
