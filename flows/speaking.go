package flows

import (
	"context"

	"muster/flows/texts"
)

// Speaking is a store whose cases know the language that the organisation's people are spoken to in.
func Speaking(s Store, lang texts.Language) Store { return speaking{s, lang} }

type speaking struct {
	Store
	lang texts.Language
}

// Case reads a case; see Store.
func (s speaking) Case(ctx context.Context, id CaseID) (Case, error) {
	c, err := s.Store.Case(ctx, id)
	c.Lang = s.lang
	return c, err
}

// Cases lists cases; see Store.
func (s speaking) Cases(ctx context.Context, key string) ([]Case, error) {
	all, err := s.Store.Cases(ctx, key)
	for i := range all {
		all[i].Lang = s.lang
	}
	return all, err
}
