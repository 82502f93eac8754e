// Package publish leaves the signed checkpoints of the log at places outside Muster: in a file, at an address, with a witness. It signs
// nothing and decides nothing; that a place knows another log than ours is for flows to tell people.
package publish

import (
	"errors"
	"net/http"
	"time"

	"muster/flows"
)

const (
	timeout   = 30 * time.Second
	maxAnswer = 16 << 10
)

// client follows no redirect: what is configured is what is called.
func client(t http.RoundTripper) *http.Client {
	return &http.Client{Timeout: timeout, Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// otherLog is the error of a place that knows another log than ours.
func otherLog(say string) error {
	return &flows.Error{Code: flows.Conflict, Say: say, Err: errors.New("publish: the place knows another log")}
}

// unreached is a place that did not take it; later it may.
func unreached(place string, err error) error {
	return &flows.Error{Code: flows.Unavailable, Say: place + " did not take the checkpoint.", Err: err}
}
