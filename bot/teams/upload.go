package teams

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// OneDrive wants pieces in multiples of 320 KiB, and advises 5 to 10 MiB.
const (
	uploadPiece = 16 * 320 << 10
	uploadTime  = time.Minute // one piece
	uploadTries = 5           // in a row that bring nothing on
	uploadPause = 20 * time.Second
)

// Upload puts a file where a person allowed it. Like the address of a file that was sent, this one opens it for whoever has it: it gets no
// token of ours, follows no redirect, is in no error, and must be Microsoft's or of a host that the config names.
//
// Pieces whose answer was lost are asked after before they are sent again. An error that is NotFound means that the time for the upload has
// ended; one that is Ambiguous that all of it was sent, and Teams did not say whether it is there; Status 507 that there is no room.
func (c *Connector) Upload(ctx context.Context, address string, content []byte) error {
	const op = "upload file"
	u, err := c.hosts.file(address)
	if err != nil {
		c.log.ErrorContext(ctx, "file not uploaded: its host is not allowed", slog.Any("error", err))
		return fmt.Errorf("%s: %w", op, err)
	}
	if len(content) == 0 {
		return fmt.Errorf("%s: it is empty", op)
	}
	up := upload{c: c, op: op, address: u.String(), content: content}
	for failed := 0; ; {
		done, err := up.piece(ctx)
		if err == nil && done {
			return nil
		}
		if err == nil {
			failed = 0
			continue
		}
		if failed++; !err.Temporary || failed >= uploadTries || ctx.Err() != nil {
			return up.doubt(err)
		}
		wait := err.RetryAfter
		if wait == 0 {
			wait = c.backoff(failed)
		}
		if wait > uploadPause || pause(ctx, wait) != nil {
			return up.doubt(err)
		}
		if err := up.ask(ctx); err != nil {
			if !err.Temporary {
				return up.doubt(err)
			}
		}
	}
}

// upload is one file on its way.
type upload struct {
	c       *Connector
	op      string
	address string
	content []byte
	next    int  // what Teams does not have yet begins here
	whole   bool // the last piece was sent without an answer: it may be there
}

// doubt is the error of an upload that ended early. When the last piece was sent without an answer and its place is gone, the file most
// likely is complete: a place goes when it is. While OneDrive does not answer at all, nothing is known, and a second try is the better one.
func (u *upload) doubt(err *Error) error {
	if u.whole && err.NotFound {
		return &Error{Op: u.op, Status: err.Status, Ambiguous: true, err: err.err}
	}
	return err
}

// piece sends the next piece. done says that Teams has the whole file.
func (u *upload) piece(ctx context.Context) (done bool, err *Error) {
	end := min(u.next+uploadPiece, len(u.content))
	head := http.Header{"Content-Range": {fmt.Sprintf("bytes %d-%d/%d", u.next, end-1, len(u.content))}}
	status, body, err := u.call(ctx, http.MethodPut, head, u.content[u.next:end])
	u.whole = u.whole || end == len(u.content) && err != nil && err.Temporary
	switch {
	case err != nil && err.Status == http.StatusRequestedRangeNotSatisfiable: // it has this piece, or another than we think
		err.Temporary = true
		return false, err
	case err != nil:
		return false, err
	case status == http.StatusAccepted:
		return false, u.expected(body, end)
	}
	return true, nil
}

// ask asks what Teams has already.
func (u *upload) ask(ctx context.Context) *Error {
	_, body, err := u.call(ctx, http.MethodGet, nil, nil)
	if err != nil {
		return err
	}
	return u.expected(body, u.next)
}

// expected reads which bytes Teams waits for. Without that, they begin at next.
func (u *upload) expected(body []byte, next int) *Error {
	var v struct {
		Ranges []string `json:"nextExpectedRanges"`
	}
	if len(bytes.TrimSpace(body)) > 0 && json.Unmarshal(body, &v) != nil {
		return &Error{Op: u.op, err: errors.New("answer is not the JSON we know")}
	}
	if len(v.Ranges) > 0 {
		from, _, _ := strings.Cut(v.Ranges[0], "-")
		n, err := strconv.Atoi(from)
		if err != nil || n < 0 {
			return &Error{Op: u.op, err: errors.New("answer names a range that is none")}
		}
		next = n
	}
	if next >= len(u.content) {
		return &Error{Op: u.op, Ambiguous: true, err: errors.New("all of it is there, and it is not complete")}
	}
	u.next = next
	return nil
}

// call makes one request of the session.
func (u *upload) call(ctx context.Context, method string, head http.Header, content []byte) (int, []byte, *Error) {
	ctx, cancel := context.WithTimeout(ctx, uploadTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, u.address, bytes.NewReader(content))
	if err != nil {
		return 0, nil, &Error{Op: u.op, err: errors.New("not an address")}
	}
	for k, v := range head {
		req.Header[k] = v
	}
	if method == http.MethodPut {
		req.Header.Set("Content-Type", "application/octet-stream")
	}
	resp, err := u.c.files.Do(req)
	if err != nil {
		if ue, ok := errors.AsType[*url.Error](err); ok {
			err = ue.Err // its text has the address
		}
		return 0, nil, &Error{Op: u.op, Temporary: true, err: err}
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, answerKept))
	err = errors.Join(err, resp.Body.Close())
	switch s := resp.StatusCode; {
	case s == http.StatusTooManyRequests, s == http.StatusRequestTimeout, s >= 500 && s != http.StatusInsufficientStorage && s != http.StatusNotImplemented:
		return s, nil, &Error{Op: u.op, Status: s, Temporary: true, RetryAfter: retryAfter(resp.Header, u.c.now())}
	case s == http.StatusUnauthorized, s == http.StatusForbidden, s == http.StatusNotFound, s == http.StatusGone:
		return s, nil, &Error{Op: u.op, Status: s, NotFound: true}
	case s != http.StatusOK && s != http.StatusCreated && s != http.StatusAccepted:
		return s, nil, &Error{Op: u.op, Status: s}
	case err != nil && s == http.StatusAccepted:
		return s, nil, &Error{Op: u.op, Status: s, Temporary: true, err: err}
	}
	return resp.StatusCode, body, nil
}
