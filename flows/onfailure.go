package flows

// KeptBack is the step that keeps another from being done: one that it waits for, or one whose failure stops all that has not begun.
func (c Case) KeptBack(s Step) (by Step, kept bool) {
	for _, k := range s.After {
		if dep, on, ok := c.Step(k); ok && !on.State.Over() && !(on.State == StepBroken && dep.OnFailure == onGo) {
			return dep, true
		}
	}
	if _, st, _ := c.Step(s.Key); st.State != Planned || s.closesTheDoor() {
		return Step{}, false
	}
	for _, o := range c.Plan.Steps {
		if o.OnFailure != onStop || o.Key == s.Key {
			continue
		}
		if _, st, _ := c.Step(o.Key); st.State == StepBroken {
			return o, true
		}
	}
	return Step{}, false
}

// closesTheDoor reports whether a step is never stopped: a failure elsewhere must not leave an account open.
func (s Step) closesTheDoor() bool {
	return s.Task == BlockSignIn || s.Task == RevokeSessions || s.Key == exitKey
}

// Dependants counts the steps that cannot go on while a step has failed, directly or through another.
func (c Case) Dependants(k StepKey) int {
	failed, _, ok := c.Step(k)
	if !ok || failed.OnFailure == onGo {
		return 0
	}
	waits := map[StepKey]bool{k: true}
	for grown := true; grown; {
		grown = false
		for _, s := range c.Plan.Steps {
			_, st, _ := c.Step(s.Key)
			if waits[s.Key] || st.State.Over() {
				continue
			}
			stopped := failed.OnFailure == onStop && st.State == Planned && !s.closesTheDoor()
			for _, dep := range s.After {
				stopped = stopped || waits[dep]
			}
			if stopped {
				waits[s.Key], grown = true, true
			}
		}
	}
	return len(waits) - 1
}
