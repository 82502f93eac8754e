package flows

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"muster/flows/texts"
)

// covers says which tasks of Microsoft's Lifecycle Workflows a task of the catalogue does the work of, by their number in the table that
// Microsoft publishes (April 2026), which has 31.
func covers(t TaskName) []int {
	return map[TaskName][]int{
		SendWelcome: {1}, SendMail: {1, 2, 4, 27, 28, 29}, Notify: {1, 2, 4, 27, 28, 29}, OfferPass: {3}, RequestPackage: {5}, AssignLicences: {6}, AddToGroup: {7}, AddToTeam: {8},
		SetNames: {9}, EnableAccount: {10}, CallWebhook: {11}, BlockSignIn: {12}, DisableOnPremises: {12}, RemoveFromGroup: {13, 14}, RemoveFromTeam: {15, 16},
		RemovePackages: {17, 18}, CancelPackageRequests: {19}, RemoveLicence: {20, 25}, RevokeSessions: {21}, DeleteAccount: {26},
	}[t]
}

// lifecycleTasks are how many tasks Microsoft's Lifecycle Workflows have.
const lifecycleTasks = 31

// notCovered says why the work of some of them is done by no task of the catalogue.
func notCovered() map[int]string {
	const agents = "about agent identities, which are no people"
	return map[int]string{
		22: "mail about sponsorship changes: " + agents, 23: "mail to co-sponsors: " + agents, 24: "transfer of sponsorships: " + agents,
		26: "deletion of a user: a later step of its own, which people confirm",
		30: "mail about inactivity: no people event",
		31: "mail about guests without a sponsor: no people event",
	}
}

// TaskTable is the task catalogue for people, as Markdown: one row for each task, from what the code says of itself.
func TaskTable(lang texts.Language) string {
	var b strings.Builder
	b.WriteString(`# The task catalogue

Every step of a plan is one of these tasks: look, act, look. Nothing counts as done before it was seen. This file is printed by
` + "`muster policy tasks`" + ` from the code, and a test holds the two together.

- **Needs** are Microsoft Graph application permissions. Grant those of the tasks that your workflows use: ` + "`muster policy permissions`" + ` prints them.
- **Patience** is how long Muster looks for the effect, all pauses together, before it asks people.
- **Workflows** are those of the policy in which the task may stand as a line, and in brackets what such a line takes besides the keys that
  every line has. A task without one is planned by Muster itself, or takes another one back.
- **LCW** are the tasks of Microsoft Entra Lifecycle Workflows whose work it does, by Microsoft's number.

| Task | What it does | Counts as done when | Needs | Patience | Taken back | Know this | Workflows | LCW |
|---|---|---|---|---|---|---|---|---|
`)
	for _, name := range slices.Sorted(maps.Keys(tasks)) {
		t := tasks[name]
		cells := []string{"`" + string(name) + "`", t.does, t.done, t.permissions(), t.patience(lang), t.undone, t.pitfalls, t.lines(), numbers(covers(name))}
		b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
	}
	b.WriteString("\n## Tasks of Lifecycle Workflows that none of these covers\n\n")
	reasons := notCovered()
	for name := range tasks {
		for _, n := range covers(name) {
			delete(reasons, n)
		}
	}
	for _, n := range slices.Sorted(maps.Keys(reasons)) {
		fmt.Fprintf(&b, "- %d: %s.\n", n, reasons[n])
	}
	return b.String()
}

func (t task) permissions() string {
	if len(t.needs) == 0 {
		return "nothing"
	}
	return "`" + strings.Join(t.needs, "` `") + "`"
}

// patience is how long a task is looked for. One without a look waits for people.
func (t task) patience(lang texts.Language) string {
	if t.look == nil {
		return "people answer"
	}
	var all time.Duration
	for _, d := range t.looks {
		all += d
	}
	switch {
	case all >= 48*time.Hour:
		return count(lang, int(all.Round(24*time.Hour)/(24*time.Hour)), "day")
	case all >= 2*time.Hour:
		return count(lang, int(all.Round(time.Hour)/time.Hour), "hour")
	}
	return count(lang, int(all.Round(time.Minute)/time.Minute), "minute")
}

func (t task) lines() string {
	in := strings.Join(t.in, ", ")
	if len(t.in) == len(everyFlow()) {
		in = "all"
	}
	if len(t.takes) > 0 {
		in += " (" + strings.Join(t.takes, ", ") + ")"
	}
	return orElse(in, "-")
}

func numbers(ns []int) string {
	var out []string
	for _, n := range ns {
		out = append(out, fmt.Sprint(n))
	}
	return orElse(strings.Join(out, ", "), "-")
}
