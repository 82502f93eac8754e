package flows

import "muster/flows/texts"

// Policy is the organisation's own rules: who holds which role, the job profiles, timing and limits. It is one YAML file; ParsePolicy
// reads it, and `muster policy schema` prints the JSON Schema that editors use, generated from these types.
type Policy struct {
	Version      int                   `yaml:"version" json:"version" jsonschema:"description=Format of this file. Always 1.,enum=1"`
	Organisation string                `yaml:"organisation" json:"organisation" jsonschema:"description=Name shown on cards and in the evidence."`
	Language     string                `yaml:"language,omitempty" json:"language,omitempty" jsonschema:"description=Language that Muster speaks with people: en or de. en when left out.,enum=en,enum=de"`
	Domain       string                `yaml:"domain" json:"domain" jsonschema:"description=Domain of new sign-in names. It must be verified in the tenant."`
	Roles        RoleHolders           `yaml:"roles" json:"roles"`
	Channels     Channels              `yaml:"channels" json:"channels"`
	Sites        map[string]Site       `yaml:"sites" json:"sites" jsonschema:"description=Places of work by name. HR writes the name or its beginning."`
	Naming       Naming                `yaml:"naming" json:"naming"`
	Birthright   []Item                `yaml:"birthright,omitempty" json:"birthright,omitempty" jsonschema:"description=What everybody gets."`
	Departments  map[string]Department `yaml:"departments,omitempty" json:"departments,omitempty" jsonschema:"description=Departments of the job profiles\\, by name\\, where the policy says more about them."`
	Jobs         map[string]Job        `yaml:"jobs" json:"jobs" jsonschema:"description=Job profiles by name."`
	Joiner       Joiner                `yaml:"joiner,omitempty" json:"joiner,omitempty"`
	Leaver       Leaver                `yaml:"leaver,omitempty" json:"leaver,omitempty"`
	Mover        Mover                 `yaml:"mover,omitempty" json:"mover,omitempty"`
	Workflows    Workflows             `yaml:"workflows,omitempty" json:"workflows,omitempty"`
	MailFrom     string                `yaml:"mail_from,omitempty" json:"mail_from,omitempty" jsonschema:"description=Mailbox that notices are sent from by mail. Restrict Muster's permission Mail.Send to it in Exchange."`
	Webhooks     map[string]Webhook    `yaml:"webhooks,omitempty" json:"webhooks,omitempty" jsonschema:"description=Systems that steps may be handed to\\, by the name that people read."`
	Fallback     Fallback              `yaml:"fallback,omitempty" json:"fallback,omitempty"`
	Reminders    Reminders             `yaml:"reminders,omitempty" json:"reminders,omitempty"`
	Licences     Licences              `yaml:"licences,omitempty" json:"licences,omitempty"`
	Retention    Retention             `yaml:"retention,omitempty" json:"retention,omitempty"`
	Limits       Limits                `yaml:"limits,omitempty" json:"limits,omitempty"`
	Leave        Leave                 `yaml:"leave,omitempty" json:"leave,omitempty"`
	Rename       Rename                `yaml:"rename,omitempty" json:"rename,omitempty"`
	Population   PopulationPolicy      `yaml:"population,omitempty" json:"population,omitempty"`

	lang texts.Language
	hash string // of the file's bytes; set by ParsePolicy
	text []byte // the file's bytes
}

// Hash identifies the exact file the policy was read from: SHA-256, hex.
func (p *Policy) Hash() string { return p.hash }

// Lang is the language of what people read.
func (p *Policy) Lang() texts.Language {
	if p == nil {
		return texts.Language{}
	}
	return p.lang
}

// lang is the language of the organisation's people.
func (e *Engine) lang() texts.Language { return e.Policy.Lang() }

// RoleHolders says who may do what.
type RoleHolders struct {
	HR       Holders `yaml:"hr" json:"hr" jsonschema:"description=May raise and confirm people events."`
	IT       Holders `yaml:"it" json:"it" jsonschema:"description=Operators: handle failures and manual steps."`
	Approver Holders `yaml:"approver" json:"approver" jsonschema:"description=May sign off elevated access and stand in for a missing manager."`
	Owner    Holders `yaml:"owner" json:"owner" jsonschema:"description=Answer for the process: see every case and sign the monthly review."`
}

