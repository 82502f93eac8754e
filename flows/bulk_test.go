package flows

import (
	"fmt"
	"strings"
	"testing"

	"muster/flows/texts"

	"pgregory.net/rapid"
)

// someList is a list of any size, with rows in any state, for a few managers.
func someList(t *rapid.T) Bulk {
	b := Bulk{ID: "D-1", State: BulkOpen, By: hannah, Kind: JoinerEvent}
	managers := []Person{tom, maria, aisha}
	for i := range rapid.IntRange(0, 45).Draw(t, "rows") {
		b.Rows = append(b.Rows, BulkRow{
			Draft: fmt.Sprintf("D-1-%d", i+1), Line: i + 1, Event: PeopleEvent{Kind: JoinerEvent},
			State: rapid.SampledFrom([]DraftState{DraftSummary, DraftSummary, DraftForm, DraftConfirmed}).Draw(t, "state"),
			Out:   rapid.Bool().Draw(t, "out") && rapid.Bool().Draw(t, "really"), Route: rapid.SampledFrom(managers).Draw(t, "manager"),
			Offers: rapid.IntRange(0, 70).Draw(t, "offers"), Plan: PlanHash(rapid.StringMatching(`[0-9a-f]{4}`).Draw(t, "plan")),
		})
	}
	return b
}

// TestPaged holds for any list: each confirmed row stands on at most one card, a card is one manager's and has two people or more and no
// more than can be sent, and no manager has two rows that stand alone although they would fit together.
func TestPaged(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := someList(t)
		for i := range b.Rows {
			b.Rows[i].Raise = b.Rows[i].Good()
		}
		b.paged()
		cards := map[int][]BulkRow{}
		alone := map[AccountID]int{}
		for _, r := range b.Rows {
			switch {
			case r.Page > 0:
				cards[r.Page] = append(cards[r.Page], r)
				if !r.Raise {
					t.Errorf("line %d stands on a card and was not confirmed", r.Line)
				}
			case r.Raise && r.Offers < mostOffered/10:
				alone[r.Route.ID]++
			}
		}
		for page, rows := range cards {
			offered := 0
			for _, r := range rows {
				offered += r.Offers
				if r.Route != rows[0].Route {
					t.Errorf("card %d is for two managers", page)
				}
			}
			if len(rows) < 2 || len(rows) > mostTogether || offered > mostOffered {
				t.Errorf("card %d has %d people and %d items", page, len(rows), offered)
			}
		}
		small := true
		for _, r := range b.Rows {
			small = small && r.Offers < mostOffered/mostTogether
		}
		for who, n := range alone {
			if small && n > 1 {
				t.Errorf("%s has %d rows alone", who, n)
			}
		}
	})
}

// TestBulkHash: what a confirmation is bound to changes with every change of what it would raise, and with nothing else.
func TestBulkHash(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := someList(t)
		if len(b.Rows) == 0 {
			return
		}
		was, good := b.Hash(), b.Good()
		i := rapid.IntRange(0, len(b.Rows)-1).Draw(t, "row")
		r := &b.Rows[i]
		before := *r
		switch rapid.IntRange(0, 4).Draw(t, "change") {
		case 0:
			r.Out = !r.Out
		case 1:
			r.Plan += "0"
		case 2:
			r.State = DraftForm
		case 3:
			r.State = DraftSummary
		case 4:
			r.Problems = map[string]string{"job": "which?"}
		}
		changed := before.Good() != r.Good() || r.Good() && before.Plan != r.Plan
		if (b.Hash() != was) != changed {
			t.Errorf("%d good rows; changed %v, and the hash %v", len(good), changed, b.Hash() != was)
		}
	})
}

func TestShort(t *testing.T) {
	row := func(seats map[string]int) BulkRow { return BulkRow{State: DraftSummary, Seats: seats} }
	b := Bulk{Rows: []BulkRow{row(map[string]int{"A": 2, "B": 1}), row(map[string]int{"A": 1, "B": 1}), row(map[string]int{"A": 2}), {State: DraftForm, Seats: map[string]int{"A": 0}}}}
	if got := strings.Join(b.Short(texts.Language{}), "|"); got != "A: 3 are needed and 1 free.|B: 2 are needed and 1 free." {
		t.Errorf("short %q", got)
	}
}

func TestLines(t *testing.T) {
	for text, want := range map[string]string{
		"":                                   "",
		"new starters":                       "",
		"new starters:\nAnn Lee\n\n Bo  Ray": "Ann Lee|Bo Ray",
		"New Starter Ann Lee\nBo Ray":        "Ann Lee|Bo Ray",
		"leavers - Nadia Brook":              "Nadia Brook",
		"Ann Lee\nBo Ray":                    "Ann Lee|Bo Ray",
		"starterskit\nx":                     "starterskit|x",
	} {
		if got := strings.Join(Turn{Text: text}.Lines(), "|"); got != want {
			t.Errorf("%q = %q, want %q", text, got, want)
		}
	}
}

// TestTogetherSlots: a case of a list is decided on the manager's one card, by everybody else on a card of its own, and HR has a card about
// it only when it needs one. A card that exists once exists for ever.
func TestTogetherSlots(t *testing.T) {
	r := raised(t, nil)
	b := r.Body.(Raised)
	b.Batch = Batch{List: "D-1", Page: 2}
	r.Body = b
	c, err := Case{}.Apply(r)
	if err != nil {
		t.Fatal(err)
	}
	mine := Slot{Case: "D-1", Card: CardTogether, Step: "2", To: Recipient{Person: tom.ID}}
	cards := func(c Case) map[Slot]bool {
		out := map[Slot]bool{}
		for _, s := range c.Slots() {
			out[s] = true
		}
		return out
	}
	progress := Slot{c.ID, CardProgress, "", Recipient{Person: hannah.ID}}
	if got := cards(c); !got[mine] || got[Slot{c.ID, CardApproval, "", Recipient{Person: tom.ID}}] || got[progress] || len(got) != 1 {
		t.Errorf("cards at first: %v", got)
	}
	handed := foldOn(t, c, HandedOver{By: tom, To: maria})
	if got := cards(handed); !got[mine] || !got[Slot{c.ID, CardApproval, "", Recipient{Person: maria.ID}}] {
		t.Errorf("cards when it was handed over: %v", got)
	}
	asked := foldOn(t, handed, Asked{By: maria, Question: "full time?"})
	if got := cards(asked); !got[mine] || !got[progress] {
		t.Errorf("cards with a question: %v", got)
	}
	done := foldOn(t, asked, Replied{By: hannah, Answer: "yes"}, Approved{Shown: c.Shown, Plan: c.Plan.Chosen(nil).Hash(), By: maria})
	if got := cards(done); !got[mine] || !got[progress] {
		t.Errorf("cards afterwards: %v", got)
	}
	for _, k := range []string{"list/D-1", "open"} {
		if !strings.Contains(strings.Join(c.Keys(), " "), k) {
			t.Errorf("the case is not found by %s", k)
		}
	}
}
