package bot

import (
	"muster/cards"
	"muster/flows"
)

// view draws what a command asks to see.
func view(v any) cards.Card {
	switch v := v.(type) {
	case flows.Overview:
		return cards.Status(cards.Counts{
			Waiting: v.Counts[flows.Waiting], Scheduled: v.Counts[flows.Scheduled], Running: v.Counts[flows.Running], NeedsPeople: v.Counts[flows.NeedsPeople],
			Done: v.Counts[flows.Done], Stopped: v.Counts[flows.Stopped], Overdue: v.Overdue, Failures: v.Failed, Upcoming: v.Upcoming,
		}, v.At)
	case flows.ItemList:
		var ts []cards.Task
		for _, it := range v.Items {
			ts = append(ts, cards.Task{Case: it.Case, Who: it.Subject, What: it.What, Due: it.Due, Zone: it.Zone})
		}
		return cards.Tasks(ts, v.At)
	case flows.CaseList:
		return cards.List(v.Title, v.Cases, v.At)
	case flows.Timeline:
		return cards.Timeline(v.Case, v.Records)
	case flows.HelpFor:
		return cards.Help(v.Roles, v.Manager)
	}
	return cards.Notice("I cannot show that.")
}
