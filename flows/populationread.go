package flows

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

const (
	// CmdPopulation compares HR's list with the directory.
	CmdPopulation = "population"
	// FilePopulation is all that a check found; its argument is the check.
	FilePopulation FileKind = "population"

	// VerbPopulationOpen opens the form of one finding, VerbPopulationFile asks for all of them.
	VerbPopulationOpen = "population.open"
	VerbPopulationFile = "population.file"
)

// PopulationChecked says that HR's list was compared with the directory, and how many differences there were. It changes no case.
type PopulationChecked struct {
	By       Person                 `json:"by"`
	File     string                 `json:"file"`
	Hash     string                 `json:"hash"` // SHA-256 of the file, in hex
	Size     int                    `json:"size"`
	Rows     int                    `json:"rows"`
	Accounts int                    `json:"accounts"`
	Found    map[PopulationKind]int `json:"found,omitempty"`
}

// Kind is the kind, for ever.
func (PopulationChecked) Kind() Kind { return "population.checked.1" }

// PopulationErrand forgets a check, as names of people stand in it and nothing is decided on it later. Stored in the queue, so never renamed.
const PopulationErrand = "population.forget.1"

// PopulationWork is the body of a population errand.
type PopulationWork struct{ Check string }

// forgetPopulation forgets what a check found.
func (e *Engine) forgetPopulation(ctx context.Context, er Errand) error {
	w, err := DecodeErrand[PopulationWork](er)
	if err != nil {
		return err
	}
	return e.Commit(ctx, Change{Done: []ErrandRef{er.Ref()}, Memos: []Memo{{Key: populationKey(w.Check)}}})
}

func populationKey(id string) string { return "population/" + id }

// latestPopulation is where the id of somebody's last check is remembered: what an earlier one found is forgotten with the next.
func latestPopulation(who AccountID) string { return "population_of/" + string(who) }

// BeginPopulation says whether somebody may have a list compared, before it is fetched or read, and gives the check that this turn made
// already.
func (e *Engine) BeginPopulation(ctx context.Context, t Turn) (Reply, error) {
	_, roles, err := e.standingFor(ctx, t.By.ID, rightTo(e.lang(), doPopulation))
	switch {
	case err != nil:
		return Reply{}, err
	case !rightTo(e.lang(), doPopulation).held(roles):
		return Reply{}, deny(rightTo(e.lang(), doPopulation).Deny)
	case !t.Personal:
		return Reply{}, invalid(e.lang().Say("Please send this to me in our own chat: others read along here."))
	}
	p, err := e.population(ctx, draftID(t))
	if CodeOf(err) == NotFound {
		return Reply{}, nil
	}
	return Reply{View: p}, err
}

// AnswerPopulation compares a list with the directory as it is now. It may be called again for the same turn: the same check.
func (e *Engine) AnswerPopulation(ctx context.Context, t Turn, file string, list []HRPerson, from ReadFrom) (Reply, error) {
	if r, err := e.BeginPopulation(ctx, t); err != nil || r.View != nil {
		return r, err
	}
	a, _, err := e.Standing(ctx, t.By.ID)
	if err != nil {
		return Reply{}, err
	}
	staff, err := e.World.ListStaff(ctx)
	if err != nil {
		return Reply{}, fmt.Errorf("list staff: %w", err)
	}
	cases, err := e.Store.Cases(ctx, "all")
	if err != nil {
		return Reply{}, fmt.Errorf("list cases: %w", err)
	}
	now := e.Now()
	p := CheckPopulation(list, staff, t.except(cases), e.Policy, e.today())
	p.ID, p.By, p.At, p.File = draftID(t), a.Person(), now.UTC(), cutText(clean(file), 100)
	p.Zone = e.home().String()
	ch := Change{Entries: []Entry{{At: now, By: t.By.ID, Body: PopulationChecked{By: p.By, File: p.File, Hash: from.Hash, Size: from.Size, Rows: p.Rows, Accounts: p.Accounts, Found: p.Counts()}}}}
	was, err := e.Store.Recall(ctx, latestPopulation(t.By.ID))
	switch {
	case err == nil && string(was) != p.ID:
		ch.Memos = append(ch.Memos, Memo{Key: populationKey(string(was))})
	case err != nil && CodeOf(err) != NotFound:
		return Reply{}, fmt.Errorf("recall the last check: %w", err)
	}
	m, err := p.memo()
	if err != nil {
		return Reply{}, err
	}
	ch.Memos = append(ch.Memos, m, Memo{Key: latestPopulation(t.By.ID), Value: []byte(p.ID)})
	ch.Add = []Errand{{Key: PopulationErrand + "/" + p.ID, Kind: PopulationErrand, Due: now.AddDate(0, 0, e.Policy.Retention.PopulationDays).UTC(), Body: errandBody(PopulationWork{p.ID})}}
	return Reply{View: p}, e.Commit(ctx, ch)
}

