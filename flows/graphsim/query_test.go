package graphsim_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFilter(t *testing.T) {
	w := newWorld(t)
	for name, tt := range map[string]struct {
		filter string
		want   []string // user principal names before the @
	}{
		"by name":         {"displayName eq 'Sam Taylor'", []string{"sam.taylor", "sam.taylor2"}},
		"without case":    {"displayName eq 'sam TAYLOR'", []string{"sam.taylor", "sam.taylor2"}},
		"and":             {"givenName eq 'Sam' and startswith(jobTitle,'Account')", []string{"sam.taylor"}},
		"or":              {"userPrincipalName eq 'tom.hughes@larkfield.example' or mail eq 'maria.lopez@larkfield.example'", []string{"tom.hughes", "maria.lopez"}},
		"brackets":        {"(surname eq 'Taylor' or surname eq 'Hughes') and officeLocation eq 'London'", []string{"tom.hughes", "sam.taylor"}},
		"starting with":   {"startswith(displayName,'Hannah')", []string{"hannah.reed"}},
		"a flag":          {"accountEnabled eq false", []string{"fiona.former"}},
		"an address":      {"proxyAddresses/any(x:x eq 'smtp:tom.hughes@larkfield.example')", []string{"tom.hughes"}},
		"an address part": {"proxyAddresses/any(p:startswith(p,'smtp:ivan'))", []string{"ivan.petrov"}},
		"a licence":       {"assignedLicenses/any(l:l/skuId eq " + planP + ")", []string{"maria.lopez"}},
		"a list":          {"id in ('" + tom + "', '" + maria + "')", []string{"tom.hughes", "maria.lopez"}},
		"a quote":         {"surname eq 'O''Brien'", []string{}},
		"a flag unset":    {"onPremisesSyncEnabled eq true", []string{"sylvia.nordby"}},
		"a date":          {"createdDateTime ge 2030-01-01T00:00:00Z", []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			got := w.ok("GET", "users?$select=userPrincipalName&$filter="+url.QueryEscape(tt.filter), "").field("userPrincipalName")
			for i := range got {
				got[i], _, _ = strings.Cut(got[i], "@")
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestFilterIsRefused(t *testing.T) {
	w := newWorld(t)
	for name, tt := range map[string]struct{ query, code, say string }{
		"unknown property": {"$filter=shoe eq 'x'", "BadRequest", "'shoe'"},
		"not filterable":   {"$filter=lastPasswordChangeDateTime eq 2020-01-01T00:00:00Z", "Request_UnsupportedQuery", "lastPasswordChangeDateTime"},
		"no operator":      {"$filter=displayName", "Request_BadRequest", "Invalid filter clause"},
		"bare word":        {"$filter=displayName eq Tom", "Request_BadRequest", "Invalid filter clause"},
		"open quote":       {"$filter=displayName eq 'Tom", "Request_BadRequest", "Invalid filter clause"},
		"open bracket":     {"$filter=(displayName eq 'Tom'", "Request_BadRequest", "Invalid filter clause"},
		"two conditions":   {"$filter=displayName eq 'Tom' displayName eq 'x'", "Request_BadRequest", "Invalid filter clause"},
		"sixteen values":   {"$filter=id in (" + strings.Repeat("'x',", 15) + "'x')", "Request_BadRequest", "Invalid filter clause"},
		"not equal":        {"$filter=displayName ne 'x'", "Request_UnsupportedQuery", "ConsistencyLevel: eventual"},
		"not":              {"$filter=not startswith(displayName,'x')", "Request_UnsupportedQuery", "ConsistencyLevel: eventual"},
		"ends with":        {"$filter=endswith(mail,'x')", "Request_UnsupportedQuery", "ConsistencyLevel: eventual"},
		"search":           {`$search="displayName:Tom"`, "Request_UnsupportedQuery", "ConsistencyLevel: eventual"},
		"sorted filter":    {"$filter=startswith(displayName,'x')&$orderby=displayName", "Request_UnsupportedQuery", "ConsistencyLevel: eventual"},
		"unknown order":    {"$orderby=department", "Request_UnsupportedQuery", "department"},
		"a large page":     {"$top=1000", "BadRequest", "Must be between 1 and 999"},
		"no page":          {"$top=0", "BadRequest", "Must be between 1 and 999"},
		"selection":        {"$select=id,shoe", "BadRequest", "Could not find a property named 'shoe' on type 'microsoft.graph.user'."},
		"skip token":       {"$skiptoken=zzz", "Request_BadRequest", "skip token"},
	} {
		t.Run(name, func(t *testing.T) {
			w.send("GET", "users?"+strings.ReplaceAll(tt.query, `"`, "%22"), "").refused(t, 400, tt.code, tt.say)
		})
	}
	for query, say := range map[string]string{
		"$select=*": "$select=*", "$expand=memberOf": "$expand=memberOf", "$select=aboutMe": "aboutMe", "$apply=x": "$apply", "$skip=3": "$skip",
	} {
		w.send("GET", "users?"+query, "").refused(t, 501, "NotImplemented", say)
	}
	w.send("GET", "users?$select=employeeLeaveDateTime", "").refused(t, 403, "Authorization_RequestDenied", "Insufficient")
	w.send("GET", "users?$select=signInActivity", "").refused(t, 403, "Authorization_RequestDenied", "Insufficient")
}

func TestAdvancedQueries(t *testing.T) {
	w := newWorld(t)
	eventual := []string{"ConsistencyLevel", "eventual"}
	r := w.ok("GET", `users?$search=%22displayName:tay+sa%22&$count=true&$select=displayName`, "", eventual...)
	if d := cmp.Diff([]string{"Sam Taylor", "Sam Taylor"}, r.field("displayName")); d != "" {
		t.Error(d)
	}
	if r.body["@odata.count"] != 2.0 {
		t.Errorf("count %v", r.body["@odata.count"])
	}
	r = w.ok("GET", `users?$search=%22displayName:Tom%22+OR+%22mail:maria%22&$count=true&$select=displayName&$orderby=displayName+desc`, "", eventual...)
	if d := cmp.Diff([]string{"Tom Hughes", "Maria Lopez"}, r.field("displayName")); d != "" {
		t.Error(d)
	}
	r = w.ok("GET", "users?$filter=userType ne 'Member'&$count=true&$select=displayName", "", eventual...)
	if d := cmp.Diff([]string{"Rosa Visitor"}, r.field("displayName")); d != "" {
		t.Error(d)
	}
	if got := w.ok("GET", "users/$count", "", eventual...).raw; got != "44" {
		t.Errorf("%s users", got)
	}
	if got := w.ok("GET", "groups/$count?$filter=startswith(displayName,'Sales')", "", eventual...).raw; got != "2" {
		t.Errorf("%s groups", got)
	}
	w.send("GET", "users/$count", "").refused(t, 400, "Request_UnsupportedQuery", "$count")
	w.send("GET", `users?$search=Tom&$count=true`, "", eventual...).refused(t, 400, "Request_BadRequest", "$search")
}

func TestPaging(t *testing.T) {
	w := newWorld(t)
	var names []string
	next, pages := "users?%24top=20&%24select=userPrincipalName&%24orderby=userPrincipalName", 0
	for next != "" {
		r := w.ok("GET", next, "")
		names = append(names, r.field("userPrincipalName")...)
		next, _ = r.body["@odata.nextLink"].(string)
		if pages++; next != "" && !strings.HasPrefix(next, "http://graph.test/v1.0/users?") {
			t.Fatalf("next link %q", next)
		}
	}
	if pages != 3 || len(names) != 44 {
		t.Errorf("%d pages with %d people", pages, len(names))
	}
	for i := 1; i < len(names); i++ {
		if names[i-1] >= names[i] {
			t.Errorf("%s before %s", names[i-1], names[i])
		}
	}
	if r := w.ok("GET", "users?$top=44", ""); r.body["@odata.nextLink"] != nil {
		t.Error("a next link after the last page")
	}
	r := w.send("GET", "https://graph.test/v1.0/groups?$top=5&$select=id", "")
	if next, _ := r.body["@odata.nextLink"].(string); !strings.HasPrefix(next, "https://graph.test/v1.0/groups?") {
		t.Errorf("next link %q", next)
	}
}

func TestResourceUnits(t *testing.T) {
	w := newWorld(t)
	for path, want := range map[string]string{
		"users": "2", "users?$select=id": "1", "users?$top=5&$select=id": "1", "groups/" + sales + "/members": "3",
		"users/" + tom + "?$expand=manager": "2", "subscribedSkus": "3", "users/" + users + "ff": "1",
	} {
		if got := w.send("GET", path, "").header.Get("x-ms-resource-unit"); got != want {
			t.Errorf("%s costs %s, want %s", path, got, want)
		}
	}
}
