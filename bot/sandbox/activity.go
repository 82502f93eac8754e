package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"time"

	"github.com/google/uuid"
)

// What Teams posts to the bot (reference: Bot Framework activity schema).
type (
	activity struct {
		Type           string          `json:"type"`
		Name           string          `json:"name,omitempty"`
		Action         string          `json:"action,omitempty"`
		ID             string          `json:"id"`
		Timestamp      string          `json:"timestamp"`
		LocalTimestamp string          `json:"localTimestamp"`
		LocalTimezone  string          `json:"localTimezone"`
		ServiceURL     string          `json:"serviceUrl"`
		ChannelID      string          `json:"channelId"`
		From           party           `json:"from"`
		Conversation   conversation    `json:"conversation"`
		Recipient      party           `json:"recipient"`
		TextFormat     string          `json:"textFormat,omitempty"`
		Text           string          `json:"text,omitempty"`
		Attachments    []attachment    `json:"attachments,omitempty"`
		Entities       []entity        `json:"entities,omitempty"`
		MembersAdded   []party         `json:"membersAdded,omitempty"`
		ChannelData    channelData     `json:"channelData"`
		ReplyTo        string          `json:"replyToId,omitempty"`
		Value          json.RawMessage `json:"value,omitempty"`
		Locale         string          `json:"locale"`
	}
	party struct {
		ID          string `json:"id"`
		Name        string `json:"name,omitempty"`
		AADObjectID string `json:"aadObjectId,omitempty"`
	}
	conversation struct {
		Type     string `json:"conversationType"`
		Tenant   string `json:"tenantId"`
		ID       string `json:"id"`
		Name     string `json:"name,omitempty"`
		IsGroup  bool   `json:"isGroup,omitempty"`
		internal string // without the thread
	}
	attachment struct {
		ContentType string          `json:"contentType"`
		ContentURL  string          `json:"contentUrl,omitempty"`
		Name        string          `json:"name,omitempty"`
		Content     json.RawMessage `json:"content,omitempty"`
	}
	entity struct {
		Type      string `json:"type"`
		Locale    string `json:"locale,omitempty"`
		Country   string `json:"country,omitempty"`
		Platform  string `json:"platform,omitempty"`
		Timezone  string `json:"timezone,omitempty"`
		Mentioned *party `json:"mentioned,omitempty"`
		Text      string `json:"text,omitempty"`
	}
	channelData struct {
		Tenant         idOnly    `json:"tenant"`
		TeamsChannelID string    `json:"teamsChannelId,omitempty"`
		TeamsTeamID    string    `json:"teamsTeamId,omitempty"`
		Channel        *place    `json:"channel,omitempty"`
		Team           *place    `json:"team,omitempty"`
		EventType      string    `json:"eventType,omitempty"`
		Settings       *settings `json:"settings,omitempty"`
		Source         *source   `json:"source,omitempty"`
	}
	idOnly struct {
		ID string `json:"id"`
	}
	place struct {
		ID    string `json:"id"`
		Name  string `json:"name,omitempty"`
		Group string `json:"aadGroupId,omitempty"`
	}
	settings struct {
		Selected place `json:"selectedChannel"`
	}
	source struct {
		Name string `json:"name"`
	}
)

const (
	cardType      = "application/vnd.microsoft.card.adaptive"
	localZone     = "Europe/London"
	localLanguage = "en-GB"
	maxAnswer     = 1 << 20
)

func (s *Sandbox) bot() party { return party{ID: "28:" + s.opt.AppID, Name: botName} }

