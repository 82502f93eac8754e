package flows

import (
	"context"
	"fmt"
)

// Reach says what became of looking for something outside the directory, before a plan is made: what Muster cannot do is found then, and
// becomes a task for people instead of a failure on the day.
type Reach string

// The outcomes of looking.
const (
	NotLooked  Reach = ""       // nobody looked: the plan is older than the question
	Reached    Reach = "found"  // it is there, and Muster may change it
	NotThere   Reach = "none"   // there is nothing
	OutOfReach Reach = "denied" // Muster's app lacks the permission
)

// Beyond is what a leaver has outside the directory.
type Beyond struct {
	Calendar   Reach    `json:"calendar,omitempty"`
	Rules      Reach    `json:"rules,omitempty"` // of the inbox
	Drive      Reach    `json:"drive,omitempty"`
	DriveURL   string   `json:"drive_url,omitempty"`
	Intune     Reach    `json:"intune,omitempty"`
	Managed    []Device `json:"managed,omitempty"` // in Intune
	Entra      Reach    `json:"entra,omitempty"`
	Registered []Device `json:"registered,omitempty"` // in Entra
	Apps       Reach    `json:"apps,omitempty"`
	OwnedApps  []string `json:"owned_apps,omitempty"` // app registrations, by name
}

// beyond looks for what the leaver has outside the directory.
func (e *Engine) beyond(ctx context.Context, f Facts) (Beyond, error) {
	id := f.Subject.ID
	var b Beyond
	var err error
	look := func(what string, into *Reach, see func() (bool, error)) {
		if err != nil {
			return
		}
		there, lerr := see()
		switch {
		case CodeOf(lerr) == NotFound, lerr == nil && !there:
			*into = NotThere
		case CodeOf(lerr) == Denied:
			*into = OutOfReach
		case lerr != nil:
			err = fmt.Errorf("look for %s of the leaver: %w", what, lerr)
		default:
			*into = Reached
		}
	}
	if f.Mailbox {
		now := e.Now()
		look("meetings", &b.Calendar, func() (bool, error) { _, err := e.World.Meetings(ctx, id, now, now.AddDate(0, 0, 1)); return true, err })
		look(e.lang().Say("inbox rules"), &b.Rules, func() (bool, error) { _, err := e.World.Forwards(ctx, id); return true, err })
	}
	if f.Subject.Guest {
		return b, err // has no files and no devices here
	}
	look("files", &b.Drive, func() (bool, error) {
		d, err := e.World.FetchDrive(ctx, id)
		b.DriveURL = d.URL
		return true, err
	})
	look(e.lang().Say("app registrations"), &b.Apps, func() (_ bool, err error) {
		b.OwnedApps, err = e.World.OwnedApps(ctx, id)
		return len(b.OwnedApps) > 0, err
	})
	look(e.lang().Say("managed devices"), &b.Intune, func() (_ bool, err error) {
		b.Managed, err = e.World.ManagedDevices(ctx, id)
		return len(b.Managed) > 0, err
	})
	look(e.lang().Say("registered devices"), &b.Entra, func() (_ bool, err error) {
		b.Registered, err = e.World.RegisteredDevices(ctx, id)
		return len(b.Registered) > 0, err
	})
	return b, err
}
