package flows

import (
	"context"
	"slices"
	"strings"
)

// The tasks on access packages. In Ref stands the package, in Under the policy it is given by.
const (
	RequestPackage        TaskName = "request_access_package"
	RemovePackages        TaskName = "remove_access_packages" // one where Ref names it, else all
	CancelPackageRequests TaskName = "cancel_access_package_requests"
)

func lookPackage(ctx context.Context, h hands, c Case, s Step) (sight, error) {
	all, err := h.Packages(ctx, c.Account)
	if err != nil {
		return sight{}, err
	}
	for _, p := range all {
		if strings.EqualFold(p.Package, s.Ref) {
			return sight{done: p.Given(), text: p.label()}, nil
		}
	}
	return sight{text: c.Lang.Say("no access package %s", orElse(s.Name, s.Ref))}, nil
}

func (p AccessPackage) label() string { return orElse(p.Name, p.Package) + ": " + p.State }

func actPackage(ctx context.Context, h hands, c Case, s Step) error {
	return h.RequestPackage(ctx, c.Account, s.Ref, s.Under)
}

// packagesOf are the packages that the step is about.
func packagesOf(all []AccessPackage, s Step) []AccessPackage {
	return slices.DeleteFunc(slices.Clone(all), func(p AccessPackage) bool { return s.Ref != "" && !strings.EqualFold(p.Package, s.Ref) })
}

func packageSight(all []AccessPackage, none string) sight {
	var texts []string
	for _, p := range all {
		texts = append(texts, p.label())
	}
	return sight{done: len(texts) == 0, text: orElse(strings.Join(sorted(texts), "; "), none)}
}

func lookNoPackages(ctx context.Context, h hands, c Case, s Step) (sight, error) {
	all, err := h.Packages(ctx, c.Account)
	if err != nil {
		return sight{}, err
	}
	return packageSight(packagesOf(all, s), c.Lang.Say("no access package")), nil
}

func actNoPackages(ctx context.Context, h hands, c Case, s Step) error {
	all, err := h.Packages(ctx, c.Account)
	if err != nil {
		return err
	}
	for _, p := range packagesOf(all, s) {
		if err := h.RemovePackage(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

func lookNoRequests(ctx context.Context, h hands, c Case, _ Step) (sight, error) {
	all, err := h.PackageRequests(ctx, c.Account)
	if err != nil {
		return sight{}, err
	}
	return packageSight(all, c.Lang.Say("no open request for an access package")), nil
}

func actNoRequests(ctx context.Context, h hands, c Case, _ Step) error {
	all, err := h.PackageRequests(ctx, c.Account)
	if err != nil {
		return err
	}
	for _, r := range all {
		if err := h.CancelPackageRequest(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// undoPackage takes back a package that was asked for; one that was taken away is asked for again by people, as its policy decides who may.
func undoPackage(c Case, s Step) (Step, bool) {
	return Step{Task: RemovePackages, Title: c.Lang.Say("Take back the access package %s", s.Name), Name: s.Name, Ref: s.Ref}, true
}
