package teams

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
)

// created is Teams' answer to what makes a message or a conversation.
type created struct {
	ID         string `json:"id"`
	ActivityID string `json:"activityId"`
}

// CreateDirect opens the chat between the bot and a person of the tenant, or
// finds it: there is only one. The app must be installed for the person, else
// the error is Unreachable. Without a service URL the public cloud's own is
// taken; one that came in is better, as it is regional.
func (c *Connector) CreateDirect(ctx context.Context, serviceURL, aadObjectID string) (Ref, error) {
	person := guid(aadObjectID)
	if person == "" {
		return Ref{}, fmt.Errorf("create chat: %w: not an object id", ErrAddress)
	}
	ref := Ref{ServiceURL: cmp.Or(serviceURL, publicServiceURL), Kind: Personal, Tenant: c.tenant, BotID: c.bot}
	var answer created
	err := c.do(ctx, call{
		op: "create chat", method: http.MethodPost, serviceURL: ref.ServiceURL, path: []string{"conversations"},
		lane: "person|" + person, repeatable: true,
		body: outCreate{
			Bot: outAccount{ID: c.bot}, Members: []outAccount{{ID: person}}, TenantID: c.tenant,
			ChannelData: outChannelData{Tenant: &outAccount{ID: c.tenant}},
		},
	}, &answer)
	if err != nil {
		return Ref{}, err
	}
	if answer.ID == "" {
		return Ref{}, &Error{Op: "create chat", Status: http.StatusOK, err: fmt.Errorf("%w: answer without one", ErrAddress)}
	}
	ref.Conversation, ref.Thread = splitAddress(answer.ID)
	return ref, nil
}

// Send puts a message into a conversation, or into the thread the ref names,
// and returns its id, by which it can be updated. The id is empty if Teams gave
// none; the message was delivered all the same. After an error that is
// Ambiguous the message may be there: send again once at most.
func (c *Connector) Send(ctx context.Context, ref Ref, m Message) (id string, err error) {
	if err := m.check(); err != nil {
		return "", fmt.Errorf("send: %w", err)
	}
	var answer created
	err = c.do(ctx, call{
		op: "send", method: http.MethodPost, serviceURL: ref.ServiceURL,
		path: []string{"conversations", ref.Address(), "activities"}, lane: ref.Address(), body: c.outgoing(ref, m),
	}, &answer)
	if err != nil {
		return "", err
	}
	c.noteID(ctx, "send", answer.ID)
	return answer.ID, nil
}

// Update replaces a message, wholly. It raises no new notification. An error
// that is NotFound means that the message is gone: send a new one.
func (c *Connector) Update(ctx context.Context, ref Ref, id string, m Message) error {
	if err := m.check(); err != nil {
		return fmt.Errorf("update: %w", err)
	}
	out := c.outgoing(ref, m)
	out.ID = id
	return c.do(ctx, call{
		op: "update", method: http.MethodPut, serviceURL: ref.ServiceURL, repeatable: true,
		path: []string{"conversations", ref.Address(), "activities", id}, lane: ref.Address(), body: out,
	}, nil)
}

// Delete takes a message away. One that is gone already counts as deleted: a
// first try may have done it.
func (c *Connector) Delete(ctx context.Context, ref Ref, id string) error {
	err := c.do(ctx, call{
		op: "delete", method: http.MethodDelete, serviceURL: ref.ServiceURL, repeatable: true,
		path: []string{"conversations", ref.Address(), "activities", id}, lane: ref.Address(),
	}, nil)
	if e, ok := asError(err); ok && e.NotFound {
		return nil
	}
	return err
}

// PostChannel starts a thread in a channel with the message. It returns the
// thread, for replies, and the message's id, for updates of it.
func (c *Connector) PostChannel(ctx context.Context, ref Ref, m Message) (thread Ref, id string, err error) {
	if err := m.check(); err != nil {
		return Ref{}, "", fmt.Errorf("post: %w", err)
	}
	to := cmp.Or(ref.ChannelID, ref.Conversation)
	tenant := cmp.Or(ref.Tenant, c.tenant)
	act := m.activity(c.botOf(ref))
	body := outCreate{
		IsGroup: true, Bot: outAccount{ID: c.botOf(ref)}, TenantID: tenant, Activity: &act,
		ChannelData: outChannelData{Tenant: &outAccount{ID: tenant}, Channel: &outAccount{ID: to}},
	}
	if ref.TeamID != "" {
		body.ChannelData.Team = &outAccount{ID: ref.TeamID}
	}
	if to == "" {
		return Ref{}, "", fmt.Errorf("post: %w: no channel", ErrAddress)
	}
	var answer created
	err = c.do(ctx, call{
		op: "post", method: http.MethodPost, serviceURL: ref.ServiceURL, path: []string{"conversations"}, lane: to, body: body,
	}, &answer)
	if err != nil {
		return Ref{}, "", err
	}
	thread = ref
	thread.Conversation, thread.Thread = splitAddress(cmp.Or(answer.ID, to))
	id = cmp.Or(answer.ActivityID, thread.Thread)
	thread.Thread = cmp.Or(thread.Thread, id)
	c.noteID(ctx, "post", id)
	return thread, id, nil
}

// noteID makes a lost id visible: what has none can never be updated.
func (c *Connector) noteID(ctx context.Context, op, id string) {
	if id == "" {
		c.log.WarnContext(ctx, "message delivered, but Teams gave no id", slog.String("op", op))
	}
}

func (c *Connector) botOf(ref Ref) string { return cmp.Or(ref.BotID, c.bot) }

func (c *Connector) outgoing(ref Ref, m Message) outActivity {
	out := m.activity(c.botOf(ref))
	out.Conversation = &outConversation{ID: ref.Address(), ConversationType: ref.Kind, TenantID: ref.Tenant}
	return out
}
