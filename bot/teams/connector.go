package teams

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"muster/flows/outbound"
)

const (
	callTime   = 15 * time.Second // one try
	callTries  = 4
	idleConns  = 64
	firstPause = 250 * time.Millisecond
	answerKept = 4 << 20  // a page of members is the largest
	fileKept   = 64 << 20 // whoever fetches says how much of it they want
)

// ConnectorOptions are what a [Connector] is made of.
type ConnectorOptions struct {
	// Config gives app, tenant, scope and the hosts that may get our token.
	Config Config
	// Credential gets tokens for the bot. It is asked again when a token is about
	// to end, and once when Teams refuses one.
	Credential azcore.TokenCredential
	// HTTP is the transport; nil is the default with connections enough for a
	// busy bot, which speaks with one host only.
	HTTP http.RoundTripper
	// Now is the wall clock, by which tokens end.
	Now func() time.Time
	Log *slog.Logger
	// Pace may lift the limits for a benchmark.
	Pace Pace
	// Watch is told that a call begins, and then what became of it; may be nil.
	Watch func(ctx context.Context, op string) func(Call)
	// Rand spreads retries, a number in [0, 1); nil is random.
	Rand func() float64
}

// Connector speaks to Teams on behalf of the bot. It keeps to Teams' limits,
// waits and repeats where that is safe and short, and otherwise returns an
// [*Error] that says what may be done. Safe for concurrent use.
type Connector struct {
	bot    string
	tenant string
	hosts  serviceHosts
	tokens *tokenSource
	client *http.Client
	files  *http.Client
	lanes  *lanes
	rig    *lanes // of service URLs on loopback
	now    func() time.Time
	log    *slog.Logger
	watch  func(context.Context, string) func(Call)
	rand   func() float64
}

// Call is what became of one call to Teams, for whoever watches.
type Call struct {
	Write     bool          // it is no GET
	Status    int           // of the last answer; 0 when there was none
	Code      string        // Teams' own code for what went wrong
	Tries     int           // requests that were sent
	Throttled int           // of them, those answered with 429
	Waited    time.Duration // before them, to keep within Teams' limits
	Dated     bool          // an answer said what time it is there
	Ahead     time.Duration // how far our clock was ahead of that; negative: behind
	Err       error         // as the caller got it
}

// NewConnector builds a connector, or says what is wrong with the config.
func NewConnector(o ConnectorOptions) (*Connector, error) {
	if err := o.Config.Check(); err != nil {
		return nil, fmt.Errorf("connector: %w", err)
	}
	if o.Credential == nil {
		return nil, errors.New("connector: no credential")
	}
	hosts, err := newServiceHosts(o.Config.ServiceURLHosts)
	if err != nil {
		return nil, fmt.Errorf("connector: %w", err)
	}
	if o.Rand == nil {
		o.Rand = rand.Float64
	}
	if o.Watch == nil {
		o.Watch = func(context.Context, string) func(Call) { return func(Call) {} }
	}
	cfg := o.Config.withDefaults()
	return &Connector{
		bot:    "28:" + cfg.AppID,
		tenant: cfg.TenantID,
		hosts:  hosts,
		tokens: &tokenSource{credential: o.Credential, scope: cfg.Scope, now: o.Now, turn: make(chan struct{}, 1)},
		client: speaks(hosts).Client(o.HTTP),
		files:  carries(hosts).Client(o.HTTP),
		lanes:  newLanes(o.Pace),
		rig:    newLanes(Pace{Unlimited: true}),
		now:    o.Now,
		log:    o.Log,
		watch:  o.Watch,
		rand:   o.Rand,
	}, nil
}

// speaks is to call the connector: the hosts that may get our token, or a rig's.
func speaks(hosts serviceHosts) outbound.Purpose {
	return outbound.Purpose{
		Name: "the Teams connector", Reach: outbound.Network, Proxy: true, Most: answerKept, Idle: idleConns,
		Allow: func(u *url.URL) bool { _, err := hosts.parse(u.Scheme + "://" + u.Host); return err == nil },
	}
}

// carries is to fetch and to put files, without a token of ours.
func carries(hosts serviceHosts) outbound.Purpose {
	return outbound.Purpose{
		Name: "files of Teams", Reach: outbound.Network, Proxy: true, Most: fileKept,
		Allow: func(u *url.URL) bool { _, err := hosts.file(u.Scheme + "://" + u.Host); return err == nil },
	}
}

// call is one operation of the connector's REST interface.
type call struct {
	op         string
	method     string
	serviceURL string
	path       []string // segments after /v3, escaped when they are put together
	query      url.Values
	body       any
	lane       string // calls with the same lane come one after the other; "" for none
	repeatable bool   // doing it twice is doing it once
	seen       *Call  // what became of it so far
}

// Token asks for a token as every call does, and says until when it is good.
func (c *Connector) Token(ctx context.Context) (time.Time, error) {
	return c.tokens.until(ctx)
}

