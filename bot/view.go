package bot

import (
	"muster/cards"
	"muster/flows"
	"muster/flows/texts"
)

// view draws what a command asks to see.
func view(lang texts.Language, v any) cards.Card {
	switch v := v.(type) {
	case flows.Overview:
		return cards.Overview(lang, v)
	case flows.ItemList:
		return cards.Items(lang, v)
	case flows.CaseList:
		return cards.List(lang, v.Title, v.Cases, v.At)
	case flows.Timeline:
		return cards.Timeline(lang, v.Case, v.Records)
	case flows.DriftList:
		return cards.DriftList(lang, v)
	case flows.DriftOf:
		return cards.DriftOf(lang, v)
	case flows.Population:
		return cards.Population(lang, v)
	case flows.DryRun:
		return cards.DryRun(lang, v)
	case flows.DelegationView:
		return cards.Delegations(lang, v)
	case flows.ReturnForm:
		return cards.Return(lang, v)
	case flows.WhyView:
		return cards.Why(lang, v)
	case flows.ReviewView:
		return cards.Review(lang, v)
	case flows.PolicyView:
		return cards.Policy(lang, v)
	case flows.HelpFor:
		return cards.Help(lang, v.Roles, v.Manager)
	}
	return cards.Notice(lang.Say("I cannot show that."))
}

// lang is the language that the organisation's people are spoken to in.
func (b *Bot) lang() texts.Language { return b.Engine.Policy.Lang() }
