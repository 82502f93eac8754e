package teams

import "strings"

// Ref is how to reach a person's chat, a channel or a thread. It is stored:
// field names are for ever.
type Ref struct {
	ServiceURL   string `json:"serviceUrl"`
	Conversation string `json:"conversation"`
	Thread       string `json:"thread,omitempty"` // root message, for a thread in a channel
	Kind         string `json:"kind,omitempty"`   // Personal, GroupChat or InChannel
	Tenant       string `json:"tenant,omitempty"`
	BotID        string `json:"botId,omitempty"` // 28:…; the app id's own when empty
	TeamID       string `json:"teamId,omitempty"`
	GroupID      string `json:"groupId,omitempty"` // the team's Microsoft 365 group
	ChannelID    string `json:"channelId,omitempty"`
}

// Address is the conversation id on the wire, thread included.
func (r Ref) Address() string { return address(r.Conversation, r.Thread) }

// InThread is the same place, in the thread that the message started.
func (r Ref) InThread(root string) Ref {
	r.Thread = root
	return r
}

const threadMark = ";messageid="

func address(conversation, thread string) string {
	if thread == "" {
		return conversation
	}
	return conversation + threadMark + thread
}

// splitAddress takes a conversation id from the wire apart.
func splitAddress(id string) (conversation, thread string) {
	conversation, thread, _ = strings.Cut(id, threadMark)
	return conversation, thread
}
