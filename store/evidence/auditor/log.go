package auditor

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
)

// checkLog builds the tree of all headers as RFC 9162, 2.1.1 defines it, and looks that the streams of the pack have as many of them as the
// pack has entries.
func checkLog(headers []byte, streams map[string]int, now tree) error {
	count := make(map[string]int)
	var leaves [][]byte
	lines := strings.SplitAfter(string(headers), "\n")
	if lines[len(lines)-1] != "" || len(lines)%8 != 1 {
		return errors.New("a header is cut short")
	}
	for i := 0; i+8 < len(lines); i += 8 {
		if lines[i] != "muster entry 1\n" || lines[i+1] != fmt.Sprintf("%d\n", i/8) {
			return fmt.Errorf("header %d is out of place", i/8)
		}
		count[strings.TrimSuffix(lines[i+2], "\n")]++
		sum := sha256.Sum256([]byte("\x00" + strings.Join(lines[i:i+8], "")))
		leaves = append(leaves, sum[:])
	}
	if root := treeHash(leaves); int64(len(leaves)) != now.size || string(root) != string(now.root[:]) {
		return errors.New("the headers are not those of the checkpoint")
	}
	for s, n := range streams {
		if count[s] != n {
			return fmt.Errorf("of %d entries of %s the pack has %d", count[s], s, n)
		}
	}
	return nil
}

// treeHash is the hash of a tree by its definition: the largest power of two goes left.
func treeHash(leaves [][]byte) []byte {
	switch len(leaves) {
	case 0:
		sum := sha256.Sum256(nil)
		return sum[:]
	case 1:
		return leaves[0]
	}
	left := 1
	for 2*left < len(leaves) {
		left *= 2
	}
	return node(treeHash(leaves[:left]), treeHash(leaves[left:]))
}
