package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"unicode/utf16"

	"github.com/google/uuid"
)

// The connector: what the bot calls to reach people (reference: Bot Framework
// connector REST, Teams "Send proactive messages" and "Rate limiting").

const (
	maxActivity = 1 << 20
	maxMessage  = 100 << 10 // bytes of UTF-16, the documented size of a message
)

// outgoing is an activity as the bot sends it.
type outgoing struct {
	Type        string       `json:"type"`
	Text        string       `json:"text"`
	TextFormat  string       `json:"textFormat"`
	Summary     string       `json:"summary"`
	Attachments []attachment `json:"attachments"`
	ReplyTo     string       `json:"replyToId"`
}

type newConversation struct {
	IsGroup  bool      `json:"isGroup"`
	Members  []party   `json:"members"`
	Tenant   string    `json:"tenantId"`
	Activity *outgoing `json:"activity"`
	Data     struct {
		Tenant  idOnly `json:"tenant"`
		Channel idOnly `json:"channel"`
	} `json:"channelData"`
}

type resource struct {
	ID       string `json:"id"`
	Activity string `json:"activityId,omitempty"`
}

type errorBody struct {
	Error struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
}

func connectorError(w http.ResponseWriter, status int, code, text string) {
	var b errorBody
	b.Error.Code, b.Error.Message = code, text
	writeJSON(w, status, b)
}

// writesBlocked is the other shape of error that Teams has: JSON within JSON.
func writesBlocked(w http.ResponseWriter) {
	writeJSON(w, http.StatusForbidden, struct {
		Code    int    `json:"errorCode"`
		Message string `json:"message"`
	}{209, `{"subCode":"MessageWritesBlocked","details":"Thread is blocked from message writes.","errorCode":null,"errorSubCode":null}`})
}

func readBody(r *http.Request, limit int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r.Body, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read body: %w", err)
	}
	if int64(len(b)) > limit {
		return nil, errors.New("read body: too big")
	}
	return b, nil
}

func (s *Sandbox) createConversation(w http.ResponseWriter, r *http.Request) {
	var in newConversation
	if !decodeActivity(w, r, &in) {
		return
	}
	for _, t := range []string{in.Tenant, in.Data.Tenant.ID} {
		if t != "" && !strings.EqualFold(t, s.opt.Tenant) {
			connectorError(w, http.StatusForbidden, "BotNotInConversationRoster", "The bot is not installed in that tenant.")
			return
		}
	}
	if in.IsGroup || in.Data.Channel.ID != "" {
		s.createPost(w, in)
		return
	}
	if in.Tenant == "" && in.Data.Tenant.ID == "" {
		connectorError(w, http.StatusBadRequest, "BadArgument", "tenantId is missing.")
		return
	}
	if len(in.Members) != 1 {
		connectorError(w, http.StatusBadRequest, "BadArgument", "A personal conversation has exactly one member.")
		return
	}
	id := in.Members[0].ID
	if _, err := uuid.Parse(id); err != nil && !strings.HasPrefix(id, "29:") {
		connectorError(w, http.StatusBadRequest, "BadArgument", "A member is named by Teams id or Entra object id.")
		return
	}
	p, acc, ok := s.person(id)
	if !ok || !acc.enabled || !strings.EqualFold(p.Tenant, s.opt.Tenant) {
		connectorError(w, http.StatusForbidden, "ForbiddenOperationException", "The bot is not installed for this user.")
		return
	}
	cid := personalID(p.ID)
	if err := s.world.open(cid, p.ID); err != nil {
		s.broken(w, err)
		return
	}
	out := resource{ID: cid}
	if in.Activity != nil {
		m, whole, ok := s.store(w, spot{chat: cid}, *in.Activity)
		if !ok {
			return
		}
		if whole {
			out.Activity = m.ID
		}
	}
	writeJSON(w, http.StatusCreated, out)
}

