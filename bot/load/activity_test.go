package load

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// What Teams posts, as far as the size and shape of it matter.
type (
	activity struct {
		Type         string          `json:"type"`
		Name         string          `json:"name,omitempty"`
		Action       string          `json:"action,omitempty"`
		ID           string          `json:"id"`
		Timestamp    string          `json:"timestamp"`
		Timezone     string          `json:"localTimezone"`
		ServiceURL   string          `json:"serviceUrl"`
		ChannelID    string          `json:"channelId"`
		From         account         `json:"from"`
		Conversation conversation    `json:"conversation"`
		Recipient    account         `json:"recipient"`
		TextFormat   string          `json:"textFormat,omitempty"`
		Text         string          `json:"text,omitempty"`
		Attachments  []attachment    `json:"attachments,omitempty"`
		Entities     []clientInfo    `json:"entities"`
		ChannelData  channelData     `json:"channelData"`
		ReplyTo      string          `json:"replyToId,omitempty"`
		Value        json.RawMessage `json:"value,omitempty"`
		Locale       string          `json:"locale"`
	}
	account struct {
		ID          string `json:"id"`
		Name        string `json:"name"`
		AADObjectID string `json:"aadObjectId,omitempty"`
	}
	conversation struct {
		Type   string `json:"conversationType"`
		Tenant string `json:"tenantId"`
		ID     string `json:"id"`
	}
	attachment struct {
		ContentType string `json:"contentType"`
		Content     string `json:"content"`
	}
	clientInfo struct {
		Type     string `json:"type"`
		Locale   string `json:"locale"`
		Country  string `json:"country"`
		Platform string `json:"platform"`
		Timezone string `json:"timezone"`
	}
	place struct {
		ID string `json:"id"`
	}
	channelData struct {
		Tenant  place `json:"tenant"`
		Channel place `json:"channel,omitzero"`
	}
)

// activity is what all of them have in common.
func (b *bot) activity(kind string, p person) activity {
	const locale, zone = "en-GB", "Europe/London"
	a := activity{
		Type: kind, ID: "f:" + strconv.FormatInt(b.ids.Add(1), 10), Timestamp: "2026-11-23T09:00:00.000Z", Timezone: zone, ServiceURL: b.base,
		ChannelID: "msteams", From: account{"29:" + p.ID, p.Name, p.ID}, Recipient: account{"28:" + botApp, "Muster", ""},
		Conversation: conversation{"personal", tenant, p.conversation()}, Entities: []clientInfo{{"clientInfo", locale, "GB", "Web", zone}}, Locale: locale,
	}
	a.ChannelData.Tenant.ID = tenant
	return a
}

// text is a message that a person wrote.
func (b *bot) text(p person, text string) []byte {
	a := b.activity("message", p)
	a.Text, a.TextFormat, a.Attachments = text, "plain", []attachment{{"text/html", "<p>" + text + "</p>"}}
	return encoded(a)
}

// press is a button that a person pressed: the data of its action, with what was put in.
func (b *bot) press(p person, data map[string]any) []byte {
	a := b.activity("invoke", p)
	a.Name, a.ReplyTo = "adaptiveCard/action", "m1"
	a.Value = encoded(map[string]any{"trigger": "manual", "action": map[string]any{"type": "Action.Execute", "verb": data["verb"], "data": data}})
	return encoded(a)
}

func encoded(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("marshal %T: %v", v, err)) // made of texts and maps of them
	}
	return b
}
