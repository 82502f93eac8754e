package graphsim

import (
	"strings"
	"time"
)

// writable says why the members of a group cannot be written through Graph.
func (c *call) writable(g *group) error {
	switch {
	case g.flag("mailEnabled") && !g.is("Unified"):
		return badRequest("Cannot Update a mail-enabled security groups and or distribution list.")
	case g.dynamic():
		// The exact words of Graph are not known.
		return badRequest("Cannot update the members of a group with dynamic membership.")
	case g.flag("onPremisesSyncEnabled"):
		return synced()
	case g.flag("isAssignableToRole") && !c.may("RoleManagement.ReadWrite.Directory"):
		return denied()
	}
	return nil
}

// newMember checks an object that is to be added to a group.
func (c *call) newMember(g *group, id string) error {
	u, nested := c.t.Users[id], c.t.Groups[id]
	switch {
	case u == nil && nested == nil, u != nil && u.Deleted != nil:
		return notFound(id)
	case u != nil && !u.visible(c.now):
		return notReplicated()
	case nested != nil && (g.is("Unified") || id == g.ID):
		return badRequest("An invalid operation was included in the following modified references: 'members'.")
	case g.Members[id].member():
		return badRequest("One or more added object references already exist for the following modified properties: 'members'.")
	}
	return nil
}

func addMember(c *call) (answer, error) {
	g, err := c.group()
	if err != nil {
		return answer{}, err
	}
	id, err := c.reference()
	if err != nil {
		return answer{}, err
	}
	if err := c.writable(g); err != nil {
		return answer{}, err
	}
	if err := c.newMember(g, id); err != nil {
		return answer{}, err
	}
	c.t.editGroup(g.ID).put(id, c.now, c.delay())
	return noContent(), nil
}

// removedLately is how long a second removal is told apart from the removal of
// someone who never was a member.
const removedLately = 5 * time.Minute

func removeMember(c *call) (answer, error) {
	g, err := c.group()
	if err != nil {
		return answer{}, err
	}
	if err := c.writable(g); err != nil {
		return answer{}, err
	}
	id := strings.ToLower(c.params["member"])
	m := g.Members[id]
	if !m.member() {
		if m != nil && c.now.Sub(*m.Removed) < removedLately {
			return answer{}, badRequest("One or more removed object references do not exist for the following modified properties: 'members'.")
		}
		return answer{}, notFound(c.params["member"])
	}
	c.t.editGroup(g.ID).drop(id, c.now, c.delay())
	return noContent(), nil
}

// deleteMemberObject is the trap in DELETE groups/{id}/members/{user} without
// /$ref: it deletes the person, not the membership.
func deleteMemberObject(c *call) (answer, error) {
	g, err := c.group()
	if err != nil {
		return answer{}, err
	}
	u := c.t.Users[strings.ToLower(c.params["member"])]
	if u == nil || !u.visible(c.now) || !g.Members[u.ID].member() {
		return answer{}, notFound(c.params["member"])
	}
	if c.t.privileged(u.ID) {
		return answer{}, denied()
	}
	c.t.edit(u.ID).delete(c.now)
	return noContent(), nil
}

// patchGroup adds up to 20 members, all or none. Changing the group itself
// needs more than the right to change its members.
func patchGroup(c *call) (answer, error) {
	g, err := c.group()
	if err != nil {
		return answer{}, err
	}
	props, err := c.object()
	if err != nil {
		return answer{}, err
	}
	links, adds := props["members@odata.bind"]
	delete(props, "members@odata.bind")
	if len(props) > 0 {
		if !c.may("Group.ReadWrite.All") {
			return answer{}, denied()
		}
		return answer{}, unknown("PATCH of group properties")
	}
	if !adds {
		return noContent(), nil
	}
	list, isList := links.([]any)
	if !isList {
		return answer{}, malformed("members@odata.bind takes a list of links.")
	}
	if len(list) > 20 {
		return answer{}, badRequest("The request exceeds the maximum of 20 references that can be added at once.")
	}
	if err := c.writable(g); err != nil {
		return answer{}, err
	}
	next := c.t.editGroup(g.ID)
	for _, l := range list {
		link, _ := l.(string)
		id, err := c.objectOf(link)
		if err != nil {
			return answer{}, err
		}
		if err := c.newMember(next, id); err != nil {
			return answer{}, err
		}
		next.put(id, c.now, c.delay())
	}
	return noContent(), nil
}

func listOwners(c *call) (answer, error) {
	g, err := c.group()
	if err != nil {
		return answer{}, err
	}
	return c.directoryPage(c.objectRows(sortedKeys(g.Owners)), "user")
}

func addOwner(c *call) (answer, error) {
	g, err := c.group()
	if err != nil {
		return answer{}, err
	}
	id, err := c.reference()
	if err != nil {
		return answer{}, err
	}
	if err := c.ownable(g); err != nil {
		return answer{}, err
	}
	u := c.t.Users[id]
	switch {
	case u == nil || u.Deleted != nil:
		return answer{}, notFound(id)
	case !u.visible(c.now):
		return answer{}, notReplicated()
	case g.Owners[id]:
		return answer{}, badRequest("One or more added object references already exist for the following modified properties: 'owners'.")
	}
	c.t.editGroup(g.ID).Owners[id] = true
	return noContent(), nil
}

func removeOwner(c *call) (answer, error) {
	g, err := c.group()
	if err != nil {
		return answer{}, err
	}
	if err := c.ownable(g); err != nil {
		return answer{}, err
	}
	id := strings.ToLower(c.params["member"])
	switch {
	case !g.Owners[id]:
		return answer{}, notFound(c.params["member"])
	case len(g.Owners) == 1:
		return answer{}, badRequest("The group must have at least one owner, hence this owner cannot be removed.")
	}
	delete(c.t.editGroup(g.ID).Owners, id)
	return noContent(), nil
}

// ownable is writable but for dynamic groups, whose owners are set by hand.
func (c *call) ownable(g *group) error {
	if g.dynamic() {
		return nil
	}
	return c.writable(g)
}
