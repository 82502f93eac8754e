package publish

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"muster/flows"
	"muster/store/evidence"
)

// Witness has checkpoints cosigned by a witness (c2sp.org/tlog-witness): it signs only what continues all that it has signed before, so a
// log that was put back or rewritten gets no signature. It learns the number of entries, and nothing that is in them.
type Witness struct {
	URL       string // without add-checkpoint
	Key       string // its public key, NAME+HASH+KEY
	Prove     func(ctx context.Context, size, old int64) ([]evidence.Hash, error)
	Transport http.RoundTripper // nil: the system's
}

// Leave implements flows.Sink. It returns the note with the witness's signature.
func (w Witness) Leave(ctx context.Context, h flows.Head, last flows.Published) (string, error) {
	old := last.Head.Size
	for range 2 {
		status, body, err := w.add(ctx, h, old)
		if err != nil {
			return "", err
		}
		switch status {
		case http.StatusOK:
			signed, err := evidence.Cosign([]byte(h.Note), body, w.Key)
			if err != nil {
				return "", unreached("The witness", err)
			}
			return string(signed), nil
		case http.StatusConflict:
			known, err := strconv.ParseInt(strings.TrimSpace(body), 10, 64)
			switch {
			case err != nil || known < 0:
				return "", unreached("The witness", errors.New("add checkpoint: it does not say what it knows"))
			case known > h.Size:
				return "", otherLog(fmt.Sprintf("It has signed a log of %d entries, and this one has %d.", known, h.Size))
			case known == old:
				return "", otherLog(fmt.Sprintf("It has signed another log of %d entries.", known))
			}
			old = known
		case http.StatusUnprocessableEntity:
			return "", otherLog(fmt.Sprintf("It has signed a log of %d entries that this one does not continue.", old))
		case http.StatusForbidden, http.StatusNotFound:
			return "", unreached("The witness", fmt.Errorf("add checkpoint: it does not know this log or its key (status %d)", status))
		default:
			return "", unreached("The witness", fmt.Errorf("add checkpoint: status %d", status))
		}
	}
	return "", unreached("The witness", errors.New("add checkpoint: it changes its mind about what it knows"))
}

// add is one request, with the proof that the log of h continues that of old entries.
func (w Witness) add(ctx context.Context, h flows.Head, old int64) (status int, body string, err error) {
	proof, err := w.Prove(ctx, h.Size, min(old, h.Size))
	if err != nil {
		return 0, "", fmt.Errorf("prove growth: %w", err)
	}
	text := fmt.Sprintf("old %d\n", min(old, h.Size))
	for _, p := range proof {
		text += p.String() + "\n"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(w.URL, "/")+"/add-checkpoint", strings.NewReader(text+"\n"+h.Note))
	if err != nil {
		return 0, "", errors.New("make the request to a witness")
	}
	resp, err := client(w.URL, w.Transport).Do(req)
	if err != nil {
		return 0, "", unreached("The witness", fmt.Errorf("add checkpoint: no answer (%T)", errors.Unwrap(err)))
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, "", unreached("The witness", errors.New("add checkpoint: the answer was cut short"))
	}
	return resp.StatusCode, string(b), nil
}