// createPost starts a thread in a channel.
func (s *Sandbox) createPost(w http.ResponseWriter, in newConversation) {
	c, ok := s.channel(in.Data.Channel.ID)
	if !ok {
		connectorError(w, http.StatusForbidden, "BotNotInConversationRoster", "The bot is not part of the conversation roster.")
		return
	}
	if in.Activity == nil {
		connectorError(w, http.StatusBadRequest, "BadArgument", "A channel post needs an activity.")
		return
	}
	m, whole, ok := s.store(w, spot{chat: c.Conversation}, *in.Activity)
	switch {
	case !ok:
	case !whole:
		w.WriteHeader(http.StatusAccepted)
	default:
		writeJSON(w, http.StatusCreated, resource{ID: c.Conversation + ";messageid=" + m.ID, Activity: m.ID})
	}
}

// spot is where a message goes: a chat, and in a channel the thread's root.
type spot struct{ chat, thread string }

// where resolves the conversation id of a connector path.
func (s *Sandbox) where(w http.ResponseWriter, r *http.Request) (spot, bool) {
	id, thread, _ := strings.Cut(r.PathValue("cid"), ";messageid=")
	p := spot{chat: id, thread: thread}
	if c, ok := s.channel(id); ok {
		p.chat = c.Conversation
		if thread == "" {
			return p, true
		}
		if m, ok := s.world.message(thread); ok && m.Chat == p.chat {
			p.thread = m.Thread
			return p, true
		}
	} else if c, ok := s.world.chat(id); ok && c.Person != "" {
		p.thread = ""
		if _, acc, _ := s.person(c.Person); !acc.enabled {
			writesBlocked(w)
			return spot{}, false
		}
		return p, true
	}
	connectorError(w, http.StatusNotFound, "ConversationNotFound", "Conversation not found.")
	return spot{}, false
}

func decodeActivity(w http.ResponseWriter, r *http.Request, into any) bool {
	b, err := readBody(r, maxActivity)
	if err != nil {
		connectorError(w, http.StatusRequestEntityTooLarge, "MessageSizeTooBig", "Message size too large.")
		return false
	}
	if err := json.Unmarshal(b, into); err != nil {
		connectorError(w, http.StatusBadRequest, "BadSyntax", "The body is not a valid activity.")
		return false
	}
	return true
}

func (s *Sandbox) broken(w http.ResponseWriter, err error) {
	s.opt.Log.Error("state cannot be written", "error", err)
	connectorError(w, http.StatusInternalServerError, "ServiceError", "The message could not be stored.")
}

func (s *Sandbox) sendActivity(w http.ResponseWriter, r *http.Request) {
	to, ok := s.where(w, r)
	if !ok {
		return
	}
	var out outgoing
	if !decodeActivity(w, r, &out) {
		return
	}
	if aid := r.PathValue("aid"); aid != "" { // the older form of a reply
		m, ok := s.world.message(aid)
		if !ok || m.Chat != to.chat {
			connectorError(w, http.StatusNotFound, "ActivityNotFoundInConversation", "The activity replied to is not in this conversation.")
			return
		}
		to.thread = m.Thread
	}
	if out.Type == "typing" {
		w.WriteHeader(http.StatusAccepted)
		return
	}
	m, whole, ok := s.store(w, to, out)
	switch {
	case !ok:
	case !whole:
		w.WriteHeader(http.StatusAccepted)
	default:
		writeJSON(w, http.StatusCreated, resource{ID: m.ID})
	}
}

// store keeps what the bot sends. Text and card together become two messages,
// and then the bot learns no id (whole is false): that is how Teams does it.
func (s *Sandbox) store(w http.ResponseWriter, to spot, out outgoing) (m message, whole, ok bool) {
	m, ok = s.compose(w, out)
	if !ok {
		return message{}, false, false
	}
	m.Chat, m.Thread, m.From = to.chat, to.thread, "bot"
	_, channel := s.channel(to.chat)
	if channel && (m.Asks != nil || len(m.Files) > 0) {
		connectorError(w, http.StatusBadRequest, "BadArgument", "File cards are for personal conversations.")
		return message{}, false, false
	}
	parts := []message{m}
	if m.Text != "" && m.Card != nil {
		text, card := m, m
		text.Card, card.Text, card.Format = nil, "", ""
		parts = []message{text, card}
	}
	for _, part := range parts {
		part.Thread = to.thread
		stored, err := s.world.add(part, channel && to.thread == "")
		if err != nil {
			s.broken(w, err)
			return message{}, false, false
		}
		m, to.thread = stored, stored.Thread
	}
	return m, len(parts) == 1, true
}

