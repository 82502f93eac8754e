package store

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"

	"muster/store/evidence"
	"muster/store/kv"
)

// linesPage is how many entries Lines reads at a time.
const linesPage = 512

// Lines writes every entry of the log as a line of JSON, and a checkpoint that covers them as the last one, for evidence.VerifyLines and for
// whoever wants to search in them. The store may be in use meanwhile; entries written since the checkpoint are not in it. It says how many
// entries it wrote.
func (s *Store) Lines(ctx context.Context, w io.Writer) (int64, error) {
	signed, err := s.Checkpoint(ctx)
	if err != nil {
		return 0, fmt.Errorf("write the log: %w", err)
	}
	_, keys := s.signer()
	c, err := evidence.OpenCheckpoint(signed, keys)
	if err != nil {
		return 0, fmt.Errorf("write the log: %w", err)
	}
	out := bufio.NewWriterSize(w, 1<<20)
	if err := s.view(ctx, "write the log", func(tx kv.Tx) error {
		var edge evidence.Edge
		for edge.Size() < c.Size {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := linesOf(tx, out, &edge, min(edge.Size()+linesPage, c.Size)); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return 0, err
	}
	if err := evidence.WriteLogEnd(out, signed, keys); err != nil {
		return 0, fmt.Errorf("write the log: %w", err)
	}
	if err := out.Flush(); err != nil {
		return 0, fmt.Errorf("write the log: %w", err)
	}
	return c.Size, nil
}

// linesOf writes the entries from the end of edge up to one, which are then in it. Two scans read them: one by one they would be two exchanges
// with PostgreSQL each.
func linesOf(tx kv.Tx, out io.Writer, edge *evidence.Edge, to int64) error {
	from := edge.Size()
	leaves, err := rowsOf(tx, leafKey, from, to)
	if err != nil {
		return err
	}
	bodies, err := rowsOf(tx, bodyKey, from, to)
	if err != nil {
		return err
	}
	var line []byte
	for i := range leaves {
		seq := from + int64(i)
		_, header, err := splitLeaf(seq, leaves[i])
		if err != nil {
			return fmt.Errorf("read entry %d: %w", seq, err)
		}
		body, err := splitBody(bodies[i])
		if err != nil {
			return fmt.Errorf("read the body of entry %d: %w", seq, err)
		}
		l := evidence.LogLine{Header: header, Before: edge.Root(), Salt: body.salt, Body: body.body, ErasedBy: body.erasedBy}
		if line, err = l.Append(line[:0]); err != nil {
			return err
		}
		if _, err := out.Write(line); err != nil {
			return err
		}
		edge.Append(evidence.Leaf(header), nil)
	}
	return nil
}

// rowsOf reads the rows of the entries from one up to another. One that is missing is nil.
func rowsOf(tx kv.Tx, key func(int64) []byte, from, to int64) ([][]byte, error) {
	out := make([][]byte, to-from)
	next := from
	err := tx.Scan(key(from), key(to), func(k, v []byte) (bool, error) {
		for next < to && bytes.Compare(key(next), k) < 0 {
			next++
		}
		if next < to && bytes.Equal(key(next), k) {
			out[next-from] = v
		}
		return true, nil
	})
	return out, err
}
