package teams

import (
	"fmt"
	"strings"
)

// admitTenant sets the activity's tenant. The token does not name one, so the
// activity has to, in one place or in two that agree; which of the two is there
// differs between channels and chats.
func (a *Activity) admitTenant(allowed map[string]bool) error {
	for _, t := range []string{a.channelTenant, a.Conversation.TenantID} {
		t = strings.ToLower(t)
		switch {
		case t == "":
		case a.Tenant != "" && a.Tenant != t:
			return fmt.Errorf("activity names two tenants: %w", RefusedTenant)
		default:
			a.Tenant = t
		}
	}
	if !allowed[a.Tenant] {
		return RefusedTenant
	}
	return nil
}