// compose checks what Teams checks and takes over what Teams shows.
func (s *Sandbox) compose(w http.ResponseWriter, out outgoing) (message, bool) {
	bad := func(text string) (message, bool) {
		connectorError(w, http.StatusBadRequest, "BadArgument", text)
		return message{}, false
	}
	if out.Type != "message" {
		return bad("Unknown activity type.")
	}
	m := message{Text: out.Text, Format: out.TextFormat, Summary: out.Summary}
	if m.Format == "" {
		m.Format = "markdown"
	}
	size := 2 * len(utf16.Encode([]rune(out.Text)))
	for _, a := range out.Attachments {
		size += 2 * len(utf16.Encode([]rune(string(a.Content))))
		switch {
		case m.Card != nil || m.Asks != nil || len(m.Files) > 0:
			return bad("One card per activity.")
		case a.ContentType == consentType || a.ContentType == fileInfoType:
			if problem := s.readFileCard(a, &m); problem != "" {
				return bad(problem)
			}
			continue
		case a.ContentType != cardType:
			return bad("The sandbox shows Adaptive Cards and files only.")
		}
		var head struct {
			Type string `json:"type"`
		}
		if json.Unmarshal(a.Content, &head) != nil || head.Type != "AdaptiveCard" {
			return bad("The attachment is not an Adaptive Card.")
		}
		m.Card = a.Content
	}
	if size > maxMessage {
		connectorError(w, http.StatusRequestEntityTooLarge, "MessageSizeTooBig", "Message size too large.")
		return message{}, false
	}
	if m.Text == "" && m.Card == nil && m.Asks == nil && len(m.Files) == 0 {
		return bad("Activity must have text or an attachment.")
	}
	return m, true
}

// own finds a message of the bot's that a path names.
func (s *Sandbox) own(w http.ResponseWriter, r *http.Request) (message, bool) {
	to, ok := s.where(w, r)
	if !ok {
		return message{}, false
	}
	m, ok := s.world.message(r.PathValue("aid"))
	if !ok || m.Chat != to.chat || m.Deleted {
		connectorError(w, http.StatusNotFound, "ActivityNotFoundInConversation", "The activity is not in this conversation.")
		return message{}, false
	}
	if m.From != "bot" {
		connectorError(w, http.StatusForbidden, "NotEnoughPermissions", "The bot may change its own messages only.")
		return message{}, false
	}
	return m, true
}

func (s *Sandbox) updateActivity(w http.ResponseWriter, r *http.Request) {
	old, ok := s.own(w, r)
	if !ok {
		return
	}
	var out outgoing
	if !decodeActivity(w, r, &out) {
		return
	}
	next, ok := s.compose(w, out)
	if !ok {
		return
	}
	if next.Text != "" && next.Card != nil {
		connectorError(w, http.StatusBadRequest, "BadArgument", "An update cannot split a message in two.")
		return
	}
	err := s.world.change(old.ID, func(m *message) error {
		m.Text, m.Format, m.Summary, m.Card, m.Asks, m.Files = next.Text, next.Format, next.Summary, next.Card, next.Asks, next.Files
		m.Updated, m.Views = true, nil
		return nil
	})
	if err != nil {
		s.broken(w, err)
		return
	}
	writeJSON(w, http.StatusOK, resource{ID: old.ID})
}

func (s *Sandbox) deleteActivity(w http.ResponseWriter, r *http.Request) {
	old, ok := s.own(w, r)
	if !ok {
		return
	}
	err := s.world.change(old.ID, func(m *message) error {
		m.Deleted, m.Text, m.Summary, m.Card, m.Views, m.Asks, m.Files = true, "", "", nil, nil, nil, nil
		return nil
	})
	if err != nil {
		s.broken(w, err)
		return
	}
	w.WriteHeader(http.StatusOK)
}
