package flows

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// ledger remembers beside the log what was sent and must not be sent twice by itself: a mail, a call of a webhook.
type ledger interface {
	recallSending(ctx context.Context, key string) (sending, error)
	keepSending(ctx context.Context, key string, s sending) error
}

// sending is what is known of something that was sent under a key. It is stored: field names are for ever.
type sending struct {
	Begun    time.Time `json:"begun,omitzero"`     // it was about to be sent; zero when it surely was not
	Broke    bool      `json:"broke,omitempty"`    // the step had failed before: people had said that it is to be tried again
	Accepted bool      `json:"accepted,omitempty"` // the answer came, and it was yes
	Text     string    `json:"text,omitempty"`     // of the answer
}

// sendingKey is the key of a step's sending, for the memo and for the one it is sent to.
func sendingKey(c Case, s Step) string { return string(c.ID) + "/" + string(s.Key) }

func (e *Engine) recallSending(ctx context.Context, key string) (sending, error) {
	var s sending
	v, err := e.Store.Recall(ctx, "sending/"+key)
	if CodeOf(err) == NotFound {
		return e.sentBeforeLoss(ctx, key)
	}
	if err == nil {
		err = json.Unmarshal(v, &s)
	}
	if err != nil {
		return s, fmt.Errorf("recall sending: %w", err)
	}
	return s, nil
}

func (e *Engine) keepSending(ctx context.Context, key string, s sending) error {
	v, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("keep sending: %w", err)
	}
	return e.Commit(ctx, Change{Memos: []Memo{{Key: "sending/" + key, Value: v}}})
}
