package flows

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"muster/flows/texts"
)

// Caller asks another system to do a step, and whether it is done. Which system answers to a name, and with what secret, is the caller's
// own knowledge. Errors are as those of World.
type Caller interface {
	// Call asks for the step. The same key a second time must not do it twice: that is what the other system promises.
	Call(ctx context.Context, h HookCall) (HookAnswer, error)
	// Ask asks how the step of a key stands. One that the other system never heard of is not Known.
	Ask(ctx context.Context, h HookCall) (HookAnswer, error)
}

// HookCall is one step for another system.
type HookCall struct {
	Hook string // name in the policy
	URL  string // as the plan has it, which was approved: the policy's must be the same
	Key  string // of the step; no personal data
	Body []byte // JSON
}

// HookAnswer is what the other system says.
type HookAnswer struct {
	Known bool
	Done  bool
	Text  string // for people to read; at most a few hundred characters
}

// HookBody is the JSON that another system is sent. A contract: fields are only added.
type HookBody struct {
	Version int    `json:"version"`
	Key     string `json:"key"`  // the same in the header Idempotency-Key
	Case    CaseID `json:"case"` // such as L-2026-0007
	Event   string `json:"event"`
	Urgent  bool   `json:"urgent,omitempty"`
	Step    string `json:"step"`
	Subject struct {
		ID  AccountID `json:"id,omitempty"` // of the account in Entra
		UPN string    `json:"upn,omitempty"`
	} `json:"subject"`
	Site  string `json:"site,omitempty"`
	Dates struct {
		Start    Date   `json:"start,omitempty"`
		End      Date   `json:"end,omitempty"`
		LastDay  Date   `json:"last_day,omitempty"`
		LastTime string `json:"last_time,omitempty"`
		Zone     string `json:"zone,omitempty"`
	} `json:"dates"`
	Text string `json:"text,omitempty"` // what the workflow says to this system
}

// hookBody is what the other system of a step is told.
func hookBody(c Case, s Step) ([]byte, error) {
	b := HookBody{Version: 1, Key: sendingKey(c, s), Case: c.ID, Event: string(c.Kind), Urgent: c.Event.Urgent, Step: string(s.Key), Site: c.Event.Site, Text: s.Text}
	b.Subject.ID, b.Subject.UPN = c.Account, c.signsInAs()
	d := &b.Dates
	d.Start, d.End, d.LastDay, d.LastTime, d.Zone = c.Event.Start, c.Event.End, c.Event.LastDay, c.Event.LastTime, c.Zone
	out, err := json.Marshal(b)
	if err != nil {
		return nil, fmt.Errorf("write webhook body: %w", err)
	}
	return out, nil
}

// signsInAs is the sign-in name of the subject by now: the new one, as soon as it was seen.
func (c Case) signsInAs() string {
	if _, st, ok := c.Step(signInNameKey); ok && c.Kind == RenameEvent && (st.State == StepDone || st.State == StepDoneHand) {
		return c.Plan.Account.UPN
	}
	return c.Subject().UPN
}

// awaited are the pauses between asking whether another system is done; hookPatience is how long one may not answer at all before people
// are asked.
var awaited = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 4 * time.Hour, 12 * time.Hour, 24 * time.Hour, 24 * time.Hour}

const hookPatience = 24 * time.Hour

