package teams

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// same compares two JSON documents.
func same(t *testing.T, want, got string) {
	t.Helper()
	var w, g any
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(got), &g); err != nil {
		t.Fatalf("%q: %v", got, err)
	}
	if diff := cmp.Diff(w, g); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
}

func TestSendBodies(t *testing.T) {
	thread := itChannel().InThread("1632474000000")
	for name, tt := range map[string]struct {
		to   Ref
		m    Message
		path string
		want string
	}{
		"text": {
			chat(),
			Message{Text: "*Hello* Hannah"},
			"/v3/conversations/a:1hannah/activities",
			`{"type":"message","from":{"id":"28:00000000-0000-0000-0000-0000000000b0"},"text":"*Hello* Hannah","textFormat":"plain",
			"conversation":{"id":"a:1hannah","conversationType":"personal","tenantId":"11111111-1111-1111-1111-111111111111"}}`,
		},
		"markdown, in answer": {
			chat(),
			Message{Text: "*Hello*", TextFormat: "markdown", ReplyTo: "7"},
			"/v3/conversations/a:1hannah/activities",
			`{"type":"message","from":{"id":"28:00000000-0000-0000-0000-0000000000b0"},"text":"*Hello*","textFormat":"markdown","replyToId":"7",
			"conversation":{"id":"a:1hannah","conversationType":"personal","tenantId":"11111111-1111-1111-1111-111111111111"}}`,
		},
		"card": {
			chat(),
			Message{Card: json.RawMessage(`{"type":"AdaptiveCard","version":"1.5"}`), Summary: "To approve", Alert: true},
			"/v3/conversations/a:1hannah/activities",
			`{"type":"message","from":{"id":"28:00000000-0000-0000-0000-0000000000b0"},"summary":"To approve",
			"conversation":{"id":"a:1hannah","conversationType":"personal","tenantId":"11111111-1111-1111-1111-111111111111"},
			"attachments":[{"contentType":"application/vnd.microsoft.card.adaptive","content":{"type":"AdaptiveCard","version":"1.5"}}],
			"channelData":{"notification":{"alert":true}}}`,
		},
		"file consent, in a thread": {
			thread,
			Message{Attachment: &Attachment{ContentType: "application/vnd.microsoft.teams.card.file.consent", Name: "pack.zip", Content: json.RawMessage(`{"sizeInBytes":3}`)}},
			"/v3/conversations/19:it@thread.tacv2%3Bmessageid=1632474000000/activities",
			`{"type":"message","from":{"id":"28:00000000-0000-0000-0000-0000000000b0"},
			"conversation":{"id":"19:it@thread.tacv2;messageid=1632474000000","conversationType":"channel","tenantId":"11111111-1111-1111-1111-111111111111"},
			"attachments":[{"contentType":"application/vnd.microsoft.teams.card.file.consent","name":"pack.zip","content":{"sizeInBytes":3}}]}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFakeTeams()
			id, err := newTestConnector(t, f, nil).Send(t.Context(), tt.to, tt.m)
			if err != nil || id != "1632474074000" {
				t.Fatalf("Send = %q, %v", id, err)
			}
			if diff := cmp.Diff([]string{"POST " + tt.path}, f.seen()); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
			same(t, tt.want, f.lastBody())
		})
	}
}

func TestMessagesThatWouldBeLost(t *testing.T) {
	card := json.RawMessage(`{"type":"AdaptiveCard"}`)
	for name, m := range map[string]Message{
		"empty":               {},
		"only a summary":      {Summary: "x"},
		"text and card":       {Text: "x", Card: card},
		"text and attachment": {Text: "x", Attachment: &Attachment{}},
		"card and attachment": {Card: card, Attachment: &Attachment{}},
		"half a card":         {Card: card[:5]},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFakeTeams()
			c := newTestConnector(t, f, nil)
			_, errSend := c.Send(t.Context(), chat(), m)
			_, _, errPost := c.PostChannel(t.Context(), itChannel(), m)
			for what, err := range map[string]error{"Send": errSend, "Update": c.Update(t.Context(), chat(), "1", m), "PostChannel": errPost} {
				if !errors.Is(err, ErrMessage) {
					t.Errorf("%s: %v, want %v", what, err, ErrMessage)
				}
			}
			if calls := f.seen(); len(calls) > 0 {
				t.Errorf("sent all the same: %v", calls)
			}
		})
	}
}

func TestMessageLife(t *testing.T) {
	f := newFakeTeams()
	c := newTestConnector(t, f, nil)
	id, err := c.Send(t.Context(), chat(), Message{Text: "one"})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Update(t.Context(), chat(), id, Message{Text: "two"}); err != nil {
		t.Fatal(err)
	}
	var kept outActivity
	if err := json.Unmarshal([]byte(f.messages["a:1hannah|"+id]), &kept); err != nil || kept.Text != "two" || kept.ID != id {
		t.Errorf("kept %+v, %v", kept, err)
	}
	for range 2 { // the second finds it gone
		if err := c.Delete(t.Context(), chat(), id); err != nil {
			t.Errorf("Delete: %v", err)
		}
	}
	err = c.Update(t.Context(), chat(), id, Message{Text: "three"})
	if e, ok := errors.AsType[*Error](err); !ok || !e.NotFound || e.Temporary || e.Ambiguous {
		t.Errorf("update of what is gone: %#v", err)
	}
}

func TestCreateDirect(t *testing.T) {
	f := newFakeTeams()
	c := newTestConnector(t, f, nil)
	got, err := c.CreateDirect(t.Context(), teamsURL, strings.ToUpper(hannah))
	if err != nil {
		t.Fatal(err)
	}
	want := Ref{ServiceURL: teamsURL, Conversation: "a:chat-with-" + hannah, Kind: Personal, Tenant: tenantID, BotID: "28:" + appID}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ref (-want +got):\n%s", diff)
	}
	same(t, `{"isGroup":false,"bot":{"id":"28:00000000-0000-0000-0000-0000000000b0"},"members":[{"id":"00000000-0000-4000-a000-000000000001"}],
		"tenantId":"11111111-1111-1111-1111-111111111111","channelData":{"tenant":{"id":"11111111-1111-1111-1111-111111111111"}}}`, f.lastBody())
	for _, bad := range []string{"", "hannah.reed@larkfield.example", "29:hannah"} {
		if _, err := c.CreateDirect(t.Context(), teamsURL, bad); !errors.Is(err, ErrAddress) {
			t.Errorf("CreateDirect(%q): %v, want %v", bad, err, ErrAddress)
		}
	}
}

func TestCreateDirectWithoutServiceURL(t *testing.T) {
	var at string
	c := newTestConnector(t, newFakeTeams(), func(o *ConnectorOptions) {
		o.HTTP = roundTrip(func(r *http.Request) (*http.Response, error) {
			at = r.URL.String()
			return answer(http.StatusOK, map[string]string{"id": "a:1"}), nil
		})
	})
	ref, err := c.CreateDirect(t.Context(), "", hannah)
	if want := "https://smba.trafficmanager.net/teams/v3/conversations"; err != nil || at != want || ref.ServiceURL != publicServiceURL {
		t.Errorf("asked %q, got %+v, %v; want %q", at, ref, err, want)
	}
}

func TestCreateDirectWithoutAnID(t *testing.T) {
	c := newTestConnector(t, newFakeTeams(), func(o *ConnectorOptions) {
		o.HTTP = roundTrip(func(*http.Request) (*http.Response, error) { return answer(http.StatusOK, map[string]string{}), nil })
	})
	if ref, err := c.CreateDirect(t.Context(), teamsURL, hannah); err == nil {
		t.Errorf("got %+v, want an error", ref)
	}
}

func TestPostChannel(t *testing.T) {
	f := newFakeTeams()
	c := newTestConnector(t, f, nil)
	thread, id, err := c.PostChannel(t.Context(), itChannel(), Message{Text: "A step failed."})
	if err != nil {
		t.Fatal(err)
	}
	want := itChannel().InThread("1632474074000")
	if diff := cmp.Diff(want, thread); diff != "" || id != "1632474074000" {
		t.Errorf("id %q, thread (-want +got):\n%s", id, diff)
	}
	same(t, `{"isGroup":true,"bot":{"id":"28:00000000-0000-0000-0000-0000000000b0"},"tenantId":"11111111-1111-1111-1111-111111111111",
		"activity":{"type":"message","from":{"id":"28:00000000-0000-0000-0000-0000000000b0"},"text":"A step failed.","textFormat":"plain"},
		"channelData":{"tenant":{"id":"11111111-1111-1111-1111-111111111111"},"team":{"id":"19:general@thread.tacv2"},"channel":{"id":"19:it@thread.tacv2"}}}`, f.lastBody())
	if _, err := c.Send(t.Context(), thread, Message{Text: "It was retried."}); err != nil {
		t.Errorf("reply in the thread: %v", err)
	}
	if _, _, err := c.PostChannel(t.Context(), Ref{ServiceURL: teamsURL}, Message{Text: "x"}); !errors.Is(err, ErrAddress) {
		t.Errorf("post to no channel: %v, want %v", err, ErrAddress)
	}
}

// Where Teams gives no id, that is seen, and is no error: the message is there.
func TestNoIDIsNoError(t *testing.T) {
	var log bytes.Buffer
	f := newFakeTeams()
	f.faults = []fault{{status: http.StatusAccepted}}
	c := newTestConnector(t, f, func(o *ConnectorOptions) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	id, err := c.Send(t.Context(), chat(), Message{Text: "x"})
	if id != "" || err != nil || !strings.Contains(log.String(), "no id") {
		t.Errorf("Send = %q, %v; log %q", id, err, log.String())
	}
}

func TestAddresses(t *testing.T) {
	for name, tt := range map[string]struct {
		ref  Ref
		id   string
		want error // nil: the path is asked for
	}{
		"path traversal":              {Ref{ServiceURL: teamsURL, Conversation: "../../x"}, "1", ErrAddress},
		"path traversal in a message": {chat(), "../1", ErrAddress},
		"the folder above":            {Ref{ServiceURL: teamsURL, Conversation: ".."}, "1", ErrAddress},
		"a slash":                     {Ref{ServiceURL: teamsURL, Conversation: "a/b"}, "1", ErrAddress},
		"a backslash":                 {Ref{ServiceURL: teamsURL, Conversation: `a\b`}, "1", ErrAddress},
		"a new line":                  {Ref{ServiceURL: teamsURL, Conversation: "a\nb"}, "1", ErrAddress},
		"nothing":                     {Ref{ServiceURL: teamsURL}, "1", ErrAddress},
		"no message":                  {chat(), "", ErrAddress},
		"a dot":                       {chat(), ".", ErrAddress},
		"a percent sign":              {Ref{ServiceURL: teamsURL, Conversation: "a%2e%2e"}, "1", nil},
		"a question mark":             {Ref{ServiceURL: teamsURL, Conversation: "a?b#c"}, "1", nil},
		"a foreign host":              {Ref{ServiceURL: "https://evil.example/", Conversation: "a:1"}, "1", RefusedHost},
		"no host":                     {Ref{Conversation: "a:1"}, "1", RefusedHost},
		"loopback, not named":         {Ref{ServiceURL: "http://127.0.0.1:3979/", Conversation: "a:1"}, "1", RefusedHost},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFakeTeams()
			err := newTestConnector(t, f, nil).Update(t.Context(), tt.ref, tt.id, Message{Text: "x"})
			if tt.want != nil {
				if !errors.Is(err, tt.want) || len(f.seen()) > 0 || f.tokens > 0 {
					t.Errorf("Update: %v, calls %v, %d tokens; want %v and nothing asked", err, f.seen(), f.tokens, tt.want)
				}
				return
			}
			if e, ok := errors.AsType[*Error](err); !ok || !e.NotFound {
				t.Errorf("Update: %v, want it to be asked and not found", err)
			}
			if calls := f.seen(); len(calls) != 1 || strings.Contains(calls[0], "?") || strings.Count(calls[0], "/") != 5 {
				t.Errorf("calls = %q", calls)
			}
		})
	}
}

// The token goes where it was checked to go, and nowhere from there.
func TestNoRedirects(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("followed to %s with %q", r.URL, r.Header.Get("Authorization"))
	}))
	defer elsewhere.Close()
	here := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	defer here.Close()
	f := newFakeTeams()
	c := newTestConnector(t, f, func(o *ConnectorOptions) {
		o.HTTP = nil
		o.Config.ServiceURLHosts = []string{strings.TrimPrefix(here.URL, "http://")}
	})
	_, err := c.Send(t.Context(), Ref{ServiceURL: here.URL, Conversation: "a:1"}, Message{Text: "x"})
	if e, ok := errors.AsType[*Error](err); !ok || e.Status != http.StatusTemporaryRedirect || e.Temporary || e.Ambiguous {
		t.Errorf("Send: %v, want the redirect as an error", err)
	}
}

func TestOverASocket(t *testing.T) {
	f := newFakeTeams()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := f.serve(w, r); err != nil {
			t.Error(err)
		}
	}))
	defer server.Close()
	c := newTestConnector(t, f, func(o *ConnectorOptions) {
		o.HTTP = nil
		o.Config.ServiceURLHosts = []string{"127.0.0.1"}
	})
	ref := chat()
	ref.ServiceURL = server.URL + "/uk"
	id, err := c.Send(t.Context(), ref, Message{Text: "x"})
	if err != nil || id == "" {
		t.Fatalf("Send = %q, %v", id, err)
	}
	if err := c.Update(t.Context(), ref, id, Message{Text: "y"}); err != nil {
		t.Error(err)
	}
}

func TestRoster(t *testing.T) {
	f := newFakeTeams()
	f.members = 450
	c := newTestConnector(t, f, nil)
	all, err := c.Members(t.Context(), itChannel())
	if err != nil || len(all) != 450 || all[449].ID != "29:449" || all[0].AADObjectID != hannah {
		t.Errorf("%d members, %v", len(all), err)
	}
	if diff := cmp.Diff([]string{
		"GET /v3/conversations/19:it@thread.tacv2/pagedMembers?pageSize=500",
		"GET /v3/conversations/19:it@thread.tacv2/pagedMembers?continuationToken=200&pageSize=500",
		"GET /v3/conversations/19:it@thread.tacv2/pagedMembers?continuationToken=400&pageSize=500",
	}, f.seen()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	m, err := c.Member(t.Context(), chat(), "29:tom")
	if want := (Member{ID: "29:tom", AADObjectID: hannah, UserPrincipalName: "x@larkfield.example"}); err != nil || m != want {
		t.Errorf("Member = %+v, %v; want %+v", m, err, want)
	}
	_, err = c.Member(t.Context(), chat(), "29:stan")
	if e, ok := errors.AsType[*Error](err); !ok || !e.NotFound || e.Code != "MemberNotFoundInConversation" {
		t.Errorf("Member who is not there: %v", err)
	}
	team, err := c.Team(t.Context(), itChannel())
	if want := (TeamDetails{ID: "19:general@thread.tacv2", Name: "Company Team", AADGroupID: "g1", Channels: 2, Members: 9}); err != nil || team != want {
		t.Errorf("Team = %+v, %v; want %+v", team, err, want)
	}
	channels, err := c.Channels(t.Context(), itChannel())
	if diff := cmp.Diff([]Channel{{ID: "19:general@thread.tacv2"}, {ID: "19:it@thread.tacv2", Name: "IT"}}, channels); err != nil || diff != "" {
		t.Errorf("Channels: %v (-want +got):\n%s", err, diff)
	}
}

// A source that pages for ever is an error, not a bot that never answers.
func TestRosterWithoutEnd(t *testing.T) {
	c := newTestConnector(t, newFakeTeams(), func(o *ConnectorOptions) {
		o.HTTP = roundTrip(func(*http.Request) (*http.Response, error) {
			return answer(http.StatusOK, map[string]any{"members": []any{}, "continuationToken": "again"}), nil
		})
	})
	if _, err := c.Members(t.Context(), itChannel()); err == nil {
		t.Error("Members found an end")
	}
}

func TestRefIsStored(t *testing.T) {
	got, err := json.Marshal(itChannel().InThread("7"))
	if err != nil {
		t.Fatal(err)
	}
	same(t, `{"serviceUrl":"https://smba.trafficmanager.net/uk/","conversation":"19:it@thread.tacv2","thread":"7","kind":"channel",
		"tenant":"11111111-1111-1111-1111-111111111111","teamId":"19:general@thread.tacv2","channelId":"19:it@thread.tacv2"}`, string(got))
}

func TestNewConnectorRefusesABadConfig(t *testing.T) {
	for name, o := range map[string]ConnectorOptions{
		"empty":         {},
		"no credential": {Config: testConfig()},
		"no app id":     {Config: Config{TenantID: tenantID}, Credential: newFakeTeams()},
	} {
		t.Run(name, func(t *testing.T) {
			o.Log, o.Now = testLog(t), time.Now
			if _, err := NewConnector(o); err == nil {
				t.Error("a connector was built")
			}
		})
	}
}
