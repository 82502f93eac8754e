// Package hook hands steps to other systems, by signed calls over HTTPS. It is the door through which Muster reaches what Microsoft Graph
// does not, and it refuses to be a way into the organisation's network: only addresses that the policy names are called, no redirect is
// followed, no proxy is used, and an address on a private network is refused at the moment of connecting, whatever its name resolves to.
//
// # The call
//
// A step is a POST to the URL of the policy, with a JSON body (flows.HookBody) and these headers:
//
//	Content-Type:     application/json
//	Idempotency-Key:  the step, such as L-2026-0007/payroll; the same in every try
//	Muster-Timestamp: seconds since 1970, of this try
//	Muster-Signature: v1= and HMAC-SHA256 in hex, under the secret, of the timestamp, a dot, the key, a dot and the body's bytes
//
// The other system checks the signature, refuses a timestamp more than five minutes off, and does a key once, however often it is sent.
//
//	200 {"done":true,"text":"…"}  it is done, and the text says what was done
//	202 {"text":"…"}              it has begun, or waits for somebody
//
// What has begun is asked for by GET on the same URL with the parameter key and the same headers, the body being empty:
//
//	200 {"done":true,"text":"…"}  it is done
//	200 or 202 {"done":false}     not yet
//	404                           this key was never heard of
//
// 429 and 503 may carry Retry-After. Any other answer is a refusal, which people are shown.
package hook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"muster/flows"
	"muster/flows/outbound"
	"muster/flows/texts"
)

// The limits of one call.
const (
	timeout   = 15 * time.Second
	maxAnswer = 64 << 10
	maxText   = 300
	minSecret = 16 // bytes
	maxWait   = 6 * time.Hour
)

// Hook is one system that may be called.
type Hook struct {
	URL     string
	Secret  []byte
	Private bool // a test rig: it may be on this machine or a private network, and plain http there
}

// Options are what a Client is made of. Now is required.
type Options struct {
	Hooks map[string]Hook // by the name in the policy
	Now   func() time.Time
	TLS   *tls.Config // nil: the system's roots
}

// Client is flows.Caller over HTTPS. It may be used by many goroutines.
type Client struct {
	hooks map[string]*target
	now   func() time.Time
}

type target struct {
	url    *url.URL
	raw    string
	secret []byte
	http   *http.Client
}

// New makes a client. It refuses an address that is not https, and a secret that could be guessed.
func New(o Options) (*Client, error) {
	if o.Now == nil {
		return nil, errors.New("open webhooks: a clock is missing")
	}
	c := &Client{hooks: map[string]*target{}, now: o.Now}
	for name, h := range o.Hooks {
		u, err := flows.CheckHookURL(texts.Language{}, h.URL, h.Private)
		if err != nil {
			return nil, fmt.Errorf("open webhook %q: %w", name, err)
		}
		if len(h.Secret) < minSecret {
			return nil, fmt.Errorf("open webhook %q: its secret has fewer than %d bytes", name, minSecret)
		}
		reach := outbound.Public
		if h.Private {
			reach = outbound.Rig
		}
		p := outbound.Purpose{Name: "webhook " + name, Allow: outbound.Same(h.URL), Reach: reach, Most: maxAnswer, Time: timeout, TLS: o.TLS}
		c.hooks[name] = &target{url: u, raw: h.URL, secret: bytes.Clone(h.Secret), http: p.Client(nil)}
	}
	return c, nil
}

// Call asks a system for a step.
func (c *Client) Call(ctx context.Context, h flows.HookCall) (flows.HookAnswer, error) {
	return c.send(ctx, http.MethodPost, h)
}

// Ask asks a system how a step stands.
func (c *Client) Ask(ctx context.Context, h flows.HookCall) (flows.HookAnswer, error) {
	h.Body = nil
	return c.send(ctx, http.MethodGet, h)
}

