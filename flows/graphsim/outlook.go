package graphsim

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// An event is an entry of a person's calendar: one meeting, or a weekly series.
type event struct {
	ID      string    `json:"id"`
	Subject string    `json:"subject"`
	Start   time.Time `json:"start"`
	Minutes int       `json:"minutes"`
	Weekly  bool      `json:"weekly,omitempty"`
	Last    time.Time `json:"last,omitzero"` // no occurrence begins after it; zero: for ever
	Mine    bool      `json:"mine"`          // the person organises it
	Guests  []string  `json:"guests,omitempty"`
	Left    []string  `json:"left,omitempty"` // occurrences that were cancelled on their own
}

// A mailRule is an inbox rule.
type mailRule struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Off      bool     `json:"off,omitempty"`
	Fixed    bool     `json:"fixed,omitempty"` // read-only
	Forward  []string `json:"forward,omitempty"`
	Redirect []string `json:"redirect,omitempty"`
	Attach   []string `json:"attach,omitempty"` // forwarded as an attachment
	Folder   string   `json:"folder,omitempty"` // moved to
}

// A sentMail is what lies in the Sent Items of a mailbox.
type sentMail struct {
	ID      string    `json:"id"`
	At      time.Time `json:"at"`
	To      []string  `json:"to"`
	Subject string    `json:"subject"`
	Text    string    `json:"text"`
	Props   []extProp `json:"props,omitempty"`
}

type extProp struct {
	ID    string `json:"id"`
	Value string `json:"value"`
}

// outlookAtOnce is how many requests of one app Exchange works on for one mailbox.
const outlookAtOnce = 4

func outlookRoutes() []route {
	readCalendar := []string{"Calendars.ReadBasic.All", "Calendars.Read", "Calendars.ReadWrite"}
	readRules := []string{"MailboxSettings.Read", "MailboxSettings.ReadWrite"}
	return []route{
		{"GET", "users/{id}/calendarView", readCalendar, 1, false, calendarView},
		{"POST", "users/{id}/events/{event}/cancel", []string{"Calendars.ReadWrite"}, 1, true, cancelEvent},
		{"GET", "users/{id}/mailFolders/inbox/messageRules", readRules, 1, false, listRules},
		{"DELETE", "users/{id}/mailFolders/inbox/messageRules/{rule}", []string{"MailboxSettings.ReadWrite"}, 1, true, deleteRule},
		{"POST", "users/{id}/sendMail", []string{"Mail.Send"}, 1, true, sendMail},
		{"GET", "users/{id}/mailFolders/sentitems/messages", []string{"Mail.ReadBasic.All", "Mail.Read", "Mail.ReadWrite"}, 1, false, listSent},
	}
}

// enterMailbox counts the requests in one mailbox. What is over the limit is refused at once; leave ends a request that was let in.
func (s *Server) enterMailbox(segs []string) (leave func(), err error) {
	if len(segs) < 3 || segs[0] != "users" || !slices.Contains([]string{"calendarView", "events", "mailFolders", "mailboxSettings", "sendMail"}, segs[2]) {
		return func() {}, nil
	}
	mailbox := strings.ToLower(segs[1])
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.inMailbox[mailbox] >= outlookAtOnce {
		return nil, &graphError{
			Status: http.StatusTooManyRequests, Code: "ApplicationThrottled", Message: "Application is over its MailboxConcurrency limit.",
			Header: map[string]string{"Retry-After": "1"},
		}
	}
	s.inMailbox[mailbox]++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.inMailbox[mailbox]--
	}, nil
}

