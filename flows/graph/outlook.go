package graph

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	abstractions "github.com/microsoft/kiota-abstractions-go"

	"muster/flows"
)

// atOnce is how many requests Exchange takes for one mailbox at a time; the fifth is answered with ApplicationThrottled.
const atOnce = 4

// mailboxes lets at most atOnce requests into each mailbox. Its zero value is ready.
type mailboxes struct {
	mu   sync.Mutex
	open map[string]*mailbox
}

type mailbox struct {
	slots chan struct{}
	users int // who hold a slot or wait for one; at zero it is forgotten
}

// enter waits for a slot; leave gives it back.
func (m *mailboxes) enter(ctx context.Context, id string) (leave func(), err error) {
	id = strings.ToLower(id)
	m.mu.Lock()
	if m.open == nil {
		m.open = map[string]*mailbox{}
	}
	b := m.open[id]
	if b == nil {
		b = &mailbox{slots: make(chan struct{}, atOnce)}
		m.open[id] = b
	}
	b.users++
	m.mu.Unlock()
	quit := func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		if b.users--; b.users == 0 {
			delete(m.open, id)
		}
	}
	select {
	case b.slots <- struct{}{}:
		return func() { <-b.slots; quit() }, nil
	case <-ctx.Done():
		quit()
		return nil, &flows.Error{Code: flows.Unavailable, Say: sayNoAnswer, Err: ctx.Err()}
	}
}

// inMailbox makes a call within the limit of a mailbox.
func inMailbox[T any](ctx context.Context, c *Client, id string, f func() (T, error)) (T, error) {
	leave, err := c.mailboxes.enter(ctx, id)
	if err != nil {
		var none T
		return none, err
	}
	defer leave()
	return f()
}

func userPath(id flows.AccountID) string { return "/users/" + url.PathEscape(string(id)) }

// MailboxPurpose is what Exchange keeps the mailbox for: user, shared, room and so on. It can only be read here.
func (c *Client) MailboxPurpose(ctx context.Context, id flows.AccountID) (string, error) {
	if err := named(id); err != nil {
		return "", err
	}
	const op = "read purpose of mailbox"
	s, err := inMailbox(ctx, c, string(id), func() (struct{ UserPurpose string }, error) {
		return read[struct{ UserPurpose string }](ctx, c, op, request{method: abstractions.GET, path: userPath(id) + "/mailboxSettings"})
	})
	if err != nil {
		return "", err
	}
	if s.UserPurpose == "" {
		return "", unreadable(op, "purpose")
	}
	return s.UserPurpose, nil
}

// meetingRow is what is read of an event: nothing that says what it is about or who comes.
type meetingRow struct {
	ID             string     `json:"id"`
	SeriesMasterID string     `json:"seriesMasterId"`
	IsCancelled    bool       `json:"isCancelled"`
	IsOrganizer    bool       `json:"isOrganizer"`
	Attendees      []struct{} `json:"attendees"`
}

// Meetings are those that the account organised for others and that go on in the window, a series once, by its master. An appointment
// without guests is nobody else's matter.
func (c *Client) Meetings(ctx context.Context, id flows.AccountID, from, to time.Time) ([]flows.Meeting, error) {
	if err := named(id); err != nil {
		return nil, err
	}
	rows, err := inMailbox(ctx, c, string(id), func() ([]meetingRow, error) {
		return listAll[meetingRow](ctx, c, "list meetings of account", request{
			method: abstractions.GET, path: userPath(id) + "/calendarView",
			query: url.Values{
				"startDateTime": {from.UTC().Format(time.RFC3339)}, "endDateTime": {to.UTC().Format(time.RFC3339)}, "$filter": {"isOrganizer eq true"},
				"$select": {"id,seriesMasterId,isCancelled,isOrganizer,attendees"}, "$top": {"250"},
			},
		}, 0)
	})
	if err != nil {
		return nil, err
	}
	var all []flows.Meeting
	for _, r := range rows {
		m := flows.Meeting{ID: r.ID}
		if r.SeriesMasterID != "" {
			m = flows.Meeting{ID: r.SeriesMasterID, Series: true}
		}
		if m.ID == "" {
			return nil, unreadable("list meetings of account", "id of a meeting")
		}
		if r.IsOrganizer && !r.IsCancelled && len(r.Attendees) > 0 && !slices.Contains(all, m) {
			all = append(all, m)
		}
	}
	return all, nil
}

// CancelMeeting cancels a meeting, all of a series, and has Exchange tell whom was invited. One that is gone already is success.
func (c *Client) CancelMeeting(ctx context.Context, id flows.AccountID, meeting, comment string) error {
	if err := named(id); err != nil {
		return err
	}
	if meeting == "" {
		return refuse("No meeting was named.")
	}
	_, err := inMailbox(ctx, c, string(id), func() (struct{}, error) {
		return struct{}{}, c.send(ctx, "cancel meeting", request{
			method: abstractions.POST, path: userPath(id) + "/events/" + url.PathEscape(meeting) + "/cancel", body: map[string]string{"Comment": comment},
		})
	})
	return goneItem(err)
}

// goneItem takes the absence of an item, not of the mailbox, for success.
func goneItem(err error) error {
	f, ok := errors.AsType[*Failure](err)
	if ok && f.Status == 404 && f.Code != mailboxMissing {
		return nil
	}
	return err
}

type ruleRow struct {
	ID         string `json:"id"`
	IsReadOnly bool   `json:"isReadOnly"`
	Actions    *struct {
		ForwardTo             []recipient `json:"forwardTo"`
		RedirectTo            []recipient `json:"redirectTo"`
		ForwardAsAttachmentTo []recipient `json:"forwardAsAttachmentTo"`
	} `json:"actions"`
}

