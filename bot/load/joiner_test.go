package load

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"
)

// raised is a case that waits for its manager.
type raised struct {
	ref     string
	manager person
	approve map[string]any // the data of the manager's button
}

// raise announces n starters who come in two months.
func (b *bot) raise(n int) []raised {
	b.tb.Helper()
	return b.raiseFor(n, time.Now().AddDate(0, 2, 0))
}

// raiseFor announces n starters, each with a manager of their own in turn, as HR would: the sentence, the form, the summary.
func (b *bot) raiseFor(n int, first time.Time) []raised {
	b.tb.Helper()
	var managers []person
	for _, p := range b.people {
		if p.Name != "Hannah Reed" && p.Name != "Sam Taylor" {
			managers = append(managers, p)
		}
	}
	b.drain()
	all := make([]raised, n)
	hr := b.who("Hannah Reed")
	w, err := b.dial()
	if err != nil {
		b.tb.Fatal(err)
	}
	for i := range all {
		if all[i], err = b.raiseOne(w, hr, managers[i%len(managers)], i, first.Format(time.DateOnly)); err != nil {
			b.tb.Fatalf("raise case %d: %v\n%s", i, err, b.whatElse())
		}
	}
	check(b.tb, w.conn.Close())
	b.drain()
	return all
}

func (b *bot) raiseOne(w *wire, hr, manager person, i int, first string) (raised, error) {
	if _, err := w.post(b.text(hr, "new starter")); err != nil {
		return raised{}, err
	}
	form, err := b.await(hr, "draft.check")
	if err != nil {
		return raised{}, err
	}
	maps.Copy(form, map[string]any{
		"given": "Probe", "surname": "Number" + letters(i), "job": "Account Manager", "site": "London", "employment": "employee",
		"start": first, "manager": manager.ID,
	})
	if _, err := w.post(b.press(hr, form)); err != nil {
		return raised{}, err
	}
	summary, err := b.await(hr, "draft.confirm")
	if err != nil {
		return raised{}, err
	}
	if _, err := w.post(b.press(hr, summary)); err != nil {
		return raised{}, err
	}
	data, err := b.await(manager, "access.approve")
	if err != nil {
		return raised{}, err
	}
	ref, _ := data["case"].(string)
	if ref == "" {
		return raised{}, errors.New("the manager's card names no case")
	}
	return raised{ref, manager, data}, nil
}

// letters writes a number as a name.
func letters(n int) string {
	s := ""
	for ; n > 0 || s == ""; n /= 26 {
		s += string(rune('a' + n%26))
	}
	return s
}

// await reads a person's messages until one has a button with the verb, and returns what the button sends.
func (b *bot) await(p person, verb string) (map[string]any, error) {
	for {
		m, err := b.read(p)
		if err != nil {
			return nil, fmt.Errorf("wait for %s: %w", verb, err)
		}
		var v any
		if err := json.Unmarshal(m.body, &v); err != nil {
			return nil, fmt.Errorf("read the bot's message: %w", err)
		}
		if data, ok := button(v, verb); ok {
			return data, nil
		}
	}
}

// button finds the data of the action with the verb, anywhere in a card.
func button(v any, verb string) (map[string]any, bool) {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			if data, ok := button(x, verb); ok {
				return data, true
			}
		}
	case map[string]any:
		if data, ok := v["data"].(map[string]any); ok && v["verb"] == verb {
			data["verb"] = verb
			return data, true
		}
		for _, x := range v {
			if data, ok := button(x, verb); ok {
				return data, true
			}
		}
	}
	return nil, false
}

// drain throws away what people were sent, once nothing more comes.
func (b *bot) drain() {
	quiet := time.NewTimer(0)
	defer quiet.Stop()
	for again := true; again; {
		quiet.Reset(300 * time.Millisecond)
		<-quiet.C
		again = b.undelivered() > 0
		for _, c := range b.chats {
			for len(c.inbox) > 0 {
				<-c.inbox
			}
		}
	}
}

// undelivered counts the messages that nobody read.
func (b *bot) undelivered() int {
	n := 0
	for _, c := range b.chats {
		n += len(c.inbox)
	}
	return n
}

// pressTurn presses a button and wants a card for an answer.
func (b *bot) pressTurn(what func(i int) (person, map[string]any)) turn {
	return func(w *wire, _, i int) (took, error) {
		p, data := what(i)
		body := b.press(p, data)
		began := time.Now()
		answer, err := w.post(body)
		t := time.Since(began)
		if err == nil && !strings.Contains(string(answer), `"application/vnd.microsoft.card.adaptive"`) {
			err = fmt.Errorf("the press was answered with %.300s", answer)
		}
		return took{t, t}, err
	}
}

// details opens the timeline of one case after another, each time as another of those who may.
func (b *bot) details(of []raised) turn {
	who := []person{b.who("Hannah Reed"), b.who("Helen Okafor"), b.who("Ivan Petrov"), b.who("Ines Duarte"), b.who("Olivia Grant"), b.who("Oscar Lind")}
	return b.pressTurn(func(i int) (person, map[string]any) {
		return who[i%len(who)], map[string]any{"verb": "case.details", "case": of[i%len(of)].ref}
	})
}

// overdue presses a button of the overview.
func (b *bot) overdue() turn {
	who := []person{b.who("Hannah Reed"), b.who("Helen Okafor"), b.who("Ivan Petrov"), b.who("Ines Duarte"), b.who("Olivia Grant"), b.who("Oscar Lind")}
	return b.pressTurn(func(i int) (person, map[string]any) {
		return who[i%len(who)], map[string]any{"verb": "list.overdue"}
	})
}

// approve is each manager's decision on their case, with what the card has ticked.
func (b *bot) approve(of []raised) turn {
	return b.pressTurn(func(i int) (person, map[string]any) {
		data := maps.Clone(of[i].approve)
		data["items"] = "group:Sales"
		return of[i].manager, data
	})
}
