package store

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"

	"muster/flows"
	"muster/store/evidence"
	"muster/store/kv"
)

// PackOptions are what an evidence pack may hold beside the proof.
type PackOptions struct {
	// Draw makes the files for people from what the pack tells; nil: there are none.
	Draw func(flows.Dossier) ([]flows.PackFile, error)
	// Since are signed checkpoints that somebody holds: the pack proves that the log goes on from each.
	Since [][]byte
	// Whole adds the header of every entry of the log, which proves that no entry of the case is left out. The headers have no names and no
	// texts, but the references of all cases, and when something was written about each.
	Whole bool
}

// Export writes the evidence pack of one case, or of a draft, without files for people.
func (s *Store) Export(ctx context.Context, w io.Writer, stream flows.CaseID) error {
	return s.Pack(ctx, w, stream, PackOptions{})
}

// Pack writes the evidence pack of one case with the draft that led to it, or of a
// draft, as a zip that evidence.VerifyPack checks offline. It signs a checkpoint
// of the log as it stands, which all entries of the pack are proven against.
func (s *Store) Pack(ctx context.Context, w io.Writer, stream flows.CaseID, o PackOptions) error {
	earlier, err := s.givenAway(ctx)
	if err != nil {
		return fmt.Errorf("pack %s: %w", stream, err)
	}
	signed, err := s.Checkpoint(ctx)
	if err != nil {
		return fmt.Errorf("pack %s: %w", stream, err)
	}
	key, keys := s.signer()
	k := packing{s: s, keys: keys, now: signed, dossier: flows.Dossier{Stream: stream, Log: key.Origin(), Key: key.Public(), At: s.now().UTC()}}
	if k.checkpoint, err = evidence.OpenCheckpoint(signed, keys); err != nil {
		return fmt.Errorf("pack %s: %w", stream, err)
	}
	if err := s.view(ctx, "pack "+string(stream), func(tx kv.Tx) error {
		k.tx = tx
		if err := k.read(append(earlier, o.Since...)); err != nil || !o.Whole {
			return err
		}
		return k.log(ctx)
	}); err != nil {
		return err
	}
	if len(k.pack.Entries) == 0 {
		return unknownCase(stream)
	}
	if o.Draw != nil {
		files, err := o.Draw(k.dossier)
		if err != nil {
			return fmt.Errorf("pack %s: %w", stream, err)
		}
		for _, f := range files {
			k.pack.Files = append(k.pack.Files, evidence.PackFile(f))
		}
	}
	return evidence.WritePack(w, k.pack, key)
}

// givenAway are the checkpoints that somebody outside may hold, in no order.
func (s *Store) givenAway(ctx context.Context) (signed [][]byte, err error) {
	err = s.view(ctx, "read the last checkpoint", func(tx kv.Tx) error {
		row, err := tx.Get([]byte(checkpointRow))
		if row != nil {
			signed = append(signed, row)
		}
		if err != nil {
			return err
		}
		sent, err := published(tx)
		for _, p := range sent {
			if p.Head.Note != "" {
				signed = append(signed, []byte(p.Head.Note))
			}
		}
		return err
	})
	return signed, err
}

// packing gathers a pack from one moment of the store.
type packing struct {
	s          *Store
	tx         kv.Tx
	keys       string // of the log
	now        []byte // the signed checkpoint
	checkpoint evidence.Checkpoint
	pack       evidence.Pack
	dossier    flows.Dossier
	found      []found
	named      []string // policies
}

// found is an entry for the verifier and for the reader.
type found struct {
	entry  evidence.PackEntry
	record flows.Record
}

