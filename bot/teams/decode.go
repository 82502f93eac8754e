package teams

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// The wire structs hold what is read of an activity. The library's
// schema.Activity is not decoded from the wire: it refuses a value that is a
// string or a time that is empty, and forgets all of an entity but its type.

type wireActivity struct {
	Type           string            `json:"type"`
	Name           string            `json:"name"`
	ID             string            `json:"id"`
	ReplyToID      string            `json:"replyToId"`
	ServiceURL     string            `json:"serviceUrl"`
	ChannelID      string            `json:"channelId"`
	Text           string            `json:"text"`
	Locale         string            `json:"locale"`
	LocalTimezone  string            `json:"localTimezone"`
	Timestamp      string            `json:"timestamp"`
	Action         string            `json:"action"`
	From           wireAccount       `json:"from"`
	Recipient      wireAccount       `json:"recipient"`
	Conversation   wireConversation  `json:"conversation"`
	MembersAdded   []wireAccount     `json:"membersAdded"`
	MembersRemoved []wireAccount     `json:"membersRemoved"`
	Attachments    []wireAttachment  `json:"attachments"`
	Entities       []json.RawMessage `json:"entities"`
	ChannelData    wireChannelData   `json:"channelData"`
	Value          json.RawMessage   `json:"value"`
}

type wireAccount struct {
	ID          string `json:"id"`
	AADObjectID string `json:"aadObjectId"`
	Name        string `json:"name"`
}

type wireConversation struct {
	ID               string `json:"id"`
	ConversationType string `json:"conversationType"`
	IsGroup          bool   `json:"isGroup"`
	TenantID         string `json:"tenantId"`
	Name             string `json:"name"`
}

type wireAttachment struct {
	ContentType string          `json:"contentType"`
	ContentURL  string          `json:"contentUrl"`
	Name        string          `json:"name"`
	Content     json.RawMessage `json:"content"`
}

type wireID struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	AADGroupID string `json:"aadGroupId"`
}

type wireChannelData struct {
	Tenant    wireID `json:"tenant"`
	Team      wireID `json:"team"`
	Channel   wireID `json:"channel"`
	EventType string `json:"eventType"`
	Settings  struct {
		SelectedChannel wireID `json:"selectedChannel"`
	} `json:"settings"`
	// What clients of some years ago sent in place of team and channel.
	TeamsTeamID    string `json:"teamsTeamId"`
	TeamsChannelID string `json:"teamsChannelId"`
}

type wireEntity struct {
	Type      string      `json:"type"`
	Text      string      `json:"text"`
	Timezone  string      `json:"timezone"`
	Mentioned wireAccount `json:"mentioned"`
}

// longestID is the longest id that is read, in bytes. Those of Teams have at most a few hundred, and ids are keys of the store.
const longestID = 2000

// decode reads an activity. It does not yet say that the activity may be
// believed, and leaves Tenant empty.
func decode(raw []byte) (Activity, error) {
	var w wireActivity
	if err := json.Unmarshal(raw, &w); err != nil {
		// The decoder's own text can quote the body, which may name people.
		return Activity{}, fmt.Errorf("decode activity: %w", RefusedMalformed)
	}
	if !clear(raw) {
		return Activity{}, fmt.Errorf("decode activity that can be read in two ways: %w", RefusedMalformed)
	}
	if w.Type == "" {
		return Activity{}, fmt.Errorf("decode activity without type: %w", RefusedMalformed)
	}
	if w.Conversation.ID == "" {
		return Activity{}, fmt.Errorf("decode activity without conversation: %w", RefusedMalformed)
	}
	for _, id := range []string{w.ID, w.ReplyToID, w.Conversation.ID, w.From.ID, w.Recipient.ID} {
		if len(id) > longestID {
			return Activity{}, fmt.Errorf("decode activity with an id of %d bytes: %w", len(id), RefusedMalformed)
		}
	}
	a := Activity{
		Type:           w.Type,
		Name:           w.Name,
		ID:             w.ID,
		ReplyTo:        w.ReplyToID,
		ServiceURL:     w.ServiceURL,
		ChannelID:      w.ChannelID,
		RawText:        w.Text,
		Locale:         w.Locale,
		TimeZone:       w.LocalTimezone,
		From:           w.From.person(),
		Recipient:      w.Recipient.person(),
		Team:           Team{ID: w.ChannelData.Team.ID, AADGroupID: w.ChannelData.Team.AADGroupID, Name: w.ChannelData.Team.Name},
		Channel:        Channel{ID: w.ChannelData.Channel.ID, Name: w.ChannelData.Channel.Name},
		Value:          objectOf(w.Value),
		MembersAdded:   people(w.MembersAdded),
		MembersRemoved: people(w.MembersRemoved),
		Action:         strings.ToLower(w.Action),
		EventType:      w.ChannelData.EventType,
		Raw:            raw,
		channelTenant:  w.ChannelData.Tenant.ID,
	}
	a.Conversation = w.conversation()
	if a.Team.ID == "" {
		a.Team.ID = w.ChannelData.TeamsTeamID
	}
	if selected := w.ChannelData.Settings.SelectedChannel; a.Channel.ID == "" && selected.ID != "" {
		a.Channel = Channel{ID: selected.ID, Name: selected.Name}
	}
	if a.Channel.ID == "" {
		a.Channel.ID = w.ChannelData.TeamsChannelID
	}
	if t, err := time.Parse(time.RFC3339Nano, w.Timestamp); err == nil {
		a.Timestamp = t // one that cannot be read is as good as none: nothing is decided on it
	}
	for _, att := range w.Attachments {
		if f, ok := att.file(); ok {
			a.Files = append(a.Files, f)
		}
	}
	a.readEntities(w.Entities)
	return a, nil
}

