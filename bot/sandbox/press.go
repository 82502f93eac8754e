package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
)

type pressCall struct {
	As      string                     `json:"as"`
	Message string                     `json:"message"`
	Button  string                     `json:"button"`
	Inputs  map[string]json.RawMessage `json:"inputs"`
	Nth     int                        `json:"nth"`    // which of several buttons with one title
	Submit  bool                       `json:"submit"` // as an old client does, which knows only the fallback
	// A forged press names no button.
	Verb string          `json:"verb"`
	Data json.RawMessage `json:"data"`
}

type pressAnswer struct {
	Status int             `json:"status"`
	Value  json.RawMessage `json:"value"`
	Errors []inputError    `json:"errors,omitempty"`
	Error  string          `json:"error,omitempty"`
}

// executeValue is the value of an adaptiveCard/action invoke.
type executeValue struct {
	Action struct {
		Type string          `json:"type"`
		ID   string          `json:"id"`
		Verb string          `json:"verb"`
		Data json.RawMessage `json:"data"`
	} `json:"action"`
	Trigger string `json:"trigger"`
}

// invokeAnswer is the body that the bot answers an invoke with.
type invokeAnswer struct {
	StatusCode int             `json:"statusCode"`
	Type       string          `json:"type"`
	Value      json.RawMessage `json:"value"`
}

// postPress presses a button on the card that the person sees, or sends a press
// that no client would send: with a verb instead of a button anything goes, on
// any message, by anybody.
func (s *Sandbox) postPress(r *http.Request) (int, any) {
	var in pressCall
	if err := decode(r, &in); err != nil {
		return refuse(http.StatusBadRequest, "%v", err)
	}
	p, acc, ok := s.person(in.As)
	if !ok {
		return refuse(http.StatusNotFound, "nobody is called %q", in.As)
	}
	m, exists := s.world.message(in.Message)
	seated, visible := s.seatOf(p, acc, m, exists)
	if in.Button == "" {
		return s.forge(r.Context(), in, p, m, seated, visible)
	}
	if !acc.enabled {
		return refuse(http.StatusForbidden, "%s cannot sign in: there is no enabled account", p.Key)
	}
	if !visible || m.Deleted {
		return refuse(http.StatusNotFound, "%s sees no message %q", p.Key, in.Message)
	}
	if m.Asks != nil {
		return s.answerAsk(r.Context(), p, seated, m, in.Button)
	}
	card := m.cardFor(p.ID)
	if card == nil {
		return refuse(http.StatusNotFound, "the message has no card")
	}
	buttons, inputs, err := parseCard(card)
	if err != nil {
		return refuse(http.StatusUnprocessableEntity, "%v", err)
	}
	b, ok := find(buttons, in.Button, in.Nth)
	if !ok {
		return http.StatusNotFound, struct {
			Error   string   `json:"error"`
			Buttons []string `json:"buttons"`
		}{"the card has no such button", titles(buttons)}
	}
	for id := range in.Inputs {
		if !has(inputs, id) {
			return refuse(http.StatusUnprocessableEntity, "the card has no input %q", id)
		}
	}
	if !b.sends() {
		return http.StatusOK, pressAnswer{Status: http.StatusOK, Value: openURL(b)}
	}
	values, errs := b.collect(in.Inputs)
	if len(errs) > 0 {
		return http.StatusUnprocessableEntity, pressAnswer{
			Status: http.StatusUnprocessableEntity, Value: json.RawMessage("null"), Errors: errs, Error: "the form is not complete",
		}
	}
	conv := s.inThread(seated, m)
	if in.Submit && b.kind == "Action.Execute" {
		fallback, ok := b.node["fallback"].(map[string]any)
		if !ok || node(fallback).text("type") != "Action.Submit" {
			return refuse(http.StatusUnprocessableEntity, "the button has no fallback that an old client could send")
		}
		b.node, b.kind = fallback, "Action.Submit"
	}
	data, err := b.data(values)
	if err != nil {
		return refuse(http.StatusUnprocessableEntity, "the button's data cannot be sent: %v", err)
	}
	if b.kind == "Action.Submit" {
		if special(b.node) {
			return refuse(http.StatusUnprocessableEntity, "the sandbox sends plain Action.Submit only")
		}
		return s.submit(r.Context(), p, conv, m.ID, data)
	}
	var v executeValue
	v.Action.Type, v.Action.ID, v.Action.Verb, v.Action.Data = "Action.Execute", b.node.text("id"), b.node.text("verb"), data
	return s.execute(r.Context(), p, conv, m, visible, v)
}

