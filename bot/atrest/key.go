package atrest

import (
	"fmt"

	"muster/store"
)

// Key shows and changes the key that signs the log.
type Key struct {
	Show   showKey   `cmd:"" help:"Print the public keys of the log: give them to whoever checks the evidence."`
	Change changeKey `cmd:"" aliases:"rotate" help:"Let the log go on with a new key. Stop Muster first."`
}

type showKey struct {
	Where
}

// Run runs the command.
func (c *showKey) Run(d Desk) error {
	return c.with(d, func(st *store.Store) error {
		_, err := fmt.Fprint(d.Out, st.PublicKeys())
		return err
	})
}

type changeKey struct {
	Where
	Reason string `help:"Why, for the log: \"yearly\", \"somebody left\"." required:""`
}

// Run runs the command.
func (c *changeKey) Run(d Desk) error {
	return c.with(d, func(st *store.Store) error {
		if err := st.ChangeKey(d.Ctx, c.Reason); err != nil {
			return err
		}
		_, err := fmt.Fprintf(d.Out, "The log goes on with a new key, and the old private key was deleted. Old checkpoints and packs stay good. The next checkpoint in the owners' channel says so.\n\n%s", st.PublicKeys())
		return err
	})
}
