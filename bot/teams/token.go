package teams

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// tokenMargin is how long before its end a token counts as old.
const tokenMargin = 5 * time.Minute

// tokenSource keeps the outbound token until it is old. One caller fetches, the
// others wait for it or for their own context.
type tokenSource struct {
	credential azcore.TokenCredential
	scope      string
	now        func() time.Time

	turn chan struct{} // holds one token: who has it may use the fields below
	last azcore.AccessToken
}

// get returns a token other than the refused one, which is "" when none was.
func (s *tokenSource) get(ctx context.Context, refused string) (string, error) {
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return "", fmt.Errorf("wait for connector token: %w", ctx.Err())
	}
	defer func() { <-s.turn }()
	if s.last.Token != "" && s.last.Token != refused && s.fresh() {
		return s.last.Token, nil
	}
	t, err := s.credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{s.scope}})
	if err != nil {
		return "", fmt.Errorf("get connector token: %w", err)
	}
	if t.Token == "" {
		return "", errors.New("get connector token: it is empty")
	}
	s.last = t
	return t.Token, nil
}

func (s *tokenSource) fresh() bool {
	now := s.now()
	if !s.last.RefreshOn.IsZero() && !now.Before(s.last.RefreshOn) {
		return false
	}
	return now.Before(s.last.ExpiresOn.Add(-tokenMargin))
}

// until gets a token as get does, and says when it ends.
func (s *tokenSource) until(ctx context.Context) (time.Time, error) {
	if _, err := s.get(ctx, ""); err != nil {
		return time.Time{}, err
	}
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return time.Time{}, fmt.Errorf("wait for connector token: %w", ctx.Err())
	}
	defer func() { <-s.turn }()
	return s.last.ExpiresOn, nil
}