// Holders are people and Entra groups. At least one of the two.
type Holders struct {
	People []string `yaml:"people,omitempty" json:"people,omitempty" jsonschema:"description=Sign-in names (UPN) or object ids."`
	Groups []string `yaml:"groups,omitempty" json:"groups,omitempty" jsonschema:"description=Entra groups by display name or object id; nested membership counts."`
}

// Channels are the two channels Muster posts to, by Teams channel id (19:…@thread.tacv2).
type Channels struct {
	IT     string `yaml:"it" json:"it" jsonschema:"description=Where failures and manual IT steps go."`
	Owners string `yaml:"owners,omitempty" json:"owners,omitempty" jsonschema:"description=Where checkpoints and the monthly review go."`
}

// Site is a place of work.
type Site struct {
	TimeZone    string   `yaml:"time_zone" json:"time_zone" jsonschema:"description=IANA name such as Europe/London."`
	Country     string   `yaml:"country" json:"country" jsonschema:"description=ISO 3166 two-letter code. Becomes the usage location that licences need."`
	Office      string   `yaml:"office,omitempty" json:"office,omitempty" jsonschema:"description=Office location written to the account. The site's name when left out."`
	Opens       string   `yaml:"opens,omitempty" json:"opens,omitempty" jsonschema:"description=Start of the working day. 09:00 when left out.,pattern=^([01][0-9]|2[0-3]):[0-5][0-9]$"`
	Closes      string   `yaml:"closes,omitempty" json:"closes,omitempty" jsonschema:"description=End of the working day. 17:30 when left out.,pattern=^([01][0-9]|2[0-3]):[0-5][0-9]$"`
	WorkingDays []string `yaml:"working_days,omitempty" json:"working_days,omitempty" jsonschema:"description=mon tue wed thu fri when left out.,enum=mon,enum=tue,enum=wed,enum=thu,enum=fri,enum=sat,enum=sun"`
	Calendar    string   `yaml:"calendar,omitempty" json:"calendar,omitempty" jsonschema:"description=Public holidays: gb (England and Wales)\\, us\\, ie\\, de\\, fr\\, nl or none. The country's\\, if any\\, when left out.,enum=gb,enum=us,enum=ie,enum=de,enum=fr,enum=nl,enum=none"`
	Holidays    []Date   `yaml:"holidays,omitempty" json:"holidays,omitempty" jsonschema:"description=Further days off such as 2026-12-24."`
	Approver    string   `yaml:"approver,omitempty" json:"approver,omitempty" jsonschema:"description=Sign-in name or object id of the site_approver."`
}

// Naming is the rule for sign-in names: the patterns are tried in order until one is free.
type Naming struct {
	UPN         []string `yaml:"upn" json:"upn" jsonschema:"description=Patterns for the part before the @: {given} {surname} {g} {s} are the names and initials; {n} counts 2\\, 3 and so on and belongs in the last pattern."`
	ReserveDays int      `yaml:"reserve_days,omitempty" json:"reserve_days,omitempty" jsonschema:"description=Days for which a sign-in name that somebody gave up is given to nobody else. Default 365.,minimum=0,maximum=3660"`
}

// Leave is a long absence. Every part has a default.
type Leave struct {
	AskReturn int    `yaml:"ask_return_working_days,omitempty" json:"ask_return_working_days,omitempty" jsonschema:"description=Working days before the return at which the manager confirms the access again. Default 5.,minimum=1,maximum=60"`
	Review    int    `yaml:"review_days,omitempty" json:"review_days,omitempty" jsonschema:"description=Calendar days after the beginning of a leave without an end at which HR is asked for one. Default 90.,minimum=1,maximum=366"`
	Reply     string `yaml:"reply,omitempty" json:"reply,omitempty" jsonschema:"description=Automatic reply proposed to HR. {name}\\, {successor} (the stand-in) and {organisation} are filled in. Empty for none."`
}

// Rename is a change of name. Every part has a default.
type Rename struct {
	At string `yaml:"at,omitempty" json:"at,omitempty" jsonschema:"description=Time of day of the change\\, outside working hours. 19:00 when left out.,pattern=^([01][0-9]|2[0-3]):[0-5][0-9]$"`
}