// readEntities takes mentions and the time zone from the entities, and the
// text from what is left. Entities of other shapes are none of our business.
func (a *Activity) readEntities(entities []json.RawMessage) {
	var bot []string
	for _, raw := range entities {
		var e wireEntity
		if json.Unmarshal(raw, &e) != nil {
			continue
		}
		switch e.Type {
		case "clientInfo":
			if a.TimeZone == "" {
				a.TimeZone = e.Timezone
			}
		case "mention":
			if e.Mentioned.ID == a.Recipient.ID {
				bot = append(bot, e.Text)
				continue
			}
			a.Mentions = append(a.Mentions, Mention{Person: e.Mentioned.person(), Text: squeeze(e.Text)})
		}
	}
	a.Text = plainText(a.RawText, bot)
	a.Lines = plainLines(a.RawText, bot)
}

// conversation reads where the activity took place. Some events do not say what
// kind of conversation it is, but the id does.
func (w wireActivity) conversation() Conversation {
	id, thread := splitAddress(w.Conversation.ID)
	c := Conversation{
		ID: id, Thread: thread, Type: w.Conversation.ConversationType,
		Name: w.Conversation.Name, TenantID: w.Conversation.TenantID,
	}
	if c.Type != "" {
		return c
	}
	switch {
	case strings.HasSuffix(id, "@thread.tacv2"), strings.HasSuffix(id, "@thread.skype"), w.ChannelData.Channel.ID != "":
		c.Type = InChannel
	case strings.HasSuffix(id, "@thread.v2"), w.Conversation.IsGroup:
		c.Type = GroupChat
	case strings.HasPrefix(id, "a:"), strings.HasSuffix(id, "@unq.gbl.spaces"):
		c.Type = Personal
	}
	return c
}

func (w wireAccount) person() Person {
	return Person{ID: w.ID, AADObjectID: guid(w.AADObjectID), Name: w.Name}
}

func people(accounts []wireAccount) []Person {
	var ps []Person
	for _, w := range accounts {
		ps = append(ps, w.person())
	}
	return ps
}

// file reads a file or picture. Teams adds the message's own HTML as an
// attachment, which is none.
func (w wireAttachment) file() (File, bool) {
	switch {
	case w.ContentType == "application/vnd.microsoft.teams.file.download.info":
		var c struct {
			DownloadURL string `json:"downloadUrl"`
			UniqueID    string `json:"uniqueId"`
			FileType    string `json:"fileType"`
		}
		if json.Unmarshal(w.Content, &c) != nil {
			return File{}, false
		}
		return File{Name: w.Name, Type: c.FileType, UniqueID: c.UniqueID, DownloadURL: c.DownloadURL}, true
	case strings.HasPrefix(w.ContentType, "image/"):
		return File{Name: w.Name, Type: w.ContentType, DownloadURL: w.ContentURL, Inline: true}, true
	}
	return File{}, false
}

// objectOf makes an object of whatever a client sent as value: messageBack may
// bring an object or the same object in a string.
func objectOf(raw json.RawMessage) json.RawMessage {
	raw = bytes.TrimSpace(raw)
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return nil
	case raw[0] == '{':
		return raw
	case raw[0] == '"':
		var s string
		if json.Unmarshal(raw, &s) == nil {
			inner := bytes.TrimSpace([]byte(s))
			if len(inner) > 0 && inner[0] == '{' && json.Valid(inner) {
				return inner
			}
		}
	}
	return append(append([]byte(`{"value":`), raw...), '}')
}
