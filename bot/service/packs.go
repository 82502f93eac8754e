package service

import (
	"context"
	"io"

	"muster/cards/report"
	"muster/flows"
	"muster/store"
)

// Packs writes evidence packs with their reports.
type Packs struct {
	Store *store.Store
	Whole bool     // with the header of every entry of the log
	Since [][]byte // checkpoints that somebody holds: the packs prove that the log goes on from each
}

// Export writes the pack of one case, or of a draft.
func (p Packs) Export(ctx context.Context, w io.Writer, stream flows.CaseID) error {
	return p.Store.Pack(ctx, w, stream, store.PackOptions{Draw: report.Pack, Since: p.Since, Whole: p.Whole})
}
