package teams

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"
)

// Kinds of conversation.
const (
	Personal  = "personal"
	GroupChat = "groupChat"
	InChannel = "channel"
)

// Activity is one thing that Teams told the bot, as far as the bot has a use
// for it. Text, names and Value were written by others: they say what is asked,
// never who asks. Who asks is From.AADObjectID, which Teams vouches for.
type Activity struct {
	Type string // message, invoke, installationUpdate, …
	Name string // of an invoke: adaptiveCard/action, …
	// ID is unique in its conversation, but a redelivery may bear a new one.
	ID      string
	ReplyTo string // the message a card action belongs to, or a reply answers

	ServiceURL string // where answers go; checked against the token and the allow-list
	ChannelID  string // msteams
	Tenant     string // lower case; one of the allowed ones

	Text    string   // without the mention of the bot, spaces and invisible characters normalised
	RawText string   // as it was sent
	Lines   []string // of a text of several lines: those that are not empty, each without mention and normalised like Text
	// Locale and TimeZone are what the person's client says, as a hint.
	Locale   string
	TimeZone string

	From         Person
	Recipient    Person // the bot
	Conversation Conversation
	Team         Team    // zero outside teams
	Channel      Channel // zero outside teams; on installation the one picked

	Mentions []Mention // of others than the bot
	Files    []File

	// Value is what a card sent, always a JSON object or nil. A string that holds
	// an object counts as the object; anything else comes as {"value": …}.
	Value json.RawMessage

	MembersAdded   []Person
	MembersRemoved []Person
	Action         string // of an installationUpdate, lower case: add, remove, add-upgrade, remove-upgrade
	EventType      string // channelData.eventType: channelDeleted, editMessage, …

	// Timestamp is the sender's, zero when it was missing. Activities come out of
	// order: it is for showing, not for deciding.
	Timestamp time.Time
	// Raw is the body as received.
	Raw []byte

	// PlaygroundTrusted says that no token vouches for this activity: it came
	// through the Playground's door on loopback.
	PlaygroundTrusted bool

	channelTenant string // channelData.tenant.id as sent
}

// Key tells redeliveries of one activity from different ones: conversation and
// activity id, or a hash of the body where there is no id.
func (a Activity) Key() string {
	id := a.ID
	if id == "" {
		sum := sha256.Sum256(a.Raw)
		id = "sha256:" + hex.EncodeToString(sum[:])
	}
	return a.Conversation.Address() + "|" + id
}

// Ref is how to reach the place the activity came from.
func (a Activity) Ref() Ref {
	return Ref{
		ServiceURL:   a.ServiceURL,
		Conversation: a.Conversation.ID,
		Thread:       a.Conversation.Thread,
		Kind:         a.Conversation.Type,
		Tenant:       a.Tenant,
		BotID:        a.Recipient.ID,
		TeamID:       a.Team.ID,
		GroupID:      a.Team.AADGroupID,
		ChannelID:    a.Channel.ID,
	}
}

// Person is an account in a conversation: a person, or the bot itself.
type Person struct {
	ID          string // 29:… for a person, 28:… for a bot; differs from bot to bot
	AADObjectID string // the directory's id, a lower-case GUID, or "" when Teams does not say
	Name        string // display text
}

// Conversation is where an activity took place.
type Conversation struct {
	ID       string // without the thread
	Thread   string // id of the root message, in a channel
	Type     string // Personal, GroupChat, InChannel, or "" when it cannot be told
	Name     string // display text
	TenantID string // as sent; Activity.Tenant is the checked one
}

// Address is the conversation's id with its thread, as Teams writes it.
func (c Conversation) Address() string { return address(c.ID, c.Thread) }

// Team is the team an activity took place in.
type Team struct {
	ID         string // equals the id of the General channel
	AADGroupID string // the Microsoft 365 group, as Graph knows it
	Name       string
}

// Channel is a channel of a team.
type Channel struct {
	ID   string
	Name string // empty for General
}

// Mention is a person named with @ in the text. Whom it means is its id; the
// name and text can be edited by who sends it.
type Mention struct {
	Person
	Text string // as it stands in Activity.Text, markup included
}

// File is a file or picture sent to the bot.
type File struct {
	Name        string
	Type        string // extension of a file, content type of a picture
	UniqueID    string
	DownloadURL string // pre-authorised and short-lived: fetched without the bot's token
	Inline      bool   // a picture in the message, which is fetched with the bot's token
}
