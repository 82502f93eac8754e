package intake

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"muster/flows"
)

// Path is where events are sent to.
const Path = "/api/people-events"

// The headers of a request: seconds since 1970, and "v1=" with the hex of HMAC-SHA256 over the time, a full stop and the body.
const (
	TimeHeader      = "Muster-Timestamp"
	SignatureHeader = "Muster-Signature"
)

const (
	mostBody    = 64 << 10
	skew        = 5 * time.Minute // how old or how far ahead a request may be
	leastSecret = 32              // bytes: shorter ones can be guessed
)

// Source is a system that may send events.
type Source struct {
	Name    string
	Secret  []byte // shared with the system; in no log and no error
	DraftTo string // sign-in name or object id of the HR person who confirms its events
}

// Taker is what the door needs of the business.
type Taker interface {
	// TakeIn makes a draft of an event, or gives the one that the same event made before. A Conflict error: another event had this id.
	TakeIn(ctx context.Context, in flows.Incoming) (draft string, err error)
}

// Door answers POST /api/people-events.
type Door struct {
	sources []Source
	taker   Taker
	now     func() time.Time
	log     *slog.Logger
}

// NewDoor makes the door for some sources. now is the wall clock.
func NewDoor(sources []Source, taker Taker, now func() time.Time, log *slog.Logger) (*Door, error) {
	seen := map[string]bool{}
	for _, s := range sources {
		switch {
		case s.Name == "" || s.DraftTo == "":
			return nil, errors.New("intake: a source needs a name and the HR person who confirms its events (draft_to)")
		case seen[s.Name]:
			return nil, fmt.Errorf("intake: the source %s stands there twice", s.Name)
		case len(s.Secret) < leastSecret:
			return nil, fmt.Errorf("intake: the secret of %s has fewer than %d bytes", s.Name, leastSecret)
		}
		seen[s.Name] = true
	}
	return &Door{sources, taker, now, log}, nil
}

// Sign is the signature of a body at a time, as the header has it.
func Sign(secret []byte, at time.Time, body []byte) string {
	return "v1=" + hex.EncodeToString(mac(secret, strconv.FormatInt(at.Unix(), 10), body))
}

func mac(secret []byte, at string, body []byte) []byte {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte(at + "."))
	h.Write(body)
	return h.Sum(nil)
}

// answer is the body of an answer: the draft, or what was wrong.
type answer struct {
	Draft string `json:"draft,omitempty"`
	Error string `json:"error,omitempty"`
	Field string `json:"field,omitempty"`

	wait time.Duration // until it is worth another try
}

func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	status, a := d.take(r)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", strconv.Itoa(int(max(a.wait, time.Minute).Seconds())))
	}
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(a); err != nil {
		d.log.WarnContext(r.Context(), "answer not written", slog.Any("error", err))
	}
}

func (d *Door) take(r *http.Request) (int, answer) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return http.StatusUnsupportedMediaType, answer{Error: "Send the event as application/json."}
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, mostBody+1))
	if err != nil {
		return http.StatusBadRequest, answer{Error: "The body broke off."}
	}
	if len(body) > mostBody {
		return http.StatusRequestEntityTooLarge, answer{Error: "The body is larger than 64 KB."}
	}
	from, why := d.signer(r.Header, body)
	if why != "" { // what exactly was wrong is for our log, not for whoever tries
		d.log.WarnContext(r.Context(), "people event refused", slog.String("reason", why))
		return http.StatusUnauthorized, answer{Error: "The time or the signature of this request is not right."}
	}
	e, err := read(body)
	if err == nil && e.Source != from.Name {
		err = &wrong{"source", "The field source is not the one whose secret signed this."}
	}
	if bad, ok := errors.AsType[*wrong](err); ok {
		d.log.WarnContext(r.Context(), "people event refused", slog.String("reason", "malformed"), slog.String("source", from.Name))
		return http.StatusBadRequest, answer{Error: bad.say, Field: bad.field}
	}
	draft, err := d.taker.TakeIn(r.Context(), e.received(body, from.DraftTo))
	switch flows.CodeOf(err) {
	case flows.Conflict:
		return http.StatusConflict, answer{Error: "Another event was sent under this id before. A changed event needs an id of its own.", Field: "id"}
	case "":
		if err == nil {
			return http.StatusAccepted, answer{Draft: draft}
		}
	}
	d.log.ErrorContext(r.Context(), "people event not taken", slog.String("source", from.Name), slog.Any("error", err))
	out := answer{Error: "This could not be taken just now. Nothing was stored; please send it again later."}
	if fe, ok := errors.AsType[*flows.Error](err); ok {
		out.wait = fe.RetryAfter
	}
	return http.StatusServiceUnavailable, out
}

// signer is the source whose secret signed a request within the last minutes, or why there is none.
func (d *Door) signer(h http.Header, body []byte) (Source, string) {
	at := h.Get(TimeHeader)
	seconds, err := strconv.ParseInt(at, 10, 64)
	if err != nil || strconv.FormatInt(seconds, 10) != at {
		return Source{}, "no time"
	}
	if age := d.now().Sub(time.Unix(seconds, 0)); age > skew || age < -skew {
		return Source{}, "too old or ahead"
	}
	given, ok := strings.CutPrefix(h.Get(SignatureHeader), "v1=")
	sum, err := hex.DecodeString(given)
	if !ok || err != nil {
		return Source{}, "no signature"
	}
	for _, s := range d.sources {
		if hmac.Equal(sum, mac(s.Secret, at, body)) {
			return s, ""
		}
	}
	return Source{}, "another signature"
}
