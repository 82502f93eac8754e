package graph

import (
	"context"
	"html"
	"strings"
	"time"

	"github.com/microsoftgraph/msgraph-sdk-go/models"

	"muster/flows"
)

// FetchReply is the automatic reply in force as plain text, "" when there is none. An account without a mailbox is NotFound. When
// people outside get another reply, or none, both are in the text: it is then not what SetReply set.
func (c *Client) FetchReply(ctx context.Context, id flows.AccountID) (string, error) {
	if err := named(id); err != nil {
		return "", err
	}
	leave, err := c.mailboxes.enter(ctx, string(id))
	if err != nil {
		return "", err
	}
	defer leave()
	settings, err := fetch(ctx, c, "read mailbox settings of account", func(ctx context.Context) (models.MailboxSettingsable, error) {
		return c.user(string(id)).MailboxSettings().Get(ctx, nil)
	})
	if err != nil {
		return "", err
	}
	reply := settings.GetAutomaticRepliesSetting()
	if reply == nil || reply.GetStatus() == nil {
		return "", unreadable("read mailbox settings of account", "automatic reply")
	}
	switch *reply.GetStatus() {
	case models.ALWAYSENABLED_AUTOMATICREPLIESSTATUS:
	case models.SCHEDULED_AUTOMATICREPLIESSTATUS:
		if !c.within(reply.GetScheduledStartDateTime(), reply.GetScheduledEndDateTime()) {
			return "", nil
		}
	default:
		return "", nil
	}
	inside, outside := textOf(str(reply.GetInternalReplyMessage())), ""
	if a := reply.GetExternalAudience(); a != nil && *a == models.ALL_EXTERNALAUDIENCESCOPE {
		outside = textOf(str(reply.GetExternalReplyMessage()))
	}
	if inside != outside {
		return "Inside: " + inside + "\nOutside: " + outside, nil
	}
	return inside, nil
}

// within reports whether now is in a schedule. Times come in UTC unless another zone is asked for; what cannot be read counts as in
// force, since hiding a reply would be worse than showing one that is not sent yet.
func (c *Client) within(from, to models.DateTimeTimeZoneable) bool {
	now := c.now()
	start, okStart := utc(from)
	end, okEnd := utc(to)
	return !(okStart && now.Before(start)) && !(okEnd && !now.Before(end))
}

func utc(at models.DateTimeTimeZoneable) (time.Time, bool) {
	if at == nil || !strings.EqualFold(str(at.GetTimeZone()), "UTC") {
		return time.Time{}, false
	}
	t, err := time.Parse("2006-01-02T15:04:05", strings.TrimSuffix(str(at.GetDateTime()), "Z"))
	return t, err == nil
}

// SetReply answers everybody who writes to the account, inside the organisation and outside, with the text; "" switches the reply
// off. Only the automatic reply of the mailbox's settings is sent, so the rest stays.
func (c *Client) SetReply(ctx context.Context, id flows.AccountID, text string) error {
	if err := named(id); err != nil {
		return err
	}
	status, everybody := models.ALWAYSENABLED_AUTOMATICREPLIESSTATUS, models.ALL_EXTERNALAUDIENCESCOPE
	reply := models.NewAutomaticRepliesSetting()
	if text = strings.TrimSpace(text); text == "" {
		status = models.DISABLED_AUTOMATICREPLIESSTATUS
	} else {
		message := htmlOf(text)
		reply.SetExternalAudience(&everybody)
		reply.SetInternalReplyMessage(&message)
		reply.SetExternalReplyMessage(&message)
	}
	reply.SetStatus(&status)
	settings := models.NewMailboxSettings()
	settings.SetAutomaticRepliesSetting(reply)
	leave, err := c.mailboxes.enter(ctx, string(id))
	if err != nil {
		return err
	}
	defer leave()
	return c.do(ctx, "set automatic reply of account", func(ctx context.Context) error {
		_, err := c.user(string(id)).MailboxSettings().Patch(ctx, settings, nil)
		return err
	})
}

// htmlOf writes plain text as the HTML that Exchange takes a reply for: lines and runs of spaces would be lost otherwise.
func htmlOf(text string) string {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	lines := strings.Split(html.EscapeString(text), "\n")
	for i, line := range lines {
		var b strings.Builder
		for at := range len(line) { // bytes: a space is never part of another character
			switch {
			case line[at] == '\t':
				b.WriteString("&#9;")
			case line[at] == ' ' && (at == 0 || line[at-1] == ' ' || at == len(line)-1):
				b.WriteString("&nbsp;")
			default:
				b.WriteByte(line[at])
			}
		}
		lines[i] = b.String()
	}
	return strings.Join(lines, "<br>")
}

// textOf is what a reader sees of a reply: Exchange keeps it as a page of HTML and adds to what it was given.
func textOf(message string) string {
	var lines []string
	var line strings.Builder
	broken := false // by the tag before
	hidden := ""    // the tag whose content is not for reading
	end := func() {
		words := strings.FieldsFunc(line.String(), func(r rune) bool { return strings.ContainsRune(" \t\r\n", r) }) // in HTML a line end is a space
		lines = append(lines, strings.ReplaceAll(html.UnescapeString(strings.Join(words, " ")), "\u00a0", " "))
		line.Reset()
	}
	for {
		text, rest, tagged := strings.Cut(message, "<")
		if hidden == "" {
			line.WriteString(text)
		}
		if !tagged {
			break
		}
		if comment, is := strings.CutPrefix(rest, "!--"); is {
			_, message, _ = strings.Cut(comment, "-->")
			continue
		}
		var tag string
		tag, message, _ = strings.Cut(rest, ">")
		name, _, _ := strings.Cut(strings.ToLower(strings.TrimRight(tag, " /\t\r\n")), " ")
		switch {
		case hidden != "":
			if name == "/"+hidden {
				hidden = ""
			}
			continue
		case name == "head", name == "style", name == "script":
			hidden = name
			continue
		case name == "br":
			end()
			broken = true
			continue
		case name == "/p", name == "/div", name == "/li", name == "/tr":
			if !broken || strings.TrimSpace(line.String()) != "" { // a break at the end of a block is the block's
				end()
			}
		default:
			continue
		}
		broken = false
	}
	end()
	return strings.TrimSpace(strings.Join(lines, "\n"))
}
