package store

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"muster/flows"
	"muster/store/evidence"
	"muster/store/kv"
)

// errRow says that a row has not the form that Muster writes.
var errRow = fmt.Errorf("%w: it does not have the form of such a row", kv.ErrDamaged)

// logInfo is the row a/log.
type logInfo struct {
	Origin string    `json:"origin"`
	Key    string    `json:"key"` // public
	Since  time.Time `json:"since"`
}

// head is the row a/head and what is kept of it in memory.
type head struct {
	edge evidence.Edge
	gen  int64 // of the errand written last
}

const headSize = 8 + 32 + 8

func (h *head) row() []byte {
	root := h.edge.Root()
	b := append(number(h.edge.Size()), root[:]...)
	return append(b, number(h.gen)...)
}

// readHead reads the head row and the edge of the tree. The root that the edge
// makes must be the one that was stored with it.
func readHead(tx kv.Tx) (head, error) {
	b, err := tx.Get([]byte(headRow))
	if err != nil {
		return head{}, fmt.Errorf("read the head of the log: %w", err)
	}
	if len(b) != headSize {
		return head{}, fmt.Errorf("read the head of the log: %w", errRow)
	}
	edge, err := evidence.LoadEdge(int64(binary.BigEndian.Uint64(b)), nodes(tx))
	if err != nil {
		return head{}, err
	}
	if root := edge.Root(); string(root[:]) != string(b[8:40]) {
		return head{}, fmt.Errorf("read the head of the log: %w: the tree of %d entries does not have the root that was stored with it", kv.ErrDamaged, edge.Size())
	}
	return head{edge: edge, gen: int64(binary.BigEndian.Uint64(b[40:]))}, nil
}

// nodes reads hashes of the tree from the leaf rows.
func nodes(tx kv.Tx) evidence.Nodes {
	return func(level int, n int64) (evidence.Hash, error) {
		seq, index := evidence.LeafOf(level, n)
		hashes, _, err := readLeaf(tx, seq)
		if err != nil {
			return evidence.Hash{}, err
		}
		return evidence.Hash(hashes[index*32:]), nil
	}
}

// readLeaf returns the hashes and the header of an entry as they are stored.
func readLeaf(tx kv.Tx, seq int64) (hashes, header []byte, err error) {
	b, err := tx.Get(leafKey(seq))
	if err != nil {
		return nil, nil, fmt.Errorf("read entry %d: %w", seq, err)
	}
	hashes, header, err = splitLeaf(seq, b)
	if err != nil {
		return nil, nil, fmt.Errorf("read entry %d: %w", seq, err)
	}
	return hashes, header, nil
}

func splitLeaf(seq int64, b []byte) (hashes, header []byte, err error) {
	n := 32 * evidence.HashesOf(seq)
	switch {
	case b == nil:
		return nil, nil, fmt.Errorf("%w: it is missing", kv.ErrDamaged)
	case len(b) <= n:
		return nil, nil, errRow
	}
	return b[:n], b[n:], nil
}

// bodyRow is a row b/SEQ.
type bodyRow struct {
	salt, body []byte
	erasedBy   int64 // when body is nil: the entry that says why
}

func splitBody(b []byte) (bodyRow, error) {
	switch {
	case b == nil:
		return bodyRow{}, fmt.Errorf("%w: it is missing", kv.ErrDamaged)
	case len(b) == 9 && b[0] == 0:
		return bodyRow{erasedBy: int64(binary.BigEndian.Uint64(b[1:]))}, nil
	case len(b) > 1+evidence.SaltSize && b[0] == 1:
		return bodyRow{salt: b[1 : 1+evidence.SaltSize], body: b[1+evidence.SaltSize:]}, nil
	}
	return bodyRow{}, errRow
}

func readBody(tx kv.Tx, seq int64) (bodyRow, error) {
	b, err := tx.Get(bodyKey(seq))
	if err == nil {
		var row bodyRow
		if row, err = splitBody(b); err == nil {
			return row, nil
		}
	}
	return bodyRow{}, fmt.Errorf("read the body of entry %d: %w", seq, err)
}

// bodyJSON is what a body row holds as JSON, and what a header commits to. Who
// did it stands here: the header has an opaque reference only.
type bodyJSON struct {
	By   flows.AccountID `json:"by,omitempty"`
	Body json.RawMessage `json:"body"`
}

