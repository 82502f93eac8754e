package teams

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
)

const (
	memberPage  = "500"
	memberPages = 100
)

// Member is somebody in a conversation, as Teams knows them.
type Member struct {
	ID                string // 29:…
	AADObjectID       string // lower-case GUID
	Name              string
	GivenName         string
	Surname           string
	Email             string
	UserPrincipalName string
	TenantID          string
	Role              string // user, guest, …
}

// TeamDetails are what Teams tells of a team.
type TeamDetails struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	AADGroupID string `json:"aadGroupId"`
	TenantID   string `json:"tenantId"`
	Type       string `json:"type"`
	Channels   int    `json:"channelCount"`
	Members    int    `json:"memberCount"`
}

type wireMember struct {
	ID                string `json:"id"`
	AADObjectID       string `json:"aadObjectId"`
	ObjectID          string `json:"objectId"` // what some calls name it
	Name              string `json:"name"`
	GivenName         string `json:"givenName"`
	Surname           string `json:"surname"`
	Email             string `json:"email"`
	UserPrincipalName string `json:"userPrincipalName"`
	TenantID          string `json:"tenantId"`
	UserRole          string `json:"userRole"`
}

func (w wireMember) member() Member {
	return Member{
		ID: w.ID, AADObjectID: guid(cmp.Or(w.AADObjectID, w.ObjectID)), Name: w.Name, GivenName: w.GivenName,
		Surname: w.Surname, Email: w.Email, UserPrincipalName: w.UserPrincipalName, TenantID: w.TenantID, Role: w.UserRole,
	}
}

// Member finds one person in a conversation by their 29:… id or object id. An
// error that is NotFound means that they are not in it.
func (c *Connector) Member(ctx context.Context, ref Ref, id string) (Member, error) {
	var w wireMember
	err := c.do(ctx, call{
		op: "get member", method: http.MethodGet, serviceURL: ref.ServiceURL, repeatable: true,
		path: []string{"conversations", ref.Address(), "members", id},
	}, &w)
	if err != nil {
		return Member{}, err
	}
	return w.member(), nil
}

// Ping asks for somebody in a conversation, only to learn whether Teams answers. Whatever it answers, a refusal too, is an answer: the
// error is Temporary.
func (c *Connector) Ping(ctx context.Context, ref Ref) error {
	_, err := c.Member(ctx, ref, cmp.Or(ref.BotID, c.bot))
	if e, ok := asError(err); ok && !e.Temporary {
		return nil
	}
	return err
}

// Members lists everybody in a conversation.
func (c *Connector) Members(ctx context.Context, ref Ref) ([]Member, error) {
	var all []Member
	query := url.Values{"pageSize": {memberPage}}
	for range memberPages {
		var page struct {
			Members           []wireMember `json:"members"`
			ContinuationToken string       `json:"continuationToken"`
		}
		err := c.do(ctx, call{
			op: "list members", method: http.MethodGet, serviceURL: ref.ServiceURL, repeatable: true, query: query,
			path: []string{"conversations", ref.Address(), "pagedMembers"},
		}, &page)
		if err != nil {
			return nil, err
		}
		for _, w := range page.Members {
			all = append(all, w.member())
		}
		if page.ContinuationToken == "" {
			return all, nil
		}
		if page.ContinuationToken == query.Get("continuationToken") {
			return nil, errors.New("list members: the next page is the same again")
		}
		query.Set("continuationToken", page.ContinuationToken)
	}
	return nil, fmt.Errorf("list members: more than %d pages", memberPages)
}

// Team tells about the team that the ref is in.
func (c *Connector) Team(ctx context.Context, ref Ref) (TeamDetails, error) {
	var t TeamDetails
	err := c.do(ctx, call{
		op: "get team", method: http.MethodGet, serviceURL: ref.ServiceURL, repeatable: true,
		path: []string{"teams", ref.TeamID},
	}, &t)
	return t, err
}

// Channels lists the channels of the team that the ref is in. General has no
// name.
func (c *Connector) Channels(ctx context.Context, ref Ref) ([]Channel, error) {
	var doc struct {
		Conversations []Channel `json:"conversations"`
	}
	err := c.do(ctx, call{
		op: "list channels", method: http.MethodGet, serviceURL: ref.ServiceURL, repeatable: true,
		path: []string{"teams", ref.TeamID, "conversations"},
	}, &doc)
	return doc.Conversations, err
}
