package teams

import (
	"context"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"muster/flows/outbound"
)

const (
	keysFresh      = 24 * time.Hour     // kept so long without asking again
	keysUsable     = 5 * 24 * time.Hour // and so long when asking again fails
	keysUnknownGap = 5 * time.Minute    // between two fetches for a key we do not know
	keysFailedGap  = 30 * time.Second   // between two tries after a failed one
	keysTimeout    = 10 * time.Second
	keysLimit      = 1 << 20
	minModulusBits = 2048
)

// Keys are the public keys with which the channel signs its tokens, fetched
// when they are needed and kept for a day. They outlive an outage of their
// source for five days, which is how long Microsoft says that they may be kept.
// Safe for use by several goroutines.
type Keys struct {
	metadata string
	client   *http.Client
	now      func() time.Time
	log      *slog.Logger

	set   atomic.Pointer[keySet]
	tried atomic.Pointer[attempt]
	turn  chan struct{} // holds one token: who has it may fetch
}

// keySet is what one fetch brought. It is never changed.
type keySet struct {
	keys map[string]signingKey
	at   time.Time
}

type attempt struct {
	at     time.Time
	failed bool
}

type signingKey struct {
	public       *rsa.PublicKey
	endorsements []string // channels whose activities it may sign
}

// NewKeys makes an empty set; the first token, or Warm, fills it. The transport
// may be nil, and now is the clock by which the keys age.
func NewKeys(cfg Config, transport http.RoundTripper, log *slog.Logger, now func() time.Time) *Keys {
	return &Keys{
		metadata: cfg.withDefaults().OpenIDMetadata,
		client:   keyPurpose(cfg.withDefaults().OpenIDMetadata).Client(transport),
		now:      now,
		log:      log,
		turn:     make(chan struct{}, 1),
	}
}

// keyPurpose is to read the metadata and the keys, which are on the same host; on
// a rig's loopback the port may be another.
func keyPurpose(metadata string) outbound.Purpose {
	same, loop := outbound.Same(metadata), false
	if u, err := url.Parse(metadata); err == nil {
		loop = isLoopback(u.Hostname())
	}
	return outbound.Purpose{
		Name: "Microsoft's signing keys", Reach: outbound.Network, Proxy: true, Most: keysLimit + 1, Time: keysTimeout,
		Allow: func(u *url.URL) bool { return same(u) || loop && isLoopback(u.Hostname()) },
	}
}

// Warm fetches the keys, so that the first person need not wait. A bot may
// start without them: it refuses every request until they can be fetched.
func (k *Keys) Warm(ctx context.Context) error {
	select {
	case k.turn <- struct{}{}:
	case <-ctx.Done():
		return fmt.Errorf("fetch signing keys: %w", ctx.Err())
	}
	defer func() { <-k.turn }()
	return k.fetch(ctx)
}

// find returns the key with the given id, or an error that wraps
// [RefusedUnknownKey] or [RefusedNoKeys]. When the set is old or does not have
// the key, one caller asks the source. The others wait for what it brings,
// unless they have an old key that may still be used.
func (k *Keys) find(ctx context.Context, kid string) (signingKey, error) {
	key, age := k.known(kid)
	if key.public != nil && age < keysFresh {
		return key, nil
	}
	if key.public != nil && age < keysUsable {
		select {
		case k.turn <- struct{}{}:
		default:
			return key, nil
		}
	} else {
		select {
		case k.turn <- struct{}{}:
		case <-ctx.Done():
			return signingKey{}, fmt.Errorf("wait for signing keys: %w: %w", RefusedNoKeys, ctx.Err())
		}
	}
	defer func() { <-k.turn }()
	return k.ask(ctx, kid)
}

// known is what the set holds of a key, and how old the set is.
func (k *Keys) known(kid string) (signingKey, time.Duration) {
	s := k.set.Load()
	if s == nil {
		return signingKey{}, 0
	}
	return s.keys[kid], k.age(s.at)
}

// ask looks at the source where that may help. It is called with the turn held.
func (k *Keys) ask(ctx context.Context, kid string) (signingKey, error) {
	s := k.set.Load()
	stale := s == nil || k.age(s.at) >= keysFresh
	unknown := s == nil || s.keys[kid].public == nil
	if (stale || unknown) && k.mayFetch(stale) {
		if err := k.fetch(ctx); err != nil {
			k.log.WarnContext(ctx, "signing keys not fetched", slog.Any("error", err))
		}
		s = k.set.Load()
	}
	if s == nil || k.age(s.at) >= keysUsable {
		return signingKey{}, RefusedNoKeys
	}
	key, ok := s.keys[kid]
	if !ok {
		return signingKey{}, RefusedUnknownKey
	}
	return key, nil
}

