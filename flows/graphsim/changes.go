package graphsim

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// A change is one line of what happened to the directory, for people to read.
type change struct {
	N    int       `json:"n"`
	At   time.Time `json:"at"`
	By   string    `json:"by"`   // bot or hand
	What string    `json:"what"` // "Priya Patel was added to Sales"
	Path string    `json:"path"` // of the object in Graph
}

func (t *tenant) record(now time.Time, by string, news []change) {
	for _, c := range news {
		c.N, c.At, c.By = len(t.Changes)+1, now.UTC(), by
		t.Changes = append(t.Changes[:len(t.Changes):len(t.Changes)], c)
	}
}

// describe says in sentences how two moments of the directory differ.
func describe(from, to *tenant) []change {
	var news []change
	say := func(path, format string, args ...any) {
		news = append(news, change{What: fmt.Sprintf(format, args...), Path: path})
	}
	ids := map[string]bool{}
	for id := range from.Users {
		ids[id] = true
	}
	for id := range to.Users {
		ids[id] = true
	}
	for _, id := range sortedKeys(ids) {
		a, b := from.Users[id], to.Users[id]
		if a == b {
			continue
		}
		path := "/users/" + id
		switch {
		case a == nil:
			say(path, "%s was created", to.nameOf(id))
			a = &user{Props: b.Props} // what it was created with is not news
		case b == nil:
			say(path, "%s was removed for good", from.nameOf(id))
			continue
		case a.Deleted == nil && b.Deleted != nil:
			say(path, "%s was deleted", to.nameOf(id))
			continue
		case a.Deleted != nil && b.Deleted == nil:
			say(path, "%s was restored", to.nameOf(id))
		}
		describeUser(a, b, to, func(format string, args ...any) { say(path, format, args...) })
	}
	describeRoles(from, to, say)
	for _, g := range to.sortedGroups() {
		if old := from.Groups[g.ID]; old != nil && old != g {
			describeGroup(old, g, from, to, func(format string, args ...any) { say("/groups/"+g.ID, format, args...) })
		}
	}
	return news
}

func describeGroup(old, g *group, from, to *tenant, say func(format string, args ...any)) {
	group, how := g.text("displayName"), ""
	if g.dynamic() {
		how = " by its rule"
	}
	name := func(id string) string {
		if to.Users[id] == nil && from.Users[id] != nil {
			return from.nameOf(id)
		}
		return to.nameOf(id)
	}
	for _, id := range sortedKeys(bothKeys(old.Members, g.Members)) {
		was, is := old.Members[id].member(), g.Members[id].member()
		if is && !was {
			say("%s was added to %s%s", name(id), group, how)
		}
		if was && !is {
			say("%s was removed from %s%s", name(id), group, how)
		}
	}
	for _, id := range sortedKeys(bothKeys(old.Owners, g.Owners)) {
		if g.Owners[id] && !old.Owners[id] {
			say("%s became an owner of %s", name(id), group)
		}
		if old.Owners[id] && !g.Owners[id] {
			say("%s is no longer an owner of %s", name(id), group)
		}
	}
}

func describeUser(a, b *user, to *tenant, say func(format string, args ...any)) {
	name := b.text("displayName")
	for _, prop := range sortedKeys(bothKeys(a.Props, b.Props)) {
		was, is := a.Props[prop], b.Props[prop]
		if reflect.DeepEqual(was, is) {
			continue
		}
		switch prop {
		case "proxyAddresses": // follows mail
		case "lastPasswordChangeDateTime":
			say("The password of %s was changed", name)
		case "accountEnabled":
			if is == true {
				say("Sign-in of %s was enabled", name)
			} else {
				say("Sign-in of %s was blocked", name)
			}
		default:
			if is == nil {
				say("%s of %s was cleared", prop, name)
			} else {
				say("%s of %s is now %s", prop, name, plainText(is))
			}
		}
	}
	if a.Manager != b.Manager {
		if b.Manager == "" {
			say("%s has no manager any more", name)
		} else {
			say("%s now reports to %s", name, to.nameOf(b.Manager))
		}
	}
	for _, key := range sortedKeys(bothKeys(a.Licences, b.Licences)) {
		was, is := a.Licences[key], b.Licences[key]
		switch {
		case was == nil && is.State == "Active":
			say("%s got a licence of %s", name, to.sku(is.SKU).Part)
		case was == nil:
			say("%s could not get a licence of %s: %s", name, to.sku(is.SKU).Part, is.Error)
		case is == nil:
			say("%s lost a licence of %s", name, to.sku(was.SKU).Part)
		case was != is:
			say("The plans of %s for %s were changed", to.sku(is.SKU).Part, name)
		}
	}
	for _, id := range sortedKeys(bothKeys(a.Passes, b.Passes)) {
		if a.Passes[id] == nil {
			say("%s got a Temporary Access Pass", name)
		}
		if b.Passes[id] == nil {
			say("A Temporary Access Pass of %s was removed", name)
		}
	}
	left := map[string]bool{}
	for _, m := range b.Methods {
		left[m.ID] = true
	}
	for _, m := range a.Methods {
		if !left[m.ID] {
			say("A sign-in method of %s was removed: %s", name, strings.TrimSuffix(m.Type, "AuthenticationMethod"))
		}
	}
	describeApps(a, b, to, say)
	describeGovernance(a, b, to, say)
	switch {
	case a.Reply == b.Reply:
	case b.Reply == nil || b.Reply.Status == replyOff:
		say("The automatic reply of %s was switched off", name)
	default:
		say("The automatic reply of %s was set", name)
	}
	describeBeyond(a, b, name, say)
	if b.Revoked != nil && (a.Revoked == nil || !a.Revoked.Equal(*b.Revoked)) {
		say("The sessions of %s were revoked", name)
	}
}

func plainText(v any) string {
	if s, isText := v.(string); isText {
		return s
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(raw)
}

func bothKeys[V any](a, b map[string]V) map[string]bool {
	keys := map[string]bool{}
	for k := range a {
		keys[k] = true
	}
	for k := range b {
		keys[k] = true
	}
	return keys
}