// paged cuts a list of Outlook, whose pages are asked for by $top and go on by $skip.
func (c *call) paged(context string, rows []map[string]any, known ...string) (answer, error) {
	for name := range c.query {
		if name = strings.TrimPrefix(name, "$"); !slices.Contains(append(known, "select", "top", "skip"), name) {
			return answer{}, unknown("the query option %s on %s", name, c.path)
		}
	}
	top, skip := 10, 0
	for name, into := range map[string]*int{"top": &top, "skip": &skip} {
		if v := c.option(name); v != "" {
			n, err := strconv.Atoi(v)
			if err != nil || n < 0 || name == "top" && (n < 1 || n > 1000) {
				return answer{}, malformed("The value '%s' of $%s is not valid.", v, name)
			}
			*into = n
		}
	}
	from, to := min(skip, len(rows)), min(skip+top, len(rows))
	value := []any{}
	for _, r := range rows[from:to] {
		v, err := c.chosen(r)
		if err != nil {
			return answer{}, err
		}
		value = append(value, v)
	}
	body := map[string]any{"@odata.context": c.base + "/$metadata#" + context, "value": value}
	if to < len(rows) {
		link := c.next(0)
		q := regexp.MustCompile(`%24skiptoken=[^&]*`)
		if c.option("skip") != "" {
			link = regexp.MustCompile(`&?%24skip=\d+`).ReplaceAllString(link, "")
		}
		body["@odata.nextLink"] = q.ReplaceAllString(link, "%24skip="+fmt.Sprint(to))
	}
	return ok(body), nil
}

// chosen is a row cut to $select.
func (c *call) chosen(row map[string]any) (map[string]any, error) {
	sel := c.option("select")
	if sel == "" {
		return row, nil
	}
	out := map[string]any{"@odata.etag": `W/"1"`, "id": row["id"]}
	for _, name := range strings.Split(sel, ",") {
		v, has := row[name]
		if !has {
			return nil, malformed("Could not find a property named '%s'.", name)
		}
		out[name] = v
	}
	return out, nil
}

func address(a string) map[string]any {
	name, _, _ := strings.Cut(a, "@")
	return map[string]any{"emailAddress": map[string]any{"name": name, "address": a}}
}

func addresses(list []string) []any {
	out := []any{}
	for _, a := range list {
		out = append(out, address(a))
	}
	return out
}

// occurrences are the starts of an event within a window.
func (e *event) occurrences(from, to time.Time) []time.Time {
	length := time.Duration(e.Minutes) * time.Minute
	var all []time.Time
	for at := e.Start; at.Before(to); at = at.AddDate(0, 0, 7) {
		if at.Add(length).After(from) && (e.Last.IsZero() || !at.After(e.Last)) && !slices.Contains(e.Left, day(at)) {
			all = append(all, at)
		}
		if !e.Weekly {
			break
		}
	}
	return all
}

func day(t time.Time) string { return t.UTC().Format("20060102") }

// calendarView shows a window of the calendar with each occurrence of a series, by time.
func calendarView(c *call) (answer, error) {
	u, err := c.mailboxOwner()
	if err != nil {
		return answer{}, err
	}
	from, errFrom := time.Parse(time.RFC3339, c.query.Get("startDateTime"))
	to, errTo := time.Parse(time.RFC3339, c.query.Get("endDateTime"))
	if errFrom != nil || errTo != nil || to.Sub(from) > 1825*24*time.Hour {
		return answer{}, &graphError{
			Status: http.StatusBadRequest, Code: "ErrorInvalidParameter",
			Message: "This request requires a time window specified by the query string parameters StartDateTime and EndDateTime.",
		}
	}
	mine := false
	switch c.option("filter") {
	case "":
	case "isOrganizer eq true":
		mine = true
	default:
		return answer{}, unknown("this filter of a calendarView")
	}
	type row struct {
		at time.Time
		v  map[string]any
	}
	var rows []row
	for _, e := range u.Events {
		if mine && !e.Mine {
			continue
		}
		for _, at := range e.occurrences(from, to) {
			id, master, kind := e.ID, any(nil), "singleInstance"
			if e.Weekly {
				id, master, kind = e.ID+"."+day(at), e.ID, "occurrence"
			}
			organizer := u.text("mail")
			if !e.Mine {
				organizer = "olivia.grant@" + tenantDomain
			}
			guests := []any{}
			for _, g := range e.Guests {
				a := address(g)
				a["type"], a["status"] = "required", map[string]any{"response": "none", "time": "0001-01-01T00:00:00Z"}
				guests = append(guests, a)
			}
			stamp := func(t time.Time) map[string]any {
				return map[string]any{"dateTime": t.UTC().Format("2006-01-02T15:04:05.0000000"), "timeZone": "UTC"}
			}
			rows = append(rows, row{at, map[string]any{
				"@odata.etag": `W/"1"`, "id": id, "subject": e.Subject, "type": kind, "seriesMasterId": master, "isOrganizer": e.Mine, "isCancelled": false,
				"organizer": address(organizer), "attendees": guests, "start": stamp(at), "end": stamp(at.Add(time.Duration(e.Minutes) * time.Minute)),
			}})
		}
	}
	slices.SortStableFunc(rows, func(a, b row) int { return a.at.Compare(b.at) })
	list := []map[string]any{}
	for _, r := range rows {
		list = append(list, r.v)
	}
	return c.paged("users('"+u.ID+"')/calendarView", list, "startDateTime", "endDateTime", "filter")
}

