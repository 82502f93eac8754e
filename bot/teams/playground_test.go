package teams

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const playgroundURL = "http://localhost:56150/_connector"

func newTestPlayground(t *testing.T, h Handler) *Edge {
	t.Helper()
	e, err := NewPlaygroundEdge(PlaygroundOptions{
		Tenant: tenantID, Handler: h, Log: testLog(t),
		People: map[string]string{"user-id-0": hannah, "00000000-0000-4000-A000-000000000099": "00000000-0000-4000-a000-000000000005"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// playground is a request as the Agents Playground makes it.
func playground(t *testing.T, changes map[string]any) *http.Request {
	all := map[string]any{
		"serviceUrl":  playgroundURL,
		"from":        map[string]any{"id": "user-id-0", "name": "Alex Wilber", "aadObjectId": "00000000-0000-0000-0000-0000000000020"},
		"recipient":   map[string]any{"id": "00000000-0000-0000-0000-00000000000011", "name": "Test Bot"},
		"channelData": map[string]any{"tenant": map[string]any{"id": "00000000-0000-0000-0000-0000000000001"}},
	}
	for k, v := range changes {
		all[k] = v
	}
	r := post(t, wire(t, all))
	r.Header.Del("Authorization")
	r.Header.Set("X-Ms-Agents-Playground", "true")
	r.RemoteAddr, r.Host = "127.0.0.1:50000", "127.0.0.1:3978"
	return r
}

func TestPlaygroundLetsIn(t *testing.T) {
	for name, tt := range map[string]struct {
		changes map[string]any
		want    string // object id
	}{
		"by user id":      {nil, hannah},
		"by directory id": {map[string]any{"from": map[string]any{"id": "user-id-7", "aadObjectId": "00000000-0000-4000-a000-000000000099"}}, "00000000-0000-4000-a000-000000000005"},
		"one of ours":     {map[string]any{"from": map[string]any{"id": "user-id-7", "aadObjectId": "00000000-0000-4000-a000-000000000003"}}, "00000000-0000-4000-a000-000000000003"},
		"nobody":          {map[string]any{"from": map[string]any{"id": "user-id-7", "aadObjectId": "00000000-0000-0000-0000-0000000000027"}}, ""},
		"without ids":     {map[string]any{"from": map[string]any{"name": "Hannah Reed"}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			h := &recorded{}
			if w := serve(newTestPlayground(t, h), playground(t, tt.changes)); w.Code != 200 {
				t.Fatalf("status = %d", w.Code)
			}
			if got := h.last.From.AADObjectID; got != tt.want {
				t.Errorf("object id = %q, want %q", got, tt.want)
			}
			if h.last.Tenant != tenantID || !h.last.PlaygroundTrusted {
				t.Errorf("tenant = %q, trusted = %t", h.last.Tenant, h.last.PlaygroundTrusted)
			}
		})
	}
}

func TestPlaygroundMapsOthers(t *testing.T) {
	h := &recorded{}
	member := []any{map[string]any{"id": "user-id-0"}}
	serve(newTestPlayground(t, h), playground(t, map[string]any{
		"type": "conversationUpdate", "membersAdded": member, "membersRemoved": member,
		"entities": []any{map[string]any{"type": "mention", "text": "<at>x</at>", "mentioned": map[string]any{"id": "user-id-0"}}},
	}))
	want := []Person{{ID: "user-id-0", AADObjectID: hannah}}
	got := append(append(h.last.MembersAdded, h.last.MembersRemoved...), h.last.Mentions[0].Person)
	if diff := cmp.Diff([]Person{want[0], want[0], want[0]}, got); diff != "" {
		t.Errorf("people (-want +got):\n%s", diff)
	}
}

func TestPlaygroundIsLocal(t *testing.T) {
	for name, tt := range map[string]struct {
		request func(*http.Request)
		changes map[string]any
		want    int
	}{
		"from here by IPv6":                 {func(r *http.Request) { r.RemoteAddr, r.Host = "[::1]:5", "[::1]:3978" }, nil, 200},
		"from here by name":                 {func(r *http.Request) { r.Host = "localhost" }, nil, 200},
		"a page from here":                  {func(r *http.Request) { r.Header.Set("Origin", "http://localhost:56150") }, nil, 200},
		"looking for us":                    {func(r *http.Request) { r.Method = http.MethodHead }, nil, 405},
		"from the network":                  {func(r *http.Request) { r.RemoteAddr = "192.168.1.7:5" }, nil, 403},
		"from nowhere":                      {func(r *http.Request) { r.RemoteAddr = "" }, nil, 403},
		"through a proxy":                   {func(r *http.Request) { r.Header.Set("X-Forwarded-For", "203.0.113.9") }, nil, 403},
		"through another proxy":             {func(r *http.Request) { r.Header.Set("Forwarded", "for=203.0.113.9") }, nil, 403},
		"by a name of its own":              {func(r *http.Request) { r.Host = "rebound.example" }, nil, 403},
		"from a page elsewhere":             {func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") }, nil, 403},
		"from a sandboxed page":             {func(r *http.Request) { r.Header.Set("Origin", "null") }, nil, 403},
		"as a form":                         {func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, nil, 415},
		"with Teams' service URL":           {nil, map[string]any{"serviceUrl": teamsURL}, 403},
		"with no service URL":               {nil, map[string]any{"serviceUrl": ""}, 403},
		"with a service URL on the network": {nil, map[string]any{"serviceUrl": "http://192.168.1.7/_connector"}, 403},
	} {
		t.Run(name, func(t *testing.T) {
			h := &recorded{}
			r := playground(t, tt.changes)
			if tt.request != nil {
				tt.request(r)
			}
			w := serve(newTestPlayground(t, h), r)
			if w.Code != tt.want {
				t.Errorf("status = %d, want %d", w.Code, tt.want)
			}
			if called := len(h.seen()) > 0; called != (tt.want == 200) {
				t.Errorf("handler called: %t", called)
			}
		})
	}
}

// The ordinary edge does not know the Playground, wherever it calls from.
func TestOrdinaryEdgeRefusesThePlayground(t *testing.T) {
	h := &recorded{}
	e := newTestEdge(t, h, func(o *EdgeOptions) { o.Config.ServiceURLHosts = []string{"localhost"} })
	if w := serve(e, playground(t, nil)); w.Code != 401 || len(h.seen()) > 0 {
		t.Errorf("status = %d, calls = %v; want 401 and none", w.Code, h.seen())
	}
}

func TestPlaygroundOptionsAreChecked(t *testing.T) {
	for name, o := range map[string]PlaygroundOptions{
		"no tenant":         {},
		"a tenant by name":  {Tenant: "larkfield.example"},
		"a person by a key": {Tenant: tenantID, People: map[string]string{"user-id-0": "hr"}},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := NewPlaygroundEdge(o); err == nil {
				t.Error("an edge was built")
			}
		})
	}
}
