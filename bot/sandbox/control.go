package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	maxControl = 8 << 20 // a say may carry a file
	maxWait    = 60 * time.Second
	botChat    = "bot"
)

type refusal struct {
	Error string `json:"error"`
}

func refuse(status int, format string, args ...any) (int, any) {
	return status, refusal{fmt.Sprintf(format, args...)}
}

// answering turns a control call into a handler, and writes the clock down on
// the way, so that a kill loses little of it.
func (s *Sandbox) answering(h func(*http.Request) (int, any)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := s.world.noteClock(false); err != nil {
			status, body := refuse(http.StatusInternalServerError, "%v", err)
			writeJSON(w, status, body)
			return
		}
		status, body := h(r)
		writeJSON(w, status, body)
	})
}

// decode reads a call's body. Unknown fields are refused, so that a script's
// spelling mistake does not pass as an empty value.
func decode(r *http.Request, into any) error {
	b, err := readBody(r, maxControl)
	if err != nil {
		return err
	}
	dec := json.NewDecoder(strings.NewReader(string(b)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return fmt.Errorf("read body: %w", err)
	}
	if dec.More() {
		return errors.New("read body: more than one value")
	}
	return nil
}

func (s *Sandbox) getInfo(*http.Request) (int, any) {
	return http.StatusOK, struct {
		Bot        string    `json:"bot"`
		Tenant     string    `json:"tenant"`
		Now        time.Time `json:"now"`
		Playground bool      `json:"playground"`
		Cases      bool      `json:"cases"`
		Directory  bool      `json:"directory"`
	}{botName, s.opt.Tenant, s.opt.Clock.Now(), s.opt.Playground, s.opt.Cases != nil, s.opt.Directory != nil}
}

type personView struct {
	Key     string `json:"key"`
	Name    string `json:"name"`
	ID      string `json:"id"`
	UPN     string `json:"upn"`
	Role    string `json:"role"`
	Tenant  string `json:"tenant"`
	Job     string `json:"job,omitempty"`
	Account string `json:"account"` // none, disabled, enabled
}

func (s *Sandbox) getPeople(*http.Request) (int, any) {
	list := []personView{}
	for _, k := range s.opt.People {
		p, acc, _ := s.person(k.ID)
		v := personView{Key: p.Key, Name: p.Name, ID: p.ID, UPN: p.UPN, Role: p.Role, Tenant: p.Tenant, Job: acc.Job, Account: "none"}
		if acc.enabled {
			v.Account = "enabled"
		} else if acc.exists {
			v.Account = "disabled"
		}
		list = append(list, v)
	}
	return http.StatusOK, list
}

// seat is a person in one of their chats.
type seat struct {
	person  Person
	account account
	conv    conversation
	channel Channel // zero in the 1:1 chat
}

// seats lists the chats of a person. The 1:1 chat exists once the account does.
func (s *Sandbox) seats(p Person, acc account) []seat {
	if !acc.exists {
		return nil
	}
	list := []seat{{p, acc, s.personal(p), Channel{}}}
	for _, c := range s.channels {
		if acc.enabled && c.has(p) {
			list = append(list, seat{p, acc, s.inChannel(c, ""), c})
		}
	}
	return list
}

func (t seat) key() string {
	if t.channel.Key != "" {
		return t.channel.Key
	}
	return botChat
}

// seat finds the chat that a caller names for a person.
func (s *Sandbox) seat(as, chatKey string) (seat, int, any) {
	p, acc, ok := s.person(as)
	if !ok {
		status, body := refuse(http.StatusNotFound, "nobody is called %q", as)
		return seat{}, status, body
	}
	for _, t := range s.seats(p, acc) {
		if chatKey == t.key() || (chatKey != "" && chatKey == t.conv.internal) {
			return t, 0, nil
		}
	}
	status, body := refuse(http.StatusNotFound, "%s has no chat %q", p.Key, chatKey)
	return seat{}, status, body
}

type chatView struct {
	ID    string    `json:"id"`
	Kind  string    `json:"kind"`
	Title string    `json:"title"`
	N     int       `json:"n"`              // of the latest message
	From  string    `json:"from,omitempty"` // of the latest message
	Text  string    `json:"text,omitempty"` // its preview
	At    time.Time `json:"at,omitzero"`
}

func (s *Sandbox) getChats(r *http.Request) (int, any) {
	p, _, ok := s.person(r.URL.Query().Get("as"))
	if !ok {
		return refuse(http.StatusNotFound, "nobody is called %q", r.URL.Query().Get("as"))
	}
	return s.polled(r, func(since int) (any, bool, <-chan struct{}) {
		list, fresh := []chatView{}, false
		var changed <-chan struct{}
		_, acc, _ := s.person(p.ID)
		for _, t := range s.seats(p, acc) {
			v := chatView{ID: t.key(), Kind: t.conv.Type, Title: botName}
			if t.channel.Key != "" {
				v.Title = t.channel.Title
			}
			msgs, ch := s.world.in(t.conv.internal)
			if changed == nil { // the oldest signal, so that nothing in between is missed
				changed = ch
			}
			for _, m := range msgs {
				v.N = max(v.N, m.number(p.ID))
				v.From, v.At, v.Text = s.nameOf(m.From).Key, m.At, m.preview()
			}
			fresh = fresh || v.N > since
			list = append(list, v)
		}
		return list, fresh, changed
	})
}

// preview is what a notification shows: the text, or the card's summary.
func (m message) preview() string {
	switch {
	case m.Deleted:
		return "This message has been deleted."
	case m.Text != "":
		return m.Text
	case m.Summary != "":
		return m.Summary
	case m.Asks != nil || len(m.Files) > 0:
		return "Sent a file"
	}
	return "Sent a card"
}

type messageView struct {
	ID      string          `json:"id"`
	N       int             `json:"n"`
	From    string          `json:"from"`
	Name    string          `json:"name"`
	Text    string          `json:"text"`
	Format  string          `json:"format,omitempty"`
	Summary string          `json:"summary,omitempty"`
	Card    json.RawMessage `json:"card"`
	Updated bool            `json:"updated"`
	Deleted bool            `json:"deleted,omitempty"`
	Failed  bool            `json:"failed,omitempty"`
	Thread  string          `json:"thread,omitempty"`
	Files   []fileRef       `json:"files,omitempty"`
	Asks    *askView        `json:"asks,omitempty"`
	At      time.Time       `json:"at"`
}

// nameOf is how a message's sender is shown.
func (s *Sandbox) nameOf(from string) Person {
	if from == "bot" {
		return Person{Key: "bot", Name: botName}
	}
	if p, _, ok := s.person(from); ok {
		return p
	}
	return Person{Key: from, Name: "Somebody"}
}

func (s *Sandbox) getMessages(r *http.Request) (int, any) {
	q := r.URL.Query()
	t, status, body := s.seat(q.Get("as"), q.Get("chat"))
	if status != 0 {
		return status, body
	}
	return s.polled(r, func(since int) (any, bool, <-chan struct{}) {
		msgs, changed := s.world.in(t.conv.internal)
		list := []messageView{}
		for _, m := range msgs {
			n := m.number(t.person.ID)
			if n <= since {
				continue
			}
			from := s.nameOf(m.From)
			card := m.cardFor(t.person.ID)
			if card == nil {
				card = json.RawMessage("null")
			}
			list = append(list, messageView{
				ID: m.ID, N: n, From: from.Key, Name: from.Name, Text: m.Text, Format: m.Format, Summary: m.Summary, Card: card,
				Updated: m.Updated, Deleted: m.Deleted, Failed: m.Failed, Thread: m.Thread, Files: m.Files, Asks: m.Asks.view(), At: m.At,
			})
		}
		slices.SortFunc(list, func(a, b messageView) int { return a.N - b.N })
		return list, len(list) > 0, changed
	})
}

// polled answers at once, or with wait holds the call until look finds
// something newer than since. The bot's changes wake it.
func (s *Sandbox) polled(r *http.Request, look func(since int) (any, bool, <-chan struct{})) (int, any) {
	q := r.URL.Query()
	since, wait := 0, time.Duration(0)
	var err error
	if v := q.Get("since"); v != "" {
		if since, err = strconv.Atoi(v); err != nil || since < 0 {
			return refuse(http.StatusBadRequest, "since is a number from an earlier answer, not %q", v)
		}
	}
	if v := q.Get("wait"); v != "" {
		sec, err := strconv.ParseFloat(v, 64)
		if err != nil || sec < 0 {
			return refuse(http.StatusBadRequest, "wait is a number of seconds, not %q", v)
		}
		wait = min(time.Duration(sec*float64(time.Second)), maxWait)
	}
	ctx, cancel := context.WithTimeout(r.Context(), wait)
	defer cancel()
	for {
		answer, fresh, changed := look(since)
		if fresh || wait == 0 {
			return http.StatusOK, answer
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return http.StatusOK, answer
		}
	}
}
