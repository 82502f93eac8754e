package sandbox

import (
	"context"
	"fmt"
	"strings"
	"time"
)

const (
	installRetryFirst = 200 * time.Millisecond
	installRetryMost  = 5 * time.Second
)

// Install tells the bot that it has been installed for each person who can sign
// in and for each channel, once in the life of the state: an installationUpdate
// and a conversationUpdate, as Teams sends them. It tries until the bot takes
// each of them or ctx ends.
func (s *Sandbox) Install(ctx context.Context) error {
	for _, k := range s.opt.People {
		p, acc, _ := s.person(k.ID)
		if !acc.enabled || !strings.EqualFold(p.Tenant, s.opt.Tenant) {
			continue
		}
		if err := s.until(ctx, func() error { return s.installFor(ctx, p) }); err != nil {
			return fmt.Errorf("install for %s: %w", p.ID, err)
		}
	}
	for _, c := range s.channels {
		if err := s.until(ctx, func() error { return s.installIn(ctx, c) }); err != nil {
			return fmt.Errorf("install in channel %s: %w", c.Key, err)
		}
	}
	return nil
}

func (s *Sandbox) until(ctx context.Context, f func() error) error {
	wait := installRetryFirst
	for {
		err := f()
		if err == nil || ctx.Err() != nil {
			return err
		}
		s.opt.Log.WarnContext(ctx, "bot did not take an installation event, trying again", "error", err)
		t := time.NewTimer(wait)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return ctx.Err()
		}
		wait = min(2*wait, installRetryMost)
	}
}

// installFor sends a person's two events, unless they have been taken before.
func (s *Sandbox) installFor(ctx context.Context, p Person) error {
	conv := s.personal(p)
	return s.install(ctx, conv, p, func(a *activity) {})
}

func (s *Sandbox) installIn(ctx context.Context, c Channel) error {
	by, _, ok := s.person(c.installer)
	if !ok {
		by = Person{ID: c.Group, Name: c.TeamName, Tenant: s.opt.Tenant}
	}
	return s.install(ctx, s.inChannel(c, ""), by, func(a *activity) {
		a.ChannelData.Settings = &settings{Selected: place{ID: c.Conversation, Name: c.Title}}
		if a.Type == "conversationUpdate" {
			a.ChannelData.EventType = "teamMemberAdded"
		}
	})
}

func (s *Sandbox) install(ctx context.Context, conv conversation, by Person, more func(*activity)) error {
	if c, ok := s.world.chat(conv.internal); ok && c.Installed {
		return nil
	}
	owner := by.ID
	if conv.IsGroup {
		owner = ""
	}
	if err := s.world.open(conv.internal, owner); err != nil {
		return err
	}
	added := s.event("installationUpdate", by, conv)
	added.Action = "add"
	added.ChannelData.Source = &source{Name: "message"}
	joined := s.event("conversationUpdate", by, conv)
	joined.MembersAdded = []party{s.bot()}
	for _, a := range []activity{added, joined} {
		more(&a)
		status, _, err := s.deliver(ctx, a)
		if err != nil {
			return err
		}
		if status >= 300 {
			return fmt.Errorf("the bot answered %d to an %s", status, a.Type)
		}
	}
	return s.world.installed(conv.internal)
}