func (k *packing) read(earlier [][]byte) error {
	k.pack = evidence.Pack{Streams: []string{string(k.dossier.Stream)}, Checkpoint: k.now, At: k.dossier.At, Keys: k.keys}
	k.dossier.Covered = k.checkpoint.Size
	row, err := k.tx.Get(caseKey(k.dossier.Stream))
	if err != nil {
		return err
	}
	if row != nil {
		c, err := decodeCase(row)
		if err != nil {
			return err
		}
		if c.Draft != "" && c.Draft != string(c.ID) {
			k.pack.Streams = append(k.pack.Streams, c.Draft)
		}
	}
	for _, name := range k.pack.Streams {
		if err := k.stream(name); err != nil {
			return err
		}
	}
	slices.SortFunc(k.found, func(a, b found) int { return cmp.Compare(a.record.Seq, b.record.Seq) })
	for _, f := range k.found {
		k.pack.Entries, k.dossier.Records = append(k.pack.Entries, f.entry), append(k.dossier.Records, f.record)
	}
	if err := k.since(earlier); err != nil {
		return err
	}
	return k.policies()
}

// stream adds the entries of one stream, those of the case folded to how it stood.
func (k *packing) stream(name string) error {
	erased := false
	return scanStream(k.tx, name, func(seq int64, _, header []byte, body bodyRow) error {
		if seq >= k.checkpoint.Size {
			return nil // written since
		}
		h, err := evidence.ParseHeader(header)
		if err != nil {
			return err
		}
		proof, err := evidence.ProveEntry(k.checkpoint.Size, seq, nodes(k.tx))
		if err != nil {
			return err
		}
		r := flows.Record{Seq: seq, Kind: flows.Kind(h.Kind), Erased: body.body == nil, Entry: flows.Entry{Case: flows.CaseID(name), At: h.Time}}
		if !r.Erased {
			if r.Entry, err = decodeEntry(h, body.body); err != nil {
				return fmt.Errorf("entry %d: %w", seq, err)
			}
			for _, hash := range evidence.PoliciesNamed(body.body) {
				if !slices.Contains(k.named, hash) {
					k.named = append(k.named, hash)
				}
			}
		}
		k.found = append(k.found, found{evidence.PackEntry{Header: header, Salt: body.salt, Body: body.body, Proof: proof}, r})
		if name != string(k.dossier.Stream) {
			return nil
		}
		if erased = erased || r.Erased; erased {
			k.dossier.Case = flows.Case{}
			return nil
		}
		k.dossier.Case, err = k.dossier.Case.Apply(r.Entry)
		return err
	})
}

// since adds earlier checkpoints with the proof that the log only grew since, the smallest first.
func (k *packing) since(earlier [][]byte) error {
	sizes := map[int64]bool{0: true, k.checkpoint.Size: true}
	type one struct {
		size int64
		evidence.EarlierCheckpoint
	}
	var all []one
	for _, signed := range earlier {
		c, err := evidence.OpenCheckpoint(signed, k.keys)
		if err != nil {
			return err
		}
		if err := contains(k.tx, k.keys, []signedNote{{"given away", signed}}); err != nil {
			return err
		}
		if sizes[c.Size] {
			continue
		}
		sizes[c.Size] = true
		growth, err := evidence.ProveGrowth(k.checkpoint.Size, c.Size, nodes(k.tx))
		if err != nil {
			return err
		}
		all = append(all, one{c.Size, evidence.EarlierCheckpoint{Signed: signed, Growth: growth}})
	}
	slices.SortFunc(all, func(a, b one) int { return cmp.Compare(a.size, b.size) })
	for _, c := range all {
		k.pack.Earlier = append(k.pack.Earlier, c.EarlierCheckpoint)
		k.dossier.Earlier = c.size
	}
	return nil
}

// log adds the headers of all entries.
func (k *packing) log(ctx context.Context) error {
	k.pack.Log = []byte{}
	for seq := range k.checkpoint.Size {
		if err := ctx.Err(); err != nil {
			return err
		}
		_, header, err := readLeaf(k.tx, seq)
		if err != nil {
			return err
		}
		k.pack.Log = append(k.pack.Log, header...)
	}
	return nil
}

// policies adds those that entries name, as far as they were kept.
func (k *packing) policies() error {
	for _, hash := range k.named {
		text, err := k.tx.Get(memoKey(flows.PolicyKey + hash))
		if err != nil {
			return err
		}
		if text != nil {
			k.pack.Policies = append(k.pack.Policies, text)
		}
		k.dossier.Policies = append(k.dossier.Policies, flows.KeptPolicy{Hash: hash, Text: text})
	}
	return nil
}
