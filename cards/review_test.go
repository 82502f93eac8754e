package cards

import (
	"fmt"
	"testing"

	"muster/flows"
)

// reviewed is the review of November for somebody, as it is shown to them.
func reviewed(t testing.TB, reader flows.Person, change func(*flows.ReviewView)) flows.ReviewView {
	t.Helper()
	at := func(s string) flows.Mark { return flows.Mark{At: atLondon(t, s).UTC()} }
	mark := func(when string, rule flows.ReviewRule, why string, said ...string) flows.Mark {
		m := at(when)
		m.Rule, m.Why, m.Said = rule, why, said
		return m
	}
	r := flows.Review{
		Month: "2026-11", Zone: "Europe/London", From: atLondon(t, "2026-11-01 00:00:00").UTC(), To: atLondon(t, "2026-12-01 00:00:00").UTC(),
		Events: []flows.EventCount{{Kind: flows.JoinerEvent, Raised: 4, Done: 3, Open: 2}, {Kind: flows.LeaverEvent, Raised: 3, Done: 2, Stopped: 1}},
		Times: []flows.Timing{
			{Class: flows.ExitClass, N: 6, Late: 1, P50: 12, P90: 10800, Max: 10800, All: []int64{4, 8, 12, 14, 20, 10800}},
			{Class: flows.ReadyClass, N: 4, P50: 70, P90: 90, Max: 90, All: []int64{60, 70, 80, 90}},
			{Class: flows.HandClass, N: 9, Late: 3, Open: 3, Overdue: 2, Ahead: 1, P50: 0, P90: 3600, Max: 7200, All: []int64{0, 0, 0, 0, 3600, 7200}},
		},
		Waits:  []flows.Timing{{Class: flows.AccessWait, N: 4, Late: 1, P50: 7200, P90: 604800, Max: 604800, All: []int64{60, 7200, 9000, 604800}}},
		Failed: 3, Drift: 1,
		Lines: []flows.ReviewLine{
			{Key: "L-2026-0009", Case: "L-2026-0009", Event: flows.LeaverEvent, Took: []flows.AccountID{hannah.ID, olivia.ID}, Marks: []flows.Mark{
				mark("2026-11-04 16:02:00", flows.UrgentRule, "An urgent exit, asked for by Hannah Reed and confirmed by Olivia Grant 3 minutes later."),
				mark("2026-11-04 18:05:00", flows.HoursRule, "Olivia Grant confirmed the urgent exit on Wed 4 November 2026, 18:05."),
			}},
			{Key: "J-2026-0042", Case: "J-2026-0042", Event: flows.JoinerEvent, Took: []flows.AccountID{hannah.ID, tom.ID}, Marks: []flows.Mark{
				mark("2026-11-09 09:02:00", flows.FailedRule, "Add to Contract Admins.", "Microsoft 365 refused it."),
				mark("2026-11-09 09:30:00", flows.WaivedRule, "Add to Contract Admins, asked for by Ivan Petrov and agreed by Ines Duarte.", "The group is being replaced in December."),
			}},
			{Key: "L-2026-0011", Case: "L-2026-0011", Event: flows.LeaverEvent, Took: []flows.AccountID{hannah.ID}, Marks: []flows.Mark{
				mark("2026-11-16 10:00:00", flows.BackDatedRule, "It was due Fri 13 November 2026, 17:30, and Hannah Reed told it 2 days later."),
			}},
			{Key: "work/812", Took: []flows.AccountID{oscar.ID}, Marks: []flows.Mark{
				mark("2026-11-18 11:00:00", flows.PausedRule, "Everything was paused by Oscar Lind.", "Payroll sends a wrong list."),
			}},
			{Key: "M-2026-0003", Case: "M-2026-0003", Event: flows.MoverEvent, Marks: []flows.Mark{
				mark("2026-11-20 10:00:00", flows.ExceptionRule, "CRM Users until Wed 30 June 2027, kept by Tom Hughes.", "Two customers are still hers."),
			}},
			{Key: "J-2026-0044", Case: "J-2026-0044", Event: flows.JoinerEvent, Marks: []flows.Mark{
				mark("2026-11-24 10:00:00", flows.QuickRule, "Tom Hughes confirmed the access 3 seconds after the card came."),
			}},
		},
	}
	v := flows.ReviewView{
		Sheet: flows.Sheet{Month: r.Month, Made: atLondon(t, "2026-12-01 09:00:00"), Review: r}, Review: r, Reader: reader.ID, Owners: []flows.Person{olivia, oscar}, Page: -1,
		Names: map[flows.CaseID]string{"L-2026-0009": "Sam Taylor", "J-2026-0042": "Priya Patel", "L-2026-0011": "Stan Doyle", "M-2026-0003": "Nadia Brook", "J-2026-0044": "Wei Ling"},
		At:    atLondon(t, "2026-12-01 09:00:00"),
	}
	if change != nil {
		change(&v)
	}
	return v
}

func reviewGallery(t testing.TB) map[string]Card {
	word := func(key string, by flows.Person, text string) flows.LineWord {
		return flows.LineWord{Key: key, Text: text, By: by, At: atLondon(t, "2026-12-01 10:15:00")}
	}
	worded := func(v *flows.ReviewView) {
		for i, l := range v.Review.Lines {
			by := olivia
			if i == 0 {
				by = oscar
			}
			v.Sheet.Words = append(v.Sheet.Words, word(l.Key, by, fmt.Sprintf("Looked at with the people concerned; it is all right. See note %d.", i+1)))
		}
	}
	quiet := func(v *flows.ReviewView) {
		v.Review.Lines, v.Sheet.Review.Lines = nil, nil
	}
	return map[string]Card{
		"review-open": Review(spoken, reviewed(t, olivia, nil)),
		"review-second-page": Review(spoken, reviewed(t, olivia, func(v *flows.ReviewView) {
			worded(v)
			v.Sheet.Words = v.Sheet.Words[:5]
		})),
		"review-others": Review(spoken, reviewed(t, olivia, func(v *flows.ReviewView) {
			worded(v)
			v.Sheet.Words = v.Sheet.Words[1:]
		})),
		"review-ready": Review(spoken, reviewed(t, olivia, worded)),
		"review-quiet": Review(spoken, reviewed(t, oscar, quiet)),
		"review-signed": Review(spoken, reviewed(t, oscar, func(v *flows.ReviewView) {
			worded(v)
			v.Sheet.Words[3].Alone = true
			v.Sheet.Signed = []flows.ReviewSigned{{Month: "2026-11", Hash: v.Sheet.Review.Hash(), By: olivia, At: atLondon(t, "2026-12-01 10:20:00")}}
		})),
		"review-supplement": Review(spoken, reviewed(t, oscar, func(v *flows.ReviewView) {
			v.Sheet.N, v.Number, v.Review.Lines = 1, 1, v.Review.Lines[2:3]
			v.Sheet.Review.Lines = v.Review.Lines
		})),
		"review-so-far": Review(spoken, reviewed(t, oscar, func(v *flows.ReviewView) { v.So = true })),
	}
}
