package graphsim

import (
	"net/http"
	"slices"
	"strings"
)

// A methodKind is one collection of sign-in methods below users/{id}/authentication. Temporary Access Passes have routes of their
// own, and the password can be seen and not removed.
type methodKind struct {
	collection string
	name       string // its type, without AuthenticationMethod
	permission string // the narrow one, of UserAuthMethod-….ReadWrite.All
}

func methodKinds() []methodKind {
	return []methodKind{
		{"microsoftAuthenticatorMethods", "microsoftAuthenticator", "MicrosoftAuthApp"},
		{"phoneMethods", "phone", "Phone"},
		{"fido2Methods", "fido2", "Passkey"},
		{"softwareOathMethods", "softwareOath", "SoftwareOATH"},
		{"emailMethods", "email", "Email"},
		{"windowsHelloForBusinessMethods", "windowsHelloForBusiness", "WindowsHello"},
		{"platformCredentialMethods", "platformCredential", "PlatformCred"},
	}
}

func methodRoutes(read []string) []route {
	var list []route
	for _, k := range methodKinds() {
		path := "users/{id}/authentication/" + k.collection
		write := []string{"UserAuthMethod-" + k.permission + ".ReadWrite.All", "UserAuthenticationMethod.ReadWrite.All"}
		list = append(list,
			route{"GET", path, append(slices.Clone(read), write[0]), 1, false, k.list},
			route{"GET", path + "/{method}", append(slices.Clone(read), write[0]), 1, false, k.get},
			route{"DELETE", path + "/{method}", write, 1, true, k.remove},
		)
	}
	return list
}

func (k methodKind) context(u *user) string {
	return "users('" + u.ID + "')/authentication/" + k.collection
}

// views are the person's methods of this kind; a collection of one type does not name it.
func (k methodKind) views(c *call, u *user) []map[string]any {
	rows := []map[string]any{}
	for _, v := range c.methodViews(u) {
		if v["@odata.type"] == "#microsoft.graph."+k.name+"AuthenticationMethod" {
			delete(v, "@odata.type")
			rows = append(rows, v)
		}
	}
	return rows
}

func (k methodKind) list(c *call) (answer, error) {
	u, err := c.user()
	if err != nil {
		return answer{}, err
	}
	return c.plainPage(k.context(u), k.views(c, u))
}

func (k methodKind) get(c *call) (answer, error) {
	u, err := c.user()
	if err != nil {
		return answer{}, err
	}
	for _, v := range k.views(c, u) {
		if strings.EqualFold(v["id"].(string), c.params["method"]) {
			return c.plainOne(k.context(u), v)
		}
	}
	return answer{}, noMethod()
}

// remove takes a method away. What the person is asked for first goes last.
func (k methodKind) remove(c *call) (answer, error) {
	u, err := c.user()
	if err != nil {
		return answer{}, err
	}
	at, others := -1, 0
	for i, m := range u.Methods {
		switch {
		case m.Type == passwordMethod:
		case m.Type == k.name+"AuthenticationMethod" && strings.EqualFold(m.ID, c.params["method"]):
			at = i
		default:
			others++
		}
	}
	if at < 0 {
		return answer{}, noMethod()
	}
	if u.Methods[at].Default && others > 0 {
		return answer{}, &graphError{
			Status: http.StatusBadRequest, Code: "badRequest",
			Message: "The requested authentication method ID of [" + u.Methods[at].ID + "] matches the user's current default authentication method, " +
				"and cannot be deleted until the default authentication method is changed.",
		}
	}
	c.t.edit(u.ID).Methods = slices.Delete(slices.Clone(u.Methods), at, at+1)
	return noContent(), nil
}

func noMethod() *graphError {
	return &graphError{Status: http.StatusNotFound, Code: "resourceNotFound", Message: "The resource could not be found."}
}
