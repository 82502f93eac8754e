package graphsim_test

import (
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func (w *world) fault(kind, match string, count int, seconds float64) {
	w.t.Helper()
	if _, err := w.s.SetFault(kind, match, count, seconds); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) fired() []int {
	w.t.Helper()
	var list []struct{ Fired int }
	if err := json.Unmarshal(w.s.Faults(), &list); err != nil {
		w.t.Fatal(err)
	}
	out := []int{}
	for _, f := range list {
		out = append(out, f.Fired)
	}
	return out
}

func TestFaultsThatAnswer(t *testing.T) {
	for kind, tt := range map[string]struct {
		status int
		code   string
		raw    string
		header string
	}{
		"throttle":    {429, "TooManyRequests", "", "Retry-After"},
		"unavailable": {503, "ServiceUnavailable", "", ""},
		"denied":      {403, "Authorization_RequestDenied", "", ""},
		"html":        {502, "", "<html>", ""},
		"bare":        {500, "", "{}", ""},
		"conflict":    {409, "Directory_ConcurrencyViolation", "", ""},
		"claims":      {401, "InvalidAuthenticationToken", "", "WWW-Authenticate"},
	} {
		t.Run(kind, func(t *testing.T) {
			w := newWorld(t)
			w.fault(kind, "PATCH /v1.0/users/", 1, 0)
			w.ok("GET", "users/"+tom, "")
			r := w.send("PATCH", "users/"+tom, `{"department":"Lab"}`)
			code, _ := r.errorOf()
			if r.status != tt.status || code != tt.code || !strings.HasPrefix(r.raw, tt.raw) {
				t.Errorf("got %d %s", r.status, r.raw)
			}
			if tt.header != "" && r.header.Get(tt.header) == "" {
				t.Errorf("no %s", tt.header)
			}
			if d := w.ok("GET", "users/"+tom+"?$select=department", "").body["department"]; d != "Sales" {
				t.Errorf("it was done all the same: %v", d)
			}
			w.ok("PATCH", "users/"+tom, `{"department":"Lab"}`) // once is over
			if d := cmp.Diff([]int{1}, w.fired()); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestFaultsThatLie(t *testing.T) {
	department := func(w *world) any {
		return w.ok("GET", "users/"+tom+"?$select=department", "").body["department"]
	}
	t.Run("lost_answer", func(t *testing.T) {
		w := newWorld(t)
		w.fault("lost_answer", "", 1, 0)
		if department(w) != "Sales" {
			t.Error("a read lost its answer")
		}
		w.send("PATCH", "users/"+tom, `{"department":"Lab"}`).refused(t, 503, "ServiceUnavailable", "")
		if department(w) != "Lab" {
			t.Error("it was not done")
		}
	})
	t.Run("no_effect", func(t *testing.T) {
		w := newWorld(t)
		w.fault("no_effect", "", 2, 0)
		w.ok("PATCH", "users/"+tom, `{"department":"Lab"}`)
		if id := w.create(); department(w) != "Sales" || w.send("GET", "users/"+id, "").status != 404 {
			t.Error("it was done")
		}
		if w.create() != first {
			t.Error("what had no effect used up an id")
		}
	})
	t.Run("stale_read", func(t *testing.T) {
		w := newWorld(t)
		w.ok("PATCH", "users/"+tom, `{"department":"Lab"}`)
		w.fault("stale_read", "", 1, 0)
		if department(w) != "Sales" {
			t.Error("the read is fresh")
		}
		if department(w) != "Lab" {
			t.Error("the read is stale still")
		}
	})
	t.Run("licences_gone", func(t *testing.T) {
		w := newWorld(t)
		id := w.create()
		w.fault("licences_gone", "", 0, 60)
		w.send("POST", "users/"+id+"/assignLicense", assign(seat(spb), "")).refused(t, 400, "Request_BadRequest", "does not have any available licenses")
		if w.pool(spb) != 45 {
			t.Error("the pool looks free")
		}
		w.pass(time.Minute)
		w.ok("POST", "users/"+id+"/assignLicense", assign(seat(spb), ""))
	})
	t.Run("revert", func(t *testing.T) {
		w := newWorld(t)
		w.ok("PATCH", "users/"+tom, `{"jobTitle":"Chief"}`)
		w.fault("revert", "", 3, 20)
		w.ok("PATCH", "users/"+tom, `{"department":"Lab","mobilePhone":"1"}`)
		id := w.create()
		w.ok("POST", "groups/"+sales+"/members/$ref", link(maria))
		w.ok("PATCH", "users/"+tom, `{"mobilePhone":"2"}`) // not reverted
		w.ok("POST", "groups/"+sales+"/members/$ref", link(users+"05"))
		w.ok("GET", "users/"+id, "")
		w.pass(20 * time.Second)
		u := w.ok("GET", "users/"+tom+"?$select=department,jobTitle", "").body
		if u["department"] != "Sales" || u["jobTitle"] != "Chief" {
			t.Errorf("Tom after the revert: %v", u)
		}
		w.send("GET", "users/"+id, "").refused(t, 404, "Request_ResourceNotFound", "")
		members := w.ok("GET", "groups/"+sales+"/members?$select=id", "").field("id")
		if contains(members, maria) || !contains(members, users+"05") {
			t.Errorf("members after the revert: %q", members)
		}
	})
	t.Run("both", func(t *testing.T) {
		w := newWorld(t)
		w.fault("no_effect", "", 1, 0)
		w.fault("lost_answer", "", 1, 0)
		w.send("PATCH", "users/"+tom, `{"department":"Lab"}`).refused(t, 503, "ServiceUnavailable", "")
		if department(w) != "Sales" {
			t.Error("it was done")
		}
	})
}

func TestFaultLimits(t *testing.T) {
	w := newWorld(t)
	w.fault("throttle", "GET /v1.0/users$", 0, 90)
	if got := w.send("GET", "users", "").header.Get("Retry-After"); got != "90" {
		t.Errorf("Retry-After %s", got)
	}
	w.pass(89500 * time.Millisecond)
	if got := w.send("GET", "users", "").header.Get("Retry-After"); got != "1" {
		t.Errorf("Retry-After %s", got)
	}
	w.pass(500 * time.Millisecond)
	w.ok("GET", "users", "")
	w.fault("unavailable", "", 2, 0)
	w.fault("denied", "", 1, 0)
	for _, want := range []int{503, 503, 403, 200} {
		if r := w.send("GET", "users", ""); r.status != want {
			t.Errorf("got %d, want %d", r.status, want)
		}
	}
	if d := cmp.Diff([]int{2, 2, 1}, w.fired()); d != "" {
		t.Error(d)
	}
	w.fault("unavailable", "", 0, 0)
	w.s.ClearFaults()
	w.ok("GET", "users", "")
	if string(w.s.Faults()) != "[]" {
		t.Errorf("faults %s", w.s.Faults())
	}

	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {"a"}, "client_secret": {"s"}, "scope": {"https://graph.microsoft.com/.default"}}
	w.fault("unavailable", "", 0, 0)
	if r := w.askToken(tokenPath, form); r.status != 200 {
		t.Errorf("a fault without a match hit the token endpoint: %d", r.status)
	}
	w.fault("unavailable", "oauth2", 0, 0)
	if r := w.askToken(tokenPath, form); r.status != 503 {
		t.Errorf("token endpoint answered %d", r.status)
	}

	for _, bad := range []struct {
		kind, match string
		count       int
		seconds     float64
	}{{"explode", "", 0, 0}, {"denied", "(", 0, 0}, {"denied", "", -1, 0}, {"denied", "", 0, -1}} {
		if _, err := w.s.SetFault(bad.kind, bad.match, bad.count, bad.seconds); err == nil {
			t.Errorf("%v was taken", bad)
		}
	}
}

func TestBatch(t *testing.T) {
	w := newWorld(t)
	w.fault("throttle", "GET /v1.0/groups$", 1, 0)
	r := w.ok("POST", "$batch", `{"requests":[
		{"id":"1","method":"GET","url":"/users/`+tom+`?$select=displayName","headers":{},"body":null,"dependsOn":[]},
		{"id":"2","method":"PATCH","url":"users/`+tom+`","headers":{"Content-Type":"application/json"},"body":{"department":"Lab"}},
		{"id":"3","method":"GET","url":"/groups"},
		{"id":"4","method":"GET","url":"/users/`+tom+`?$select=department","dependsOn":["2"]},
		{"id":"5","method":"GET","url":"/users/nobody"},
		{"id":"6","method":"DELETE","url":"/users/`+tom+`","dependsOn":["5"]},
		{"id":"7","method":"GET","url":"/users/$count","headers":{"ConsistencyLevel":"eventual"}},
		{"id":"8","method":"GET","url":"/me"},
		{"id":"9","method":"PATCH","url":"/users/`+tom+`","body":{"department":"x"}}]}`)
	got := map[string]map[string]any{}
	order := ""
	for _, row := range r.body["responses"].([]any) {
		m := row.(map[string]any)
		got[m["id"].(string)] = m
		order += m["id"].(string)
	}
	for id, want := range map[string]float64{"1": 200, "2": 204, "3": 429, "4": 200, "5": 404, "6": 424, "7": 200, "8": 501, "9": 400} {
		if got[id]["status"] != want {
			t.Errorf("item %s: %v, want %v", id, got[id]["status"], want)
		}
	}
	if order == "123456789" {
		t.Error("the answers came in order, which nobody may count on")
	}
	if _, has := got["2"]["body"]; has {
		t.Error("a 204 with a body")
	}
	if got["4"]["body"].(map[string]any)["department"] != "Lab" {
		t.Errorf("item 4 %v", got["4"])
	}
	if got["3"]["headers"].(map[string]any)["Retry-After"] != "2" {
		t.Errorf("item 3 %v", got["3"])
	}
	w.ok("GET", "users/"+tom, "")
}

func TestBatchIsRefused(t *testing.T) {
	w := newWorld(t)
	many := strings.Repeat(`{"id":"x","method":"GET","url":"/users"},`, 21)
	for name, tt := range map[string]struct{ body, say string }{
		"no JSON":  {"x", "Unable to read JSON"},
		"nothing":  {`{"requests":[]}`, "Invalid batch payload"},
		"too many": {`{"requests":[` + strings.TrimSuffix(many, ",") + `]}`, "exceeds the maximum value of 20"},
		"same id":  {`{"requests":[{"id":"1","method":"GET","url":"/users"},{"id":"1","method":"GET","url":"/users"}]}`, "duplicated"},
		"no id":    {`{"requests":[{"method":"GET","url":"/users"}]}`, "required"},
		"unknown":  {`{"requests":[{"id":"1","method":"GET","url":"/users","dependsOn":["2"]}]}`, "not in the batch"},
		"a circle": {`{"requests":[{"id":"1","method":"GET","url":"/users","dependsOn":["2"]},{"id":"2","method":"GET","url":"/users","dependsOn":["1"]}]}`, "circular"},
	} {
		t.Run(name, func(t *testing.T) { w.send("POST", "$batch", tt.body).refused(t, 400, "BadRequest", tt.say) })
	}
	r := httptest.NewRequest("POST", "/v1.0/$batch", strings.NewReader(`{"requests":[{"id":"1","method":"GET","url":"/users"}]}`))
	w.do(r).refused(t, 401, "InvalidAuthenticationToken", "")
	w.fault("unavailable", `\$batch`, 1, 0)
	w.send("POST", "$batch", `{}`).refused(t, 503, "ServiceUnavailable", "")
}
