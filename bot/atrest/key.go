package atrest

import (
	"fmt"

	"muster/bot/service"
	"muster/store"
)

// Key shows and changes the key that signs the log.
type Key struct {
	Show   showKey   `cmd:"" help:"Print the public keys of the log: give them to whoever checks the evidence."`
	Change changeKey `cmd:"" aliases:"rotate" help:"Let the log go on with a new key. Stop Muster first."`
}

type showKey struct {
	Data string `help:"The data folder, or one tenant's folder in it." default:"muster-data" type:"existingdir"`
}

// Run runs the command.
func (c *showKey) Run(d Desk) error {
	return service.AtRest(d.Ctx, c.Data, d.Now, func(st *store.Store) error {
		_, err := fmt.Fprint(d.Out, st.PublicKeys())
		return err
	})
}

type changeKey struct {
	Data   string `help:"The data folder, or one tenant's folder in it." default:"muster-data" type:"existingdir"`
	Reason string `help:"Why, for the log: \"yearly\", \"somebody left\"." required:""`
}

// Run runs the command.
func (c *changeKey) Run(d Desk) error {
	return service.AtRest(d.Ctx, c.Data, d.Now, func(st *store.Store) error {
		if err := st.ChangeKey(d.Ctx, c.Reason); err != nil {
			return err
		}
		_, err := fmt.Fprintf(d.Out, "The log goes on with a new key, and the old private key was deleted. Old checkpoints and packs stay good. The next checkpoint in the owners' channel says so.\n\n%s", st.PublicKeys())
		return err
	})
}
