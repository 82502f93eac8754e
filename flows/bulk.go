package flows

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"muster/flows/texts"
)

// BulkState is where a list stands.
type BulkState string

// The states of a list.
const (
	BulkChecking  BulkState = "checking"  // the directory is being asked about its rows
	BulkOpen      BulkState = "open"      // HR is asked to confirm
	BulkRaising   BulkState = "raising"   // confirmed: the cases are being raised, one after the other
	BulkDone      BulkState = "done"      // every confirmed row has its case, or the reason why not
	BulkWithdrawn BulkState = "withdrawn" // HR took it back; nothing happens
)

// Bulk is a list of people events that HR sent at once. Each row is a draft of its own; the list keeps what its card shows of it. Like a
// draft it is kept beside the log and belongs to one person.
type Bulk struct {
	ID        string    `json:"id"` // D-…, that of the message which brought the list
	State     BulkState `json:"state"`
	By        Person    `json:"by"`
	Chat      string    `json:"chat"`
	Kind      EventKind `json:"kind"`
	Name      string    `json:"name,omitempty"` // of the file
	Notes     []string  `json:"notes,omitempty"`
	Rows      []BulkRow `json:"rows"`
	Stuck     string    `json:"stuck,omitempty"` // why the check waits
	Confirmed By        `json:"confirmed,omitzero"`
	At        time.Time `json:"at"`
}

// BulkRow is one row of a list as its card shows it.
type BulkRow struct {
	Draft    string            `json:"draft"`
	Line     int               `json:"line"`
	State    DraftState        `json:"state"`
	Event    PeopleEvent       `json:"event"`
	Text     string            `json:"text,omitempty"` // who it is about as typed, until that is known
	Manager  string            `json:"manager,omitempty"`
	Problems map[string]string `json:"problems,omitempty"`
	Warnings []string          `json:"warnings,omitempty"`
	Out      bool              `json:"out,omitempty"`   // HR left it out
	Plan     PlanHash          `json:"plan,omitempty"`  // of the row as it was checked
	UPN      string            `json:"upn,omitempty"`   // the sign-in name that its plan gives
	Seats    map[string]int    `json:"seats,omitempty"` // licences it needs -> seats that were free
	Route    Person            `json:"route,omitzero"`  // who is asked to confirm the access
	Offers   int               `json:"offers,omitempty"`
	Checked  time.Time         `json:"checked,omitzero"`
	Policy   string            `json:"policy,omitempty"`
	Raise    bool              `json:"raise,omitempty"` // HR confirmed it with the list
	Page     int               `json:"page,omitempty"`  // the card on which its manager decides, with others
	Case     CaseID            `json:"case,omitempty"`
	Why      string            `json:"why,omitempty"` // confirmed, and not raised
}

// Good reports whether a row can become a case as it stands.
func (r BulkRow) Good() bool { return r.State == DraftSummary && !r.Out }

// Good are the rows that a confirmation would raise.
func (b Bulk) Good() []BulkRow {
	var out []BulkRow
	for _, r := range b.Rows {
		if r.Good() {
			out = append(out, r)
		}
	}
	return out
}

// Hash names what a confirmation confirms: the good rows with their plans.
func (b Bulk) Hash() PlanHash {
	var text strings.Builder
	for _, r := range b.Good() {
		text.WriteString(string(r.Draft) + " " + string(r.Plan) + "\n")
	}
	sum := sha256.Sum256([]byte(text.String()))
	return PlanHash(hex.EncodeToString(sum[:]))
}

// Asked is about how many rows the directory was asked.
func (b Bulk) Asked() int {
	n := 0
	for _, r := range b.Rows {
		if r.State != DraftReading {
			n++
		}
	}
	return n
}

