package teams

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/infracloudio/msbotbuilder-go/core"
)

const (
	bodyLimit = 256 << 10
	// Teams gives up after 10 to 15 seconds and delivers again.
	messageTime = 10 * time.Second
	// People look at a spinner while an invoke runs.
	invokeTime = 5 * time.Second
)

// EdgeOptions are what an [Edge] is made of.
type EdgeOptions struct {
	Config  Config
	Handler Handler
	Log     *slog.Logger
	// Now is the clock by which tokens and keys are judged: the wall clock, also
	// where the business runs on another.
	Now func() time.Time
	// Keys are the channel's signing keys; nil makes a set from Config.
	Keys *Keys
	// Refused, if set, is told of activities that Teams vouches for but which come
	// from a tenant that is not allowed. They are answered with 200 and dropped.
	Refused func(ctx context.Context, r Refusal, a Activity)
	// Sorry, if set, is the sentence for a press that failed for a reason nobody
	// foresaw, in the person's locale.
	Sorry func(locale string) string
}

// Edge is the bot's messaging endpoint, POST /api/messages. It is safe for
// concurrent use. It starts no goroutines: when the server that calls it has
// shut down, all turns have ended.
type Edge struct {
	door    door
	handler Handler
	adapter *core.BotFrameworkAdapter
	log     *slog.Logger
	refused func(context.Context, Refusal, Activity)
	sorry   func(string) string
	turns   turns
}

// door decides who comes in. There are two: of a Validator, and the
// Playground's, which has a constructor of its own.
type door interface {
	// knock looks at the headers before the body is read, so that a stranger's body takes no memory.
	knock(ctx context.Context, r *http.Request) error
	// admit believes the activity, and sets its Tenant, or refuses it.
	admit(ctx context.Context, r *http.Request, a *Activity) error
}

// NewEdge builds the endpoint, or says what is wrong with the config.
func NewEdge(o EdgeOptions) (*Edge, error) {
	if o.Keys == nil {
		o.Keys = NewKeys(o.Config, nil, o.Log, o.Now)
	}
	v, err := NewValidator(o.Config, o.Keys, o.Now)
	if err != nil {
		return nil, fmt.Errorf("edge: %w", err)
	}
	e := newEdge(o)
	e.adapter = newAdapter(o.Config, v)
	e.door = tokenDoor{adapter: e.adapter, tokens: v, tenants: o.Config.tenants()}
	return e, nil
}

func newEdge(o EdgeOptions) *Edge {
	e := &Edge{handler: o.Handler, log: o.Log, refused: o.Refused, sorry: o.Sorry}
	if e.refused == nil {
		e.refused = func(context.Context, Refusal, Activity) {}
	}
	if e.sorry == nil {
		e.sorry = func(string) string {
			return "Muster could not finish this. Please wait a minute and try again; if it stays so, tell your IT team."
		}
	}
	return e
}

// ServeHTTP takes one activity: method, content type and length, token, body,
// decoding, what the token says of the activity, tenant, and then the handler.
func (e *Edge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// Teams hangs up on a slow answer and the server then cancels the request's
	// context. A turn that was begun is finished all the same.
	ctx := context.WithoutCancel(r.Context())
	a, err := e.receive(ctx, w, r)
	if err != nil {
		e.refuse(ctx, w, a, err)
		return
	}
	e.serve(ctx, w, a)
}

func (e *Edge) receive(ctx context.Context, w http.ResponseWriter, r *http.Request) (Activity, error) {
	if r.Method != http.MethodPost {
		return Activity{}, RefusedMethod
	}
	if !isJSON(r.Header) {
		return Activity{}, RefusedContentType
	}
	if r.ContentLength > bodyLimit {
		return Activity{}, RefusedTooLarge
	}
	if err := e.door.knock(ctx, r); err != nil {
		return Activity{}, err
	}
	raw, err := readBody(w, r)
	if err != nil {
		return Activity{}, err
	}
	a, err := decode(raw)
	if err != nil {
		return Activity{}, err
	}
	if err := e.door.admit(ctx, r, &a); err != nil {
		return a, fmt.Errorf("admit activity: %w", err)
	}
	return a, nil
}

// refuse answers with a status and no body, and one log line that holds nothing
// of what was sent but ids and the host of the service URL.
func (e *Edge) refuse(ctx context.Context, w http.ResponseWriter, a Activity, err error) {
	r := reason(err)
	switch r {
	case RefusedMethod:
		w.Header().Set("Allow", http.MethodPost) // the Playground looks for us with HEAD: no reason to log
	case RefusedTenant:
		e.log.WarnContext(ctx, "activity dropped", slog.String("reason", string(r)),
			slog.String("type", a.Type), slog.String("tenant", a.Tenant))
		e.refused(ctx, r, a)
	default:
		e.log.WarnContext(ctx, "request refused", slog.String("reason", string(r)), slog.Any("error", err))
	}
	w.WriteHeader(r.status())
}

// isJSON tells an uncompressed JSON body from all else. What two headers say,
// nobody said.
func isJSON(h http.Header) bool {
	if coding := h.Values("Content-Encoding"); len(coding) > 1 || len(coding) == 1 && !strings.EqualFold(coding[0], "identity") {
		return false
	}
	given := h.Values("Content-Type")
	if len(given) != 1 {
		return false
	}
	contentType := given[0]
	if contentType == "application/json; charset=utf-8" || contentType == "application/json" {
		return true
	}
	kind, params, err := mime.ParseMediaType(contentType)
	charset, named := params["charset"]
	return err == nil && kind == "application/json" && (!named || strings.EqualFold(charset, "utf-8"))
}

func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	var b bytes.Buffer
	if r.ContentLength > 0 {
		b.Grow(int(r.ContentLength) + bytes.MinRead)
	}
	_, err := io.Copy(&b, http.MaxBytesReader(w, r.Body, bodyLimit))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return nil, RefusedTooLarge
	}
	if err != nil {
		return nil, fmt.Errorf("read body: %w", RefusedUnread)
	}
	return b.Bytes(), nil
}

// tokenDoor lets in what Teams has signed for, from the tenants we serve.
type tokenDoor struct {
	adapter *core.BotFrameworkAdapter
	tokens  *Validator // the adapter's own
	tenants map[string]bool
}

// knock checks all of the token but what it says of the activity.
func (d tokenDoor) knock(ctx context.Context, r *http.Request) error {
	token, err := bearer(authorization(r))
	if err != nil {
		return err
	}
	_, err = d.tokens.token(ctx, token)
	return err
}

// authorization is the one Authorization header; two are none.
func authorization(r *http.Request) string {
	if h := r.Header.Values("Authorization"); len(h) == 1 {
		return h[0]
	}
	return ""
}

func (d tokenDoor) admit(ctx context.Context, r *http.Request, a *Activity) error {
	_, err := d.adapter.AuthenticateRequest(ctx, a.forLibrary(), authorization(r), d.adapter.CredentialProvider, d.adapter.ChannelService)
	if err != nil {
		return fmt.Errorf("authenticate: %w", err)
	}
	return a.admitTenant(d.tenants)
}
