package evidence

import (
	"fmt"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"
)

// A Hash is a leaf or node of the tree. It prints and marshals as base64.
type Hash = tlog.Hash

// maxLevel is one more than the highest level a complete subtree can have.
const maxLevel = 63

// Leaf is the hash of the leaf for a header's canonical bytes.
func Leaf(header []byte) Hash { return tlog.RecordHash(header) }

// Nodes reads the hash of the complete subtree that is the n-th of its level:
// level 0 are the leaves. Whoever appends keeps what Edge.Append returns for
// leaf i under i; the hash of (level, n) is then the one at index level of leaf
// (n+1)<<level - 1.
type Nodes func(level int, n int64) (Hash, error)

// LeafOf says where the hash of a complete subtree is kept.
func LeafOf(level int, n int64) (leaf int64, index int) {
	return (n+1)<<level - 1, level
}

// HashesOf is the number of hashes kept with leaf i.
func HashesOf(i int64) int { return bits.TrailingZeros64(^uint64(i)) + 1 }

// ReadHashes makes Nodes a tlog.HashReader.
func (f Nodes) ReadHashes(indexes []int64) ([]Hash, error) {
	out := make([]Hash, len(indexes))
	for i, x := range indexes {
		level, n := tlog.SplitStoredHashIndex(x)
		h, err := f(level, n)
		if err != nil {
			return nil, err
		}
		out[i] = h
	}
	return out, nil
}

// An Edge is the right edge of a tree: the roots of the complete subtrees that
// it is made of. It is all that is needed to append and to know the root, so a
// log that keeps it in memory reads nothing when it grows. It is a value: a
// copy is a tree of its own, and equal trees are equal. The zero Edge is the
// empty tree.
type Edge struct {
	size  int64
	nodes [maxLevel]Hash // nodes[l] is valid when bit l of size is set
}

// LoadEdge reads the edge of the tree of the given size.
func LoadEdge(size int64, nodes Nodes) (Edge, error) {
	e := Edge{size: size}
	for l := range maxLevel {
		if size>>l&1 == 0 {
			continue
		}
		h, err := nodes(l, size>>l-1)
		if err != nil {
			return Edge{}, fmt.Errorf("read the edge of the tree of size %d: %w", size, err)
		}
		e.nodes[l] = h
	}
	return e, nil
}

// Size is the number of leaves.
func (e *Edge) Size() int64 { return e.size }

// Append adds a leaf and appends to dst the hashes to keep with it: its own and
// those of the subtrees it completes, from the bottom.
func (e *Edge) Append(leaf Hash, dst []Hash) []Hash {
	h := leaf
	dst = append(dst, h)
	l := 0
	for ; e.size>>l&1 == 1; l++ {
		h, e.nodes[l] = tlog.NodeHash(e.nodes[l], h), Hash{}
		dst = append(dst, h)
	}
	e.nodes[l] = h
	e.size++
	return dst
}

// Root is the root of the tree. That of the empty tree is the hash of nothing,
// as RFC 6962 has it.
func (e *Edge) Root() Hash {
	if e.size == 0 {
		return emptyRoot()
	}
	var root Hash
	first := true
	for l := range maxLevel {
		switch {
		case e.size>>l&1 == 0:
		case first:
			root, first = e.nodes[l], false
		default:
			root = tlog.NodeHash(e.nodes[l], root)
		}
	}
	return root
}

// RootAt is the root that the tree had when it had size leaves.
func RootAt(size int64, nodes Nodes) (Hash, error) {
	e, err := LoadEdge(size, nodes)
	if err != nil {
		return Hash{}, err
	}
	return e.Root(), nil
}

// ProveEntry proves that the tree of size leaves has its leaf at seq.
func ProveEntry(size, seq int64, nodes Nodes) ([]Hash, error) {
	if seq < 0 || seq >= size {
		return nil, fmt.Errorf("prove entry %d: the log has %d", seq, size)
	}
	p, err := tlog.ProveRecord(size, seq, nodes)
	if err != nil {
		return nil, fmt.Errorf("prove entry %d of %d: %w", seq, size, err)
	}
	return p, nil
}

// CheckEntry checks a proof of ProveEntry.
func CheckEntry(proof []Hash, c Checkpoint, seq int64, leaf Hash) error {
	if seq < 0 || seq >= c.Size {
		return fmt.Errorf("check entry %d: the checkpoint covers %d", seq, c.Size)
	}
	if err := tlog.CheckRecord(proof, c.Size, c.Root, seq, leaf); err != nil {
		return fmt.Errorf("check entry %d against the checkpoint of %d: %w", seq, c.Size, err)
	}
	return nil
}

// ProveGrowth proves that the tree of size leaves begins with all of the tree
// of old leaves.
func ProveGrowth(size, old int64, nodes Nodes) ([]Hash, error) {
	if old < 0 || old > size {
		return nil, fmt.Errorf("prove growth from %d to %d: a log does not shrink", old, size)
	}
	if old == 0 || old == size {
		return nil, nil
	}
	p, err := tlog.ProveTree(size, old, nodes)
	if err != nil {
		return nil, fmt.Errorf("prove growth from %d to %d: %w", old, size, err)
	}
	return p, nil
}

// CheckGrowth checks a proof of ProveGrowth between two checkpoints of one log.
func CheckGrowth(proof []Hash, now, old Checkpoint) error {
	switch {
	case now.Origin != old.Origin:
		return fmt.Errorf("compare checkpoints: they are of two logs, %s and %s", old.Origin, now.Origin)
	case old.Size > now.Size:
		return fmt.Errorf("compare checkpoints: the log had %d entries and now has %d", old.Size, now.Size)
	case old.Size == now.Size && old.Root != now.Root:
		return fmt.Errorf("compare checkpoints: two different logs of %d entries", now.Size)
	case old.Size == 0 && old.Root != emptyRoot():
		return fmt.Errorf("compare checkpoints: the root of the empty log is wrong")
	case old.Size == 0 || old.Size == now.Size:
		return nil
	}
	if err := tlog.CheckTree(proof, now.Size, now.Root, old.Size, old.Root); err != nil {
		return fmt.Errorf("check growth from %d to %d: %w", old.Size, now.Size, err)
	}
	return nil
}

func emptyRoot() Hash {
	h, _ := tlog.TreeHash(0, tlog.HashReaderFunc(nil)) // of the empty tree it reads nothing and cannot fail
	return h
}
