package teams

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// fakeTeams is the connector as far as tests need it. It wants the token of the
// day, keeps messages, imitates the split of text and card, and answers 501 to
// what it does not know. It is reached without a socket, so that virtual time
// works.
type fakeTeams struct {
	mu       sync.Mutex
	tokens   int               // how many were handed out; the last one is good
	lifetime time.Duration     // of a token
	faults   []fault           // the next calls, in order
	calls    []string          // METHOD path
	bodies   []string          // of each call
	at       []time.Time       // of each call
	messages map[string]string // conversation|id -> body
	busy     map[string]bool   // conversations in a call
	hold     time.Duration     // how long a call takes
	members  int
	handed   func() error // called for each token, if set
}

// fault is what becomes of one call.
type fault struct {
	status int
	body   string
	header http.Header
	done   bool  // it takes effect all the same
	err    error // in place of an answer
}

func newFakeTeams() *fakeTeams {
	return &fakeTeams{messages: map[string]string{}, busy: map[string]bool{}, lifetime: time.Hour}
}

// GetToken makes the fake its own authority.
func (f *fakeTeams) GetToken(_ context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(o.Scopes) != 1 || o.Scopes[0] != publicScope {
		return azcore.AccessToken{}, fmt.Errorf("scopes %v", o.Scopes)
	}
	if f.handed != nil {
		if err := f.handed(); err != nil {
			return azcore.AccessToken{}, err
		}
	}
	f.tokens++
	return azcore.AccessToken{Token: fmt.Sprint("token-", f.tokens), ExpiresOn: time.Now().Add(f.lifetime)}, nil
}

func (f *fakeTeams) RoundTrip(r *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	if err := f.serve(rec, r); err != nil {
		return nil, err
	}
	return rec.Result(), nil
}

func (f *fakeTeams) serve(w http.ResponseWriter, r *http.Request) error {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return err
		}
	}
	key, _, _ := strings.Cut(r.URL.EscapedPath(), "/activities")
	f.mu.Lock()
	f.calls = append(f.calls, r.Method+" "+strings.TrimPrefix(r.URL.RequestURI(), "/uk"))
	f.bodies = append(f.bodies, string(body))
	f.at = append(f.at, time.Now())
	hold, concurrent := f.hold, f.busy[key]
	f.busy[key] = true
	f.mu.Unlock()
	if hold > 0 {
		select {
		case <-time.After(hold):
		case <-r.Context().Done():
			return r.Context().Err()
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.busy, key)
	if concurrent {
		f.say(w, http.StatusPreconditionFailed, map[string]any{"error": map[string]string{"code": "PreconditionFailed"}})
		return nil
	}
	if len(f.faults) > 0 {
		next := f.faults[0]
		f.faults = f.faults[1:]
		if next.done {
			f.act(httptest.NewRecorder(), r, body)
		}
		if next.err != nil {
			return next.err
		}
		if next.status != 0 {
			for k, v := range next.header {
				w.Header()[k] = v
			}
			w.WriteHeader(next.status)
			_, err := io.WriteString(w, next.body)
			return err
		}
	}
	if r.Header.Get("Authorization") != fmt.Sprint("Bearer token-", f.tokens) {
		f.say(w, http.StatusUnauthorized, map[string]any{"message": "Authorization has been denied for this request."})
		return nil
	}
	f.act(w, r, body)
	return nil
}

func (f *fakeTeams) say(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if body != nil {
		if err := json.NewEncoder(w).Encode(body); err != nil {
			panic(err)
		}
	}
}

