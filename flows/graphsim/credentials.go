package graphsim

import (
	"encoding/base32"
	"maps"
	"strings"
	"time"
)

const (
	passwordMethod   = "passwordAuthenticationMethod"
	passwordMethodID = "28c10230-6103-485e-b985-444c60001490" // the same for everybody
	passMethod       = "temporaryAccessPassAuthenticationMethod"
)

// A method is a way to sign in other than a Temporary Access Pass.
type method struct {
	ID      string         `json:"id"`
	Type    string         `json:"type"`
	Created time.Time      `json:"created"`
	Default bool           `json:"default,omitempty"` // what the person is asked for first; v1.0 does not show it
	Props   map[string]any `json:"props,omitempty"`   // of its type
}

// A pass is a Temporary Access Pass. Its code is in the answer to its creation
// and nowhere else.
type pass struct {
	ID      string    `json:"id"`
	Created time.Time `json:"created"`
	Start   time.Time `json:"start"`
	Minutes int       `json:"minutes"`
	Once    bool      `json:"once"`
}

// passPolicy is the tenant's Temporary Access Pass policy.
type passPolicy struct {
	Enabled bool `json:"enabled"`
	Minimum int  `json:"minimum"` // minutes
	Maximum int  `json:"maximum"`
	Default int  `json:"default"`
	Length  int  `json:"length"` // of the code
	Once    bool `json:"once"`   // every pass is for one use
}

func (p *pass) end() time.Time { return p.Start.Add(time.Duration(p.Minutes) * time.Minute) }

// usable gives Graph's isUsable and its reason.
func (p *pass) usable(t *tenant, now time.Time) (bool, string) {
	switch {
	case !t.Passes.Enabled:
		return false, "DisabledByPolicy"
	case now.Before(p.Start):
		return false, "NotYetValid"
	case !now.Before(p.end()):
		return false, "Expired"
	default:
		return true, "EnabledByPolicy"
	}
}

func (c *call) passView(p *pass) map[string]any {
	is, why := p.usable(c.t, c.now)
	return map[string]any{
		"id": p.ID, "createdDateTime": moment(p.Created), "startDateTime": moment(p.Start), "lifetimeInMinutes": p.Minutes,
		"isUsableOnce": p.Once, "isUsable": is, "methodUsabilityReason": why, "temporaryAccessPass": nil,
	}
}

func (c *call) passContext(u *user) string {
	return "users('" + u.ID + "')/authentication/temporaryAccessPassMethods"
}

func listPasses(c *call) (answer, error) {
	u, err := c.user()
	if err != nil {
		return answer{}, err
	}
	rows := []map[string]any{}
	for _, id := range sortedKeys(u.Passes) {
		rows = append(rows, c.passView(u.Passes[id]))
	}
	return c.plainPage(c.passContext(u), rows)
}

func (c *call) pass() (*user, *pass, error) {
	u, err := c.user()
	if err != nil {
		return nil, nil, err
	}
	p := u.Passes[strings.ToLower(c.params["method"])]
	if p == nil {
		return nil, nil, noMethod()
	}
	return u, p, nil
}

func getPass(c *call) (answer, error) {
	u, p, err := c.pass()
	if err != nil {
		return answer{}, err
	}
	return c.plainOne(c.passContext(u), c.passView(p))
}

func deletePass(c *call) (answer, error) {
	u, p, err := c.pass()
	if err != nil {
		return answer{}, err
	}
	delete(c.t.edit(u.ID).Passes, p.ID)
	return noContent(), nil
}

// badPass is a refusal of the pass policy. Graph's exact words are not known.
func badPass(message string) *graphError {
	return &graphError{Status: 400, Code: "badRequest", Message: message}
}

// createPass hands out a pass. Microsoft's newer text says a new pass replaces
// the usable one; the older one, followed here, wants that one deleted first,
// and a client that can do this can do both.
func createPass(c *call) (answer, error) {
	u, err := c.user()
	if err != nil {
		return answer{}, err
	}
	policy := c.t.Passes
	switch {
	case u.guest():
		return answer{}, badPass("Temporary Access Pass cannot be added to an external guest user")
	case !policy.Enabled:
		return answer{}, badPass("Converged UserCredentialPolicy does not allow creating or updating a Temporary Access Pass.")
	}
	p := &pass{Created: c.now.UTC(), Start: c.now.UTC(), Minutes: policy.Default, Once: policy.Once}
	if len(c.body) > 0 {
		props, err := c.object()
		if err != nil {
			return answer{}, err
		}
		if err := p.ask(props, c.now, policy); err != nil {
			return answer{}, err
		}
	}
	for _, old := range u.Passes {
		if c.now.Before(old.end()) {
			return answer{}, badPass("A Temporary Access Pass already exists for this user. Delete it before adding another.")
		}
	}
	p.ID = c.t.newID(c.s.o.Seed, "pass")
	next := c.t.edit(u.ID)
	clear(next.Passes) // expired ones are replaced
	next.Passes[p.ID] = p
	view := c.passView(p)
	view["temporaryAccessPass"] = c.code(p, policy.Length)
	view["@odata.context"] = c.base + "/$metadata#" + c.passContext(u) + "/$entity"
	return created(view), nil
}

