package atrest

import (
	"cmp"
	"fmt"
	"io"

	"muster/bot/service"
	"muster/cards/report"
	"muster/flows"
	"muster/flows/texts"
	"muster/store"
)

// Export writes the evidence of a case, or of a period, or the whole log as lines of JSON.
type Export struct {
	Case  string `help:"The case, e.g. J-2026-0042." xor:"what" required:""`
	From  string `help:"The first day of a period, e.g. 2026-01-01: all people events from then on, with --to." xor:"what" required:""`
	JSONL bool   `name:"jsonl" help:"The whole log as JSON lines, also while Muster runs, with all names and texts in it." xor:"what" required:""`
	To    string `help:"Its last day. Today when left out."`
	Packs string `help:"With a period: the evidence of all cases, of none, or of those drawn." enum:"drawn,all,none" default:"drawn"`
	Draw  int    `help:"With a period: draw this many starters and movers, and this many leavers, and add their evidence."`
	Seed  string `help:"Makes the draw another one." default:"1"`
	Where
	Out string `help:"The file to write. CASE.zip, people-events-FROM-TO.zip, or log.jsonl, when left out."`

	Whole      bool     `help:"Add the header of every entry of the log: the pack then proves that no entry of the case is left out. Headers have no names and no texts, but they show the references of all cases and when something was written about each."`
	Checkpoint []string `help:"A file with a checkpoint that somebody was sent earlier: the pack proves that the log goes on from it." type:"existingfile"`
}

// Run runs the command.
func (c *Export) Run(d Desk) error {
	if c.JSONL {
		return c.lines(d)
	}
	given, err := checkpoints(c.Checkpoint)
	if err != nil {
		return err
	}
	out := c.Out
	if out == "" {
		out = c.Case + ".zip"
	}
	if err := c.with(d, func(st *store.Store) (err error) {
		pack := func(w io.Writer, id flows.CaseID) error {
			return service.Packs{Store: st, Since: given, Whole: c.Whole}.Export(d.Ctx, w, id)
		}
		if c.From != "" {
			out, err = c.period(d, st, pack)
			return err
		}
		return service.WriteFile(out, func(w io.Writer) error { return pack(w, flows.CaseID(c.Case)) })
	}); err != nil {
		return err
	}
	_, err = fmt.Fprintln(d.Out, "Written:", out)
	return err
}

// period writes the list of a period, and says where.
func (c *Export) period(d Desk, st *store.Store, pack func(io.Writer, flows.CaseID) error) (string, error) {
	q, err := flows.NewSampleQuery(texts.Language{}, c.From, c.To, c.Draw, c.Seed, c.Packs == "all", flows.DateOf(d.Now().UTC()))
	if err != nil {
		return "", fmt.Errorf("export from %q to %q, such as --from 2026-01-01 --to 2026-03-31: %w", c.From, c.To, err)
	}
	s, err := flows.ReadSample(d.Ctx, st, q, d.Now(), nil)
	if err != nil {
		return "", err
	}
	if c.Packs == "none" {
		s.Packs = nil
	}
	out := cmp.Or(c.Out, s.FileName())
	return out, service.WriteFile(out, func(w io.Writer) error { return report.Sample(w, s, pack) })
}
