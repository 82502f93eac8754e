package teams

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/infracloudio/msbotbuilder-go/core/activity"
	"github.com/infracloudio/msbotbuilder-go/schema"
)

func TestRouting(t *testing.T) {
	for name, tt := range map[string]struct {
		activity map[string]any
		want     string // method of the handler
	}{
		"message":            {nil, "message"},
		"submit":             {map[string]any{"text": nil, "value": map[string]any{"verb": "approve"}}, "message"},
		"invoke":             {map[string]any{"type": "invoke", "name": "adaptiveCard/action"}, "invoke"},
		"installed":          {map[string]any{"type": "installationUpdate", "action": "add"}, "installed"},
		"removed":            {map[string]any{"type": "installationUpdate", "action": "remove"}, "installed"},
		"member added":       {map[string]any{"type": "conversationUpdate", "membersAdded": []any{map[string]any{"id": "28:" + appID}}}, "installed"},
		"member removed":     {map[string]any{"type": "conversationUpdate", "membersRemoved": []any{map[string]any{"id": "29:x"}}}, "installed"},
		"channel deleted":    {map[string]any{"type": "conversationUpdate", "channelData": map[string]any{"eventType": "channelDeleted", "tenant": map[string]any{"id": tenantID}}}, "installed"},
		"edited":             {map[string]any{"type": "messageUpdate"}, "other"},
		"deleted":            {map[string]any{"type": "messageDelete"}, "other"},
		"thumbs up":          {map[string]any{"type": "messageReaction"}, "other"},
		"end of a chat":      {map[string]any{"type": "endOfConversation"}, ""},
		"from a far future":  {map[string]any{"type": "thoughtTransfer"}, ""},
		"invoke by its name": {map[string]any{"type": "Invoke"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			h := &recorded{answer: InvokeAnswer{Status: 200}}
			w := serve(newTestEdge(t, h, nil), post(t, wire(t, tt.activity)))
			if w.Code != 200 {
				t.Errorf("status = %d", w.Code)
			}
			var want []string
			if tt.want != "" {
				want = []string{tt.want + " 1632474074231"}
			}
			if diff := cmp.Diff(want, h.seen()); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
		})
	}
}

func TestInvokeAnswers(t *testing.T) {
	invoke := wire(t, map[string]any{"type": "invoke", "name": "adaptiveCard/action", "locale": "de-DE"})
	for name, tt := range map[string]struct {
		answer InvokeAnswer
		err    error
		status int
		body   string
	}{
		"a card": {
			Answer(CardAnswer, json.RawMessage(`{"type":"AdaptiveCard"}`)), nil, 200,
			`{"statusCode":200,"type":"application/vnd.microsoft.card.adaptive","value":{"type":"AdaptiveCard"}}`,
		},
		"a sentence": {
			Answer(MessageAnswer, "Done."), nil, 200,
			`{"statusCode":200,"type":"application/vnd.microsoft.activity.message","value":"Done."}`,
		},
		"nothing known":  {InvokeAnswer{}, nil, 501, ""},
		"no body":        {InvokeAnswer{Status: 200}, nil, 200, ""},
		"an error":       {Answer(MessageAnswer, "Done."), errors.New("store is full"), 200, `{"statusCode":500,"type":"application/vnd.microsoft.error","value":{"code":"InternalServerError","message":"Sorry (de-DE)."}}`},
		"cannot be JSON": {InvokeAnswer{Status: 200, Body: func() {}}, nil, 500, ""},
	} {
		t.Run(name, func(t *testing.T) {
			e := newTestEdge(t, &recorded{answer: tt.answer, err: tt.err}, func(o *EdgeOptions) {
				o.Sorry = func(locale string) string { return "Sorry (" + locale + ")." }
			})
			w := serve(e, post(t, invoke))
			if w.Code != tt.status {
				t.Errorf("status = %d, want %d", w.Code, tt.status)
			}
			if diff := cmp.Diff(tt.body, w.Body.String()); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
			if kind := w.Header().Get("Content-Type"); (tt.body != "") != strings.HasPrefix(kind, "application/json") {
				t.Errorf("content type = %q", kind)
			}
		})
	}
}

