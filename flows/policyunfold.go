package flows

import "slices"

// wholes are the lines that stand for a whole built-in workflow. Policies had them before its lines were lines of their own, and such a
// policy means today what it meant then.
func wholes() map[TaskName]string {
	return map[TaskName]string{ChangeName: RenameFlow, BeginLeave: LeaveFlow}
}

// unfolded puts the built-in lines in the place of one that stands for them. Those that wait for nothing wait for what it waits for, and who
// waits for it waits for all of them.
func unfolded(lines []Line, builtIn Workflows) []Line {
	var out []Line
	parts := map[string][]string{}
	for _, l := range lines {
		l.After = slices.Clone(l.After)
		for name, of := range parts {
			if i := slices.Index(l.After, name); i >= 0 {
				l.After = slices.Replace(l.After, i, i+1, of...)
			}
		}
		flow, whole := wholes()[l.Task]
		if !whole {
			out = append(out, l)
			continue
		}
		inside := func(name string) string { return l.name() + "/" + name }
		for _, part := range builtIn[flow] {
			part.Key, part.OnFailure = inside(part.name()), orElse(part.OnFailure, l.OnFailure)
			after := slices.Clone(l.After)
			if len(part.After) > 0 {
				after = nil
			}
			for _, name := range part.After {
				after = append(after, inside(name))
			}
			part.After = after
			parts[l.name()] = append(parts[l.name()], part.Key)
			out = append(out, part)
		}
	}
	return out
}
