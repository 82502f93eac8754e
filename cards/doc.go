// Package cards draws what people see in Teams: a case or a draft becomes an Adaptive Card, and a press on one becomes a Press. It is
// pure: it reads no clock, no store and no network, decides nothing, and trusts nothing that comes back.
//
// Every card says the whole story in its first line and what is asked of its reader in its second; then come people, facts, the choice, what
// happens next, and small at the end the case reference. Each is composed of the parts in kit.go and has a file of its own.
//
// Text that people typed, and names from the directory, stand in the runs of a RichTextBlock, where Teams reads no markdown. A TextBlock and
// a FactSet, where it does, hold only our own words, dates and numbers. The one place where a directory's words must stand elsewhere is the
// title of a choice; plain takes the link syntax out of it.
//
// Each button carries the verb, the case or draft, the version and the plan's hash: ids that the engine checks again. The titles of buttons
// and the ids of inputs are a contract for scripts.
package cards
