// Package publish leaves the signed checkpoints of the log at places outside Muster: in a file, at an address, with a witness. It signs
// nothing and decides nothing; that a place knows another log than ours is for flows to tell people.
package publish

import (
	"errors"
	"net/http"
	"time"

	"muster/flows"
	"muster/flows/outbound"
)

const (
	timeout   = 30 * time.Second
	maxAnswer = 16 << 10
)

// client calls what is configured and nothing else. The place may be on a private network.
func client(at string, t http.RoundTripper) *http.Client {
	p := outbound.Purpose{Name: "a place for checkpoints", Allow: outbound.Same(at), Reach: outbound.Network, Proxy: true, Most: maxAnswer, Time: timeout}
	return p.Client(t)
}

// otherLog is the error of a place that knows another log than ours.
func otherLog(say string) error {
	return &flows.Error{Code: flows.Conflict, Say: say, Err: errors.New("publish: the place knows another log")}
}

// unreached is a place that did not take it; later it may.
func unreached(place string, err error) error {
	return &flows.Error{Code: flows.Unavailable, Say: place + " did not take the checkpoint.", Err: err}
}