// mayFetch keeps strangers, who can invent key ids, from making us call
// Microsoft as often as they call us. After a failure the pause is shorter: it
// is an outage, and people are waiting for its end.
func (k *Keys) mayFetch(stale bool) bool {
	last := k.tried.Load()
	switch {
	case last == nil:
		return true
	case last.failed:
		return k.age(last.at) >= keysFailedGap
	default:
		return stale || k.age(last.at) >= keysUnknownGap
	}
}

// age is how long ago t was. A clock that was set back makes nothing older.
func (k *Keys) age(t time.Time) time.Duration { return max(0, k.now().Sub(t)) }

// fetch replaces the set when the source has a good one. It is called with the
// turn held, and finishes for those who wait even when its caller has gone.
func (k *Keys) fetch(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keysTimeout)
	defer cancel()
	keys, err := k.download(ctx)
	k.tried.Store(&attempt{at: k.now(), failed: err != nil})
	if err != nil {
		return fmt.Errorf("fetch signing keys: %w", err)
	}
	k.set.Store(&keySet{keys: keys, at: k.now()})
	return nil
}

func (k *Keys) download(ctx context.Context) (map[string]signingKey, error) {
	at, err := keyURL(k.metadata)
	if err != nil {
		return nil, fmt.Errorf("OpenID metadata: %w", err)
	}
	var meta struct {
		JWKSURI string `json:"jwks_uri"`
	}
	if err := k.get(ctx, at.String(), &meta); err != nil {
		return nil, err
	}
	jwks, err := keyURL(meta.JWKSURI)
	if err != nil {
		return nil, fmt.Errorf("jwks_uri: %w", err)
	}
	// The metadata may point only to its own host, or on loopback to loopback.
	if jwks.Host != at.Host && !(isLoopback(at.Hostname()) && isLoopback(jwks.Hostname())) {
		return nil, fmt.Errorf("jwks_uri on host %q, metadata on %q", jwks.Host, at.Host)
	}
	var doc struct {
		Keys []jwk `json:"keys"`
	}
	if err := k.get(ctx, jwks.String(), &doc); err != nil {
		return nil, err
	}
	keys := map[string]signingKey{}
	for _, j := range doc.Keys {
		if key, ok := j.signingKey(); ok {
			keys[j.KID] = key
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("no usable key in the set")
	}
	return keys, nil
}

func (k *Keys) get(ctx context.Context, at string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return fmt.Errorf("build key request: %w", err)
	}
	resp, err := k.client.Do(req)
	if err != nil {
		return fmt.Errorf("get key document: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("get %s: status %d", at, resp.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, keysLimit+1))
	if err != nil {
		return fmt.Errorf("read %s: %w", at, err)
	}
	if len(body) > keysLimit {
		return fmt.Errorf("read %s: more than %d bytes", at, keysLimit)
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("decode %s: %w", at, err)
	}
	return nil
}

// keyURL accepts https, and http on loopback for test rigs.
func keyURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("URL %q: %w", raw, err)
	}
	if u.Host == "" || u.User != nil {
		return nil, fmt.Errorf("URL %q: want https://host/…", raw)
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())) {
		return nil, fmt.Errorf("URL %q: want https", raw)
	}
	return u, nil
}

// jwk is a key as published. Endorsements are the Bot Framework's addition.
type jwk struct {
	KTY          string   `json:"kty"`
	KID          string   `json:"kid"`
	Use          string   `json:"use"`
	N            string   `json:"n"`
	E            string   `json:"e"`
	Endorsements []string `json:"endorsements"`
}

// signingKey reads an RSA key. Others in the set are of no use to us and do not
// spoil it.
func (j jwk) signingKey() (signingKey, bool) {
	if j.KTY != "RSA" || j.KID == "" || j.Use != "" && j.Use != "sig" {
		return signingKey{}, false
	}
	n, errN := base64.RawURLEncoding.DecodeString(strings.TrimRight(j.N, "="))
	e, errE := base64.RawURLEncoding.DecodeString(strings.TrimRight(j.E, "="))
	if errN != nil || errE != nil || len(e) > 4 {
		return signingKey{}, false
	}
	public := &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}
	if public.N.BitLen() < minModulusBits || public.E < 3 || public.E%2 == 0 {
		return signingKey{}, false
	}
	return signingKey{public: public, endorsements: j.Endorsements}, true
}
