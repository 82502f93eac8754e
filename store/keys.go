package store

import (
	"bytes"
	"encoding/binary"
	"math"
	"time"

	"muster/flows"
)

// Names of the files in a tenant's folder.
const (
	DatabaseFile   = "muster.db"
	KeyFile        = "signing.key"
	CheckpointFile = "checkpoint"

	nextKeyFile = "signing.key.next" // of a change of key that is not finished
)

// Rows of which there is one.
const (
	logRow        = "a/log"
	headRow       = "a/head"
	actorsRow     = "a/actors"
	checkpointRow = "a/checkpoint"
	keysRow       = "a/keys"
)

// maxName bounds what others name in keys: turns, memos, errands, index keys.
// With a prefix and a case it stays under kv.MaxKey.
const maxName = 700

// place is where an errand stands in the queue: its lane and due time.
type place [9]byte

func placeOf(e flows.Errand) place {
	var p place
	if !e.Urgent {
		p[0] = 1
	}
	binary.BigEndian.PutUint64(p[1:], nanos(e.Due))
	return p
}

// nanos is t in a form that sorts; what lies out of range is moved to its end.
func nanos(t time.Time) uint64 {
	switch {
	case t.Year() < 1970:
		return 0
	case t.Year() > 2261:
		return math.MaxInt64
	}
	return uint64(max(t.UnixNano(), 0))
}

func (p place) due() time.Time {
	return time.Unix(0, int64(binary.BigEndian.Uint64(p[1:]))).UTC()
}

func day(t time.Time) uint32 { return uint32(max(t.Unix(), 0) / (24 * 60 * 60)) }

func number(n int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }

func leafKey(seq int64) []byte { return binary.BigEndian.AppendUint64([]byte("l/"), uint64(seq)) }
func bodyKey(seq int64) []byte { return binary.BigEndian.AppendUint64([]byte("b/"), uint64(seq)) }

func caseKey(id flows.CaseID) []byte { return append([]byte("c/"), id...) }
func errandKey(key string) []byte    { return append([]byte("e/"), key...) }
func countKey(stream string) []byte  { return append([]byte("n/"), stream...) }
func memoKey(key string) []byte      { return append([]byte("p/"), key...) }
func rangeKey(prefix string) []byte  { return append([]byte("r/"), prefix...) }

func indexKey(key string, id flows.CaseID) []byte {
	return append(append(append([]byte("i/"), key...), 0), id...)
}

func queueKey(p place, key string) []byte {
	return append(append([]byte("q/"), p[:]...), key...)
}

func streamKey(stream string, position int64) []byte {
	b := append(append([]byte("s/"), stream...), 0)
	return binary.BigEndian.AppendUint64(b, uint64(position))
}

func turnKey(day uint32, turn string) []byte {
	return append(binary.BigEndian.AppendUint32([]byte("t/"), day), turn...)
}

// after is the first key behind all that begin with prefix, for the end of a
// scan; nil is the end of the map.
func after(prefix []byte) []byte {
	for i := len(prefix) - 1; i >= 0; i-- {
		if prefix[i] < 0xff {
			end := append([]byte(nil), prefix[:i+1]...)
			end[i]++
			return end
		}
	}
	return nil
}

// known reports whether a row is one of the drawing in doc.go.
func known(key, value []byte) bool {
	switch string(key) {
	case logRow, headRow, actorsRow, checkpointRow, keysRow:
		return true
	}
	if len(key) < 3 || key[1] != '/' {
		return false
	}
	name := key[2:]
	switch key[0] {
	case 'b', 'l':
		return len(name) == 8 && len(value) > 0
	case 'c', 'e':
		return len(value) > 8
	case 'i':
		return len(value) == 0 && bytes.IndexByte(name, 0) > 0
	case 'n', 'r':
		return len(value) == 8
	case 'p':
		return true
	case 'q':
		return len(name) > 9 && name[0] <= 1 && len(value) == 8
	case 's':
		return len(name) > 9 && name[len(name)-9] == 0 && len(value) == 8
	case 't':
		return len(name) > 4 && len(value) == 0
	}
	return false
}

// numberOf reads what number wrote.
func numberOf(b []byte) (int64, error) {
	if len(b) != 8 {
		return 0, errRow
	}
	return int64(binary.BigEndian.Uint64(b)), nil
}
