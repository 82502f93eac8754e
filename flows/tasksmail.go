package flows

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// meetingsAhead is how far ahead meetings are looked for: a series without an end shows within a week, and few plan a meeting for later.
const meetingsAhead = 2 * 365 * 24 * time.Hour

func lookMeetings(ctx context.Context, h hands, c Case, _ Step) (sight, error) {
	left, err := h.Meetings(ctx, c.Account, h.now, h.now.Add(meetingsAhead))
	if err != nil {
		return sight{}, err
	}
	if len(left) == 0 {
		return sight{done: true, text: c.Lang.Say("no meeting ahead with guests that the leaver organises")}, nil
	}
	series := 0
	for _, m := range left {
		if m.Series {
			series++
		}
	}
	return sight{text: c.Lang.Say("organises %s ahead, %d of them a series", count(c.Lang, len(left), "meeting"), series)}, nil
}

// actMeetings cancels every meeting ahead. One that Exchange refuses does not keep the others: the look shows what is left.
func actMeetings(ctx context.Context, h hands, c Case, s Step) error {
	left, err := h.Meetings(ctx, c.Account, h.now, h.now.Add(meetingsAhead))
	if err != nil {
		return err
	}
	return eachOf(left, func(m Meeting) error { return h.CancelMeeting(ctx, c.Account, m.ID, s.Text) })
}

// eachOf does something to each. What is refused for one is told at the end, what concerns all ends it at once.
func eachOf[T any](all []T, do func(T) error) error {
	var refused error
	for _, v := range all {
		switch err := do(v); CodeOf(err) {
		case Invalid, Conflict:
			refused = err
		default:
			if err != nil {
				return err
			}
		}
	}
	return refused
}

// outside are the rules that pass mail on to somebody outside the organisation's own domains, and to whose domains.
func outside(ctx context.Context, h hands, id AccountID) (rules []Forward, domains []string, err error) {
	own, err := h.Domains(ctx)
	if err != nil {
		return nil, nil, err
	}
	all, err := h.Forwards(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	for _, f := range all {
		n := len(domains)
		for _, d := range f.Domains {
			if !slices.Contains(own, d) {
				domains = append(domains, d)
			}
		}
		if len(domains) > n {
			rules = append(rules, f)
		}
	}
	slices.Sort(domains)
	return rules, slices.Compact(domains), nil
}

func lookForwarding(ctx context.Context, h hands, c Case, _ Step) (sight, error) {
	rules, domains, err := outside(ctx, h, c.Account)
	if err != nil {
		return sight{}, err
	}
	if len(rules) == 0 {
		return sight{done: true, text: c.Lang.Say("no inbox rule passes mail on outside the organisation")}, nil
	}
	for i, d := range domains {
		if d == "?" {
			domains[i] = c.Lang.Say("an address that cannot be read")
		}
	}
	return sight{text: c.Lang.Say("%s%s mail on to %s", count(c.Lang, len(rules), "inbox rule"), plural(len(rules), c.Lang.Say(" passes"), c.Lang.Say(" pass")), series(c.Lang, domains))}, nil
}

func actForwarding(ctx context.Context, h hands, c Case, _ Step) error {
	rules, _, err := outside(ctx, h, c.Account)
	if err != nil {
		return err
	}
	return eachOf(rules, func(f Forward) error {
		if f.Fixed {
			return &Error{Code: Invalid, Say: c.Lang.Say("An inbox rule that passes mail on outside is read-only for Muster. In Exchange Online PowerShell, list the rules with Get-InboxRule -Mailbox and remove it with Remove-InboxRule. Then retry.")}
		}
		return h.RemoveRule(ctx, c.Account, f.ID)
	})
}

// mostItems is how many files and folders at the top of a OneDrive are shared one by one.
const mostItems = 100

// driveItems are what there is to share, in which drive.
func driveItems(ctx context.Context, h hands, c Case, s Step) (Drive, []DriveItem, error) {
	d, err := h.FetchDrive(ctx, c.Account)
	if err != nil {
		return d, nil, err
	}
	items, err := h.DriveItems(ctx, d.ID, mostItems)
	if err == nil && len(items) > mostItems {
		err = &Error{Code: Invalid, Say: c.Lang.Say("The OneDrive has more than %s files and folders at its top, and Muster shares no more one by one. In the SharePoint admin centre make %s an administrator of this OneDrive (More features, User profiles, Manage User Profiles, Manage site collection owners), then record it as done by hand.", fmt.Sprint(mostItems), s.Person.Name)}
	}
	return d, items, err
}

func lookOneDrive(ctx context.Context, h hands, c Case, s Step) (sight, error) {
	d, items, err := driveItems(ctx, h, c, s)
	if err != nil {
		return sight{}, err
	}
	shared := 0
	for _, i := range items {
		can, err := h.CanWrite(ctx, d.ID, i.ID, s.Person.ID)
		if err != nil {
			return sight{}, err
		}
		if can {
			shared++
		}
	}
	if len(items) == 0 {
		return sight{done: true, text: c.Lang.Say("the OneDrive is empty")}, nil
	}
	return sight{done: shared == len(items), text: c.Lang.Say("%s can change %d of %d files and folders at the top of the OneDrive", s.Person.Name, shared, len(items))}, nil
}

func actOneDrive(ctx context.Context, h hands, c Case, s Step) error {
	d, items, err := driveItems(ctx, h, c, s)
	if err != nil {
		return err
	}
	return eachOf(items, func(i DriveItem) error { return h.ShareItem(ctx, d.ID, i.ID, s.Person.ID) })
}

// lookPurpose reads back what Exchange was asked to make of the mailbox.
func lookPurpose(ctx context.Context, h hands, c Case, _ Step) (sight, error) {
	p, err := h.MailboxPurpose(ctx, c.Account)
	if err != nil {
		return sight{}, err
	}
	return sight{done: p == "shared", text: c.Lang.Say("the mailbox is kept as %s", strings.ToLower(p))}, nil
}

// needsMailbox reports whether what a step did is kept in the mailbox, or in Intune, and is gone with it.
func (s Step) needsMailbox() bool {
	switch s.Task {
	case SetReply, CancelMeetings, CheckForwarding, RetireDevices, WipeDevices:
		return true
	case Manual:
		return s.Manual == ConvertToShared
	}
	return false
}
