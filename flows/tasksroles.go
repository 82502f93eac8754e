package flows

import (
	"context"
	"slices"
	"strings"
)

// RemoveDirectoryRoles takes directory roles away. It is in no built-in workflow.
const RemoveDirectoryRoles TaskName = "remove_directory_roles"

// adminsLeft is how many enabled Global Administrators an organisation must keep: with one, a lost phone locks everybody out.
const adminsLeft = 2

func lookNoRoles(ctx context.Context, h hands, c Case, _ Step) (sight, error) {
	roles, err := h.DirectoryRoles(ctx, c.Account)
	if err != nil {
		return sight{}, err
	}
	if len(roles) == 0 {
		return sight{done: true, text: c.Lang.Say("no directory role of their own")}, nil
	}
	var holds, may []string
	for _, r := range roles {
		if r.How == RoleEligible {
			may = append(may, orElse(r.Name, r.Role))
		} else {
			holds = append(holds, orElse(r.Name, r.Role))
		}
	}
	var texts []string
	if len(holds) > 0 {
		texts = append(texts, c.Lang.Say("holds %s", series(c.Lang, slices.Compact(sorted(holds)))))
	}
	if len(may) > 0 {
		texts = append(texts, c.Lang.Say("may take up %s", series(c.Lang, slices.Compact(sorted(may)))))
	}
	return sight{text: strings.Join(texts, ", ")}, nil
}

// actNoRoles takes every role away. Who the other Global Administrators are is read first: the organisation is not left with fewer than two.
func actNoRoles(ctx context.Context, h hands, c Case, _ Step) error {
	roles, err := h.DirectoryRoles(ctx, c.Account)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(roles, func(r DirectoryRole) bool {
		return strings.EqualFold(r.Role, GlobalAdministrator) && r.How != RoleEligible
	}) {
		admins, err := h.GlobalAdministrators(ctx)
		if err != nil {
			return err
		}
		if left := otherThan(admins, c.Account); left < adminsLeft {
			return &Error{Code: Conflict, Say: c.Lang.Say("Nothing was taken away: only %s would be left, and there must be two. Appoint another one, then retry.", count(c.Lang, left, "other enabled Global Administrator"))}
		}
	}
	for _, r := range roles {
		if err := h.RemoveDirectoryRole(ctx, c.Account, r); err != nil {
			return err
		}
	}
	return nil
}

// otherThan counts the others, each once.
func otherThan(ids []AccountID, id AccountID) int {
	others := map[AccountID]bool{}
	for _, one := range ids {
		if one != id {
			others[one] = true
		}
	}
	return len(others)
}