func lookHook(ctx context.Context, h hands, c Case, s Step) (sight, error) {
	was, err := h.ledger.recallSending(ctx, sendingKey(c, s))
	if err != nil {
		return sight{}, err
	}
	if was.Accepted {
		return sight{done: true, text: c.Lang.Say("%s says that it is done%s", s.Name, said(was.Text))}, nil
	}
	if h.hooks == nil {
		return sight{}, noHook(c.Lang, s)
	}
	a, err := h.hooks.Ask(ctx, HookCall{Hook: s.Hook, URL: s.URL, Key: sendingKey(c, s)})
	switch {
	case CodeOf(err) == Unavailable && !was.Begun.IsZero() && h.now.Sub(was.Begun) > hookPatience:
		return sight{}, &Error{Code: Conflict, Say: c.Lang.Say("%s has not answered for a day. Ask who runs it whether the step is done; then retry, or record it as done by hand.", s.Name), Err: err}
	case err != nil:
		return sight{}, err
	case a.Known && a.Done:
		return sight{done: true, text: c.Lang.Say("%s says that it is done%s", s.Name, said(a.Text))}, nil
	case a.Known:
		return sight{text: c.Lang.Say("%s has taken it and is not done%s", s.Name, said(a.Text))}, nil
	}
	return sight{text: c.Lang.Say("%s has not been asked", s.Name)}, nil
}

func said(text string) string {
	if text == "" {
		return ""
	}
	return ": " + text
}

func noHook(lang texts.Language, s Step) error {
	return &Error{Code: Denied, Say: lang.Say("The policy has no webhook called %s. Put it back, or record the step as done by hand.", s.Hook)}
}

// actHook may be sent twice: the key is the same, so the other system does it once.
func actHook(ctx context.Context, h hands, c Case, s Step) error {
	if h.hooks == nil {
		return noHook(c.Lang, s)
	}
	key := sendingKey(c, s)
	was, err := h.ledger.recallSending(ctx, key)
	if err != nil || was.Accepted {
		return err
	}
	if was.Begun.IsZero() {
		was.Begun = h.now
		if err := h.ledger.keepSending(ctx, key, was); err != nil {
			return err
		}
	}
	body, err := hookBody(c, s)
	if err != nil {
		return err
	}
	a, err := h.hooks.Call(ctx, HookCall{Hook: s.Hook, URL: s.URL, Key: key, Body: body})
	if err != nil || !a.Done {
		return err
	}
	was.Accepted, was.Text = true, a.Text
	return h.ledger.keepSending(ctx, key, was)
}

// Webhook is a system that steps may be handed to. Its secret is in a file, never in the policy.
type Webhook struct {
	URL        string `yaml:"url" json:"url" jsonschema:"description=https address that is called. No other address is\\, and no redirect is followed."`
	SecretFile string `yaml:"secret_file" json:"secret_file" jsonschema:"description=File with the secret that calls are signed with\\, at least 16 bytes; relative to this file."`
	Private    bool   `yaml:"private,omitempty" json:"private,omitempty" jsonschema:"description=For test rigs: the address may be on this machine or a private network\\, and plain http there. Default false."`
}

// CheckHookURL reads the address of a webhook: https, a host, nobody's name or password, nothing after a #. Only a test rig may be an
// address of this machine or a private network, and only there is plain http allowed. What a name resolves to is for the caller to check.
func CheckHookURL(lang texts.Language, raw string, private bool) (*url.URL, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return nil, invalid(lang.Say("The address cannot be read."))
	case u.Scheme != "https" && !(private && u.Scheme == "http"):
		return nil, invalid(lang.Say("The address must begin with https."))
	case u.Hostname() == "" || u.User != nil || u.Fragment != "" || u.Opaque != "":
		return nil, invalid(lang.Say("The address must be a host and a path, without a name, a password or a #."))
	case u.Query().Has("key"):
		return nil, invalid(lang.Say("The parameter key is Muster's own."))
	}
	ip, err := netip.ParseAddr(u.Hostname())
	local := strings.EqualFold(u.Hostname(), "localhost") || err == nil && (ip.Unmap().IsPrivate() || !ip.Unmap().IsGlobalUnicast())
	switch {
	case local && !private:
		return nil, invalid(lang.Say("The address is on this machine or a private network. Only a test rig may be: write private: true."))
	case u.Scheme == "http" && !local:
		return nil, invalid(lang.Say("Plain http is for test rigs on this machine or a private network."))
	}
	return u, nil
}