// event is an activity with everything that all of them have in common.
func (s *Sandbox) event(kind string, p Person, c conversation) activity {
	now := s.opt.Clock.Now()
	local := now.UTC()
	if zone, err := time.LoadLocation(localZone); err == nil { // without zone data the time stays UTC
		local = now.In(zone)
	}
	a := activity{
		Type: kind, ID: "f:" + uuid.NewString(), ServiceURL: s.opt.Self, ChannelID: channelName,
		Timestamp: now.UTC().Format("2006-01-02T15:04:05.000Z"), LocalTimestamp: local.Format("2006-01-02T15:04:05.000-07:00"),
		LocalTimezone: localZone, Locale: localLanguage,
		From: party{ID: mri(p.ID), Name: p.Name, AADObjectID: p.ID}, Recipient: s.bot(), Conversation: c,
		Entities:    []entity{{Type: "clientInfo", Locale: localLanguage, Country: "GB", Platform: "Web", Timezone: localZone}},
		ChannelData: channelData{Tenant: idOnly{p.Tenant}},
	}
	if ch, ok := s.channel(c.internal); ok {
		a.ChannelData.TeamsChannelID, a.ChannelData.TeamsTeamID = ch.Conversation, ch.Team
		a.ChannelData.Channel = &place{ID: ch.Conversation, Name: ch.Title}
		a.ChannelData.Team = &place{ID: ch.Team, Name: ch.TeamName, Group: ch.Group}
	}
	return a
}

func (s *Sandbox) personal(p Person) conversation {
	id := personalID(p.ID)
	return conversation{Type: "personal", Tenant: p.Tenant, ID: id, internal: id}
}

// inChannel is the conversation of one thread, or of the channel when root is empty.
func (s *Sandbox) inChannel(c Channel, root string) conversation {
	id := c.Conversation
	if root != "" {
		id += ";messageid=" + root
	}
	return conversation{Type: "channel", Tenant: s.opt.Tenant, ID: id, Name: c.Title, IsGroup: true, internal: c.Conversation}
}

// written adds what a person typed. Teams sends the markup along as an
// attachment, and a mention of the bot in a channel.
func (a *activity) written(text string, bot party) {
	markup := html.EscapeString(text)
	if a.Conversation.Type == "channel" {
		tag := "<at>" + bot.Name + "</at>"
		a.Text = tag + " " + text
		a.Entities = append(a.Entities, entity{Type: "mention", Mentioned: &bot, Text: tag})
		markup = `<span itemscope="" itemtype="http://schema.skype.com/Mention" itemid="0">` + bot.Name + "</span>&nbsp;" + markup
	} else {
		a.Text = text
	}
	a.TextFormat = "plain"
	content, err := json.Marshal("<p>" + markup + "</p>")
	if err != nil {
		return // a string always marshals
	}
	a.Attachments = append(a.Attachments, attachment{ContentType: "text/html", Content: content})
}

// deliver posts an activity to the bot with a signed token and returns what the
// bot answered.
func (s *Sandbox) deliver(ctx context.Context, a activity) (int, []byte, error) {
	body, err := json.Marshal(a)
	if err != nil {
		return 0, nil, fmt.Errorf("deliver %s: %w", a.Type, err)
	}
	token, err := s.issuer.bearer()
	if err != nil {
		return 0, nil, fmt.Errorf("deliver %s: %w", a.Type, err)
	}
	// A turn is not undone because the person's browser went away.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.answer)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.opt.Bot, bytes.NewReader(body))
	if err != nil {
		return 0, nil, fmt.Errorf("deliver %s: %w", a.Type, err)
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := s.opt.HTTP.Do(req)
	if err != nil {
		return 0, nil, fmt.Errorf("deliver %s: %w", a.Type, err)
	}
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if closed := res.Body.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return 0, nil, fmt.Errorf("deliver %s: read answer: %w", a.Type, err)
	}
	return res.StatusCode, answer, nil
}

// deliverSurely posts an activity up to three times with the same id, as Teams
// does when the bot does not answer or answers with a server error.
func (s *Sandbox) deliverSurely(ctx context.Context, a activity) error {
	var last error
	for try := range 3 {
		if try > 0 {
			t := time.NewTimer(s.retry << (try - 1))
			select {
			case <-t.C:
			case <-ctx.Done():
				t.Stop()
				return ctx.Err()
			}
		}
		status, _, err := s.deliver(ctx, a)
		switch {
		case err != nil:
			last = err
		case status < 300:
			return nil
		default:
			last = fmt.Errorf("the bot answered %d to a %s", status, a.Type)
			if status < 500 {
				return last
			}
		}
	}
	return last
}