// act does the call. Called with mu held.
func (f *fakeTeams) act(w http.ResponseWriter, r *http.Request, body []byte) {
	var act outActivity
	var create outCreate
	path := strings.Split(strings.TrimPrefix(r.URL.Path, "/uk/v3/"), "/")
	gone := func() {
		f.say(w, http.StatusNotFound, map[string]any{"error": map[string]string{"code": "ActivityNotFoundInConversation"}})
	}
	switch {
	case r.Method == http.MethodPost && len(path) == 3 && path[2] == "activities":
		if json.Unmarshal(body, &act) != nil {
			f.say(w, http.StatusBadRequest, nil)
			return
		}
		if act.Text != "" && len(act.Attachments) > 0 {
			f.say(w, http.StatusAccepted, nil) // split in two, no id
			return
		}
		id := f.keep(path[1], body)
		f.say(w, http.StatusCreated, map[string]string{"id": id})
	case r.Method == http.MethodPost && len(path) == 1 && path[0] == "conversations":
		if json.Unmarshal(body, &create) != nil {
			f.say(w, http.StatusBadRequest, nil)
			return
		}
		if !create.IsGroup {
			f.say(w, http.StatusCreated, map[string]string{"id": "a:chat-with-" + create.Members[0].ID})
			return
		}
		id := f.keep(create.ChannelData.Channel.ID, body)
		f.say(w, http.StatusCreated, map[string]string{"id": create.ChannelData.Channel.ID + ";messageid=" + id, "activityId": id})
	case r.Method == http.MethodPut && len(path) == 4:
		if _, ok := f.messages[path[1]+"|"+path[3]]; !ok {
			gone()
			return
		}
		f.messages[path[1]+"|"+path[3]] = string(body)
		f.say(w, http.StatusOK, map[string]string{"id": path[3]})
	case r.Method == http.MethodDelete && len(path) == 4:
		if _, ok := f.messages[path[1]+"|"+path[3]]; !ok {
			gone()
			return
		}
		delete(f.messages, path[1]+"|"+path[3])
		w.WriteHeader(http.StatusOK)
	case r.Method == http.MethodGet && len(path) == 3 && path[2] == "pagedMembers":
		f.page(w, r)
	case r.Method == http.MethodGet && len(path) == 4 && path[2] == "members" && path[3] == "29:tom":
		f.say(w, http.StatusOK, map[string]string{"id": "29:tom", "objectId": strings.ToUpper(hannah), "userPrincipalName": "x@larkfield.example"})
	case r.Method == http.MethodGet && len(path) == 4 && path[2] == "members":
		f.say(w, http.StatusNotFound, map[string]any{"error": map[string]string{"code": "MemberNotFoundInConversation"}})
	case r.Method == http.MethodGet && len(path) == 2 && path[0] == "teams":
		f.say(w, http.StatusOK, map[string]any{"id": path[1], "name": "Company Team", "aadGroupId": "g1", "channelCount": 2, "memberCount": 9})
	case r.Method == http.MethodGet && len(path) == 3 && path[0] == "teams":
		f.say(w, http.StatusOK, map[string]any{"conversations": []any{map[string]string{"id": path[1]}, map[string]string{"id": "19:it@thread.tacv2", "name": "IT"}}})
	default:
		f.say(w, http.StatusNotImplemented, nil)
	}
}

func (f *fakeTeams) keep(conversation string, body []byte) string {
	id := fmt.Sprint(1632474074000 + len(f.messages))
	f.messages[conversation+"|"+id] = string(body)
	return id
}

// page answers 200 members at a time, whatever the caller would like.
func (f *fakeTeams) page(w http.ResponseWriter, r *http.Request) {
	from := 0
	if t := r.URL.Query().Get("continuationToken"); t != "" {
		if _, err := fmt.Sscan(t, &from); err != nil {
			f.say(w, http.StatusBadRequest, nil)
			return
		}
	}
	var page []map[string]string
	for n := from; n < min(from+200, f.members); n++ {
		page = append(page, map[string]string{"id": fmt.Sprint("29:", n), "aadObjectId": hannah})
	}
	next := ""
	if from+200 < f.members {
		next = fmt.Sprint(from + 200)
	}
	f.say(w, http.StatusOK, map[string]any{"members": page, "continuationToken": next})
}

// seen is the calls so far.
func (f *fakeTeams) seen() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.calls...)
}

func (f *fakeTeams) lastBody() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.bodies[len(f.bodies)-1]
}

// refusedConnection is the error of a dial that found nobody.
func refusedConnection() error {
	return &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
}

func newTestConnector(t testing.TB, f *fakeTeams, change func(*ConnectorOptions)) *Connector {
	t.Helper()
	o := ConnectorOptions{
		Config: testConfig(), Credential: f, HTTP: f, Log: testLog(t), Now: time.Now,
		Pace: Pace{Unlimited: true}, Rand: func() float64 { return 0 },
	}
	if change != nil {
		change(&o)
	}
	c, err := NewConnector(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func chat() Ref {
	return Ref{ServiceURL: teamsURL, Conversation: "a:1hannah", Kind: Personal, Tenant: tenantID, BotID: "28:" + appID}
}

func itChannel() Ref {
	return Ref{ServiceURL: teamsURL, Conversation: "19:it@thread.tacv2", Kind: InChannel, Tenant: tenantID, TeamID: "19:general@thread.tacv2", ChannelID: "19:it@thread.tacv2"}
}
