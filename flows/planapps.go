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
	s := p.begin(l, passwordKey, "Reset the password")
	because := p.privileged()
	switch a := p.facts.Subject; {
	case a.Guest, a.Synced && p.keys[onPremises]:
		return nil, nil
	case a.Synced:
		s = byHand(s, "Reset the password of "+p.name+" in Active Directory", "In Active Directory Users and Computers, find "+a.UPN+", choose Reset Password, and set a long random one that you do not keep.",
			"The on-premises directory is in charge of this account.")
	case p.facts.Federated:
		s = byHand(s, "Reset the password of "+p.name+" where it is kept", "The passwords of this domain are kept by another sign-in service. Set a long random one for "+a.UPN+" there, and do not keep it.",
			"Another sign-in service is in charge of this password.")
	case because != "":
		s = byHand(s, "Reset the password of "+p.name+" in Entra", "As Privileged Authentication Administrator or Global Administrator, open the Entra admin centre, Users, "+a.UPN+", Reset password, and do not keep the one it shows.",
			"Becomes a task for IT: "+p.name+" "+because+".")
	}
	return []Step{s}, nil
}

func planAppRoles(p *planner, l Line) ([]Step, error) {
	s := p.begin(l, appsKey, "Take back the access to apps")
	if len(p.facts.Apps) > 0 {
		s.Note = "Holds roles in " + series(appsOf(p.facts.Apps)) + "."
	}
	return []Step{s}, nil
}

func planConsents(p *planner, l Line) ([]Step, error) {
	s := p.begin(l, consentsKey, "Take back what apps may do for "+p.name)
	if n := len(p.facts.Consents); n > 0 {
		var apps []string
		for _, c := range p.facts.Consents {
			apps = append(apps, c.App)
		}
		s.Note = "Allowed: " + series(slices.Compact(sorted(apps))) + "."
	}
	return []Step{s}, nil
}

// planRoles takes directory roles away. The sign-in is blocked before, by another administrator: as long as the person holds a role, no
// ordinary app may block it.
func planRoles(p *planner, l Line) ([]Step, error) {
	s := p.begin(l, rolesKey, "Take back the directory roles")
	if len(p.facts.Admin) > 0 {
		s.Note = "Holds " + series(sorted(p.facts.Admin)) + "."
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
	s.Name, s.Title = series(names), "Take back the access "+plural(len(names), "package ", "packages ")+series(names)
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
	s := p.begin(l, requestsKey, "Withdraw the "+plural(len(names), "request", "requests")+" for "+series(names))
	s.Name = series(names)
	return []Step{s}, nil
}

const noGovernance = "The organisation has no licence for it (Entra ID P2 or Governance)."

// planPackage asks for a package that the policy names.
func planPackage(p *planner, l Line) ([]Step, error) {
	name := orElse(l.Title, "of the policy")
	s := p.begin(l, p.key("package", l.Package, l.PackagePolicy), "Give the access package "+name)
	s.Name, s.Ref, s.Under = name, l.Package, l.PackagePolicy
	if !p.facts.Governed {
		p.warn("The policy gives the access package %s, and the organisation has no licence for access packages: IT gets a task.", name)
		s = byHand(s, "Give "+p.name+" what the access package "+name+" gives", "Give the access by hand, or have the line taken out of the policy.", noGovernance)
		s.Ref, s.Under = "", ""
	}
	return []Step{s}, nil
}

// planLifecycle runs a workflow of the tenant. One that is not there, or may not be run, is for people.
func planLifecycle(p *planner, l Line) ([]Step, error) {
	name := p.facts.Lifecycle[l.Workflow]
	s := p.begin(l, p.key("workflow", l.Workflow, ""), "Run the workflow "+name)
	s.Name, s.Ref = name, l.Workflow
	if name == "" {
		why := "The tenant has no lifecycle workflow with this id, or Muster may not see it."
		if !p.facts.Governed {
			why = noGovernance
		}
		p.warn("The policy runs a lifecycle workflow that cannot be run: IT gets a task.")
		s = byHand(s, "Do for "+p.name+" what a lifecycle workflow should do", "The policy runs the lifecycle workflow "+l.Workflow+" for "+p.name+". Run it in the Entra admin centre, or do by hand what it does, and have the line of the policy corrected.", why)
		s.Ref = ""
	}
	return []Step{s}, nil
}

// rightsNotes are the warnings about administrators and about what could not be seen.
func (p *planner) rightsNotes() {
	if p.facts.LastAdmin {
		p.warn("%s is a Global Administrator, and fewer than two others would be left. Appoint another one before the exit.", p.name)
	}
	for _, what := range p.facts.Unseen {
		p.warn("%s", what)
	}
}
