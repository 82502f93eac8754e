package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// client speaks the sandbox's control API, as a script outside the project would.
type client struct{ base string }

// refused is an answer of 400 or more.
type refused struct {
	status int
	body   string
}

func (r *refused) Error() string { return fmt.Sprintf("status %d: %s", r.status, r.body) }

// call makes one call and reads the answer into out, unless that is nil.
func (c client) call(ctx context.Context, method, path string, in, out any) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	b, err := io.ReadAll(res.Body)
	if err = errors.Join(err, res.Body.Close()); err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	if res.StatusCode >= 400 {
		return fmt.Errorf("%s %s: %w", method, path, &refused{res.StatusCode, string(b)})
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(b, out); err != nil {
		return fmt.Errorf("%s %s: %w in %s", method, path, err, b)
	}
	return nil
}

// message is what one person sees of one message.
type message struct {
	ID      string          `json:"id"`
	N       int             `json:"n"`
	From    string          `json:"from"`
	Text    string          `json:"text"`
	Card    json.RawMessage `json:"card"`
	Updated bool            `json:"updated"`
	At      time.Time       `json:"at"`
}

func (c client) messages(ctx context.Context, as, chat string, since int, wait time.Duration) ([]message, error) {
	var list []message
	q := url.Values{"as": {as}, "chat": {chat}, "since": {strconv.Itoa(since)}}
	if wait > 0 {
		q.Set("wait", strconv.FormatFloat(wait.Seconds(), 'f', 2, 64))
	}
	err := c.call(ctx, http.MethodGet, "/sandbox/messages?"+q.Encode(), nil, &list)
	return list, err
}

func (c client) say(ctx context.Context, as, chat, text string) error {
	return c.call(ctx, http.MethodPost, "/sandbox/say", map[string]string{"as": as, "chat": chat, "text": text}, nil)
}

// pressed is the answer to a press: the status and the invoke's answer.
type pressed struct {
	Status int `json:"status"`
	Value  struct {
		StatusCode int             `json:"statusCode"`
		Type       string          `json:"type"`
		Value      json.RawMessage `json:"value"`
	} `json:"value"`
}

// good reports whether the bot did what the press asked for.
func (p pressed) good() bool {
	return p.Status == http.StatusOK && (p.Value.StatusCode == 0 || p.Value.StatusCode == http.StatusOK)
}

func (c client) press(ctx context.Context, as, message, button string, inputs map[string]string) (pressed, error) {
	var out pressed
	in := map[string]any{"as": as, "message": message, "button": button, "inputs": inputs}
	err := c.call(ctx, http.MethodPost, "/sandbox/press", in, &out)
	return out, err
}

// moved is the answer of the clock.
type moved struct {
	Now time.Time `json:"now"`
	Ran int       `json:"ran"`
}

func (c client) clock(ctx context.Context, how string, value any) (moved, error) {
	var out moved
	err := c.call(ctx, http.MethodPost, "/sandbox/clock", map[string]any{how: value}, &out)
	return out, err
}

// caseView is a case as the control API shows it.
type caseView struct {
	Ref   string `json:"ref"`
	State string `json:"state"`
	Steps []struct {
		Key   string    `json:"key"`
		State string    `json:"state"`
		Due   time.Time `json:"due"`
		After string    `json:"after"`
	} `json:"steps"`
}

func (v caseView) step(key string) string {
	for _, s := range v.Steps {
		if s.Key == key {
			return s.State
		}
	}
	return ""
}

func (c client) cases(ctx context.Context) ([]caseView, error) {
	var list []caseView
	err := c.call(ctx, http.MethodGet, "/sandbox/cases", nil, &list)
	return list, err
}

// words are what a person reads on a card, in order: texts, facts, the titles of its buttons in brackets.
func words(card json.RawMessage) string {
	var all []string
	walk(card, func(n map[string]any) {
		switch kind, _ := n["type"].(string); {
		case kind == "TextBlock" || kind == "TextRun":
			all = append(all, fmt.Sprint(n["text"]))
		case kind == "FactSet":
			facts, _ := n["facts"].([]any)
			for _, f := range facts {
				if f, ok := f.(map[string]any); ok {
					all = append(all, fmt.Sprintf("%v: %v", f["title"], f["value"]))
				}
			}
		case strings.HasPrefix(kind, "Action."):
			all = append(all, fmt.Sprintf("[%v]", n["title"]))
		case strings.HasPrefix(kind, "Input.") && n["errorMessage"] != nil && n["value"] == nil:
			all = append(all, fmt.Sprintf("(%v)", n["errorMessage"]))
		}
	})
	return strings.Join(strings.Fields(strings.Join(all, " ")), " ")
}

// has reports whether the card offers a button.
func (m message) has(button string) bool {
	found := false
	walk(m.Card, func(n map[string]any) {
		kind, _ := n["type"].(string)
		found = found || (strings.HasPrefix(kind, "Action.") && n["title"] == button)
	})
	return found
}

// empty reports whether the card asks for an input and came without a value for it.
func (m message) empty(input string) bool {
	found := false
	walk(m.Card, func(n map[string]any) {
		found = found || (n["id"] == input && (n["value"] == nil || n["value"] == ""))
	})
	return found
}

// walk visits every object of a card but the fallbacks, which are not drawn.
func walk(card json.RawMessage, visit func(map[string]any)) {
	var v any
	if json.Unmarshal(card, &v) != nil {
		return // no card
	}
	var into func(any)
	into = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			visit(v)
			for _, key := range []string{"body", "items", "columns", "rows", "cells", "inlines", "inlineAction", "selectAction", "actions", "card"} {
				into(v[key])
			}
		case []any:
			for _, e := range v {
				into(e)
			}
		}
	}
	into(v)
}

// find is the newest message of a chat that offers a button.
func (c client) find(ctx context.Context, as, chat, button string) (message, bool, error) {
	list, err := c.messages(ctx, as, chat, 0, 0)
	if err != nil {
		return message{}, false, err
	}
	for _, m := range slices.Backward(list) {
		if m.has(button) {
			return m, true, nil
		}
	}
	return message{}, false, nil
}

var errNotSeen = errors.New("not seen")

// see waits until a message of the chat, its text or its card, matches.
func (c client) see(ctx context.Context, as, chat string, re *regexp.Regexp, within time.Duration) (message, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	since, all := 0, []string{}
	for {
		list, err := c.messages(ctx, as, chat, since, 5*time.Second)
		if ctx.Err() != nil {
			return message{}, fmt.Errorf("%s in %s of %s: %w among:\n%s", re, chat, as, errNotSeen, strings.Join(all, "\n"))
		}
		if err != nil {
			return message{}, err
		}
		for _, m := range list {
			text := m.Text + " " + words(m.Card)
			if re.MatchString(text) {
				return m, nil
			}
			all, since = append(all, text), max(since, m.N)
		}
	}
}
