package service_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"muster/cards"
	"muster/flows"
)

// message is a message as a person sees it.
type message struct {
	ID      string
	N       int
	From    string
	Text    string
	Card    json.RawMessage
	Updated bool
	Failed  bool
}

// answer is what a press was answered with, as Teams gets it.
type answer struct {
	Status int
	Value  struct {
		StatusCode int
		Type       string
		Value      json.RawMessage
	}
	Error  string
	Errors []struct{ Input, Message string }
}

// says is the text of an answer: a sentence, or all that is written on a card.
func (a answer) says() string {
	var s string
	if json.Unmarshal(a.Value.Value, &s) == nil {
		return s
	}
	return written(a.Value.Value)
}

func (a answer) card() bool { return a.Value.Type == "application/vnd.microsoft.card.adaptive" }

// say writes to the bot in the 1:1 chat, and lets the bot answer.
func (w *world) say(as, text string) {
	w.t.Helper()
	if status, problem := w.write(as, "bot", text); status != http.StatusOK {
		w.t.Fatalf("%s says %q: %d %s", as, text, status, problem)
	}
}

func (w *world) write(as, chat, text string) (int, string) {
	w.t.Helper()
	var out struct{ ID, Error string }
	status := w.call("POST", "/sandbox/say", map[string]any{"as": as, "chat": chat, "text": text}, &out)
	w.settle()
	return status, out.Error
}

// chat is what a person sees in a chat: "bot", "it" or "owners". Somebody without it sees nothing.
func (w *world) chat(as, chat string) []message {
	w.t.Helper()
	var list []message
	var raw json.RawMessage
	if status := w.call("GET", "/sandbox/messages?as="+as+"&chat="+chat, nil, &raw); status != http.StatusOK {
		return nil
	}
	if err := json.Unmarshal(raw, &list); err != nil {
		w.t.Fatal(err)
	}
	return list
}

// card finds the latest card that a person sees with these words and a button of this title.
func (w *world) card(as, chat, words, button string) (message, bool) {
	w.t.Helper()
	quoted, err := json.Marshal(button)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, m := range slices.Backward(w.chat(as, chat)) {
		if !bytes.Contains(m.Card, quoted) {
			continue // most cards, and reading them is what a story takes longest for
		}
		if slices.Contains(titles(m.Card), button) && strings.Contains(written(m.Card), words) {
			return m, true
		}
	}
	return message{}, false
}

// inputs are what somebody filled in before pressing.
type inputs map[string]any

// press presses a button on the latest card that has it, and lets the bot do what follows.
func (w *world) press(as, chat, button string, in inputs) answer {
	w.t.Helper()
	return w.pressAbout(as, chat, "", button, in)
}

// pressAbout is press on the latest card with these words.
func (w *world) pressAbout(as, chat, words, button string, in inputs) answer {
	w.t.Helper()
	m, ok := w.card(as, chat, words, button)
	if !ok {
		w.t.Fatalf("%s sees no button %q on a card with %q in %s; the last messages:\n%s", as, button, words, chat, w.shown(as, chat, 4))
	}
	return w.pressOn(as, m.ID, button, in)
}

func (w *world) pressOn(as, id, button string, in inputs) answer {
	w.t.Helper()
	a := w.pressed(map[string]any{"as": as, "message": id, "button": button, "inputs": in})
	if a.Status != http.StatusOK {
		w.t.Fatalf("%s presses %q: %d %s %v", as, button, a.Status, a.Error, a.Errors)
	}
	w.settle()
	return a
}

func (w *world) pressed(body map[string]any) answer {
	w.t.Helper()
	var raw json.RawMessage
	status := w.call("POST", "/sandbox/press", body, &raw)
	var a answer
	if err := json.Unmarshal(raw, &a); err != nil { // the value of an answer that is not one of ours
		w.t.Fatalf("press %v: %d %s", body, status, raw)
	}
	if a.Status == 0 {
		a.Status = status
	}
	return a
}

// shown is the text of the last n messages of a chat, for a failing test.
func (w *world) shown(as, chat string, n int) string {
	list := w.chat(as, chat)
	var b strings.Builder
	for _, m := range list[max(0, len(list)-n):] {
		b.WriteString("- " + m.From + ": " + m.Text + written(m.Card) + " " + strings.Join(titles(m.Card), "|") + "\n")
	}
	return b.String()
}

// saw reports whether a person sees a message with these words, on a card or beside it.
func (w *world) saw(as, chat, words string) bool {
	w.t.Helper()
	return slices.ContainsFunc(w.chat(as, chat), func(m message) bool { return strings.Contains(m.Text+"\n"+written(m.Card), words) })
}