// ask reads what the client wishes within the bounds of the policy.
func (p *pass) ask(props map[string]any, now time.Time, policy passPolicy) error {
	for name, v := range props {
		if v == nil {
			continue
		}
		switch name {
		case "isUsableOnce":
			once, isFlag := v.(bool)
			if !isFlag {
				return badPass("isUsableOnce is a Boolean.")
			}
			if policy.Once && !once {
				return badPass("The policy only allows one-time Temporary Access Passes.")
			}
			p.Once = once
		case "lifetimeInMinutes":
			n, isNumber := v.(float64)
			if !isNumber || n != float64(int(n)) || int(n) < policy.Minimum || int(n) > policy.Maximum {
				return badPass("The lifetime of the Temporary Access Pass is not within the range allowed by the policy.")
			}
			p.Minutes = int(n)
		case "startDateTime":
			text, _ := v.(string)
			at, err := time.Parse(time.RFC3339, text)
			if err != nil {
				return badPass("startDateTime is not a date and time.")
			}
			if at.Before(now.Add(-5 * time.Minute)) {
				return badPass("The start of the Temporary Access Pass must not be in the past.")
			}
			p.Start = at.UTC()
		default:
			return badPass("The property '" + name + "' cannot be set.")
		}
	}
	return nil
}

// code makes the secret from seed and serial, so that nothing need keep it.
func (c *call) code(p *pass, length int) string {
	h := digest(c.s.o.Seed, "code/"+p.ID, c.t.Serial)
	return base32.StdEncoding.EncodeToString(h[:])[:length]
}

func (c *call) methodViews(u *user) []map[string]any {
	rows := []map[string]any{}
	for _, m := range u.Methods {
		v := map[string]any{"@odata.type": "#microsoft.graph." + m.Type, "id": m.ID, "createdDateTime": moment(m.Created)}
		if m.Type == passwordMethod {
			v["password"] = nil
		}
		maps.Copy(v, m.Props)
		rows = append(rows, v)
	}
	for _, id := range sortedKeys(u.Passes) {
		v := c.passView(u.Passes[id])
		v["@odata.type"] = "#microsoft.graph." + passMethod
		rows = append(rows, v)
	}
	return rows
}

func listMethods(c *call) (answer, error) {
	u, err := c.user()
	if err != nil {
		return answer{}, err
	}
	return c.plainPage("users('"+u.ID+"')/authentication/methods", c.methodViews(u))
}

func getMethod(c *call) (answer, error) {
	u, err := c.user()
	if err != nil {
		return answer{}, err
	}
	for _, v := range c.methodViews(u) {
		if v["id"] == c.params["method"] {
			return c.plainOne("users('"+u.ID+"')/authentication/methods", v)
		}
	}
	return answer{}, noMethod()
}

func getPassPolicy(c *call) (answer, error) {
	p, state := c.t.Passes, "disabled"
	if p.Enabled {
		state = "enabled"
	}
	return c.plainOne("policies/authenticationMethodsPolicy/authenticationMethodConfigurations", map[string]any{
		"@odata.type": "#microsoft.graph.temporaryAccessPassAuthenticationMethodConfiguration",
		"id":          "TemporaryAccessPass", "state": state, "defaultLifetimeInMinutes": p.Default, "defaultLength": p.Length,
		"minimumLifetimeInMinutes": p.Minimum, "maximumLifetimeInMinutes": p.Maximum, "isUsableOnce": p.Once, "excludeTargets": []any{},
		"includeTargets": []any{map[string]any{"targetType": "group", "id": "all_users", "isRegistrationRequired": false}},
	})
}

func revokeSessions(c *call) (answer, error) {
	u, err := c.user()
	if err != nil {
		return answer{}, err
	}
	at := c.now.UTC()
	c.t.edit(u.ID).Revoked = &at
	return ok(map[string]any{"@odata.context": c.base + "/$metadata#Edm.Boolean", "value": true}), nil
}
