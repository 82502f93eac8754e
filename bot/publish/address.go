package publish

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"muster/flows"
)

// Address posts checkpoints to one HTTPS address: the signed note is the body. Any 2xx says that it was taken, 409 that another log is
// known there.
type Address struct {
	URL       string
	Transport http.RoundTripper // nil: the system's
}

// Leave implements flows.Sink.
func (a Address) Leave(ctx context.Context, h flows.Head, _ flows.Published) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.URL, strings.NewReader(h.Note))
	if err != nil {
		return "", errors.New("make the request of a checkpoint") // its own error would quote the address
	}
	req.Header.Set("Content-Type", "text/plain; charset=utf-8")
	resp, err := client(a.URL, a.Transport).Do(req)
	if err != nil {
		return "", unreached("The address", fmt.Errorf("post checkpoint: no answer (%T)", errors.Unwrap(err)))
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return "", unreached("The address", errors.New("post checkpoint: the answer was cut short"))
	}
	switch {
	case resp.StatusCode/100 == 2:
		return "", nil
	case resp.StatusCode == http.StatusConflict:
		return "", otherLog("It says that it knows another log.")
	}
	return "", unreached("The address", fmt.Errorf("post checkpoint: status %d", resp.StatusCode))
}
