package graphsim

import (
	"bytes"
	"encoding/json"
	"net/url"
	"sort"
	"strings"
	"time"
	"unicode"
)

// object reads the JSON object in the body, without the annotations that a
// client may add and Graph ignores.
func (c *call) object() (map[string]any, error) {
	if len(bytes.TrimSpace(c.body)) == 0 {
		return nil, malformed("Empty Payload. JSON content expected.")
	}
	var props map[string]any
	if err := json.Unmarshal(c.body, &props); err != nil || props == nil {
		return nil, malformed("Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.")
	}
	for name := range props {
		if strings.HasPrefix(name, "@odata.") || strings.HasSuffix(name, "@odata.type") {
			delete(props, name)
		}
	}
	return props, nil
}

// reference reads {"@odata.id": url} and gives the object id in it. Any base
// address will do, the real one too; only the last segments count.
func (c *call) reference() (string, error) {
	var body struct {
		ID string `json:"@odata.id"`
	}
	if len(bytes.TrimSpace(c.body)) == 0 {
		return "", malformed("Empty Payload. JSON content expected.")
	}
	if err := json.Unmarshal(c.body, &body); err != nil {
		return "", malformed("Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.")
	}
	return c.objectOf(body.ID)
}

func (c *call) objectOf(link string) (string, error) {
	invalid := malformed("Invalid URL format specified in @odata.bind or @odata.id.")
	u, err := url.Parse(link)
	if err != nil || link == "" {
		return "", invalid
	}
	segs, err := segments(u.EscapedPath())
	if err != nil || len(segs) < 2 {
		return "", invalid
	}
	id := segs[len(segs)-1]
	switch strings.ToLower(segs[len(segs)-2]) {
	case "directoryobjects", "users", "groups":
	default:
		return "", invalid
	}
	if u := c.t.find(id); u != nil {
		return u.ID, nil
	}
	return strings.ToLower(id), nil
}

// set puts properties on a user, new or edited, or says why Graph would not.
// The password is judged and forgotten.
func (c *call) set(u *user, props map[string]any, fresh bool) error {
	names := make([]string, 0, len(props))
	for name := range props {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		v := props[name]
		p, known := c.s.users[name]
		switch {
		case !known:
			return badRequest("Invalid property '%s'.", name)
		case p.outside:
			return unknown("setting the property %s of user", name)
		case !p.write:
			return badRequest("Property '%s' is read-only and cannot be set.", name)
		case fresh && name != "passwordProfile" && p.change != "" && !c.may(p.change):
			return denied()
		case v == nil && (p.required || fresh && name == "passwordProfile"), v != nil && !p.accepts(v):
			return invalidValue("User", name)
		case v == nil:
			delete(u.Props, name)
			continue
		}
		if name == "passwordProfile" {
			if err := c.setPassword(u, v.(map[string]any), props); err != nil {
				return err
			}
			continue
		}
		value, err := c.t.checked(u, name, v)
		if err != nil {
			return err
		}
		u.Props[name] = value
		if name == "mail" {
			u.addProxy(value.(string))
		}
	}
	return nil
}

// checked holds the rules that belong to one property.
func (t *tenant) checked(u *user, name string, v any) (any, error) {
	switch name {
	case "userPrincipalName":
		upn := v.(string)
		if err := checkUPN(upn); err != nil {
			return nil, err
		}
		if prop := t.taken(upn, u.ID); prop != "" {
			return nil, conflict(prop)
		}
	case "mailNickname":
		if strings.ContainsFunc(v.(string), func(r rune) bool { return r <= ' ' || r > '~' }) || strings.ContainsAny(v.(string), `@()\[]";:<>,`) {
			return nil, invalidValue("User", name)
		}
	case "mail":
		if !strings.Contains(v.(string), "@") {
			return nil, invalidValue("User", name)
		}
		if t.proxyTaken(v.(string), u.ID) {
			return nil, conflict("proxyAddresses")
		}
	case "usageLocation":
		if len(v.(string)) != 2 || strings.Trim(v.(string), "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
			return nil, invalidValue("User", name)
		}
	case "userType":
		if v != "Member" && v != "Guest" {
			return nil, invalidValue("User", name)
		}
	case "businessPhones":
		if len(v.([]any)) > 1 {
			return nil, invalidValue("User", name)
		}
	case "employeeOrgData":
		return orgData(v.(map[string]any))
	case "employeeHireDate", "employeeLeaveDateTime":
		at, err := time.Parse(time.RFC3339, v.(string))
		if err != nil {
			return nil, invalidValue("User", name)
		}
		return moment(at), nil
	}
	return v, nil
}