type recipient struct {
	EmailAddress struct {
		Address string `json:"address"`
	} `json:"emailAddress"`
}

// Forwards are the inbox rules that pass mail on, switched off ones as well: whoever signs in again could switch them on. Of the
// addresses only the domains leave this package.
func (c *Client) Forwards(ctx context.Context, id flows.AccountID) ([]flows.Forward, error) {
	if err := named(id); err != nil {
		return nil, err
	}
	rows, err := inMailbox(ctx, c, string(id), func() ([]ruleRow, error) {
		return listAll[ruleRow](ctx, c, "list inbox rules of account", request{method: abstractions.GET, path: userPath(id) + "/mailFolders/inbox/messageRules"}, 0)
	})
	if err != nil {
		return nil, err
	}
	var all []flows.Forward
	for _, r := range rows {
		if r.Actions == nil {
			continue
		}
		f := flows.Forward{ID: r.ID, Fixed: r.IsReadOnly}
		for _, to := range slices.Concat(r.Actions.ForwardTo, r.Actions.RedirectTo, r.Actions.ForwardAsAttachmentTo) {
			f.Domains = append(f.Domains, domainOf(to.EmailAddress.Address))
		}
		if len(f.Domains) == 0 {
			continue
		}
		if f.ID == "" {
			return nil, unreadable("list inbox rules of account", "id of a rule")
		}
		slices.Sort(f.Domains)
		f.Domains = slices.Compact(f.Domains)
		all = append(all, f)
	}
	return all, nil
}

// domainOf is what stands behind the @, in lower case, and "?" for what is no address that people write.
func domainOf(address string) string {
	at := strings.LastIndexByte(address, '@')
	domain := strings.ToLower(strings.TrimSpace(address[at+1:]))
	if at < 0 || domain == "" || len(domain) > 253 || strings.ContainsFunc(domain, func(r rune) bool { return r <= ' ' || r == '/' || r == '=' || r == '>' }) {
		return "?"
	}
	return domain
}

// RemoveRule takes an inbox rule away. One that is gone already is success.
func (c *Client) RemoveRule(ctx context.Context, id flows.AccountID, rule string) error {
	if err := named(id); err != nil {
		return err
	}
	if rule == "" { // would address the list
		return refuse("No inbox rule was named.")
	}
	_, err := inMailbox(ctx, c, string(id), func() (struct{}, error) {
		return struct{}{}, c.send(ctx, "remove inbox rule", request{method: abstractions.DELETE, path: userPath(id) + "/mailFolders/inbox/messageRules/" + url.PathEscape(rule)})
	})
	return goneItem(err)
}

// Domains are the verified domains of the organisation, in lower case.
func (c *Client) Domains(ctx context.Context) ([]string, error) {
	type row struct {
		ID         string `json:"id"`
		IsVerified bool   `json:"isVerified"`
	}
	rows, err := listAll[row](ctx, c, "list domains", request{method: abstractions.GET, path: "/domains", query: url.Values{"$select": {"id,isVerified"}}}, 0)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, r := range rows {
		if r.IsVerified {
			all = append(all, strings.ToLower(r.ID))
		}
	}
	return all, nil
}

// keyProperty is what a mail of Muster's carries its key in: a named property of the message, for Graph cannot search by header.
const keyProperty = "String {6d757374-6572-4d61-696c-000000000001} Name MusterKey"

// SendMail hands a mail to Exchange, which keeps a copy among the sender's Sent Items. A POST is sent once. unsure says that it may have
// been taken all the same: no answer came, or one that a gateway may have given after the mail was taken.
func (c *Client) SendMail(ctx context.Context, m flows.Mail) (unsure bool, err error) {
	if m.From == "" || m.To == "" || m.Key == "" {
		return false, refuse("A mail needs a sender, somebody to go to and a key.")
	}
	type obj = map[string]any
	body := obj{
		"Message": obj{
			"subject": m.Subject, "body": obj{"contentType": "text", "content": m.Text},
			"toRecipients":                  []any{obj{"emailAddress": obj{"address": m.To}}},
			"singleValueExtendedProperties": []any{obj{"id": keyProperty, "value": m.Key}},
		},
		"SaveToSentItems": true,
	}
	_, err = inMailbox(ctx, c, m.From, func() (struct{}, error) {
		return struct{}{}, c.send(ctx, "send mail", request{method: abstractions.POST, path: userPath(flows.AccountID(m.From)) + "/sendMail", body: body})
	})
	if err == nil {
		return false, nil
	}
	f, ok := errors.AsType[*Failure](err)
	switch {
	case !ok: // it was not sent: no slot in the mailbox was free in time
		return false, err
	case f.Status >= 400 && f.Status < 500 && f.Status != 408:
		return false, err
	case f.Tries == 0: // nothing went over the wire
		return false, err
	}
	return true, err
}

// FindMail looks for a mail among what the sender sent.
func (c *Client) FindMail(ctx context.Context, from, key string) (bool, error) {
	type row struct {
		ID string `json:"id"`
	}
	rows, err := inMailbox(ctx, c, from, func() ([]row, error) {
		return listAll[row](ctx, c, "look for a mail that was sent", request{
			method: abstractions.GET, path: userPath(flows.AccountID(from)) + "/mailFolders/sentitems/messages",
			query: url.Values{"$filter": {"singleValueExtendedProperties/Any(ep: ep/id eq " + quoted(keyProperty) + " and ep/value eq " + quoted(key) + ")"}, "$select": {"id"}, "$top": {"1"}},
		}, 1)
	})
	return len(rows) > 0, err
}
