package graph

import (
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/subscribedskus"
	"github.com/microsoftgraph/msgraph-sdk-go/users"

	"muster/flows"
)

// FetchSKUs lists the organisation's licences for people. Free is what is paid for and not given out; seats of the grace period and
// seats of a suspended subscription are not promised to anybody.
func (c *Client) FetchSKUs(ctx context.Context) ([]flows.SKU, error) {
	// No $top: this list answers 400 to it.
	first := &subscribedskus.SubscribedSkusRequestBuilderGetRequestConfiguration{
		QueryParameters: &subscribedskus.SubscribedSkusRequestBuilderGetQueryParameters{
			Select: []string{"skuId", "skuPartNumber", "appliesTo", "capabilityStatus", "consumedUnits", "prepaidUnits", "servicePlans"},
		},
	}
	all, err := pages(ctx, c, "list licences", 0, func(ctx context.Context, next string) (models.SubscribedSkuCollectionResponseable, error) {
		if next != "" {
			return c.skus().WithUrl(next).Get(ctx, nil)
		}
		return c.skus().Get(ctx, first)
	})
	if err != nil {
		return nil, err
	}
	var skus []flows.SKU
	for _, s := range all {
		if s.GetSkuId() == nil || !strings.EqualFold(str(s.GetAppliesTo()), "User") {
			continue
		}
		skus = append(skus, flows.SKU{ID: s.GetSkuId().String(), Part: str(s.GetSkuPartNumber()), Free: free(s), Over: over(s), Governs: governs(s)})
	}
	slices.SortFunc(skus, func(a, b flows.SKU) int { return strings.Compare(a.Part+a.ID, b.Part+b.ID) })
	return skus, nil
}

// governs looks for the service plans that bring Entra ID P2 or Governance, which many licences contain.
func governs(s models.SubscribedSkuable) bool {
	return slices.ContainsFunc(s.GetServicePlans(), func(p models.ServicePlanInfoable) bool {
		name := strings.ToUpper(str(p.GetServicePlanName()))
		return name == "AAD_PREMIUM_P2" || name == "ENTRA_IDENTITY_GOVERNANCE"
	})
}

func free(s models.SubscribedSkuable) int {
	if status := str(s.GetCapabilityStatus()); status != "" && !strings.EqualFold(status, "Enabled") && !strings.EqualFold(status, "Warning") {
		return 0
	}
	units := s.GetPrepaidUnits()
	if units == nil || units.GetEnabled() == nil || s.GetConsumedUnits() == nil {
		return 0
	}
	return max(0, int(*units.GetEnabled()-*s.GetConsumedUnits()))
}

// over is how many seats are given out beyond those that are paid for.
func over(s models.SubscribedSkuable) int {
	units := s.GetPrepaidUnits()
	if units == nil || units.GetEnabled() == nil || s.GetConsumedUnits() == nil {
		return 0
	}
	return max(0, int(*s.GetConsumedUnits()-*units.GetEnabled()))
}

// AssignLicences gives and takes licences (SKU ids) in one request: one at a time they fail when service plans depend on each other.
// Both lists are always sent, empty or not, because Graph refuses a body without one. Taking a single licence that is not held is
// success.
func (c *Client) AssignLicences(ctx context.Context, id flows.AccountID, add, remove []string) error {
	if err := named(id); err != nil {
		return err
	}
	if len(add)+len(remove) == 0 {
		return nil
	}
	give, take := make([]models.AssignedLicenseable, 0, len(add)), make([]uuid.UUID, 0, len(remove))
	for _, s := range add {
		sku, err := uuid.Parse(s)
		if err != nil {
			return refuse("A licence is not named by its SKU id.")
		}
		l := models.NewAssignedLicense()
		l.SetSkuId(&sku)
		l.SetDisabledPlans([]uuid.UUID{})
		give = append(give, l)
	}
	for _, s := range remove {
		sku, err := uuid.Parse(s)
		if err != nil {
			return refuse("A licence is not named by its SKU id.")
		}
		take = append(take, sku)
	}
	body := users.NewItemAssignLicensePostRequestBody()
	body.SetAddLicenses(give)
	body.SetRemoveLicenses(take)
	err := c.do(ctx, "assign licences", func(ctx context.Context) error {
		_, err := c.user(string(id)).AssignLicense().Post(ctx, body, nil)
		return err
	})
	if because(err, notHeld) && len(add) == 0 && len(remove) == 1 {
		return nil
	}
	return err
}