// cancelEvent cancels a meeting, or with the id of an occurrence only that. Only the organiser may, and only what has guests. The exact
// words of the refusals are not known.
func cancelEvent(c *call) (answer, error) {
	u, err := c.mailboxOwner()
	if err != nil {
		return answer{}, err
	}
	if len(c.body) > 0 {
		if _, err := c.object(); err != nil {
			return answer{}, err
		}
	}
	id, occurrence, one := strings.Cut(c.params["event"], ".")
	at := slices.IndexFunc(u.Events, func(e event) bool { return e.ID == id })
	switch {
	case at < 0 || one && slices.Contains(u.Events[at].Left, occurrence):
		return answer{}, noItem()
	case !u.Events[at].Mine || len(u.Events[at].Guests) == 0:
		return answer{}, &graphError{Status: http.StatusBadRequest, Code: "ErrorInvalidRequest", Message: "Your request can't be completed. You need to be an organizer to cancel a meeting."}
	}
	next := c.t.edit(u.ID)
	next.Events = slices.Clone(u.Events)
	if one {
		next.Events[at].Left = append(slices.Clone(u.Events[at].Left), occurrence)
	} else {
		next.Events = slices.Delete(next.Events, at, at+1)
	}
	return answer{status: http.StatusAccepted}, nil
}

func noItem() *graphError {
	return &graphError{Status: http.StatusNotFound, Code: "ErrorItemNotFound", Message: "The specified object was not found in the store."}
}

func listRules(c *call) (answer, error) {
	u, err := c.mailboxOwner()
	if err != nil {
		return answer{}, err
	}
	rows := []map[string]any{}
	for i, r := range u.Rules {
		actions := map[string]any{"stopProcessingRules": true}
		for name, to := range map[string][]string{"forwardTo": r.Forward, "redirectTo": r.Redirect, "forwardAsAttachmentTo": r.Attach} {
			if len(to) > 0 {
				actions[name] = addresses(to)
			}
		}
		if r.Folder != "" {
			actions["moveToFolder"] = r.Folder
		}
		rows = append(rows, map[string]any{
			"id": r.ID, "displayName": r.Name, "sequence": i + 1, "isEnabled": !r.Off, "hasError": false, "isReadOnly": r.Fixed, "actions": actions,
		})
	}
	return c.plainPage("users('"+u.ID+"')/mailFolders('inbox')/messageRules", rows)
}

func deleteRule(c *call) (answer, error) {
	u, err := c.mailboxOwner()
	if err != nil {
		return answer{}, err
	}
	at := slices.IndexFunc(u.Rules, func(r mailRule) bool { return r.ID == c.params["rule"] })
	if at < 0 {
		return answer{}, noItem()
	}
	if u.Rules[at].Fixed { // its exact words are not known
		return answer{}, &graphError{Status: http.StatusBadRequest, Code: "ErrorInvalidRequest", Message: "The rule is read-only."}
	}
	c.t.edit(u.ID).Rules = slices.Delete(slices.Clone(u.Rules), at, at+1)
	return noContent(), nil
}

