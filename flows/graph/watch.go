package graph

import (
	"context"
	"fmt"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"muster/flows"
)

// Watcher is told that a call begins, by its verb and object, and then what became of it.
type Watcher func(ctx context.Context, op string) func(flows.Call)

func unwatched(context.Context, string) func(flows.Call) { return func(flows.Call) {} }

// Token asks for a token as every call does, and says until when it is good. The credential keeps its tokens: asking often costs nothing.
func (c *Client) Token(ctx context.Context) (time.Time, error) {
	t, err := c.cred.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{c.scope}})
	if err != nil {
		return time.Time{}, fmt.Errorf("get a token for Graph: %w", err)
	}
	return t.ExpiresOn, nil
}

// seen is the call for whoever watches.
func (k *call) seen(err error) flows.Call {
	out := flows.Call{Write: k.write, Tries: len(k.attempts), Waited: k.waited, Err: err}
	for _, a := range k.attempts {
		out.Status, out.Code = a.status, a.code
		if a.status == 429 {
			out.Throttled++
		}
		if a.dated {
			out.Dated, out.Ahead = true, a.ahead
		}
	}
	return out
}

// Budget is how many writes may be sent at once, and how many at most, before they must wait; nothing when they are not kept within a quota.
func (c *Client) Budget() (left, most float64) {
	if c.pace.now == nil {
		return 0, 0
	}
	return c.pace.quota.places.TokensAt(c.pace.now()), writeBurst
}
