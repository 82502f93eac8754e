package flows

import (
	"context"
	"time"
)

// What a leaver's exit, and a notice, need beyond the directory: the mailbox, the calendar, the files and the devices. Each verb is a
// permission of its own that a customer may not have granted: then it is a Denied error, and a person does the step (Reach).

// mailboxer is what is done to one mailbox. An account without one is NotFound in every verb.
type mailboxer interface {
	// MailboxPurpose is what Exchange keeps the mailbox for: user, shared, room and so on.
	MailboxPurpose(ctx context.Context, id AccountID) (string, error)
	// Meetings are those that the account organised for others and that go on in the window, a series once.
	Meetings(ctx context.Context, id AccountID, from, to time.Time) ([]Meeting, error)
	// CancelMeeting cancels a meeting, all of a series, and tells whom was invited. One that is gone already is success.
	CancelMeeting(ctx context.Context, id AccountID, meeting, comment string) error
	// Forwards are the inbox rules that pass mail on, wherever to. Rules that Outlook hides, and forwarding that Exchange does for the whole
	// mailbox, are not among them: Graph shows neither.
	Forwards(ctx context.Context, id AccountID) ([]Forward, error)
	// RemoveRule takes an inbox rule away. One that is gone already is success.
	RemoveRule(ctx context.Context, id AccountID, rule string) error
	// Domains are the domains of the organisation's own addresses, in lower case.
	Domains(ctx context.Context) ([]string, error)
}

// sender is what sending a mail needs.
type sender interface {
	// SendMail hands a mail to Exchange. unsure says that it may have been sent although there is an error. It is never sent again by itself.
	SendMail(ctx context.Context, m Mail) (unsure bool, err error)
	// FindMail reports whether a mail with this key is among what the sender sent. It needs a permission that sending does not.
	FindMail(ctx context.Context, from, key string) (bool, error)
}

// filer is what handing over a OneDrive needs.
type filer interface {
	// FetchDrive finds the account's OneDrive. An account without one is NotFound.
	FetchDrive(ctx context.Context, id AccountID) (Drive, error)
	// DriveItems are the files and folders at the top of a drive; at most limit and one more, so that too many are seen to be.
	DriveItems(ctx context.Context, drive string, limit int) ([]DriveItem, error)
	// CanWrite reports whether somebody was given the right to change an item.
	CanWrite(ctx context.Context, drive, item string, who AccountID) (bool, error)
	// ShareItem gives somebody the right to change an item and all that is in it. No mail is sent.
	ShareItem(ctx context.Context, drive, item string, who AccountID) error
}

// deviceKeeper is what the devices of a leaver need.
type deviceKeeper interface {
	// ManagedDevices are the account's devices in Intune. A tenant without Intune is NotFound.
	ManagedDevices(ctx context.Context, id AccountID) ([]Device, error)
	// RetireDevice takes the organisation's data and settings off a device when it is next seen; WipeDevice everything.
	RetireDevice(ctx context.Context, device string) error
	WipeDevice(ctx context.Context, device string) error
	// RegisteredDevices are the devices that the account registered or joined in Entra.
	RegisteredDevices(ctx context.Context, id AccountID) ([]Device, error)
	DisableDevice(ctx context.Context, device string) error
}

// appLister is what finding out what only a leaver runs needs.
type appLister interface {
	// OwnedApps are the names of the app registrations that the account owns, in order.
	OwnedApps(ctx context.Context, id AccountID) ([]string, error)
}

// Meeting is one that somebody organised.
type Meeting struct {
	ID     string
	Series bool
}

// Forward is an inbox rule that passes mail on.
type Forward struct {
	ID      string
	Domains []string // of whom it goes to, in lower case, each once; an address that cannot be read is a "?"
	Fixed   bool     // Graph cannot change it
}

// Drive is somebody's OneDrive.
type Drive struct {
	ID  string
	URL string // of its library
}

// DriveItem is a file or folder at the top of a drive.
type DriveItem struct{ ID string }

// Device is a device of somebody, as Intune or Entra shows it.
type Device struct {
	ID       string `json:"id"` // in Intune or in Entra, which are not the same
	Name     string `json:"name,omitempty"`
	Personal bool   `json:"personal,omitempty"` // it belongs to the person
	Enabled  bool   `json:"enabled,omitempty"`  // in Entra: it may be signed in from
	Action   string `json:"action,omitempty"`   // in Intune: retire or wipe, when one was asked for
	State    string `json:"state,omitempty"`    // of that: pending, done or failed
}

// Mail is one mail to one address.
type Mail struct {
	From    string // mailbox it is sent from
	To      string
	Subject string
	Text    string // plain
	Key     string // unique; kept with the mail, so that it can be found again
}