func (c *Client) send(ctx context.Context, method string, h flows.HookCall) (flows.HookAnswer, error) {
	t := c.hooks[h.Hook]
	switch {
	case t == nil:
		return flows.HookAnswer{}, &flows.Error{Code: flows.Denied, Say: "The policy has no webhook called " + h.Hook + " any more. Put it back, or record the step as done by hand."}
	case t.raw != h.URL:
		return flows.HookAnswer{}, &flows.Error{Code: flows.Denied, Say: "The webhook " + h.Hook + " has another address in the policy than the plan that was approved. Nothing was sent. Put the address back, or record the step as done by hand."}
	}
	u := *t.url
	if method == http.MethodGet {
		q := u.Query()
		q.Set("key", h.Key)
		u.RawQuery = q.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, method, u.String(), bytes.NewReader(h.Body))
	if err != nil {
		return flows.HookAnswer{}, errors.New("make the webhook request") // its own error would quote the address
	}
	stamp := strconv.FormatInt(c.now().Unix(), 10)
	req.Header.Set("User-Agent", "Muster/1")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Idempotency-Key", h.Key)
	req.Header.Set("Muster-Timestamp", stamp)
	req.Header.Set("Muster-Signature", Sign(t.secret, stamp, h.Key, h.Body))
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := t.http.Do(req)
	if err != nil {
		return flows.HookAnswer{}, unreached(h.Hook, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if errors.Is(err, outbound.ErrTooBig) {
		return flows.HookAnswer{}, unread(h.Hook)
	}
	if err != nil {
		return flows.HookAnswer{}, unreached(h.Hook, err)
	}
	return c.judge(h.Hook, method, resp, body)
}

// Sign is the signature of one try.
func Sign(secret []byte, stamp, key string, body []byte) string {
	m := hmac.New(sha256.New, secret)
	m.Write([]byte(stamp + "." + key + "."))
	m.Write(body)
	return "v1=" + hex.EncodeToString(m.Sum(nil))
}

// unreached is a call without an answer. The error of the network quotes the address, so only its kind is kept.
func unreached(name string, err error) error {
	switch {
	case errors.Is(err, outbound.ErrAddress):
		return &flows.Error{Code: flows.Denied, Say: "The address of the webhook " + name + " leads into a private network, where Muster calls nobody. Correct the policy.", Err: outbound.ErrAddress}
	case errors.Is(err, context.Canceled):
		return &flows.Error{Code: flows.Unavailable, Say: silent(name), Err: context.Canceled}
	}
	var cert *tls.CertificateVerificationError
	if errors.As(err, &cert) {
		return &flows.Error{Code: flows.Denied, Say: "The certificate of the webhook " + name + " is not one that Muster trusts. Have it renewed.", Err: errors.New("certificate refused")}
	}
	return &flows.Error{Code: flows.Unavailable, Say: silent(name), Err: fmt.Errorf("call webhook: no answer (%T)", root(err))}
}

func silent(name string) string { return name + " does not answer. It is asked again later." }

func root(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}

// judge reads an answer.
func (c *Client) judge(name, method string, resp *http.Response, body []byte) (flows.HookAnswer, error) {
	status := fmt.Errorf("call webhook: status %d", resp.StatusCode)
	switch code := resp.StatusCode; {
	case code == http.StatusOK || code == http.StatusAccepted:
		return read(name, code, resp.Header.Get("Content-Type"), body)
	case code == http.StatusNotFound && method == http.MethodGet:
		return flows.HookAnswer{}, nil
	case code == http.StatusTooManyRequests || code == http.StatusRequestTimeout || code >= 500 && code != http.StatusNotImplemented:
		return flows.HookAnswer{}, &flows.Error{Code: flows.Unavailable, Say: silent(name), RetryAfter: c.after(resp.Header.Get("Retry-After")), Err: status}
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return flows.HookAnswer{}, &flows.Error{Code: flows.Denied, Say: name + " did not accept Muster's signature. Check that both have the same secret and the right time.", Err: status}
	case code >= 300 && code < 400:
		return flows.HookAnswer{}, &flows.Error{Code: flows.Denied, Say: name + " sent Muster to another address, which it does not follow. Put the right address into the policy.", Err: status}
	}
	return flows.HookAnswer{}, &flows.Error{Code: flows.Invalid, Say: fmt.Sprintf("%s refused the step (status %d). Ask who runs it.", name, resp.StatusCode), Err: status}
}

// read takes the answer out of a body. What is done must say so.
func read(name string, code int, contentType string, body []byte) (flows.HookAnswer, error) {
	var a struct {
		Done bool   `json:"done"`
		Text string `json:"text"`
	}
	kind, _, _ := mime.ParseMediaType(contentType)
	if code == http.StatusAccepted && len(bytes.TrimSpace(body)) == 0 {
		return flows.HookAnswer{Known: true}, nil
	}
	if kind != "application/json" || json.Unmarshal(body, &a) != nil {
		return flows.HookAnswer{}, unread(name)
	}
	return flows.HookAnswer{Known: true, Done: a.Done && code == http.StatusOK, Text: plain(a.Text)}, nil
}

func unread(name string) error {
	return &flows.Error{Code: flows.Invalid, Say: name + " gave an answer that Muster cannot read. Ask who runs it.", Err: errors.New("call webhook: the answer is not the JSON that is agreed")}
}

// plain is one line of printable text, not long.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
	if r := []rune(strings.Join(strings.Fields(s), " ")); len(r) > maxText {
		return string(r[:maxText-1]) + "…"
	} else {
		return string(r)
	}
}

// after reads Retry-After, in seconds or as a date.
func (c *Client) after(h string) time.Duration {
	if s, err := strconv.Atoi(h); err == nil {
		return min(max(time.Duration(s)*time.Second, 0), maxWait)
	}
	if t, err := http.ParseTime(h); err == nil {
		return min(max(t.Sub(c.now()), 0), maxWait)
	}
	return 0
}
