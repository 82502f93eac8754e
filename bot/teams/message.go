package teams

import (
	"encoding/json"
	"errors"
	"fmt"
)

// CardType is the content type of an Adaptive Card.
const CardType = "application/vnd.microsoft.card.adaptive"

// Message is what the bot says: a text, or a card, or one other attachment.
// Never two of them: Teams makes two messages of text with a card, and gives no
// id for either, so that they can never be updated.
type Message struct {
	Text       string
	TextFormat string          // plain unless said otherwise: words that people wrote must not become markup
	Card       json.RawMessage // an Adaptive Card
	Attachment *Attachment     // something else, such as a file consent card
	Summary    string          // what the notification says
	Alert      bool            // raise it in the activity feed
	ReplyTo    string          // the message it answers
}

// Attachment is an attachment that is not an Adaptive Card.
type Attachment struct {
	ContentType string          `json:"contentType"`
	ContentURL  string          `json:"contentUrl,omitempty"`
	Name        string          `json:"name,omitempty"`
	Content     json.RawMessage `json:"content,omitempty"`
}

// ErrMessage is a message that must not be sent as it is.
var ErrMessage = errors.New("message cannot be sent")

func (m Message) check() error {
	parts := 0
	for _, there := range []bool{m.Text != "", len(m.Card) > 0, m.Attachment != nil} {
		if there {
			parts++
		}
	}
	switch {
	case parts == 0:
		return fmt.Errorf("%w: it is empty", ErrMessage)
	case parts > 1:
		return fmt.Errorf("%w: it has more than one of text, card and attachment, which Teams would split", ErrMessage)
	case len(m.Card) > 0 && !json.Valid(m.Card):
		return fmt.Errorf("%w: its card is not JSON", ErrMessage)
	}
	return nil
}

// outActivity is an activity as it is sent. The library's schema.Activity is
// not, because it would send times of the year 1 and empty structs.
type outActivity struct {
	Type         string           `json:"type"`
	ID           string           `json:"id,omitempty"`
	From         outAccount       `json:"from"`
	Conversation *outConversation `json:"conversation,omitempty"`
	ReplyToID    string           `json:"replyToId,omitempty"`
	TextFormat   string           `json:"textFormat,omitempty"`
	Text         string           `json:"text,omitempty"`
	Summary      string           `json:"summary,omitempty"`
	Attachments  []Attachment     `json:"attachments,omitempty"`
	ChannelData  *outChannelData  `json:"channelData,omitempty"`
}

type outAccount struct {
	ID string `json:"id"`
}

type outConversation struct {
	ID               string `json:"id"`
	ConversationType string `json:"conversationType,omitempty"`
	TenantID         string `json:"tenantId,omitempty"`
}

type outChannelData struct {
	Notification *outNotification `json:"notification,omitempty"`
	Tenant       *outAccount      `json:"tenant,omitempty"`
	Team         *outAccount      `json:"team,omitempty"`
	Channel      *outAccount      `json:"channel,omitempty"`
}

type outNotification struct {
	Alert bool `json:"alert"`
}

// outCreate asks for a conversation: a chat with one person, or a new thread.
type outCreate struct {
	IsGroup     bool           `json:"isGroup"`
	Bot         outAccount     `json:"bot"`
	Members     []outAccount   `json:"members,omitempty"`
	TenantID    string         `json:"tenantId,omitempty"`
	Activity    *outActivity   `json:"activity,omitempty"`
	ChannelData outChannelData `json:"channelData"`
}

// activity is the message as Teams takes it, without a conversation.
func (m Message) activity(bot string) outActivity {
	out := outActivity{Type: "message", From: outAccount{ID: bot}, ReplyToID: m.ReplyTo, Summary: shown(m.Summary)}
	switch {
	case len(m.Card) > 0:
		out.Attachments = []Attachment{{ContentType: CardType, Content: m.Card}}
	case m.Attachment != nil:
		out.Attachments = []Attachment{*m.Attachment}
	default:
		out.Text = shown(m.Text)
		if out.TextFormat = m.TextFormat; out.TextFormat == "" {
			out.TextFormat = "plain"
		}
	}
	if m.Alert {
		out.ChannelData = &outChannelData{Notification: &outNotification{Alert: true}}
	}
	return out
}
