package publish

import (
	"context"
	"fmt"
	"strings"

	"muster/flows"
	"muster/store/evidence"
)

// Places are where an organisation wants its checkpoints left. The zero value is nowhere.
type Places struct {
	AppendTo  string // a file
	PostTo    string // an address
	Witnesses []Witness
}

// Read are the checkpoints that were left where they can be read again. A witness whose key is no key is an error.
func (p Places) Read() ([][]byte, error) {
	for _, w := range p.Witnesses {
		if err := evidence.CheckWitnessKey(w.Key); err != nil {
			return nil, fmt.Errorf("read the witnesses: %w", err)
		}
	}
	if p.AppendTo == "" {
		return nil, nil
	}
	return File{Path: p.AppendTo}.Read()
}

// Sinks are the places by the name that people read. prove proves that the log of size entries continues that of old.
func (p Places) Sinks(prove func(ctx context.Context, size, old int64) ([]evidence.Hash, error)) map[string]flows.Sink {
	sinks := map[string]flows.Sink{}
	if p.AppendTo != "" {
		sinks["the archive file"] = File{Path: p.AppendTo}
	}
	if p.PostTo != "" {
		sinks["the archive address"] = Address{URL: p.PostTo}
	}
	for _, w := range p.Witnesses {
		w.Prove = prove
		name, _, _ := strings.Cut(w.Key, "+")
		sinks["the witness "+name] = w
	}
	return sinks
}
