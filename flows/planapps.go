package flows

import "slices"

// The steps on a password, on access to apps, on directory roles, access packages and the tenant's own lifecycle workflows.

const (
	passwordKey StepKey = "password"
	appsKey     StepKey = "apps"
	consentsKey StepKey = "consents"
	rolesKey    StepKey = "roles"
	packagesKey StepKey = "packages"
	requestsKey StepKey = "packages:requests"
)

// planReset gives the account another password, where Microsoft 365 keeps it and lets an ordinary app set it. A guest has none here, and
// one of an on-premises directory is reset there, with the block.
func planReset(p *planner, l Line) ([]Step, error) {
	s := p.begin(l, passwordKey, p.policy.Lang().Say("Reset the password"))
	because := p.privileged()
	switch a := p.facts.Subject; {
	case a.Guest, a.Synced && p.keys[onPremises]:
		return nil, nil
	case a.Synced:
		s = byHand(s, p.policy.Lang().Say("Reset the password of %s in Active Directory", p.name), p.policy.Lang().Say("In Active Directory Users and Computers, find %s, choose Reset Password, and set a long random one that you do not keep.", a.UPN),
			p.policy.Lang().Say("The on-premises directory is in charge of this account."))
	case p.facts.Federated:
		s = byHand(s, p.policy.Lang().Say("Reset the password of %s where it is kept", p.name), p.policy.Lang().Say("The passwords of this domain are kept by another sign-in service. Set a long random one for %s there, and do not keep it.", a.UPN),
			p.policy.Lang().Say("Another sign-in service is in charge of this password."))
	case because != "":
		s = byHand(s, p.policy.Lang().Say("Reset the password of %s in Entra", p.name), p.policy.Lang().Say("As Privileged Authentication Administrator or Global Administrator, open the Entra admin centre, Users, %s, Reset password, and do not keep the one it shows.", a.UPN),
			p.policy.Lang().Say("Becomes a task for IT: %s %s.", p.name, because))
	}
	return []Step{s}, nil
}

func planAppRoles(p *planner, l Line) ([]Step, error) {
	s := p.begin(l, appsKey, p.policy.Lang().Say("Take back the access to apps"))
	if len(p.facts.Apps) > 0 {
		s.Note = p.policy.Lang().Say("Holds roles in %s.", series(p.policy.Lang(), appsOf(p.facts.Apps)))
	}
	return []Step{s}, nil
}

func planConsents(p *planner, l Line) ([]Step, error) {
	s := p.begin(l, consentsKey, p.policy.Lang().Say("Take back what apps may do for %s", p.name))
	if n := len(p.facts.Consents); n > 0 {
		var apps []string
		for _, c := range p.facts.Consents {
			apps = append(apps, c.App)
		}
		s.Note = p.policy.Lang().Say("Allowed: %s.", series(p.policy.Lang(), slices.Compact(sorted(apps))))
	}
	return []Step{s}, nil
}

// planRoles takes directory roles away. The sign-in is blocked before, by another administrator: as long as the person holds a role, no
// ordinary app may block it.
func planRoles(p *planner, l Line) ([]Step, error) {
	s := p.begin(l, rolesKey, p.policy.Lang().Say("Take back the directory roles"))
	if len(p.facts.Admin) > 0 {
		s.Note = p.policy.Lang().Say("Holds %s.", series(p.policy.Lang(), sorted(p.facts.Admin)))
	}
	return []Step{s}, nil
}

func planPackages(p *planner, l Line) ([]Step, error) {
	s := p.begin(l, packagesKey, "")
	if l.Package != "" {
		s.Key, s.Ref = p.key("package", l.Package, ""), l.Package
	} else if p.keys[packagesKey] {
		return nil, nil // a line above takes them all
	}
	names := packageNames(packagesOf(p.facts.Packages, s))
	if len(names) == 0 {
		return nil, nil
	}
	s.Name, s.Title = series(p.policy.Lang(), names), p.policy.Lang().Say("Take back the access %s%s", plural(len(names), p.policy.Lang().Say("package "), p.policy.Lang().Say("packages ")), series(p.policy.Lang(), names))
	return []Step{s}, nil
}

func packageNames(all []AccessPackage) []string {
	var names []string
	for _, a := range all {
		names = append(names, orElse(a.Name, a.Package))
	}
	return slices.Compact(sorted(names))
}

func planRequests(p *planner, l Line) ([]Step, error) {
	names := packageNames(p.facts.Requests)
	if len(names) == 0 {
		return nil, nil
	}
	s := p.begin(l, requestsKey, p.policy.Lang().Say("Withdraw the %s for %s", plural(len(names), p.policy.Lang().Say("request"), p.policy.Lang().Say("requests")), series(p.policy.Lang(), names)))
	s.Name = series(p.policy.Lang(), names)
	return []Step{s}, nil
}

const noGovernance = "The organisation has no licence for it (Entra ID P2 or Governance)."

// planPackage asks for a package that the policy names.
func planPackage(p *planner, l Line) ([]Step, error) {
	name := orElse(l.Title, p.policy.Lang().Say("of the policy"))
	s := p.begin(l, p.key("package", l.Package, l.PackagePolicy), p.policy.Lang().Say("Give the access package %s", name))
	s.Name, s.Ref, s.Under = name, l.Package, l.PackagePolicy
	if !p.facts.Governed {
		p.warn(p.policy.Lang().Say("The policy gives the access package %s, and the organisation has no licence for access packages: IT gets a task.", name))
		s = byHand(s, p.policy.Lang().Say("Give %s what the access package %s gives", p.name, name), p.policy.Lang().Say("Give the access by hand, or have the line taken out of the policy."), noGovernance)
		s.Ref, s.Under = "", ""
	}
	return []Step{s}, nil
}

// planLifecycle runs a workflow of the tenant. One that is not there, or may not be run, is for people.
func planLifecycle(p *planner, l Line) ([]Step, error) {
	name := p.facts.Lifecycle[l.Workflow]
	s := p.begin(l, p.key("workflow", l.Workflow, ""), p.policy.Lang().Say("Run the workflow %s", name))
	s.Name, s.Ref = name, l.Workflow
	if name == "" {
		why := p.policy.Lang().Say("The tenant has no lifecycle workflow with this id, or Muster may not see it.")
		if !p.facts.Governed {
			why = noGovernance
		}
		p.warn(p.policy.Lang().Say("The policy runs a lifecycle workflow that cannot be run: IT gets a task."))
		s = byHand(s, p.policy.Lang().Say("Do for %s what a lifecycle workflow should do", p.name), p.policy.Lang().Say("The policy runs the lifecycle workflow %s for %s. Run it in the Entra admin centre, or do by hand what it does, and have the line of the policy corrected.", l.Workflow, p.name), why)
		s.Ref = ""
	}
	return []Step{s}, nil
}

// rightsNotes are the warnings about administrators and about what could not be seen.
func (p *planner) rightsNotes() {
	if p.facts.LastAdmin {
		p.warn(p.policy.Lang().Say("%s is a Global Administrator, and fewer than two others would be left. Appoint another one before the exit.", p.name))
	}
	for _, what := range p.facts.Unseen {
		p.warn(p.policy.Lang().Say("%s", what))
	}
}
