package setup

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"muster/bot/config"
	"muster/flows/graph"
)

// botScope is what the bot's own tokens are asked for.
const botScope = "https://api.botframework.com/.default"

// claims are what an access token says of its app. The doctor reads them because Graph refuses a missing permission and a missing directory
// role in the same words; it does not check the signature, for it was handed the token by the authority itself.
type claims struct {
	App    string   `json:"appid"`
	Object string   `json:"oid"` // of the service principal
	Tenant string   `json:"tid"`
	Roles  []string `json:"roles"`
}

func readClaims(token string) (claims, error) {
	var c claims
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return c, errors.New("the token is not of the form that Microsoft's tokens have")
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(raw, &c) != nil {
		return c, errors.New("the token's claims cannot be read")
	}
	return c, nil
}

// tokens asks for both tokens, and opens the Graph client when it can be used.
func (r *round) tokens() {
	scope := "https://graph.microsoft.com/.default"
	if u, err := url.Parse(r.cfg.Graph.BaseURL); err == nil && u.Scheme == "https" {
		scope = "https://" + u.Host + "/.default"
	}
	if c, ok := r.getToken(GraphToken, "Microsoft Graph", r.cfg.Graph.Credential, r.cfg.Graph.Authority, r.cfg.Graph.ClientID, scope); ok {
		client, err := OpenGraph(r.cfg, r.now, nil, r.log)
		if err != nil {
			r.wrong(GraphToken, sentence(err), "Correct graph.base_url in the config.")
		} else {
			r.client, r.token = client, c
		}
	}
	r.getToken(BotToken, "the bot", r.cfg.Teams.Credential, r.cfg.Teams.Authority, r.cfg.Teams.AppID, botScope)
	if strings.EqualFold(r.cfg.Teams.AppID, r.cfg.Graph.ClientID) {
		r.warn(GraphToken, "The bot and Microsoft Graph use the same app, so whoever gets the bot's secret can change the tenant.", "Register a second app for Graph and set graph.client_id.")
	}
}

