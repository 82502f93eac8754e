package graph

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"muster/flows"
)

const (
	saySignIns = "Muster's app lacks the permission AuditLog.Read.All."
	sayNoP1    = "The tenant has no Entra ID P1, without which Microsoft shows no sign-ins."
)

// LastSignIn is the latest sign-in on record. Microsoft keeps the latest successful one apart since December 2023; for whoever has not signed
// in since, the others count, which are attempts.
func (c *Client) LastSignIn(ctx context.Context, id flows.AccountID) (at time.Time, tried bool, err error) {
	if err := named(id); err != nil {
		return time.Time{}, false, err
	}
	var u struct {
		ID       string `json:"id"`
		Activity struct {
			Succeeded time.Time `json:"lastSuccessfulSignInDateTime"`
			Attended  time.Time `json:"lastSignInDateTime"`
			Alone     time.Time `json:"lastNonInteractiveSignInDateTime"`
		} `json:"signInActivity"`
	}
	const op = "read last sign-in"
	if err := c.rest(ctx, op, http.MethodGet, "/users/"+string(id)+asked("$select", "id,signInActivity"), nil, nil, &u); err != nil {
		say := saySignIns
		if f, ok := errors.AsType[*Failure](err); ok && strings.HasPrefix(f.Code, "Authentication_RequestFromNonPremiumTenant") {
			say = sayNoP1
		}
		return time.Time{}, false, clearer(err, http.StatusForbidden, say)
	}
	if !strings.EqualFold(u.ID, string(id)) {
		return time.Time{}, false, unreadable(op, "object id")
	}
	a := u.Activity
	if !a.Succeeded.IsZero() {
		return a.Succeeded.UTC(), false, nil
	}
	if at = a.Attended; a.Alone.After(at) {
		at = a.Alone
	}
	return at.UTC(), !at.IsZero(), nil
}
