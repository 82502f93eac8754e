package graphsim

import (
	"slices"
	"strings"
)

func (c *call) skuView(s sku) map[string]any {
	used := c.t.consumed(s.ID)
	if c.full {
		used = max(used, s.Enabled)
	}
	return map[string]any{
		"id": tenantID + "_" + s.ID, "accountId": tenantID, "accountName": "Larkfield Instruments", "appliesTo": "User",
		"capabilityStatus": "Enabled", "consumedUnits": used, "skuId": s.ID, "skuPartNumber": s.Part,
		"subscriptionIds": []any{uuidOf(0, "subscription/"+s.ID, 1)},
		"prepaidUnits":    map[string]any{"enabled": s.Enabled, "suspended": 0, "warning": 0, "lockedOut": 0},
		"servicePlans":    s.planViews(nil),
	}
}

func (s sku) planViews(disabled []string) []any {
	plans := []any{}
	for _, p := range s.Plans {
		status := "Success"
		if slices.Contains(disabled, p.ID) {
			status = "Disabled"
		}
		plans = append(plans, map[string]any{
			"appliesTo": "User", "provisioningStatus": status, "servicePlanId": p.ID, "servicePlanName": p.Name,
		})
	}
	return plans
}

func listSKUs(c *call) (answer, error) {
	if c.option("top") != "" {
		return answer{}, unsupportedQuery("This resource does not support custom page sizes. Please retry without a page size argument.")
	}
	rows := []map[string]any{}
	for _, s := range c.t.SKUs {
		rows = append(rows, c.skuView(s))
	}
	return c.plainPage("subscribedSkus", rows)
}

func getSKU(c *call) (answer, error) {
	_, id, _ := strings.Cut(c.params["id"], "_")
	s := c.t.sku(id)
	if s == nil {
		return answer{}, notFound(c.params["id"])
	}
	return c.plainOne("subscribedSkus", c.skuView(*s))
}

func licenseDetails(c *call) (answer, error) {
	u, err := c.user()
	if err != nil {
		return answer{}, err
	}
	rows := []map[string]any{}
	seen := map[string]bool{}
	for _, key := range sortedKeys(u.Licences) {
		l := u.Licences[key]
		if l.State != "Active" || seen[l.SKU] {
			continue
		}
		seen[l.SKU] = true
		s := c.t.sku(l.SKU)
		rows = append(rows, map[string]any{
			"id": uuidOf(0, "detail/"+u.ID+l.SKU, 1), "skuId": l.SKU, "skuPartNumber": s.Part, "servicePlans": s.planViews(l.Disabled),
		})
	}
	return c.plainPage("users('"+u.ID+"')/licenseDetails", rows)
}