// Short says for each licence that the good rows need together more of than there are free seats, how many of each.
func (b Bulk) Short(lang texts.Language) []string {
	need, free := map[string]int{}, map[string]int{}
	for _, r := range b.Good() {
		for name, seats := range r.Seats {
			if was, ok := free[name]; !ok || seats < was {
				free[name] = seats
			}
			need[name]++
		}
	}
	var out []string
	for _, name := range slices.Sorted(maps.Keys(need)) {
		if need[name] > free[name] {
			out = append(out, lang.Say("%s: %d are needed and %d free.", name, need[name], free[name]))
		}
	}
	return out
}

// shown takes over into the list what its card shows of a row's draft.
func (b *Bulk) shown(d Draft) {
	for i := range b.Rows {
		r := &b.Rows[i]
		if r.Draft != d.ID {
			continue
		}
		r.State, r.Event, r.Problems, r.Warnings, r.Case = d.State, d.Event, d.Problems, d.Warnings, d.Case
		r.Text, r.Manager = d.SubjectText, d.Event.Manager.Name
		if r.Manager == "" {
			r.Manager = d.ManagerText
		}
		r.Plan, r.UPN, r.Seats, r.Route, r.Offers, r.Checked, r.Policy = "", "", nil, Person{}, 0, d.CheckedAt, d.Plan.Policy
		if d.State != DraftSummary {
			return
		}
		r.Plan, r.UPN, r.Route, r.Seats = d.Plan.Hash(), d.Plan.Account.UPN, d.Facts.Route, map[string]int{}
		for _, s := range d.Plan.Steps {
			if s.Choice != Fixed {
				r.Offers++
			}
			if s.Task != AssignLicences || s.Choice != Fixed && s.Choice != Ticked {
				continue
			}
			for _, sku := range d.Facts.SKUs {
				if sku.ID == s.SKU {
					r.Seats[s.Name] = sku.Free
				}
			}
		}
	}
}

// BulkSlot is the card a list lives in.
func BulkSlot(b Bulk) Slot {
	return Slot{Case: CaseID(b.ID), Card: CardBulk, To: Recipient{Person: b.By.ID}}
}

func bulkCard(b Bulk, now time.Time) Errand {
	s := BulkSlot(b)
	return Errand{Key: CardErrand + "/" + s.Key(), Kind: CardErrand, Lane: "card/" + s.Key(), Due: now.UTC(), Body: errandBody(s)}
}

// BulkWork is the body of the errand that works a list off.
type BulkWork struct{ Bulk string }

func bulkErrand(id string, now time.Time) Errand {
	return Errand{Key: BulkErrand + "/" + id, Kind: BulkErrand, Lane: "draft/" + id, Due: now.UTC(), Body: errandBody(BulkWork{id})}
}

func bulkKey(id string) string { return "bulk/" + id }

func bulkMemo(b Bulk) (Memo, error) {
	v, err := json.Marshal(b)
	if err != nil {
		return Memo{}, fmt.Errorf("remember list %s: %w", b.ID, err)
	}
	return Memo{bulkKey(b.ID), v}, nil
}

// FetchBulk reads a list.
func (e *Engine) FetchBulk(ctx context.Context, id string) (Bulk, error) {
	v, err := e.Store.Recall(ctx, bulkKey(id))
	if CodeOf(err) == NotFound {
		return Bulk{}, gone(e.lang().Say("This list is no longer known. Please send it again."))
	}
	var b Bulk
	if err == nil {
		err = json.Unmarshal(v, &b)
	}
	if err != nil {
		return Bulk{}, fmt.Errorf("recall list %s: %w", id, err)
	}
	return b, nil
}

// withBulk completes the change of a draft that is a row of a list: the list shows the row as it now is.
func (e *Engine) withBulk(ctx context.Context, d Draft, ch Change) (Change, error) {
	if d.Bulk == "" {
		return ch, nil
	}
	b, err := e.FetchBulk(ctx, d.Bulk)
	if err != nil {
		return ch, err
	}
	b.shown(d)
	m, err := bulkMemo(b)
	if err != nil {
		return ch, err
	}
	ch.Memos, ch.Add = append(ch.Memos, m), append(ch.Add, bulkCard(b, e.Now()))
	return ch, nil
}