// Item is one entitlement a profile gives. Exactly one of group, team, licence and manual is set.
type Item struct {
	Group        string  `yaml:"group,omitempty" json:"group,omitempty" jsonschema:"description=Entra group by display name or object id."`
	Team         string  `yaml:"team,omitempty" json:"team,omitempty" jsonschema:"description=Team by the name of its Microsoft 365 group or object id."`
	Licence      string  `yaml:"licence,omitempty" json:"licence,omitempty" jsonschema:"description=Licence by its SKU part number such as SPB."`
	Manual       string  `yaml:"manual,omitempty" json:"manual,omitempty" jsonschema:"description=Something a person does by hand such as a laptop or a door key."`
	Name         string  `yaml:"name,omitempty" json:"name,omitempty" jsonschema:"description=What people read instead of the technical name."`
	Owner        string  `yaml:"owner,omitempty" json:"owner,omitempty" jsonschema:"description=Who does a manual item: it\\, hr\\, manager or a sign-in name. it when left out."`
	Instructions string  `yaml:"instructions,omitempty" json:"instructions,omitempty" jsonschema:"description=Exact instructions for a manual item."`
	Approver     string  `yaml:"approver,omitempty" json:"approver,omitempty" jsonschema:"description=Sign-in name of who signs off this elevated item. Anybody with the role approver when left out."`
	Approval     []Round `yaml:"approval,omitempty" json:"approval,omitempty" jsonschema:"description=Rounds of signatures that this elevated item needs\\, one after the other. One round of anybody with the role approver when left out."`
	ItemOwner    string  `yaml:"item_owner,omitempty" json:"item_owner,omitempty" jsonschema:"description=Sign-in name or object id of who answers for this elevated item: the item_owner of its approval."`
	OnSilence    string  `yaml:"keep_on_silence,omitempty" json:"keep_on_silence,omitempty" jsonschema:"description=When somebody moves and the releasing manager does not answer: ask_owner puts this item to its approver before it goes. Elevated items always are.,enum=ask_owner"`
	Due          *Due    `yaml:"due,omitempty" json:"due,omitempty" jsonschema:"description=When a manual item must be done. The workflow's access time when left out."`
}

// Job is a job profile: what a job gets.
type Job struct {
	Title      string   `yaml:"title,omitempty" json:"title,omitempty" jsonschema:"description=Job title written to the account. The profile's name when left out."`
	Department string   `yaml:"department,omitempty" json:"department,omitempty" jsonschema:"description=Department written to the account."`
	Also       []string `yaml:"also,omitempty" json:"also,omitempty" jsonschema:"description=Other words HR uses for this job."`
	Access     []Item   `yaml:"access,omitempty" json:"access,omitempty" jsonschema:"description=Ticked when the manager is asked."`
	Optional   []Item   `yaml:"optional,omitempty" json:"optional,omitempty" jsonschema:"description=Offered to the manager unticked."`
	Elevated   []Item   `yaml:"elevated,omitempty" json:"elevated,omitempty" jsonschema:"description=Offered to the manager unticked; each also needs an approver."`
}

// Due is a time relative to the event's date, on the wall clock of the person's site.
type Due struct {
	WorkingDays int    `yaml:"working_days,omitempty" json:"working_days,omitempty" jsonschema:"description=Working days from the date: -5 is five working days before.,minimum=-366,maximum=366"`
	Days        int    `yaml:"days,omitempty" json:"days,omitempty" jsonschema:"description=Calendar days from the date. Not together with working_days.,minimum=-366,maximum=366"`
	At          string `yaml:"at,omitempty" json:"at,omitempty" jsonschema:"description=Time of day. 09:00 when left out.,pattern=^([01][0-9]|2[0-3]):[0-5][0-9]$"`
}

// Joiner is the timing of a joiner. Every part has a default.
type Joiner struct {
	CreateAccount Due        `yaml:"create_account,omitempty" json:"create_account,omitempty" jsonschema:"description=Account created\\, blocked. Default: five working days before at 09:00."`
	Access        Due        `yaml:"access,omitempty" json:"access,omitempty" jsonschema:"description=Licences\\, groups\\, teams. Default: one working day before at 09:00."`
	Enable        Due        `yaml:"enable,omitempty" json:"enable,omitempty" jsonschema:"description=Sign-in opened\\, welcome sent\\, day-one credential offered. Default: on the day at 08:00."`
	AskStarted    int        `yaml:"ask_started_after_hours,omitempty" json:"ask_started_after_hours,omitempty" jsonschema:"description=Working hours after the enable time until the manager is asked whether the person started. Default 4.,minimum=1,maximum=400"`
	Credential    Credential `yaml:"credential,omitempty" json:"credential,omitempty"`
	Welcome       string     `yaml:"welcome,omitempty" json:"welcome,omitempty" jsonschema:"description=Text of the welcome message to the starter. {name} and {organisation} are filled in."`
}