func (r *round) getToken(check Check, whose string, c config.Credential, authority, clientID, scope string) (claims, bool) {
	cred, err := Credential(c, authority, r.cfg.Teams.TenantID, clientID, r.now)
	if err != nil {
		r.wrong(check, fmt.Sprintf("The credential of %s cannot be opened: %s", whose, sentence(err)), "Correct the credential in the config, or the file that it names.")
		return claims{}, false
	}
	t, err := cred.GetToken(r.ctx, policy.TokenRequestOptions{Scopes: []string{scope}})
	if err != nil {
		status, number := graph.Refusal(err)
		what, fix := refusalWords(status, number, c.Kind)
		r.wrong(check, fmt.Sprintf("%s gets no token: %s", upper(whose), what), fix)
		return claims{}, false
	}
	got, err := readClaims(t.Token)
	switch {
	case err != nil:
		r.wrong(check, fmt.Sprintf("The token of %s is of no use: %s.", whose, err), "Check the authority in the config.")
		return claims{}, false
	case got.Tenant != "" && !strings.EqualFold(got.Tenant, r.cfg.Teams.TenantID):
		r.wrong(check, fmt.Sprintf("The token of %s is for another tenant (%s).", whose, got.Tenant), "Correct teams.tenant_id, or register the app in this tenant.")
		return claims{}, false
	}
	r.good(check, "%s gets a token with a %s, good until %s.", upper(whose), kindWords(c.Kind), t.ExpiresOn.UTC().Format(time.RFC3339))
	return got, true
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func kindWords(kind string) string {
	return map[string]string{"secret": "client secret", "certificate": "certificate", "managed_identity": "managed identity", "workload_identity": "federated token"}[kind]
}

// refusalWords says what a refusal of the authority means. The numbers are those of Microsoft's list "Microsoft Entra authentication and
// authorization error codes".
func refusalWords(status, number int, kind string) (what, fix string) {
	code := fmt.Sprintf(" (AADSTS%d)", number)
	switch number {
	case 7000215:
		return "the client secret is wrong" + code + ".", "Write the secret's value, not its id, into the file; make a new one if it was lost."
	case 7000222:
		return "the client secret has expired" + code + ".", "Make a new secret under Certificates & secrets and put it into the file; Muster takes it without a restart."
	case 700027:
		return "the certificate is not one that the app knows, or it has expired" + code + ".", "Upload its public part under Certificates & secrets, and mind its dates."
	case 7000216:
		return "the request carried no credential" + code + ".", "Set the credential's kind and its file in the config."
	case 700016:
		return "the tenant has no such app" + code + ".", "Check the app id, and that the app is registered in, or consented to by, this tenant."
	case 90002, 900023, 90023:
		return "there is no such tenant" + code + ".", "Check teams.tenant_id; it stands on the Overview page of Microsoft Entra."
	case 7000112:
		return "the app is switched off" + code + ".", "Switch it on under Enterprise applications › Properties."
	case 53003, 530003:
		return "a Conditional Access policy forbids it" + code + ".", "Let the app sign in from this machine's address."
	case 500011, 1002012:
		return "the tenant does not know the resource" + code + ".", "Check graph.base_url and the authority for this cloud."
	case 700211, 700212, 700213, 70021:
		return "the federated token matches no federated credential of the app" + code + ".", "Compare issuer, subject and audience under Certificates & secrets › Federated credentials."
	case 700024:
		return "the federated token or the certificate's assertion is not valid now" + code + ".", "Set this machine's clock, and check that the token file is renewed."
	}
	switch {
	case number != 0:
		return "the authority refused it" + code + ".", "Look the number up in Microsoft's list of AADSTS error codes."
	case status >= 500 || status == http.StatusTooManyRequests:
		return fmt.Sprintf("the authority answered %d.", status), "Wait and ask again; if it lasts, look at Microsoft's service health."
	case status != 0:
		return fmt.Sprintf("the authority answered %d.", status), "Check the authority in the config."
	case kind == "managed_identity":
		return "this machine offers no managed identity.", "Assign the user-assigned identity to the machine or container, or use another kind of credential."
	}
	return "the authority did not answer.", "Check the network, the proxy and the authority in the config."
}

// clock compares this machine's clock with the Date of Graph's answer, which needs no token: a refusal is dated too.
func (r *round) clock() {
	ask := r.cfg.Graph.BaseURL
	req, err := http.NewRequestWithContext(r.ctx, http.MethodGet, ask, nil)
	if err != nil {
		r.wrong(Clock, sentence(err), "Correct graph.base_url in the config.")
		return
	}
	before := r.now()
	resp, err := r.web.Do(req)
	if err != nil {
		r.wrong(Clock, "Microsoft Graph does not answer from this machine, so the clock cannot be compared.", "Check the network and the proxy.")
		return
	}
	resp.Body.Close()
	after := r.now()
	at, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		r.warn(Clock, "Microsoft Graph's answer has no date.", "Look whether a proxy answers in its place.")
		return
	}
	middle := before.Add(after.Sub(before) / 2)
	off := middle.Sub(at.Add(500 * time.Millisecond)).Abs() // a date has whole seconds
	off = max(0, off-after.Sub(before)/2-500*time.Millisecond).Truncate(time.Second)
	switch {
	case off > 5*time.Minute:
		r.wrong(Clock, fmt.Sprintf("This machine's clock is %s off, so tokens are refused.", off), "Switch on time synchronisation.")
	case off > 30*time.Second:
		r.warn(Clock, fmt.Sprintf("This machine's clock is %s off.", off), "Switch on time synchronisation.")
	default:
		r.good(Clock, "This machine's clock agrees with Microsoft's.")
	}
}

// holds reports whether the token has a permission.
func (c claims) holds(permission string) bool {
	return slices.ContainsFunc(c.Roles, func(r string) bool { return strings.EqualFold(r, permission) })
}
