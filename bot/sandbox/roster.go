package sandbox

import (
	"net/http"
	"strconv"
	"strings"
)

// member is a person as the connector shows them.
type member struct {
	ID       string `json:"id"`
	ObjectID string `json:"objectId,omitempty"` // the old list's name for it
	AAD      string `json:"aadObjectId,omitempty"`
	Name     string `json:"name"`
	Given    string `json:"givenName"`
	Surname  string `json:"surname"`
	Email    string `json:"email"`
	UPN      string `json:"userPrincipalName"`
	Tenant   string `json:"tenantId"`
	Role     string `json:"userRole"`
}

func (s *Sandbox) member(p Person) member {
	_, acc, _ := s.person(p.ID)
	m := member{
		ID: mri(p.ID), AAD: p.ID, Name: p.Name, Given: acc.Given, Surname: acc.Surname,
		Email: acc.Mail, UPN: p.UPN, Tenant: p.Tenant, Role: "user",
	}
	if m.Given == "" {
		m.Given, m.Surname, _ = strings.Cut(p.Name, " ")
	}
	if m.Email == "" {
		m.Email = p.UPN
	}
	return m
}

// roster is who is in the conversation that the path names.
func (s *Sandbox) roster(w http.ResponseWriter, r *http.Request) ([]Person, bool) {
	id, _, _ := strings.Cut(r.PathValue("cid"), ";messageid=")
	if c, ok := s.channel(id); ok {
		return s.members(c), true
	}
	if c, ok := s.world.chat(id); ok && c.Person != "" {
		if p, acc, ok := s.person(c.Person); ok && acc.exists {
			return []Person{p}, true
		}
	}
	connectorError(w, http.StatusNotFound, "ConversationNotFound", "Conversation not found.")
	return nil, false
}

func (s *Sandbox) allMembers(w http.ResponseWriter, r *http.Request) {
	people, ok := s.roster(w, r)
	if !ok {
		return
	}
	list := make([]member, 0, len(people))
	for _, p := range people {
		m := s.member(p)
		m.ObjectID, m.AAD = m.AAD, ""
		list = append(list, m)
	}
	writeJSON(w, http.StatusOK, list)
}

const (
	pageLeast   = 50
	pageMost    = 500
	pageDefault = 200
)

func (s *Sandbox) pagedMembers(w http.ResponseWriter, r *http.Request) {
	people, ok := s.roster(w, r)
	if !ok {
		return
	}
	size := pageDefault
	if n, err := strconv.Atoi(r.URL.Query().Get("pageSize")); err == nil {
		size = min(max(n, pageLeast), pageMost)
	}
	from := 0
	if t := r.URL.Query().Get("continuationToken"); t != "" {
		n, err := strconv.Atoi(t)
		if err != nil || n < 0 || n > len(people) {
			connectorError(w, http.StatusBadRequest, "BadArgument", "The continuation token is not valid.")
			return
		}
		from = n
	}
	to := min(from+size, len(people))
	page := struct {
		Members []member `json:"members"`
		Next    string   `json:"continuationToken,omitempty"`
		Total   int      `json:"totalCount"`
	}{Members: []member{}, Total: len(people)}
	for _, p := range people[from:to] {
		page.Members = append(page.Members, s.member(p))
	}
	if to < len(people) {
		page.Next = strconv.Itoa(to)
	}
	writeJSON(w, http.StatusOK, page)
}

func (s *Sandbox) oneMember(w http.ResponseWriter, r *http.Request) {
	people, ok := s.roster(w, r)
	if !ok {
		return
	}
	id := r.PathValue("mid")
	for _, p := range people {
		if strings.EqualFold(id, p.ID) || id == mri(p.ID) {
			writeJSON(w, http.StatusOK, s.member(p))
			return
		}
	}
	connectorError(w, http.StatusNotFound, "MemberNotFoundInConversation", "The member was not found in the conversation.")
}

// teamOf finds the team that a path names by its General channel's id.
func (s *Sandbox) teamOf(w http.ResponseWriter, r *http.Request) (Channel, bool) {
	for _, c := range s.channels {
		if r.PathValue("tid") == c.Team {
			return c, true
		}
	}
	connectorError(w, http.StatusNotFound, "ConversationNotFound", "Team not found.")
	return Channel{}, false
}

func (s *Sandbox) team(w http.ResponseWriter, r *http.Request) {
	c, ok := s.teamOf(w, r)
	if !ok {
		return
	}
	writeJSON(w, http.StatusOK, struct {
		ID       string `json:"id"`
		Name     string `json:"name"`
		Group    string `json:"aadGroupId"`
		Channels int    `json:"channelCount"`
		Members  int    `json:"memberCount"`
		Tenant   string `json:"tenantId"`
		Type     string `json:"type"`
	}{c.Team, c.TeamName, c.Group, 2, len(s.members(c)), s.opt.Tenant, "standard"})
}

func (s *Sandbox) teamChannels(w http.ResponseWriter, r *http.Request) {
	c, ok := s.teamOf(w, r)
	if !ok {
		return
	}
	type channelInfo struct {
		ID   string `json:"id"`
		Name string `json:"name,omitempty"` // the General channel has none
		Type string `json:"type"`
	}
	writeJSON(w, http.StatusOK, struct {
		List []channelInfo `json:"conversations"`
	}{[]channelInfo{{ID: c.Team, Type: "standard"}, {ID: c.Conversation, Name: c.Title, Type: "standard"}}})
}