func (s *Sandbox) forge(ctx context.Context, in pressCall, p Person, m message, t seat, visible bool) (int, any) {
	if in.Verb == "" && (in.Data == nil || string(in.Data) == "null") {
		return refuse(http.StatusBadRequest, "a press names a button, or a verb and data")
	}
	conv := s.personal(p)
	if visible {
		conv = s.inThread(t, m)
	} else {
		m = message{ID: in.Message}
	}
	var v executeValue
	v.Action.Type, v.Action.Verb, v.Action.Data = "Action.Execute", in.Verb, in.Data
	return s.execute(ctx, p, conv, m, visible, v)
}

// seatOf is the person's chat that the message is in, if they see it.
func (s *Sandbox) seatOf(p Person, acc account, m message, exists bool) (seat, bool) {
	if exists {
		for _, t := range s.seats(p, acc) {
			if t.conv.internal == m.Chat {
				return t, true
			}
		}
	}
	return seat{}, false
}

func (s *Sandbox) inThread(t seat, m message) conversation {
	if t.channel.Key == "" {
		return t.conv
	}
	return s.inChannel(t.channel, m.Thread)
}

// execute sends the invoke of an Action.Execute. A card in the answer is from
// then on what this person sees, until the message is updated.
func (s *Sandbox) execute(ctx context.Context, p Person, conv conversation, m message, visible bool, v executeValue) (int, any) {
	v.Trigger = "manual"
	value, err := json.Marshal(v)
	if err != nil {
		return refuse(http.StatusBadRequest, "the data cannot be sent: %v", err)
	}
	a := s.event("invoke", p, conv)
	a.Name, a.ReplyTo, a.Value = "adaptiveCard/action", m.ID, value
	a.ChannelData.Source = &source{Name: "message"}
	out, ok := s.invoke(ctx, a)
	if !ok {
		return http.StatusOK, out
	}
	var answer invokeAnswer
	if err := json.Unmarshal(out.Value, &answer); err != nil {
		return http.StatusOK, out
	}
	good := answer.StatusCode == 0 || answer.StatusCode == http.StatusOK
	if visible && good && answer.Type == cardType && len(answer.Value) > 0 {
		if err := s.world.setView(m.ID, p.ID, m.N, answer.Value); err != nil && !errors.Is(err, errNotFound) {
			return refuse(http.StatusInternalServerError, "%v", err)
		}
	}
	return http.StatusOK, out
}

// invoke delivers an invoke once and reports whether the bot answered 200 with JSON.
func (s *Sandbox) invoke(ctx context.Context, a activity) (pressAnswer, bool) {
	status, body, err := s.deliver(ctx, a)
	if err != nil {
		s.opt.Log.WarnContext(ctx, "invoke has no answer", "error", err)
		return pressAnswer{Status: http.StatusGatewayTimeout, Value: json.RawMessage("null"), Error: "Something went wrong. Please try again."}, false
	}
	out := pressAnswer{Status: status, Value: json.RawMessage("null")}
	if json.Valid(body) {
		out.Value = body
	}
	if status != http.StatusOK {
		out.Error = "Unable to reach app. Please try again."
	}
	return out, status == http.StatusOK
}

// submit sends an Action.Submit: a message without text whose value is the data.
func (s *Sandbox) submit(ctx context.Context, p Person, conv conversation, card string, data json.RawMessage) (int, any) {
	a := s.event("message", p, conv)
	a.ReplyTo, a.Value = card, data
	a.ChannelData.Source = &source{Name: "message"}
	out, _ := s.invoke(ctx, a)
	if out.Status < 300 {
		out.Error = ""
	}
	return http.StatusOK, out
}

// special reports an Action.Submit that Teams treats in its own way.
func special(n node) bool {
	data, _ := n["data"].(map[string]any)
	ms, _ := data["msteams"].(map[string]any)
	return node(ms).text("type") != ""
}

func openURL(b button) json.RawMessage {
	u := b.node.text("url")
	if b.kind != "Action.OpenUrl" || !(strings.HasPrefix(u, "https://") || strings.HasPrefix(u, "http://")) {
		return json.RawMessage("null")
	}
	v, err := json.Marshal(struct {
		URL string `json:"url"`
	}{u})
	if err != nil {
		return json.RawMessage("null")
	}
	return v
}

func titles(buttons []button) []string {
	list := []string{}
	for _, b := range buttons {
		if b.title != "" {
			list = append(list, b.title)
		}
	}
	return list
}

func has(inputs []node, id string) bool {
	for _, n := range inputs {
		if n.text("id") == id {
			return true
		}
	}
	return false
}
