package flows

import "slices"

// Contradictions in what is done for a change of name, a leave, a return and a rehire.

// inside are the tasks that a line for a whole workflow stands for.
func (c *contra) inside(whole Line) []TaskName {
	builtIn, err := builtInWorkflows()
	if err != nil {
		return nil // a bug of the file that is built in, which other tests find
	}
	var out []TaskName
	for _, l := range builtIn[wholes()[whole.Task]] {
		out = append(out, l.Task)
	}
	return out
}

// after refuses a line that does not wait for a task.
func (c *contra) after(i int, t TaskName, because string) {
	if c.find(t) >= 0 && !c.waits(c.lines[i], t) {
		c.wrong(c.at(i)+".task", "%s: let this wait for %s.", because, t)
	}
}

// before refuses a line that is due before a time.
func (c *contra) before(i int, at, because string) {
	if c.ever(func(s *planner) bool { return s.due(c.lines[i]).Before(s.anchors[at]) }) {
		c.wrong(c.at(i)+".at", "%s %s", c.lines[i].Task, because)
	}
}

// rename refuses a name that people learn of too late, or too early.
func (c *contra) rename() {
	for i, l := range c.lines {
		switch l.Task {
		case SetNames, ChangeSignInName:
			if c.before(i, atChange, "would be done before the day that people are told."); l.Task == ChangeSignInName {
				c.after(i, SetNames, "The name that people see changes first")
				c.after(i, AnnounceName, "Nobody's sign-in name changes unannounced")
			}
		case AnnounceName:
			if c.ever(func(s *planner) bool { return s.anchors[atChange].Before(s.due(l)) }) {
				c.wrong(c.at(i)+".at", "A change of name would be announced after it was made.")
			}
		case KeepAddress:
			c.after(i, ChangeSignInName, "Exchange takes the former address once it is free")
		case ConfirmName:
			c.after(i, SetNames, "People would be told that it is done before it is")
			c.after(i, ChangeSignInName, "People would be told that it is done before it is")
		}
	}
}

// leave refuses what takes access away while the person still works, or that leaves a door open.
func (c *contra) leave() {
	removal := c.find(RemoveLicence)
	for i, l := range c.lines {
		if l.Task == RevokeSessions {
			c.after(i, BlockSignIn, "Sessions that end while the sign-in is open are begun anew")
		}
		if slices.Contains([]TaskName{BlockSignIn, RevokeSessions, SuspendElevated, RemoveLicence}, l.Task) {
			c.before(i, atStart, "would be done before the leave, while the person still works.")
		}
		if l.Task == SetReply && removal >= 0 && c.ever(func(s *planner) bool { return s.due(c.lines[removal]).Before(s.due(l)) }) {
			c.wrong(c.at(i)+".at", "%s needs the mailbox, which goes with the licence before this is due.", l.Task)
		}
	}
}

// comeback refuses a return in which anything comes back before the manager has confirmed it, or while the person is away.
func (c *contra) comeback() {
	for i, l := range c.lines {
		if l.Task == AskReturn || l.tells() || l.Title != "" || l.Task == RunLifecycleWorkflow {
			continue
		}
		c.after(i, AskReturn, "Nothing comes back before the manager has confirmed the access")
		if l.Task == OfferPass {
			c.after(i, EnableAccount, "A credential is of no use while the sign-in is blocked")
		}
		if ask := c.find(AskReturn); ask >= 0 && c.ever(func(s *planner) bool { return s.due(l).Before(s.due(c.lines[ask])) }) {
			c.wrong(c.at(i)+".at", "%s would be due before the manager is asked.", l.Task)
		}
		if l.Task == EnableAccount {
			c.before(i, atReturn, "would open the sign-in while the person is away.")
		}
	}
}

// rehire refuses an account that is used before it is there and blocked, and one that is opened with what it held before.
func (c *contra) rehire() {
	for i, l := range c.lines {
		switch l.Task {
		case BlockSignIn:
			c.after(i, RestoreAccount, "An account that is deleted cannot be blocked")
		case ReuseAccount:
			c.after(i, BlockSignIn, "The account stays blocked until the first day")
		case ClearAccess, RemoveMethods, ResetPassword:
			c.after(i, ReuseAccount, "The account must be there")
			if c.ever(func(s *planner) bool { return s.anchors[atEnable].Before(s.due(l)) }) {
				c.wrong(c.at(i)+".at", "%s would hold up the sign-in of the first day.", l.Task)
			}
		}
	}
}