func (p Population) memo() (Memo, error) {
	v, err := json.Marshal(p)
	if err != nil {
		return Memo{}, fmt.Errorf("keep check: %w", err)
	}
	return Memo{Key: populationKey(p.ID), Value: v}, nil
}

func (e *Engine) population(ctx context.Context, id string) (Population, error) {
	var p Population
	v, err := e.Store.Recall(ctx, populationKey(id))
	if CodeOf(err) == NotFound {
		return p, gone(e.lang().Say("This check is no longer known. Please send me the list again, with the word \"population\"."))
	}
	if err == nil {
		err = json.Unmarshal(v, &p)
	}
	if err != nil {
		return p, fmt.Errorf("recall check: %w", err)
	}
	return p, nil
}

// answerPopulation answers the word without a file.
func (e *Engine) answerPopulation(_ context.Context, _ Turn, _ Account, _ Roles, _ Command) (Reply, error) {
	return Reply{Text: e.lang().Say("Send me HR's list of everybody who works here as xlsx or csv in our own chat, with the word \"population\". I compare employee number, e-mail or name with the directory and with my cases. I need one of these columns; a start date and a leaving date help.")}, nil
}

// pressPopulation opens the form of one finding, or asks whether all of them may be sent.
func (e *Engine) pressPopulation(ctx context.Context, t Turn, roles Roles) (Reply, error) {
	p, err := e.population(ctx, t.Draft)
	if err != nil {
		return Reply{}, err
	}
	if p.By.ID != t.By.ID {
		return Reply{}, deny(e.lang().Say("This check belongs to %s.", p.By.Name))
	}
	if t.Verb == VerbPopulationFile {
		return e.offer(ctx, t, roles, FilePopulation, p.ID)
	}
	if err := rightTo(e.lang(), t.Verb).byRole(roles); err != nil {
		return Reply{}, err
	}
	if !t.Personal {
		return Reply{}, invalid(e.lang().Say("Please do this in our own chat: others read along here."))
	}
	i, err := strconv.Atoi(t.Inputs[inRow])
	if err != nil || i < 0 || i >= len(p.Findings) || p.Findings[i].Opens() == "" {
		return Reply{View: p}, invalid(e.lang().Say("Please choose a row."))
	}
	e.drafting.Lock()
	defer e.drafting.Unlock()
	d := e.draftOf(ctx, t, p.Findings[i])
	p.Findings[i].Opened = true
	kept, err := p.memo()
	if err != nil {
		return Reply{}, err
	}
	m, err := draftMemo(d)
	if err != nil {
		return Reply{}, err
	}
	now := e.Now()
	return Reply{View: p}, e.Commit(ctx, Change{Turn: t.Key, Entries: []Entry{t.heard(CaseID(d.ID), now)}, Memos: []Memo{m, kept}, Add: draftCards(d, now)})
}

// draftOf is the form of a finding, filled in as far as the list and the directory say. What is missing is asked for there.
func (e *Engine) draftOf(ctx context.Context, t Turn, f PopulationFinding) Draft {
	said := e.lang().Say("from the check of HR's list")
	if f.Opens() == LeaverEvent {
		d := e.newDraft(t, said, Sentence{}, PeopleEvent{Kind: LeaverEvent, LastDay: f.Left, Reply: e.Policy.Leaver.Reply})
		d.SubjectText = f.UPN
		e.findSubject(ctx, &d)
		return d
	}
	ev := PeopleEvent{Kind: JoinerEvent, Given: f.Given, Surname: f.Surname, Start: f.Start, Employment: "employee"}
	if ev.Given == "" && ev.Surname == "" {
		ws := strings.Fields(f.Name)
		if n := len(ws) - 1; n >= 0 {
			ev.Given, ev.Surname = strings.Join(ws[:n], " "), ws[n]
		}
	}
	if _, ok := e.Policy.Jobs[f.Job]; ok {
		ev.Job = f.Job
	}
	d := e.newDraft(t, said, Sentence{}, ev)
	if d.ManagerText = f.Manager; d.ManagerText != "" {
		e.findManager(ctx, &d)
	}
	return d
}

// makePopulation is all that a check found, for the one who made it.
func (e *Engine) makePopulation(ctx context.Context, t Turn, _ Roles, arg string) (FileView, error) {
	p, err := e.population(ctx, arg)
	if err != nil {
		return FileView{}, err
	}
	if p.By.ID != t.By.ID {
		return FileView{}, deny(e.lang().Say("This check belongs to somebody else."))
	}
	return FileView{
		Name: "population-check-" + p.At.Format(time.DateOnly) + ".xlsx", View: p,
		Says: e.lang().Say("What differs between HR's list, the directory and my cases: %s.", count(e.lang(), len(p.Findings), "row")),
	}, nil
}
