package store

import (
	"context"
	"fmt"
	"io"

	"muster/flows"
	"muster/store/evidence"
	"muster/store/kv"
)

// Export writes the evidence pack of one case, or of a draft, as a zip that
// evidence.VerifyPack checks offline. It signs a checkpoint of the log as it
// stands, which all entries of the pack are proven against.
func (s *Store) Export(ctx context.Context, w io.Writer, stream flows.CaseID) error {
	signed, err := s.Checkpoint(ctx)
	if err != nil {
		return fmt.Errorf("export %s: %w", stream, err)
	}
	checkpoint, err := evidence.OpenCheckpoint(signed, s.key.Public())
	if err != nil {
		return fmt.Errorf("export %s: %w", stream, err)
	}
	p := evidence.Pack{Stream: string(stream), Checkpoint: signed, At: s.now()}
	if err := s.view(ctx, "export "+string(stream), func(tx kv.Tx) error {
		return scanStream(tx, string(stream), func(seq int64, _, header []byte, body bodyRow) error {
			if seq >= checkpoint.Size {
				return nil // written since
			}
			proof, err := evidence.ProveEntry(checkpoint.Size, seq, nodes(tx))
			p.Entries = append(p.Entries, evidence.PackEntry{Header: header, Salt: body.salt, Body: body.body, Proof: proof})
			return err
		})
	}); err != nil {
		return err
	}
	if len(p.Entries) == 0 {
		return unknownCase(stream)
	}
	return evidence.WritePack(w, p, s.key)
}
