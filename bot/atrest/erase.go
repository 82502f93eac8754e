package atrest

import (
	"fmt"

	"muster/flows"
	"muster/store"
)

// Erase asks for the erasure of a person. A second person agrees in Teams.
type Erase struct {
	Subject string `help:"Whose data: a sign-in name, an object id, the whole name, or a case." required:""`
	Ground  string `help:"The legal ground. It stays in the log, so it names nobody." required:""`
	By      string `help:"The sign-in name of who asks; it cannot be the second person's." required:""`
	Where
}

// Run runs the command.
func (c *Erase) Run(d Desk) error {
	return c.with(d, func(st *store.Store) error {
		e := flows.Engine{Store: st, Now: d.Now}
		er, err := e.AskErasure(d.Ctx, c.Subject, c.Ground, flows.Person{Name: c.By, UPN: c.By}, "")
		if err != nil {
			return fmt.Errorf("erase: %w", err)
		}
		_, err = fmt.Fprintf(d.Out, "Asked for, as %s; nothing is erased yet. Start Muster. An owner or HR, but not %s, then writes to it: confirm erasure %s\n", er.Ref, c.By, er.Ref)
		return err
	})
}
