package graph

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"muster/flows"
)

const (
	entitlements = "/identityGovernance/entitlementManagement/"

	sayPackages = "Microsoft 365 refuses access packages. Muster's app lacks the permission EntitlementManagement.ReadWrite.All, or the tenant has no licence for them (Entra ID P2 or Governance)."
)

// packageRow is an assignment of an access package, or a request for one.
type packageRow struct {
	ID      string `json:"id"`
	State   string `json:"state"`
	Type    string `json:"requestType"` // of a request
	Package *struct {
		ID   string `json:"id"`
		Name string `json:"displayName"`
	} `json:"accessPackage"`
}

func (c *Client) packages(ctx context.Context, op, list, filter string, wanted func(packageRow) bool) ([]flows.AccessPackage, error) {
	rows, err := restPages[packageRow](ctx, c, op, entitlements+list+asked("$filter", filter, "$expand", "accessPackage"))
	if err != nil {
		return nil, clearer(err, http.StatusForbidden, sayPackages)
	}
	var all []flows.AccessPackage
	for _, r := range rows {
		switch {
		case r.ID == "" || r.State == "" || r.Package == nil || r.Package.ID == "":
			return nil, unreadable(op, "id, state or package")
		case wanted(r):
			all = append(all, flows.AccessPackage{ID: r.ID, Package: strings.ToLower(r.Package.ID), Name: r.Package.Name, State: r.State})
		}
	}
	slices.SortFunc(all, func(a, b flows.AccessPackage) int { return strings.Compare(a.Name+a.ID, b.Name+b.ID) })
	return all, nil
}

// Packages are the access packages that the account has, or is being given. One whose delivery failed gives nothing; a state that is new
// counts as having it.
func (c *Client) Packages(ctx context.Context, id flows.AccountID) ([]flows.AccessPackage, error) {
	if err := named(id); err != nil {
		return nil, err
	}
	return c.packages(ctx, "list access packages of account", "assignments", "target/objectId eq "+quoted(string(id)), func(r packageRow) bool {
		return r.State != "expired" && r.State != "deliveryFailed"
	})
}

// PackageRequests are the account's own requests for access that can still be withdrawn.
func (c *Client) PackageRequests(ctx context.Context, id flows.AccountID) ([]flows.AccessPackage, error) {
	if err := named(id); err != nil {
		return nil, err
	}
	return c.packages(ctx, "list access package requests of account", "assignmentRequests", "requestor/objectId eq "+quoted(string(id)), func(r packageRow) bool {
		return !strings.HasSuffix(strings.ToLower(r.Type), "remove") && slices.Contains([]string{"submitted", "pendingApproval", "scheduled"}, r.State)
	})
}

// RequestPackage asks for a package under one of its policies, as an administrator. Having asked, or having it, already is success.
func (c *Client) RequestPackage(ctx context.Context, id flows.AccountID, pkg, policy string) error {
	if err := named(id, flows.AccountID(pkg), flows.AccountID(policy)); err != nil {
		return err
	}
	return c.packageRequest(ctx, "request access package for account", map[string]any{
		"requestType": "adminAdd", "assignment": map[string]string{"targetId": string(id), "assignmentPolicyId": policy, "accessPackageId": pkg},
	})
}

// RemovePackage asks for the removal of a package. Having asked already is success, and so is one that is not there any more.
func (c *Client) RemovePackage(ctx context.Context, p flows.AccessPackage) error {
	if err := named(flows.AccountID(p.ID)); err != nil {
		return err
	}
	err := c.packageRequest(ctx, "request removal of access package", map[string]any{"requestType": "adminRemove", "assignment": map[string]string{"id": p.ID}})
	if flows.CodeOf(err) == flows.NotFound {
		return nil
	}
	return err
}

func (c *Client) packageRequest(ctx context.Context, op string, body map[string]any) error {
	err := c.rest(ctx, op, http.MethodPost, entitlements+"assignmentRequests", nil, body, nil)
	if f, ok := errors.AsType[*Failure](err); ok && slices.Contains([]string{"ExistingOpenRequest", "SubjectAlreadyAssigned", "ExistingActiveAssignment"}, f.Code) {
		return nil
	}
	return clearer(err, http.StatusForbidden, sayPackages)
}

// CancelPackageRequest withdraws a request. One that cannot be withdrawn any more is success here: looking tells what became of it.
func (c *Client) CancelPackageRequest(ctx context.Context, r flows.AccessPackage) error {
	if r.ID == "" {
		return refuse("No request was named.")
	}
	err := c.rest(ctx, "cancel access package request", http.MethodPost, entitlements+"assignmentRequests/"+url.PathEscape(r.ID)+"/cancel", &call{again: true}, nil, nil)
	if f, ok := errors.AsType[*Failure](err); ok && (f.Status == http.StatusNotFound || f.Code == "RequestNotCancellable") {
		return nil
	}
	return clearer(err, http.StatusForbidden, sayPackages)
}