// mustSee fails the test when a person does not see these words.
func (w *world) mustSee(as, chat, words string) {
	w.t.Helper()
	if !w.saw(as, chat, words) {
		w.t.Errorf("%s does not see %q in %s; the last messages:\n%s", as, words, chat, w.shown(as, chat, 5))
	}
}

// code is the day-one pass on the card that answers the one press for it.
func (a answer) code() string {
	var code string
	cards.Walk(a.Value.Value, func(n map[string]any) {
		if s, ok := n["text"].(string); ok && n["fontType"] == "Monospace" {
			code = s
		}
	})
	return code
}

// written is all text on a card, in order.
func written(card json.RawMessage) string {
	var b strings.Builder
	cards.Walk(card, func(n map[string]any) {
		for _, k := range []string{"text", "title", "value"} {
			if s, ok := n[k].(string); ok && n["type"] != "Input.ChoiceSet" {
				b.WriteString(s + "\n")
			}
		}
	})
	return b.String()
}

// titles are the titles of a card's buttons that send something, those that have to be opened first included.
func titles(card json.RawMessage) []string {
	var out []string
	cards.Walk(card, func(n map[string]any) {
		if s, ok := n["title"].(string); ok && n["type"] == "Action.Execute" {
			out = append(out, s)
		}
	})
	return out
}

// verbs are what the buttons of a card ask for.
func verbs(card json.RawMessage) []string {
	var out []string
	cards.Walk(card, func(n map[string]any) {
		if s, ok := n["verb"].(string); ok && n["type"] == "Action.Execute" {
			out = append(out, s)
		}
	})
	return out
}

// walkCard visits every object of a card in the order of the text, save fallbacks and the automatic refresh.
// caseView is a case as the control API shows it.
type caseView struct {
	Ref       string
	State     flows.State
	Due       time.Time
	Subject   struct{ Name, UPN, ID string }
	Plan      string
	Steps     []stepView
	Decisions []decisionView
}

type decisionView struct {
	By   flows.Person
	What string
	Plan string
}

type stepView struct {
	Key    flows.StepKey
	Task   flows.TaskName
	Title  string
	State  flows.StepState
	Due    time.Time
	Before string
	After  string
	Cause  string
}

func (w *world) cases() []caseView {
	w.t.Helper()
	var list []caseView
	if status := w.call("GET", "/sandbox/cases", nil, &list); status != http.StatusOK {
		w.t.Fatalf("list cases: %d", status)
	}
	return list
}

// theCase is the only case there is.
func (w *world) theCase() caseView {
	w.t.Helper()
	list := w.cases()
	if len(list) != 1 {
		w.t.Fatalf("there are %d cases, want one", len(list))
	}
	return list[0]
}

func (c caseView) step(k string) flows.StepState {
	for _, s := range c.Steps {
		if string(s.Key) == k {
			return s.State
		}
	}
	return ""
}

// records are the kinds of a case's entries, in order, with what each says.
func (w *world) records(ref string) []flows.Record {
	w.t.Helper()
	out, err := w.alive().svc.Engine.Records(w.t.Context(), w.stored(ref))
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

func (w *world) stored(ref string) flows.Case {
	w.t.Helper()
	c, err := w.alive().svc.Store.Case(w.t.Context(), flows.CaseID(ref))
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// named is an object of the directory.
type named struct{ ID, Name string }

// account is a user as the directory shows it to its administrator.
type account struct {
	ID, DisplayName, UserPrincipalName, EmployeeHireDate, UsageLocation, Department, JobTitle string
	AccountEnabled                                                                            bool
	Manager                                                                                   *named
	MemberOf                                                                                  []named
	Licenses                                                                                  []string
	Methods                                                                                   []map[string]any
}

func (w *world) account(upn string) (account, bool) {
	w.t.Helper()
	var a account
	status := w.call("GET", "/sandbox/directory/users/"+upn, nil, &a)
	return a, status == http.StatusOK
}

func (a account) groups() []string {
	var out []string
	for _, g := range a.MemberOf {
		out = append(out, g.Name)
	}
	return out
}

// passes are the Temporary Access Passes that work.
func (a account) passes() int {
	n := 0
	for _, m := range a.Methods {
		if m["type"] == "temporaryAccessPassAuthenticationMethod" && m["isUsable"] == true {
			n++
		}
	}
	return n
}

// news is what the bot did to the directory, in order.
func (w *world) news() []string {
	w.t.Helper()
	var list []struct{ By, What string }
	w.call("GET", "/sandbox/directory/changes", nil, &list)
	var out []string
	for _, c := range list {
		if c.By == "bot" {
			out = append(out, c.What)
		}
	}
	return out
}
