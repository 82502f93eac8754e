package store

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"muster/flows"
	"muster/store/evidence"
	"muster/store/kv"
)

// Copied is what a copy of the store holds.
type Copied struct {
	Origin     string
	Entries    int64
	Last       time.Time // of the newest entry; zero when there is none
	Checkpoint []byte    // the last signed one; it covers all entries but those of the moment between signing and copying
}

// Copy writes every row as it stands in one moment, while others go on reading and writing: key and value, each after its length. Pages that
// hold nothing any more, and with them what was erased, are not in it. It is the same whatever database the rows are in.
func (s *Store) Copy(ctx context.Context, w io.Writer) (Copied, error) {
	var c Copied
	if _, err := s.Checkpoint(ctx); err != nil {
		return c, err
	}
	out := bufio.NewWriterSize(w, 1<<20)
	err := s.view(ctx, "copy the store", func(tx kv.Tx) (err error) {
		if c, err = copied(tx); err != nil {
			return err
		}
		var length [binary.MaxVarintLen64]byte
		return tx.Scan(nil, nil, func(k, v []byte) (bool, error) {
			for _, b := range [][]byte{k, v} {
				if _, err := out.Write(length[:binary.PutUvarint(length[:], uint64(len(b)))]); err != nil {
					return false, fmt.Errorf("write the copy: %w", err)
				}
				if _, err := out.Write(b); err != nil {
					return false, fmt.Errorf("write the copy: %w", err)
				}
			}
			return true, ctx.Err()
		})
	})
	if err != nil {
		return c, err
	}
	if err := out.Flush(); err != nil {
		return c, fmt.Errorf("write the copy: %w", err)
	}
	return c, nil
}

func copied(tx kv.Tx) (Copied, error) {
	var c Copied
	info, err := readInfo(tx)
	if err != nil {
		return c, err
	}
	if info == nil {
		return c, errors.New("no log was begun in it")
	}
	h, err := readHead(tx)
	if err != nil {
		return c, err
	}
	c.Origin, c.Entries = info.Origin, h.edge.Size()
	if c.Checkpoint, err = tx.Get([]byte(checkpointRow)); err != nil || c.Entries == 0 {
		return c, err
	}
	_, header, err := readLeaf(tx, c.Entries-1)
	if err != nil {
		return c, err
	}
	last, err := evidence.ParseHeader(header)
	c.Last = last.Time
	return c, err
}

// How much one transaction of Fill writes at most.
const (
	fillRows  = 20_000
	fillBytes = 16 << 20
)

// maxRow is the longest value that Fill believes: no row comes near it, and a damaged length must not take all memory.
const maxRow = 1 << 28

// Fill puts the rows of a copy into a database that is empty. What it then holds is for Verify to say.
func Fill(ctx context.Context, db kv.DB, r io.Reader) error {
	in := bufio.NewReaderSize(r, 1<<20)
	for more := true; more; {
		if err := db.Update(ctx, func(tx kv.Tx) (err error) {
			size := 0
			for n := 0; n < fillRows && size < fillBytes; n++ {
				var k, v []byte
				if k, err = field(in, kv.MaxKey); errors.Is(err, io.EOF) {
					more = false
					return nil
				}
				if err == nil {
					v, err = field(in, maxRow)
				}
				if errors.Is(err, io.EOF) {
					err = io.ErrUnexpectedEOF
				}
				if err != nil {
					return fmt.Errorf("read the copy: %w", err)
				}
				if err := tx.Put(k, v); err != nil {
					return err
				}
				size += len(k) + len(v)
			}
			return ctx.Err()
		}); err != nil {
			return fmt.Errorf("fill the store: %w", err)
		}
	}
	return nil
}

// field reads one length and so many bytes. io.EOF is the end before the length.
func field(in *bufio.Reader, most uint64) ([]byte, error) {
	n, err := binary.ReadUvarint(in)
	if err != nil {
		return nil, err
	}
	if n > most {
		return nil, fmt.Errorf("%w: a row is longer than rows are", kv.ErrDamaged)
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(in, b); err != nil {
		return nil, io.ErrUnexpectedEOF
	}
	return b, nil
}

// givenUp are the checkpoints that the log says were given up when a backup was restored: what they covered was lost, and somebody put their
// name to it. Only what stands in the log counts.
func givenUp(tx kv.Tx) ([][]byte, []flows.LogRestored, error) {
	var notes [][]byte
	var all []flows.LogRestored
	prefix := memoKey(flows.RestoredKey)
	err := tx.Scan(prefix, after(prefix), func(k, _ []byte) (bool, error) {
		seq, err := strconv.ParseInt(string(k[len(prefix):]), 10, 64)
		if err != nil {
			return false, fmt.Errorf("read when the log was restored: %w", errRow)
		}
		_, header, err := readLeaf(tx, seq)
		if err != nil {
			return false, err
		}
		h, err := evidence.ParseHeader(header)
		if err != nil {
			return false, err
		}
		row, err := readBody(tx, seq)
		if err != nil {
			return false, err
		}
		if row.body == nil || h.Kind != string(flows.LogRestored{}.Kind()) {
			return false, fmt.Errorf("read when the log was restored: entry %d does not say so", seq)
		}
		if err := evidence.CheckBody(h, row.salt, row.body); err != nil {
			return false, err
		}
		e, err := decodeEntry(h, row.body)
		if err != nil {
			return false, err
		}
		if b, ok := e.Body.(flows.LogRestored); ok {
			all = append(all, b)
			for _, n := range b.Lost {
				notes = append(notes, []byte(n))
			}
		}
		return true, nil
	})
	return notes, all, err
}

// without leaves out the notes that were given up.
func without(notes, lost [][]byte) [][]byte {
	var out [][]byte
	for _, n := range notes {
		gone := false
		for _, l := range lost {
			gone = gone || bytes.Equal(bytes.TrimSpace(n), bytes.TrimSpace(l))
		}
		if !gone {
			out = append(out, n)
		}
	}
	return out
}

// Lost says which of these checkpoints the store does not contain. A note that is none, or of another log, is an error.
func (s *Store) Lost(ctx context.Context, notes [][]byte) ([][]byte, error) {
	var out [][]byte
	_, keys := s.signer()
	err := s.view(ctx, "compare checkpoints", func(tx kv.Tx) error {
		for _, n := range notes {
			err := contains(tx, keys, []signedNote{{"it was sent away", n}})
			if _, rewritten := errors.AsType[*RewrittenError](err); rewritten {
				out = append(out, n)
				continue
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}