// orgData replaces the whole value: a member that is left out becomes null.
func orgData(given map[string]any) (any, error) {
	out := map[string]any{"division": nil, "costCenter": nil}
	for k, v := range given {
		if strings.HasPrefix(k, "@odata.") {
			continue
		}
		_, isText := v.(string)
		if _, known := out[k]; !known || v != nil && !isText {
			return nil, invalidValue("User", "employeeOrgData")
		}
		out[k] = v
	}
	return out, nil
}

func checkUPN(upn string) error {
	local, domain, found := strings.Cut(upn, "@")
	foreign := func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("'._!#^~-", r))
	}
	if !found || local == "" || len(upn) > 113 || len(local) > 64 || strings.ContainsFunc(local, foreign) ||
		strings.HasPrefix(local, ".") || strings.HasSuffix(local, ".") || strings.Contains(local, "..") {
		return badRequest("Property userPrincipalName is invalid.")
	}
	if !strings.EqualFold(domain, tenantDomain) && !strings.EqualFold(domain, initialDomain) {
		return badRequest("The domain portion of the userPrincipalName property is invalid. You must use one of the verified domain names in your organization.")
	}
	return nil
}

// taken says which property of a live object already has the name: another
// user's userPrincipalName, visible yet or not, or anyone's proxy address.
func (t *tenant) taken(upn, self string) string {
	for _, u := range t.Users {
		if u.ID != self && u.Deleted == nil && strings.EqualFold(u.text("userPrincipalName"), upn) {
			return "userPrincipalName"
		}
	}
	if t.proxyTaken(upn, self) {
		return "proxyAddresses"
	}
	return ""
}

func (t *tenant) proxyTaken(mail, self string) bool {
	has := func(props map[string]any) bool {
		list, _ := props["proxyAddresses"].([]any)
		for _, a := range list {
			if text, _ := a.(string); strings.EqualFold(text, "smtp:"+mail) {
				return true
			}
		}
		return false
	}
	for _, u := range t.Users {
		if u.ID != self && u.Deleted == nil && has(u.Props) {
			return true
		}
	}
	for _, g := range t.Groups {
		if has(g.Props) {
			return true
		}
	}
	return false
}

// addProxy makes an address the primary one, and keeps the former as an alias.
func (u *user) addProxy(mail string) {
	old, _ := u.Props["proxyAddresses"].([]any)
	list := []any{"SMTP:" + mail}
	for _, a := range old {
		text, _ := a.(string)
		if !strings.EqualFold(text, "smtp:"+mail) {
			list = append(list, strings.Replace(text, "SMTP:", "smtp:", 1))
		}
	}
	u.Props["proxyAddresses"] = list
}

func (c *call) setPassword(u *user, profile, props map[string]any) error {
	for name, v := range profile {
		switch name {
		case "password":
		case "forceChangePasswordNextSignIn", "forceChangePasswordNextSignInWithMfa":
			if _, isFlag := v.(bool); !isFlag && v != nil {
				return invalidValue("User", "passwordProfile")
			}
		default:
			if !strings.HasPrefix(name, "@odata.") {
				return invalidValue("User", "passwordProfile")
			}
		}
	}
	password, given := profile["password"].(string)
	if given && c.s.o.Federated && strings.HasSuffix(strings.ToLower(u.text("userPrincipalName")), "@"+tenantDomain) && u.Props["lastPasswordChangeDateTime"] != nil {
		return badRequest("The password of a federated user cannot be set here.") // exact words unknown
	}
	if !given && u.Props["lastPasswordChangeDateTime"] != nil {
		return nil // only the flags of an existing password
	}
	nick, _ := props["mailNickname"].(string)
	if !strong(password, nick) {
		return badRequest("The specified password does not comply with password complexity requirements. Please provide a different password.")
	}
	u.Props["lastPasswordChangeDateTime"] = moment(c.now)
	return nil
}

// strong is Entra's rule: 8 to 256 characters, three of four kinds, and not the
// person's own name.
func strong(password, nick string) bool {
	if len(password) < 8 || len(password) > 256 || nick != "" && strings.Contains(strings.ToLower(password), strings.ToLower(nick)) {
		return false
	}
	var lower, upper, digit, other int
	for _, r := range password {
		switch {
		case unicode.IsLower(r):
			lower = 1
		case unicode.IsUpper(r):
			upper = 1
		case unicode.IsDigit(r):
			digit = 1
		default:
			other = 1
		}
	}
	return lower+upper+digit+other >= 3
}