// Leaver is what happens when somebody leaves. Every part has a default.
type Leaver struct {
	LicenceHold int      `yaml:"licence_hold_days,omitempty" json:"licence_hold_days,omitempty" jsonschema:"description=Calendar days after the exit until licences are taken back\\, so that the mailbox lives on. Default 30.,minimum=0,maximum=366"`
	Prepare     int      `yaml:"prepare_working_days,omitempty" json:"prepare_working_days,omitempty" jsonschema:"description=Working days before the last day at which hand-over tasks are due. Default 2.,minimum=0,maximum=366"`
	DeleteAfter int      `yaml:"delete_after_days,omitempty" json:"delete_after_days,omitempty" jsonschema:"description=Calendar days after the exit at which HR or an owner is asked whether the account is deleted. 0\\, the default\\, is never. Nothing is ever deleted without that confirmation.,minimum=0,maximum=3660"`
	Reply       string   `yaml:"reply,omitempty" json:"reply,omitempty" jsonschema:"description=Automatic reply proposed to HR. {name}\\, {successor} and {organisation} are filled in. Empty for none."`
	MeetingNote string   `yaml:"meeting_note,omitempty" json:"meeting_note,omitempty" jsonschema:"description=What those read who were invited to a meeting that is cancelled. {name}\\, {successor} and {organisation} are filled in. A plain sentence when left out."`
	Mailbox     []string `yaml:"mailbox,omitempty" json:"mailbox,omitempty" jsonschema:"description=What IT is asked to do in Exchange when somebody leaves\\, with exact instructions: convert_to_shared\\, forward_mailbox\\, hide_from_address_list. Nothing when left out.,enum=convert_to_shared,enum=forward_mailbox,enum=hide_from_address_list"`
	Wipe        bool     `yaml:"wipe_devices,omitempty" json:"wipe_devices,omitempty" jsonschema:"description=Wipe the company devices of a leaver instead of retiring them. Each needs the sign-off of an approver. Default false."`
	Protected   []string `yaml:"protected,omitempty" json:"protected,omitempty" jsonschema:"description=Accounts that Muster never touches\\, such as break-glass accounts: sign-in names or object ids."`
	Manual      []Item   `yaml:"manual,omitempty" json:"manual,omitempty" jsonschema:"description=What people do by hand when somebody leaves\\, such as collecting the laptop. Manual items only\\, due at the exit when nothing else is said. The owner is it\\, hr\\, manager or an object id."`
}

// Mover is what happens when somebody changes jobs. Every part has a default.
type Mover struct {
	At       string `yaml:"at,omitempty" json:"at,omitempty" jsonschema:"description=Time of day of the change. 08:00 when left out.,pattern=^([01][0-9]|2[0-3]):[0-5][0-9]$"`
	Handover int    `yaml:"handover_days,omitempty" json:"handover_days,omitempty" jsonschema:"description=Working days after the change until the access of the old job goes. Default 5.,minimum=0,maximum=60"`
	Silence  int    `yaml:"release_within_days,omitempty" json:"release_within_days,omitempty" jsonschema:"description=Working days that the releasing manager has to say what is still needed. After that what goes with the old job goes at its time. Default 3.,minimum=1,maximum=60"`
}

// Credential is the day-one Temporary Access Pass.
type Credential struct {
	Minutes int  `yaml:"minutes,omitempty" json:"minutes,omitempty" jsonschema:"description=Lifetime\\, 10 to 43200. Default 60.,minimum=10,maximum=43200"`
	Reuse   bool `yaml:"reusable,omitempty" json:"reusable,omitempty" jsonschema:"description=May be used more than once in its lifetime. Default false."`
}

