package graphsim_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"muster/flows/graphsim"
)

func TestTransportHeaders(t *testing.T) {
	w := newWorld(t)
	r := w.ok("GET", "users/"+tom, "", "client-request-id", "my-own")
	for name, want := range map[string]string{"client-request-id": "my-own", "Date": "Mon, 02 Mar 2026 08:00:00 GMT", "OData-Version": "4.0"} {
		if got := r.header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if id := r.header.Get("request-id"); len(id) != 36 || id == w.ok("GET", "users/"+tom, "").header.Get("request-id") {
		t.Errorf("request-id %q", id)
	}
}

func TestCompressedBodies(t *testing.T) {
	w := newWorld(t)
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	if _, err := z.Write([]byte(`{"department":"Lab"}`)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	w.ok("PATCH", "users/"+tom, zipped.String(), "Content-Encoding", "gzip")
	if d := w.ok("GET", "users/"+tom+"?%24select=department", "").body["department"]; d != "Lab" {
		t.Errorf("department %v", d)
	}
	w.send("PATCH", "users/"+tom, `{"department":"x"}`, "Content-Encoding", "gzip").refused(t, 400, "BadRequest", "Unable to read JSON")
	w.send("PATCH", "users/"+tom, zipped.String()[:20], "Content-Encoding", "gzip").refused(t, 400, "BadRequest", "Unable to read JSON")
	w.send("PATCH", "users/"+tom, `{"department":"x"}`, "Content-Encoding", "br").refused(t, 415, "UnsupportedMediaType", "")
	w.send("PATCH", "users/"+tom, `{"department":"`+strings.Repeat("x", 5<<20)+`"}`).refused(t, 413, "RequestEntityTooLarge", "")
}

func TestWhatIsNotKnown(t *testing.T) {
	w := newWorld(t)
	for _, request := range []string{
		"GET me", "GET users/" + tom + "/messages", "POST groups", "PUT users/" + tom, "GET auditLogs/directoryAudits",
		"DELETE directory/deletedItems/" + users + "42", "GET $batch", "GET users/delta/x",
	} {
		method, path, _ := strings.Cut(request, " ")
		w.send(method, path, "").refused(t, 501, "NotImplemented", "does not know")
	}
	w.do(httptest.NewRequest("GET", "/beta/users", nil)).refused(t, 404, "ResourceNotFound", "")
}

func TestPathsAreReadAsGraphReadsThem(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{
		"USERS/" + tom, "users('" + tom + "')", "Users/Tom.Hughes@larkfield.example", "users/tom.hughes%40larkfield.example",
		"users('tom.hughes@larkfield.example')/microsoft.graph.getMemberGroups",
	} {
		method, body := "GET", ""
		if strings.HasSuffix(path, "Groups") {
			method, body = "POST", `{"securityEnabledOnly":false}`
		}
		r := httptest.NewRequest(method, "/v1.0/"+path, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+w.token)
		rec := httptest.NewRecorder()
		w.s.ServeHTTP(rec, r) // past the recorder: the metadata knows one way of writing
		if rec.Code != 200 {
			t.Errorf("%s: %d %s", path, rec.Code, rec.Body)
		}
	}
	if got := w.ok("GET", "users/rosa.visitor_auditors.example%23EXT%23@larkfield.onmicrosoft.example", "").body["displayName"]; got != "Rosa Visitor" {
		t.Errorf("the guest is %v", got)
	}
}

func TestOtherObjects(t *testing.T) {
	w := newWorld(t)
	org := w.ok("GET", "organization", "").body["value"].([]any)[0].(map[string]any)
	if org["id"] != "11111111-1111-1111-1111-111111111111" || org["displayName"] != "Larkfield Instruments" {
		t.Errorf("organization %v", org)
	}
	w.ok("GET", "organization/11111111-1111-1111-1111-111111111111?$select=verifiedDomains", "")
	if got := w.ok("GET", "domains?$select=id", "").field("id"); !contains(got, "larkfield.example") {
		t.Errorf("domains %q", got)
	}
	w.ok("GET", "domains/larkfield.example", "")
	w.ok("GET", "subscribedSkus/11111111-1111-1111-1111-111111111111_"+spb+"?$select=skuPartNumber", "")
	roles := w.ok("GET", "roleManagement/directory/roleAssignments?$filter=principalId eq '"+admin+"'&$expand=roleDefinition", "").body["value"].([]any)
	if len(roles) != 1 || roles[0].(map[string]any)["roleDefinition"].(map[string]any)["displayName"] != "Global Administrator" {
		t.Errorf("roles of the administrator %v", roles)
	}
	if none := w.ok("GET", "roleManagement/directory/roleAssignments?$filter=principalId eq '"+tom+"'", "").body["value"].([]any); len(none) != 0 {
		t.Errorf("roles of Tom %v", none)
	}
	got := w.ok("POST", "directoryObjects/getByIds", `{"ids":["`+tom+`","`+sales+`","`+users+`ff"],"types":["user","group"]}`)
	if types := got.field("@odata.type"); len(types) != 2 || !contains(types, "#microsoft.graph.user") || !contains(types, "#microsoft.graph.group") {
		t.Errorf("types %q", types)
	}
	if only := w.ok("POST", "directoryObjects/getByIds", `{"ids":["`+tom+`","`+sales+`"],"types":["group"]}`).field("displayName"); len(only) != 1 || only[0] != "Sales" {
		t.Errorf("only groups: %q", only)
	}
	w.ok("GET", "directoryObjects/"+tom, "")
	w.send("GET", "directoryObjects/"+users+"ff", "").refused(t, 404, "Request_ResourceNotFound", "does not exist")
}

func TestVisibilityDelay(t *testing.T) {
	w := newWorld(t, func(o *graphsim.Options) { o.Visibility = time.Minute })
	id := w.create()
	gone := func(r reply) { r.refused(t, 404, "Request_ResourceNotFound", "does not exist") }
	gone(w.send("GET", "users/"+id, ""))
	gone(w.send("PATCH", "users/"+id, `{"jobTitle":"x"}`))
	gone(w.send("POST", "users/"+id+"/assignLicense", assign("", "")))
	w.send("POST", "groups/"+sales+"/members/$ref", link(id)).refused(t, 400, "Request_BadRequest", "The source resource object or one of the objects being referenced don't exist.")
	w.send("POST", "users", newPriya).refused(t, 400, "Request_BadRequest", "userPrincipalName already exists")
	w.pass(29 * time.Second)
	gone(w.send("GET", "users/"+id, ""))
	w.pass(31 * time.Second)
	w.ok("GET", "users/"+id, "")

	in := func() bool { return contains(w.ok("GET", "users/"+id+"/memberOf?$select=id", "").field("id"), sales) }
	w.ok("POST", "groups/"+sales+"/members/$ref", link(id))
	if in() {
		t.Error("seen at once")
	}
	w.send("POST", "groups/"+sales+"/members/$ref", link(id)).refused(t, 400, "Request_BadRequest", "already exist")
	w.pass(time.Minute)
	if !in() {
		t.Error("not seen after a minute")
	}
	w.ok("DELETE", "groups/"+sales+"/members/"+id+"/$ref", "")
	if !in() {
		t.Error("the removal is seen at once")
	}
	w.pass(time.Minute)
	if in() {
		t.Error("still a member after a minute")
	}
}

func TestRequestLog(t *testing.T) {
	var out bytes.Buffer
	w := newWorld(t, func(o *graphsim.Options) { o.Log = &out })
	w.create()
	r := w.ok("POST", "users/"+first+"/authentication/temporaryAccessPassMethods", `{}`)
	w.send("GET", "users/"+users+"ff?$select=id", "")
	for _, secret := range []string{"Rain-42-lamp", r.body["temporaryAccessPass"].(string), w.token, "Authorization", `"x"`} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("the log has %q", secret)
		}
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 4 {
		t.Fatalf("%d lines", len(lines))
	}
	var line struct {
		Time    time.Time
		Method  string
		Path    string
		Query   string
		Headers map[string]string
		Body    map[string]any
		Status  int
		Answer  map[string]any
	}
	if err := json.Unmarshal([]byte(lines[1]), &line); err != nil {
		t.Fatal(err)
	}
	if !line.Time.Equal(start) || line.Method != "POST" || line.Path != "/v1.0/users" || line.Status != 201 ||
		line.Body["displayName"] != "Priya Patel" || line.Answer["id"] != first || line.Headers["Content-Type"] != "application/json" {
		t.Errorf("line %s", lines[1])
	}
	if err := json.Unmarshal([]byte(lines[3]), &line); err != nil || line.Query != "$select=id" || line.Status != 404 {
		t.Errorf("line %s (%v)", lines[3], err)
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestNothingIsServedUnlogged(t *testing.T) {
	s, err := graphsim.New(graphsim.Options{Now: func() time.Time { return start }, Log: brokenWriter{}})
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range []int{401, 500} { // the first answer is out before its line is
		rec := httptest.NewRecorder()
		s.ServeHTTP(rec, httptest.NewRequest("GET", "/v1.0/users", nil))
		if rec.Code != want {
			t.Errorf("request %d answered %d, want %d", n, rec.Code, want)
		}
	}
}

func TestTransportInVirtualTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := graphsim.New(graphsim.Options{Now: time.Now, Latency: time.Second})
		if err != nil {
			t.Fatal(err)
		}
		get := func(ctx context.Context) (*http.Response, error) {
			r, err := http.NewRequestWithContext(ctx, "GET", "http://graph.test/v1.0/users", strings.NewReader(""))
			if err != nil {
				t.Fatal(err)
			}
			return (&http.Client{Transport: s.Transport()}).Do(r)
		}
		set := func(kind string, seconds float64) {
			if _, err := s.SetFault(kind, "", 1, seconds); err != nil {
				t.Fatal(err)
			}
		}
		began := time.Now()
		resp, err := get(t.Context())
		if err != nil || resp.StatusCode != 401 || time.Since(began) != time.Second {
			t.Errorf("plain: %v after %v", err, time.Since(began))
		}
		if _, err := io.ReadAll(resp.Body); err != nil {
			t.Error(err)
		}
		set("down", 0)
		if _, err := get(t.Context()); err == nil || !strings.Contains(err.Error(), "connection closed") {
			t.Errorf("down: %v", err)
		}
		set("timeout", 0)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		began = time.Now()
		if _, err := get(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 5*time.Second {
			t.Errorf("timeout: %v after %v", err, time.Since(began))
		}
		set("timeout", 0)
		began = time.Now()
		if _, err := get(t.Context()); err == nil || time.Since(began) != 31*time.Second {
			t.Errorf("patience: %v after %v", err, time.Since(began))
		}
		set("slow", 7)
		began = time.Now()
		if _, err := get(t.Context()); err != nil || time.Since(began) != 8*time.Second {
			t.Errorf("slow: %v after %v", err, time.Since(began))
		}
	})
}

func TestOverASocket(t *testing.T) {
	w := newWorld(t)
	srv := httptest.NewServer(w.s)
	defer srv.Close()
	do := func() (*http.Response, error) {
		r, err := http.NewRequestWithContext(t.Context(), "GET", srv.URL+"/v1.0/users?$top=1", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+w.token)
		return srv.Client().Do(r)
	}
	resp, err := do()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(resp.Body)
	if err != nil || resp.Body.Close() != nil || !strings.Contains(string(raw), `"@odata.nextLink":"`+srv.URL+`/v1.0/users?`) {
		t.Errorf("%v %s", err, raw)
	}
	if _, err := w.s.SetFault("down", "", 0, 0); err != nil {
		t.Fatal(err)
	}
	if resp, err := do(); err == nil {
		t.Errorf("down answered %d", resp.StatusCode)
	}
}

// A bubble's clock begins in 2000, before anything here was founded.
func TestAnyClockWillDo(t *testing.T) {
	w := newWorld(t, func(o *graphsim.Options) {
		o.Now = func() time.Time { return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) }
	})
	if !contains(w.ok("GET", "groups/"+london+"/members?$select=id&$top=999", "").field("id"), tom) {
		t.Error("Tom is not in London yet")
	}
	if !contains(w.ok("GET", "groups/"+sales+"/members?$select=id", "").field("id"), tom) {
		t.Error("Tom is not in Sales yet")
	}
}

func BenchmarkRequests(b *testing.B) {
	s, err := graphsim.New(graphsim.Options{Now: func() time.Time { return start }})
	if err != nil {
		b.Fatal(err)
	}
	form := "grant_type=client_credentials&client_id=a&client_secret=s&scope=https://graph.microsoft.com/.default"
	rec := httptest.NewRecorder()
	r := httptest.NewRequest("POST", tokenPath, strings.NewReader(form))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	s.ServeHTTP(rec, r)
	var got struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil {
		b.Fatal(err)
	}
	for name, request := range map[string][3]string{
		"get":   {"GET", "/v1.0/users/" + tom, ""},
		"list":  {"GET", "/v1.0/users?$select=id&$top=999", ""},
		"patch": {"PATCH", "/v1.0/users/" + tom, `{"department":"Sales"}`},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				r := httptest.NewRequest(request[0], request[1], strings.NewReader(request[2]))
				r.Header.Set("Authorization", "Bearer "+got.Token)
				rec := httptest.NewRecorder()
				s.ServeHTTP(rec, r)
				if rec.Code >= 300 {
					b.Fatal(rec.Code, rec.Body)
				}
			}
		})
	}
}
