package manifest

// The versions of Microsoft's format that a package can be written in: the newest, and the oldest that knows all that is used. They differ
// in the number only, because nothing is used that the older one lacks.
const (
	Format    = "1.29"
	OldFormat = "1.25"
)

// accent is behind the mark on the colour icon, and wherever Teams shows the outline on a colour.
const accent = "#0B5A5E"

// The scopes that a bot is offered in. Teams reads them by letter case.
const (
	personal  = "personal"
	team      = "team"
	groupChat = "groupChat"
)

// document is manifest.json, as far as Muster uses it.
type document struct {
	Schema                 string            `json:"$schema"`
	ManifestVersion        string            `json:"manifestVersion"`
	Version                string            `json:"version"`
	ID                     string            `json:"id"`
	Developer              developer         `json:"developer"`
	Name                   name              `json:"name"`
	Description            description       `json:"description"`
	Icons                  icons             `json:"icons"`
	AccentColor            string            `json:"accentColor"`
	Bots                   []bot             `json:"bots"`
	Permissions            []string          `json:"permissions"`
	ValidDomains           []string          `json:"validDomains"`
	DefaultInstallScope    string            `json:"defaultInstallScope"`
	DefaultGroupCapability map[string]string `json:"defaultGroupCapability"`
}

type developer struct {
	Name    string `json:"name"`
	Website string `json:"websiteUrl"`
	Privacy string `json:"privacyUrl"`
	Terms   string `json:"termsOfUseUrl"`
}

type name struct {
	Short string `json:"short"`
}

type description struct {
	Short string `json:"short"`
	Full  string `json:"full"`
}

type icons struct {
	Color   string `json:"color"`
	Outline string `json:"outline"`
}

type bot struct {
	BotID              string        `json:"botId"`
	Scopes             []string      `json:"scopes"`
	SupportsFiles      bool          `json:"supportsFiles"`
	IsNotificationOnly bool          `json:"isNotificationOnly"` // true would take the compose box away
	CommandLists       []commandList `json:"commandLists"`
}

type commandList struct {
	Scopes   []string  `json:"scopes"`
	Commands []command `json:"commands"`
}

type command struct {
	Title       string `json:"title"`
	Description string `json:"description"`
}

// commands are what the menu above the compose box offers. Picking one only writes its title there, so the title is the command as the bot
// reads it, and what may follow is in the description.
func commands() []command {
	return []command{
		{"new starter", "HR: add name, job, start date and manager, or nothing for a form"},
		{"mover", "HR: add name, new job, date and new manager"},
		{"leaver", "HR: add name and last day"},
		{"urgent leaver", "HR: add a name; a second person confirms, then sign-in is blocked at once"},
		{"my tasks", "What waits for you: approvals, sign-offs and steps to do by hand"},
		{"status", "All cases in numbers, or one case: add a name or a case number"},
		{"drift", "HR, IT and owners: whose access is not what was decided; or add a name"},
		{"evidence", "Owners: the proof of a case as a file; add its number, such as J-2026-0042"},
		{"review", "Owners: the review of a month; add the month"},
		{"help", "What you can do here"},
	}
}

// groupCommands are what is not personal: events are announced in the bot's own chat only.
func groupCommands() []command {
	return []command{
		{"my tasks", "What waits for you: approvals, sign-offs and steps to do by hand"},
		{"status", "All cases in numbers, or one case: add a name or a case number"},
		{"overdue", "HR, IT and owners: what is late, and who holds it"},
		{"upcoming", "HR, IT and owners: what is due in the next 14 days"},
		{"failures", "HR, IT and owners: steps that did not work and need somebody"},
		{"help", "What you can do here"},
	}
}

// describe is the manifest of an app.
func describe(a App) document {
	return document{
		Schema:          "https://developer.microsoft.com/en-us/json-schemas/teams/v" + a.Format + "/MicrosoftTeams.schema.json",
		ManifestVersion: a.Format,
		Version:         a.Version,
		ID:              a.ID,
		Developer:       developer(a.Developer),
		Name:            name{Short: a.Name},
		Description: description{
			Short: "Joiners, movers and leavers: decided, done on time, and proven.",
			Full: "HR says in one sentence that somebody starts, moves, leaves, goes on leave or changes their name. The manager decides on the access on a card, " +
				"elevated access gets its own sign-off, and what was decided is done in Microsoft 365 at its time, each step checked before it counts as done. " +
				"What cannot be done automatically goes to a named person.\n\n" +
				"Everybody sees what waits for them (my tasks). HR, IT and owners see how every case stands (status, overdue, upcoming, failures), and whose " +
				"access is not what was decided (drift). Each message, decision and change is kept as evidence in a tamper-evident log, which the owners " +
				"review each month.\n\n" +
				"The bot reads only what is written to it: its own chats, and messages that mention it. What you may see and do depends on your role " +
				"in your organisation's policy; write help to see it.",
		},
		Icons:       icons{Color: colorFile, Outline: outlineFile},
		AccentColor: accent,
		Bots: []bot{{
			BotID:         a.BotID,
			Scopes:        []string{personal, team, groupChat},
			SupportsFiles: true, // lists of people, in the 1:1 chat
			CommandLists: []commandList{
				{Scopes: []string{personal}, Commands: commands()},
				{Scopes: []string{team}, Commands: groupCommands()},
				{Scopes: []string{groupChat}, Commands: groupCommands()},
			},
		}},
		// Whoever adds the app is told that it knows who writes, and that it writes to people first.
		Permissions:            []string{"identity", "messageTeamMembers"},
		ValidDomains:           append([]string{}, a.ValidDomains...), // a list also when empty
		DefaultInstallScope:    personal,
		DefaultGroupCapability: map[string]string{team: "bot", "groupchat": "bot"}, // here Teams wants small letters
	}
}
