package sandbox

import (
	"encoding/json"
	"net/http"
	"strings"
)

const (
	usersDataset = "graph.microsoft.com/users"
	searchTop    = 15
)

type searchCall struct {
	As      string `json:"as"`
	Message string `json:"message"`
	Dataset string `json:"dataset"`
	Text    string `json:"text"`
}

type searchResult struct {
	Title    string `json:"title"`
	Value    string `json:"value"`
	Subtitle string `json:"subtitle,omitempty"`
}

type searchAnswer struct {
	Results []searchResult `json:"results"`
}

// postSearch fills a typeahead box: people come from the directory, as in Teams
// without the bot; any other dataset is asked of the bot.
func (s *Sandbox) postSearch(r *http.Request) (int, any) {
	var in searchCall
	if err := decode(r, &in); err != nil {
		return refuse(http.StatusBadRequest, "%v", err)
	}
	p, acc, ok := s.person(in.As)
	if !ok {
		return refuse(http.StatusNotFound, "nobody is called %q", in.As)
	}
	m, exists := s.world.message(in.Message)
	t, visible := s.seatOf(p, acc, m, exists)
	if !visible || !acc.enabled {
		return refuse(http.StatusNotFound, "%s sees no message %q", p.Key, in.Message)
	}
	if set, query, _ := strings.Cut(in.Dataset, "?"); set == usersDataset {
		return http.StatusOK, searchAnswer{s.searchPeople(in.Text, query == "scope=currentContext", t)}
	}
	var v struct {
		Text    string `json:"queryText"`
		Options struct {
			Skip int `json:"skip"`
			Top  int `json:"top"`
		} `json:"queryOptions"`
		Dataset string `json:"dataset"`
	}
	v.Text, v.Options.Top, v.Dataset = in.Text, searchTop, in.Dataset
	value, err := json.Marshal(v)
	if err != nil {
		return refuse(http.StatusBadRequest, "%v", err)
	}
	a := s.event("invoke", p, s.inThread(t, m))
	a.Name, a.ReplyTo, a.Value = "application/search", m.ID, value
	out, ok := s.invoke(r.Context(), a)
	var answer struct {
		Value searchAnswer `json:"value"`
	}
	if !ok || json.Unmarshal(out.Value, &answer) != nil {
		return refuse(http.StatusBadGateway, "the bot answered %d to a search", out.Status)
	}
	if answer.Value.Results == nil {
		answer.Value.Results = []searchResult{}
	}
	return http.StatusOK, answer.Value
}

// searchPeople finds people as Teams does: each word begins a part of the name
// or the sign-in name.
func (s *Sandbox) searchPeople(text string, here bool, t seat) []searchResult {
	var users []directoryUser
	switch {
	case here && t.channel.Key == "":
		users = []directoryUser{{ID: t.person.ID, DisplayName: t.person.Name, UPN: t.person.UPN, AccountEnabled: true}}
	case here:
		for _, p := range s.members(t.channel) {
			users = append(users, directoryUser{ID: p.ID, DisplayName: p.Name, UPN: p.UPN, AccountEnabled: true})
		}
	case s.opt.Directory == nil:
		for _, p := range s.opt.People {
			users = append(users, directoryUser{ID: p.ID, DisplayName: p.Name, UPN: p.UPN, AccountEnabled: true})
		}
	default:
		if err := json.Unmarshal(s.opt.Directory.Users(), &users); err != nil {
			s.opt.Log.Error("directory answered users that cannot be read", "error", err)
		}
	}
	words := strings.Fields(strings.ToLower(text))
	list := []searchResult{}
	for _, u := range users {
		if u.gone() || !u.AccountEnabled || u.DisplayName == "" || !matches(u, words) {
			continue
		}
		list = append(list, searchResult{Title: u.DisplayName, Value: u.ID, Subtitle: describe(u)})
		if len(list) == searchTop {
			break
		}
	}
	return list
}

func describe(u directoryUser) string {
	var parts []string
	for _, s := range []string{u.JobTitle, u.Office} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	if len(parts) == 0 {
		return u.UPN
	}
	return strings.Join(parts, ", ")
}

func matches(u directoryUser, words []string) bool {
	parts := append(strings.Fields(strings.ToLower(u.DisplayName)), strings.ToLower(u.UPN))
	for _, w := range words {
		hit := false
		for _, p := range parts {
			hit = hit || strings.HasPrefix(p, w)
		}
		if !hit {
			return false
		}
	}
	return true
}
