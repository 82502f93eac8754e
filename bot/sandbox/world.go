package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"strconv"
	"sync"
	"time"
)

// world is what Teams keeps: chats and messages. A change is on disk before
// anybody is told of it.
type world struct {
	clock *Clock

	mu       sync.Mutex
	n        int   // grows with each new or changed message
	lastID   int64 // message ids are times, and unique
	chats    map[string]chat
	messages map[string]message
	order    []string
	files    map[string]storedFile
	changed  chan struct{}
	file     *os.File
	noted    time.Time // the clock as last written
	broken   error
}

// chat is a conversation that exists: a person's with the bot, or a channel.
type chat struct {
	ID        string `json:"id"`
	Person    string `json:"person,omitempty"` // object id
	Installed bool   `json:"installed,omitempty"`
}

// message is one message as Teams keeps it. From is an object id, or "bot".
type message struct {
	ID      string          `json:"id"`
	Chat    string          `json:"chat"`
	Thread  string          `json:"thread,omitempty"` // root message, in a channel
	From    string          `json:"from"`
	Text    string          `json:"text,omitempty"`
	Format  string          `json:"format,omitempty"`
	Summary string          `json:"summary,omitempty"`
	Card    json.RawMessage `json:"card,omitempty"`
	Files   []fileRef       `json:"files,omitempty"`
	Asks    *fileAsk        `json:"asks,omitempty"` // a file that the bot would like to give
	At      time.Time       `json:"at"`
	N       int             `json:"n"`
	Updated bool            `json:"updated,omitempty"`
	Deleted bool            `json:"deleted,omitempty"`
	Failed  bool            `json:"failed,omitempty"` // the bot did not take it
	Views   map[string]view `json:"views,omitempty"`  // by object id
}

// view is the card that one person was answered with; it stands until the
// message itself is updated.
type view struct {
	Card json.RawMessage `json:"card"`
	N    int             `json:"n"`
}

type fileRef struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Size int    `json:"size"`
}

type storedFile struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Data []byte `json:"data"`

	Owner string    `json:"owner,omitempty"` // object id of whose OneDrive it lies in; none: it was sent to the bot
	At    time.Time `json:"at,omitzero"`
}

var errNotFound = errors.New("no such message")

func newWorld(clock *Clock) *world {
	return &world{
		clock: clock, chats: map[string]chat{}, messages: map[string]message{},
		files: map[string]storedFile{}, changed: make(chan struct{}),
	}
}

// apply puts a record into memory; both loading and writing go through it.
func (w *world) apply(r record) {
	if m := r.Message; m != nil {
		if _, ok := w.messages[m.ID]; !ok {
			w.order = append(w.order, m.ID)
		}
		w.messages[m.ID] = *m
		w.n = max(w.n, m.N)
		for _, v := range m.Views {
			w.n = max(w.n, v.N)
		}
		if id, err := strconv.ParseInt(m.ID, 10, 64); err == nil {
			w.lastID = max(w.lastID, id)
		}
	}
	if r.Chat != nil {
		w.chats[r.Chat.ID] = *r.Chat
	}
	if r.File != nil {
		w.files[r.File.ID] = *r.File
	}
	if r.Clock.After(w.noted) {
		w.noted = r.Clock
	}
}

// commitLocked writes a record with the present time and applies it.
func (w *world) commitLocked(r record) error {
	r.Clock = w.clock.Now().UTC()
	if err := w.writeLocked(r); err != nil {
		return err
	}
	w.apply(r)
	close(w.changed)
	w.changed = make(chan struct{})
	return nil
}

// add stores a new message and gives it id, time and number. A message that
// starts a channel thread is its own root.
func (w *world) add(m message, root bool) (message, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.clock.Now().UTC()
	id := max(now.UnixMilli(), w.lastID+1)
	m.ID, m.At, m.N = strconv.FormatInt(id, 10), now, w.n+1
	if root {
		m.Thread = m.ID
	}
	return m, w.commitLocked(record{Message: &m})
}

// change alters a message in place and gives it a new number.
func (w *world) change(id string, f func(*message) error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	m, ok := w.messages[id]
	if !ok {
		return errNotFound
	}
	m.Views = maps.Clone(m.Views)
	if err := f(&m); err != nil {
		return err
	}
	m.N = w.n + 1
	return w.commitLocked(record{Message: &m})
}

// setView gives one person a card of their own, unless the message has been
// changed since n: the edit is the newer truth.
func (w *world) setView(id, person string, n int, card json.RawMessage) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	m, ok := w.messages[id]
	if !ok {
		return errNotFound
	}
	if m.N > n {
		return nil
	}
	m.Views = maps.Clone(m.Views)
	if m.Views == nil {
		m.Views = map[string]view{}
	}
	m.Views[person] = view{Card: card, N: w.n + 1}
	return w.commitLocked(record{Message: &m})
}

func (w *world) message(id string) (message, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	m, ok := w.messages[id]
	return m, ok
}

func (w *world) chat(id string) (chat, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, ok := w.chats[id]
	return c, ok
}

// open makes the chat if it does not exist.
func (w *world) open(id, person string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, ok := w.chats[id]; ok {
		return nil
	}
	return w.commitLocked(record{Chat: &chat{ID: id, Person: person}})
}

func (w *world) installed(id string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, ok := w.chats[id]
	if !ok {
		return fmt.Errorf("no chat %s", id)
	}
	c.Installed = true
	return w.commitLocked(record{Chat: &c})
}

// objectID finds the person behind a Teams id; only people with a chat have one.
func (w *world) objectID(teamsID string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.chats {
		if c.Person != "" && mri(c.Person) == teamsID {
			return c.Person
		}
	}
	return ""
}

func (w *world) addFile(f storedFile) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.commitLocked(record{File: &f})
}

func (w *world) fileByID(id string) (storedFile, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f, ok := w.files[id]
	return f, ok
}

// in returns a chat's messages, oldest first, and a channel that is closed at
// the next change.
func (w *world) in(chatID string) ([]message, <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []message
	for _, id := range w.order {
		if m := w.messages[id]; m.Chat == chatID {
			list = append(list, m)
		}
	}
	return list, w.changed
}

// number is what the message counts for in the person's eyes.
func (m message) number(person string) int { return max(m.N, m.Views[person].N) }

// cardFor is the card that the person sees.
func (m message) cardFor(person string) json.RawMessage {
	if v, ok := m.Views[person]; ok {
		return v.Card
	}
	return m.Card
}
