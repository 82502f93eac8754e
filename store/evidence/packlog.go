package evidence

import (
	"bytes"
	"fmt"
)

// headerLines is how many lines a header has.
const headerLines = 8

// log builds the tree of the whole log from the headers in the pack, where it has them, and counts what belongs to the pack's streams: its
// root is the checkpoint's only when no header is missing, and then nobody can have left an entry of the case out, not even the newest.
func (p *opened) log() error {
	text, ok := p.files[logFile]
	if !ok || p.contents.format == 1 {
		return nil
	}
	var edge Edge
	var hashes []Hash
	counts := make(map[string]int)
	for len(text) > 0 {
		place := fmt.Sprintf("entry %d of the log", edge.Size())
		header, rest := firstLines(text, headerLines)
		h, err := ParseHeader(header)
		if err != nil {
			return &Fault{File: logFile, Entry: place, Say: "the header cannot be read", Err: err}
		}
		if h.Seq != edge.Size() {
			return &Fault{File: logFile, Entry: place, Say: fmt.Sprintf("the header of entry %d stands there: one is missing, or they were reordered", h.Seq)}
		}
		if h.Stream != "" {
			counts[h.Stream]++
		}
		hashes = edge.Append(Leaf(header), hashes[:0])
		text = rest
	}
	if edge.Size() != p.report.Checkpoint.Size || edge.Root() != p.report.Checkpoint.Root {
		return &Fault{File: logFile, Say: fmt.Sprintf("it has the headers of %s, and they are not those that the checkpoint covers (%d)", number64(edge.Size()), p.report.Checkpoint.Size)}
	}
	for _, s := range p.contents.streams {
		if n := counts[s.name]; n != s.count {
			return &Fault{File: entriesFile, Say: fmt.Sprintf("the log has %s of %s, and the pack has %d: the others were left out", number(n, "entry", "entries"), s.name, s.count)}
		}
	}
	p.report.Whole = true
	return nil
}

// firstLines cuts b behind its first n lines. Without so many the first part is all of it.
func firstLines(b []byte, n int) (first, rest []byte) {
	at := 0
	for range n {
		i := bytes.IndexByte(b[at:], '\n')
		if i < 0 {
			return b, nil
		}
		at += i + 1
	}
	return b[:at], b[at:]
}
