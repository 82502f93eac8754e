package graph

import (
	"context"
	"time"

	"github.com/microsoftgraph/msgraph-sdk-go/models"

	"muster/flows"
)

// Bounds of a pass's lifetime in Graph; the tenant's own policy may be narrower.
const (
	shortestPass = 10
	longestPass  = 43200
)

// FetchPasses lists the account's Temporary Access Passes. The code is never in the list: Graph shows it once, when it is made.
func (c *Client) FetchPasses(ctx context.Context, id flows.AccountID) ([]flows.Pass, error) {
	if err := named(id); err != nil {
		return nil, err
	}
	all, err := pages(ctx, c, "list passes of account", 0, func(ctx context.Context, next string) (models.TemporaryAccessPassAuthenticationMethodCollectionResponseable, error) {
		list := c.user(string(id)).Authentication().TemporaryAccessPassMethods()
		if next != "" {
			return list.WithUrl(next).Get(ctx, nil)
		}
		return list.Get(ctx, nil)
	})
	if err != nil {
		return nil, err
	}
	var passes []flows.Pass
	for _, p := range all {
		passes = append(passes, passOf(p))
	}
	return passes, nil
}

func passOf(p models.TemporaryAccessPassAuthenticationMethodable) flows.Pass {
	pass := flows.Pass{ID: str(p.GetId()), Usable: yes(p.GetIsUsable()), Once: yes(p.GetIsUsableOnce())}
	if start := p.GetStartDateTime(); start != nil {
		pass.Start = start.UTC().Format(time.RFC3339)
		if m := p.GetLifetimeInMinutes(); m != nil {
			pass.Until = start.Add(time.Duration(*m) * time.Minute).UTC().Format(time.RFC3339)
		}
	}
	return pass
}

// MakePass makes a Temporary Access Pass that starts now. The code is in the answer and nowhere else, ever. The request is sent
// once; when its answer is lost, a pass may exist whose code nobody knows: FetchPasses shows it, RemovePass makes room.
func (c *Client) MakePass(ctx context.Context, id flows.AccountID, minutes int, once bool) (flows.Pass, flows.Secret, error) {
	if err := named(id); err != nil {
		return flows.Pass{}, flows.Secret{}, err
	}
	if minutes < shortestPass || minutes > longestPass {
		return flows.Pass{}, flows.Secret{}, refuse("A Temporary Access Pass lasts from 10 minutes to 30 days.")
	}
	body := models.NewTemporaryAccessPassAuthenticationMethod()
	lifetime := int32(minutes)
	body.SetLifetimeInMinutes(&lifetime)
	body.SetIsUsableOnce(&once)
	made, err := fetch(ctx, c, "make pass for account", func(ctx context.Context) (models.TemporaryAccessPassAuthenticationMethodable, error) {
		return c.user(string(id)).Authentication().TemporaryAccessPassMethods().Post(ctx, body, nil)
	})
	if err != nil {
		return flows.Pass{}, flows.Secret{}, err
	}
	code := str(made.GetTemporaryAccessPass())
	if code == "" {
		return flows.Pass{}, flows.Secret{}, unreadable("make pass for account", "code")
	}
	return passOf(made), flows.NewSecret(code), nil
}

// RemovePass removes a pass. One that is gone already is success, since a removal whose answer was lost is sent again.
func (c *Client) RemovePass(ctx context.Context, id flows.AccountID, pass string) error {
	if err := named(id); err != nil {
		return err
	}
	if pass == "" { // would address the list
		return refuse("No pass was named.")
	}
	err := c.do(ctx, "remove pass of account", func(ctx context.Context) error {
		return c.user(string(id)).Authentication().TemporaryAccessPassMethods().ByTemporaryAccessPassAuthenticationMethodId(pass).Delete(ctx, nil)
	})
	if flows.CodeOf(err) == flows.NotFound {
		return nil
	}
	return err
}