// ErrAddress is a conversation or message id that cannot be part of a path.
var ErrAddress = errors.New("id cannot be addressed")

// do makes the call until it succeeds, cannot be repeated, or the wait for the
// next try is the caller's. It decodes the answer into out, if there is one.
func (c *Connector) do(ctx context.Context, call call, out any) (err error) {
	ended := c.watch(ctx, call.op)
	call.seen = &Call{Write: call.method != http.MethodGet}
	defer func() {
		call.seen.Err = err
		if failed, ok := errors.AsType[*Error](err); ok {
			call.seen.Code = failed.Code
		}
		ended(*call.seen)
	}()
	at, lanes, err := c.address(call)
	if err != nil {
		return fmt.Errorf("%s: %w", call.op, err)
	}
	var body []byte
	if call.body != nil {
		if body, err = json.Marshal(call.body); err != nil {
			return fmt.Errorf("%s: encode: %w", call.op, err)
		}
	}
	var in *lane
	if call.lane != "" {
		var leave func()
		if in, leave, err = lanes.enter(ctx, call.op, call.lane); err != nil {
			return err
		}
		defer leave()
	}
	pace := func() error {
		waited, err := lanes.pace(ctx, call.op, in)
		call.seen.Waited += waited
		return err
	}
	return c.try(ctx, call, at, body, pace, out)
}

// address checks the service URL, since this is where our token goes, and puts
// the path together. A service URL on loopback is a rig's, which has to be named
// in the config: Teams' limits are not there.
func (c *Connector) address(call call) (string, *lanes, error) {
	base, err := c.hosts.parse(call.serviceURL)
	if err != nil {
		c.log.Error("nothing sent: service URL is not allowed", slog.String("op", call.op), slog.Any("error", err))
		return "", nil, err
	}
	lanes := c.lanes
	if isLoopback(base.Hostname()) {
		lanes = c.rig
	}
	at := strings.TrimSuffix(base.String(), "/") + "/v3"
	for _, segment := range call.path {
		if segment == "" || segment == "." || strings.Contains(segment, "..") ||
			strings.ContainsFunc(segment, func(r rune) bool { return r == '/' || r == '\\' || r < ' ' || r == 0x7f }) {
			return "", nil, ErrAddress
		}
		at += "/" + url.PathEscape(segment)
	}
	if len(call.query) > 0 {
		at += "?" + call.query.Encode()
	}
	return at, lanes, nil
}

func (c *Connector) try(ctx context.Context, call call, at string, body []byte, pace func() error, out any) error {
	var waited time.Duration
	refused := ""
	for n := 1; ; n++ {
		if err := pace(); err != nil {
			return err
		}
		token, err := c.tokens.get(ctx, refused)
		if err != nil {
			return &Error{Op: call.op, Temporary: true, err: err}
		}
		failed := c.once(ctx, call, at, token, body, out)
		if failed == nil {
			return nil
		}
		if failed.Status == http.StatusUnauthorized && refused == "" {
			refused = token // once, with a fresh one
			continue
		}
		if !failed.Temporary || ctx.Err() != nil {
			return failed
		}
		wait := failed.RetryAfter
		if wait == 0 {
			wait = c.backoff(n)
		}
		failed.RetryAfter = wait
		if waited += wait; n >= callTries || waited > shortPause {
			return failed
		}
		if pause(ctx, wait) != nil {
			return failed
		}
	}
}

// backoff doubles, and spreads by a half so that calls which failed together do
// not come back together.
func (c *Connector) backoff(n int) time.Duration {
	d := firstPause << (n - 1)
	return d + time.Duration(c.rand()*float64(d)/2)
}

func (c *Connector) once(ctx context.Context, call call, at, token string, body []byte, out any) *Error {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, call.method, at, bytes.NewReader(body))
	if err != nil {
		return &Error{Op: call.op, err: err}
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json; charset=utf-8")
	}
	call.seen.Tries++
	call.seen.Status = 0
	resp, err := c.client.Do(req)
	if err != nil {
		return transportError(call.op, err, call.repeatable)
	}
	defer resp.Body.Close()
	call.seen.note(resp, c.now())
	answer, err := io.ReadAll(resp.Body)
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return statusError(call.op, resp, answer, call.repeatable, c.now())
	}
	if err != nil {
		return transportError(call.op, err, call.repeatable) // done, or so it says, but what?
	}
	if out == nil || len(bytes.TrimSpace(answer)) == 0 {
		return nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return &Error{Op: call.op, Status: resp.StatusCode, Ambiguous: !call.repeatable, err: errors.New("answer is not the JSON we know")}
	}
	return nil
}

// note keeps what an answer says beside its body.
func (c *Call) note(resp *http.Response, now time.Time) {
	c.Status = resp.StatusCode
	if resp.StatusCode == http.StatusTooManyRequests {
		c.Throttled++
	}
	if at, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		c.Dated, c.Ahead = true, now.Sub(at)
	}
}
