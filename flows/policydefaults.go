package flows

import (
	"maps"
	"strings"
)

// What a policy means when it leaves something out.
const (
	opensDefault     = "09:00"
	closesDefault    = "17:30"
	atDefault        = "09:00"
	welcomeDefault   = "Welcome to {organisation}, {name}. Your manager has your sign-in for the first day. If something is missing, tell your manager or IT."
	startedDefault   = 4
	minutesDefault   = 60
	remindDefault    = 8
	escalateDefault  = 16
	repeatDefault    = 8
	mostDefault      = 3
	awayDefault      = 4
	casesDefault     = 50
	hourDefault      = 20
	shareDefault     = 10
	attemptsDefault  = 5
	lateDefault      = 14
	contractDefault  = 366
	holdDefault      = 30
	prepareDefault   = 2
	enableAtDefault  = "08:00"
	askReturnDefault = 5
	reviewDefault    = 90
	reserveDefault   = 365
	renameAtDefault  = "19:00"
	moveAtDefault    = "08:00"
	handoverDefault  = 5
	silenceDefault   = 3
	keptDefault      = 180
	talkDefault      = 90

	populationDefault = 14
)

// fillDefaults completes a policy that has been checked. given reports whether the file has a value at a path: a written zero is kept,
// because "on the day" and "no late notice" are zeros.
func (p *Policy) fillDefaults(given func(path string) bool) error {
	for name, s := range p.Sites {
		s.Office = orElse(s.Office, name)
		s.Opens = orElse(s.Opens, opensDefault)
		s.Closes = orElse(s.Closes, closesDefault)
		s.Calendar = orElse(s.Calendar, calendarOf(s.Country))
		if len(s.WorkingDays) == 0 {
			s.WorkingDays = []string{"mon", "tue", "wed", "thu", "fri"}
		}
		p.Sites[name] = s
	}
	for name, j := range p.Jobs {
		j.Title = orElse(j.Title, name)
		p.Jobs[name] = j
	}
	for path, due := range map[string]struct {
		of  *Due
		def Due
	}{
		"joiner.create_account": {&p.Joiner.CreateAccount, Due{WorkingDays: -5}},
		"joiner.access":         {&p.Joiner.Access, Due{WorkingDays: -1}},
		"joiner.enable":         {&p.Joiner.Enable, Due{At: enableAtDefault}},
	} {
		if !given(path) {
			*due.of = due.def
		}
		due.of.At = orElse(due.of.At, atDefault)
	}
	for path, number := range map[string]struct {
		of  *int
		def int
	}{
		"joiner.ask_started_after_hours": {&p.Joiner.AskStarted, startedDefault},
		"joiner.credential.minutes":      {&p.Joiner.Credential.Minutes, minutesDefault},
		"leaver.licence_hold_days":       {&p.Leaver.LicenceHold, holdDefault},
		"leaver.prepare_working_days":    {&p.Leaver.Prepare, prepareDefault},
		"leave.ask_return_working_days":  {&p.Leave.AskReturn, askReturnDefault},
		"leave.review_days":              {&p.Leave.Review, reviewDefault},
		"naming.reserve_days":            {&p.Naming.ReserveDays, reserveDefault},
		"mover.handover_days":            {&p.Mover.Handover, handoverDefault},
		"mover.release_within_days":      {&p.Mover.Silence, silenceDefault},
		"limits.exception_days":          {&p.Limits.MostKept, keptDefault},
		"retention.talk_days":            {&p.Retention.TalkDays, talkDefault},
		"retention.population_days":      {&p.Retention.PopulationDays, populationDefault},
		"reminders.remind_after_hours":   {&p.Reminders.RemindAfter, remindDefault},
		"reminders.escalate_after_hours": {&p.Reminders.EscalateAfter, escalateDefault},
		"reminders.repeat_after_hours":   {&p.Reminders.RepeatAfter, repeatDefault},
		"reminders.most":                 {&p.Reminders.Most, mostDefault},
		"reminders.away_after_hours":     {&p.Reminders.AwayAfter, awayDefault},
		"limits.cases_per_day":           {&p.Limits.CasesPerDay, casesDefault},
		"limits.exits_per_hour":          {&p.Limits.ExitsPerHour, hourDefault},
		"limits.exits_percent_per_day":   {&p.Limits.ExitsShare, shareDefault},
		"limits.attempts":                {&p.Limits.Attempts, attemptsDefault},
		"limits.contract_days":           {&p.Limits.ContractDays, contractDefault},
		"limits.late_days":               {&p.Limits.LateDays, lateDefault},
	} {
		if !given(path) {
			*number.of = number.def
		}
	}
	p.Rename.At = orElse(p.Rename.At, renameAtDefault)
	p.Mover.At = orElse(p.Mover.At, moveAtDefault)
	p.Joiner.Welcome = orElse(p.Joiner.Welcome, welcomeDefault)
	lines, err := builtInWorkflows()
	if err != nil {
		return err
	}
	own := p.Workflows
	p.Workflows = maps.Clone(lines)
	for name, of := range own {
		p.Workflows[name] = unfolded(of, lines)
	}
	return nil
}

// calendarOf is the calendar of a country, or none when Muster has none for it.
func calendarOf(country string) string {
	for _, c := range calendars() {
		if strings.EqualFold(c, country) {
			return c
		}
	}
	return noCalendar
}