// encodeBody is bodyJSON written in one go.
func encodeBody(e flows.Entry) ([]byte, error) {
	if e.Body == nil {
		return nil, errors.New("an entry has no body")
	}
	return json.Marshal(struct {
		By   flows.AccountID `json:"by,omitempty"`
		Body flows.Body      `json:"body"`
	}{e.By, e.Body})
}

// decodeEntry makes an entry of a header and the JSON of its body.
func decodeEntry(h evidence.Header, b []byte) (flows.Entry, error) {
	j, ok := splitJSON(b)
	if !ok {
		if err := json.Unmarshal(b, &j); err != nil {
			return flows.Entry{}, err
		}
	}
	body, err := flows.DecodeBody(flows.Kind(h.Kind), j.Body)
	if err != nil {
		return flows.Entry{}, err
	}
	return flows.Entry{Case: flows.CaseID(h.Stream), At: h.Time, By: j.By, Body: body}, nil
}

// splitJSON takes apart what encodeBody wrote without reading the inner body,
// which may be a whole card and is read next. It leaves to the decoder whatever
// has another form.
func splitJSON(b []byte) (bodyJSON, bool) {
	var j bodyJSON
	rest, ok := bytes.CutSuffix(b, []byte("}"))
	if named, is := bytes.CutPrefix(rest, []byte(`{"by":"`)); is {
		by, after, found := bytes.Cut(named, []byte(`","body":`))
		if !found || bytes.ContainsAny(by, `\"`) {
			return j, false
		}
		j.By, rest = flows.AccountID(by), after
	} else if rest, is = bytes.CutPrefix(rest, []byte(`{"body":`)); !is {
		return j, false
	}
	j.Body = rest
	return j, ok
}

// caseRow is a case as it is stored: the version in front, so that the writer
// need not decode what it only compares.
func caseRow(c flows.Case) ([]byte, error) {
	b, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	return append(number(int64(c.Version)), b...), nil
}

func versionOf(row []byte) int {
	if len(row) < 8 {
		return 0
	}
	return int(binary.BigEndian.Uint64(row))
}

func decodeCase(row []byte) (flows.Case, error) {
	if len(row) < 8 {
		return flows.Case{}, errRow
	}
	var c flows.Case
	if err := json.Unmarshal(row[8:], &c); err != nil {
		return flows.Case{}, err
	}
	return c, nil
}

// Where the parts of an errand's row begin: generation, place, length of the
// JSON, the JSON of all but the body, and the body.
const (
	errandPlace  = 8
	errandLength = errandPlace + 9
	errandJSON   = errandLength + 4
)

// errandRow is an errand as it is stored, but for its generation, which only
// the writer knows. The body stands beside the JSON: in it, it would be read
// and written letter by letter once more.
func errandRow(e flows.Errand) (place, []byte, error) {
	p, body := placeOf(e), e.Body
	if len(body) > 0 && !json.Valid(body) {
		return p, nil, errors.New("its body is not JSON")
	}
	e.Gen, e.Due, e.Body = 0, e.Due.UTC(), nil
	b, err := json.Marshal(e)
	if err != nil {
		return p, nil, err
	}
	row := append(make([]byte, errandPlace, errandJSON+len(b)+len(body)), p[:]...)
	row = binary.BigEndian.AppendUint32(row, uint32(len(b)))
	return p, append(append(row, b...), body...), nil
}

// splitErrand returns the generation and place of an errand row.
func splitErrand(row []byte) (gen int64, p place, err error) {
	if len(row) <= errandJSON {
		return 0, p, errRow
	}
	return int64(binary.BigEndian.Uint64(row)), place(row[errandPlace:errandLength]), nil
}

func decodeErrand(row []byte) (flows.Errand, error) {
	gen, _, err := splitErrand(row)
	if err != nil {
		return flows.Errand{}, err
	}
	n := binary.BigEndian.Uint32(row[errandLength:])
	rest := row[errandJSON:]
	if uint64(n) > uint64(len(rest)) {
		return flows.Errand{}, errRow
	}
	var e flows.Errand
	if err := json.Unmarshal(rest[:n], &e); err != nil {
		return flows.Errand{}, err
	}
	e.Gen = gen
	if e.Body != nil {
		return flows.Errand{}, errRow
	}
	if body := rest[n:]; len(body) > 0 {
		e.Body = body
	}
	return e, nil
}
