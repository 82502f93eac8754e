package flows

import (
	"context"
	"slices"
	"strings"
)

// The tasks on an account's password and on its access to apps.
const (
	ResetPassword  TaskName = "reset_password"
	RemoveAppRoles TaskName = "remove_app_roles"
	GrantAppRoles  TaskName = "grant_app_roles" // takes remove_app_roles back
	RemoveConsents TaskName = "remove_consents"
)

// lookReset wants a password that was set after sign-in was blocked, and by this step: one that the leaver set within the difference of the
// clocks is not enough, so a password that was there when the step began never counts.
func lookReset(ctx context.Context, h hands, c Case, s Step) (sight, error) {
	a, err := h.FetchAccount(ctx, string(c.Account))
	if err != nil {
		return sight{}, err
	}
	_, st, _ := c.Step(s.Key)
	text := a.passwordSince(c.Lang)
	later := !a.PasswordFrom.IsZero() && !a.PasswordFrom.Before(c.blockedAt(s).Add(-clockSkew))
	return sight{done: later && st.State != Planned && text != st.Before, text: text}, nil
}

func actReset(ctx context.Context, h hands, c Case, _ Step) error {
	return h.ResetPassword(ctx, c.Account)
}

func lookNoAppRoles(ctx context.Context, h hands, c Case, _ Step) (sight, error) {
	roles, err := h.AppRoles(ctx, c.Account)
	if err != nil {
		return sight{}, err
	}
	if len(roles) == 0 {
		return sight{done: true, text: c.Lang.Say("no role in an app of their own")}, nil
	}
	return sight{text: c.Lang.Say("roles in %s", series(c.Lang, appsOf(roles)))}, nil
}

// appsOf are the names of the apps, each once.
func appsOf(roles []AppRole) []string {
	var names []string
	for _, r := range roles {
		names = append(names, orElse(r.App, r.On))
	}
	return slices.Compact(sorted(names))
}

func actNoAppRoles(ctx context.Context, h hands, c Case, _ Step) error {
	roles, err := h.AppRoles(ctx, c.Account)
	if err != nil {
		return err
	}
	for _, r := range roles {
		if err := h.RemoveAppRole(ctx, c.Account, r); err != nil {
			return err
		}
	}
	return nil
}

// lookAppRoles wants the roles that the account held when the plan of its exit was made.
func lookAppRoles(ctx context.Context, h hands, c Case, _ Step) (sight, error) {
	held, err := h.AppRoles(ctx, c.Account)
	if err != nil {
		return sight{}, err
	}
	missing := missingRoles(c.Facts.Apps, held)
	if len(missing) > 0 {
		return sight{text: c.Lang.Say("no role in %s", series(c.Lang, appsOf(missing)))}, nil
	}
	return sight{done: true, text: c.Lang.Say("roles in %s", series(c.Lang, appsOf(c.Facts.Apps)))}, nil
}

func missingRoles(want, held []AppRole) []AppRole {
	var missing []AppRole
	for _, w := range want {
		if !slices.ContainsFunc(held, func(h AppRole) bool { return strings.EqualFold(h.On, w.On) && strings.EqualFold(h.Role, w.Role) }) {
			missing = append(missing, w)
		}
	}
	return missing
}

func actAppRoles(ctx context.Context, h hands, c Case, _ Step) error {
	held, err := h.AppRoles(ctx, c.Account)
	if err != nil {
		return err
	}
	for _, r := range missingRoles(c.Facts.Apps, held) {
		if err := h.GrantAppRole(ctx, c.Account, r); err != nil {
			return err
		}
	}
	return nil
}

func lookNoConsents(ctx context.Context, h hands, c Case, _ Step) (sight, error) {
	all, err := h.Consents(ctx, c.Account)
	if err != nil {
		return sight{}, err
	}
	if len(all) == 0 {
		return sight{done: true, text: c.Lang.Say("no app acts in their name")}, nil
	}
	var texts []string
	for _, one := range all {
		texts = append(texts, one.App+" ("+strings.Join(strings.Fields(one.Scope), ", ")+")")
	}
	return sight{text: c.Lang.Say("allowed: %s", strings.Join(sorted(texts), "; "))}, nil
}

func actNoConsents(ctx context.Context, h hands, c Case, _ Step) error {
	all, err := h.Consents(ctx, c.Account)
	if err != nil {
		return err
	}
	for _, one := range all {
		if err := h.RemoveConsent(ctx, one); err != nil {
			return err
		}
	}
	return nil
}

// undoApps gives back the access to apps that was there when the plan was made.
func undoApps(c Case, _ Step) (Step, bool) {
	if len(c.Facts.Apps) == 0 {
		return Step{}, false
	}
	return Step{Task: GrantAppRoles, Title: c.Lang.Say("Give back the access to %s", series(c.Lang, appsOf(c.Facts.Apps))), Name: c.Lang.Say("Apps")}, true
}
