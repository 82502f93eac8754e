package flows

import (
	"context"
	"fmt"
	"strings"
)

// answerDelegate reads "delegate my approvals to Maria Lopez from 1 December until 12 December". What is missing or may mean several
// people is asked on a form; nobody is guessed.
func (e *Engine) answerDelegate(ctx context.Context, t Turn, _ Account, _ Roles, cmd Command) (Reply, error) {
	if !t.Personal {
		return Reply{}, invalid(e.lang().Say("Please write this to me in our own chat: others read along here."))
	}
	v, err := e.delegationView(ctx, t.By.ID)
	if err != nil {
		return Reply{}, err
	}
	name, from, until := e.readDelegation(cmd.Rest, &v)
	v.From, v.Until = from, until
	if name != "" {
		if err := e.findDelegate(ctx, name, &v); err != nil {
			return Reply{}, err
		}
	}
	if v.Chosen.ID == "" && v.Problems["delegate"] == "" {
		v.problem("delegate", e.lang().Say("Please choose who decides in your place."))
	}
	if v.Until == "" && v.Problems["until"] == "" {
		v.problem("until", e.lang().Say("Please choose the last day."))
	}
	if len(v.Problems) > 0 {
		v.Form = true
		return Reply{View: v}, nil
	}
	return e.delegate(ctx, t, v, "")
}

func (v *DelegationView) problem(field, say string) {
	v.Problems = set(v.Problems, field, say)
}

// readDelegation reads the name and the days of a sentence.
func (e *Engine) readDelegation(text string, v *DelegationView) (name string, from, until Date) {
	ws := splitWords(text)
	dates := dateReader{from: e.today()}
	var who []word
	for i := 0; i < len(ws); {
		var into *Date
		field := "until"
		switch {
		case isAny(ws[i:], "until", "till", "til"):
			into = &until
		case isAny(ws[i:], "from"):
			into, field = &from, "from"
		case isAny(ws[i:], "to") && len(who) > 0: // "from 1 December to 12 December"
			into = &until
		}
		if into == nil {
			if !isAny(ws[i:], "to", "and", "please") {
				who = append(who, ws[i])
			}
			i++
			continue
		}
		i++
		got := dates.read(e.lang(), ws[i:])
		switch {
		case got.words == 0 || got.date == "":
			v.problem(field, orElse(got.doubt, e.lang().Say("I could not read the day. Please choose it.")))
		case got.doubt != "":
			v.problem(field, got.doubt)
		}
		*into = got.date
		i += max(got.words, 1)
	}
	return join(who), from, until
}

// findDelegate looks for the person as typed; only one whom the text names exactly is taken.
func (e *Engine) findDelegate(ctx context.Context, text string, v *DelegationView) error {
	found, err := e.World.FindAccounts(ctx, text, 10)
	if err != nil {
		return fmt.Errorf("look up delegate: %w", unsure(e.lang(), err))
	}
	var exact []Account
	for _, a := range found {
		if !a.Enabled || a.Guest {
			continue
		}
		v.People = append(v.People, a)
		if sameName(a.Name, text) || sameName(a.Given+" "+a.Surname, text) || strings.EqualFold(a.UPN, text) {
			exact = append(exact, a)
		}
	}
	switch {
	case len(exact) == 1:
		v.Chosen = exact[0].Person()
	case len(exact) > 1:
		v.People = exact
		v.problem("delegate", e.lang().Say("%d people are called %s. Please choose.", len(exact), text))
	case len(v.People) == 0:
		v.problem("delegate", e.lang().Say("I do not find %s among the people who work here. Please choose.", text))
	default:
		v.problem("delegate", e.lang().Say("Nobody is called exactly %s. Please choose.", text))
	}
	return nil
}
