package flows

import (
	"maps"
	"slices"
	"strings"

	"muster/flows/texts"
)

// Door is an address at which Muster listens, and who may come in.
type Door struct{ Pattern, Who, Then string }

// Doors are all that Muster serves over HTTP. Who somebody is comes from what is signed, never from what is said.
func Doors() []Door {
	return []Door{
		{"/api/messages", "Teams, with a token that Microsoft signed for this bot, from a tenant of the configuration", "Who pressed or wrote is the Entra object id in the activity; the table above decides what they may."},
		{"POST /api/people-events", "a system of the configuration, with a signature over the body, an id that was not used before, and a time close to now", "The event becomes a form of the HR person whom the configuration names; nothing happens before they confirm it."},
		{"POST /api/people-events/{tenant}", "the same, where one Muster serves several tenants", "As above, with the secrets and the people of that tenant alone."},
		{"GET /healthz", "anybody who reaches the port", "It says whether the process lives."},
		{"GET /readyz", "anybody who reaches the port", "It says whether work can be done, and names nobody."},
		{"GET /readyz/{tenant}", "anybody who reaches the port", "The same of one tenant of several."},
		{"GET /metrics", "anybody who reaches the port", "It counts, and names nobody."},
	}
}

// RightsTable is the table of who may do what for people, as Markdown, from what the code asks.
func RightsTable(lang texts.Language) string {
	var b strings.Builder
	b.WriteString(`# Who may do what

The one table that Muster asks before every command, button, file and list. This file is printed by ` + "`muster policy rights`" + ` from the code, and a
test holds the two together. Another test tries every button on every state of a case for everybody, in every way to hold roles.

- **Who** holds one of these roles as the policy and the directory have them now, or stands so to the case. Everybody else is refused.
- **Never** are those who may not, whatever they hold: nobody decides on themselves, on what they asked for, or twice in two roles.
- **Read** says when the roles are read. A read is believed for ` + count(lang, int(rolesKept.Minutes()), "minute") + ` at most, so whoever loses a role loses the right by then. *Anew* means that it
  is read at that very press. While the directory does not answer nobody may do anything, except that what only *shows* things goes on for
  ` + count(lang, int(staleKept.Minutes()), "minute") + ` from what was known.
- A person whose exit, deletion or correction a case is reads of it what they would read of a case that is not there.
- Whoever is not in the directory of this tenant, or is blocked or deleted there, may do nothing, whatever their token says.

`)
	section := func(title string, in func(string) bool) {
		b.WriteString("## " + title + "\n\n| What | Does | Who | Never | Also needed | Read |\n|---|---|---|---|---|---|\n")
		for _, what := range slices.Sorted(maps.Keys(rightsTable)) {
			if in(what) {
				b.WriteString(rightsTable[what].row(lang, what))
			}
		}
		b.WriteString("\n")
	}
	section("What people write", isCommand)
	section("Buttons", func(what string) bool { return isVerb(what) && !isCommand(what) })
	section("Files", func(what string) bool { return strings.HasPrefix(what, FileKind("").right(lang)) })
	section("What else is asked of the table", func(what string) bool {
		return !isCommand(what) && !isVerb(what) && !strings.HasPrefix(what, FileKind("").right(lang))
	})
	b.WriteString("## Doors\n\n| Address | Who | What then |\n|---|---|---|\n")
	for _, d := range Doors() {
		b.WriteString("| `" + d.Pattern + "` | " + d.Who + " | " + d.Then + " |\n")
	}
	return b.String()
}

func isCommand(what string) bool {
	_, answered := answers[what]
	_, announced := announces(what)
	return answered || announced
}

func isVerb(what string) bool {
	_, decided := rules[what]
	_, pressed := presses[what]
	return decided || pressed || what == VerbFileTake || what == VerbFileLeave
}

func (r Right) row(lang texts.Language, what string) string {
	read := "within " + count(lang, int(rolesKept.Minutes()), "minute")
	switch {
	case r.Fresh:
		read = "anew"
	case r.Shows:
		read = "shows"
	}
	name := "`" + what + "`"
	if !isCommand(what) && !isVerb(what) {
		name = strings.TrimPrefix(what, FileKind("").right(lang))
	}
	return "| " + strings.Join([]string{name, r.Does, r.who(), orElse(r.never(), "-"), orElse(r.Then, "-"), read}, " | ") + " |\n"
}

// who says who has the right.
func (r Right) who() string {
	var out []string
	if len(r.Roles) > 0 {
		names := make([]string, len(r.Roles))
		for i, role := range r.Roles {
			names[i] = role.called()
		}
		slices.Sort(names)
		text := strings.Join(names, " or ")
		if r.And != "" {
			text += ", if " + string(r.And)
		}
		out = append(out, text)
	}
	if r.Or != "" {
		out = append(out, string(r.Or))
	}
	if len(out) == 0 {
		return "nobody"
	}
	return strings.Join(out, "; ")
}

func (r Role) called() string {
	switch r {
	case HR, IT:
		return strings.ToUpper(string(r))
	}
	return string(r)
}

func (r Right) never() string {
	var out []string
	for _, b := range r.Never {
		out = append(out, string(b))
	}
	return strings.Join(out, "; ")
}
