package graphsim

import (
	"net/http"
	"strings"
	"time"
)

const (
	replyOff      = "disabled"
	sharedMailbox = "shared"
)

// An autoReply is the automatic reply of a mailbox as Exchange keeps it.
type autoReply struct {
	Status   string    `json:"status"`   // disabled, alwaysEnabled or scheduled
	Audience string    `json:"audience"` // outside: none, contactsOnly or all
	Internal string    `json:"internal"` // HTML
	External string    `json:"external"`
	Start    time.Time `json:"start"`
	End      time.Time `json:"end"`
}

// hasMailbox says whether a plan of Exchange is on: without one Graph does not reach a mailbox, although Exchange keeps it a while.
// A shared mailbox needs none.
func (t *tenant) hasMailbox(u *user) bool {
	if u.Purpose == sharedMailbox {
		return true
	}
	for _, p := range t.plansOn(u) {
		if p.Mailbox {
			return true
		}
	}
	return false
}

func (c *call) mailboxOwner() (*user, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	if !c.t.hasMailbox(u) {
		return nil, &graphError{
			Status: http.StatusNotFound, Code: "MailboxNotEnabledForRESTAPI",
			Message: "The mailbox is either inactive, soft-deleted, or is hosted on-premise. REST API is not yet supported for this mailbox.",
		}
	}
	return u, nil
}

// reply is what the mailbox has; one that nobody ever touched answers nobody, for a day from now.
func (c *call) reply(u *user) autoReply {
	if u.Reply != nil {
		return *u.Reply
	}
	today := c.now.UTC().Truncate(time.Hour)
	return autoReply{Status: replyOff, Audience: "all", Start: today, End: today.Add(24 * time.Hour)}
}

func getMailbox(c *call) (answer, error) {
	u, err := c.mailboxOwner()
	if err != nil {
		return answer{}, err
	}
	return c.showMailbox(u)
}

func (c *call) showMailbox(u *user) (answer, error) {
	r := c.reply(u)
	at := func(t time.Time) map[string]any {
		return map[string]any{"dateTime": t.UTC().Format("2006-01-02T15:04:05.0000000"), "timeZone": "UTC"}
	}
	zone, purpose := "GMT Standard Time", "user"
	if u.Purpose != "" {
		purpose = u.Purpose
	}
	v, err := c.plain(map[string]any{
		"archiveFolder": nil, "timeZone": zone, "delegateMeetingMessageDeliveryOptions": "sendToDelegateOnly",
		"dateFormat": "dd/MM/yyyy", "timeFormat": "HH:mm", "userPurpose": purpose,
		"automaticRepliesSetting": map[string]any{
			"status": r.Status, "externalAudience": r.Audience, "internalReplyMessage": r.Internal, "externalReplyMessage": r.External,
			"scheduledStartDateTime": at(r.Start), "scheduledEndDateTime": at(r.End),
		},
		"language": map[string]any{"locale": "en-GB", "displayName": "English (United Kingdom)"},
		"workingHours": map[string]any{
			"daysOfWeek": []any{"monday", "tuesday", "wednesday", "thursday", "friday"},
			"startTime":  "09:00:00.0000000", "endTime": "17:30:00.0000000", "timeZone": map[string]any{"name": zone},
		},
	})
	if err != nil {
		return answer{}, err
	}
	v["@odata.context"] = c.base + "/$metadata#users('" + u.ID + "')/mailboxSettings"
	return ok(v), nil
}

// patchMailbox knows the automatic reply of the settings. What is left out of it stays. The person's account may be blocked or
// synced: the mailbox is Exchange's.
func patchMailbox(c *call) (answer, error) {
	u, err := c.mailboxOwner()
	if err != nil {
		return answer{}, err
	}
	props, err := c.object()
	if err != nil {
		return answer{}, err
	}
	r := c.reply(u)
	for name, v := range props {
		if name != "automaticRepliesSetting" {
			return answer{}, unknown("setting %s of mailboxSettings", name)
		}
		setting, isObject := v.(map[string]any)
		if !isObject {
			return answer{}, badMailbox(name)
		}
		if err := r.set(setting); err != nil {
			return answer{}, err
		}
	}
	next := c.t.edit(u.ID)
	next.Reply = &r
	return c.showMailbox(next)
}

// badMailbox is a value Exchange could not hold. Its exact words are not known.
func badMailbox(name string) *graphError {
	return &graphError{Status: http.StatusBadRequest, Code: "ErrorInvalidArgument", Message: "The value of '" + name + "' is not valid."}
}

func (r *autoReply) set(setting map[string]any) error {
	for name, v := range setting {
		text, isText := v.(string)
		var valid bool
		switch {
		case strings.HasPrefix(name, "@odata."):
			continue
		case name == "status":
			r.Status, valid = text, text == replyOff || text == "alwaysEnabled" || text == "scheduled"
		case name == "externalAudience":
			r.Audience, valid = text, text == "none" || text == "contactsOnly" || text == "all"
		case name == "internalReplyMessage":
			r.Internal, valid = dressed(text), isText || v == nil
		case name == "externalReplyMessage":
			r.External, valid = dressed(text), isText || v == nil
		case name == "scheduledStartDateTime":
			r.Start, valid = inUTC(v)
		case name == "scheduledEndDateTime":
			r.End, valid = inUTC(v)
		}
		if !valid {
			return badMailbox(name)
		}
	}
	if r.Status == "scheduled" && !r.Start.Before(r.End) {
		return badMailbox("scheduledEndDateTime")
	}
	return nil
}

// dressed is what Exchange makes of a message: a whole HTML page, in which the line ends of plain text are only spaces.
func dressed(message string) string {
	if message == "" || strings.HasPrefix(strings.ToLower(message), "<html") {
		return message
	}
	return "<html>\n<head>\n<meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\">\n</head>\n<body>\n" + message + "\n</body>\n</html>\n"
}

func inUTC(v any) (time.Time, bool) {
	o, _ := v.(map[string]any)
	text, _ := o["dateTime"].(string)
	at, err := time.Parse("2006-01-02T15:04:05", strings.TrimSuffix(text, "Z"))
	return at, err == nil && o["timeZone"] == "UTC"
}
