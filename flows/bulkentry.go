package flows

import "time"

// Lists and further doors. None of these changes a case: what they lead to is a Raised like any other.
type (
	// ListRead is a list that HR sent: what was read, and what of it was not. It stands in the stream of the message.
	ListRead struct {
		File  string    `json:"file,omitempty"` // name; empty for lines of a message
		Hash  string    `json:"hash,omitempty"` // SHA-256 of the file, hex
		Size  int       `json:"size,omitempty"` // bytes
		Event EventKind `json:"event_kind"`
		Rows  int       `json:"rows"`
		Notes []string  `json:"notes,omitempty"`
	}
	// RowRead is one row of a list as it stood there. It stands in the stream of the row's draft, so that the evidence of a case holds nobody
	// else's row.
	RowRead struct {
		List     string            `json:"list"` // the draft id of the message
		Line     int               `json:"line"`
		Written  string            `json:"written"`
		Problems map[string]string `json:"problems,omitempty"`
	}
	// RowConfirmed is HR's confirmation of a list, as far as it is about one row.
	RowConfirmed struct {
		List string    `json:"list"`
		Line int       `json:"line"`
		By   Person    `json:"by"`
		At   time.Time `json:"confirmed_at"`
		Plan PlanHash  `json:"plan"`
	}
	// Received is a people event that another system sent. Its signature was checked; the secret is nowhere.
	Received struct {
		Source string `json:"source"`
		ID     string `json:"id"`   // the source's own
		Hash   string `json:"hash"` // SHA-256 of the body, hex
		Body   string `json:"body"` // as it came
		To     Person `json:"to"`   // the HR person who confirms it
	}
)

func (ListRead) Kind() Kind     { return "list.read.1" }
func (RowRead) Kind() Kind      { return "row.read.1" }
func (RowConfirmed) Kind() Kind { return "row.confirmed.1" }
func (Received) Kind() Kind     { return "event.received.1" }

// Batch is the list that a case came with.
type Batch struct {
	List string `json:"list,omitempty"` // the draft id of the message
	Page int    `json:"page,omitempty"` // the card on which the manager decides, with others of the list; 0: on a card of its own
}
