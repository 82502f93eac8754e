package flows

// Contradictions in what is done for somebody who moves, and who comes back from a secondment.

// mover refuses what takes access away before the new job has its own, and what leaves a group without an owner.
func (c *contra) mover() {
	for i, l := range c.lines {
		at := c.at(i)
		if l.takesAway() {
			c.comesFirst(i, l)
		}
		switch {
		case l.Task != RemoveFromGroup && l.Task != RemoveFromTeam:
		case c.find(HandOverGroup) < 0:
			c.wrong(at+".task", "A group that the person owns would lose its owner: put hand_over_group above, and let this wait for it.")
		case !c.waits(l, HandOverGroup):
			c.wrong(at+".task", "Ownership goes before membership: let this wait for hand_over_group.")
		}
		if l.Task == RuleLetsGo && !c.waits(l, SetDetails) {
			c.wrong(at+".task", "A rule lets go when the details change: let this wait for set_attributes.")
		}
		if (l.takesAway() || l.Task == SetDetails || l.Task == SetManager || l.Task == TakeBack) && c.ever(func(s *planner) bool { return s.due(l).Before(s.anchors[atChange]) }) {
			c.wrong(at+".at", "%s would be done before the move, while the person still has the old job.", l.Task)
		}
	}
}

// comesFirst refuses a removal that does not wait for what comes.
func (c *contra) comesFirst(i int, l Line) {
	for _, g := range c.lines {
		switch {
		case !g.gives():
		case !c.waits(l, g.Task):
			c.wrong(c.at(i)+".task", "What the new job gives comes before anything goes: let this wait for %s.", g.Task)
			return
		case c.ever(func(s *planner) bool { return s.due(l).Before(s.due(g)) }):
			c.wrong(c.at(i)+".at", "%s would be due before %s, which it waits for.", l.Task, g.Task)
			return
		}
	}
}

// secondment refuses a way back that ends early, or that keeps what came for as long as nobody confirms the return.
func (c *contra) secondment() {
	for i, l := range c.lines {
		for _, g := range c.lines {
			switch {
			case !l.takesAway() && l.Task != TakeBack || !g.gives():
			case waitsFor(c.lines, l, g.name(), nil):
				c.wrong(c.at(i)+".after", "What came with the secondment goes whether or not the return is confirmed: do not let it wait for %s.", g.Task)
			case c.ever(func(s *planner) bool { return s.due(l).Before(s.due(g)) }):
				c.wrong(c.at(i)+".at", "%s would be due before %s: what was held before comes back first.", l.Task, g.Task)
			}
		}
		if !l.tells() && l.Title == "" && c.ever(func(s *planner) bool { return s.due(l).Before(s.anchors[atEnd]) }) {
			c.wrong(c.at(i)+".at", "%s would be done before the secondment ends.", l.Task)
		}
	}
}
