package bot

import (
	"muster/cards"
	"muster/flows"
)

// view draws what a command asks to see.
func view(v any) cards.Card {
	switch v := v.(type) {
	case flows.Overview:
		return cards.Overview(v)
	case flows.ItemList:
		return cards.Items(v)
	case flows.CaseList:
		return cards.List(v.Title, v.Cases, v.At)
	case flows.Timeline:
		return cards.Timeline(v.Case, v.Records)
	case flows.DriftList:
		return cards.DriftList(v)
	case flows.DriftOf:
		return cards.DriftOf(v)
	case flows.Population:
		return cards.Population(v)
	case flows.DryRun:
		return cards.DryRun(v)
	case flows.DelegationView:
		return cards.Delegations(v)
	case flows.ReturnForm:
		return cards.Return(v)
	case flows.WhyView:
		return cards.Why(v)
	case flows.ReviewView:
		return cards.Review(v)
	case flows.PolicyView:
		return cards.Policy(v)
	case flows.HelpFor:
		return cards.Help(v.Roles, v.Manager)
	}
	return cards.Notice("I cannot show that.")
}