func TestUsualSorryIsASentence(t *testing.T) {
	e := newTestEdge(t, &recorded{err: errors.New("secret: store is full")}, nil)
	w := serve(e, post(t, wire(t, map[string]any{"type": "invoke"})))
	var body struct {
		Value ErrorValue `json:"value"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		t.Fatal(err)
	}
	if m := body.Value.Message; !strings.HasSuffix(m, ".") || strings.Contains(m, "secret") {
		t.Errorf("message = %q", m)
	}
}

// What fails with an error or a panic is delivered again, and the next turn of
// the conversation still comes.
func TestFailingTurns(t *testing.T) {
	for name, tt := range map[string]struct {
		handler *recorded
		kind    string
		want    int
	}{
		"message, error":      {&recorded{err: errors.New("store is full")}, "message", 500},
		"installation, error": {&recorded{err: errors.New("store is full")}, "installationUpdate", 500},
		"update, error":       {&recorded{err: errors.New("store is full")}, "conversationUpdate", 500},
		"edit, error":         {&recorded{err: errors.New("store is full")}, "messageUpdate", 500},
		"message, panic":      {&recorded{do: func(context.Context, Activity) { panic("bug") }}, "message", 500},
		"invoke, panic":       {&recorded{do: func(context.Context, Activity) { panic("bug") }}, "invoke", 200},
	} {
		t.Run(name, func(t *testing.T) {
			e := newTestEdge(t, tt.handler, nil)
			for range 2 {
				if w := serve(e, post(t, wire(t, map[string]any{"type": tt.kind}))); w.Code != tt.want {
					t.Errorf("status = %d, want %d", w.Code, tt.want)
				}
			}
			if n := len(tt.handler.seen()); n != 2 {
				t.Errorf("%d turns, want 2", n)
			}
			if n := len(e.turns.open); n != 0 {
				t.Errorf("%d conversations are still open", n)
			}
		})
	}
}

// Teams hangs up; the turn goes on to its own time limit.
func TestTurnOutlivesTheRequest(t *testing.T) {
	for kind, limit := range map[string]time.Duration{"message": messageTime, "invoke": invokeTime} {
		t.Run(kind, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, hangUp := context.WithCancel(t.Context())
				began := time.Now()
				var ended time.Duration
				h := &recorded{do: func(ctx context.Context, _ Activity) {
					hangUp()
					if ctx.Err() != nil {
						t.Errorf("the turn ended with the request: %v", ctx.Err())
					}
					<-ctx.Done()
					ended = time.Since(began)
				}}
				r := post(t, wire(t, map[string]any{"type": kind}))
				serve(newTestEdge(t, h, nil), r.WithContext(ctx))
				if ended != limit {
					t.Errorf("the turn had %v, want %v", ended, limit)
				}
			})
		})
	}
}

// Turns of one conversation come one by one in the order in which they arrived;
// another conversation does not wait for them.
func TestTurnsInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		running, most := 0, 0
		var mu sync.Mutex
		h := &recorded{do: func(_ context.Context, a Activity) {
			if a.Conversation.ID != "a:1hannah" {
				return
			}
			mu.Lock()
			running++
			most = max(most, running)
			mu.Unlock()
			<-release
			mu.Lock()
			running--
			mu.Unlock()
		}}
		e := newTestEdge(t, h, nil)
		var wg sync.WaitGroup
		var want []string
		for n := range 8 {
			id := fmt.Sprint(n)
			want = append(want, "message "+id)
			body := wire(t, map[string]any{"id": id})
			wg.Go(func() { serve(e, post(t, body)) })
			synctest.Wait()
		}
		other := map[string]any{"id": "other", "conversation": map[string]any{"id": "a:1stan", "tenantId": tenantID}}
		serve(e, post(t, wire(t, other))) // would hang if it had to wait
		close(release)
		wg.Wait()
		if most != 1 {
			t.Errorf("%d turns of one conversation at once", most)
		}
		got := h.seen()
		if diff := cmp.Diff(append([]string{want[0], "message other"}, want[1:]...), got); diff != "" {
			t.Errorf("order (-want +got):\n%s", diff)
		}
		if n := len(e.turns.open); n != 0 {
			t.Errorf("%d conversations are still open", n)
		}
	})
}

// A turn that hangs does not take the ones behind it with it: they give up and
// are delivered again.
func TestWaitingForATurnEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		h := &recorded{do: func(context.Context, Activity) { <-release }}
		e := newTestEdge(t, h, nil)
		var wg sync.WaitGroup
		wg.Go(func() { serve(e, post(t, wire(t, nil))) })
		synctest.Wait()
		if w := serve(e, post(t, wire(t, map[string]any{"id": "2"}))); w.Code != http.StatusInternalServerError {
			t.Errorf("status = %d, want 500", w.Code)
		}
		close(release)
		wg.Wait()
		if diff := cmp.Diff([]string{"message 1632474074231"}, h.seen()); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
	})
}

// The library's part: it dispatches, and whatever a handler of its kind returns
// is not sent behind the Connector's back.
func TestLibrarySendsNothing(t *testing.T) {
	c := newClock()
	ad := newAdapter(testConfig(), newTestValidator(t, newIssuer(), c))
	turn := schema.Activity{Type: schema.Message, ServiceURL: teamsURL, Conversation: schema.ConversationAccount{ID: "../../x"}}
	silent := activity.HandlerFuncs{OnMessageFunc: func(*activity.TurnContext) (schema.Activity, error) { return schema.Activity{}, nil }}
	if err := ad.ProcessActivity(t.Context(), turn, silent); err != nil {
		t.Errorf("a handler that says nothing: %v", err)
	}
	talks := activity.HandlerFuncs{OnMessageFunc: func(c *activity.TurnContext) (schema.Activity, error) {
		return c.SendActivity(activity.MsgOptionText("hello"))
	}}
	if err := ad.ProcessActivity(t.Context(), turn, talks); !errors.Is(err, errNotByLibrary) {
		t.Errorf("a handler that answers: %v, want %v", err, errNotByLibrary)
	}
	if err := ad.UpdateActivity(t.Context(), turn); !errors.Is(err, errNotByLibrary) {
		t.Errorf("update: %v, want %v", err, errNotByLibrary)
	}
	if err := ad.DeleteActivity(t.Context(), "1", schema.ConversationReference{}); !errors.Is(err, errNotByLibrary) {
		t.Errorf("delete: %v, want %v", err, errNotByLibrary)
	}
	if err := ad.Client.Post(url.URL{}, schema.Activity{}); err != nil {
		t.Errorf("a post of nothing to nowhere: %v", err)
	}
	r := post(t, wire(t, nil))
	if _, err := ad.ParseRequest(t.Context(), r); err != nil {
		t.Errorf("the library's own door with our validator: %v", err)
	}
	r = post(t, wire(t, nil))
	r.Header.Set("Authorization", "Bearer a.b.c")
	if _, err := ad.ParseRequest(t.Context(), r); err == nil {
		t.Error("the library's own door let a bad token in")
	}
}

// A handler's error keeps its type on its way through the library.
func TestHandlerErrorsSurviveTheLibrary(t *testing.T) {
	want := errors.New("store is full")
	e := newTestEdge(t, &recorded{err: want}, nil)
	a, err := decode(wire(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.turn(t.Context(), a); !errors.Is(err, want) {
		t.Errorf("turn: %v, want %v", err, want)
	}
}
