// Package auditor checks evidence packs a second time, for tests. It is written
// from the description of the format alone and shares nothing with package
// evidence, not even the library of the tree: what one of the two overlooks, the
// other is there to find. It says only whether a pack holds and keeps no report.
package auditor

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Check checks a pack of format 2 against the log's public key and against
// checkpoints of the log that were known before.
func Check(pack []byte, key string, known ...[]byte) error {
	files, stamp, err := unzip(pack)
	if err != nil {
		return fmt.Errorf("zip: %w", err)
	}
	at := make(map[string][]byte)
	for _, f := range files {
		at[f.name] = f.data
	}
	v, err := readRing(string(at["key.pub"]), key)
	if err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	list, place, err := v.open(at["contents"])
	if err == nil && place != len(v.keys)-1 {
		err = errors.New("signed with a key that had ended")
	}
	if err == nil && !bytes.Equal(v.once(at["contents"], list), at["contents"]) {
		err = errors.New("signed in another form")
	}
	if err != nil {
		return fmt.Errorf("contents: %w", err)
	}
	streams, made, err := readContents(list, files)
	if err != nil {
		return fmt.Errorf("contents: %w", err)
	}
	if !stamp.Equal(made.Truncate(2 * time.Second)) { // a zip has steps of two seconds
		return errors.New("the zip was not made when its contents say")
	}
	now, err := v.tree(at["checkpoint"])
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	named, err := checkEntries(at["entries.jsonl"], at["proofs.jsonl"], streams, now)
	if err != nil {
		return fmt.Errorf("entries: %w", err)
	}
	if headers, ok := at["log"]; ok {
		if err := checkLog(headers, streams, now); err != nil {
			return fmt.Errorf("log: %w", err)
		}
	}
	if err := v.checkHistory(at["earlier.jsonl"], now, known); err != nil {
		return fmt.Errorf("history: %w", err)
	}
	for _, f := range files {
		hash, ok := strings.CutPrefix(f.name, "policy/")
		if !ok {
			continue
		}
		hash, ok = strings.CutSuffix(hash, ".yaml")
		sum := sha256.Sum256(f.data)
		if !ok || hash != hex.EncodeToString(sum[:]) || !strings.Contains(named, `"policy":"`+hash+`"`) {
			return fmt.Errorf("%s is not a policy that an entry names", f.name)
		}
	}
	return nil
}

// readContents checks the files against the signed list and returns how many
// entries each stream has, and when the pack was made.
func readContents(list string, files []file) (map[string]int, time.Time, error) {
	bad := errors.New("not the form of a list")
	lines := strings.Split(list, "\n")
	if len(lines) < 4 || lines[0] != "muster pack 2" || lines[len(lines)-1] != "" {
		return nil, time.Time{}, bad
	}
	made, err := time.Parse("at 2006-01-02T15:04:05Z", lines[1])
	if err != nil {
		return nil, made, bad
	}
	streams := make(map[string]int)
	var names []string
	for _, l := range lines[2 : len(lines)-1] {
		f := strings.Split(l, " ")
		switch {
		case len(f) == 3 && f[0] == "stream" && len(names) == 0:
			n, err := strconv.Atoi(f[2])
			if _, twice := streams[f[1]]; err != nil || twice || f[2] != strconv.Itoa(n) {
				return nil, made, bad
			}
			streams[f[1]] = n
		case len(f) == 3 && f[0] == "file":
			i := len(names)
			if i >= len(files) || files[i].name != f[2] {
				return nil, made, fmt.Errorf("%s is not where it was listed", f[2])
			}
			if sum := sha256.Sum256(files[i].data); f[1] != hex.EncodeToString(sum[:]) {
				return nil, made, fmt.Errorf("%s is not the file that was signed", f[2])
			}
			names = append(names, f[2])
		default:
			return nil, made, bad
		}
	}
	for _, needed := range []string{"README.txt", "entries.jsonl", "proofs.jsonl", "checkpoint", "earlier.jsonl", "key.pub"} {
		if !strings.Contains("\n"+strings.Join(names, "\n")+"\n", "\n"+needed+"\n") {
			return nil, made, fmt.Errorf("%s is missing", needed)
		}
	}
	if len(files) != len(names)+1 || files[len(names)].name != "contents" || len(streams) == 0 {
		return nil, made, errors.New("there are other files than those listed")
	}
	return streams, made, nil
}

// tree is the state of a log.
type tree struct {
	size int64
	root [32]byte
}

// checkHistory checks that the log begins with what the earlier checkpoints
// cover, and that those known before are among them.
func (v ring) checkHistory(lines []byte, now tree, known [][]byte) error {
	roots := map[int64][32]byte{now.size: now.root, 0: sha256.Sum256(nil)}
	for len(lines) > 0 {
		line, rest, ok := bytes.Cut(lines, []byte("\n"))
		var e struct {
			Checkpoint string
			Growth     [][]byte
		}
		if !ok || json.Unmarshal(line, &e) != nil {
			return errors.New("a line cannot be read")
		}
		old, err := v.tree([]byte(e.Checkpoint))
		if err != nil {
			return err
		}
		if !grew(old, now, e.Growth) {
			return fmt.Errorf("the log does not begin with the %d entries that were signed", old.size)
		}
		roots[old.size], lines = old.root, rest
	}
	for _, note := range known {
		k, err := v.tree(note)
		if err != nil {
			return err
		}
		if root, ok := roots[k.size]; !ok || root != k.root {
			return fmt.Errorf("the known checkpoint of %d entries is not of this log", k.size)
		}
	}
	return nil
}
