package teams

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/infracloudio/msbotbuilder-go/connector/auth"
	"github.com/infracloudio/msbotbuilder-go/schema"
)

const (
	tokenSkew  = 5 * time.Minute // between Microsoft's clock and ours
	tokenLimit = 16 << 10        // of the header; real ones are around 1 KB
	channel    = "msteams"
)

// Validator decides whether Microsoft Teams sent a request. It is the library's
// auth.TokenValidator, and like it checks the token against the activity's
// service URL and channel; unlike the library's own it never returns neither an
// identity nor an error.
type Validator struct {
	appID  string
	issuer string
	hosts  serviceHosts
	keys   *Keys
	parser *jwt.Parser
	now    func() time.Time
	seen   verified
}

var _ auth.TokenValidator = (*Validator)(nil)

// NewValidator builds a validator, or says what is wrong with the config.
func NewValidator(cfg Config, keys *Keys, now func() time.Time) (*Validator, error) {
	if err := cfg.Check(); err != nil {
		return nil, fmt.Errorf("token validator: %w", err)
	}
	hosts, err := newServiceHosts(cfg.ServiceURLHosts)
	if err != nil {
		return nil, fmt.Errorf("token validator: %w", err)
	}
	cfg = cfg.withDefaults()
	return &Validator{
		appID:  cfg.AppID,
		issuer: cfg.TokenIssuer,
		hosts:  hosts,
		keys:   keys,
		now:    now,
		parser: jwt.NewParser(
			jwt.WithIssuer(cfg.TokenIssuer),
			jwt.WithAudience(cfg.AppID),
			jwt.WithLeeway(tokenSkew),
			jwt.WithExpirationRequired(),
			jwt.WithStrictDecoding(),
			jwt.WithTimeFunc(now),
		),
	}, nil
}

// claims are what we read of a token.
type claims struct {
	jwt.RegisteredClaims
	ServiceURL string `json:"serviceurl"`
}

// AuthenticateRequest checks the token against the activity. The credentials
// and the channel service are the library's way of saying what the Config says
// here, and are not looked at.
func (v *Validator) AuthenticateRequest(ctx context.Context, act schema.Activity, header string, _ auth.CredentialProvider, _ string) (auth.ClaimsIdentity, error) {
	token, err := bearer(header)
	if err != nil {
		return nil, err
	}
	t, err := v.token(ctx, token)
	if err != nil {
		return nil, err
	}
	// From here on it is the activity that is checked, on every request: the
	// token is the same for thousands of them.
	if act.ChannelID != channel || !slices.Contains(t.endorsements, act.ChannelID) {
		return nil, RefusedEndorsement
	}
	if t.serviceURL == "" || plainURL(t.serviceURL) != plainURL(act.ServiceURL) {
		return nil, RefusedServiceURL
	}
	if _, err := v.hosts.parse(act.ServiceURL); err != nil {
		return nil, err
	}
	return identity{auth.AudienceClaim: v.appID, auth.IssuerClaim: v.issuer, "serviceurl": t.serviceURL}, nil
}

// token verifies signature, issuer, audience and times.
func (v *Validator) token(ctx context.Context, raw string) (verifiedToken, error) {
	sum, t, ok := v.seen.find(raw)
	if ok && v.stillGood(ctx, t) {
		return t, nil
	}
	var c claims
	var key signingKey
	parsed, err := v.parser.ParseWithClaims(raw, &c, func(t *jwt.Token) (any, error) {
		var err error
		key, err = v.keyFor(ctx, t, c)
		return key.public, err
	})
	if err != nil {
		return verifiedToken{}, tokenRefusal(err)
	}
	kid, _ := parsed.Header["kid"].(string) // keyFor has seen that it is one
	t = verifiedToken{kid: kid, key: key.public, expires: c.ExpiresAt.Time, serviceURL: c.ServiceURL, endorsements: key.endorsements}
	if c.NotBefore != nil {
		t.notBefore = c.NotBefore.Time
	}
	v.seen.keep(sum, t, v.now())
	return t, nil
}

// keyFor finds the key for a token whose claims are not verified yet. Algorithm,
// issuer and audience are looked at first, so that a stranger's token cannot
// make us ask for keys.
func (v *Validator) keyFor(ctx context.Context, t *jwt.Token, c claims) (signingKey, error) {
	if t.Method.Alg() != jwt.SigningMethodRS256.Alg() {
		return signingKey{}, RefusedAlgorithm
	}
	if c.Issuer != v.issuer {
		return signingKey{}, RefusedIssuer
	}
	if !slices.Contains(c.Audience, v.appID) {
		return signingKey{}, RefusedAudience
	}
	if _, critical := t.Header["crit"]; critical {
		return signingKey{}, RefusedToken // extensions we would have to understand
	}
	kid, ok := t.Header["kid"].(string)
	if !ok || kid == "" {
		return signingKey{}, RefusedUnknownKey
	}
	return v.keys.find(ctx, kid)
}

// stillGood re-checks what can have changed since the token was verified: the
// time, and whether its key is still published.
func (v *Validator) stillGood(ctx context.Context, t verifiedToken) bool {
	now := v.now()
	if !now.Before(t.expires.Add(tokenSkew)) || now.Before(t.notBefore.Add(-tokenSkew)) {
		return false
	}
	key, err := v.keys.find(ctx, t.kid)
	return err == nil && key.public.Equal(t.key) && slices.Equal(key.endorsements, t.endorsements)
}

// tokenRefusal names what the parser found. The first refusal in the order of
// the checks wins.
func tokenRefusal(err error) error {
	if r, ok := errors.AsType[Refusal](err); ok {
		return fmt.Errorf("verify token: %w", r)
	}
	r := RefusedToken
	switch {
	case errors.Is(err, jwt.ErrTokenMalformed):
	case errors.Is(err, jwt.ErrTokenUnverifiable):
		r = RefusedAlgorithm // one the parser does not even know
	case errors.Is(err, jwt.ErrTokenSignatureInvalid):
		r = RefusedSignature
	case errors.Is(err, jwt.ErrTokenNotValidYet):
		r = RefusedEarly
	case errors.Is(err, jwt.ErrTokenExpired), errors.Is(err, jwt.ErrTokenRequiredClaimMissing):
		r = RefusedExpired
	}
	return fmt.Errorf("verify token: %w", r)
}

// bearer takes the token out of an Authorization header: exactly two parts, of
// which the second has the three of a JWT.
func bearer(header string) (string, error) {
	scheme, token, ok := strings.Cut(header, " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") || token == "" || strings.ContainsAny(token, " \t,") {
		return "", RefusedNoToken
	}
	if len(token) > tokenLimit || strings.Count(token, ".") != 2 {
		return "", RefusedToken
	}
	return token, nil
}

// plainURL makes service URLs comparable: SDKs differ in case and in the
// trailing slash.
func plainURL(s string) string { return strings.TrimSuffix(strings.ToLower(s), "/") }

// identity is who a valid token speaks for. A claim that is not there is empty,
// where the library's own would panic.
type identity map[string]string

func (i identity) GetClaimValue(name string) string { return i[name] }
func (i identity) IsAuthenticated() bool            { return true }
