package graph

import (
	"net/http"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/google/go-cmp/cmp"

	"muster/flows"
	"muster/flows/graphsim"
)

// app is the client id that the tests' client has.
const app = "00000000-0000-0000-0000-0000000000c0"

func TestOwnRoles(t *testing.T) {
	for name, tt := range map[string]struct{ held, want []string }{
		"none": {nil, nil},
		"one":  {[]string{"User Administrator"}, []string{"User Administrator"}},
		"two":  {[]string{"Helpdesk Administrator", "User Administrator"}, []string{"Helpdesk Administrator", "User Administrator"}},
	} {
		t.Run(name, func(t *testing.T) {
			l := larkfieldOf(t, func(o *graphsim.Options) {
				o.Roles = map[string][]string{app: tt.held, "another": {"Global Administrator"}}
			})
			got, err := l.OwnRoles(t.Context(), graphsim.PrincipalOf(app))
			if d := cmp.Diff(tt.want, got); d != "" || err != nil {
				t.Error(err, d)
			}
		})
	}
	l := larkfieldOf(t, func(o *graphsim.Options) { o.Permissions = map[string][]string{app: {"User.Read.All"}} })
	if _, err := l.OwnRoles(t.Context(), graphsim.PrincipalOf(app)); flows.CodeOf(err) != flows.Denied {
		t.Errorf("without the permission: %v", err)
	}
	if _, err := l.OwnRoles(t.Context(), ""); flows.CodeOf(err) != flows.Invalid {
		t.Errorf("of nobody: %v", err)
	}
}

func TestPassRules(t *testing.T) {
	l := larkfieldOf(t, nil)
	got, err := l.PassRules(t.Context())
	if d := cmp.Diff(PassRules{Enabled: true, Shortest: 60, Longest: 480}, got); d != "" || err != nil {
		t.Error(err, d)
	}
	l = larkfieldOf(t, func(o *graphsim.Options) { o.Permissions = map[string][]string{app: {"User.Read.All"}} })
	if _, err := l.PassRules(t.Context()); flows.CodeOf(err) != flows.Denied {
		t.Errorf("without the permission: %v", err)
	}
	s := &stub{answers: list(says(200, `{"id":"TemporaryAccessPass"}`))}
	c := open(t, Options{BaseURL: "http://localhost/v1.0", Credential: &token{text: "x"}, Transport: direct{s}})
	if _, err := c.PassRules(t.Context()); err == nil {
		t.Error("an answer without a state was taken for rules")
	}
}

// TestRefusal: the number of the authority's error comes through, and nothing else that it said.
func TestRefusal(t *testing.T) {
	for name, tt := range map[string]struct {
		answer         func(http.ResponseWriter, *http.Request)
		status, number int
		say            string
	}{
		"expired":    {says(401, `{"error":"invalid_client","error_codes":[7000222],"error_description":"hunter2"}`), 401, 7000222, "the authority gave no token: Unauthorized (AADSTS7000222)"},
		"no number":  {says(400, `{"error":"x","error_codes":[]}`), 400, 0, "the authority gave no token: Bad Request"},
		"not JSON":   {says(502, `<html>`), 502, 0, "the authority gave no token: Bad Gateway"},
		"no answer":  {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 0, 0, ""},
		"empty good": {says(200, `{}`), 0, 0, "the credential gave no token"},
	} {
		t.Run(name, func(t *testing.T) {
			c := &ClientSecretHTTP{TokenURL: "http://localhost/t", Secret: "hunter2", Transport: direct{&stub{answers: list(tt.answer)}}, Now: time.Now}
			_, err := c.GetToken(t.Context(), policy.TokenRequestOptions{})
			if status, number := Refusal(err); status != tt.status || number != tt.number {
				t.Errorf("%d, AADSTS%d", status, number)
			}
			if tt.say != "" && (err == nil || err.Error() != tt.say) {
				t.Errorf("error %v, want %q", err, tt.say)
			}
		})
	}
}