// sendMail accepts a mail: 202 says no more. It has no id to be asked after, and a second time sends a second mail.
func sendMail(c *call) (answer, error) {
	u, err := c.mailboxOwner()
	if err != nil {
		return answer{}, err
	}
	props, err := c.object()
	if err != nil {
		return answer{}, err
	}
	lower := map[string]any{}
	for k, v := range props {
		lower[strings.ToLower(k)] = v
	}
	msg, _ := lower["message"].(map[string]any)
	body, _ := msg["body"].(map[string]any)
	m := sentMail{At: c.now.UTC()}
	m.Subject, _ = msg["subject"].(string)
	m.Text, _ = body["content"].(string)
	to, _ := msg["toRecipients"].([]any)
	for _, r := range to {
		o, _ := r.(map[string]any)
		e, _ := o["emailAddress"].(map[string]any)
		if a, _ := e["address"].(string); strings.Contains(a, "@") {
			m.To = append(m.To, a)
		}
	}
	if len(m.To) == 0 || len(m.To) != len(to) {
		return answer{}, &graphError{Status: http.StatusBadRequest, Code: "ErrorInvalidRecipients", Message: "At least one recipient isn't valid."}
	}
	ext, _ := msg["singleValueExtendedProperties"].([]any)
	for _, p := range ext {
		o, _ := p.(map[string]any)
		id, _ := o["id"].(string)
		value, _ := o["value"].(string)
		m.Props = append(m.Props, extProp{id, value})
	}
	if save, has := lower["savetosentitems"].(bool); has && !save {
		return answer{status: http.StatusAccepted}, nil
	}
	m.ID = c.t.newID(c.s.o.Seed, "mail")
	next := c.t.edit(u.ID)
	next.Sent = append(slices.Clone(u.Sent), m)
	return answer{status: http.StatusAccepted}, nil
}

var sentFilter = regexp.MustCompile(`^singleValueExtendedProperties/Any\(ep: ep/id eq '((?:[^']|'')*)' and ep/value eq '((?:[^']|'')*)'\)$`)

func plainQuotes(s string) string { return strings.ReplaceAll(s, "''", "'") }

func listSent(c *call) (answer, error) {
	u, err := c.mailboxOwner()
	if err != nil {
		return answer{}, err
	}
	f := c.option("filter")
	want := sentFilter.FindStringSubmatch(f)
	if f != "" && want == nil {
		return answer{}, unknown("this filter of messages")
	}
	rows := []map[string]any{}
	for _, m := range u.Sent {
		if want != nil && !slices.Contains(m.Props, extProp{plainQuotes(want[1]), plainQuotes(want[2])}) {
			continue
		}
		rows = append(rows, map[string]any{
			"@odata.etag": `W/"1"`, "id": m.ID, "subject": m.Subject, "sentDateTime": moment(m.At), "toRecipients": addresses(m.To),
			"body": map[string]any{"contentType": "text", "content": m.Text},
		})
	}
	return c.paged("users('"+u.ID+"')/mailFolders('sentitems')/messages", rows, "filter")
}

// SetMailboxPurpose is an Exchange administrator who converts a mailbox: to shared, or back to user.
func (s *Server) SetMailboxPurpose(user, purpose string) error {
	return s.byHand("set mailbox purpose", func(c *call) error {
		u := c.t.find(user)
		if u == nil || u.Deleted != nil {
			return notFound(user)
		}
		c.t.edit(u.ID).Purpose = purpose
		return nil
	})
}

// A SentMail is a mail in somebody's Sent Items, as a test reads it.
type SentMail struct {
	To            []string
	Subject, Text string
}

// SentBy lists what was sent from a mailbox, in order.
func (s *Server) SentBy(user string) []SentMail {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.t.find(user)
	if u == nil {
		return nil
	}
	var all []SentMail
	for _, m := range u.Sent {
		all = append(all, SentMail{m.To, m.Subject, m.Text})
	}
	return all
}
