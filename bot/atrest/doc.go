// Package atrest holds the commands on what is kept: checking a store or a pack, writing packs, the signing key, asking for an erasure. They are
// run by somebody at a machine, on a store that no bot has open, or on a file. They decide nothing: rules are in flows, proofs in
// store/evidence.
package atrest

import (
	"context"
	"io"
	"time"
)

// Desk is what the commands work with.
type Desk struct {
	Ctx context.Context // of the whole command: kong hands out values, not arguments
	Out io.Writer
	Now func() time.Time
}
