package bot

import (
	"context"
	"errors"
	"log/slog"

	"muster/bot/teams"
	"muster/flows"
)

// Alarm puts a sentence without names into IT's channel at once: past the queue, and without a word in the log, both of which may be what the
// alarm is about. It asks first whether Teams answers at all; after that, an answer that is lost counts as sent.
func (b *Bot) Alarm(ctx context.Context, text string) error {
	ref, err := b.find(ctx, flows.Recipient{Channel: "it"})
	if err != nil {
		return err
	}
	if err := b.Teams.Ping(ctx, ref); err != nil {
		return err
	}
	_, _, err = b.Teams.PostChannel(ctx, ref, teams.Message{Text: text})
	if te, ok := errors.AsType[*teams.Error](err); ok && te.Ambiguous {
		b.Log.WarnContext(ctx, "an alarm may not have arrived", slog.Any("error", err))
		return nil
	}
	return err
}
