package flows

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// brief is what is asked about all open cases at once: who they are about, what they promise, and who has to decide. It is kept per
// version of a case, because thousands of open cases are asked about at each new one and few have changed since.
type brief struct {
	of    Stamp
	name  string      // the person's, where another case of that name would be a second one
	upn   string      // the sign-in name that a starter will have
	seats []seat      // the licences it needs by now or later
	asked []AccountID // who has a decision to make
	hr    []Person    // who of HR it is with
	busy  bool        // somebody besides HR is asked something, or stands in for somebody
}

// seat is one seat of a licence that a case needs.
type seat struct {
	sku string // SKU id in lower case
	due time.Time
}

func briefOf(c Case) brief {
	b := brief{of: Stamp{ID: c.ID, Version: c.Version}}
	if !c.gone() && c.Kind != DeletionEvent { // who left may come back, or have a namesake
		b.name = c.Event.Name()
	}
	if c.Kind == JoinerEvent {
		b.upn = c.Plan.Account.UPN
	}
	if c.Approval.State == "" {
		b.asks(c.Deciders())
	}
	if c.Release.open() {
		b.asks(c.Release.Holders)
	}
	if c.openSignOffs() {
		b.asks(c.signersOpen())
	}
	for _, a := range c.asks() {
		if a.of == ofHR {
			b.hr = a.who
		} else {
			b.busy = true
		}
	}
	b.busy = b.busy || len(c.askedAs(c.openAs())) > 0 || slices.ContainsFunc(c.Delegated, func(s StandIn) bool { return !s.Over })
	for _, s := range c.seatSteps() {
		b.seats = append(b.seats, seat{sku: strings.ToLower(s.SKU), due: s.Due})
	}
	return b
}

func (b *brief) asks(who []Person) {
	for _, p := range who {
		b.asked = append(b.asked, p.ID)
	}
}

// briefs keeps the brief of each open case.
type briefs struct {
	mu sync.Mutex
	of map[CaseID]brief // guarded by mu
}

// openBriefs are the briefs of the open cases, by reference.
func (e *Engine) openBriefs(ctx context.Context) ([]brief, error) {
	stamps, err := e.Store.Stamps(ctx, "open")
	if err != nil {
		return nil, fmt.Errorf("list open cases: %w", err)
	}
	e.briefs.mu.Lock()
	defer e.briefs.mu.Unlock()
	out := make([]brief, 0, len(stamps))
	now := make(map[CaseID]brief, len(stamps)) // what is not open any more is not kept
	for _, s := range stamps {
		b := e.briefs.of[s.ID]
		if b.of != s {
			c, err := e.Store.Case(ctx, s.ID)
			if CodeOf(err) == NotFound {
				continue // erased this moment
			}
			if err != nil {
				return nil, fmt.Errorf("read case %s: %w", s.ID, err)
			}
			b = briefOf(c)
		}
		now[s.ID] = b
		out = append(out, b)
	}
	e.briefs.of = now
	return out, nil
}

// promised counts the seats that open cases need by now or later, by SKU id in lower case.
func promised(open []brief) map[string]int {
	n := map[string]int{}
	for _, b := range open {
		for _, s := range b.seats {
			n[s.sku]++
		}
	}
	return n
}

// promisedNames are the sign-in names that open cases will give to somebody.
func (e *Engine) promisedNames(ctx context.Context) (map[string]string, error) {
	open, err := e.openBriefs(ctx)
	if err != nil {
		return nil, fmt.Errorf("look for promised sign-in names: %w", err)
	}
	out := map[string]string{}
	for _, b := range open {
		if b.upn != "" {
			out[strings.ToLower(b.upn)] = e.lang().Say("the starter of %s", string(b.of.ID))
		}
	}
	return out, nil
}

// openCase is an open case for a person of this name. Whoever asks with their own name is not told of their exit.
func (e *Engine) openCase(ctx context.Context, name string, by AccountID) (CaseID, error) {
	open, err := e.openBriefs(ctx)
	if err != nil {
		return "", fmt.Errorf("look for open cases: %w", err)
	}
	for _, b := range open {
		if b.name == "" || !sameName(b.name, name) {
			continue
		}
		switch c, err := e.Store.Case(ctx, b.of.ID); {
		case CodeOf(err) == NotFound:
		case err != nil:
			return "", fmt.Errorf("read case %s: %w", b.of.ID, err)
		case !c.Over() && !c.secretFrom(by):
			return c.ID, nil
		}
	}
	return "", nil
}