// Reminders is when people are reminded of an open decision, in working hours at their site.
type Reminders struct {
	RemindAfter   int `yaml:"remind_after_hours,omitempty" json:"remind_after_hours,omitempty" jsonschema:"description=Working hours until the one who holds a decision is reminded. Default 8.,minimum=1,maximum=400"`
	EscalateAfter int `yaml:"escalate_after_hours,omitempty" json:"escalate_after_hours,omitempty" jsonschema:"description=Working hours until the decision is also put to the fallback\\, and from there to the next. Default 16.,minimum=1,maximum=400"`
	RepeatAfter   int `yaml:"repeat_after_hours,omitempty" json:"repeat_after_hours,omitempty" jsonschema:"description=Working hours between reminders. Default 8.,minimum=1,maximum=400"`
	Most          int `yaml:"most,omitempty" json:"most,omitempty" jsonschema:"description=Reminders of one decision. Default 3.,minimum=1,maximum=50"`
	AwayAfter     int `yaml:"away_after_hours,omitempty" json:"away_after_hours,omitempty" jsonschema:"description=Working hours until a deputy is asked as well when whoever holds a decision has an automatic reply. Default 4.,minimum=1,maximum=400"`
}

// Licences says who buys seats. Seats are promised to coming starters, and looked at again five working days and one before they are due.
type Licences struct {
	Buyer string `yaml:"buyer,omitempty" json:"buyer,omitempty" jsonschema:"description=Sign-in name of who is asked in chat to buy seats that will be short. IT's channel when left out."`
}

// buyers is the buyer as a list, which is empty when there is none.
func (l Licences) buyers() []string {
	if l.Buyer == "" {
		return nil
	}
	return []string{l.Buyer}
}

// Retention is how long things are kept that nothing else says anything about.
type Retention struct {
	TalkDays int `yaml:"talk_days,omitempty" json:"talk_days,omitempty" jsonschema:"description=Days for which what was said is kept that belongs to no case. Default 90.,minimum=1,maximum=3660"`
	// CaseDays and ReviewDays are 0 when the policy does not say: kept for ever then.
	CaseDays       int `yaml:"case_days,omitempty" json:"case_days,omitempty" jsonschema:"description=Days after their end for which cases of people who have left are kept. For ever when left out.,minimum=90,maximum=36600"`
	ReviewDays     int `yaml:"review_days,omitempty" json:"review_days,omitempty" jsonschema:"description=Days after the month for which its review is kept once it is signed off. For ever when left out.,minimum=120,maximum=36600"`
	PopulationDays int `yaml:"population_days,omitempty" json:"population_days,omitempty" jsonschema:"description=Days for which what a check of HR's list found is kept. Default 14.,minimum=1,maximum=366"`
}

// Limits are the brakes.
type Limits struct {
	CasesPerDay  int `yaml:"cases_per_day,omitempty" json:"cases_per_day,omitempty" jsonschema:"description=Cases one person may confirm in a day. Default 50.,minimum=1,maximum=10000"`
	ExitsPerHour int `yaml:"exits_per_hour,omitempty" json:"exits_per_hour,omitempty" jsonschema:"description=People whose sign-in may be ended within an hour. One more pauses Muster until an owner writes resume. Default 20.,minimum=1,maximum=10000"`
	ExitsShare   int `yaml:"exits_percent_per_day,omitempty" json:"exits_percent_per_day,omitempty" jsonschema:"description=Share of the staff whose sign-in may be ended within a day\\, in percent; five people always may. Default 10.,minimum=1,maximum=100"`
	Attempts     int `yaml:"attempts,omitempty" json:"attempts,omitempty" jsonschema:"description=Tries of a step before people are asked. Default 5.,minimum=1,maximum=100"`
	ContractDays int `yaml:"contract_days,omitempty" json:"contract_days,omitempty" jsonschema:"description=How many days a contractor's contract may be extended by at a time. Default 366.,minimum=1,maximum=3660"`
	LateDays     int `yaml:"late_days,omitempty" json:"late_days,omitempty" jsonschema:"description=How many days in the past a start date or a last day may lie (late notice). Default 14.,minimum=0,maximum=366"`
	MostKept     int `yaml:"exception_days,omitempty" json:"exception_days,omitempty" jsonschema:"description=How many days something may be kept beyond its time. Default 180.,minimum=1,maximum=366"`
}
